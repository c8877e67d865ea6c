"""How many calls may be under way, how long a run may wait, and how many credits must be left.

Zoho limits calls under way (5 to 25 by edition, shared with every other tool of the org), ten heavy calls (COQL and
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
"""How many heavy calls may be under way at once, in any edition."""

_START = 5.0
"""How many calls may be under way at first: as many as Zoho's smallest edition allows."""

_COUNT = re.compile("[0-9]{1,18}")


class Gate:
    """Lets calls through: as many at once as the CRM turns out to accept, and never more than `most`.

    It starts with five. A 429 halves the number, once for all calls that were under way together; four rounds without one
    raise it by one.
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
        """How many calls may be under way now."""
        return max(1, int(self._limit))

    @asynccontextmanager
    async def call(self, *, heavy: bool) -> AsyncIterator[int]:
        """Admit one call; yields the epoch to pass to `throttled`."""
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
    """Waits before a call is tried again, as long as the run may still wait, and says so."""

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
        """Wait, and say whether the run could still wait that long."""
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
