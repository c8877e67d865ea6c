"""What is counted while the bundled CRM runs: calls at once, calls by route, credits of a rolling day."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any

DAY_SECONDS = 24 * 60 * 60


class Credits:
    """API credits as they were used. Each comes back 24 hours after its use, to the minute."""

    def __init__(self) -> None:
        self._minutes: deque[list[int]] = deque()
        self._sum = 0

    def charge(self, moment: float, cost: int) -> None:
        """Uses so many at a moment, in seconds since 1970."""
        minute = int(moment // 60)
        if not self._minutes or self._minutes[-1][0] != minute:
            self._minutes.append([minute, 0])
        self._minutes[-1][1] += cost
        self._sum += cost

    def used(self, moment: float) -> int:
        """How many were used in the 24 hours before a moment."""
        while self._minutes and self._minutes[0][0] * 60 <= moment - DAY_SECONDS:
            self._sum -= self._minutes.popleft()[1]
        return self._sum


@dataclass
class Meters:
    """Calls that are being answered now, and what was answered since the start."""

    inside: int = 0
    heavy: int = 0
    most: int = 0
    """The most calls that were inside at once."""
    statuses: dict[int, int] = field(default_factory=dict)
    routes: dict[str, int] = field(default_factory=dict)
    """Calls by `PUT /{module}/{record}/{list}`. Those that never came to a route count as `other`."""
    tokens: int = 0
    """Access tokens that were asked for and handed out."""

    def enter(self, counted: bool, heavy: bool) -> None:
        """One more call is inside; the token endpoint's are not counted."""
        self.inside += counted
        self.heavy += heavy
        self.most = max(self.most, self.inside)

    def leave(self, counted: bool, heavy: bool) -> None:
        """One less."""
        self.inside -= counted
        self.heavy -= heavy

    def forget(self) -> None:
        """Counts from nothing again; calls that are inside stay so."""
        self.most, self.tokens = self.inside, 0
        self.statuses.clear()
        self.routes.clear()

    def answered(self, method: str, route: str, status: int) -> None:
        """Remembers an answer; status 0 is a connection that was cut."""
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
