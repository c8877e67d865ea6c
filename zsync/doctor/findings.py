"""What a look at a repository comes to, as values."""

from typing import NamedTuple


class Break(NamedTuple):
    """Something that zsync 0.1.0 took and this zsync does not.

    `name` says which habit it is, in one word; `place` is a file, `file:line`, or a variable. `message` names the old habit,
    `advice` is the next step.
    """

    name: str
    place: str
    message: str
    advice: str


class Looked(NamedTuple):
    """The breaks that were found, and what could not be looked at, a clause each."""

    breaks: tuple[Break, ...]
    unseen: tuple[str, ...]
