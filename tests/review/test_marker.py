"""The first line of a comment."""

import pytest

from zsync.review.marker import Reviewed, of_plan, plain, reviewed, start

HEAD, DIGEST = "a" * 40, "sha256:" + "b" * 64
LINE = of_plan("eu", HEAD, 7, DIGEST)


def test_a_plan_is_known_by_its_line() -> None:
    assert reviewed(LINE + "\n\n### zsync", "eu", HEAD) == Reviewed(7, DIGEST)
    assert reviewed(LINE + "\r\n\r\nas GitHub stores it", "eu", HEAD) == Reviewed(7, DIGEST)


@pytest.mark.parametrize(
    "body",
    [
        "",
        f" {LINE}",
        f"### zsync\n{LINE}",
        LINE.replace("-->", "--> <!-- -->"),
        LINE.replace("artifact=7", "artifact=x"),
        LINE.replace("sha256", "sha1"),
        LINE.replace(" eu ", " eu-2 "),
        LINE.replace(" plan ", " apply "),
        of_plan("eu", "c" * 40, 7, DIGEST),
        of_plan("eu", HEAD, 0, ""),
    ],
)
def test_a_line_that_is_not_exactly_ours_names_no_plan(body: str) -> None:
    assert reviewed(body, "eu", HEAD) is None


def test_the_comments_of_two_runs_begin_differently() -> None:
    assert not plain("apply", "eu-2").startswith(start("apply", "eu"))
    assert LINE.startswith(start("plan", "eu"))
