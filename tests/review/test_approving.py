"""Who stands behind a run: what CI says, bounded, and nothing of it that is not fit for a link becomes one."""

import pytest

from zsync.bounds import ACCOUNT, APPROVERS
from zsync.model import Approval
from zsync.review.approving import approval, people

GITHUB = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_ACTOR": "ana",
    "GITHUB_TRIGGERING_ACTOR": "bo",
    "GITHUB_SERVER_URL": "https://github.example",
    "GITHUB_REPOSITORY": "acme/crm",
    "GITHUB_RUN_ID": "7",
    "GITHUB_RUN_ATTEMPT": "2",
}
RUN = "https://github.example/acme/crm/actions/runs/7"


def test_on_github_it_is_who_started_this_attempt_and_what_the_workflow_asked_for() -> None:
    asked = {"ZSYNC_APPROVED_BY": "cy dee cy", "ZSYNC_MERGED_BY": "ana"}
    found = approval(GITHUB | asked, user="runner", answered=False)
    assert found == Approval("bo", ("cy", "dee"), "ana", f"{RUN}/attempts/2")


def test_without_a_triggering_actor_it_is_the_actor() -> None:
    assert (
        approval(GITHUB | {"GITHUB_TRIGGERING_ACTOR": ""}, user="runner", answered=False).started_by == "ana"
    )


def test_on_gitlab_it_is_who_started_the_job() -> None:
    job = "https://gitlab.example/acme/crm/-/jobs/9"
    known = {"GITLAB_CI": "true", "GITLAB_USER_LOGIN": "ana", "CI_JOB_URL": job}
    assert approval(known, user="root", answered=False) == Approval("ana", address=job)
    del known["CI_JOB_URL"]
    known["CI_PIPELINE_URL"] = "https://gitlab.example/acme/crm/-/pipelines/8"
    assert approval(known, user="root", answered=False).address.endswith("pipelines/8")


def test_elsewhere_it_is_the_user_who_approved_by_saying_yes() -> None:
    assert approval({}, user="ana", answered=False) == Approval("ana")
    assert approval({}, user="ana", answered=True) == Approval("ana", ("ana",))
    assert approval({}, user="", answered=True) == Approval()


def test_what_only_names_a_forge_is_not_believed_elsewhere() -> None:
    assert (
        approval({"GITHUB_ACTOR": "ana", "GITLAB_USER_LOGIN": "bo"}, user="cy", answered=False).started_by
        == "cy"
    )


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "https://a.example/(x)", "https://a.example/ b", "https://" + "a" * 1000],
)
def test_an_address_that_is_not_fit_for_a_link_is_left_out(address: str) -> None:
    assert approval({"CI_JOB_URL": address}, user="ana", answered=False).address == ""


@pytest.mark.parametrize(("length", "cut"), [(ACCOUNT.most, False), (ACCOUNT.most + 1, True)])
def test_a_name_is_bounded_and_one_line(length: int, cut: bool) -> None:
    found = approval({"ZSYNC_MERGED_BY": "a" * length}, user="a\nb", answered=False)
    assert (len(found.merged_by), found.merged_by.endswith("…")) == (ACCOUNT.most, cut)
    assert found.started_by == "a b"


@pytest.mark.parametrize(("count", "more"), [(APPROVERS.most, []), (APPROVERS.most + 2, ["2 more"])])
def test_approvers_are_bounded(count: int, more: list[str]) -> None:
    names = [f"a{number}" for number in range(count)]
    assert list(people(names)) == names[: APPROVERS.most] + more
