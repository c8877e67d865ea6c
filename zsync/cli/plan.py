"""`zsync plan`: what would change in the CRM. Reads only."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from zsync.cli.approval import refuse_marked
from zsync.cli.command import Section, command
from zsync.cli.disk import check_places
from zsync.cli.invocation import AskedBase, Invocation
from zsync.cli.options import (
    BASE,
    ENVIRONMENT,
    EVERYWHERE,
    FILE,
    FORMAT,
    FULL,
    GUARDS_OF,
    MAX_READS,
    NO_BASE,
    ONLY,
    OPEN,
    OVERRIDE,
    PATHS,
    REASON,
)
from zsync.cli.terminal import Progress

if TYPE_CHECKING:
    from zsync.cli.ground import Ground
    from zsync.cli.session import Session
    from zsync.cli.tree import DesiredTree
    from zsync.crm import Settings
    from zsync.model import BaseCommit, Diagnostic, Manifests, Plan
    from zsync.planning.terms import Terms

_OUT = click.Option(["--out"], type=FILE, metavar="FILE", help="save the plan for zsync apply")
_DETAILED = click.Option(["--detailed-exitcode"], is_flag=True, help="exit 2 where there are changes")
_SNAPSHOT = click.Option(
    ["--snapshot"],
    type=FILE,
    metavar="FILE",
    help="save what was read, for zsync rehearse; it holds personal data (mode 0600)",
)


@command(
    PATHS,
    Section("What to plan", (ENVIRONMENT, ONLY, BASE, NO_BASE, OPEN, GUARDS_OF)),
    Section("What to keep and print", (_OUT, _SNAPSHOT, FORMAT, FULL, _DETAILED)),
    Section("Limits", (MAX_READS, OVERRIDE, REASON)),
    EVERYWHERE,
    exits={
        0: "done",
        1: "CRM unreachable",
        2: "changes (--detailed-exitcode)",
        4: "fix a file",
        5: "refused by a guard",
        8: "access",
        64: "usage",
    },
    online=True,
)
def plan(
    call: Invocation,
    paths: tuple[Path, ...],
    *,
    only: tuple[str, ...],
    out: Path | None,
    snapshot: Path | None,
    detailed_exitcode: bool,
) -> int:
    """Show what would change in the CRM; reads only.

    PATH is a manifest or a folder of them. Default: relations.
    """
    check_places([out, snapshot])
    made, _ = make(call, paths, only, snapshot)
    call.output.deliver(made, to=out)
    if snapshot:
        call.output.talk(
            f"What was read is in {snapshot}. To try the plan on it: zsync rehearse --snapshot {snapshot}"
        )
    if out and made.refusals:
        call.output.talk(f"Saved to {out}, marked as refused: apply will not carry it out.")
    elif out and made.summary.changes:
        call.output.talk(f"Saved to {out}. To carry it out: zsync apply {out}")
    refuse_marked(made)
    return 2 if detailed_exitcode and made.summary.changes else 0


class Prepared(NamedTuple):
    """What a plan is made from: the manifests, now and at the base, and the terms; in which session."""

    session: "Session"
    desired: "DesiredTree"
    terms: "Terms"


def make(
    call: Invocation,
    paths: tuple[Path, ...],
    only: tuple[str, ...] = (),
    snapshot: Path | None = None,
    *,
    base_alone: bool = False,
) -> "tuple[Plan, Session]":
    """The plan for the manifests of these paths, and the session it was made in. Warnings are shown on the way.

    With `snapshot`, what was read goes into that file. With `base_alone` it is made of what the base says, and of all rows that
    the CRM has.
    """
    from zsync.cli import session as sessions

    session, desired, terms = prepare(call, paths, only, call.base, base_alone=base_alone)
    connection = replace(session.connection(), max_reads=call.max_reads)
    reading = (
        _record(desired.manifests, terms, connection, snapshot)
        if snapshot
        else _read(desired.manifests, terms, connection)
    )
    made, warnings = sessions.run(reading)
    call.output.warn(warnings)
    call.about = made
    return made, session


def prepare(
    call: Invocation,
    paths: tuple[Path, ...],
    only: tuple[str, ...],
    asked: AskedBase,
    *,
    environment: str | None = None,
    rehearsed: bool = False,
    base_alone: bool = False,
) -> Prepared:
    """Read all that a plan is made from, the CRM apart; what is to be warned of is shown.

    For one that is `rehearsed` no variable of the connection is looked at.
    """
    from zsync.cli import session as sessions
    from zsync.cli.configured_before import configured_before
    from zsync.cli.ground import ground
    from zsync.cli.probed import put_of
    from zsync.cli.tree import guards_base, read_base, read_tree
    from zsync.guards.evaluation import check_overrides

    asked = asked.checked()
    found = paths or sessions.default_paths()
    session = sessions.open_session(call, found, environment)
    where = ground(session, paths)
    desired = read_base(session, where, asked) if base_alone else read_tree(session, where, asked, only)
    guards = guards_base(desired.chosen, where, asked)
    before = configured_before(guards, found, session.config, session.environment.name)
    session = session.judged(call, before)
    put, unmerged = put_of(session.config, session.environment, guards)
    call.output.warn((*before.warnings, *desired.agreed.warnings, *unmerged))
    if desired.unwritten:
        call.output.talk("There is no manifest here, so there is nothing to do.")
    terms = _terms(call, session, where, desired, only, rehearsed=rehearsed)
    terms = replace(terms, whole=base_alone, put=put)
    check_overrides(call.overrides, terms.guards)
    return Prepared(session, desired, terms)


def _judged(guards: "BaseCommit", desired: "DesiredTree") -> "BaseCommit":
    """What the plan is bound to: the commit of the guards, and that of the rows where it is another."""
    base = desired.base
    rows = base.commit if base and base.commit != guards.commit else ""
    return guards._replace(name=base.name if base else "", without=desired.without, rows=rows)


def _terms(
    call: Invocation,
    session: "Session",
    where: "Ground",
    desired: "DesiredTree",
    only: tuple[str, ...],
    *,
    rehearsed: bool,
) -> "Terms":
    from zsync import git
    from zsync.cli import session as sessions
    from zsync.planning.terms import Terms

    environment, before, first = session.environment, session.before, where.paths[0]
    assert before is not None  # noqa: S101  the session is judged
    return Terms(
        environment.expected if rehearsed else session.expected(),
        session.guards(),
        git.commit(first if first.is_dir() else first.parent),
        sessions.now(),
        session.config.kinds,
        environment.concurrency,
        call.overrides,
        desired.agreed.lists,
        only,
        "" if rehearsed else session.hosts().accounts_url,
        session.config.bound,
        before.settings,
        before.safeguards,
        _judged(before.base, desired),
        desired.opened,
        values=environment.values,
        consents=session.consents,
        told=environment.told,
        profiles=session.profiles,
    )


async def _read(
    manifests: "Manifests", terms: "Terms", connection: "Settings"
) -> "tuple[Plan, tuple[Diagnostic, ...]]":
    from zsync.crm import connect_reader
    from zsync.planning.planner import make_plan

    progress = Progress("Reading lists")
    async with connect_reader(connection) as reader:
        made = await make_plan(manifests, reader, terms, progress=progress)
    progress.close()
    return made


async def _record(
    manifests: "Manifests", terms: "Terms", connection: "Settings", path: Path
) -> "tuple[Plan, tuple[Diagnostic, ...]]":
    """As `_read`; all that was read goes into a file besides."""
    from zsync.crm import connect_reader_as
    from zsync.files.snapshot import dump_snapshot
    from zsync.files.writing import write_file
    from zsync.planning.planner import make_plan
    from zsync.rehearsal.recorder import Recorder

    progress = Progress("Reading lists")
    async with connect_reader_as(Recorder, connection) as recorder:
        made, warnings = await make_plan(manifests, recorder, terms, progress=progress)
        binding = made.binding
        seen = await recorder.snapshot(binding.environment, binding.created_at, terms.kinds)
    progress.close()
    write_file(path, dump_snapshot(seen))
    return made, warnings
