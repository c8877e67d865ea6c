"""The bundled CRM as an ASGI application, and the layer that remembers what was asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .errors import decode
from .org import Org
from .routes import not_found, routes, wrong_method

Layer = Callable[[ASGIApp], ASGIApp]


class Seen(NamedTuple):
    """One request as it arrived."""

    method: str
    path: str
    query: dict[str, str]
    body: bytes
    headers: dict[str, str]

    @property
    def json(self) -> object:
        """The body's JSON value; ZohoError when it is none."""
        return decode(self.body)


def create_app(org: Org, layers: Sequence[Layer] = ()) -> ASGIApp:
    """The whole CRM. Each layer wraps it, the last one outermost: a recorder, faults, limits.

    The token endpoint answers with `org.url` as `api_domain`, so set that before the first request.
    """
    crm = Starlette(routes=routes(org), exception_handlers={404: not_found, 405: wrong_method})
    crm.router.redirect_slashes = (
        False  # Zoho does not, and a redirect would turn a PUT's refusal into a puzzle
    )
    app: ASGIApp = crm
    for layer in layers:
        app = layer(app)
    return app


@dataclass(frozen=True)
class Recorder:
    """A layer that keeps every request, in the order in which their bodies were complete."""

    app: ASGIApp
    seen: list[Seen]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        body = await _body(receive)
        query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        self.seen.append(Seen(scope["method"], scope["path"], query, body, headers))
        await self.app(scope, _replay(body, receive), send)


async def _body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


def _replay(body: bytes, receive: Receive) -> Receive:
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return waiting.pop() if waiting else await receive()

    return again
