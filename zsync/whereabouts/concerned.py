"""The manifests as far as they are about some records: what the next plan does to them depends on nothing else.

So a mistake in a row of somebody else hides nobody, and few lists are read.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from zsync.model import ManagedList, Span
from zsync.model.values import plain_text
from zsync.model.whereabouts import NamedRecord
from zsync.planning.resolver import Resolved, parent_key

Ends = tuple[str, str]
"""A record's module and id."""


def concerning(
    lists: Iterable[ManagedList],
    records: Sequence[NamedRecord],
    parents: Mapping[int, str],
    related: Collection[Ends],
) -> tuple[ManagedList, ...]:
    """Of lists those that are about one of the records, with the rows that are.

    `parents` are the ids of the lists' parents, by `id(managed)`. A list of a record itself is kept whole. One of another parent is
    kept where a row names a record, and where the CRM has a record in it: `related` are the parents of those.
    """
    found: list[ManagedList] = []
    for managed in lists:
        parent = (managed.parent.module, parents.get(id(managed), ""))
        if any(record.ends == parent for record in records):
            found.append(managed)
            continue
        mine = [record for record in records if record.module == managed.related_module]
        kept = replace(
            managed,
            records=tuple(
                row for row in managed.records if any(record.meant_by(managed, row) for record in mine)
            ),
            absent=tuple(
                row for row in managed.absent if any(record.meant_by(managed, row) for record in mine)
            ),
        )
        if kept.records or kept.absent or (mine and parent in related):
            found.append(kept)
    return tuple(found)


def parent_ids(lists: Iterable[ManagedList], resolved: Resolved) -> Mapping[int, str]:
    """The ids of the lists' parents, by `id(managed)`; without those whose key names no record, or several."""
    found: dict[int, str] = {}
    for managed in lists:
        if managed.parent.id is not None:
            found[id(managed)] = managed.parent.id
        else:
            where, values = parent_key(managed)
            if len(ids := resolved.of(where).get(values, ())) == 1:
                found[id(managed)] = ids[0]
    return found


def row_places(
    lists: Iterable[ManagedList], records: Sequence[NamedRecord], parents: Mapping[int, str]
) -> Iterator[tuple[NamedRecord, Ends, Span]]:
    """Every row that names a record: the record, the row's parent, and the place. A relation may have several, from both sides."""
    for managed in lists:
        parent = (managed.parent.module, parents.get(id(managed), ""))
        mine = [record for record in records if record.module == managed.related_module]
        for row in (*managed.records, *managed.absent) if mine else ():
            for record in mine:
                if record.meant_by(managed, row):
                    yield record, parent, managed.place(row)


def named_places(lists: Iterable[ManagedList], name: str) -> Iterator[Span]:
    """Where manifests have a name as it was asked for, though the CRM knows no record by it: as a key or an id."""
    wanted = plain_text(name)
    same: Callable[[str], bool] = lambda text: plain_text(text) == wanted  # noqa: E731  a line, used twice
    for managed in lists:
        if any(map(same, managed.parent.key.values)):
            yield managed.parent.span
        for row in (*managed.records, *managed.absent):
            if any(map(same, row.key)):
                yield managed.place(row)
