"""Values and rows as YAML, in the style of what stands beside them."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from zsync.edit.quoting import canonical, quoted
from zsync.edit.sites import CannotAmend
from zsync.kinds import Kind
from zsync.manifest.values import read_value
from zsync.model import Fields
from zsync.model.fields import empty
from zsync.syntax.document import Node, Number

Entries = Sequence[tuple[str, str]]
"""The keys and values of a row, as YAML."""


def value_text(name: str, value: Any, kind: Kind, old: str = "") -> str:
    """A field's value as YAML on one line, in the quotes that `old` was written in. Raises `CannotAmend` where no text says it."""
    node = _node(name, value)
    read, problem = read_value(name, node, kind.fields.get(name, "any"))
    if problem or read != value or type(read) is not type(value):
        raise CannotAmend(f"a manifest cannot say {name}: {value}")
    if isinstance(node, str) and old[:1] == '"':
        return _double(node)
    if isinstance(node, str) and old[:1] == "'" and (single := _single(node)):
        return single
    return canonical(node)


def key_entries(key: Sequence[str], values: Sequence[str], *, by_id: bool) -> Entries:
    """What names a row's record."""
    if by_id:
        return [("id", quoted(values[0]))]
    return [(canonical(name), canonical(value)) for name, value in zip(key, values, strict=True)]


def field_entries(fields: Fields, defaults: Fields, kind: Kind) -> Entries:
    """The fields that a row has to say itself: not those that are empty or as the defaults have them."""
    order = {name: place for place, name in enumerate(kind.fields)}
    found = []
    for name in sorted(fields, key=lambda each: order.get(each, len(order))):
        value, usual = fields[name], defaults.get(name)
        if empty(value):
            if not empty(usual):
                found.append((canonical(name), emptied(name, kind)))
        elif (value, type(value)) != (usual, type(usual)):
            found.append((canonical(name), value_text(name, value, kind)))
    return found


def emptied(name: str, kind: Kind) -> str:
    """How a row says that a field is empty although the defaults fill it. Raises `CannotAmend` for a type that has no such value."""
    if kind.fields.get(name, "any") not in ("text", "any"):
        raise CannotAmend(f"{name} is empty in the CRM, and `defaults` would fill it")
    return '""'


def flow_row(entries: Iterable[tuple[str, str]], pad: str = "") -> str:
    """A row in braces."""
    inside = ", ".join(f"{name}: {value}" for name, value in entries)
    return f"{{{pad}{inside}{pad}}}"


def list_lines(
    name: str, key: Sequence[str], defaults: Fields, kind: Kind, rows: Sequence[str]
) -> list[tuple[int, str]]:
    """A list in block style: the depth of each line, and its text."""
    lines = [(0, f"{canonical(name)}:")]
    lines += [(1, f"{head}: {value}") for head, value in heads(key, defaults, kind)]
    lines.append((1, "records:" if rows else "records: []"))
    return lines + [(2, f"- {row}") for row in rows]


def heads(key: Sequence[str], defaults: Fields, kind: Kind) -> Entries:
    """What a list says before its rows."""
    found = []
    if tuple(key) != ("id",):
        found.append(("key", key[0] if len(key) == 1 else f"[{', '.join(key)}]"))
    if defaults:
        found.append(("defaults", flow_row(field_entries(defaults, {}, kind))))
    return found


def remark(comment: str) -> str:
    """A comment behind a row, on one line whatever is in it; empty for none."""
    shown = "".join(each if each.isprintable() else " " for each in comment)
    shown = " ".join(shown.split())
    return f"  # {shown}" if shown else ""


def plain_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields without those that hold nothing, which is one state however it is written."""
    return {name: value for name, value in fields.items() if not empty(value)}


def _node(name: str, value: Any) -> Node:
    if isinstance(value, bool | str):
        return value
    if isinstance(value, int | Decimal):
        return Number(format(value, "f") if isinstance(value, Decimal) else value)
    raise CannotAmend(f"a manifest cannot say {name}: {value}")


def _double(text: str) -> str:
    written = quoted(text)
    return written if written[0] == '"' else '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _single(text: str) -> str:
    """The text in single quotes; empty where that would need an escape."""
    # What `quoted` writes without a backslash has nothing in it that must be escaped.
    probe = quoted(text.replace('"', "").replace("\\", ""))
    return "" if "\\" in probe else "'" + text.replace("'", "''") + "'"
