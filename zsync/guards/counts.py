"""The guards on what a plan changes. Each is a limit of zsync.yaml; what it cannot evaluate, it refuses.

A guard says what it needs to know besides the changes (`needs`: sizes of lists, fields of records), and what it has
against them (`check`). It sees every relation from both of its sides: neither the side that a manifest is written from
nor the one that a request is sent to gets around it.
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
from zsync.model.verdicts import ListKey, Verdict


class FieldOf(NamedTuple):
    """A field of a record that a guard has to know."""

    module: str
    id: str
    field: str


Need = ListKey | FieldOf
"""The size of a list, or the field of a record."""


@dataclass(frozen=True, slots=True)
class Look:
    """What guards may look at."""

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
        """The list that a change counts for: the campaign's, the price book's, else that of the kind's first module."""
        here, there = self.sides(change)
        kind = find_kind(here[0], there[0], self.kinds)
        parent = kind and ("Price_Books" if kind.right == "Price_Books" else kind.left)
        return there if parent == there[0] else here


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many, and at most so many per cent of what a list holds now; None where there is no limit."""

    count: int | None = None
    percent: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Counting:
    """At most so many creates, updates, deletes or changes, in each list and in all. There is no set too small to count."""

    name: str
    span: Span | None
    actions: frozenset[Action]
    per_list: Limit
    in_all: Limit

    def needs(self, look: Look) -> Iterator[Need]:
        """The sizes of the lists, where a per cent of them is the limit."""
        if self.per_list.percent is not None or self.in_all.percent is not None:
            yield from self._counted(look)

    def check(self, look: Look) -> Iterator[Verdict]:
        """One verdict a list, and one for all."""
        counted = self._counted(look)
        sizes = [look.sizes.get(key) for key in counted]
        for (key, count), size in zip(counted.items(), sizes, strict=True):
            yield from self._over(count, self.per_list, size, place(key))
        known = [size for size in sizes if size is not None]
        yield from self._over(counted.total(), self.in_all, sum(known) if len(known) == len(sizes) else None)

    def _counted(self, look: Look) -> Counter[ListKey]:
        return Counter(look.whole(change) for change in look.plan.changes if change.action in self.actions)

    def _over(self, count: int, limit: Limit, size: int | None, where: str = "") -> Iterator[Verdict]:
        noun = self.name.removeprefix("max_")
        noun = noun.removesuffix("s") if count == 1 else noun
        if limit.count is not None and count > limit.count:
            text = f"at most {limit.count:,}{' in a list' if where else ' in all'}"
            yield Verdict(
                self.name, f"{count:,} {noun}", text, "Plan fewer at a time.", where, span=self.span
            )
        if limit.percent is None or not count:
            return
        text = f"at most {limit.percent:f} % of {'a list' if where else 'the lists that the plan changes'}"
        if size is None:
            told = f"{count:,} {noun}, of an unknown number of relations"
            yield unknown(self, told, text, _COUNT, where)
        elif count * 100 > Fraction(limit.percent) * size:
            yield Verdict(
                self.name,
                f"{count:,} {noun} of {size:,}",
                text,
                "Plan fewer at a time.",
                where,
                span=self.span,
            )


@dataclass(frozen=True, slots=True)
class Records:
    """Records by id, or by a pattern (`*`, `?`) of one of their fields, in whatever case; all of the module without either."""

    module: str
    field: str
    id: str | None = None
    pattern: str | None = None

    def needs(self, module: str, record_id: str) -> Iterator[Need]:
        """The field, where the pattern is to be matched with it."""
        if module == self.module and self.pattern is not None:
            yield FieldOf(module, record_id, self.field)

    def matches(self, look: Look, module: str, record_id: str) -> bool | None:
        """Whether a record is one of these; None where its field is not known."""
        if module != self.module:
            return False
        if self.id is not None:
            return record_id == self.id
        if self.pattern is None:
            return True
        fields = look.fields.get((module, record_id), {})
        if self.field not in fields:
            return None
        value = fields[self.field]
        return fnmatchcase(_plain("" if value is None else str(value)), _plain(self.pattern))

    def __str__(self) -> str:
        """In words: `Leads whose Email is *@vip.example`."""
        if self.id is not None:
            return f"{self.module}/{self.id}"
        return self.module if self.pattern is None else f"{self.module} whose {self.field} is {self.pattern}"


@dataclass(frozen=True, slots=True)
class Protected:
    """Records whose relations no plan touches, be they the parent or the row."""

    name: str
    span: Span | None
    records: Records

    def needs(self, look: Look) -> Iterator[Need]:
        """The fields by which the records are known."""
        for change in look.plan.changes:
            for module, record_id, _ in look.sides(change):
                yield from self.records.needs(module, record_id)

    def check(self, look: Look) -> Iterator[Verdict]:
        """One verdict a change."""
        limit = f"no change touches {self.records}"
        for index, change in enumerate(look.plan.changes):
            for side in look.sides(change):
                matches = self.records.matches(look, *side[:2])
                here, record = place(side), f"{side[0]}/{side[1]}"
                if matches:
                    advice = "Take the row out of the manifest, or write it as it is in the CRM."
                    saw = f"{change.action} for {record}"
                    yield Verdict(self.name, saw, limit, advice, here, index, span=self.span)
                elif matches is None:
                    advice = f"Check that {self.records.field} is a field of {side[0]} that the token's user may read."
                    saw = f"{self.records.field} of {record} could not be read"
                    yield unknown(self, saw, limit, advice, here, index)


@dataclass(frozen=True, slots=True)
class MinSize:
    """Lists that never shrink below a number of rows. Creates do not count: deletes go first, and creates may be refused."""

    name: str
    span: Span | None
    records: Records
    related: str
    rows: int

    def needs(self, look: Look) -> Iterator[Need]:
        """The size of each list that loses rows, and the field by which its record is known."""
        for key in self._shrinking(look):
            yield key
            yield from self.records.needs(*key[:2])

    def check(self, look: Look) -> Iterator[Verdict]:
        """One verdict a list."""
        limit = f"{self.related} of {self.records} keep at least {self.rows:,}"
        for key, gone in self._shrinking(look).items():
            matches, size = self.records.matches(look, *key[:2]), look.sizes.get(key)
            if matches is None:
                advice = (
                    f"Check that {self.records.field} is a field of {key[0]} that the token's user may read."
                )
                yield unknown(
                    self, f"{self.records.field} of the parent could not be read", limit, advice, place(key)
                )
            elif matches and size is None:
                yield unknown(
                    self, f"{gone:,} fewer, of an unknown number of relations", limit, _COUNT, place(key)
                )
            elif matches and size is not None and size - gone < self.rows:
                saw = f"{gone:,} of {size:,} go, {max(size - gone, 0):,} stay"
                yield Verdict(
                    self.name, saw, limit, "Relate others first, then delete.", place(key), span=self.span
                )

    def _shrinking(self, look: Look) -> Counter[ListKey]:
        deletes = (change for change in look.plan.changes if change.action == "delete")
        keys = (key for change in deletes for key in look.sides(change))
        return Counter(key for key in keys if (key[0], key[2]) == (self.records.module, self.related))


_COUNT = "Let the token's user count the list (ZohoCRM.modules.READ), or give the limit as a number."


def unknown(
    rule: Any, saw: str, limit: str, advice: str, where: str = "", change: int | None = None
) -> Verdict:
    """The verdict of a guard that cannot be evaluated: it refuses, and says why and what to do."""
    return Verdict(rule.name, saw, limit, advice, where, change, evaluated=False, span=rule.span)


def place(key: ListKey) -> str:
    """A list as people read it."""
    return "/".join(key)


def _plain(text: str) -> str:
    return normalize("NFKC", text).casefold()
