"""What the world's arithmetic says, on plain dictionaries: desired without current, and nothing of zsync's code."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

from tests.drawn.world import PAIRS, UNDECLARED, Edge, Fields, Listing, World

State = Mapping[Edge, Fields]
"""Relations with those of their fields that are not empty."""


@dataclass(frozen=True)
class Foreseen:
    """What the plan has to say of each relation, and what the CRM has to hold afterwards."""

    changes: Mapping[Edge, str]
    unchanged: int
    withheld: Mapping[Edge, str]
    after: State
    undone: State
    kept_out: frozenset[Edge]
    """Relations that no undo brings back, for their person says no."""


def foresee(world: World) -> Foreseen:
    """Desired without current, relation by relation."""
    inside = {one.edge(each) for one in world.lists if one.inside for each in one.records}
    desired = {edge: world.wanted[edge] for edge in inside}
    named = {one.edge(each) for one in world.lists for each in one.records}
    kept = {edge for edge in named if world.wanted[edge] is not None}
    changes: dict[Edge, str] = {}
    withheld: dict[Edge, str] = {}
    unchanged = 0
    for edge, fields in desired.items():
        now = world.current.get(edge)
        if fields is None:
            changes |= {edge: "delete"} if now is not None else {}
        elif now is not None and all(same(now.get(name), value) for name, value in fields.items()):
            unchanged += 1
        elif is_converted(world, edge):
            withheld[edge] = "converted"
        elif barred(world, edge, now, fields):
            withheld[edge] = "consent"
        else:
            changes[edge] = "create" if now is None else "update"
    for one in (each for each in world.lists if each.inside and each.prune):
        for edge in world.current:
            stays = is_converted(world, edge) and not one.converted
            if one.holds(edge) and edge not in kept and edge not in changes and not stays:
                changes[edge] = "delete"
    after = {edge: filled(fields) for edge, fields in world.current.items()}
    for edge, action in changes.items():
        after.pop(edge, None)
        if action != "delete":
            after[edge] = put(world, edge, world.current.get(edge), desired[edge] or {})
    return Foreseen(changes, unchanged, withheld, after, *_undone(world, changes, after))


def _undone(world: World, changes: Mapping[Edge, str], after: State) -> tuple[State, frozenset[Edge]]:
    """What the CRM holds after an undo, and the relations that it does not bring back."""
    undone: dict[Edge, Fields] = {edge: filled(fields) for edge, fields in world.current.items()}
    kept_out: set[Edge] = set()
    # A create is undone by a delete, and so leaves nothing; the others bring back what was there, as far as a PUT can.
    for edge, action in ((edge, action) for edge, action in changes.items() if action != "create"):
        before = _about(world, edge, action, world.wanted.get(edge))
        undone[edge] = put(world, edge, after.get(edge), before)
        if barred(world, edge, after.get(edge), before):
            kept_out.add(edge)
            undone.pop(edge)
            undone |= {edge: after[edge]} if edge in after else {}
    return undone, frozenset(kept_out)


def same(one: Any, other: Any) -> bool:
    """Whether two values of a field are the same: missing, null and empty are, 49.90 and 49.9 are, true and 1 are not."""
    return (one in (None, "") and other in (None, "")) or (
        one == other and isinstance(one, bool) is isinstance(other, bool)
    )


def filled(fields: Fields) -> dict[str, Any]:
    """The fields that hold something."""
    return {name: value for name, value in fields.items() if value not in (None, "")}


def is_converted(world: World, edge: Edge) -> bool:
    """Whether a relation is that of a converted lead."""
    return any(
        one in world.converted for module, one in zip(edge[0], edge[1:], strict=True) if module == "Leads"
    )


def barred(world: World, edge: Edge, now: Fields | None, wanted: Fields) -> bool:
    """Whether somebody who opted out would enter a campaign of e-mails, or one of an unknown type, or advance in it."""
    if world.order is None or edge[0][0] != "Campaigns" or edge[2] not in world.opted_out:
        return False
    if world.records["Campaigns"][edge[1]]["Type"] == "Webinar":
        return False
    status = wanted.get("Member_Status")
    if now is None:
        return status is None or (status in world.order if world.order else status != "Opted Out")
    was = now.get("Member_Status")
    if status is None or status == was:
        return False
    if not world.order:
        return was == "Opted Out"  # as good as not in the campaign
    return status in world.order and (
        was not in world.order or world.order.index(status) > world.order.index(was)
    )


def put(world: World, edge: Edge, now: Fields | None, wanted: Fields) -> dict[str, Any]:
    """What a relation holds after a PUT of the wanted fields and of all others as they are found."""
    found = filled(now or {})
    sent = {**{name: value for name, value in found.items() if shown(world, name)}, **wanted}
    kept = found if world.ways.omitted == "keep" else {}
    start = {"Member_Status": "Planned"} if "Member_Status" in PAIRS[edge[0]] else {}
    return filled({**start, **kept, **sent})


def shown(world: World, name: str) -> bool:
    """Whether a reading shows a field: one that nobody declares is never asked for, and shows in `$member_info` alone."""
    return name != UNDECLARED or (world.ways.info == "all" and world.ways.shown != "flat")


def _about(world: World, edge: Edge, action: str, wanted: Fields | None) -> Fields:
    """What the undo of a change sends besides what it carries."""
    held = world.current[edge]
    if action == "update":
        return {name: held.get(name) for name in wanted or {}}
    return {name: value for name, value in filled(held).items() if shown(world, name)}


def refused(world: World, edge: Edge, action: str, wanted: Fields | None) -> bool:
    """Whether the CRM refuses the undo of a change, since it takes no null and the field held nothing before."""
    empties = (
        any(world.current[edge].get(name) in (None, "") for name in wanted or {})
        if action == "update"
        else False
    )
    return empties and world.ways.null == "reject"


def sizes(world: World, one: Listing) -> tuple[int, int, int]:
    """How many relations a list has, how many manifests want of it, and how many of those that it has no manifest names."""
    held = {edge for edge in world.current if one.holds(edge)}
    # What another file wants to be absent from the other side is removed by nobody, and so is as good as not named.
    named = {
        each.edge(record)
        for each in world.lists
        for record in each.records
        if each.inside or each.module == one.module or world.wanted[each.edge(record)] is not None
    }
    wanted = sum(one.holds(edge) and world.wanted[edge] is not None for edge in named)
    return len(held), wanted, len(held - named)


def writes(changes: Mapping[Edge, str]) -> int:
    """The most PUTs and DELETEs that these changes may take, all of a pair from the side that needs fewer calls of 100 rows."""
    groups: dict[tuple[Any, bool], list[Edge]] = {}
    for edge, action in changes.items():
        groups.setdefault((edge[0], action == "delete"), []).append(edge)
    return sum(
        min(calls(edge[1] for edge in group), calls(edge[2] for edge in group)) for group in groups.values()
    )


def calls(parents: Iterable[str], rows: int = 100) -> int:
    """How many calls it takes if each carries so many rows of one parent."""
    return sum(ceil(count / rows) for count in Counter(parents).values())
