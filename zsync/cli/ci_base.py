"""`zsync ci base`: the newest commit whose run left a report, and the rows that it left open, from where the forge keeps them."""

import os
import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from zsync import git
from zsync.bounds import SAVED
from zsync.cli.ci_kept import GitHubReports, GitLabReports, KeptReport, Reports
from zsync.cli.ci_runner import needed, on_gitlab, put_out
from zsync.errors import InputError, PlanRefused, UsageError
from zsync.files.plan import load_report
from zsync.files.reading import read_bytes
from zsync.model import Report
from zsync.render.escape import chat, command_message, terminal
from zsync.review import names

if TYPE_CHECKING:
    from zsync.cli.invocation import Invocation

NONE = "0" * 40
"""How a forge writes that there is no commit to compare with."""

_LONGEST = 100
_UNREADABLE = "its report cannot be read, or another version of zsync wrote it"
_TOKEN = "ZSYNC_GITLAB_TOKEN"  # noqa: S105  the variable's name


class FoundBase(NamedTuple):
    """The commit to compare with, and the file of its run's report; without one, why the run has to ask."""

    ref: str
    report: Path | None = None
    why: str = ""
    guards: str = ""
    """The commit whose guards hold: the one before the push, so that a guard that was merged by itself counts from then on."""


def tell_base(call: "Invocation", lines: str, before: str, folder: Path, kept: str) -> None:
    """Put out the commit that a plan is to be compared with, and the report of its run; on GitLab, as a file of variables.

    `kept` says which of GitLab's jobs keep reports, JOB=PATH one a line.
    """
    from zsync.files.fresh import fresh_folder
    from zsync.files.writing import write_file

    paths = names.paths_of(lines)
    fresh_folder(folder)
    with _reports(names.slug(call.environment, paths), kept, paths) as reports:
        found = find_base(reports, _in_force(call, paths), before, folder)
    report = str(found.report or "")
    put_out({"ref": found.ref, "open": report, "guards": found.guards, "why": found.why})
    if on_gitlab():
        told = {"ZSYNC_BASE": found.ref, "ZSYNC_OPEN": report, "ZSYNC_GUARDS_OF": found.guards}
        # Where nobody knows what was written last, drift is planned, too: a row that an apply left open looks like it.
        if report and "ZSYNC_ONLY" not in os.environ:
            told["ZSYNC_ONLY"] = "change"
        lined = "".join(f"{name}={shlex.quote(value)}\n" for name, value in told.items())
        write_file(folder / "base.env", lined)
    said = f"compared with {found.ref:.7}, the newest commit whose run left a report" if report else found.why
    call.output.result(f"zsync: {terminal(said)}\n")
    if not report and os.environ.get("GITHUB_ACTIONS") == "true":
        # Whoever looks at a plan or at drift only sees that it is compared with something else.
        call.output.result(f"::warning title=zsync::{command_message(said)}\n")


@contextmanager
def _reports(about: str, kept: str, paths: Sequence[str]) -> Iterator[Reports | None]:
    """The reports of the forge that this job runs at; None where it may not look for them."""
    from zsync.cli.ci_github import open_github
    from zsync.forge import GitLab

    if not on_gitlab():
        with open_github() as github:
            yield GitHubReports(github, about)
    elif token := os.environ.get(_TOKEN):
        with GitLab(needed("CI_PROJECT_ID"), token, needed("CI_API_V4_URL")) as gitlab:
            yield GitLabReports(gitlab, needed("CI_DEFAULT_BRANCH"), _files(kept), paths)
    else:
        yield None


def _files(kept: str) -> list[tuple[str, str]]:
    """Jobs with the paths of their reports. Raises `UsageError` for a line that is none."""
    lines = [line.strip() for line in kept.splitlines() if line.strip()]
    for line in lines:
        name, equals, path = line.partition("=")
        parts = path.split("/")
        if not (name and equals and path) or ".." in parts or "" in parts:
            raise UsageError(
                f"--kept has a line that is not JOB=PATH: {line}",
                help="Such as zsync-apply=zsync-plan/apply/report.json: a path in what the job keeps.",
            )
    return [(name.strip(), path.strip()) for name, _, path in (line.partition("=") for line in lines)]


def _in_force(call: "Invocation", paths: tuple[str, ...]) -> str:
    """The environment as zsync.yaml calls it, so as reports do: where it has only one, a workflow need not name it."""
    from zsync.cli.session import open_config

    try:
        return open_config(call, tuple(map(Path, paths))).environment(call.environment).name
    except (InputError, UsageError):
        return call.environment  # the plan itself will say what is wrong, and where


def find_base(reports: Reports | None, environment: str, before: str, folder: Path) -> FoundBase:
    """The newest commit of HEAD's history whose run on the main branch left a report that is still kept.

    The report goes into the folder, which is empty. Without one, `before` is the commit to compare with, if it is here: a
    forge's zeros, or nothing, mean none. Raises `UsageError` where the report's commit may be one that was not fetched.
    """
    known, file = git.history(Path.cwd()), folder / "report.json"
    place = {commit: at for at, commit in enumerate(known)}
    # Whoever starts a run by hand has pushed nothing: all guards are those that are checked out.
    guards = _usable(before) if before else (known or (NONE,))[0]
    if reports is None:
        return FoundBase(_usable(before), None, _UNASKED, guards)
    wrong = ""
    for kept in reports.newest(place):
        file.unlink(missing_ok=True)  # of a commit before, whose report was of no use
        problem = _problem(kept, file, environment, place)
        if problem == "":
            return FoundBase(kept.commit, file, "", guards)
        wrong = wrong or problem or ""
    file.unlink(missing_ok=True)
    if git.shallow(Path.cwd()):
        raise UsageError(
            "this checkout has only a part of the history, and no commit in it has left a report",
            help="Fetch all of it: `fetch-depth: 0` for actions/checkout, GIT_DEPTH: 0 in GitLab.",
        )
    return FoundBase(_usable(before), None, _why(environment, reports.branch, wrong), guards)


def _problem(kept: KeptReport, file: Path, environment: str, place: Mapping[str, int]) -> str | None:
    """Why the next run cannot begin where this one ended; empty where it can, None where it left no report."""
    try:
        if not kept.fetch(file):
            return None
        return _unusable(load_report(read_bytes(file, SAVED).decode("utf-8")), environment, place)
    except (PlanRefused, UnicodeDecodeError):
        return _UNREADABLE


def _unusable(report: Report, environment: str, place: Mapping[str, int]) -> str:
    if report.plan.binding.environment != environment:
        return "its report is of another environment"
    if report.too_many_open:
        return f"it left {report.too_many_open}, which is more than the next run takes up"
    lost = next((row.base for row in report.open if row.base and row.base not in place), "")
    return (
        f"rows that it left open are compared with {lost[:7]}, which this branch no longer has"
        if lost
        else ""
    )


_UNASKED = f"${_TOKEN} is not set, so nobody knows where the last run ended: this plan is compared with the commit before the push"


def _why(environment: str, branch: str, wrong: str) -> str:
    # A branch may call its environment what it likes, and this comes to stand in a comment.
    whose = chat(environment)[:_LONGEST] or "zsync"
    last = f"no run of {whose} on {branch} has left a report that is still kept"
    if wrong:
        last = f"the last run of {whose} on {branch} does not tell where it ended: {wrong}"
    return f"{last}, so a person has to look once at what is different"


def _usable(before: str) -> str:
    """A commit that is here, or that there is none to compare with: it was pushed away, and not just not fetched."""
    if not before.strip("0"):
        return NONE
    try:
        return git.find_commit(before)
    except UsageError:
        if git.shallow(Path.cwd()):
            raise
        return NONE
