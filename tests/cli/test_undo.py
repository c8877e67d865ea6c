"""`zsync undo` at a terminal shows, asks and applies; anywhere else it shows, or saves."""

import json
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.cli.test_only import MANIFEST, WORLD
from tests.listed_runs import listed_runs
from tests.program import Run
from zsync.emulator import RunningCrm, running

LIST = "Campaigns/501/Leads"
BEFORE = {"302": "Opened", "303": "Sent", "304": "Sent"}
AFTER = {"301": "Sent", "302": "Sent", "303": "Sent"}


@pytest.fixture
def crm() -> Iterator[RunningCrm]:
    """A campaign, as it was before the run."""
    with running(WORLD) as bundled:
        yield bundled


@pytest.fixture
def variables(crm: RunningCrm) -> Mapping[str, str]:
    """Those that point zsync at it."""
    return crm.environment()


@pytest.fixture(autouse=True)
def applied(run: Run, crm: RunningCrm) -> None:
    """A run that created, updated and deleted a row."""
    Path("relations").mkdir()
    Path("relations/a.yaml").write_text(MANIFEST)
    assert run("apply", "--auto-approve").code == 0
    assert held(crm) == AFTER


def held(crm: RunningCrm) -> dict[str, str]:
    """Who is in the campaign, and how."""
    return {lead: row["Member_Status"] for lead, row in crm.rows(LIST).items()}


@pytest.mark.parametrize(
    ("answer", "code", "end"), [("y\n", 0, BEFORE), ("n\n", 130, AFTER), ("\n", 130, AFTER)]
)
def test_at_a_terminal_it_shows_asks_and_applies(
    run: Run, crm: RunningCrm, answer: str, code: int, end: dict[str, str]
) -> None:
    ended = run("undo", "last", asked=True, stdin=answer)
    assert ended.code == code, ended.err
    assert "Plan: 1 to delete, 1 to update, 1 to create" in ended.out
    assert "Apply these 3 changes?" in ended.err
    assert ("Nothing was written." in ended.err) == (code == 130)
    assert held(crm) == end


def test_what_was_undone_is_a_run_of_its_own_and_can_be_undone(run: Run, crm: RunningCrm) -> None:
    run("undo", "last", "--auto-approve", "--report", "report.json")
    assert held(crm) == BEFORE
    assert '"status":"applied"' in Path("report.json").read_text()
    assert len(listed_runs(run("runs").out)) == 2
    run("undo", "last", "--auto-approve")
    assert held(crm) == AFTER


@pytest.mark.parametrize("options", [(), ("--out", "undo.json")])
def test_without_a_terminal_nothing_is_asked_and_nothing_written(
    run: Run, crm: RunningCrm, options: tuple[str, ...]
) -> None:
    ended = run("undo", "last", *options)
    assert ended.code == 0
    assert "Plan: 1 to delete" in ended.out
    assert held(crm) == AFTER


def test_a_plan_that_is_saved_is_not_applied_at_a_terminal_either(run: Run, crm: RunningCrm) -> None:
    assert run("undo", "last", "--out", "undo.json", asked=True, stdin="y\n").code == 0
    assert held(crm) == AFTER


@pytest.mark.parametrize("option", [["--auto-approve"], ["--report", "report.json"]])
def test_saving_and_carrying_out_are_not_both_to_be_had(run: Run, crm: RunningCrm, option: list[str]) -> None:
    ended = run("undo", "last", "--out", "undo.json", *option)
    assert ended.code == 64
    assert option[0] in ended.err
    assert held(crm) == AFTER


def test_a_row_that_somebody_changed_is_told_before_the_question_and_left_alone(
    run: Run, crm: RunningCrm
) -> None:
    crm.link(LIST, {"id": "302", "Member_Status": "Responded"})
    ended = run("undo", "last", asked=True, stdin="y\n")
    assert "Apply these 2 changes?" in ended.err
    assert "Responded → Opened (the run: Sent)" in ended.out
    assert "1 withheld: 1 conflict" in ended.out
    assert held(crm) == {"302": "Responded", "303": "Sent", "304": "Sent"}


def test_a_conflict_of_an_undo_is_in_its_plan_and_a_way_out_stands_beside_it(
    run: Run, crm: RunningCrm
) -> None:
    crm.link(LIST, {"id": "302", "Member_Status": "Responded"})
    ended = run("undo", "last", "--out", "undo.json")
    name = journal().stem
    assert json.loads(Path("undo.json").read_text())["withheld"][0]["reason"] == "conflict"
    way = f'undo {name} --override conflicts=Campaigns/501/Leads/302 --reason "why"'
    assert f"zsync {way}" in ended.out
    assert run(*shlex.split(way), "--auto-approve").code == 0
    assert held(crm) == BEFORE


@pytest.mark.parametrize(
    ("policy", "code", "status"), [("refuse", 5, "Responded"), ("allow", 0, "Responded")]
)
def test_what_a_merge_may_do_with_conflicts_no_undo_does_by_itself(
    run: Run, crm: RunningCrm, policy: str, code: int, status: str
) -> None:
    crm.link(LIST, {"id": "302", "Member_Status": "Responded"})
    Path("relations/zsync.yaml").write_text(f"version: 1\nguards: {{conflicts: {policy}}}\n")
    assert run("undo", "last", "--auto-approve").code == code
    assert held(crm)["302"] == status


def test_that_git_still_says_what_the_run_did_is_told_unless_the_run_was_an_undo(run: Run) -> None:
    told = "Git still says what the run did: git revert as well"
    assert told in run("undo", "last").err
    assert told in run("undo", "last", "--auto-approve").err
    assert told not in run("undo", "last").err


def test_what_is_asked_for_alone_is_taken_back(run: Run, crm: RunningCrm) -> None:
    run("undo", "last", "--only", "bo@acme.example", "--auto-approve")
    assert held(crm) == AFTER | {"302": "Opened"}


def test_where_nothing_is_left_to_undo_nobody_is_asked(run: Run, crm: RunningCrm) -> None:
    run("undo", "last", "--auto-approve")
    name = listed_runs(run("runs").out)[0]
    ended = run("undo", name, asked=True)
    assert ended.code == 0
    assert "Apply" not in ended.err


def test_guards_hold_it_and_a_freeze_stops_it(run: Run, crm: RunningCrm) -> None:
    Path("relations/zsync.yaml").write_text("version: 1\nguards: {max_deletes: 0}\n")
    assert run("undo", "last", asked=True, stdin="y\n").code == 5
    assert run("undo", "last", "--auto-approve", ZSYNC_FREEZE="stop").code == 5
    assert held(crm) == AFTER


def journal() -> Path:
    """The file of the only run."""
    (found,) = Path().rglob("*.jsonl")
    return found


def test_the_journal_that_is_named_is_the_one_to_take_back(run: Run, crm: RunningCrm) -> None:
    file = journal()
    assert run("undo", "--journal", str(file), "--auto-approve").code == 0
    assert held(crm) == BEFORE
    assert len([*Path().rglob("*.jsonl")]) == 2


def test_a_run_may_be_named_by_a_piece_that_is_its_own(run: Run, crm: RunningCrm) -> None:
    run("undo", "last", "--auto-approve")
    first, second = listed_runs(run("runs").out)
    digest = first[:6]
    assert digest not in second
    assert "Plan: " in run("undo", digest, "--out", "undo.json").out or "Nothing" in run("undo", digest).out
    ended = run("undo", "Z-")
    assert ended.code == 64
    assert first in ended.err
    assert second in ended.err
    assert run("undo", "nothing").code == 4


def test_a_list_of_runs_masks_whom_it_must(run: Run) -> None:
    text = "version: 1\nparent: {module: Leads, match: {Email: ana@acme.example}}\nrelated_lists:\n  Campaigns:\n"
    Path("relations/a.yaml").write_text(text + '    records: [{id: "502", Member_Status: Sent}]\n')
    assert run("apply", "--auto-approve", "--no-base").code == 0
    assert "ana@acme.example" in run("runs").out
    assert "ana@acme.example" not in run("runs", ZSYNC_REDACT="true").out
