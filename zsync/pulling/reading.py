"""The rows that the CRM holds in the pulled lists."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from zsync.crm import Reader
from zsync.crm.tasks import together
from zsync.errors import RequestRefused
from zsync.kinds import name_fields, natural_keys
from zsync.model import Diagnostic, Key
from zsync.model.consent import PERSONS
from zsync.model.requests import chunks
from zsync.planning.reading import read_list
from zsync.planning.scopes import Scope
from zsync.pulling.asked import AskedPull, findable
from zsync.pulling.declared import Declared, ListId, RowPlace
from zsync.pulling.lists import NOWHERE, PulledList
from zsync.pulling.parents import PulledParent

CrmRow = Mapping[str, Any]
"""A row of a related list as the CRM sent it; `id` is the related record's, as text."""


class ListRows(NamedTuple):
    """The rows of one list of one parent. `keys` are the natural keys, each a field or several, that may name them. `whole` says
    that these are all: the CRM counts no more of them.
    """

    parent: PulledParent
    listed: PulledList
    keys: tuple[tuple[str, ...], ...]
    rows: tuple[CrmRow, ...]
    whole: bool = True

    @property
    def key(self) -> ListId:
        """The parent's id, and the module of the related records."""
        return self.parent.id, self.listed.related


async def read_rows(
    reader: Reader,
    asked: AskedPull,
    pulled: Sequence[PulledList],
    parents: Sequence[PulledParent],
    declared: Declared,
    progress: Callable[[int], None],
) -> tuple[tuple[ListRows, ...], tuple[Diagnostic, ...]]:
    """Read the lists to their ends. Gives their rows, and warnings.

    `progress` hears how many are done. Raises what `Reader` raises.
    """
    known = {each.related: await _known(reader, each.related) for each in pulled}
    places = [(parent, listed) for parent in parents for listed in pulled]
    done = 0

    async def read(parent: PulledParent, listed: PulledList) -> tuple[ListRows, tuple[Diagnostic, ...]]:
        nonlocal done
        keys = _keys(asked, parent, listed, declared, known[listed.related])
        scope = _scope(asked, parent, listed, keys, known[listed.related])
        found, problems = await read_list(scope, listed.listed, reader)
        lost = _lost(declared.places.get((parent.id, listed.related), {}), found.joined.surplus)
        rows = (*found.joined.surplus, *await _slipped(reader, scope, listed, lost))
        done += 1
        progress(done)
        whole = not any(each.code == "count-differs" for each in problems)
        return ListRows(parent, listed, keys, rows, whole), tuple(problems)

    answers = await together(read(*place) for place in places)
    return tuple(rows for rows, _ in answers), tuple(each for _, problems in answers for each in problems)


def _scope(
    asked: AskedPull,
    parent: PulledParent,
    listed: PulledList,
    keys: Iterable[tuple[str, ...]],
    known: Mapping[str, Any],
) -> Scope:
    """The list as it is read: all its rows, with what may name them."""
    label = name_fields(listed.related) or natural_keys(listed.related)
    if asked.by_id and (listed.related in PERSONS or not name_fields(listed.related)):
        # Of a module that zsync does not know, nobody can say that its records are no people.
        label = ()
    fields = findable(tuple(dict.fromkeys((*(name for key in keys for name in key), *label))), known)
    named = Key((), (parent.id,), parent.label)
    return Scope(listed.kind, listed.module, parent.id, named, 0, NOWHERE, keys=fields, asked=True)


async def _slipped(reader: Reader, scope: Scope, listed: PulledList, lost: Sequence[str]) -> list[CrmRow]:
    """Rows that are in the list although no page had them: whoever slipped from one to another was taken out by nobody."""
    place, fields = (scope.module, scope.record_id, listed.listed.name), (*scope.keys, *scope.kind.fields)
    answers = [
        await reader.rows(*place, fields or ("id",), ids, converted=True) for ids in chunks(list(lost))
    ]
    return [row for rows in answers for row in rows]


def _lost(places: Mapping[str, Sequence[RowPlace]], rows: Sequence[CrmRow]) -> list[str]:
    """The records of rows that files want and that were not read."""
    wanted = dict.fromkeys(
        each for each, there in places.items() if any(place.fields is not None for place in there)
    )
    for row in rows:
        wanted.pop(row["id"], None)
    return list(wanted)


async def _known(reader: Reader, module: str) -> Mapping[str, Any]:
    try:
        return await reader.fields(module)
    except RequestRefused:
        return {}


def _keys(
    asked: AskedPull, parent: PulledParent, listed: PulledList, declared: Declared, known: Mapping[str, Any]
) -> tuple[tuple[str, ...], ...]:
    """The keys by which rows may be named: those of the lists that are there, or the natural ones of a new list."""
    if asked.by_id:
        return ()
    there = declared.lists.get((parent.id, listed.related))
    if there:
        return tuple(dict.fromkeys(managed.key for managed in there if managed.key != ("id",)))
    return tuple((name,) for name in findable(natural_keys(listed.related), known))
