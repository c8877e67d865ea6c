"""The parts of every layer around the CRM: reading a request's body, holding back an answer, cutting a connection."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .errors import Answer

JSON = b"application/json;charset=UTF-8"
_BODY = "emulator.body"
_TRANSPORT = "emulator.transport"


@dataclass(frozen=True)
class Reply:
    """An HTTP answer."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes = b""

    @property
    def start(self) -> Message:
        """Its first ASGI message."""
        return {"type": "http.response.start", "status": self.status, "headers": list(self.headers)}

    def with_body(self, body: bytes) -> Reply:
        """The same answer with another body, and its length."""
        return Reply(self.status, _sized(self.headers, body), body)

    def with_type(self, media_type: str) -> Reply:
        """The same answer with another content type."""
        kept = tuple(header for header in self.headers if header[0] != b"content-type")
        return Reply(self.status, (*kept, (b"content-type", media_type.encode("latin-1"))), self.body)

    async def __call__(self, send: Send) -> None:
        """Sends it whole."""
        await send(self.start)
        await send({"type": "http.response.body", "body": self.body})


def reply_of(answer: Answer, headers: dict[str, str] | None = None) -> Reply:
    """The CRM's answer as bytes."""
    more = tuple(
        (name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in (headers or {}).items()
    )
    if answer.body is None:
        return Reply(answer.status, more)
    body = answer.body.encode()
    return Reply(answer.status, _sized((*more, (b"content-type", JSON)), body), body)


def _sized(headers: tuple[tuple[bytes, bytes], ...], body: bytes) -> tuple[tuple[bytes, bytes], ...]:
    kept = tuple(header for header in headers if header[0] != b"content-length")
    return (*kept, (b"content-length", str(len(body)).encode()))


async def body_of(scope: Scope, receive: Receive) -> tuple[bytes, Receive]:
    """The request's whole body, and a `receive` from which the next layer can read it again."""
    # A connection gives its body once; several layers ask for it.
    if _BODY not in scope:
        parts: list[bytes] = []
        more = True
        while more:
            message = await receive()
            parts.append(message.get("body", b""))
            more = message.get("more_body", False)
        scope[_BODY] = b"".join(parts)
    waiting: list[Message] = [{"type": "http.request", "body": scope[_BODY], "more_body": False}]

    async def again() -> Message:
        return waiting.pop() if waiting else await receive()

    return scope[_BODY], again


async def answer_of(app: ASGIApp, scope: Scope, receive: Receive) -> Reply:
    """The app's answer, held back from the client."""
    kept: list[Message] = []

    async def keep(message: Message) -> None:
        kept.append(message)

    await app(scope, receive, keep)
    start, *rest = kept
    return Reply(start["status"], tuple(start["headers"]), b"".join(part.get("body", b"") for part in rest))


def note_transport(scope: Scope, send: Send) -> None:
    """Keeps the connection for `hang_up`; for the outermost layer, which gets uvicorn's own `send`.

    ASGI has no message that cuts a connection.
    """
    scope[_TRANSPORT] = getattr(getattr(send, "__self__", None), "transport", None)


async def hang_up(scope: Scope, receive: Receive, *, politely: bool = False) -> None:
    """Closes the connection; `politely` means after everything sent has left.

    Without a socket, as behind a test's transport, it raises ConnectionResetError: a client sees the same.
    """
    transport = scope.get(_TRANSPORT)
    if not isinstance(transport, asyncio.Transport):
        raise ConnectionResetError("the bundled CRM hung up")
    if politely:
        transport.close()
    else:
        transport.abort()
    while (await receive())["type"] != "http.disconnect":
        pass
