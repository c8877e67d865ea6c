"""GitHub's REST API as far as the workflows use it: pull requests, comments, issues and artifacts of one repository.

https://docs.github.com/en/rest. The token goes to the API's own host alone: an artifact is on another host, to which a
redirect leads, and is read from there without the token.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from zsync.bounds import ARCHIVE, Bound
from zsync.forge.answers import (
    Artifact,
    Comment,
    Comparison,
    DeploymentReview,
    Issue,
    Pull,
    RepositoryAnswer,
    WorkflowRun,
)
from zsync.forge.api import ForgeApi, Model

BOT = "github-actions[bot]"
"""The author of what is written with a workflow's token."""


class GitHub(ForgeApi):
    """The API of one repository (`owner/name`), with a token. To be used as a context manager."""

    def __init__(
        self,
        repository: str,
        token: str,
        api: str = "https://api.github.com",
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Raises `ForgeRefused` for an address that is neither https nor this machine."""
        headers = {
            "Authorization": f"Bearer {token}",
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": "2022-11-28",
        }
        super().__init__("GitHub", api, "GITHUB_API_URL", headers, sleep)
        self._repository = f"/repos/{repository}"

    def merged(self, commit: str) -> Pull | None:
        """The pull request whose merge made this commit; None for a commit that was pushed otherwise."""
        found = self._items(f"/commits/{commit}/pulls", Pull)
        return next((pull for pull in found if pull.merged_at and pull.merge_commit_sha == commit), None)

    def merged_by(self, number: int) -> str:
        """The account that merged a pull request; empty where it is not known."""
        pull = self._one(f"{self._repository}/pulls/{number}", Pull)
        return pull.merged_by.login if pull.merged_by else ""

    def approved_by(self, run: int, environment: str) -> list[str]:
        """The accounts that approved a run for one of GitHub's environments, in their order."""
        answer = self._json(self._answer("GET", f"{self._repository}/actions/runs/{run}/approvals"))
        reviews = [
            self._model(each, DeploymentReview) for each in (answer if isinstance(answer, list) else ())
        ]
        return [
            review.user.login
            for review in reviews
            if review.state == "approved"
            and review.user
            and environment in {each.name for each in review.environments}
        ]

    def compare(self, commit: str, branch: str) -> Comparison:
        """How a branch stands to a commit now. Of the files that differ, GitHub names 300 at most."""
        place = f"{self._repository}/compare/{quote(commit, safe='')}...{quote(branch, safe='')}"
        return self._one(place, Comparison)

    def own_comments(self, number: int) -> Iterator[Comment]:
        """The comments by workflows under a pull request or an issue, the oldest first.

        Anybody may write a comment that looks like zsync's, but not as this author.
        """
        for comment in self._items(f"/issues/{number}/comments", Comment):
            if comment.user and comment.user.login == BOT:
                yield comment

    def comment(self, number: int, body: str) -> None:
        """Write a comment."""
        self._call("POST", f"/issues/{number}/comments", {"body": body})

    def edit_comment(self, comment: int, body: str) -> None:
        """Replace a comment's text."""
        self._call("PATCH", f"/issues/comments/{comment}", {"body": body})

    def own_issues(self, label: str) -> Iterator[Issue]:
        """The open issues with this label that workflows opened, the newest first."""
        for issue in self._items("/issues", Issue, state="open", labels=label):
            if issue.user and issue.user.login == BOT:
                yield issue

    def open_issue(self, title: str, body: str, label: str) -> None:
        """Open an issue."""
        self._call("POST", "/issues", {"title": title, "body": body, "labels": [label]})

    def edit_issue(self, number: int, body: str) -> None:
        """Replace an issue's text."""
        self._call("PATCH", f"/issues/{number}", {"body": body})

    def close_issue(self, number: int) -> None:
        """Close an issue as completed."""
        self._call("PATCH", f"/issues/{number}", {"state": "closed", "state_reason": "completed"})

    def artifact(self, number: int) -> Artifact | None:
        """An artifact by its id; None if there is none."""
        return self._found(f"{self._repository}/actions/artifacts/{number}", Artifact)

    def artifacts(self, run: int) -> Iterator[Artifact]:
        """Everything that a run kept, in all its attempts."""
        return self._items(f"/actions/runs/{run}/artifacts", Artifact, member="artifacts")

    def artifacts_named(self, name: str) -> Iterator[Artifact]:
        """What runs of the repository kept under this very name, in GitHub's order, which is the newest first."""
        return self._items("/actions/artifacts", Artifact, member="artifacts", name=name)

    def run(self, number: int) -> WorkflowRun | None:
        """A run by its id; None for one that has been deleted."""
        return self._found(f"{self._repository}/actions/runs/{number}", WorkflowRun)

    def default_branch(self) -> str:
        """The name of the repository's main branch."""
        return self._one(self._repository, RepositoryAnswer).default_branch

    def download(self, artifact: int, into: Path, most: Bound = ARCHIVE) -> None:
        """Write an artifact's zip archive to a new file.

        Raises `PlanRefused` for one that is no longer kept or is larger than `most`.
        """
        self._download(f"{self._repository}/actions/artifacts/{artifact}/zip", into, most)

    def _items(self, path: str, model: type[Model], *, member: str = "", **query: str) -> Iterator[Model]:
        return self._all(self._repository + path, model, member=member, **query)

    def _call(self, method: str, path: str, fields: Mapping[str, Any]) -> None:
        self._answer(method, self._repository + path, fields)
