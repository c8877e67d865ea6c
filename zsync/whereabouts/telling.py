"""Where a record stands: its lists in the CRM, the rows of the manifests, and what the next plan does to it. Reads only."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from zsync.crm import Reader
from zsync.crm.leads import Leads
from zsync.crm.orgs import check_environment
from zsync.errors import InputError, RequestRefused
from zsync.kinds import Kind, name_fields, reachable
from zsync.metadata.lists import leading_to
from zsync.model import Change, Fields, Manifests, Plan, Span, Withheld
from zsync.model.fields import relation_fields
from zsync.model.leads import LEADS
from zsync.model.whereabouts import EMAIL, NamedRecord, OwnRelation, Whereabouts
from zsync.planning.gathering import gather
from zsync.planning.list_names import ListNames
from zsync.planning.planner import make_plan
from zsync.planning.resolver import resolve_parents
from zsync.planning.scopes import Scope, ScopeKey
from zsync.planning.terms import Terms
from zsync.whereabouts.concerned import Ends, concerning, named_places, parent_ids, row_places
from zsync.whereabouts.finding import PEOPLE, Asked, find

Pair = tuple[NamedRecord, str, str]
"""A record, and module and id of one that it is related to."""


class Held(NamedTuple):
    """A relation as the CRM holds it, and the other record's name."""

    label: str
    fields: Fields


@dataclass(frozen=True, slots=True)
class _Read:
    """The lists of the records in the CRM: what they hold, which were not read, and why."""

    held: Mapping[Pair, Held]
    unread: frozenset[tuple[Ends, str]]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What Git says of the records' relations, and what the next plan does to them; `problem` is why that cannot be told."""

    branch: Mapping[ScopeKey, Scope]
    plan: Plan | None
    problem: str = ""


async def whereabouts(
    asked: Asked, manifests: Manifests, reader: Reader, terms: Terms
) -> tuple[Whereabouts, tuple[str, ...]]:
    """Where the record stands that was asked for, and where was looked for it.

    Raises `UsageError` with the candidates where the name means several, and what `Reader` raises.
    """
    org = await reader.org()
    check_environment(org, terms.expected)
    every = (*manifests.lists, *manifests.outside, *(terms.base or ()))
    leads, names = Leads(reader), ListNames(reader)
    found = await find(asked, every, reader, leads)
    about = Whereabouts(asked.name, terms.expected.environment, org.id, org.type, found.records, found.paired)
    closed = tuple(f"{module}: the token's user may not see them" for module in found.closed)
    if not found.records:
        places = tuple(dict.fromkeys(named_places((*manifests.lists, *manifests.outside), asked.name)))
        return replace(about, places=places, notes=closed), found.looked
    read = await _read(found.records, terms.kinds, reader, names)
    parents = parent_ids(every, await resolve_parents(every, reader))
    related = {(module, each) for _, module, each in read.held}
    few = _concerned(manifests, terms, found.records, parents, related)
    wanted = await _wanted(*few, reader, names, leads)
    relations = _relations(found.records, read, wanted, _managed(manifests, parents))
    relations = _placed(relations, manifests, found.records, parents)
    return replace(
        about, relations=relations, notes=(*closed, *read.notes), problem=wanted.problem
    ), found.looked


def _concerned(
    manifests: Manifests,
    terms: Terms,
    records: Sequence[NamedRecord],
    parents: Mapping[int, str],
    related: set[Ends],
) -> tuple[Manifests, Terms]:
    base = None if terms.base is None else concerning(terms.base, records, parents, related)
    lists = concerning(manifests.lists, records, parents, related)
    outside = concerning(manifests.outside, records, parents, related)
    return replace(manifests, lists=lists, outside=outside, warnings=()), replace(terms, base=base, only=())


async def _wanted(
    manifests: Manifests, terms: Terms, reader: Reader, names: ListNames, leads: Leads
) -> _Wanted:
    if not (manifests.lists or manifests.outside or terms.base):
        return _Wanted({}, None)
    try:
        opened = (terms.opened, terms.judged.agreed)
        asked: dict[str, Any] = {"whole": False, "allowed": terms.allowed}
        wanted = await gather(manifests, terms.base, reader, names, *opened, leads, **asked)
        plan, _ = await make_plan(manifests, reader, terms)
    except InputError as error:
        return _Wanted({}, None, str(error.diagnostics[0].message))
    return _Wanted(wanted.branch, plan)


async def _read(
    records: Sequence[NamedRecord], kinds: Iterable[Kind], reader: Reader, names: ListNames
) -> _Read:
    held: dict[Pair, Held] = {}
    unread: set[tuple[Ends, str]] = set()
    notes: list[str] = []
    for record in records:
        for kind in kinds:
            if record.module not in (kind.left, kind.right):
                continue
            other = kind.other(record.module)
            why = await _rows(record, kind, reader, names, held)
            if why is not None:
                unread.add((record.ends, other))
                notes += [f"{record.module} › {other}: {why}"] if why else []
    return _Read(held, frozenset(unread), tuple(notes))


async def _rows(
    record: NamedRecord, kind: Kind, reader: Reader, names: ListNames, held: dict[Pair, Held]
) -> str | None:
    """Read a list of the record into `held`. Where that cannot be: why; an empty text where the org has no such list."""
    other = kind.other(record.module)
    name = await names.find(record.module, other)
    if name is None:
        return _why_not(kind, record.module, names)
    labels = _label_fields(other)
    fields = (*labels, *kind.fields) or ("id",)
    try:
        pages = reader.pages(record.module, record.id, name, fields, set(), converted=other == LEADS)
        async with aclosing(pages) as stream:
            async for page in stream:
                for row in page.rows:
                    label = next((str(row[each]) for each in labels if row.get(each)), row["id"])
                    pair = (record, other, row["id"])
                    held[pair] = Held(label, relation_fields(row, kind.fields))
    except RequestRefused as refused:
        if refused.exit_code not in (1, 4):
            raise
        return f"Zoho refuses to list them ({refused.code})"
    return None


def _label_fields(module: str) -> tuple[str, ...]:
    return (EMAIL, *name_fields(module)) if module in PEOPLE else name_fields(module)


def _why_not(kind: Kind, module: str, names: ListNames) -> str:
    other = kind.other(module)
    if not reachable(module, other):
        return f"Zoho lists them from the side of {kind.only_from} alone"
    found = leading_to(names.of(module), other)
    if not found:
        return ""
    return "several lists lead there" if len(found) > 1 else "the list is hidden in the layout"


def _managed(manifests: Manifests, parents: Mapping[int, str]) -> frozenset[tuple[Ends, str]]:
    """The lists that manifests manage: parent, and module of the records."""
    lists = (*manifests.lists, *manifests.outside)
    return frozenset(
        ((managed.parent.module, parents[id(managed)]), managed.related_module)
        for managed in lists
        if id(managed) in parents
    )


def _relations(
    records: Sequence[NamedRecord], read: _Read, wanted: _Wanted, managed: frozenset[tuple[Ends, str]]
) -> tuple[OwnRelation, ...]:
    known: dict[Pair, dict[str, Any]] = {
        pair: {"label": held.label, "crm": held.fields} for pair, held in read.held.items()
    }
    for record in records:
        for pair, told in _said(record, wanted.branch):
            known.setdefault(pair, {}).update(told)
        for pair, step in _next(record, wanted.plan):
            told = known.setdefault(pair, {"label": _named(step, record)})
            told["next"] = step
            told.setdefault("crm", _change(step).before)
    found = [
        OwnRelation(
            record,
            module,
            record_id,
            unread=(record.ends, module) in read.unread,
            managed=((module, record_id), record.module) in managed or (record.ends, module) in managed,
            **{"label": record_id, **told},
        )
        for (record, module, record_id), told in known.items()
    ]
    order = {record.ends: place for place, record in enumerate(records)}
    return tuple(
        sorted(
            found,
            key=lambda each: (order[each.record.ends], each.related_module, each.label, each.related_id),
        )
    )


def _placed(
    relations: Iterable[OwnRelation],
    manifests: Manifests,
    records: Sequence[NamedRecord],
    parents: Mapping[int, str],
) -> tuple[OwnRelation, ...]:
    """The relations, each with all the rows that are about it: one that is written from both sides has two."""
    more: dict[tuple[Ends, Ends], list[Span]] = {}
    for record, parent, span in row_places((*manifests.lists, *manifests.outside), records, parents):
        more.setdefault((record.ends, parent), []).append(span)
    placed = []
    for each in relations:
        spans = more.get((each.record.ends, (each.related_module, each.related_id)), ())
        placed.append(replace(each, places=tuple(dict.fromkeys((*each.places, *spans)))))
    return tuple(placed)


def _said(record: NamedRecord, branch: Mapping[ScopeKey, Scope]) -> Iterable[tuple[Pair, dict[str, Any]]]:
    """What the manifests want of each of a record's relations, and where they say so."""
    for scope in branch.values():
        own = (scope.module, scope.record_id) == record.ends
        for record_id, desired in (*scope.relations.items(), *scope.outside.items()):
            if own:
                pair, label = (record, scope.related_module, record_id), desired.key.label
            elif (scope.related_module, record_id) == record.ends:
                pair, label = (record, scope.module, scope.record_id), scope.record_key.label
            else:
                continue
            yield pair, {"label": label, "git": desired.fields, "places": (desired.span,)}


def _next(record: NamedRecord, plan: Plan | None) -> Iterable[tuple[Pair, Change | Withheld]]:
    """What the plan does to each of a record's relations."""
    steps: tuple[Change | Withheld, ...] = (*plan.changes, *plan.withheld) if plan else ()
    for step in steps:
        change = _change(step)
        if record.ends in change.ends:
            ((module, record_id),) = change.ends - {record.ends}
            yield (record, module, record_id), step


def _change(step: Change | Withheld) -> Change:
    return step.change if isinstance(step, Withheld) else step


def _named(step: Change | Withheld, record: NamedRecord) -> str:
    """What people call the other record of a change."""
    change = _change(step)
    own = (change.module, change.record_id) == record.ends
    return (change.label if own else change.record_label) or change.related_record_id
