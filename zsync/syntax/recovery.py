"""Text that is not YAML: reading on after an error, and messages for people in place of the parser's."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from zsync.syntax.source import LINE_END, At, Finding, SourceText

# libyaml breaks lines at U+0085, U+2028 and U+2029; YAML 1.2 and editors do not, so places would be wrong.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")

_DOCUMENT = re.compile(r"^---(?=\s)", re.MULTILINE)

MAX_BROKEN = 20
"""After this many documents that are not YAML, the rest of the file is ignored: each error reads the rest once more."""


class TooDeep(MarkedYAMLError):
    """Deeper nesting than any manifest needs."""

    def __init__(self, mark: Any, limit: int) -> None:
        super().__init__(problem=f"more than {limit} levels of nesting", problem_mark=mark)


class TooMuch(MarkedYAMLError):
    """More lists and mappings in one file than fit into an ordinary machine's memory."""

    def __init__(self, mark: Any, limit: int) -> None:
        super().__init__(problem=f"more than {limit:,} lists and mappings in one file", problem_mark=mark)


def read_segments(
    text: str, read: Callable[[Iterator[Any]], None], broken: Callable[[YAMLError], Any]
) -> None:
    """Pass the events of the text to `read`. After an error, which `broken` gets, go on at the next `---`.

    Positions are those of the whole text.
    """
    start, line = 0, 0
    for _ in range(MAX_BROKEN):
        # Empty lines instead of what was read already keep the line numbers right.
        segment = "\n" * line + text[start:] if start else text
        try:
            read(YAML(typ="safe").parse(segment))
        except YAMLError as error:
            broken(error)
            mark = getattr(error, "problem_mark", None)
            failed = (mark.line, mark.column) if mark else (0, 0)
            start, line = _next_document(text, start, line, failed)
            if not start:
                return
        else:
            return


def _next_document(text: str, start: int, line: int, failed: tuple[int, int]) -> tuple[int, int]:
    """Index and line (from 0) of the first `---` after `start` that is not before the failed place; (0, 0) if there is none."""
    last = start
    for marker in _DOCUMENT.finditer(text, start + 1):
        line += len(LINE_END.findall(text, last, marker.start()))
        last = marker.start()
        if (line, 0) >= failed:
            return last, line
    return 0, 0


def forbidden(source: SourceText) -> Finding | None:
    """The finding for the first character that must not occur; libyaml does not tell its place."""
    found = _FORBIDDEN.search(source.text)
    if not found:
        return None
    line, column = source.position(found.start())
    code = f"U+{ord(found.group()):04X}"
    message = f"the invisible character {code} must not stand in a file"
    advice = "delete it"
    if source.form == "yaml":
        advice += f'; if it is part of a value, write it as "\\u{ord(found.group()):04x}" in double quotes'
    return Finding("control-character", message, At(source, line, column, width=1), advice)


def explain(error: YAMLError, source: SourceText) -> Finding:
    """The finding for a parser's error, at the place to mend: for a quote that is never closed, its beginning."""
    mark, opened = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    problem, context = (
        str(getattr(error, "problem", None) or error),
        str(getattr(error, "context", None) or ""),
    )
    if isinstance(error, TooDeep):
        return _finding(
            "too-deep", problem, "a manifest needs six; look for stray brackets or dashes", source, mark
        )
    if isinstance(error, TooMuch):
        return _finding("unreadable-file", problem, "put the rows into several files", source, mark)
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    message, advice, at_start = _human(problem, context, source.line(line), column)
    return _finding("yaml", message, advice, source, opened if at_start and opened else mark)


def _finding(code: str, message: str, advice: str, source: SourceText, mark: Any) -> Finding:
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    if line > 1 and not source.line(line):
        # The end of the file has no text to show: what is unfinished is the last line that has some.
        while line > 1 and not source.line(line).strip():
            line -= 1
        column = len(source.line(line).rstrip()) + 1
    return Finding(code, message, At(source, line, column, width=1), advice)


def _human(problem: str, context: str, line: str, column: int) -> tuple[str, str, bool]:
    """Message, advice, and whether the place to show is where the unfinished thing began."""
    here, before = line[column - 1 : column], line[: column - 1]
    indent = line[: len(line) - len(line.lstrip())]
    if "\t" in indent or "tab character" in problem:
        return (
            "a tab in the indentation",
            "YAML is indented with spaces only; replace the tab with spaces",
            False,
        )
    if "cannot start any token" in problem:
        what = "a backtick" if here == "`" else f"`{here}`"
        return f"a plain value cannot begin with {what}", "put the value in quotes", False
    if "unexpected ':'" in problem or (here == "?" and "flow" in context):
        return f"a `{here}` inside of a value between brackets", "put the value in quotes", False
    if "mapping values" in problem and ": " in before + " ":
        return (
            "a second `: ` in one line",
            "if the colon belongs to the value, put the value in quotes",
            False,
        )
    for words, message, advice, at_start in _PROBLEMS:
        if words in problem or words in context:
            return message, advice, at_start
    return f"this is no YAML: {problem}", "look at this line and at the one before it", False


# Words of libyaml's → message, advice, whether to show the beginning. The first match counts, so the particular come first.
_PROBLEMS = (
    (
        "unknown escape",
        "an escape that YAML does not know",
        "write `\\\\` for a backslash, or use single quotes",
        False,
    ),
    (
        "hexadecimal",
        "an escape that YAML does not know",
        "write `\\\\` for a backslash, or use single quotes",
        False,
    ),
    (
        # A misspelling of libyaml's.
        "hexdecimal",
        "an escape that YAML does not know",
        "write `\\\\` for a backslash, or use single quotes",
        False,
    ),
    (
        "quoted scalar",
        "this quote is never closed",
        "add the closing quote; write a quote inside of 'single quotes' twice",
        True,
    ),
    (
        "mapping values",
        "a `:` where no key can stand",
        "is a space missing after the colon of the line above?",
        False,
    ),
    ("expected ':'", "this line is not `key: value`", "is the colon, or the space after it, missing?", True),
    (
        "flow sequence",
        "this `[` is never closed, or a comma is missing after it",
        "add `]` or the comma",
        True,
    ),
    (
        "flow mapping",
        "this `{` is never closed, or a comma is missing after it",
        "add `}` or the comma",
        True,
    ),
    ("flow node", "a value is missing here", "is a bracket not closed, or a comma too many?", False),
    (
        "expected '-'",
        "a list goes on with something that is no item",
        "begin items with `- `, all equally indented",
        False,
    ),
    (
        "expected key",
        "this does not fit in here",
        "check the indentation; text after a closing quote needs to go",
        False,
    ),
    ("sequence entries", "a list cannot begin here", "begin it on a line of its own", False),
    ("anchor", "a plain value cannot begin with `&`", "put the value in quotes", True),
    ("alias", "a plain value cannot begin with `*`", "put the value in quotes", True),
    ("tag", "a plain value cannot begin with `!`", "put the value in quotes", True),
    ("block scalar", "only a comment can stand after `|` or `>`", "begin the text on the next line", False),
    (
        "directive",
        "a line that begins with `%` is a directive of YAML",
        "put the value in quotes, or remove the line",
        True,
    ),
    ("incompatible", "a version of YAML that is not read", "remove the line that begins with `%YAML`", False),
    (
        "<document start>",
        "text after the end of a document",
        "check the indentation; begin a new document with `---`",
        False,
    ),
)
