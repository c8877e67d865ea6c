"""The two CRMs, without a socket: the bundled one behind ASGI, and the second one, which shares no code with it."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote

import httpx
import simplejson

from tests.drawn.model import State, filled
from tests.drawn.world import MEMBER_FIELDS, PAIRS, STATUSES, UNDECLARED, Edge, World
from tests.foreign.crm import SECRETS, Foreign, Knobs, Seen
from zsync.emulator import Switches
from zsync.emulator.app import create_app
from zsync.emulator.colleague import state
from zsync.emulator.oauth import new_token
from zsync.emulator.seed import open_org

URL = "http://127.0.0.1"
_TYPES = {"text": "text", "number": "double", "boolean": "boolean"}


class Asked(NamedTuple):
    """A request as it arrived; `path` is unquoted, below the version."""

    method: str
    path: str
    query: dict[str, str]
    body: bytes

    @property
    def rows(self) -> list[str]:
        """The ids that a PUT or DELETE is about."""
        if self.method == "DELETE":
            return self.query["ids"].split(",")
        return [str(row["id"]) for row in json.loads(self.body)["data"]]


class Behind(NamedTuple):
    """A CRM that holds a world: how to reach it, what it was asked, and what it holds."""

    transport: httpx.AsyncBaseTransport
    token: str
    asked: list[Asked]
    state: Callable[[], State]


@contextmanager
def bundled(world: World) -> Iterator[Behind]:
    """The bundled CRM."""
    ways = world.ways
    switches = Switches(
        put_omitted_attr=ways.omitted,
        empty_attr=ways.empty,
        null_attr=ways.null,
        member_status_on_read=ways.shown,
        member_info=ways.info,
        converted_in_coql=ways.converted,
    )
    org = open_org(_seed(world), switches)
    org.url = URL
    asked: list[Asked] = []
    app = httpx.ASGITransport(create_app(org))
    try:
        yield Behind(
            _Listening(app, asked), str(new_token(org)["access_token"]), asked, lambda: _bundled_state(org)
        )
    finally:
        org.store.close()


def _seed(world: World) -> dict[str, Any]:
    relations: dict[str, list[dict[str, Any]]] = {}
    for (pair, one, other), fields in world.current.items():
        relations.setdefault(f"{pair[0]}/{one}/{pair[1]}", []).append({"id": other, **fields})
    return {
        "member_fields": {
            "Member_Status": {"type": "picklist", "values": list(STATUSES)},
            **{name: {"type": _TYPES[kind]} for name, kind in MEMBER_FIELDS.items()},
            UNDECLARED: {},
        },
        "records": {
            module: [
                {"id": one, **record, **({"converted": True} if one in world.converted else {})}
                | ({"Email_Opt_Out": True} if one in world.opted_out else {})
                for one, record in records.items()
            ]
            for module, records in world.records.items()
        },
        "relations": relations,
    }


def _bundled_state(org: Any) -> dict[Edge, Any]:
    pairs = {f"{pair[0]}/{pair[1]}": pair for pair in PAIRS}
    found: dict[Edge, Any] = {}
    for path, rows in state(org)["relations"].items():
        module, one, listed = path.split("/")
        for row in rows:
            other = row.pop("id")
            found[pairs[f"{module}/{listed}"], one, other] = filled(row)
    return found


@contextmanager
def second(world: World) -> Iterator[Behind]:
    """The second CRM."""
    ways, crm, asked = world.ways, Foreign(), list[Asked]()
    crm.url = URL
    crm.knobs = Knobs(
        member_status=ways.shown,
        ids_as_numbers=world.seed % 2 == 0,
        price_as_text=world.seed % 3 == 0,
        converted_in_queries=ways.converted,
        omitted=ways.omitted,
        empty=ways.empty,
        null=ways.null,
        member_info=ways.info,
        repeats=ways.repeats,
    )
    for module, records in world.records.items():
        crm.records[module] = {
            one: {
                **record,
                **({"Converted__s": one in world.converted} if module == "Leads" else {}),
                **({"Email_Opt_Out": one in world.opted_out} if module in ("Leads", "Contacts") else {}),
            }
            for one, record in records.items()
        }
    for (pair, one, other), fields in world.current.items():
        crm.link(pair[0], one, pair[1], other, **fields)

    def answer(request: httpx.Request) -> httpx.Response:
        seen = Seen(
            request.method,
            request.url.raw_path.decode().partition("?")[0],
            dict(parse_qsl(request.url.query.decode(), keep_blank_values=True)),
            request.content,
            {"Authorization": request.headers["Authorization"]},
        )
        status, body, _ = crm.answer(seen)
        return httpx.Response(
            status, content=b"" if body is None else simplejson.dumps(body, use_decimal=True).encode()
        )

    def held() -> dict[Edge, Any]:
        return {
            (pair, *ends): filled(fields)
            for pair, links in crm.links.items()
            for ends, fields in links.items()
        }

    yield Behind(_Listening(httpx.MockTransport(answer), asked), SECRETS[3], asked, held)


class _Listening(httpx.AsyncBaseTransport):
    """Notes each request, and hands it on."""

    def __init__(self, inner: httpx.AsyncBaseTransport, asked: list[Asked]) -> None:
        self._inner, self._asked = inner, asked

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        path = unquote(request.url.raw_path.decode().partition("?")[0]).removeprefix("/crm/v8/")
        query = dict(parse_qsl(request.url.query.decode()))
        self._asked.append(Asked(request.method, path, query, await request.aread()))
        return await self._inner.handle_async_request(request)
