"""The texts of files, and findings in them: diagnostics whose places are not known yet (see `zsync.syntax.locating`)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple, Self

from zsync.bounds import ERRORS, EXCERPT
from zsync.model import Sentence, Severity

LINE_END = re.compile(r"\r\n|\r|\n")


# Compared by identity: it is a key of dictionaries, and comparing texts of megabytes would cost more than they save.
@dataclass(frozen=True, eq=False)
class SourceText:
    """A file that was read: its name in diagnostics, its text without a byte order mark, and its format."""

    name: str
    text: str
    form: Literal["yaml", "csv"] = "yaml"

    @cached_property
    def _lines(self) -> tuple[str, ...]:
        return tuple(LINE_END.split(self.text))

    def line(self, number: int) -> str:
        """The text of a line (from 1), without its line end; empty after the last line."""
        return self._lines[number - 1] if 0 < number <= len(self._lines) else ""

    def excerpt(self, number: int, column: int) -> tuple[str, int]:
        """A line, or the part of a long line around a column, and the column (from 1) at which it begins.

        A part is one character longer than `bounds.EXCERPT`, which tells it from a whole line.
        """
        line = self.line(number)
        if len(line) <= EXCERPT.most:
            return line, 1
        start = min(max(column - 1 - EXCERPT.most // 2, 0), len(line) - EXCERPT.most - 1)
        return line[start : start + EXCERPT.most + 1], start + 1

    def position(self, index: int) -> tuple[int, int]:
        """Line and column, both from 1, of a character of the text."""
        ends = [match.end() for match in LINE_END.finditer(self.text, 0, index)]
        return len(ends) + 1, index - (ends[-1] if ends else 0) + 1


def decode(
    name: str, data: bytes, form: Literal["yaml", "csv"] = "yaml"
) -> tuple[SourceText, "Finding | None"]:
    """The text of a file's bytes, and a finding unless they are UTF-8, with or without a byte order mark.

    The text is never missing: for other bytes it has replacement characters, so that the finding can show its line.
    """
    try:
        return SourceText(name, data.decode("utf-8-sig"), form), None
    except UnicodeDecodeError as error:
        source = SourceText(name, data.decode("utf-8-sig", "replace"), form)
        line, column = source.position(len(error.object[: error.start].decode()))
        looks = "UTF-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "not UTF-8"
        advice = "save the file as UTF-8" + (" (Excel: `CSV UTF-8`)" if form == "csv" else "")
        return source, Finding("encoding", f"the file is {looks}", At(source, line, column, width=1), advice)


class At(NamedTuple):
    """A place: a line and column of a source (from 1; line 0: no line), or an entry of the container that begins there.

    `key` is a mapping's key or a sequence's index; `part` says whether the key is meant or its value.
    """

    source: SourceText
    line: int
    column: int
    key: str | int | None = None
    part: Literal["key", "value"] = "value"
    width: int = 0


class Finding(NamedTuple):
    """A diagnostic whose place has not been looked up yet."""

    code: str
    message: str | Sentence
    at: At
    help: str | Sentence = ""
    severity: Severity = "error"
    notes: tuple[tuple[At, str | Sentence], ...] = ()


class TooManyErrors(Exception):
    """More errors than a person wants to read."""


class Findings(list[Finding]):
    """Findings as they are collected. Adding one raises `TooManyErrors` once there are more errors than `bounds.ERRORS`."""

    def __init__(self, findings: Iterable[Finding] = ()) -> None:
        super().__init__(findings)
        self._errors = sum(finding.severity == "error" for finding in self)

    def append(self, finding: Finding) -> None:
        """Add a finding and count it."""
        super().append(finding)
        self._errors += finding.severity == "error"
        if self._errors > ERRORS.most:
            raise TooManyErrors

    def extend(self, findings: Iterable[Finding]) -> None:
        """Add findings, until there are too many errors."""
        for finding in findings:
            self.append(finding)

    def __iadd__(self, findings: Iterable[Finding]) -> Self:  # type: ignore[override,misc]  # a list takes any value
        self.extend(findings)
        return self
