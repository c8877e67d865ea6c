"""Rows of changes as lines of a terminal: their cells, lined up in columns, and colours."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from zsync.model import Action, Change, Status
from zsync.render.columns import columns, padded
from zsync.render.escape import terminal
from zsync.render.groups import ListGroup, record_names
from zsync.render.words import RUNES, fields

BOLD, DIM, RED, YELLOW, GREEN, MAGENTA = "1", "2", "1;31", "1;33", "1;32", "1;35"
COLORS: dict[Action | Status, str] = {
    "delete": RED,
    "update": YELLOW,
    "create": GREEN,
    "refused": RED,
    "held": YELLOW,
    "unknown": RED,
    "unsent": YELLOW,
    "unchanged": GREEN,
    "applied": GREEN,
}
# Cells beyond these widths do not widen their column: one long value would push the places of all rows out of sight.
_NAME_WIDTH = 48
_FIELDS_WIDTH = 64


class TextRow(NamedTuple):
    """A change as the cells of a line, escaped; `aligned` lines them up."""

    at: int
    action: Action
    name: str
    fields: str
    place: str


def text_rows(
    changes: Sequence[Change], group: ListGroup, shown: Iterable[int], *, full: bool
) -> list[TextRow]:
    """The rows to show of a list, by their indices; with `full` with ids and whole values."""
    names = dict(zip(group.changes, record_names(changes, group, full=full), strict=True))
    return [_row(changes[index], index, names[index], full=full) for index in shown]


def _row(change: Change, index: int, name: str, *, full: bool) -> TextRow:
    cells = ", ".join(
        terminal(f"{field.name}: {field.sides}")
        for field in (fields(change, None) if full else fields(change))
    )
    place = terminal(change.place)
    if change.origin != "change":
        place = f"{place} [{terminal(change.origin)}]".lstrip()
    return TextRow(index, change.action, terminal(name), cells, place)


def aligned(
    rows: list[TextRow],
    *,
    indent: int,
    width: int | None,
    color: bool,
    signs: Mapping[Action, str] = RUNES,
) -> Iterator[tuple[int, str]]:
    """The index and the line of each row, which begins with its action's sign. A cell that is wider than its column pushes the
    rest to the right.
    """
    sign = max(map(len, signs.values())) + 1
    names = _column((row.name for row in rows), _NAME_WIDTH)
    cells = _column((row.fields for row in rows), _FIELDS_WIDTH)
    if width is not None:
        places = max((columns(row.place) for row in rows), default=0)
        cells = min(cells, max(width - indent - sign - names - 2 - 2 - places, 0))
    told = any(row.fields for row in rows)
    for row in rows:
        head = paint(
            padded(f"{signs[row.action]:<{sign - 1}} {row.name}", names + sign),
            COLORS[row.action],
            color=color,
        )
        tail = f"  {padded(row.fields, cells)}" if told else ""
        yield row.at, f"{' ' * indent}{head}{tail}  {paint(row.place, DIM, color=color)}".rstrip()


def paint(text: str, style: str, *, color: bool) -> str:
    """A text in a style, a number of ANSI's; as it is without colours."""
    return f"\x1b[{style}m{text}\x1b[0m" if color and text else text


def _column(cells: Iterable[str], most: int) -> int:
    return max((wide for cell in cells if (wide := columns(cell)) <= most), default=0)
