"""Where the reports of earlier runs are kept: artifacts of GitHub's runs, files of GitLab's jobs. The newest commit comes first.

No name is trusted: a pull request, a fork or another branch may keep something under the same name. Which of two commits is newer,
Git says, and not the clock: a run may be started again months later.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice, pairwise
from pathlib import Path
from typing import NamedTuple, Protocol

from zsync import git
from zsync.bounds import PIPELINES, PIPELINES_SEEN, REPORTS
from zsync.errors import PlanRefused
from zsync.files.archive import extract
from zsync.forge import Artifact, GitHub, GitLab, Pipeline
from zsync.review import names

EVENTS = ("push", "workflow_dispatch", "schedule")
"""What sets off runs of the main branch's own workflow; a pull request brings one of its own."""

TRIES = 20
"""Most artifacts that are looked at closely, newest commit first."""


class KeptReport(NamedTuple):
    """What a run for a commit kept. `fetch` writes it to a new file, or returns False where there is none after all.

    It raises `PlanRefused` for what cannot be had.
    """

    commit: str
    fetch: Callable[[Path], bool]


class Reports(Protocol):
    """The reports that runs on the main branch, which is called `branch`, have left."""

    @property
    def branch(self) -> str:
        """Its name."""

    def newest(self, place: Mapping[str, int]) -> Iterator[KeptReport]:
        """Those of the commits that have a place, the lowest first; of one commit the last, since whoever ran it again knew more."""


class GitHubReports:
    """Artifacts that runs about one thing left, by the slug `about`."""

    def __init__(self, github: GitHub, about: str) -> None:
        self.branch = github.default_branch()
        self._github = github
        self._about = about

    def newest(self, place: Mapping[str, int]) -> Iterator[KeptReport]:
        """As `Reports.newest`."""
        kept = _kept(self._github, self._about, self.branch)
        found = [each for each in kept if _commit(each) in place]
        found.sort(key=lambda each: (place[_commit(each)], -each.id))
        for artifact in found[:TRIES]:
            if _ran_on(self._github, artifact, self.branch):
                yield KeptReport(_commit(artifact), partial(self._fetch, artifact.id))

    def _fetch(self, artifact: int, file: Path) -> bool:
        packed = file.with_suffix(".zip")
        try:
            self._github.download(artifact, packed)
            if not extract(packed, file.name, file):
                raise PlanRefused(f"it holds no {file.name}")
        finally:
            packed.unlink(missing_ok=True)
        return True


class GitLabReports:
    """Files that jobs of a branch's pipelines left: `kept` are names of jobs, with the path of the file in what each keeps.

    A merge request's pipelines are of another ref, and a fork's are in the fork. A push that changed none of the `paths` has no
    such jobs, and what its manifests say is what the one before said: it is not looked at, and one that ran on a schedule neither.
    """

    def __init__(
        self, gitlab: GitLab, branch: str, kept: Sequence[tuple[str, str]], paths: Sequence[str]
    ) -> None:
        self.branch = branch
        self._gitlab = gitlab
        self._files = kept
        self._paths = paths

    def newest(self, place: Mapping[str, int]) -> Iterator[KeptReport]:
        """As `Reports.newest`. A job that was retried counts as it ended last."""
        for pipeline in islice(self._worth_a_look(place), PIPELINES.most):
            jobs = [
                job
                for job in self._gitlab.jobs(pipeline.id)
                if not job.tag and any(file.file_type == "archive" for file in job.artifacts)
            ]
            jobs.sort(key=lambda job: -job.id)
            for name, path in self._files:
                for job in (each for each in jobs if each.name == name):
                    yield KeptReport(pipeline.sha, partial(self._gitlab.file, job.id, path))

    def _worth_a_look(self, place: Mapping[str, int]) -> Iterator[Pipeline]:
        """The pipelines whose jobs may have left a report: by their commit, the newest first."""
        known = islice(self._gitlab.pipelines(self.branch), PIPELINES_SEEN.most)
        found = [
            each
            for each in known
            if each.ref == self.branch and each.sha in place and each.source != "schedule"
        ]
        found.sort(key=lambda each: (place[each.sha], -each.id))
        changed = sorted(place[each] for each in git.touching(Path.cwd(), self._paths) if each in place)
        places = [*dict.fromkeys(place[each.sha] for each in found), len(place)]
        older = dict(pairwise(places))
        for each in found:
            start = place[each.sha]
            brought = bisect_left(changed, start) != bisect_left(changed, older[start])
            if brought or each.source != "push":
                yield each


def newer_reports(github: GitHub, about: str, branch: str) -> Iterator[str]:
    """The commits, each once, that left a report of this branch and that HEAD's history does not have; the last report first."""
    known = {*git.history(Path.cwd())}
    last: dict[str, Artifact] = {}
    for each in _kept(github, about, branch):
        if _commit(each) not in known:
            last.setdefault(_commit(each), each)
    for commit, artifact in islice(last.items(), TRIES):
        if _ran_on(github, artifact, branch):
            yield commit


def _kept(github: GitHub, about: str, branch: str) -> Iterator[Artifact]:
    every = islice(github.artifacts_named(names.base(about)), REPORTS.most)
    return (each for each in every if each.is_from(branch))


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
