"""Compares the fields that a relation has with those that it should have."""

from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from zsync.kinds import FieldType
from zsync.model.values import Fields, number


class FieldChange(NamedTuple):
    """A field, or a place inside a nested one (`Tags[1]`), with its old and its new value."""

    field: str
    old: Any
    new: Any


def normalise(value: Any, kind: FieldType) -> Any:
    """A value as the CRM sent it → the same value as a manifest writes it.

    Zoho sends a picklist value as text or as an object with `name` or `display_value`, and may send a number as text:
    both become the plain value. A value that does not fit its type is left alone, and so shows as a difference.
    """
    if isinstance(value, dict):
        value = next((value[k] for k in ("name", "display_value", "actual_value") if k in value), value)
    if empty(value):
        return None
    if isinstance(value, float):
        # Through its shortest text: Decimal(0.1) would be 0.1000000000000000055…
        value = Decimal(repr(value))
    if isinstance(value, Decimal) or (kind == "number" and isinstance(value, str)):
        try:
            value = number(value)
        except ArithmeticError:
            return str(value)
    # A text field such as a postal code may come as a number; manifests write it as text.
    if kind == "text" and isinstance(value, int | Decimal) and not isinstance(value, bool):
        return str(value)
    return _nested_numbers(value) if isinstance(value, list | dict) else value


def empty(value: Any) -> bool:
    """Whether a relation's field holds nothing. A field that is missing, null or empty is in one and the same state."""
    return value is None or (value.__class__ in (str, list, dict, tuple) and not value)


def looks_numeric(text: str) -> bool:
    """Whether a text could be a number's."""
    if not text or text[0] not in "0123456789+-. ":
        return False  # of a hundred thousand addresses it is soon said
    try:
        number(text)
    except ArithmeticError:
        return False
    return True


def _nested_numbers(value: Any) -> Any:
    """A nested value with its numbers in the form of plan files."""
    if isinstance(value, list):
        return [_nested_numbers(inner) for inner in value]
    if isinstance(value, dict):
        return {name: _nested_numbers(inner) for name, inner in value.items()}
    return normalise(value, "any")


def relation_fields(row: Mapping[str, Any], types: Mapping[str, FieldType]) -> dict[str, Any]:
    """The relation's own fields in a row of a related list; None for what the row leaves out, has as null, or has empty.

    Zoho takes a campaign member's fields flat and returns them under `$member_info`; both forms are understood.
    https://www.zoho.com/crm/developer/docs/api/v8/get-related-records.html
    """
    member = _member(row)
    return {
        name: normalise(row[name] if name in row else member.get(name), kind) for name, kind in types.items()
    }


def carried_fields(
    row: Mapping[str, Any], types: Mapping[str, FieldType], named: Collection[str]
) -> dict[str, Any]:
    """What a PUT has to carry for a row besides the fields that are `named`: the relation's others, as the CRM holds them.

    Nobody knows whether Zoho empties a field that a PUT leaves out. Fields of a campaign member that no kind declares are
    among them, where the row shows them.
    """
    names = [name for name in (*types, *undeclared(row, types)) if name not in named]
    member = _member(row) if names else {}
    return {
        name: _as_found(row[name] if name in row else member.get(name), types.get(name, "any"))
        for name in names
    }


def undeclared(row: Mapping[str, Any], types: Collection[str]) -> list[str]:
    """The fields under `$member_info` that no kind declares, without those that Zoho itself keeps of each member."""
    return [
        name for name in _member(row) if name not in types and name not in _KEPT and not name.startswith("$")
    ]


_KEPT = frozenset({"id", "Created_Time", "Modified_Time", "Created_By", "Modified_By", "Owner", "Tag"})


def _as_found(value: Any, kind: FieldType) -> Any:
    """A value that is sent back: plain, except for what points to a record, which is written as it is read."""
    if isinstance(value, dict) and "id" in value:
        return _nested_numbers(value)
    return normalise(value, kind)


def _member(row: Mapping[str, Any]) -> Mapping[str, Any]:
    member = row.get("$member_info")
    return member if isinstance(member, dict) else {}


def carries(row: Mapping[str, Any], names: Collection[str]) -> set[str]:
    """Which of these fields a row of a related list has, even if they are empty."""
    member = _member(row)
    return {name for name in names if name in row or name in member}


def plainly_equal(after: Fields, row: Mapping[str, Any]) -> bool:
    """Whether a row of a related list has exactly the texts that `after` asks for.

    A shortcut for most rows of most lists. False proves nothing: the values must then be normalised and compared.
    """
    for name, value in after.items():
        # By class, which is faster than isinstance: this runs for every row of every list.
        if value.__class__ is not str:
            return False
        if name not in row:
            row = row.get("$member_info") or row
        if row.__class__ is not dict or row.get(name) != value:
            return False
    return True


def same(left: Any, right: Any) -> bool:
    """Equal as values in a CRM: 49.90 is 49.9, and null is the empty text, but true is not 1 and "1" is not 1."""
    if empty(left) or empty(right):
        return empty(left) and empty(right)
    # To Python, True == 1: without this, a checkbox would equal a number.
    if isinstance(left, bool) is not isinstance(right, bool):
        return False
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(same(value, right[key]) for key, value in left.items())
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return len(left) == len(right) and all(map(same, left, right))
    return bool(left == right)


def equal(after: Fields, current: Fields) -> bool:
    """Whether a relation has everything that `after` asks for. Fields that `after` does not name are not compared."""
    return all(same(value, current.get(name)) for name, value in after.items())


def holds(state: Fields | None, current: Fields | None) -> bool:
    """Whether the relation in the CRM is in a given state of a change; None is a relation that does not exist."""
    if state is None or current is None:
        return state is current
    return equal(state, current)


def field_changes(before: Fields | None, after: Fields | None) -> Iterator[FieldChange]:
    """The fields in which two states differ, in the order of `after`; for nested values, the places that differ.

    None stands for a relation that does not exist: all fields of the other state are then yielded.
    """
    # A delete has no `after`: every field of `before` is shown as going to nothing.
    old, new = before or {}, after if after is not None else dict.fromkeys(before or {})
    for name, value in new.items():
        was = old.get(name)
        if same(was, value):
            continue
        if isinstance(was, list | dict) and isinstance(value, list | dict):
            yield from _nested(name, was, value)
        else:
            yield FieldChange(name, was, value)


def _nested(name: str, old: Any, new: Any) -> Iterator[FieldChange]:
    # Imported here: the import takes 0.2 s, and only nested values that differ need it.
    from deepdiff import DeepDiff

    tree = DeepDiff(old, new, view="tree", ignore_numeric_type_changes=True)
    found = [
        FieldChange(
            level.path(root=name),
            None if level.t1.__class__.__name__ == "NotPresent" else level.t1,
            None if level.t2.__class__.__name__ == "NotPresent" else level.t2,
        )
        for levels in tree.values()
        for level in levels
    ]
    yield from sorted(found, key=lambda change: change.field) or [FieldChange(name, old, new)]
