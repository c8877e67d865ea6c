"""The comments that workflows write."""

import pytest

from zsync.review.comments import Merged, Planned, drift, drift_title
from zsync.review.holding import HOLDS
from zsync.review.marker import Reviewed, reviewed
from zsync.review.names import readable

RUN, HEAD, DIGEST = "https://github.example/run", "a" * 40, "sha256:" + "b" * 64


def test_the_comment_about_a_plan_names_it_in_its_first_line_and_links_its_page() -> None:
    text = Planned("eu", HEAD, "7", DIGEST, "https://github.example/page").text("### zsync: 1 to create", RUN)
    assert reviewed(text, "eu", HEAD) == Reviewed(7, DIGEST)
    assert text.startswith(Planned("eu").begins)
    assert "(https://github.example/page)" in text


@pytest.mark.parametrize("artifact", ["", "x", "-1", "²"])
def test_a_plan_that_was_not_kept_is_not_reviewed(artifact: str) -> None:
    text = Planned("eu", HEAD, artifact, "").text("", RUN)
    assert reviewed(text, "eu", HEAD) is None
    assert "no plan could be made" in text
    assert f"({RUN})" in text


@pytest.mark.parametrize(
    ("what", "words"),
    [
        (Merged("eu", "ask", "it moved"), "**Nothing was written**: it moved.\n> Below is the new plan."),
        (Merged("eu", "reviewed", "", "6"), "run all jobs again"),
        (Merged("eu", "reviewed", HOLDS, "0"), ""),
    ],
    ids=["ask", "refused", "applied"],
)
def test_a_merge_that_wrote_nothing_says_so_and_what_to_do(what: Merged, words: str) -> None:
    text = what.text("### zsync: all applied", RUN)
    assert text.startswith(what.begins)
    assert (words in text, "Nothing was written" in text) == (True, bool(words))


def test_a_run_that_left_nothing_is_told() -> None:
    assert "this run left no result" in Merged("eu").text("", RUN)


def test_the_issue_about_drift_is_known_by_its_first_line() -> None:
    assert drift("eu", "### zsync", RUN).startswith("<!-- zsync drift eu -->\n")


@pytest.mark.parametrize(
    ("environment", "paths", "title"),
    [
        ("eu", ("relations",), "(eu)"),
        ("", ("relations",), "(default)"),
        ("eu", ("relations/a", "b"), "(eu, relations/a, b)"),
    ],
)
def test_the_issues_title_names_the_paths_where_they_are_not_the_usual_ones(
    environment: str, paths: tuple[str, ...], title: str
) -> None:
    assert drift_title(readable(environment, paths)).endswith(title)


def test_a_merge_that_left_something_of_the_plan_out_says_so() -> None:
    text = Merged(
        "eu", "reviewed", "the reviewed plan still holds; 1 of its 2 changes is no longer needed", "0"
    ).text("", RUN)
    assert "> [!NOTE]\n> The reviewed plan still holds; 1 of its 2 changes is no longer needed." in text
    assert "[!NOTE]" not in Merged("eu", "reviewed", HOLDS, "0").text("", RUN)
