"""A hundred rows, one of which makes the CRM refuse the whole request: what the command says and does."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.program import Run
from zsync.emulator import RunningCrm, running

IDS = [str(3000 + number) for number in range(100)]
BAD, LIST = IDS[37], "Campaigns/500/Leads"
LEADS = [{"id": one, "Last_Name": f"Lead {one}", "Email": f"lead{one}@acme.example"} for one in IDS]
WORLD = {"records": {"Campaigns": [{"id": "500", "Campaign_Name": "Spring"}], "Leads": LEADS}}
HEAD = """version: 1
parent: {module: Campaigns, match: {Campaign_Name: Spring}}
related_lists:
  Leads:
    key: Email
"""


@pytest.fixture
def crm() -> Iterator[RunningCrm]:
    """A campaign without members, and a hundred leads, one of them locked."""
    with running(WORLD) as bundled:
        bundled.switch(barred=[f"{BAD}:RECORD_LOCKED"])
        yield bundled


@pytest.fixture
def variables(crm: RunningCrm) -> Mapping[str, str]:
    """Those that point zsync at it."""
    return crm.environment()


@pytest.fixture(autouse=True)
def manifest(run: Run) -> None:
    """It wants all of them."""
    rows = "".join(f"      - {{Email: lead{one}@acme.example, Member_Status: Sent}}\n" for one in IDS)
    Path("spring.yaml").write_text(f"{HEAD}    records:\n{rows}")


@pytest.mark.parametrize(("answers", "writes"), [("row", 1), ("named", 2), ("request", 15)])
def test_ninety_nine_are_applied_and_the_one_is_named(
    run: Run, crm: RunningCrm, answers: str, writes: int
) -> None:
    crm.switch(bad_row=answers)
    ended = run("apply", "spring.yaml", "--auto-approve", "--report", "report.json")
    assert ended.code == 3
    print(ended.out, ended.err)
    assert crm.rows(LIST).keys() == set(IDS) - {BAD}
    (line,) = [line for line in ended.out.splitlines() if "RECORD_LOCKED" in line and "explain" not in line]
    assert "record is locked" in line
    report = json.loads(Path("report.json").read_text())
    assert report["writes"] <= writes
    assert {one["status"] for one in report["outcomes"]} == {"applied", "refused"}


def test_a_second_run_has_that_one_row_left(run: Run, crm: RunningCrm) -> None:
    crm.switch(bad_row="request")
    run("apply", "spring.yaml", "--auto-approve")
    assert "1 to create" in run("plan", "spring.yaml").out
    crm.switch(barred=[])
    assert run("apply", "spring.yaml", "--auto-approve").code == 0
    assert crm.rows(LIST).keys() == set(IDS)


def test_a_prune_is_halved_as_well_and_an_undo_takes_back_what_was_done(run: Run, crm: RunningCrm) -> None:
    crm.switch(barred=[])
    assert run("apply", "spring.yaml", "--auto-approve").code == 0
    crm.switch(bad_row="request", barred=[f"{BAD}:RECORD_LOCKED"])
    Path("spring.yaml").write_text(f"{HEAD}    prune: true\n    allow_empty: true\n    records: []\n")
    assert run("apply", "spring.yaml", "--auto-approve").code == 3
    assert crm.rows(LIST).keys() == {BAD}
    undone = run("undo", "last", "--auto-approve")
    assert undone.code == 0, undone.out + undone.err
    assert crm.rows(LIST).keys() == set(IDS)
