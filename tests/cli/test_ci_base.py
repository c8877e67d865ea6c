"""`zsync ci base`: what counts as the report of the last run, and what does not, whatever it is called."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partialmethod
from pathlib import Path
from typing import Any

import pytest

from tests.program import Ended, Run
from tests.render.plans import BINDING, change
from tests.workflows.actions import git
from tests.workflows.hub import FORK, OWN, REPOSITORY, Hub
from tests.workflows.web import PAGE, serving
from zsync.bounds import ARCHIVE, OPEN_ROWS
from zsync.cli.ci_base import FoundBase, find_base
from zsync.cli.ci_kept import GitHubReports
from zsync.errors import UsageError
from zsync.files.plan import dump_report, seal
from zsync.forge import GitHub
from zsync.model import Cost, OpenRow, Report, Summary
from zsync.review.names import base, slug

ABOUT, ZEROS = "production-relations-0123456789", "0" * 40
ANA = change("ana@acme.example", {"Member_Status": "Invited"}, {"Member_Status": "Sent"})


def report(*left: OpenRow, environment: str = "production") -> str:
    """The text of a report of a run that left these rows open."""
    plan = seal(
        replace(BINDING, environment=environment), Summary(), (), (), Cost(1, 0, (1, 1), 0.1), left=left
    )
    return dump_report(Report(plan, (), 1, 0, 0.1))


@dataclass
class Kept:
    """A repository with three commits, of which the last is checked out, and what GitHub keeps of its runs."""

    hub: Hub
    folder: Path
    commits: tuple[str, ...]
    github: GitHub
    api: str

    def keep(
        self,
        commit: str,
        text: str | None = None,
        *,
        event: str = "push",
        branch: str = "main",
        repository: int = OWN,
        about: str = ABOUT,
    ) -> None:
        """A run for a commit kept a file under the name that counts."""
        run = self.hub.new()
        self.hub.runs[run] = {"id": run, "event": event, "head_branch": branch, "head_sha": commit}
        file = self.folder / "report.json"
        file.write_text(report() if text is None else text)
        self.hub.upload(
            base(about),
            [(file, file.name)],
            run,
            head_sha=commit,
            head_branch=branch,
            head_repository=repository,
            days=90,
        )

    def found(self, before: str = ZEROS, environment: str = "production") -> FoundBase:
        """What a run is to be compared with."""
        place = self.folder / "found"
        place.mkdir()
        return find_base(GitHubReports(self.github, ABOUT), environment, before, place)


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kept]:
    """Nothing is kept yet."""
    origin = tmp_path / "origin"
    origin.mkdir()
    git(origin, "init", "--quiet", "--template=")
    for name in ("one", "two", "three"):
        git(origin, "commit", "--quiet", "--allow-empty", "--message", name)
    commits = tuple(reversed(git(origin, "rev-list", "HEAD").split()))
    monkeypatch.chdir(origin)
    hub = Hub(tmp_path / "hub", origin)
    token = '{"actions": "read"}'
    with serving(hub) as api, GitHub(REPOSITORY, token, api, lambda _: None) as github:
        yield Kept(hub, tmp_path, commits, github, api)


def test_the_newest_commit_counts_whenever_its_run_was(kept: Kept) -> None:
    one, two, _ = kept.commits
    kept.keep(two, report(ANA.against(one)))
    kept.keep(one)  # run again, months later
    found = kept.found()
    assert (found.ref, found.why) == (two, "")
    assert found.report is not None
    assert found.report.read_text() == report(ANA.against(one))


def test_of_one_commit_the_last_run_counts(kept: Kept) -> None:
    one, two, _ = kept.commits
    kept.keep(two, report(ANA.against(one)))
    kept.keep(two, report())
    found = kept.found()
    assert found.report is not None
    assert found.report.read_text() == report()


def test_the_commit_that_is_checked_out_may_be_the_one(kept: Kept) -> None:
    kept.keep(kept.commits[2], event="workflow_dispatch")
    assert kept.found().ref == kept.commits[2]


Forgery = Callable[[Kept], None]
FORGERIES: dict[str, Forgery] = {
    "a pull request of a branch called main": lambda kept: kept.keep(kept.commits[2], event="pull_request"),
    "one that the target's workflow serves": lambda kept: kept.keep(
        kept.commits[2], event="pull_request_target"
    ),
    "a pull request": lambda kept: kept.keep(kept.commits[2], event="pull_request", branch="topic"),
    "a fork whose branch is called main": lambda kept: kept.keep(
        kept.commits[2], event="pull_request", repository=FORK
    ),
    "a fork's own run": lambda kept: kept.keep(kept.commits[2], repository=FORK),
    "another branch, started by hand": lambda kept: kept.keep(
        kept.commits[2], event="workflow_dispatch", branch="topic"
    ),
    "a tag": lambda kept: kept.keep(kept.commits[2], branch="v1"),
    "a commit that is not in the history": lambda kept: kept.keep("f" * 40),
    "another slug": lambda kept: kept.keep(kept.commits[2], about=ABOUT + "-1"),
    "no report": lambda kept: kept.keep(kept.commits[2], "{}"),
    "another version's": lambda kept: kept.keep(kept.commits[2], '{"format": "zsync.report/3"}'),
    "one that was altered": lambda kept: kept.keep(
        kept.commits[2], report().replace('"open":[]', '"open":[1]')
    ),
    "another environment's": lambda kept: kept.keep(kept.commits[2], report(environment="eu")),
    "an open row of a commit that is gone": lambda kept: kept.keep(
        kept.commits[2], report(ANA.against("f" * 40))
    ),
    "too many open rows": lambda kept: kept.keep(
        kept.commits[2],
        report(*(ANA.against("")._replace(related_record_id=str(n)) for n in range(OPEN_ROWS.most + 1))),
    ),
}


@pytest.mark.parametrize("forgery", FORGERIES.values(), ids=FORGERIES.keys())
def test_what_does_not_count_is_passed_over(kept: Kept, forgery: Forgery) -> None:
    kept.keep(kept.commits[0])
    forgery(kept)
    found = kept.found()
    assert (found.ref, found.why) == (kept.commits[0], "")
    assert found.report is not None
    assert found.report.read_text() == report()


@pytest.mark.parametrize("forgery", FORGERIES.values(), ids=FORGERIES.keys())
def test_where_nothing_else_is_kept_the_run_asks(kept: Kept, forgery: Forgery) -> None:
    forgery(kept)
    found = kept.found(kept.commits[1])
    assert (found.ref, found.report) == (kept.commits[1], None)
    assert "a person has to look once at what is different" in found.why
    assert not list((kept.folder / "found").iterdir())


def test_a_run_whose_artifact_says_another_commit_than_the_run_does_not_count(kept: Kept) -> None:
    kept.keep(kept.commits[2])
    (run,) = kept.hub.runs.values()
    run["head_sha"] = kept.commits[0]
    assert kept.found().report is None


def test_what_has_expired_does_not_count(kept: Kept) -> None:
    kept.keep(kept.commits[2])
    kept.hub.day += 90
    assert kept.found().report is None


@pytest.mark.parametrize("before", ["", ZEROS, "f" * 40])
def test_without_a_commit_before_it_is_compared_with_none(kept: Kept, before: str) -> None:
    assert kept.found(before).ref == ZEROS


def test_why_there_is_no_base_names_what_is_wrong_with_the_last_report(kept: Kept) -> None:
    kept.keep(kept.commits[2], "{}")
    assert kept.found().why == (
        "the last run of production on main does not tell where it ended: its report cannot be read, or another version of "
        "zsync wrote it, so a person has to look once at what is different"
    )


def test_reports_of_all_pages_are_looked_through(kept: Kept) -> None:
    kept.keep(kept.commits[2])
    for _ in range(2 * PAGE + 1):
        kept.keep(kept.commits[0])
    assert kept.found().ref == kept.commits[2]


def test_a_part_of_the_history_does_not_do_where_the_report_may_be_of_the_rest(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept.keep(kept.commits[1])
    git(kept.folder, "clone", "--quiet", "--depth=1", (kept.folder / "origin").as_uri(), "shallow")
    monkeypatch.chdir(kept.folder / "shallow")
    for before, said in (("", "only a part of the history"), (kept.commits[1], "there is no commit")):
        with pytest.raises(UsageError, match=said):
            kept.found(before)
        (kept.folder / "found").rmdir()
    kept.keep(kept.commits[2])
    assert kept.found().ref == kept.commits[2]


def test_the_name_of_an_environment_is_inert_where_it_is_told(kept: Kept) -> None:
    why = kept.found(environment="@team [x](https://evil.example) <img>\n::error::" + "x" * 500).why
    assert not set("@[]<>/:\n") & set(why)
    assert len(why) < 300


def test_and_of_several_the_newest(kept: Kept) -> None:
    kept.keep(kept.commits[0], report(environment="eu"))
    kept.keep(kept.commits[1], report(ANA.against("f" * 40)))
    assert "rows that it left open are compared with fffffff" in kept.found().why


@pytest.mark.parametrize(
    ("before", "expected"),
    [("", 2), (ZEROS, None), ("f" * 40, None), (1, 1)],
    ids=["by hand", "the first push", "pushed away", "a push"],
)
def test_guards_are_those_of_the_commit_before_the_push(
    kept: Kept, before: str | int, expected: int | None
) -> None:
    kept.keep(kept.commits[0])
    found = kept.found(kept.commits[before] if isinstance(before, int) else before)
    assert found.ref == kept.commits[0]
    assert found.guards == (ZEROS if expected is None else kept.commits[expected])


@pytest.mark.parametrize(
    ("typed", "known"), [("", "production"), ("production", "production"), ("cafe\u0301", "caf\u00e9")]
)
def test_the_environment_is_the_one_that_is_in_force_however_the_workflow_names_it(
    run: Run, kept: Kept, typed: str, known: str
) -> None:
    place = kept.folder / "origin" / "relations"
    place.mkdir()
    (place / "zsync.yaml").write_text(f"version: 1\nenvironments:\n  {known}: {{type: sandbox}}\n", "utf-8")
    kept.keep(kept.commits[1], report(environment=known), about=slug(typed, ()))
    assert told(run, kept, "--environment", typed)["ref"] == kept.commits[1]


@pytest.mark.parametrize("config", ["version: 1\nenvironments: [\n", "version: 1\n"])
def test_a_configuration_that_cannot_be_read_is_left_to_the_plan(run: Run, kept: Kept, config: str) -> None:
    place = kept.folder / "origin" / "relations"
    place.mkdir()
    (place / "zsync.yaml").write_text(config)
    kept.keep(kept.commits[1], about=slug("production", ()))
    assert told(run, kept, "--environment", "production")["ref"] == kept.commits[1]


def told(run: Run, kept: Kept, *words: str) -> dict[str, str]:
    """The outputs of the command, with the token of a job that may read what runs kept."""
    outputs = kept.folder / "outputs"
    outputs.touch()
    told = {**job(kept), "GITHUB_OUTPUT": str(outputs)}
    ended = run("ci", "base", "--folder", str(kept.folder / "base"), *words, **told)
    assert ended.code == 0, ended.err
    return dict(line.split("=", 1) for line in outputs.read_text().splitlines())


def test_a_run_without_a_report_says_so_where_people_look(run: Run, kept: Kept) -> None:
    ended = run("ci", "base", "--folder", "base", **job(kept), GITHUB_ACTIONS="true")
    (line,) = [line for line in ended.out.splitlines() if line.startswith("::")]
    assert line.startswith(
        "::warning title=zsync::no run of zsync on main has left a report that is still kept"
    )
    kept.keep(kept.commits[1], report(environment=""), about=slug("", ()))
    assert "::" not in run("ci", "base", "--folder", "base", **job(kept), GITHUB_ACTIONS="true").out


def job(kept: Kept) -> dict[str, str]:
    """The variables of a job that may read what runs kept."""
    token = '{"actions": "read", "contents": "read"}'
    return {"GH_TOKEN": token, "GITHUB_API_URL": kept.api, "GITHUB_REPOSITORY": REPOSITORY}


def test_a_run_that_was_deleted_since_does_not_count(kept: Kept) -> None:
    kept.keep(kept.commits[1])
    kept.keep(kept.commits[2])
    kept.hub.runs.popitem()
    assert kept.found().ref == kept.commits[1]


def test_an_artifact_whose_files_are_gone_does_not_count(kept: Kept) -> None:
    kept.keep(kept.commits[1])
    kept.keep(kept.commits[2])
    shutil.rmtree(kept.hub.artifacts[-1].folder)
    assert kept.found().ref == kept.commits[1]


def test_one_that_is_larger_than_any_report_does_not_count(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept.keep(kept.commits[1])
    kept.keep(kept.commits[2], report() + "\n" * 5000 + os.urandom(5000).hex())
    narrow = partialmethod(GitHub.download, most=ARCHIVE._replace(most=3000))
    monkeypatch.setattr(GitHub, "download", narrow)
    assert kept.found().ref == kept.commits[1]


def first(run: Run, kept: Kept, at: str, **more: str) -> Ended:
    """The first attempt of a run for a commit, which is checked out, is asked whether it is still current."""
    git(kept.folder / "origin", "checkout", "--quiet", "--detach", at)
    variables = {"GITHUB_REF": "refs/heads/main", "GITHUB_SHA": at, "GITHUB_RUN_ATTEMPT": "1"}
    return run("ci", "current", "--environment", "production", **job(kept), **variables, **more)


@pytest.fixture
def newer(kept: Kept) -> str:
    """A commit of main that changes a manifest, after the three others."""
    file = kept.folder / "origin" / "relations" / "spring.yaml"
    file.parent.mkdir()
    file.write_text("version: 1\n")
    git(kept.folder / "origin", "add", "--all")
    git(kept.folder / "origin", "commit", "--quiet", "--message", "four")
    return git(kept.folder / "origin", "rev-parse", "HEAD")


PRODUCTION = slug("production", ())


def test_a_first_attempt_does_not_write_over_a_newer_commit_whose_run_was_quicker(
    run: Run, kept: Kept, newer: str
) -> None:
    kept.keep(kept.commits[0], about=PRODUCTION)
    kept.keep(newer, about=PRODUCTION)
    ended = first(run, kept, kept.commits[2])
    assert ended.code == 6
    assert f"main has gone on to {newer[:7]}, which changes relations/spring.yaml" in ended.out


def test_and_goes_on_after_older_ones_and_after_one_of_its_own(run: Run, kept: Kept, newer: str) -> None:
    assert first(run, kept, kept.commits[2]).code == 0
    for each in kept.commits:
        kept.keep(each, about=PRODUCTION)
    assert first(run, kept, kept.commits[2]).code == 0


@pytest.mark.parametrize(
    "other",
    [
        {"about": slug("eu", ())},
        {"event": "pull_request"},
        {"repository": FORK},
        {"branch": "topic"},
    ],
    ids=str,
)
def test_and_where_what_the_newer_one_left_is_not_a_report_of_main(
    run: Run, kept: Kept, newer: str, other: dict[str, Any]
) -> None:
    kept.keep(newer, **{"about": PRODUCTION, **other})
    assert first(run, kept, kept.commits[2]).code == 0


def test_and_where_the_newer_one_changes_nothing_that_it_reads_or_was_pushed_away(
    run: Run, kept: Kept, newer: str
) -> None:
    kept.keep(kept.commits[2], about=PRODUCTION)
    assert first(run, kept, kept.commits[1]).code == 0
    kept.keep(newer, about=PRODUCTION)
    git(kept.folder / "origin", "commit", "--quiet", "--allow-empty", "--message", "another two")
    assert first(run, kept, git(kept.folder / "origin", "rev-parse", "HEAD")).code == 0
