"""HTTP: sends one request, retries what may be retried, bounds how many are under way, and reads Zoho's envelopes.

All retries of zsync are here. Read calls are repeated after 429, 5xx, a lost connection or an unreadable answer; write
calls only where the CRM cannot have carried them out (429, 401, no connection): after a lost answer the caller must
read before it sends again.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import httpx
import simplejson

from zsync import codes
from zsync.crm.auth import Authenticator, Token
from zsync.crm.limits import Credits, Gate, Patience
from zsync.errors import AccessDenied, AnswerLost, CrmUnreachable, RequestRefused, ZsyncError

ATTEMPTS = 5
NONSENSE = 3
"""How many unreadable answers with a good status are taken before the call is given up."""

FIRST_DELAY, LONGEST_DELAY = 0.5, 8.0
"""Seconds: before try n the wait is random between 0 and min(LONGEST_DELAY, FIRST_DELAY · 2^(n-1))."""

TIMEOUT = httpx.Timeout(60.0, connect=10.0)

_READS = frozenset({"coql", "actions/get_related_records_count"})
"""Ends of the paths whose POST reads."""

_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_TOKEN_CODES = frozenset({"INVALID_TOKEN", "INVALID_OAUTHTOKEN", "AUTHENTICATION_FAILURE"})
_ACCESS = frozenset(code for code, page in codes.CODES.items() if page.exit_code == 8)
_BY_STATUS = {
    401: "AUTHENTICATION_FAILURE",
    403: "NO_PERMISSION",
    404: "INVALID_URL_PATTERN",
    405: "INVALID_REQUEST_METHOD",
}
"""Status → the code whose page fits an answer that has none, such as a proxy's."""


class Call(NamedTuple):
    """One request: `path` from the version's root with its query (`Leads/1/Campaigns?fields=id`), `body` JSON bytes."""

    method: str
    path: str
    body: bytes | None = None

    @property
    def writes(self) -> bool:
        """Whether the call may change the CRM."""
        if self.method == "GET":
            return False
        return not (self.method == "POST" and any(self.path.endswith(end) for end in _READS))

    @property
    def heavy(self) -> bool:
        """Whether the call counts as one of the ten heavy ones: a query, or a write (of more than ten rows, perhaps)."""
        return self.method != "GET"

    def __str__(self) -> str:
        """Method and path without the query: fit for messages."""
        return f"{self.method} /{self.path.partition('?')[0]}"


@dataclass(slots=True)
class Traffic:
    """What a run has sent so far: calls that read and that write; their repeats are counted apart."""

    reads: int = 0
    writes: int = 0
    repeats: int = 0


class Answer(NamedTuple):
    """A readable answer: its status and its JSON (None for an empty body)."""

    status: int
    data: Any


class Wire:
    """One connection to one org's API. `read_only` wires refuse to send anything that writes."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        auth: Authenticator,
        *,
        api_domain: str,
        read_only: bool,
        concurrency: int,
        reserve: int = 0,
        told: Callable[[str], None] = lambda _: None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        rng: Callable[[], float] = random.random,
    ) -> None:
        self._client = client
        self._auth = auth
        self._api_domain = api_domain.rstrip("/")
        self._read_only = read_only
        self._gate = Gate(concurrency)
        self._patience = Patience(sleep, told)
        self._rng = rng
        self.credits = Credits(reserve)
        self.traffic = Traffic()
        self.date = ""

    async def send(self, call: Call) -> Answer:
        """The answer to a call: success, or an error answer that carries rows (`data` a list).

        Raises `RequestRefused` (of it `AccessDenied`) for an answer that refuses the whole request, `CrmUnreachable`
        where no answer came after all tries, and `AnswerLost` where a write may or may not have been carried out.
        """
        if self._read_only and call.writes:
            raise RuntimeError(f"{call} on a connection that is for reading")
        self.credits.check(str(call))
        if call.writes:
            self.traffic.writes += 1
        else:
            self.traffic.reads += 1
        return await self._try(call)

    async def api_domain(self) -> str:
        """The API's address: the configured one, else the one that came with the token."""
        if self._api_domain:
            return self._api_domain
        return (await self._auth.token()).api_domain.rstrip("/")

    async def scopes(self) -> frozenset[str]:
        """The scopes of the token; empty where Zoho does not say them."""
        return frozenset((await self._auth.token()).scope.replace(",", " ").split())

    async def _try(self, call: Call) -> Answer:
        refused, problem, nonsense = "", "no try was made", 0
        answer, wait = Answer(0, None), 0.0
        for attempt in range(ATTEMPTS):
            if attempt:
                self.traffic.repeats += 1
                if not await self._patience.wait(wait, problem):
                    break
            token = await self._auth.token(refused=refused)
            try:
                response = await self._once(call, token)
            except httpx.HTTPError as error:
                problem = type(error).__name__
                if call.writes and not isinstance(error, _NEVER_SENT):
                    raise AnswerLost(f"{call}: the answer was lost ({problem})") from None
                wait = self._delay(attempt, None)
                continue
            answer = Answer(response.status_code, _json(response.content))
            if answer.status == 401 and not refused and _says_token(answer.data):
                refused, wait = token.access_token, 0.0
                continue
            problem = _repeat(call, answer)
            if not problem:
                return _rows(call, answer)
            wait = self._delay(attempt, response.headers.get("Retry-After"))
            nonsense += answer.status < 300
            if nonsense == NONSENSE:
                break
        raise _given_up(call, answer, problem)

    async def _once(self, call: Call, token: Token) -> httpx.Response:
        async with self._gate.call(heavy=call.heavy) as epoch:
            response = await self._client.send(self._request(call, token))
            if response.status_code == 429:
                self._gate.throttled(epoch)
            elif response.status_code < 500:
                self._gate.succeeded()
            self.credits.read(response.headers.get("X-API-CREDITS-REMAINING"))
            self.date = response.headers.get("Date", self.date)
            return response

    def _delay(self, attempt: int, retry_after: str | None) -> float:
        delay: float = self._rng() * min(LONGEST_DELAY, FIRST_DELAY * 2**attempt)
        if retry_after and retry_after.strip().isdecimal():
            delay += float(retry_after)
        return delay

    def _request(self, call: Call, token: Token) -> httpx.Request:
        # Built here and not by the client: merging the client's defaults costs as much CPU as the rest of the call.
        headers = {
            "Authorization": f"Zoho-oauthtoken {token.access_token}",
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
            "User-Agent": "zsync",
        }
        if call.body is not None:
            headers["Content-Type"] = "application/json"
        root = self._api_domain or token.api_domain.rstrip("/")
        return httpx.Request(
            call.method,
            f"{root}/crm/v8/{call.path}",
            headers=headers,
            content=call.body,
            extensions={"timeout": TIMEOUT.as_dict()},
        )


def _json(content: bytes) -> Any:
    if not content:
        return None
    try:
        # Decimals stay decimals; an id that comes as a JSON number is an exact int.
        return simplejson.loads(content, use_decimal=True)
    except (ValueError, RecursionError):
        return None


def _flat(data: Any) -> dict[str, Any]:
    """The error object of an answer that has one code for the whole request; empty where it is none."""
    return data if isinstance(data, dict) and isinstance(data.get("code"), str) else {}


def _says_token(data: Any) -> bool:
    return _flat(data).get("code", "INVALID_TOKEN") in _TOKEN_CODES


def _repeat(call: Call, answer: Answer) -> str:
    """Why a call must be sent again; empty where its answer is to be read. Raises `AnswerLost` for a write."""
    if answer.status == 429:
        return f"429 {_flat(answer.data).get('message', 'too many requests')}"
    # A redirect or a page of HTML must not read as an empty list: only 204 says that there is nothing.
    empty = answer.status < 400 and answer.status != 204 and not isinstance(answer.data, dict)
    useless = answer.status >= 500 or empty
    if useless and call.writes:
        raise AnswerLost(f"{call}: the answer is no use (status {answer.status})", answer=_flat(answer.data))
    if useless:
        return f"status {answer.status}" + ("" if answer.status >= 500 else ", but no JSON")
    return ""


def _rows(call: Call, answer: Answer) -> Answer:
    """An answer that succeeded or carries rows. Raises `RequestRefused` for one that refuses the whole request."""
    refused = _flat(answer.data).get("status") == "error"
    if answer.status < 400 and not refused:
        return answer
    rows = answer.data.get("data") if isinstance(answer.data, dict) else None
    if isinstance(rows, list) and call.writes:
        return answer
    # Of a read, rows under an error status are errors and not what was asked for.
    raise refusal(call, answer.status, _flat(answer.data) or _flat(rows[0] if rows else None))


def _given_up(call: Call, answer: Answer, problem: str) -> ZsyncError:
    if answer.status == 429:
        return AccessDenied(
            f"{call}: the CRM takes no more calls now ({problem}), and waiting did not help",
            code="TOO_MANY_REQUESTS",
            status=429,
            request=str(call),
            exit_code=8,
            help=codes.advice("TOO_MANY_REQUESTS"),
        )
    if answer.status >= 500 and _flat(answer.data):
        return refusal(call, answer.status, _flat(answer.data))
    return CrmUnreachable(
        f"{call}: no usable answer, after several tries (last: {problem})",
        help="Check the network and ZSYNC_API_DOMAIN, then run the same command again.",
    )


def refusal(call: Call | str, status: int, data: dict[str, Any]) -> RequestRefused:
    """The exception for an answer that refuses a whole request; `data` is Zoho's flat error object."""
    code = str(data.get("code") or f"HTTP {status}")
    details: dict[str, Any] = data["details"] if isinstance(data.get("details"), dict) else {}
    index = (
        details.get("resource_path_index") if isinstance(details.get("resource_path_index"), int) else None
    )
    named = ", ".join(
        f"{key} {_brief(value)}" for key, value in details.items() if key != "resource_path_index"
    )
    message = f"{call}: {code}: {data.get('message') or 'no message'}" + (f" ({named})" if named else "")
    known = code if code in codes.CODES else _BY_STATUS.get(status, code)
    kind = AccessDenied if known in _ACCESS else RequestRefused
    return kind(
        message,
        code=code,
        status=status,
        request=str(call),
        index=index,
        exit_code=codes.find_code(known).exit_code,
        help=codes.advice(known, index),
    )


def _brief(value: Any) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= 80 else text[:79] + "…"
