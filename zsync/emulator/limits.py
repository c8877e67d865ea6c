"""Zoho's limits on simultaneous calls, and the latency of answers. (Credits are charged in `routes`, by each call's cost.)

https://www.zoho.com/crm/developer/docs/api/v8/api-limits.html
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .errors import ZohoError, decode
from .org import Org
from .switches import Switches
from .wire import body_of, reply_of

CREDITS_GONE = "too many requests. please try again after some time"
# Zoho counts writes of more than 10 records as heavy; whether PUT of related records is one of them is not documented.
_BIG_PUT = 10
_OTHER = "other"


@dataclass(frozen=True)
class Limits:
    """The layer that counts calls, and refuses those beyond the limits before anything looks at them."""

    app: ASGIApp
    org: Org

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        status = 0

        async def watched(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self._admit(scope, receive, watched)
        finally:
            self.org.meters.answered(scope["method"], scope.get("emulator.route", _OTHER), status)

    async def _admit(self, scope: Scope, receive: Receive, send: Send) -> None:
        org, meters = self.org, self.org.meters
        body, again = await body_of(scope, receive)
        heavy = is_heavy(scope, body, org.switches)
        # The token endpoint is on another host of Zoho's, and outside of the CRM's limits.
        counted = scope["path"].startswith("/crm/")
        if counted and _full(org, heavy):
            await reply_of(too_many(org.switches).answer(), retry_after(org.switches, 429))(send)
            return
        meters.enter(counted, heavy)
        try:
            if org.switches.latency_ms:
                await asyncio.sleep(org.switches.latency_ms / 1000)
            await self.app(scope, again, send)
        finally:
            meters.leave(counted, heavy)


def is_heavy(scope: Scope, body: bytes, switches: Switches) -> bool:
    """Whether a call counts against the ten heavy ones: COQL, a read of a module with `sort_by` or `cvid`, a big PUT."""
    parts = scope["path"].split("/")[3:]
    if scope["method"] == "POST":
        return bool(parts == ["coql"])
    if scope["method"] == "GET":
        asked = scope["query_string"]
        return len(parts) == 1 and (b"sort_by=" in asked or b"cvid=" in asked)
    if scope["method"] != "PUT" or not switches.big_put_is_heavy:
        return False
    try:
        return bool(len(decode(body)["data"]) > _BIG_PUT)
    except (ZohoError, LookupError, TypeError):
        return False


def too_many(switches: Switches, message: str = "") -> ZohoError:
    """The refusal of a call beyond a limit. The code is the same for every limit, as Zoho's is."""
    return ZohoError(switches.too_many_code, message=message)


def retry_after(switches: Switches, status: int) -> dict[str, str]:
    """The header `Retry-After`, for a status that may carry it."""
    return {"Retry-After": "1"} if switches.retry_after_header and status in (429, 503) else {}


def _full(org: Org, heavy: bool) -> bool:
    switches, meters = org.switches, org.meters
    if 0 < switches.concurrent_calls <= meters.inside:
        return True
    return heavy and 0 < switches.heavy_calls <= meters.heavy
