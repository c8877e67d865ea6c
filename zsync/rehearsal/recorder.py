"""A reader that records what it reads, so that a rehearsal can start from it. Like every reader, it cannot write.

Planning reads some lists only in part, and only counts others. Limits in per cent and `prune` concern whole lists, so all
lists are read to their end when the snapshot is made.
"""

from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from zsync.crm import Org, Query, Reader, RelatedList
from zsync.crm.reader import Page
from zsync.crm.tasks import together
from zsync.crm.wire import Wire
from zsync.files.snapshot import ListMeta, ListSeen, OrgSeen, Snapshot
from zsync.kinds import FieldType, Kind, find_kind, kind_of
from zsync.model.fields import relation_fields
from zsync.model.metadata import FieldMeta

_CONVERTED = "Leads"
"""The only module whose records Zoho hides from lists once they are converted."""


class _Place(NamedTuple):
    module: str
    record_id: str
    related_list: str


class _Side(NamedTuple):
    related_module: str
    types: Mapping[str, FieldType]


@dataclass(slots=True)
class _List:
    """What was read of a list: the fields, the rows, and whether these are all, without and with converted leads."""

    fields: dict[str, None] = field(default_factory=dict)
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    shown: set[str] = field(default_factory=set)
    whole: dict[bool, bool] = field(default_factory=dict)


class Recorder(Reader):
    """Reads like `Reader` and keeps everything; `snapshot` returns what was read."""

    def __init__(self, wire: Wire) -> None:
        super().__init__(wire)
        self._org = Org("", "", "")
        self._types: dict[str, dict[str, str]] = {}
        self._metas: dict[str, list[RelatedList]] = {}
        self._records: dict[str, dict[str, dict[str, Any]]] = {}
        self._lists: dict[_Place, _List] = {}

    async def org(self) -> Org:
        """As `Reader.org`."""
        self._org = await super().org()
        return self._org

    async def related_lists(self, module: str) -> list[RelatedList]:
        """As `Reader.related_lists`."""
        self._metas[module] = await super().related_lists(module)
        return self._metas[module]

    async def fields(self, module: str) -> Mapping[str, FieldMeta]:
        """As `Reader.fields`."""
        found = await super().fields(module)
        self._types[module] = {name: field.type for name, field in found.items()}
        return found

    async def query(self, query: Query) -> Page:
        """As `Reader.query`."""
        page = await super().query(query)
        for row in page.rows:
            self._record(query.module, row, query.fields)
        return page

    async def converted_leads(
        self, fields: Iterable[str], ids: Sequence[str] = ()
    ) -> AsyncGenerator[Page, None]:
        """As `Reader.converted_leads`."""
        names = tuple(fields)
        async with aclosing(super().converted_leads(names, ids)) as pages:
            async for page in pages:
                for row in page.rows:
                    self._record(_CONVERTED, row, names)
                yield page

    async def records(self, module: str, fields: Iterable[str], ids: Sequence[str]) -> list[dict[str, Any]]:
        """As `Reader.records`."""
        names = tuple(fields)
        found = await super().records(module, names, ids)
        for row in found:
            self._record(module, row, names)
        return found

    async def pages(
        self,
        module: str,
        record_id: str,
        related_list: str,
        fields: Iterable[str],
        seen: set[str],
        *,
        converted: bool = False,
    ) -> AsyncGenerator[Page, None]:
        """As `Reader.pages`."""
        names = tuple(fields)
        seen_list = self._seen(_Place(module, record_id, related_list), names)
        stream = super().pages(module, record_id, related_list, names, seen, converted=converted)
        async with aclosing(stream) as pages:
            async for page in pages:
                self._take(seen_list, page.rows, converted=converted)
                if not page.more:
                    seen_list.whole[converted] = True
                yield page

    async def rows(
        self,
        module: str,
        record_id: str,
        related_list: str,
        fields: Iterable[str],
        ids: Sequence[str],
        *,
        converted: bool = False,
    ) -> list[dict[str, Any]]:
        """As `Reader.rows`."""
        names = tuple(fields)
        found = await super().rows(module, record_id, related_list, names, ids, converted=converted)
        self._take(self._seen(_Place(module, record_id, related_list), names), found, converted=converted)
        return found

    async def count(self, module: str, record_id: str, listed: RelatedList) -> int | None:
        """As `Reader.count`."""
        self._seen(_Place(module, record_id, listed.name), ())
        return await super().count(module, record_id, listed)

    async def snapshot(self, environment: str, taken_at: str, kinds: Iterable[Kind]) -> Snapshot:
        """Everything that was read. Lists that were read in part, or only counted, are first read to their end.

        Converted leads are read, too: lists hide them, but a write reaches them. Raises what `Reader` raises.
        """
        # The credits before planning, since the rehearsal spends those for reads again.
        left = self.credits_left
        credits_left = None if left is None else left + self.traffic.reads
        known = tuple(kinds)
        sides = {place: self._side(place, known) for place in self._lists}
        await together(self._complete(place, *side) for place, side in sides.items())
        relations = tuple(self._relations(sides))
        return Snapshot(
            taken_at,
            environment,
            OrgSeen(*self._org),
            credits_left,
            self._types,
            {
                module: tuple(ListMeta(*listed[:3]) for listed in lists if listed.writable)
                for module, lists in self._metas.items()
            },
            self._records,
            self._converted(sides),
            relations,
        )

    def _seen(self, place: _Place, names: Iterable[str]) -> _List:
        seen = self._lists.setdefault(place, _List())
        seen.fields.update(dict.fromkeys(names))
        return seen

    def _take(self, seen: _List, rows: Iterable[dict[str, Any]], *, converted: bool) -> None:
        for row in rows:
            seen.rows.setdefault(row["id"], {}).update(row)
            if not converted:
                seen.shown.add(row["id"])

    def _side(self, place: _Place, kinds: Sequence[Kind]) -> _Side:
        """The module of a list's records, by the metadata, and the fields of its relations."""
        lists = self._metas.get(place.module, ())
        found = (listed.module for listed in lists if listed.name == place.related_list and listed.module)
        related = next(found, place.related_list)
        # Zoho may name no module of a list's records, or another one than the relations are of.
        kind = find_kind(place.module, related, kinds) or kind_of(place.module, place.related_list, kinds)
        return _Side(kind.other(place.module) if kind else related, kind.fields if kind else {})

    async def _complete(self, place: _Place, related_module: str, types: Mapping[str, FieldType]) -> None:
        seen = self._lists[place]
        names = tuple(seen.fields) or tuple(types) or ("id",)
        # Twice: no field of a row tells that its lead is converted, only the difference between the two readings does.
        for converted in (False, True) if related_module == _CONVERTED else (False,):
            if converted not in seen.whole:
                async with aclosing(self.pages(*place, names, set(), converted=converted)) as pages:
                    async for _ in pages:
                        pass

    def _converted(self, sides: Mapping[_Place, _Side]) -> frozenset[str]:
        lists = [seen for place, seen in self._lists.items() if sides[place].related_module == _CONVERTED]
        shown = {record_id for seen in lists for record_id in seen.shown}
        return frozenset(record_id for seen in lists for record_id in seen.rows.keys() - shown)

    def _relations(self, sides: Mapping[_Place, _Side]) -> Iterator[ListSeen]:
        """The lists. What their rows say about the records themselves goes to the records."""
        for place, seen in self._lists.items():
            self._record(place.module, {"id": place.record_id}, ())
            related, types = sides[place]
            for row in seen.rows.values():
                self._record(related, row, [name for name in seen.fields if name not in types])
            rows = {record_id: relation_fields(row, types) for record_id, row in seen.rows.items()}
            yield ListSeen(*place, related, rows)

    def _record(self, module: str, row: dict[str, Any], names: Iterable[str]) -> None:
        kept = self._records.setdefault(module, {}).setdefault(row["id"], {})
        kept.update({name: row[name] for name in names if name in row and name != "id"})
