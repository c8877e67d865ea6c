"""Which comment belongs to which line of the canonical form.

A unit is what the canonical form writes on a line of its own: a key with its value, the key of a block, or a row.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from zsync.edit.outline import DocumentOutline, Outline, Tree, YamlComment


@dataclass(slots=True)
class Unit:
    """A line of the canonical form, `text`: a `key` with its value in `tree`, or a row. `start` is its index in the file.

    `text` is empty for a row that the text of another includes (see `zsync.edit.stretches`). `children` are the lines of the
    block that it begins, None if it begins none. `above` and `below` (below the whole block) are comments and empty lines;
    `inner` are comments within a value that spans lines; `tail` is the comment behind the line.
    """

    start: int
    key: Tree | None
    tree: Tree
    level: int
    parent: "Unit | None"
    text: str
    children: "list[Unit] | None" = None
    above: list[str] | None = None
    below: list[str] | None = None
    inner: list[YamlComment] | None = None
    tail: YamlComment | None = None

    @property
    def name(self) -> str:
        """The key's text; empty for a row."""
        return str(self.key.value) if self.key else ""

    @property
    def line(self) -> int:
        """The line of the file on which it begins, from 0."""
        return (self.key or self.tree).line

    @property
    def column(self) -> int:
        """The column of the file at which it begins, from 0; a row begins with its dash."""
        if self.key is None and self.parent:
            return self.parent.tree.column
        return (self.key or self.tree).column

    @property
    def last(self) -> int:
        """The line of the file on which it ends, from 0, without the block that it begins."""
        return self.key.last if self.children is not None and self.key else self.tree.last


@dataclass(slots=True)
class Sheet:
    """A document: its units in the order of the file, and those of the outermost mapping in the canonical order.

    `head` is what stands above the first line, `mark` the comment behind the `---`, `blank` whether that has an empty
    line above it.
    """

    document: DocumentOutline
    units: list[Unit]
    tops: list[Unit]
    head: list[str]
    mark: YamlComment | None = None
    blank: bool = False


def attach(outline: Outline, sheets: Sequence[Sheet]) -> list[str]:
    """Give every comment and every empty line to a unit or a sheet. Returns the lines above the first `---`."""
    preamble: list[str] = []
    places, begins = [_Places(sheet) for sheet in sheets], [sheet.document.start for sheet in sheets]
    for comment in outline.comments:
        number = bisect_right(begins, comment.start) - 1
        if number < 0:
            preamble += comment.lines
        else:
            places[number].put(comment)
    for sheet in sheets:
        if sheet.document.explicit:
            sheet.blank = outline.blank_above(sheet.document.start - len("---"))
        for unit in sheet.units:
            if outline.blank_above(unit.start):
                _space(sheet, unit)
    return preamble


def _space(sheet: Sheet, unit: Unit) -> None:
    if unit is not sheet.units[0]:
        unit.above = [*(unit.above or ()), ""]
    elif sheet.head:
        sheet.head.append("")


class _Places:
    """Finds the unit of each comment of a sheet. Comments come in the order of the file."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet, self.units = sheet, sheet.units
        self.starts = [unit.start for unit in sheet.units]
        self.last, self.deepest = -1, 0

    def put(self, comment: YamlComment) -> None:
        """Behind what stands on the same line, above what the comment is inside of, else between two units."""
        index = bisect_right(self.starts, comment.start) - 1
        if index < 0:
            if self.sheet.document.explicit and comment.line == self.sheet.document.line:
                self.sheet.mark = comment
            else:
                self.sheet.head += comment.lines
            return
        unit = self.units[index]
        if unit.children is None and comment.start < unit.tree.end:
            unit.inner = [*(unit.inner or ()), comment]
        elif not comment.own and comment.line == unit.last:
            self.behind(index, comment)
        else:
            self.between(index, comment)

    def behind(self, index: int, comment: YamlComment) -> None:
        """Where several units share a line, the first is what the writer spoke of."""
        while index and self.units[index].line == comment.line == self.units[index - 1].line:
            index -= 1
        unit = self.units[index]
        if unit.tail:
            unit.inner = [*(unit.inner or ()), unit.tail]
        unit.tail = comment

    def between(self, index: int, comment: YamlComment) -> None:
        """Above the next unit; a comment that is indented deeper closes the block that it is indented with."""
        unit = self.units[index]
        following = self.units[index + 1] if index + 1 < len(self.units) else None
        if index != self.last:
            self.last, self.deepest = index, unit.level
        owner, found = _owner(unit, following, comment, self.deepest)
        if found:
            owner.below = [*(owner.below or ()), *comment.lines]
            self.deepest = owner.level
        else:
            owner.above = [*(owner.above or ()), *comment.lines]
            self.deepest = -1


def _owner(unit: Unit, following: Unit | None, comment: YamlComment, deepest: int) -> tuple[Unit, bool]:
    """The unit whose block a comment closes, or (and False) the one above which it stands."""
    level = following.level if following else -1
    # Behind the `...` that ends a document, the column of a comment means nothing.
    column = comment.column if comment.own or following else 0
    if following and column <= following.column:
        return following, False
    here: Unit | None = unit
    outermost = unit
    while here and here.level > level:
        outermost = here
        if here.level <= deepest and here.column <= column:
            return here, True
        here = here.parent
    return (following, False) if following else (outermost, True)
