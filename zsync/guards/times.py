"""The guards on credits and on the time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import NamedTuple

from zsync.guards.counts import Look, Need, unknown
from zsync.model import Span
from zsync.model.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class Credits:
    """API credits that an apply leaves for others. It is reckoned at its dearest, its readings with it.

    Zoho tells what is left once half of the day's credits are used. Until then at least half of `daily` is left;
    without `daily` the guard cannot be evaluated.
    """

    name: str
    span: Span | None
    keep: int
    daily: int | None = None

    def needs(self, look: Look) -> Iterator[Need]:  # noqa: ARG002  every guard is asked alike
        """Nothing that a plan could carry for long: `credits_left` is of the moment."""
        yield from ()

    def check(self, look: Look) -> Iterator[Verdict]:
        """At most one verdict."""
        cost = look.plan.cost
        spent = cost.credits[1] - cost.reads
        limit = f"{self.keep:,} credits stay"
        left, told = look.credits_left, ""
        if left is None and self.daily is not None:
            left, told = self.daily // 2, "at least "
        if left is None:
            advice = "Set `daily`, the org's credits a day: until half of them are used, Zoho does not tell what is left."
            yield unknown(self, f"up to {spent:,} credits of an unknown rest", limit, advice)
        elif left - spent < self.keep:
            saw = f"up to {spent:,} credits of {told}{left:,}"
            advice = "Apply later (credits come back 24 hours after their use), or plan fewer changes."
            yield Verdict(self.name, saw, limit, advice, span=self.span)


class Dates(NamedTuple):
    """A time of no writes, from its first moment to just before its last; `text` is how zsync.yaml has it."""

    start: datetime
    end: datetime
    text: str
    reason: str

    def holds(self, now: datetime) -> bool:
        """Whether it is that time."""
        return self.start <= now < self.end


_WEEK = 7 * 24 * 60


class Weekly(NamedTuple):
    """A time of no writes in every week: minutes from Monday 00:00 of the zone's clocks, up to just before `end`."""

    start: int
    end: int
    zone: tzinfo
    text: str
    reason: str

    def holds(self, now: datetime) -> bool:
        """Whether it is that time."""
        local = now.astimezone(self.zone)
        minute = (local.weekday() * 24 + local.hour) * 60 + local.minute
        return (minute - self.start) % _WEEK < (self.end - self.start) % _WEEK


@dataclass(frozen=True, slots=True)
class Freeze:
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
            reason = f" ({self.window.reason})" if self.window.reason else ""
            saw = f"it is {look.now.isoformat(timespec='minutes')}"
            limit = f"no writes {self.window.text}{reason}"
            yield Verdict(self.name, saw, limit, "Apply when that time is over.", span=self.span)
