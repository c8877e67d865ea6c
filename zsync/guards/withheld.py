"""The guards on rows that a plan withholds: how many there may be, and what becomes of conflicts.

They look at plans without changes as well: a plan that writes nothing because all of it is withheld is no plan without
changes.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from zsync.guards.counts import Counting, Look, Need
from zsync.model import Conflicts, Span
from zsync.model.grounds import TooManyWithheld, Undecided
from zsync.model.verdicts import ListKey, Verdict

_ORDER: tuple[Conflicts, ...] = ("allow", "withhold", "refuse")

DEFAULT: Conflicts = "withhold"
"""What becomes of conflicts where nothing says otherwise."""


@dataclass(frozen=True, slots=True)
class Conflicting:
    """What becomes of rows that branch and CRM both moved since the base, differently."""

    name: str
    span: Span | None
    policy: Conflicts

    def needs(self, look: Look) -> Iterator[Need]:  # noqa: ARG002  every guard is asked alike
        """Nothing: the plan says which rows are withheld, and why."""
        yield from ()

    def check(self, look: Look) -> Iterator[Verdict]:
        """One verdict for all conflicts that nobody has decided, where they stop the plan."""
        count = sum(row.reason == "conflict" for row in look.plan.withheld)
        if count and self.policy == "refuse":
            yield Verdict(self.name, Undecided(count), span=self.span)


@dataclass(frozen=True, slots=True)
class Withholding(Counting):
    """At most so many rows withheld, in each list and in all, whatever the reason."""

    def _counted(self, look: Look) -> Counter[ListKey]:
        return Counter(look.whole(row.change) for row in look.plan.withheld)

    def _ground(self, count: int, **limit: Any) -> TooManyWithheld:
        return TooManyWithheld(count, **limit)


def strictest(policies: Iterable[Conflicts]) -> Conflicts:
    """The one of several that lets the least through. Raises `ValueError` where there is none."""
    return max(policies, key=_ORDER.index)
