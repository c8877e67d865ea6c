"""Access tokens: handing them out, and asking them what they allow.

https://www.zoho.com/crm/developer/docs/api/v8/access-refresh.html
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from .errors import Answer, ZohoError, encode
from .org import Org

LIFE_SECONDS = 3_600
_PREFIX = "Zoho-oauthtoken "


def grant(org: Org, form: Mapping[str, str]) -> Answer:
    """The token endpoint: `refresh_token` and `authorization_code` grants. Its refusals are not Zoho CRM's."""
    known = org.credentials
    if form.get("client_id") != known.client_id:
        return _refused(org, "invalid_client")
    if form.get("client_secret") != known.client_secret:
        return _refused(org, "invalid_client_secret")
    kind = form.get("grant_type")
    if kind == "refresh_token":
        if form.get("refresh_token") != known.refresh_token:
            return _refused(org, "invalid_code")
        return Answer(200, encode(new_token(org)))
    if kind == "authorization_code":
        return _exchange(org, form.get("code", ""))
    return _refused(org, "unsupported_grant_type")


def new_token(org: Org) -> dict[str, object]:
    """A fresh access token, as the endpoint answers it."""
    access = f"1000.{secrets.token_hex(16)}.{secrets.token_hex(16)}"
    expires = org.clock().timestamp() + LIFE_SECONDS
    org.store.write_many("INSERT INTO token VALUES (?, ?, ?)", [(access, expires, org.switches.scope)])
    return {
        "access_token": access,
        "scope": org.switches.scope,
        "api_domain": org.url,
        "token_type": "Bearer",
        "expires_in": LIFE_SECONDS,
    }


def new_code(org: Org) -> str:
    """A self client's one-time code, good for one exchange."""
    code = f"1000.{secrets.token_hex(16)}.{secrets.token_hex(16)}"
    org.store.set_meta(f"code {code}", str(org.clock().timestamp() + 180))
    return code


def scopes(org: Org, authorization: str | None) -> frozenset[str]:
    """What the request's token allows. Raises AUTHENTICATION_FAILURE without one, INVALID_TOKEN for a bad one."""
    if not authorization:
        raise ZohoError("AUTHENTICATION_FAILURE")
    found = org.store.query(
        "SELECT expires, scope FROM token WHERE access = ?", (authorization.removeprefix(_PREFIX),)
    )
    if not authorization.startswith(_PREFIX) or not found or found[0][0] <= org.clock().timestamp():
        raise ZohoError("INVALID_TOKEN")
    return frozenset(found[0][1].replace(",", " ").split())


def demand(held: frozenset[str], group: str, part: str, operation: str) -> None:
    """Raises OAUTH_SCOPE_MISMATCH unless a scope covers, say, `modules` `leads` `UPDATE`.

    `part` may be empty: `ZohoCRM.coql.READ` has none.
    """
    enough = {f"ZohoCRM.{group}.ALL", f"ZohoCRM.{group}.{operation}"}
    if part:
        enough |= {f"ZohoCRM.{group}.{part}.ALL", f"ZohoCRM.{group}.{part}.{operation}"}
    if operation in ("UPDATE", "DELETE") and group == "modules":
        enough |= (
            {f"ZohoCRM.{group}.WRITE", f"ZohoCRM.{group}.{part}.WRITE"} if operation == "UPDATE" else set()
        )
    if not held & enough:
        raise ZohoError("OAUTH_SCOPE_MISMATCH")


def revoke_all(org: Org) -> None:
    """Every access token is invalid from now on; the refresh token stays good."""
    org.store.write_many("DELETE FROM token", [()])


def _exchange(org: Org, code: str) -> Answer:
    kept = org.store.meta(f"code {code}")
    if kept is None or float(kept) < org.clock().timestamp():
        return _refused(org, "invalid_code")
    org.store.write_many("DELETE FROM meta WHERE name = ?", [(f"code {code}",)])
    return Answer(200, encode({**new_token(org), "refresh_token": org.credentials.refresh_token}))


def _refused(org: Org, error: str) -> Answer:
    return Answer(org.switches.oauth_error_status, encode({"error": error}))
