"""One organisation: its store, catalog, switches and clock."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

from .catalog import NOT_IN_API, Catalog, Field, Module, RelatedList
from .errors import BAD_RELATION, MODULE_NOT_IN_API, ZohoError, decode, encode
from .faults import RowRefusal, Script
from .meters import Credits, Meters
from .seen import Seen
from .store import Store
from .switches import Switches

Clock = Callable[[], datetime]


def now() -> datetime:
    """The system's clock."""
    return datetime.now(UTC)


def stamp(moment: datetime) -> str:
    """A moment in the API's form: ISO 8601 to the second, with an offset."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")


@dataclass(frozen=True)
class Credentials:
    """What a client needs for an access token."""

    client_id: str
    client_secret: str
    refresh_token: str


class Refusal(NamedTuple):
    """A refusal for the next request with this method (None for any) and this text in its path."""

    error: ZohoError
    method: str | None = None
    path: str = ""

    def meets(self, method: str, path: str) -> bool:
        """Whether a request is refused."""
        return self.method in (None, method) and self.path in path


@dataclass
class Org:
    """The state of a running server. What must outlive it is in the store."""

    store: Store
    catalog: Catalog
    about: dict[str, Any]
    credentials: Credentials
    switches: Switches = field(default_factory=Switches)
    clock: Clock = now
    url: str = ""
    caller: str = ""
    """The id of the user whose token the request has; empty for the world's user."""
    refusals: list[Refusal] = field(default_factory=list)
    row_refusals: tuple[RowRefusal, ...] = ()
    credits: Credits = field(default_factory=Credits)
    meters: Meters = field(default_factory=Meters)
    script: Script = field(default_factory=Script)
    seen: list[Seen] = field(default_factory=list)
    """The requests as they arrived, without those of the control endpoints."""
    keep_seen: int | None = None
    """How many of the latest requests to keep; None for all."""
    replant: Callable[[Org], None] | None = None
    """Puts the world into the emptied store again; None for a world from a data file."""

    @property
    def user(self) -> dict[str, Any]:
        """The world's user, in the shape of `Owner`."""
        found: dict[str, Any] = self.about["user"]
        return found

    def now_ms(self) -> int:
        """The clock's moment in milliseconds since 1970."""
        return int(self.clock().timestamp() * 1000)

    def refuse(self, method: str, path: str) -> None:
        """Raises, and uses up, the first refusal that is meant for this request."""
        for at, refusal in enumerate(self.refusals):
            if refusal.meets(method, path):
                raise self.refusals.pop(at).error

    def bar(self, record_id: str) -> None:
        """Raises ZohoError if the switch `barred` names this record."""
        for pair in self.switches.barred:
            barred, _, code = pair.partition(":")
            if barred == record_id:
                raise ZohoError(code, {"id": record_id})

    def charge(self, cost: int) -> None:
        """Uses API credits."""
        self.credits.charge(self.clock().timestamp(), cost)

    def credits_left(self) -> int:
        """The API credits left of 24 hours; negative once the allowance was reduced below what is used."""
        used = self.switches.spent_credits + self.credits.used(self.clock().timestamp())
        return self.switches.daily_credits - used

    def unhidden(self) -> Org:
        """The same organisation for setting it up: no list is hidden, no record barred, and null clears a field."""
        open_to_all = replace(self.switches, hidden_lists=frozenset(), barred=frozenset(), null_attr="clear")
        return replace(self, switches=open_to_all, row_refusals=())

    def fields_of(self, module: Module) -> Mapping[str, Field]:
        """The fields that the module's metadata lists."""
        return {name: field for name, field in module.fields.items() if self.switches.gdpr or not field.gdpr}

    def readable(self, module: Module) -> Mapping[str, Field]:
        """The fields of the module that answers may hold."""
        barred = self.switches.unreadable_fields
        if not barred and self.switches.gdpr:
            return module.fields
        found = self.fields_of(module)
        return {name: each for name, each in found.items() if f"{module.api_name}.{name}" not in barred}

    def module(self, name: str) -> str:
        """The module's name. Raises ZohoError for an unknown module."""
        if name in self.catalog.modules:
            return name
        details = {"resource_path_index": 0}
        if name in NOT_IN_API:
            raise ZohoError("INVALID_MODULE", details, message=MODULE_NOT_IN_API)
        raise ZohoError("INVALID_MODULE", details)

    def related_list(self, parent: str, name: str) -> RelatedList:
        """The list under a module. Raises ZohoError for an unknown list, and for a hidden one."""
        found = self.catalog.related_list(
            parent, name, any_case=self.switches.list_name_case == "insensitive"
        )
        # Zoho: Get Related Records: a list that is not on the layout is refused like one that does not exist.
        if found is None or found.path in self.switches.hidden_lists:
            raise ZohoError("INVALID_DATA", {"resource_path_index": 2}, message=BAD_RELATION)
        return found


def credentials_of(store: Store) -> Credentials:
    """The store's credentials, made on first use, so that a client keeps working with the same data file."""
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
