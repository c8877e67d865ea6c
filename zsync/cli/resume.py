"""`zsync resume`: finishes a run that stopped."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from zsync.cli.approval import approved, check_guards, confirm_environment, show_plan
from zsync.cli.carrying import carry_out
from zsync.cli.command import Section, command
from zsync.cli.disk import check_places
from zsync.cli.freeze import refuse_frozen
from zsync.cli.invocation import Invocation
from zsync.cli.options import (
    AUTO_APPROVE,
    CONFIRM,
    ENVIRONMENT,
    EVERYWHERE,
    FORMAT,
    FULL,
    JOURNAL,
    NOTIFY,
    OVERRIDE,
    REASON,
    REPORT,
    RUN,
)
from zsync.errors import PlanRefused, UsageError

if TYPE_CHECKING:
    from zsync.cli.session import Session
    from zsync.model import Plan, Run


@command(
    RUN,
    Section("What to finish", (ENVIRONMENT, JOURNAL)),
    Section("Safety", (AUTO_APPROVE, CONFIRM, OVERRIDE, REASON)),
    Section("What to keep and print", (REPORT, FORMAT, FULL, NOTIFY)),
    EVERYWHERE,
    exits={
        0: "all rows applied",
        1: "CRM unreachable",
        3: "applied in part",
        4: "no such run, or fix a file",
        5: "refused by a guard, or frozen",
        6: "plan expired or for another org, or a journal that was altered",
        7: "another run",
        8: "access",
        64: "usage",
        130: "not approved or interrupted",
    },
    online=True,
)
def resume(call: Invocation, run: str | None, *, auto_approve: bool, report: Path | None) -> int:
    """Finish a run that was interrupted: show what is left, ask, go on.

    RUN is its name in `zsync runs`, the beginning of that, or `last`. A row whose answer is unknown is read first; nothing is
    sent again blindly. Rows that are settled stay as they are. What is left goes out in the environment's waves.
    """
    from zsync.cli import session as sessions
    from zsync.cli.journals import open_journal

    refuse_frozen(call)
    check_places([report])
    kept = open_journal(call, run)
    made = kept.run.plan
    call.about = made
    _check_expiry(made)
    session = sessions.session_of(call, made)
    overrides = (*kept.run.overrides, *call.overrides)
    left = _left(kept.run, session)
    if left.changes:
        _show(call, kept.run, left)
        if not auto_approve and not sys.stdin.isatty():
            raise UsageError(
                "there is no terminal to ask at, and --auto-approve was not given",
                help="Look at what is left, then run again with --auto-approve. zsync 0.1.0 went on without asking.",
            )
    check_guards(call, made, session, overrides)
    confirm_environment(call, session)
    if left.changes and not auto_approve and not approved(call, left):
        call.output.talk("Nothing was written.")
        return 130
    waves = session.waves
    return carry_out(call, made, session, overrides=call.overrides, waves=waves, resumes=kept, report=report)


def _check_expiry(plan: "Plan") -> None:
    """Raises `PlanRefused` where the run's plan has expired."""
    from zsync.cli.session import now
    from zsync.files.plan import check_plan

    try:
        check_plan(plan, now=now())
    except PlanRefused as refused:
        told = f"{refused.help} zsync 0.1.0 went on with it all the same."
        raise PlanRefused(str(refused), help=told) from None


def _left(run: "Run", session: "Session") -> "Plan":
    """Of the run's plan, the changes that no outcome settles, as a plan to be shown; it is not one to be applied."""
    from zsync.applying.applier import standing
    from zsync.model import Summary
    from zsync.planning.packing import cost, pack

    settled = standing(run)
    changes = tuple(change for index, change in enumerate(run.plan.changes) if index not in settled)
    count = {
        action: sum(change.action == action for change in changes)
        for action in ("create", "update", "delete")
    }
    requests = pack(changes)
    return replace(
        run.plan,
        changes=changes,
        requests=requests,
        summary=Summary(**count, unchanged=run.plan.summary.unchanged),
        cost=cost(
            0,
            changes,
            requests,
            session.environment.concurrency,
            session.consents,
            keys=not run.plan.restores,
        ),
        # It is shown and asked about, and no digest may let it pass for a plan that can be applied.
        digest="",
    )


def _show(call: Invocation, run: "Run", left: "Plan") -> None:
    """What has become of the run's changes, and each of those that are left."""
    count = {"settled": len(run.plan.changes) - len(left.changes), "left": len(left.changes)}
    doubt = f", {len(run.doubtful)} of them in doubt: sent, and not answered" if run.doubtful else ""
    call.output.talk(
        f"Run {run.id}, begun {run.started_at}: {count['settled']:,} of {len(run.plan.changes):,} changes are settled, "
        f"{count['left']:,} left{doubt}.\n"
    )
    show_plan(call, left)
