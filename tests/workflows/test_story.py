"""From a pull request to drift and back, each workflow run step by step."""

from tests.workflows.conftest import LIST, MANIFEST, Project

SENT = {"spring.yaml": MANIFEST.replace("Planned", "Sent")}


def test_a_pull_request_is_planned_merged_and_applied_and_drift_becomes_an_issue_until_it_is_gone(
    project: Project,
) -> None:
    pull = project.pull(SENT)
    assert project.validate(pull).result == "success"
    planned = project.plan(pull)
    assert (planned["plan"].result, planned["comment"].result) == ("success", "success")
    (comment,) = project.hub.comments(pull.number)
    assert "### zsync: 1 to update" in comment
    assert project.members() == {"ana": "Invited", "bo": "Planned"}

    applied = project.merge(pull)()
    assert {name: one.result for name, one in applied.items()} == dict.fromkeys(applied, "success")
    assert project.members() == {"ana": "Invited", "bo": "Sent"}
    assert "### zsync: all applied (1 change)" in project.hub.comments(pull.number)[1]

    project.crm.link(LIST, {"id": "301", "Member_Status": "Opted Out"})
    assert project.drift()["issue"].result == "success"
    (issue,) = project.hub.issues
    assert "Opted Out" in issue["body"]

    project.crm.link(LIST, {"id": "301", "Member_Status": "Invited"})
    project.drift()
    (issue,) = project.hub.issues
    assert (issue["state"], len(project.hub.comments(issue["number"]))) == ("closed", 1)
