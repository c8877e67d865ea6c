"""GitLab's API as zsync asks it: the pipelines of one project's branch, and what their jobs kept."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import respx

from tests.workflows.gitlab_web import PROJECT, TOKEN, KeptJob, serving_gitlab
from tests.workflows.gitlab_web import Project as Kept
from zsync.bounds import ARCHIVE
from zsync.errors import ForgeRefused, PlanRefused
from zsync.forge import GitLab


@pytest.fixture
def kept() -> Kept:
    """What the served GitLab keeps."""
    return Kept()


@pytest.fixture
def gitlab(kept: Kept) -> Iterator[GitLab]:
    """GitLab, with a token that may read the API."""
    with serving_gitlab(kept) as api, GitLab(PROJECT, TOKEN, api, lambda _: None) as made:
        yield made


def test_the_pipelines_of_a_branch_are_read_page_by_page_the_newest_first(gitlab: GitLab, kept: Kept) -> None:
    for number in range(7):
        kept.pipeline(f"{number}" * 40, ref="topic" if number == 3 else "main")
    assert [each.sha[0] for each in gitlab.pipelines("main")] == ["6", "5", "4", "2", "1", "0"]


def test_the_jobs_of_a_pipeline_say_whether_they_kept_anything(
    gitlab: GitLab, kept: Kept, tmp_path: Path
) -> None:
    number = kept.pipeline("a" * 40, KeptJob("plan", tmp_path), KeptJob("apply", tag=True))
    apply, plan = gitlab.jobs(number)
    assert ((apply.name, apply.tag), (plan.name, plan.tag)) == (("apply", True), ("plan", False))
    assert [[file.file_type for file in job.artifacts] for job in (apply, plan)] == [
        ["trace"],
        ["trace", "archive"],
    ]


def test_a_file_of_a_job_is_written_as_it_is(gitlab: GitLab, kept: Kept, tmp_path: Path) -> None:
    (tmp_path / "kept" / "a b").mkdir(parents=True)
    (tmp_path / "kept" / "a b" / "r.json").write_bytes(b"{}\r\n")
    job = KeptJob("apply", tmp_path / "kept")
    kept.pipeline("a" * 40, job)
    assert gitlab.file(job.id, "a b/r.json", tmp_path / "found")
    assert (tmp_path / "found").read_bytes() == b"{}\r\n"
    assert not gitlab.file(job.id, "a b/other.json", tmp_path / "other")
    with pytest.raises(PlanRefused, match="more than 3 bytes"):
        gitlab.file(job.id, "a b/r.json", tmp_path / "other", ARCHIVE._replace(most=3))
    assert not (tmp_path / "other").exists()


def test_a_token_that_may_not_read_the_api_is_told_what_it_lacks(kept: Kept) -> None:
    with (
        serving_gitlab(kept) as api,
        GitLab(PROJECT, "glpat-other", api) as gitlab,
        pytest.raises(ForgeRefused, match="HTTP 401") as refused,
    ):
        list(gitlab.pipelines("main"))
    assert (refused.value.exit_code, "read_api" in refused.value.help) == (8, True)
    assert "glpat" not in str(refused.value)


@respx.mock
def test_a_file_in_another_storage_is_fetched_without_the_token(tmp_path: Path) -> None:
    place = {"Location": "https://storage.example/r.json"}
    respx.get("https://gitlab.example/api/v4/projects/acme%2Fcrm/jobs/5/artifacts/r.json").respond(
        302, headers=place
    )
    there = respx.get("https://storage.example/r.json").respond(content=b"{}")
    with GitLab("acme/crm", TOKEN, "https://gitlab.example/api/v4") as gitlab:
        assert gitlab.file(5, "r.json", tmp_path / "found")
    assert "PRIVATE-TOKEN" not in there.calls.last.request.headers


@pytest.mark.parametrize("api", ["http://gitlab.example/api/v4", "", "ftp://127.0.0.1"])
def test_a_token_goes_over_https_alone(api: str) -> None:
    with pytest.raises(ForgeRefused, match="CI_API_V4_URL is no https address") as refused:
        GitLab(PROJECT, TOKEN, api)
    assert refused.value.exit_code == 64
