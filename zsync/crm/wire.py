"""HTTP: sends requests, retries those that may be retried, and limits how many are in progress.

Reads are tried again after 429, 5xx, a lost connection or an unreadable answer (`model.retries.CALLS`); writes only if the
CRM cannot have carried them out (429, 401, no connection). After a lost answer the caller must read before it sends again.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from time import perf_counter, time, time_ns

import httpx

from zsync import USER_AGENT
from zsync.crm.answers import code_of, given_up, read, repeat_because, rows_of, says_token
from zsync.crm.auth import Authenticator, Token
from zsync.crm.calls import Answer, Call, Throttled, Traffic
from zsync.crm.limits import Credits, Gate, Patience
from zsync.crm.receiving import Received, Unusable, cause, receive
from zsync.errors import AnswerLost, GuardRefused
from zsync.model.attempt import Attempt
from zsync.model.retries import CALLS, NONSENSE, asked_wait

TIMEOUT = httpx.Timeout(60.0, connect=10.0)

_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class Wire:
    """A connection to one org's API. If it is `read_only`, it refuses to send anything that writes."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        auth: Authenticator,
        *,
        api_domain: str,
        read_only: bool,
        concurrency: int,
        reserve: int = 0,
        max_reads: int | None = None,
        version: str = "v8",
        told: Callable[[str], None] = lambda _: None,
        seen: Callable[[Attempt], None] | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        rng: Callable[[], float] = random.random,
        clock: Callable[[], float] = time,
    ) -> None:
        self._client = client
        self._transport = transport
        self._auth = auth
        self._api_domain = api_domain.rstrip("/")
        self._read_only = read_only
        self._gate = Gate(concurrency)
        self._patience = Patience(sleep, told)
        self._rng = rng
        self._clock = clock
        self._seen = seen
        self._max_reads = max_reads
        self.version = version
        self.credits = Credits(reserve)
        self.traffic = Traffic()
        self.date = ""

    async def send(self, call: Call) -> Answer:
        """The answer to a call: success, or an error answer that carries rows (`data` a list).

        Raises `RequestRefused` (or its subclass `AccessDenied`) if the answer refuses the whole request, `CrmUnreachable` if
        none came in all tries, `AnswerLost` if a write may or may not have been carried out, and `GuardRefused` for a read
        beyond `max_reads`.
        """
        if self._read_only and call.writes:
            raise RuntimeError(f"{call} on a connection that is for reading")
        self.credits.check(str(call))
        if call.writes:
            self.traffic.writes += 1
        else:
            self.expect_reads(1)
            self.traffic.reads += 1
        return await self._try(call)

    def expect_reads(self, count: int) -> None:
        """Raises `GuardRefused` if so many more reads would exceed `max_reads`."""
        if self._max_reads is not None and self.traffic.reads + count > self._max_reads:
            raise GuardRefused(
                f"at least {self.traffic.reads + count:,} reads are needed, and --max-reads allows {self._max_reads:,}",
                help="Plan fewer manifests at a time (`zsync plan PATH`), or allow more reads (in workflows: `max-reads`). In zsync 0.1.0 "
                "there was no limit.",
            )

    async def api_domain(self) -> str:
        """The API's address: the configured one, else the one that came with the token."""
        if self._api_domain:
            return self._api_domain
        return (await self._auth.token()).api_domain.rstrip("/")

    async def scopes(self) -> frozenset[str]:
        """The scopes of the token; empty if Zoho does not say."""
        return frozenset((await self._auth.token()).scope.replace(",", " ").split())

    async def token_refusal(self) -> int | None:
        """The status with which the accounts server refuses a wrong code. See `Authenticator.refusal`."""
        return await self._auth.refusal()

    async def _try(self, call: Call) -> Answer:
        refused, problem, nonsense = "", "no try was made", 0
        answer, wait = Answer(0, None), 0.0
        for attempt in range(CALLS.tries):
            if attempt and not await self._patience.wait(wait, problem):
                break
            token = await self._auth.token(refused=refused)
            try:
                response = await self._once(call, token, attempt)
            except httpx.HTTPError as error:
                problem = cause(error)
                if call.writes and not isinstance(error, _NEVER_SENT):
                    raise AnswerLost(str(call), problem) from None
                nonsense += isinstance(error, Unusable)
                if nonsense == NONSENSE:
                    break
                wait = CALLS.wait(attempt + 1, dice=self._rng())
                continue
            answer = Answer(response.status_code, read(response.content))
            if answer.status == 429:
                self.traffic.throttled = Throttled(code_of(answer.data), "Retry-After" in response.headers)
            # One new token, not more: a token of another org or data centre is refused as an expired one is, and Zoho stops
            # who asks for ten in ten minutes.
            if answer.status == 401 and not refused and says_token(answer.data):
                refused, wait = token.access_token, 0.0
                continue
            problem = repeat_because(call, answer)
            if not problem:
                return rows_of(call, answer)
            asked = asked_wait(response.headers.get("Retry-After"), self._clock())
            wait = CALLS.wait(attempt + 1, asked, dice=self._rng())
            nonsense += answer.status < 300
            if nonsense == NONSENSE:
                break
        raise given_up(call, answer, problem)

    async def _once(self, call: Call, token: Token, repeat: int) -> Received:
        async with self._gate.call(heavy=call.heavy) as epoch:
            request = self._request(call, token)
            if self._seen is None:
                response = await receive(self._send, request)
            else:
                response = await self._watched(request, call, repeat, self._seen)
            if response.status_code == 429:
                self._gate.throttled(epoch)
            elif response.status_code < 500:
                self._gate.succeeded()
            self.credits.read(response.headers.get("X-API-CREDITS-REMAINING"))
            self.date = response.headers.get("Date", self.date)
            return response

    async def _watched(
        self, request: httpx.Request, call: Call, repeat: int, seen: Callable[[Attempt], None]
    ) -> Received:
        started, clock, status, problem = time_ns(), perf_counter(), 0, ""
        try:
            response = await receive(self._send, request)
            status = response.status_code
        except BaseException as error:
            problem = type(error).__name__
            raise
        finally:
            path, seconds = f"{self._root_of(call)}/{call.template}", perf_counter() - clock
            seen(Attempt(call.method, path, request.url.host, status, problem, repeat, started, seconds))
        return response

    async def _send(self, request: httpx.Request) -> httpx.Response:
        # We need none of the client's redirects, cookies and auth, and they cost a sixth of a call's CPU.
        if self._transport is None:
            return await self._client.send(request, stream=True)
        return await self._transport.handle_async_request(request)

    def _root_of(self, call: Call) -> str:
        return f"/crm/{call.version or self.version}"

    def _request(self, call: Call, token: Token) -> httpx.Request:
        # Built here because merging the client's defaults costs as much CPU as the rest of the call.
        headers = {
            "Authorization": f"Zoho-oauthtoken {token.access_token}",
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
            "User-Agent": USER_AGENT,
        }
        if call.body is not None:
            headers["Content-Type"] = "application/json"
        root = self._api_domain or token.api_domain.rstrip("/")
        return httpx.Request(
            call.method,
            f"{root}{self._root_of(call)}/{call.path}",
            headers=headers,
            content=call.body,
            extensions={"timeout": TIMEOUT.as_dict()},
        )
