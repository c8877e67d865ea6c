"""Whose change is it? The manifests of another commit say what this branch changes, and what the CRM moved by itself.

A relation that both commits say alike is not changed by the branch: where the CRM differs, it drifted (or the base was
never applied). A relation whose row the branch removes is deleted though its list is not pruned: Git is the record of
what the manifests owned.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase

from zsync.model import Change, Fields, ManagedList
from zsync.model.fields import equal
from zsync.planning.resolver import Resolved, parent_key
from zsync.planning.scopes import Scope, ScopeKey, gather

_UNSAID = "unsaid"
_PRUNED = "pruned"


class Base:
    """What the manifests of the base commit say, by relation."""

    def __init__(self, lists: Iterable[ManagedList], resolved: Resolved) -> None:
        self._scopes, _ = gather((one for one in lists if _found(one, resolved)), resolved)

    def remove(self, scopes: dict[ScopeKey, Scope]) -> None:
        """Add to the branch's scopes, as relations to be without, what the base has and the branch has no more."""
        for key, base in self._scopes.items():
            gone = {
                record_id: wanted._replace(fields=None)
                for record_id, wanted in base.relations.items()
                if wanted.fields is not None and not _has(scopes, base, record_id)
            }
            if not gone:
                continue
            scope = scopes.get(key)
            if scope is None:
                scope = scopes[key] = replace(
                    base, relations={}, mirrored=set(), pruned=None, order=len(scopes)
                )
            scope.relations.update(gone)

    def marked(self, change: Change, branch: Mapping[ScopeKey, Scope]) -> Change:
        """The change with its origin: `drift` where base and branch say the same of the relation, else `change`."""
        now = _says(branch, change)
        before = _says(self._scopes, change)
        return replace(change, origin="drift" if _same(now, before) else "change")


def selected(change: Change, only: str) -> bool:
    """Whether a change is of those that a selector asks for; an empty one asks for all.

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
        one in (change.origin, change.action) or any(fnmatchcase(name, one) for name in names)
        for one in only.split(",")
    )


def _found(managed: ManagedList, resolved: Resolved) -> bool:
    """Whether the parent of a base's list is still there, and is one; of others nothing can be said."""
    if managed.parent.id is not None:
        return True
    where, values = parent_key(managed)
    return len(resolved.of(where).get(values, ())) == 1


def _has(scopes: Mapping[ScopeKey, Scope], base: Scope, record_id: str) -> bool:
    """Whether the branch says anything of a relation of the base, from either side."""
    same = scopes.get((base.module, base.record_id, base.related_module))
    other = scopes.get((base.related_module, record_id, base.module))
    if same is not None and record_id in same.relations:
        return True
    return other is not None and base.record_id in other.relations


def _says(scopes: Mapping[ScopeKey, Scope], change: Change) -> Fields | str | None:
    """What manifests say of a change's relation: its fields, None for absent, or that a scope is pruned, or nothing."""
    sides = (
        (scopes.get((change.module, change.record_id, change.related_module)), change.related_record_id),
        (scopes.get((change.related_module, change.related_record_id, change.module)), change.record_id),
    )
    for scope, record_id in sides:
        if scope is not None and record_id in scope.relations:
            return scope.relations[record_id].fields
    return _PRUNED if any(scope is not None and scope.pruned for scope, _ in sides) else _UNSAID


def _same(now: Fields | str | None, before: Fields | str | None) -> bool:
    if isinstance(now, str) or isinstance(before, str) or now is None or before is None:
        return now is before or now == before
    return now.keys() == before.keys() and equal(now, before)
