"""What the manifests want, by parent record and related list, with ids in place of natural keys.

A relation can be written from both of its sides. Here the two are found to be one: said twice alike it is a warning,
said differently an error that names both places.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from zsync.kinds import Kind
from zsync.model import Diagnostic, Fields, Key, ManagedList, Note, Row, Span
from zsync.model.fields import equal
from zsync.planning.resolver import Resolved, id_of, list_key, parent_key


class Wanted(NamedTuple):
    """What a manifest says of one relation: the fields it shall hold, or None where it shall not be.

    `key` names the related record.
    """

    fields: Fields | None
    key: Key
    source: ManagedList
    row: Row

    @property
    def span(self) -> Span:
        """The manifest's place."""
        return self.source.place(self.row)


@dataclass(slots=True)
class Scope:
    """One parent record's related list. `relations` is by the related record's id, in the order of the manifests.

    `record_key` names the parent, `keys` are the fields that label the related records. `pruned` is the place of `prune: true`, or None. `mirrored`
    are related records whose relation the scope of the other side answers for. `converted` asks for converted leads too.
    `span` is the place that names the parent.
    """

    kind: Kind
    module: str
    related_module: str
    record_id: str
    record_key: Key
    order: int
    keys: tuple[str, ...] = ()
    pruned: Span | None = None
    relations: dict[str, Wanted] = field(default_factory=dict)
    mirrored: set[str] = field(default_factory=set)
    converted: bool = False
    span: Span | None = None

    @property
    def key(self) -> "ScopeKey":
        """The list that it is about."""
        return self.module, self.record_id, self.related_module


ScopeKey = tuple[str, str, str]
"""Parent's module, parent's id, related module."""


def gather(
    lists: Iterable[ManagedList], resolved: Resolved
) -> tuple[dict[ScopeKey, Scope], list[Diagnostic]]:
    """The scopes of all managed lists, and what is wrong between their rows once their keys are ids."""
    scopes: dict[ScopeKey, Scope] = {}
    problems: list[Diagnostic] = []
    for managed in lists:
        record_id = managed.parent.id or _only(resolved, managed)
        key = (managed.parent.module, record_id, managed.related_module)
        scope = scopes.get(key)
        if scope is None:
            scope = scopes[key] = Scope(
                managed.kind, key[0], managed.related_module, record_id, managed.parent.key, len(scopes)
            )
            scope.span = managed.parent.span
        if managed.key != ("id",):
            scope.keys = tuple(dict.fromkeys(scope.keys + managed.key))
        if managed.prune:
            scope.pruned = scope.pruned or managed.prune_span or managed.span
        scope.converted |= managed.converted
        problems += _fill(scope, managed, resolved)
    problems += _both_sides(scopes)
    return scopes, problems


def _only(resolved: Resolved, managed: ManagedList) -> str:
    where, values = parent_key(managed)
    return resolved.of(where)[values][0]


def _fill(scope: Scope, managed: ManagedList, resolved: Resolved) -> Iterator[Diagnostic]:
    found, relations = resolved.of(list_key(managed)), scope.relations
    for rows, present in ((managed.records, True), (managed.absent, False)):
        for row in rows:
            record_id = id_of(row, found)
            if record_id is None:
                continue
            key = Key(() if row.by_id else managed.key, row.key)
            wanted = Wanted(row.fields if present else None, key, managed, row)
            if record_id in relations:
                yield _twice(relations[record_id], wanted, same_list=relations[record_id].source is managed)
            else:
                relations[record_id] = wanted


def _both_sides(scopes: dict[ScopeKey, Scope]) -> Iterator[Diagnostic]:
    """Give each relation that two scopes could answer for, one from each side, to the one that says something of it."""
    sides = {(scope.module, scope.related_module) for scope in scopes.values()}
    for (module, record_id, related_module), scope in scopes.items():
        if (related_module, module) not in sides:
            continue
        for related_id in list(scope.relations):
            mirror = scopes.get((related_module, related_id, module))
            if mirror is None or related_id in scope.mirrored:
                continue
            mirror.mirrored.add(record_id)
            second = mirror.relations.pop(record_id, None)
            if second is not None:
                yield _twice(scope.relations[related_id], second, same_list=False)


def _twice(first: Wanted, second: Wanted, *, same_list: bool) -> Diagnostic:
    note = (Note(first.span, "the other place"),)
    if not _alike(first, second):
        return Diagnostic(
            "contradicting-rows",
            f"{second.key.label} is said twice, and differently: {_says(first)} and {_says(second)}",
            second.span,
            "Keep the one that is meant: both rows name the same relation.",
            notes=note,
        )
    return Diagnostic(
        "duplicate-row" if same_list else "repeated-row",
        f"{second.key.label} is said twice, alike",
        second.span,
        "Keep one of them: both rows name the same relation.",
        severity="error" if same_list else "warning",
        notes=note,
    )


def _alike(first: Wanted, second: Wanted) -> bool:
    if first.fields is None or second.fields is None:
        return first.fields is second.fields
    return first.fields.keys() == second.fields.keys() and equal(first.fields, second.fields)


def _says(wanted: Wanted) -> str:
    if wanted.fields is None:
        return "absent"
    return ", ".join(f"{name}: {value}" for name, value in wanted.fields.items()) or "present"
