"""What the CRM holds of the rows of one request, read through the same list that the request is sent to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zsync.crm import Crm
from zsync.errors import CrmUnreachable, RequestRefused
from zsync.kinds import FieldType
from zsync.model import Change, Fields, Found, Request
from zsync.model.fields import relation_fields


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """A change, and its index in the plan."""

    index: int
    change: Change

    @property
    def id(self) -> str:
        """The related record's id, by which requests name the row."""
        return self.change.related_record_id


class CurrentReader:
    """Reads the rows of a plan. `types` maps a relation field's api_name to its type."""

    def __init__(self, crm: Crm, types: Mapping[str, FieldType]) -> None:
        self._crm = crm
        self._types = types

    async def fields(self, request: Request, rows: Sequence[PlannedRow]) -> dict[str, Fields]:
        """The relations that exist now, by the related record's id. Raises like `Reader.rows`."""
        names = sorted({name for row in rows for name in (row.change.after or row.change.before or {})})
        types = {name: self._types.get(name, "any") for name in names}
        shown = await self._rows(request, names or ["id"], rows)
        return {row["id"]: relation_fields(row, types) for row in shown}

    async def found(
        self, request: Request, rows: Sequence[PlannedRow], current: Mapping[str, Fields]
    ) -> dict[str, Found]:
        """What `current` says of the rows, with when and by whom each was last changed, if the CRM lets that be read."""
        try:
            shown = await self._rows(request, ["Modified_By", "Modified_Time"], rows)
        except (RequestRefused, CrmUnreachable):
            shown = []
        last_change = {row["id"]: _last_change(row) for row in shown}
        return {row.id: Found(current.get(row.id), *last_change.get(row.id, ())) for row in rows}

    async def _rows(
        self, request: Request, names: Sequence[str], rows: Sequence[PlannedRow]
    ) -> list[dict[str, Any]]:
        place = (request.module, request.record_id, request.related_list)
        # Zoho leaves converted leads out of a list unless it is asked for them, but a write still reaches them.
        return await self._crm.rows(*place, names, [row.id for row in rows], converted=True)


def _last_change(row: Mapping[str, Any]) -> tuple[str, str]:
    """When and by whom a row was last changed. A campaign member has a time of its own; the author is the record's."""
    member = row.get("$member_info")
    when = (member.get("Modified_Time") if isinstance(member, dict) else None) or row.get("Modified_Time")
    author = row.get("Modified_By")
    name = author.get("name") if isinstance(author, dict) else author
    return str(when or ""), str(name or "")
