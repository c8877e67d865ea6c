"""How large the managed lists are: what the CRM holds, what the manifests want, and what neither side speaks of. Pure."""

from collections.abc import Iterator, Mapping

from zsync.model.plans import ListState
from zsync.planning.gathering import Wanted
from zsync.planning.reading import ListRead, Read
from zsync.planning.scopes import Scope, ScopeKey


def list_states(wanted: Wanted, read: Read) -> tuple[ListState, ...]:
    """The lists that the manifests manage, in their order; of one that was not read to its end the size is not known."""
    found = {listed.scope.key: listed for listed in read.lists}
    return tuple(_states(wanted.branch, found))


def _states(scopes: Mapping[ScopeKey, Scope], found: Mapping[ScopeKey, ListRead]) -> Iterator[ListState]:
    for key, scope in scopes.items():
        listed = found.get(key)
        # A relation that is read from its other side is named all the same.
        named = {*scope.relations, *scope.outside, *scope.mirrored}
        managed = sum(_wanted(scopes, scope, record_id) for record_id in named)
        if listed is None or not listed.whole:
            name = listed.name if listed else scope.related_module
            yield ListState(*key[:2], name, key[2], None, managed, None)
            continue
        joined = listed.joined
        yield ListState(*key[:2], listed.name, key[2], joined.size, managed, len(joined.others - named))


def _wanted(scopes: Mapping[ScopeKey, Scope], scope: Scope, record_id: str) -> bool:
    """Whether a relation that is named is to be there."""
    if desired := scope.desired(record_id):
        return desired.fields is not None
    other = scopes.get((scope.related_module, record_id, scope.module))
    said = other.desired(scope.record_id) if other else None
    return said is not None and said.fields is not None
