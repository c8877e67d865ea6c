"""GitHub's API as zsync asks it: one repository, one token, and no other host that gets it."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import respx

from tests.workflows.hub import FORK, REPOSITORY, Hub
from tests.workflows.web import serving
from zsync.bounds import ARCHIVE, FORGE_PAGES
from zsync.errors import ForgeRefused, PlanRefused
from zsync.forge import BOT, Artifact, GitHub

API = "https://api.github.example"
ALL = '{"pull-requests": "write", "issues": "write", "actions": "read", "contents": "read"}'
COMMIT = "a" * 40
COMMENTS = f"{API}/repos/acme/crm/issues/7/comments"


class Cut(httpx.SyncByteStream):
    """A body that breaks off."""

    def __iter__(self) -> Iterator[bytes]:
        yield b"ha"
        raise httpx.ReadError("canary")


@pytest.fixture
def waits() -> list[float]:
    """How long it waited, each time."""
    return []


@pytest.fixture
def github(waits: list[float]) -> Iterator[GitHub]:
    """GitHub as respx plays it."""
    with GitHub("acme/crm", "canary", API, waits.append) as made:
        yield made


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    """What the served GitHub keeps."""
    return Hub(tmp_path / "hub")


@pytest.fixture
def served(hub: Hub) -> Iterator[GitHub]:
    """GitHub as the workflows' tests serve it."""
    with serving(hub) as address, GitHub(REPOSITORY, ALL, address) as made:
        yield made


def test_the_pull_request_of_a_merge_is_found_by_its_commit(served: GitHub, hub: Hub) -> None:
    hub.merge(7, "b" * 40, COMMIT)
    found = served.merged(COMMIT)
    assert found is not None
    assert (found.number, found.head.sha) == (7, "b" * 40)
    assert served.merged("c" * 40) is None


def test_comments_of_all_pages_are_read_and_only_those_of_workflows(served: GitHub, hub: Hub) -> None:
    for number in range(70):
        hub.comment(7, f"{number}", "ana" if number % 2 else "github-actions[bot]")
    assert [one.body for one in served.own_comments(7)] == [f"{number}" for number in range(0, 70, 2)]


def test_an_issue_is_opened_edited_and_closed(served: GitHub, hub: Hub) -> None:
    served.open_issue("title", "one", "zsync-drift")
    (issue,) = served.own_issues("zsync-drift")
    served.edit_issue(issue.number, "two")
    served.close_issue(issue.number)
    assert [(one["body"], one["state"]) for one in hub.issues] == [("two", "closed")]
    assert list(served.own_issues("zsync-drift")) == []


def test_an_artifact_comes_from_another_host_that_never_sees_the_token(
    served: GitHub, hub: Hub, tmp_path: Path
) -> None:
    (tmp_path / "plan.json").write_text("{}")
    number = hub.upload("kept", [(tmp_path / "plan.json", "plan.json")], 1)
    served.download(number, tmp_path / "kept.zip")
    assert (tmp_path / "kept.zip").read_bytes()[:2] == b"PK"


@pytest.mark.parametrize(
    ("origin", "ours"),
    [
        ({"id": 1, "repository_id": 1, "head_repository_id": 1, "head_sha": COMMIT}, True),
        ({"id": 1, "repository_id": 1, "head_repository_id": FORK, "head_sha": COMMIT}, False),
        ({"id": 1, "repository_id": 1, "head_repository_id": 1, "head_sha": "b" * 40}, False),
        (None, False),
    ],
)
def test_an_artifact_counts_where_our_own_branchs_commit_made_it(
    origin: dict[str, object] | None, ours: bool
) -> None:
    made = Artifact.model_validate({"id": 7, "name": "n", "expired": False, "workflow_run": origin})
    assert made.is_of(COMMIT) is ours


def test_an_artifact_that_is_not_there_is_none(served: GitHub) -> None:
    assert served.artifact(7) is None


@pytest.mark.parametrize("beyond", [0, 1])
@respx.mock
def test_an_archive_is_as_large_as_the_limit_and_no_larger(
    github: GitHub, tmp_path: Path, beyond: int
) -> None:
    respx.get(f"{API}/repos/acme/crm/actions/artifacts/7/zip").respond(
        302, headers={"Location": "https://blobs.example/7"}
    )
    blob = respx.get("https://blobs.example/7").respond(content=b"x" * (1000 + beyond))
    most = ARCHIVE._replace(most=1000)
    if beyond:
        with pytest.raises(PlanRefused, match="more than 1,000 bytes"):
            github.download(7, tmp_path / "kept.zip", most)
        assert not (tmp_path / "kept.zip").exists()
    else:
        github.download(7, tmp_path / "kept.zip", most)
    assert "Authorization" not in blob.calls.last.request.headers


@pytest.mark.parametrize("place", ["http://blobs.example/7", "http://127.0.0.1/7", "file:///etc/passwd", ""])
@respx.mock
def test_an_archive_is_fetched_over_https_alone(github: GitHub, tmp_path: Path, place: str) -> None:
    respx.get(f"{API}/repos/acme/crm/actions/artifacts/7/zip").respond(302, headers={"Location": place})
    with pytest.raises(ForgeRefused, match="not https"):
        github.download(7, tmp_path / "kept.zip")


@pytest.mark.parametrize("api", ["http://api.github.com", "ftp://127.0.0.1", "api.github.com", ""])
def test_a_token_goes_over_https_alone(api: str) -> None:
    with pytest.raises(ForgeRefused) as refused:
        GitHub("acme/crm", "canary", api)
    assert refused.value.exit_code == 64


@respx.mock
def test_a_list_does_not_go_on_at_another_host(github: GitHub) -> None:
    elsewhere = {"Link": '<https://evil.example/more>; rel="next"'}
    respx.get(url__startswith=COMMENTS).respond(json=[], headers=elsewhere)
    with pytest.raises(ForgeRefused, match="another host"):
        list(github.own_comments(7))


@pytest.mark.parametrize("beyond", [0, 1])
@respx.mock
def test_a_list_has_as_many_pages_as_the_limit_and_no_more(github: GitHub, beyond: int) -> None:
    more = httpx.Response(200, json=[], headers={"Link": f'<{COMMENTS}?page=2>; rel="next"'})
    pages = respx.get(url__startswith=COMMENTS)
    pages.mock(side_effect=[more] * (FORGE_PAGES.most - 1 + beyond) + [httpx.Response(200, json=[])])
    if beyond:
        with pytest.raises(ForgeRefused, match="more than 100 pages"):
            list(github.own_comments(7))
    else:
        assert list(github.own_comments(7)) == []
    assert pages.call_count == FORGE_PAGES.most


@pytest.mark.parametrize(
    ("answers", "waited"),
    [
        ([502, 200], [2.0]),
        ([429, 503, 200], [2.0, 4.0]),
        ([httpx.ReadTimeout("canary"), 200], [2.0]),
        ([httpx.ConnectError("canary"), httpx.ConnectError("canary"), 200], [2.0, 4.0]),
    ],
)
@respx.mock
def test_a_call_that_github_was_too_busy_for_is_tried_again(
    github: GitHub, waits: list[float], answers: list[int | Exception], waited: list[float]
) -> None:
    said = [one if isinstance(one, Exception) else httpx.Response(one, json=[]) for one in answers]
    respx.get(url__startswith=COMMENTS).mock(side_effect=said)
    assert list(github.own_comments(7)) == []
    assert waits == waited


@pytest.mark.parametrize(("after", "waited"), [("7", 9.0), ("60", 62.0), ("x", 2.0)])
@respx.mock
def test_github_says_how_long_to_wait(github: GitHub, waits: list[float], after: str, waited: float) -> None:
    busy = httpx.Response(403, headers={"Retry-After": after}, json={"message": "slow down"})
    respx.get(url__startswith=COMMENTS).mock(side_effect=[busy, httpx.Response(200, json=[])])
    assert list(github.own_comments(7)) == []
    assert waits == [waited]


@pytest.mark.parametrize(
    ("status", "headers", "said", "waited"),
    [
        (403, {}, "You have exceeded a secondary rate limit.", [62.0]),
        (429, {}, "", [2.0]),
        (403, {"X-RateLimit-Remaining": "0"}, "API rate limit exceeded for installation", [62.0]),
        (403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1"}, "API rate limit exceeded", [3.0]),
        (429, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "canary"}, "", [2.0]),
    ],
)
@respx.mock
def test_a_rate_limit_is_waited_for_and_is_no_lack_of_permission(
    github: GitHub,
    waits: list[float],
    status: int,
    headers: dict[str, str],
    said: str,
    waited: list[float],
) -> None:
    busy = httpx.Response(status, headers=headers, json={"message": said})
    respx.get(url__startswith=COMMENTS).mock(side_effect=[busy, httpx.Response(200, json=[])])
    assert list(github.own_comments(7)) == []
    assert waits == waited


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({"Retry-After": "9999"}, "takes no more calls for 167 minutes"),
        ({"Retry-After": "61"}, "takes no more calls for 2 minutes"),
        (
            {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "99999999999"},
            "takes no more calls for 1,6",
        ),
    ],
)
@respx.mock
def test_a_limit_that_lasts_ends_the_command_and_says_for_how_long(
    github: GitHub, waits: list[float], headers: dict[str, str], said: str
) -> None:
    asked = respx.get(url__startswith=COMMENTS).respond(403, headers=headers, json={"message": "slow down"})
    with pytest.raises(ForgeRefused, match=said) as refused:
        list(github.own_comments(7))
    assert (refused.value.exit_code, refused.value.help) == (1, "Run the failed jobs again after that.")
    assert (asked.call_count, waits) == (1, [])


def test_a_run_that_was_deleted_is_none(served: GitHub) -> None:
    assert served.run(7) is None


@pytest.mark.parametrize("origin", [{}, {"id": 1, "repository_id": 1, "head_repository_id": None}])
def test_an_artifact_of_a_fork_that_is_gone_is_not_ours(origin: dict[str, object]) -> None:
    told = {"id": 7, "name": "n", "expired": False, "workflow_run": {**origin, "head_branch": "main"}}
    made = Artifact.model_validate(told)
    assert (made.is_of(""), made.is_from("main")) == (False, False)


@pytest.mark.parametrize("status", [404, 410])
@pytest.mark.parametrize("step", ["api", "storage"])
@respx.mock
def test_what_is_no_longer_kept_is_told_from_what_did_not_arrive(
    github: GitHub, waits: list[float], tmp_path: Path, status: int, step: str
) -> None:
    asked = respx.get(f"{API}/repos/acme/crm/actions/artifacts/7/zip")
    asked.respond(status if step == "api" else 302, headers={"Location": "https://blobs.example/7"})
    respx.get("https://blobs.example/7").respond(status)
    with pytest.raises(PlanRefused, match=f"no longer kept .HTTP {status}"):
        github.download(7, tmp_path / "kept.zip")
    assert waits == []


@respx.mock
def test_a_download_is_tried_again_and_leaves_no_half(
    github: GitHub, waits: list[float], tmp_path: Path
) -> None:
    place = {"Location": "https://blobs.example/7"}
    respx.get(f"{API}/repos/acme/crm/actions/artifacts/7/zip").respond(302, headers=place)
    cut = httpx.Response(200, stream=Cut())
    respx.get("https://blobs.example/7").mock(
        side_effect=[httpx.Response(503), cut, httpx.Response(200, content=b"all")]
    )
    github.download(7, tmp_path / "kept.zip")
    assert ((tmp_path / "kept.zip").read_bytes(), waits) == (b"all", [2.0, 4.0])


@respx.mock
def test_one_that_never_arrives_ends_the_command(github: GitHub, tmp_path: Path) -> None:
    place = {"Location": "https://blobs.example/7"}
    respx.get(f"{API}/repos/acme/crm/actions/artifacts/7/zip").respond(302, headers=place)
    respx.get("https://blobs.example/7").mock(side_effect=httpx.ReadTimeout("canary"))
    with pytest.raises(ForgeRefused, match="did not arrive: ReadTimeout"):
        github.download(7, tmp_path / "kept.zip")
    assert not (tmp_path / "kept.zip").exists()


@pytest.mark.parametrize("problem", [httpx.Response(502), httpx.ReadTimeout("x")], ids=["502", "lost"])
@respx.mock
def test_a_comment_that_may_have_been_written_is_not_written_twice(
    github: GitHub, problem: httpx.Response | Exception
) -> None:
    written = respx.post(COMMENTS).mock(side_effect=[problem])
    with pytest.raises(ForgeRefused):
        github.comment(7, "text")
    assert written.call_count == 1


@pytest.mark.parametrize(("status", "code"), [(401, 8), (403, 8), (404, 8), (422, 1), (301, 1)])
@respx.mock
def test_a_refusal_says_what_github_said_and_how_to_go_on(github: GitHub, status: int, code: int) -> None:
    respx.post(COMMENTS).respond(status, json={"message": "Resource not accessible"})
    with pytest.raises(ForgeRefused, match=f"HTTP {status}: Resource not accessible") as refused:
        github.comment(7, "text")
    assert refused.value.exit_code == code
    assert ("permissions" in refused.value.help) is (code == 8)
    assert "canary" not in str(refused.value)


@pytest.mark.parametrize("body", [b"", b"<html>", b'[{"id": "x"}]', b"[1]", b'{"a": ' + b"[" * 100_000])
@respx.mock
def test_an_answer_that_makes_no_sense_is_told(github: GitHub, body: bytes) -> None:
    respx.get(url__startswith=COMMENTS).respond(content=body)
    with pytest.raises(ForgeRefused, match="GitHub's answer"):
        list(github.own_comments(7))


def test_who_approved_and_who_merged_is_told(served: GitHub, hub: Hub) -> None:
    hub.merge(7, "b" * 40, COMMIT, login="ana")
    for login, state in (("bo", "approved"), ("cy", "rejected"), ("dee", "approved")):
        hub.approve(1, login, state=state)
    hub.approve(1, "eve", environment="plan")
    hub.approve(2, "fay")
    assert served.approved_by(1, "production") == ["bo", "dee"]
    assert served.merged_by(7) == "ana"


@respx.mock
def test_who_merged_may_be_unknown(github: GitHub) -> None:
    respx.get(f"{API}/repos/acme/crm/pulls/7").respond(
        json={"number": 7, "head": {"sha": COMMIT}, "merged_by": None}
    )
    assert github.merged_by(7) == ""


@respx.mock
def test_a_branchs_name_is_a_part_of_the_address(github: GitHub) -> None:
    asked = respx.get(url__startswith=f"{API}/repos/acme/crm/compare/").respond(
        json={"status": "ahead", "ahead_by": 1, "commits": [{"sha": COMMIT}], "files": [{"filename": "a"}]}
    )
    found = github.compare(COMMIT, "a/b?c")
    assert asked.calls.last.request.url.raw_path.endswith(f"/{COMMIT}...a%2Fb%3Fc".encode())
    assert (found.status, found.files[0].filename) == ("ahead", "a")


@respx.mock
def test_an_api_below_a_path_as_github_enterprise_server_has_it_is_paged_through() -> None:
    api = "https://github.acme.example/api/v3"
    comments = f"{api}/repos/acme/crm/issues/7/comments"
    more = {"Link": f'<{comments}?page=2>; rel="next"'}
    bot = {"id": 1, "user": {"login": BOT}, "body": "one"}
    asked = respx.get(url__startswith=comments)
    asked.mock(side_effect=[httpx.Response(200, json=[bot], headers=more), httpx.Response(200, json=[bot])])
    with GitHub("acme/crm", "canary", api) as github:
        assert [one.body for one in github.own_comments(7)] == ["one", "one"]
    assert asked.calls.last.request.headers["Authorization"] == "Bearer canary"
