"""A CRM that fills a field which the plan leaves as it is: nobody reviewed that, and nobody may miss it."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.foreign.conftest import Write
from tests.foreign.crm import Canned, Foreign
from tests.program import Run

LIST = "/crm/v8/Campaigns/50/Leads"
KINDS = "version: 1\nrelation_kinds:\n  - {parent: Campaigns, related: Leads, fields: {Member_Status: text, Seat: text}}\n"


@pytest.fixture
def seats(crm: Foreign, write: Write) -> Foreign:
    """A campaign of two members with seats, of whom 1001 has no status; the manifest names the seats alone, and moves both."""
    crm.knobs.omitted = "keep"
    crm.add("Campaigns", "50", Campaign_Name="Spring")
    for number, fields in (("1000", {"Member_Status": "Sent"}), ("1001", {})):
        crm.add("Leads", number, Email=f"lead{number}@acme.example")
        crm.link("Campaigns", "50", "Leads", number, Seat="A", **fields)
    write("zsync.yaml", KINDS)
    rows = "".join(f"      - {{id: '{number}', Seat: B}}\n" for number in ("1000", "1001"))
    write(
        "spring.yaml",
        f"version: 1\nparent: {{module: Campaigns, id: '50'}}\nrelated_lists:\n  Leads:\n    records:\n{rows}",
    )
    return crm


def outcomes(path: str = "report.json") -> dict[str, dict[str, Any]]:
    """Related record → its outcome, in a report."""
    report = json.loads(Path(path).read_text())
    pairs = zip(report["plan"]["changes"], report["outcomes"], strict=True)
    return {change["related_record_id"]: outcome for change, outcome in pairs}


def test_a_crm_that_keeps_what_is_carried_is_told_nothing_of(seats: Foreign, run: Run) -> None:
    assert run("apply", "--auto-approve").code == 0
    assert seats.members("Campaigns", "50", "Leads")["1001"]["Seat"] == "B"


@pytest.mark.parametrize("how", ["fills", "reset"])
def test_a_status_that_the_crm_fills_beside_the_change_is_an_outcome_of_its_own(
    seats: Foreign, run: Run, how: str
) -> None:
    seats.knobs.fills, seats.knobs.omitted = ("Planned", "keep") if how == "fills" else ("", "reset")
    done = run("apply", "--auto-approve", "--report", "report.json")
    assert done.code == 3
    assert "CARRIED_CHANGED: the CRM stored the change, and what was to stay as it was now says" in done.out
    assert "Member_Status: Planned" in done.out
    found = outcomes()
    assert [found[each]["status"] for each in ("1000", "1001")] == ["applied", "refused"]
    assert (found["1001"]["code"], found["1001"]["found"]["fields"]) == (
        "CARRIED_CHANGED",
        {"Member_Status": "Planned"},
    )
    for shape in ("markdown", "json", "html", "junit", "github"):
        assert "CARRIED_CHANGED" in run("show", "report.json", "--format", shape).out, shape
    assert run("explain", "CARRIED_CHANGED").code == 0


def test_a_wave_that_filled_a_field_is_the_last_one(seats: Foreign, run: Run, write: Write) -> None:
    seats.knobs.fills = "Planned"
    seats.links["Campaigns", "Leads"]["50", "1000"] = {"Seat": "A"}
    assert run("apply", "--auto-approve", "--canary", "1").code == 3
    assert len(seats.sent("PUT")) == 1


@pytest.mark.parametrize("status", [500, 400])
def test_neither_a_lost_answer_nor_a_refused_batch_hides_what_was_filled(
    seats: Foreign, run: Run, status: int
) -> None:
    seats.knobs.fills = "Planned"
    refusal = {"code": "INVALID_DATA", "details": {}, "message": "no", "status": "error"}
    body: Any = b"<html>Bad Gateway</html>" if status == 500 else refusal
    seats.canned.append(Canned("PUT", LIST, status, body, commit=True))
    assert run("apply", "--auto-approve", "--report", "report.json").code == 3
    assert [one["code"] for one in outcomes().values()] == ["", "CARRIED_CHANGED"]
    assert len(seats.sent("PUT")) == 1


@pytest.mark.parametrize("since", ["", "D"])
def test_its_undo_takes_the_seat_back_unless_it_was_edited_since(
    seats: Foreign, run: Run, since: str
) -> None:
    seats.knobs.fills = "Planned"
    run("apply", "--auto-approve")
    if since:
        seats.links["Campaigns", "Leads"]["50", "1001"]["Seat"] = since
    undone = run("undo", "last", "--auto-approve")
    assert seats.members("Campaigns", "50", "Leads") == {
        "1000": {"Member_Status": "Sent", "Seat": "A"},
        "1001": {"Member_Status": "Planned", "Seat": since or "A"},
    }
    assert ("withheld" in undone.out) is bool(since)
