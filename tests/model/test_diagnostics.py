"""How many problems are told."""

import pytest

from zsync.bounds import DIAGNOSTICS
from zsync.errors import InputError
from zsync.model import Diagnostic, Severity
from zsync.model.diagnostics import capped

MOST = DIAGNOSTICS.most


def made(severity: Severity, count: int) -> list[Diagnostic]:
    """As many problems, each with its number."""
    return [Diagnostic("a", str(number), severity=severity) for number in range(count)]


@pytest.mark.parametrize("count", [0, 1, MOST])
def test_as_many_as_anybody_reads_are_told(count: int) -> None:
    assert capped(made("error", count)) == tuple(made("error", count))


@pytest.mark.parametrize(("more", "said"), [(1, "1 more problem is"), (2500, "2,500 more problems are")])
def test_the_others_are_counted(more: int, said: str) -> None:
    *told, last = capped(made("error", MOST + more))
    assert told == made("error", MOST)
    assert (last.code, last.severity, str(last.message)) == ("more-problems", "error", f"{said} not shown")


def test_no_warning_keeps_an_error_from_being_told() -> None:
    *told, last = capped([*made("warning", 2 * MOST), *made("error", 3)])
    assert [one.severity for one in told] == ["warning"] * (MOST - 3) + ["error"] * 3
    assert (last.severity, str(last.message)) == ("warning", f"{MOST + 3:,} more problems are not shown")


def test_errors_beyond_the_limit_are_counted_as_one() -> None:
    assert capped([*made("warning", 1), *made("error", MOST + 1)])[-1].severity == "error"


def test_an_error_with_too_many_problems_counts_them_all() -> None:
    error = InputError(tuple(made("error", MOST + 7)))
    assert str(error) == f"{MOST + 7} things to fix"
    assert len(error.diagnostics) == MOST + 1
