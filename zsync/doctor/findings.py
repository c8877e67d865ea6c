"""The findings about a repository, as values."""

from typing import NamedTuple


class Break(NamedTuple):
    """Something that zsync 0.1.0 accepted and this zsync refuses.

    `name` is a word for the habit; `place` is a file, `file:line`, or a variable. `message` names the old habit, `advice` is
    the next step.
    """

    name: str
    place: str
    message: str
    advice: str


class Orgs(NamedTuple):
    """What zsync.yaml says of its orgs: whether there are `several` environments, and whether all of them have all manifests."""

    several: bool = False
    shared: bool = False


class Looked(NamedTuple):
    """The breaks that were found, and what could not be looked at, as a clause each."""

    breaks: tuple[Break, ...]
    unseen: tuple[str, ...]
