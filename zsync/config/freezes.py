"""A freeze in zsync.yaml, a time without writes, as a pydantic model."""

import re
from datetime import date, datetime, timedelta, tzinfo
from typing import Annotated, Any
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from zsync.guards.times import Dates, Weekly
from zsync.syntax.checking import UNSET, describe, nearest

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = rf"({'|'.join(_DAYS)}) +([01][0-9]|2[0-3]):([0-5][0-9])"
_WEEKLY = re.compile(rf"{_DAY} *(?:–|-|to) *{_DAY}", re.IGNORECASE)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class GuardPart(BaseModel):
    """A part of `guards:`. Unknown keys and values of another type are errors: a misspelt guard would guard nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def bad_value(message: str, advice: str) -> PydanticCustomError:
    """The error for a value of the right type that is not allowed."""
    # pydantic takes braces in a message for names of its context.
    return PydanticCustomError("bad-value", "{message}", {"message": message, "help": advice})


def _zone(value: Any) -> Any:
    try:
        return ZoneInfo(value)
    except (OSError, ValueError, TypeError, LookupError):
        meant = nearest(str(value), tuple(sorted(available_timezones())))
        advice = f"did you mean `{meant}`?" if meant else "write an IANA name such as `Europe/Berlin`"
        raise bad_value(f"{describe(value)} is not a time zone", advice) from None


class FreezeModel(GuardPart):
    """A time without writes: from a date (or date-time) to another, or weekly."""

    start: str = Field(
        default=UNSET, alias="from", description="First day, or a moment.", examples=["2026-12-20"]
    )
    end: str = Field(default=UNSET, alias="to", description="Last day (all of it), or a moment.")
    weekly: str = Field(default=UNSET, description="Every week.", examples=["fri 18:00 – mon 06:00"])
    zone: Annotated[Any, BeforeValidator(_zone), WithJsonSchema({"type": "string"})] = Field(
        default=UNSET, description="IANA time zone; without one, days are UTC's.", examples=["Europe/Berlin"]
    )
    reason: str = Field(default="", description="Why, for those who are refused.")

    def window(self) -> Dates | Weekly:
        """The time that it means. Raises `PydanticCustomError` if it means none."""
        said = self.model_fields_set & {"weekly", "start", "end"}
        if said == {"weekly"}:
            return self._week()
        if said != {"start", "end"}:
            raise bad_value(
                "a freeze has `from` and `to`, or `weekly`", "write `{from: 2026-12-20, to: 2027-01-02}`"
            )
        start, end = _moment(self.start, self.zone, last=False), _moment(self.end, self.zone, last=True)
        if start >= end:
            raise bad_value("the freeze ends before it begins", "swap `from` and `to`")
        return Dates(start, end, f"from {self.start} to {self.end}", self.reason)

    def _week(self) -> Weekly:
        found = _WEEKLY.fullmatch(self.weekly.strip())
        if found is None:
            raise bad_value(
                "`weekly` goes from one day and time to another", "write `weekly: fri 18:00 – mon 06:00`"
            )
        # Without a zone, `fri 18:00` would be UTC's or the server's: the freeze would begin and end hours off.
        if self.zone is None:
            raise bad_value("`weekly` needs a time zone", "add a zone, such as `zone: Europe/Berlin`")
        day, hour, minute, other, to_hour, to_minute = found.groups()
        start, end = _minute(day, hour, minute), _minute(other, to_hour, to_minute)
        if start == end:
            raise bad_value("the freeze ends when it begins", "write another time")
        return Weekly(start, end, self.zone, f"on {self.weekly.strip()} ({self.zone})", self.reason)


def _minute(day: str, hour: str, minute: str) -> int:
    return (_DAYS.index(day.lower()) * 24 + int(hour)) * 60 + int(minute)


def _moment(text: str, zone: tzinfo | None, *, last: bool) -> datetime:
    """The moment that a text names. A day means its first moment, or with `last` the first moment after it."""
    try:
        if _DATE.fullmatch(text):
            day = date.fromisoformat(text) + timedelta(days=last)
            return datetime(day.year, day.month, day.day, tzinfo=zone or ZoneInfo("UTC"))
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise bad_value(
            f"{describe(text)} is not a date", "write `2026-12-20` or `2026-12-20T18:00+01:00`"
        ) from None
    if moment.tzinfo is None and zone is None:
        raise bad_value(f"{describe(text)} has no time zone", "add the offset (`+01:00`), or `zone:`")
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)
