"""Which row of a list may be named by a natural key: one that is there, and by which a plan would find this very record."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from zsync.crm.keys import Ids, Values, Where, batches, key_text
from zsync.crm.leads import Leads
from zsync.crm.tasks import together
from zsync.model.leads import LEADS
from zsync.pulling.parents import keyed, usable
from zsync.pulling.reading import CrmRow, ListRows


@dataclass(slots=True)
class KeyFound:
    """What one key does for the rows of a list: `values` by record id, and how many rows have none, one of several records, or one
    that the org refuses to look up.
    """

    key: tuple[str, ...]
    values: dict[str, Values] = field(default_factory=dict)
    empty: int = 0
    shared: int = 0
    refused: int = 0


class NamedRows(NamedTuple):
    """The keys of a list's rows, in the order of `ListRows.keys`, and the ids of rows whose lead was converted."""

    keys: tuple[KeyFound, ...]
    converted: frozenset[str] = frozenset()

    @property
    def best(self) -> KeyFound:
        """The key that names the most rows, the first of those that name as many; one without fields where none names any."""
        found = max(self.keys, key=lambda each: len(each.values), default=KeyFound(()))
        return found if found.values else KeyFound((), {}, found.empty, found.shared, found.refused)

    def by(self, key: tuple[str, ...]) -> Mapping[str, Values]:
        """The values of a certain key."""
        return next((each.values for each in self.keys if each.key == key), {})


async def name_rows(
    leads: Leads, lists: Sequence[ListRows], looking: Callable[[int], None]
) -> tuple[NamedRows, ...]:
    """Look up the keys of all rows, a hundred a query, each key once. Raises what `Reader` raises.

    A further key of a list is looked up only where the keys before it do not name every row. `looking` hears, before each
    turn, how many queries it takes.
    """
    found: list[list[KeyFound]] = [[] for _ in lists]
    for turn in range(max((len(each.keys) for each in lists), default=0)):
        open_ = [
            at
            for at, each in enumerate(lists)
            if turn < len(each.keys) and not any(len(one.values) == len(each.rows) for one in found[at])
        ]
        wanted: dict[Where, dict[Values, None]] = {}
        for at in open_:
            key = lists[at].keys[turn]
            values = wanted.setdefault(Where(lists[at].listed.related, key), {})
            values.update(dict.fromkeys(filter(usable, (_values(row, key) for row in lists[at].rows))))
        asked = [(where, list(keys)) for where, keys in wanted.items()]
        looking(sum(len(batches(keys)) for _, keys in asked))
        answers = await together(keyed(leads, where, keys) for where, keys in asked)
        known = {where: answer for (where, _), answer in zip(asked, answers, strict=True)}
        for at in open_:
            key = lists[at].keys[turn]
            found[at].append(_matched(lists[at].rows, key, known[Where(lists[at].listed.related, key)]))
    converted = await _converted(leads, lists, found)
    return tuple(
        NamedRows(
            tuple(keys),
            converted & {row["id"] for row in each.rows} if each.listed.related == LEADS else frozenset(),
        )
        for each, keys in zip(lists, found, strict=True)
    )


def _matched(rows: Sequence[CrmRow], key: tuple[str, ...], known: Mapping[Values, Ids] | None) -> KeyFound:
    made = KeyFound(key)
    for row in rows:
        values = _values(row, key)
        if not usable(values):
            made.empty += 1
        elif known is None:
            made.refused += 1
        elif known.get(values) == (row["id"],):
            made.values[row["id"]] = values
        else:
            made.shared += 1
    return made


async def _converted(
    leads: Leads, lists: Sequence[ListRows], found: Sequence[Sequence[KeyFound]]
) -> frozenset[str]:
    """The leads among the rows that were converted. A look-up by key has told of those that it found."""
    unsure: dict[str, None] = {}
    for each, keys in zip(lists, found, strict=True):
        if each.listed.related == LEADS:
            named = {record_id for key in keys for record_id in key.values}
            unsure.update(dict.fromkeys(row["id"] for row in each.rows if row["id"] not in named))
    await leads.learn(unsure)
    return frozenset(leads.conversions)


def _values(row: CrmRow, key: tuple[str, ...]) -> Values:
    return tuple(key_text(row.get(name)) for name in key)
