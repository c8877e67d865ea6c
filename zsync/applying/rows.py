"""What the CRM holds of the rows of one request, read through the same list that the request is sent to."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

from zsync.crm import Crm
from zsync.crm.authors import FIELDS, last_change
from zsync.errors import AccessDenied, CrmUnreachable, RequestRefused
from zsync.kinds import FieldType
from zsync.model import Change, Fields, Found, Request
from zsync.model.fields import carried_fields, empty, relation_fields, same


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """A change, its index in the plan, and what a PUT carries for it: the relation's other fields as they are now."""

    index: int
    change: Change
    carried: Fields = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The related record's id, by which requests name the row."""
        return self.change.related_record_id

    @property
    def promised(self) -> Fields:
        """What is to stay beside the change: as it was sent, or as the plan found it, where no request of this process sent it."""
        return self.carried or self.change.carried

    @property
    def body(self) -> dict[str, Any]:
        """The row of a PUT. What is carried and empty stays out: Zoho may refuse a null."""
        filled = {name: value for name, value in self.carried.items() if not empty(value)}
        return {"id": self.id, **(self.change.after or {}), **filled}


class CurrentRow(NamedTuple):
    """A relation as the CRM holds it: the fields that the change is about, those that a PUT carries, and the row as it was sent."""

    fields: Fields
    carried: Fields
    record: Mapping[str, Any] = MappingProxyType({})


class CurrentReader:
    """Reads the rows of a plan. `types` maps a relation field's api_name to its type."""

    def __init__(self, crm: Crm, types: Mapping[str, FieldType]) -> None:
        self._crm = crm
        self._types = types

    async def read(
        self, request: Request, rows: Sequence[PlannedRow], keys: Collection[str] = ()
    ) -> dict[str, CurrentRow]:
        """The relations that exist now, by the related record's id. Raises like `Reader.rows`.

        `keys` are fields of the records, which `CurrentRow.record` has where the CRM shows them in the list.
        """
        about = {row.id: row.change.after or row.change.before or {} for row in rows}
        names = {name for fields in about.values() for name in fields}
        asked = sorted(names.union(*(row.change.carried for row in rows)))
        types = {name: self._types.get(name, "any") for name in asked}
        named = {name: types[name] for name in asked if name in names}
        return {
            row["id"]: CurrentRow(
                relation_fields(row, named), carried_fields(row, types, about.get(row["id"], ())), row
            )
            for row in await self._with_keys(request, asked, keys, rows)
        }

    async def _with_keys(
        self, request: Request, names: Sequence[str], keys: Collection[str], rows: Sequence[PlannedRow]
    ) -> list[dict[str, Any]]:
        try:
            return await self._rows(request, sorted({*names, *keys}) or ["id"], rows)
        except AccessDenied:
            raise
        except RequestRefused as refused:
            # A refusal of the parent or of the list says which part of the path it is about; a field is none.
            if not keys or refused.index is not None:
                raise
            return await self._rows(request, names or ["id"], rows)

    async def found(
        self, request: Request, rows: Sequence[PlannedRow], current: Mapping[str, CurrentRow]
    ) -> dict[str, Found]:
        """What `current` says of the rows, with when and by whom each was last changed, if the CRM lets that be read."""
        try:
            shown = await self._rows(request, FIELDS, rows)
        except (RequestRefused, CrmUnreachable):
            shown = []
        changes = {row["id"]: last_change(row) for row in shown}
        fields = {row.id: current[row.id].fields if row.id in current else None for row in rows}
        return {row.id: Found(fields[row.id], *changes.get(row.id, ())) for row in rows}

    async def _rows(
        self, request: Request, names: Sequence[str], rows: Sequence[PlannedRow]
    ) -> list[dict[str, Any]]:
        place = (request.module, request.record_id, request.related_list)
        # Zoho leaves converted leads out of a list unless it is asked for them, but a write still reaches them.
        return await self._crm.rows(*place, names, [row.id for row in rows], converted=True)

    def strayed(self, row: PlannedRow, now: CurrentRow) -> Fields:
        """The fields that were to stay as they are and did not, as the CRM holds them now.

        Only fields of the kind: one that nobody declared may be the CRM's own stamp, which changes with every write.
        """
        return {
            name: now.carried[name]
            for name, value in row.promised.items()
            if name in self._types and name in now.carried and not same(value, now.carried[name])
        }
