"""Whether leads were converted after a plan was made: such a lead is a contact by now, and nobody has reviewed that.

What the reading of a request's rows shows settles most leads, for nothing. Of parents, and of what is created, the look-up of
keys tells; those that a plan knows by their ids are asked for, a hundred a query.
"""

import asyncio
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any

from zsync.applying.rows import PlannedRow
from zsync.crm.keys import batches
from zsync.crm.leads import CONVERTED, Leads
from zsync.model import Change, KeyMoved
from zsync.model.leads import LEADS, Lead, lead_of, shows, unseen


class Conversions:
    """Asks the CRM about the leads of a plan's changes, while they are carried out; `leads` remembers what it said."""

    def __init__(self, leads: Leads, changes: Iterable[Change]) -> None:
        self._leads = leads
        self._asking = asyncio.Lock()
        # Leads that one query asks for, whichever of them is wanted first.
        self._with = {
            each: batch for batch in batches(list(dict.fromkeys(unseen(changes)))) for each in batch
        }

    async def since(
        self, rows: Iterable[PlannedRow], shown: Mapping[str, Mapping[str, Any]]
    ) -> dict[int, KeyMoved]:
        """The rows, by index, whose lead was converted; `shown` are records of their list. Raises what `Reader` raises."""
        leads = {row.index: (lead, row.change) for row in rows if (lead := lead_of(row.change))}
        if not leads:
            return {}
        ids = list(dict.fromkeys(lead.id for lead, _ in leads.values()))
        self._leads.see(shown[each] for each in ids if each in shown)
        # Other requests wait for the answer, which tells of their leads as well, and send no query of their own.
        async with self._asking:
            await self._leads.learn(chain.from_iterable(self._with.get(each, (each,)) for each in ids))
        return {
            index: _told(lead, change, self._leads)
            for index, (lead, change) in leads.items()
            if lead.id in self._leads.conversions
        }


def telling(rows: Iterable[PlannedRow]) -> frozenset[str]:
    """The field to ask for with these rows, so that they tell of conversions themselves."""
    told = (lead for row in rows if (lead := lead_of(row.change)) and shows(lead, row.change))
    return frozenset({CONVERTED} if any(told) else ())


def _told(lead: Lead, change: Change, leads: Leads) -> KeyMoved:
    parent = lead.side == "parent"
    label, key = (change.record_label, change.record_key) if parent else (change.label, change.key)
    name = "" if key or label == lead.id else label
    return KeyMoved(lead.side, LEADS, lead.id, key, name=name, conversion=leads.conversions[lead.id])
