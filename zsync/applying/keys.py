"""Whom a plan means: whether its keys still name the records that it was made for.

A plan sends ids, and its reviewers read keys: an address that has moved to another person since would be written to the
wrong one. What the reading of a request's rows shows of a record settles most keys, for nothing. Those of parents and of what
is created are looked up, a hundred keys a query, together with the keys that come after them in the plan.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import islice
from time import monotonic
from typing import Any, Literal

from zsync.applying.conversions import Conversions
from zsync.applying.rows import PlannedRow
from zsync.crm import Crm, Page, Query
from zsync.crm.keys import Asks, Ids, Values, Where, bearers, by_ids, key_text, loosely, numeric_fields
from zsync.crm.leads import Leads
from zsync.crm.portions import VALUES
from zsync.errors import RequestRefused
from zsync.kinds import NAME_FIELDS
from zsync.model import Bearer, Change, KeyMoved
from zsync.model.fields import looks_numeric
from zsync.model.leads import LEADS

FRESH = 10.0
"""Seconds for which what was looked up counts: many small requests need not ask before each of them."""

_AHEAD = 10 * VALUES
"""How far in the plan keys are looked for that a query has room for."""

_MOST = 10
"""Records that are named of those that have an ambiguous key."""

Record = Mapping[str, Any]

Key = tuple[Where, Values]

Named = dict[Key, Ids]
"""What was looked up: a key → the records that have it."""


class KeyCheck:
    """Asks the CRM about the keys of a plan's changes, while they are carried out. Raises what `Reader.query` raises."""

    def __init__(
        self,
        crm: Crm,
        changes: Sequence[Change],
        *,
        clock: Callable[[], float] = monotonic,
        asking: Asks | None = None,
    ) -> None:
        self._crm = crm
        self._clock = clock
        self._order: dict[Where, dict[Values, int]] = {}
        for change in changes:
            for where, values in _asked(change):
                known = self._order.setdefault(where, {})
                known.setdefault(values, len(known))
        self._keys = {where: tuple(known) for where, known in self._order.items()}
        self._written = {
            _parent_key(change) for change in changes if change.record_key and change.action != "delete"
        }
        self._looked: dict[Key, tuple[float, asyncio.Task[Named]]] = {}
        self._numeric: dict[Where, frozenset[str]] = {}
        # What sends its queries may bring along what else is to be known of whom keys name.
        self._leads = Leads(crm, asking)
        self.conversions = Conversions(self._leads, changes)
        """What is known of leads that were converted since: the look-up of keys tells of theirs."""

    async def moved_parents(self, rows: Iterable[PlannedRow]) -> dict[int, KeyMoved]:
        """The rows, by index, whose parent is no longer the record that its key names."""
        named: Named = {}
        found: dict[Key, KeyMoved] = {}
        moved: dict[int, KeyMoved] = {}
        for row in (each for each in rows if each.change.record_key):
            change = row.change
            where, values = key = _parent_key(change)
            if key not in named:
                named |= await self._fresh(where, [values])
            ids = named[key]
            # What is pruned is known by its id, and may be one of several with the key that it is shown by. Where rows
            # are written to a parent as well, a manifest names it, and it is held whole.
            by_id = change.action == "delete" and key not in self._written
            still = change.record_id in ids if by_id else ids == (change.record_id,)
            if not still and key not in found:
                found |= {
                    key: (await self._told("parent", where, {change.record_id: (values, ids)}))[
                        change.record_id
                    ]
                }
            if not still:
                moved[row.index] = found[key]
        return moved

    async def look_up(self, rows: Iterable[PlannedRow]) -> Named:
        """The records that have the keys of these rows, which create relations; of others the reading of the row tells."""
        return await self._named(rows, self._fresh)

    async def moved(
        self, rows: Iterable[PlannedRow], shown: Mapping[str, Record], named: Named
    ) -> dict[int, KeyMoved]:
        """The rows, by index, whose key no longer names their record.

        `shown` are records of their list, with key fields; `named` is what was looked up already.
        """
        doubtful = [row for row in rows if row.change.key and not _bears(row.change, shown.get(row.id))]
        named = named | await self._named(
            (row for row in doubtful if _key(row.change) not in named), self._bearers
        )
        lists: dict[Where, list[PlannedRow]] = {}
        for row in doubtful:
            lists.setdefault(_key(row.change)[0], []).append(row)
        found: dict[int, KeyMoved] = {}
        for where, asked in lists.items():
            moved: dict[str, tuple[Values, Ids]] = {}
            for row in asked:
                ids = named[_key(row.change)]
                # A relation that is gone together with its record is as wanted where it is to be deleted.
                gone = not ids and row.change.action == "delete" and row.id not in shown
                if ids != (row.id,) and not gone:
                    moved[row.id] = (_key(row.change)[1], ids)
            told = await self._told("related", where, moved)
            found |= {row.index: told[row.id] for row in asked if row.id in told}
        return found

    async def _named(
        self, rows: Iterable[PlannedRow], look: Callable[[Where, Sequence[Values]], Awaitable[Named]]
    ) -> Named:
        keys: dict[Where, dict[Values, None]] = {}
        for row in rows:
            if row.change.key:
                where, values = _key(row.change)
                keys.setdefault(where, {})[values] = None
        named: Named = {}
        for where, asked in keys.items():
            named |= await look(where, list(asked))
        return named

    async def _fresh(self, where: Where, keys: Sequence[Values]) -> Named:
        """The records that have keys of the plan now; a query has room for those that come after them as well."""
        missing = [values for values in keys if self._stale(where, values)]
        if missing:
            asked = [*missing, *islice(self._following(where, missing[-1]), -len(missing) % VALUES)]
            # Other requests that want one of these keys wait for this query, and send none of their own.
            answer = asyncio.create_task(self._bearers(where, asked))
            # Where a request ends by another failure, nobody is left to hear of this one.
            answer.add_done_callback(lambda done: done.cancelled() or done.exception())
            self._looked |= {(where, values): (self._clock(), answer) for values in asked}
        named: Named = {}
        for key in ((where, values) for values in keys):
            # A request that is cancelled must not take the answer away from the others.
            named[key] = (await asyncio.shield(self._looked[key][1]))[key]
        return named

    def _following(self, where: Where, values: Values) -> Iterator[Values]:
        """The next keys of the plan that nobody has asked for lately; requests may come in another order, so those before come last."""
        keys, place = self._keys[where], self._order[where][values] + 1
        near = keys[place : place + _AHEAD]
        return (key for key in (*near, *keys[: min(place, _AHEAD - len(near))]) if self._stale(where, key))

    def _stale(self, where: Where, values: Values) -> bool:
        looked = self._looked.get((where, values))
        if looked is None:
            return True
        at, answer = looked
        failed = answer.done() and (answer.cancelled() or answer.exception() is not None)
        return failed or self._clock() - at >= FRESH

    async def _bearers(self, where: Where, keys: Sequence[Values]) -> Named:
        if where not in self._numeric and any(looks_numeric(value) for key in keys for value in key):
            self._numeric[where] = await numeric_fields(self._crm, where)
        numeric = self._numeric.get(where, frozenset())
        if where.module == LEADS:
            # Converted ones as well: who is to leave a list may do so.
            found = await self._leads.bearers(where, keys, numeric)
        else:
            found = await bearers(self._leads.asking, where, keys, numeric)
        return {(where, values): found.get(values, ()) for values in keys}

    async def _told(
        self, side: Literal["parent", "related"], where: Where, moved: Mapping[str, tuple[Values, Ids]]
    ) -> dict[str, KeyMoved]:
        """What to tell of keys that moved: the plan's record → its key and the records that have it now."""
        ids = {each for record_id, (_, others) in moved.items() for each in (record_id, *others[:_MOST])}
        known = await self._records(where, sorted(ids))
        name = NAME_FIELDS.get(where.module, "")

        def called(record_id: str) -> str:
            return key_text(known.get(record_id, {}).get(name))

        return {
            record_id: KeyMoved(
                side,
                where.module,
                record_id,
                dict(zip(where.fields, values, strict=True)),
                tuple(Bearer(each, called(each)) for each in others[:_MOST]),
                {field: key_text(known[record_id].get(field)) for field in where.fields}
                if record_id in known
                else None,
                called(record_id),
            )
            for record_id, (values, others) in moved.items()
        }

    async def _records(self, where: Where, ids: Sequence[str]) -> dict[str, Record]:
        """The records with their names and key fields, as far as the CRM tells: the words of a message are all they are for."""
        fields = dict.fromkeys(("id", *where.fields, *filter(None, [NAME_FIELDS.get(where.module)])))
        found: dict[str, Record] = {}

        async def ask(some: Sequence[str]) -> Page:
            return await self._crm.query(Query(where.module, tuple(fields), by_ids(some)))

        for at in range(0, len(ids), VALUES):
            try:
                answers = await self._crm.portions.ask(ids[at : at + VALUES], ask)
            except RequestRefused:
                continue
            found |= {row["id"]: row for _, page in answers for row in page.rows}
        return found


def key_fields(rows: Iterable[PlannedRow]) -> set[str]:
    """The fields of the records that tell whether the keys of rows still name them."""
    return {name for row in rows for name in row.change.key}


def _bears(change: Change, record: Record | None) -> bool:
    """Whether a record was read, and has the key by which the plan knows it."""
    if record is None or not all(name in record for name in change.key):
        return False
    where, values = _key(change)
    held = tuple(key_text(record[name]) for name in where.fields)
    numeric = frozenset(
        name
        for name in where.fields
        if isinstance(record[name], int | Decimal) and not isinstance(record[name], bool)
    )
    return loosely(held, numeric, where) == loosely(values, numeric, where)


def _asked(change: Change) -> Iterator[Key]:
    """The keys of a change that no reading of its row tells."""
    if change.record_key:
        yield _parent_key(change)
    if change.key and change.action == "create":
        yield _key(change)


def _key(change: Change) -> Key:
    return Where(change.related_module, tuple(change.key)), tuple(change.key.values())


def _parent_key(change: Change) -> Key:
    return Where(change.module, tuple(change.record_key)), tuple(change.record_key.values())
