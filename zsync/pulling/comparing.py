"""The rows that the CRM holds beside what the files say of them: what is new, what differs, what is gone."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from zsync.model import ManagedList
from zsync.model.consent import PERSONS
from zsync.model.fields import empty, relation_fields, same
from zsync.pulling.asked import AskedPull
from zsync.pulling.declared import Declared, RowPlace
from zsync.pulling.keys import KeyFound, NamedRows
from zsync.pulling.reading import CrmRow, ListRows
from zsync.pulling.rows import NewRow, holds, label, written_fields


@dataclass(slots=True)
class FoundList:
    """One list of one parent: the CRM's rows beside what the files say of them.

    `there` are the places over which files spread it, `key` is the key that new rows are named by. `fresh` are rows that no file has, `differing` places whose fields say
    something else than the row, `gone` places of rows that the CRM does not have, and `equal` counts the rest. `barred` are
    rows under `absent` that the CRM has all the same. `converted` counts members whose lead was converted, and are in no
    file. `unfit` counts, by field, the values that no manifest can hold, and `stuck` the rows that would say something else
    for want of them, because the list has a default: they are as they were.
    """

    rows: ListRows
    key: KeyFound
    there: Sequence[ManagedList] = ()
    fresh: list[NewRow] = field(default_factory=list)
    differing: list[tuple[RowPlace, Mapping[str, object]]] = field(default_factory=list)
    gone: list[RowPlace] = field(default_factory=list)
    barred: list[RowPlace] = field(default_factory=list)
    equal: int = 0
    converted: int = 0
    unfit: dict[str, int] = field(default_factory=dict)
    stuck: int = 0

    def leave_out(self, name: str) -> None:
        """One more value of this field that no manifest can hold."""
        self.unfit[name] = self.unfit.get(name, 0) + 1


def beside(rows: ListRows, named: NamedRows, asked: AskedPull, declared: Declared) -> FoundList:
    """The rows of a list beside what the files say of them."""
    there = declared.lists.get(rows.key, [])
    key = named.best
    if there:
        wanted = target(there).key
        key = next((each for each in named.keys if each.key == wanted), KeyFound(()))
    found = FoundList(rows, key, there)
    open_ = dict(declared.places.get(rows.key, {}))
    # Left out of such a list, a converted lead would be deleted by the next plan.
    pruned = any(managed.prune and managed.converted for managed in there)
    nameless = asked.by_id and rows.listed.related in PERSONS
    for row in rows.rows:
        places = open_.pop(row["id"], None)
        if places:
            _compare(found, places, row)
        elif row["id"] in named.converted and not pruned:
            found.converted += 1
        else:
            _add(found, row, "" if nameless else label(row, rows.listed.related))
    if rows.whole:
        found.gone = [place for places in open_.values() for place in places if place.fields is not None]
        found.gone += declared.lost.get(rows.key, [])
    return found


def target(lists: Sequence[ManagedList]) -> ManagedList:
    """Of the places over which a list is spread, the one that new rows are added to: the longest, the first of those."""
    return max(lists, key=lambda managed: len(managed.records))


def _compare(found: FoundList, places: Sequence[RowPlace], row: CrmRow) -> None:
    current = relation_fields(row, found.rows.listed.kind.fields)
    for place in places:
        if place.fields is None:
            found.barred.append(place)
            continue
        moved = {
            name: current[name] for name, value in place.fields.items() if not same(value, current.get(name))
        }
        kind = found.rows.listed.kind
        unfit = [
            name
            for name, value in moved.items()
            if not (empty(value) or holds(name, value, kind.fields[name]))
        ]
        leave_moved(found, place, moved, unfit)
        if moved:
            found.differing.append((place, moved))
        else:
            found.equal += 1


def leave_moved(found: FoundList, place: RowPlace, moved: dict[str, object], unfit: Iterable[str]) -> None:
    """Fields of a row that differ, and whose value no manifest can say: the row no longer says anything of them.

    Where the list has a default for such a field the row cannot be silent, and stays as it is.
    """
    for name in unfit:
        found.leave_out(name)
        if name in place.managed.defaults:
            found.stuck += 1
            del moved[name]
        else:
            moved[name] = None


def _add(found: FoundList, row: CrmRow, name: str) -> None:
    written = written_fields(row, found.rows.listed.kind)
    for each in written.unfit:
        found.leave_out(each)
    values = found.key.values.get(row["id"])
    found.fresh.append(
        NewRow(row["id"], values or (row["id"],), values is None, written.fields, name, written.unfit)
    )
