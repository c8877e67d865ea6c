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
from zsync.render.escape import markdown

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
    assert second.again(all_jobs=True)["plan"].outputs["verdict"] == "nothing"


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


@pytest.mark.nightly  # what decides is held in tests/review/test_newer.py
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


@pytest.mark.nightly  # what decides is held in tests/cli/test_ci.py
def test_by_hand_an_older_commit_is_planned_shown_and_asked_about(
    project: Project, two: tuple[Run, Run]
) -> None:
    first, _ = two
    run = project.run("apply", "workflow_dispatch", first.sha, {}, {"only": "drift"}, ref="refs/tags/back")
    writes = project.writes()
    assert (run()["plan"].outputs["verdict"], project.writes()) == ("ask", writes)
    assert "1 to create" in run.results["plan"].summary
    assert run.results["plan"].outputs["why"] == "the run was started by hand"
    assert run.results["comment"].result == "skipped"
    assert run.again()["apply"].result == "success"
    assert "cy" in project.members()


def test_by_hand_the_commit_that_was_applied_last_tells_what_was_removed_since(project: Project) -> None:
    git(project.origin, "checkout", "--quiet", "main")
    applied = git(project.origin, "rev-parse", "HEAD")
    gone = project.commit({"spring.yaml": "".join(MANIFEST.splitlines(keepends=True)[:-1])})
    project.hub.artifacts.clear()  # without a report, only a person can tell
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
        ("<b>|`x`", "production", "approved"),
        ("\n::error::y", "production", "approved"),
    ):
        project.hub.approve(run.id, login, environment, state)
    run()
    address = f"https://github.example/acme/crm-relations/actions/runs/{run.id}/attempts/1"
    assert report(project) == {
        "started_by": "cy",
        "approved_by": ["bo", "<b>|`x`", "::error::y"],
        "merged_by": "ana",
        "address": address,
    }
    comment = project.hub.comments(project.hub.pulls[0]["number"])[1]
    people = markdown("bo, <b>|`x`, ::error::y")
    assert f"Started by `cy` · approved by {people} · merged by `ana` · [the run]({address})" in comment
    assert [one for one in run.results["apply"].annotations if one.message == "y"] == []
    assert "Approved by" in (project.kept("zsync-apply") / "apply.html").read_text()


@pytest.mark.parametrize(
    ("environment", "name", "stops"),
    [
        ("eu-west", "ZSYNC_EU_WEST_FREEZE", True),
        pytest.param(
            "eu-west", "ZSYNC_US_FREEZE", False, marks=pytest.mark.nightly
        ),  # tests/review/test_jobs.py
    ],
)
def test_a_variable_stops_the_writing_of_the_environment_that_it_names(
    new_project: NewProject, environment: str, name: str, stops: bool
) -> None:
    config = f"version: 1\nenvironments:\n  {environment}: {{type: sandbox}}\n"
    edits = {"spring.yaml": MANIFEST, "zsync.yaml": config}
    project = new_project(edits=edits, environments=(environment,))
    project.repository.variables.update({"ZSYNC_ENVIRONMENT": environment, name: "we are migrating"})
    done = merged(project, {"spring.yaml": MORE})()["apply"]
    assert done.outputs["exit-code"] == ("5" if stops else "0")
    assert ("cy" in project.members()) != stops
    assert ("we are migrating" in done.log) == stops


class Killer:
    """Kills the process whose id a file holds at the second write, before the CRM carries it out."""

    def __init__(self, process: Path) -> None:
        self.process = process
        self.writes = 0

    def __call__(self, app: Any) -> Any:
        async def layer(scope: Any, receive: Any, send: Any) -> None:
            self.writes += scope.get("method") == "PUT"
            if self.writes != 2 or scope.get("method") != "PUT":
                await app(scope, receive, send)
                return
            os.kill(int(self.process.read_text()), signal.SIGKILL)

        return layer


@pytest.fixture
def killed(new_project: NewProject, tmp_path: Path) -> Project:
    """A project whose apply is killed at its second write."""
    killer = Killer(tmp_path / "process")
    project = new_project(edits={"spring.yaml": MANIFEST, "zsync.yaml": WAVES}, layers=[killer])
    python = project.tree / ".venv" / "bin" / "python"
    program(python, f"echo $$ >'{killer.process}'; exec '{Path(sys.executable)}' \"$@\"")
    return project


@pytest.mark.nightly  # kills are tried in tests/matrix, and who has which key in test_apply.py
def test_a_run_of_ci_that_was_killed_is_finished_elsewhere_by_the_writer_and_not_by_the_reader(
    killed: Project,
) -> None:
    project = killed
    project.repository.environments["production"]["ZSYNC_JOURNAL_KEY"] = KEY
    done = merged(project, {"spring.yaml": MORE.replace("Planned", "Sent")})()["apply"]
    assert (done.result, done.outputs["exit-code"]) == ("failure", "137")
    kept = project.kept("zsync-apply")
    assert not (kept / "report.json").exists()
    resume = f"zsync resume --journal '{kept / 'journal.jsonl'}' -e production"
    git(project.origin, "checkout", "--quiet", "main")
    writes, before = project.writes(), (kept / "journal.jsonl").read_bytes()

    reader = shell(project, f"export ZSYNC_REFRESH_TOKEN=of-the-reader\n{resume} --auto-approve")
    assert (reader.returncode, project.writes()) == (6, writes)
    assert "is sealed with a ZSYNC_JOURNAL_KEY, and none is set here" in reader.stderr
    assert (kept / "journal.jsonl").read_bytes() == before

    writer = f"export ZSYNC_JOURNAL_KEY='{KEY}'\n"
    shown = shell(project, writer + resume)
    assert (shown.returncode, "1 of 2 changes are settled, 1 left" in shown.stderr) == (64, True)
    assert shell(project, f"{writer}{resume} --auto-approve").returncode == 0
    assert project.members() == {"ana": "Invited", "bo": "Sent", "cy": "Sent"}
    assert project.writes() == writes + 1


@pytest.mark.nightly  # what decides is held in tests/cli/test_ci_base.py
def test_a_first_run_that_comes_after_that_of_the_next_merge_plans_nothing_over_it(project: Project) -> None:
    first = merged(project, {"spring.yaml": MORE})
    second = merged(project, {"spring.yaml": ABSENT})
    assert second()["plan"].outputs["verdict"] == "nothing"
    done = first()
    assert refused(done["plan"], second)
    assert (done["apply"].result, project.writes()) == ("skipped", 0)
    assert project.members() == {"ana": "Invited", "bo": "Planned"}
