"""How many problems are told."""

import pytest

from zsync.bounds import DIAGNOSTICS
from zsync.errors import InputError
from zsync.model import Diagnostic, Key, Quote, Sentence, Severity
from zsync.model.diagnostics import capped, naming, telling

MOST = DIAGNOSTICS.most


def made(severity: Severity, count: int) -> list[Diagnostic]:
    """As many problems, each with its number."""
    return [Diagnostic("a", str(number), severity=severity) for number in range(count)]


@pytest.mark.parametrize("count", [0, 1, MOST])
def test_as_many_as_anybody_reads_are_told(count: int) -> None:
    assert capped(made("error", count)) == tuple(made("error", count))


@pytest.mark.parametrize(
    ("more", "said"),
    [(1, "1 more problem is"), (2, "2 more problems are"), (2500, "2,500 more problems are")],
)
def test_the_others_are_counted(more: int, said: str) -> None:
    *told, last = capped(made("error", MOST + more))
    assert told == made("error", MOST)
    assert (last.code, last.severity, str(last.message)) == ("more-problems", "error", f"{said} not shown")
    assert "run again" in str(last.help)


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


@pytest.mark.parametrize(
    ("key", "named"),
    [
        (Key((), ("501",)), "501"),
        (Key((), ("501",), "Spring"), Quote("Spring", ("Campaign_Name",), "Campaigns")),
        (Key(("Code", "City"), ("S", "Lund")), Quote("S, Lund", ("Code", "City"), "Campaigns")),
    ],
)
def test_a_record_is_quoted_by_its_key_or_by_its_name_and_an_id_is_no_quote(
    key: Key, named: str | Quote
) -> None:
    assert naming(key, "Campaigns") == named


def test_fields_are_told_one_after_the_other_and_quoted_by_their_names() -> None:
    told = Sentence(tuple(telling({"Seat": 7, "Note": "x"})))
    assert str(told) == "Seat: 7, Note: x"
    assert [part for part in told.parts if isinstance(part, Quote)] == [
        Quote("7", ("Seat",)),
        Quote("x", ("Note",)),
    ]
