"""Asking one org how Zoho answers: calls whose raw answer is the point, on one campaign's relation to one lead.

https://www.zoho.com/crm/developer/docs/api/v8/update-related-records.html
"""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import quote

from zsync.crm.calls import Call, body
from zsync.crm.reader import Reader
from zsync.crm.wire import Wire
from zsync.errors import AccessDenied, RequestRefused

# Answers end up in a file of the repository, where nothing of a person's may be.
_CODE = re.compile("[A-Z0-9_]{1,60}")
_NOTHING: Mapping[str, Any] = MappingProxyType({})


class Pen(NamedTuple):
    """The one relation that may be written: a campaign's id, the api_name of its list of leads, a lead's id."""

    campaign: str
    related_list: str
    lead: str

    @property
    def path(self) -> str:
        """The list, as the API's path."""
        return f"Campaigns/{self.campaign}/{quote(self.related_list)}"


class Said(NamedTuple):
    """What came back: the status, the rows, and the code and details of an answer that refuses the whole request; else empty."""

    status: int
    rows: tuple[Mapping[str, Any], ...] = ()
    code: str = ""
    details: Mapping[str, Any] = _NOTHING

    @property
    def first(self) -> str:
        """The code of the first row, or of the refusal; `other` for a text that is none of Zoho's codes."""
        code = str(self.rows[0].get("code") or "") if self.rows else self.code
        return code if _CODE.fullmatch(code) else "other"

    @property
    def done(self) -> bool:
        """Whether the first row was carried out."""
        return bool(self.rows) and self.rows[0].get("status") == "success"


class Prober(Reader):
    """A reader that also writes the relation of its pen, and nothing else: its requests can name no other list, and no other lead."""

    def __init__(self, wire: Wire, pen: Pen) -> None:
        super().__init__(wire)
        self.pen = pen

    async def get(self, path: str, *, version: str = "") -> Said:
        """The answer to a read, a refusal included. Raises `AccessDenied` and `CrmUnreachable`."""
        return await self._said(Call("GET", path, version=version))

    async def select(self, text: str) -> Said:
        """The answer to a query, a refusal included. Raises likewise."""
        return await self._said(Call("POST", "coql", body({"select_query": text})))

    async def put(self, *rows: Mapping[str, Any]) -> Said:
        """The answer to a PUT of these rows. An id is the lead's, or the campaign's own, which no lead has, for a row to be refused.

        Raises besides `AnswerLost`, and `ValueError` for a row of any other record.
        """
        if strangers := {str(row.get("id")) for row in rows} - {self.pen.lead, self.pen.campaign}:
            raise ValueError(f"rows of {len(strangers)} records that the probe must not touch")
        return await self._said(Call("PUT", self.pen.path, body({"data": list(rows)})))

    async def delete(self) -> Said:
        """The answer to a DELETE of the relation. Raises likewise."""
        return await self._said(Call("DELETE", f"{self.pen.path}?ids={self.pen.lead}"))

    async def token_refusal(self) -> int | None:
        """The status with which the accounts server refuses a wrong code; None where there is no client to ask it as."""
        return await self._wire.token_refusal()

    async def _said(self, call: Call) -> Said:
        try:
            answer = await self._wire.send(call)
        except AccessDenied:
            raise
        except RequestRefused as refused:
            return Said(refused.status, (), refused.code, refused.details)
        return Said(answer.status, tuple(_rows(answer.data)))


def _rows(data: object) -> Sequence[Mapping[str, Any]]:
    rows = data.get("data") if isinstance(data, dict) else None
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
