"""A connection to no CRM at all: respx answers, nobody sleeps, and secrets are canaries."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx

from zsync.crm import Credentials, Crm
from zsync.crm.auth import Authenticator
from zsync.crm.wire import Wire

ACCOUNTS, API = "https://accounts.crm.example", "https://api.crm.example"
TOKEN_URL = f"{ACCOUNTS}/oauth/v2/token"
CANARIES = ("canary-client", "canary-secret", "canary-refresh", "canary-access")
TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Knows no certificates: reading them takes longer than a test, and respx asks for none."""

NOW = 1_800_000_000.0


class Door:
    """Runs what a test does with a connection, and remembers how long it would have slept."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self.now = NOW
        self.credentials = Credentials(*CANARIES[:3])
        self.api_domain = API
        self.accounts = ACCOUNTS
        self.org_type = ""
        self.read_only = False
        self.concurrency = 5
        self.cache_dir: Path | None = None

    def run(self, work: Callable[[Crm], Awaitable[Any]]) -> Any:
        """`door.run(lambda crm: crm.org())`"""
        return asyncio.run(self._run(work))

    async def _run(self, work: Callable[[Crm], Awaitable[Any]]) -> Any:
        async with httpx.AsyncClient(verify=TLS) as client:
            auth = Authenticator(
                client,
                self.credentials,
                accounts_url=self.accounts,
                api_domain=self.api_domain,
                clock=lambda: self.now,
                cache_dir=self.cache_dir,
                org_type=self.org_type,
                sleep=self._sleep,
            )
            wire = Wire(
                client,
                auth,
                api_domain=self.api_domain,
                read_only=self.read_only,
                concurrency=self.concurrency,
                sleep=self._sleep,
                rng=lambda: 1.0,
                clock=lambda: self.now,
            )
            return await work(Crm(wire))

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)


@pytest.fixture
def door() -> Door:
    """A connection that a test may set up before it runs something."""
    return Door()


@pytest.fixture
def zoho() -> Iterator[respx.MockRouter]:
    """Every request must be expected; the token call is."""
    with respx.mock(assert_all_called=False) as router:
        router.post(TOKEN_URL, name="token").respond(
            json={"access_token": CANARIES[3], "api_domain": API, "expires_in": 3600}
        )
        yield router


def error(code: str, message: str = "no", **details: Any) -> dict[str, Any]:
    """Zoho's flat error object."""
    return {"code": code, "details": details, "message": message, "status": "error"}
