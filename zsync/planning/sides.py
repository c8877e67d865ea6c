"""Choose the side from which relations are read and written: 100 leads of one campaign are one call on the campaign.

A relation stands in two lists, one on each of its records, and Zoho reads and writes it from either:
https://www.zoho.com/crm/developer/docs/api/v8/update-related-records.html
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from zsync.model import Change
from zsync.planning.list_names import ListNames
from zsync.planning.packing import Edge, turns, worth_turning
from zsync.planning.scopes import Desired, Scope, ScopeKey

Pair = tuple[str, str]
"""The module of the parents, and that of the related records."""


async def turn_scopes(scopes: Iterable[Scope], names: ListNames, *, whole: bool) -> tuple[Scope, ...]:
    """The scopes to read: each relation in one of them, on the side that needs fewer calls.

    With `whole`, those of campaigns and price books, and of other kinds' first modules, stay on their side and are asked for all
    their rows. Lists of the other side are not: a tree that is written lead by lead would cost a call for each lead.
    Whether the other side has a list, the CRM's metadata tells. Raises what `Reader` raises.
    """
    scopes = tuple(replace(scope, asked=whole and _leads(scope)) for scope in scopes)
    # The metadata of the other side costs a call: it is asked for only where turning would save more than that.
    cheaper = [pair for pair, group in _movable(scopes).items() if _worth(group)]
    return turned(scopes, [pair for pair in cheaper if await names.find(*reversed(pair)) is not None])


def turned(scopes: Iterable[Scope], pairs: Collection[Pair]) -> tuple[Scope, ...]:
    """The scopes, with each relation of these pairs of modules on its busier side; in the order of the manifests.

    A pruned scope keeps its relations, for its whole list has to be read anyway, and takes in those that are turned to it.
    Each relation stays in exactly one scope, and no two scopes are about the same list.
    """
    movable = _movable(scopes := tuple(scopes))
    moving = {scope.key: replace(scope, relations={}) for pair in pairs for scope in movable.get(pair, ())}
    result = {scope.key: scope for scope in scopes if scope.key not in moving}
    # Scopes that take relations in get a dict of their own: the given ones are never changed.
    taken: dict[ScopeKey, dict[str, Desired]] = {}
    for group in (movable.get(pair, ()) for pair in pairs):
        flat = [
            (scope, related_id, desired) for scope in group for related_id, desired in scope.relations.items()
        ]
        for (scope, related_id, desired), turn in zip(flat, turns(_edges(group)), strict=True):
            key = (scope.related_module, related_id, scope.module) if turn else scope.key
            if key not in taken:
                target = result.get(key) or moving.get(key) or _mirror(scope, related_id, desired)
                result[key], taken[key] = target, dict(target.relations)
            if turn:
                taken[key][scope.record_id] = desired._replace(turned_key=scope.record_key)
            else:
                taken[key][related_id] = desired
    made = (replace(scope, relations=taken.get(key, scope.relations)) for key, scope in result.items())
    return tuple(
        sorted(
            (scope for scope in made if scope.relations or scope.pruned or scope.asked),
            key=lambda scope: scope.order,
        )
    )


def _leads(scope: Scope) -> bool:
    """Whether it is a list of the module that people think of as the parent, and a command was asked for it."""
    kind, asked = scope.kind, any(not managed.outside for managed in scope.lists)
    return asked and scope.module == ("Price_Books" if kind.right == "Price_Books" else kind.left)


def _movable(scopes: Iterable[Scope]) -> Mapping[Pair, list[Scope]]:
    groups: dict[Pair, list[Scope]] = {}
    for scope in scopes:
        # A pruned list is read to its end in any case: moving its relations elsewhere would only add calls.
        if scope.pruned is None and not scope.asked and scope.relations:
            groups.setdefault((scope.module, scope.related_module), []).append(scope)
    return groups


def _worth(group: Sequence[Scope]) -> bool:
    return len(group) > 1 and worth_turning(_edges(group))


def _edges(group: Iterable[Scope]) -> list[Edge]:
    return [(scope.record_id, related_id) for scope in group for related_id in scope.relations]


def _mirror(scope: Scope, related_id: str, desired: Desired) -> Scope:
    """The list of the related record that this relation also stands in, as a scope without relations."""
    return Scope(scope.kind, scope.related_module, related_id, desired.key, scope.order, desired.span)


async def turn_changes(changes: Sequence[Change], names: ListNames) -> list[Change]:
    """The changes, each addressed from the side that needs fewer requests.

    PUTs and DELETEs are counted apart, for they cannot share a request; changes of one kind together, from whichever side
    each of them came. Raises what `Reader` raises.
    """
    result = list(changes)
    groups: dict[tuple[frozenset[str], bool], list[int]] = {}
    for index, change in enumerate(changes):
        modules = frozenset({change.module, change.related_module})
        groups.setdefault((modules, change.action == "delete"), []).append(index)
    for indices in groups.values():
        module = changes[indices[0]].module
        others = [changes[index].module != module for index in indices]
        ends = [(changes[index].record_id, changes[index].related_record_id) for index in indices]
        edges = [end[::-1] if other else end for end, other in zip(ends, others, strict=True)]
        if not worth_turning(edges, others):
            continue
        turned = [
            index for index, other, turn in zip(indices, others, turns(edges), strict=True) if turn != other
        ]
        sides = {(changes[index].related_module, changes[index].module) for index in turned}
        lists = {side: await names.find(*side) for side in sorted(sides)}
        for index in turned:
            if listed := lists[changes[index].related_module, changes[index].module]:
                result[index] = _turn(changes[index], listed)
    return result


def _turn(change: Change, other_list: str) -> Change:
    return replace(
        change,
        module=change.related_module,
        record_id=change.related_record_id,
        related_list=other_list,
        related_module=change.module,
        related_record_id=change.record_id,
        record_label=change.label,
        label=change.record_label,
        record_key=change.key,
        key=change.record_key,
    )
