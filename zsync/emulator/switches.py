"""Switches for what Zoho's documentation leaves open, and for its limits.

Where nobody outside Zoho knows the answer, a client has to work with every one. The default is the one that is hardest on
the client.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, get_args, get_origin, get_type_hints

from .errors import DOCUMENTED
from .seed_error import SeedError, did_you_mean


@dataclass(frozen=True)
class Switches:
    """How one bundled CRM answers the open questions. Immutable: `switched` makes another."""

    member_status_on_read: Literal["nested", "flat", "both", "absent"] = "nested"
    """Where a GET shows a campaign member's fields: under `$member_info`, in the row, in both, nowhere.

    It shows only fields that `fields` names: in Zoho's sample `$member_info` has no other."""

    put_omitted_attr: Literal["keep", "reset"] = "reset"
    """What a PUT does with a relation field that is missing in its row."""

    added_status: Literal["first", "empty"] = "first"
    """The `Member_Status` of a member who is added without one: the first of the picklist, or none."""

    empty_attr: Literal["null", "left_out"] = "null"
    """How a GET shows a relation field that is empty: as null, or not at all."""

    member_info: Literal["asked", "all"] = "asked"
    """Which of a campaign member's fields `$member_info` holds in a GET: those that `fields` names, or all that it has."""

    null_attr: Literal["reject", "clear"] = "reject"
    """What a PUT does with a relation field that is null."""

    unknown_picklist: Literal["reject", "accept"] = "reject"
    """What a PUT does with a row whose picklist value is not defined."""

    extra_decimals: Literal["round", "reject"] = "round"
    """What a write does with a number that has more digits behind the point than its field keeps."""

    bad_row: Literal["row", "request", "named"] = "row"
    """What a PUT or DELETE of several rows does with one that it refuses: it refuses that row alone, or the request as a whole,
    without a word of the row or with its place in `json_path`. A request for one record always answers with its row."""

    all_refused_status: Literal[400, 207, 200] = 400
    """The HTTP status of a PUT or DELETE whose every row is refused. Its rows are in `data` whatever the status."""

    delete_missing_relation: Literal["INVALID_DATA", "MANDATORY_NOT_FOUND", "success"] = "INVALID_DATA"
    """The code of a row of DELETE for a relation that does not exist."""

    parent_not_found_status: Literal[400, 404] = 400
    """The HTTP status for an unknown parent record."""

    oauth_error_status: Literal[200, 400] = 200
    """The HTTP status of the token endpoint for `invalid_code` and other OAuth errors."""

    over_100_rows: Literal["LIMIT_EXCEEDED", "INVALID_DATA"] = "LIMIT_EXCEEDED"
    """The code for a PUT of more than 100 rows."""

    converted_default_hidden: bool = True
    """Whether related lists, and a GET by id, leave out converted leads unless `converted=` asks for them."""

    converted_in_coql: Literal["hidden", "refused", "shown"] = "hidden"
    """What COQL does with converted leads: it leaves them out unless the criteria name `Converted__s`, leaves them out and
    refuses every query that names it, or shows them like all others."""

    relation_fields_listed: Literal["nowhere", "first", "second"] = "nowhere"
    """Whose metadata lists the fields of relations, such as `Member_Status`: nobody's, that of the module which Zoho's page names
    first (Campaigns, Products), or that of the second (Leads, Contacts, Price_Books)."""

    campaign_statuses: bool = True
    """Whether v2 answers `Campaigns/status` with the statuses of campaign members, a call that no documentation has."""

    gdpr: bool = False
    """Whether Leads and Contacts have `Unsubscribed_Mode`, `Unsubscribed_Time`, `Data_Processing_Basis` and `$stop_processing`."""

    unreadable_fields: frozenset[str] = frozenset()
    """Fields that the user's profile may not see, such as `Leads.Email_Opt_Out`: the metadata lists them, but no answer has them."""

    list_name_case: Literal["sensitive", "insensitive"] = "sensitive"
    """Whether `campaigns/…/leads` finds the list `Leads`."""

    coql_case: Literal["sensitive", "insensitive"] = "insensitive"
    """Whether COQL's `=`, `in` and `like` tell `Ana@` from `ana@`. Only A to Z are compared without case."""

    coql_values: int = 100
    """The most values of an `in` list of COQL, from v7 on; before, it is 50 at most. Zoho's pages name both numbers."""

    coql_length: int = 0
    """The most characters of a query; 0 for no limit."""

    read_after_write_lag_ms: int = 0
    """For how many milliseconds reads do not show a new relation."""

    retry_after_header: bool = False
    """Whether 429 and 503 carry `Retry-After`."""

    scope: str = (
        "ZohoCRM.modules.ALL ZohoCRM.settings.ALL ZohoCRM.coql.READ ZohoCRM.org.READ ZohoCRM.users.READ"
    )
    """The scopes of every token that is issued, separated by spaces."""

    denied: frozenset[str] = frozenset()
    """What the user's profile forbids, such as `Campaigns.UPDATE`. The operations are CREATE, READ, UPDATE and DELETE."""

    hidden_lists: frozenset[str] = frozenset()
    """Related lists that an administrator took off the layout, such as `Campaigns/Leads`."""

    barred: frozenset[str] = frozenset()
    """Records that no PUT or DELETE may touch, with the code: `3652397000000300001:RECORD_LOCKED` (or NOT_APPROVED …)."""

    page_tokens: Literal["stable", "shifting"] = "stable"
    """Whether rows that are added or removed between two pages shift the page behind a page token."""

    page_shift: int = 0
    """How many rows were added before a later page was read; negative for rows that were removed. For faults."""

    daily_credits: int = 50_000
    """API credits for 24 hours, each free again 24 hours after its use. Once half are used, answers tell how many are left."""

    spent_credits: int = 0
    """How many of them other programs have used. These do not become free again."""

    put_credits: Literal["call", "rows"] = "call"
    """What a PUT of related records costs: 1 credit, or 1 for every 10 rows."""

    concurrent_calls: int = 20
    """The most simultaneous calls; 0 for no limit. Zoho allows 5 (Free) to 25 (Ultimate)."""

    heavy_calls: int = 10
    """The most simultaneous heavy calls (COQL, sorted reads of a module); 0 for no limit."""

    big_put_is_heavy: bool = True
    """Whether a PUT of more than 10 related records is a heavy call."""

    too_many_code: Literal["TOO_MANY_REQUESTS", "RATE_LIMIT_EXCEEDED"] = "TOO_MANY_REQUESTS"
    """The code of answers with status 429."""

    latency_ms: int = 0
    """The least time that a call takes, in milliseconds. It counts as in progress for as long."""

    token_grants: int = 0
    """The most access tokens within 10 minutes; 0 for no limit. Zoho allows 10, too few for most tests."""

    throttled_status: Literal[200, 400] = 400
    """The HTTP status of the token endpoint's `Access Denied`."""

    tokens_alive: int = 15
    """The most valid access tokens; 0 for no limit. One more ends the oldest."""

    token_life_seconds: int = 3_600
    """For how many seconds an access token is valid."""


def switched(base: Switches, changes: Mapping[str, Any], where: str = "switches") -> Switches:
    """The switches with some changed, given as in YAML or JSON. Raises SeedError for an unknown switch or a bad value."""
    hints = get_type_hints(Switches)
    for name in changes:
        if name not in hints:
            raise SeedError(f"{where}: no switch {name!r}{did_you_mean(name, hints)}")
    turned: dict[str, Any] = {
        name: _turned(hints[name], value, f"{where}.{name}") for name, value in changes.items()
    }
    return replace(base, **turned)


def over(base: Switches, given: Switches) -> Switches:
    """`base`, with those switches of `given` that differ from the defaults."""
    usual = Switches()
    names = [
        switch.name
        for switch in fields(Switches)
        if getattr(given, switch.name) != getattr(usual, switch.name)
    ]
    changes: dict[str, Any] = {name: getattr(given, name) for name in names}
    return replace(base, **changes)


def from_text(base: Switches, pair: str) -> Switches:
    """The switches with one changed by `name=value`, as on a command line. Raises SeedError."""
    name, given, text = pair.partition("=")
    if not given:
        raise SeedError(f"switch {pair!r}: expected NAME=VALUE")
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
    for pair in barred:
        code = pair.partition(":")[2]
        if code not in DOCUMENTED:
            raise SeedError(f"{where}: expected ID:CODE, got {pair!r}{did_you_mean(code, DOCUMENTED)}")


def _turned(hint: Any, value: object, where: str) -> object:
    if get_origin(hint) is Literal:
        known = get_args(hint)
        if value not in known or isinstance(value, bool):
            raise SeedError(f"{where}: expected one of {', '.join(map(str, known))}, got {value!r}")
        return value
    if get_origin(hint) is frozenset:
        if not isinstance(value, list | tuple | set | frozenset) or not all(
            isinstance(v, str) for v in value
        ):
            raise SeedError(f"{where}: expected a list of texts, got {value!r}")
        _check_codes(value, where)
        return frozenset(value)
    if type(value) is not hint:
        kind = {bool: "true or false", int: "a whole number", str: "text"}[hint]
        raise SeedError(f"{where}: expected {kind}, got {value!r}")
    if hint is int and isinstance(value, int) and value < 0 and where.rpartition(".")[2] != "page_shift":
        raise SeedError(f"{where}: expected 0 or more, got {value!r}")
    return value
