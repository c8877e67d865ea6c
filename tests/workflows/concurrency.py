"""Concurrency groups: of those that share one, one runs and one waits.

https://docs.github.com/en/actions/how-tos/write-workflows/choose-when-workflows-run/control-workflow-concurrency
"""

from dataclasses import dataclass, field
from typing import Protocol


class Member(Protocol):
    """What can be cancelled."""

    cancelled: bool


@dataclass
class Groups:
    """Who runs and who waits, by the group's name, in which case makes no difference."""

    running: dict[str, Member] = field(default_factory=dict)
    waiting: dict[str, Member] = field(default_factory=dict)

    def enter(self, name: str, who: Member, *, cancels: bool) -> None:
        """Begin or wait. Who waited is cancelled by who comes later; who runs as well, where `cancels` says so."""
        name = name.lower()
        if name not in self.running:
            self.running[name] = who
            return
        if name in self.waiting:
            self.waiting[name].cancelled = True
        self.waiting[name] = who
        if cancels:
            self.running[name].cancelled = True
            self.running[name] = self.waiting.pop(name)

    def runs(self, name: str, who: Member) -> bool:
        """Whether it is its turn."""
        return self.running.get(name.lower()) is who

    def leave(self, name: str, who: Member) -> Member | None:
        """Be done; gives who waited, for whom it is now the turn."""
        name = name.lower()
        if self.running.get(name) is not who:
            return None
        del self.running[name]
        if following := self.waiting.pop(name, None):
            self.running[name] = following
        return following
