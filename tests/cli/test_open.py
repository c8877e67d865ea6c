"""`--open REPORT`: what an earlier run left open stays this branch's change, or becomes a conflict, whatever else was merged since."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.cli.test_conflicts import Call, commit, git, manifest
from tests.program import Run
from tests.worlds import WORLD, become, members
from zsync.emulator import RunningCrm, running

FIRST = {"301": "Responded", "302": "Sent", "303": "Sent"}
SECOND = FIRST | {"303": "Responded"}
PLAN = ("plan", "--base", "HEAD~1", "--only", "change")


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
    """The first merge changed a row that the CRM refused, as report.json says; the second one changes another."""
    become(crm, {("501", lead): "Sent" for lead in FIRST})
    Path("relations").mkdir()
    git("init", "-q", "-b", "main")
    for statuses in (dict.fromkeys(FIRST, "Sent"), FIRST):
        manifest(statuses)
        commit()
    crm.refuse_next("INVALID_DATA", 20, method="PUT")
    done = run("apply", "--base", "HEAD~1", "--auto-approve", "--report", "report.json")
    assert done.code == 3
    crm._org.refusals.clear()
    manifest(SECOND)
    commit()
    return run


def test_what_the_first_merge_could_not_do_is_a_change_of_the_second(call: Call, crm: RunningCrm) -> None:
    assert "1 to update" in call(*PLAN).out
    said = call(*PLAN, "--open", "report.json", "--out", "plan.json")
    assert "2 to update" in said.out
    assert "and 1 row with a base of its own" in said.out
    assert call("apply", "plan.json", "--report", "done.json").code == 0
    assert set(members(crm).values()) == {"Responded", "Sent"}
    assert json.loads(Path("report.json").read_text())["open"] == [
        {
            "module": "Campaigns",
            "record_id": "501",
            "related_module": "Leads",
            "related_record_id": "301",
            "base": commit_at("HEAD~2"),
        }
    ]
    assert json.loads(Path("done.json").read_text())["open"] == []


def commit_at(ref: str) -> str:
    """The commit that a name means."""
    return subprocess.run(
        ["git", "rev-parse", ref], check=True, capture_output=True, text=True
    ).stdout.strip()


def test_a_reps_click_after_a_refused_merge_is_a_conflict(call: Call, crm: RunningCrm) -> None:
    become(crm, {("501", lead): "Planned" if lead == "301" else "Sent" for lead in FIRST})
    said = call(*PLAN, "--open", "report.json", "--out", "plan.json")
    assert "1 withheld: 1 conflict" in said.out
    assert "Planned → Responded (base: Sent)" in said.out
    assert call("apply", "plan.json", "--report", "second.json").code == 0
    assert members(crm)["501", "301"] == "Planned"
    # As long as nobody decides, it stays open, with the base that it had at first.
    assert json.loads(Path("second.json").read_text())["open"][0]["base"] == commit_at("HEAD~2")


def test_an_apply_that_plans_knows_what_is_open(call: Call, crm: RunningCrm) -> None:
    become(crm, {("501", lead): "Planned" if lead == "301" else "Sent" for lead in FIRST})
    asked = ("apply", "--base", "HEAD~1", "--auto-approve")
    said = call(*asked, "--open", "report.json", "--report", "second.json")
    assert (said.code, "1 withheld: 1 conflict" in said.out) == (0, True)
    assert members(crm) == {("501", "301"): "Planned", ("501", "302"): "Sent", ("501", "303"): "Responded"}
    # Without it, the row is as both commits say, and the CRM alone seems to have moved it.
    assert call(*asked).code == 0
    assert members(crm)["501", "301"] == "Responded"


def test_a_saved_plan_knows_already_what_is_open(call: Call) -> None:
    call(*PLAN, "--out", "plan.json")
    ended = call("apply", "plan.json", "--open", "report.json")
    assert (ended.code, "--open is about planning" in ended.err) == (64, True)


def test_what_is_open_is_no_drift(call: Call) -> None:
    assert call("drift", "--base", "HEAD").code == 2
    assert "Drift: 1 changed" in call("drift", "--base", "HEAD~1").out
    ended = call("drift", "--base", "HEAD~1", "--open", "report.json")
    assert (ended.code, "Drift: none" in ended.out) == (0, True)


FORMATS = ("text", "markdown", "html", "github", "junit", "json")


def test_every_format_tells_that_a_row_has_a_base_of_its_own(call: Call) -> None:
    call(
        *PLAN,
        "--open",
        "report.json",
        *(word for name in FORMATS for word in ("--format", f"{name}={name}.out")),
    )
    for name in FORMATS:
        told = Path(f"{name}.out").read_text()
        assert ('"open":[{' if name == "json" else "and 1 row with a base of its own") in told


def test_open_rows_without_any_base_are_wrong_usage(call: Call) -> None:
    ended = call("plan", "--no-base", "--open", "report.json")
    assert (ended.code, "Keep one" in ended.err) == (64, True)


def test_a_report_of_another_environment_is_none_of_this_one(call: Call) -> None:
    Path("relations/zsync.yaml").write_text("version: 1\nenvironments: {eu: {type: sandbox}}\n")
    ended = call(*PLAN, "-e", "eu", "--open", "report.json")
    assert (ended.code, "a report of no environment, and this is eu" in ended.err) == (64, True)


def test_a_report_that_names_other_rows_than_its_outcomes_was_altered(call: Call) -> None:
    file = Path("report.json")
    data = json.loads(file.read_text())
    data["open"] = []
    file.write_text(json.dumps(data))
    ended = call(*PLAN, "--open", "report.json")
    assert (ended.code, "names other open rows than its outcomes" in ended.err) == (6, True)


def test_a_base_that_is_not_in_the_repository_is_told(call: Call) -> None:
    git("checkout", "-q", "--orphan", "other")
    git("commit", "-qm", "Afresh")
    git("branch", "-q", "-D", "main")
    git("reflog", "expire", "--expire=now", "--all")
    git("gc", "-q", "--prune=now")
    ended = call("plan", "--base", "HEAD", "--open", "report.json")
    assert (ended.code, "there is no commit" in ended.err) == (64, True)


def test_the_guards_of_another_commit_hold_where_they_are_asked_for(call: Call) -> None:
    Path("relations/zsync.yaml").write_text("version: 1\nguards: {max_updates: 0}\n")
    commit()
    Path("relations/zsync.yaml").write_text("version: 1\nguards: {max_updates: 5}\n")
    commit()
    plan = ("plan", "--base", "HEAD~3", "--only", "change")
    assert call(*plan, "--guards-of", "HEAD~1").code == 5
    assert call(*plan, "--guards-of", "HEAD").code == 0
    made = ("--guards-of", "HEAD", "--out", "plan.json")
    said = call(*plan, *made)
    assert f"compared with HEAD~3 at {commit_at('HEAD~3')[:7]}" in said.out
    base = json.loads(Path("plan.json").read_text())["binding"]["base"]
    assert (base["commit"], base["rows"]) == (commit_at("HEAD"), commit_at("HEAD~3"))


@pytest.fixture
def aged(run: Run, crm: RunningCrm, request: pytest.FixtureRequest) -> Call:
    """A row is open whose base no longer parses: its zsync.yaml declared a field, and today's does not. Before it came `param` commits."""
    become(crm, {("501", lead): "Sent" for lead in FIRST})
    Path("relations").mkdir()
    git("init", "-q", "-b", "main")
    for _ in range(request.param):
        manifest(dict.fromkeys(FIRST, "Sent"))
        commit()
    kind = "{parent: Campaigns, related: Leads, fields: {Member_Status: text, Seats: number}}"
    Path("relations/zsync.yaml").write_text(f"version: 1\nrelation_kinds: [{kind}]\n")
    for statuses in (dict.fromkeys(FIRST, "Sent"), FIRST):
        manifest({**statuses, "303": "Sent, Seats: 1"})
        commit()
    crm.refuse_next("INVALID_DATA", 20, method="PUT")
    only = ("--only", "change", "--auto-approve")
    assert run("apply", "--base", "HEAD~1", *only, "--report", "report.json").code == 3
    crm._org.refusals.clear()
    Path("relations/zsync.yaml").unlink()
    manifest(FIRST)
    commit()
    return run


@pytest.mark.parametrize("aged", [1], indirect=True)
def test_where_its_base_no_longer_parses_the_newest_one_before_that_does_stands_in(
    aged: Call, crm: RunningCrm
) -> None:
    plan = ("plan", "--base", "HEAD", "--only", "change", "--open", "report.json")
    said = aged(*plan, "--out", "plan.json")
    assert (said.code, "1 to update" in said.out) == (0, True)
    before, old = commit_at("HEAD~3")[:7], commit_at("HEAD~2")[:7]
    assert f"warning[bad-base]: the manifests of {old}, with which open rows are compared" in said.err
    assert f"compared with {before}, the newest commit before it whose manifests can" in said.err
    assert "error[unknown-key]" not in said.err
    assert aged("drift", "--base", "HEAD", "--open", "report.json").code == 0
    # Its base stays the one that it has: another zsync may read it.
    assert json.loads(Path("plan.json").read_text())["open"][0]["base"] == commit_at("HEAD~2")
    become(crm, {("501", lead): "Planned" if lead == "301" else "Sent" for lead in FIRST})
    assert "Planned → Responded (base: Sent)" in aged(*plan).out


@pytest.mark.parametrize("aged", [0], indirect=True)
def test_and_where_none_does_a_person_names_one(aged: Call) -> None:
    said = aged("plan", "--base", "HEAD", "--only", "change", "--open", "report.json")
    assert (said.code, "and none before it can" in said.err) == (4, True)
    assert "start the workflow by hand with that commit as `base`" in said.err
    assert aged("plan", "--base", "HEAD", "--only", "change").code == 0


@pytest.mark.parametrize("settings", [True, False])
def test_what_could_not_be_deleted_with_the_last_manifest_is_still_to_be_deleted(
    run: Run, crm: RunningCrm, *, settings: bool
) -> None:
    become(crm, {("501", lead): "Sent" for lead in FIRST})
    Path("relations").mkdir()
    if settings:
        Path("relations/zsync.yaml").write_text("version: 1\n")
    git("init", "-q", "-b", "main")
    manifest(dict.fromkeys(FIRST, "Sent"))
    commit()
    Path("relations/spring.yaml").unlink()
    git("commit", "-qam", "Away with it")
    crm.refuse_next("INVALID_DATA", 20, method="DELETE")
    assert run("apply", "--base", "HEAD~1", "--auto-approve", "--report", "report.json").code == 3
    crm._org.refusals.clear()
    said = run("plan", "relations", "--base", "HEAD", "--only", "change", "--open", "report.json")
    assert (said.code, "3 to delete" in said.out, "no manifest" in said.err) == (0, True, False)
    code = run("plan", "relations", "--base", "HEAD", "--only", "change").code
    assert code == (0 if settings else 4)
