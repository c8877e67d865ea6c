"""The rows that the CRM holds in the pulled lists."""

from collections.abc import Callable, Mapping, Sequence
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
        label = () if asked.by_id and listed.related in PERSONS else name_fields(listed.related)
        fields = dict.fromkeys((*(name for key in keys for name in key), *label))
        scope = Scope(
            listed.kind, listed.module, parent.id, Key((), (parent.id,), parent.label), 0, NOWHERE,
            keys=findable(tuple(fields), known[listed.related]), asked=True,
        )  # fmt: skip
        found, problems = await read_list(scope, listed.listed, reader)
        done += 1
        progress(done)
        whole = not any(each.code == "count-differs" for each in problems)
        rows = found.joined.surplus
        lost = _lost(declared.places.get((parent.id, listed.related), {}), rows)
        place = (listed.module, parent.id, listed.listed.name)
        for ids in chunks(lost):
            # A row that slipped from one page to another is no row that somebody took out.
            rows += tuple(
                await reader.rows(*place, (*fields, *listed.kind.fields) or ("id",), ids, converted=True)
            )
        return ListRows(parent, listed, keys, rows, whole), tuple(problems)

    answers = await together(read(*place) for place in places)
    return tuple(rows for rows, _ in answers), tuple(each for _, problems in answers for each in problems)


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
