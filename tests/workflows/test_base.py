"""From where a run goes on: the newest commit whose run left a report, and the rows that it left open."""

import json

import pytest

from tests.workflows.actions import git
from tests.workflows.conftest import LIST, MANIFEST, NewProject, Project, Pull
from tests.workflows.runner import Result
from tests.workflows.runs import Run
from tests.workflows.test_again import CY
from zsync.review.names import base, slug

ABOUT = slug("production", [])
BO = MANIFEST.replace("Planned", "Sent")
"""The first merge changes bo, the second one adds cy."""
BOTH = BO + CY


def planned(project: Project, text: str) -> Pull:
    """A pull request that makes the manifest say this, with its plan."""
    pull = project.pull({"spring.yaml": text})
    project.plan(pull)
    return pull


def refused(project: Project) -> Run:
    """The first merge, whose row the CRM refused."""
    run = project.merge(planned(project, BO))
    project.crm.refuse_next("INVALID_DATA", 20, method="PUT")
    assert run()["apply"].result == "failure"
    project.well()
    return run


def verdict(done: dict[str, Result]) -> str:
    """What was decided."""
    return str(done["plan"].outputs["verdict"])


def test_a_row_that_a_merge_could_not_do_is_planned_and_applied_with_the_next_one(project: Project) -> None:
    first = refused(project)
    assert "1 refused" in project.hub.comments(first_pull(project))[1]
    pull = planned(project, BOTH)
    comment = project.hub.comments(pull.number)[0]
    assert "### zsync: 1 to update, 1 to create" in comment
    assert f"compared with `{first.sha[:7]}`, and 1 row with a base of its own" in comment
    done = project.merge(pull)()
    assert (verdict(done), done["plan"].outputs["why"]) == ("reviewed", "the reviewed plan still holds")
    assert project.members() == {"ana": "Invited", "bo": "Sent", "cy": "Sent"}
    assert "all applied (2 changes)" in project.hub.comments(pull.number)[1]
    report = json.loads((project.kept(base(ABOUT)) / "report.json").read_text())
    assert report["open"] == []


def first_pull(project: Project) -> int:
    """The number of the pull request that was merged first."""
    return int(project.hub.pulls[0]["number"])


@pytest.mark.nightly  # what decides is held in tests/cli/test_open.py
def test_a_reps_click_after_a_refused_merge_is_never_written_over_unseen(project: Project) -> None:
    refused(project)
    project.crm.link(LIST, {"id": "302", "Member_Status": "Opted Out"})
    assert project.drift()["drift"].outputs["reason"] == "done"
    pull = planned(project, BOTH)
    done = project.merge(pull)()
    assert (verdict(done), done["apply"].result) == ("reviewed", "success")
    assert project.members() == {"ana": "Invited", "bo": "Opted Out", "cy": "Sent"}
    for comment in project.hub.comments(pull.number):
        assert "1 withheld: 1 conflict" in comment
    # Nobody decided: it is one in the next merge as well, whatever that changes.
    third = planned(project, BOTH.replace("Invited", "Received"))
    assert "1 withheld: 1 conflict" in project.hub.comments(third.number)[0]
    project.merge(third)()
    assert project.members() == {"ana": "Received", "bo": "Opted Out", "cy": "Sent"}


def test_a_click_between_the_review_and_the_merge_is_withheld_and_stays_open(project: Project) -> None:
    pull = planned(project, BOTH)
    project.crm.link(LIST, {"id": "302", "Member_Status": "Opted Out"})
    done = project.merge(pull)()
    assert (verdict(done), done["apply"].result) == ("reviewed", "success")
    assert project.members() == {"ana": "Invited", "bo": "Opted Out", "cy": "Sent"}
    report = json.loads((project.kept(base(ABOUT)) / "report.json").read_text())
    assert [row["related_record_id"] for row in report["open"]] == ["302"]
    assert report["open"][0]["base"] == pull.base


def test_the_first_merge_asks_and_the_next_one_goes_on_from_there(project: Project) -> None:
    project.hub.artifacts.clear()
    run = project.merge(planned(project, BO))
    done = run()
    why = "no run of production on main has left a report that is still kept, so a person has to look once at what is different"
    assert (verdict(done), done["plan"].outputs["why"], project.writes()) == ("ask", why, 0)
    assert f"**Nothing was written**: {why}." in project.hub.comments(first_pull(project))[1]
    assert run.again()["apply"].result == "success"
    assert verdict(project.merge(planned(project, BOTH))()) == "reviewed"


def test_what_was_asked_about_in_vain_is_a_change_of_the_next_merge(project: Project) -> None:
    git(project.origin, "checkout", "--quiet", "main")
    before = git(project.origin, "rev-parse", "HEAD")
    pushed = project.run("apply", "push", project.commit({"spring.yaml": BO}), {"before": before})
    assert verdict(pushed()) == "ask"
    pull = planned(project, BOTH)
    comment = project.hub.comments(pull.number)[0]
    assert f"compared with `{before[:7]}`" in comment
    assert "1 to update, 1 to create" in comment


def test_a_merge_with_nothing_to_do_is_where_the_next_one_goes_on_from(project: Project) -> None:
    pull = planned(project, BO)
    project.crm.link(LIST, {"id": "302", "Member_Status": "Sent"})
    run = project.merge(pull)
    assert verdict(run()) == "nothing"
    project.crm.link(LIST, {"id": "302", "Member_Status": "Opted Out"})
    again = planned(project, BOTH)
    comment = project.hub.comments(again.number)[0]
    assert f"compared with `{run.sha[:7]}`" in comment
    assert "1 row that the CRM alone moved is left alone" in comment
    assert "conflict" not in comment


@pytest.mark.nightly  # what decides is held in tests/cli/test_ci_base.py
def test_an_expired_report_is_none_and_the_run_asks(project: Project) -> None:
    assert project.merge(planned(project, BO))()["apply"].result == "success"
    project.hub.day += 90
    done = project.merge(planned(project, BOTH))()
    assert (verdict(done), "still kept" in done["plan"].outputs["why"]) == ("ask", True)
    assert "cy" not in project.members()


@pytest.mark.nightly  # what decides is held in tests/cli/test_ci_base.py
def test_a_report_of_a_commit_that_was_pushed_away_does_not_count(project: Project) -> None:
    start = git(project.origin, "rev-parse", "main")
    project.merge(planned(project, BO))()
    git(project.origin, "checkout", "--quiet", "main")
    git(project.origin, "reset", "--quiet", "--hard", start)
    pull = planned(project, BOTH)
    comment = project.hub.comments(pull.number)[0]
    # The last run that this history knows is the one before: bo was changed by nobody that it has.
    assert f"compared with `{start[:7]}`" in comment
    assert "### zsync: 1 to create" in comment


@pytest.mark.nightly  # what decides is held in tests/cli/test_ci_base.py
def test_an_older_run_that_is_run_again_is_not_where_the_next_one_goes_on_from(project: Project) -> None:
    first = refused(project)
    git(project.origin, "checkout", "--quiet", "main")
    (project.origin / "README.md").write_text("About it.\n")
    newer = project.run("apply", "push", project.commit({}), {"before": first.sha})
    newer()
    newer.again()
    assert first.again()["apply"].result == "success"
    pull = planned(project, BOTH)
    comment = project.hub.comments(pull.number)[0]
    assert f"compared with `{newer.sha[:7]}`" in comment
    assert "### zsync: 1 to create" in comment


@pytest.mark.nightly  # what decides is held in tests/cli/test_ci_base.py
def test_each_environment_goes_on_from_where_its_own_last_run_ended(new_project: NewProject) -> None:
    two = "version: 1\nenvironments:\n  production: {type: sandbox}\n  other: {type: sandbox}\n"
    edits = {"spring.yaml": MANIFEST, "zsync.yaml": two}
    project = new_project(edits=edits, environments=("production", "other"))
    start = git(project.origin, "rev-parse", "main")
    run = project.merge(planned(project, BO))
    assert run()["apply"].result == "success"
    pull = project.pull({"spring.yaml": BOTH})
    for environment, at in (("production", run.sha), ("other", start)):
        project.plan(pull, environment=environment)
        assert f"compared with `{at[:7]}`" in project.hub.comments(pull.number)[-1]


def by_hand(project: Project, **inputs: str) -> Run:
    """A person starts the workflow; what it asks about is said yes to."""
    run = project.run(
        "apply", "workflow_dispatch", git(project.origin, "rev-parse", "main"), {}, inputs, actor="cleo"
    )
    assert verdict(run()) == "ask"
    run.again_by = "cleo"
    run.again()
    return run


def test_drift_is_put_right_by_a_run_that_a_person_starts(project: Project) -> None:
    project.crm.link(LIST, {"id": "301", "Member_Status": "Opted Out"})
    run = by_hand(project, only="drift")
    assert "1 of them drift" in run.results["plan"].summary
    assert project.members() == {"ana": "Invited", "bo": "Planned"}
    report = json.loads((project.kept("zsync-apply") / "report.json").read_text())
    assert report["approval"]["started_by"] == "cleo"


@pytest.mark.nightly  # what decides is held in tests/cli/test_conflicts.py
def test_a_conflict_is_decided_by_a_run_that_a_person_starts(project: Project) -> None:
    refused(project)
    project.crm.link(LIST, {"id": "302", "Member_Status": "Opted Out"})
    by_hand(project, only="change", conflicts="*/Leads/bo@acme.example", reason="agreed with sales")
    assert project.members()["bo"] == "Sent"
    report = json.loads((project.kept("zsync-apply") / "report.json").read_text())
    assert report["plan"]["overrides"] == [
        {"guard": "conflicts", "reason": "agreed with sales", "selector": "*/Leads/bo@acme.example"}
    ]
    assert report["open"] == []
