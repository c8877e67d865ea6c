"""GitHub's own actions that the workflows use, with local folders for what they reach over the network."""

import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from tests.workflows.hub import REPOSITORY, Refused

if TYPE_CHECKING:
    from tests.workflows.runs import Run

_FORBIDDEN = re.compile(r'["*/:<>?|\\\r\n]')

Action = Callable[["Run", Path, Mapping[str, str]], dict[str, str]]


class ActionFailed(Exception):
    """The action ended with an error."""


def checkout(run: "Run", workspace: Path, given: Mapping[str, str]) -> dict[str, str]:
    """The commit of the run, and no more of the history than was asked for."""
    assert given.keys() <= {"fetch-depth", "persist-credentials"}, given
    depth = given.get("fetch-depth", "1")
    branches = "+refs/heads/*:refs/remotes/origin/*"
    git(workspace, "init", "--quiet", "--template=")
    with (workspace / ".git" / "config").open("a", encoding="utf-8") as settings:
        url = run.repository.origin.as_uri()
        settings.write(f'[remote "origin"]\n\turl = {url}\n\tfetch = {branches}\n')
    how_much = ["origin", run.sha, branches] if depth == "0" else ["--depth", depth, "origin", run.sha]
    git(workspace, "fetch", "--quiet", *how_much)
    git(workspace, "checkout", "--quiet", "--detach", run.sha)
    return {}


def upload(run: "Run", workspace: Path, given: Mapping[str, str]) -> dict[str, str]:
    """A folder's files, or one file, without what is hidden."""
    place = workspace / given["path"]
    hidden = given.get("include-hidden-files") == "true"
    files = [(place, place.name)]
    if place.is_dir():
        inside = [(one, one.relative_to(place)) for one in sorted(place.rglob("*")) if one.is_file()]
        files = [
            (one, name.as_posix())
            for one, name in inside
            if hidden or not any(part.startswith(".") for part in name.parts)
        ]
    if not place.exists() or not files:
        if given.get("if-no-files-found") == "error":
            raise ActionFailed(f"No files were found with the provided path: {place}")
        return {}
    unknown = given.keys() - {
        "name",
        "path",
        "if-no-files-found",
        "include-hidden-files",
        "overwrite",
        "retention-days",
    }
    assert not unknown, unknown
    assert not _FORBIDDEN.search(given["name"]), given["name"]
    try:
        number = run.repository.hub.upload(
            given["name"],
            files,
            run.id,
            head_sha=run.head_sha or run.sha,
            head_repository=run.head_repository,
            head_branch=run.branch,
            overwrite=given.get("overwrite") == "true",
            days=int(given.get("retention-days") or 90),
        )
    except Refused as refused:
        raise ActionFailed(str(refused)) from None
    url = f"https://github.example/{REPOSITORY}/actions/runs/{run.id}/artifacts/{number}"
    return {"artifact-id": str(number), "artifact-url": url}


def download(run: "Run", workspace: Path, given: Mapping[str, str]) -> dict[str, str]:
    """An artifact of the same run, whichever attempt and call made it."""
    assert given["name"], "without a name, all artifacts of the run are downloaded"
    found = [one for one in run.repository.hub.artifacts if (one.run, one.name) == (run.id, given["name"])]
    if not found or run.repository.hub.expired(found[0]):
        raise ActionFailed(f"no artifact {given['name']}")
    shutil.copytree(found[0].folder, workspace / given["path"], dirs_exist_ok=True)
    return {}


def git(folder: Path, *words: str) -> str:
    """Run git there, without anybody's settings; what it printed."""
    who = ["-c", "user.name=Ana", "-c", "user.email=ana@acme.example", "-c", "commit.gpgsign=false"]
    done = subprocess.run(
        ["git", *who, "-c", "init.defaultBranch=main", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        env={
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_CONFIG_SYSTEM": "/dev/null",
            "GIT_TEST_FSYNC": "0",
            "HOME": str(folder),
        },
    )
    if done.returncode:
        raise ActionFailed(done.stderr)
    return done.stdout.strip()


ACTIONS: Mapping[str, Action] = {
    "actions/checkout": checkout,
    "actions/upload-artifact": upload,
    "actions/download-artifact": download,
}
