"""Rows that this branch and the CRM both changed: withheld and told first everywhere, until a person decides."""

import json
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from tests.program import Ended, Run
from tests.worlds import WORLD, become, members
from zsync.emulator import RunningCrm, running

ROW = ("501", "301")
CHANGED = {"301": "Responded", "302": "Responded", "303": "Sent"}
Call = Callable[..., Ended]


def manifest(statuses: Mapping[str, str], *, prune: bool = False) -> None:
    """The leads of a campaign."""
    rows = "".join(
        f'      - {{id: "{lead}", Member_Status: {status}}}\n' for lead, status in statuses.items()
    )
    Path("relations/spring.yaml").write_text(
        'version: 1\nparent: {module: Campaigns, id: "501"}\nrelated_lists:\n  Leads:\n'
        f"    prune: {str(prune).lower()}\n    records:\n{rows}"
    )


def configured(guards: str) -> None:
    """A zsync.yaml with these guards."""
    Path("relations/zsync.yaml").write_text(f"version: 1\nguards: {guards}\n")


def git(*args: str) -> None:
    """Git, as somebody."""
    subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@acme.example", *args], check=True)


def commit() -> None:
    """What is in the folder becomes main's."""
    git("add", "relations")
    git("commit", "-q", "-m", "Agree")


@pytest.fixture(scope="module")
def crm() -> Iterator[RunningCrm]:
    """One bundled CRM for all tests."""
    with running(WORLD) as bundled:
        yield bundled


@pytest.fixture
def variables(crm: RunningCrm) -> Mapping[str, str]:
    """Those that point zsync at it."""
    return crm.environment()


@pytest.fixture
def call(run: Run, crm: RunningCrm) -> Call:
    """Main says what the CRM held; then a rep clicks, and the branch changes two rows, one of them the rep's."""
    become(crm, {("501", lead): "Sent" for lead in CHANGED})
    Path("relations").mkdir()
    manifest(dict.fromkeys(CHANGED, "Sent"))
    git("init", "-q", "-b", "main")
    commit()
    become(crm, {ROW: "Planned", ("501", "302"): "Sent", ("501", "303"): "Sent"})
    manifest(CHANGED)
    return run


def statuses(crm: RunningCrm) -> list[str]:
    """What the CRM holds of the three rows."""
    return [members(crm)[("501", lead)] for lead in CHANGED]


DECIDED = ("--override", "conflicts=Campaigns/501/Leads/301", "--reason", "agreed with sales")


def test_a_reps_edit_is_never_written_over_unseen(call: Call, crm: RunningCrm) -> None:
    said = call("plan", "--base", "main", "--out", "plan.json", "--detailed-exitcode")
    assert said.code == 2
    lines = said.out.splitlines()
    first = lines.index("Look at these")
    assert "conflict  ~ 301  Planned → Responded (base: Sent)  relations/spring.yaml:7:" in lines[first + 2]
    assert lines[first + 3].endswith(
        "to keep the CRM's, in the file: zsync accept conflict Campaigns/501/Leads/301"
    )
    assert lines[first + 4].endswith('zsync plan --override conflicts=Campaigns/501/Leads/301 --reason "why"')
    assert first < next(at for at, line in enumerate(lines) if "~ 302" in line)
    assert "Plan: 0 to delete, 1 to update, 0 to create, 1 unchanged · 1 withheld: 1 conflict" in said.out
    said = call("apply", "plan.json", "--report", "report.json")
    assert said.code == 0
    assert "Applied 1 of 1: 1 updated · 1 withheld: 1 conflict" in said.out
    assert statuses(crm) == ["Planned", "Responded", "Sent"]


def test_what_is_withheld_is_in_the_plan_and_in_nothing_that_is_sent(call: Call) -> None:
    call("plan", "--base", "main", "--out", "with.json")
    made = json.loads(Path("with.json").read_text())
    (row,) = made["withheld"]
    assert (row["reason"], row["origin"], row["related_record_id"]) == ("conflict", "conflict", "301")
    assert [row[side]["Member_Status"] for side in ("agreed", "before", "after")] == [
        "Sent",
        "Planned",
        "Responded",
    ]
    assert [change["related_record_id"] for change in made["changes"]] == ["302"]
    assert made["summary"]["update"] == 1
    manifest(CHANGED | {"301": "Planned"})
    call("plan", "--base", "main", "--out", "without.json")
    taken = json.loads(Path("without.json").read_text())
    assert (taken["withheld"], taken["content"]) == ([], made["content"])


def test_a_plan_of_nothing_but_conflicts_is_no_change_and_says_so(call: Call) -> None:
    manifest(CHANGED | {"302": "Sent"})
    said = call("plan", "--base", "main", "--detailed-exitcode")
    assert said.code == 0
    assert "Nothing to write: all that differs is withheld. 1 withheld: 1 conflict." in said.out


@pytest.mark.parametrize("only", ["change", "drift", "update"])
def test_a_selector_does_not_hide_a_conflict(call: Call, only: str) -> None:
    assert "conflict  ~ 301" in call("plan", "--base", "main", "--only", only).out


@pytest.mark.parametrize("form", ["markdown", "html", "github", "junit"])
def test_every_format_tells_conflicts_before_changes(call: Call, form: str) -> None:
    text = call("plan", "--base", "main", "--format", form, "--no-redact").out
    assert "conflict" in text
    assert text.index("(base: Sent)") < text.index("302")


def test_a_row_that_is_decided_for_git_is_written_and_the_decision_is_kept(
    call: Call, crm: RunningCrm
) -> None:
    said = call("plan", "--base", "main", "--only", "change", "--out", "plan.json", *DECIDED)
    assert "OVERRIDDEN: conflicts=Campaigns/501/Leads/301, because: agreed with sales" in said.out
    assert "conflict  ~ 301  Planned → Responded (base: Sent), overridden: written" in said.out
    done = call("apply", "plan.json", "--report", "report.json", "--journal", "journal.jsonl")
    assert done.code == 0
    assert statuses(crm) == ["Responded", "Responded", "Sent"]
    kept = {"guard": "conflicts", "reason": "agreed with sales", "selector": "Campaigns/501/Leads/301"}
    assert json.loads(Path("report.json").read_text())["plan"]["overrides"] == [kept]
    assert "conflicts=Campaigns/501/Leads/301" in done.out
    assert '"selector":"Campaigns/501/Leads/301"' in Path("journal.jsonl").read_text().replace("\\", "")


def test_a_decision_is_made_when_a_plan_is_and_not_when_it_is_applied(call: Call, crm: RunningCrm) -> None:
    call("plan", "--base", "main", "--out", "plan.json")
    said = call("apply", "plan.json", *DECIDED)
    assert (said.code, "conflicts are decided when a plan is made" in said.err) == (64, True)
    assert statuses(crm) == ["Planned", "Sent", "Sent"]


@pytest.mark.parametrize(
    ("guard", "told"),
    [
        ("conflicts", "--override conflicts needs the rows"),
        ("conflicts=", "--override conflicts needs the rows"),
        ("max_deletes=*", "--override max_deletes takes no selector"),
        ("conflicts=*/399", "--override conflicts=*/399 fits no conflict of this plan"),
        ("conflict=*", "there is no guard 'conflict'"),
    ],
)
def test_a_decision_that_decides_nothing_is_wrong_usage(call: Call, guard: str, told: str) -> None:
    said = call("plan", "--base", "main", "--override", guard, "--reason", "why")
    assert said.code == 64
    assert told in said.err


def test_conflicts_may_stop_a_plan(call: Call) -> None:
    configured("{conflicts: refuse}")
    said = call("plan", "--base", "main", "--out", "plan.json")
    assert said.code == 5
    assert "conflicts: 1 conflict waits for a decision; limit: none may" in said.out
    assert call("apply", "plan.json").code == 5
    assert call("plan", "--base", "main", *DECIDED).code == 0


def test_conflicts_may_stop_a_plan_that_would_write_nothing(call: Call) -> None:
    configured("{conflicts: refuse}")
    manifest(CHANGED | {"302": "Sent"})
    assert call("plan", "--base", "main").code == 5


def test_a_limit_on_withheld_rows_is_a_guard(call: Call) -> None:
    configured("{max_withheld: 0}")
    said = call("plan", "--base", "main")
    assert (said.code, "max_withheld: 1 row would be withheld, the limit is 0" in said.out) == (5, True)
    configured("{max_withheld: 10%}")
    assert "Campaigns/501/Leads: 1 of 3 rows would be withheld (33%)" in call("plan", "--base", "main").out
    configured("{max_withheld: {in_all: 1}}")
    assert call("plan", "--base", "main").code == 0


def test_what_main_allows_is_written_and_what_a_branch_allows_itself_is_not(call: Call) -> None:
    configured("{max_deletes: 9}")
    commit_config()
    configured("{max_deletes: 9, conflicts: allow}")
    assert "1 withheld: 1 conflict" in call("plan", "--base", "main").out
    commit_config()
    said = call("plan", "--base", "main").out
    assert "conflict  ~ 301  Planned → Responded (base: Sent), allowed: written" in said
    assert "2 to update" in said


def commit_config() -> None:
    """The zsync.yaml becomes main's; the manifests do not."""
    git("add", "relations/zsync.yaml")
    git("commit", "-q", "-m", "Guard")


def test_a_removed_row_that_the_crm_moved_stays(call: Call, crm: RunningCrm) -> None:
    for prune in (False, True):
        manifest({"302": "Sent", "303": "Sent"}, prune=prune)
        said = call("plan", "--base", "main").out
        assert "conflict  - 301  Planned → no row (base: Sent)" in said
        assert "0 to delete" not in said.partition("Nothing to write")[0]
    assert statuses(crm)[0] == "Planned"


def test_a_changed_row_that_the_crm_removed_is_not_made_again(call: Call, crm: RunningCrm) -> None:
    become(crm, {("501", "302"): "Sent", ("501", "303"): "Sent"})
    said = call("plan", "--base", "main").out
    assert "conflict  + 301  no row → Responded (base: Sent)" in said
    assert "to keep the CRM's, in the file: zsync accept conflict Campaigns/501/Leads/301" in said


def test_both_sides_of_a_conflict_are_masked(call: Call, crm: RunningCrm) -> None:
    text = Path("relations/spring.yaml").read_text().replace('id: "301"', "Email: lead301@acme.example")
    Path("relations/spring.yaml").write_text(text.replace("  Leads:\n", "  Leads:\n    key: Email\n"))
    said = call("plan", "--base", "main", "--format", "markdown", ZSYNC_REDACT_KEY="a" * 32).out
    assert "conflict | `~` `person-" in said
    assert "lead301" not in said


@pytest.mark.parametrize("word", ["conflict", "withheld", "drift", "conflicts", "max_withheld"])
def test_the_words_are_explained(call: Call, word: str) -> None:
    assert call("explain", word).code == 0
