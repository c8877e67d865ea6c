"""Rows from a CSV file that a list names under `from`."""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import NamedTuple

from zsync.kinds import FieldType
from zsync.manifest.files import Contents, display, read_file
from zsync.manifest.rows import RowReader, fields_of
from zsync.model import Row
from zsync.syntax.checking import nearest, unknown_key
from zsync.syntax.document import Map, Node, scalar
from zsync.syntax.recovery import forbidden
from zsync.syntax.source import At, Finding, SourceText

_DELIMITERS = ",;\t"

_PATH, _NAME = 1024, 255
"""The longest path and the longest name in one, in bytes, that files have on every system."""

_SHOWN = 80


class Line(NamedTuple):
    """A record of a CSV file, and the number of the line on which it begins."""

    number: int
    cells: list[str]


def read_csv(written: str, at: At, manifest: Path, reader: RowReader, into: Contents) -> list[Row]:
    """The rows without errors of a CSV file, whose path is relative to the manifest. Errors go to `reader.findings`."""
    if _too_long(written):
        message = f"`{written[:_SHOWN]}…` is longer than a path can be"
        reader.findings.append(Finding("missing-file", message, at, "the path is relative to this manifest"))
        return []
    path = manifest.parent / written.replace("\\", "/")
    if _absolute(written) or into.tree.leaves(path, manifest.parent):
        message = f"`{written}` leads out of the repository"
        reader.findings.append(
            Finding("unsafe-path", message, at, "write a path relative to this file, within the repository")
        )
        return []
    if not into.tree.is_file(path):
        message = f"there is no file `{display(path, into.root)}`"
        reader.findings.append(Finding("missing-file", message, at, "the path is relative to this manifest"))
        return []
    source = read_file(path, display(path, into.root), "csv", into)
    if source is None:
        return []
    finding = forbidden(source)
    if finding:
        reader.findings.append(finding)
        return []
    lines = list(_lines(source, reader.findings))
    names = [cell.strip() for cell in lines[0].cells] if lines else []
    if not _header(names, source, reader):
        return []
    nodes = [node for line in lines[1:] if (node := _node(line, names, source, reader)) is not None]
    rows = replace(reader, source=source, shapes={})
    return rows.read(nodes, source.name)


def find_cell(source: SourceText, line: int, name: str) -> tuple[int, int, int] | None:
    """The line, column and width of a record's cell in the column of this name; None where it has none, or holds nothing.

    A record is told by its first line. A cell that begins on a later line is none here.
    """
    header = source.line(1)
    delimiter = max(_DELIMITERS, key=header.count)
    names = [text.strip().strip('"') for _, text in _cells(header, delimiter)]
    found = _cells(source.line(line), delimiter)
    place = names.index(name) if name in names else len(found)
    if place >= len(found) or not (cell := found[place][1].strip()):
        return None
    return line, found[place][0] + found[place][1].index(cell) + 1, len(cell)


def _cells(line: str, delimiter: str) -> list[tuple[int, str]]:
    """The cells of a line as they are written, quotes included, each with the index at which it begins."""
    found, begins, quoted = [], 0, False
    for at, sign in enumerate(line):
        quoted ^= sign == '"'
        if sign == delimiter and not quoted:
            found.append((begins, line[begins:at]))
            begins = at + 1
    return [*found, (begins, line[begins:])]


def _too_long(written: str) -> bool:
    """Whether no system has a file of such a name: to look for it is an error, not a no."""
    name = written.encode("utf-8", "surrogatepass").replace(b"\\", b"/")
    return len(name) > _PATH or any(len(part) > _NAME for part in name.split(b"/"))


def _absolute(written: str) -> bool:
    """Whether a path is absolute on any system, not only on this one."""
    return PurePosixPath(written).is_absolute() or bool(PureWindowsPath(written).anchor) or "\0" in written


def delimiter_of(text: str) -> str:
    """The delimiter of a CSV file's text."""
    # Where the comma is the decimal sign, spreadsheets write semicolons. Names of fields need no quotes, so the header tells.
    return max(_DELIMITERS, key=text.partition("\n")[0].count)


def _lines(source: SourceText, findings: list[Finding]) -> Iterator[Line]:
    delimiter = delimiter_of(source.text)
    # Strict: a stray quote would otherwise swallow lines up to the next quote, and their rows with them.
    reader = csv.reader(io.StringIO(source.text, newline=""), delimiter=delimiter, strict=True)
    # A quoted value may hold line ends: the reader's own count is that of a record's last line.
    begins = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield Line(begins, cells)
            begins = reader.line_num + 1
    except csv.Error as error:
        advice = "check the quotes of this line; a quote inside of a value is written twice"
        findings.append(Finding("csv", f"this is no CSV: {error}", At(source, begins, 1), advice))


def _header(names: list[str], source: SourceText, reader: RowReader) -> bool:
    before, at = len(reader.findings), At(source, 1, 1)
    if not names:
        reader.findings.append(Finding("csv", "the CSV file is empty", at, "its first line names the fields"))
        return False
    known = tuple(dict.fromkeys((*reader.key, "id", *reader.kind.fields)))
    line, found = source.line(1), 0
    for name in names:
        # Each name is searched behind the one before: from the start, the time would grow with the square of the names.
        found = max(line.find(name, found), found)
        if name not in known and (reader.certain or nearest(name, known)):
            column = found + 1
            here = at._replace(column=column, width=len(name))
            reader.findings.append(unknown_key(name, known, here, fields_of(reader.kind)))
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    for name in twice:
        reader.findings.append(Finding("csv", f"two columns are named `{name}`", at, "remove one of the two"))
    return len(reader.findings) == before


def _node(line: Line, names: list[str], source: SourceText, reader: RowReader) -> Map | None:
    """A record as the mapping that a manifest would have in its place. An empty cell is an absent key."""
    if len(line.cells) > len(names) and any(cell.strip() for cell in line.cells[len(names) :]):
        message = f"{len(line.cells)} cells, but the first line names {len(names)}"
        advice = "put a value that holds the delimiter in quotes"
        reader.findings.append(Finding("csv", message, At(source, line.number, 1), advice))
        return None
    node = Map()
    node.line, node.column = line.number, 1
    # Spreadsheets drop empty cells at the end of a line: fewer cells than names are no mistake.
    for name, cell in zip(names, line.cells, strict=False):
        if cell.strip():
            node[name] = cell_value(cell.strip(), name, reader.kind.fields.get(name))
    return node


def cell_value(cell: str, name: str, kind: FieldType | None) -> Node:
    """The value of a cell, which is text. CSV has no types, so a key may also be a number, and `true` a boolean."""
    value = scalar(cell) if (kind is None and name != "id") or kind == "boolean" else cell
    return cell if value is None or (kind is None and isinstance(value, bool)) else value
