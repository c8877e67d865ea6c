"""Who stands behind a run, as its surroundings tell: the variables of GitHub and GitLab, else the user of the machine."""

from collections.abc import Mapping

from zsync.bounds import ACCOUNT, APPROVERS
from zsync.model import Approval
from zsync.render.escape import link

APPROVED_BY, MERGED_BY = "ZSYNC_APPROVED_BY", "ZSYNC_MERGED_BY"
"""In which variables a workflow hands on what it has asked its forge: accounts, separated by spaces; an account."""


def approval(variables: Mapping[str, str], *, user: str, answered: bool) -> Approval:
    """What is known. `user` is the machine's, whom nobody is told in CI; `answered` whether that one said yes at a terminal."""
    started = _started_by(variables)
    approved = people(variables.get(APPROVED_BY, "").split())
    return Approval(
        started_by=_account(started or user),
        approved_by=approved or ((_account(user),) if answered and user else ()),
        merged_by=_account(variables.get(MERGED_BY, "")),
        address=run_address(variables),
    )


def run_address(variables: Mapping[str, str]) -> str:
    """The address of this run in CI, on GitHub of this attempt; empty where there is none that is fit for a link."""
    found, number = ci_run(variables), variables.get("GITHUB_RUN_ATTEMPT", "")
    on_github = variables.get("GITHUB_RUN_ID", "") and "/actions/runs/" in found
    return f"{found}/attempts/{number}" if on_github and number.isascii() and number.isdecimal() else found


def ci_run(variables: Mapping[str, str]) -> str:
    """The address of this CI run (GitHub, GitLab, Jenkins); empty where there is none that is fit for a link."""
    server, repository, run = (
        variables.get(f"GITHUB_{name}", "") for name in ("SERVER_URL", "REPOSITORY", "RUN_ID")
    )
    github = f"{server}/{repository}/actions/runs/{run}" if server and repository and run else ""
    others = (variables.get(name, "") for name in ("CI_JOB_URL", "CI_PIPELINE_URL", "BUILD_URL"))
    return link(github or next(filter(None, others), ""))


def people(accounts: list[str]) -> tuple[str, ...]:
    """Accounts, each once, as a report takes them; what is beyond its bound is counted in the last place."""
    known = list(dict.fromkeys(filter(None, map(_account, accounts))))
    more = len(known) - APPROVERS.most
    return (*known[: APPROVERS.most], *([f"{more} more"] if more > 0 else []))


def _started_by(variables: Mapping[str, str]) -> str:
    """The account that started the run: on GitHub, of this attempt."""
    if variables.get("GITHUB_ACTIONS") == "true":
        return variables.get("GITHUB_TRIGGERING_ACTOR") or variables.get("GITHUB_ACTOR", "")
    return variables.get("GITLAB_USER_LOGIN", "") if variables.get("GITLAB_CI") == "true" else ""


def _account(text: str) -> str:
    said = " ".join(text.split())
    return said if len(said) <= ACCOUNT.most else f"{said[: ACCOUNT.most - 1]}…"
