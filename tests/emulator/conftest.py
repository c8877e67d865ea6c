"""The bundled CRM without a socket: the same application behind httpx's ASGI transport."""

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from zsync.emulator import Switches
from zsync.emulator.app import create_app
from zsync.emulator.oauth import new_token
from zsync.emulator.org import Clock, Org, now
from zsync.emulator.seed import open_org

Call = Callable[..., httpx.Response]

WORLD: dict[str, Any] = {
    "records": {
        "Campaigns": [
            {"id": "500", "Campaign_Name": 'Spring, "Early Birds"'},
            {"id": "501", "Campaign_Name": "Autumn"},
        ],
        "Leads": [
            {"id": "301", "Last_Name": "O'Neill", "Email": "ana@acme.example", "Annual_Revenue": 1000},
            {"id": "302", "Last_Name": "Bo\\slash", "Email": "bo@acme.example", "Annual_Revenue": 20.5},
            {"id": "303", "Last_Name": "Ødegård", "Email": "Cy@acme.example"},
            {"id": "309", "Last_Name": "Won", "Email": "won@acme.example", "converted": True},
        ],
        "Contacts": [{"id": "401", "Last_Name": "Duarte", "Email": "ines@acme.example"}],
        "Accounts": [{"id": "451", "Account_Name": "Orchard"}],
        "Deals": [{"id": "471", "Deal_Name": "Forty kits"}],
        "Products": [{"id": "601", "Product_Name": "Kit", "Product_Code": "KIT-01"}],
        "Price_Books": [{"id": "701", "Price_Book_Name": "Wholesale"}],
        "Appointments__s": [{"id": "801", "Appointment_Name": "Onboarding"}],
        "Services__s": [{"id": "851", "Service_Name": "Installation"}],
    },
    "relations": {"Campaigns/500/Leads": [{"id": "301", "Member_Status": "Sent"}, {"id": "309"}]},
}


def _open(world: Mapping[str, Any], switches: Switches, clock: Clock) -> tuple[Org, Call]:
    org = open_org(world, switches, clock=clock)
    org.url = "http://crm"
    app = create_app(org)
    token = str(new_token(org)["access_token"])

    async def send(
        method: str, path: str, body: Any, headers: dict[str, str], query: dict[str, Any]
    ) -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://crm") as client:
            sent = body if isinstance(body, bytes | None) else json.dumps(body).encode()
            return await client.request(method, path, content=sent, headers=headers, params=query or None)

    def call(
        method: str, path: str, body: Any = None, *, version: str = "v8", auth: str | None = "", **query: Any
    ) -> httpx.Response:
        headers = {} if auth is None else {"Authorization": auth or f"Zoho-oauthtoken {token}"}
        return asyncio.run(send(method, f"/crm/{version}{path}", body, headers, query))

    return org, call


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], list[float]]:
    """`slept("limits")`: how many seconds that module of the bundled CRM would have slept, each time; it does not."""

    def watch(module: str) -> list[float]:
        waits: list[float] = []

        async def sleep(seconds: float) -> None:
            waits.append(seconds)

        monkeypatch.setattr(f"zsync.emulator.{module}.asyncio", SimpleNamespace(sleep=sleep))
        return waits

    return watch


@pytest.fixture
def crm_with() -> Iterator[Callable[..., Call]]:
    """Makes a CRM from a world, switches and a clock; a CRM is the function that calls it."""
    opened: list[Org] = []

    def make(switches: Switches | None = None, world: Mapping[str, Any] = WORLD, clock: Clock = now) -> Call:
        org, call = _open(world, switches or Switches(), clock)
        opened.append(org)
        return call

    yield make
    for org in opened:
        org.store.close()


@pytest.fixture
def call(crm_with: Callable[..., Call]) -> Call:
    """Calls a fresh CRM: `call("GET", "/Campaigns/500/Leads", fields="Email")`."""
    return crm_with()


@pytest.fixture
def opened() -> Iterator[tuple[Org, Call]]:
    """A fresh CRM's inside and the function that calls it."""
    org, call = _open(WORLD, Switches(), now)
    yield org, call
    org.store.close()
