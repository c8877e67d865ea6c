"""One bad row among a hundred: what to send next of a batch that the CRM refused as a whole. Pure: no I/O.

Zoho answers row by row, and yet may refuse a whole request for what is wrong with one row. Where its answer names the row, that
one is left out. Where it does not, the batch is halved, and the larger pieces are sent first. A row that is left alone goes by
the request for one record, whose answer can be about nothing else. So does the first row that was named once a second is named:
if the CRM accepts it, its names mean nothing.
https://www.zoho.com/crm/developer/docs/api/v7/update-related-records.html
"""

import re
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from zsync import codes
from zsync.applying.rows import PlannedRow
from zsync.applying.table import refused
from zsync.bounds import PIECES
from zsync.errors import AccessDenied, RequestRefused
from zsync.model import Outcome

MOST = PIECES.most
"""Most requests for one batch of a plan. One bad row among a hundred takes at most 15."""

_PROBES = 3
"""Most requests for a batch of a list whose last one took `MOST` for nothing: the whole, and its halves."""

_PATH = re.compile(r"\$\.data\[([0-9]{1,6})\].*", re.DOTALL)
_WHOLE_PATHS = ("$", "$.data")
_PARENT, _LIST = 1, 2
_STATUSES = frozenset({400, 409, 412, 422})
_NO_SUCH_CALL = frozenset({"INVALID_URL_PATTERN", "INVALID_REQUEST_METHOD", "HTTP 404", "HTTP 405"})


@dataclass(frozen=True, slots=True)
class Piece:
    """Rows that are sent together, and the refusal that stood over them last; None before the first request.

    `single`: by the request for one record. `guilty`: at least one row is to blame, for the other half was accepted.
    """

    rows: tuple[PlannedRow, ...]
    refusal: RequestRefused | None = None
    single: bool = False
    guilty: bool = False


class _Named(NamedTuple):
    """The row that a refusal names, those of its request that are still open, and the refusal."""

    row: PlannedRow
    rows: tuple[PlannedRow, ...]
    error: RequestRefused


class Batch:
    """What is left to send of one batch of a plan.

    `barren` gives it up after its halves unless the CRM accepts one of them. `single` is false where the CRM is known to lack
    the request for one record.
    """

    def __init__(self, rows: Sequence[PlannedRow], *, barren: bool = False, single: bool = True) -> None:
        self.sent = 0
        """The requests so far. Whoever sends one counts it."""
        self.accepted = False
        """Whether the CRM answered any of them row by row."""
        self.single = single
        self._barren = barren
        self._left = deque([Piece(tuple(rows))])
        # The first row that was named, until it is proven that names are right; and what waits for the proof.
        self._suspect: Piece | None = None
        self._proving: tuple[PlannedRow, ...] = ()
        self._held: _Named | None = None
        self._believed: bool | None = None

    @property
    def spent(self) -> bool:
        """Whether no more may be sent."""
        return self.sent >= (_PROBES if self._barren and not self.accepted else MOST)

    @property
    def waiting(self) -> list[PlannedRow]:
        """The rows that are still to be sent, besides those of the piece that was given last."""
        return [row for piece in self._all() for row in piece.rows]

    def next(self) -> Piece | None:
        """What to send next; None if nothing is left, or no more may be sent."""
        while (self._left or self._held) and not self.spent:
            if not self._left:
                self._judge(right=False)  # nothing became of the proof: its row moved, or its answer got lost
                continue
            piece = self._left.popleft()
            alone = len(piece.rows) == 1
            if alone or not piece.guilty:
                return replace(piece, single=alone and self.single and piece.refusal is not None)
            # Sent as a whole it would only be refused once more.
            self._halve(piece.rows, piece.refusal)
        return None

    def took(self, piece: Piece, *, all_sent: bool) -> None:
        """The CRM answered this piece row by row."""
        self.accepted = True
        if self._held and piece.rows == self._proving:
            self._judge(right=False)
        following = self._left[0] if self._left else None
        if all_sent and following and piece.refusal and following.refusal is piece.refusal:
            self._left[0] = replace(following, guilty=True)

    def refuse(
        self,
        piece: Piece,
        sent: Sequence[PlannedRow],
        open_: Sequence[PlannedRow],
        error: RequestRefused,
    ) -> Mapping[int, Outcome]:
        """The CRM refused `sent`, rows of the piece, as a whole, and shows those that are `open_` as they were before.

        Returns the outcomes of the rows that are refused for good.
        """
        if piece.single and error.code in _NO_SUCH_CALL:
            self.single = False
            self._add(open_, piece.refusal)
            return {}
        if not may_be_one_row(error, sent):
            return self.rest(error, open_)
        if self._held and piece.rows == self._proving:
            return {row.index: refused(error) for row in open_} | self._judge(right=True)
        if len(sent) == 1:
            return {row.index: refused(error) for row in open_}
        named = None if self._believed is False else _named(error, sent)
        if named:
            return self._leave_out(_Named(named, tuple(open_), error))
        self._halve(open_, error)
        return {}

    def _leave_out(self, told: _Named) -> dict[int, Outcome]:
        """Send the others without the row that is named."""
        if self._suspect and self._believed is None:
            self._held, self._proving = told, self._suspect.rows
            self._left.appendleft(self._suspect)
            self._suspect = None
            return {}
        self._add([row for row in told.rows if row != told.row], told.error)
        if told.row not in told.rows:
            return {}
        if self._believed is None:
            self._suspect = Piece((told.row,), told.error)
            return {}
        return {told.row.index: refused(told.error)}

    def _judge(self, *, right: bool) -> dict[int, Outcome]:
        """Go on with what waited to learn whether names are right."""
        self._believed = right
        held, self._held = self._held, None
        if held and right:
            return self._leave_out(held)
        if held:
            self._halve(held.rows, held.error)
        return {}

    def rest(
        self, error: RequestRefused | None = None, also: Sequence[PlannedRow] = ()
    ) -> dict[int, Outcome]:
        """The outcomes of all that is left, refused by this error, else by the one that stood over it last."""
        found = {row.index: refused(error) for row in also if error}
        if self._suspect and self._suspect.refusal:
            found |= {row.index: refused(self._suspect.refusal) for row in self._suspect.rows}
        for piece in self._all():
            if standing := error or piece.refusal:
                problem = "" if error else f"not settled in {self.sent} requests"
                found = {row.index: replace(refused(standing), problem=problem) for row in piece.rows} | found
        self._left.clear()
        self._suspect = self._held = None
        return found

    def _all(self) -> list[Piece]:
        held = [Piece(self._held.rows, self._held.error)] if self._held else []
        return [*self._left, *held, *([self._suspect] if self._suspect else [])]

    def _halve(self, rows: Sequence[PlannedRow], error: RequestRefused | None) -> None:
        middle = len(rows) // 2
        self._add(rows[:middle], error)
        self._add(rows[middle:], error)

    def _add(self, rows: Sequence[PlannedRow], error: RequestRefused | None) -> None:
        if rows:
            self._left.append(Piece(tuple(rows), error))


def may_be_one_row(error: RequestRefused, rows: Sequence[PlannedRow]) -> bool:
    """Whether a request of these rows may have been refused for one of them, and not for its path, its size or its sender."""
    about = error.details
    parents = {row.change.record_id for row in rows}
    return not (
        isinstance(error, AccessDenied)
        or error.index in (0, _PARENT, _LIST)
        or str(about.get("id")) in parents
        or about.get("json_path") in _WHOLE_PATHS
        or (error.status >= 300 and error.status not in _STATUSES)
        or error.code.startswith("HTTP ")
        or error.code in codes.WHOLE
    )


def _named(error: RequestRefused, rows: Sequence[PlannedRow]) -> PlannedRow | None:
    """The row that a refusal names, by its place in the request or by its id; None if it names none, or two."""
    place, record_id = _PATH.fullmatch(str(error.details.get("json_path"))), str(error.details.get("id"))
    at = int(place[1]) if place else len(rows)
    named = {row.index: row for row in rows if row.id == record_id}
    if at < len(rows):
        named[rows[at].index] = rows[at]
    return next(iter(named.values())) if len(named) == 1 else None
