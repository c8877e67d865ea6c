"""What becomes of a row, decided by what the CRM answered and what it shows of the row. Pure: no I/O.

A row is in one of four states: the CRM holds what the change wants (`after`), what the plan found (`before`), something else
(`moved`), or no such relation although both want one (`gone`). Before anything is sent, the state alone decides:

    after     unchanged; or applied, where an earlier request of the run may have done it
    before    sent
    moved     held: somebody changed it after the plan was made
    gone      held, too

Once it was sent, the answer and the state that reading shows then decide (`unread` if the row cannot be read):

    answer      after      before        moved         gone          unread
    accepted    applied    not stored    not stored    not stored    unknown
    lost        applied    again         unknown       unknown       unknown
    refused     applied    refused       unknown       refused       unknown

What was `accepted` may show late: it is read for a while before it counts as not stored. What was `refused` is read as well:
an answer may refuse what the CRM has stored, in part or whole, and a delete is refused where there is nothing to delete.
What is applied and altered a field that the plan leaves as it is counts as refused: it is not what was reviewed.
`again` sends the row once more, after another look at its state.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal

from zsync.codes import CARRIED_CHANGED
from zsync.errors import RequestRefused, ZsyncError
from zsync.model import Change, Fields, Found, Outcome
from zsync.model.fields import holds
from zsync.model.reports import Status

State = Literal["after", "before", "moved", "gone", "unread"]
RowAnswer = Literal["accepted", "lost", "refused"]
Next = Literal["applied", "refused", "not stored", "unknown", "again"]

NEXT: Mapping[tuple[RowAnswer, State], Next] = MappingProxyType(
    {
        ("accepted", "after"): "applied",
        ("accepted", "before"): "not stored",
        ("accepted", "moved"): "not stored",
        ("accepted", "gone"): "not stored",
        ("accepted", "unread"): "unknown",
        ("lost", "after"): "applied",
        ("lost", "before"): "again",
        ("lost", "moved"): "unknown",
        ("lost", "gone"): "unknown",
        ("lost", "unread"): "unknown",
        ("refused", "after"): "applied",
        ("refused", "before"): "refused",
        ("refused", "moved"): "unknown",
        ("refused", "gone"): "refused",
        ("refused", "unread"): "unknown",
    }
)
"""What the CRM answered for a row, and its state afterwards → what becomes of it: the table above."""

_ANSWERS: Mapping[Status, RowAnswer] = MappingProxyType(
    {"applied": "accepted", "unknown": "lost", "refused": "refused"}
)


@dataclass(frozen=True, slots=True)
class Shown:
    """The state and the fields of a row when it was read, or the error if it could not be.

    `strayed` are carried fields that no longer hold what they held before the write.
    """

    state: State
    fields: Fields | None = None
    strayed: Fields = field(default_factory=dict)
    error: ZsyncError | None = None


def state_of(change: Change, found: Fields | None) -> Literal["after", "before", "moved", "gone"]:
    """The state of a change's row; `found` is what the CRM holds of it, None where there is no such relation."""
    # `after` first: a change whose before and after are equal for the CRM is done.
    if holds(change.after, found):
        return "after"
    if holds(change.before, found):
        return "before"
    return "gone" if found is None else "moved"


def answers(said: Mapping[int, Outcome], *, verify: bool) -> Mapping[int, RowAnswer]:
    """What was answered for the rows, by index, of which only reading tells what became of them.

    `said` takes the CRM at its word. With `verify` that is not enough for any row; without, it is for an answer that
    accepts every row. One that refuses some is read for these, and so the others are looked at for nothing.
    """
    found: dict[int, RowAnswer] = {
        index: _ANSWERS.get(outcome.status, "accepted") for index, outcome in said.items()
    }
    if verify or "refused" in found.values():
        return found
    return {index: answer for index, answer in found.items() if answer != "accepted"}


def settled(answer: RowAnswer, outcome: Outcome, shown: Shown) -> Outcome | None:
    """The outcome of a row that was in doubt, by the table; None if it is to be sent again."""
    match NEXT[answer, shown.state]:
        case "again":
            return None
        case "applied":
            return applied(shown.strayed)
        case "not stored":
            return Outcome("refused", "NOT_STORED", found=Found(shown.fields))
        case "unknown" if answer == "refused":
            # The words of the CRM stay: they are all that is known.
            if shown.state == "unread":
                return replace(outcome, status="unknown", doubt="unread")
            return replace(outcome, status="unknown", doubt="moved", found=Found(shown.fields))
        case "unknown" if isinstance(shown.error, RequestRefused):
            return replace(refused(shown.error), status="unknown", doubt="unread")
        case "unknown" if shown.state == "unread":
            return Outcome("unknown", doubt="unread")
        case _:
            return outcome  # the answer itself says why


def applied(strayed: Fields) -> Outcome:
    """The outcome of a row that holds what the plan wants; not applied, though, where fields beside it have changed with it."""
    return Outcome("refused", CARRIED_CHANGED, found=Found(strayed)) if strayed else Outcome("applied")


def refused(error: RequestRefused) -> Outcome:
    """The outcome of each row of a request that was refused as a whole."""
    return Outcome("refused", error.code, error.said, request=error.request, index=error.index)
