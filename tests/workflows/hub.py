"""What GitHub keeps: pull requests, comments, issues, artifacts. One JSON file and a folder, for `gh.py` and the tests alike."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

REPOSITORY = "acme/crm-relations"
BOT = "github-actions[bot]"
OWN, FORK = 1, 2


class Hub:
    """The state in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "state.json"
        if not self.file.exists():
            folder.mkdir(parents=True, exist_ok=True)
            start = {"pulls": [], "comments": [], "issues": [], "artifacts": [], "calls": [], "last": 100}
            self.file.write_text(json.dumps(start), "utf-8")

    @property
    def state(self) -> dict[str, Any]:
        """All of it, as it is now."""
        found: dict[str, Any] = json.loads(self.file.read_text("utf-8"))
        return found

    @contextmanager
    def changed(self) -> Iterator[dict[str, Any]]:
        """All of it, to change; it is kept at the end of the block."""
        state = self.state
        yield state
        self.file.write_text(json.dumps(state), "utf-8")

    def new(self) -> int:
        """A number that nothing has yet."""
        with self.changed() as state:
            state["last"] += 1
            return int(state["last"])

    def merge(self, number: int, head: str, commit: str) -> None:
        """A pull request was merged with that commit."""
        pull = {
            "number": number,
            "head": {"sha": head},
            "merged_at": "2027-03-01T09:00:00Z",
            "merge_commit_sha": commit,
        }
        with self.changed() as state:
            state["pulls"].append(pull)

    def comments(self, number: int) -> list[str]:
        """The texts of the comments under an issue or pull request, the oldest first."""
        return [one["body"] for one in self.state["comments"] if one["issue"] == number]

    def comment(self, number: int, body: str, login: str = BOT) -> None:
        """Somebody writes a comment."""
        one = {"id": self.new(), "issue": number, "user": {"login": login}, "body": body}
        with self.changed() as state:
            state["comments"].append(one)

    def upload(self, name: str, files: list[tuple[Path, str]], run: dict[str, Any]) -> int:
        """Keep files under their names as an artifact of a run; its id comes back."""
        number = self.new()
        for source, target in files:
            place = self.artifact(number) / target
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, place)
        with self.changed() as state:
            # `overwrite`: the newest of a name in a run is the one.
            state["artifacts"] = [
                one
                for one in state["artifacts"]
                if (one["name"], one["workflow_run"]["id"]) != (name, run["id"])
            ]
            state["artifacts"].append({"id": number, "name": name, "expired": False, "workflow_run": run})
        return number

    def named(self, name: str, run: int | None = None) -> int:
        """The id of the newest artifact of that name. LookupError where there is none."""
        ids = [
            one["id"]
            for one in self.state["artifacts"]
            if one["name"] == name and run in (None, one["workflow_run"]["id"])
        ]
        if not ids:
            raise LookupError(f"no artifact {name}")
        return int(max(ids))

    def artifact(self, number: int) -> Path:
        """The folder with the files of an artifact."""
        return self.folder / "artifacts" / str(number)
