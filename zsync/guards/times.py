"""The guards that depend on the moment: on API credits, and on times without writes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import NamedTuple

from zsync.guards.counts import Look, Need
from zsync.model import Span
from zsync.model.grounds import CreditsShort, Frozen
from zsync.model.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class CreditReserve:
    """API credits that an apply leaves for others. The apply counts with the most it can cost, its readings included.

    Zoho says how many credits are left only once half of the day's are used. Until then at least half of `daily` is left;
    without `daily` the guard cannot be evaluated.
    """

    name: str
    span: Span | None
    keep: int
    daily: int | None = None

    def needs(self, look: Look) -> Iterator[Need]:  # noqa: ARG002  every guard is asked alike
        """Nothing that a plan can carry: `credits_left` is out of date soon."""
        yield from ()

    def check(self, look: Look) -> Iterator[Verdict]:
        """At most one verdict."""
        cost = look.plan.cost
        # The cost covers planning, too, whose reads are spent already.
        spent = cost.credits[1] - cost.reads
        left, at_least = look.credits_left, False
        # Zoho says how many are left only once half are used: https://www.zoho.com/crm/developer/docs/api/v8/api-limits.html
        if left is None and self.daily is not None:
            left, at_least = self.daily // 2, True
        if left is None or left - spent < self.keep:
            ground = CreditsShort(spent, self.keep, left, at_least)
            yield Verdict(self.name, ground, evaluated=left is not None, span=self.span)


class Dates(NamedTuple):
    """A time without writes, from `start` up to just before `end`. `text` is how zsync.yaml writes it."""

    start: datetime
    end: datetime
    text: str
    reason: str

    def holds(self, now: datetime) -> bool:
        """Whether a moment is within that time."""
        return self.start <= now < self.end


_WEEK = 7 * 24 * 60


class Weekly(NamedTuple):
    """A time without writes in every week: minutes since Monday 00:00 on the zone's clocks, up to just before `end`."""

    start: int
    end: int
    zone: tzinfo
    text: str
    reason: str

    def holds(self, now: datetime) -> bool:
        """Whether a moment is within that time."""
        local = now.astimezone(self.zone)
        minute = (local.weekday() * 24 + local.hour) * 60 + local.minute
        # Modulo a week, since the time may run over Sunday's end.
        return (minute - self.start) % _WEEK < (self.end - self.start) % _WEEK


@dataclass(frozen=True, slots=True)
class FreezeWindow:
    """A time in which nothing is written."""

    name: str
    span: Span | None
    window: Dates | Weekly

    def needs(self, look: Look) -> Iterator[Need]:  # noqa: ARG002  every guard is asked alike
        """Nothing but the clock."""
        yield from ()

    def check(self, look: Look) -> Iterator[Verdict]:
        """At most one verdict."""
        if self.window.holds(look.now):
            at = look.now.isoformat(timespec="minutes")
            yield Verdict(self.name, Frozen(at, self.window.text, self.window.reason), span=self.span)
