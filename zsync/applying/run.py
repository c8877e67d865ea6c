"""One run: a plan carried out under its org's lock and recorded in a journal, from its first request to its report."""

from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from zsync.applying import journal, lock
from zsync.applying.applier import Way, apply
from zsync.applying.journal import Journal, NoJournal
from zsync.applying.recall import Kept
from zsync.applying.sealing import Keys
from zsync.crm import Crm
from zsync.errors import ZsyncError
from zsync.model import Approval, Plan, Report
from zsync.model.verdicts import Override


@dataclass(frozen=True, slots=True)
class Trail:
    """Where a run leaves its traces: state folder of the environment, folder of locks, and what stands in them besides the rows.

    `keys` seal the journal, which is in the new file `journal` where one is named. `started_at` is ISO 8601 in UTC,
    `overrides` are the guards set aside besides those of the plan, `resumes` is the run to go on with, `approval` says who wants it. `told` hears of an
    earlier run that died while it held the lock.
    """

    environment: Path
    locks: Path
    keys: Keys
    started_at: str
    told: Callable[[str], None]
    journal: Path | None = None
    overrides: tuple[Override, ...] = ()
    resumes: Kept | None = None
    approval: Approval = Approval()  # noqa: RUF009  immutable


async def carry_out(
    plan: Plan, connection: AbstractAsyncContextManager[Crm], way: Way, trail: Trail
) -> Report:
    """Apply a plan as one run; one without requests needs neither lock nor journal, and is no run.

    Raises `LockHeld` where another run applies to the org, and what `apply` and the journal raise.
    """
    if not plan.requests:
        async with connection as crm:
            return replace(await apply(plan, crm, NoJournal(), way), approval=trail.approval)
    org = f"{plan.binding.api_domain} {plan.binding.org_id}"
    about = trail.resumes.run.id if trail.resumes else plan.digest
    with (
        lock.held(trail.locks, org, about, trail.started_at, trail.told),
        _journaled(plan, trail) as log,
    ):
        async with connection as crm:
            report = await apply(plan, crm, log, way)
        log.end(report.stopped)
    return replace(report, run=log.run, overrides=trail.overrides, approval=trail.approval, journal=log.named)


@contextmanager
def _journaled(plan: Plan, trail: Trail) -> Iterator[Journal]:
    """The run's journal. One of a new run that was refused before anything was sent is taken away."""
    if trail.resumes:
        log = journal.reopen(trail.resumes)
    else:
        log = journal.start(
            trail.environment, plan, trail.started_at, trail.keys, trail.journal, trail.approval
        )
    try:
        log.set_aside(trail.overrides)
        yield log
    except (ZsyncError, ExceptionGroup):
        if not trail.resumes:
            log.discard_unused()
        raise
    finally:
        log.close()
