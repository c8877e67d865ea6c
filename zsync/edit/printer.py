"""Units → text: indentation, comments, empty lines."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from zsync.edit.comments import Sheet, Unit, attach
from zsync.edit.layout import lay_out
from zsync.edit.outline import YamlComment, outline
from zsync.edit.stretches import Stretch, lengthen, shorten
from zsync.kinds import Kind

_GAP = 2
"""Spaces before a comment that is not aligned with others, and the fewest before one that is."""


class _Tail(NamedTuple):
    """A comment behind a line: the line's number, and the column where it stood; None where it moved."""

    line: int
    column: int | None
    text: str


def canonical_text(text: str, kinds: Iterable[Kind]) -> str:
    """The canonical form of a manifest in which nothing is wrong; the lines of `text` must end with `\\n` alone.

    One row a line, in braces; keys in one order; comments kept, end-of-line comments in their column
    if it is wide enough and shared, or two spaces behind. Canonical text comes back as it is.
    """
    kinds = tuple(kinds)
    short, stretches = shorten(text)
    printed = _printed(short, kinds, stretches) if stretches else None
    return _printed(text, kinds, []) or "" if printed is None else printed


def _printed(text: str, kinds: tuple[Kind, ...], stretches: Sequence[Stretch]) -> str | None:
    """The canonical form; None where the stretches cannot be put back."""
    found = outline(text)
    sheets = [lay_out(document, kinds) for document in found.documents]
    if not lengthen(sheets, stretches):
        return None
    printer = _Printer(found.comments)
    printer.add(
        attach(found, sheets) if sheets else [line for comment in found.comments for line in comment.lines]
    )
    for number, sheet in enumerate(sheets):
        printer.sheet(sheet, first=number == 0)
    return printer.text()


def _moved(comment: YamlComment) -> YamlComment:
    """A comment whose column says nothing, because what it stood behind is written in another way now."""
    return comment._replace(gap=0, column=-1)


class _Printer:
    def __init__(self, comments: Iterable[YamlComment]) -> None:
        self.lines: list[str] = []
        self.tails: list[_Tail] = []
        self.shared = Counter(comment.column for comment in comments if not comment.own)

    def add(self, lines: Sequence[str], indent: str = "", *, first: bool = True) -> None:
        """Comments and empty lines; `first` of a block, where an empty line would stand apart from nothing."""
        if first and lines and not lines[0]:
            lines = lines[1:]
        self.lines += [indent + line if line else "" for line in lines]

    def sheet(self, sheet: Sheet, *, first: bool) -> None:
        """A document. The `---` of the first is kept where it is written."""
        if sheet.document.explicit or not first:
            self.add([""] if sheet.blank and self.lines else [], first=False)
            self.lines.append("---")
            self.behind(sheet.mark)
        self.add(sheet.head)
        for number, unit in enumerate(sheet.tops):
            self.unit(unit, first=number == 0)

    def unit(self, unit: Unit, *, first: bool) -> None:
        """A line, with the block that it begins and the comments of both."""
        indent, tail, inner = "  " * unit.level, unit.tail, unit.inner or []
        if not tail and len(inner) == 1 and not inner[0].own:
            tail, inner = _moved(inner[0]), []
        if tail and unit.children and unit.tree.line == unit.line:
            tail = _moved(tail)
        if unit.above or inner:
            self.add([*(unit.above or ()), *[comment.text for comment in inner]], indent, first=first)
        if unit.text:
            self.lines.append(indent + unit.text)
        if tail:
            self.behind(tail)
        for number, child in enumerate(unit.children or ()):
            self.unit(child, first=number == 0)
        if unit.below:
            self.add(unit.below, indent, first=False)

    def behind(self, comment: YamlComment | None) -> None:
        """A comment behind the last line. It keeps its column where that was chosen: apart, or in line with others."""
        if comment:
            aligned = comment.gap > _GAP or self.shared[comment.column] > 1
            self.tails.append(_Tail(len(self.lines) - 1, comment.column if aligned else None, comment.text))

    def text(self) -> str:
        """All of it. Comments that stood in one column still do, further right where a line became too long for it."""
        columns: dict[int | None, int] = {}
        for line, column, _ in self.tails:
            columns[column] = max(columns.get(column, column or 0), len(self.lines[line]) + _GAP)
        for line, column, text in self.tails:
            width = columns[column] if column is not None else len(self.lines[line]) + _GAP
            self.lines[line] = self.lines[line].ljust(width) + text
        return "".join([f"{line}\n" for line in self.lines])
