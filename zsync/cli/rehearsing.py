"""`zsync rehearse`: plan and apply on the bundled CRM, as it would go in an org, without one and without secrets."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from zsync.cli.bundled import import_emulator
from zsync.cli.formats import Formats, check_places, format_option, render, report_option, save, warn, write
from zsync.cli.guarding import override_options, refuse_marked
from zsync.cli.online import environment_option, origin_of
from zsync.cli.redaction import redacted_text
from zsync.cli.terminal import Progress, colour_option, result, talk

if TYPE_CHECKING:
    from zsync.cli.session import Session
    from zsync.crm import Settings
    from zsync.files.snapshot import Snapshot
    from zsync.model import ManagedList, Manifests, Plan, Report
    from zsync.model.verdicts import Override
    from zsync.planning.planner import Origin
    from zsync.rehearsal.world import Rehearsal

DONE = "Rehearsed on the bundled CRM: nothing was sent to an org."


@click.command(
    epilog="Exit codes: 0 it would go well, with changes or without, 1 the bundled CRM failed, 3 rows would be refused or held, or "
    "changes would be left, 4 something to fix in the manifests or the snapshot, 5 a guard refused, 8 the credits would not "
    "do, 64 wrong usage."
)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH]... [SNAPSHOT]")
@environment_option
@click.option(
    "--snapshot",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Begin with what `zsync plan --snapshot FILE` read; its environment is the default of -e.",
)
@click.option(
    "--base",
    metavar="REF",
    help="As for plan. Without --snapshot, what the manifests of this commit say is what the CRM holds.",
)
@click.option("--only", metavar="SELECTOR", default="", help="Narrow the plan, as for plan.")
@click.option("--canary", type=click.IntRange(1), metavar="N", help="Send N changes first, as for apply.")
@click.option("--strict", is_flag=True, help="Assume nothing that the snapshot does not have.")
@report_option
@override_options
@format_option
@colour_option
def rehearse(
    paths: tuple[Path, ...],
    environment: str | None,
    snapshot: Path | None,
    base: str | None,
    only: str,
    canary: int | None,
    *,
    strict: bool,
    report: Path | None,
    aside: "tuple[Override, ...]",
    formats: Formats,
) -> int:
    """Try a plan: make it and apply it on the bundled CRM, and plan again.

    PATH is a manifest or a folder of them; default: relations. SNAPSHOT is the same as --snapshot. The bundled CRM holds what
    a snapshot says, else what --base says, else nothing; records that the manifests name and it does not know are assumed to exist. Guards, waves and
    settings are those of the environment. Needs no org, no token and no network; no credentials are read.
    """
    from zsync.cli import session as sessions

    check_places([report])
    import_emulator()
    if snapshot is None and paths and paths[-1].suffix == ".json":
        *manifests, snapshot = paths
        paths = tuple(manifests)
    seen = _load(snapshot, strict=strict)
    scene = _scene(paths, environment, seen, aside, base, only)
    waves = (str(canary),) if canary else scene.waves
    stage = _stage(scene, strict=strict)
    with _bundled(stage) as crm:
        settings = _settings(crm, scene.session)
        made = sessions.run(_plan(scene, stage, settings, strict=strict))
        write(made, formats)
        refuse_marked(made)
        done, left = sessions.run(_carry_out(made, scene, settings, waves))
    return _tell(done, left, _began(seen, base if scene.before is not None else None), formats, report)


class _Scene(NamedTuple):
    """What is rehearsed: manifests, those of the base, and the snapshot, if there are any, under which settings."""

    session: "Session"
    manifests: "Manifests"
    before: "tuple[ManagedList, ...] | None"
    seen: "Snapshot | None"
    origin: "Origin"

    @property
    def waves(self) -> tuple[str, ...]:
        """The environment's."""
        return (self.session.environment and self.session.environment.waves) or ()


def _scene(
    paths: tuple[Path, ...],
    environment: str | None,
    seen: "Snapshot | None",
    aside: "tuple[Override, ...]",
    base: str | None,
    only: str,
) -> _Scene:
    from zsync.cli import session as sessions
    from zsync.guards.evaluation import check_overrides
    from zsync.model import Expected

    where = sessions.manifest_paths(paths)
    chosen = environment or os.environ.get("ZSYNC_ENVIRONMENT") or (seen.environment if seen else None)
    session = sessions.open_session(where, chosen)
    check_overrides(aside, session.guards)
    manifests = sessions.load_manifests(where, session)
    based = sessions.Based(None) if base is None else sessions.load_base(where, base, session, only)
    warn(based.warnings)
    origin = origin_of(session, where, aside, based.lists, only)
    # The plan names no environment of zsync.yaml: no `apply` takes it for one that was made in an org.
    label = f"rehearsal of {session.name}" if session.name else "rehearsal"
    return _Scene(session, manifests, based.lists, seen, replace(origin, expected=Expected(label)))


def _load(path: Path | None, *, strict: bool) -> "Snapshot | None":
    from zsync.cli.offline import read_file
    from zsync.errors import UsageError
    from zsync.files.snapshot import load_snapshot

    if path is None:
        if strict:
            raise UsageError(
                "--strict is about what a snapshot does not have, and there is none",
                help="Add --snapshot FILE, or leave --strict out.",
            )
        return None
    return load_snapshot(read_file(path, "Make one: `zsync plan --snapshot FILE`."), str(path))


def _stage(scene: _Scene, *, strict: bool) -> "Rehearsal":
    """What the rehearsal begins with; what was assumed is told."""
    from zsync.errors import InputError
    from zsync.files.snapshot import check_snapshot
    from zsync.rehearsal.world import rehearsal

    seen, expected = scene.seen, scene.session.expected()
    if seen:
        check_snapshot(seen, expected)
    kinds = scene.session.config.kinds
    stage = rehearsal(scene.manifests.lists, scene.before or (), seen, expected, kinds, strict=strict)
    if any(one.severity == "error" for one in stage.assumed):
        raise InputError(stage.assumed)
    warn(stage.assumed)
    return stage


@contextmanager
def _bundled(stage: "Rehearsal") -> Iterator[Any]:
    """The bundled CRM with that."""
    from zsync.errors import InputError
    from zsync.model import Diagnostic

    bundled = import_emulator()
    try:
        with bundled.running(seed=stage.world) as crm:
            yield crm
    except bundled.SeedError as error:
        advice = "Rehearse without it, or on an org for trying: a sandbox."
        raise InputError((Diagnostic("cannot-rehearse", str(error), help=advice),)) from None


def _settings(crm: Any, session: "Session") -> "Settings":
    """The bundled CRM alone: nothing of the surroundings, neither an address, nor a secret, nor a proxy."""
    from zsync.crm import Credentials, Settings

    return Settings(
        accounts_url=crm.url,
        api_domain=crm.url,
        credentials=Credentials(access_token=crm.access_token()),
        concurrency=session.concurrency,
        reserve=(session.environment.credit_reserve if session.environment else None) or 0,
        told=lambda text: talk(redacted_text(text)),
        direct=True,
    )


async def _plan(scene: _Scene, stage: "Rehearsal", settings: "Settings", *, strict: bool) -> "Plan":
    from zsync.crm import connect_reader
    from zsync.errors import InputError
    from zsync.planning.planner import make_plan
    from zsync.rehearsal.world import STRICTLY, unknown_fields

    progress = Progress("Reading lists")
    async with connect_reader(settings) as reader:
        made, warnings = await make_plan(scene.manifests, reader, scene.origin, progress=progress)
    progress.close()
    if unknown := unknown_fields(made, stage):
        if strict:
            raise InputError((replace(unknown, severity="error", help=STRICTLY),))
        warnings = (*warnings, unknown)
    warn(warnings)
    return made


async def _carry_out(
    made: "Plan", scene: _Scene, settings: "Settings", waves: tuple[str, ...]
) -> "tuple[Report, Plan]":
    """Apply, and plan again. No journal and no lock: nobody else is in that CRM, and it ends with the command."""
    from zsync.applying.applier import Way, apply
    from zsync.applying.journal import NoJournal
    from zsync.crm import connect, connect_reader
    from zsync.model.requests import wave_sizes
    from zsync.planning.planner import make_plan

    sizes, origin = wave_sizes(len(made.changes), waves), scene.origin
    progress = Progress("Applying")
    way = Way(concurrency=origin.concurrency, kinds=origin.kinds, waves=sizes, progress=progress)
    async with connect(settings) as crm:
        done = await apply(made, crm, NoJournal(), way)
    progress.close()
    async with connect_reader(settings) as reader:
        left, _ = await make_plan(scene.manifests, reader, origin)
    return done, left


def _tell(done: "Report", left: "Plan", began: str, formats: Formats, report: Path | None) -> int:
    """The report as text, on stderr where stdout is for a program; and what a plan after it would say."""
    from zsync.files.plan import dump_report
    from zsync.render.escape import terminal

    if report:
        save(report, dump_report(done))
    program = any(path is None and name != "text" for name, path in formats)
    say = talk if program else lambda text: result(text + "\n")
    say("\n" + render(done, "text").rstrip("\n"))
    if left.summary.changes:
        say("\nStill to do after it:\n\n" + render(left, "text").rstrip("\n"))
    end = "." if left.summary.changes else "; after it there is nothing left to do."
    say(f"\n{DONE}\nIt began with {terminal(began)}{end}")
    return done.exit_code or (3 if left.summary.changes else 0)


def _began(seen: "Snapshot | None", base: str | None) -> str:
    if seen:
        return f"what {seen.environment or 'the org'} held at {seen.taken_at}"
    known = "and knew the records that the manifests name"
    return f"what the manifests of {base} say, {known}" if base else f"no relations, {known}"
