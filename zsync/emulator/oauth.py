"""Access tokens: how they are issued, and what they allow.

https://www.zoho.com/crm/developer/docs/api/v8/access-refresh.html
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from .errors import Answer, ZohoError, encode
from .org import Org

GRANTS_SECONDS = 600
REFRESH_TOKENS = 20
"""Refresh tokens that a user has for a client: one more ends the oldest (Zoho: Token Validity)."""
_THROTTLED = "You have made too many requests continuously. Please try again after some time."
_END_OLDEST = (
    "UPDATE access_token SET expires = 0 WHERE rowid IN (SELECT rowid FROM access_token"
    " WHERE granted > 0 AND expires > ? ORDER BY rowid DESC LIMIT -1 OFFSET ?)"
)
_END_BOUGHT = (
    "UPDATE access_token SET expires = 0 WHERE access IN (SELECT access FROM bought WHERE refresh = ?)"
)
_PREFIX = "Zoho-oauthtoken "


def grant(org: Org, form: Mapping[str, str]) -> Answer:
    """The token endpoint, for the grants `refresh_token` and `authorization_code`. Its errors are OAuth's, not the CRM's."""
    known = org.credentials
    if form.get("client_id") != known.client_id:
        return _refused(org, "invalid_client")
    if form.get("client_secret") != known.client_secret:
        return _refused(org, "invalid_client_secret")
    kind = form.get("grant_type")
    if kind == "refresh_token":
        if (refresh := form.get("refresh_token", "")) not in refresh_tokens(org):
            return _refused(org, "invalid_code")
        with org.store.transaction():
            return _throttled(org) or _granted(org, refresh)
    if kind == "authorization_code":
        return _exchange(org, form.get("code", ""))
    return _refused(org, "unsupported_grant_type")


def revoke(org: Org, form: Mapping[str, str]) -> Answer:
    """The revoking endpoint: a refresh token ends with every access token that it bought, an access token alone.

    https://www.zoho.com/accounts/protocol/oauth/web-apps/revoke-tokens.html
    """
    token = form.get("token", "")
    if token in refresh_tokens(org):
        with org.store.transaction():
            _end(org, token)
        return Answer(200, encode({"status": "success"}))
    if org.store.query("SELECT 1 FROM access_token WHERE access = ?", (token,)):
        org.store.write_many("UPDATE access_token SET expires = 0 WHERE access = ?", [(token,)])
        return Answer(200, encode({"status": "success"}))
    return _refused(org, "invalid_token")


def new_token(org: Org, user: str = "", granted: float = 0) -> dict[str, object]:
    """A new access token, in the shape of the endpoint's answer.

    `granted` is when the endpoint issued it, in seconds since 1970; 0 for a token that counts against none of its limits.
    """
    access = _new()
    life = org.switches.token_life_seconds
    expires = org.clock().timestamp() + life
    row = (access, expires, org.switches.scope, user, granted)
    org.store.write_many("INSERT INTO access_token VALUES (?, ?, ?, ?, ?)", [row])
    return {
        "access_token": access,
        "scope": org.switches.scope,
        "api_domain": org.url,
        "token_type": "Bearer",
        "expires_in": life,
    }


def _new() -> str:
    return f"1000.{secrets.token_hex(16)}.{secrets.token_hex(16)}"


def new_code(org: Org) -> str:
    """A self client's code, good for one exchange within 3 minutes (Zoho: Token Validity)."""
    code = _new()
    org.store.set_meta(f"code {code}", str(org.clock().timestamp() + 180))
    return code


class Held(NamedTuple):
    """What a request's token allows, and whose it is; empty for the world's user."""

    scopes: frozenset[str]
    user: str


def held(org: Org, authorization: str | None) -> Held:
    """The request's token. Raises ZohoError: AUTHENTICATION_FAILURE without one, INVALID_TOKEN for a bad one."""
    if not authorization:
        raise ZohoError("AUTHENTICATION_FAILURE")
    sql = "SELECT expires, scope, user FROM access_token WHERE access = ?"
    found = org.store.query(sql, (authorization.removeprefix(_PREFIX),))
    if not authorization.startswith(_PREFIX) or not found or found[0][0] <= org.clock().timestamp():
        raise ZohoError("INVALID_TOKEN")
    return Held(frozenset(found[0][1].replace(",", " ").split()), found[0][2])


def demand(held: frozenset[str], group: str, part: str, operation: str) -> None:
    """Raises OAUTH_SCOPE_MISMATCH unless a scope covers, say, `modules` `leads` `UPDATE`.

    `part` is empty for a scope without one: `ZohoCRM.coql.READ`.
    """
    enough = {f"ZohoCRM.{group}.ALL", f"ZohoCRM.{group}.{operation}"}
    if part:
        enough |= {f"ZohoCRM.{group}.{part}.ALL", f"ZohoCRM.{group}.{part}.{operation}"}
    if operation in ("CREATE", "UPDATE") and group == "modules":
        enough |= {f"ZohoCRM.{group}.WRITE", f"ZohoCRM.{group}.{part}.WRITE"}
    if not held & enough:
        raise ZohoError("OAUTH_SCOPE_MISMATCH")


def revoke_all(org: Org) -> None:
    """Ends every access token. The refresh token stays valid."""
    org.store.write_many("UPDATE access_token SET expires = 0", [()])


def _exchange(org: Org, code: str) -> Answer:
    kept = org.store.meta(f"code {code}")
    if kept is None or float(kept) < org.clock().timestamp():
        return _refused(org, "invalid_code")
    # A code is good once, and spent even where the token is then refused.
    org.store.write_many("DELETE FROM meta WHERE name = ?", [(f"code {code}",)])
    with org.store.transaction():
        if refused := _throttled(org):
            return refused
        known, made = refresh_tokens(org), _new()
        org.store.write_many("INSERT INTO refresh_token (refresh) VALUES (?)", [(made,)])
        for oldest in [*known, made][:-REFRESH_TOKENS]:
            _end(org, oldest)
        return _granted(org, made, {"refresh_token": made})


def refresh_tokens(org: Org) -> list[str]:
    """The refresh tokens that are good now, the oldest first; none once each was revoked."""
    if org.store.meta("first refresh token") is None:
        with org.store.transaction():
            first = (org.credentials.refresh_token,)
            org.store.write_many("INSERT INTO refresh_token (refresh) VALUES (?)", [first])
            org.store.set_meta("first refresh token", "made")
    return [row[0] for row in org.store.query("SELECT refresh FROM refresh_token ORDER BY number", ())]


def _end(org: Org, refresh: str) -> None:
    """Ends a refresh token and every access token that it bought."""
    org.store.write_many("DELETE FROM refresh_token WHERE refresh = ?", [(refresh,)])
    org.store.write_many(_END_BOUGHT, [(refresh,)])


def _throttled(org: Org) -> Answer | None:
    """The refusal of another access token, where too many were granted within ten minutes."""
    moment, switches = org.clock().timestamp(), org.switches
    sql = "SELECT count(*) FROM access_token WHERE granted > ?"
    bought = org.store.query(sql, (moment - GRANTS_SECONDS,))[0][0]
    if not 0 < switches.token_grants <= bought:
        return None
    refusal = {"error_description": _THROTTLED, "error": "Access Denied", "status": "failure"}
    return Answer(switches.throttled_status, encode(refusal))


def _granted(org: Org, refresh: str, more: Mapping[str, object] = MappingProxyType({})) -> Answer:
    """A new access token for a refresh token. Beyond `tokens_alive` the oldest ends."""
    moment = org.clock().timestamp()
    made = new_token(org, granted=moment)
    org.store.write_many("INSERT INTO bought VALUES (?, ?)", [(made["access_token"], refresh)])
    org.meters.tokens += 1
    if org.switches.tokens_alive:
        org.store.write_many(_END_OLDEST, [(moment, org.switches.tokens_alive)])
    return Answer(200, encode({**made, **more}))


def _refused(org: Org, error: str) -> Answer:
    return Answer(org.switches.oauth_error_status, encode({"error": error}))
