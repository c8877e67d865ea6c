"""One request and its answer, within limits of time and size, whatever the other side sends.

A read timeout alone bounds little: a byte every half second, or one `100 Continue` after the other, keeps a call alive for
ever, and a few kilobytes of gzip can stand for gigabytes. So a whole attempt has a deadline, and bodies are unpacked
piece by piece.
"""

import asyncio
import zlib
from collections.abc import Awaitable, Callable
from typing import NamedTuple

import httpx

from zsync.bounds import ANSWER, ATTEMPT, WIRE
from zsync.files.reading import size

_PACKED = frozenset({"gzip", "x-gzip", "deflate"})
_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS


class Unusable(httpx.HTTPError):
    """No answer in time, or one that is too large or cannot be unpacked; the text says which, fit for a message."""


def cause(error: httpx.HTTPError) -> str:
    """What to say of a failed attempt: httpx's own words may hold addresses, so of those the class alone."""
    return str(error) if isinstance(error, Unusable) else type(error).__name__


class Received(NamedTuple):
    """An answer that came whole; its content is unpacked."""

    status_code: int
    headers: httpx.Headers
    content: bytes


async def receive(
    send: Callable[[httpx.Request], Awaitable[httpx.Response]], request: httpx.Request
) -> Received:
    """Send a request and read its answer to the end. `send` gives a response whose body was not read yet.

    Raises `Unusable` for an answer beyond a limit, and what httpx raises where none comes.
    """
    try:
        async with asyncio.timeout(ATTEMPT.most):
            response = await send(request)
            try:
                return await _read(response)
            finally:
                await response.aclose()
    except TimeoutError:
        raise Unusable(f"no whole answer within {ATTEMPT.most} s") from None


async def _read(response: httpx.Response) -> Received:
    body = _Body(response.headers.get("Content-Encoding", ""))
    # Not `aiter_bytes`: that unpacks each piece whole, however large it becomes.
    assert isinstance(response.stream, httpx.AsyncByteStream)  # noqa: S101  the client is an asynchronous one
    async for piece in response.stream:
        body.take(piece)
    return Received(response.status_code, response.headers, b"".join(body.pieces))


class _Body:
    """The pieces of a body, unpacked."""

    def __init__(self, encoding: str) -> None:
        self.pieces: list[bytes] = []
        self._sent = self._size = 0
        encoding = encoding.strip().lower()
        if encoding not in ("", "identity", *_PACKED):
            raise Unusable("an answer that is packed in a way that was not asked for")
        self._unpacker = zlib.decompressobj(_GZIP_OR_ZLIB) if encoding in _PACKED else None

    def take(self, piece: bytes) -> None:
        """Unpack and keep a piece. Raises `Unusable` where the whole goes beyond a limit."""
        self._sent += len(piece)
        if self._sent > WIRE.most:
            raise Unusable(f"an answer of more than {size(WIRE.most)}")
        if self._unpacker is not None:
            try:
                piece = self._unpacker.decompress(piece, ANSWER.most - self._size + 1)
            except zlib.error:
                raise Unusable("an answer that cannot be unpacked") from None
        self._size += len(piece)
        if self._size > ANSWER.most:
            raise Unusable(f"an answer of more than {size(ANSWER.most)}")
        self.pieces.append(piece)
