"""One organisation: its store, its catalog, its switches and its clock, handed to every behaviour."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

from .catalog import NOT_IN_API, Catalog, RelatedList
from .errors import BAD_RELATION, MODULE_NOT_IN_API, ZohoError, decode, encode
from .faults import RowRefusal, Script
from .meters import Credits, Meters
from .seen import Seen
from .store import Store
from .switches import Switches

Clock = Callable[[], datetime]


def now() -> datetime:
    """The clock on the wall."""
    return datetime.now(UTC)


def stamp(moment: datetime) -> str:
    """The moment as the API writes it, to the second, with an offset."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")


@dataclass(frozen=True)
class Credentials:
    """What a client needs to get an access token."""

    client_id: str
    client_secret: str
    refresh_token: str


class Refusal(NamedTuple):
    """A refusal that waits for a request of that method (any when None) whose path holds that text."""

    error: ZohoError
    method: str | None = None
    path: str = ""

    def meets(self, method: str, path: str) -> bool:
        """Whether this is the request it waits for."""
        return self.method in (None, method) and self.path in path


@dataclass
class Org:
    """What lives as long as the server does. Everything that must outlive it is in the store."""

    store: Store
    catalog: Catalog
    about: dict[str, Any]
    credentials: Credentials
    switches: Switches = field(default_factory=Switches)
    clock: Clock = now
    url: str = ""
    caller: str = ""
    """The id of the user whose token asks, where it is not the one user's."""
    refusals: list[Refusal] = field(default_factory=list)
    row_refusals: tuple[RowRefusal, ...] = ()
    credits: Credits = field(default_factory=Credits)
    meters: Meters = field(default_factory=Meters)
    script: Script = field(default_factory=Script)
    seen: list[Seen] = field(default_factory=list)
    """Every request as it arrived, the control endpoints' apart."""
    keep_seen: int | None = None
    """How many of them are kept, the latest; None for all."""
    replant: Callable[[Org], None] | None = None
    """Puts the world into the empty store again; None when it came from a data file."""

    @property
    def user(self) -> dict[str, Any]:
        """The one user, as `Owner` shows it."""
        found: dict[str, Any] = self.about["user"]
        return found

    def now_ms(self) -> int:
        """The clock's moment in milliseconds since 1970."""
        return int(self.clock().timestamp() * 1000)

    def refuse(self, method: str, path: str) -> None:
        """Raises the first waiting refusal that this request meets, which then waits no more."""
        for at, refusal in enumerate(self.refusals):
            if refusal.meets(method, path):
                raise self.refusals.pop(at).error

    def bar(self, record_id: str) -> None:
        """Raises ZohoError when the switches keep this record from being touched."""
        for each in self.switches.barred:
            barred, _, code = each.partition(":")
            if barred == record_id:
                raise ZohoError(code, {"id": record_id})

    def charge(self, cost: int) -> None:
        """Uses API credits."""
        self.credits.charge(self.clock().timestamp(), cost)

    def credits_left(self) -> int:
        """API credits that are left of the last 24 hours; below 0 when the allowance was made smaller."""
        used = self.switches.spent_credits + self.credits.used(self.clock().timestamp())
        return self.switches.daily_credits - used

    def unhidden(self) -> Org:
        """The same organisation for whoever sets it up: hidden lists are there, no record is barred, fields may be null."""
        open_to_all = replace(self.switches, hidden_lists=frozenset(), barred=frozenset(), null_attr="clear")
        return replace(self, switches=open_to_all, row_refusals=())

    def module(self, name: str) -> str:
        """The name itself when there is such a module; ZohoError otherwise."""
        if name in self.catalog.modules:
            return name
        details = {"resource_path_index": 0}
        if name in NOT_IN_API:
            raise ZohoError("INVALID_MODULE", details, message=MODULE_NOT_IN_API)
        raise ZohoError("INVALID_MODULE", details)

    def related_list(self, parent: str, name: str) -> RelatedList:
        """The list under that module. A hidden one is as good as none."""
        found = self.catalog.related_list(
            parent, name, any_case=self.switches.list_name_case == "insensitive"
        )
        if found is None or found.path in self.switches.hidden_lists:
            raise ZohoError("INVALID_DATA", {"resource_path_index": 2}, message=BAD_RELATION)
        return found


def credentials_of(store: Store) -> Credentials:
    """The store's credentials, made on first use: a client that was set up once keeps working on the same file."""
    kept = store.meta("credentials")
    if kept is None:
        made = {
            "client_id": f"1000.{secrets.token_hex(15).upper()}",
            "client_secret": secrets.token_hex(21),
            "refresh_token": f"1000.{secrets.token_hex(16)}.{secrets.token_hex(16)}",
        }
        kept = encode(made)
        store.set_meta("credentials", kept)
    return Credentials(**decode(kept))
