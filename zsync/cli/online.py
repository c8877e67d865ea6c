"""Commands that read the CRM: plan and verify."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from zsync.cli.formats import Formats, check_places, format_option, save, warn, write
from zsync.cli.guarding import override_options, refuse_marked
from zsync.cli.measuring import measured
from zsync.cli.notifying import notify_option
from zsync.cli.subject import about
from zsync.cli.terminal import Progress, colour_option, talk

if TYPE_CHECKING:
    from zsync.cli.session import Session
    from zsync.model import ManagedList, Manifests, Plan
    from zsync.model.verdicts import Override
    from zsync.planning.planner import Origin
    from zsync.rehearsal.recorder import Recorder

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
@click.option(
    "--base",
    metavar="REF",
    help="Compare with the manifests of this commit: what both say alike is drift; what it has and you removed is deleted.",
)
@click.option(
    "--only",
    metavar="SELECTOR",
    default="",
    help="Narrow the plan: change, drift, create, update, delete, or a pattern for module/parent/list/record.",
)
@click.option(
    "--snapshot",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Save what was read, for `zsync rehearse`: names and addresses too, so only its owner may read it (mode 0600).",
)
@override_options
@format_option
@colour_option
@measured
def plan(
    paths: tuple[Path, ...],
    environment: str | None,
    out: Path | None,
    *,
    detailed_exitcode: bool,
    base: str | None,
    only: str,
    snapshot: Path | None,
    aside: "tuple[Override, ...]",
    formats: Formats,
) -> int:
    """Show what would change in the CRM, without changing anything.

    PATH is a manifest or a folder of them; default: relations. Reads the CRM, compares it with the manifests, and prints
    the changes: - to delete, ~ to update, + to create. Where a guard of zsync.yaml refuses them, it says so after the plan.
    """
    check_places([out, snapshot])
    made = make(paths, environment, aside, base, only, snapshot)[0]
    if out:
        from zsync.files.plan import dump_plan

        save(out, dump_plan(made))
    write(made, formats)
    if snapshot:
        talk(f"What was read is in {snapshot}. To try the plan on it: zsync rehearse --snapshot {snapshot}")
    if out and made.refusals:
        talk(f"Saved to {out}, marked as refused: apply will not carry it out.")
    elif out and made.summary.changes:
        talk(f"Saved to {out}. To carry it out: zsync apply {out}")
    refuse_marked(made)
    return 2 if detailed_exitcode and made.summary.changes else 0


@click.command(
    epilog="Exit codes: 0 nothing drifted, 1 the CRM cannot be reached, 2 there is drift, 4 something to fix in the manifests, "
    "5 a guard would refuse to put it right, 8 authentication, permission or credits, 64 wrong usage."
)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH]...")
@environment_option
@click.option(
    "--base", metavar="REF", default="HEAD", show_default=True, help="The commit whose manifests count."
)
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="FILE", help="Save the plan that puts it right."
)
@notify_option
@format_option
@colour_option
@measured
def drift(
    paths: tuple[Path, ...], environment: str | None, base: str, out: Path | None, formats: Formats
) -> int:
    """Show what the CRM changed by itself: differences that no manifest made.

    PATH is a manifest or a folder of them; default: relations. What your manifests change since the base commit is left
    out. Reads only.
    """
    check_places([out])
    made = make(paths, environment, (), base, "drift")[0]
    if out:
        from zsync.files.plan import dump_plan

        save(out, dump_plan(made))
    write(made, formats)
    refuse_marked(made)
    return 2 if made.summary.changes else 0


@click.command(
    epilog="Exit codes: 0 the CRM equals the manifests, 1 the CRM cannot be reached, 2 it does not (the differences are shown), "
    "4 something to fix in the manifests, 8 authentication, permission or credits, 64 wrong usage."
)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH]...")
@environment_option
@format_option
@colour_option
@measured
def verify(paths: tuple[Path, ...], environment: str | None, formats: Formats) -> int:
    """Read the CRM back and demand that it equals the manifests.

    PATH is a manifest or a folder of them; default: relations. Reads only.
    """
    made = make(paths, environment)[0]
    write(made, formats)
    return 2 if made.summary.changes else 0


def make(
    paths: tuple[Path, ...],
    environment: str | None,
    overrides: "tuple[Override, ...]" = (),
    base: str | None = None,
    only: str = "",
    snapshot: Path | None = None,
) -> "tuple[Plan, Session]":
    """The plan for the manifests of these paths, and the session it was made in. Warnings are shown on the way.

    With `snapshot`, what was read goes to that file.
    """
    from zsync.cli import session as sessions
    from zsync.guards.evaluation import check_overrides

    where = sessions.manifest_paths(paths)
    session = sessions.open_session(where, environment)
    check_overrides(overrides, session.guards)
    manifests = sessions.load_manifests(where, session)
    sessions.check_credentials()
    based = sessions.Based(None) if base is None else sessions.load_base(where, base, session, only)
    warn(based.warnings)
    origin = origin_of(session, where, overrides, based.lists, only)
    made = sessions.run(_read(manifests, origin, session, snapshot))
    about(made)
    return made, session


def origin_of(
    session: "Session",
    where: tuple[Path, ...],
    overrides: "tuple[Override, ...]",
    base: "tuple[ManagedList, ...] | None",
    only: str,
) -> "Origin":
    """What a plan in this session is made from besides the manifests, which are at `where`."""
    from zsync import git
    from zsync.cli import session as sessions
    from zsync.planning.planner import Origin

    return Origin(
        session.expected(),
        session.guards,
        git.commit(where[0] if where[0].is_dir() else where[0].parent),
        sessions.now(),
        session.config.kinds,
        session.concurrency,
        overrides,
        base,
        only,
    )


async def _read(
    manifests: "Manifests", origin: "Origin", session: "Session", snapshot: Path | None
) -> "Plan":
    from zsync.crm import Reader, connect_reader
    from zsync.planning.planner import make_plan
    from zsync.rehearsal.recorder import Recorder

    progress = Progress("Reading lists")
    async with connect_reader(session.settings(), Recorder if snapshot else Reader) as reader:
        made, warnings = await make_plan(manifests, reader, origin, progress=progress)
        if snapshot and isinstance(reader, Recorder):
            await _keep(reader, made, origin, snapshot)
    progress.close()
    warn(warnings)
    return made


async def _keep(reader: "Recorder", made: "Plan", origin: "Origin", path: Path) -> None:
    from zsync.files.snapshot import dump_snapshot

    binding = made.binding
    seen = await reader.snapshot(binding.environment, binding.created_at, origin.kinds)
    save(path, dump_snapshot(seen))
