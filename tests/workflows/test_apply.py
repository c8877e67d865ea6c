"""What a merge does: the reviewed plan or nothing, and what it takes to get another one applied."""

import json
import re
import time

import pytest

from tests.workflows.actions import git
from tests.workflows.conftest import CONFIG, LIST, MANIFEST, NewProject, Project, Pull, shell
from tests.workflows.hub import FORK
from tests.workflows.runner import Job, Result

SENT = {"spring.yaml": MANIFEST.replace("Planned", "Sent")}
A_WEEK_AGO = int(time.time()) - 7 * 24 * 3600 - 60


ALL = "change\ndrift"
"""Drift is put right as well, with every merge."""


def reviewed(project: Project, **inputs: str) -> Pull:
    """A pull request with its plan."""
    pull = project.pull(SENT)
    project.plan(pull, **inputs)
    return pull


def asked(done: dict[str, Result]) -> bool:
    """Whether the run stopped before it wrote, and says why and what to do."""
    says = done["plan"].errors
    return (done["plan"].result, done["apply"].result) == (
        "failure",
        "skipped",
    ) and "Nothing was written" in says


def test_what_is_applied_is_the_file_that_was_reviewed(project: Project) -> None:
    pull = reviewed(project)
    digest = json.loads((project.kept("zsync-plan") / "plan.json").read_text())["digest"]
    project.merge(pull)()
    report = json.loads((project.kept("zsync-apply") / "report.json").read_text())
    assert report["plan"]["digest"] == digest
    assert project.members() == {"ana": "Invited", "bo": "Sent"}


def test_a_crm_that_moved_since_the_review_gets_a_new_plan_and_no_write(project: Project) -> None:
    pull = reviewed(project, only=ALL)
    project.crm.link(LIST, {"id": "301", "Member_Status": "Opted Out"})
    done = project.merge(pull, only=ALL)()
    assert (asked(done), project.writes()) == (True, 0)
    comment = project.hub.comments(pull.number)[1]
    assert (
        "**Nothing was written**: 1 change is not in the reviewed plan: the CRM or the manifests changed after it."
        in comment
    )
    assert "2 to update" in comment


def test_running_the_failed_jobs_again_says_yes_to_the_new_plan(project: Project) -> None:
    pull = reviewed(project, only=ALL)
    project.crm.link(LIST, {"id": "301", "Member_Status": "Opted Out"})
    run = project.merge(pull, only=ALL)
    run()
    done = run.again()
    assert done["apply"].result == "success"
    assert project.members() == {"ana": "Invited", "bo": "Sent"}
    assert "all applied" in project.hub.comments(pull.number)[1]


@pytest.mark.nightly  # what decides is held in tests/review/test_holding.py
def test_a_row_that_moved_after_the_yes_is_held_and_the_others_are_applied(project: Project) -> None:
    run = project.merge(reviewed(project, only=ALL), only=ALL)
    project.crm.link(LIST, {"id": "301", "Member_Status": "Opted Out"})
    run()
    project.crm.link(LIST, {"id": "301", "Member_Status": "Received"})
    assert run.again()["apply"].outputs["exit-code"] == "3"
    assert project.members() == {"ana": "Received", "bo": "Sent"}


@pytest.mark.nightly  # what decides is held in tests/review/test_holding.py
def test_another_change_after_the_yes_is_asked_about_once_more(project: Project) -> None:
    run = project.merge(reviewed(project, only=ALL), only=ALL)
    project.crm.link(LIST, {"id": "301", "Member_Status": "Opted Out"})
    run()
    project.crm.delink(LIST, "301")
    assert asked(run.again())
    assert project.writes() == 0


@pytest.mark.nightly  # what decides is held in tests/review/test_holding.py
def test_a_plan_that_expired_is_not_applied(project: Project) -> None:
    project.at(A_WEEK_AGO)
    pull = reviewed(project)
    project.at(None)
    done = project.merge(pull)()
    assert (asked(done), done["plan"].outputs["why"]) == (True, "the reviewed plan has expired")


def test_a_push_without_a_pull_request_is_planned_and_waits(project: Project) -> None:
    run = project.run("apply", "push", project.commit(SENT), {"before": "0" * 40})
    done = run()
    assert (asked(done), done["comment"].result) == (True, "skipped")
    assert "1 to update" in done["plan"].summary
    assert run.again()["apply"].result == "success"


def test_commits_after_the_last_plan_are_not_applied(project: Project) -> None:
    pull = reviewed(project)
    later = project.push(pull, {"spring.yaml": MANIFEST.replace("Planned", "Received")})
    assert asked(project.merge(later)())


def test_an_artifact_of_a_fork_is_not_a_reviewed_plan(project: Project) -> None:
    pull = reviewed(project)
    project.hub.named("zsync-plan").head_repository = FORK
    done = project.merge(pull)()
    assert (asked(done), done["plan"].outputs["why"]) == (True, "there is no reviewed plan for this commit")


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("Sent", "Opted Out", "the reviewed plan was altered, or another version of zsync made it"),
        ('"reads"', '"reads" ', "the uploaded plan is not the one that was reviewed"),
    ],
    ids=["altered", "another one"],
)
def test_a_file_that_is_not_what_was_reviewed_is_not_applied(
    project: Project, old: str, new: str, why: str
) -> None:
    pull = reviewed(project)
    file = project.kept("zsync-plan") / "plan.json"
    if why.startswith("the uploaded"):
        project.at(A_WEEK_AGO + 3600)
        project.plan(project.pull(SENT))
        project.at(None)
        file.write_text((project.kept("zsync-plan") / "plan.json").read_text("utf-8"), "utf-8")
    else:
        file.write_text(file.read_text("utf-8").replace(old, new), "utf-8")
    done = project.merge(pull)()
    assert (asked(done), done["plan"].outputs["why"], project.writes()) == (True, why, 0)


def test_an_artifact_that_has_gone_is_no_reviewed_plan(project: Project) -> None:
    pull = reviewed(project)
    project.hub.day += 7
    assert asked(project.merge(pull)())


@pytest.mark.nightly  # what decides is held in tests/review/test_holding.py
def test_nothing_is_applied_where_the_crm_is_as_it_should_be_already(project: Project) -> None:
    pull = reviewed(project)
    project.crm.link(LIST, {"id": "302", "Member_Status": "Sent"})
    done = project.merge(pull)()
    assert (done["plan"].result, done["apply"].result, done["comment"].result) == (
        *("success", "skipped", "skipped"),
    )


def test_an_apply_that_the_crm_refuses_fails_and_keeps_its_journal_and_tells(project: Project) -> None:
    pull = reviewed(project)
    project.crm.refuse_next("INVALID_DATA", 20, method="PUT")
    done = project.merge(pull)()
    assert (done["apply"].result, done["comment"].result) == ("failure", "success")
    assert (project.kept("zsync-apply") / "journal.jsonl").is_file()
    assert "1 refused" in project.hub.comments(pull.number)[1]


def test_no_secret_is_in_what_is_kept_or_said(project: Project) -> None:
    pull = reviewed(project)
    done = project.merge(pull)()
    texts = [file.read_text("utf-8") for file in project.hub.folder.rglob("*") if file.is_file()]
    texts += [one.log + one.summary for one in done.values()]
    secrets = (project.crm.client_secret, project.crm.refresh_token)
    assert not [text for text in texts if any(secret in text for secret in secrets)]
    assert not [text for text in texts if re.search(r"Zoho-oauthtoken \w", text)]


def test_a_protected_environment_is_confirmed_by_its_name(project: Project) -> None:
    text = "version: 1\nenvironments:\n  production: {type: sandbox, protected: true}\n"
    pull = project.pull({**SENT, "zsync.yaml": text})
    project.plan(pull)
    assert project.merge(pull)()["apply"].result == "success"


def test_a_merge_from_a_fork_is_planned_told_and_waits_for_a_yes(project: Project) -> None:
    pull = project.pull(SENT, fork=True)
    project.plan(pull)
    run = project.merge(pull)
    assert asked(run())
    (comment,) = project.hub.comments(pull.number)
    assert "**Nothing was written**: there is no reviewed plan for this commit." in comment
    assert "1 to update" in comment
    assert run.again()["apply"].result == "success"
    assert "all applied" in project.hub.comments(pull.number)[0]
    assert project.members() == {"ana": "Invited", "bo": "Sent"}


def test_a_refused_call_after_the_merge_does_not_void_the_review(project: Project) -> None:
    run = project.merge(reviewed(project))
    project.crm.refuse_next("OAUTH_SCOPE_MISMATCH", 50)
    failed = run()
    assert (failed["plan"].result, failed["plan"].outputs["verdict"]) == ("failure", "failed")
    project.well()
    done = run.again()
    assert (done["plan"].outputs["verdict"], done["apply"].result) == ("reviewed", "success")


@pytest.mark.nightly  # what decides is held in tests/review/test_names.py
def test_a_failed_attempt_does_not_void_the_yes_to_the_plan_before_it(project: Project) -> None:
    run = project.merge(reviewed(project, only=ALL), only=ALL)
    project.crm.link(LIST, {"id": "301", "Member_Status": "Opted Out"})
    assert asked(run())
    project.crm.refuse_next("OAUTH_SCOPE_MISMATCH", 50)
    assert run.again()["plan"].outputs["verdict"] == "failed"
    project.well()
    assert run.again()["apply"].result == "success"
    assert project.members() == {"ana": "Invited", "bo": "Sent"}


def test_an_apply_that_failed_is_run_again_with_the_plan_that_was_reviewed(project: Project) -> None:
    run = project.merge(reviewed(project))
    project.crm.refuse_next("INVALID_DATA", 20, method="PUT")
    assert run()["apply"].result == "failure"
    project.well()
    done = run.again()
    assert (done["apply"].result, done["comment"].result) == ("success", "success")
    names = [one.name for one in project.hub.artifacts if one.name.startswith("zsync-apply")]
    assert [name[-2:] for name in names] == ["-1", "-2"]


@pytest.mark.nightly  # what decides is held in tests/review/test_holding.py
def test_running_all_jobs_again_tries_what_is_left_of_the_reviewed_plan(project: Project) -> None:
    both = {"spring.yaml": SENT["spring.yaml"].replace("Invited", "Received")}
    pull = project.pull(both)
    project.plan(pull)
    run = project.merge(pull)
    project.crm.refuse_next("INVALID_DATA", 20, method="PUT")
    run()
    project.well()
    project.crm.link(LIST, {"id": "302", "Member_Status": "Sent"})
    done = run.again(all_jobs=True)
    assert (done["plan"].outputs["verdict"], done["apply"].result) == ("reviewed", "success")
    assert project.members() == {"ana": "Received", "bo": "Sent"}


def test_a_row_that_moved_between_review_and_merge_is_withheld_and_the_pull_request_hears_of_it(
    project: Project,
) -> None:
    pull = reviewed(project)
    project.crm.link(LIST, {"id": "302", "Member_Status": "Opted Out"})
    done = project.merge(pull)()
    assert (done["plan"].outputs["verdict"], done["apply"].result) == ("nothing", "skipped")
    assert project.members()["bo"] == "Opted Out"
    comment = project.hub.comments(pull.number)[1]
    assert "nothing to write · 1 withheld: 1 conflict" in comment
    assert "`Opted Out → Sent (base: Planned)`" in comment


def test_a_row_that_moved_is_withheld_and_the_other_reviewed_rows_are_applied(project: Project) -> None:
    pull = project.pull({"spring.yaml": SENT["spring.yaml"].replace("Invited", "Received")})
    project.plan(pull)
    project.crm.link(LIST, {"id": "302", "Member_Status": "Opted Out"})
    done = project.merge(pull)()
    assert (done["plan"].outputs["verdict"], done["apply"].outputs["exit-code"]) == ("reviewed", "0")
    assert project.members() == {"ana": "Received", "bo": "Opted Out"}
    assert "all applied (1 change) · 1 withheld: 1 conflict" in project.hub.comments(pull.number)[1]


@pytest.mark.nightly  # what decides is held in tests/review/test_holding.py
def test_a_configuration_that_changed_since_the_review_is_asked_about(project: Project) -> None:
    pull = reviewed(project)
    git(project.origin, "checkout", "--quiet", "main")
    project.commit({"zsync.yaml": CONFIG + "guards: {max_changes: 100}\n"})
    done = project.merge(pull)()
    assert (asked(done), project.writes()) == (True, 0)
    assert "zsync.yaml" in done["plan"].outputs["why"]


def test_a_comment_that_somebody_else_wrote_names_no_reviewed_plan(project: Project) -> None:
    pull = reviewed(project)
    project.hub.said[0]["user"]["login"] = "mallory"
    assert asked(project.merge(pull)())


def test_an_artifact_of_another_commit_is_not_a_reviewed_plan(project: Project) -> None:
    pull = reviewed(project)
    project.hub.artifacts[0].head_sha = "b" * 40
    assert asked(project.merge(pull)())


def test_what_apply_leaves_lies_outside_of_the_checkout(project: Project) -> None:
    run = project.merge(reviewed(project))
    done = run()
    assert done["apply"].result == "success"
    made = [
        file.relative_to(place).as_posix()
        for place in project.repository.folder.glob("*/workspace")
        for file in place.rglob("*")
        if ".git" not in file.parts and file.is_file()
    ]
    assert set(made) <= {"relations/spring.yaml", "relations/zsync.yaml"}


@pytest.mark.nightly  # what decides is held in tests/review/test_holding.py
def test_a_row_that_another_merge_took_up_since_the_review_is_not_deleted(new_project: NewProject) -> None:
    """One branch drops a file, a row of which the other takes over: Git sees no conflict."""
    rows = MANIFEST.splitlines(keepends=True)
    head, (ana, bo) = "".join(rows[:-2]), rows[-2:]
    project = new_project(edits={"zsync.yaml": CONFIG, "a.yaml": head + ana, "b.yaml": head + bo})
    dropping = project.pull({"a.yaml": "", "b.yaml": head + bo.replace("Planned", "Sent")})
    project.plan(dropping)
    assert "1 to delete" in project.hub.comments(dropping.number)[0]
    taking = project.pull({"c.yaml": head + ana})
    project.plan(taking)
    project.merge(taking)()
    done = project.merge(dropping)()
    assert done["apply"].result == "success"
    assert project.members() == {"ana": "Invited", "bo": "Sent"}
    assert "1 of its 2 changes is no longer needed" in project.hub.comments(dropping.number)[1]


def test_a_new_plan_that_a_guard_refuses_is_told_under_the_pull_request(new_project: NewProject) -> None:
    config = CONFIG + "guards: {max_updates: 1}\n"
    project = new_project(edits={"spring.yaml": MANIFEST, "zsync.yaml": config})
    pull = reviewed(project, only=ALL)
    project.crm.link(LIST, {"id": "301", "Member_Status": "Opted Out"})
    done = project.merge(pull, only=ALL)()
    assert (done["plan"].outputs["verdict"], done["apply"].result) == ("failed", "skipped")
    comment = project.hub.comments(pull.number)[1]
    assert "max_updates" in comment
    assert project.writes() == 0


def test_a_branch_that_loosens_a_guard_and_uses_that_writes_nothing_until_that_is_merged(
    new_project: NewProject,
) -> None:
    strict = CONFIG + "guards: {max_updates: 0}\n"
    project = new_project(edits={"spring.yaml": MANIFEST, "zsync.yaml": strict})
    pull = project.pull({**SENT, "zsync.yaml": strict.replace("0}", "5}")})
    planned = project.plan(pull)["plan"]
    (comment,) = project.hub.comments(pull.number)
    loosens = "**Loosens a guard once merged:** `guards.max_updates` `0` → `5` (`relations/zsync.yaml:4`)"
    assert (planned.result, comment.index(loosens) < comment.index("REFUSED")) == ("failure", True)
    assert "merge the change of zsync.yaml by itself first" in comment

    run = project.merge(pull)
    done = run()
    assert (done["plan"].outputs["verdict"], project.writes()) == ("failed", 0)
    assert "by itself first" in project.hub.comments(pull.number)[1]

    later = project.merge(project.pull({"note.yaml": MANIFEST.replace("Planned", "Sent")}))()
    assert later["plan"].outputs["verdict"] == "ask"  # nobody reviewed it, and no guard refuses it any more


def test_a_job_without_the_right_to_read_artifacts_writes_nothing(project: Project) -> None:
    run = project.merge(reviewed(project))
    (call,) = run.calls.values()
    jobs = {**call.body["jobs"], "plan": {**call.body["jobs"]["plan"], "permissions": {"contents": "read"}}}
    done = Job(call, "plan", jobs["plan"], {})()
    assert (done.result, done.outputs["verdict"], project.writes()) == ("failure", "", 0)
    assert "permissions" in done.log


@pytest.mark.parametrize("own", [pytest.param(False, marks=pytest.mark.nightly), True])
def test_a_variable_of_the_repository_or_of_the_environment_stops_all_writing(
    project: Project, own: bool
) -> None:
    pull = reviewed(project)
    where = (
        project.repository.environment_variables.setdefault("production", {})
        if own
        else project.repository.variables
    )
    where["ZSYNC_FREEZE"] = "we are migrating"
    run = project.merge(pull)
    done = run()
    assert (done["apply"].outputs["exit-code"], project.writes()) == ("5", 0)
    assert "we are migrating" in project.hub.comments(pull.number)[1]
    del where["ZSYNC_FREEZE"]
    assert run.again()["apply"].result == "success"


def test_a_journal_of_ci_is_read_with_the_writers_key_and_with_no_readers(project: Project) -> None:
    project.repository.environments["production"]["ZSYNC_JOURNAL_KEY"] = "k" * 32
    project.merge(reviewed(project))()
    journal = project.kept("zsync-apply") / "journal.jsonl"
    undo = f"zsync undo --journal '{journal}' -e production --out undo.json"
    assert shell(project, undo).returncode == 6
    assert shell(project, f"export ZSYNC_JOURNAL_KEY={'k' * 32}\n{undo}").returncode == 0


def withheld(project: Project) -> str:
    """A merge whose one row was moved in the CRM meanwhile: it waits. The commit before it."""
    before = git(project.origin, "rev-parse", "main")
    pull = reviewed(project)
    project.crm.link(LIST, {"id": "302", "Member_Status": "Opted Out"})
    project.merge(pull)()
    assert project.members()["bo"] == "Opted Out"
    return before


def test_whoever_starts_a_run_by_hand_decides_a_conflict_and_it_asks_before_it_writes(
    project: Project,
) -> None:
    before = withheld(project)
    decided = {"base": before, "conflicts": "*/302", "reason": "sales agreed; $(touch pwned) ${{ x }}"}
    head = git(project.origin, "rev-parse", "main")
    run = project.run("apply", "workflow_dispatch", head, {}, decided)
    assert (run()["plan"].outputs["verdict"], project.writes()) == ("ask", 0)
    assert run.again()["apply"].result == "success"
    assert project.members()["bo"] == "Sent"
    report = json.loads((project.kept("zsync-apply") / "report.json").read_text())
    assert report["plan"]["overrides"] == [
        {"guard": "conflicts", "reason": decided["reason"], "selector": "*/302"}
    ]
    assert not list(project.folder.rglob("pwned"))


@pytest.mark.nightly  # what decides is held in tests/cli/test_conflicts.py
def test_a_decision_without_a_reason_or_for_nothing_ends_the_run(project: Project) -> None:
    before = withheld(project)
    head = git(project.origin, "rev-parse", "main")
    for decided in ({"conflicts": "*/302"}, {"conflicts": "*/399", "reason": "why"}):
        done = project.run("apply", "workflow_dispatch", head, {}, {"base": before, **decided})()
        assert (done["plan"].result, done["plan"].outputs["verdict"]) == ("failure", "failed")
    assert project.members()["bo"] == "Opted Out"


def test_a_caller_decides_no_conflict_for_every_merge(project: Project) -> None:
    pull = reviewed(project)
    project.crm.link(LIST, {"id": "302", "Member_Status": "Opted Out"})
    done = project.merge(pull, conflicts="*", reason="always")()
    assert (done["plan"].outputs["verdict"], project.members()["bo"]) == ("nothing", "Opted Out")
