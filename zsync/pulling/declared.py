"""What the files say already of the lists that are pulled: from either side, in as many places as it may be.

A relation may stand in several files, and in the list of either of its records: each place that says something else than the
CRM is brought in line with it. What stands under `absent` stays there.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from zsync.crm import Reader
from zsync.crm.leads import Leads
from zsync.errors import InputError
from zsync.model import Diagnostic, Fields, ManagedList, Manifests, Parent, Row, sentence
from zsync.model.values import plain_text
from zsync.planning.resolver import Resolved, id_of, list_key, parent_key, resolve, resolve_parents
from zsync.pulling.lists import PulledList
from zsync.pulling.parents import PulledParent

ListId = tuple[str, str]
"""A parent's id, and the module of the related records."""


class RowPlace(NamedTuple):
    """A row of a file: the list that it stands in, and what it says; None for one under `absent`."""

    managed: ManagedList
    row: Row
    fields: Fields | None


@dataclass(slots=True)
class Declared:
    """What the files say of the pulled lists.

    `places` are rows by list and by the other record's id, `lists` the lists as the files have them from the parent's side,
    and `lost` rows of those whose key names no record any more. `parents` are the parent's documents, by its id. `stale` are
    parents of the module that name no record.
    """

    places: dict[ListId, dict[str, list[RowPlace]]] = field(default_factory=dict)
    lists: dict[ListId, list[ManagedList]] = field(default_factory=dict)
    lost: dict[ListId, list[RowPlace]] = field(default_factory=dict)
    parents: dict[str, list[Parent]] = field(default_factory=dict)
    stale: list[Parent] = field(default_factory=list)

    def add(self, key: ListId, record_id: str, place: RowPlace) -> None:
        """One more place that says something of a relation."""
        self.places.setdefault(key, {}).setdefault(record_id, []).append(place)


async def find_declared(
    reader: Reader,
    leads: Leads,
    lists: Sequence[ManagedList],
    pulled: Sequence[PulledList],
    parents: Sequence[PulledParent],
) -> Declared:
    """Look up what the manifests say of these lists of these parents. Rows that cannot be about them cost nothing.

    Raises `InputError` for keys that name several records, and what `Reader` raises.
    """
    module, found = pulled[0].module, Declared()
    own = [managed for managed in lists if managed.parent.module == module]
    ids = {parent.id for parent in parents}
    of = await resolve_parents(own, reader)
    for managed in own:
        known = _ids(managed, of)
        if not known and managed.parent not in found.stale:
            found.stale.append(managed.parent)
        if len(known) == 1 and known[0] in ids and managed.parent not in found.parents.get(known[0], ()):
            found.parents.setdefault(known[0], []).append(managed.parent)
    related = {each.related for each in pulled}
    here = [each for each in own if each.related_module in related and ids & {*_ids(each, of)}]
    there = list(_from_the_other_side(lists, module, related, parents))
    asked = (*here, *(trimmed for trimmed, _ in there))
    resolved, problems = await resolve(Manifests(asked, (), ""), reader, (), leads)
    if wrong := [each for each in problems if each.code == "ambiguous"]:
        raise InputError(tuple(wrong))
    for managed in here:
        _own(managed, resolved, found)
    for trimmed, managed in there:
        _mirrored(trimmed, managed, resolved, ids, found)
    return found


def refuse_second(parents: Iterable[PulledParent], declared: Declared) -> None:
    """Raise `InputError` where a parent is about to get a file of its own, and a manifest's parent names no record.

    Its record may have been renamed: then a second file would declare the same rows.
    """
    new = [parent for parent in parents if parent.id not in declared.parents]
    if not (new and declared.stale):
        return
    labels = ", ".join(f"`{parent.label or parent.id}`" for parent in new[:3])
    raise InputError(
        tuple(
            Diagnostic(
                "not-found",
                sentence(
                    f"no record of {stale.module} is named so any more, and {labels} would get a file of its own"
                ),
                stale.span,
                sentence(
                    "If it was renamed, write its new name, or its id, here and pull again. If it is gone, remove this document."
                ),
            )
            for stale in declared.stale
        )
    )


def _ids(managed: ManagedList, resolved: Resolved) -> tuple[str, ...]:
    if managed.parent.id is not None:
        return (managed.parent.id,)
    where, values = parent_key(managed)
    return resolved.of(where).get(values, ())


def _own(managed: ManagedList, resolved: Resolved, found: Declared) -> None:
    parent = _ids(managed, resolved)[0]
    key, names = (parent, managed.related_module), resolved.of(list_key(managed))
    found.lists.setdefault(key, []).append(managed)
    for row, place in _rows(managed):
        record_id = id_of(row, names)
        if record_id is not None:
            found.add(key, record_id, place)
        elif place.fields is not None:
            found.lost.setdefault(key, []).append(place)


def _mirrored(
    trimmed: ManagedList, managed: ManagedList, resolved: Resolved, ids: set[str], found: Declared
) -> None:
    """Rows of the other side's list: their record is one of the parents, and their parent a related record."""
    related, names = _ids(trimmed, resolved), resolved.of(list_key(trimmed))
    for row, place in _rows(trimmed):
        parent = id_of(row, names)
        if parent in ids and len(related) == 1:
            found.add((str(parent), managed.parent.module), related[0], place._replace(managed=managed))


def _rows(managed: ManagedList) -> Iterable[tuple[Row, RowPlace]]:
    for row in managed.records:
        yield row, RowPlace(managed, row, row.fields)
    for row in managed.absent:
        yield row, RowPlace(managed, row, None)


def _from_the_other_side(
    lists: Iterable[ManagedList], module: str, related: set[str], parents: Sequence[PulledParent]
) -> Iterable[tuple[ManagedList, ManagedList]]:
    """The lists of related records: with those of their rows that may name one of the parents, and as they are."""
    ids = {parent.id for parent in parents}
    known: dict[str, set[str]] = {}
    for parent in parents:
        for name, value in parent.known.items():
            known.setdefault(name, set()).add(plain_text(value))
    for managed in lists:
        if managed.related_module != module or managed.parent.module not in related:
            continue
        records, absent = (
            tuple(row for row in rows if _may_name(row, managed.key, ids, known))
            for rows in (managed.records, managed.absent)
        )
        if records or absent:
            yield replace(managed, records=records, absent=absent), managed


def _may_name(row: Row, key: tuple[str, ...], ids: set[str], known: Mapping[str, set[str]]) -> bool:
    if row.by_id or key == ("id",):
        return row.key[0] in ids
    # A key of a field that was not read, or of several, only the CRM can tell.
    return len(key) > 1 or key[0] not in known or plain_text(row.key[0]) in known[key[0]]
