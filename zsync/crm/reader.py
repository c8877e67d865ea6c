"""Reading the CRM: org, metadata, records by query, and related lists page by page. Nothing here can write."""

import re
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing
from typing import Any, NamedTuple
from urllib.parse import quote

from zsync.bounds import PAGE_TOKEN, PAGES
from zsync.crm.answers import refusal
from zsync.crm.calls import Answer, Call, Traffic, body
from zsync.crm.describing import NOT_ZOHO, Describing, rows_of_answer
from zsync.crm.portions import Portions
from zsync.crm.query import Query
from zsync.crm.wire import Wire
from zsync.errors import CrmUnreachable, RequestRefused
from zsync.model.metadata import RelatedList

PER_PAGE = 200
"""Rows per page, the most that Zoho allows. https://www.zoho.com/crm/developer/docs/api/v8/get-related-records.html"""

_CONVERTED = "&converted=both"
_TOO_LONG = f"the list goes on after {PAGES.most * PER_PAGE:,} records"
_ID = re.compile("[0-9]{1,20}")
_COUNT = re.compile("[0-9]{1,18}")


class Org(NamedTuple):
    """The organisation behind the token. `type` is production, sandbox, developer or bigin; empty if Zoho does not say."""

    id: str
    type: str
    name: str


class Page(NamedTuple):
    """Rows as the CRM sent them, ids as text; `more` if others follow."""

    rows: list[dict[str, Any]]
    more: bool


class Reader(Describing):
    """The CRM for planning: it only reads."""

    def __init__(self, wire: Wire) -> None:
        super().__init__(wire)
        self.portions = Portions()
        """How many values a query may have."""

    @property
    def version(self) -> str:
        """The version of the API: v8 or v7."""
        return self._wire.version

    @property
    def traffic(self) -> Traffic:
        """The calls so far."""
        return self._wire.traffic

    def expect_reads(self, count: int) -> None:
        """Raises `GuardRefused` if so many more reads would exceed `--max-reads`."""
        self._wire.expect_reads(count)

    async def api_domain(self) -> str:
        """The API's address."""
        return await self._wire.api_domain()

    async def scopes(self) -> frozenset[str]:
        """The scopes of the token; empty if Zoho does not say."""
        return await self._wire.scopes()

    @property
    def credits_left(self) -> int | None:
        """The credits that are left, as Zoho tells once half of them are used; None until then."""
        return self._wire.credits.left

    @property
    def server_date(self) -> str:
        """The `Date` header of the last answer; empty before the first."""
        return self._wire.date

    async def org(self) -> Org:
        """The org of the token. https://www.zoho.com/crm/developer/docs/api/v8/get-org-data.html"""
        rows = await self._list("org", "org")
        if not rows:
            raise CrmUnreachable("GET /org: the answer names no org", help="Check ZSYNC_API_DOMAIN.")
        org = rows[0]
        return Org(
            str(org.get("zgid") or org.get("id") or ""),
            # Zoho's specification writes `Sandbox`, its documentation `sandbox`.
            str(org.get("type") or "").lower(),
            str(org.get("company_name") or ""),
        )

    async def query(self, query: Query) -> Page:
        """The rows of a query. https://www.zoho.com/crm/developer/docs/api/v8/Get-Records-through-COQL-Query.html"""
        call = Call("POST", "coql", body({"select_query": str(query)}))
        return _page(call, await self._wire.send(call))

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
        """The pages of a related list, each record once, though rows move between pages while they are read.

        Records in `seen` are left out, and all others are added to it. Zoho hides converted leads unless `converted` asks for
        them. Raises `CrmUnreachable` if a page brings nothing new and others are said to follow, and `RequestRefused`
        (`PAGINATION_LIMIT_EXCEEDED`) after the last page that Zoho lists.

        https://www.zoho.com/crm/developer/docs/api/v8/get-related-records.html
        """
        base = f"{module}/{record_id}/{quote(related_list)}?fields={_join(fields)}&per_page={PER_PAGE}"
        async with aclosing(self._pages(base + (_CONVERTED if converted else ""), seen)) as pages:
            async for page in pages:
                yield page

    async def converted_leads(
        self, fields: Iterable[str], ids: Sequence[str] = ()
    ) -> AsyncGenerator[Page, None]:
        """The pages of all leads that were converted, or of those among at most 50 `ids`. Raises like `pages`.

        https://www.zoho.com/crm/developer/docs/api/v8/get-records.html
        """
        base = f"Leads?fields={_join(fields)}&per_page={PER_PAGE}&converted=true"
        async with aclosing(self._pages(base + (f"&ids={','.join(ids)}" if ids else ""), set())) as pages:
            async for page in pages:
                yield page

    async def records(self, module: str, fields: Iterable[str], ids: Sequence[str]) -> list[dict[str, Any]]:
        """Those of at most 50 records of a module that the user may see, converted leads among them.

        Of fields that the user may not see, nothing is in a row. https://www.zoho.com/crm/developer/docs/api/v8/get-records.html
        """
        path = f"{module}?fields={_join(fields)}&ids={','.join(ids)}&per_page={PER_PAGE}"
        call = Call("GET", path + (_CONVERTED if module == "Leads" else ""))
        return _page(call, await self._wire.send(call)).rows

    async def _pages(self, base: str, seen: set[str]) -> AsyncGenerator[Page, None]:
        # In a second reading all rows are known: those that it meets are kept apart, to tell progress from a circle.
        path, asked, met = base, {""}, set[str]() if seen else seen
        while True:
            call = Call("GET", path)
            answer = await self._wire.send(call)
            page = _page(call, answer)
            rows = {row["id"]: row for row in page.rows}
            stale = rows.keys() <= met
            fresh = [row for record_id, row in rows.items() if record_id not in seen]
            met.update(rows)
            seen.update(rows)
            yield Page(fresh, page.more)
            if not page.more:
                return
            asked.add(path)
            token = _page_token(call, answer)
            path = f"{base}&page_token={token}" if token else f"{base}&page={len(asked)}"
            _check_progress(call, stale=stale, circle=path in asked, pages=len(asked) - 1)

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
        """The rows of those of at most 100 related records that are in the list now."""
        path = f"{module}/{record_id}/{quote(related_list)}?fields={_join(fields)}&ids={','.join(ids)}&per_page={PER_PAGE}"
        path += _CONVERTED if converted else ""
        call = Call("GET", path)
        return _page(call, await self._wire.send(call)).rows

    async def count(self, module: str, record_id: str, listed: RelatedList) -> int | None:
        """How many records a related list has; None if the CRM does not say, as under v7, which has no such call.

        https://www.zoho.com/crm/developer/docs/api/v8/get-related-records-count.html
        """
        if self.version == "v7":
            return None
        asked = {"get_related_records_count": [{"related_list": {"api_name": listed.name, "id": listed.id}}]}
        call = Call("POST", f"{module}/{record_id}/actions/get_related_records_count", body(asked))
        try:
            data = (await self._wire.send(call)).data
            # In Zoho's specification it is a list within a list.
            found = data["get_related_records_count"][0]
            count = str((found[0] if isinstance(found, list) else found)["count"])
        except (RequestRefused, CrmUnreachable, LookupError, TypeError):
            return None
        return int(count) if _COUNT.fullmatch(count) else None


def _join(fields: Iterable[str]) -> str:
    return ",".join(quote(field, safe="") for field in fields)


def _page_token(call: Call, answer: Answer) -> str:
    """The token of the next page, quoted for an address; empty if the answer has none."""
    info = answer.data.get("info")
    token = (info.get("next_page_token") if isinstance(info, dict) else None) or ""
    usable = isinstance(token, str) and token.isascii() and token.isprintable()
    if not usable or len(token) > PAGE_TOKEN.most:
        raise CrmUnreachable(f"{call}: the answer has no usable page token", help=NOT_ZOHO)
    return quote(token, safe="")


def _check_progress(call: Call, *, stale: bool, circle: bool, pages: int) -> None:
    """Raises `CrmUnreachable` or `RequestRefused` if reading on might never end."""
    if circle:
        raise CrmUnreachable(f"{call}: the pages of the list go round in a circle", help=NOT_ZOHO)
    if stale:
        raise CrmUnreachable(f"{call}: a page holds no other rows than those before", help=NOT_ZOHO)
    if pages >= PAGES.most:
        raise refusal(call, 400, {"code": "PAGINATION_LIMIT_EXCEEDED", "message": _TOO_LONG})


def _page(call: Call, answer: Answer) -> Page:
    """The rows of an answer, ids as text. If a full page does not tell whether others follow, they are asked for."""
    rows = rows_of_answer(call, answer, "data")
    for row in rows:
        # Ids become part of the addresses of later requests.
        record_id = str(row.get("id"))
        if not _ID.fullmatch(record_id):
            raise CrmUnreachable(f"{call}: the answer has a row without a usable id", help=NOT_ZOHO)
        row["id"] = record_id
    info = answer.data.get("info") if isinstance(answer.data, dict) else {}
    more = info.get("more_records") if isinstance(info, dict) else len(rows) >= PER_PAGE
    return Page(rows, more=bool(more))
