"""What the manifests desire, by parent record and related list, with ids in place of natural keys.

A relation can be written from both of its sides. Here the two are recognised as one relation: if they say the same, that
is a warning; if they contradict each other, an error that names both places.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from zsync.kinds import Kind, find_kind
from zsync.model import Change, Diagnostic, Fields, Key, ManagedList, Note, Quote, Row, Span, sentence
from zsync.model.diagnostics import naming, telling
from zsync.model.fields import equal
from zsync.planning.resolver import Resolved, id_of, list_key, parent_key

OTHERS = " If the other file is another org's, say which folders are whose: `manifests` of the environments in zsync.yaml."

ScopeKey = tuple[str, str, str]
"""Parent's module, parent's id, related module."""


class Desired(NamedTuple):
    """What a manifest says of one relation: the fields that it is to have, or None if it is to be absent.

    `source` and `row` are the list and the row that say so. `turned_key` names the related record of a relation that was
    turned to its other side: there it is the parent of `source`. `commit` is that of a row which the base alone has.
    """

    fields: Fields | None
    source: ManagedList
    row: Row
    turned_key: Key | None = None
    commit: str = ""

    @property
    def key(self) -> Key:
        """What names the related record."""
        # Made when it is asked for: of most relations nobody asks, and there may be a hundred thousand.
        return self.turned_key or Key(() if self.row.by_id else self.source.key, self.row.key)

    @property
    def span(self) -> Span:
        """Where the manifest says so."""
        return self.source.place(self.row)


@dataclass(frozen=True, slots=True)
class Scope:
    """A related list of one parent record, and what is desired of it: `relations` by the related record's id.

    `record_key` names the parent; `order` counts the parents of the manifests from 0, and `span` is where the parent
    stands. `keys` are the fields that label the related records. `pruned` is the place of `prune: true`, or None.
    `mirrored` are related records whose relation the other side's scope answers for. `converted` lets `prune` remove converted leads.
    `outside` is what files desire that the command was not asked for: it is kept as it is. `lists` are what the scope is of.
    `asked` is whether all its rows are asked for, those that no manifest names included.
    """

    kind: Kind
    module: str
    record_id: str
    record_key: Key
    order: int
    span: Span
    relations: Mapping[str, Desired] = field(default_factory=dict)
    keys: tuple[str, ...] = ()
    pruned: Span | None = None
    mirrored: frozenset[str] = frozenset()
    converted: bool = False
    outside: Mapping[str, Desired] = field(default_factory=dict)
    lists: tuple[ManagedList, ...] = ()
    asked: bool = False

    @property
    def related_module(self) -> str:
        """The module of the list's records."""
        return self.kind.other(self.module)

    def watched(self) -> frozenset[str]:
        """The fields that matter to a relation that goes: Zoho's own, and those that a row of the list names.

        If one of them moves before it is deleted, the row is held; of the others none is in anybody's care.
        """
        standard = find_kind(self.module, self.related_module)
        # Also those of a row that the base has and the branch has no more.
        named = {name for desired in self.relations.values() for name in desired.fields or desired.row.fields}
        return frozenset(
            name for name in self.kind.fields if standard is None or name in {*standard.fields, *named}
        )

    @property
    def key(self) -> ScopeKey:
        """The list that this scope is about."""
        return self.module, self.record_id, self.related_module

    @property
    def kept(self) -> frozenset[str]:
        """Related records whose relation is not surplus here, though the scope does not desire it itself."""
        return self.mirrored | {each for each, desired in self.outside.items() if desired.fields is not None}

    def desired(self, record_id: str) -> Desired | None:
        """What is desired of a relation, by whichever file."""
        return self.relations.get(record_id) or self.outside.get(record_id)


def wants(scopes: Mapping[ScopeKey, Scope], change: Change) -> bool:
    """Whether a manifest says, from either side, that a change's relation shall be there."""
    sides = (
        ((change.module, change.record_id, change.related_module), change.related_record_id),
        ((change.related_module, change.related_record_id, change.module), change.record_id),
    )
    for key, record_id in sides:
        desired = scopes[key].desired(record_id) if key in scopes else None
        if desired is not None and desired.fields is not None:
            return True
    return False


def scopes_of(
    lists: Iterable[ManagedList], resolved: Resolved, known: Mapping[ScopeKey, Scope] | None = None
) -> tuple[Mapping[ScopeKey, Scope], tuple[Diagnostic, ...]]:
    """The scopes of all managed lists, and what is wrong between their rows now that keys are ids.

    A list that several places manage is one scope. Every parent must already be resolved to exactly one record. What is
    `known` of the very same lists is not made anew: most of a base is as the branch has it.
    """
    groups: dict[ScopeKey, list[ManagedList]] = {}
    for managed in lists:
        record_id = managed.parent.id or _only(resolved, managed)
        key = (managed.parent.module, record_id, managed.related_module)
        groups.setdefault(key, []).append(managed)
    problems: list[Diagnostic] = []
    done = _done(groups, known or {})
    relations = {
        key: _relations(group, resolved, problems) for key, group in groups.items() if key not in done
    }
    mirrored = _one_side_each(relations, problems)
    scopes = {
        key: done[key]
        if key in done
        else _scope(key, group, order, relations[key], mirrored.get(key, set()), resolved.names)
        for order, (key, group) in enumerate(groups.items())
    }
    return scopes, tuple(problems)


def _done(
    groups: Mapping[ScopeKey, list[ManagedList]], known: Mapping[ScopeKey, Scope]
) -> Mapping[ScopeKey, Scope]:
    """The scopes of the very same lists; none where relations are written from both sides, for there scopes share them."""
    sides = {(module, related) for module, _, related in (*groups, *known)}
    if any((related, module) in sides for module, related in sides):
        return {}
    return {
        key: scope
        for key, scope in known.items()
        if key in groups and [*map(id, scope.lists)] == [*map(id, groups[key])]
    }


def _only(resolved: Resolved, managed: ManagedList) -> str:
    where, values = parent_key(managed)
    return resolved.of(where)[values][0]


def _scope(
    key: ScopeKey,
    group: list[ManagedList],
    order: int,
    relations: Mapping[str, Desired],
    mirrored: set[str],
    names: Mapping[tuple[str, str], str],
) -> Scope:
    parent = group[0].parent
    keys = dict.fromkeys(name for managed in group if managed.key != ("id",) for name in managed.key)
    pruned = (
        managed.prune_span or managed.span for managed in group if managed.prune and not managed.outside
    )
    outside = {}
    if any(managed.outside for managed in group):
        outside = {each: desired for each, desired in relations.items() if desired.source.outside}
        relations = {each: desired for each, desired in relations.items() if each not in outside}
    return Scope(
        group[0].kind,
        key[0],
        key[1],
        parent.key if parent.match else parent.key._replace(name=names.get(key[:2], "")),
        order,
        parent.span,
        relations,
        tuple(keys),
        next(pruned, None),
        frozenset(mirrored),
        any(managed.converted for managed in group),
        outside,
        tuple(group),
    )


def _relations(
    group: Iterable[ManagedList], resolved: Resolved, problems: list[Diagnostic]
) -> dict[str, Desired]:
    """What the lists of a scope desire, by record id. Rows that name a record again are added to `problems`."""
    relations: dict[str, Desired] = {}
    for managed in group:
        found = resolved.of(list_key(managed))
        for rows, present in ((managed.records, True), (managed.absent, False)):
            for row in rows:
                record_id = id_of(row, found)
                if record_id is None:
                    continue
                desired = Desired(row.fields if present else None, managed, row)
                # The first row stays in force, so that what a second one adds to the problems is all that it does.
                first = relations.setdefault(record_id, desired)
                if first is desired:
                    continue
                if not (first.source.outside and managed.outside):
                    problems.append(_twice(first, desired, same_list=first.source is managed))
                elif present:
                    # What is wrong between two files that nobody asked for is for their own plan. Nothing is lost here.
                    relations[record_id] = desired
    return relations


def _one_side_each(
    relations: Mapping[ScopeKey, dict[str, Desired]], problems: list[Diagnostic]
) -> Mapping[ScopeKey, set[str]]:
    """Where two scopes could answer for a relation, one from each side, leave it to the one that names it.

    If both name it, it is taken out of the second, or of the one that nobody asked for, and added to `problems`. Returns for
    each scope the related records that the other side answers for: a pruned list must not delete them.
    """
    mirrored: dict[ScopeKey, set[str]] = {}
    # Most trees write a kind of relation from one side only: they need no look at every row.
    sides = {(module, related_module) for module, _, related_module in relations}
    for (module, record_id, related_module), own in relations.items():
        if (related_module, module) not in sides:
            continue
        for related_id, first in tuple(own.items()):
            here, mirror = (module, record_id, related_module), (related_module, related_id, module)
            if mirror not in relations:
                continue
            second = relations[mirror].get(record_id)
            if second is None or (first.source.outside and second.source.outside):
                # Nobody removes what only files say that the command was not asked for: there, absent keeps nothing.
                if first.fields is not None or not first.source.outside:
                    mirrored.setdefault(mirror, set()).add(record_id)
                if second is not None and second.fields is not None:
                    mirrored.setdefault(here, set()).add(related_id)
                continue
            problems.append(_twice(first, second, same_list=False))
            side, answered = (here, related_id) if first.source.outside else (mirror, record_id)
            del relations[side][answered]
            mirrored.setdefault(side, set()).add(answered)
    return mirrored


def _twice(first: Desired, second: Desired, *, same_list: bool) -> Diagnostic:
    note = (Note(first.span, sentence("the other place")),)
    whose = OTHERS if first.source.outside != second.source.outside else ""
    if not _alike(first, second):
        return Diagnostic(
            "contradicting-rows",
            sentence(
                _name(second),
                " is listed twice, and the rows contradict each other: ",
                *_says(first),
                " and ",
                *_says(second),
            ),
            second.span,
            sentence("Keep the one that you mean: both rows name the same relation." + whose),
            notes=note,
        )
    return Diagnostic(
        "duplicate-row" if same_list else "repeated-row",
        sentence(_name(second), " is listed twice, and both rows say the same"),
        second.span,
        sentence("Keep one of them: both rows name the same relation."),
        severity="error" if same_list else "warning",
        notes=note,
    )


def _alike(first: Desired, second: Desired) -> bool:
    if first.fields is None or second.fields is None:
        return first.fields is second.fields
    # `equal` alone looks only at the fields of one of them: a field that only the other sets is a contradiction.
    return first.fields.keys() == second.fields.keys() and equal(first.fields, second.fields)


def _name(desired: Desired) -> str | Quote:
    return naming(desired.key, desired.source.related_module)


def _says(desired: Desired) -> Sequence[str | Quote]:
    if desired.fields is None:
        return ["absent"]
    return list(telling(desired.fields)) or ["present"]
