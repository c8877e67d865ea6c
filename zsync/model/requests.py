"""One HTTP call of a plan, the limits that Zoho sets to it, and how calls are cut into waves.

Limits: 100 rows a PUT, 100 ids a DELETE, and 2,000 characters in the `ids` parameter.
https://www.zoho.com/crm/developer/docs/api/v8/update-related-records.html and …/delink-related-records.html
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

ROWS = 100
"""Most rows of a PUT, and most ids of a DELETE or of an `ids` filter."""

IDS_LENGTH = 2000
"""Most characters of an `ids` parameter."""


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP call of a plan: a PUT or DELETE on one parent's list, for `changes` (indices into the plan's)."""

    method: Literal["PUT", "DELETE"]
    module: str
    record_id: str
    related_list: str
    changes: tuple[int, ...]


def chunks(ids: Sequence[str], *, rows: int = ROWS, length: int = IDS_LENGTH) -> Iterator[Sequence[str]]:
    """Ids in their order, in runs that fit an `ids` parameter: at most `rows`, and `length` characters with commas."""
    start, used = 0, 0
    for at, one in enumerate(ids):
        if at > start and (at - start == rows or used + len(one) > length):
            yield ids[start:at]
            start, used = at, 0
        used += len(one) + 1
    if start < len(ids):
        yield ids[start:]


def wave_sizes(changes: int, said: Sequence[str]) -> tuple[int, ...]:
    """The sizes of waves, in changes, for what zsync.yaml says: numbers, per cents of all changes, `rest`.

    A per cent of few is one change at least: a wave that sends nothing would prove nothing.
    """
    parts = [one for one in said if one != "rest"]
    return tuple(max(1, changes * int(one[:-1]) // 100) if one.endswith("%") else int(one) for one in parts)


def waves(requests: Sequence[Request], sizes: Sequence[int]) -> list[list[Request]]:
    """The requests in their order, in waves of as many changes as `sizes` says, the rest last.

    Where a wave ends inside of a request, that request is split: the same rows go out, in two calls.
    """
    made: list[list[Request]] = []
    left = list(requests)
    for size in sizes:
        wave: list[Request] = []
        room = size
        while room > 0 and left:
            one = left.pop(0)
            if len(one.changes) > room:
                left.insert(0, replace(one, changes=one.changes[room:]))
                one = replace(one, changes=one.changes[:room])
            wave.append(one)
            room -= len(one.changes)
        made.append(wave)
    return [wave for wave in (*made, left) if wave]
