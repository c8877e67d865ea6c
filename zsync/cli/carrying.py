"""Carrying out at a terminal: the connection, the progress, the signals, and the report. What apply and resume share."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from zsync.cli.interrupts import heeded
from zsync.cli.invocation import Invocation
from zsync.cli.terminal import Progress

if TYPE_CHECKING:
    from zsync.applying.applier import Way
    from zsync.applying.recall import Kept
    from zsync.applying.run import Trail
    from zsync.cli.session import Session
    from zsync.crm import Settings
    from zsync.model import Approval, Plan, Report
    from zsync.model.verdicts import Override


def carry_out(
    call: Invocation,
    made: "Plan",
    session: "Session",
    *,
    overrides: "tuple[Override, ...]" = (),
    verify: bool = True,
    waves: tuple[str, ...] = (),
    resumes: "Kept | None" = None,
    report: Path | None = None,
) -> int:
    """Apply a plan as one run, deliver its report, and give the exit code that its rows decide.

    With `resumes`, finish that run: outcomes of its that stand are not touched. `report` is the file of --report.
    """
    from zsync.applying.applier import Way, standing
    from zsync.cli import session as sessions
    from zsync.model.requests import wave_sizes

    environment = session.environment
    way = Way(
        expected=session.expected(),
        concurrency=environment.concurrency,
        kinds=session.config.kinds,
        verify=verify,
        waves=wave_sizes(len(made.changes), waves),
        done=standing(resumes.run) if resumes else {},
        sent=resumes.run.sent if resumes else frozenset(),
        consents=session.consents,
    )
    trail = _trail(call, session, overrides, resumes)
    # A signal while the report is saved must not lose it.
    with heeded(call) as stop:
        way = replace(way, stop=stop)
        done = sessions.run(_carry_out(made, session.connection(), way, trail))
        if resumes:
            done = replace(done, overrides=(*resumes.run.overrides, *overrides))
        call.about = done
        call.output.conclude(done, to=report)
    return done.exit_code


def _trail(
    call: Invocation, session: "Session", overrides: "tuple[Override, ...]", resumes: "Kept | None"
) -> "Trail":
    """Where the run leaves its traces."""
    from zsync.applying.run import Trail
    from zsync.cli import journals, state
    from zsync.cli import session as sessions
    from zsync.files.plan import timestamp

    return Trail(
        environment=state.shelf_here().environment(session.environment.name),
        locks=state.state_folder() / "locks",
        keys=journals.sealing_keys(session),
        started_at=timestamp(sessions.now()),
        told=call.output.talk,
        overrides=overrides,
        journal=None if resumes else journals.new_journal(call),
        resumes=resumes,
        approval=_approval(call),
    )


def _approval(call: Invocation) -> "Approval":
    import os
    from getpass import getuser

    from zsync.review.approving import approval

    try:
        user = getuser()
    except (OSError, KeyError, ImportError):
        user = ""  # nobody of that number is known to the system
    return approval(os.environ, user=user, answered=call.answered)


async def _carry_out(made: "Plan", connection: "Settings", way: "Way", trail: "Trail") -> "Report":
    from zsync.applying.freezing import frozen_by_file
    from zsync.applying.run import carry_out
    from zsync.crm import connect

    progress = Progress("Applying")
    way = replace(way, progress=progress, frozen=partial(frozen_by_file, trail.environment))
    done = await carry_out(made, connect(connection), way, trail)
    progress.close()
    return done
