"""`zsync ci base` and `current` in a job of GitLab's: what jobs kept, and what its branch has become."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_ci_base import ANA, report
from tests.program import Ended, Run
from tests.workflows.actions import git
from tests.workflows.gitlab_web import PROJECT, TOKEN, KeptJob, Project, serving_gitlab

APPLIED, NOTHING = "zsync-plan/apply/report.json", "zsync-plan/report.json"


@dataclass
class Pipelines:
    """A repository with three commits, and what GitLab keeps of its pipelines."""

    project: Project
    folder: Path
    commits: tuple[str, ...]
    api: str
    run: Run

    def job(
        self, name: str = "zsync-apply", path: str = APPLIED, text: str | None = None, **more: Any
    ) -> KeptJob:
        """A job that kept a file."""
        kept = self.folder / "kept" / str(len(list(self.folder.glob("kept/*"))))
        (kept / path).parent.mkdir(parents=True)
        (kept / path).write_text(report() if text is None else text)
        return KeptJob(name, kept, **more)

    def base(self, *words: str, **more: str) -> Ended:
        """What a job is told; the folder is `found`."""
        return self.run(
            "ci", "base", "--folder", "found", "-e", "production", *words, **(self.variables | more)
        )

    @property
    def variables(self) -> dict[str, str]:
        """Those of a job on the main branch."""
        gitlab = {"GITLAB_CI": "true", "CI_API_V4_URL": self.api, "CI_PROJECT_ID": PROJECT}
        return {**gitlab, "CI_DEFAULT_BRANCH": "main", "ZSYNC_GITLAB_TOKEN": TOKEN}

    def found(self, *words: str, **more: str) -> dict[str, str]:
        """The variables for the commands that follow."""
        ended = self.base(*words, **more)
        assert ended.code == 0, ended.err
        lines = Path("found/base.env").read_text().splitlines()
        return {name: value.strip("'") for name, value in (line.split("=", 1) for line in lines)}


@pytest.fixture
def kept(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pipelines]:
    """Nothing is kept yet."""
    origin = tmp_path / "origin"
    origin.mkdir()
    git(origin, "init", "--quiet", "--template=")
    (origin / "relations").mkdir()
    for name in ("one", "two", "three"):
        (origin / "relations" / "notes.txt").write_text(name)
        git(origin, "add", "--all")
        git(origin, "commit", "--quiet", "--message", name)
    commits = tuple(reversed(git(origin, "rev-list", "HEAD").split()))
    monkeypatch.chdir(origin)
    project = Project()
    with serving_gitlab(project) as api:
        yield Pipelines(project, tmp_path, commits, api, run)


def test_the_newest_commit_whose_apply_left_a_report_counts(kept: Pipelines) -> None:
    one, two, three = kept.commits
    kept.project.pipeline(two, kept.job(text=report(ANA.against(one))))
    kept.project.pipeline(one, kept.job())  # started again, months later
    kept.project.pipeline(three, KeptJob("zsync-apply"), KeptJob("test", kept.folder))
    assert kept.found("--before", one) == {
        "ZSYNC_BASE": two,
        "ZSYNC_OPEN": "found/report.json",
        "ZSYNC_GUARDS_OF": one,
        "ZSYNC_ONLY": "change",
    }
    assert Path("found/report.json").read_text() == report(ANA.against(one))


def test_a_plan_with_nothing_to_do_counts_and_an_apply_of_the_same_pipeline_before_it(
    kept: Pipelines,
) -> None:
    one, two, _ = kept.commits
    kept.project.pipeline(two, kept.job("zsync-plan", NOTHING))
    assert kept.found()["ZSYNC_BASE"] == two
    number = kept.project.pipeline(two, kept.job(text=report(ANA.against(one))))
    kept.project.ended(number, kept.job("zsync-plan", NOTHING))
    kept.found()
    assert Path("found/report.json").read_text() == report(ANA.against(one))


def test_of_a_job_that_was_retried_the_last_one_counts(kept: Pipelines) -> None:
    one = kept.commits[0]
    number = kept.project.pipeline(kept.commits[1], kept.job(text=report(ANA.against(one))))
    kept.project.ended(number, kept.job())
    kept.found()
    assert Path("found/report.json").read_text() == report()


OTHERS: dict[str, Callable[[Pipelines], object]] = {
    "a merge request's": lambda kept: kept.project.pipeline(
        kept.commits[2], kept.job(), ref="refs/merge-requests/1/head"
    ),
    "another branch's": lambda kept: kept.project.pipeline(kept.commits[2], kept.job(), ref="topic"),
    "a tag's that is called main": lambda kept: kept.project.pipeline(kept.commits[2], kept.job(tag=True)),
    "a commit's that is not in the history": lambda kept: kept.project.pipeline("f" * 40, kept.job()),
    "another job's": lambda kept: kept.project.pipeline(kept.commits[2], kept.job("deploy")),
    "of what has expired": lambda kept: kept.project.pipeline(kept.commits[2], KeptJob("zsync-apply")),
    "another environment's": lambda kept: kept.project.pipeline(
        kept.commits[2], kept.job(text=report(environment="eu"))
    ),
    "no report": lambda kept: kept.project.pipeline(kept.commits[2], kept.job(text="{}")),
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS.keys())
def test_what_does_not_count_is_passed_over(kept: Pipelines, other: Callable[[Pipelines], object]) -> None:
    kept.project.pipeline(kept.commits[0], kept.job())
    other(kept)
    assert kept.found()["ZSYNC_BASE"] == kept.commits[0]


def test_pushes_that_changed_no_manifest_and_looks_for_drift_are_not_looked_at(kept: Pipelines) -> None:
    for commit in kept.commits[1:]:
        kept.project.pipeline(commit, kept.job())
    Path("README.md").write_text("about it\n")
    git(Path.cwd(), "add", "--all")
    git(Path.cwd(), "commit", "--quiet", "--message", "four")
    head = git(Path.cwd(), "rev-parse", "HEAD")
    kept.project.pipeline(head, kept.job())
    kept.project.pipeline(head, kept.job(), source="schedule")
    assert kept.found()["ZSYNC_BASE"] == kept.commits[2]
    assert [call for call in kept.project.calls if call.endswith("/jobs")] == ["/pipelines/101/jobs"]
    kept.project.pipeline(head, kept.job(), source="web")
    assert kept.found()["ZSYNC_BASE"] == head


def test_a_push_of_several_commits_counts_where_one_of_them_changed_a_manifest(kept: Pipelines) -> None:
    kept.project.pipeline(kept.commits[0], kept.job())
    git(Path.cwd(), "commit", "--quiet", "--allow-empty", "--message", "four")
    head = git(Path.cwd(), "rev-parse", "HEAD")
    kept.project.pipeline(head, kept.job())
    assert kept.found()["ZSYNC_BASE"] == head


def test_a_merge_counts_by_what_it_brings(kept: Pipelines) -> None:
    git(Path.cwd(), "checkout", "--quiet", "-b", "topic", kept.commits[0])
    Path("relations/more.txt").write_text("more\n")
    git(Path.cwd(), "add", "--all")
    git(Path.cwd(), "commit", "--quiet", "--message", "topic")
    git(Path.cwd(), "checkout", "--quiet", "--detach", kept.commits[2])
    git(Path.cwd(), "merge", "--quiet", "--no-ff", "--message", "Merge", "topic")
    head = git(Path.cwd(), "rev-parse", "HEAD")
    kept.project.pipeline(kept.commits[2], kept.job())
    kept.project.pipeline(head, kept.job())
    assert kept.found()["ZSYNC_BASE"] == head


def test_jobs_of_other_names_are_named(kept: Pipelines) -> None:
    kept.project.pipeline(kept.commits[1], kept.job("apply eu", "out=1/r.json"))
    assert kept.found(ZSYNC_KEPT="apply eu=out=1/r.json\n")["ZSYNC_BASE"] == kept.commits[1]


@pytest.mark.parametrize("line", ["zsync-apply", "=r.json", "apply=", "apply=../r.json", "apply=/etc/passwd"])
def test_a_line_that_names_no_file_of_a_job_is_told(kept: Pipelines, line: str) -> None:
    ended = kept.base("--kept", line)
    assert (ended.code, "JOB=PATH" in ended.err) == (64, True)


@pytest.mark.parametrize(("before", "expected"), [("", None), ("0" * 40, None), (1, 1)])
def test_without_a_token_it_is_the_commit_before_and_drift_is_planned_too(
    kept: Pipelines, before: str | int, expected: int | None
) -> None:
    kept.project.pipeline(kept.commits[2], kept.job())
    named = kept.commits[before] if isinstance(before, int) else before
    found = kept.found("--before", named, ZSYNC_GITLAB_TOKEN="")
    assert found["ZSYNC_BASE"] == ("0" * 40 if expected is None else kept.commits[expected])
    assert (found["ZSYNC_OPEN"], "ZSYNC_ONLY" in found, kept.project.calls) == ("", False, [])
    assert "ZSYNC_GITLAB_TOKEN is not set" in kept.base(ZSYNC_GITLAB_TOKEN="").out


def test_without_a_token_a_commit_that_was_not_fetched_is_asked_for(
    kept: Pipelines, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(kept.folder, "clone", "--quiet", "--depth=1", (kept.folder / "origin").as_uri(), "shallow")
    monkeypatch.chdir(kept.folder / "shallow")
    ended = kept.base("--before", kept.commits[0], ZSYNC_GITLAB_TOKEN="")
    assert (ended.code, f"there is no commit '{kept.commits[0]}' here" in ended.err) == (64, True)


def test_selectors_that_are_set_stay(kept: Pipelines) -> None:
    kept.project.pipeline(kept.commits[1], kept.job())
    assert "ZSYNC_ONLY" not in kept.found(ZSYNC_ONLY="change\ndrift")


def test_a_token_that_may_not_read_the_api_ends_the_job(kept: Pipelines) -> None:
    ended = kept.base(ZSYNC_GITLAB_TOKEN="glpat-other")
    assert (ended.code, "read_api" in ended.err, "glpat-other" in ended.err) == (8, True, False)


def current(kept: Pipelines, at: str, *, branch: str = "main", paths: str = "") -> Ended:
    """A job for a commit, whose branch was fetched, is asked whether it is still current."""
    variables = {"CI_COMMIT_BRANCH": branch, "CI_COMMIT_SHA": at}
    return kept.run("ci", "current", "--paths", paths, **kept.variables, **variables)


def fetched(kept: Pipelines, *files: str) -> str:
    """The branch has gone on to a commit with these files, and was fetched."""
    for name in files:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text("x\n")
    git(Path.cwd(), "add", "--all")
    git(Path.cwd(), "commit", "--quiet", "--allow-empty", "--message", "newer")
    git(Path.cwd(), "update-ref", "refs/remotes/origin/main", "HEAD")
    return git(Path.cwd(), "rev-parse", "HEAD")


def test_a_job_of_an_older_pipeline_writes_nothing_over_a_newer_commit(kept: Pipelines) -> None:
    tip = fetched(kept, "relations/spring.yaml")
    ended = current(kept, kept.commits[2])
    assert ended.code == 6
    assert f"main has gone on to {tip[:7]}, which changes relations/spring.yaml" in ended.err
    assert "in the pipeline of the newer commit" in ended.err
    assert current(kept, tip).code == 0


@pytest.mark.parametrize(
    ("files", "paths"),
    [(("README.md",), ""), (("relations/us/a.yaml",), "relations/eu"), ([f"f/{n}" for n in range(301)], "")],
    ids=["elsewhere", "other paths", "more than GitHub names"],
)
def test_a_newer_commit_that_changes_nothing_of_its_does_not_stop_it(
    kept: Pipelines, files: tuple[str, ...], paths: str
) -> None:
    fetched(kept, *files)
    assert current(kept, kept.commits[2], paths=paths).code == 0


def test_a_branch_that_was_set_back_or_was_not_fetched_stops_it(kept: Pipelines) -> None:
    assert current(kept, kept.commits[2]).code == 64
    git(Path.cwd(), "update-ref", "refs/remotes/origin/main", kept.commits[1])
    ended = current(kept, kept.commits[2])
    assert (ended.code, "does not hold the commit" in ended.err) == (6, True)


def test_a_tag_is_meant_by_whoever_made_it(kept: Pipelines) -> None:
    assert current(kept, kept.commits[0], branch="").code == 0
