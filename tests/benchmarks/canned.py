"""A CRM that answers from memory: every answer is ready before the first request, so that the client is what is measured."""

import asyncio
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

from tests.benchmarks import world

_FIXED = {
    "/oauth/v2/token": {"access_token": "1000.bench", "token_type": "Bearer", "expires_in": 3600},
    "/org": {
        "org": [{"id": "3652397000000000999", "zgid": "10234695", "company_name": "Acme", "type": "sandbox"}]
    },
    "/settings/fields": {
        "fields": [
            {"api_name": name, "data_type": kind} for name, kind in (("id", "bigint"), ("Email", "email"))
        ]
    },
}


def _related_lists(module: str, name: str) -> dict[str, object]:
    entry = {
        "api_name": name,
        "name": name,
        "module": {"api_name": name},
        "type": "default",
        "status": "visible",
    }
    return {
        "related_lists": [{**entry, "id": "3652397000000002726", "href": f"{module}/{{ENTITYID}}/{name}"}]
    }


class Canned:
    """The answers, and how many were asked for."""

    def __init__(self, rows: int) -> None:
        self.calls = 0
        self.unknown: set[str] = set()
        self._pages = {
            (world.campaign_id(campaign), f"page-{number}"): world.dump(page).encode()
            for campaign in range(world.CAMPAIGNS)
            for number, page in enumerate(world.pages(campaign, rows), start=1)
        }
        self._records = {
            world.email(lead): world.dump({"Email": world.email(lead), "id": world.lead_id(lead)})
            for lead in range(rows)
        }
        ids = (world.campaign_id(campaign) for campaign in range(world.CAMPAIGNS))
        self._records |= {each: world.dump({"id": each}) for each in ids}
        self._counts = {
            world.campaign_id(campaign): json.dumps(
                {"get_related_records_count": [[{"count": len(world.leads_of(campaign, rows))}]]}
            ).encode()
            for campaign in range(world.CAMPAIGNS)
        }
        self._fixed = {path: json.dumps(answer).encode() for path, answer in _FIXED.items()}
        self._lists = {
            module: json.dumps(_related_lists(module, name)).encode()
            for module, name in (("Campaigns", "Leads"), ("Leads", "Campaigns"))
        }

    def answer(self, target: str, body: bytes) -> bytes | None:
        """The JSON for one request; None where there is none."""
        self.calls += 1
        url = urlsplit(target)
        path, query = re.sub(r"^/crm/v\d+", "", url.path), parse_qs(url.query)
        if path.startswith("/Campaigns/") and path.endswith("/Leads"):
            found = self._pages.get((path.split("/")[2], query.get("page_token", ["page-1"])[0]))
        elif path.endswith("/actions/get_related_records_count"):
            found = self._counts.get(path.split("/")[2])
        elif path == "/coql":
            found = self._look_up(body)
        elif path == "/settings/related_lists":
            found = self._lists.get(query.get("module", [""])[0])
        else:
            found = self._fixed.get(path)
        if found is None:
            self.unknown.add(target)
        return found

    def _look_up(self, body: bytes) -> bytes:
        asked = re.findall(r"'([^']*)'", json.loads(body)["select_query"])
        rows = [self._records[each] for each in asked if each in self._records]
        return f'{{"data":[{",".join(rows)}],"info":{{"count":{len(rows)},"more_records":false}}}}'.encode()


class _Connection(asyncio.Protocol):
    """Just enough HTTP/1.1 to keep a connection open and answer in order."""

    def __init__(self, canned: Canned) -> None:
        self._canned = canned
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        while b"\r\n\r\n" in self._received:
            head, _, rest = self._received.partition(b"\r\n\r\n")
            length = re.search(rb"(?i)content-length: *(\d+)", head)
            size = int(length[1]) if length else 0
            if len(rest) < size:
                return
            self._received = rest[size:]
            self._send(self._canned.answer(head.split(b" ", 2)[1].decode(), rest[:size]))

    def _send(self, answer: bytes | None) -> None:
        body = (
            b'{"code":"INVALID_URL_PATTERN","details":{},"message":"","status":"error"}'
            if answer is None
            else answer
        )
        status = b"404 Not Found" if answer is None else b"200 OK"
        self._transport.write(
            b"HTTP/1.1 %b\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b"
            % (status, len(body), body)
        )


@contextmanager
def serving(canned: Canned) -> Iterator[str]:
    """The address at which `canned` answers, in a thread, for as long as the block lasts."""
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(loop.create_server(lambda: _Connection(canned), "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
