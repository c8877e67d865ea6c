"""The fourth step of a plan: its changes in order, packed into as few requests as Zoho's limits allow.

A PUT takes 100 rows, a DELETE 100 ids, and the `ids` parameter 2,000 characters.
https://www.zoho.com/crm/developer/docs/api/v8/update-related-records.html and …/delink-related-records.html
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from math import ceil
from sys import maxsize
from typing import Literal

from zsync.crm.consent import reads as consent_reads
from zsync.crm.keys import Values, Where
from zsync.crm.portions import VALUES
from zsync.kinds import ONE_BY_ONE
from zsync.model import Action, Change, Cost, Request, Span, Summary
from zsync.model.consent import Consent
from zsync.model.fields import looks_numeric
from zsync.model.leads import unseen
from zsync.model.requests import IDS_LENGTH, ROWS, chunks

SECONDS_A_CALL = 0.4
"""Roughly how long a call takes."""

Edge = tuple[str, str]
"""The two record ids of a relation: of a side that all have in common, mostly that from which manifests write it, and of the other."""


_ORDER: Mapping[Action, int] = {"delete": 0, "update": 1, "create": 2}

_NOWHERE = Span("", 0, 0)


@dataclass(frozen=True, slots=True)
class Packed:
    """The changes of a plan in the order in which people read them, the requests that carry them, and how many there are."""

    changes: tuple[Change, ...]
    requests: tuple[Request, ...]
    summary: Summary


def arrange(changes: Iterable[Change], unchanged: int) -> Packed:
    """Put changes in order and pack them; `unchanged` is how many relations are already as they should be.

    Parents are in the order of the manifests. Within a list come deletes, then updates, then creates, each by line and
    with drift last. The CRM returns rows in an order that may change from one reading to the next; plans do not.
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
    """The requests that carry the changes, each change in exactly one of them, in the order of the changes."""
    groups: dict[tuple[str, str, str, Literal["DELETE", "PUT"]], list[int]] = {}
    for index, change in enumerate(changes):
        method: Literal["DELETE", "PUT"] = "DELETE" if change.action == "delete" else "PUT"
        groups.setdefault((change.module, change.record_id, change.related_list, method), []).append(index)
    requests = []
    for (module, record_id, related_list, method), indices in groups.items():
        ids = [changes[index].related_record_id for index in indices]
        taken = 0
        rows = 1 if (module, related_list) in ONE_BY_ONE else ROWS
        # The ids of a DELETE stand in its address, where their length counts; those of a PUT in its body, where it does not.
        length = IDS_LENGTH if method == "DELETE" else maxsize
        for chunk in chunks(ids, rows=rows, length=length):
            part = tuple(indices[taken : taken + len(chunk)])
            requests.append(Request(method, module, record_id, related_list, part))
            taken += len(chunk)
    return tuple(requests)


def calls(parents: Iterable[str]) -> int:
    """How many requests it takes to write relations from these parents (one entry per relation)."""
    return sum(ceil(count / ROWS) for count in Counter(parents).values())


def worth_turning(edges: Sequence[Edge], other: Sequence[bool] = ()) -> bool:
    """Whether relations would need fewer requests if they were written as `turns` says.

    `other` says which are written from their second record by now; by default, none.
    """
    now = _needed(edges, other or [False] * len(edges))
    # Full requests throughout: no way to turn relations can beat that, so the dearer comparison is spared.
    if now == ceil(len(edges) / ROWS):
        return False
    return _needed(edges, turns(edges)) < now


def turns(edges: Sequence[Edge]) -> list[bool]:
    """For each relation, whether it is better written from its second record.

    Three ways are compared: all from the first side, all from the second, and each from its busier record (100 leads of one
    campaign are one request on the campaign and 100 on the leads). Of equals, the first is taken.
    """
    first, second = Counter(edge[0] for edge in edges), Counter(edge[1] for edge in edges)
    ways = ([False] * len(edges), [True] * len(edges), [second[b] > first[a] for a, b in edges])
    return min(ways, key=lambda way: _needed(edges, way))


def _needed(edges: Sequence[Edge], way: Sequence[bool]) -> int:
    """How many requests it takes to write each relation from the side that `way` names."""
    return calls(_chosen(edge, turn) for edge, turn in zip(edges, way, strict=True))


def _chosen(edge: Edge, turn: bool) -> str:
    # The prefix keeps the two sides' ids apart: nothing says that ids of two modules differ.
    return f"other {edge[1]}" if turn else f"written {edge[0]}"


def cost(
    reads: int,
    changes: Sequence[Change],
    requests: Sequence[Request],
    concurrency: int,
    consents: Sequence[Consent],
    *,
    keys: bool,
) -> Cost:
    """What planning took (`reads`) and what applying will take: a reading of the org, two for each request, keys and consent.

    Without `keys`, apply knows records by their ids alone. A run that takes longer asks for some of them again.
    """
    writes = len(requests)
    # The org once, and for each request its rows before it, itself, and its rows after it.
    sent = (
        1 + 3 * writes + (_key_reads(changes) if keys else 0) + consent_reads(changes, consents, keys=keys)
        if writes
        else 0
    )
    # The dearer end of the range: as if Zoho charged a PUT of relations like an update, one credit per ten rows.
    dearer = sum(ceil(len(request.changes) / 10) - 1 for request in requests)
    seconds = round(ceil(sent / concurrency) * SECONDS_A_CALL, 1)
    return Cost(reads, writes, (reads + sent, reads + sent + dearer), seconds)


def _key_reads(changes: Sequence[Change]) -> int:
    """The calls in which apply asks whom keys name, of parents and of what is created, and whether leads that have none were
    converted; of others its readings tell.
    """
    keys: dict[Where, set[Values]] = {}
    for change in changes:
        if change.record_key:
            where = Where(change.module, tuple(change.record_key))
            keys.setdefault(where, set()).add(tuple(change.record_key.values()))
        if change.key and change.action == "create":
            where = Where(change.related_module, tuple(change.key))
            keys.setdefault(where, set()).add(tuple(change.key.values()))
    # Of fields that look like numbers the types are asked for, once: numbers stand in queries without quotes.
    numeric = sum(any(map(looks_numeric, chain.from_iterable(asked))) for asked in keys.values())
    by_id = ceil(len(set(unseen(changes))) / VALUES)
    return numeric + by_id + sum(ceil(len(asked) / VALUES) for asked in keys.values())
