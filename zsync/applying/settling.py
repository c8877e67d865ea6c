"""Carries out the changes of one request: reads its rows, sends those that are still as planned, and reads them again.

`zsync.applying.table` decides what becomes of a row, and `zsync.applying.halving` what is sent next of a batch that was
refused as a whole. Here rows are read, sent and recorded, in an order that is right wherever the run is cut off.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple, Protocol

from zsync.applying.halving import Batch, Piece
from zsync.applying.keys import KeyCheck
from zsync.applying.rows import CurrentReader, CurrentRow, PlannedRow
from zsync.applying.standing import Standing
from zsync.applying.stopping import Stopped, concerns_request, left, stop_of
from zsync.applying.table import RowAnswer, Shown, State, answers, applied, refused, settled, state_of
from zsync.codes import CARRIED_CHANGED
from zsync.crm import Crm
from zsync.crm.consent import ConsentCheck
from zsync.errors import AccessDenied, AnswerLost, RequestRefused, ZsyncError
from zsync.kinds import ONE_BY_ONE, FieldType
from zsync.model import Outcome, Request, Stop
from zsync.model.retries import LAGS, ROUNDS


class Log(Protocol):
    """Where a run is recorded, before it sends and after it was answered."""

    def sending(self, changes: Sequence[int]) -> None:
        """Record that these changes (indices) are about to be sent."""

    def outcomes(self, outcomes: Mapping[int, Outcome]) -> None:
        """Record what became of changes."""


Place = tuple[str, str, str]
"""A list: module, record and name."""


class _Said(NamedTuple):
    """What the CRM answered for each row, taken at its word, and its refusal of the whole request, if it is one."""

    outcomes: dict[int, Outcome]
    refusal: RequestRefused | None = None


class Settler:
    """Settles the requests of one run.

    Without `keys`, records are known by their ids alone; without `consent`, nobody is asked. `sent` are changes that the run sent before it was interrupted.
    With `carries`, a PUT sends the relation's other fields as they are. `halted` says whether the run is to end before another request of a batch.
    """

    def __init__(
        self,
        crm: Crm,
        log: Log,
        types: Mapping[str, FieldType],
        *,
        verify: bool,
        keys: KeyCheck | None = None,
        consent: ConsentCheck | None = None,
        sent: Collection[int] = (),
        carries: bool = True,
        halted: Callable[[], Stop | None] = lambda: None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._crm = crm
        self._log = log
        self._reading = CurrentReader(crm, types)
        self._verify = verify
        self._rows = Standing(self._reading, lambda: sleep(LAGS[0]), keys, consent)
        self._sent = set(sent)
        self._carries = carries
        self._halted = halted
        self._sleep = sleep
        # The lists for which halving led to nothing, and whether the CRM takes a request for one record.
        self._barren: set[Place] = set()
        self._single = True

    async def settle(self, request: Request, rows: Sequence[PlannedRow]) -> dict[int, Outcome]:
        """The outcome of each row, by its index. Raises `Stopped` if the run cannot go on."""
        outcomes: dict[int, Outcome] = {}
        try:
            try:
                await self._pieces(request, rows, outcomes)
            except RequestRefused as error:
                if not concerns_request(error):
                    raise
                outcomes |= left(rows, outcomes, error)
                self._log.outcomes(outcomes)
        except ZsyncError as error:
            # No access, no answers, or a journal that cannot be written: all that follows would meet the same.
            raise Stopped(stop_of(error), left(rows, outcomes, error)) from None
        return outcomes

    async def _pieces(
        self, request: Request, rows: Sequence[PlannedRow], outcomes: dict[int, Outcome]
    ) -> None:
        """Send the rows at once, and if the CRM refuses that for what may be one of them, in ever smaller pieces.

        `outcomes` fills on the way: after an error it still holds.
        """
        place = _place(request)
        batch = Batch(rows, barren=place in self._barren, single=self._single)
        try:
            while piece := batch.next():
                if batch.sent and (stop := self._halted()):
                    raise Stopped(stop, left(rows, outcomes))
                self._settle(await self._rounds(request, piece, batch, outcomes), outcomes)
        except AccessDenied:
            # The denial is about the piece that met it. The others are to be sent once there is access.
            outcomes |= {row.index: Outcome("unsent") for row in batch.waiting}
            raise
        self._settle(batch.rest(), outcomes)
        self._single = batch.single
        if batch.spent and not batch.accepted:
            self._barren.add(place)

    def _settle(self, done: Mapping[int, Outcome], outcomes: dict[int, Outcome]) -> None:
        if done:
            outcomes |= done
            self._log.outcomes(done)

    async def _rounds(
        self, request: Request, piece: Piece, batch: Batch, outcomes: dict[int, Outcome]
    ) -> Mapping[int, Outcome]:
        """Send and read until no row of a piece is to be sent again. Returns the rows that are refused for good."""
        rows: Sequence[PlannedRow] = piece.rows
        for _ in range(ROUNDS):
            rows = [] if batch.spent else await self._standing(request, rows, outcomes)
            if not rows:
                return {}
            # Write-ahead: after a crash from here on, the journal says that these rows may have reached the CRM.
            self._log.sending([row.index for row in rows])
            self._sent.update(row.index for row in rows)
            batch.sent += 1
            said, refusal = await self._send(request, rows, single=piece.single)
            outcomes |= said
            sent, rows = rows, await self._confirm(request, rows, outcomes, kept=refusal is not None)
            if isinstance(refusal, AccessDenied):
                # Only now: what is known of the rows is on disk before the run ends.
                raise refusal
            if refusal:
                open_ = [row for row in sent if _unwritten(outcomes[row.index])]
                for row in open_:
                    del outcomes[row.index]
                return batch.refuse(piece, sent, open_, refusal)
            if not rows:
                batch.took(piece, all_sent=len(sent) == len(piece.rows))
                return {}
        return {}

    async def _standing(
        self, request: Request, rows: Sequence[PlannedRow], outcomes: dict[int, Outcome]
    ) -> list[PlannedRow]:
        """The rows that are still as the plan found them. The others are settled without being sent."""
        current, kept_back = await self._rows.known(request, rows, self._sent)
        done: dict[int, Outcome] = {}
        by_state: dict[State, list[PlannedRow]] = {"after": [], "before": [], "moved": [], "gone": []}
        for row in rows:
            now = current.get(row.id)
            state = state_of(row.change, now.fields if now else None)
            mine = state == "after" and row.index in self._sent
            # What is there as it is wanted needs nothing, whoever was converted or has said no.
            back = kept_back.get(row.index)
            astray = back is not None and back.key is not None and not back.key.conversion
            if back and not mine and (astray or state != "after"):
                done[row.index] = back
            else:
                by_state[state].append(row)
        # A row that this run sent before, now or before it was interrupted, is its work: undo has to know.
        for row in by_state["after"]:
            mine = row.index in self._sent
            now = current.get(row.id)
            done[row.index] = (
                applied(self._reading.strayed(row, now) if now else {}) if mine else Outcome("unchanged")
            )
        if moved := by_state["moved"] + by_state["gone"]:
            found = await self._reading.found(request, moved, current)
            done |= {row.index: Outcome("held", found=found[row.id]) for row in moved}
        self._settle(done, outcomes)
        # What others wrote beside the change since the plan is sent back as it is now.
        return [
            replace(row, carried=current[row.id].carried) if self._carries and row.id in current else row
            for row in by_state["before"]
        ]

    async def _send(self, request: Request, rows: Sequence[PlannedRow], *, single: bool) -> _Said:
        """Send the rows; `single`, the only one of them by the request for one record.

        Raises `AccessDenied` or `CrmUnreachable` if nothing was sent.
        """
        place, single = _place(request), single or (request.module, request.related_list) in ONE_BY_ONE
        try:
            if request.method == "DELETE":
                said = await self._crm.delink(*place, [row.id for row in rows], single=single)
            else:
                said = await self._crm.link(*place, [row.body for row in rows], single=single)
        except AnswerLost as lost:
            code, message = (str(lost.answer.get(name) or "") for name in ("code", "message"))
            doubt = Outcome("unknown", code, message, "lost", lost.request, lost.problem)
            return _Said({row.index: doubt for row in rows})
        except RequestRefused as error:
            # Without a token, or where credits are kept, the request did not go out.
            if isinstance(error, AccessDenied) and not (
                error.said and error.request.startswith(request.method)
            ):
                raise
            # Not the end of the rows: a refusal may stand over rows that were stored, and reading settles them.
            return _Said({row.index: refused(error) for row in rows}, error)
        return _Said({row.index: answer for row, answer in zip(rows, said, strict=True)})

    async def _confirm(
        self, request: Request, rows: Sequence[PlannedRow], outcomes: dict[int, Outcome], *, kept: bool
    ) -> list[PlannedRow]:
        """Settle what was sent by the table, and record it. Returns the rows that are to be sent again.

        With `kept`, those that are refused are not recorded.
        """
        open_ = answers({row.index: outcomes[row.index] for row in rows}, verify=self._verify)
        doubtful = [(row, open_[row.index]) for row in rows if row.index in open_]
        shown = await self._shown(request, doubtful)
        again = []
        for row, answer in doubtful:
            outcome = settled(answer, outcomes[row.index], shown[row.index])
            if outcome is None:
                again.append(row)
            else:
                outcomes[row.index] = outcome
        # What was refused with its request, and not for itself, stays in doubt in the journal: whether this run sends it again
        # or one that goes on after it, it is to be sent.
        known = {row.index: outcomes[row.index] for row in rows}
        self._log.outcomes(
            {index: outcome for index, outcome in known.items() if not (kept and _unwritten(outcome))}
        )
        for seen in shown.values():
            if seen.error and not concerns_request(seen.error):
                raise seen.error
        return again

    async def _shown(
        self, request: Request, doubtful: Sequence[tuple[PlannedRow, RowAnswer]]
    ) -> dict[int, Shown]:
        """What the CRM shows of each row, read again for a while as long as something it accepted does not show."""
        shown: dict[int, Shown] = {}
        waiting = list(doubtful)
        for lag in (0.0, *LAGS):
            if lag:
                await self._sleep(lag)
            shown |= await self._look(request, [row for row, _ in waiting])
            waiting = [
                (row, answer)
                for row, answer in waiting
                if shown[row.index].state in ("before", "moved", "gone")
            ]
            if not any(answer == "accepted" for _, answer in waiting):
                break
        return shown

    async def _look(self, request: Request, rows: Sequence[PlannedRow]) -> dict[int, Shown]:
        if not rows:
            return {}
        try:
            current = await self._reading.read(request, rows)
        except ZsyncError as error:
            # The rows were sent. They get an outcome even if the run ends here.
            return {row.index: Shown("unread", error=error) for row in rows}
        return {row.index: self._seen(row, current.get(row.id)) for row in rows}

    def _seen(self, row: PlannedRow, now: CurrentRow | None) -> Shown:
        """A row after it was sent; `now` is what the CRM holds of it, None where there is no such relation."""
        if now is None:
            return Shown(state_of(row.change, None))
        return Shown(state_of(row.change, now.fields), now.fields, self._reading.strayed(row, now))


def _unwritten(outcome: Outcome) -> bool:
    """Whether a row was refused before it was stored."""
    return outcome.status == "refused" and outcome.code != CARRIED_CHANGED


def _place(request: Request) -> Place:
    return request.module, request.record_id, request.related_list
