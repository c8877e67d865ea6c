"""What `zsync ci propose` does: a branch, and where it is asked for a pull request, with the files that `accept` made."""

import os
from pathlib import Path
from urllib.parse import quote

from zsync.bounds import MANIFEST
from zsync.cli.ci_runner import link, needed, put_out, summarise
from zsync.cli.output import Output
from zsync.errors import UsageError
from zsync.files.reading import read_bytes
from zsync.forge.proposing import Proposing
from zsync.render.escape import terminal
from zsync.review import comments

_MADE = "Made by zsync accept."
"""The last line of a commit of ours: by it a branch is known that nobody has gone on with."""


def propose(folder: Path, about: str, readable: str, output: Output, *, pull: bool) -> None:
    """Put the files of a run of accept on a branch of their own, on top of the run's commit; say where, or open a pull request.

    Raises `UsageError` where somebody has gone on with that branch: it stays as it is.
    """
    files = _files(folder / "files")
    if not files:
        output.talk("There is nothing to propose.")
        return
    branch, commit = f"zsync/accept-{about}", needed("GITHUB_SHA")
    title = comments.accepted_title(readable)
    with _github(pull=pull) as github:
        tip = github.tip(branch)
        if tip and not tip.message.rstrip().endswith(_MADE):
            raise UsageError(
                f"somebody has gone on with the branch {branch}: it stays as it is",
                help="Merge or delete it, then run this again.",
            )
        made = github.commit_files(commit, files, f"{title}\n\n{_MADE}\n")
        github.point(branch, made, new=tip is None)
        place = _compare(github.default_branch(), branch)
        if pull:
            body = comments.accepted(about, _said(folder), link())
            place = _pull(github, branch, title, body) or place
    put_out({"branch": branch, "link": place})
    way = f"[{branch}]({place})" if pull else f"[Open a pull request]({place})"
    summarise(f"{_said(folder)}\n\n{way}\n")
    output.result(f"{terminal(branch)}: {terminal(place)}\n")


def _pull(github: Proposing, branch: str, title: str, body: str) -> str:
    """Open the branch's pull request, or write its text anew; where people find it."""
    mine = github.open_pull(branch)
    if mine:
        github.edit_pull(mine.number, body)
        return mine.html_url
    return github.propose(branch, github.default_branch(), title, body).html_url


def _files(folder: Path) -> dict[str, bytes]:
    """The files below a folder, by their names there. Links count as none."""
    found = sorted(file for file in folder.rglob("*") if file.is_file() and not file.is_symlink())
    return {file.relative_to(folder).as_posix(): read_bytes(file, MANIFEST) for file in found}


def _said(folder: Path) -> str:
    file = folder / "comment.md"
    return file.read_text("utf-8", errors="replace") if file.is_file() else ""


def _compare(base: str, branch: str) -> str:
    """The page on which a person opens the pull request."""
    server = os.environ.get("GITHUB_SERVER_URL") or "https://github.com"
    return f"{server}/{needed('GITHUB_REPOSITORY')}/compare/{quote(base)}...{quote(branch)}?expand=1"


def _github(*, pull: bool) -> Proposing:
    token = os.environ.get("GH_TOKEN")
    if not token:
        advice = (
            "Add the secret ZSYNC_PULLS_TOKEN, or leave `pull-request` out: then the branch is pushed and its link printed."
            if pull
            else "Give the step GH_TOKEN: ${{ github.token }}."
        )
        raise UsageError("$GH_TOKEN is not set", help=advice)
    api = os.environ.get("GITHUB_API_URL") or "https://api.github.com"
    return Proposing(needed("GITHUB_REPOSITORY"), token, api)
