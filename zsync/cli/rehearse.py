"""`zsync rehearse`: plan and apply on the bundled CRM, as it would go in an org, without one and without secrets."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from zsync.cli.approval import refuse_marked
from zsync.cli.command import Section, command
from zsync.cli.disk import check_places, read_saved, saved
from zsync.cli.emulator import check_installed
from zsync.cli.invocation import Invocation
from zsync.cli.options import (
    CANARY,
    ENVIRONMENT,
    EVERYWHERE,
    FILE,
    FORMAT,
    FULL,
    MAX_READS,
    NO_BASE,
    ONLY,
    OVERRIDE,
    REASON,
    REPORT,
)
from zsync.cli.plan import prepare
from zsync.cli.terminal import Progress

if TYPE_CHECKING:
    from zsync.cli.session import Session
    from zsync.crm import Settings
    from zsync.emulator import RunningCrm
    from zsync.files.snapshot import Snapshot
    from zsync.model import Diagnostic, ManagedList, Manifests, Plan, Report
    from zsync.model.plans import Put
    from zsync.planning.terms import Terms
    from zsync.rehearsal.world import Rehearsal

DONE = "Rehearsed on the bundled CRM: nothing was sent to an org."

_PATHS = click.Argument(["paths"], nargs=-1, type=FILE, metavar="[PATH]... [SNAPSHOT]")
_SNAPSHOT = click.Option(
    ["--snapshot"],
    type=FILE,
    metavar="FILE",
    help="begin with what zsync plan --snapshot FILE read; its environment is the default of -e",
)
_BASE = click.Option(
    ["--base", "base_ref"],
    metavar="REF",
    help="as for plan; without --snapshot, the CRM holds what the manifests of this commit say",
)
_STRICT = click.Option(["--strict"], is_flag=True, help="assume nothing that the snapshot does not have")


@command(
    _PATHS,
    Section("What to rehearse", (_SNAPSHOT, _STRICT, ENVIRONMENT, ONLY, _BASE, NO_BASE, CANARY)),
    Section("What to keep and print", (REPORT, FORMAT, FULL)),
    Section("Limits", (MAX_READS, OVERRIDE, REASON)),
    EVERYWHERE,
    exits={
        0: "it would go well, with changes or without",
        1: "the bundled CRM failed",
        3: "rows would be refused or held, or changes left",
        4: "fix a file or the snapshot",
        5: "refused by a guard",
        8: "too few credits",
        64: "usage",
    },
)
def rehearse(
    call: Invocation,
    paths: tuple[Path, ...],
    *,
    snapshot: Path | None,
    strict: bool,
    only: tuple[str, ...],
    canary: int | None,
    report: Path | None,
) -> int:
    """Try a plan: make it and apply it on the bundled CRM, and plan again.

    PATH is a manifest or a folder of them. Default: relations. SNAPSHOT is the same as --snapshot. The bundled CRM holds what the
    snapshot has, else what --base has, else nothing; records that the manifests name and it does not know are assumed to exist.
    Guards, waves and settings are the environment's. Needs no org, no token and no network; no credentials are read.
    """
    from zsync.cli import session as sessions
    from zsync.files.plan import dump_report

    check_places([report])
    check_installed()
    if snapshot is None and paths and paths[-1].suffix == ".json":
        *manifests, snapshot = paths
        paths = tuple(manifests)
    seen = _load(snapshot, strict=strict)
    scene = _scene(call, paths, seen, only)
    waves = (str(canary),) if canary else scene.session.waves
    stage = _stage(call, scene, strict=strict)
    with _bundled(stage, scene.terms.put) as crm:
        connection = _connection(call, crm, scene.session)
        limited = replace(connection, max_reads=call.max_reads)
        made, warnings = sessions.run(_plan(scene, stage, limited, strict=strict))
        call.output.warn(warnings)
        call.output.deliver(made)
        refuse_marked(made)
        done, left = sessions.run(_carry_out(made, scene, connection, waves))
    with saved([(report, dump_report(done))] if report else []):
        _tell(call, done, left, _began(seen, call.base.ref if scene.before is not None else None))
    return done.exit_code or (3 if left.summary.changes else 0)


class _Scene(NamedTuple):
    """What is rehearsed: manifests, those of the base, and the snapshot, if there are any, under which settings."""

    session: "Session"
    manifests: "Manifests"
    before: "tuple[ManagedList, ...] | None"
    seen: "Snapshot | None"
    terms: "Terms"


def _scene(
    call: Invocation, paths: tuple[Path, ...], seen: "Snapshot | None", only: tuple[str, ...]
) -> _Scene:
    from zsync.model import Expected

    chosen = call.environment or (seen.environment if seen else "")
    # Without a snapshot the base is what the CRM holds: whoever names none begins with an empty one.
    asked = call.base if seen or call.base.ref is not None else call.base._replace(none=True)
    session, desired, terms = prepare(call, paths, only, asked, environment=chosen, rehearsed=True)
    # The plan names no environment of zsync.yaml: no `apply` takes it for one that was made in an org.
    name = session.environment.name
    expected = Expected(f"rehearsal of {name}" if name else "rehearsal")
    return _Scene(session, desired.manifests, desired.agreed.lists, seen, replace(terms, expected=expected))


def _load(path: Path | None, *, strict: bool) -> "Snapshot | None":
    from zsync.errors import UsageError
    from zsync.files.snapshot import load_snapshot

    if path is None:
        if strict:
            raise UsageError(
                "--strict is about what a snapshot does not have, and there is none",
                help="Add --snapshot FILE, or leave --strict out.",
            )
        return None
    return load_snapshot(read_saved(path, "Make one: `zsync plan --snapshot FILE`."), str(path))


def _stage(call: Invocation, scene: _Scene, *, strict: bool) -> "Rehearsal":
    """What the rehearsal begins with; what was assumed is told."""
    from zsync.errors import InputError
    from zsync.files.snapshot import check_snapshot
    from zsync.rehearsal.persons import with_consent
    from zsync.rehearsal.world import rehearsal

    seen, expected = scene.seen, scene.session.environment.expected
    if seen:
        check_snapshot(seen, expected)
    kinds = scene.session.config.kinds
    stage = rehearsal(scene.manifests.lists, scene.before or (), seen, expected, kinds, strict=strict)
    stage = with_consent(stage, scene.terms.consents, seen)
    if any(assumption.severity == "error" for assumption in stage.assumed):
        raise InputError(stage.assumed)
    call.output.warn(stage.assumed)
    return stage


@contextmanager
def _bundled(stage: "Rehearsal", put: "Put") -> "Iterator[RunningCrm]":
    """The bundled CRM with that; one that keeps what an update leaves out, where updates rely on it."""
    from zsync.emulator import SeedError, running
    from zsync.errors import InputError
    from zsync.model import Diagnostic

    try:
        # The snapshot may hold personal data, and every process of this machine reaches the port.
        with running(seed=stage.world, control=False) as crm:
            crm.switch(**({"put_omitted_attr": "keep"} if put == "changed" else {}))
            yield crm
    except SeedError as error:
        advice = "Rehearse without it, or in an org for trying things out: a sandbox."
        raise InputError((Diagnostic("cannot-rehearse", str(error), help=advice),)) from None


def _connection(call: Invocation, crm: "RunningCrm", session: "Session") -> "Settings":
    """The bundled CRM alone: nothing of the surroundings, neither an address, nor a secret, nor a proxy."""
    from zsync.crm import Credentials, Settings

    return Settings(
        accounts_url=crm.url,
        api_domain=crm.url,
        credentials=Credentials(access_token=crm.access_token()),
        api_version=session.environment.api_version,
        concurrency=session.environment.concurrency,
        reserve=session.credit_reserve,
        told=call.output.tell,
        direct=True,
    )


async def _plan(
    scene: _Scene, stage: "Rehearsal", connection: "Settings", *, strict: bool
) -> "tuple[Plan, tuple[Diagnostic, ...]]":
    from zsync.crm import connect_reader
    from zsync.errors import InputError
    from zsync.model import sentence
    from zsync.planning.planner import make_plan
    from zsync.rehearsal.unknown import unknown_fields
    from zsync.rehearsal.world import STRICTLY

    progress = Progress("Reading lists")
    async with connect_reader(connection) as reader:
        made, warnings = await make_plan(scene.manifests, reader, scene.terms, progress=progress)
    progress.close()
    unknown = unknown_fields(made, stage)
    if unknown and strict:
        raise InputError((replace(unknown, severity="error", help=sentence(STRICTLY)),))
    return made, (*warnings, unknown) if unknown else warnings


async def _carry_out(
    made: "Plan", scene: _Scene, connection: "Settings", waves: tuple[str, ...]
) -> "tuple[Report, Plan]":
    """Apply, and plan again. No journal and no lock: nobody else is in that CRM, and it ends with the command."""
    from zsync.applying.applier import Way, apply
    from zsync.applying.journal import NoJournal
    from zsync.crm import connect, connect_reader
    from zsync.model.requests import wave_sizes
    from zsync.planning.planner import make_plan

    sizes, terms = wave_sizes(len(made.changes), waves), scene.terms
    progress = Progress("Applying")
    way = Way(
        concurrency=terms.concurrency,
        kinds=terms.kinds,
        waves=sizes,
        progress=progress,
        consents=terms.consents,
    )
    async with connect(connection) as crm:
        done = await apply(made, crm, NoJournal(), way)
    progress.close()
    async with connect_reader(connection) as reader:
        left, _ = await make_plan(scene.manifests, reader, terms)
    return done, left


def _tell(call: Invocation, done: "Report", left: "Plan", began: str) -> None:
    """The report as text, on stderr where stdout is for a program; and what a plan after it would say."""
    from zsync.render.escape import terminal

    def say(text: str) -> None:
        if output.formats.for_program:
            output.talk(text)
        else:
            output.result(text + "\n")

    output = call.output
    say("\n" + output.render(done, "text").rstrip("\n"))
    if left.summary.changes:
        say("\nStill to do after it:\n\n" + output.render(left, "text").rstrip("\n"))
    end = "." if left.summary.changes else "; after it there is nothing left to do."
    say(f"\n{DONE}\nIt began with {terminal(began)}{end}")


def _began(seen: "Snapshot | None", base: str | None) -> str:
    if seen:
        return f"what {seen.environment or 'the org'} held at {seen.taken_at}"
    known = "and knew the records that the manifests name"
    return f"what the manifests of {base} say, {known}" if base else f"no relations, {known}"
