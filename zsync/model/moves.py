"""How far numbers move, and which moves stand out from those beside them. Exact: nothing passes through a float.

A slip of the decimal point hides among forty honest changes of a price list. It shows by its ratio: the others are about
1.05, and this is 0.11.
"""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from statistics import median
from typing import Any, NamedTuple

TEN = Fraction(79, 10)
"""From this ratio on, a move is about a factor of ten: 88.9 to 9.99 is a slip and an honest raise of a tenth."""

FEWEST = 3
"""Moves that it takes for one of them to stand out from the others."""

_APART = Fraction(1, 4)
_SPREADS = 5


class Move(NamedTuple):
    """A number that becomes another."""

    old: Fraction
    new: Fraction

    @property
    def percent(self) -> Fraction | None:
        """By how many per cent of its size the number grows; None from zero."""
        return 100 * (self.new - self.old) / abs(self.old) if self.old else None

    @property
    def ratio(self) -> Fraction | None:
        """The new number as a multiple of the old; None where one is zero or the sign changes."""
        return self.new / self.old if self.old * self.new > 0 else None

    @property
    def size(self) -> Fraction | None:
        """How far it moves, either way, as a factor of 1 or more; None is further than any factor."""
        ratio = self.ratio
        return None if ratio is None else max(ratio, 1 / ratio)


def move(old: Any, new: Any) -> Move | None:
    """The move between two values; None where one of them is missing, no number, or where they are equal."""
    if not (_is_number(old) and _is_number(new)) or old == new:
        return None
    return Move(Fraction(old), Fraction(new))


def outliers(moves: Sequence[Move]) -> tuple[int, ...]:
    """The indices of the moves that stand out, those that move furthest first.

    They are those to zero or to the other sign, those by about a factor of ten, and, of three or more, those that are far
    from the median: by more than a quarter, and by more than five times what is usual beside them.
    """
    usual = _Usual.of(moves)
    found = [index for index, each in enumerate(moves) if _by_itself(each) or _far(each, usual)]
    return tuple(sorted(found, key=lambda index: _further(moves[index])))


def usual(moves: Sequence[Move]) -> Fraction | None:
    """The per cent that the median of moves makes; None of fewer than three with one sign."""
    found = _Usual.of(moves)
    return None if found is None else 100 * (found.ratio - 1)


def by_size(moves: Sequence[Move | None]) -> list[int]:
    """The indices, those that move furthest first; what is no move comes last. Among equals the order stays."""
    return sorted(range(len(moves)), key=lambda index: _further(moves[index]))


def per_cent(percent: Fraction) -> str:
    """`−89%`, `+5.6%`: whole from 10 up, one decimal below; never rounded to nothing or to all."""
    size = abs(percent)
    # In tenths of a per cent; at least one, and less than all: a price that is nearly gone is not gone.
    tenths = max(round(size * 10), 1 if size else 0)
    if size < 100:
        tenths = min(tenths, 999)
    whole = tenths >= 100 and not 990 < tenths < 1000
    digits = f"{round(size) if whole else tenths // 10:,}" + ("" if whole else f".{tenths % 10}")
    return f"{'+' if percent > 0 else '−' if percent < 0 else ''}{digits}%"


class _Usual(NamedTuple):
    """The median ratio of moves, and how far from it they usually are, as a factor."""

    ratio: Fraction
    spread: Fraction

    @classmethod
    def of(cls, moves: Sequence[Move]) -> "_Usual | None":
        ratios = [ratio for each in moves if (ratio := each.ratio) is not None]
        if len(ratios) < FEWEST:
            return None
        middle = median(ratios)
        return cls(middle, median(max(ratio / middle, middle / ratio) for ratio in ratios))


def _by_itself(each: Move) -> bool:
    if not each.old:
        return False
    return each.size is None or each.size >= TEN


def _far(each: Move, usual: _Usual | None) -> bool:
    if usual is None or each.ratio is None:
        return False
    apart = max(each.ratio / usual.ratio, usual.ratio / each.ratio) - 1
    return apart > max(_APART, _SPREADS * (usual.spread - 1))


def _further(each: Move | None) -> tuple[int, Fraction]:
    """A key by which what moves further sorts first."""
    if each is None:
        return (2, Fraction(0))
    size = each.size
    return (0, -abs(each.new - each.old)) if size is None else (1, -size)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)
