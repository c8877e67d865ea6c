"""What Zoho's documentation leaves open, as switches.

Nobody outside Zoho knows which way these go, so a client has to live with all of them. Each default is the choice
that is harder on the client.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, get_args, get_origin, get_type_hints

from .errors import DOCUMENTED
from .seed_error import SeedError, did_you_mean


@dataclass(frozen=True)
class Switches:
    """One bundled CRM's answers to the open questions. Immutable; `dataclasses.replace` makes another."""

    member_status_on_read: Literal["nested", "flat", "both", "absent"] = "nested"
    """Where a campaign member's fields stand in a GET: under `$member_info`, in the row, both, nowhere.

    Wherever they stand, only those that `fields` names: in Zoho's sample `$member_info` holds none of them unasked."""

    put_omitted_attr: Literal["keep", "reset"] = "reset"
    """What a PUT does with a relation field that its row does not name."""

    null_attr: Literal["reject", "clear"] = "reject"
    """What a PUT does with a relation field that is sent as null."""

    unknown_picklist: Literal["reject", "accept"] = "reject"
    """Whether a picklist value nobody defined refuses the row."""

    delete_missing_relation: Literal["INVALID_DATA", "MANDATORY_NOT_FOUND", "success"] = "INVALID_DATA"
    """The row's code when a relation is removed that does not exist."""

    parent_not_found_status: Literal[400, 404] = 400
    """HTTP status for an unknown parent record."""

    oauth_error_status: Literal[200, 400] = 200
    """HTTP status for `invalid_code` and its like at the token endpoint."""

    over_100_rows: Literal["LIMIT_EXCEEDED", "INVALID_DATA"] = "LIMIT_EXCEEDED"
    """The code for a PUT of more than 100 rows."""

    converted_default_hidden: bool = True
    """Whether converted leads stay out of related lists unless `converted=` asks for them."""

    list_name_case: Literal["sensitive", "insensitive"] = "sensitive"
    """Whether `campaigns/…/leads` finds the list `Leads`."""

    coql_case: Literal["sensitive", "insensitive"] = "insensitive"
    """Whether COQL's `=`, `in` and `like` tell `Ana@` from `ana@` (A to Z only)."""

    read_after_write_lag_ms: int = 0
    """How long a new relation stays invisible to reads, in milliseconds."""

    retry_after_header: bool = False
    """Whether 429 and 503 carry `Retry-After`."""

    scope: str = (
        "ZohoCRM.modules.ALL ZohoCRM.settings.ALL ZohoCRM.coql.READ ZohoCRM.org.READ ZohoCRM.users.READ"
    )
    """The scopes of every token that is handed out, separated by spaces."""

    denied: frozenset[str] = frozenset()
    """What the user's profile forbids, as `Campaigns.UPDATE`: operations READ, UPDATE and DELETE."""

    hidden_lists: frozenset[str] = frozenset()
    """Related lists an administrator took off the layout, as `Campaigns/Leads`."""

    barred: frozenset[str] = frozenset()
    """Records that no PUT or DELETE may touch and why, as `3652397000000300001:RECORD_LOCKED` (or NOT_APPROVED …)."""

    page_tokens: Literal["stable", "shifting"] = "stable"
    """Whether rows that come and go between two pages move what a page token shows next."""

    page_shift: int = 0
    """How many rows have come in front since a later page was asked for; below 0, how many have gone. For faults."""

    daily_credits: int = 50_000
    """API credits of 24 hours, each free again 24 hours after its use. Past half, answers say how many are left."""

    spent_credits: int = 0
    """How many of them others have used already; they do not come free again."""

    put_credits: Literal["call", "rows"] = "call"
    """What a PUT of related records costs: 1, or 1 for every 10 rows."""

    concurrent_calls: int = 20
    """Calls that may be inside at once, 0 for any number. Zoho gives 5 (Free) to 25 (Ultimate)."""

    heavy_calls: int = 10
    """Heavy calls (COQL, sorted reads of a module) that may be inside at once, 0 for any number."""

    big_put_is_heavy: bool = True
    """Whether a PUT of more than 10 related records is a heavy call."""

    too_many_code: Literal["TOO_MANY_REQUESTS", "RATE_LIMIT_EXCEEDED"] = "TOO_MANY_REQUESTS"
    """The code under status 429."""

    latency_ms: int = 0
    """How long every call takes at least, in milliseconds. A call counts as inside for as long."""

    token_grants: int = 0
    """Access tokens within 10 minutes, 0 for any number. Zoho gives 10: more than tests of other things can live with."""

    throttled_status: Literal[200, 400] = 400
    """HTTP status of the token endpoint's `Access Denied`."""

    tokens_alive: int = 15
    """Access tokens that are good at once, 0 for any number; one more ends the oldest."""

    token_life_seconds: int = 3_600
    """How long an access token is good."""


def switched(base: Switches, changes: Mapping[str, Any], where: str = "switches") -> Switches:
    """The switches with some of them turned, given as YAML or JSON have them. Raises SeedError for one that will not do."""
    hints = get_type_hints(Switches)
    for name in changes:
        if name not in hints:
            raise SeedError(f"{where}: no switch {name!r}{did_you_mean(name, hints)}")
    turned: dict[str, Any] = {
        name: _turned(hints[name], value, f"{where}.{name}") for name, value in changes.items()
    }
    return replace(base, **turned)


def over(base: Switches, given: Switches) -> Switches:
    """The first switches, with those of the second that are not as they are by default."""
    usual = Switches()
    names = [each.name for each in fields(Switches) if getattr(given, each.name) != getattr(usual, each.name)]
    changes: dict[str, Any] = {name: getattr(given, name) for name in names}
    return replace(base, **changes)


def from_text(base: Switches, pair: str) -> Switches:
    """The switches with one turned by `name=value`, as a command line gives it. Raises SeedError."""
    name, given, text = pair.partition("=")
    if not given:
        raise SeedError(f"switch {pair!r}: NAME=VALUE is wanted")
    value: object = (
        int(text) if text.isascii() and text.removeprefix("-").isdigit() and len(text) < 16 else text
    )
    hint = get_type_hints(Switches).get(name)
    if hint is bool:
        value = {"true": True, "on": True, "false": False, "off": False}.get(text.lower(), text)
    if get_origin(hint) is frozenset:
        value = [part for part in text.split(",") if part]
    return switched(base, {name: value}, "switch")


def _check_codes(barred: Iterable[str], where: str) -> None:
    if where.rpartition(".")[2] != "barred":
        return
    for each in barred:
        code = each.partition(":")[2]
        if code not in DOCUMENTED:
            raise SeedError(f"{where}: ID:CODE is wanted, not {each!r}{did_you_mean(code, DOCUMENTED)}")


def _turned(hint: Any, value: object, where: str) -> object:
    if get_origin(hint) is Literal:
        known = get_args(hint)
        if value not in known or isinstance(value, bool):
            raise SeedError(f"{where}: one of {', '.join(map(str, known))} is wanted, not {value!r}")
        return value
    if get_origin(hint) is frozenset:
        if not isinstance(value, list | tuple | set | frozenset) or not all(
            isinstance(v, str) for v in value
        ):
            raise SeedError(f"{where}: a list of texts is wanted, not {value!r}")
        _check_codes(value, where)
        return frozenset(value)
    if type(value) is not hint:
        kind = {bool: "true or false", int: "a whole number", str: "text"}[hint]
        raise SeedError(f"{where}: {kind} is wanted, not {value!r}")
    if hint is int and isinstance(value, int) and value < 0 and where.rpartition(".")[2] != "page_shift":
        raise SeedError(f"{where}: a number from 0 on is wanted, not {value!r}")
    return value
