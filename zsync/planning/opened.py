"""Rows that earlier runs left open. Each is compared with the base that it had, so that it stays a change, or is a conflict by now."""

from collections.abc import Iterable, Mapping, Sequence
from operator import is_
from types import MappingProxyType
from typing import NamedTuple

from zsync.bounds import OPEN_ROWS
from zsync.model import Change, ManagedList, OpenRow
from zsync.model.fields import same
from zsync.model.open_rows import Ends
from zsync.planning.origin import Base, base_of
from zsync.planning.resolver import Resolved


class Opened(NamedTuple):
    """The rows, and what the manifests of their bases say, by commit; of a row whose base is none, nothing is said."""

    rows: tuple[OpenRow, ...] = ()
    lists: Mapping[str, tuple[ManagedList, ...]] = MappingProxyType({})

    def concerned(self) -> Mapping[str, Sequence[ManagedList]]:
        """The lists that may hold one of the rows, by commit."""
        pairs = {frozenset({row.module, row.related_module}) for row in self.rows}
        return {
            commit: [each for each in lists if frozenset({each.parent.module, each.related_module}) in pairs]
            for commit, lists in self.lists.items()
        }

    def bases(self, lists: Mapping[str, Iterable[ManagedList]], resolved: Resolved) -> Mapping[Ends, Base]:
        """The base of each row; `lists` are those of each commit, by now with ids in place of keys."""
        made = {commit: base_of(each, resolved, commit=commit) for commit, each in lists.items()}
        return {row.ends: made.get(row.base, Base({})) for row in self.rows}


NONE = Opened()


class StillOpen(NamedTuple):
    """What a plan does not bring to an end: `Plan.open`, `left` and `drifted`."""

    open: tuple[OpenRow, ...] = ()
    left: tuple[OpenRow, ...] = ()
    drifted: int = 0


def still_open(changes: Sequence[Change], told: Sequence[Change], base: Base | None) -> StillOpen:
    """Of all that differs, the rows with a base of their own, and those that are not `told`, in the plan or as withheld, or not whole.

    Both are this branch's: what the CRM alone moved is as both commits say, whichever counts, and is counted. Of rows that are left
    out, one more than a run may leave open is told at most.
    """
    kept = base.kept if base else {}
    if not kept and len(told) == len(changes) and all(map(is_, told, changes)):
        return StillOpen()
    known = {change.ends: change for change in told}
    opened, left, drifted = [], [], 0
    for change in changes:
        ends = change.ends
        if not change.moved:
            drifted += ends not in known
            continue
        own = kept.get(ends, base)
        row = change.against(own.commit if own else "")
        if ends in kept:
            opened.append(row)
        if ends not in known or _less(known[ends], change):
            left.append(row)
    return StillOpen(tuple(opened), tuple(left[: OPEN_ROWS.most + 1]), drifted)


def _less(now: Change, change: Change) -> bool:
    """Whether a change that was narrowed to some fields lacks one that this branch moved; a row of drift alone is none of them."""
    if now is change or now.after is None or change.after is None:
        return False
    return any(
        change.origins.get(name) != "drift" and not same(now.after[name], value)
        for name, value in change.after.items()
    )
