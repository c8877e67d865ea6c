"""One request and its answer, within limits of time and size, whatever the server sends.

A read timeout is not enough: one byte every half second, or one `100 Continue` after another, keeps a call alive for ever,
and a few kilobytes of gzip can unpack to gigabytes. So each attempt as a whole has a deadline, and bodies are unpacked
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
# 32 lets zlib detect which of the two it gets.
_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS


class Unusable(httpx.HTTPError):
    """No answer in time, or one that is too large or cannot be unpacked. Its text says which, and can be shown."""


def cause(error: httpx.HTTPError) -> str:
    """The cause of a failed attempt for messages. Of httpx's exceptions only the class: their text may hold addresses."""
    return str(error) if isinstance(error, Unusable) else type(error).__name__


class Received(NamedTuple):
    """A complete answer, its content unpacked."""

    status_code: int
    headers: httpx.Headers
    content: bytes


async def receive(
    send: Callable[[httpx.Request], Awaitable[httpx.Response]], request: httpx.Request
) -> Received:
    """Send a request and read its answer to the end. `send` returns a response whose body is still unread.

    Raises `Unusable` for an answer beyond a limit, and whatever httpx raises if none comes.
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
    # Not `aiter_bytes`, which unpacks each piece at once, however large it becomes.
    assert isinstance(response.stream, httpx.AsyncByteStream)  # noqa: S101  the client is an asynchronous one
    async for piece in response.stream:
        body.take(piece)
    return Received(response.status_code, response.headers, b"".join(body.pieces))


class _Body:
    """A body, unpacked as it arrives."""

    def __init__(self, encoding: str) -> None:
        self.pieces: list[bytes] = []
        self._sent = self._size = 0
        encoding = encoding.strip().lower()
        if encoding not in ("", "identity", *_PACKED):
            raise Unusable("an answer that is packed in a way that was not asked for")
        self._unpacker = zlib.decompressobj(_GZIP_OR_ZLIB) if encoding in _PACKED else None

    def take(self, piece: bytes) -> None:
        """Unpack a piece and keep it. Raises `Unusable` if the body exceeds a limit."""
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
