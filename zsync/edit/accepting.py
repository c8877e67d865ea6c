"""What the CRM moved → edits of the rows that say otherwise."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from zsync.edit.edits import AddRow, Amendment, Edit, RemoveRow, SetFields
from zsync.edit.sites import CannotAmend
from zsync.model import Change, Diagnostic, ManagedList, Parent, Row, Span
from zsync.model.fields import empty


class _Standing(NamedTuple):
    managed: ManagedList
    row: Row
    absent: bool


class NewKey(NamedTuple):
    """A natural key by which a row is to come into a list, if it names that record alone: a module, its fields, and their values."""

    module: str
    fields: tuple[str, ...]
    values: tuple[str, ...]
    record_id: str


@dataclass(frozen=True, slots=True)
class Manifested:
    """The rows of manifests by their places. `same` are places that name one relation, of relations that are listed twice."""

    lists: tuple[ManagedList, ...]
    places: dict[Span, list[_Standing]] = field(default_factory=dict)
    same: dict[Span, set[Span]] = field(default_factory=dict)

    @classmethod
    def of(cls, lists: Iterable[ManagedList], warnings: Iterable[Diagnostic] = ()) -> "Manifested":
        """The rows of these lists; the warnings of a plan tell which relations are listed twice."""
        made = cls(tuple(lists))
        for managed in made.lists:
            for row in managed.records:
                made.places.setdefault(managed.place(row), []).append(_Standing(managed, row, absent=False))
            for row in managed.absent:
                made.places.setdefault(managed.place(row), []).append(_Standing(managed, row, absent=True))
        for warning in warnings:
            if warning.code == "repeated-row" and warning.span:
                spans = {warning.span, *(note.span for note in warning.notes)}
                together = spans.union(*(made.same.get(span, ()) for span in spans))
                made.same.update(dict.fromkeys(together, together))
        return made

    def standing(self, change: Change) -> list[_Standing]:
        """The rows that say what a change is about, wherever they stand; none for a row that no manifest names."""
        if change.source is None or change.commit:
            return []
        spans = self.same.get(change.source, {change.source})
        pairs = ((change.module, change.related_module), (change.related_module, change.module))
        return [
            each
            for span in sorted(spans)
            for each in self.places.get(span, ())
            if (each.managed.parent.module, each.managed.related_module) in pairs
        ]

    def homes(self, change: Change) -> list[ManagedList]:
        """The lists that a row could come into, from either of its sides: first those of a plan's, then those with most rows."""
        here = (change.module, change.record_id, change.record_key, change.related_module)
        there = (change.related_module, change.related_record_id, change.key, change.module)
        found = [
            managed
            for managed in self.lists
            if any(
                managed.parent.module == module
                and managed.related_module == related
                and _is(managed.parent, record_id, key)
                for module, record_id, key, related in (here, there)
            )
        ]
        return sorted(found, key=lambda managed: (managed.outside, not managed.prune, -len(managed.records)))


def new_keys(changes: Iterable[Change], manifested: Manifested) -> Iterator[NewKey]:
    """The rows that may come in by their natural keys: whether a key names one record alone, only the CRM knows."""
    for change in changes:
        if change.action != "delete":
            continue
        for managed in manifested.homes(change)[:1]:
            record_id, key = _record(change, managed)
            if managed.key != ("id",) and all(key.get(name) for name in managed.key):
                yield NewKey(*_named(managed, key), record_id)


def edits_of(
    change: Change, manifested: Manifested, sole: Collection[NewKey], *, adding: bool
) -> tuple[Edit, ...]:
    """The edits that make manifests say what the CRM holds of a change's row; none where they need not say anything.

    `sole` are keys that name one record alone: other rows come in by their ids. With `adding`, rows come into lists that are not
    pruned as well. Raises `CannotAmend` where no manifest has a place for the row.
    """
    standing = manifested.standing(change)
    if change.action == "update":
        return tuple(
            SetFields(each.managed, each.row, change.before or {}) for each in _found(change, standing)
        )
    if change.action == "create":
        return tuple(RemoveRow(each.managed, each.row) for each in _found(change, standing))
    # The CRM has a row that the manifests do not want: they list it as absent, or no manifest names it.
    gone = tuple(RemoveRow(each.managed, each.row) for each in standing)
    homes = manifested.homes(change)
    pruned = any(managed.prune for managed in homes)
    if not (adding or pruned or change.commit or change.origin == "conflict"):
        return gone
    if not homes:
        raise CannotAmend("no manifest has this list any more: bring the list back first")
    return (*gone, _added(change, homes[0], sole))


def _found(change: Change, standing: list[_Standing]) -> list[_Standing]:
    if not standing:
        raise CannotAmend(f"the row was not found at {change.place}")
    return standing


def _added(change: Change, managed: ManagedList, sole: Collection[NewKey]) -> AddRow:
    record_id, key = _record(change, managed)
    fields = {name: value for name, value in (change.before or {}).items() if not empty(value)}
    files = {row.file for row in managed.records}
    # Rows of a list stand in its sheet, unless some stand in the manifest.
    sheet = next(iter(files - {None}), None) if None not in files else None
    named = NewKey(*_named(managed, key), record_id)
    if managed.key != ("id",) and named in sole:
        return AddRow(managed, named.values, fields=fields, sheet=sheet or "")
    # A list that names its records by id may do so to keep names out of Git.
    name = ", ".join(key.values()) if managed.key != ("id",) else ""
    return AddRow(managed, (record_id,), by_id=True, fields=fields, sheet=sheet or "", comment=name)


def _named(managed: ManagedList, key: Mapping[str, str]) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    return managed.related_module, managed.key, tuple(key.get(name, "") for name in managed.key)


def _record(change: Change, managed: ManagedList) -> tuple[str, dict[str, str]]:
    """The record of a change that stands in a list, from whichever side: its id, and the fields that name it."""
    if managed.related_module == change.related_module and _is(
        managed.parent, change.record_id, change.record_key
    ):
        return change.related_record_id, dict(change.key)
    return change.record_id, dict(change.record_key)


def _is(parent: Parent, record_id: str, key: Mapping[str, str]) -> bool:
    """Whether a manifest's parent is this record."""
    return parent.id == record_id if parent.id else dict(parent.match) == key


@dataclass(frozen=True, slots=True)
class Accepted:
    """What is taken into files: the changes whose rows say what the CRM holds from then on, and those that stay out, each with why."""

    changes: tuple[Change, ...]
    amendment: Amendment
    left: tuple[tuple[Change, str], ...] = ()


def accept_changes(
    changes: Iterable[Change],
    manifested: Manifested,
    sole: Collection[NewKey],
    amend: Callable[[Sequence[Edit]], Amendment],
    *,
    adding: bool,
) -> Accepted:
    """The files in which the rows of these changes say what the CRM holds; each change is taken as a whole, or left."""
    edits: dict[int, tuple[Edit, ...]] = {}
    left: list[tuple[Change, str]] = []
    rows = list(changes)
    for at, change in enumerate(rows):
        try:
            edits[at] = edits_of(change, manifested, sole, adding=adding)
        except CannotAmend as error:
            left.append((change, str(error)))
    made = amend([edit for each in edits.values() for edit in each])
    while made.refused:
        reasons = {id(each.edit): each.reason for each in made.refused}
        # A relation that is listed twice says the same in both places, or nothing of it changes.
        for at in [at for at, each in edits.items() if any(id(edit) in reasons for edit in each)]:
            reason = next(reasons[id(edit)] for edit in edits.pop(at) if id(edit) in reasons)
            left.append((rows[at], reason))
        made = amend([edit for each in edits.values() for edit in each])
    return Accepted(tuple(rows[at] for at, each in edits.items() if each), made, tuple(left))
