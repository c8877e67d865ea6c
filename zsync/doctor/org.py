"""Whether zsync can work with an org: token, scopes, org, related lists, metadata, credits, clock. It only reads."""

from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Literal, NamedTuple

from zsync.crm import Query, Reader, RelatedList
from zsync.crm.orgs import check_environment
from zsync.errors import AccessDenied, RequestRefused, ZsyncError
from zsync.kinds import Kind, own_list, proven, reachable
from zsync.metadata.lists import ListChoice
from zsync.model import Expected

READING = (
    "ZohoCRM.org.READ",
    "ZohoCRM.settings.related_lists.READ",
    "ZohoCRM.settings.fields.READ",
    "ZohoCRM.coql.READ",
    "ZohoCRM.modules.READ",
)
"""The scopes that a token needs to plan. `ALL` in the last place stands for each."""

SCOPES = (*READING, "ZohoCRM.modules.UPDATE", "ZohoCRM.modules.DELETE")
"""The scopes that a token needs to apply."""

# As much as zsync leaves of a token's life; plans live for days.
_SKEW = 60.0


class Check(NamedTuple):
    """The result of a check; `advice` is the next step if something is wrong."""

    verdict: Literal["ok", "warn", "fail"]
    name: str
    message: str
    advice: str = ""
    exit_code: int = 0


async def examine(
    reader: Reader, expected: Expected, kinds: Iterable[Kind], now: datetime
) -> AsyncIterator[Check]:
    """The checks, one after the other. They end without a token, or at an org that is not the expected one."""
    try:
        said = await reader.scopes()
        source = f" for {expected.variable}" if expected.variable else ""
        yield Check("ok", "token", f"the accounts server gives an access token{source}")
        org = await reader.org()
        check_environment(org, expected)
    except ZsyncError as error:
        # Without an answer of the API there was no token to ask it with.
        yield _failed("token" if not reader.server_date else "org", error)
        return
    where = f"at {await reader.api_domain()}, API {reader.version}"
    yield Check("ok", "org", f"{org.name or 'no name'} ({org.id}), {org.type or 'type unknown'}, {where}")
    async for check in _scopes(reader, said):
        yield check
    async for check in _lists(reader, tuple(kinds)):
        yield check
    yield _credits(reader)
    yield _clock(reader.server_date, now)


def _failed(name: str, error: ZsyncError) -> Check:
    return Check("fail", name, str(error), error.help, error.exit_code)


async def _scopes(reader: Reader, said: frozenset[str]) -> AsyncIterator[Check]:
    """The token's scopes as Zoho sends them; if it sends none, by how it answers calls that need them."""
    if said:
        yield _said(said)
        return
    calls = (
        ("ZohoCRM.settings.related_lists.READ", reader.related_lists("Campaigns")),
        ("ZohoCRM.settings.fields.READ", reader.field_types("Campaigns")),
        ("ZohoCRM.coql.READ", reader.query(Query("Campaigns", ("id",), "id is not null", limit=1))),
    )
    missing = []
    for scope, call in calls:
        try:
            await call
        except AccessDenied as denied:
            missing += [scope] if denied.code == "OAUTH_SCOPE_MISMATCH" else []
        # Any other error says nothing of scopes; the checks below meet it again.
        except ZsyncError:
            continue
    if missing:
        yield _missing(missing)
    else:
        yield Check(
            "warn",
            "scopes",
            "the token may read; Zoho does not say whether it may write",
            "No action needed if the token was made with ZohoCRM.modules.UPDATE and ZohoCRM.modules.DELETE.",
        )


def _said(said: frozenset[str]) -> Check:
    """What Zoho says of the token's scopes. One that only reads is as it should be where only plans are made."""
    missing = [scope for scope in SCOPES if not granted(scope, said)]
    if not missing:
        return Check("ok", "scopes", "the token has every scope that zsync needs")
    if any(scope in READING for scope in missing):
        return _missing(missing)
    return Check(
        "warn",
        "scopes",
        "the token reads and cannot write",
        f"No action needed to plan. To apply, make one that has {' and '.join(missing)}: `zsync login`.",
    )


def granted(scope: str, said: frozenset[str]) -> bool:
    """Whether a scope is covered: by its group (`settings` includes `settings.fields`), or for at least one module of it.

    For which modules a token needs it, only the manifests tell.
    """
    group, _, operation = scope.rpartition(".")
    for held in said:
        given, _, allowed = held.rpartition(".")
        inside = f"{group}.".startswith(f"{given}.") or given.startswith(f"{group}.")
        if inside and allowed in (operation, "ALL"):
            return True
    return False


def _missing(missing: list[str]) -> Check:
    plural = "s" if len(missing) > 1 else ""
    advice = f"Make a new refresh token, with the scope{plural} {', '.join(missing)} too: `zsync login`."
    return Check("fail", "scopes", f"missing: {', '.join(missing)}", advice, 8)


async def _lists(reader: Reader, kinds: tuple[Kind, ...]) -> AsyncIterator[Check]:
    lists: dict[str, list[RelatedList] | RequestRefused] = {}
    for module in dict.fromkeys(module for kind in kinds for module in (kind.left, kind.right)):
        try:
            lists[module] = await reader.related_lists(module)
            types = await reader.field_types(module)
            picklists = sum("picklist" in kind for kind in types.values())
            yield Check("ok", f"fields of {module}", f"{len(types)} fields, {picklists} of them picklists")
        # A warning: no manifest may need this module.
        except RequestRefused as refused:
            lists.setdefault(module, refused)
            yield Check("warn", f"module {module}", str(refused), refused.help)
    for kind in kinds:
        yield _list(kind, lists)
        if not proven(kind):
            yield Check(
                "warn",
                kind.name,
                "no page of Zoho's says that such relations can be written",
                "zsync.yaml declares it; for such pairs Zoho is known to answer INVALID_MODULE: try it in a sandbox.",
            )


def _list(kind: Kind, lists: dict[str, list[RelatedList] | RequestRefused]) -> Check:
    """Whether the relations of a kind can be managed from at least one side."""
    hidden: list[str] = []
    shown: list[str] = []
    several: list[str] = []
    for module, related in ((kind.left, kind.right), (kind.right, kind.left)):
        known = lists.get(module) if reachable(module, related) else None
        own = own_list(module, related)
        found = ListChoice(known, related, own=own).candidates if isinstance(known, list) else []
        if len(found) > 1:
            several += [f"{module} › {listed.name}" for listed in found]
        else:
            for listed in found:
                (shown if listed.visible else hidden).append(f"{module} › {listed.name}")
    if several:
        advice = "Name the list that you mean by its api_name in manifests, after `zsync profile`."
        return Check("warn", kind.name, f"several lists lead to one module: {', '.join(several)}", advice)
    if shown:
        note = f"; hidden: {', '.join(hidden)}" if hidden else ""
        return Check("ok", kind.name, ", ".join(shown) + note)
    if hidden:
        advice = "Show the list on the module's layout (Setup › Customization › Modules)."
        return Check("warn", kind.name, f"hidden: {', '.join(hidden)}", advice)
    return Check(
        "warn",
        kind.name,
        "this org has no such related list",
        "No action needed unless you want to manage it.",
    )


def _credits(reader: Reader) -> Check:
    left = reader.credits_left
    # Zoho: API Limits: it tells what is left only once half of the credits are used.
    if left is None:
        return Check("ok", "credits", "more than half of today's API credits are left")
    advice = "" if left > 1000 else "Credits come back 24 hours after their use."
    return Check("ok" if left > 1000 else "warn", "credits", f"{left:,} are left", advice)


def _clock(date: str, now: datetime) -> Check:
    try:
        apart = abs((parsedate_to_datetime(date) - now).total_seconds())
    except (ValueError, TypeError):
        return Check("ok", "clock", "the CRM does not say its time")
    if apart > _SKEW:
        return Check(
            "warn",
            "clock",
            f"{apart:.0f} s away from the CRM's",
            "Set this machine's clock: plans and tokens expire by it.",
        )
    return Check("ok", "clock", "agrees with the CRM's to the minute")
