"""Carrying out at a terminal: the connection, the progress, and Ctrl-C. What apply and resume share."""

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from zsync.cli.invocation import Invocation
from zsync.cli.terminal import Progress

if TYPE_CHECKING:
    import asyncio

    from zsync.applying.applier import Way
    from zsync.applying.journal import Kept
    from zsync.applying.run import Trail
    from zsync.cli.session import Session
    from zsync.crm import Settings
    from zsync.model import Plan, Report
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
) -> "Report":
    """Apply a plan as one run; with `resumes`, finish that run: outcomes of its that stand are not touched."""
    from zsync.applying.applier import Way, standing
    from zsync.applying.run import Trail
    from zsync.cli import journals, state
    from zsync.cli import session as sessions
    from zsync.files.plan import timestamp
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
    )
    trail = Trail(
        environment=state.shelf_here().environment(environment.name),
        locks=state.state_folder() / "locks",
        keys=journals.sealing_keys(session),
        started_at=timestamp(sessions.now()),
        told=call.output.talk,
        overrides=overrides,
        journal=None if resumes else journals.new_journal(call),
        resumes=resumes,
    )
    return sessions.run(_carry_out(call, made, session.connection(), way, trail))


async def _carry_out(
    call: Invocation, made: "Plan", connection: "Settings", way: "Way", trail: "Trail"
) -> "Report":
    import asyncio

    from zsync.applying.freezing import frozen_by_file
    from zsync.applying.run import carry_out
    from zsync.crm import connect

    progress, stop = Progress("Applying"), asyncio.Event()
    _heed_interrupt(call, stop)
    way = replace(way, progress=progress, stop=stop, frozen=partial(frozen_by_file, trail.environment))
    done = await carry_out(made, connect(connection), way, trail)
    progress.close()
    return done


def _heed_interrupt(call: Invocation, stop: "asyncio.Event") -> None:
    """Ctrl-C once: end after the requests under way. Twice: at once; the journal says what is in doubt."""
    import asyncio
    import signal

    loop = asyncio.get_running_loop()

    def interrupted() -> None:
        stop.set()
        loop.remove_signal_handler(signal.SIGINT)
        call.output.talk("\nEnding after the requests under way. Press Ctrl-C again to end at once.")

    try:
        loop.add_signal_handler(signal.SIGINT, interrupted)
    except (NotImplementedError, RuntimeError, ValueError):
        # Not in the main thread, or no signals on this system: then Ctrl-C ends at once, and the journal is complete all the same.
        return
