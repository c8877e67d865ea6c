"""The questions of a probe that take a write to answer, and the way back: the relation as it was before."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from zsync.crm.probing import Prober, Said
from zsync.doctor.probe_place import UNKNOWN, ProbeSite, fields_of, steps
from zsync.doctor.probe_reads import Notes
from zsync.doctor.questions import KEEPS
from zsync.errors import AccessDenied, AnswerLost, ZsyncError
from zsync.kinds import FieldType
from zsync.model.consent import STATUS
from zsync.model.fields import carries, empty, same

Row = Mapping[str, Any]
Sleep = Callable[[float], Awaitable[None]]

_WAITS = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0)
"""Seconds before each look at what a write has done, after the one before it."""

_SOON = 3
"""So many looks tell that a field is not shown at all: a row that is there has its fields."""

_NOT_SHOWN = "no read shows the status of a member"


class WriteQuestions:
    """Asks them one after the other. `answers` and `left` fill as it goes; `sent` once anything went out that may change the relation."""

    def __init__(self, crm: Prober, place: ProbeSite, notes: tuple[Notes, Notes], sleep: Sleep) -> None:
        self._crm = crm
        self._place = place
        self._steps = steps(place)
        self._answers, self._left = notes
        self._sleep = sleep
        self._pause: Callable[[], None] = lambda: None
        self._lag = 0.0
        self._readable = False
        self._bare: Row | None = None
        """The row of the new member, where it shows no status: it has none, or no row shows any."""

    async def ask(self, pause: Callable[[], None]) -> None:
        """Ask all. `pause` is called before each request, and may raise. Raises like `Prober.put`."""
        self._pause = pause
        if self._place.before is not None:
            for name in ("delete_missing_relation", "added_status", "read_after_write_lag_ms"):
                self._left[name] = "the lead is in the campaign already"
        elif not await self._added():
            return
        await self._shown()
        await self._omitted()
        await self._null()
        await self._unknown()
        await self._bad_row()
        await self._nobody()
        await self._credits()

    async def _send(self, name: str) -> Said:
        step = self._steps[name]
        self._pause()
        return await (self._crm.delete() if step.method == "DELETE" else self._crm.put(*step.rows))

    async def _added(self) -> bool:
        """Make the lead a member. False where the CRM refuses that: then nothing else can be asked."""
        said = await self._send("missing")
        self._answers["delete_missing_relation"] = "success" if said.done else said.first
        said = await self._send("add")
        row = await self._look(lambda row: row is not None) if said.done else None
        if row is None:
            why = (
                "no read showed the new member"
                if said.done
                else f"the CRM refused the new member: {said.first}"
            )
            for name in ("added_status", "member_status_on_read", KEEPS, "null_attr", "unknown_picklist"):
                self._left[name] = why
            return False
        self._answers["read_after_write_lag_ms"] = str(round(self._lag * 1000))
        if carries(row, (STATUS,)):
            self._empty(row)
            status = self._status(row)
            self._answers["added_status"] = "empty" if empty(status) else str(status)
        else:
            self._bare = row
        return True

    async def _shown(self) -> None:
        """Where a read shows a status that was just written, and whether it does so without being asked."""
        said = await self._send("one")
        one = self._place.statuses[0]
        row = await self._look(lambda row: row is not None and same(self._status(row), one), soon=True)
        if not said.done or row is None:
            self._left["member_status_on_read"] = f"{STATUS}: {one} was refused: {said.first}"
            return
        where = (STATUS in _member(row), STATUS in row)
        names = {(True, False): "nested", (False, True): "flat", (True, True): "both"}
        self._answers["member_status_on_read"] = names.get(where, "absent")
        self._readable = any(where)
        if self._bare is not None and self._readable:
            self._answers["added_status"] = "empty"
            self._empty(self._bare)
        elif self._bare is not None:
            self._left["added_status"] = _NOT_SHOWN
        unasked = await self._read("Last_Name")
        if unasked is None or "$member_info" not in unasked:
            self._left["member_info"] = "reads have no $member_info"
        else:
            self._answers["member_info"] = "all" if STATUS in _member(unasked) else "asked"

    async def _omitted(self) -> None:
        """What becomes of a status that a PUT leaves out. Kept twice it is kept: no two can be what a new member gets."""
        for name, omit, wrote in zip(
            ("one", "other"), ("omit one", "omit other"), self._place.statuses, strict=True
        ):
            if not self._readable:
                self._left[KEEPS] = _NOT_SHOWN
                return
            # The first was written by `_shown`.
            done = name == "one" or (await self._send(name)).done
            said = await self._send(omit)
            row = await self._settled()
            if not (done and said.done) or row is None:
                self._left[KEEPS] = f"a PUT without a status was refused: {said.first}"
                return
            self._empty(row)
            if not same(self._status(row), wrote):
                self._answers[KEEPS] = "reset"
                return
        self._answers[KEEPS] = "keep"

    async def _null(self) -> None:
        before = self._status(await self._settled() or {})
        said = await self._send("null")
        if not said.done:
            self._answers["null_attr"] = "reject"
        elif not self._readable:
            self._left["null_attr"] = _NOT_SHOWN
        else:
            row = await self._settled() or {}
            self._empty(row)
            now = self._status(row)
            self._answers["null_attr"] = (
                "clear" if empty(now) else "ignored" if same(now, before) else "reset"
            )
        if "empty_attr" not in self._answers:
            self._left["empty_attr"] = "no field of the member was ever empty"

    async def _unknown(self) -> None:
        said = await self._send("unknown")
        if not said.done:
            self._answers["unknown_picklist"] = "reject"
        elif not self._readable:
            self._left["unknown_picklist"] = _NOT_SHOWN
        else:
            taken = same(self._status(await self._settled() or {}), UNKNOWN)
            self._answers["unknown_picklist"] = "accept" if taken else "ignored"

    async def _bad_row(self) -> None:
        said = await self._send("bad row")
        if said.code:
            named = "data[1]" in " ".join(map(str, said.details.values()))
            self._answers["bad_row"] = "named" if named else "request"
        else:
            # With rows in its answer, and yet none of them carried out: the request as a whole.
            self._answers["bad_row"] = "row" if said.done else "request"

    async def _nobody(self) -> None:
        """Requests of rows that are nobody's."""
        said = await self._send("refused")
        if said.rows:
            self._answers["all_refused_status"] = str(said.status)
        else:
            self._left["all_refused_status"] = "such an answer has no rows"
        said = await self._send("many")
        self._answers["over_100_rows"] = said.first if said.code else "rows"

    async def _credits(self) -> None:
        before = self._crm.credits_left
        if before is None:
            self._left["put_credits"] = "Zoho tells the credits once half of a day's are used"
            return
        await self._send("credits")
        cost = before - (self._crm.credits_left or 0)
        if cost in (1, 10):
            self._answers["put_credits"] = "call" if cost == 1 else "rows"
        else:
            self._left["put_credits"] = f"{cost} credits went, and others use them too"

    def _empty(self, row: Row) -> None:
        """How an empty field is shown, as soon as one is. One that is missing says something once any was shown."""
        if not empty(self._status(row)):
            return
        if carries(row, (STATUS,)):
            self._answers["empty_attr"] = "null"
        elif self._readable:
            self._answers["empty_attr"] = "left_out"

    def _status(self, row: Row) -> Any:
        return fields_of(row, self._place.types).get(STATUS)

    async def _read(self, *names: str) -> Row | None:
        return await read(self._crm, names or tuple(self._place.types))

    async def _settled(self) -> Row | None:
        """The row, after as long as this CRM took before to show what was written."""
        if self._lag:
            await self._sleep(self._lag)
        return await self._read()

    async def _look(self, seen: Callable[[Row | None], bool], *, soon: bool = False) -> Row | None:
        """The row once it is as `seen` wants it, else the last look. With `soon`, a row without a status is not waited for."""
        row, waited = None, 0.0
        for looks, wait in enumerate(_WAITS, 1):
            if wait:
                await self._sleep(wait)
            waited += wait
            row = await self._read()
            if seen(row):
                self._lag = max(self._lag, waited)
                return row
            if soon and looks >= _SOON and row is not None and not carries(row, (STATUS,)):
                return row
        return row


async def read(crm: Prober, names: tuple[str, ...]) -> Row | None:
    """The relation's row with these fields; None where there is none. Raises `RequestRefused` where the CRM refuses to show it."""
    pen = crm.pen
    rows = await crm.rows(
        "Campaigns", pen.campaign, pen.related_list, names or ("id",), [pen.lead], converted=True
    )
    return next((row for row in rows if row["id"] == pen.lead), None)


def _member(row: Row) -> Row:
    found = row.get("$member_info")
    return found if isinstance(found, dict) else {}


async def restore(
    crm: Prober,
    before: Mapping[str, Any] | None,
    types: Mapping[str, FieldType],
    sleep: Sleep = asyncio.sleep,
) -> str:
    """Make the relation what it was `before`; empty where it is, else why it is not."""
    why = ""
    for _ in range(2):
        try:
            # Sent whatever a read shows: one that lags would hide the very row that has to go.
            said = await (crm.delete() if before is None else crm.put(_row(crm, before)))
            why = said.first
        except AnswerLost as lost:
            why = str(lost)
        except ZsyncError as error:
            return str(error)
        try:
            if await _is_back(crm, before, types, sleep):
                return ""
        except AccessDenied as denied:
            return str(denied)
        except ZsyncError as error:
            why = str(error)
    return f"it is not as it was ({why})"


def _row(crm: Prober, before: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"id": crm.pen.lead, **{name: value for name, value in before.items() if not empty(value)}}


async def _is_back(
    crm: Prober, before: Mapping[str, Any] | None, types: Mapping[str, FieldType], sleep: Sleep
) -> bool:
    for wait in _WAITS:
        if wait:
            await sleep(wait)
        row = await read(crm, tuple(types))
        if before is None and row is None:
            return True
        if before is not None and row is not None:
            now = fields_of(row, types)
            if all(same(value, now.get(name)) for name, value in before.items()):
                return True
    return False
