"""What is not YAML: told in words for people, at the place where they have to look; what stands behind it is read."""

import pytest
from ruamel.yaml.error import MarkedYAMLError, StringMark, YAMLError

from zsync.bounds import NESTING, NODES
from zsync.model import Diagnostic
from zsync.syntax import document
from zsync.syntax.document import Node, parse
from zsync.syntax.locating import place
from zsync.syntax.recovery import MAX_BROKEN, explain, forbidden
from zsync.syntax.source import At, SourceText

QUOTES = "put the value in quotes"
ESCAPE = ("an escape that YAML does not know", r"write `\\` for a backslash, or use single quotes")
QUOTE = ("this quote is never closed", "add the closing quote; write a quote inside of 'single quotes' twice")
TAB = ("a tab in the indentation", "YAML is indented with spaces only; replace the tab with spaces")
SECOND = ("a second `: ` in one line", "if the colon belongs to the value, put the value in quotes")
NO_KEY = ("a `:` where no key can stand", "is a space missing after the colon of the line above?")
UNFIT = ("this does not fit in here", "check the indentation; text after a closing quote needs to go")
MISSING = ("a value is missing here", "is a bracket not closed, or a comma too many?")
LIST = ("a list cannot begin here", "begin it on a line of its own")
BLOCK = ("only a comment can stand after `|` or `>`", "begin the text on the next line")
PERCENT = (
    "a line that begins with `%` is a directive of YAML",
    "put the value in quotes, or remove the line",
)
VERSION = ("a version of YAML that is not read", "remove the line that begins with `%YAML`")
BEHIND = ("text after the end of a document", "check the indentation; begin a new document with `---`")


def never_closed(bracket: str, closing: str) -> tuple[str, str]:
    """What is told of a bracket."""
    return (
        f"this `{bracket}` is never closed, or a comma is missing after it",
        f"add `{closing}` or the comma",
    )


def begins_with(what: str) -> tuple[str, str]:
    """What is told of a value that begins with something of YAML's own."""
    return f"a plain value cannot begin with {what}", QUOTES


def read(text: str) -> tuple[list[Node], tuple[Diagnostic, ...]]:
    """The roots of the documents, and what is wrong."""
    documents, findings = parse(SourceText("a.yaml", text))
    return [one.root for one in documents], place(findings)


@pytest.mark.parametrize(
    ("text", "told", "line", "column"),
    [
        ("\ta: 1", TAB, 1, 1),
        ("a:\n  \tb: 1", TAB, 2, 3),
        ("a: `x`", begins_with("a backtick"), 1, 4),
        ("a: @x", begins_with("`@`"), 1, 4),
        ("a: %x", begins_with("`%`"), 1, 4),
        ("a: &", begins_with("`&`"), 1, 4),
        ("a: *", begins_with("`*`"), 1, 4),
        ("a: !<\n", begins_with("`!`"), 1, 4),
        ("a: [b:c: d", ("a `:` inside of a value between brackets", QUOTES), 1, 6),
        ("a: {b: c:d}", ("a `:` inside of a value between brackets", QUOTES), 1, 9),
        ("a: [b ? c]", ("a `?` inside of a value between brackets", QUOTES), 1, 7),
        (
            "a: ?",
            (
                "this is no YAML: mapping keys are not allowed in this context",
                "look at this line and at the one before it",
            ),
            1,
            4,
        ),
        ("a: b: c", SECOND, 1, 5),
        ("a:  b : c", SECOND, 1, 7),
        ("a\nb: 1", NO_KEY, 2, 2),
        ("- a\n b: c", NO_KEY, 2, 3),
        (r'a: "\q"', ESCAPE, 1, 5),
        (r'a: "\xZZ"', ESCAPE, 1, 7),
        ("a: 'x", QUOTE, 1, 4),
        ('a: "x\n\n\n', QUOTE, 1, 4),
        ("a: [1, 2\nb: 3", never_closed("[", "]"), 1, 4),
        ("a: {b: 1\nc: 2", never_closed("{", "}"), 1, 4),
        ("a: [,]", MISSING, 1, 5),
        ("a: [1, 2,\n\n  \n", MISSING, 1, 10),
        (
            "- a\nb: 1",
            ("a list goes on with something that is no item", "begin items with `- `, all equally indented"),
            2,
            1,
        ),
        ("a\n\nb:\n  c", NO_KEY, 3, 2),
        ("a:\n  - 1\n b: 2", UNFIT, 3, 2),
        ('a: "x" y', UNFIT, 1, 8),
        ("a: - b", LIST, 1, 4),
        ("a: |x\n b", BLOCK, 1, 5),
        ("%YAML 2.0\n---\na: 1", VERSION, 1, 1),
        ("%x: 1", PERCENT, 1, 1),
        ("a: 1\n...\nb: 2", BEHIND, 3, 1),
        ("[a]\nb: 1", BEHIND, 2, 1),
    ],
)
def test_what_is_no_yaml_is_told_where_a_person_has_to_look(
    text: str, told: tuple[str, str], line: int, column: int
) -> None:
    _, (found,) = read(text)
    assert (found.code, str(found.message), str(found.help)) == ("yaml", *told)
    assert (found.span, found.width) == (("a.yaml", line, column), 1)


def test_what_is_too_deep_is_told_at_its_place() -> None:
    _, (found,) = read("[" * (NESTING.most + 1))
    assert str(found.message) == f"more than {NESTING.most} levels of nesting"
    assert str(found.help) == "a manifest needs six; look for stray brackets or dashes"
    assert (found.span, found.width) == (("a.yaml", 1, NESTING.most + 1), 1)


def test_what_is_too_much_is_told_at_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "NODES", NODES._replace(most=1_000))
    _, (found,) = read("- {}\n" * 1_000)
    assert str(found.message) == "more than 1,000 lists and mappings in one file"
    assert (str(found.help), found.span) == ("put the rows into several files", ("a.yaml", 1_000, 3))


def test_after_a_broken_document_reading_goes_on_at_the_next() -> None:
    roots, found = read("b: [\n---\nc: {\n---\nd: 1\n--- x\n---\ne: 'y\n")
    assert roots == [{"d": "1"}, "x"]
    assert [one.span and one.span.line for one in found] == [2, 4, 8]


def test_documents_above_a_broken_one_are_read_once() -> None:
    roots, found = read("a: 1\n---\nb: [\nx\n---\nc: 2\nc: 3\n")
    assert roots == [{"a": "1"}, {"c": "2"}]
    assert [(one.code, one.span and one.span.line) for one in found] == [("yaml", 3), ("duplicate-key", 7)]


@pytest.mark.parametrize("before", ["", "\n", "a: 1\n", "a: [\n"])
def test_what_is_wrong_in_the_line_of_a_marker_is_told_once(before: str) -> None:
    roots, found = read(f"{before}--- @x\n---\nb: 1\n")
    assert roots[-1:] == [{"b": "1"}]
    assert len(found) == 1 + (before == "a: [\n")


def test_a_tab_or_a_colon_further_on_in_the_line_is_not_what_is_wrong() -> None:
    assert [str(one.message) for one in read("a: @x\t# c")[1]] == ["a plain value cannot begin with `@`"]
    assert [str(one.message) for one in read("a: : b")[1]] == ["a second `: ` in one line"]


def test_what_is_unfinished_at_the_end_is_told_at_the_last_line_that_has_text() -> None:
    for text, line, column in (("a: [1,\n", 1, 7), ("a: 1\nb: [1,\n \n\n", 2, 7)):
        (found,) = read(text)[1]
        assert found.span == ("a.yaml", line, column)


def mark(line: int, column: int) -> StringMark:
    """A place as the parser tells it, from 0."""
    return StringMark("a.yaml", 0, line, column, "", 0)


@pytest.mark.parametrize(
    ("problem", "message", "place"),
    [
        ("what libyaml says some day", "this is no YAML: what libyaml says some day", (2, 3)),
        ("found character that cannot start any token", "a plain value cannot begin with `c`", (2, 3)),
        ("found a tab character", "a tab in the indentation", (2, 3)),
        ("mapping values are not allowed", "a second `: ` in one line", (2, 3)),
        ("found unexpected end of quoted scalar", "this quote is never closed", (1, 1)),
    ],
)
def test_a_finding_is_at_the_problem_or_where_the_unfinished_thing_began(
    problem: str, message: str, place: tuple[int, int]
) -> None:
    error = MarkedYAMLError(
        context="while scanning", context_mark=mark(0, 0), problem=problem, problem_mark=mark(1, 2)
    )
    found = explain(error, SourceText("a.yaml", "x\n: c: d"))
    assert (found.message, (found.at.line, found.at.column)) == (message, place)


def test_an_error_without_a_place_is_told_at_the_beginning() -> None:
    source = SourceText("a.yaml", "`x`\ny")
    assert explain(YAMLError("boom"), source).message == "this is no YAML: boom"
    found = explain(YAMLError("cannot start any token"), source)
    assert found.message == "a plain value cannot begin with a backtick"
    assert (found.code, found.at) == ("yaml", At(source, 1, 1, width=1))


def test_a_file_is_read_on_after_so_many_broken_documents_and_no_more() -> None:
    for broken, read_too in ((MAX_BROKEN - 1, [{"b": "1"}]), (MAX_BROKEN, [])):
        roots, found = read("a: [\n---\n" * broken + "b: 1\n")
        assert (roots, len(found)) == (read_too, broken)


@pytest.mark.parametrize(
    ("character", "code"), [("\x07", "0007"), ("\x85", "0085"), ("\u2028", "2028"), ("\udcff", "DCFF")]
)
def test_an_invisible_character_is_told_with_its_place_and_how_to_write_it(character: str, code: str) -> None:
    roots, (found,) = read(f"a: 1\nbé: {character} {character}\n")
    assert (roots, found.code, found.span, found.width) == ([], "control-character", ("a.yaml", 2, 5), 1)
    assert str(found.message) == f"the invisible character U+{code} must not stand in a file"
    written = f'if it is part of a value, write it as "\\u{code.lower()}" in double quotes'
    assert str(found.help) == f"delete it; {written}"


def test_in_a_sheet_an_invisible_character_can_only_go() -> None:
    found = forbidden(SourceText("a.csv", "a\x07", "csv"))
    assert found
    assert found.help == "delete it"
