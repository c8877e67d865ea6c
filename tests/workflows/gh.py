"""A `gh api` that answers from a folder: `python gh.py api PATH …`, with $HUB. It knows what the token may and may not do."""

import io
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

sys.path.insert(0, str(Path(__file__).parents[2]))
from tests.workflows.hub import BOT, REPOSITORY, Hub

PAGE = 30
LONGEST = 65_536


class Refused(Exception):
    """What GitHub says to a call that it does not answer."""


class Call:
    """The command line of one call."""

    def __init__(self, words: list[str]) -> None:
        self.method, self.jq, self.path = "GET", "", ""
        self.silent = self.paginate = False
        self.fields: dict[str, Any] = {}
        rest = iter(words)
        for word in rest:
            if word in ("--silent", "--paginate"):
                setattr(self, word[2:], True)
            elif word in ("--method", "--jq"):
                setattr(self, word[2:], next(rest))
            elif word == "--field":
                name, _, value = next(rest).partition("=")
                self._field(name, Path(value[1:]).read_text("utf-8") if value.startswith("@") else value)
            elif word.startswith("-") or self.path:
                raise SystemExit(f"gh: unknown argument {word}")
            else:
                self.path = word
        self.query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}

    def _field(self, name: str, value: str) -> None:
        if name.endswith("[]"):
            self.fields.setdefault(name[:-2], []).append(value)
        else:
            self.fields[name] = value


def may(scope: str, right: str) -> None:
    """Raises `Refused` where the job's token lacks that right. The token says in JSON what it may."""
    granted = json.loads(os.environ["GH_TOKEN"]).get(scope, "none")
    if granted != "write" and granted != right:
        raise Refused(f"HTTP 403: Resource not accessible by integration ({scope}: {right})")


def pulls(hub: Hub, call: Call, commit: str) -> Any:
    may("pull-requests", "read")
    return [one for one in hub.state["pulls"] if one["merge_commit_sha"] == commit]


def comments(hub: Hub, call: Call, number: str) -> Any:
    if call.method == "POST":
        may(
            "issues" if any(one["number"] == int(number) for one in hub.state["issues"]) else "pull-requests",
            "write",
        )
        hub.comment(int(number), whole(call.fields["body"]))
        return {}
    may("pull-requests", "read")
    return [one for one in hub.state["comments"] if one["issue"] == int(number)]


def comment(hub: Hub, call: Call, number: str) -> Any:
    may("pull-requests", "write")
    with hub.changed() as state:
        (one,) = [one for one in state["comments"] if one["id"] == int(number)]
        one["body"] = whole(call.fields["body"])
    return {}


def issues(hub: Hub, call: Call) -> Any:
    may("issues", "write" if call.method == "POST" else "read")
    if call.method == "GET":
        return [
            one
            for one in hub.state["issues"]
            if one["state"] == call.query["state"] and call.query["labels"] in one["labels"]
        ]
    body = whole(call.fields["body"])
    one = {"number": hub.new(), "state": "open", "user": {"login": BOT}, **call.fields, "body": body}
    with hub.changed() as state:
        state["issues"].append(one)
    return {}


def issue(hub: Hub, call: Call, number: str) -> Any:
    may("issues", "write")
    whole(call.fields.get("body", ""))
    with hub.changed() as state:
        (one,) = [one for one in state["issues"] if one["number"] == int(number)]
        one.update(call.fields)
    return {}


def artifacts(hub: Hub, call: Call, run: str) -> Any:
    may("actions", "read")
    found = [
        one
        for one in hub.state["artifacts"]
        if one["workflow_run"]["id"] == int(run) and one["name"] == call.query["name"]
    ]
    return {"total_count": len(found), "artifacts": found}


def artifact(hub: Hub, call: Call, number: str, packed: str) -> Any:
    may("actions", "read")
    found = [one for one in hub.state["artifacts"] if one["id"] == int(number)]
    if not found:
        raise Refused("HTTP 404: Not Found")
    if not packed:
        return found[0]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for file in sorted(hub.artifact(int(number)).rglob("*")):
            archive.write(file, file.relative_to(hub.artifact(int(number))))
    return buffer.getvalue()


def whole(body: str) -> str:
    """A text as GitHub takes it. Raises `Refused` where it is too long."""
    if len(body) > LONGEST:
        raise Refused("HTTP 422: body is too long (maximum is 65536 characters)")
    return body


ROUTES: dict[str, Callable[..., Any]] = {
    r"commits/([0-9a-f]{40})/pulls": pulls,
    r"issues/(\d+)/comments": comments,
    r"issues/comments/(\d+)": comment,
    r"issues": issues,
    r"issues/(\d+)": issue,
    r"actions/runs/(\d+)/artifacts": artifacts,
    r"actions/artifacts/(\d+)(/zip)?": artifact,
}


def answer(hub: Hub, call: Call) -> Any:
    """What GitHub answers. Raises `Refused`."""
    place = urlsplit(call.path).path.removeprefix(f"repos/{REPOSITORY}/")
    for pattern, does in ROUTES.items():
        if found := re.fullmatch(pattern, place):
            return does(hub, call, *found.groups())
    raise Refused(f"HTTP 404: Not Found ({call.method} {call.path})")


def tell(call: Call, said: Any) -> None:
    """Print an answer as gh does: through jq page by page, and only the first page where --paginate is not asked for."""
    if call.silent:
        return
    if isinstance(said, bytes):
        sys.stdout.buffer.write(said)
        return
    pages = [said]
    if isinstance(said, list):
        pages = [said[at : at + PAGE] for at in range(0, len(said), PAGE)] or [[]]
    for page in pages if call.paginate else pages[:1]:
        done = subprocess.run(
            ["jq", "-r", call.jq or "."], input=json.dumps(page), text=True, check=True, capture_output=True
        )
        sys.stdout.write(done.stdout)


def main() -> None:
    """One call."""
    hub = Hub(Path(os.environ["HUB"]))
    assert sys.argv[1] == "api"
    call = Call(sys.argv[2:])
    with hub.changed() as state:
        state["calls"].append(f"{call.method} {call.path}")
    try:
        tell(call, answer(hub, call))
    except Refused as refused:
        sys.exit(f"gh: {refused}")


if __name__ == "__main__":
    main()
