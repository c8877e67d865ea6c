"""The order of rows: by key as people sort, case aside; rows that are known by an id come last, by its digits."""

from bisect import bisect_right
from collections.abc import Sequence

from zsync.model.values import plain_text

Order = tuple[bool, tuple[str, ...]]
"""Rows are in order where these are."""


def row_order(key: Sequence[str], *, by_id: bool) -> Order:
    """What rows are sorted by."""
    if by_id:
        return True, (key[0].zfill(20),)
    return False, tuple(plain_text(value) for value in key)


def place_of(new: Order, known: Sequence[Order]) -> int:
    """Before which of the rows a new one comes in; behind all of them where these are in no order."""
    ordered = all(known[at - 1] <= known[at] for at in range(1, len(known)))
    return bisect_right(known, new) if ordered else len(known)
