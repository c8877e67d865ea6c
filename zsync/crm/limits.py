"""How many calls may be in progress, how long a run may wait, and how many credits must be left.

Zoho limits calls in progress (5 to 25 by edition, shared with every other tool of the org), ten heavy calls (COQL and
large writes), and credits a rolling day. https://www.zoho.com/crm/developer/docs/api/v8/api-limits.html
"""

import asyncio
import re
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from zsync.bounds import WAITING
from zsync.errors import AccessDenied

HEAVY = 10
"""The most heavy calls in progress, in every edition."""

_START = 5.0
"""The most calls in progress at the start: as many as Zoho's smallest edition allows."""

_COUNT = re.compile("[0-9]{1,18}")


class Gate:
    """Admits as many calls at once as the CRM turns out to accept, and never more than `most`.

    It starts with five. A 429 halves the number, once for all calls that were in progress together; four rounds without a
    429 raise it by one. Zoho does not tell the limit, and other programs of the org use it as well.
    """

    def __init__(self, most: int) -> None:
        self._most = float(most)
        self._limit = min(self._most, _START)
        self._under_way = 0
        self._epoch = 0
        self._heavy = asyncio.Semaphore(HEAVY)
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def limit(self) -> int:
        """How many calls may be in progress now."""
        return max(1, int(self._limit))

    @asynccontextmanager
    async def call(self, *, heavy: bool) -> AsyncIterator[int]:
        """Admit one call. Yields the epoch, to be passed to `throttled`."""
        # First the heavy place, then the common one: a heavy call that waits must not keep others from running.
        if heavy:
            async with self._heavy, self._slot() as epoch:
                yield epoch
        else:
            async with self._slot() as epoch:
                yield epoch

    @asynccontextmanager
    async def _slot(self) -> AsyncIterator[int]:
        if self._under_way < self.limit and not self._waiting:
            self._under_way += 1
        else:
            await self._turn()
        try:
            yield self._epoch
        finally:
            self._under_way -= 1
            self._wake()

    async def _turn(self) -> None:
        """Wait in line; a call that ends hands its place to the first in it."""
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            # Cancelled between getting its place and running: the place goes on, or the gate would be one smaller for ever.
            if turn.done() and not turn.cancelled():
                self._under_way -= 1
                self._wake()
            raise

    def _wake(self) -> None:
        while self._waiting and self._under_way < self.limit:
            turn = self._waiting.popleft()
            if not turn.done():
                self._under_way += 1
                turn.set_result(None)

    def throttled(self, epoch: int) -> None:
        """The CRM answered 429 to a call of this epoch."""
        if epoch == self._epoch:
            self._limit = max(1.0, self._limit / 2)
            self._epoch += 1

    def succeeded(self) -> None:
        """The CRM accepted a call."""
        self._limit = min(self._most, self._limit + 1 / (4 * self._limit))


class Patience:
    """Waits before a call is tried again, and tells so, within the time that a run may wait."""

    def __init__(
        self,
        sleep: Callable[[float], Awaitable[None]],
        told: Callable[[str], None],
        *,
        most: float = WAITING.most,
    ) -> None:
        self._sleep = sleep
        self._told = told
        self._left = most

    async def wait(self, seconds: float, why: str) -> bool:
        """Wait. Returns False, at once, if the run may not wait that long."""
        if seconds > self._left:
            return False
        self._left -= seconds
        if seconds >= 1:
            self._told(f"waiting {seconds:.0f} s: {why}")
        await self._sleep(seconds)
        return True


class Credits:
    """The credits that are left (None until Zoho says), and the reserve that must not be touched."""

    def __init__(self, reserve: int) -> None:
        self._reserve = reserve
        self.left: int | None = None

    def read(self, header: str | None) -> None:
        """Read an answer's `X-API-CREDITS-REMAINING`, which Zoho sends once half of the credits are used."""
        if header and _COUNT.fullmatch(header.strip()):
            self.left = int(header)

    def check(self, request: str) -> None:
        """Raises `AccessDenied` if another call would touch the reserve."""
        if self._reserve and self.left is not None and self.left <= self._reserve:
            raise AccessDenied(
                f"{request} was not sent: {self.left} credits are left, and {self._reserve} are kept in reserve",
                code="CREDIT_RESERVE",
                status=0,
                request=request,
                exit_code=8,
                help="Credits come back 24 hours after their use: plan and apply again then, or lower credit_reserve in zsync.yaml.",
            )
