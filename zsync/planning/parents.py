"""Parents that manifests name by id: whether they exist, before each of them costs the reading of a list, and their names.

A manifest of a thousand invented campaigns would cost a thousand reads, and then fail. A query tells of a hundred at once.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil

from zsync.crm import Page, Query, Reader
from zsync.crm.keys import batches, by_ids, key_text
from zsync.crm.portions import VALUES
from zsync.crm.tasks import together
from zsync.errors import RequestRefused
from zsync.kinds import name_fields
from zsync.model import Change, Diagnostic, ManagedList, Span, sentence
from zsync.model.leads import LEADS

Record = tuple[str, str]
"""A record's module and id."""


@dataclass(frozen=True, slots=True)
class Parents:
    """What the CRM tells of parents that are named by id: their names, and those that do not exist, each at its place."""

    names: Mapping[Record, str]
    missing: tuple[Diagnostic, ...]


async def look_up_parents(
    lists: Iterable[ManagedList], reader: Reader, base: Iterable[ManagedList] = ()
) -> Parents:
    """Look up the parents of lists, and those of a base, of which none is ever missed; only what a query can tell.

    Raises what `Reader` raises, but for a query that is refused: then the lists themselves will tell.
    """
    places = _places(lists)
    wanted: dict[str, dict[str, None]] = {}
    for module, record_id in (*places, *_places(base)):
        wanted.setdefault(module, {})[record_id] = None
    names: dict[Record, str] = {}
    gone: list[Record] = []
    found = await together(_found(reader, module, list(ids)) for module, ids in wanted.items())
    for (module, ids), known in zip(wanted.items(), found, strict=True):
        names.update({(module, each): name for each, name in (known or {}).items() if name})
        # Of leads, queries leave those out that were converted. Their lists can be read all the same.
        if known is not None and module != LEADS:
            gone += [(module, each) for each in ids if each not in known and (module, each) in places]
    return Parents(names, tuple(_no_parent(*record, places[record]) for record in gone))


async def with_names(changes: Sequence[Change], lists: Iterable[ManagedList], reader: Reader) -> list[Change]:
    """The changes, those of a parent that has only its id with its name: a row of the other side named it so.

    It takes a query per 100 such parents, and none where there are none. The parents of `lists` were looked up already.
    Raises like `look_up_parents`.
    """
    asked = _places(lists)
    wanted: dict[str, dict[str, None]] = {}
    for change in changes:
        if change.record_label == change.record_id and change.address[:2] not in asked:
            wanted.setdefault(change.module, {})[change.record_id] = None
    found = await together(_found(reader, module, list(ids)) for module, ids in wanted.items())
    names = dict(zip(wanted, found, strict=True))
    return [
        replace(change, record_label=name)
        if change.record_label == change.record_id
        and (name := (names.get(change.module) or {}).get(change.record_id))
        else change
        for change in changes
    ]


def parent_queries(lists: Iterable[ManagedList]) -> int:
    """How many queries at least `look_up_parents` takes."""
    counts: dict[str, int] = {}
    for module, _ in _places(lists):
        counts[module] = counts.get(module, 0) + 1
    return sum(ceil(count / VALUES) for count in counts.values())


def _places(lists: Iterable[ManagedList]) -> dict[Record, Span]:
    """The parents that are named by id, each at the first place that names it."""
    found: dict[Record, Span] = {}
    for managed in lists:
        if managed.parent.id:
            found.setdefault((managed.parent.module, managed.parent.id), managed.parent.span)
    return found


async def _found(reader: Reader, module: str, ids: Sequence[str]) -> dict[str, str] | None:
    """The names of those that exist, by id, empty where they have none; None where the CRM does not tell of all."""
    fields = name_fields(module)
    refused, known = await _names(reader, module, ids, fields)
    if refused and fields:
        # An org may hide the field from this user. Whether the records exist is worth more than their names.
        _, known = await _names(reader, module, ids, ())
    left = [each for each in ids if known is not None and each not in known]
    if module == LEADS and known is not None and left:
        _, converted = await _names(reader, module, left, fields, hidden=True)
        known |= converted or {}
    return known


async def _names(
    reader: Reader, module: str, ids: Sequence[str], fields: tuple[str, ...], *, hidden: bool = False
) -> tuple[bool, dict[str, str] | None]:
    """Whether a query is refused, and the names of those that it finds; None where it does not tell of all."""

    async def ask(some: Sequence[str]) -> Page:
        return await reader.query(_by_id(module, some, fields, hidden=hidden))

    try:
        answers = await together(reader.portions.ask(batch, ask) for batch in batches(ids))
    except RequestRefused:
        # Even for want of access: what the plan cannot do without, it asks for elsewhere.
        return True, None
    pages = [page for portions in answers for _, page in portions]
    if any(page.more for page in pages):
        return False, None
    rows = (row for page in pages for row in page.rows)
    return False, {
        row["id"]: ", ".join(filter(None, (key_text(row.get(name)) for name in fields))) for row in rows
    }


def _by_id(module: str, ids: Sequence[str], fields: tuple[str, ...], *, hidden: bool) -> Query:
    condition = f"({by_ids(ids)} and Converted__s = true)" if hidden else by_ids(ids)
    return Query(module, ("id", *fields), condition)


def _no_parent(module: str, record_id: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "not-found",
        sentence(f"no record of {module} has the id {record_id}"),
        span,
        sentence("Check the id, and that the token's user may see the record."),
    )
