"""Scripts of faults: which requests go wrong, when, and how.

A script is a YAML list. The first fault in it that matches a request and is due takes the request.

    - on: PUT /Campaigns/*/Leads      # method (* for any) and path below /crm/v8; * is one segment, ** any number
      query: {page_token: "*"}        # only with these parameters
      body_text: Attended             # only with this text in the body
      after: 1                        # skip the first match                                       (0)
      every: 3                        # then take every third match                                (1)
      times: 2                        # and at most two; `always` for no end                       (1)
      ...                             # what goes wrong

Before the CRM sees the request:

    delay_ms: 200                     # it waits, and counts as in progress
    expire_tokens: true               # every access token ends, this request's as well
    edits: [{delink: …, ids: […]}]    # a colleague is quicker: see colleague.py
    turn: {hidden_lists: […]}         # changes switches from now on: see switches.py
    switches: {denied: […]}           # changes switches for this request
    hidden: true                      # takes the path's related list off the layout for this request
    lag_ms: 500                       # hides relations that are younger
    shift: 5                          # later pages begin 5 rows earlier (duplicates); -5: later (rows nobody sees)
    refuse: {rows: [0, 3], ids: […], every: 2, code: INVALID_DATA, message: …, details: {…}}   # rows of a write

Instead of the CRM's answer, at most one of:

    status: 503                       # with `code`, `message`, `details`, or `body` (text or JSON), and `headers`
    reset: before                     # closes the connection without an answer; `after`: after the change was made
    garbage: html                     # 200 with HTML; `truncated` JSON; `empty` 200; `type`: JSON called text/html
    stale: true                       # answers a GET as the same GET was answered the last time

With `commit: true` the CRM carries the request out before `status` answers it. `garbage: html` and `empty` carry it out
unless `commit: false` is given.

Changes to the CRM's answer:

    drop: [0, 2]                      # leaves out these rows
    order: reversed                   # sends the rows in reverse
    ids: numbers                      # sends ids as JSON numbers
    slow_ms: 300                      # sends it in pieces, spread over so many milliseconds
    cut: true                         # sends half of it, then closes the connection
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .wire import Reply


@dataclass(frozen=True)
class Request:
    """What a fault looks at. `path` is below `/crm/v8` for calls of the CRM, whole for any other."""

    method: str
    path: str
    query: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Pattern:
    """Which requests a fault matches."""

    method: str
    path: re.Pattern[str]
    query: Mapping[str, re.Pattern[str]]
    body_text: bytes

    def meets(self, request: Request) -> bool:
        """Whether it matches a request."""
        return (
            self.method in ("*", request.method)
            and self.path.fullmatch(request.path) is not None
            and all(
                name in request.query and pattern.fullmatch(request.query[name])
                for name, pattern in self.query.items()
            )
            and self.body_text in request.body
        )


@dataclass(frozen=True)
class RowRefusal:
    """Rows of a PUT or DELETE that are refused whatever they hold: by index, by id, or every nth."""

    code: str
    message: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    rows: frozenset[int] = frozenset()
    ids: frozenset[str] = frozenset()
    every: int = 0

    def meets(self, at: int, record_id: str) -> bool:
        """Whether it refuses the row with that index (from 0) and that record's id."""
        return at in self.rows or record_id in self.ids or (self.every > 0 and (at + 1) % self.every == 0)


@dataclass(frozen=True)
class Fault:
    """One fault of a script, as the module's docstring describes it. `times` 0 means always."""

    pattern: Pattern
    after: int = 0
    every: int = 1
    times: int = 1
    delay_ms: int = 0
    expire_tokens: bool = False
    edits: tuple[Mapping[str, Any], ...] = ()
    turn: Mapping[str, Any] = field(default_factory=dict)
    switches: Mapping[str, Any] = field(default_factory=dict)
    hidden: bool = False
    refuse: RowRefusal | None = None
    instead: Reply | None = None
    """The answer that takes the place of the CRM's."""
    reset: bool = False
    garbage: str = ""
    stale: bool = False
    commit: bool = True
    drop: frozenset[int] = frozenset()
    reverse: str = ""
    number_ids: str = ""
    slow_ms: int = 0
    cut: bool = False

    @staticmethod
    def none() -> Fault:
        """A fault that changes nothing."""
        return Fault(Pattern("*", re.compile(""), {}, b""))

    def due(self, met: int) -> bool:
        """Whether it takes the request that it matches; `met` is how many it matched before."""
        turn, rest = divmod(met - self.after, self.every)
        return met >= self.after and rest == self.every - 1 and (self.times == 0 or turn < self.times)


class Script:
    """Faults in order, and how many requests each has matched."""

    def __init__(self, faults: Sequence[Fault] = ()) -> None:
        self._faults = list(faults)
        self._met = [0] * len(faults)
        self.last: dict[tuple[str, str], Reply] = {}
        """The last answer to each GET, kept for faults that are `stale`."""

    def add(self, faults: Sequence[Fault]) -> None:
        """Appends faults."""
        self._faults += faults
        self._met += [0] * len(faults)

    def fresh(self) -> Script:
        """The same faults, with every count at 0."""
        return Script(self._faults)

    def __bool__(self) -> bool:
        return bool(self._faults)

    @property
    def remembers(self) -> bool:
        """Whether answers must be kept for a fault that is `stale`."""
        return any(fault.stale for fault in self._faults)

    def take(self, request: Request) -> Fault | None:
        """The first fault that matches the request and is due; None without one. Faults behind it do not count it."""
        for at, fault in enumerate(self._faults):
            if fault.pattern.meets(request):
                self._met[at] += 1
                if fault.due(self._met[at] - 1):
                    return fault
        return None
