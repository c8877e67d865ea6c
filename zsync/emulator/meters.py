"""Counts while the bundled CRM runs: simultaneous calls, calls by route, credits of the last 24 hours."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any

DAY_SECONDS = 24 * 60 * 60


class Credits:
    """The API credits that were used. Each is free again 24 hours later, to the minute."""

    def __init__(self) -> None:
        # Zoho frees credits as they age, not at midnight. By the minute, a day is at most 1,440 entries.
        self._minutes: deque[list[int]] = deque()
        self._sum = 0

    def charge(self, moment: float, cost: int) -> None:
        """Uses `cost` credits at a moment, in seconds since 1970."""
        minute = int(moment // 60)
        if not self._minutes or self._minutes[-1][0] != minute:
            self._minutes.append([minute, 0])
        self._minutes[-1][1] += cost
        self._sum += cost

    def used(self, moment: float) -> int:
        """Credits used in the 24 hours before a moment, in seconds since 1970."""
        while self._minutes and self._minutes[0][0] * 60 <= moment - DAY_SECONDS:
            self._sum -= self._minutes.popleft()[1]
        return self._sum


@dataclass
class Meters:
    """Calls in progress, and the answers since the start."""

    inside: int = 0
    heavy: int = 0
    most: int = 0
    """The most calls in progress at once."""
    statuses: dict[int, int] = field(default_factory=dict)
    routes: dict[str, int] = field(default_factory=dict)
    """Calls by `PUT /{module}/{record}/{list}`. Those that reached no route count as `other`."""
    tokens: int = 0
    """Access tokens that the token endpoint issued."""

    def enter(self, counted: bool, heavy: bool) -> None:
        """A call begins. Calls of the token endpoint are not counted."""
        self.inside += counted
        self.heavy += heavy
        self.most = max(self.most, self.inside)

    def leave(self, counted: bool, heavy: bool) -> None:
        """A call ends."""
        self.inside -= counted
        self.heavy -= heavy

    def forget(self) -> None:
        """Starts the counts again from 0; calls in progress stay in progress."""
        self.most, self.tokens = self.inside, 0
        self.statuses.clear()
        self.routes.clear()

    def answered(self, method: str, route: str, status: int) -> None:
        """Counts an answer; status 0 is a connection that was cut."""
        name = f"{method} {route}"
        self.routes[name] = self.routes.get(name, 0) + 1
        self.statuses[status] = self.statuses.get(status, 0) + 1

    def shown(self) -> dict[str, Any]:
        """The counts as JSON has them."""
        return {
            "requests": sum(self.routes.values()),
            "routes": dict(sorted(self.routes.items())),
            "statuses": {str(status): count for status, count in sorted(self.statuses.items())},
            "too_many_requests": self.statuses.get(429, 0),
            "most_at_once": self.most,
            "tokens": self.tokens,
        }
