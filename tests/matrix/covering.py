"""What `make test` tries of many cases, and what is left to `make nightly`, which tries them all."""

from collections.abc import Hashable, Sequence
from functools import cache
from itertools import combinations
from typing import Any

import pytest

Values = tuple[Hashable, ...]


@cache
def pairs(values: Values) -> frozenset[Any]:
    """Every two of a case's values, with their places."""
    return frozenset(combinations(enumerate(values), 2))


def covering(cases: Sequence[Values]) -> list[Values]:
    """A part of the cases, small, that has every pair of values that any case has. The same part every time."""
    missing = {pair for values in cases for pair in pairs(values)}
    part: list[Values] = []
    while missing:
        best = max(cases, key=lambda values: len(missing & pairs(values)))
        part.append(best)
        missing -= pairs(best)
    return part


def part_and_all(cases: Sequence[Values]) -> list[Any]:
    """The covering part, and, behind the marker `nightly`, all: for `pytest.mark.parametrize`."""
    every = [pytest.param(*case, marks=pytest.mark.nightly, id="all-" + told(case)) for case in cases]
    return [*(pytest.param(*case, id=told(case)) for case in covering(cases)), *every]


def told(case: Values) -> str:
    """A case's name."""
    return "-".join(map(str, case))
