"""What guards have to know besides the changes, read from the CRM as far as a guard in force asks for it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from zsync.crm import Query, Reader
from zsync.crm.tasks import together
from zsync.errors import AccessDenied, RequestRefused
from zsync.files.plan import seal
from zsync.guards.counts import FieldOf, Need
from zsync.guards.evaluation import Guards, evaluate
from zsync.model import Change, Plan
from zsync.model.fields import normalise
from zsync.model.requests import ROWS
from zsync.model.verdicts import Facts, ListKey, ListSize, Override, RecordFields
from zsync.planning.list_names import ListNames


def listed(changes: Iterable[Change], sizes: Mapping[ListKey, int]) -> Facts:
    """The lists that the changes are sent to, with their sizes as far as they were read to their end."""
    lists: dict[ListKey, ListSize] = {}
    # One change a list says all: there may be a hundred thousand.
    for change in {one.address[:3]: one for one in changes}.values():
        key = (change.module, change.record_id, change.related_module)
        lists[key] = ListSize(*change.address[:3], change.related_module, sizes.get(key))
    return Facts(tuple(lists.values()))


def unsized(facts: Facts) -> Facts:
    """The lists of an earlier plan; what they held then, nobody wants to know."""
    return Facts(tuple(one._replace(current=None) for one in facts.lists))


async def learn(
    known: Facts, needs: Iterable[Need], sizes: Mapping[ListKey, int], names: ListNames, reader: Reader
) -> Facts:
    """The facts with all that guards need. What the CRM does not tell stays out: the guard then refuses.

    Lists are counted one call each, fields read a hundred records a call. Raises what `Reader` raises, except where
    the CRM refuses a query for its own reasons, such as a field that it does not have.
    """
    needs = sorted(needs)
    keys = [need for need in needs if not isinstance(need, FieldOf)]
    lists = {one.key: one for one in known.lists}
    missing = [key for key in keys if key not in lists or lists[key].current is None]
    for one in await together(_size(key, sizes, names, reader) for key in missing):
        old = lists.get(one.key)
        lists[one.key] = one._replace(related_list=old.related_list) if old else one
    records = await _records([need for need in needs if isinstance(need, FieldOf)], reader)
    return Facts(tuple(lists.values()), records, reader.credits_left)


async def guarded(
    plan: Plan,
    guards: Guards,
    overrides: tuple[Override, ...],
    sizes: Mapping[ListKey, int],
    names: ListNames,
    reader: Reader,
    now: datetime,
) -> Plan:
    """The plan, whose facts must have the lists that its changes are sent to, with all facts and the guards' verdicts.

    `sizes` are those of lists that were read to their end; the reads that it takes are added to the plan's cost.
    Raises like `learn`.
    """
    before = reader.traffic.reads
    facts = await learn(plan.facts, guards.needs(plan), sizes, names, reader) if plan.changes else plan.facts
    if "credits" not in guards.names:
        # Of the moment: whoever does not ask for it gets the same plan twice.
        facts = facts._replace(credits_left=None)
    reads = reader.traffic.reads - before
    low, high = plan.cost.credits
    cost = replace(plan.cost, reads=plan.cost.reads + reads, credits=(low + reads, high + reads))
    known = replace(plan, cost=cost, facts=facts)
    verdicts = evaluate(known, guards, now, facts.credits_left)
    return seal(
        replace(plan.binding, guards=guards.digest),
        plan.summary,
        plan.changes,
        plan.requests,
        cost,
        facts=facts,
        verdicts=verdicts,
        overrides=overrides,
        only=plan.only,
    )


async def _size(key: ListKey, sizes: Mapping[ListKey, int], names: ListNames, reader: Reader) -> ListSize:
    """A list's size, as it was read or as the CRM counts it."""
    module, record_id, related = key
    if key in sizes:
        return ListSize(*key[:2], names.get(module, related).name, related, sizes[key])
    name = await names.find(module, related)
    if name is None:
        return ListSize(module, record_id, related, related, None)
    return ListSize(
        module, record_id, name, related, await reader.count(module, record_id, names.get(module, related))
    )


async def _records(needs: Sequence[FieldOf], reader: Reader) -> tuple[RecordFields, ...]:
    wanted: dict[str, tuple[dict[str, None], dict[str, None]]] = {}
    for need in needs:
        ids, fields = wanted.setdefault(need.module, ({}, {}))
        ids[need.id] = fields[need.field] = None
    found = []
    for module, (ids, fields) in wanted.items():
        all_ids = list(ids)
        batches = [all_ids[at : at + ROWS] for at in range(0, len(all_ids), ROWS)]
        # One field a query: a field that the CRM does not have must not hide the others.
        tables = await together(_query(reader, module, field, batch) for field in fields for batch in batches)
        rows: dict[str, dict[str, Any]] = {}
        for table in tables:
            for record_id, values in table.items():
                rows.setdefault(record_id, {}).update(values)
        found += [
            RecordFields(module, record_id, rows[record_id]) for record_id in all_ids if record_id in rows
        ]
    return tuple(found)


async def _query(reader: Reader, module: str, field: str, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """One field of at most a hundred records; nothing where the CRM refuses the query."""
    literals = ",".join(f"'{one}'" for one in ids)
    try:
        page = await reader.query(Query(module, ("id", field), f"id in ({literals})"))
    except AccessDenied:
        raise
    except RequestRefused:
        return {}
    return {row["id"]: {field: normalise(row[field], "any")} for row in page.rows if field in row}
