"""The guards on the fields of relations: statuses, prices, and what must not be touched."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal, NamedTuple

from zsync.guards.counts import FieldOf, Look, Need, place
from zsync.model import Change, Span, number
from zsync.model.fields import same
from zsync.model.grounds import (
    Backwards,
    NoPrice,
    OutOfOrder,
    PriceBound,
    PriceStep,
    UntouchableField,
    UntouchableKind,
)
from zsync.model.verdicts import Verdict

_STATUS = "Member_Status"
_PRICE = "list_price"
_PAIR = {"Products", "Price_Books"}


@dataclass(frozen=True, slots=True)
class Order:
    """`Member_Status` moves forward in an order, or stays."""

    name: str
    span: Span | None
    order: tuple[str, ...]

    def needs(self, look: Look) -> Iterator[Need]:  # noqa: ARG002  every guard is asked alike
        """Nothing but the changes."""
        yield from ()

    def check(self, look: Look) -> Iterator[Verdict]:
        """One verdict for each change."""
        for index, change in enumerate(look.plan.changes):
            ground = self._against(change)
            if ground is not None:
                evaluated, here = isinstance(ground, Backwards), place(look.sides(change)[0])
                yield Verdict(self.name, ground, here, index, evaluated, self.span)

    def _against(self, change: Change) -> Backwards | OutOfOrder | None:
        if change.after is None or _STATUS not in change.after:
            return None
        before, new = change.before, change.after[_STATUS]
        if before is None:
            return None if new in self.order else OutOfOrder(_STATUS, new, self.order)
        old = before.get(_STATUS)
        if _STATUS in before and same(old, new):
            return None  # it stays, even if the order does not have it
        for value in (old, new):
            if value not in self.order:
                return OutOfOrder(_STATUS, value, self.order)
        if self.order.index(old) > self.order.index(new):
            return Backwards(_STATUS, old, new, self.order)
        return None


@dataclass(frozen=True, slots=True)
class Untouchable:
    """Relation fields that no plan sets or changes, or kinds of relations that no plan touches."""

    name: str
    span: Span | None
    fields: frozenset[str] = frozenset()
    pairs: frozenset[frozenset[str]] = frozenset()

    def needs(self, look: Look) -> Iterator[Need]:  # noqa: ARG002  every guard is asked alike
        """Nothing but the changes."""
        yield from ()

    def check(self, look: Look) -> Iterator[Verdict]:
        """For each change, one verdict for each field, and one for the kind."""
        for index, change in enumerate(look.plan.changes):
            here, there = look.sides(change)
            before, after = change.before or {}, change.after or {}
            for name in after:
                if name in self.fields and not (name in before and same(before[name], after[name])):
                    ground = UntouchableField(name, before.get(name), after[name])
                    yield Verdict(self.name, ground, place(here), index, span=self.span)
            if frozenset((here[0], there[0])) in self.pairs:
                kind = UntouchableKind(change.action, here[0], there[0])
                yield Verdict(self.name, kind, place(here), index, span=self.span)


class PriceLimit(NamedTuple):
    """A bound for a price: a number, or a multiple of a field of the product (`0.5 * Unit_Price`)."""

    times: Decimal
    field: str = ""


@dataclass(frozen=True, slots=True)
class Prices:
    """How far `list_price` may move, in per cent of the old price, and between which bounds it stays."""

    name: str
    span: Span | None
    rise: Decimal | None = None
    fall: Decimal | None = None
    low: PriceLimit | None = None
    high: PriceLimit | None = None

    def needs(self, look: Look) -> Iterator[Need]:
        """The fields of products that the bounds name."""
        for _, change in self._priced(look):
            for bound in (self.low, self.high):
                if bound is not None and bound.field:
                    yield FieldOf("Products", _product(look, change), bound.field)

    def check(self, look: Look) -> Iterator[Verdict]:
        """Up to two verdicts for each change: on how far the price moves, and on where it ends up."""
        for index, change in self._priced(look):
            new = (change.after or {}).get(_PRICE)
            here = place(look.sides(change)[0])
            if exact(new) is None:
                yield self._says(NoPrice(_PRICE, new), here, index, evaluated=False)
                continue
            if change.before is not None:
                yield from self._moved(change, index, here)
            yield from self._bounded(look, change, index, here)

    def _priced(self, look: Look) -> Iterator[tuple[int, Change]]:
        """The changes that set a price: every create, and the updates that change it."""
        for index, change in enumerate(look.plan.changes):
            # From either side: a price written from the product counts like one written from the price book.
            if change.after is None or {side[0] for side in look.sides(change)} != _PAIR:
                continue
            after, before = change.after.get(_PRICE), (change.before or {}).get(_PRICE)
            if change.action == "update" and (_PRICE not in change.after or same(before, after)):
                continue
            yield index, change

    def _moved(self, change: Change, index: int, here: str) -> Iterator[Verdict]:
        before, after = (change.before or {}).get(_PRICE), (change.after or {})[_PRICE]
        old, new = exact(before), exact(after)
        steps: list[tuple[Literal["up", "down"], int, Decimal | None]] = [
            ("up", 1, self.rise),
            ("down", -1, self.fall),
        ]
        for way, sign, percent in steps:
            if percent is None or new is None:
                continue
            ground = PriceStep(_PRICE, before, after, way, percent)
            if old is None:
                # Without the old price nobody can tell which way it moves, so one verdict is enough.
                yield self._says(ground, here, index, evaluated=False)
                return
            moved = (new - old) * sign
            if moved > 0 and moved * 100 > Fraction(percent) * abs(old):
                yield self._says(ground, here, index)

    def _bounded(self, look: Look, change: Change, index: int, here: str) -> Iterator[Verdict]:
        price = (change.after or {})[_PRICE]
        new, product = exact(price), _product(look, change)
        bounds: list[tuple[Literal["below", "above"], int, PriceLimit | None]] = [
            ("below", -1, self.low),
            ("above", 1, self.high),
        ]
        for way, sign, bound in bounds:
            if bound is None or new is None:
                continue
            held = look.fields.get(("Products", product), {}).get(bound.field) if bound.field else 1
            unit = exact(held)
            measured = held if bound.field else None
            ground = PriceBound(_PRICE, price, way, bound.times, product, bound.field, measured)
            if unit is None:
                yield self._says(ground, here, index, evaluated=False)
            elif (new - Fraction(bound.times) * unit) * sign > 0:
                yield self._says(ground, here, index)

    def _says(
        self, ground: PriceStep | PriceBound | NoPrice, here: str, index: int, *, evaluated: bool = True
    ) -> Verdict:
        return Verdict(self.name, ground, here, index, evaluated, self.span)


def _product(look: Look, change: Change) -> str:
    return next(side[1] for side in look.sides(change) if side[0] == "Products")


def exact(this: Any) -> Fraction | None:
    """A number from the CRM or a manifest, exact; None if it is no number."""
    # In Python True is an int; as a price it is a mistake.
    if isinstance(this, bool) or not isinstance(this, int | Decimal | str):
        return None
    try:
        return Fraction(number(this))
    except (ArithmeticError, ValueError):
        return None
