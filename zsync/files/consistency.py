"""Whether the parts of a plan file fit each other. That its members have the right shapes, `files.schema` checks."""

from collections import Counter
from typing import Any


def check_changes(plan: dict[str, Any]) -> str:
    """What contradicts itself in a plan's data, in one line: the summary, an action, a verdict or a request."""
    # No schema can express this, and a reviewer reads the counts of `show`, not the changes one by one.
    counted = Counter(change["action"] for change in plan["changes"])
    for name in ("changes", "withheld"):
        for index, change in enumerate(plan[name]):
            action, states = change["action"], (change["before"] is not None, change["after"] is not None)
            if states != (action != "create", action != "delete"):
                return f"{name}: `before` and `after` of number {index} do not fit {action}"
            if not _carried_as_found(change):
                return f"{name}: what number {index} carries is not as it was found"
    if any(plan["summary"][action] != counted[action] for action in ("create", "update", "delete")):
        return "summary: it does not count the changes"
    places = [verdict["change"] for verdict in plan["verdicts"] if verdict["change"] is not None]
    if any(place >= len(plan["changes"]) for place in places):
        return "verdicts: one is about a change that is not there"
    return _check_requests(plan)


def _carried_as_found(change: dict[str, Any]) -> bool:
    """Whether each field that a change carries is in its `before`, and the same in its `after`."""
    names, before, after = change["carried"], change["before"] or {}, change["after"]
    found = all(name in before and (after is None or name in after) for name in names)
    return found and all(after is None or after[name] == before[name] for name in names)


def _check_requests(plan: dict[str, Any]) -> str:
    """Each change must be in exactly one request that fits it: `show` prints changes, and `apply` sends requests."""
    seen: set[int] = set()
    for request in plan["requests"]:
        for index in request["changes"]:
            if index in seen or index >= len(plan["changes"]):
                return f"requests: change {index} is not in exactly one request"
            seen.add(index)
            change = plan["changes"][index]
            place = ("module", "record_id", "related_list")
            method = "DELETE" if change["action"] == "delete" else "PUT"
            if method != request["method"] or any(change[key] != request[key] for key in place):
                return f"requests: change {index} is not for the list of its request"
    return "" if len(seen) == len(plan["changes"]) else "requests: a change is in no request"
