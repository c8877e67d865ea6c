"""What stands in for guards that nobody can read: it refuses."""

from collections.abc import Iterator
from dataclasses import dataclass

from zsync.guards.counts import Look, Need
from zsync.model import Span
from zsync.model.grounds import BaseUnusable
from zsync.model.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class UnusableBase:
    """The zsync.yaml of a commit cannot be used, so nobody knows which guards hold. No override sets it aside."""

    commit: str
    why: str
    name: str = "base"
    span: Span | None = None

    def needs(self, look: Look) -> Iterator[Need]:  # noqa: ARG002  every guard is asked alike
        """Nothing."""
        yield from ()

    def check(self, look: Look) -> Iterator[Verdict]:  # noqa: ARG002  every guard is asked alike
        """One verdict."""
        yield Verdict(self.name, BaseUnusable(self.commit, self.why), evaluated=False)
