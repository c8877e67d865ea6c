"""One list's rows joined with what is desired of it: by address first, then field by field. Pure.

A dict join of 100,000 rows takes 0.03 s. Comparing whole lists with deepdiff took 4.6 s for 1,000 rows, and paired rows
wrongly: a relation is the same one exactly where its two ids are.
"""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, NamedTuple

from zsync.model import Fields
from zsync.model.fields import carried_fields, carries, equal, plainly_equal, relation_fields, undeclared
from zsync.planning.scopes import Desired, Scope

ListRow = Mapping[str, Any]
"""A row of a related list as the CRM sent it; `id` is the related record's, as text."""


class Difference(NamedTuple):
    """A relation that the CRM holds, and not as it is desired: other fields, or none at all."""

    record_id: str
    desired: Desired
    current: Fields
    """The fields that the change is about."""
    carried: Fields
    """All others."""


@dataclass(frozen=True, slots=True)
class Joined:
    """Where the rows of a list and what is desired of it differ; what is equal is only counted.

    Every desired relation is in exactly one place: among the `unchanged`, the `differing`, the `missing`, or, if it is to
    be absent and is, nowhere. Every row is desired, or among the `unmanaged`.
    """

    unchanged: int
    differing: tuple[Difference, ...]
    """To be updated or, where `desired.fields` is None, deleted; in the order of the rows."""
    missing: Mapping[str, Desired]
    """To be created, by record id; in the order of the manifests."""
    unmanaged: int
    """Rows that no manifest wants here: neither a scope of the other side, nor a file outside of the paths."""
    surplus: tuple[ListRow, ...]
    """The unmanaged rows, kept where the scope is pruned, for those are to be deleted, and where they are asked for."""
    size: int
    """Rows in all, each record counted once."""
    values: Mapping[str, frozenset[str]]
    """The texts that the unmanaged rows hold, by field; a field with more than `VARIED` of them is left out."""
    unread: frozenset[str]
    """Fields of the kind that not one row carries: of them nothing is known. Empty where there are no rows."""
    others: AbstractSet[str] = frozenset()
    """The records of rows that the scope itself desires nothing of."""
    undeclared: frozenset[str] = frozenset()
    """Member fields that rows show and no kind declares."""


_NOTHING: Fields = {}

VARIED = 500
"""From so many different texts on, nobody would take a field's values for a choice of few."""


def join(scope: Scope, rows: Iterable[ListRow]) -> Joined:
    """Join all rows of a list with what is desired of it. A record that comes twice counts with its first row."""
    joining = Joining(scope)
    joining.take(rows)
    return joining.result()


class Joining:
    """`join` for rows that arrive in portions: wherever they are cut, the result is the same."""

    def __init__(self, scope: Scope) -> None:
        self.open = dict(scope.relations)
        """What is desired and was in no row yet."""
        self._scope = scope
        self._kept = scope.kept
        self._unchanged = 0
        self._differing: list[Difference] = []
        self._others: set[str] = set()
        self._surplus: list[ListRow] = []
        self._matched = 0
        self._unread = set(scope.kind.fields)
        self._shapes: dict[tuple[str, ...], list[str]] = {}
        self._watched: frozenset[str] | None = None
        self._values: dict[str, set[str]] = {name: set() for name in scope.kind.fields}

    def take(self, rows: Iterable[ListRow]) -> None:
        """Join a portion of the rows."""
        types = self._scope.kind.fields
        for row in rows:
            if self._unread:
                self._unread -= carries(row, self._unread)
            member = row.get("$member_info")
            # Rows of a list have few shapes: each is looked at once, with the fields of it that no kind declares.
            if member.__class__ is dict and (shape := tuple(member)) not in self._shapes:
                self._shapes[shape] = undeclared(row, types)
            record_id: str = row["id"]
            desired = self.open.pop(record_id, None)
            if desired is None:
                self._undesired(record_id, row)
                continue
            self._matched += 1
            # Most rows of most lists hold, to the letter, what is desired: they need no normalising.
            if desired.fields is not None and plainly_equal(desired.fields, row):
                self._unchanged += 1
                continue
            current = relation_fields(row, types)
            if desired.fields is not None and equal(desired.fields, current):
                self._unchanged += 1
            else:
                self._differing.append(self._difference(row, desired, current))

    def _difference(self, row: ListRow, desired: Desired, current: Fields) -> Difference:
        if desired.fields is None and self._watched is None:
            self._watched = self._scope.watched()
        about = desired.fields if desired.fields is not None else self._watched or ()
        types = self._scope.kind.fields
        kept = {name: current.get(name) for name in about}
        # Most changes are about all fields that there are, and carry nothing.
        whole = len(kept) == len(types) and not self._odd(row)
        return Difference(row["id"], desired, kept, _NOTHING if whole else carried_fields(row, types, kept))

    def _odd(self, row: ListRow) -> bool:
        """Whether a row shows fields that no kind declares."""
        member = row.get("$member_info")
        return member.__class__ is dict and bool(self._shapes[tuple(member)])

    def _undesired(self, record_id: str, row: ListRow) -> None:
        # A desired record that comes a second time is no longer open. It must never be taken for surplus.
        scope = self._scope
        if record_id in scope.relations or record_id in self._others:
            return
        self._others.add(record_id)
        for name, value in relation_fields(row, self._scope.kind.fields).items():
            if isinstance(value, str) and value and len(self._values[name]) <= VARIED:
                self._values[name].add(value)
        if (scope.asked or scope.pruned is not None) and record_id not in self._kept:
            self._surplus.append(row)

    def result(self) -> Joined:
        """What the rows so far come to."""
        unmanaged = len(self._others - self._kept)
        size = self._matched + len(self._others)
        missing = {
            record_id: desired for record_id, desired in self.open.items() if desired.fields is not None
        }
        unread = frozenset(self._unread) if size else frozenset[str]()
        values = {name: frozenset(texts) for name, texts in self._values.items() if len(texts) <= VARIED}
        return Joined(
            self._unchanged,
            tuple(self._differing),
            missing,
            unmanaged,
            tuple(self._surplus),
            size,
            values,
            unread,
            self._others,
            frozenset(name for names in self._shapes.values() for name in names),
        )
