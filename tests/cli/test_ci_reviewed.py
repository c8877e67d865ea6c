"""The reviewed plan, from where GitHub keeps it: why there is none, where there is none."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partialmethod
from pathlib import Path

import pytest

from tests.render.plans import BINDING
from tests.workflows.hub import FORK, OWN, REPOSITORY, Hub
from tests.workflows.web import serving
from zsync.bounds import ARCHIVE
from zsync.cli.ci_reviewed import ReviewedPlan, find
from zsync.files.plan import dump_plan, seal
from zsync.forge import GitHub
from zsync.model import Cost, Summary
from zsync.review import marker

ABOUT, HEAD, MERGED = "production-relations-0123456789", "a" * 40, "b" * 40
PLAN = seal(BINDING, Summary(), (), (), Cost(1, 0, (1, 1), 0.1))


@dataclass
class Reviewed:
    """A pull request that was merged, with the plan that its comment names."""

    hub: Hub
    folder: Path
    github: GitHub

    def plan(self, text: str | None = None, *, name: str = "plan.json", repository: int = OWN) -> int:
        """The plan's artifact, which a comment names; its id."""
        file = self.folder / "made"
        file.write_text(dump_plan(PLAN) if text is None else text)
        kept = self.hub.upload("zsync-plan", [(file, name)], 5, head_sha=HEAD, head_repository=repository)
        self.hub.comment(7, marker.of_plan(ABOUT, HEAD, kept, PLAN.digest) + "\n\nThe plan.")
        return kept

    def found(self) -> ReviewedPlan:
        """What a merge goes by."""
        place = self.folder / "found"
        place.mkdir()
        return find(self.github, self.github.merged(MERGED), ABOUT, 9, 1, place)


@pytest.fixture
def reviewed(tmp_path: Path) -> Iterator[Reviewed]:
    """Nothing was reviewed yet."""
    hub = Hub(tmp_path / "hub")
    hub.merge(7, HEAD, MERGED)
    rights = '{"actions": "read", "pull-requests": "read"}'
    with serving(hub) as api, GitHub(REPOSITORY, rights, api, lambda _: None) as github:
        yield Reviewed(hub, tmp_path, github)


def test_the_plan_that_the_comment_names_is_the_one(reviewed: Reviewed) -> None:
    reviewed.plan()
    found = reviewed.found()
    assert (found.plan, found.absent) == (PLAN, "")
    assert found.file.read_text() == dump_plan(PLAN)


def test_one_whose_files_are_gone_is_asked_about(reviewed: Reviewed) -> None:
    kept = reviewed.plan()
    (artifact,) = (each for each in reviewed.hub.artifacts if each.id == kept)
    shutil.rmtree(artifact.folder)
    found = reviewed.found()
    assert (found.plan, found.absent) == (
        None,
        "what was kept of the review cannot be had: it is no longer kept (HTTP 404)",
    )


def test_one_that_is_larger_than_any_plan_is_asked_about(
    reviewed: Reviewed, monkeypatch: pytest.MonkeyPatch
) -> None:
    reviewed.plan(os.urandom(4000).hex())
    narrow = partialmethod(GitHub.download, most=ARCHIVE._replace(most=3000))
    monkeypatch.setattr(GitHub, "download", narrow)
    assert reviewed.found().absent.endswith("it has more than 3,000 bytes")


@pytest.mark.parametrize(
    ("text", "name", "repository", "why"),
    [
        ("{}", "plan.json", OWN, "was altered, or another version of zsync made it"),
        (None, "other.json", OWN, "holds no plan"),
        (None, "plan.json", FORK, "there is no reviewed plan for this commit"),
    ],
)
def test_what_is_no_plan_of_ours_is_asked_about(
    reviewed: Reviewed, text: str | None, name: str, repository: int, why: str
) -> None:
    reviewed.plan(text, name=name, repository=repository)
    found = reviewed.found()
    assert (found.plan, why in found.absent) == (None, True)
    assert not found.file.exists() or text == "{}"


def test_a_comment_of_a_persons_that_looks_alike_names_none(reviewed: Reviewed) -> None:
    kept = reviewed.plan()
    reviewed.hub.said[-1]["user"]["login"] = "eve"
    assert reviewed.found().absent == "there is no reviewed plan for this commit"
    assert kept
