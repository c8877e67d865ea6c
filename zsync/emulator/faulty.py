"""The layer that carries out a script of faults."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl

from starlette.types import ASGIApp, Receive, Scope, Send

from . import colleague, oauth
from .errors import ZohoError, decode, encode
from .faults import Fault, Request
from .org import Org
from .switches import switched
from .wire import Reply, answer_of, body_of, hang_up

_LOG = logging.getLogger("zsync.emulator")
_CRM = re.compile(r"/crm/v[0-9.]+")
_IDS = re.compile(rb'"id":\s*"(\d+)"')
_HTML = b"<html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>"
_PIECES = 10


@dataclass(frozen=True)
class Faulty:
    """Passes requests on to the CRM, except those that a fault of `org.script` takes."""

    app: ASGIApp
    org: Org

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        script = self.org.script
        if scope["type"] != "http" or not script:
            await self.app(scope, receive, send)
            return
        body, again = await body_of(scope, receive)
        query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
        path = _CRM.sub("", scope["path"], count=1)
        fault = script.take(Request(scope["method"], path, query, body))
        if fault is None and not script.remembers:
            await self.app(scope, again, send)
            return
        fault = fault or Fault.none()
        await self._prepare(fault, scope, path)
        # Held back whole: only then can rows be dropped, or the connection be cut after the change was made.
        reply = await answer_of(self.app, scope, again) if fault.commit else None
        reply = self._remembered(fault, scope, reply)
        if fault.reset:
            await hang_up(scope, again)
            return
        await _send(fault, changed(fault, reply), scope, again, send)

    async def _prepare(self, fault: Fault, scope: Scope, path: str) -> None:
        """Everything that happens before the CRM sees the request."""
        org = self.org
        if fault.delay_ms:
            await asyncio.sleep(fault.delay_ms / 1000)
        if fault.expire_tokens:
            oauth.revoke_all(org)
        for edit in fault.edits:
            # An edit may come too late, as when a second request takes the fault: the request itself must go on.
            try:
                colleague.carry_out(org, edit)
            except ValueError as error:
                _LOG.warning("fault: %s", error)
        if fault.turn:
            org.switches = switched(org.switches, fault.turn)
        hidden = "/".join(path.split("/")[1:4:2])
        switches = switched(org.switches, fault.switches)
        if fault.hidden:
            switches = replace(switches, hidden_lists=switches.hidden_lists | {hidden})
        refusals = (fault.refuse,) if fault.refuse else ()
        # A copy for this request alone: others are answered meanwhile, and by the switches that they find.
        scope["emulator.org"] = replace(org, switches=switches, row_refusals=refusals)

    def _remembered(self, fault: Fault, scope: Scope, reply: Reply | None) -> Reply | None:
        """The answer to send: for a fault that is `stale`, the one that the same GET got before."""
        last = self.org.script.last
        asked = (scope["path"], scope["query_string"].decode("latin-1"))
        if scope["method"] != "GET" or reply is None:
            return reply
        if fault.stale and asked in last:
            return last[asked]
        if self.org.script.remembers:
            last[asked] = reply
        return reply


def changed(fault: Fault, reply: Reply | None) -> Reply:
    """The answer as the fault changes it. `reply` is the CRM's; None if the CRM was not asked."""
    if fault.instead is not None:
        return fault.instead
    reply = reply or Reply(200, ())
    if fault.garbage == "html":
        return Reply(200, ((b"content-type", b"text/html"),)).with_body(_HTML)
    if fault.garbage == "empty":
        return Reply(200, ((b"content-type", b"application/json;charset=UTF-8"),)).with_body(b"")
    if fault.garbage == "truncated":
        return reply.with_body(reply.body[: len(reply.body) // 2])
    if fault.garbage == "type":
        return reply.with_type("text/html;charset=UTF-8")
    if fault.drop or fault.reverse:
        reply = _with_rows(fault, reply)
    return reply.with_body(_IDS.sub(rb'"id":\1', reply.body)) if fault.number_ids else reply


def _with_rows(fault: Fault, reply: Reply) -> Reply:
    try:
        sent: dict[str, Any] = decode(reply.body)
        rows: Iterable[Any] = sent["data"]
    except (ZohoError, KeyError, TypeError):
        return reply
    kept = [row for at, row in enumerate(rows) if at not in fault.drop]
    sent["data"] = kept[::-1] if fault.reverse else kept
    if "info" in sent:
        sent["info"]["count"] = len(kept)
    return reply.with_body(encode(sent).encode())


async def _send(fault: Fault, reply: Reply, scope: Scope, receive: Receive, send: Send) -> None:
    if not fault.slow_ms and not fault.cut:
        await reply(send)
        return
    await send(reply.start)
    body = reply.body[: len(reply.body) // 2] if fault.cut else reply.body
    size = max(1, -(-len(body) // _PIECES)) if fault.slow_ms else max(1, len(body))
    for start in range(0, len(body), size):
        await asyncio.sleep(fault.slow_ms / 1000 / _PIECES)
        await send({"type": "http.response.body", "body": body[start : start + size], "more_body": True})
    if fault.cut:
        await hang_up(scope, receive, politely=True)
    else:
        await send({"type": "http.response.body", "body": b""})
