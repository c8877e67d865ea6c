"""What is known of rows before they are sent: what the CRM holds of them, and which of them are held.

A row is held if its key or its parent's names another record by now, if its lead was converted, or if its person has said no since
the review.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any

from zsync.applying.conversions import telling
from zsync.applying.keys import KeyCheck, Named, key_fields
from zsync.applying.rows import CurrentReader, CurrentRow, PlannedRow
from zsync.crm.consent import ConsentCheck
from zsync.crm.tasks import together
from zsync.model import KeyMoved, Outcome, Request

Known = tuple[dict[str, CurrentRow], dict[int, Outcome]]
"""The relations that exist now, by the related record's id, and the rows that are held, by index."""


class Standing:
    """Reads the rows of one run; `wait` gives the CRM time where one answer proves little.

    Without `keys`, records are known by their ids alone; without `consent`, nobody is asked.
    """

    def __init__(
        self,
        reading: CurrentReader,
        wait: Callable[[], Awaitable[None]],
        keys: KeyCheck | None = None,
        consent: ConsentCheck | None = None,
    ) -> None:
        self._reading = reading
        self._wait = wait
        self._keys = keys
        self._consent = consent

    async def known(self, request: Request, rows: Sequence[PlannedRow], sent: Collection[int]) -> Known:
        """What is known of the rows of a request, of which those in `sent` (indices) were sent before. Raises what `Reader` raises."""
        if self._keys is None:
            alone: list[Any] = await together((self._current(request, rows, ()), self._refused(rows)))
            return alone[0], alone[1]
        parents = await self._keys.moved_parents(rows)
        if len(parents) == len(rows) and parents.keys().isdisjoint(sent):
            return {}, _held(parents)  # the list may be gone with its record
        # At once: nothing is between the reading of a row and its writing that need not be.
        both: list[Any] = await together(
            (self._current(request, rows, key_fields(rows) | telling(rows)), self._whom(self._keys, rows))
        )
        current, (named, said_no) = both
        others = [row for row in rows if row.index not in parents]
        shown = {record_id: row.record for record_id, row in current.items()}
        moved = parents | await self._keys.moved(others, shown, named)
        rest = [row for row in others if row.index not in moved]
        return current, said_no | _held(moved | await self._keys.conversions.since(rest, shown))

    async def _whom(self, keys: KeyCheck, rows: Sequence[PlannedRow]) -> tuple[Named, dict[int, Outcome]]:
        """Whom the keys of what is created name now, and then who says no: the look-up brings that along."""
        named = await keys.look_up(row for row in rows if row.change.action == "create")
        return named, await self._refused(rows)

    async def _refused(self, rows: Sequence[PlannedRow]) -> dict[int, Outcome]:
        """The rows, by index, of people who say no, where that withholds. What is written under a warning is not held."""
        if self._consent is None:
            return {}
        ruled = await self._consent.ruled([row.change for row in rows])
        return {
            rows[at].index: Outcome("held", objection=found.objection)
            for at, found in ruled.items()
            if found.policy == "withhold"
        }

    async def _current(
        self, request: Request, rows: Sequence[PlannedRow], keys: Collection[str]
    ) -> dict[str, CurrentRow]:
        """What the CRM holds of the rows. A row to delete that seems to be gone is read twice: one answer proves little."""
        current = await self._reading.read(request, rows, keys)
        gone = [row for row in rows if row.change.action == "delete" and row.id not in current]
        if gone:
            # "Already gone" would count as done. A list whose rows are moving can skip one.
            await self._wait()
            current |= await self._reading.read(request, gone, keys)
        return current


def _held(moved: Mapping[int, KeyMoved]) -> dict[int, Outcome]:
    return {index: Outcome("held", key=each) for index, each in moved.items()}
