"""Servers that never end, and answers that never fit: each attempt ends, within its limits."""

import asyncio
import gzip
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any

import httpx
import pytest
import respx

from tests.crm.conftest import API, Door
from zsync.bounds import ANSWER, ATTEMPT, WIRE
from zsync.crm import Crm
from zsync.crm.receiving import Received, Unusable, receive
from zsync.errors import AnswerLost, CrmUnreachable
from zsync.model.retries import NONSENSE

Serve = Callable[[asyncio.StreamWriter], Awaitable[None]]

BOMB = gzip.compress(bytes(4 * ANSWER.most), 1)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def answered(serve: Serve) -> Received:
    """What comes of one request to a server that answers with raw bytes."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Cancelled when the test is over, which the task itself has to take: the stream's own callback cannot.
        with suppress(ConnectionError, asyncio.CancelledError):
            await reader.readuntil(b"\r\n\r\n")
            await serve(writer)
        writer.close()

    async def ask() -> Received:
        server = await asyncio.start_server(handle, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        # What would hang fails.
        async with asyncio.timeout(150), server, httpx.AsyncHTTPTransport() as transport:
            request = httpx.Request(
                "GET", f"http://127.0.0.1:{port}/", extensions={"timeout": {"read": 600.0}}
            )
            return await receive(transport.handle_async_request, request)

    return asyncio.run(ask())


def sending(*parts: bytes, again: bytes = b"", pause: float = 0.0) -> Serve:
    """A server that sends these, and then `again` for ever."""

    async def serve(writer: asyncio.StreamWriter) -> None:
        for part in parts:
            writer.write(part)
        while again:
            writer.write(again)
            await writer.drain()
            await asyncio.sleep(pause)
        await writer.drain()

    return serve


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """An attempt has a tenth of a second."""
    monkeypatch.setattr("zsync.crm.receiving.ATTEMPT", ATTEMPT._replace(most=0.1))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "serve",
    [
        sending(again=b"HTTP/1.1 100 Continue\r\n\r\n"),
        sending(again=b"HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n", pause=0.01),
        sending(HEAD + b"Content-Length: 1000000\r\n\r\n", again=b" ", pause=0.02),
        sending(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", again=b"1\r\n \r\n", pause=0.02),
        sending(HEAD[:-2], again=b" ", pause=0.02),
        sending(again=b"H", pause=10.0),
    ],
    ids=["100 for ever", "103 for ever", "dripping body", "dripping chunks", "dripping head", "silence"],
)
@pytest.mark.usefixtures("hurried")
def test_a_server_that_keeps_a_call_alive_is_given_up(serve: Serve) -> None:
    with pytest.raises(Unusable, match=r"no whole answer within 0\.1 s"):
        answered(serve)


@pytest.mark.parametrize("framing", [b"\r\n", b"Content-Length: 99999999999\r\n\r\n"])
def test_a_body_that_never_ends_is_given_up(framing: bytes) -> None:
    with pytest.raises(Unusable, match="an answer of more than 16 MiB"):
        answered(sending(HEAD + framing, again=b" " * 2**20))


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "identity"])
@pytest.mark.parametrize("length", [0, 1, 100_000])
def test_an_answer_is_unpacked_whole(encoding: str, length: int) -> None:
    body = bytes(range(256)) * (length // 256) + b"x" * (length % 256)
    packed = {"gzip": gzip.compress(body), "deflate": zlib.compress(body), "identity": body}[encoding]
    got = answered(sending(HEAD + f"Content-Encoding: {encoding}\r\n\r\n".encode() + packed))
    assert (got.status_code, got.content, got.headers["Content-Type"]) == (200, body, "application/json")


class _Pieces(httpx.AsyncByteStream):
    """A body in pieces of one mebibyte."""

    def __init__(self, length: int, packed: bytes | None = None) -> None:
        self.pieces = [b" " * min(2**20, length - at) for at in range(0, length, 2**20)]
        if packed is not None:
            self.pieces = [packed[at : at + 1000] for at in range(0, len(packed), 1000)]

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            yield piece


def received(stream: _Pieces, **headers: str) -> Received:
    """What is read of a body."""

    async def send(_: httpx.Request) -> httpx.Response:
        return httpx.Response(
            200, headers={name.replace("_", "-"): headers[name] for name in headers}, stream=stream
        )

    return asyncio.run(receive(send, httpx.Request("GET", "http://crm/")))


def test_the_largest_answer_is_read_and_a_larger_is_not() -> None:
    assert len(received(_Pieces(WIRE.most)).content) == WIRE.most
    with pytest.raises(Unusable, match="more than 16 MiB"):
        received(_Pieces(WIRE.most + 1))


def test_the_largest_packed_answer_is_read_and_a_larger_is_not() -> None:
    for length, fits in ((ANSWER.most, True), (ANSWER.most + 1, False)):
        stream = _Pieces(0, gzip.compress(bytes(length), 1))
        if fits:
            assert len(received(stream, Content_Encoding="gzip").content) == length
        else:
            with pytest.raises(Unusable, match="more than 32 MiB"):
                received(stream, Content_Encoding="gzip")


@pytest.mark.parametrize("encoding", ["gzip", "deflate", " GZIP "])
def test_a_bomb_is_not_unpacked_beyond_the_limit(encoding: str) -> None:
    packed = zlib.compress(bytes(4 * ANSWER.most), 1) if encoding == "deflate" else BOMB
    stream = _Pieces(len(packed))
    stream.pieces = [packed]
    tracemalloc.start()
    try:
        with pytest.raises(Unusable, match="an answer of more than 32 MiB"):
            received(stream, Content_Encoding=encoding)
        assert tracemalloc.get_traced_memory()[1] < 3 * ANSWER.most
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "compress"])
def test_an_answer_packed_in_another_way_is_not_read(encoding: str) -> None:
    with pytest.raises(Unusable, match="packed in a way that was not asked for"):
        received(_Pieces(10), Content_Encoding=encoding)


def test_an_answer_that_only_claims_to_be_packed_is_not_read() -> None:
    with pytest.raises(Unusable, match="cannot be unpacked"):
        received(_Pieces(10), Content_Encoding="gzip")


async def org(crm: Crm) -> Any:
    """A call that reads."""
    return await crm.org()


async def link(crm: Crm) -> Any:
    """A call that writes."""
    return await crm.link("Campaigns", "5", "Leads", [{"id": "1"}])


@pytest.mark.parametrize("where", ["api", "accounts"])
def test_a_reading_call_gives_up_after_a_few_bombs(door: Door, zoho: respx.MockRouter, where: str) -> None:
    route = zoho["token"] if where == "accounts" else zoho.get(f"{API}/crm/v8/org")
    route.respond(headers={"Content-Encoding": "gzip"}, stream=_Pieces(0, BOMB))
    with pytest.raises(CrmUnreachable, match="an answer of more than 32 MiB"):
        door.run(org)
    assert route.call_count == NONSENSE


def test_a_writing_call_that_gets_a_bomb_has_lost_its_answer(door: Door, zoho: respx.MockRouter) -> None:
    route = zoho.put(f"{API}/crm/v8/Campaigns/5/Leads")
    route.respond(headers={"Content-Encoding": "gzip"}, stream=_Pieces(0, BOMB))
    with pytest.raises(AnswerLost, match="an answer of more than 32 MiB"):
        door.run(link)
    assert route.call_count == 1
