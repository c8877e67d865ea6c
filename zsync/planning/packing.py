"""Pack changes into as few requests as Zoho's limits allow, and choose the side that needs fewer.

Limits: 100 rows a PUT, 100 ids a DELETE, and 2,000 characters in the `ids` parameter.
https://www.zoho.com/crm/developer/docs/api/v8/update-related-records.html and …/delink-related-records.html
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Literal

from zsync.model import Action, Change, Cost, Request, Span, Summary
from zsync.model.requests import ROWS, chunks

SECONDS_A_CALL = 0.4
"""What one call takes, about."""

Edge = tuple[str, str]
"""The two record ids of a relation: of the side that a manifest wrote it from, and of the other."""


_ORDER: Mapping[Action, int] = {"delete": 0, "update": 1, "create": 2}

_NOWHERE = Span("", 0, 0)


@dataclass(frozen=True, slots=True)
class Packed:
    """The changes of a plan in the order in which people read them, the requests that carry them, and their numbers."""

    changes: tuple[Change, ...]
    requests: tuple[Request, ...]
    summary: Summary


def arrange(changes: Iterable[Change], unchanged: int) -> Packed:
    """Put changes in order and pack them; `unchanged` is how many relations were found as they should be.

    Parents come as the manifests name them; within a list deletes, updates, creates, each by their lines, drift last. The
    CRM gives rows in an order of its own, which may change from one reading to the next. Plans do not change with it.
    """
    changes = tuple(changes)
    parents: dict[tuple[str, ...], int] = {}
    for change in changes:
        parents.setdefault(change.address[:3], len(parents))
    ordered = sorted(
        changes,
        key=lambda change: (
            parents[change.address[:3]],
            _ORDER[change.action],
            change.origin == "drift",
            change.source or _NOWHERE,
            change.related_record_id,
        ),
    )
    return Packed(tuple(ordered), pack(ordered), summary(ordered, unchanged))


def summary(changes: Iterable[Change], unchanged: int = 0) -> Summary:
    """How many of the changes create, update and delete."""
    counts = Counter(change.action for change in changes)
    return Summary(counts["create"], counts["update"], counts["delete"], unchanged)


def pack(changes: Sequence[Change]) -> tuple[Request, ...]:
    """The requests that carry out the changes: each change in exactly one, parents in the order of the changes.

    Within a parent's list deletes come first, as they do in what people read.
    """
    groups: dict[tuple[str, str, str, Literal["DELETE", "PUT"]], list[int]] = {}
    for index, change in enumerate(changes):
        method: Literal["DELETE", "PUT"] = "DELETE" if change.action == "delete" else "PUT"
        groups.setdefault((change.module, change.record_id, change.related_list, method), []).append(index)
    requests = []
    for (module, record_id, related_list, method), indices in groups.items():
        ids = [changes[index].related_record_id for index in indices]
        taken = 0
        for chunk in chunks(ids) if method == "DELETE" else chunks(ids, length=ROWS * 64):
            part = tuple(indices[taken : taken + len(chunk)])
            requests.append(Request(method, module, record_id, related_list, part))
            taken += len(chunk)
    return tuple(requests)


def calls(parents: Iterable[str]) -> int:
    """How many requests relations need that ride on these parents (one entry a relation)."""
    return sum(ceil(count / ROWS) for count in Counter(parents).values())


def worth_turning(edges: Sequence[Edge]) -> bool:
    """Whether some relations would need fewer requests from the other side than from the side they were written."""
    now = calls(written for written, _ in edges)
    if now == ceil(len(edges) / ROWS):
        return False
    return calls(_chosen(edge, turn) for edge, turn in zip(edges, turns(edges), strict=True)) < now


def turns(edges: Sequence[Edge]) -> list[bool]:
    """For each relation whether it shall ride on the other side than the one it was written from.

    A relation rides on the busier of its two records, if that saves requests in all: 100 leads of one campaign are one
    request on the campaign and 100 on the leads. All on one side are tried too; equal counts leave things as written.
    """
    written, other = Counter(edge[0] for edge in edges), Counter(edge[1] for edge in edges)
    ways = [
        [False] * len(edges),
        [True] * len(edges),
        [other[b] > written[a] for a, b in edges],
    ]
    return min(
        ways, key=lambda way: calls(_chosen(edge, turn) for edge, turn in zip(edges, way, strict=True))
    )


def _chosen(edge: Edge, turn: bool) -> str:
    # The prefix keeps the two sides' ids apart: nothing says that ids of two modules differ.
    return f"other {edge[1]}" if turn else f"written {edge[0]}"


def cost(reads: int, requests: Sequence[Request], concurrency: int = 5) -> Cost:
    """What planning took (`reads`) and applying will take: the org's reading, and per request one before and one after."""
    writes = len(requests)
    sent = 1 + 3 * writes if writes else 0
    dearer = sum(ceil(len(request.changes) / 10) - 1 for request in requests)
    seconds = round(ceil(sent / concurrency) * SECONDS_A_CALL, 1)
    return Cost(reads, writes, (reads + sent, reads + sent + dearer), seconds)
