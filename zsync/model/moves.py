"""How far numbers move, and which moves stand out from those beside them. Nothing passes through a float.

A slip of the decimal point hides among forty honest changes of a price list. It shows by its ratio: the others are about
1.05, and this is 0.11.
"""

from collections.abc import Sequence
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal
from statistics import median
from typing import Any, NamedTuple

TEN = Decimal("7.9")
"""From this ratio on, a move is about a factor of ten: 88.9 to 9.99 is a slip and an honest raise of a tenth."""

FEWEST = 3
"""Moves that it takes for one of them to stand out from the others."""

_APART = Decimal("0.25")
_SPREADS = 5

_EXACT = Context(prec=250, Emax=MAX_EMAX, Emin=MIN_EMIN)
"""Enough that no number of a CRM, which has a hundred digits at most, is ever taken for another."""


class Move(NamedTuple):
    """A number that becomes another."""

    old: Decimal
    new: Decimal

    @property
    def percent(self) -> Decimal | None:
        """By how many per cent of its size the number grows; None from zero."""
        if not self.old:
            return None
        grown = _EXACT.multiply(Decimal(100), _EXACT.subtract(self.new, self.old))
        return _EXACT.divide(grown, abs(self.old))

    @property
    def ratio(self) -> Decimal | None:
        """The new number as a multiple of the old; None where one is zero or the sign changes."""
        one_sign = self.old and self.new and self.old.is_signed() is self.new.is_signed()
        return _EXACT.divide(self.new, self.old) if one_sign else None

    @property
    def size(self) -> Decimal | None:
        """How far it moves, either way, as a factor of 1 or more; None is further than any factor."""
        ratio = self.ratio
        # Not `1 / ratio`: there and back are to be the same, to the last digit.
        return None if ratio is None else max(ratio, _EXACT.divide(self.old, self.new))


def move(old: Any, new: Any) -> Move | None:
    """The move between two values; None where one of them is missing, no number, or where they are equal."""
    if not (_is_number(old) and _is_number(new)) or old == new:
        return None
    return Move(Decimal(old), Decimal(new))


def outliers(moves: Sequence[Move]) -> tuple[int, ...]:
    """The indices of the moves that stand out, those that move furthest first.

    They are those to zero or to the other sign, those by about a factor of ten, and, of three or more, those that are far
    from the median: by more than a quarter, and by more than five times what is usual beside them.
    """
    ratios = [each.ratio for each in moves]
    beside = _Usual.of(ratios)
    found = [
        index
        for index, each in enumerate(moves)
        if _by_itself(each) or (beside is not None and _far(ratios[index], beside))
    ]
    order = by_size([moves[index] for index in found])
    return tuple(found[at] for at in order)


def usual(moves: Sequence[Move]) -> Decimal | None:
    """The per cent that the median of moves makes; None of fewer than three with one sign."""
    found = _Usual.of([each.ratio for each in moves])
    return None if found is None else 100 * (found.ratio - 1)


def by_size(moves: Sequence[Move | None]) -> list[int]:
    """The indices, those that move furthest first; what is no move comes last. Among equals the order stays."""
    return sorted(range(len(moves)), key=lambda index: _further(moves[index]))


def per_cent(percent: Decimal) -> str:
    """`−89%`, `+5.6%`: whole from 10 up, one decimal below; never rounded to nothing or to all."""
    size = abs(percent)
    # In tenths of a per cent; at least one, and less than all: a price that is nearly gone is not gone.
    tenths = max(round(_EXACT.multiply(size, Decimal(10))), 1 if size else 0)
    if size < 100:
        tenths = min(tenths, 999)
    whole = tenths >= 100 and not 990 < tenths < 1000
    digits = f"{round(size) if whole else tenths // 10:,}" + ("" if whole else f".{tenths % 10}")
    return f"{'+' if percent > 0 else '−' if percent < 0 else ''}{digits}%"


class _Usual(NamedTuple):
    """The median ratio of moves, and how far from it they usually are, as a factor."""

    ratio: Decimal
    spread: Decimal

    @classmethod
    def of(cls, moves: Sequence[Decimal | None]) -> "_Usual | None":
        ratios = [ratio for ratio in moves if ratio is not None]
        if len(ratios) < FEWEST:
            return None
        middle = median(ratios)
        return cls(middle, median(_apart(ratio, middle) for ratio in ratios))


def _apart(ratio: Decimal, middle: Decimal) -> Decimal:
    return max(ratio / middle, middle / ratio)


def _by_itself(each: Move) -> bool:
    if not each.old:
        return False
    size = each.size
    return size is None or size >= TEN


def _far(ratio: Decimal | None, usually: _Usual) -> bool:
    if ratio is None:
        return False
    return _apart(ratio, usually.ratio) - 1 > max(_APART, _SPREADS * (usually.spread - 1))


def _further(each: Move | None) -> tuple[int, Decimal]:
    """A key by which what moves further sorts first."""
    if each is None:
        return (2, Decimal(0))
    size = each.size
    return (0, -abs(each.new - each.old)) if size is None else (1, -size)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)
