"""Whose change is it? The manifests of another commit tell what this branch changes from what the CRM moved by itself.

A relation of which both commits say the same is not changed by the branch: where the CRM differs, it drifted (or the base
was never applied). A relation whose row the branch removes is deleted even if its list is not pruned: Git is the record
of what the manifests owned.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from zsync.model import Change, ManagedList
from zsync.model.open_rows import Ends
from zsync.model.selectors import RowNames, fits, selectors
from zsync.planning.judging import Said, judge
from zsync.planning.resolver import Resolved, parent_key
from zsync.planning.scopes import Scope, ScopeKey, scopes_of


@dataclass(frozen=True, slots=True)
class Base:
    """What the manifests of the base commit say, by list.

    Rows that are `kept` have a base of their own. `commit` is in hexadecimal digits, empty for none.
    """

    scopes: Mapping[ScopeKey, Scope]
    commit: str = ""
    kept: Mapping[Ends, "Base"] = field(default_factory=dict)

    def with_removed(self, branch: Mapping[ScopeKey, Scope]) -> Mapping[ScopeKey, Scope]:
        """The branch's scopes, with what the base has and the branch has no more as relations to be absent."""
        result = dict(branch)
        for commit, base, counts in self._parts():
            key = base.key
            if branch.get(key) is base:
                continue
            gone = {
                record_id: desired._replace(fields=None, commit=commit)
                for record_id, desired in base.relations.items()
                if desired.fields is not None and counts(record_id) and not _names(branch, base, record_id)
            }
            if not gone:
                continue
            if key in result:
                result[key] = replace(result[key], relations={**result[key].relations, **gone})
            else:
                # The branch does not manage this list: of its other rows it says nothing, so `prune` does not hold.
                result[key] = replace(
                    base,
                    relations=gone,
                    mirrored=frozenset(),
                    outside={},
                    pruned=None,
                    order=len(result),
                )
        return result

    def marked(self, change: Change, branch: Mapping[ScopeKey, Scope]) -> Change:
        """The change with its origins, and, of a conflict, with what the base says (see `judging`)."""
        # With what is only carried: of a row that goes, `before` has but the fields that may hold it back.
        crm = None if change.before is None else {**change.carried, **change.before}
        scopes = self.kept.get(change.ends, self).scopes
        said = (_said(scopes, change), crm, _said(branch, change))
        managed = any(key in scopes for key in _lists(change))
        row, fields, agreed = judge(*said, managed=managed)
        return replace(change, origin=row, origins=fields, agreed=agreed if row == "conflict" else None)

    def _parts(self) -> Iterator[tuple[str, Scope, Callable[[str], bool]]]:
        """The scopes of all bases, each with its commit and whether what it says of a related record counts: each row has one base."""
        bases = {id(base): base for base in (self, *self.kept.values())}
        for base in bases.values():
            for scope in base.scopes.values():
                yield base.commit, scope, partial(self._has, base, scope)

    def _has(self, base: "Base", scope: Scope, record_id: str) -> bool:
        if not self.kept:
            return True
        ends = frozenset({(scope.module, scope.record_id), (scope.related_module, record_id)})
        return self.kept.get(ends, self) is base


def base_of(
    lists: Iterable[ManagedList],
    resolved: Resolved,
    branch: Mapping[ScopeKey, Scope] | None = None,
    commit: str = "",
) -> Base:
    """The base that these lists make, with the branch's scopes for lists that are the branch's own.

    What the CRM no longer has of them is left out, for nothing can be said of it.
    """
    scopes, _ = scopes_of((managed for managed in lists if found(managed, resolved)), resolved, branch)
    return Base(scopes, commit)


def selected(change: Change, only: tuple[str, ...]) -> bool:
    """Whether a change is one of those that selectors ask for; none at all ask for all.

    A row with fields of two origins is asked for by both.
    """
    origins, actions, patterns = selectors(only)
    return (
        (not origins or not {change.origin, *change.origins.values()}.isdisjoint(origins))
        and (not actions or change.action in actions)
        and (not patterns or fits(names_of(change), patterns))
    )


def narrowed(change: Change, only: tuple[str, ...]) -> Change:
    """A change with the fields that selectors ask for by their origin; the others stay as the CRM has them."""
    origins = selectors(only).origins
    if change.before is None or change.after is None or not change.origins or not origins:
        return change
    each = {name: change.origins.get(name, change.origin) for name in change.after}
    wanted = {name for name, origin in each.items() if origin in origins}
    after = {name: (change.after if name in wanted else change.before)[name] for name in change.after}
    row = change.origin if change.origin in origins else next(iter(change.origins.values()))
    left = {name: origin for name, origin in change.origins.items() if name in wanted and origin != row}
    return replace(change, after=after, origin=row, origins=left)


def names_of(change: Change) -> RowNames:
    """What people call the row of a change."""
    place = (change.module, change.record_id, change.record_label, change.related_list, change.related_module)
    return RowNames(
        *place, change.related_record_id, change.label, change.source.file if change.source else ""
    )


def found(managed: ManagedList, resolved: Resolved) -> bool:
    """Whether the parent of a list is there, and is exactly one record."""
    if managed.parent.id is not None:
        return True
    where, values = parent_key(managed)
    return len(resolved.of(where).get(values, ())) == 1


def _names(branch: Mapping[ScopeKey, Scope], base: Scope, record_id: str) -> bool:
    """Whether the branch says anything of a relation of the base, from either side."""
    same = branch.get(base.key)
    other = branch.get((base.related_module, record_id, base.module))
    if same is not None and same.desired(record_id):
        return True
    return other is not None and other.desired(base.record_id) is not None


def _said(scopes: Mapping[ScopeKey, Scope], change: Change) -> Said:
    """What manifests say of a change's relation, from whichever side they write it."""
    here, there = _lists(change)
    sides = (
        (scopes.get(here), change.related_record_id),
        (scopes.get(there), change.record_id),
    )
    for scope, record_id in sides:
        # A side that names the relation counts before one that prunes it.
        if scope is not None and (desired := scope.desired(record_id)):
            return desired.fields
    return "pruned" if any(scope is not None and scope.pruned for scope, _ in sides) else "unsaid"


def _lists(change: Change) -> tuple[ScopeKey, ScopeKey]:
    """The two lists that a change's relation stands in."""
    return (
        (change.module, change.record_id, change.related_module),
        (change.related_module, change.related_record_id, change.module),
    )
