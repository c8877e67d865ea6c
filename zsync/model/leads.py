"""The lead that a change is about, and how it is known whether that was converted. Pure."""

from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from zsync.model.plans import Change

LEADS = "Leads"
"""The only module whose records are converted."""


class Lead(NamedTuple):
    """The lead of a change: on which side of it, its id, and whether the change has a key for it."""

    side: Literal["parent", "related"]
    id: str
    keyed: bool


def lead_of(change: Change) -> Lead | None:
    """The lead that a change writes to; None where there is none, or where it is to leave a list: that it may at any time."""
    if change.action == "delete":
        return None
    if change.module == LEADS:
        return Lead("parent", change.record_id, bool(change.record_key))
    if change.related_module == LEADS:
        return Lead("related", change.related_record_id, bool(change.key))
    return None


def shows(lead: Lead, change: Change) -> bool:
    """Whether the reading of a change's row shows its lead."""
    return lead.side == "related" and change.action == "update"


def unseen(changes: Iterable[Change]) -> Iterator[str]:
    """The leads that a plan knows by their ids alone, and no reading of rows shows: a query has to ask for them."""
    for change in changes:
        lead = lead_of(change)
        if lead is not None and not lead.keyed and not shows(lead, change):
            yield lead.id
