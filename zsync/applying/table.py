"""What becomes of a row, decided by what the CRM answered and what it shows of the row. Pure: no I/O.

A row is in one of three states: the CRM holds what the change wants (`after`), what the plan found (`before`), or neither
(`moved`). Before anything is sent, the state alone decides:

    after     unchanged; or applied, where an earlier request of the run may have done it
    before    sent
    moved     held: somebody changed it after the plan was made

Once it was sent, the answer and the state that reading shows then decide (`unread` if the row cannot be read):

    answer      after      before        moved         unread
    accepted    applied    not stored    not stored    unknown
    lost        applied    again         unknown       unknown
    gone        applied    refused       refused       refused

What was `accepted` may show late: it is read for a while before it counts as not stored. `gone` is a delete that was refused
because there is nothing to delete. `again` sends the row once more, after another look at its state. A row that was refused
for any other reason is not read.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

from zsync.errors import RequestRefused, ZsyncError
from zsync.model import Change, Fields, Found, Outcome
from zsync.model.fields import holds

State = Literal["after", "before", "moved", "unread"]
RowAnswer = Literal["accepted", "lost", "gone"]
Next = Literal["applied", "refused", "not stored", "unknown", "again"]

NEXT: Mapping[tuple[RowAnswer, State], Next] = MappingProxyType(
    {
        ("accepted", "after"): "applied",
        ("accepted", "before"): "not stored",
        ("accepted", "moved"): "not stored",
        ("accepted", "unread"): "unknown",
        ("lost", "after"): "applied",
        ("lost", "before"): "again",
        ("lost", "moved"): "unknown",
        ("lost", "unread"): "unknown",
        ("gone", "after"): "applied",
        ("gone", "before"): "refused",
        ("gone", "moved"): "refused",
        ("gone", "unread"): "refused",
    }
)
"""What the CRM answered for a row, and its state afterwards → what becomes of it: the table above."""

_GONE = frozenset({"INVALID_DATA", "MANDATORY_NOT_FOUND"})
"""The codes with which Zoho refuses to delete a relation that does not exist."""


@dataclass(frozen=True, slots=True)
class Shown:
    """The state and the fields of a row when it was read, or the error if it could not be."""

    state: State
    fields: Fields | None = None
    error: ZsyncError | None = None


def state_of(change: Change, found: Fields | None) -> Literal["after", "before", "moved"]:
    """The state of a change's row; `found` is what the CRM holds of it, None where there is no such relation."""
    # `after` first: a change whose before and after are equal for the CRM is done.
    if holds(change.after, found):
        return "after"
    return "before" if holds(change.before, found) else "moved"


def in_doubt(change: Change, outcome: Outcome, *, verify: bool) -> RowAnswer | None:
    """What was answered, if only reading tells what became of the row; None if the answer settles it.

    `outcome` takes the CRM at its word. With `verify`, that is not enough.
    """
    if outcome.status == "unknown":
        return "lost"
    if outcome.status == "refused":
        return "gone" if change.action == "delete" and outcome.code in _GONE else None
    return "accepted" if verify else None


def settled(answer: RowAnswer, outcome: Outcome, shown: Shown) -> Outcome | None:
    """The outcome of a row that was in doubt, by the table; None if it is to be sent again."""
    match NEXT[answer, shown.state]:
        case "again":
            return None
        case "applied":
            return Outcome("applied")
        case "not stored":
            return Outcome("refused", "NOT_STORED", found=Found(shown.fields))
        case "unknown" if isinstance(shown.error, RequestRefused):
            return replace(refused(shown.error), status="unknown", doubt="unread")
        case "unknown" if shown.state == "unread":
            return Outcome("unknown", doubt="unread")
        case _:
            return outcome  # the answer itself says why


def refused(error: RequestRefused) -> Outcome:
    """The outcome of each row of a request that was refused as a whole."""
    return Outcome("refused", error.code, error.said, request=error.request)
