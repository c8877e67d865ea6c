"""The story of a world: plan, apply, plan again, undo, plan again; and where it is another than the model foresees."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple, TypeVar

import httpx

from tests.applying.noted import Noted
from tests.drawn import model
from tests.drawn.crms import URL, Asked, Behind, bundled, second
from tests.drawn.world import PAIRS, Edge, World, draw
from tests.drawn.written import write
from zsync.applying import applier
from zsync.crm import Credentials, Crm, Reader
from zsync.crm.auth import Authenticator
from zsync.crm.wire import Wire
from zsync.files.plan import dump_plan, load_plan
from zsync.guards.evaluation import Guards
from zsync.kinds import KINDS, FieldType, Kind
from zsync.manifest.whole import load_whole
from zsync.model import Change, Expected, Manifests, Plan, Report, Run
from zsync.model.consent import Consent
from zsync.planning.planner import make_plan
from zsync.planning.terms import Terms
from zsync.planning.undo import make_undo

NOW = datetime(2027, 3, 1, tzinfo=UTC)
SMALL, MIDDLE, BIG = 6, 30, 300
"""About how many records a module of a world has."""

R = TypeVar("R")


class Told(NamedTuple):
    """What the story of a world was: its plan, and the calls of each of its steps."""

    plan: Plan
    calls: int


def kinds_of(world: World) -> tuple[Kind, ...]:
    """The kinds that zsync is told of."""
    types: dict[str, FieldType] = {"status": "text", "text": "text", "number": "number", "boolean": "boolean"}
    own = {
        pair: Kind(*pair, {name: types[kind] for name, kind in fields.items()})
        for pair, fields in world.fields.items()
    }
    return tuple(own.get((kind.left, kind.right), kind) for kind in KINDS)


def try_out(seed: int, size: int) -> None:
    """Tell the story of a seed's world on both CRMs. Raises `AssertionError`, which says how to tell it again."""
    world = draw(seed, size)
    for behind in (bundled, second):
        with TemporaryDirectory() as folder, behind(world) as crm:
            write(world, Path(folder))
            try:
                tell(world, Path(folder), crm)
            except Exception as error:
                again = f".venv/bin/python -m tests.drawn {seed} {size}"
                raise AssertionError(
                    f"{behind.__name__} CRM: {error!r}; tell it again with `{again}`"
                ) from error


def tell(world: World, folder: Path, crm: Behind) -> Told:
    """Tell the story of a world whose manifests are in a folder. Raises `AssertionError` where it is not as foreseen."""
    foreseen = model.foresee(world)
    kinds = kinds_of(world)
    paths = [folder / "inside"] if (folder / "inside").exists() else []
    said = load_whole(paths, [folder], kinds=kinds).manifests
    consents = () if world.order is None else (Consent(order=world.order),)
    terms = Terms(Expected(), Guards(), "", NOW, kinds, consents=consents)
    _agree(
        "the CRM at first",
        crm.state(),
        {edge: model.filled(fields) for edge, fields in world.current.items()},
    )

    made = _planned(crm, said, terms)
    _check_plan(world, foreseen, made)
    assert [one.method for one in crm.asked if one.method in ("PUT", "DELETE")] == []
    _check_reads(world, crm.asked, made)
    assert load_plan(dump_plan(made)) == made
    if not made.changes:
        return Told(made, 0)
    crm.asked.clear()

    report, run = _applied(crm, made, terms)
    outcomes = {_edge(change): one for change, one in zip(made.changes, report.outcomes, strict=True)}
    _agree("the outcomes", {edge: one for edge, one in outcomes.items() if one.status != "applied"}, {})
    _check_writes(world, foreseen, crm.asked, made, report)
    _agree("the CRM after apply", crm.state(), foreseen.after)

    again = _planned(crm, said, terms)
    _agree("the plan after apply", _told(again), {})
    assert {_edge(one.change) for one in again.withheld} == foreseen.withheld.keys()

    back = _undo(crm, run, terms)
    refused = {
        edge
        for edge, action in foreseen.changes.items()
        if model.refused(world, edge, action, world.wanted.get(edge)) and edge not in foreseen.kept_out
    }
    assert {_edge(one.change): one.reason for one in back.withheld} == dict.fromkeys(
        foreseen.kept_out, "consent"
    )
    report, _ = _applied(crm, back, terms)
    pairs = zip(back.changes, report.outcomes, strict=True)
    statuses = {_edge(change): one.status for change, one in pairs if one.status != "applied"}
    _agree("the outcomes of the undo", statuses, dict.fromkeys(refused, "refused"))
    undone = {
        edge: foreseen.after[edge] if edge in refused else fields for edge, fields in foreseen.undone.items()
    }
    _agree("the CRM after undo", crm.state(), undone)
    if not refused and not foreseen.kept_out:
        _agree("the plan after undo", _told(_planned(crm, said, terms)), _told(made))
    return Told(made, len(crm.asked))


def _agree(what: str, got: Mapping[Any, Any], foreseen: Mapping[Any, Any]) -> None:
    """Raises `AssertionError` with what differs alone: most of a world does not."""
    other = {key: (got.get(key, "-"), foreseen.get(key, "-")) for key in got.keys() | foreseen.keys()}
    differing = {key: pair for key, pair in other.items() if pair[0] != pair[1]}
    assert not differing, what + "".join(
        f"\n  {key}: {one}, foreseen {two}" for key, (one, two) in differing.items()
    )


def _edge(change: Change) -> Edge:
    here, there = change.module, change.related_module
    if (here, there) in PAIRS:
        return (here, there), change.record_id, change.related_record_id
    return (there, here), change.related_record_id, change.record_id


def _told(plan: Plan) -> dict[Edge, str]:
    return {_edge(change): change.action for change in plan.changes}


def _check_plan(world: World, foreseen: model.Foreseen, made: Plan) -> None:
    _agree("the plan", _told(made), foreseen.changes)
    _check_sizes(world, foreseen, made)
    _agree("what is withheld", {_edge(one.change): one.reason for one in made.withheld}, foreseen.withheld)
    assert len(made.changes) == len(foreseen.changes)
    assert made.summary.unchanged == foreseen.unchanged
    for change in made.changes:
        edge = _edge(change)
        held, wanted = world.current.get(edge), world.wanted.get(edge)
        assert (change.before is None) == (held is None), edge
        for name, value in (change.before or {}).items():
            assert model.same(value, (held or {}).get(name)), (edge, name)
        if change.action != "delete":
            assert model.filled(change.after or {}) == model.filled(wanted or {}), edge
        for name, value in change.carried.items():
            assert model.same(value, (held or {}).get(name)), (edge, name)


def _check_sizes(world: World, foreseen: model.Foreseen, made: Plan) -> None:
    """What the plan says of the lists' sizes, as far as it says it."""
    told = {(one.module, one.record_id, one.related_module): one for one in made.lists}
    for one in (each for each in world.lists if each.inside):
        state = told[one.module, one.parent, one.related]
        size, managed, unmanaged = model.sizes(world, one)
        assert (state.size in (None, size), state.managed, state.unmanaged in (None, unmanaged)) == (
            True,
            managed,
            True,
        ), state


def _check_reads(world: World, asked: list[Asked], made: Plan) -> None:
    """The plan read what it says, the org once, and no list more often than the lists that the manifests name."""
    assert made.cost.reads == len(asked)
    assert sum(one.path == "org" for one in asked) == 1
    lists = [one for one in asked if one.path.count("/") == 2 and "per_page" in one.query]
    parents = {(one.module, one.parent, one.related) for one in world.lists if one.inside}
    assert len(lists) <= sum(1 + _size(world, *place) // 200 for place in parents)


def _size(world: World, module: str, parent: str, related: str) -> int:
    return sum((module, related) in (edge[0], edge[0][::-1]) and parent in edge[1:] for edge in world.current)


def _check_writes(
    world: World, foreseen: model.Foreseen, asked: list[Asked], made: Plan, report: Report
) -> None:
    """Each change rode in one call, none of more than 100 rows, and there are as few as the lists' sides allow."""
    sent = [one for one in asked if one.method in ("PUT", "DELETE")]
    assert sum(len(one.rows) for one in sent) == len(foreseen.changes)
    assert max((len(one.rows) for one in sent), default=0) <= 100
    assert len(sent) == made.cost.writes == report.writes
    assert len(sent) <= model.writes(foreseen.changes)
    # Converted leads that leave are asked for once more; an org that refuses the question is asked in other ways.
    # And of people whose rows consent has no say in, the metadata may be asked for along with their keys.
    more = 2 * len(world.converted) + (2 if world.order is not None else 0)
    assert world.ways.converted == "refused" or len(asked) <= made.cost.credits[0] - made.cost.reads + more


def _planned(crm: Behind, said: Manifests, terms: Terms) -> Plan:
    async def work(reader: Reader) -> Plan:
        return (await make_plan(said, reader, terms))[0]

    return through(crm, Reader, work)


def _applied(crm: Behind, made: Plan, terms: Terms) -> tuple[Report, Run]:
    log = Noted()

    async def work(door: Crm) -> Report:
        return await applier.apply(made, door, log, applier.Way(kinds=terms.kinds, consents=terms.consents))

    report = through(crm, Crm, work)
    sent = frozenset(index for line in log.lines if isinstance(line, tuple) for index in line)
    outcomes = dict(enumerate(report.outcomes))
    return report, Run("run", "", made, outcomes, frozenset(), sent, ended=True, stopped=None)


def _undo(crm: Behind, run: Run, terms: Terms) -> Plan:
    async def work(reader: Reader) -> Plan:
        return await make_undo(run, reader, terms)

    return through(crm, Reader, work)


def through(crm: Behind, door: Callable[[Wire], Any], work: Callable[[Any], Awaitable[R]]) -> R:
    """What comes of work with a reader, which cannot write, or with a `Crm`."""

    async def connected() -> R:
        async with httpx.AsyncClient(transport=crm.transport) as client:
            auth = Authenticator(
                client,
                Credentials(access_token=crm.token),
                accounts_url=URL,
                api_domain=URL,
                clock=lambda: 0.0,
                cache_dir=None,
            )
            wire = Wire(
                client, auth, api_domain=URL, read_only=door is Reader, concurrency=5, transport=crm.transport
            )
            return await work(door(wire))

    return asyncio.run(connected())
