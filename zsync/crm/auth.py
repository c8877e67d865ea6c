"""Access tokens: one refresh for many requests, kept on disk until shortly before they expire.

Zoho grants ten access tokens per refresh token in ten minutes and answers its errors with status 200 or 400 alike.
https://www.zoho.com/crm/developer/docs/api/v8/refresh.html
"""

import asyncio
import contextlib
import hashlib
import math
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx

from zsync import USER_AGENT
from zsync.bounds import STATE
from zsync.errors import AccessDenied, CrmUnreachable, InputError
from zsync.files.plan import canonical
from zsync.files.reading import Unreadable, read_bytes, read_json
from zsync.files.writing import make_folder, write_file

_EARLY = 60.0
"""Seconds before its end from which a token is not used any more: a request may take that long."""

_LIFETIME = 3600.0
"""Seconds that a token lives: what Zoho documents, where an answer does not say it, and the most that is believed."""

_TRIES = 3
"""How often the accounts server is asked while it fails or does not answer, 1 and 2 seconds apart."""

_HELP = {
    "invalid_client": "Check ZSYNC_CLIENT_ID, and that the data centre (ZSYNC_ACCOUNTS_URL) is the one where the client was "
    "registered: a client of another data centre is unknown here.",
    "invalid_client_secret": "Check ZSYNC_CLIENT_SECRET: it does not belong to ZSYNC_CLIENT_ID.",
    "invalid_code": "The refresh token is revoked or wrong: check ZSYNC_REFRESH_TOKEN or make a new one.",
    "invalid_redirect_uri": "The redirect URI is not the client's.",
    "Access Denied": "Zoho grants ten tokens in ten minutes. Wait ten minutes before you run again: each try before prolongs it.",
}


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the environment variables hold. Its repr shows nothing of it."""

    client_id: str = field(default="", repr=False)
    client_secret: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)
    access_token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Token:
    """An access token, the API's address that came with it, until when to use it (seconds since 1970), and its scopes.

    `scope` is as Zoho says it, separated by spaces or commas; empty where it does not say.
    """

    access_token: str = field(repr=False)
    api_domain: str
    good_until: float
    scope: str = ""


class Authenticator:
    """Gives the token for a request and gets a new one when it is missing or was refused. One refresh at a time."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        credentials: Credentials,
        *,
        accounts_url: str,
        api_domain: str,
        clock: Callable[[], float],
        cache_dir: Path | None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._client = client
        self._credentials = credentials
        self._accounts_url = accounts_url.rstrip("/")
        self._clock = clock
        self._sleep = sleep
        self._lock = asyncio.Lock()
        self._cache = cache_dir / f"{self._cache_key(api_domain)}.json" if cache_dir else None
        self._token: Token | None = None
        if credentials.access_token:
            if not _usable_text(credentials.access_token):
                raise _denied(
                    "ZSYNC_ACCESS_TOKEN holds a character that no token has",
                    "INVALID_TOKEN",
                    "Set it to the token alone, without quotes, spaces or line ends.",
                )
            self._token = Token(credentials.access_token, "", float("inf"))

    async def token(self, *, refused: str = "") -> Token:
        """The token to use. `refused` is one that the CRM said no to: a newer one is given.

        Raises `AccessDenied` where none can be had, `CrmUnreachable` where the accounts server does not answer.
        """
        if self._usable(self._token, refused):
            return self._token  # type: ignore[return-value]  # _usable says that it is one
        async with self._lock:
            if not self._usable(self._token, refused):
                self._token = self._cached()
            if not self._usable(self._token, refused):
                self._token = await self._refresh()
                self._keep(self._token)
            return self._token  # type: ignore[return-value]  # set above

    def _usable(self, token: Token | None, refused: str) -> bool:
        return token is not None and token.access_token != refused and token.good_until > self._clock()

    async def _refresh(self) -> Token:
        credentials = self._credentials
        if not (credentials.client_id and credentials.client_secret and credentials.refresh_token):
            raise _denied(
                "the access token was refused, and there is no refresh token to get another",
                "INVALID_TOKEN",
                "Set ZSYNC_CLIENT_ID, ZSYNC_CLIENT_SECRET and ZSYNC_REFRESH_TOKEN, or a fresh ZSYNC_ACCESS_TOKEN.",
            )
        form = {
            "grant_type": "refresh_token",
            "client_id": credentials.client_id,
            "client_secret": credentials.client_secret,
            "refresh_token": credentials.refresh_token,
        }
        data = await _ask(self._client, self._accounts_url, form, "access_token", self._sleep)
        if not _usable_text(data["access_token"]):
            raise _denied(
                f"the access token that {self._accounts_url} gives holds a character that no token has",
                "INVALID_TOKEN",
                "Check ZSYNC_ACCOUNTS_URL: this is not how Zoho answers.",
            )
        return Token(
            data["access_token"],
            str(data.get("api_domain") or ""),
            self._clock() + _usable_for(data),
            str(data.get("scope") or ""),
        )

    def _cache_key(self, api_domain: str) -> str:
        who = self._credentials
        parts = [self._accounts_url, api_domain, who.client_id, who.client_secret, who.refresh_token]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]

    def _cached(self) -> Token | None:
        if self._cache is None or not self._credentials.refresh_token:
            return None
        try:
            token = _kept(read_json(read_bytes(self._cache, STATE)))
        except (OSError, Unreadable):
            return None
        return token if token and token.good_until <= self._clock() + _LIFETIME else None

    def _keep(self, token: Token) -> None:
        if self._cache is None:
            return
        # A cache that cannot be written costs a refresh in the next run; it must not end this one.
        with contextlib.suppress(OSError, InputError):
            make_folder(self._cache.parent)
            write_file(self._cache, canonical(asdict(token)))


def _usable_text(token: object) -> bool:
    """Whether a token can stand in a header at all."""
    return (
        isinstance(token, str)
        and token.isascii()
        and token.isprintable()
        and token.strip() != ""
        and " " not in token
    )


def _usable_for(data: dict[str, Any]) -> float:
    """Seconds for which the token of an answer is used: until shortly before its end, whatever the answer says of that."""
    # Old answers have `expires_in` in milliseconds beside `expires_in_sec`; some have neither.
    said = data.get("expires_in_sec") or data.get("expires_in")
    try:
        lifetime = min(float(said), _LIFETIME) if said else _LIFETIME
    except (TypeError, ValueError, OverflowError):
        lifetime = _LIFETIME
    if not math.isfinite(lifetime):
        lifetime = _LIFETIME
    # A server that names a few seconds must not be asked again before every call.
    lifetime = max(lifetime, _EARLY)
    return max(lifetime - _EARLY, lifetime / 2)


def _kept(data: Any) -> Token | None:
    """The token of a cache file; None where it holds something else, such as that of another version."""
    told = data if isinstance(data, dict) else {}
    access, domain, until, scope = map(told.get, ("access_token", "api_domain", "good_until", "scope"))
    if not (_usable_text(access) and isinstance(domain, str) and isinstance(scope, str)):
        return None
    return Token(str(access), domain, float(until), scope) if isinstance(until, int | Decimal) else None


async def exchange(
    client: httpx.AsyncClient, accounts_url: str, *, client_id: str, client_secret: str, code: str
) -> str:
    """The refresh token for a self-client's code, which is good for one use within minutes.

    https://www.zoho.com/crm/developer/docs/api/v8/access-refresh.html. Raises like `Authenticator.token`.
    """
    form = {
        "grant_type": "authorization_code",
        "client_id": client_id,
        "client_secret": client_secret,
        "code": code,
    }
    data = await _ask(client, accounts_url.rstrip("/"), form, "refresh_token", asyncio.sleep)
    return str(data["refresh_token"])


async def _ask(
    client: httpx.AsyncClient,
    accounts_url: str,
    form: dict[str, str],
    wanted: str,
    sleep: Callable[[float], Awaitable[None]],
) -> dict[str, Any]:
    """The accounts server's answer with the wanted token in it.

    Repeated only while the server itself fails: a refusal counts towards the ten of ten minutes.
    """
    url, problem = f"{accounts_url}/oauth/v2/token", ""
    for attempt in range(_TRIES):
        if attempt:
            await sleep(2.0**attempt / 2)
        try:
            answer = await client.post(url, data=form, headers={"User-Agent": USER_AGENT})
            data = read_json(answer.content)
        except httpx.HTTPError as error:
            # The exception's text may hold the URL, never the form; its class says enough.
            problem = type(error).__name__
        except Unreadable:
            problem = f"status {answer.status_code}, and no JSON"
        else:
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
    advice = _HELP.get(
        error, "Check the three variables ZSYNC_CLIENT_ID, ZSYNC_CLIENT_SECRET, ZSYNC_REFRESH_TOKEN."
    )
    if error == "invalid_code" and wanted == "refresh_token":
        advice = "A code is good for one use, within minutes: generate another in the API console and log in at once."
    return _denied(f"{accounts_url} gives no {noun}: {error}" + (f" ({text})" if text else ""), error, advice)


def _denied(message: str, code: str, advice: str) -> AccessDenied:
    return AccessDenied(
        message, code=code, status=401, request="POST /oauth/v2/token", exit_code=8, help=advice
    )


def _unreachable(url: str, why: str) -> CrmUnreachable:
    return CrmUnreachable(
        f"POST {url} brought no usable answer ({why})",
        help="Check the network, and the data centre or ZSYNC_ACCOUNTS_URL.",
    )
