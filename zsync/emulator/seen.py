"""The requests that the CRM got, and the layer that records them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import parse_qsl

from starlette.types import ASGIApp, Receive, Scope, Send

from .errors import decode
from .wire import body_of


class Seen(NamedTuple):
    """One request as it arrived."""

    method: str
    path: str
    query: dict[str, str]
    body: bytes
    headers: dict[str, str]

    @property
    def json(self) -> object:
        """The body's JSON value. Raises ZohoError if it is not JSON."""
        return decode(self.body)


@dataclass(frozen=True)
class Recorder:
    """A layer that records the last `keep` requests (None: all), in the order in which their bodies were complete."""

    app: ASGIApp
    seen: list[Seen]
    keep: int | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        body, again = await body_of(scope, receive)
        query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        self.seen.append(Seen(scope["method"], scope["path"], query, body, headers))
        if self.keep is not None:
            del self.seen[: -self.keep]
        await self.app(scope, again, send)
