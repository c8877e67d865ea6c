"""What is kept of a source: parts of long lines, and not more errors than anybody fixes."""

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zsync.bounds import ERRORS, EXCERPT, NESTING, NODES
from zsync.syntax import document
from zsync.syntax.document import Map, parse
from zsync.syntax.locating import place
from zsync.syntax.source import At, Finding, Findings, SourceText, TooManyErrors

AT = At(SourceText("a.yaml", "x"), 1, 1)
MOST = EXCERPT.most


@pytest.mark.parametrize("length", [0, 1, MOST])
def test_an_excerpt_is_a_whole_line(length: int) -> None:
    assert SourceText("a.yaml", "one\n" + "x" * length).excerpt(2, 7) == ("x" * length, 1)


@given(st.integers(MOST + 1, 3 * MOST), st.integers(1, 3 * MOST + 5))
def test_of_a_long_line_the_part_around_a_column_is_shown(length: int, column: int) -> None:
    line = "".join(chr(0x100 + number % 0x100) for number in range(length))
    text, begins = SourceText("a.yaml", line).excerpt(1, column)
    assert len(text) == MOST + 1
    assert text == line[begins - 1 : begins + MOST]
    assert begins <= min(column, length) <= begins + MOST


def test_before_the_first_line_and_after_the_last_there_is_no_text() -> None:
    source = SourceText("a.yaml", "one\ntwo")
    assert [source.line(number) for number in range(4)] == ["", "one", "two", ""]


def test_the_column_is_in_the_middle_of_what_is_shown_of_a_long_line() -> None:
    text, begins = SourceText("a.yaml", "x" * 4 * MOST).excerpt(1, 2 * MOST)
    assert (len(text), begins) == (MOST + 1, 2 * MOST - MOST // 2)


@pytest.mark.parametrize(
    ("text", "index", "place"),
    [("ab", 1, (1, 2)), ("\nab", 1, (2, 1)), ("a\r\nb", 3, (2, 1)), ("a\n\nb", 3, (3, 1)), ("", 0, (1, 1))],
)
def test_a_character_has_a_line_and_a_column(text: str, index: int, place: tuple[int, int]) -> None:
    assert SourceText("a.yaml", text).position(index) == place


def test_many_problems_in_one_line_keep_no_line_each() -> None:
    source = SourceText("a.yaml", "{" + "a: 1, " * 10_000 + "}")
    found = place(parse(source)[1])
    assert len(found) == 9_999
    assert sum(len(one.excerpt) for one in found) <= len(found) * (MOST + 1)
    assert max(one.width for one in found) <= MOST + 1
    assert all(one.span and one.excerpt[one.span.column - one.begins] == "a" for one in found)


def test_a_place_to_the_end_of_a_long_line_is_as_wide_as_its_excerpt() -> None:
    (found,) = place([Finding("a", "b", At(SourceText("a.yaml", "x" * 10 * MOST), 1, 5))])
    assert found.width == MOST + 1


@pytest.mark.parametrize(
    ("form", "line", "column", "width"),
    [
        ("yaml", "a:  b # c  ", 3, 3),
        ("yaml", "a: b#c  ", 4, 3),
        ("csv", "a; b # c  ", 3, 6),
        ("yaml", "   ", 1, 1),
        ("yaml", "", 1, 1),
    ],
)
def test_where_the_end_is_unknown_the_rest_of_the_line_is_meant_without_its_comment(
    form: Literal["yaml", "csv"], line: str, column: int, width: int
) -> None:
    (found,) = place([Finding("a", "b", At(SourceText("a", line, form), 1, column))])
    assert found.width == width


def test_errors_are_gathered_up_to_the_limit_and_warnings_beyond() -> None:
    error, warning = Finding("a", "b", AT), Finding("a", "b", AT, severity="warning")
    found = Findings([error] * ERRORS.most)
    found += [warning] * 10
    with pytest.raises(TooManyErrors):
        found.extend([warning, error, error])
    assert len(found) == ERRORS.most + 12


def test_a_text_with_endless_errors_is_read_up_to_the_limit() -> None:
    documents, found = parse(SourceText("a.yaml", "{" + "a, " * (ERRORS.most + 10) + "}"))
    assert (documents, len(found)) == ((), ERRORS.most + 1)


@pytest.mark.parametrize(("mappings", "codes"), [(4, []), (5, ["unreadable-file"])])
def test_a_file_holds_no_more_containers_than_fit_into_memory(
    monkeypatch: pytest.MonkeyPatch, mappings: int, codes: list[str]
) -> None:
    monkeypatch.setattr(document, "NODES", NODES._replace(most=5))
    _, found = parse(SourceText("a.yaml", "- {a: 1}\n" * mappings))
    assert [one.code for one in found] == codes


@pytest.mark.parametrize(("levels", "codes"), [(NESTING.most, []), (NESTING.most + 1, ["too-deep"])])
def test_nesting_is_read_down_to_the_limit(levels: int, codes: list[str]) -> None:
    _, found = parse(SourceText("a.yaml", "[" * levels + "]" * levels))
    assert [one.code for one in found] == codes


def test_the_memory_of_a_row_is_one_container() -> None:
    documents, _ = parse(SourceText("a.yaml", "- {a: 1}\n"))
    assert isinstance(documents[0].root[0], Map)  # type: ignore[index]
