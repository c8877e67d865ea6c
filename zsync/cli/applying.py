"""Commands that write: apply carries out a plan, resume goes on where a run ended."""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from zsync.cli.asking import agreed, check_asking, confirm_environment
from zsync.cli.formats import Formats, check_places, format_option, is_plan, report_option, save, write
from zsync.cli.guarding import check_guards, manifests_of, override_options
from zsync.cli.measuring import measured
from zsync.cli.notifying import notify_option
from zsync.cli.online import environment_option, make
from zsync.cli.subject import about
from zsync.cli.terminal import Progress, colour_option, talk
from zsync.errors import ZsyncError

if TYPE_CHECKING:
    import asyncio

    from zsync.applying.journal import Journal
    from zsync.cli.session import Session
    from zsync.model import Outcome, Plan, Report
    from zsync.model.verdicts import Override

_EXITS = (
    "1 the CRM cannot be reached, 3 applied in part (rows refused, held or unknown), 5 a guard refused, 6 the plan is expired, altered "
    "or for another org, 7 another run applies to this org, 8 authentication, permission or credits, 64 wrong usage, 130 "
    "not approved or interrupted."
)

confirm_option = click.option(
    "--confirm", metavar="NAME", help="The name of a protected environment, instead of typing it."
)
journal_option = click.option(
    "--journal",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where journals of runs are. Default: .zsync/runs.",
)


@click.command(epilog=f"Exit codes: 0 all rows applied, 4 something to fix in the manifests, {_EXITS}")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PLAN | PATH...]")
@environment_option
@click.option(
    "--auto-approve", is_flag=True, help="Do not ask before a plan that was made just now is carried out."
)
@confirm_option
@click.option("--digest", metavar="D", help="Carry out the plan only if this is its digest.")
@click.option(
    "--canary",
    type=click.IntRange(1),
    metavar="N",
    help="Send N changes first, the rest only if all were applied.",
)
@click.option("--verify/--no-verify", default=True, show_default=True, help="Read back what was written.")
@report_option
@notify_option
@override_options
@journal_option
@format_option
@colour_option
@measured
def apply(
    paths: tuple[Path, ...],
    environment: str | None,
    *,
    auto_approve: bool,
    confirm: str | None,
    digest: str | None,
    canary: int | None,
    verify: bool,
    aside: "tuple[Override, ...]",
    report: Path | None,
    journal: Path | None,
    formats: Formats,
) -> int:
    """Carry out a plan: exactly the requests that it shows.

    PLAN is a file of `zsync plan --out`, which counts as approved. With manifests (PATH) or nothing, plans, shows the
    plan and asks. Before each request its rows are read again: a row that moved since the plan is held.
    """
    check_places([report])
    if saved := is_plan(paths):
        made, session = _saved(paths[0], environment, digest)
        check_guards(made, session, aside)
        confirm_environment(session, confirm)
    else:
        check_asking(digest, auto_approve=auto_approve)
        made, session = make(paths, environment, aside)
        if not agreed(made, session, formats, confirm, auto_approve=auto_approve):
            talk("Nothing was written.")
            return 130
        check_guards(made, session, aside)
    waves = (str(canary),) if canary else session.waves
    aside = aside if saved else ()
    done = carry_out(made, session, journal=journal, aside=aside, verify=verify, waves=waves)
    return _tell(done, formats, report)


@click.command(epilog=f"Exit codes: 0 all rows applied, 4 there is no such run, {_EXITS}")
@click.argument("run")
@confirm_option
@report_option
@notify_option
@override_options
@journal_option
@format_option
@colour_option
@measured
def resume(
    run: str,
    confirm: str | None,
    aside: "tuple[Override, ...]",
    report: Path | None,
    journal: Path | None,
    formats: Formats,
) -> int:
    """Go on with a run that ended early.

    RUN is its name as `zsync runs` lists it, or `last`. Rows whose answer is not known are read back first; nothing is sent
    again blindly. Rows that were settled stay as they are. The environment's waves hold for what is left, too.
    """
    from zsync.applying import journal as journals
    from zsync.applying.applier import resumed
    from zsync.cli import session as sessions

    check_places([report])
    found = journals.read(journal or journals.FOLDER, run)
    about(found.plan)
    session = sessions.open_session(manifests_of(found.plan), found.plan.binding.environment or None)
    every = (*found.overrides, *aside)
    check_guards(found.plan, session, every)
    confirm_environment(session, confirm)
    standing = resumed(found.plan, found.outcomes)
    done = carry_out(
        found.plan,
        session,
        journal=journal,
        aside=aside,
        waves=session.waves,
        resume=found.id,
        standing=standing,
    )
    return _tell(replace(done, overrides=every), formats, report)


def _tell(done: "Report", formats: Formats, report: Path | None) -> int:
    about(done)
    write(done, formats)
    if report:
        from zsync.files.plan import dump_report

        save(report, dump_report(done))
    return done.exit_code


def carry_out(
    made: "Plan",
    session: "Session",
    *,
    journal: Path | None,
    aside: "tuple[Override, ...]" = (),
    verify: bool = True,
    waves: tuple[str, ...] = (),
    resume: str = "",
    standing: "Mapping[int, Outcome] | None" = None,
) -> "Report":
    """Apply a plan under the org's lock and with a journal; with `resume`, go on with that run's."""
    from platformdirs import user_state_path

    from zsync.applying import journal as journals
    from zsync.applying import lock
    from zsync.applying.applier import Way
    from zsync.cli import session as sessions
    from zsync.files.plan import timestamp
    from zsync.model.requests import wave_sizes

    sessions.check_credentials()
    folder, since = journal or journals.FOLDER, timestamp(sessions.now())
    sizes = wave_sizes(len(made.changes), waves)
    way = Way(session.expected(), session.concurrency, session.config.kinds, verify, sizes, standing or {})
    if not made.requests:
        return sessions.run(_apply(made, session, way, None))
    locks = user_state_path("zsync", appauthor=False) / "locks"
    org = f"{made.binding.api_domain} {made.binding.org_id}"
    with ExitStack() as stack:
        stack.enter_context(lock.held(locks, org, resume or made.digest, since, talk))
        log = journals.reopen(folder, resume) if resume else journals.start(folder, made, since)
        stack.callback(log.close)
        log.set_aside(aside)
        done = _journaled(made, session, way, log, new=not resume)
    return replace(done, run=log.run, overrides=aside)


def _journaled(made: "Plan", session: "Session", way: "object", log: "Journal", *, new: bool) -> "Report":
    """Apply, and end the journal. One of a new run that was refused before anything was sent is taken away."""
    from zsync.cli import session as sessions

    try:
        done = sessions.run(_apply(made, session, way, log))
    except ZsyncError:
        if new:
            log.discard_unused()
        raise
    log.end(done.stopped)
    return done


async def _apply(made: "Plan", session: "Session", way: "object", log: "Journal | None") -> "Report":
    import asyncio

    from zsync.applying import applier
    from zsync.applying.journal import NoJournal
    from zsync.crm import connect

    assert isinstance(way, applier.Way)  # noqa: S101  named here so that the module need not be imported above
    progress = Progress("Applying")
    way = replace(way, progress=progress, stop=asyncio.Event())
    _heed_interrupt(way.stop)
    async with connect(session.settings()) as crm:
        done = await applier.apply(made, crm, log or NoJournal(), way)
    progress.close()
    return done


def _heed_interrupt(stop: "asyncio.Event") -> None:
    """Ctrl-C once: end after the requests under way. Twice: at once; the journal says what is in doubt."""
    import asyncio
    import signal

    loop = asyncio.get_running_loop()

    def interrupted() -> None:
        stop.set()
        loop.remove_signal_handler(signal.SIGINT)
        talk("\nEnding after the requests under way. Press Ctrl-C again to end at once.")

    try:
        loop.add_signal_handler(signal.SIGINT, interrupted)
    except (NotImplementedError, RuntimeError, ValueError):
        # Not in the main thread, or no signals on this system: then Ctrl-C ends at once, and the journal is complete all the same.
        return


def _saved(path: Path, environment: str | None, digest: str | None) -> "tuple[Plan, Session]":
    from zsync.cli import session as sessions
    from zsync.cli.offline import read_file
    from zsync.errors import PlanRefused
    from zsync.files.plan import check_plan, load_plan

    made = load_plan(read_file(path))
    about(made)
    check_plan(made, now=sessions.now(), digest=digest)
    if environment is not None and environment != made.binding.environment:
        raise PlanRefused(
            f"the plan is for the environment {made.binding.environment!r}, not {environment!r}",
            help="Make a plan for this environment: `zsync plan -e ENV --out FILE`.",
        )
    return made, sessions.open_session(manifests_of(made), made.binding.environment or None)
