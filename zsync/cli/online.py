"""Commands that talk to the CRM: plan reads, apply writes."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from zsync.cli.formats import check_places, format_option, save, write
from zsync.cli.terminal import Progress, colour_option, coloured, show_diagnostics, talk

if TYPE_CHECKING:
    from zsync.cli.session import Session
    from zsync.model import Plan, Report

Formats = tuple[tuple[str, Path | None], ...]

_ENVIRONMENT = click.option(
    "-e",
    "--environment",
    metavar="ENV",
    help="The environment of zsync.yaml to work on (or $ZSYNC_ENVIRONMENT).",
)


@click.command(
    epilog="Exit codes: 0 done (no changes, or no --detailed-exitcode), 1 the CRM cannot be reached, "
    "2 there are changes (--detailed-exitcode), 4 something to fix in the manifests, 8 authentication, permission "
    "or credits, 64 wrong usage."
)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH]...")
@_ENVIRONMENT
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="FILE", help="Save the plan, to apply it later."
)
@click.option("--detailed-exitcode", is_flag=True, help="Exit 2 where there are changes.")
@format_option
@colour_option
def plan(
    paths: tuple[Path, ...],
    environment: str | None,
    out: Path | None,
    *,
    detailed_exitcode: bool,
    formats: Formats,
) -> int:
    """Show what would change in the CRM, without changing anything.

    PATH is a manifest or a folder of them; default: relations. Reads the CRM, compares it with the manifests, and prints
    the changes: - to delete, ~ to update, + to create.
    """
    check_places([out])
    made = _plan(paths, environment)[0]
    if out:
        from zsync.plan import dump_plan

        save(out, dump_plan(made))
    write(made, formats)
    if out and made.summary.changes:
        talk(f"Saved to {out}. To carry it out: zsync apply {out}")
    return 2 if detailed_exitcode and made.summary.changes else 0


@click.command(
    epilog="Exit codes: 0 all rows applied, 1 the CRM cannot be reached, 3 applied in part (rows refused or unknown), "
    "4 something to fix in the manifests, 6 the plan is expired, altered or for another org, 8 authentication, permission "
    "or credits, 64 wrong usage, 130 not approved or interrupted."
)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PLAN | PATH...]")
@_ENVIRONMENT
@click.option(
    "--auto-approve", is_flag=True, help="Do not ask before a plan that was made just now is carried out."
)
@click.option("--digest", metavar="D", help="Carry out the plan only if this is its digest.")
@click.option(
    "--report", type=click.Path(path_type=Path), metavar="FILE", help="Save what became of each change."
)
@format_option
@colour_option
def apply(
    paths: tuple[Path, ...],
    environment: str | None,
    *,
    auto_approve: bool,
    digest: str | None,
    report: Path | None,
    formats: Formats,
) -> int:
    """Carry out a plan: exactly the requests that it shows.

    PLAN is a file of `zsync plan --out`, which counts as approved. With manifests (PATH) or nothing, plans, shows the
    plan and asks.
    """
    from zsync.errors import UsageError
    from zsync.plan import dump_report

    check_places([report])
    if _is_plan(paths):
        made, session = _saved(paths[0], environment, digest)
    elif digest is not None:
        raise UsageError(
            "--digest is for a saved plan", help="Name the plan's file: `zsync apply FILE --digest D`."
        )
    else:
        _check_asking(auto_approve=auto_approve)
        made, session = _plan(paths, environment)
        _show_plan(made, formats)
        if made.summary.changes and not auto_approve and not _approved(made):
            talk("Nothing was written.")
            return 130
    done = _apply(made, session)
    write(done, formats)
    if report:
        save(report, dump_report(done))
    return exit_code(done)


def _show_plan(made: "Plan", formats: Formats) -> None:
    """The plan before the question; on stderr where stdout is for a report that a program reads."""
    if any(path is None and name != "text" for name, path in formats):
        from zsync.render import text

        talk(text.render_plan(made, color=coloured(sys.stderr)))
    else:
        write(made, (("text", None),))


def exit_code(report: "Report") -> int:
    """The exit code of an apply, decided by its rows."""
    if report.stopped:
        # The refusal that ended the run is the outcome of its request's rows; other rows may be refused for themselves.
        ended = (one for one in report.outcomes if one.status == "refused")
        return 8 if any(report.stopped.startswith(one.message) for one in ended) else 1
    return 3 if any(outcome.status in ("refused", "held", "unknown") for outcome in report.outcomes) else 0


def _plan(paths: tuple[Path, ...], environment: str | None) -> "tuple[Plan, Session]":
    from zsync import git
    from zsync.cli import session as sessions
    from zsync.crm import connect_reader
    from zsync.planner import Origin, make_plan

    where = sessions.manifest_paths(paths)
    session = sessions.open_session(where, environment)
    manifests = sessions.load_manifests(where, session)
    sessions.check_credentials()
    folder = where[0] if where[0].is_dir() else where[0].parent
    origin = Origin(
        session.expected(),
        session.config.guards_digest,
        git.commit(folder),
        sessions.now(),
        session.config.kinds,
        session.concurrency,
    )
    progress = Progress("Reading lists")

    async def work() -> "Plan":
        async with connect_reader(session.settings()) as reader:
            made, warnings = await make_plan(manifests, reader, origin, progress=progress)
        progress.close()
        if warnings:
            show_diagnostics(warnings)
        return made

    return sessions.run(work()), session


def _is_plan(paths: tuple[Path, ...]) -> bool:
    """One file that is JSON by name or by its first byte: a plan. Manifests are YAML mappings or folders."""
    if len(paths) != 1 or paths[0].is_dir() or paths[0].suffix in (".yaml", ".yml"):
        return False
    if paths[0].suffix == ".json" or not paths[0].exists():
        return True
    with paths[0].open("rb") as file:
        return file.read(1) == b"{"


def _saved(path: Path, environment: str | None, digest: str | None) -> "tuple[Plan, Session]":
    from zsync.cli import session as sessions
    from zsync.cli.offline import read_file
    from zsync.errors import PlanRefused
    from zsync.plan import check_plan, load_plan

    made = load_plan(read_file(path))
    check_plan(made, now=sessions.now(), digest=digest)
    if environment is not None and environment != made.binding.environment:
        raise PlanRefused(
            f"the plan is for the environment {made.binding.environment!r}, not {environment!r}",
            help="Make a plan for this environment: `zsync plan -e ENV --out FILE`.",
        )
    return made, sessions.open_session((), made.binding.environment or None)


def _check_asking(*, auto_approve: bool) -> None:
    from zsync.errors import UsageError

    if not auto_approve and not sys.stdin.isatty():
        raise UsageError(
            "there is no terminal to ask at, and --auto-approve was not given",
            help="Add --auto-approve, or review a plan first: `zsync plan --out FILE`, then `zsync apply FILE`.",
        )


def _approved(made: "Plan") -> bool:
    count = made.summary.changes
    return click.confirm(f"\nApply {'this change' if count == 1 else f'these {count} changes'}?", err=True)


def _apply(made: "Plan", session: "Session") -> "Report":
    from zsync import applier
    from zsync.cli import session as sessions
    from zsync.crm import connect

    sessions.check_credentials()
    progress = Progress("Applying")

    async def work() -> "Report":
        async with connect(session.settings()) as crm:
            done = await applier.apply(
                made,
                crm,
                expected=session.expected(),
                concurrency=session.concurrency,
                kinds=session.config.kinds,
                progress=progress,
            )
        progress.close()
        return done

    return sessions.run(work())
