"""Whose change is it? The manifests of another commit tell what this branch changes from what the CRM moved by itself.

A relation of which both commits say the same is not changed by the branch: where the CRM differs, it drifted (or the base
was never applied). A relation whose row the branch removes is deleted even if its list is not pruned: Git is the record
of what the manifests owned.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Literal

from zsync.model import Change, Fields, ManagedList
from zsync.model.fields import equal
from zsync.planning.resolver import Resolved, parent_key
from zsync.planning.scopes import Scope, ScopeKey, scopes_of

Said = Fields | Literal["unsaid", "pruned"] | None
"""What manifests say of a relation: its fields, None for absent, that whatever they do not name goes, or nothing."""


@dataclass(frozen=True, slots=True)
class Base:
    """What the manifests of the base commit say, by list."""

    scopes: Mapping[ScopeKey, Scope]

    def with_removed(self, branch: Mapping[ScopeKey, Scope]) -> Mapping[ScopeKey, Scope]:
        """The branch's scopes, with what the base has and the branch has no more as relations to be absent."""
        result = dict(branch)
        for key, base in self.scopes.items():
            gone = {
                record_id: desired._replace(fields=None)
                for record_id, desired in base.relations.items()
                if desired.fields is not None and not _names(branch, base, record_id)
            }
            if not gone:
                continue
            if key in branch:
                result[key] = replace(branch[key], relations={**branch[key].relations, **gone})
            else:
                # The branch does not manage this list: of its other rows it says nothing, so `prune` does not hold.
                result[key] = replace(
                    base, relations=gone, mirrored=frozenset(), pruned=None, order=len(result)
                )
        return result

    def marked(self, change: Change, branch: Mapping[ScopeKey, Scope]) -> Change:
        """The change with its origin: `drift` where base and branch say the same of the relation, else `change`."""
        same = _same(_said(branch, change), _said(self.scopes, change))
        return replace(change, origin="drift" if same else "change")


def base_of(lists: Iterable[ManagedList], resolved: Resolved) -> Base:
    """The base that these lists make. What the CRM no longer has of them is left out, for nothing can be said of it."""
    scopes, _ = scopes_of((managed for managed in lists if _found(managed, resolved)), resolved)
    return Base(scopes)


def selected(change: Change, only: str) -> bool:
    """Whether a change is one of those that a selector asks for; an empty one asks for all.

    A selector is an origin (`change`, `drift`), an action (`create`, `update`, `delete`), or a pattern with `*` and `?`
    that is held against `module/parent/list/record`, with the labels and with the ids; several are separated by commas.
    """
    if not only:
        return True
    names = (
        f"{change.module}/{change.record_label}/{change.related_list}/{change.label}",
        "/".join(change.address),
    )
    return any(
        word in (change.origin, change.action) or any(fnmatchcase(name, word) for name in names)
        for word in only.split(",")
    )


def _found(managed: ManagedList, resolved: Resolved) -> bool:
    """Whether the parent of a base's list is still there, and is exactly one record."""
    if managed.parent.id is not None:
        return True
    where, values = parent_key(managed)
    return len(resolved.of(where).get(values, ())) == 1


def _names(branch: Mapping[ScopeKey, Scope], base: Scope, record_id: str) -> bool:
    """Whether the branch says anything of a relation of the base, from either side."""
    same = branch.get(base.key)
    other = branch.get((base.related_module, record_id, base.module))
    if same is not None and record_id in same.relations:
        return True
    return other is not None and base.record_id in other.relations


def _said(scopes: Mapping[ScopeKey, Scope], change: Change) -> Said:
    """What manifests say of a change's relation, from whichever side they write it."""
    sides = (
        (scopes.get((change.module, change.record_id, change.related_module)), change.related_record_id),
        (scopes.get((change.related_module, change.related_record_id, change.module)), change.record_id),
    )
    for scope, record_id in sides:
        # A side that names the relation counts before one that prunes it.
        if scope is not None and record_id in scope.relations:
            return scope.relations[record_id].fields
    return "pruned" if any(scope is not None and scope.pruned for scope, _ in sides) else "unsaid"


def _same(now: Said, before: Said) -> bool:
    # Leaving a row to `prune` and listing it as absent end alike, but only one of them is what the base said.
    if isinstance(now, str) or isinstance(before, str) or now is None or before is None:
        return now == before
    return now.keys() == before.keys() and equal(now, before)
