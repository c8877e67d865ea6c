"""A run that is started again, after others were merged; who approved; and a run of CI that is finished elsewhere."""

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.workflows.actions import git
from tests.workflows.conftest import MANIFEST, NewProject, Project, program, shell
from tests.workflows.runner import Result
from tests.workflows.runs import Run

KEY = "a long random text"
WAVES = "version: 1\nenvironments:\n  production: {type: sandbox, waves: [1, rest]}\n"
CY = "      - {Email: cy@acme.example, Member_Status: Sent}\n"
MORE = MANIFEST + CY
ABSENT = MANIFEST + "    absent:\n      - {Email: cy@acme.example}\n"


def merged(project: Project, edits: dict[str, str]) -> Run:
    """A pull request that was planned, merged, and whose run is to be started."""
    pull = project.pull(edits)
    project.plan(pull)
    return project.merge(pull)


@pytest.fixture
def two(project: Project) -> tuple[Run, Run]:
    """A run that related a lead, and the run of the next merge, which took that back."""
    first = merged(project, {"spring.yaml": MORE})
    assert first()["apply"].result == "success"
    second = merged(project, {"spring.yaml": ABSENT})
    assert second()["apply"].result == "success"
    assert project.members() == {"ana": "Invited", "bo": "Planned"}
    return first, second


def refused(done: Result, newer: Run) -> bool:
    """Whether a job names the newer commit, and says what to do."""
    return (
        done.result == "failure"
        and f"main has gone on to {newer.sha[:7]}, which changes relations/spring.yaml" in done.errors
        and "Nothing was written" in done.errors
        and "start this workflow by hand" in done.errors
    )


def test_an_older_run_that_is_started_again_plans_nothing_over_a_newer_one(
    project: Project, two: tuple[Run, Run]
) -> None:
    first, second = two
    writes, comments = project.writes(), [*project.hub.said]
    reads = len(project.crm.requests)
    done = first.again(all_jobs=True)
    assert refused(done["plan"], second)
    assert (done["apply"].result, done["comment"].result) == ("skipped", "skipped")
    assert (project.writes(), len(project.crm.requests)) == (writes, reads)
    assert project.hub.said == comments
    assert project.members() == {"ana": "Invited", "bo": "Planned"}


def test_nor_does_its_job_that_failed_where_only_that_is_started_again(project: Project) -> None:
    first = merged(project, {"spring.yaml": MORE})
    project.crm.refuse_next("INVALID_DATA", 20, method="PUT")
    assert first()["apply"].result == "failure"
    project.well()
    second = merged(project, {"spring.yaml": ABSENT})
    second()
    writes, comments = project.writes(), [*project.hub.said]
    done = first.again()
    assert (done["plan"].result, done["comment"].result) == ("success", "skipped")
    assert refused(done["apply"], second)
    assert (project.writes(), project.hub.said) == (writes, comments)
    assert "cy" not in project.members()


def test_the_newer_run_is_started_again_as_ever(project: Project, two: tuple[Run, Run]) -> None:
    _, second = two
    assert second.again(all_jobs=True)["plan"].outputs["verdict"] == "nothing"


def test_an_older_run_goes_on_where_newer_commits_are_about_something_else(
    new_project: NewProject,
) -> None:
    project = new_project()
    first = merged(project, {"spring.yaml": MORE})
    project.crm.refuse_next("INVALID_DATA", 20, method="PUT")
    first()
    project.well()
    git(project.origin, "checkout", "--quiet", "main")
    (project.origin / "README.md").write_text("About it.\n")
    project.commit({})
    assert first.again()["apply"].result == "success"
    assert "cy" in project.members()


@pytest.mark.parametrize("file", ["zsync.yaml", "rows.csv"])
def test_a_newer_configuration_or_sheet_counts_wherever_it_is(project: Project, file: str) -> None:
    first = merged(project, {"spring.yaml": MORE})
    project.crm.refuse_next("INVALID_DATA", 20, method="PUT")
    first()
    project.well()
    git(project.origin, "checkout", "--quiet", "main")
    (project.origin / file).write_text("# a word\n")
    project.commit({})
    done = first.again()["apply"]
    assert (done.result, f"which changes {file}" in done.errors) == ("failure", True)


def test_a_branch_that_was_set_back_is_no_ground_to_go_on(project: Project) -> None:
    first = merged(project, {"spring.yaml": MORE})
    before = git(project.origin, "rev-parse", "main^")
    first()
    git(project.origin, "checkout", "--quiet", "--detach")
    git(project.origin, "branch", "--force", "main", before)
    done = first.again(all_jobs=True)["plan"]
    assert (done.result, "does not hold the commit" in done.errors) == ("failure", True)


def test_by_hand_an_older_commit_is_planned_shown_and_asked_about(
    project: Project, two: tuple[Run, Run]
) -> None:
    first, _ = two
    run = project.run("apply", "workflow_dispatch", first.sha, {}, ref="refs/tags/back")
    writes = project.writes()
    assert (run()["plan"].outputs["verdict"], project.writes()) == ("ask", writes)
    assert "1 to create" in run.results["plan"].summary
    assert run.results["plan"].outputs["why"] == "the run was started by hand"
    assert run.results["comment"].result == "skipped"
    assert run.again()["apply"].result == "success"
    assert "cy" in project.members()


def test_by_hand_a_commit_that_nobody_reviewed_is_asked_about(project: Project) -> None:
    git(project.origin, "checkout", "--quiet", "main")
    run = project.run("apply", "workflow_dispatch", project.commit({"spring.yaml": MORE}), {})
    assert (run()["plan"].outputs["verdict"], project.writes()) == ("ask", 0)
    assert run.again()["apply"].result == "success"


def test_by_hand_the_commit_that_was_applied_last_tells_what_was_removed_since(project: Project) -> None:
    git(project.origin, "checkout", "--quiet", "main")
    applied = git(project.origin, "rev-parse", "HEAD")
    gone = project.commit({"spring.yaml": "".join(MANIFEST.splitlines(keepends=True)[:-1])})
    assert project.run("apply", "workflow_dispatch", gone, {})()["plan"].outputs["verdict"] == "nothing"
    run = project.run("apply", "workflow_dispatch", gone, {}, {"base": applied})
    assert run()["plan"].outputs["verdict"] == "ask"
    assert "1 to delete" in run.results["plan"].summary
    assert (project.writes(), run.again()["apply"].result) == (0, "success")
    assert project.members() == {"ana": "Invited"}


def report(project: Project) -> dict[str, object]:
    """What the newest report says of who approved."""
    found: dict[str, object] = json.loads((project.kept("zsync-apply") / "report.json").read_text())[
        "approval"
    ]
    return found


def test_the_report_and_its_comment_say_who_approved_who_merged_and_where_it_ran(project: Project) -> None:
    run = merged(project, {"spring.yaml": MORE})
    run.again_by = "cy"
    for login, environment, state in (
        ("bo", "production", "approved"),
        ("dee", "production", "rejected"),
        ("eve", "plan", "approved"),
    ):
        project.hub.approve(run.id, login, environment, state)
    run()
    address = f"https://github.example/acme/crm-relations/actions/runs/{run.id}/attempts/1"
    assert report(project) == {
        "started_by": "cy",
        "approved_by": ["bo"],
        "merged_by": "ana",
        "address": address,
    }
    comment = project.hub.comments(project.hub.pulls[0]["number"])[1]
    assert f"Started by `cy` · approved by `bo` · merged by `ana` · [the run]({address})" in comment
    assert "Approved by" in (project.kept("zsync-apply") / "apply.html").read_text()


def test_what_github_does_not_tell_stays_empty_and_the_apply_goes_on(project: Project) -> None:
    run = merged(project, {"spring.yaml": MORE})
    (call,) = run.calls.values()
    less = dict(call.body["jobs"]["apply"]["permissions"])
    less.pop("actions")
    jobs = call.body["jobs"]["apply"]["permissions"]
    kept = dict(jobs)
    jobs.pop("actions")
    try:
        done = run()["apply"]
    finally:
        jobs.clear()
        jobs.update(kept)
    assert (done.result, report(project)["approved_by"]) == ("success", [])
    assert "the report will not say who approved" in done.log


def test_a_name_that_means_harm_is_inert(project: Project) -> None:
    run = merged(project, {"spring.yaml": MORE})
    project.hub.approve(run.id, "<b>|`x`\n::error::y")
    assert run()["apply"].result == "success"
    comment = project.hub.comments(project.hub.pulls[0]["number"])[1]
    assert "<b>" not in comment.replace("`<b>", "")
    assert [one for one in run.results["apply"].annotations if one.message == "y"] == []


@pytest.mark.parametrize(
    ("environment", "name", "stops"),
    [
        ("production", "ZSYNC_PRODUCTION_FREEZE", True),
        ("eu-west", "ZSYNC_EU_WEST_FREEZE", True),
        ("eu-west", "ZSYNC_US_FREEZE", False),
    ],
)
def test_a_variable_stops_the_writing_of_the_environment_that_it_names(
    new_project: NewProject, environment: str, name: str, stops: bool
) -> None:
    config = f"version: 1\nenvironments:\n  {environment}: {{type: sandbox}}\n"
    project = new_project(edits={"spring.yaml": MANIFEST, "zsync.yaml": config})
    project.repository.variables.update({"ZSYNC_ENVIRONMENT": environment, name: "we are migrating"})
    done = merged(project, {"spring.yaml": MORE})()["apply"]
    assert done.outputs["exit-code"] == ("5" if stops else "0")
    assert ("cy" in project.members()) != stops
    assert ("we are migrating" in done.log) == stops


class Killer:
    """Kills the process whose id a file holds at the second write, before or after the CRM has carried it out."""

    def __init__(self, process: Path) -> None:
        self.process = process
        self.committed = False
        self.writes = 0

    def __call__(self, app: Any) -> Any:
        async def layer(scope: Any, receive: Any, send: Any) -> None:
            self.writes += scope.get("method") == "PUT"
            if self.writes != 2 or scope.get("method") != "PUT":
                await app(scope, receive, send)
                return
            if self.committed:
                await app(scope, receive, nowhere)
            os.kill(int(self.process.read_text()), signal.SIGKILL)

        return layer


async def nowhere(_: Any) -> None:
    """The answer is lost."""


@pytest.fixture
def killed(new_project: NewProject, tmp_path: Path) -> tuple[Project, Killer]:
    """A project whose apply is killed at its second write."""
    killer = Killer(tmp_path / "process")
    project = new_project(edits={"spring.yaml": MANIFEST, "zsync.yaml": WAVES}, layers=[killer])
    python = project.tree / ".venv" / "bin" / "python"
    program(python, f"echo $$ >'{killer.process}'; exec '{Path(sys.executable)}' \"$@\"")
    return project, killer


@pytest.mark.parametrize(("committed", "key"), [(False, KEY), (True, "")])
def test_a_run_of_ci_that_was_killed_is_finished_elsewhere_by_the_writer_and_not_by_the_reader(
    killed: tuple[Project, Killer], committed: bool, key: str
) -> None:
    project, killer = killed
    killer.committed = committed
    project.repository.environments["production"]["ZSYNC_JOURNAL_KEY"] = key
    done = merged(project, {"spring.yaml": MORE.replace("Planned", "Sent")})()["apply"]
    assert (done.result, done.outputs["exit-code"]) == ("failure", "137")
    kept = project.kept("zsync-apply")
    assert not (kept / "report.json").exists()
    resume = f"zsync resume --journal '{kept / 'journal.jsonl'}' -e production"
    git(project.origin, "checkout", "--quiet", "main")
    writes, before = project.writes(), (kept / "journal.jsonl").read_bytes()

    reader = shell(project, f"export ZSYNC_REFRESH_TOKEN=of-the-reader\n{resume} --auto-approve")
    assert (reader.returncode, project.writes()) == (6, writes)
    assert (
        f"is sealed with {'a ZSYNC_JOURNAL_KEY, and none is' if key else 'a key made of another'}"
        in reader.stderr
    )
    assert (kept / "journal.jsonl").read_bytes() == before

    writer = f"export ZSYNC_JOURNAL_KEY='{key}'\n" if key else ""
    shown = shell(project, writer + resume)
    assert (shown.returncode, "1 of 2 changes are settled, 1 left" in shown.stderr) == (64, True)
    assert shell(project, f"{writer}{resume} --auto-approve").returncode == 0
    assert project.members() == {"ana": "Invited", "bo": "Sent", "cy": "Sent"}
    assert project.writes() == writes + (not committed)
