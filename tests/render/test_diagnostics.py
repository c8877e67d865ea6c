"""Diagnostics at a terminal: carets under what they mean, and nothing that commands the terminal."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zsync.model import Diagnostic, Note, Span
from zsync.render.diagnostics import render_diagnostics


def diagnostic(excerpt: str, column: int, width: int = 1, **more: str) -> Diagnostic:
    given = {"code": "wrong-type", "message": "it is wrong", **more}
    return Diagnostic(
        given["code"],
        given["message"],
        Span("a.yaml", 7, column),
        given.get("help", ""),
        "error",
        excerpt,
        width,
    )


def marked(text: str) -> str:
    """What stands above the carets, by columns of a terminal."""
    source, caret = text.split("\n")[3:5]
    columns = "".join(
        char + "\0" * (unicodedata.east_asian_width(char) in "WF")
        for char in source
        if not unicodedata.combining(char)
    )
    return columns[caret.index("^") : caret.rindex("^") + 1].replace("\0", "")


def test_nothing_wrong_is_nothing_shown() -> None:
    assert render_diagnostics([]) == ""


def test_a_diagnostic_has_place_line_caret_note_and_help() -> None:
    found = Diagnostic(
        "duplicate-row",
        "twice",
        Span("a.yaml", 12, 3),
        "remove one\nor both",
        "warning",
        "- {id: 7}",
        2,
        (Note(Span("b.yaml", 1, 2), "first here"),),
    )
    assert render_diagnostics([found]) == (
        "warning[duplicate-row]: twice\n"
        "  --> a.yaml:12:3\n"
        "   |\n"
        "12 | - {id: 7}\n"
        "   |   ^^\n"
        "   = note: b.yaml:1:2: first here\n"
        "   = help: remove one\n"
        "           or both\n"
        "\n"
        "1 warning in 1 file\n"
    )


def test_a_diagnostic_without_a_place_has_no_line() -> None:
    found = Diagnostic("no-manifest", "none", help="look", notes=(Note(Span("b", 1, 2), "here"),))
    assert render_diagnostics([found]) == (
        "error[no-manifest]: none\n  = note: b:1:2: here\n  = help: look\n\n1 error\n"
    )


def shown(excerpt: str, column: int, width: int) -> tuple[str, str]:
    """The line of the source and that of the caret, without the numbers of lines."""
    lines = render_diagnostics([diagnostic(excerpt, column, width)]).split("\n")
    return lines[3][4:], lines[4][4:]


@pytest.mark.parametrize(
    ("excerpt", "column", "width", "source", "caret"),
    [
        ("  ab  ", 3, 1, "  ab", "  ^"),
        ("ab", 3, 0, "ab", "  ^"),
        ("a\tb", 3, 1, "a    b", "     ^"),
        ("x" * 100, 1, 100, "x" * 100, "^" * 100),
        ("x" * 101, 1, 101, "x" * 99 + "…", "^" * 100),
        ("y" * 96 + "x" * 48, 97, 48, "…" + "y" * 52 + "x" * 48, " " * 53 + "^" * 48),
        ("y" * 96 + "x" * 51, 97, 51, "…" + "y" * 50 + "x" * 49 + "…", " " * 51 + "^" * 50),
        ("y" * 30 + "x" * 70, 31, 70, "y" * 30 + "x" * 70, " " * 30 + "^" * 70),
        ("y" * 30 + "x" * 71 + "z", 31, 71, "y" * 30 + "x" * 69 + "…", " " * 30 + "^" * 70),
        ("y" * 49 + "x" + "z" * 50, 50, 1, "y" * 49 + "x" + "z" * 50, " " * 49 + "^"),
        ("y" * 50 + "x" + "z" * 50, 51, 1, "…" + "y" * 49 + "x" + "z" * 50, " " * 50 + "^"),
        ("y" * 20 + "x" + "z" * 99, 21, 1, "y" * 20 + "x" + "z" * 79 + "…", " " * 20 + "^"),
        ("y" * 99 + "x" + "z" * 20, 100, 1, "…" + "y" * 79 + "x" + "z" * 20, " " * 80 + "^"),
        ("y" * 99 + "x" + "z" * 99, 100, 1, "…" + "y" * 49 + "x" + "z" * 50 + "…", " " * 50 + "^"),
    ],
)
def test_of_a_long_line_the_part_around_what_is_meant_is_shown(
    excerpt: str, column: int, width: int, source: str, caret: str
) -> None:
    assert shown(excerpt, column, width) == (source.rstrip(), caret)


def test_the_last_line_counts() -> None:
    found = [diagnostic("x", 1)] * 1200 + [
        Diagnostic("yaml", "m", Span("b", 1, 1), severity="warning"),
        Diagnostic("x", "y"),
    ]
    assert render_diagnostics(found).endswith("\n1,201 errors, 1 warning in 2 files\n")


@pytest.mark.parametrize(
    ("excerpt", "column", "width", "shown"),
    [
        ("a: bad", 4, 3, "bad"),
        ("\ta: bad", 5, 3, "bad"),
        ("日本語: bad", 6, 3, "bad"),
        ("é́😀: bad", 6, 3, "bad"),
        ("bad: 日本語", 6, 3, "日本語"),
        ("\x1b[31m: bad", 8, 3, "bad"),
        ("x" * 500 + " bad " + "y" * 500, 502, 3, "bad"),
        ("bad " + "y" * 500, 1, 3, "bad"),
        ("日" * 500 + " bad", 502, 3, "bad"),
    ],
)
def test_the_caret_stands_under_what_is_meant(excerpt: str, column: int, width: int, shown: str) -> None:
    text = render_diagnostics([diagnostic(excerpt, column, width)])
    assert marked(text) == shown
    assert all(len(line) <= 110 for line in text.split("\n"))


@pytest.mark.parametrize("column", [3, 99])
def test_a_place_at_or_behind_the_end_of_the_line_has_a_caret(column: int) -> None:
    assert render_diagnostics([diagnostic("ab", column)]).split("\n")[4].endswith("^")


def test_colour_is_only_added() -> None:
    found = [diagnostic("a: bad", 4, 3, help="look")]
    colored = render_diagnostics(found, color=True)
    assert "\x1b[1;31merror[wrong-type]\x1b[0m" in colored
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == render_diagnostics(found)
    noted = Diagnostic("a", "b", Span("a", 1, 1), notes=(Note(Span("b", 1, 2), "here"),))
    styles = re.findall(r"\x1b\[([0-9;]*)m(-->|= note:)", render_diagnostics([noted], color=True))
    assert len(styles) == 2
    assert styles[0][0] == styles[1][0]


Hostile = st.text(
    alphabet=st.characters() | st.sampled_from("\x1b\x9b\u202e\u2066\u200b\r\n\t\x00#[日é"), max_size=40
)


@given(Hostile, Hostile, Hostile, Hostile, st.integers(1, 60), st.integers(1, 60))
def test_nothing_of_strangers_commands_the_terminal(
    message: str, file: str, advice: str, excerpt: str, column: int, width: int
) -> None:
    found = Diagnostic(
        "yaml",
        message,
        Span(file, 1, column),
        advice,
        "error",
        excerpt,
        width,
        (Note(Span(file, 1, 1), message),),
    )
    text = render_diagnostics([found])
    assert all(char.isprintable() or char == "\n" for char in text)
    assert "##[" not in text
    lines = 1 + 1 + (3 if excerpt else 0) + 1 + (advice.count("\n") + 1 if advice else 0) + 2
    assert text.count("\n") == lines
