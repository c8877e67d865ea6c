"""The table of settling: whole, as its docstring draws it, and true of what it leads to."""

from dataclasses import replace
from itertools import product
from typing import get_args

import pytest

from tests.applying.test_applier import change
from zsync.applying import table
from zsync.applying.rows import CurrentReader, CurrentRow, PlannedRow
from zsync.applying.table import NEXT, RowAnswer, Shown, State, answers, refused, settled, state_of
from zsync.errors import CrmUnreachable, RequestRefused
from zsync.model import DONE, Action, Found, Outcome

CELLS = list(product(get_args(RowAnswer), get_args(State)))
SAID = Outcome("refused", "INVALID_DATA", "no such id")
APPLIED = Outcome("applied")
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
    said = {"accepted": Outcome("applied"), "lost": LOST, "refused": SAID}[answer]
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


@pytest.mark.parametrize(("answer", "state"), CELLS)
def test_only_a_row_that_was_seen_not_to_be_stored_is_refused(answer: RowAnswer, state: State) -> None:
    said = {"accepted": APPLIED, "lost": LOST, "refused": SAID}[answer]
    outcome = settled(answer, said, Shown(state, {"Member_Status": "Sent"}))
    if outcome is not None and outcome.status == "refused":
        assert answer != "lost"
        assert state in ("before", "gone") or (answer, state) == ("accepted", "moved")


def test_a_refused_row_that_is_unchanged_keeps_the_words_of_the_crm() -> None:
    assert settled("refused", SAID, Shown("before", {})) == SAID


def test_a_refused_row_that_moved_or_cannot_be_read_is_unknown_in_the_words_of_the_crm() -> None:
    moved = settled("refused", SAID, Shown("moved", {"Member_Status": "Opened"}))
    assert moved == replace(SAID, status="unknown", doubt="moved", found=Found({"Member_Status": "Opened"}))
    unread = settled("refused", SAID, Shown("unread", error=DENIED))
    assert unread == replace(SAID, status="unknown", doubt="unread")


UNMENTIONED = Outcome("unknown", doubt="unmentioned")


@pytest.mark.parametrize(
    ("said", "verified", "unverified"),
    [
        ([APPLIED, APPLIED], ["accepted", "accepted"], [None, None]),
        ([APPLIED, LOST], ["accepted", "lost"], [None, "lost"]),
        ([APPLIED, UNMENTIONED], ["accepted", "lost"], [None, "lost"]),
        ([APPLIED, SAID], ["accepted", "refused"], ["accepted", "refused"]),
        ([LOST, SAID], ["lost", "refused"], ["lost", "refused"]),
    ],
)
def test_reading_settles_what_the_answer_leaves_open(
    said: list[Outcome], verified: list[RowAnswer | None], unverified: list[RowAnswer | None]
) -> None:
    for verify, wanted in ((True, verified), (False, unverified)):
        found = answers(dict(enumerate(said)), verify=verify)
        assert [found.get(index) for index in range(len(said))] == wanted


@pytest.mark.parametrize(
    ("action", "found", "state"),
    [
        ("create", None, "before"),
        ("create", {"Member_Status": "Responded"}, "after"),
        ("create", {"Member_Status": "Sent"}, "moved"),
        ("update", {"Member_Status": "Sent"}, "before"),
        ("update", {"Member_Status": "Responded"}, "after"),
        ("update", {"Member_Status": "Opened"}, "moved"),
        ("update", None, "gone"),
        ("delete", None, "after"),
        ("delete", {"Member_Status": "Sent"}, "before"),
        ("delete", {"Member_Status": "Opened"}, "moved"),
    ],
)
def test_a_row_is_as_wanted_or_as_planned_or_neither(
    action: Action, found: dict[str, str] | None, state: State
) -> None:
    assert state_of(change(action, "11"), found) == state


def test_a_refusal_keeps_the_part_of_the_request_that_it_names() -> None:
    error = RequestRefused("x", code="INVALID_DATA", status=400, request="PUT /x", said="no", index=2)
    assert refused(error) == Outcome("refused", "INVALID_DATA", "no", request="PUT /x", index=2)


def test_a_stamp_that_nobody_declared_may_change_with_every_write() -> None:
    row = PlannedRow(0, replace(change("update", "11"), carried={"Seat": "A", "Stamp": "9:00"}))
    now = CurrentRow({}, {"Seat": "B", "Stamp": "9:01"})
    reader = CurrentReader(None, {"Seat": "text"})  # type: ignore[arg-type]
    assert reader.strayed(row, now) == {"Seat": "B"}
    assert reader.strayed(row, now._replace(carried={"Seat": "A", "Stamp": "9:01"})) == {}


def test_a_row_beside_which_something_changed_is_refused_with_what_the_crm_holds() -> None:
    assert table.applied({}) == APPLIED
    assert table.applied({"Seat": "B"}) == Outcome("refused", "CARRIED_CHANGED", found=Found({"Seat": "B"}))
