"""Why changes ended as they did, in words."""

import time
from dataclasses import replace

import pytest

from zsync.model import Bearer, Conversion, Found, KeyMoved, Outcome, Stop
from zsync.render.outcomes import answer, moment, stopped

MOVED = KeyMoved("related", "Leads", "300", {"Email": "ana@acme.example"}, name="Ana Lind")
WHEN = "2027-02-28T10:00:00+01:00"


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="no zone of a process")
def test_a_time_is_told_in_utc_wherever_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert moment(WHEN) == "2027-02-28 09:00 UTC"
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (Outcome("applied"), ""),
        (Outcome("refused", "INVALID_DATA", "no", request="PUT /x"), "INVALID_DATA: no (PUT /x)"),
        (
            Outcome("refused", "BAD", "no", request="PUT /x", problem="not settled in 30 requests"),
            "BAD: no (PUT /x, not settled in 30 requests)",
        ),
        (Outcome("unsent"), ""),
        (Outcome("unchanged"), "already as planned"),
        (
            Outcome("held", found=Found({}, "2027-02-28T10:00:00")),
            "the CRM has this row now (2027-02-28T10:00:00)",
        ),
        (Outcome("held", found=Found({}, WHEN)), "the CRM has this row now (2027-02-28 09:00 UTC)"),
        (Outcome("held", found=Found({"A": 1, "B": 2})), "the CRM now says A: 1, B: 2"),
        (
            Outcome(
                "held",
                key=KeyMoved(
                    "related", "Leads", "300", {"A": "a", "B": "b"}, now={"A": "c", "B": "d"}, name="Ana"
                ),
            ),
            "no record of Leads has a, b any more: Ana 300 now has c, d",
        ),
        (
            Outcome("held", key=replace(MOVED, conversion=Conversion("2027-02-28T10:00:00Z", "401"))),
            "ana@acme.example was converted on 2027-02-28 to contact 401",
        ),
        (
            Outcome("held", key=replace(MOVED, key={}, conversion=Conversion())),
            "Ana Lind 300 was converted to a contact",
        ),
        (Outcome("refused", "BAD", "no such id"), "BAD: no such id"),
        (Outcome("refused", "BAD", "no such id", request="PUT /x"), "BAD: no such id (PUT /x)"),
        (Outcome("refused", "BAD", "no", request="PUT /x", problem="late"), "BAD: no (PUT /x, late)"),
        (
            Outcome("refused", "NOT_STORED", found=Found({"Status": "Sent"})),
            "NOT_STORED: the CRM accepted the row and shows Sent",
        ),
        (
            Outcome("refused", "NOT_STORED", found=Found(None)),
            "NOT_STORED: the CRM accepted the row and does not show it",
        ),
        (
            Outcome("unknown", "BAD", "no such id", "moved", found=Found({"Status": "Sent"})),
            "BAD: no such id: the CRM refused the row and now shows Sent",
        ),
        (
            Outcome("unknown", "BAD", "no", "moved", found=Found({})),
            "BAD: no: the CRM refused the row and now has it",
        ),
        (
            Outcome("refused", "NOT_STORED", found=Found({})),
            "NOT_STORED: the CRM accepted the row and still has it",
        ),
        (Outcome("held", found=Found({"Status": "Opted Out"})), "the CRM now says Opted Out"),
        (
            Outcome("held", found=Found({"Status": "Opted Out"}, WHEN, "Kim")),
            "the CRM now says Opted Out (2027-02-28 09:00 UTC), the record last changed by Kim",
        ),
        (
            Outcome("held", found=Found({"list_price": 5, "Note": None}, "lately")),
            "the CRM now says list_price: 5, Note: (empty) (lately)",
        ),
        (Outcome("held", found=Found(None)), "the CRM no longer has this row"),
        (Outcome("held", found=Found({})), "the CRM has this row now"),
        (
            Outcome("held", key=replace(MOVED, bearers=(Bearer("303", "Ana Berg"),))),
            "ana@acme.example is now Ana Berg 303, not Ana Lind 300",
        ),
        (
            Outcome("held", key=replace(MOVED, bearers=(Bearer("303"),), name="", side="parent")),
            "Leads ana@acme.example is now 303, not 300",
        ),
        (
            Outcome("held", key=replace(MOVED, bearers=(Bearer("300", "Ana Lind"), Bearer("303")))),
            "ana@acme.example now names 2 records: Ana Lind 300, 303",
        ),
        (Outcome("held", key=MOVED), "no record of Leads has ana@acme.example any more"),
        (
            Outcome("held", key=replace(MOVED, now={"Email": "al@acme.example"})),
            "no record of Leads has ana@acme.example any more: Ana Lind 300 now has al@acme.example",
        ),
        (Outcome("unknown", doubt="unmentioned"), "the answer says nothing of this row"),
        (
            Outcome("unknown", "INTERNAL_ERROR", doubt="lost", request="PUT /x", problem="status 500"),
            "PUT /x: no usable answer (status 500): INTERNAL_ERROR",
        ),
        (
            Outcome("unknown", "BAD", "hidden", "unread", "GET /x"),
            "it was sent, and cannot be read back: GET /x: BAD: hidden",
        ),
    ],
)
def test_an_outcome_says_why(outcome: Outcome, words: str) -> None:
    assert answer(outcome) == words


@pytest.mark.parametrize("time", ["", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2027"])
def test_a_time_of_any_shape_is_shown(time: str) -> None:
    assert time in answer(Outcome("held", found=Found({"Status": "Sent"}, time)))


@pytest.mark.parametrize(
    ("stop", "words"),
    [
        (Stop("failed", 1, "the journal is gone", "Make room."), "the journal is gone Make room."),
        (Stop("failed", 8, "no credits"), "no credits"),
        (
            Stop("refused", 8, "no scope", "Log in.", "NO_SCOPE", "GET /x"),
            "GET /x: NO_SCOPE: no scope Log in.",
        ),
        (Stop("wave", 3, wave=2, open=3, changes=40), "wave 2 has 3 of 40 changes that were not applied"),
        (
            Stop("interrupted", 130),
            "interrupted: the requests under way were finished, the others were not sent",
        ),
    ],
)
def test_a_run_that_was_stopped_says_why(stop: Stop, words: str) -> None:
    assert stopped(stop) == words
