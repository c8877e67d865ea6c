"""A log in memory, for tests of what is sent."""

from collections.abc import Mapping, Sequence

from zsync.model import Outcome


class Noted:
    """What a run wrote down, in its order: the changes that it was about to send, and outcomes by change."""

    def __init__(self) -> None:
        self.lines: list[tuple[int, ...] | Mapping[int, Outcome]] = []

    def sending(self, changes: Sequence[int]) -> None:
        """These changes (indices) are about to be sent."""
        self.lines.append(tuple(changes))

    def outcomes(self, outcomes: Mapping[int, Outcome]) -> None:
        """This became of changes."""
        self.lines.append(dict(outcomes))
