"""Reading what an org says of itself: modules, fields, related lists, and the values of relations' own fields."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from zsync.crm.calls import Answer, Call
from zsync.crm.metadata import api_name, fields_of, list_of, texts_of
from zsync.crm.wire import Wire
from zsync.errors import CrmUnreachable, RequestRefused
from zsync.model.metadata import FieldMeta, RelatedList

NOT_ZOHO = "Check that ZSYNC_API_DOMAIN leads to Zoho's API, and not to a proxy or a login page."


class Describing:
    """The calls of a reader that ask for metadata. It does not move during a run: lists, fields and roles are asked for once."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._fields: dict[str, Mapping[str, FieldMeta]] = {}
        self._related: dict[str, list[RelatedList]] = {}
        self._roles: Mapping[str, str] | None = None

    async def related_lists(self, module: str) -> list[RelatedList]:
        """The related lists of a module. Each module is asked once, as for its fields.

        https://www.zoho.com/crm/developer/docs/api/v8/related-list-meta.html
        """
        if module not in self._related:
            rows = await self._list(f"settings/related_lists?module={quote(module)}", "related_lists")
            self._related[module] = list(map(list_of, rows))
        return self._related[module]

    async def fields(self, module: str) -> Mapping[str, FieldMeta]:
        """The fields of a module, by api_name. Each module is asked once, for metadata does not move during a run.

        https://www.zoho.com/crm/developer/docs/api/v8/field-meta.html
        """
        if module not in self._fields:
            rows = await self._list(f"settings/fields?module={quote(module)}", "fields")
            self._fields[module] = fields_of(rows)
        return self._fields[module]

    async def field_types(self, module: str) -> dict[str, str]:
        """Field api_name → data_type, from the same answer."""
        return {name: field.type for name, field in (await self.fields(module)).items()}

    async def modules(self) -> tuple[str, ...]:
        """The api_names of the org's modules. https://www.zoho.com/crm/developer/docs/api/v8/modules-api.html"""
        rows = await self._list("settings/modules", "modules")
        return tuple(filter(None, (api_name(row.get("api_name")) for row in rows)))

    async def statuses(self) -> tuple[str, ...]:
        """The statuses of campaign members, as Zoho's own pages ask for them; empty where the org does not tell.

        No documentation has this call, so a refusal of it says nothing.
        """
        try:
            answer = await self._wire.send(Call("GET", "Campaigns/status", version="v2"))
        except (RequestRefused, CrmUnreachable):
            return ()
        return texts_of(answer.data.get("campaign_status")) if isinstance(answer.data, dict) else ()

    async def roles(self) -> Mapping[str, str]:
        """The roles that contacts may have in deals, by name, with their ids; none where the org does not tell.

        Asked once. https://www.zoho.com/crm/developer/docs/api/v8/get-contact-roles.html
        """
        if self._roles is None:
            try:
                rows = await self._list("Contacts/roles", "contact_roles")
            except RequestRefused:
                rows = []
            self._roles = {each: str(row.get("id")) for row in rows for each in texts_of([row])}
        return self._roles

    async def _list(self, path: str, key: str) -> list[dict[str, Any]]:
        call = Call("GET", path)
        return rows_of_answer(call, await self._wire.send(call), key)


def rows_of_answer(call: Call, answer: Answer, key: str) -> list[dict[str, Any]]:
    """The list in an answer, empty for a 204. Raises `CrmUnreachable` for an answer without one, which is not an empty list.

    Read as empty, it would make a plan that adds everybody again.
    """
    if answer.status == 204:
        return []
    rows = answer.data.get(key) if isinstance(answer.data, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise CrmUnreachable(f"{call}: the answer holds no {key} (status {answer.status})", help=NOT_ZOHO)
    return rows
