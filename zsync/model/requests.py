"""The HTTP calls of a plan, the limits that Zoho sets for them, and how they are divided into waves.

A PUT takes 100 rows, a DELETE 100 ids, and the `ids` parameter 2,000 characters.
https://www.zoho.com/crm/developer/docs/api/v8/update-related-records.html and …/delink-related-records.html
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

ROWS = 100
"""Most rows of a PUT, and most ids of a DELETE or of an `ids` filter."""

# Zoho's OpenAPI: `ids` has at most 2,000 characters, which 100 ids of 20 digits exceed.
IDS_LENGTH = 2000
"""Most characters of an `ids` parameter."""


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP call of a plan: a PUT or DELETE on a parent's list, carrying `changes` (indices into the plan's)."""

    method: Literal["PUT", "DELETE"]
    module: str
    record_id: str
    related_list: str
    changes: tuple[int, ...]


def chunks(ids: Sequence[str], *, rows: int = ROWS, length: int = IDS_LENGTH) -> Iterator[Sequence[str]]:
    """Ids in their order, in runs that fit an `ids` parameter: at most `rows`, and `length` characters with commas."""
    start, used = 0, 0
    for at, record_id in enumerate(ids):
        # An id that is too long alone still gets a chunk: the CRM refuses it, and the others go through.
        if at > start and (at - start == rows or used + len(record_id) > length):
            yield ids[start:at]
            start, used = at, 0
        used += len(record_id) + 1
    if start < len(ids):
        yield ids[start:]


def wave_sizes(changes: int, said: Sequence[str]) -> tuple[int, ...]:
    """The sizes of waves, in changes, from what zsync.yaml says: numbers, percentages of all changes, `rest`.

    A percentage is at least one change: a wave that sends nothing would prove nothing.
    """
    parts = [part for part in said if part != "rest"]
    return tuple(
        max(1, changes * int(part[:-1]) // 100) if part.endswith("%") else int(part) for part in parts
    )


def waves(requests: Sequence[Request], sizes: Sequence[int]) -> list[list[Request]]:
    """The requests in their order, in waves of as many changes as `sizes` says, and the rest in a last wave.

    A request that crosses the end of a wave is split: the same rows go out, in two calls.
    """
    made: list[list[Request]] = []
    left = list(requests)
    for size in sizes:
        wave: list[Request] = []
        room = size
        # In changes and not in requests: a wave says how many people may be touched before somebody looks.
        while room > 0 and left:
            request = left.pop(0)
            if len(request.changes) > room:
                left.insert(0, replace(request, changes=request.changes[room:]))
                request = replace(request, changes=request.changes[:room])
            wave.append(request)
            room -= len(request.changes)
        made.append(wave)
    return [wave for wave in (*made, left) if wave]
