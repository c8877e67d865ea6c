"""The guards on how many rows a plan changes, and on which records.

A guard says what it needs to know besides the changes (`needs`: sizes of lists, fields of records) and what it has
against them (`check`). It sees each relation from both sides: it makes no difference from which side a manifest names
it, or to which side the request goes. What a guard cannot evaluate, it refuses.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fnmatch import fnmatchcase
from fractions import Fraction
from typing import Any, NamedTuple
from unicodedata import normalize

from zsync.kinds import Kind, find_kind
from zsync.model import Action, Change, Plan, Span
from zsync.model.grounds import ProtectedRecord, Records, TooFew, TooMany, TooManyWithheld, Unread
from zsync.model.verdicts import ListKey, Verdict


class FieldOf(NamedTuple):
    """A record's field that a guard has to know."""

    module: str
    id: str
    field: str


Need = ListKey | FieldOf
"""The size of a list, or the field of a record."""


@dataclass(frozen=True, slots=True)
class Look:
    """All that guards may look at: the plan, the clock, and what the plan carries of the CRM."""

    plan: Plan
    kinds: tuple[Kind, ...]
    now: datetime
    credits_left: int | None
    sizes: Mapping[ListKey, int | None]
    fields: Mapping[tuple[str, str], Mapping[str, Any]]

    def sides(self, change: Change) -> tuple[ListKey, ListKey]:
        """The two lists that a relation stands in."""
        return (
            (change.module, change.record_id, change.related_module),
            (change.related_module, change.related_record_id, change.module),
        )

    def whole(self, change: Change) -> ListKey:
        """The list that a change counts for: the campaign's or the price book's, else that of the kind's first module."""
        here, there = self.sides(change)
        kind = find_kind(here[0], there[0], self.kinds)
        parent = kind and ("Price_Books" if kind.right == "Price_Books" else kind.left)
        return there if parent == there[0] else here


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `count` rows, and at most `percent` of what a list holds now. None is no limit."""

    count: int | None = None
    percent: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Counting:
    """At most so many creates, updates, deletes or changes, in each list and in all. No list is too small to count."""

    name: str
    span: Span | None
    actions: frozenset[Action]
    per_list: Limit
    in_all: Limit

    def needs(self, look: Look) -> Iterator[Need]:
        """The sizes of the lists, if a per cent of them is the limit."""
        if self.per_list.percent is not None or self.in_all.percent is not None:
            yield from self._counted(look)

    def check(self, look: Look) -> Iterator[Verdict]:
        """One verdict for each list, and one for all lists together."""
        counted = self._counted(look)
        sizes = [look.sizes.get(key) for key in counted]
        for (key, count), size in zip(counted.items(), sizes, strict=True):
            yield from self._over(count, self.per_list, size, place(key))
        # One list that nobody counted makes the total unknown: the limit for all lists then refuses.
        known = [size for size in sizes if size is not None]
        yield from self._over(counted.total(), self.in_all, sum(known) if len(known) == len(sizes) else None)

    def _counted(self, look: Look) -> Counter[ListKey]:
        return Counter(look.whole(change) for change in look.plan.changes if change.action in self.actions)

    def _ground(self, count: int, **limit: Any) -> TooMany | TooManyWithheld:
        action = next(iter(self.actions)) if len(self.actions) == 1 else None
        return TooMany(count, action, **limit)

    def _over(self, count: int, limit: Limit, size: int | None, where: str = "") -> Iterator[Verdict]:
        if limit.count is not None and count > limit.count:
            yield Verdict(self.name, self._ground(count, most=limit.count), where, span=self.span)
        if limit.percent is None or not count:
            return
        ground = self._ground(count, percent=limit.percent, size=size)
        # A fraction, since a rounded per cent could let one more row pass.
        if size is None or count * 100 > Fraction(limit.percent) * size:
            yield Verdict(self.name, ground, where, evaluated=size is not None, span=self.span)


@dataclass(frozen=True, slots=True)
class Protected:
    """Records whose relations no plan touches, whether as parent or as row.

    Those that a field of consent picks out are people who said no: with `leaving` they may be taken out of lists.
    """

    name: str
    span: Span | None
    records: Records
    leaving: bool = False

    def needs(self, look: Look) -> Iterator[Need]:
        """The fields that tell which records are protected."""
        for _, change in self._touching(look):
            for module, record_id, _ in look.sides(change):
                yield from field_of(self.records, module, record_id)

    def check(self, look: Look) -> Iterator[Verdict]:
        """One verdict for each change."""
        for index, change in self._touching(look):
            for side in look.sides(change):
                module, record_id, _ = side
                matches = are(self.records, look, module, record_id)
                if matches:
                    ground = ProtectedRecord(change.action, module, record_id, self.records)
                    yield Verdict(self.name, ground, place(side), index, span=self.span)
                elif matches is None:
                    yield unread(self, Unread(module, record_id, self.records.field), place(side), index)

    def _touching(self, look: Look) -> Iterator[tuple[int, Change]]:
        for index, change in enumerate(look.plan.changes):
            if not (self.leaving and change.action == "delete"):
                yield index, change


@dataclass(frozen=True, slots=True)
class MinSize:
    """Lists that never shrink below a number of rows. Creates do not count: they come after deletes and may be refused."""

    name: str
    span: Span | None
    records: Records
    related: str
    rows: int

    def needs(self, look: Look) -> Iterator[Need]:
        """The size of each list that loses rows, and the field that tells whether the guard is about it."""
        for key in self._shrinking(look):
            yield key
            yield from field_of(self.records, *key[:2])

    def check(self, look: Look) -> Iterator[Verdict]:
        """One verdict for each list."""
        for key, gone in self._shrinking(look).items():
            matches, size = are(self.records, look, *key[:2]), look.sizes.get(key)
            if matches is None:
                yield unread(self, Unread(*key[:2], self.records.field), place(key))
            elif matches and (size is None or size - gone < self.rows):
                ground = TooFew(self.records, self.related, self.rows, gone, size)
                yield Verdict(self.name, ground, place(key), evaluated=size is not None, span=self.span)

    def _shrinking(self, look: Look) -> Counter[ListKey]:
        deletes = (change for change in look.plan.changes if change.action == "delete")
        keys = (key for change in deletes for key in look.sides(change))
        return Counter(key for key in keys if (key[0], key[2]) == (self.records.module, self.related))


def unread(rule: Protected | MinSize, ground: Unread, where: str, change: int | None = None) -> Verdict:
    """The verdict of a guard that would have to know a field which was not read. It refuses."""
    return Verdict(rule.name, ground, where, change, evaluated=False, span=rule.span)


def field_of(records: Records, module: str, record_id: str) -> Iterator[Need]:
    """The field that a record's pattern is matched with, if it has one."""
    if module == records.module and records.pattern is not None:
        yield FieldOf(module, record_id, records.field)


def are(records: Records, look: Look, module: str, record_id: str) -> bool | None:
    """Whether a record is one of these; patterns ignore case. None if the field to match was not read."""
    if module != records.module:
        return False
    if records.id is not None:
        return record_id == records.id
    if records.pattern is None:
        return True
    fields = look.fields.get((module, record_id), {})
    if records.field not in fields:
        return None  # not False: a record that might be protected is not touched
    value = fields[records.field]
    return fnmatchcase(_plain("" if value is None else str(value)), _plain(records.pattern))


def place(key: ListKey) -> str:
    """A list as people read it: `Campaigns/3652397000000500001/Leads`."""
    return "/".join(key)


def _plain(text: str) -> str:
    # Whoever writes "müller*" means the name however the CRM composes its letters.
    return normalize("NFKC", text).casefold()
