"""What there is to pull in an org: its active campaigns and price books, how many rows they have, and what reading them costs."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from math import ceil

from zsync.crm import Reader
from zsync.crm.leads import Leads
from zsync.crm.portions import VALUES
from zsync.crm.reader import PER_PAGE
from zsync.crm.tasks import together
from zsync.errors import InputError, RequestRefused, UsageError
from zsync.kinds import Kind
from zsync.planning.list_names import ListNames
from zsync.pulling.asked import AskedPull
from zsync.pulling.lists import PulledLists, find_lists
from zsync.pulling.parents import find_parents

_COUNTED = 50
"""Most parents of which each list is counted, for each count is a call."""


@dataclass(frozen=True, slots=True)
class Stock:
    """The parents of a module that can be pulled: `ids` are those that no manifest has yet, `known` counts those that one has,
    `empty` those without a row.

    `rows` is how many rows their lists hold, None where that was not counted; `credits` is about what reading them costs.
    """

    word: str
    noun: str
    module: str
    ids: tuple[str, ...] = ()
    known: int = 0
    empty: int = 0
    rows: int | None = 0
    credits: int = 0


STOCKS: Sequence[tuple[str, str, str, str]] = (
    ("campaigns", "active campaign", "Campaigns", "Status = 'Active'"),
    ("prices", "price book", "Price_Books", "Active = true"),
)
"""What there may be: its word, its name for people, its module, and which of its records count."""


async def take_stock(
    reader: Reader, kinds: Sequence[Kind], taken: Collection[tuple[str, str]]
) -> tuple[Stock, ...]:
    """What there is to pull; `taken` are the parents that manifests have already. An org without a module has none of it.

    Raises what `Reader` raises.
    """
    names, leads = ListNames(reader), Leads(reader)
    return tuple([await _stock(reader, names, leads, kinds, taken, each) for each in STOCKS])


async def _stock(
    reader: Reader,
    names: ListNames,
    leads: Leads,
    kinds: Sequence[Kind],
    taken: Collection[tuple[str, str]],
    what: tuple[str, str, str, str],
) -> Stock:
    word, noun, module, where = what
    nothing = Stock(word, noun, module)
    try:
        lists = await find_lists(names, module, (), kinds)
        parents = await find_parents(reader, leads, AskedPull(module, where=where))
    except (UsageError, InputError):
        # The org has no such module or list, or no record for which the condition holds.
        return nothing
    except RequestRefused as refused:
        if refused.exit_code == 8:
            raise
        return nothing
    open_ = [parent.id for parent in parents if (module, parent.id) not in taken]
    sizes = await _sizes(reader, module, open_[:_COUNTED], lists)
    empty = {each for each, counts in sizes.items() if set(counts) == {0}}
    ids = tuple(each for each in open_ if each not in empty)
    counts = [count for each, found in sizes.items() if each not in empty for count in found]
    counted = len(open_) <= _COUNTED and None not in counts
    credits_ = sum(_cost(count or 0) for count in counts)
    credits_ += max(len(open_) - _COUNTED, 0) * len(lists.lists)
    rows = sum(count or 0 for count in counts) if counted else None
    return Stock(word, noun, module, ids, len(parents) - len(open_), len(empty), rows, credits_)


async def _sizes(
    reader: Reader, module: str, ids: Sequence[str], lists: PulledLists
) -> dict[str, list[int | None]]:
    """How many rows each list of each parent has; None where the CRM does not say."""
    asked = [(record_id, each.listed) for record_id in ids for each in lists.lists]
    found = await together(reader.count(module, record_id, listed) for record_id, listed in asked)
    sizes: dict[str, list[int | None]] = {record_id: [] for record_id in ids}
    for (record_id, _), count in zip(asked, found, strict=True):
        sizes[record_id].append(count)
    return sizes


def _cost(rows: int) -> int:
    """The calls for a list: its pages, and queries that tell whether the keys of its rows are unique."""
    return max(ceil(rows / PER_PAGE), 1) + ceil(rows / VALUES)
