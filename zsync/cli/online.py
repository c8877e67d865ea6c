"""Commands that read the CRM: plan and verify."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from zsync.cli.formats import check_places, format_option, save, write
from zsync.cli.guarding import override_options, refuse_marked
from zsync.cli.terminal import Progress, colour_option, show_diagnostics, talk

if TYPE_CHECKING:
    from zsync.cli.session import Session
    from zsync.model import Plan
    from zsync.verdicts import Override

Formats = tuple[tuple[str, Path | None], ...]

environment_option = click.option(
    "-e",
    "--environment",
    metavar="ENV",
    help="The environment of zsync.yaml to work on (or $ZSYNC_ENVIRONMENT).",
)


@click.command(
    epilog="Exit codes: 0 done (no changes, or no --detailed-exitcode), 1 the CRM cannot be reached, "
    "2 there are changes (--detailed-exitcode), 4 something to fix in the manifests, 5 a guard refused, 8 "
    "authentication, permission or credits, 64 wrong usage."
)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH]...")
@environment_option
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="FILE", help="Save the plan, to apply it later."
)
@click.option("--detailed-exitcode", is_flag=True, help="Exit 2 where there are changes.")
@override_options
@format_option
@colour_option
def plan(
    paths: tuple[Path, ...],
    environment: str | None,
    out: Path | None,
    *,
    detailed_exitcode: bool,
    aside: "tuple[Override, ...]",
    formats: Formats,
) -> int:
    """Show what would change in the CRM, without changing anything.

    PATH is a manifest or a folder of them; default: relations. Reads the CRM, compares it with the manifests, and prints
    the changes: - to delete, ~ to update, + to create. Where a guard of zsync.yaml refuses them, it says so after the plan.
    """
    check_places([out])
    made = make(paths, environment, aside)[0]
    if out:
        from zsync.plan import dump_plan

        save(out, dump_plan(made))
    write(made, formats)
    if out and made.refusals:
        talk(f"Saved to {out}, marked as refused: apply will not carry it out.")
    elif out and made.summary.changes:
        talk(f"Saved to {out}. To carry it out: zsync apply {out}")
    refuse_marked(made)
    return 2 if detailed_exitcode and made.summary.changes else 0


@click.command(
    epilog="Exit codes: 0 the CRM equals the manifests, 1 the CRM cannot be reached, 2 it does not (the differences are shown), "
    "4 something to fix in the manifests, 8 authentication, permission or credits, 64 wrong usage."
)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH]...")
@environment_option
@format_option
@colour_option
def verify(paths: tuple[Path, ...], environment: str | None, formats: Formats) -> int:
    """Read the CRM back and demand that it equals the manifests.

    PATH is a manifest or a folder of them; default: relations. Reads only.
    """
    made = make(paths, environment)[0]
    write(made, formats)
    return 2 if made.summary.changes else 0


def make(
    paths: tuple[Path, ...], environment: str | None, overrides: "tuple[Override, ...]" = ()
) -> "tuple[Plan, Session]":
    """The plan for the manifests of these paths, and the session it was made in. Warnings are shown on the way."""
    from zsync import git
    from zsync.cli import session as sessions
    from zsync.crm import connect_reader
    from zsync.guards import check_overrides
    from zsync.planner import Origin, make_plan

    where = sessions.manifest_paths(paths)
    session = sessions.open_session(where, environment)
    check_overrides(overrides, session.guards)
    manifests = sessions.load_manifests(where, session)
    sessions.check_credentials()
    folder = where[0] if where[0].is_dir() else where[0].parent
    origin = Origin(
        session.expected(),
        session.guards,
        git.commit(folder),
        sessions.now(),
        session.config.kinds,
        session.concurrency,
        overrides,
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
