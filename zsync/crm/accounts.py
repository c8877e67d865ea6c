"""The accounts server: asking it for tokens, and deciding whether to trust the API's address in its answer.

It sends errors with status 200 as well as 400. https://www.zoho.com/crm/developer/docs/api/v8/refresh.html
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import httpx

from zsync import USER_AGENT, codes
from zsync.crm.receiving import cause, receive
from zsync.errors import AccessDenied, CrmUnreachable, UsageError
from zsync.files.reading import Unreadable, read_json
from zsync.hosts import AddressRefused, address, centre_of, is_local
from zsync.model.retries import TOKENS


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


async def exchange(
    client: httpx.AsyncClient, accounts_url: str, *, client_id: str, client_secret: str, code: str
) -> str:
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
    return str(data["refresh_token"])


async def ask(
    client: httpx.AsyncClient,
    accounts_url: str,
    form: dict[str, str],
    wanted: str,
    sleep: Callable[[float], Awaitable[None]],
) -> dict[str, Any]:
    """The accounts server's answer, with the wanted token in it.

    Tried again only if the server itself fails: each refusal counts towards the ten tokens of ten minutes.
    """
    url, problem = f"{accounts_url}/oauth/v2/token", ""
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
            # The token tells, not the status: Zoho sends errors with 200 as well.
            if isinstance(data, dict) and isinstance(data.get(wanted), str) and data[wanted]:
                return data
            if answer.status_code < 500:
                raise _refused(accounts_url, data if isinstance(data, dict) else {}, wanted)
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


def denied(message: str, code: str, advice: str, *, said: str = "") -> AccessDenied:
    """The exception for a token that cannot be obtained or used; `said` are Zoho's own words, if any."""
    request = "POST /oauth/v2/token"
    return AccessDenied(message, code=code, status=401, request=request, said=said, exit_code=8, help=advice)


def _unreachable(url: str, why: str) -> CrmUnreachable:
    return CrmUnreachable(
        f"POST {url} brought no usable answer ({why})",
        help="Check the network, and the data centre or ZSYNC_ACCOUNTS_URL.",
    )
