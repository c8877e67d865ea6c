"""Carry out the changes of one request: read, send what still stands as planned, read again, until each row is settled.

Before anything is sent the rows are read. A row that holds `after` already is done; one that holds `before` is sent; any
other has moved since the plan was made and is held. The same reading settles a lost answer and verifies a good one.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from zsync.crm import Crm
from zsync.errors import AccessDenied, AnswerLost, CrmUnreachable, RequestRefused, ZsyncError
from zsync.kinds import FieldType
from zsync.model import Change, Fields, Outcome, Request
from zsync.model.fields import holds, relation_fields

ROUNDS = 3
"""How often rows are sent whose answer was lost and which the CRM shows unchanged."""

LAGS = (0.2, 0.5, 1.0, 2.0)
"""Seconds between readings of rows that the CRM accepted and does not show yet."""

_GONE = frozenset({"INVALID_DATA", "MANDATORY_NOT_FOUND"})

State = Literal["after", "before", "moved"]


class Log(Protocol):
    """Where a run is written down, before it sends and after it was answered."""

    def sending(self, changes: Sequence[int]) -> None:
        """These changes (indices) are about to be sent."""

    def outcomes(self, outcomes: Mapping[int, Outcome]) -> None:
        """This became of changes."""


@dataclass(frozen=True, slots=True)
class Row:
    """A change with its index in the plan."""

    index: int
    change: Change


class Stopped(Exception):
    """The CRM cannot be worked with any more. `outcomes` are of the request's rows, as far as they are known."""

    def __init__(self, reason: str, outcomes: dict[int, Outcome], exit_code: int) -> None:
        super().__init__(reason)
        self.outcomes = outcomes
        self.exit_code = exit_code


def _left(rows: Sequence[Row], outcomes: Mapping[int, Outcome], error: Exception) -> dict[int, Outcome]:
    """What to say of rows that an exception left without an outcome: refused, or unsent."""
    refused = isinstance(error, RequestRefused)
    code = error.code if isinstance(error, RequestRefused) else ""
    left = Outcome("refused" if refused else "unsent", code, str(error))
    return {row.index: outcomes.get(row.index, left) for row in rows}


def _unread(
    rows: Sequence[Row], outcomes: Mapping[int, Outcome], refused: RequestRefused
) -> dict[int, Outcome]:
    """What to say of rows that the CRM does not let be read back: what it accepted is not applied until it is seen."""
    unread = Outcome("unknown", refused.code, f"it was sent, and cannot be read back: {refused}")
    return {row.index: unread for row in rows if outcomes[row.index].status != "refused"}


class Settler:
    """Settles the requests of one run."""

    def __init__(
        self,
        crm: Crm,
        log: Log,
        types: Mapping[str, FieldType],
        *,
        verify: bool,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._crm = crm
        self._log = log
        self._types = types
        self._verify = verify
        self._sleep = sleep

    async def settle(self, request: Request, rows: Sequence[Row]) -> dict[int, Outcome]:
        """The outcome of each row, by its index. Raises `Stopped` where the run cannot go on."""
        outcomes: dict[int, Outcome] = {}
        try:
            try:
                await self._rounds(request, list(rows), outcomes)
            except RequestRefused as refused:
                if isinstance(refused, AccessDenied):
                    raise
                outcomes |= _left(rows, outcomes, refused)
                self._log.outcomes(outcomes)
        except ZsyncError as error:
            # No access, no answers, or a journal that cannot be written: all that follows would meet the same.
            reason = f"{error} {error.help}".strip()
            raise Stopped(reason, _left(rows, outcomes, error), error.exit_code) from None
        return outcomes

    async def _rounds(self, request: Request, rows: list[Row], outcomes: dict[int, Outcome]) -> None:
        """Send and read until no row is left to be sent again. `outcomes` fills on the way, so that it holds in failure."""
        for round_ in range(ROUNDS):
            rows = await self._ready(request, rows, outcomes, again=round_ > 0)
            if not rows:
                return
            self._log.sending([row.index for row in rows])
            answered = await self._send(request, rows)
            outcomes |= answered
            rows = await self._confirm(request, rows, outcomes)
            self._log.outcomes({index: outcomes[index] for index in answered})
            if not rows:
                return

    async def _ready(
        self, request: Request, rows: list[Row], outcomes: dict[int, Outcome], *, again: bool
    ) -> list[Row]:
        """Those rows that still stand as planned; the others are settled here."""
        current = await self._standing(request, rows)
        ready, moved = [], []
        for row in rows:
            state = _state(row.change, current.get(row.change.related_record_id))
            if state == "before":
                ready.append(row)
            elif state == "after":
                outcomes[row.index] = Outcome("applied", "", "" if again else "it was so already")
            else:
                moved.append(row)
        if moved:
            outcomes |= await self._held(request, moved, current)
        standing = {row.index for row in ready}
        settled = {row.index: outcomes[row.index] for row in rows if row.index not in standing}
        if settled:
            self._log.outcomes(settled)
        return ready

    async def _standing(self, request: Request, rows: Sequence[Row]) -> dict[str, Fields]:
        """What the rows' relations are now. One that is gone is looked for again: an answer that lacks a row proves little."""
        current = await self._read(request, rows)
        gone = [
            row
            for row in rows
            if row.change.action == "delete" and row.change.related_record_id not in current
        ]
        if gone:
            await self._sleep(LAGS[0])
            current |= await self._read(request, gone)
        return current

    async def _send(self, request: Request, rows: Sequence[Row]) -> dict[int, Outcome]:
        place = (request.module, request.record_id, request.related_list)
        try:
            if request.method == "DELETE":
                sent = await self._crm.delink(*place, [row.change.related_record_id for row in rows])
            else:
                body = [{"id": row.change.related_record_id, **(row.change.after or {})} for row in rows]
                sent = await self._crm.link(*place, body)
        except AnswerLost as lost:
            sent = [Outcome("unknown", str(lost.answer.get("code", "")), str(lost))] * len(rows)
        except AccessDenied:
            raise
        except RequestRefused as refused:
            sent = [Outcome("refused", refused.code, str(refused))] * len(rows)
        return {row.index: outcome for row, outcome in zip(rows, sent, strict=True)}

    async def _confirm(
        self, request: Request, rows: Sequence[Row], outcomes: dict[int, Outcome]
    ) -> list[Row]:
        """Read what was sent. Gives the rows that must be sent again: their answer was lost, and the CRM shows `before`."""
        asked = [row for row in rows if self._doubtful(row, outcomes[row.index])]
        for lag in (*LAGS, None):
            if not asked:
                return []
            try:
                current = await self._read(request, asked)
            except AccessDenied:
                raise
            except RequestRefused as refused:
                outcomes |= _unread(asked, outcomes, refused)
                return []
            states = {
                row.index: _state(row.change, current.get(row.change.related_record_id)) for row in asked
            }
            for row in asked:
                if states[row.index] == "after":
                    outcomes[row.index] = Outcome("applied")
            asked = [
                row
                for row in asked
                if states[row.index] != "after" and outcomes[row.index].status != "refused"
            ]
            accepted = [row for row in asked if outcomes[row.index].status == "applied"]
            if lag is None or not accepted:
                break
            await self._sleep(lag)
        for row in asked:
            if outcomes[row.index].status == "applied":
                shown = current.get(row.change.related_record_id)
                outcomes[row.index] = Outcome(
                    "refused", "NOT_STORED", f"the CRM accepted the row and shows {_shown(shown)}"
                )
        return [
            row for row in asked if outcomes[row.index].status == "unknown" and states[row.index] == "before"
        ]

    def _doubtful(self, row: Row, outcome: Outcome) -> bool:
        """Whether only reading tells what became of a row."""
        if outcome.status == "refused":
            # To delete what is gone is refused, and done.
            return row.change.action == "delete" and outcome.code in _GONE
        return self._verify or outcome.status == "unknown"

    async def _read(self, request: Request, rows: Sequence[Row]) -> dict[str, Fields]:
        """What the CRM holds now of the rows' relations, by the related record's id."""
        names = sorted({name for row in rows for name in (row.change.after or row.change.before or {})})
        ids = [row.change.related_record_id for row in rows]
        found = await self._crm.rows(
            request.module, request.record_id, request.related_list, names or ["id"], ids, converted=True
        )
        types = {name: self._types.get(name, "any") for name in names}
        return {row["id"]: relation_fields(row, types) for row in found}

    async def _held(
        self, request: Request, rows: Sequence[Row], current: Mapping[str, Fields]
    ) -> dict[int, Outcome]:
        """Why rows are held: what they hold now and, where Zoho tells, who changed the record last and when."""
        try:
            found = await self._crm.rows(
                request.module,
                request.record_id,
                request.related_list,
                ["Modified_By", "Modified_Time"],
                [row.change.related_record_id for row in rows],
                converted=True,
            )
        except (RequestRefused, CrmUnreachable):
            found = []
        told = {row["id"]: _who(row) for row in found}
        return {
            row.index: Outcome(
                "held",
                "",
                f"it moved since the plan: the CRM has {_shown(current.get(row.change.related_record_id))}"
                + told.get(row.change.related_record_id, ""),
            )
            for row in rows
        }


def _state(change: Change, found: Fields | None) -> State:
    if holds(change.after, found):
        return "after"
    return "before" if holds(change.before, found) else "moved"


def _shown(found: Fields | None) -> str:
    if found is None:
        return "no such relation"
    return ", ".join(f"{name}: {value}" for name, value in found.items()) or "the relation"


def _who(row: Mapping[str, Any]) -> str:
    member = row.get("$member_info")
    when = (member.get("Modified_Time") if isinstance(member, dict) else None) or row.get("Modified_Time")
    by = row.get("Modified_By")
    name = by.get("name") if isinstance(by, dict) else by
    return (f", changed at {when}" if when else "") + (f" (the record last by {name})" if name else "")
