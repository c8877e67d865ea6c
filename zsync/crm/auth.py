"""Access tokens: one refresh serves many requests, and is kept on disk until shortly before it expires.

Zoho grants ten access tokens per refresh token in ten minutes.
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

from zsync.bounds import STATE
from zsync.crm.accounts import ask, believed_domain, denied, refusal_status, scopes_of
from zsync.errors import AccessDenied, CrmUnreachable, InputError
from zsync.files.plan import canonical
from zsync.files.reading import Unreadable, read_bytes, read_json
from zsync.files.writing import make_folder, write_file

_EARLY = 60.0
"""How many seconds before it expires a token is given up, since a request may take that long."""

_LIFETIME = 3600.0
"""The life of a token in seconds, as Zoho documents it. Assumed if an answer does not tell, and never exceeded."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """The values of the environment variables, which no repr shows, and the prefix of their names."""

    client_id: str = field(default="", repr=False)
    client_secret: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)
    access_token: str = field(default="", repr=False)
    prefix: str = "ZSYNC_"

    @property
    def variable(self) -> str:
        """The name of the variable that the token in use comes from."""
        return f"{self.prefix}{'ACCESS' if self.access_token else 'REFRESH'}_TOKEN"


@dataclass(frozen=True, slots=True)
class Token:
    """An access token, the API's address that came with it, until when to use it (seconds since 1970), and its scopes.

    `scope` is as Zoho sends it, separated by spaces or commas; empty if Zoho sends none.
    """

    access_token: str = field(repr=False)
    api_domain: str
    good_until: float
    scope: str = ""


def cache_file(
    folder: Path, credentials: Credentials, accounts_url: str, api_domain: str, org_type: str
) -> Path:
    """Where an access token is kept between runs."""
    # All that a token depends on: a run with another client or server must not find it.
    secret = [credentials.client_id, credentials.client_secret, credentials.refresh_token]
    key = "\0".join([accounts_url, api_domain, org_type, *secret])
    return folder / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.json"


class Authenticator:
    """Supplies the token for each request. Gets a new one if there is none or it was refused, one refresh at a time."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        credentials: Credentials,
        *,
        accounts_url: str,
        api_domain: str,
        clock: Callable[[], float],
        cache_dir: Path | None,
        org_type: str = "",
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._client = client
        self._credentials = credentials
        self._accounts_url = accounts_url
        self._api_domain = api_domain
        self._org_type = org_type
        self._clock = clock
        self._sleep = sleep
        self._lock = asyncio.Lock()
        self._cache = cache_dir and cache_file(cache_dir, credentials, accounts_url, api_domain, org_type)
        self._token: Token | None = None
        if credentials.access_token:
            if not _usable_text(credentials.access_token):
                raise denied(
                    f"{credentials.variable} holds a character that no token has",
                    "INVALID_TOKEN",
                    "Set it to the token alone, without quotes, spaces or line ends.",
                )
            self._token = Token(credentials.access_token, "", float("inf"))

    async def token(self, *, refused: str = "") -> Token:
        """The token to use. If the CRM has just `refused` one, it is another.

        Raises `AccessDenied` if none can be obtained, and `CrmUnreachable` if the accounts server does not answer.
        """
        if self._usable(self._token, refused):
            return self._token  # type: ignore[return-value]  # _usable says that it is one
        # Ten requests whose token expires at once must cost one of the ten tokens in ten minutes, not all.
        async with self._lock:
            if not self._usable(self._token, refused):
                self._token = self._cached()
            if not self._usable(self._token, refused):
                self._token = await self._refresh()
                self._keep(self._token)
            return self._token  # type: ignore[return-value]  # set above

    async def refusal(self) -> int | None:
        """The status with which the accounts server refuses a wrong code; None where there is no client to ask it as.

        Raises `CrmUnreachable`. It may count as one of the ten tokens of ten minutes.
        """
        known = self._credentials
        if not (known.client_id and known.client_secret):
            return None
        asked = {"client_id": known.client_id, "client_secret": known.client_secret}
        return await refusal_status(self._client, self._accounts_url, **asked)

    def _usable(self, token: Token | None, refused: str) -> bool:
        return token is not None and token.access_token != refused and token.good_until > self._clock()

    async def _refresh(self) -> Token:
        credentials = self._credentials
        if not (credentials.client_id and credentials.client_secret and credentials.refresh_token):
            raise denied(
                "the access token was refused, and there is no refresh token to get another",
                "INVALID_TOKEN",
                f"Set {credentials.prefix}CLIENT_ID, {credentials.prefix}CLIENT_SECRET and {credentials.prefix}REFRESH_TOKEN, or a fresh {credentials.prefix}ACCESS_TOKEN.",
            )
        form = {
            "grant_type": "refresh_token",
            "client_id": credentials.client_id,
            "client_secret": credentials.client_secret,
            "refresh_token": credentials.refresh_token,
        }
        try:
            data = await ask(self._client, self._accounts_url, form, "access_token", self._sleep)
        except AccessDenied as refused:
            refused.help = refused.help.replace("ZSYNC_", credentials.prefix)
            raise
        if not _usable_text(data["access_token"]):
            raise denied(
                f"the access token that {self._accounts_url} gives holds a character that no token has",
                "INVALID_TOKEN",
                "Check ZSYNC_ACCOUNTS_URL: this is not how Zoho answers.",
            )
        return Token(
            data["access_token"],
            self._api_domain or believed_domain(data.get("api_domain"), self._accounts_url, self._org_type),
            self._clock() + _usable_for(data),
            scopes_of(data.get("scope")),
        )

    def _cached(self) -> Token | None:
        if self._cache is None or not self._credentials.refresh_token:
            return None
        try:
            token = _kept(read_json(read_bytes(self._cache, STATE)))
            if token and not self._api_domain:
                believed_domain(token.api_domain, self._accounts_url)
        except (OSError, Unreadable, CrmUnreachable):
            return None
        return token if token and token.good_until <= self._clock() + _LIFETIME else None

    def _keep(self, token: Token) -> None:
        if self._cache is None:
            return
        # If the cache cannot be written, the next run needs another refresh; this one goes on.
        with contextlib.suppress(OSError, InputError):
            make_folder(self._cache.parent)
            write_file(self._cache, canonical(asdict(token)))


def _usable_text(token: object) -> bool:
    """Whether a token can be sent in a header."""
    return (
        isinstance(token, str)
        and token.isascii()
        and token.isprintable()
        and token.strip() != ""
        and " " not in token
    )


def _usable_for(data: dict[str, Any]) -> float:
    """For how many seconds to use the token in an answer: until shortly before it expires, and never for ever."""
    # Old answers have `expires_in` in milliseconds and `expires_in_sec` in seconds; some have neither.
    said = data.get("expires_in_sec") or data.get("expires_in")
    try:
        lifetime = min(float(said), _LIFETIME) if said else _LIFETIME
    except (TypeError, ValueError, OverflowError):
        lifetime = _LIFETIME
    if not math.isfinite(lifetime):
        lifetime = _LIFETIME
    # A server that grants a few seconds must not cause a refresh before every call.
    lifetime = max(lifetime, _EARLY)
    return max(lifetime - _EARLY, lifetime / 2)


def _kept(data: Any) -> Token | None:
    """The token in a cache file; None for any other content, such as that of another version."""
    told = data if isinstance(data, dict) else {}
    access, domain, until, scope = map(told.get, ("access_token", "api_domain", "good_until", "scope"))
    if not (_usable_text(access) and isinstance(domain, str) and isinstance(scope, str)):
        return None
    return Token(str(access), domain, float(until), scope) if isinstance(until, int | Decimal) else None
