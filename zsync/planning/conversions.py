"""Which of the leads that a plan would touch were converted: between reading the lists and deciding on changes."""

from collections.abc import Iterator, Mapping

from zsync.crm.leads import Leads
from zsync.model import Conversion
from zsync.model.leads import LEADS
from zsync.planning.reading import ListRead, Read


async def conversions(read: Read, leads: Leads) -> Mapping[str, Conversion]:
    """The converted leads among those that changes would touch, by id; what looking up keys has told is not asked again.

    It takes a query per 100 leads that manifests name by id and that are not as they are wanted, and per 100 that are in
    no manifest of a pruned list. Raises what `Reader` raises.
    """
    await leads.learn(each for listed in read.lists for each in _touched(listed))
    return leads.conversions


def _touched(listed: ListRead) -> Iterator[str]:
    """The leads of a list that a create or an update would touch, and those that pruning would remove."""
    scope, joined = listed.scope, listed.joined
    surplus = [] if scope.converted else [str(row["id"]) for row in joined.surplus]
    changed = [each.record_id for each in joined.differing if each.desired.fields is not None]
    if scope.related_module == LEADS:
        yield from (*changed, *joined.missing, *surplus)
    elif scope.module == LEADS and (changed or joined.missing or surplus):
        yield scope.record_id
