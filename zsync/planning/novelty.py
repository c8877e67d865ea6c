"""Values that nobody has used before in a list: a slip such as `Atended`, or the first of its kind. Pure."""

from collections.abc import Mapping

from zsync.model import Fields
from zsync.planning.reading import ListRead

FEWEST = 20
"""Rows of a list from which on it says something that none of them holds a value."""


def known_values(read: ListRead) -> Mapping[str, frozenset[str]]:
    """Field → the texts that the rows of a list hold, of fields of which a new one says something.

    Empty for a list that is short, or was not read whole. A field whose values mostly occur once, such as a seat, is left out:
    there each is new.
    """
    joined, relations = read.joined, read.scope.relations
    if not read.whole or joined.size < FEWEST or not (joined.differing or joined.missing):
        return {}
    held: dict[str, set[str]] = {}
    for name, values in joined.values.items():
        held[name] = set(values)
    moved = {each.record_id for each in joined.differing}
    for each in joined.differing:
        _add(held, each.current)
    for record_id, desired in relations.items():
        # The row holds what is desired of it, unless it differs or is missing.
        if desired.fields is not None and record_id not in moved and record_id not in joined.missing:
            _add(held, desired.fields)
    return {
        name: frozenset(values) for name, values in held.items() if values and 2 * len(values) <= joined.size
    }


def new_values(after: Fields, known: Mapping[str, frozenset[str]]) -> tuple[str, ...]:
    """The fields with a text that no row of the list holds."""
    return tuple(
        name
        for name, value in after.items()
        if isinstance(value, str) and name in known and value not in known[name]
    )


def _add(held: dict[str, set[str]], fields: Fields) -> None:
    for name, value in fields.items():
        if isinstance(value, str) and value:
            held.setdefault(name, set()).add(value)
