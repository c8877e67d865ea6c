"""Documents in which a row is no YAML: read again without such rows, so that one broken row does not hide what else is wrong."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from zsync.syntax.document import Document, parse
from zsync.syntax.recovery import MAX_BROKEN
from zsync.syntax.source import LINE_END, Finding, SourceText

_ITEM = re.compile(r"([ \t]*)- ")
_TALLEST = 50
"""Most lines above an error in which its row may begin."""
_BACK = 500
"""Most rows that are looked at, from an error upwards, for the one that is to blame."""


class Torn(NamedTuple):
    """What can be read once the broken rows are left out: the text, its documents that nobody could read before, and what is wrong with them."""

    source: SourceText
    documents: tuple[Document, ...]
    findings: tuple[Finding, ...]


def without_broken_rows(
    source: SourceText, documents: Sequence[Document], findings: Sequence[Finding]
) -> Torn:
    """Read the rest of each document that a row breaks; `documents` and `findings` are what was read of the text as it stands.

    All lines stay where they are. An error that is in no row ends it: what follows from that, nobody can tell.
    """
    lines = [*LINE_END.split(source.text)]
    told = {_place(each) for each in findings}
    text, found, fresh, read = source, tuple(findings), list[Finding](), tuple(documents)
    for _ in range(MAX_BROKEN):
        rows = [row for each in found if each.code == "yaml" for row in _culprit(lines, each.at.line - 1)]
        if not rows:
            break
        for row in rows:
            lines[row] = ""
        text = SourceText(source.name, "\n".join(lines), source.form)
        read, found = parse(text)
        found = tuple(
            each
            for each in found
            if _place(each) not in told and (each.code != "yaml" or _in_row(lines, each))
        )
        told.update(map(_place, found))
        fresh += found
    known = {(each.line, each.column) for each in documents}
    return Torn(text, tuple(each for each in read if (each.line, each.column) not in known), tuple(fresh))


def _place(finding: Finding) -> tuple[str, int, int]:
    return finding.code, finding.at.line, finding.at.column


def _in_row(lines: Sequence[str], finding: Finding) -> bool:
    return bool(_culprit(lines, finding.at.line - 1))


def _culprit(lines: Sequence[str], at: int) -> range:
    """The lines of the row that breaks the document: that of line `at`, or the nearest one above it, that is no YAML by itself.

    What is never closed is often noticed rows later. A row that is in order by itself is not to blame.
    """
    row = _row(lines, at)
    for _ in range(_BACK):
        if not row:
            return row
        _, findings = parse(SourceText("", "\n".join(lines[line] for line in row)))
        if any(each.code == "yaml" for each in findings):
            return row
        above = row.start - 1
        while above >= 0 and not lines[above].strip():
            above -= 1
        row = _row(lines, above)
    return range(0)


def _row(lines: Sequence[str], at: int) -> range:
    """The lines (from 0) of the innermost item of a list that line `at` is in; none where it is in none."""
    if not 0 <= at < len(lines) or not lines[at].strip():
        return range(0)
    begins, depth = at, _indent(lines[at])
    while not (item := _ITEM.match(lines[begins])) or (begins != at and len(item[1]) >= depth):
        begins -= 1
        if begins < max(0, at - _TALLEST):
            return range(0)
        # A shallower line that is no item is the key around the list, or around something else.
        if lines[begins].strip() and _indent(lines[begins]) < depth and not _ITEM.match(lines[begins]):
            return range(0)
    depth = len(item[1])
    ends = begins + 1
    while ends < len(lines) and lines[ends].strip() and _indent(lines[ends]) > depth:
        ends += 1
    return range(begins, ends)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
