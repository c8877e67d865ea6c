"""What the CRM holds comes into the manifests: on a branch, and with a token in a pull request; nothing is written to the CRM."""

import json

import pytest

from tests.workflows.actions import git
from tests.workflows.conftest import LIST, MANIFEST, Project

TOKEN = json.dumps({"contents": "write", "pull-requests": "write"})
BRANCH = "zsync/accept-production-relations-"


def branches(project: Project) -> list[str]:
    """The branches that were pushed."""
    return git(project.origin, "for-each-ref", "--format=%(refname:short)", "refs/heads/zsync").split()


def file(project: Project, branch: str) -> str:
    """The manifest as the branch has it."""
    return git(project.origin, "show", f"{branch}:relations/spring.yaml") + "\n"


def drift(project: Project, status: str = "Opted Out") -> str:
    """A colleague changes a row; the manifest that says so comes back."""
    project.crm.link(LIST, {"id": "301", "Member_Status": status})
    return MANIFEST.replace("Invited", status)


def test_without_drift_there_is_no_branch(project: Project) -> None:
    found = project.accept()
    assert [found[job].result for job in ("accept", "branch", "pull")] == ["success", "skipped", "skipped"]
    assert branches(project) == []


def test_the_branch_has_one_commit_with_the_crms_values_and_the_link_is_printed(project: Project) -> None:
    wanted = drift(project)
    before = git(project.origin, "rev-parse", "main")
    found = project.accept()
    assert [found[job].result for job in ("accept", "branch", "pull")] == ["success", "success", "skipped"]
    (branch,) = branches(project)
    assert branch.startswith(BRANCH)
    assert file(project, branch) == wanted
    assert git(project.origin, "rev-parse", f"{branch}~1") == before
    assert git(project.origin, "diff", "--name-only", "main", branch).split() == ["relations/spring.yaml"]
    link = f"https://github.example/acme/crm-relations/compare/main...{branch}?expand=1"
    assert link in found["branch"].log
    assert f"[Open a pull request]({link})" in found["branch"].summary
    assert project.hub.proposed == []
    assert project.writes() == 0


def test_names_are_masked_where_strangers_read(project: Project) -> None:
    drift(project)
    found = project.accept()
    shown = "".join(found[job].log + found[job].summary for job in ("accept", "branch"))
    assert "ana@acme.example" not in shown
    assert "Invited → Opted Out" in shown


def test_with_a_token_a_pull_request_is_opened_and_kept_up_to_date(project: Project) -> None:
    project.repository.environments["plan"]["ZSYNC_PULLS_TOKEN"] = TOKEN
    drift(project)
    found = project.accept({"pull-request": True})  # type: ignore[dict-item]
    assert [found[job].result for job in ("accept", "branch", "pull")] == ["success", "skipped", "success"]
    wanted = drift(project, "Responded")
    project.accept({"pull-request": True})  # type: ignore[dict-item]
    (pull,) = project.hub.proposed
    (branch,) = branches(project)
    assert (pull["head"], pull["base"], pull["state"]) == (branch, "main", "open")
    assert pull["title"] == "Take what the CRM holds into the manifests (production)"
    assert "Invited → Responded" in pull["body"]
    assert "ana@acme.example" not in pull["body"]
    assert file(project, branch) == wanted
    assert git(project.origin, "rev-list", "--count", f"main..{branch}") == "1"


def test_without_the_token_no_pull_request_is_opened_and_the_job_says_what_it_lacks(project: Project) -> None:
    drift(project)
    found = project.accept({"pull-request": True})  # type: ignore[dict-item]
    assert found["pull"].result == "failure"
    assert "Add the secret ZSYNC_PULLS_TOKEN" in found["pull"].log
    assert (branches(project), project.hub.proposed) == ([], [])


def test_a_branch_that_somebody_went_on_with_stays_as_it_is(project: Project) -> None:
    drift(project)
    project.accept()
    (branch,) = branches(project)
    git(project.origin, "checkout", "--quiet", branch)
    tip = project.commit({"spring.yaml": MANIFEST + "# mine\n"})
    git(project.origin, "checkout", "--quiet", "main")
    drift(project, "Responded")
    found = project.accept()
    assert found["branch"].result == "failure"
    assert "somebody has gone on with the branch" in found["branch"].log
    assert git(project.origin, "rev-parse", branch) == tip


@pytest.mark.parametrize(("only", "pushed"), [("bo@*", 0), ("nobody@*\nana@*", 0), ("bo@*\nana@*", 1)])
def test_selectors_say_what_is_taken(project: Project, only: str, pushed: int) -> None:
    drift(project)
    found = project.accept({"only": only})
    assert found["accept"].result == ("failure" if "nobody" in only else "success")
    assert len(branches(project)) == pushed


def test_rows_that_no_manifest_names_are_taken_where_that_is_asked_for(project: Project) -> None:
    project.crm.link(LIST, {"id": "303", "Member_Status": "Invited"})
    assert project.accept()["branch"].result == "skipped"
    project.accept({"unmanaged": True})  # type: ignore[dict-item]
    (branch,) = branches(project)
    assert file(project, branch) == MANIFEST + "      - {Email: cy@acme.example, Member_Status: Invited}\n"


def test_what_was_merged_and_not_applied_yet_is_left_alone(project: Project) -> None:
    git(project.origin, "checkout", "--quiet", "main")
    project.commit({"spring.yaml": MANIFEST.replace("Planned", "Responded")})
    assert project.accept()["branch"].result == "skipped"
    drift(project)
    project.accept()
    (branch,) = branches(project)
    assert file(project, branch) == MANIFEST.replace("Planned", "Responded").replace("Invited", "Opted Out")


def test_a_look_that_failed_pushes_nothing(project: Project) -> None:
    drift(project)
    project.crm.refuse_next("OAUTH_SCOPE_MISMATCH", 50)
    found = project.accept()
    assert (found["accept"].result, found["branch"].result, branches(project)) == ("failure", "skipped", [])
