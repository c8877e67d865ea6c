"""What the CRM tells of persons: the fields in which they say no, and their addresses.

The fields of a module are asked of its metadata, once. Look-ups of keys bring what they say along; other persons are asked
about by id, a hundred a query. A field that the metadata lists and no answer shows counts as unreadable.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from math import inf
from time import monotonic
from typing import Literal, NamedTuple

from zsync.crm.keys import batches, by_ids
from zsync.crm.portions import VALUES, too_large
from zsync.crm.query import Query
from zsync.crm.reader import Page, Reader
from zsync.crm.tasks import together
from zsync.errors import AccessDenied, RequestRefused
from zsync.model.consent import PERSONS, Consent, Person
from zsync.model.requests import chunks

_IDS, _IDS_LENGTH = 50, 1_024
"""Most ids, and characters of ids, where records are read. https://www.zoho.com/crm/developer/docs/api/v8/get-records.html"""
ADDRESS = "email"
"""The data type of fields that hold an address. https://www.zoho.com/crm/developer/docs/api/v8/field-meta.html"""
STANDARD = "Email_Opt_Out"
"""The field in which people opt out in every org."""
_QUIET = ("OAUTH_SCOPE_MISMATCH",)
"""Codes of denials that are about one call, and not about all of them."""

Unseen = Literal["absent", "denied"]
"""Why nobody can see whether people opted out: the field is not there, or the metadata may not be read."""

Record = tuple[str, str]
"""A record's module and id."""


class Metadata(NamedTuple):
    """The fields of a module that are to be read, which of them are addresses, and whether the CRM told of them."""

    names: tuple[str, ...]
    addresses: tuple[str, ...]
    types: Mapping[str, str] | None


class Persons:
    """Reads persons, each once in `fresh` seconds. Raises what `Reader` raises.

    `later` are those of a plan that is carried out, in its order: a query has room for them.
    """

    def __init__(
        self,
        reader: Reader,
        consents: Sequence[Consent],
        later: Iterable[Record] = (),
        *,
        fresh: float = inf,
    ) -> None:
        self._reader = reader
        self._consents = consents
        self._fresh = fresh
        self._metadata: dict[str, asyncio.Task[Metadata]] = {}
        self._persons: dict[Record, tuple[float, Person]] = {}
        # Nearly everybody says nothing, and there may be a hundred thousand: of them only when they were read is kept.
        self._silent: dict[str, dict[str, float]] = {}
        self._telling = _telling(consents)
        # Modules of which queries refuse the fields: there, records are read.
        self._apart: set[str] = set()
        self._turn = asyncio.Lock()
        self._order: dict[str, dict[str, int]] = {}
        for module, record_id in later:
            known = self._order.setdefault(module, {})
            known.setdefault(record_id, len(known))

    async def query(self, query: Query) -> Page:
        """`Reader.query` of persons: what their fields say is asked along, and kept. Without them where the CRM refuses that."""
        if query.module not in PERSONS or query.module in self._apart:
            return await self._reader.query(query)
        meta = await self.metadata(query.module)
        if not meta.names:
            return await self._reader.query(query)
        more = query._replace(fields=tuple(dict.fromkeys((*query.fields, *meta.names))))
        try:
            page = await self._reader.query(more)
        except RequestRefused as refused:
            if isinstance(refused, AccessDenied) or too_large(refused):
                raise
            # Whatever is wrong with the query itself is the caller's to hear.
            page = await self._reader.query(query)
            self._apart.add(query.module)
            return page
        self._note(query.module, meta, page)
        return page

    async def metadata(self, module: str) -> Metadata:
        """What is to be read of a module's records; one call a module."""
        if module not in self._metadata:
            asked = asyncio.create_task(self._fields(module))
            asked.add_done_callback(lambda done: done.cancelled() or done.exception())
            self._metadata[module] = asked
        return await asyncio.shield(self._metadata[module])

    async def known(self, asked: Iterable[Record]) -> Mapping[Record, Person]:
        """Persons, read now or lately; of those who say nothing, only the id.

        A query that is needed anyway also reads those who come next in the plan, as far as it has room.
        """
        wanted = list(asked)
        # One after the other: requests that are under way at once mostly want what the first of them brings along.
        async with self._turn:
            missing: dict[str, list[str]] = {}
            for module, record_id in wanted:
                if self._stale(module, record_id):
                    missing.setdefault(module, []).append(record_id)
            full = {module: [*ids, *self._following(module, ids)] for module, ids in missing.items()}
            await together(
                self._read(module, batch) for module, ids in full.items() for batch in batches(ids)
            )
        nobody = (0.0, None)
        return {each: self._persons.get(each, nobody)[1] or Person(each[1]) for each in wanted}

    async def _fields(self, module: str) -> Metadata:
        wanted = {each.name: None for consent in self._consents for each in consent.asked if each.values}
        by_address = any(consent.never.by_address for consent in self._consents)
        try:
            types = await self._reader.field_types(module)
        except RequestRefused as refused:
            if denied(refused):
                raise
            # Which of Zoho's GDPR fields are there, nobody knows then. Those that are surely there are asked for.
            own = [each.name for consent in self._consents for each in consent.fields if each.values]
            mail = tuple(["Email"] if by_address else [])
            return Metadata(tuple(dict.fromkeys((STANDARD, *own, *mail))), mail, None)
        addresses = tuple(name for name, kind in types.items() if by_address and kind == ADDRESS)
        names = dict.fromkeys((*(name for name in wanted if name in types), *addresses))
        return Metadata(tuple(names), addresses, types)

    def _note(self, module: str, meta: Metadata, page: Page) -> None:
        now, silent = monotonic(), self._silent.setdefault(module, {})
        for row in page.rows:
            record_id = row["id"]
            if self._telling or any(map(row.get, meta.names)):
                # A query that names a field and is not refused shows it; what it leaves out is empty.
                fields = {name: row.get(name) for name in meta.names}
                person = Person(record_id, fields, meta.addresses)
                if any(consent.objection(person) for consent in self._consents):
                    silent.pop(record_id, None)
                    self._persons[module, record_id] = (now, person)
                    continue
            silent[record_id] = now
            self._persons.pop((module, record_id), None)

    def _stale(self, module: str, record_id: str) -> bool:
        known = self._persons.get((module, record_id))
        read = known[0] if known else self._silent.get(module, {}).get(record_id)
        return read is None or monotonic() - read >= self._fresh

    def _following(self, module: str, ids: Sequence[str]) -> Iterator[str]:
        order = self._order.get(module, {})
        last = max((order.get(each, -1) for each in ids), default=-1)
        later = (each for each, at in order.items() if at > last and self._stale(module, each))
        return islice(later, -len(ids) % VALUES)

    async def _read(self, module: str, ids: Sequence[str]) -> None:
        """Read persons by id: by a query, and what that does not tell, as records."""
        meta, left = await self.metadata(module), list(ids)
        if not meta.names:
            self._silent.setdefault(module, {}).update(dict.fromkeys(ids, monotonic()))
            return
        if module not in self._apart:
            fields = ("id", *meta.names)
            try:
                answers = await self._reader.portions.ask(
                    ids, lambda some: self._reader.query(Query(module, fields, by_ids(some)))
                )
            except RequestRefused as refused:
                if denied(refused):
                    raise
                self._apart.add(module)
            else:
                for _, page in answers:
                    self._note(module, meta, page)
                found = {row["id"] for _, page in answers for row in page.rows}
                left = [each for each in ids if each not in found]
        for some in chunks(left, rows=_IDS, length=_IDS_LENGTH):
            await self._records(module, meta, some)

    async def _records(self, module: str, meta: Metadata, ids: Sequence[str]) -> None:
        """Read persons as records: what a row does not have, this user may not see. Converted leads are among them."""
        try:
            rows = {row["id"]: row for row in await self._reader.records(module, ("id", *meta.names), ids)}
        except RequestRefused as refused:
            if denied(refused):
                raise
            rows = {}
        for each in ids:
            row = rows.get(each, {})
            fields = {name: row[name] for name in meta.names if name in row}
            unread = frozenset(meta.names) - fields.keys()
            person = Person(each, fields, meta.addresses, unread, shown=each in rows)
            self._persons[module, each] = (monotonic(), person)


def _telling(consents: Iterable[Consent]) -> bool:
    """Whether somebody may be kept out whose fields are all empty, or by an id: everybody is looked at then."""
    return any(
        consent.never
        or any(value is None or value is False for each in consent.asked for value in each.values)
        for consent in consents
    )


def denied(refused: RequestRefused) -> bool:
    """Whether a refusal is about more than one call: then the command cannot go on."""
    return isinstance(refused, AccessDenied) and refused.code not in _QUIET
