"""What a pull would bring, and what it would cost, before any list is read."""

from dataclasses import dataclass
from math import ceil

from zsync.crm import Reader
from zsync.crm.leads import Leads
from zsync.crm.orgs import check_environment
from zsync.crm.portions import VALUES
from zsync.crm.reader import PER_PAGE
from zsync.crm.tasks import together
from zsync.planning.list_names import ListNames
from zsync.pulling.asked import AskedPull, Ways
from zsync.pulling.lists import find_lists
from zsync.pulling.parents import PulledParent, find_parents

_ALWAYS = 4
"""Credits for the org, the lists of a module, and the fields of the parents and of the related records, about."""


@dataclass(frozen=True, slots=True)
class Survey:
    """The parents that a pull is asked for, how many rows their lists have (None where the CRM does not count them), and about how
    many API credits the pull would take.
    """

    parents: tuple[PulledParent, ...]
    rows: int | None
    credits: int


async def survey(reader: Reader, asked: AskedPull, ways: Ways) -> Survey:
    """Count the rows of all lists, one credit a list. Raises what `find` raises."""
    check_environment(await reader.org(), ways.expected)
    names = ListNames(reader)
    pulled = await find_lists(names, asked.module, asked.lists, ways.kinds)
    parents = await find_parents(reader, Leads(reader), asked)
    places = [(parent, listed) for parent in parents for listed in pulled.lists]
    counts = await together(
        reader.count(parent.module, parent.id, listed.listed) for parent, listed in places
    )
    known = [count for count in counts if count is not None]
    pages = sum(max(1, ceil((count or 0) / PER_PAGE)) for count in counts)
    # Whether a page is the last one, a further count tells, where there is more than one.
    pages += sum(1 for count in known if count > PER_PAGE)
    keys = sum(ceil(count / VALUES) for count in _by_module(counts, [each.related for _, each in places]))
    rows = sum(known) if len(known) == len(counts) else None
    return Survey(parents, rows, _ALWAYS + ceil(len(parents) / VALUES) * 2 + pages + keys)


def _by_module(counts: list[int | None], modules: list[str]) -> list[int]:
    """How many rows there are of each related module: their keys are looked up together."""
    found: dict[str, int] = {}
    for count, module in zip(counts, modules, strict=True):
        found[module] = found.get(module, 0) + (count or 0)
    return list(found.values())
