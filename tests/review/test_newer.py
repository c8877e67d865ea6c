"""Whether an older commit's run may go on after others were merged."""

import pytest

from zsync.review.newer import MOST, Newer, outdated

OLD, TIP = "a" * 40, "b" * 40


def why(*files: str, status: str = "ahead", tip: str = TIP, lines: str = "relations") -> str:
    return outdated(OLD, "main", Newer(status, tip, files), lines)


@pytest.mark.parametrize(
    ("file", "lines"),
    [
        ("relations/spring.yaml", "relations"),
        ("relations/spring.yaml", "./relations/"),
        ("relations/eu/a.yaml", "relations/us\nrelations/eu"),
        ("anything.md", "."),
        ("relations/zsync.yaml", "elsewhere"),
        ("Zsync.YML", "relations"),
        ("sheets/leads.csv", "relations"),
        ("sheets/Leads.XLSX", "relations"),
    ],
)
def test_what_a_run_may_have_read_stops_it(file: str, lines: str) -> None:
    assert why("README.md", file, lines=lines).startswith(f"main has gone on to {TIP[:7]}, which changes ")


@pytest.mark.parametrize(
    ("file", "lines"),
    [("README.md", "relations"), ("relations/us/a.yaml", "relations/eu"), ("relations2/a.yaml", "relations")],
)
def test_what_it_did_not_read_does_not(file: str, lines: str) -> None:
    assert why(file, lines=lines) == ""


def test_the_same_commit_and_one_without_files_are_current() -> None:
    assert why(status="identical") == ""
    assert why() == ""


@pytest.mark.parametrize("status", ["behind", "diverged", "", "new word"])
def test_a_branch_that_does_not_follow_the_commit_stops_it(status: str) -> None:
    assert "does not hold the commit aaaaaaa any more" in why(status=status)


@pytest.mark.parametrize(("count", "stops"), [(MOST - 1, False), (MOST, True)])
def test_where_github_may_have_left_out_files_it_stops(count: int, stops: bool) -> None:
    assert bool(why(*["README.md"] * count)) == stops


def test_many_files_are_counted_and_an_unknown_tip_is_left_out() -> None:
    files = [f"relations/{number}.yaml" for number in range(5)]
    assert why(*files).endswith("relations/0.yaml, relations/1.yaml, relations/2.yaml and 2 more")
    assert why("relations/a.yaml", tip="") == "main has gone on, which changes relations/a.yaml"
