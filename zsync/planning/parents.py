"""Parents that manifests name by id: whether they exist, before each of them costs the reading of a list.

A manifest of a thousand invented campaigns would cost a thousand reads, and then fail. A query tells of a hundred at once.
"""

from collections.abc import Iterable, Sequence
from math import ceil

from zsync.crm import Query, Reader
from zsync.crm.keys import VALUES
from zsync.crm.tasks import together
from zsync.errors import RequestRefused
from zsync.model import Diagnostic, ManagedList, Span, sentence

_HIDDEN = "Leads"
"""The module of which queries leave records out: those that were converted. Their lists can be read all the same."""


async def missing_parents(lists: Iterable[ManagedList], reader: Reader) -> list[Diagnostic]:
    """The parents that no record has, each at its place; only of those that a query can tell. Raises what `Reader` raises."""
    wanted = _wanted(lists)
    found = await together(_missing(reader, module, list(places)) for module, places in wanted.items())
    return [
        _no_parent(module, record_id, wanted[module][record_id])
        for module, missing in zip(wanted, found, strict=True)
        for record_id in missing
    ]


def parent_queries(lists: Iterable[ManagedList]) -> int:
    """How many queries `missing_parents` takes."""
    return sum(ceil(len(places) / VALUES) for places in _wanted(lists).values())


def _wanted(lists: Iterable[ManagedList]) -> dict[str, dict[str, Span]]:
    """Module → ids of parents → their places. One alone is not looked up: its list says the same for the same price."""
    found: dict[str, dict[str, Span]] = {}
    for managed in lists:
        parent = managed.parent
        if parent.id and parent.module != _HIDDEN:
            found.setdefault(parent.module, {}).setdefault(parent.id, parent.span)
    return {module: places for module, places in found.items() if len(places) > 1}


async def _missing(reader: Reader, module: str, ids: Sequence[str]) -> list[str]:
    """Those of the ids that no record has; none where the CRM does not say, for then the lists will."""
    batches = [ids[at : at + VALUES] for at in range(0, len(ids), VALUES)]
    try:
        pages = await together(reader.query(_by_id(module, batch)) for batch in batches)
    except RequestRefused:
        return []
    known = {row["id"] for page in pages for row in page.rows}
    return (
        [] if any(page.more for page in pages) else [record_id for record_id in ids if record_id not in known]
    )


def _by_id(module: str, ids: Sequence[str]) -> Query:
    listed = ",".join(f"'{record_id}'" for record_id in ids)
    return Query(module, ("id",), f"id in ({listed})")


def _no_parent(module: str, record_id: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "not-found",
        sentence(f"no record of {module} has the id {record_id}"),
        span,
        sentence("Check the id, and that the token's user may see the record."),
    )
