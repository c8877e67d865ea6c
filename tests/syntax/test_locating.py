"""Where keys and values stand: looked up in a second reading, for what there is something to say of."""

from typing import Literal

import pytest

from zsync.syntax.locating import place
from zsync.syntax.source import At, Finding, SourceText


def span(
    text: str, at: tuple[int, int], key: str | int, part: Literal["key", "value"]
) -> tuple[int, int, int]:
    """Line, column and width of an entry of the container that begins there."""
    (found,) = place([Finding("code", "message", At(SourceText("a.yaml", text), *at, key, part))])
    assert found.span
    return found.span.line, found.span.column, found.width


@pytest.mark.parametrize(
    ("text", "at", "key", "part", "expected"),
    [
        ("a: 1\nbé: x y # no\n", (1, 1), "bé", "key", (2, 1, 2)),
        ("a: 1\nbé: x y # no\n", (1, 1), "bé", "value", (2, 5, 3)),
        ("a: {b: [1]}\nc: x\n", (1, 1), "c", "value", (2, 4, 1)),
        ("a: {b: [1], c: x}\n", (1, 4), "c", "value", (1, 16, 1)),
        ("a: {b: [1]}\nc: x\n", (1, 1), "a", "value", (1, 4, 1)),
        ("a:\n  b: 1 # no\n", (1, 1), "a", "value", (2, 3, 4)),
        ("a: &x 1\nb: *x\nc: z\n", (1, 1), "b", "value", (2, 4, 2)),
        ("a: &x 1\nb: *x\nc: z\n", (1, 1), "c", "value", (3, 4, 1)),
        ("a: &x 1\n*x : 2\nc: z\n", (1, 1), "c", "key", (3, 1, 1)),
        ("a: 'x\n  y' # no\nc: z\n", (1, 1), "a", "value", (1, 4, 2)),
        ("a: 1\na: 22\n", (1, 1), "a", "value", (1, 4, 1)),
        ("- a\n- [b]\n- cc\n", (1, 1), 2, "value", (3, 3, 2)),
        ("- a\n- [b]\n- cc\n", (1, 1), 1, "key", (2, 3, 1)),
        ("a: 1\n---\na: 22\n", (3, 1), "a", "value", (3, 4, 2)),
        ("x: [\n---\na: 22\n", (3, 1), "a", "value", (3, 4, 2)),
        ("a: ''\n", (1, 1), "a", "value", (1, 4, 2)),
        ("a:\nb: 1\n", (1, 1), "a", "value", (1, 3, 1)),
        ("a: 1\n", (1, 1), "gone", "value", (1, 1, 4)),
        ("a: 1\n", (7, 1), "a", "value", (7, 1, 1)),
    ],
)
def test_a_key_and_its_value_are_found(
    text: str,
    at: tuple[int, int],
    key: str | int,
    part: Literal["key", "value"],
    expected: tuple[int, int, int],
) -> None:
    assert span(text, at, key, part) == expected


def test_findings_are_in_the_order_of_the_files_then_of_their_places() -> None:
    one, two = SourceText("b.yaml", "x\ny\n"), SourceText("a.yaml", "x\ny\n")
    findings = [
        Finding(code, "", At(source, line, 1))
        for code, source, line in (("1", one, 2), ("2", two, 2), ("3", one, 1), ("4", two, 1), ("5", one, 0))
    ]
    assert [found.code for found in place(findings)] == ["5", "3", "1", "4", "2"]
    assert [found.code for found in place(findings, ["a.yaml"])] == ["5", "4", "2", "3", "1"]
    assert place(findings)[0].span is None


def test_a_note_is_placed_as_its_finding_is() -> None:
    source = SourceText("a.yaml", "a: {b: 1}\nc: 2\n")
    note = (At(source, 1, 4, "b"), "there")
    (found,) = place([Finding("code", "message", At(source, 1, 1, "c", "key"), "help", "warning", (note,))])
    assert (found.code, found.message, found.help, found.severity) == ("code", "message", "help", "warning")
    assert [(one.span, one.message) for one in found.notes] == [(("a.yaml", 1, 8), "there")]
    assert (found.span, found.excerpt, found.begins) == (("a.yaml", 2, 1), "c: 2", 1)
