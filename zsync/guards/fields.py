"""The guards on the fields of relations: statuses, prices, and what is not to be touched."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from zsync.guards.counts import FieldOf, Look, Need, place, unknown
from zsync.model import Change, Span, number
from zsync.model.fields import same
from zsync.model.verdicts import Verdict

_STATUS = "Member_Status"
_PRICE = "list_price"
_PAIR = {"Products", "Price_Books"}


@dataclass(frozen=True, slots=True)
class Order:
    """`Member_Status` goes forward in an order, or stays."""

    name: str
    span: Span | None
    order: tuple[str, ...]

    def needs(self, look: Look) -> Iterator[Need]:  # noqa: ARG002  every guard is asked alike
        """Nothing."""
        yield from ()

    def check(self, look: Look) -> Iterator[Verdict]:
        """One verdict a change."""
        limit = f"only forward in {' → '.join(self.order)}"
        for index, change in enumerate(look.plan.changes):
            states = [state[_STATUS] for state in (change.before, change.after) if state and _STATUS in state]
            if change.after is None or _STATUS not in change.after:
                continue
            if len(states) == 2 and same(*states):
                continue
            here = place(look.sides(change)[0])
            strange = [state for state in states if state not in self.order]
            if change.before is not None and len(states) < 2:
                strange = [None]
            if strange:
                advice = "Add the value to `order`, where it belongs."
                saw = f"Member_Status {value(strange[0])}, which is not in the order"
                yield unknown(self, saw, limit, advice, here, index)
            elif len(states) == 2 and self.order.index(states[0]) > self.order.index(states[1]):
                saw = f"Member_Status {value(states[0])} → {value(states[1])}"
                advice = "Write in the manifest what the CRM holds."
                yield Verdict(self.name, saw, limit, advice, here, index, span=self.span)


@dataclass(frozen=True, slots=True)
class Untouchable:
    """Relation fields that are not set or changed, or kinds of relations that no plan touches."""

    name: str
    span: Span | None
    fields: frozenset[str] = frozenset()
    pairs: frozenset[frozenset[str]] = frozenset()

    def needs(self, look: Look) -> Iterator[Need]:  # noqa: ARG002  every guard is asked alike
        """Nothing."""
        yield from ()

    def check(self, look: Look) -> Iterator[Verdict]:
        """One verdict a change."""
        advice = "Take it out of the manifest."
        for index, change in enumerate(look.plan.changes):
            here, there = look.sides(change)
            before, after = change.before or {}, change.after or {}
            for name in after:
                if name in self.fields and not (name in before and same(before[name], after[name])):
                    saw = f"{name} {value(before.get(name))} → {value(after[name])}"
                    limit = f"{name} is not touched"
                    yield Verdict(self.name, saw, limit, advice, place(here), index, span=self.span)
            if frozenset((here[0], there[0])) in self.pairs:
                limit = f"no change of {here[0]}–{there[0]}"
                yield Verdict(self.name, change.action, limit, advice, place(here), index, span=self.span)


class Bound(NamedTuple):
    """A price: a number, or a multiple of a field of the product."""

    times: Decimal
    field: str = ""

    def __str__(self) -> str:
        """As zsync.yaml has it: `0.5 * Unit_Price`."""
        if not self.field:
            return f"{self.times:f}"
        return self.field if self.times == 1 else f"{self.times:f} * {self.field}"


@dataclass(frozen=True, slots=True)
class Prices:
    """How far `list_price` may move, in per cent of the old one, and between which bounds it stays."""

    name: str
    span: Span | None
    rise: Decimal | None = None
    fall: Decimal | None = None
    low: Bound | None = None
    high: Bound | None = None

    def needs(self, look: Look) -> Iterator[Need]:
        """The fields of the products that the bounds name."""
        for _, change in self._priced(look):
            for bound in (self.low, self.high):
                if bound is not None and bound.field:
                    yield FieldOf("Products", _product(look, change), bound.field)

    def check(self, look: Look) -> Iterator[Verdict]:
        """Up to two verdicts a change: on how far the price moves, and on where it comes to."""
        for index, change in self._priced(look):
            new = (change.after or {}).get(_PRICE)
            here = place(look.sides(change)[0])
            if exact(new) is None:
                advice = "Write the price in the manifest."
                yield unknown(self, f"list_price {value(new)}", "a price is needed", advice, here, index)
                continue
            if change.before is not None:
                yield from self._moved(change, index, here)
            yield from self._bounded(look, change, index, here)

    def _priced(self, look: Look) -> Iterator[tuple[int, Change]]:
        """The changes that set a price: creates always, updates where they name it and it differs."""
        for index, change in enumerate(look.plan.changes):
            if change.after is None or {side[0] for side in look.sides(change)} != _PAIR:
                continue
            after, before = change.after.get(_PRICE), (change.before or {}).get(_PRICE)
            if change.action == "update" and (_PRICE not in change.after or same(before, after)):
                continue
            yield index, change

    def _moved(self, change: Change, index: int, here: str) -> Iterator[Verdict]:
        before, after = (change.before or {}).get(_PRICE), (change.after or {})[_PRICE]
        old, new = exact(before), exact(after)
        saw = f"list_price {value(before)} → {value(after)}"
        if old is None and (self.rise is not None or self.fall is not None):
            advice = "There is no old price to compare with: set it once by hand, or override."
            yield unknown(self, saw, "a per cent of the old price", advice, here, index)
        if old is None or new is None:
            return
        for word, way, percent in (("up", 1, self.rise), ("down", -1, self.fall)):
            moved = (new - old) * way
            if percent is not None and moved > 0 and moved * 100 > Fraction(percent) * abs(old):
                limit = f"at most {percent:f} % {word}"
                yield self._says(saw, limit, "Move the price in smaller steps.", here, index)

    def _bounded(self, look: Look, change: Change, index: int, here: str) -> Iterator[Verdict]:
        price = (change.after or {})[_PRICE]
        new, product = exact(price), _product(look, change)
        for word, way, bound in (("never below", -1, self.low), ("never above", 1, self.high)):
            if bound is None or new is None:
                continue
            held = look.fields.get(("Products", product), {}).get(bound.field) if bound.field else 1
            unit, saw = exact(held), f"list_price {value(price)}"
            if unit is None:
                advice = (
                    f"Give the product a {bound.field} in the CRM, and let the token's user read the field."
                )
                told = f"{saw}, and Products/{product} has no {bound.field} that is known"
                yield unknown(self, told, f"{word} {bound}", advice, here, index)
            elif (new - Fraction(bound.times) * unit) * way > 0:
                told = f" ({bound.field} is {value(held)})" if bound.field else ""
                yield self._says(saw + told, f"{word} {bound}", "Correct the price.", here, index)

    def _says(self, saw: str, limit: str, advice: str, here: str, index: int) -> Verdict:
        return Verdict(self.name, saw, limit, advice, here, index, span=self.span)


def _product(look: Look, change: Change) -> str:
    return next(side[1] for side in look.sides(change) if side[0] == "Products")


def value(this: Any) -> str:
    """A field's value as a verdict shows it."""
    if isinstance(this, Decimal):
        return format(this, "f")
    return "(empty)" if this is None or this == "" else str(this)


def exact(this: Any) -> Fraction | None:
    """A number of the CRM or of a manifest; None where it is none."""
    if isinstance(this, bool) or not isinstance(this, int | Decimal | str):
        return None
    try:
        return Fraction(number(this))
    except (ArithmeticError, ValueError):
        return None
