"""What became of a plan, as values: an outcome for each change, and the report of an apply. `render` makes sentences of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from zsync.model.objections import Objection
from zsync.model.open_rows import OpenRow, once, too_many
from zsync.model.plans import Conversion, Plan
from zsync.model.values import Fields
from zsync.model.verdicts import Override

Status = Literal["applied", "unchanged", "refused", "held", "unknown", "unsent"]
"""`applied`: the CRM holds what the plan wants. `unchanged`: it did before anything was sent. `refused`: the CRM said no. `held`:
the row moved after the plan was made, its key names another record now, its lead was converted, or its person says no, so nothing was sent. `unknown`: it was sent, and whether the CRM carried it out is not known. `unsent`: the run ended first.
"""

DONE: tuple[Status, ...] = ("applied", "unchanged")
"""The outcomes of changes that need nothing more."""

OPEN: tuple[Status, ...] = ("refused", "held", "unknown", "unsent")
"""The outcomes of changes that still need something, worst first."""

Doubt = Literal["lost", "unmentioned", "unread", "moved"]
"""Why an outcome is unknown: the answer got lost, it left the row out, the row could not be read back, or the CRM refused
it and then held neither what was there before nor what was sent."""


@dataclass(frozen=True, slots=True)
class Found:
    """What the CRM held of a row when it was read. `fields` is None where there was no such relation.

    `changed_at` (ISO 8601) and `changed_by` are of the last change, and empty where Zoho does not tell.
    """

    fields: Fields | None
    changed_at: str = ""
    changed_by: str = ""


@dataclass(frozen=True, slots=True)
class Bearer:
    """A record that has a key now. `name` is what the CRM calls it; empty where it does not tell."""

    id: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class KeyMoved:
    """A key by which a plan knows a record, and which no longer names that record alone, or names a lead that is a contact by now.

    `key` holds the fields and values of the plan, for the record `id` of `module`. `bearers` are the records that have them
    now: another one, several, or none. `now` is what the record of the plan has in these fields, and `name` what the CRM calls
    it; None and empty where it is gone, or cannot be read. A lead that was converted since the plan was made has its
    `conversion`, whatever names it: `key` is then empty where the plan knows it by its id.
    """

    side: Literal["parent", "related"]
    module: str
    id: str
    key: Mapping[str, str]
    bearers: tuple[Bearer, ...] = ()
    now: Mapping[str, str] | None = None
    name: str = ""
    conversion: Conversion | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one change.

    `code` and `message` are Zoho's own where it said no. `request` is the call that failed as a whole (`PUT
    /Campaigns/5/Leads`), `problem` what was wrong with its answer (`ReadTimeout`, `status 500`) or why it went no further, `index`
    which part of its path Zoho refused: 0 the module, 1 the record, 2 the related list, 3 the related record. `found` is what the CRM holds
    of a row that was held, that it accepted and did not store, or that moved although it was refused; with the code CARRIED_CHANGED, what
    fields beside the change hold since. `key` is why a row was
    held that has not moved itself, and so is `objection`: what its person has said since the review.
    """

    status: Status
    code: str = ""
    message: str = ""
    doubt: Doubt | None = None
    request: str = ""
    problem: str = ""
    found: Found | None = None
    key: KeyMoved | None = None
    index: int | None = None
    objection: Objection | None = None


@dataclass(frozen=True, slots=True)
class Stop:
    """Why a run ended before all of its requests were sent, and its exit code.

    `refused`: the CRM denied `request` with Zoho's `code` and `message`. `failed`: `message` is zsync's own. `wave`: of the
    `changes` of wave number `wave`, `open` were not applied. `frozen`: somebody stopped all runs, and `message` says why. `help`
    is the next thing to do.
    """

    cause: Literal["refused", "failed", "wave", "interrupted", "frozen"]
    exit_code: int
    message: str = ""
    help: str = ""
    code: str = ""
    request: str = ""
    wave: int = 0
    open: int = 0
    changes: int = 0


@dataclass(frozen=True, slots=True)
class Approval:
    """Who stands behind a run, and where it ran, as its surroundings told: strangers' data, for people to read.

    Nothing depends on it. `started_by` is an account of the forge, or the user of the machine; `address` is the run's in CI.
    What is not known is empty.
    """

    started_by: str = ""
    approved_by: tuple[str, ...] = ()
    merged_by: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """All outcomes of one apply, in the order of the plan's changes, and the calls and seconds it took."""

    plan: Plan
    outcomes: tuple[Outcome, ...]
    reads: int
    writes: int
    seconds: float
    stopped: Stop | None = None
    run: str = ""
    """The name of the run, for `resume` and `undo`."""
    overrides: tuple[Override, ...] = ()
    """Guards that were set aside when the plan was applied, besides those of the plan."""
    approval: Approval = Approval()
    journal: str = ""
    """The file of its journal, where `--journal` named one; `undo` and `resume` then want that."""

    @property
    def exit_code(self) -> int:
        """The exit code of an apply, decided by its rows; a run that was stopped ends with the reason's own."""
        if self.stopped:
            return self.stopped.exit_code
        return 3 if any(outcome.status in ("refused", "held", "unknown") for outcome in self.outcomes) else 0

    @property
    def open(self) -> tuple[OpenRow, ...]:
        """The rows that this branch changes and the run did not bring to an end, each with the base that it had.

        They are those that were withheld, refused, held, left unknown or unsent, and those that `only` left out. What the CRM alone
        moved needs no base: both commits say the same of it. An undo leaves none: it restores what a run found, not what Git says.
        """
        if self.plan.binding.base.without == "undo":
            return ()
        own = self.plan.binding.base.agreed
        bases = {row.ends: row.base for row in self.plan.open}
        pairs = zip(self.plan.changes, self.outcomes, strict=False)
        rows = [change for change, outcome in pairs if outcome.status in OPEN]
        rows += [each.change for each in self.plan.withheld]
        return once((*(row.against(bases.get(row.ends, own)) for row in rows if row.moved), *self.plan.left))

    @property
    def too_many_open(self) -> str:
        """`12,000 open rows`, where the run left more than may keep a base of their own; else empty."""
        return too_many(self.open)

    def count(self, *statuses: Status) -> int:
        """How many changes ended with one of these statuses."""
        return sum(outcome.status in statuses for outcome in self.outcomes)


@dataclass(frozen=True, slots=True)
class Run:
    """A run as its journal tells it. `outcomes` is by the change's index; `doubtful` are changes that were sent and got no
    answer.
    """

    id: str
    started_at: str
    plan: Plan
    outcomes: Mapping[int, Outcome]
    doubtful: frozenset[int]
    sent: frozenset[int]
    """The changes that the run sent at least once. What else is as planned is not its work, so undo leaves it alone."""
    ended: bool
    stopped: Stop | None
    overrides: tuple[Override, ...] = ()
    """Guards that were set aside for the run, besides those of its plan."""
    approval: Approval = Approval()

    @property
    def complete(self) -> bool:
        """Whether every change has a final outcome, so that nothing is left to resume."""
        return all(
            index in self.outcomes and self.outcomes[index].status not in ("unknown", "unsent")
            for index in range(len(self.plan.changes))
        )
