"""The table of settling: whole, as its docstring draws it, and true of what it leads to."""

from itertools import product
from typing import get_args

import pytest

from tests.applying.test_applier import change
from zsync.applying import table
from zsync.applying.table import NEXT, RowAnswer, Shown, State, in_doubt, settled, state_of
from zsync.errors import CrmUnreachable, RequestRefused
from zsync.model import DONE, Action, Found, Outcome

CELLS = list(product(get_args(RowAnswer), get_args(State)))
SAID = Outcome("refused", "INVALID_DATA", "no such id")
LOST = Outcome("unknown", doubt="lost", request="PUT /Campaigns/5/Leads", problem="ReadTimeout")
DENIED = RequestRefused("GET /x: BAD", code="BAD", status=400, request="GET /x", said="hidden")


def drawn() -> dict[tuple[str, str], str]:
    """The table of the docstring."""
    lines = (table.__doc__ or "").splitlines()
    head = next(number for number, line in enumerate(lines) if line.split()[:1] == ["answer"])
    states = lines[head].split()[1:]
    rows = [line.replace("not stored", "not_stored").split() for line in lines[head + 1 : head + 4]]
    return {
        (answer, state): cell.replace("_", " ")
        for answer, *cells in rows
        for state, cell in zip(states, cells, strict=True)
    }


def test_the_table_is_the_one_that_its_docstring_draws() -> None:
    assert dict(NEXT) == drawn()
    assert list(NEXT) == CELLS


@pytest.mark.parametrize(("answer", "state"), CELLS)
def test_only_what_the_crm_shows_counts_as_applied(answer: RowAnswer, state: State) -> None:
    said = {"accepted": Outcome("applied"), "lost": LOST, "gone": SAID}[answer]
    outcome = settled(answer, said, Shown(state, {"Member_Status": "Sent"}))
    assert (state == "after") == (outcome is not None and outcome.status in DONE)


@pytest.mark.parametrize(("answer", "state"), CELLS)
def test_a_row_is_sent_again_only_where_its_answer_got_lost_and_it_is_unchanged(
    answer: RowAnswer, state: State
) -> None:
    assert (settled(answer, LOST, Shown(state)) is None) == ((answer, state) == ("lost", "before"))


def test_what_was_accepted_and_not_stored_says_what_the_crm_shows() -> None:
    outcome = settled("accepted", Outcome("applied"), Shown("moved", {"Member_Status": "Sent"}))
    assert outcome == Outcome("refused", "NOT_STORED", found=Found({"Member_Status": "Sent"}))


def test_what_cannot_be_read_back_says_why() -> None:
    for answer in (Outcome("applied"), LOST):
        refused = settled("accepted", answer, Shown("unread", error=DENIED))
        assert refused == Outcome("unknown", "BAD", "hidden", "unread", "GET /x")
        assert settled("lost", answer, Shown("unread", error=CrmUnreachable("gone"))) == Outcome(
            "unknown", doubt="unread"
        )


def test_a_refused_delete_of_what_is_there_keeps_the_words_of_the_crm() -> None:
    assert settled("gone", SAID, Shown("before", {})) == SAID


@pytest.mark.parametrize(
    ("action", "outcome", "answer"),
    [
        ("update", Outcome("applied"), "accepted"),
        ("update", LOST, "lost"),
        ("update", Outcome("unknown", doubt="unmentioned"), "lost"),
        ("update", SAID, None),
        ("create", SAID, None),
        ("delete", SAID, "gone"),
        ("delete", Outcome("refused", "MANDATORY_NOT_FOUND"), "gone"),
        ("delete", Outcome("refused", "NO_PERMISSION"), None),
    ],
)
def test_reading_settles_what_the_answer_leaves_open(
    action: Action, outcome: Outcome, answer: RowAnswer | None
) -> None:
    assert in_doubt(change(action, "11"), outcome, verify=True) == answer
    unverified = None if answer == "accepted" else answer
    assert in_doubt(change(action, "11"), outcome, verify=False) == unverified


@pytest.mark.parametrize(
    ("action", "found", "state"),
    [
        ("create", None, "before"),
        ("create", {"Member_Status": "Responded"}, "after"),
        ("create", {"Member_Status": "Sent"}, "moved"),
        ("update", {"Member_Status": "Sent"}, "before"),
        ("update", {"Member_Status": "Responded"}, "after"),
        ("update", {"Member_Status": "Opened"}, "moved"),
        ("update", None, "moved"),
        ("delete", None, "after"),
        ("delete", {"Member_Status": "Sent"}, "before"),
        ("delete", {"Member_Status": "Opened"}, "moved"),
    ],
)
def test_a_row_is_as_wanted_or_as_planned_or_neither(
    action: Action, found: dict[str, str] | None, state: State
) -> None:
    assert state_of(change(action, "11"), found) == state
