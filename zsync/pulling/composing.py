"""New documents of manifests, and the CSV files beside them, as bytes."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from unicodedata import category

from zsync.edit.printer import canonical_text
from zsync.edit.quoting import canonical, quoted
from zsync.kinds import Kind
from zsync.model import Fields, Parent
from zsync.pulling.rows import NewRow
from zsync.syntax.document import Number

_NAME = 60
"""Most characters of a name in a comment."""

_RUN_BY_SPREADSHEETS = ("=", "+", "-", "@")


@dataclass(frozen=True, slots=True)
class NewList:
    """A list to write: `name` as manifests write it, `key` without fields where all rows have an id. `sheet` are the rows of a
    CSV file, `csv` its name.
    """

    name: str
    kind: Kind
    key: tuple[str, ...]
    defaults: Fields
    rows: tuple[NewRow, ...]
    sheet: tuple[NewRow, ...] = ()
    csv: str = ""

    @property
    def all_rows(self) -> tuple[NewRow, ...]:
        """The rows, wherever they stand."""
        return (*self.rows, *self.sheet)


def parted(
    rows: Sequence[NewRow], kind: Kind, defaults: Fields, most: int, *, csv: bool
) -> tuple[list[NewRow], list[NewRow]]:
    """The rows of a new list that stand in its manifest, and those that stand in a CSV file.

    A cell has no type and loses outer spaces, and a spreadsheet runs one that begins with `=`: rows that a cell would change
    stay in the manifest. So do a few that only a comment names, for a cell has no comment.
    """
    if not csv and len(rows) <= most:
        return list(rows), []
    here: list[NewRow] = []
    there: list[NewRow] = []
    named = sum(row.by_id and bool(row.name) for row in rows)
    for row in rows:
        stays = (row.by_id and bool(row.name) and named <= most) or not fits_cells(row, kind, defaults)
        (here if stays else there).append(row)
    return here, there


def document(parent: Parent, lists: Iterable[NewList], kinds: Iterable[Kind]) -> str:
    """A document of a manifest in its canonical form, without `---`. A row by id has the record's name behind it."""
    lines = ["version: 1", "parent:", f"  module: {canonical(parent.module)}"]
    lines.append(
        f"  match: {_flow(dict(parent.match))}" if parent.match else f"  id: {quoted(str(parent.id))}"
    )
    lines.append("related_lists:")
    for each in lists:
        lines += _list(each)
    return canonical_text("\n".join(lines) + "\n", kinds)


def sheet(made: NewList) -> str:
    """The CSV file of a list."""
    names = [
        *(made.key if any(not row.by_id for row in made.sheet) else ()),
        *(("id",) if any(row.by_id for row in made.sheet) else ()),
        *(name for name in made.kind.fields if any(name in _own(row, made.defaults) for row in made.sheet)),
    ]
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, names, restval="", lineterminator="\n")
    writer.writeheader()
    for row in made.sheet:
        cells = {**_key(row, made.key), **_own(row, made.defaults)}
        writer.writerow({name: cell(value) for name, value in cells.items()})
    return text.getvalue()


def cell(value: Any) -> str:
    """A value as a cell of a CSV file."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def node(value: Any) -> Any:
    """A value as YAML's tree has it: numbers digit for digit."""
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return Number(format(Decimal(value), "f"))
    return value


def remark(name: str) -> str:
    """What a comment says of a record's name: nothing that ends its line, hides, or turns the text around; empty for none."""
    shown = "".join(char if category(char)[0] not in "CZ" else " " for char in name)
    text = " ".join(shown.split())
    return f"{text[: _NAME - 1]}…" if len(text) > _NAME else text


def _list(made: NewList) -> list[str]:
    lines = [f"  {canonical(made.name)}:"]
    if made.key:
        several = f"[{', '.join(made.key)}]"
        lines.append(f"    key: {made.key[0] if len(made.key) == 1 else several}")
    if made.defaults:
        lines.append(f"    defaults: {_flow(made.defaults)}")
    if made.rows:
        lines.append("    records:")
        for row in made.rows:
            comment = remark(row.name) if row.by_id else ""
            lines.append(
                f"      - {row_text(row, made.key, made.defaults)}{f'  # {comment}' if comment else ''}"
            )
    if made.sheet:
        lines.append(f"    from: {{csv: {canonical(made.csv)}}}")
    return lines


def row_text(row: NewRow, key: tuple[str, ...], defaults: Fields) -> str:
    """A row on one line, without what the defaults say."""
    return _flow({**_key(row, key), **_own(row, defaults)})


def _key(row: NewRow, key: tuple[str, ...]) -> dict[str, str]:
    return {"id": row.key[0]} if row.by_id else dict(zip(key, row.key, strict=True))


def _own(row: NewRow, defaults: Fields) -> dict[str, Any]:
    """The fields that a row writes itself."""
    return {
        name: value
        for name, value in row.fields.items()
        if name not in defaults
        or isinstance(defaults[name], bool) is not isinstance(value, bool)
        or defaults[name] != value
    }


def _flow(fields: Fields) -> str:
    return f"{{{', '.join(f'{name}: {_scalar(name, value)}' for name, value in fields.items())}}}"


def _scalar(name: str, value: Any) -> str:
    return quoted(value) if name == "id" else canonical(node(value))


def fits_cells(row: NewRow, kind: Kind, defaults: Fields) -> bool:
    """Whether the cells of a CSV file hold a row as it is."""
    if not row.by_id and not all(_plain_cell(text) for text in row.key):
        return False
    for name, value in _own(row, defaults).items():
        type_ = kind.fields[name]
        if isinstance(value, str):
            if not _plain_cell(value):
                return False
        elif type_ == "any":
            return False
    return True


def _plain_cell(text: str) -> bool:
    """Whether a cell holds this text as it is. What nobody sees, and what ends a line, only YAML can escape."""
    unseen = any(category(char)[0] == "C" or category(char) in ("Zl", "Zp") for char in text)
    return text == text.strip() and bool(text) and not unseen and not text.startswith(_RUN_BY_SPREADSHEETS)
