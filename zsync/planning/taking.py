"""What of a plan the CRM moved, and by which keys rows may come into manifests."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from zsync.crm import Reader
from zsync.crm.keys import Ids, Values, Where, bearers, numeric_fields
from zsync.crm.leads import Leads
from zsync.crm.tasks import together
from zsync.model import Change, Plan
from zsync.model.fields import looks_numeric
from zsync.model.leads import LEADS
from zsync.planning.origin import narrowed

Named = tuple[str, tuple[str, ...], Values, str]
"""A module, the fields of its key, their values, and the id of the record that they are to name."""


def moved_rows(plan: Plan, *, every: bool = False) -> tuple[Change, ...]:
    """The rows that the CRM moved, each with the fields that it moved alone: what a plan changes, withholds, or leaves unmanaged.

    With `every`, all rows that differ: nothing tells whose move they are.
    """
    rows = (*plan.changes, *(each.change for each in plan.withheld), *plan.unmanaged)
    if every:
        return tuple(replace(row, origin="drift", origins={}) for row in rows)
    moved = (row for row in rows if {row.origin, *row.origins.values()} & {"drift", "conflict"})
    return tuple(narrowed(row, ("drift", "conflict")) for row in moved)


async def sole_keys(wanted: Iterable[Named], reader: Reader) -> frozenset[Named]:
    """Those of the keys that name their record and no other. Raises what `Reader` raises."""
    keys: dict[Where, list[Values]] = {}
    asked = list(wanted)
    for module, fields, values, _ in asked:
        keys.setdefault(Where(module, fields), []).append(values)
    leads = Leads(reader)
    answers = await together(_bearers(where, values, reader, leads) for where, values in keys.items())
    found = dict(zip(keys, answers, strict=True))
    return frozenset(each for each in asked if found[Where(each[0], each[1])].get(each[2]) == (each[3],))


async def _bearers(where: Where, values: list[Values], reader: Reader, leads: Leads) -> Mapping[Values, Ids]:
    odd = any(looks_numeric(text) for each in values for text in each)
    numeric = await numeric_fields(reader, where) if odd else frozenset[str]()
    if where.module == LEADS:
        return await leads.bearers(where, values, numeric)
    return await bearers(reader, where, values, numeric)
