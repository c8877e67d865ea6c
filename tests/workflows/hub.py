"""What GitHub keeps: pull requests, comments, issues, runs and what they kept. Its clock is moved by hand."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

REPOSITORY = "acme/crm-relations"
BOT = "github-actions[bot]"
OWN, FORK = 1, 2


class Refused(Exception):
    """What GitHub says to what it does not do, after its status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass
class Artifact:
    """What a run kept under a name."""

    id: int
    name: str
    run: int
    head_sha: str
    head_repository: int
    expires: int
    folder: Path
    head_branch: str = "main"


@dataclass
class Hub:
    """The state; `folder` holds the artifacts' files, `day` is how many days have gone by, `origin` is the repository."""

    folder: Path
    origin: Path | None = None
    pulls: list[dict[str, Any]] = field(default_factory=list)
    said: list[dict[str, Any]] = field(default_factory=list)
    issues: list[dict[str, Any]] = field(default_factory=list)
    proposed: list[dict[str, Any]] = field(default_factory=list)
    """The pull requests that were opened through the API."""
    artifacts: list[Artifact] = field(default_factory=list)
    reviews: list[dict[str, Any]] = field(default_factory=list)
    """What people answered where runs waited for reviewers of environments."""
    runs: dict[int, dict[str, Any]] = field(default_factory=dict)
    """What set off each run, and what it is of."""
    calls: list[str] = field(default_factory=list)
    day: int = 0
    last: int = 100

    def new(self) -> int:
        """A number that nothing has yet."""
        self.last += 1
        return self.last

    def approve(self, run: int, login: str, environment: str = "production", state: str = "approved") -> None:
        """Somebody answers where a run waits."""
        self.reviews.append(
            {"run": run, "state": state, "user": {"login": login}, "environments": [{"name": environment}]}
        )

    def merge(self, number: int, head: str, commit: str, login: str = "ana") -> None:
        """A pull request was merged with that commit, by somebody."""
        self.pulls.append(
            {
                "number": number,
                "head": {"sha": head},
                "merged_at": "2027-03-01T09:00:00Z",
                "merge_commit_sha": commit,
                "merged_by": {"login": login},
            }
        )

    def comments(self, number: int) -> list[str]:
        """The texts of the comments under an issue or pull request, the oldest first."""
        return [one["body"] for one in self.said if one["issue"] == number]

    def comment(self, number: int, body: str, login: str = BOT) -> None:
        """Somebody writes a comment."""
        self.said.append({"id": self.new(), "issue": number, "user": {"login": login}, "body": body})

    def upload(
        self,
        name: str,
        files: list[tuple[Path, str]],
        run: int,
        *,
        head_sha: str = "",
        head_repository: int = OWN,
        head_branch: str = "main",
        overwrite: bool = False,
        days: int = 90,
    ) -> int:
        """Keep files under their names as an artifact of a run; its id comes back.

        A run has one artifact of a name, whichever of its jobs, calls and attempts made it: raises `Refused` for a second
        one, unless it is to take the first one's place.
        """
        same = [one for one in self.artifacts if (one.name, one.run) == (name, run)]
        if same and not overwrite:
            raise Refused(409, f"an artifact with this name already exists on the workflow run: {name}")
        number = self.new()
        folder = self.folder / "artifacts" / str(number)
        for source, target in files:
            place = folder / target
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, place)
        self.artifacts = [one for one in self.artifacts if one not in same]
        self.artifacts.append(
            Artifact(number, name, run, head_sha, head_repository, self.day + days, folder, head_branch)
        )
        return number

    def named(self, name: str, run: int | None = None) -> Artifact:
        """The newest artifact whose name begins so. LookupError where there is none that has not expired."""
        found = [
            one
            for one in self.artifacts
            if one.name.startswith(name) and run in (None, one.run) and not self.expired(one)
        ]
        if not found:
            raise LookupError(f"no artifact {name}")
        return found[-1]

    def expired(self, artifact: Artifact) -> bool:
        """Whether GitHub has thrown its files away."""
        return self.day >= artifact.expires
