"""Leads by their keys and ids, those that were converted among them.

Zoho's queries leave converted leads out unless their criteria name `Converted__s`. Some orgs refuse such a query
(INVALID_QUERY); there the list of all converted leads tells.
https://www.zoho.com/crm/developer/docs/api/v8/Get-Records-through-COQL-Query.html
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import aclosing
from typing import Any

from zsync.crm.keys import Asks, Ids, Values, Where, batches, by_ids, look_up, named_by
from zsync.crm.query import Query
from zsync.crm.reader import Page, Reader
from zsync.crm.tasks import together
from zsync.errors import AccessDenied, RequestRefused
from zsync.model import Conversion
from zsync.model.leads import LEADS
from zsync.model.requests import chunks

CONVERTED = "Converted__s"
"""The field of a lead that says whether it was converted."""

_DETAILS = ("Converted_Date_Time", "Converted_Contact")
_REFUSED = "INVALID_QUERY"
# A token without the scope for queries can still read lists, which is all that rows and parents named by ids take.
_NO_QUERIES = "OAUTH_SCOPE_MISMATCH"
_IDS = 50
_IDS_LENGTH = 1_024
"""Most characters of `ids` where records are read. https://www.zoho.com/crm/developer/docs/api/v8/get-records.html"""


class Leads:
    """What the CRM tells of leads, remembered for a run: also which questions this org refuses."""

    def __init__(self, reader: Reader, asking: Asks | None = None) -> None:
        self.conversions: dict[str, Conversion] = {}
        """The leads that are known to be converted, by id."""
        self._reader = reader
        self.asking: Asks = asking or reader
        """What sends the queries about keys: it may bring along what else is to be known of whom they name."""
        self._known: set[str] = set()
        self._told: set[str] = set()
        # Whether a query may name that field, and the fields that say when and to whom.
        self._naming = True
        self._detailed = True

    async def bearers(
        self, where: Where, keys: Iterable[Values], numeric: frozenset[str] = frozenset()
    ) -> Mapping[Values, Ids]:
        """The keys that name a lead → the leads that they name: converted ones only where no other has the key.

        Of several converted leads the last one counts, for a customer who came back twice is one and the same. Raises
        what `Reader` raises.
        """
        values = list(keys)

        async def ask(condition: str) -> Page:
            return await self._ask(where.fields, condition)

        tables = await together(
            look_up(where, batch, numeric, ask, self._reader.portions) for batch in batches(values)
        )
        rows = [row for table in tables for row in table]
        self._note(row for row in rows if CONVERTED in row)
        self._known.update(row["id"] for row in rows)
        found = dict(named_by(rows, where, values, numeric))
        for key, ids in found.items():
            found[key] = tuple(each for each in ids if each not in self.conversions) or self._last(ids)
        if missing := [key for key in values if key not in found]:
            hidden = await self._hidden(where, missing, numeric)
            found |= {key: self._last(ids) for key, ids in named_by(hidden, where, missing, numeric).items()}
        return found

    async def learn(self, ids: Iterable[str]) -> None:
        """See which of these leads were converted, when, and to whom, as far as that is not known yet."""
        open_ = [
            each
            for each in dict.fromkeys(ids)
            if (each not in self._known or each in self.conversions) and each not in self._told
        ]
        for rows in await together(self._of(batch) for batch in batches(open_)):
            self._note(rows)
        self._known.update(open_)
        self._told.update(open_)

    def see(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Take in what rows of leads say of their conversion, as far as they say it."""
        told = [row for row in rows if isinstance(row.get(CONVERTED), bool)]
        self._note(told)
        self._known.update(row["id"] for row in told)

    def _last(self, ids: Ids) -> Ids:
        return (max(ids, key=lambda each: (self.conversions[each].at, len(each), each)),)

    def _note(self, rows: Iterable[Mapping[str, Any]]) -> None:
        for row in filter(_is_converted, rows):
            at, contact = (row.get(name) for name in _DETAILS)
            told = Conversion(
                at if isinstance(at, str) else "",
                str(contact.get("id") or "") if isinstance(contact, dict) else "",
            )
            self.conversions[row["id"]] = told if any(told) else self.conversions.get(row["id"], told)
            if any(told):
                self._told.add(row["id"])

    async def _ask(self, fields: Sequence[str], condition: str) -> Page:
        """A query that also says of each lead whether it was converted, where this org lets it."""
        if self._naming:
            try:
                return await self.asking.query(Query(LEADS, ("id", *fields, CONVERTED), condition))
            except RequestRefused as refused:
                if refused.code != _REFUSED:
                    raise
        # Without the field: what else is wrong with the query is the caller's.
        page = await self.asking.query(Query(LEADS, ("id", *fields), condition))
        self._naming = False
        return page

    async def _hidden(
        self, where: Where, keys: Sequence[Values], numeric: frozenset[str]
    ) -> list[dict[str, Any]]:
        """The converted leads that keys may name."""

        async def ask(condition: str) -> Page:
            return await self._converted(where.fields, condition) or Page([], more=False)

        tables = await together(
            look_up(where, batch, numeric, ask, self._reader.portions) for batch in batches(keys)
        )
        found = [row for table in tables for row in table]
        if not self._naming:
            found = await self._search(where, keys, numeric)
        found = list(filter(_is_converted, found))
        self._note(found)
        self._known.update(row["id"] for row in found)
        return found

    async def _converted(self, fields: Sequence[str], condition: str) -> Page | None:
        """The converted leads for which a condition holds; None where this org refuses the question."""
        while self._naming:
            detailed = self._detailed
            names = ("id", *fields, CONVERTED, *(_DETAILS if detailed else ()))
            try:
                return await self.asking.query(Query(LEADS, names, f"({condition} and {CONVERTED} = true)"))
            except RequestRefused as refused:
                if refused.code == _NO_QUERIES:
                    self._naming = False
                    return None
                if refused.code != _REFUSED:
                    raise
            # One after the other: an org may know the field and lack the details.
            self._detailed, self._naming = False, detailed
        return None

    async def _search(
        self, where: Where, keys: Sequence[Values], numeric: frozenset[str]
    ) -> list[dict[str, Any]]:
        """All converted leads, page by page until every key has one, or as far as Zoho lists them."""
        left, rows = list(keys), list[dict[str, Any]]()
        try:
            async with aclosing(self._reader.converted_leads(_names(where.fields))) as pages:
                async for page in pages:
                    rows += page.rows
                    found = named_by(page.rows, where, left, numeric)
                    left = [key for key in left if key not in found]
                    if not left:
                        break
        except AccessDenied:
            raise
        except RequestRefused:
            # What was not met is as good as not there: the keys are reported, each at its place.
            pass
        return rows

    async def _of(self, ids: Sequence[str]) -> list[dict[str, Any]]:
        """The converted leads among these."""
        answers = await self._reader.portions.ask(ids, lambda some: self._converted((), by_ids(some)))
        told = [page for _, page in answers if page is not None]
        if len(told) == len(answers):
            return [row for page in told for row in page.rows]
        rows = []
        for some in chunks(ids, rows=_IDS, length=_IDS_LENGTH):
            async with aclosing(self._reader.converted_leads(_names(()), some)) as pages:
                rows += [row async for page in pages for row in page.rows]
        return rows


def _is_converted(row: Mapping[str, Any]) -> bool:
    """Whether a row that was asked for as converted is so: it says nothing else."""
    return row.get(CONVERTED, True) is True


def _names(fields: Sequence[str]) -> tuple[str, ...]:
    return ("id", *fields, CONVERTED, *_DETAILS)
