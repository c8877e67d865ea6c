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
    """The canonical form of a manifest without errors. Lines of `text` must end with `\\n` alone.

    Each row is on a line of its own, in braces; keys have a fixed order; comments are kept. A comment at the end of a line
    keeps its column if it shares that with others and the line leaves room, else two spaces are before it. Canonical text
    comes back unchanged.
    """
    kinds = tuple(kinds)
    short, stretches = shorten(text)
    printed = _printed(short, kinds, stretches) if stretches else None
    # A sample that was not canonical after all: the long way is slower and always right.
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
    """A comment that lost its column, since the text before it changed."""
    return comment._replace(gap=0, column=-1)


class _Printer:
    def __init__(self, comments: Iterable[YamlComment]) -> None:
        self.lines: list[str] = []
        self.tails: list[_Tail] = []
        self.shared = Counter(comment.column for comment in comments if not comment.own)

    def add(self, lines: Sequence[str], indent: str = "", *, first: bool = True) -> None:
        """Add comments and empty lines. At the top of a block (`first`), an empty line would separate nothing."""
        if first and lines and not lines[0]:
            lines = lines[1:]
        self.lines += [indent + line if line else "" for line in lines]

    def sheet(self, sheet: Sheet, *, first: bool) -> None:
        """Add a document. The first has a `---` only if the file does."""
        if sheet.document.explicit or not first:
            self.add([""] if sheet.blank and self.lines else [], first=False)
            self.lines.append("---")
            self.behind(sheet.mark)
        self.add(sheet.head)
        for number, unit in enumerate(sheet.tops):
            self.unit(unit, first=number == 0)

    def unit(self, unit: Unit, *, first: bool) -> None:
        """Add a line, the block that it begins, and the comments of both."""
        indent, tail, inner = "  " * unit.level, unit.tail, unit.inner or []
        # The only comment within a value stands behind it, now that the value is on one line.
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
        """Add a comment behind the last line. It keeps a column that was chosen: set apart, or shared with others."""
        if comment:
            aligned = comment.gap > _GAP or self.shared[comment.column] > 1
            self.tails.append(_Tail(len(self.lines) - 1, comment.column if aligned else None, comment.text))

    def text(self) -> str:
        """The whole text. Comments that shared a column still do, further right if a line became too long for it."""
        columns: dict[int | None, int] = {}
        for line, column, _ in self.tails:
            columns[column] = max(columns.get(column, column or 0), len(self.lines[line]) + _GAP)
        for line, column, text in self.tails:
            width = columns[column] if column is not None else len(self.lines[line]) + _GAP
            self.lines[line] = self.lines[line].ljust(width) + text
        return "".join([f"{line}\n" for line in self.lines])
