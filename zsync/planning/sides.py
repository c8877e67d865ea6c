"""Choose from which side relations are read and written: 100 leads of one campaign are one call on the campaign."""

from collections.abc import Sequence
from dataclasses import replace

from zsync.model import Change
from zsync.planning.list_names import ListNames
from zsync.planning.packing import Edge, turns, worth_turning
from zsync.planning.scopes import Scope, Wanted


async def turn_scopes(scopes: Sequence[Scope], names: ListNames) -> list[Scope]:
    """The scopes to read, each relation in one. A pruned scope stays as it is: its whole list must be read."""
    kept: list[Scope] = []
    movable: dict[tuple[str, str], list[Scope]] = {}
    for scope in scopes:
        if scope.pruned is not None or not scope.relations:
            kept.append(scope)
        else:
            movable.setdefault((scope.module, scope.related_module), []).append(scope)
    for (module, related_module), group in movable.items():
        edges = [(scope.record_id, record_id) for scope in group for record_id in scope.relations]
        if len(group) == 1 or not worth_turning(edges) or await names.find(related_module, module) is None:
            kept += group
        else:
            kept = _turned(group, edges, kept)
    return sorted((scope for scope in kept if scope.relations or scope.pruned), key=lambda scope: scope.order)


def _turned(group: Sequence[Scope], edges: Sequence[Edge], kept: Sequence[Scope]) -> list[Scope]:
    """`kept` and the group's relations, each in the scope of its busier side; a list that is read anyway takes them in."""
    scopes = {(scope.module, scope.related_module, scope.record_id): scope for scope in kept}
    flat = [(scope, record_id, wanted) for scope in group for record_id, wanted in scope.relations.items()]
    for (scope, record_id, wanted), turn in zip(flat, turns(edges), strict=True):
        one = _mirror(scope, record_id, wanted) if turn else replace(scope, relations={})
        target = scopes.setdefault((one.module, one.related_module, one.record_id), one)
        related_id = scope.record_id if turn else record_id
        target.relations[related_id] = wanted._replace(key=scope.record_key) if turn else wanted
    return list(scopes.values())


def _mirror(scope: Scope, record_id: str, wanted: Wanted) -> Scope:
    """An empty scope of one related record, from the other side."""
    module, related = scope.related_module, scope.module
    return Scope(scope.kind, module, related, record_id, wanted.key, scope.order, span=wanted.span)


async def turn_changes(changes: Sequence[Change], names: ListNames) -> list[Change]:
    """The changes, each addressed from the side from which they need fewer requests in all.

    PUTs and DELETEs are counted apart, for they cannot share a request.
    """
    turned = list(changes)
    groups: dict[tuple[str, str, bool], list[int]] = {}
    for index, change in enumerate(changes):
        groups.setdefault((change.module, change.related_module, change.action == "delete"), []).append(index)
    for (module, related_module, _), indices in groups.items():
        edges = [(changes[index].record_id, changes[index].related_record_id) for index in indices]
        if not worth_turning(edges):
            continue
        back = await names.find(related_module, module)
        if back is None:
            continue
        for index, turn in zip(indices, turns(edges), strict=True):
            if turn:
                turned[index] = _turn(changes[index], back)
    return turned


def _turn(change: Change, back: str) -> Change:
    return replace(
        change,
        module=change.related_module,
        record_id=change.related_record_id,
        related_list=back,
        related_module=change.module,
        related_record_id=change.record_id,
        record_label=change.label,
        label=change.record_label,
        record_key=change.key,
        key=change.record_key,
    )
