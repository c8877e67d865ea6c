"""How many values one query of this CRM takes: a hundred, unless it turns out to take fewer.

Zoho's limits page has said 50 values of an `in` list, and says 100; how long a query may be it does not say.
https://www.zoho.com/crm/developer/docs/api/v8/COQL-Limitations.html
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from zsync.crm.limits import HEAVY
from zsync.errors import RequestRefused

VALUES = 100
"""Most values of an `in` list."""

_TOO_MANY = frozenset({"LIMIT_EXCEEDED", "LIMIT_REACHED"})
_TOO_LARGE = frozenset({413, 414})

T = TypeVar("T")
P = TypeVar("P")


class Portions:
    """What the queries of a run have taught. A query that is refused for its size is halved, and none is as large again."""

    def __init__(self) -> None:
        self.most = VALUES
        # As many as Zoho answers at once: a hundred queries that were prepared before the first refusal would all be refused.
        self._at_once = asyncio.Semaphore(HEAVY)

    async def ask(
        self, values: Sequence[T], ask: Callable[[Sequence[T]], Awaitable[P]]
    ) -> list[tuple[Sequence[T], P]]:
        """The answers about all values, each with those that it is about. Raises what `ask` raises for a single value."""
        found: list[tuple[Sequence[T], P]] = []
        at = 0
        while at < len(values):
            async with self._at_once:
                some = values[at : at + self.most]
                try:
                    found.append((some, await ask(some)))
                except RequestRefused as refused:
                    if len(some) == 1 or not too_large(refused):
                        raise
                    self.most = min(self.most, len(some) // 2)
                    continue
            at += len(some)
        return found


def too_large(refused: RequestRefused) -> bool:
    """Whether a query was refused for how many values it has, or how long it is."""
    return refused.code in _TOO_MANY or refused.status in _TOO_LARGE or "maximum_length" in refused.details
