"""The accounts server: asking it for tokens, and deciding whether to trust the API's address in its answer.

It sends errors with status 200 as well as 400. https://www.zoho.com/crm/developer/docs/api/v8/refresh.html
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, NamedTuple

import httpx

from zsync import USER_AGENT, codes
from zsync.crm.receiving import cause, receive
from zsync.errors import AccessDenied, CrmUnreachable, UsageError
from zsync.files.reading import Unreadable, read_json
from zsync.hosts import AddressRefused, address, centre_of, is_local
from zsync.model.retries import TOKENS

_UNKNOWN = frozenset({"invalid_token", "invalid_code"})
"""How the accounts server says that it knows no such token."""


def checked_address(name: str, url: str) -> str:
    """A configured address, normalised. Raises `UsageError`, which names its variable (`name`), if it must not be used."""
    try:
        return address(url)
    except AddressRefused as why:
        # The part before an @ may be a password.
        shown = repr(url) if "@" not in url else "with an @"
        raise UsageError(
            f"the address {shown} {why}",
            help=f"Check {name}, or zsync.yaml: an address is like https://www.zohoapis.com. zsync 0.1.0 took http from a variable.",
        ) from None


def believed_domain(said: object, accounts_url: str, org_type: str = "") -> str:
    """The API's address that came with a token: one of Zoho's, or this machine's if the accounts server is on it.

    Without one in the answer, it is the data centre's for that type of org. Raises `CrmUnreachable` for any other address, since every call
    sends the token there.
    """
    centre = centre_of(accounts_url)
    if not said and centre:
        return centre.api(org_type)
    try:
        found = address(str(said or ""), zoho=True)
    except AddressRefused as refused:
        why = f"which {refused}"
    else:
        if not is_local(found) or is_local(accounts_url):
            return found
        why = "which is this machine"
    raise CrmUnreachable(
        f"{accounts_url} says that the API is at {str(said or '')!r:.100}, {why}",
        help="Nothing was sent there. Check ZSYNC_ACCOUNTS_URL; if that address is right, set ZSYNC_API_DOMAIN to it.",
    )


class Made(NamedTuple):
    """A new refresh token, and its scopes; none where the server does not say them."""

    refresh_token: str
    scopes: frozenset[str]


async def exchange(
    client: httpx.AsyncClient, accounts_url: str, *, client_id: str, client_secret: str, code: str
) -> Made:
    """Exchange a self-client's code, which can be used once and for a few minutes, for a refresh token.

    https://www.zoho.com/crm/developer/docs/api/v8/access-refresh.html. Raises like `Authenticator.token`.
    """
    form = {
        "grant_type": "authorization_code",
        "client_id": client_id,
        "client_secret": client_secret,
        "code": code,
    }
    accounts_url = checked_address("ZSYNC_ACCOUNTS_URL", accounts_url)
    data = await ask(client, accounts_url, form, "refresh_token", asyncio.sleep)
    return Made(str(data["refresh_token"]), frozenset(scopes_of(data.get("scope")).replace(",", " ").split()))


async def refusal_status(
    client: httpx.AsyncClient, accounts_url: str, *, client_id: str, client_secret: str
) -> int:
    """The status with which the server refuses a code that there is not. Raises `CrmUnreachable` where it does not answer."""
    form = {
        "grant_type": "authorization_code",
        "client_id": client_id,
        "client_secret": client_secret,
        "code": "zsync-probe",
    }
    url = f"{accounts_url}/oauth/v2/token"
    try:
        request = client.build_request("POST", url, data=form, headers={"User-Agent": USER_AGENT})
        return (await receive(partial(client.send, stream=True), request)).status_code
    except httpx.HTTPError as error:
        raise _unreachable(url, cause(error)) from None


async def revoke(client: httpx.AsyncClient, accounts_url: str, token: str) -> bool:
    """End a refresh token, and every access token that it bought; False if the server knows no such token.

    https://www.zoho.com/accounts/protocol/oauth/web-apps/revoke-tokens.html. Raises `AccessDenied` and `CrmUnreachable`.
    """
    accounts_url = checked_address("ZSYNC_ACCOUNTS_URL", accounts_url)
    url = f"{accounts_url}/oauth/v2/token/revoke"
    # In the body: addresses end up in the logs of whatever lies between.
    data = await _post(
        client, url, {"token": token}, lambda said: said.get("status") == "success", asyncio.sleep
    )
    if data.get("status") == "success":
        return True
    error = str(data.get("error") or data.get("code") or data.get("status") or "no reason given")
    if error in _UNKNOWN:
        return False
    raise denied(
        f"{accounts_url} does not end the refresh token: {error}",
        error,
        "End it in Zoho: accounts.zoho.com or your data centre's, Security, Connected Apps.",
        said=str(data.get("error_description") or ""),
        request="POST /oauth/v2/token/revoke",
    )


async def ask(
    client: httpx.AsyncClient,
    accounts_url: str,
    form: dict[str, str],
    wanted: str,
    sleep: Callable[[float], Awaitable[None]],
) -> dict[str, Any]:
    """The accounts server's answer, with the wanted token in it."""

    def given(said: dict[str, Any]) -> bool:
        # The token tells, not the status: Zoho sends errors with 200 as well.
        return isinstance(said.get(wanted), str) and bool(said[wanted])

    data = await _post(client, f"{accounts_url}/oauth/v2/token", form, given, sleep)
    if not given(data):
        raise _refused(accounts_url, data, wanted)
    return data


def scopes_of(said: object) -> str:
    """The scopes in an answer, as one text; a list counts as well. Any other value tells nothing."""
    parts = said if isinstance(said, list) else [said]
    return " ".join(part for part in parts if isinstance(part, str))


async def _post(
    client: httpx.AsyncClient,
    url: str,
    form: dict[str, str],
    done: Callable[[dict[str, Any]], bool],
    sleep: Callable[[float], Awaitable[None]],
) -> dict[str, Any]:
    """The accounts server's answer, whether it does what was asked or refuses; empty for JSON that is no object.

    Tried again only if the server itself fails: each refusal counts towards the ten tokens of ten minutes.
    """
    problem = ""
    for attempt in range(TOKENS.tries):
        if attempt:
            await sleep(TOKENS.wait(attempt))
        try:
            request = client.build_request("POST", url, data=form, headers={"User-Agent": USER_AGENT})
            answer = await receive(partial(client.send, stream=True), request)
            data = read_json(answer.content)
        except httpx.HTTPError as error:
            problem = cause(error)
        except Unreadable:
            problem = f"status {answer.status_code}, and no JSON"
        else:
            said = data if isinstance(data, dict) else {}
            if answer.status_code < 500 or done(said):
                return said
            problem = f"status {answer.status_code}"
    raise _unreachable(url, problem)


def _refused(accounts_url: str, data: dict[str, Any], wanted: str) -> AccessDenied:
    noun = wanted.replace("_", " ")
    error = str(data.get("error") or data.get("code") or f"no {noun} in the answer")
    text = str(data.get("error_description") or "")
    advice = codes.OAUTH.get(
        error, "Check the three variables ZSYNC_CLIENT_ID, ZSYNC_CLIENT_SECRET, ZSYNC_REFRESH_TOKEN."
    )
    if error == "invalid_code" and wanted == "refresh_token":
        advice = "A code is good for one use, within minutes: generate another in the API console and log in at once."
    return denied(f"{accounts_url} gives no {noun}: {error}", error, advice, said=text)


def denied(
    message: str, code: str, advice: str, *, said: str = "", request: str = "POST /oauth/v2/token"
) -> AccessDenied:
    """The exception for a token that cannot be obtained, used or ended; `said` are Zoho's own words, if any."""
    return AccessDenied(message, code=code, status=401, request=request, said=said, exit_code=8, help=advice)


def _unreachable(url: str, why: str) -> CrmUnreachable:
    return CrmUnreachable(
        f"POST {url} brought no usable answer ({why})",
        help="Check the network, and the data centre or ZSYNC_ACCOUNTS_URL.",
    )
