"""`zsync ci base`: the newest commit whose run left a report, and the rows that it left open, from where GitHub keeps them.

No name is trusted: a pull request, a fork or another branch may keep an artifact of the same name. Which of two commits is newer,
Git says, and not the clock: a run may be started again months later.
"""

from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from zsync import git
from zsync.bounds import REPORTS, SAVED
from zsync.errors import PlanRefused, UsageError
from zsync.files.archive import extract
from zsync.files.plan import load_report
from zsync.files.reading import read_bytes
from zsync.forge import Artifact, GitHub
from zsync.model import Report
from zsync.review import names

NONE = "0" * 40
"""How a forge writes that there is no commit to compare with."""

EVENTS = ("push", "workflow_dispatch", "schedule")
"""What sets off runs of the main branch's own workflow; a pull request brings one of its own."""

_TRIES = 20
"""Most artifacts that are looked at closely, newest commit first."""


class FoundBase(NamedTuple):
    """The commit to compare with, and the file of its run's report; without one, why the run has to ask."""

    ref: str
    report: Path | None = None
    why: str = ""
    guards: str = ""
    """The commit whose guards hold: the one before the push, so that a guard that was merged by itself counts from then on."""


def find_base(github: GitHub, about: str, environment: str, before: str, folder: Path) -> FoundBase:
    """The newest commit of HEAD's history whose run on the main branch left a report that is still kept.

    The report goes into the folder, which is empty. Without one, `before` is the commit to compare with, if it is here: a
    forge's zeros, or nothing, mean none.
    """
    branch, known = github.default_branch(), git.history(Path.cwd())
    place = {commit: at for at, commit in enumerate(known)}
    # Whoever starts a run by hand has pushed nothing: all guards are those that are checked out.
    guards = _usable(before) if before else (known or (NONE,))[0]
    kept = islice(github.artifacts_named(names.base(about)), REPORTS.most)
    found = sorted(
        (each for each in kept if each.is_from(branch) and _commit(each) in place),
        # Of one commit the last: whoever ran it again knew more.
        key=lambda each: (place[_commit(each)], -each.id),
    )
    wrong = ""
    for artifact in found[:_TRIES]:
        if not _ran_on(github, artifact, branch):
            continue
        report = _loaded(github, artifact, folder / "report.json")
        wrong = _unusable(report, environment, place) or ""
        if not wrong:
            return FoundBase(_commit(artifact), folder / "report.json", "", guards)
    (folder / "report.json").unlink(missing_ok=True)
    return FoundBase(_usable(before), None, _why(environment, branch, wrong), guards)


def newer_reports(github: GitHub, about: str, branch: str) -> Iterator[str]:
    """The commits, each once, that left a report of this branch and that HEAD's history does not have; the last report first."""
    known = {*git.history(Path.cwd())}
    kept = islice(github.artifacts_named(names.base(about)), REPORTS.most)
    last: dict[str, Artifact] = {}
    for each in kept:
        if each.is_from(branch) and _commit(each) not in known:
            last.setdefault(_commit(each), each)
    for commit, artifact in islice(last.items(), _TRIES):
        if _ran_on(github, artifact, branch):
            yield commit


def _commit(artifact: Artifact) -> str:
    return (artifact.workflow_run.head_sha or "") if artifact.workflow_run else ""


def _ran_on(github: GitHub, artifact: Artifact, branch: str) -> bool:
    """Whether the run that kept it was one of the main branch's own workflow, for the very commit."""
    number = artifact.workflow_run.id if artifact.workflow_run else None
    run = github.run(number) if number else None
    return (
        run is not None
        and run.event in EVENTS
        and (run.head_branch, run.head_sha) == (branch, _commit(artifact))
    )


def _loaded(github: GitHub, artifact: Artifact, file: Path) -> Report | None:
    """The report that an artifact holds; None where it holds none that zsync wrote."""
    packed = file.with_suffix(".zip")
    file.unlink(missing_ok=True)  # of a commit before, whose report was of no use
    try:
        github.download(artifact.id, packed)
        if not extract(packed, file.name, file):
            return None
        return load_report(read_bytes(file, SAVED).decode("utf-8"))
    except (PlanRefused, UnicodeDecodeError):
        return None
    finally:
        packed.unlink(missing_ok=True)


def _unusable(report: Report | None, environment: str, place: Mapping[str, int]) -> str:
    """Why the next run cannot begin where this one ended; empty where it can."""
    if report is None:
        return "its report cannot be read, or another version of zsync wrote it"
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


def _why(environment: str, branch: str, wrong: str) -> str:
    last = f"no run of {environment or 'zsync'} on {branch} has left a report that is still kept"
    if wrong:
        last = f"the last run of {environment or 'zsync'} on {branch} does not tell where it ended: {wrong}"
    return f"{last}, so a person has to look once at what is different"


def _usable(before: str) -> str:
    """A commit that is here, or that there is none to compare with."""
    if not before.strip("0"):
        return NONE
    try:
        return git.find_commit(before)
    except UsageError:
        return NONE
