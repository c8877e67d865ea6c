"""What became of a plan: an outcome a change, and all outcomes of one apply."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from zsync.model.plans import Plan
from zsync.model.verdicts import Override

Status = Literal["applied", "refused", "held", "unknown", "unsent"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one change. `code` and `message` are Zoho's own words where it said no."""

    status: Status
    code: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """All outcomes of one apply, in the order of the plan's changes, and the calls and seconds it took."""

    plan: Plan
    outcomes: tuple[Outcome, ...]
    reads: int
    writes: int
    seconds: float
    stopped: str = ""
    """Why the run ended before all requests were sent; empty where it did not."""
    stop_code: int = 0  # the exit code that this reason asks for
    run: str = ""
    """The name of the run, for `resume` and `undo`."""
    overrides: tuple[Override, ...] = ()
    """Guards that were set aside when the plan was applied, besides those of the plan."""

    @property
    def exit_code(self) -> int:
        """The exit code of an apply, decided by its rows; a run that was stopped ends with the reason's own."""
        if self.stop_code:
            return self.stop_code
        return 3 if any(one.status in ("refused", "held", "unknown") for one in self.outcomes) else 0

    def count(self, status: Status) -> int:
        """How many changes ended with this status."""
        return sum(outcome.status == status for outcome in self.outcomes)


@dataclass(frozen=True, slots=True)
class Run:
    """What a journal says. `outcomes` is by the index of the change; `doubtful` are changes that were sent, unanswered."""

    id: str
    started_at: str
    plan: Plan
    outcomes: Mapping[int, Outcome]
    doubtful: frozenset[int]
    sent: frozenset[int]
    """Changes that the run sent at least once; others that are applied were so already."""
    ended: bool
    stopped: str
    overrides: tuple[Override, ...] = ()
    """Guards that were set aside for the run, besides those of its plan."""

    @property
    def complete(self) -> bool:
        """Whether every change has an outcome that stands: nothing is left to be resumed."""
        return all(
            index in self.outcomes and self.outcomes[index].status not in ("unknown", "unsent")
            for index in range(len(self.plan.changes))
        )
