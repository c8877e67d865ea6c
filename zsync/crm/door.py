"""The two ways in: a reader that cannot write, and the CRM with its two writing calls."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import time
from typing import Any, TypeVar
from urllib.parse import quote
from urllib.request import getproxies

import httpx

from zsync.crm.accounts import checked_address
from zsync.crm.answers import path_index
from zsync.crm.auth import Authenticator, Credentials
from zsync.crm.calls import Answer, Call, body
from zsync.crm.probing import Pen, Prober
from zsync.crm.reader import Reader
from zsync.crm.wire import TIMEOUT, Wire
from zsync.errors import AnswerLost, UsageError
from zsync.model import Outcome
from zsync.model.attempt import Attempt

R = TypeVar("R", bound=Reader)


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the CRM is, and how to use it. An empty `api_domain` means the one that comes with the token, or without one there
    that of the data centre for an org of the type `org_type`.

    `api_version` is v8 or v7, and all calls are under it. `reserve` is how many credits must be left, `max_reads` the most reads
    (None: no limit). `told` is called with what a person should know, such as a long wait; `seen`, if given, with every request
    that went to the API: it must not raise. `direct` ignores proxies.
    """

    accounts_url: str
    api_domain: str = ""
    credentials: Credentials = field(default_factory=Credentials)
    org_type: str = ""
    api_version: str = "v8"
    concurrency: int = 5
    reserve: int = 0
    max_reads: int | None = None
    cache_dir: Path | None = None
    told: Callable[[str], None] = lambda _: None
    seen: Callable[[Attempt], None] | None = None
    direct: bool = False


class Crm(Reader):
    """The CRM for applying: it reads, links and delinks. Each writing call returns one outcome per row, in their order."""

    async def link(
        self,
        module: str,
        record_id: str,
        related_list: str,
        rows: Sequence[Mapping[str, Any]],
        *,
        single: bool = False,
    ) -> list[Outcome]:
        """Relate at most 100 records, or change their relations; a row is the record's `id` and the fields.

        With `single` there is one row, and its id is part of the address.
        https://www.zoho.com/crm/developer/docs/api/v8/update-related-records.html. Raises like `Wire.send`.
        """
        ids = [str(row["id"]) for row in rows]
        path = f"{module}/{record_id}/{quote(related_list)}{_one(ids) if single else ''}"
        sent = [await self._with_role(row) for row in rows] if related_list == "Contact_Roles" else list(rows)
        call = Call("PUT", path, body({"data": sent}))
        return _outcomes(call, await self._wire.send(call), ids)

    async def _with_role(self, row: Mapping[str, Any]) -> Mapping[str, Any]:
        """A row whose role is named: Zoho wants its id besides, which the org's roles tell."""
        role = row.get("Contact_Role")
        if not isinstance(role, str):
            return row
        known = (await self.roles()).get(role)
        return {**row, "Contact_Role": {"name": role, "id": known} if known else {"name": role}}

    async def delink(
        self, module: str, record_id: str, related_list: str, ids: Sequence[str], *, single: bool = False
    ) -> list[Outcome]:
        """Remove at most 100 relations; the records themselves stay. `single` likewise.

        https://www.zoho.com/crm/developer/docs/api/v8/delink-related-records.html. Raises like `Wire.send`.
        """
        named = _one(ids) if single else f"?ids={','.join(ids)}"
        call = Call("DELETE", f"{module}/{record_id}/{quote(related_list)}{named}")
        return _outcomes(call, await self._wire.send(call), ids)


def _one(ids: Sequence[str]) -> str:
    """The end of an address for one related record."""
    (record_id,) = ids
    return f"/{record_id}"


@asynccontextmanager
async def connect_reader(settings: Settings, *, clock: Callable[[], float] = time) -> AsyncIterator[Reader]:
    """A connection that refuses to send anything that writes."""
    async with connect_reader_as(Reader, settings, clock=clock) as reader:
        yield reader


@asynccontextmanager
async def connect_reader_as(
    reading: Callable[[Wire], R], settings: Settings, *, clock: Callable[[], float] = time
) -> AsyncIterator[R]:
    """The same connection for another kind of reader."""
    async with _wire(settings, clock, read_only=True) as wire:
        yield reading(wire)


@asynccontextmanager
async def connect(settings: Settings, *, clock: Callable[[], float] = time) -> AsyncIterator[Crm]:
    """A connection that reads and writes."""
    async with _wire(settings, clock, read_only=False) as wire:
        yield Crm(wire)


@asynccontextmanager
async def connect_prober(
    settings: Settings, pen: Pen, *, clock: Callable[[], float] = time
) -> AsyncIterator[Prober]:
    """A connection that reads, and writes the one relation of the pen."""
    async with _wire(settings, clock, read_only=False) as wire:
        yield Prober(wire, pen)


@asynccontextmanager
async def _wire(settings: Settings, clock: Callable[[], float], *, read_only: bool) -> AsyncIterator[Wire]:
    accounts_url = checked_address("ZSYNC_ACCOUNTS_URL", settings.accounts_url)
    api_domain = settings.api_domain and checked_address("ZSYNC_API_DOMAIN", settings.api_domain)
    transport, connection = _client(settings)
    async with connection as client:
        auth = Authenticator(
            client,
            settings.credentials,
            accounts_url=accounts_url,
            api_domain=api_domain,
            clock=clock,
            cache_dir=settings.cache_dir,
            org_type=settings.org_type,
        )
        yield Wire(
            client,
            auth,
            api_domain=api_domain,
            read_only=read_only,
            concurrency=settings.concurrency,
            reserve=settings.reserve,
            max_reads=settings.max_reads,
            version=settings.api_version,
            told=settings.told,
            seen=settings.seen,
            transport=transport,
        )


def _client(settings: Settings) -> tuple[httpx.AsyncBaseTransport | None, httpx.AsyncClient]:
    """The client, and its transport if calls can bypass the client."""
    limits = httpx.Limits(
        max_connections=settings.concurrency, max_keepalive_connections=settings.concurrency
    )
    try:
        # Only the client knows which hosts the proxies are for; without proxies, calls can bypass it.
        proxied = not settings.direct and getproxies()
        transport = (
            None if proxied else httpx.AsyncHTTPTransport(limits=limits, trust_env=not settings.direct)
        )
        return transport, httpx.AsyncClient(
            timeout=TIMEOUT, limits=limits, transport=transport, trust_env=not settings.direct
        )
    except (ImportError, OSError, ValueError, httpx.InvalidURL) as error:
        # The exception's text may hold a proxy's password; its class is enough.
        raise UsageError(
            f"no connection can be set up with this proxy or these certificates ({type(error).__name__})",
            help="Check HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, SSL_CERT_FILE and SSL_CERT_DIR.",
        ) from None


def _outcomes(call: Call, answer: Answer, ids: Sequence[str]) -> list[Outcome]:
    """The outcome of each row, whatever the answer's status. Raises `AnswerLost` for an answer without rows.

    Rows are matched by id, else by position, so that a shuffled answer is not misread. In an answer with too few or too
    many rows, positions mean nothing: a row without an id is unknown, and is settled by reading. Of two answers for one
    row, the refusal counts.
    """
    rows = answer.data.get("data") if isinstance(answer.data, dict) else None
    if not isinstance(rows, list) or not rows:
        raise AnswerLost(str(call), f"status {answer.status} and no rows")
    by_id: dict[str, Outcome] = {}
    by_place: dict[int, Outcome] = {}
    for place, row in enumerate(rows):
        if not isinstance(row, dict):
            continue
        details = row.get("details")
        named = str(details.get("id", "")) if isinstance(details, dict) else ""
        if named not in ids:
            by_place[place] = _outcome(row)
        elif named not in by_id or by_id[named].status == "applied":
            by_id[named] = _outcome(row)
    if len(rows) != len(ids):
        by_place.clear()
    unmentioned = Outcome("unknown", doubt="unmentioned")
    return [by_id.get(record_id) or by_place.get(place) or unmentioned for place, record_id in enumerate(ids)]


def _about(details: object) -> int | None:
    """The part of the path that a refused row is about; 3, the related record, if all that Zoho names is its id."""
    if not isinstance(details, dict):
        return None
    only_its_id = details.keys() <= {"id", "json_path"} and bool(details.get("id"))
    return 3 if only_its_id else path_index(details.get("resource_path_index"))


def _outcome(row: Mapping[str, Any]) -> Outcome:
    if row.get("status") == "success" or row.get("code") == "SUCCESS":
        return Outcome("applied")
    details = row.get("details")
    named = ""
    if isinstance(details, dict):
        named = ", ".join(
            str(details[key]) for key in ("api_name", "param_name", "json_path") if details.get(key)
        )
    message = str(row.get("message") or "no message")
    code = str(row.get("code") or "UNKNOWN")
    return Outcome("refused", code, f"{message} ({named})" if named else message, index=_about(details))
