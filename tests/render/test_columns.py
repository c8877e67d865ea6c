"""Columns of a terminal: what lines up, and where a text is cut."""

import re

import pytest
import wcwidth
from hypothesis import given
from hypothesis import strategies as st

from zsync.render.columns import _PLAIN, columns, head, padded, tail
from zsync.render.escape import terminal

WIDTHS = {
    "": 0,
    "ana@acme.example": 16,
    "Łódź → Größe · 5 − 3 …": 22,
    "Ελλάδα Москва": 13,
    "é": 1,
    "\u0301": 0,
    "漢\x07": 2,
    "e\u0301": 1,
    "漢字": 4,
    "ＡＢ": 4,
    "\u1100\u1161\u11a8": 2,
    "न्दे": 2,
    "👍🏽": 2,
    "🇩🇪": 2,
    "☺\ufe0f": 2,
}


@pytest.mark.parametrize("text", WIDTHS, ids=ascii)
def test_a_text_takes_as_many_columns_as_a_terminal_gives_it(text: str) -> None:
    assert columns(text) == WIDTHS[text]
    assert padded(text, 30) == text + " " * (30 - WIDTHS[text])


def test_every_character_that_is_taken_for_plain_is_one_column_wide() -> None:
    plain = [char for char in map(chr, range(0x20, 0x3000)) if _PLAIN.fullmatch(char)]
    assert len(plain) > 900
    assert {char: wide for char in plain if (wide := wcwidth.wcwidth(char)) != 1} == {}


def test_a_text_that_is_too_wide_is_not_padded() -> None:
    assert padded("漢字", 3) == "漢字"


@pytest.mark.parametrize(
    ("text", "most", "begins", "ends"),
    [
        ("abcdef", 3, "abc", "def"),
        ("漢字漢字", 3, "漢", "字"),
        ("e\u0301e\u0301", 1, "e\u0301", "e\u0301"),
        ("a👍🏽b", 2, "a", "b"),
        ("🇩🇪🇫🇷", 3, "🇩🇪", "🇫🇷"),
        ("abc", 0, "", ""),
        ("abc", -1, "", ""),
        ("", 5, "", ""),
    ],
    ids=ascii,
)
def test_no_character_is_cut_apart(text: str, most: int, begins: str, ends: str) -> None:
    assert (head(text, most), tail(text, most)) == (begins, ends)


@given(st.text(max_size=20).map(terminal), st.integers(-1, 40))
def test_what_is_cut_fits_and_is_a_part(text: str, most: int) -> None:
    for part in (head(text, most), tail(text, most)):
        assert columns(part) <= max(most, 0)
    assert text.startswith(head(text, most))
    assert text.endswith(tail(text, most))
    assert not re.search(r"[\x00-\x1f]", text)
