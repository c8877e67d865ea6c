"""Names that nothing else has."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zsync.review.names import artifact, asked_before, paths_of, slug

TEXT = st.text(max_size=60)
# What GitHub takes for the name of an artifact, and Markdown for a comment of HTML.
SAFE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@given(TEXT, st.lists(TEXT, max_size=4))
def test_a_slug_is_a_name_that_any_place_takes(environment: str, paths: list[str]) -> None:
    found = slug(environment, paths)
    assert SAFE.fullmatch(found)
    assert len(found) <= 51


@pytest.mark.parametrize(
    "other",
    [
        ("eu", ["relations/eu"]),
        ("us", ["relations"]),
        ("EU", ["relations"]),
        ("eu", ["relations", "more"]),
        ("eu-relations", []),
        ("", ["eu-relations"]),
        ("eu", ["Relations"]),
    ],
)
def test_different_runs_have_different_slugs(other: tuple[str, list[str]]) -> None:
    assert slug(*other) != slug("eu", ["relations"])


@pytest.mark.parametrize("paths", [[], ["./relations"], ["relations/"], ["relations", "relations"]])
def test_how_a_path_is_spelled_makes_no_difference(paths: list[str]) -> None:
    assert slug("eu", paths) == slug("eu", ["relations"])


def test_the_order_of_paths_makes_no_difference() -> None:
    assert slug("eu", ["a", "b"]) == slug("eu", ["b", "a"])


def test_a_slug_can_be_read() -> None:
    assert slug("production", ["relations/north"]).startswith("production-relations-north-")


def test_paths_stand_one_a_line() -> None:
    assert paths_of("relations/a \n\n  b c\n") == ("relations/a", "b c")
    assert paths_of(" \n") == ("relations",)


@pytest.mark.parametrize(
    ("kept", "attempt", "found"),
    [
        ([1], 2, 1),
        ([1, 3], 4, 3),
        ([1], 4, 1),  # attempts 2 and 3 failed before they had a plan
        ([2], 2, 0),
        ([3], 2, 0),
        ([], 5, 0),
    ],
)
def test_the_newest_plan_that_an_earlier_attempt_asked_about_counts(
    kept: list[int], attempt: int, found: int
) -> None:
    names = [artifact("zsync-asked", "eu", number) for number in kept] + [
        "zsync-asked-us-1",
        "zsync-plan-eu-1",
    ]
    assert asked_before(names, "eu", attempt) == (artifact("zsync-asked", "eu", found) if found else "")
