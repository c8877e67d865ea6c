"""`zsync drift`: what the CRM changed, removed and added since the base, in its own direction, and the way back."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.program import Run
from tests.worlds import WORLD, become, members
from zsync.emulator import RunningCrm, running

AGREED = {("501", "301"): "Sent", ("501", "302"): "Sent", ("501", "303"): "Sent"}
MOVED = {("501", "301"): "Planned", ("501", "303"): "Sent", ("501", "304"): "Responded"}


def manifest(statuses: Mapping[str, str], *, prune: bool = False) -> None:
    """The leads of a campaign."""
    rows = "".join(
        f'      - {{id: "{lead}", Member_Status: {status}}}\n' for lead, status in statuses.items()
    )
    Path("relations/spring.yaml").write_text(
        'version: 1\nparent: {module: Campaigns, id: "501"}\nrelated_lists:\n  Leads:\n    key: Email\n'
        f"    prune: {str(prune).lower()}\n    records:\n{rows}"
    )


def git(*args: str) -> None:
    """Git, as somebody."""
    subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@acme.example", *args], check=True)


def commit(**asked: bool) -> None:
    """Main says what was agreed."""
    manifest({lead: status for (_, lead), status in AGREED.items()}, **asked)
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
def call(run: Run, crm: RunningCrm) -> Run:
    """A repository whose main says what was agreed, and a CRM that moved one row, removed one and added one."""
    Path("relations").mkdir()
    git("init", "-q", "-b", "main")
    commit()
    become(crm, MOVED)
    return run


def test_drift_points_from_what_was_agreed_to_what_is(call: Run, crm: RunningCrm) -> None:
    said = call("drift")
    assert said.code == 2
    lines = [line.split("relations/")[0].split() for line in said.out.splitlines()]
    assert ["changed", "301", "Member_Status:", "Sent", "→", "Planned"] in lines
    assert ["removed", "302", "was", "Member_Status:", "Sent"] in lines
    assert ["added", "lead304@acme.example", "Member_Status:", "Responded", "in", "no", "manifest"] in lines
    assert "  Leads  3 rows, 1 unmanaged" in said.out
    *_, totals, keep, more, way = said.out.splitlines()
    assert keep == "Keep the CRM's values: zsync accept  (2 rows)"
    assert more == "and the added rows: zsync accept --unmanaged  (1 row)"
    assert totals == "Drift: 1 changed, 1 removed · 1 added (unmanaged) · 1 as agreed"
    assert way == (
        "Restore Git's values: zsync drift --out drift.json; zsync apply drift.json  (2 rows; the added ones stay)"
    )
    assert members(crm) == MOVED


def test_the_way_back_restores_what_git_says_and_leaves_what_no_manifest_names(
    call: Run, crm: RunningCrm
) -> None:
    said = call("drift", "--out", "drift.json")
    assert "zsync apply drift.json  (2 rows; the added ones stay)" in said.out
    assert call("apply", "drift.json").code == 0
    assert members(crm) == AGREED | {("501", "304"): "Responded"}
    assert call("drift").code == 0


def test_rows_that_no_manifest_names_are_told_and_decide_no_exit_code(call: Run, crm: RunningCrm) -> None:
    become(crm, AGREED | {("501", "304"): "Responded"})
    said = call("drift")
    assert (said.code, "Drift: none · 1 added (unmanaged) · 3 as agreed" in said.out) == (0, True)
    assert "Restore" not in said.out


def test_in_a_pruned_list_what_the_crm_added_is_drift(call: Run, crm: RunningCrm) -> None:
    commit(prune=True)
    become(crm, AGREED | {("501", "304"): "Responded"})
    said = call("drift")
    assert (said.code, "Drift: 1 added · 3 as agreed" in said.out) == (2, True)
    assert "in no manifest, pruned at relations/spring.yaml:6:" in said.out


@pytest.mark.parametrize("files", ["changed", "broken", "gone"])
def test_what_the_files_say_by_now_is_no_drift(call: Run, files: str) -> None:
    before = call("drift").out
    if files == "changed":
        manifest({"301": "Responded", "305": "Sent"})
    elif files == "broken":
        Path("relations/spring.yaml").write_text("version: 9\n")
    else:
        Path("relations/spring.yaml").unlink()
    assert call("drift").out == before


def test_the_branchs_changes_since_the_base_are_no_drift(call: Run) -> None:
    git("checkout", "-q", "-b", "branch")
    manifest({"301": "Planned", "302": "Sent", "303": "Responded"})
    git("commit", "-qam", "Branch")
    assert "Drift: 1 changed, 1 removed" in call("drift", "--base", "main").out


def test_json_is_the_plan_that_restores_with_the_rows_that_no_manifest_names(call: Run) -> None:
    made = json.loads(call("drift", "--format", "json").out)
    assert sorted(change["action"] for change in made["changes"]) == ["create", "update"]
    (extra,) = made["unmanaged"]
    assert (extra["related_record_id"], extra["before"]) == ("304", {"Member_Status": "Responded"})
    (state,) = made["lists"]
    assert (state["size"], state["managed"], state["unmanaged"]) == (3, 3, 1)


@pytest.mark.parametrize("form", ["text", "markdown", "html", "github", "junit"])
def test_every_format_speaks_of_what_the_crm_did(call: Run, form: str) -> None:
    said = call("drift", "--format", form, "--no-redact").out
    for word in ("changed", "removed", "added"):
        assert word in said
    assert "to update" not in said


def test_the_names_of_rows_that_no_manifest_names_are_masked(call: Run) -> None:
    said = call("drift", "--format", "markdown", ZSYNC_REDACT_KEY="a" * 32).out
    assert "lead304" not in said
    assert "person-" in said


def test_without_a_commit_to_compare_with_there_is_no_drift_to_tell(run: Run, crm: RunningCrm) -> None:
    Path("relations").mkdir()
    manifest({"301": "Sent"})
    said = run("drift")
    assert (said.code, "this is no Git repository" in said.err) == (64, True)
    git("init", "-q", "-b", "main")
    assert "this repository has no commit" in run("drift").err


def test_a_path_at_which_the_base_has_no_manifest_is_an_error(call: Run) -> None:
    said = call("drift", "relations/nowhere.yaml")
    assert (said.code, "has no manifest in `relations/nowhere.yaml`" in said.err) == (4, True)


def test_verify_counts_rows_that_no_manifest_names(call: Run, crm: RunningCrm) -> None:
    become(crm, AGREED | {("501", "304"): "Responded"})
    said = call("verify")
    assert said.code == 0
    assert "3 relations checked, 1 unmanaged: 4 in the CRM, 3 in manifests." in said.out
