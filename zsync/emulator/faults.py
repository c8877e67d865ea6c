"""Scripts of faults: which requests go wrong, when, and how.

A script is a YAML list. A request goes down the list; the first fault that it meets and that is due takes it.

    - on: PUT /Campaigns/*/Leads      # method (* for any) and path below /crm/v8; * is one part of it, ** any number
      query: {page_token: "*"}        # only with these parameters
      body_text: Attended             # only with this text in the body
      after: 1                        # lets so many requests that it meets pass first             (0)
      every: 3                        # then takes each third only                                (1)
      times: 2                        # and no more than so many; `always` for no end              (1)
      ...                             # what goes wrong

What happens before the CRM sees the request:

    delay_ms: 200                     # it waits, and counts as inside
    expire_tokens: true               # every access token ends, this request's too
    edits: [{delink: …, ids: […]}]    # a colleague is quicker: see colleague.py
    turn: {hidden_lists: […]}         # switches are turned from now on: see switches.py
    switches: {denied: […]}           # switches are turned for this request
    hidden: true                      # the path's related list is off the layout for this request
    lag_ms: 500                       # relations that are younger are not seen yet
    shift: 5                          # a later page begins 5 rows earlier (duplicates), -5: later (rows nobody sees)
    refuse: {rows: [0, 3], ids: […], every: 2, code: INVALID_DATA, message: …, details: {…}}   # these rows of a write

What comes back instead of the CRM's answer; one of these at most:

    status: 503                       # with `code`, `message`, `details`, or `body` (text, or JSON), and `headers`
    reset: before                     # the connection is closed, without an answer; `after`: when the change is made
    garbage: html                     # 200 with HTML; `truncated` JSON; `empty` 200; `type`: JSON called text/html
    stale: true                       # a GET's answer is the one that the same GET got the last time

`commit: true` lets the CRM carry the request out before it is answered with `status`; `commit: false` keeps it from
`garbage: html` and `empty`, which are committed otherwise.

How the CRM's answer is changed:

    drop: [0, 2]                      # rows that are missing from it
    order: reversed                   # rows in another order than asked
    ids: numbers                      # ids as JSON numbers
    slow_ms: 300                      # it trickles in, in so many milliseconds
    cut: true                         # half of it, then the connection is closed
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .wire import Reply


@dataclass(frozen=True)
class Request:
    """What a fault looks at. `path` is below `/crm/v8` for the CRM's own, whole for any other."""

    method: str
    path: str
    query: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Pattern:
    """Which requests a fault meets."""

    method: str
    path: re.Pattern[str]
    query: Mapping[str, re.Pattern[str]]
    body_text: bytes

    def meets(self, request: Request) -> bool:
        """Whether this is such a request."""
        return (
            self.method in ("*", request.method)
            and self.path.fullmatch(request.path) is not None
            and all(
                name in request.query and each.fullmatch(request.query[name])
                for name, each in self.query.items()
            )
            and self.body_text in request.body
        )


@dataclass(frozen=True)
class RowRefusal:
    """Rows of a PUT or DELETE that are refused whatever they say: by their place, by their id, or every so many."""

    code: str
    message: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    rows: frozenset[int] = frozenset()
    ids: frozenset[str] = frozenset()
    every: int = 0

    def meets(self, at: int, record_id: str) -> bool:
        """Whether the row at that place, of that record, is one of them."""
        return at in self.rows or record_id in self.ids or (self.every > 0 and (at + 1) % self.every == 0)


@dataclass(frozen=True)
class Fault:
    """One fault of a script, as the module's docstring tells. `times` 0 is no end."""

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
    """An answer that is sent whatever the CRM says."""
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
        """What happens when nothing goes wrong."""
        return Fault(Pattern("*", re.compile(""), {}, b""))

    def due(self, met: int) -> bool:
        """Whether it takes the request that is the so-manieth it meets, counted from 0."""
        turn, rest = divmod(met - self.after, self.every)
        return met >= self.after and rest == self.every - 1 and (self.times == 0 or turn < self.times)


class Script:
    """Faults in order, and how often each was met."""

    def __init__(self, faults: Sequence[Fault] = ()) -> None:
        self._faults = list(faults)
        self._met = [0] * len(faults)
        self.last: dict[tuple[str, str], Reply] = {}
        """Each GET's latest answer, kept while a fault may want it again."""

    def add(self, faults: Sequence[Fault]) -> None:
        """More faults, behind those that are there."""
        self._faults += faults
        self._met += [0] * len(faults)

    def fresh(self) -> Script:
        """The same faults, none of them met yet."""
        return Script(self._faults)

    def __bool__(self) -> bool:
        return bool(self._faults)

    @property
    def remembers(self) -> bool:
        """Whether a fault may want an answer a second time."""
        return any(fault.stale for fault in self._faults)

    def take(self, request: Request) -> Fault | None:
        """The fault that this request is for."""
        for at, fault in enumerate(self._faults):
            if fault.pattern.meets(request):
                self._met[at] += 1
                if fault.due(self._met[at] - 1):
                    return fault
        return None
