"""What a pull has read, before anything is made of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from zsync.crm import Reader
from zsync.crm.leads import Leads
from zsync.crm.orgs import check_environment
from zsync.model import Diagnostic, ManagedList
from zsync.planning.list_names import ListNames
from zsync.pulling.asked import AskedPull, Ways
from zsync.pulling.comparing import FoundList, beside
from zsync.pulling.declared import Declared, find_declared, refuse_second
from zsync.pulling.keys import name_rows
from zsync.pulling.lists import find_lists
from zsync.pulling.parents import find_parents
from zsync.pulling.reading import ListRows, read_rows
from zsync.pulling.unfit import leave_out_unfit


@dataclass(frozen=True, slots=True)
class PulledRows:
    """All lists, in the order of their parents, what the files say, what to warn of, and how many calls it took."""

    lists: tuple[FoundList, ...]
    declared: Declared
    warnings: tuple[Diagnostic, ...]
    notes: tuple[str, ...]
    reads: int


class Hears(Protocol):
    """Whoever wants to hear how far a pull is."""

    def starting(self, parents: int, count: int) -> None:
        """So many lists (`count`) of so many parents are going to be read."""

    def read(self, done: int) -> None:
        """So many of them were read."""

    def looking(self, queries: int) -> None:
        """About so many queries are going to look up keys."""


class _Nobody:
    def starting(self, parents: int, count: int) -> None: ...

    def read(self, done: int) -> None: ...

    def looking(self, queries: int) -> None: ...


def _open(rows: ListRows, declared: Declared) -> ListRows:
    """Those rows of which no file tells: of the others, nobody needs a key."""
    placed = declared.places.get(rows.key, {})
    return rows._replace(rows=tuple(row for row in rows.rows if row["id"] not in placed))


async def find(
    reader: Reader,
    asked: AskedPull,
    ways: Ways,
    lists: Sequence[ManagedList],
    hears: Hears | None = None,
) -> PulledRows:
    """Read the lists that are asked for; `lists` is what the files say of anything.

    Raises `InputError` for names that no record has, or several, `UsageError` for what the org or
    zsync does not have, and what `Reader` raises.
    """
    check_environment(await reader.org(), ways.expected)
    names, leads = ListNames(reader), Leads(reader)
    pulled = await find_lists(names, asked.module, asked.lists, ways.kinds)
    parents = await find_parents(reader, leads, asked)
    hears = hears or _Nobody()
    hears.starting(len(parents), len(parents) * len(pulled.lists))
    declared = await find_declared(reader, leads, lists, pulled.lists, parents)
    refuse_second(parents, declared)
    rows, warnings = await read_rows(reader, asked, pulled.lists, parents, declared, hears.read)
    named = await name_rows(leads, [_open(each, declared) for each in rows], hears.looking)
    found = [beside(each, keys, asked, declared) for each, keys in zip(rows, named, strict=True)]
    await leave_out_unfit(found, reader, names, ways)
    return PulledRows(tuple(found), declared, warnings, pulled.left_out, reader.traffic.reads)
