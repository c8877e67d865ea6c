"""The issue about drift: one, kept up to date, closed when the drift is gone."""

from tests.workflows.conftest import CONFIG, LIST, Project


def test_without_drift_there_is_no_issue(project: Project) -> None:
    found = project.drift()
    assert (found["drift"].outputs["reason"], project.hub.issues) == ("done", [])


def test_more_drift_changes_the_issue_that_is_there(project: Project) -> None:
    for lead in ("301", "302"):
        project.crm.link(LIST, {"id": lead, "Member_Status": "Opted Out"})
        project.drift()
    (issue,) = project.hub.issues
    assert issue["title"] == "The CRM drifted from the manifests (production)"
    assert issue["labels"] == ["zsync-drift"]
    assert "2 changed" in issue["body"]


def test_a_look_that_failed_leaves_the_issue_as_it_is(project: Project) -> None:
    project.crm.link(LIST, {"id": "301", "Member_Status": "Opted Out"})
    project.drift()
    before = [dict(one) for one in project.hub.issues]
    project.crm.refuse_next("OAUTH_SCOPE_MISMATCH", 50)
    found = project.drift()
    assert (found["drift"].result, found["issue"].result) == ("failure", "skipped")
    assert project.hub.issues == before


def test_drift_that_comes_back_opens_a_new_issue(project: Project) -> None:
    for status in ("Opted Out", "Invited", "Opted Out"):
        project.crm.link(LIST, {"id": "301", "Member_Status": status})
        project.drift()
    assert [one["state"] for one in project.hub.issues] == ["closed", "open"]
    assert project.writes() == 0


def test_drift_that_a_guard_would_not_let_us_put_right_is_told_all_the_same(project: Project) -> None:
    guards = "guards: {untouchable_fields: [Member_Status]}\n"
    project.commit({"zsync.yaml": CONFIG + guards})
    project.crm.link(LIST, {"id": "301", "Member_Status": "Opted Out"})
    found = project.drift()
    assert (found["drift"].result, found["drift"].outputs["reason"]) == ("success", "guard")
    assert len(project.hub.issues) == 1


def test_a_look_that_would_cost_too_many_reads_failed_and_leaves_the_issue_as_it_is(project: Project) -> None:
    project.crm.link(LIST, {"id": "301", "Member_Status": "Opted Out"})
    found = project.drift({"max-reads": "1"})
    assert (found["drift"].result, found["issue"].result, project.hub.issues) == ("failure", "skipped", [])
