"""The changes of a plan by parent and list, in the order in which a reviewer should read them."""

from collections import Counter
from collections.abc import Collection, Sequence
from typing import NamedTuple

from zsync.model import Action, Change
from zsync.model.verdicts import ListKey
from zsync.render.words import cut

NAME = 80
"""Most characters of a record's name that are shown."""

_OURS = ("change", "conflict")
"""Origins of what a branch asks for; all else is drift."""

_ORDER: dict[Action, int] = {"delete": 0, "update": 1, "create": 2}


class ListGroup(NamedTuple):
    """The changes of a related list, as indices into the plan's changes: deletions, then updates, then creates.

    `above` counts those that are shown elsewhere, before all lists. `key` is the list, whatever it is called.
    """

    related_list: str
    changes: tuple[int, ...]
    above: int = 0
    key: ListKey = ("", "", "")


class ParentGroup(NamedTuple):
    """The lists of a parent record."""

    module: str
    record_id: str
    label: str
    lists: tuple[ListGroup, ...]


def by_parent(
    changes: Sequence[Change], drift: bool | None = None, above: Collection[int] = ()
) -> list[ParentGroup]:
    """Group the changes. Parents and lists that lose relations come first; otherwise the plan's order holds.

    `drift` keeps only the changes that no branch made (True), or only those that a branch made (False). Those of `above` are
    shown elsewhere, and only counted.
    """
    parents: dict[tuple[str, str], dict[str, list[int]]] = {}
    labels: dict[tuple[str, str], str] = {}
    for index, change in enumerate(changes):
        if drift is not None and drift != (change.origin not in _OURS):
            continue
        parent = (change.module, change.record_id)
        labels.setdefault(parent, change.record_label)
        parents.setdefault(parent, {}).setdefault(change.related_list, []).append(index)
    groups = [
        ParentGroup(*parent, labels[parent], _list_groups(changes, lists, above))
        for parent, lists in parents.items()
    ]
    # Sorting is stable: among equals the plan's order, which is the manifests', stays.
    return sorted(groups, key=lambda group: _rank(changes, group.lists[0]))


def record_names(changes: Sequence[Change], group: ListGroup, *, full: bool = False) -> list[str]:
    """The name of each change's record, followed by its id if another name in the list reads the same.

    With `full`, names are whole and always followed by the id.
    """
    if full:
        rows = [changes[index] for index in group.changes]
        return [_name(row.label, row.related_record_id, alone=False) for row in rows]
    labels = [cut(changes[index].label, NAME) for index in group.changes]
    seen = Counter(labels)
    return [
        _name(label, changes[index].related_record_id, alone=seen[label] == 1)
        for index, label in zip(group.changes, labels, strict=True)
    ]


def _name(label: str, record_id: str, *, alone: bool) -> str:
    if not label or label == record_id:
        return record_id
    return label if alone else f"{label} ({record_id})"


def _list_groups(
    changes: Sequence[Change], lists: dict[str, list[int]], above: Collection[int]
) -> tuple[ListGroup, ...]:
    groups = []
    for name, indices in lists.items():
        shown = sorted(
            (index for index in indices if index not in above),
            key=lambda index: _ORDER[changes[index].action],
        )
        first = changes[indices[0]]
        key = (first.module, first.record_id, first.related_module)
        groups.append(ListGroup(name, tuple(shown), len(indices) - len(shown), key))
    return tuple(sorted(groups, key=lambda group: _rank(changes, group)))


def _rank(changes: Sequence[Change], group: ListGroup) -> bool:
    return not group.changes or changes[group.changes[0]].action != "delete"
