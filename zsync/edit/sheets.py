"""Edits of the rows of one CSV file → its new bytes."""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from zsync.edit.edits import AddRow, Edit, Refused, RemoveRow, SetFields
from zsync.edit.order import place_of, row_order
from zsync.edit.sites import CannotAmend
from zsync.edit.splicing import Original, Splice
from zsync.manifest.csv import cell_value, delimiter_of
from zsync.manifest.values import read_value
from zsync.model import ManagedList
from zsync.model.fields import empty

_FORMULA = ("=", "+", "-", "@")


class _Cell(NamedTuple):
    start: int
    end: int


def amend_sheet(content: bytes, edits: Sequence[Edit]) -> tuple[bytes, list[Refused]]:
    """The sheet with the edits in it, and those that no cell can express.

    Raises `LookupError` for an edit of what is not there.
    """
    original = Original(content)
    sheet = _Sheet(original.text, delimiter_of(original.written))
    refused: list[Refused] = []
    for edit in edits:
        try:
            sheet.take(edit)
        except CannotAmend as error:
            refused.append(Refused(edit, str(error)))
    return original.spliced(sheet.splices()), refused


class _Sheet:
    """A CSV file whose lines end with `\\n` alone, and what is to become of it."""

    def __init__(self, text: str, delimiter: str) -> None:
        self.text = text
        self.delimiter = delimiter
        sign = re.escape(self.delimiter)
        self.cell = re.compile(rf'("(?:[^"]|"")*"|[^{sign}\n]*)({sign}|\n|\Z)')
        self.starts = [0, *(found.end() for found in re.finditer("\n", text))]
        self.head = next(at for at in self.starts if any(self.plain(cell) for cell in self.cells(at)))
        self.names = [self.plain(cell) for cell in self.cells(self.head)]
        self.more: list[str] = []
        self.made: list[Splice] = []
        self.added: dict[int, list[tuple[Any, str]]] = {}

    def cells(self, start: int) -> list[_Cell]:
        """The cells of the record that begins at an index."""
        found = []
        while match := self.cell.match(self.text, start):
            found.append(_Cell(match.start(1), match.end(1)))
            start = match.end()
            if match[2] != self.delimiter:
                break
        return found

    def plain(self, cell: _Cell) -> str:
        """What a cell says."""
        text = self.text[cell.start : cell.end]
        return (text[1:-1].replace('""', '"') if text[:1] == '"' else text).strip()

    def take(self, edit: Edit) -> None:
        """Add an edit. Raises `CannotAmend` where no cell can express it."""
        if isinstance(edit, AddRow):
            self.add(edit)
        elif isinstance(edit, RemoveRow):
            start = self.starts[edit.row.line - 1]
            self.made.append(Splice(start, self.below(start), ""))
        elif isinstance(edit, SetFields):
            self.set(edit)

    def below(self, start: int) -> int:
        """Where the record below the one that begins at an index begins."""
        end = self.cells(start)[-1].end
        return min(end + 1, len(self.text))

    def set(self, edit: SetFields) -> None:
        cells = self.cells(self.starts[edit.row.line - 1])
        texts = {name: _text(name, value, edit.managed) for name, value in edit.fields.items()}
        # Spreadsheets drop empty cells at the end of a line.
        more: dict[int, str] = {}
        for name, text in texts.items():
            at = self.column(name, text)
            if at is not None and at < len(cells):
                old = self.text[cells[at].start : cells[at].end]
                self.made.append(Splice(*cells[at], self.written(text, old)))
            elif at is not None:
                more[at] = self.written(text, "")
        if more:
            end = cells[-1].end
            behind = [self.delimiter + more.get(at, "") for at in range(len(cells), max(more) + 1)]
            self.made.append(Splice(end, end, "".join(behind)))

    def column(self, name: str, text: str) -> int | None:
        """The column of a field; a new one where there is none, unless the field is empty anyway."""
        names = [*self.names, *self.more]
        if name in names:
            return names.index(name)
        if not text:
            return None
        self.more.append(name)
        return len(names)

    def add(self, edit: AddRow) -> None:
        managed = edit.managed
        named = ("id",) if edit.by_id else managed.key
        texts = dict(zip(named, edit.key, strict=True))
        for name, text in texts.items():
            _check_key(name, text)
        fields = {**dict.fromkeys(managed.defaults), **edit.fields}
        texts |= {
            name: _text(name, value, managed)
            for name, value in fields.items()
            if name in self.names or not _same(value, managed.defaults.get(name))
        }
        for name, text in texts.items():
            self.column(name, text)
        line = self.delimiter.join(
            self.written(texts.get(name, ""), "") for name in (*self.names, *self.more)
        )
        known = [row for row in managed.records if row.file == edit.sheet]
        order = row_order(edit.key, by_id=edit.by_id)
        at = place_of(order, [row_order(row.key, by_id=row.by_id) for row in known])
        place = self.below(self.starts[known[at - 1].line - 1]) if at else self.below(self.head)
        self.added.setdefault(place, []).append((order, f"{line}\n"))

    def written(self, text: str, old: str) -> str:
        """A text as a cell, in quotes where it needs them or `old` has them."""
        odd = text != text.strip() or any(sign in text for sign in (self.delimiter, '"', "\n", "\r"))
        return '"' + text.replace('"', '""') + '"' if odd or old[:1] == '"' else text

    def splices(self) -> list[Splice]:
        """What takes the place of what, all edits together."""
        made = list(self.made)
        for place, lines in self.added.items():
            text = "".join(line for _, line in sorted(lines))
            made.append(Splice(place, place, text, whole=True))
        if self.more:
            end = self.cells(self.head)[-1].end
            made.append(Splice(end, end, "".join(self.delimiter + name for name in self.more)))
        return made


def _text(name: str, value: Any, managed: ManagedList) -> str:
    """A field's value as the text of a cell. Raises `CannotAmend` where no cell says it."""
    kind = managed.kind.fields.get(name, "any")
    if empty(value):
        if not empty(managed.defaults.get(name)):
            raise CannotAmend(f"{name} is empty in the CRM, and for an empty cell `defaults` counts")
        return ""
    text = ("true" if value else "false") if isinstance(value, bool) else str(value)
    if not isinstance(value, str) and not isinstance(value, bool):
        text = format(value, "f") if hasattr(value, "as_tuple") else text
    read, problem = read_value(name, cell_value(text.strip(), name, kind), kind)
    if problem or read != value or type(read) is not type(value):
        raise CannotAmend(f"no cell can say {name}: {value}")
    if isinstance(value, str) and text.startswith(_FORMULA):
        raise CannotAmend(f"{name} begins like a formula, which a spreadsheet would run: {value}")
    return text


def _check_key(name: str, text: str) -> None:
    if text != text.strip() or text.startswith(_FORMULA):
        raise CannotAmend(f"no cell can say {name}: {text}")


def _same(value: Any, usual: Any) -> bool:
    return (empty(value) and empty(usual)) or (value == usual and type(value) is type(usual))
