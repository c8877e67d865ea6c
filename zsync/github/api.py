"""GitHub's REST API as far as the workflows use it: pull requests, comments, issues and artifacts of one repository.

https://docs.github.com/en/rest. The token goes to the API's own host alone: an artifact is on another host, to which a
redirect leads, and is read from there without the token.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Self, TypeVar
from urllib.parse import quote, urlsplit

import httpx
from pydantic import ValidationError

from zsync import USER_AGENT
from zsync.bounds import ARCHIVE, FORGE_PAGES, Bound
from zsync.errors import GitHubRefused
from zsync.files.reading import Unreadable, read_json
from zsync.files.writing import create
from zsync.github.answers import (
    Artifact,
    Comment,
    Comparison,
    DeploymentReview,
    GitHubAnswer,
    Issue,
    Pull,
    RepositoryAnswer,
    WorkflowRun,
)
from zsync.model.retries import FORGE, asked_wait

SECONDS = 30.0
"""How long one answer may take to begin, and each piece of it to come."""

BOT = "github-actions[bot]"
"""The author of what is written with a workflow's token."""

_LONGEST_WISH = 60.0
_HERE = ("127.0.0.1", "::1", "localhost")
_CHUNK = 256 * 1024


Model = TypeVar("Model", bound=GitHubAnswer)


class GitHub:
    """The API of one repository (`owner/name`), with a token. To be used as a context manager."""

    def __init__(
        self,
        repository: str,
        token: str,
        api: str = "https://api.github.com",
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Raises `GitHubRefused` for an address that is neither https nor this machine."""
        parts = urlsplit(api)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _HERE):
            raise GitHubRefused(f"GITHUB_API_URL is no https address: {api}", exit_code=64)
        self._repository = f"/repos/{repository}"
        self._sleep = sleep
        self._client = httpx.Client(
            base_url=api,
            timeout=SECONDS,
            follow_redirects=False,
            headers={
                "Authorization": f"Bearer {token}",
                "Accept": "application/vnd.github+json",
                "X-GitHub-Api-Version": "2022-11-28",
                "User-Agent": USER_AGENT,
            },
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def merged(self, commit: str) -> Pull | None:
        """The pull request whose merge made this commit; None for a commit that was pushed otherwise."""
        found = self._all(f"/commits/{commit}/pulls", Pull)
        return next((pull for pull in found if pull.merged_at and pull.merge_commit_sha == commit), None)

    def merged_by(self, number: int) -> str:
        """The account that merged a pull request; empty where it is not known."""
        pull = _model(_json(self._answer("GET", f"{self._repository}/pulls/{number}")), Pull)
        return pull.merged_by.login if pull.merged_by else ""

    def approved_by(self, run: int, environment: str) -> list[str]:
        """The accounts that approved a run for one of GitHub's environments, in their order."""
        answer = _json(self._answer("GET", f"{self._repository}/actions/runs/{run}/approvals"))
        reviews = [_model(each, DeploymentReview) for each in (answer if isinstance(answer, list) else ())]
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
        return _model(_json(self._answer("GET", place)), Comparison)

    def own_comments(self, number: int) -> Iterator[Comment]:
        """The comments by workflows under a pull request or an issue, the oldest first.

        Anybody may write a comment that looks like zsync's, but not as this author.
        """
        for comment in self._all(f"/issues/{number}/comments", Comment):
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
        for issue in self._all("/issues", Issue, state="open", labels=label):
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
        answer = self._answer("GET", f"{self._repository}/actions/artifacts/{number}", accepted=(404,))
        return None if answer.status_code == 404 else _model(_json(answer), Artifact)

    def artifacts(self, run: int) -> Iterator[Artifact]:
        """Everything that a run kept, in all its attempts."""
        return self._all(f"/actions/runs/{run}/artifacts", Artifact, member="artifacts")

    def artifacts_named(self, name: str) -> Iterator[Artifact]:
        """What runs of the repository kept under this very name, in GitHub's order, which is the newest first."""
        return self._all("/actions/artifacts", Artifact, member="artifacts", name=name)

    def run(self, number: int) -> WorkflowRun:
        """A run by its id."""
        return _model(_json(self._answer("GET", f"{self._repository}/actions/runs/{number}")), WorkflowRun)

    def default_branch(self) -> str:
        """The name of the repository's main branch."""
        return _model(_json(self._answer("GET", self._repository)), RepositoryAnswer).default_branch

    def download(self, artifact: int, into: Path, most: Bound = ARCHIVE) -> None:
        """Write an artifact's zip archive to a new file.

        Raises `GitHubRefused` for an archive that cannot be read or is larger than `most`.
        """
        where = f"{self._repository}/actions/artifacts/{artifact}/zip"
        place = self._answer("GET", where, accepted=(302,)).headers.get("Location", "")
        local = self._client.base_url.scheme == "http" and urlsplit(place).hostname in _HERE
        if not place.startswith("https://") and not local:
            raise GitHubRefused(f"artifact {artifact}: GitHub sent on to an address that is not https")
        try:
            # A client of its own: nothing of this one's, its token least of all, goes to another host.
            with httpx.stream("GET", place, timeout=SECONDS, headers={"Accept-Encoding": "identity"}) as body:
                if body.status_code != 200:
                    raise GitHubRefused(f"artifact {artifact}: HTTP {body.status_code}")
                _save(body, into, most)
        except httpx.HTTPError as error:
            raise GitHubRefused(f"artifact {artifact} did not arrive: {type(error).__name__}") from None

    def _all(self, path: str, model: type[Model], *, member: str = "", **query: str) -> Iterator[Model]:
        """The items of all pages."""
        where: str = str(httpx.URL(self._repository + path, params={**query, "per_page": "100"}))
        for _ in range(FORGE_PAGES.most):
            answer = self._answer("GET", where)
            data = _json(answer)
            items = data.get(member) if member and isinstance(data, Mapping) else data
            for item in items if isinstance(items, list) else ():
                yield _model(item, model)
            following = answer.links.get("next", {}).get("url", "")
            if not following:
                return
            # The token would go there.
            if urlsplit(following).netloc != self._client.base_url.netloc.decode("ascii"):
                raise GitHubRefused("GitHub's answer goes on at another host")
            where = following
        raise GitHubRefused(f"GitHub's answer has more than {FORGE_PAGES.most} pages")

    def _call(self, method: str, path: str, fields: Mapping[str, Any]) -> None:
        self._answer(method, self._repository + path, fields)

    def _answer(
        self, method: str, where: str, fields: Mapping[str, Any] | None = None, accepted: tuple[int, ...] = ()
    ) -> httpx.Response:
        """The answer to one call, tried again while GitHub is busy or cannot be reached.

        A POST is tried again only if it was certainly not carried out. Raises `GitHubRefused`.
        """
        problem, asked = "", 0.0
        for failed in range(FORGE.tries):
            if failed:
                self._sleep(FORGE.wait(failed, min(asked, _LONGEST_WISH)))
            try:
                answer = self._client.request(method, where, json=fields)
            except httpx.ConnectError as error:
                problem, asked = type(error).__name__, 0.0
                continue
            except httpx.HTTPError as error:
                problem, asked = type(error).__name__, 0.0
                if method == "POST":
                    break
                continue
            status = answer.status_code
            if status < 300 or status in accepted:
                return answer
            problem, asked = _refusal(answer), asked_wait(answer.headers.get("Retry-After"), time.time())
            # GitHub answers too many calls with 403 as well: "Rate limits for the REST API".
            busy = status == 429 or (status == 403 and "Retry-After" in answer.headers)
            if not busy and (status < 500 or method == "POST"):
                raise _refused(method, where, answer)
        raise GitHubRefused(f"GitHub cannot be reached ({method} {where}): {problem}")


def _refusal(answer: httpx.Response) -> str:
    """GitHub's message in one short line."""
    try:
        said = read_json(answer.content).get("message", "")
    except (Unreadable, AttributeError):
        said = ""
    return f"HTTP {answer.status_code}" + (f": {str(said)[:200]}" if said else "")


def _refused(method: str, where: str, answer: httpx.Response) -> GitHubRefused:
    # 404 is also GitHub's answer for what a token may not see.
    access = answer.status_code in (401, 403, 404)
    return GitHubRefused(
        f"GitHub refuses {method} {where.partition('?')[0]}: {_refusal(answer)}",
        exit_code=8 if access else 1,
        help="The job's `permissions` say what its token may do: compare them with those of the workflow that zsync ships."
        if access
        else "",
    )


def _json(answer: httpx.Response) -> Any:
    try:
        return read_json(answer.content)
    except Unreadable:
        raise GitHubRefused("GitHub's answer is not JSON") from None


def _model(data: Any, model: type[Model]) -> Model:
    try:
        return model.model_validate(data)
    except ValidationError:
        raise GitHubRefused(f"GitHub's answer is no {model.__name__.lower()}") from None


def _save(body: httpx.Response, into: Path, most: Bound) -> None:
    """Write a body to a new file. Raises `GitHubRefused` if it is larger than `most`."""
    written = 0
    with create(into) as file:
        for piece in body.iter_raw(_CHUNK):
            written += len(piece)
            if written > most.most:
                raise GitHubRefused(f"the artifact has more than {most.most:,} {most.unit}")
            file.write(piece)
