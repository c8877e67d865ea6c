"""The last step of a plan: the guards' verdicts, and the facts that guards need for them, read only if a guard asks."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from zsync.crm import Page, Query, Reader, RelatedList
from zsync.crm.keys import by_ids
from zsync.crm.tasks import together
from zsync.errors import AccessDenied, CrmUnreachable, RequestRefused
from zsync.files.plan import sealed
from zsync.guards.counts import FieldOf, Need
from zsync.guards.evaluation import evaluate
from zsync.model import Change, Plan
from zsync.model.fields import normalise
from zsync.model.requests import ROWS
from zsync.model.verdicts import Facts, ListKey, ListSize, RecordFields
from zsync.planning.list_names import ListNames
from zsync.planning.terms import Terms


async def guarded(
    plan: Plan, terms: Terms, sizes: Mapping[ListKey, int], names: ListNames, reader: Reader
) -> Plan:
    """The plan with the facts that guards need and with their verdicts, sealed.

    `sizes` are those of lists that were read to their end. The calls that this takes are added to the plan's cost.
    Raises what `Reader` raises, except if the CRM refuses a query, say for a field that it does not have: what the CRM
    does not tell is left out of the facts, and the guard that needs it refuses.
    """
    before, guards = reader.traffic.reads, terms.guards
    facts = lists_of(plan.changes, sizes)
    if plan.changes or plan.withheld:
        facts = await _learn(facts, guards.needs(plan), sizes, names, reader)
    if "credits" not in guards.names:
        # They change with every call. Without a guard on them, the same input has to give the same plan.
        facts = facts._replace(credits_left=None)
    reads = reader.traffic.reads - before
    low, high = plan.cost.credits
    cost = replace(plan.cost, reads=plan.cost.reads + reads, credits=(low + reads, high + reads))
    binding = replace(plan.binding, guards=guards.digest)
    known = replace(plan, binding=binding, cost=cost, facts=facts, overrides=terms.overrides)
    return sealed(replace(known, verdicts=evaluate(known, guards, terms.now, facts.credits_left)))


def lists_of(changes: Iterable[Change], sizes: Mapping[ListKey, int]) -> Facts:
    """The lists that the changes are sent to, with their sizes as far as they are known."""
    lists: dict[ListKey, ListSize] = {}
    # One change of a list tells all about it: there may be a hundred thousand of them.
    for change in {change.address[:3]: change for change in changes}.values():
        key = (change.module, change.record_id, change.related_module)
        lists[key] = ListSize(*change.address[:3], change.related_module, sizes.get(key))
    return Facts(tuple(lists.values()))


async def _learn(
    known: Facts, needs: Iterable[Need], sizes: Mapping[ListKey, int], names: ListNames, reader: Reader
) -> Facts:
    """The facts with what the guards need: lists are counted one call each, fields read a hundred records a call."""
    needs = sorted(needs)
    keys = [need for need in needs if not isinstance(need, FieldOf)]
    lists = {size.key: size for size in known.lists}
    missing = [key for key in keys if key not in lists or lists[key].current is None]
    for size in await together(_size(key, sizes, names, reader) for key in missing):
        sent = lists.get(size.key)
        # The plan's requests name a list as they do, whatever else it may be called.
        lists[size.key] = size._replace(related_list=sent.related_list) if sent else size
    records = await _records([need for need in needs if isinstance(need, FieldOf)], reader)
    return Facts(tuple(lists.values()), records, reader.credits_left)


async def _size(key: ListKey, sizes: Mapping[ListKey, int], names: ListNames, reader: Reader) -> ListSize:
    """The size of a list, as it was read or as the CRM counts it."""
    module, record_id, related = key
    if key in sizes:
        return ListSize(*key[:2], names.get(module, related).name, related, sizes[key])
    name = await names.find(module, related)
    if name is None:
        return ListSize(module, record_id, related, related, None)
    return ListSize(
        module, record_id, name, related, await _count(reader, module, record_id, names.get(module, related))
    )


async def _count(reader: Reader, module: str, record_id: str, listed: RelatedList) -> int | None:
    """How many records a list has; None if the CRM does not tell. v7 has no call that counts, so the list is read to its end."""
    if reader.version != "v7":
        return await reader.count(module, record_id, listed)
    try:
        async with aclosing(reader.pages(module, record_id, listed.name, ("id",), set())) as pages:
            return sum([len(page.rows) async for page in pages])
    except (RequestRefused, CrmUnreachable):
        return None


async def _records(needs: Sequence[FieldOf], reader: Reader) -> tuple[RecordFields, ...]:
    wanted: dict[str, tuple[dict[str, None], dict[str, None]]] = {}
    for need in needs:
        ids, fields = wanted.setdefault(need.module, ({}, {}))
        ids[need.id] = fields[need.field] = None
    found = []
    for module, (ids, fields) in wanted.items():
        all_ids = list(ids)
        batches = [all_ids[at : at + ROWS] for at in range(0, len(all_ids), ROWS)]
        # One field per query: a field that the CRM does not have must not hide the others.
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
    """A field of at most a hundred records; nothing if the CRM refuses the query."""

    async def ask(some: Sequence[str]) -> Page:
        return await reader.query(Query(module, ("id", field), by_ids(some)))

    try:
        answers = await reader.portions.ask(ids, ask)
    except AccessDenied:
        raise
    except RequestRefused:
        return {}
    rows = (row for _, page in answers for row in page.rows if field in row)
    return {row["id"]: {field: normalise(row[field], "any")} for row in rows}
