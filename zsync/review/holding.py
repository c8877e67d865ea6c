"""Whether a reviewed plan still holds: a new plan must want nothing that nobody reviewed."""

from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Literal

from zsync.errors import PlanRefused
from zsync.files.plan import canonical, check_plan, sealed
from zsync.model import Change, Plan

_MAY_DIFFER = frozenset({"manifests", "git_commit", "created_at", "expires_at"})
"""Of a binding: its times, and what every merge changes. All else, whatever a later version adds, must be the same."""

HOLDS = "the reviewed plan still holds"

_WORDS = {
    "org_id": "the org is another one",
    "org_type": "the org's type is another one",
    "api_domain": "the API's server is another one",
    "accounts_url": "access tokens come from another server",
    "environment": "the environment is another one",
    "configuration": "zsync.yaml changed",
    "guards": "the guards of zsync.yaml changed",
    "zsync": "another version of zsync made the plan",
}


@dataclass(frozen=True, slots=True)
class Decision:
    """What a merge does: `nothing` (the CRM is as the manifests say), apply what was `reviewed`, or `ask` a person.

    `why` is a sentence's part, for people: `the reviewed plan has expired`. `plan` is what to apply: the reviewed plan, or
    what is left of it.
    """

    verdict: Literal["nothing", "reviewed", "ask"]
    why: str
    plan: Plan | None = None


def decide(fresh: Plan, reviewed: Plan | None, *, now: datetime, absent: str) -> Decision:
    """Compare a plan made just now with the one that was reviewed; `absent` says why there is none."""
    if not fresh.changes:
        return Decision("nothing", "the CRM is as the manifests say")
    if reviewed is None:
        return Decision("ask", absent)
    why = _expired(reviewed, now) or _otherwise(fresh, reviewed) or _unreviewed(fresh, reviewed)
    if why:
        return Decision("ask", why)
    gone = len(reviewed.changes) - len(fresh.changes)
    if not gone:
        return Decision("reviewed", HOLDS, reviewed)
    noun = f"{gone:,} of its {len(reviewed.changes):,} changes"
    return Decision("reviewed", f"{HOLDS}; {noun} nobody wants any more", _left(fresh, reviewed))


def _left(fresh: Plan, reviewed: Plan) -> Plan:
    """What is left of a reviewed plan: each row as it was reviewed, in the requests of the new plan, until the same end.

    The others are in the CRM already, or withheld by now, or another merge took them back: whichever it is, nothing that
    is not wanted now is written. A row that moved since the review stands as it was then, so that apply holds it.
    """
    known = {_meaning(change): change for change in reviewed.changes}
    changes = tuple(known[_meaning(change)] for change in fresh.changes)
    return sealed(replace(fresh, binding=reviewed.binding, changes=changes))


def _expired(reviewed: Plan, now: datetime) -> str:
    try:
        check_plan(reviewed, now=now)
    except PlanRefused:
        return "the reviewed plan has expired"
    return ""


def _otherwise(fresh: Plan, reviewed: Plan) -> str:
    """What the two plans were made from, where it is not the same: the first difference."""
    for each in fields(fresh.binding):
        name = each.name
        if name not in _MAY_DIFFER and getattr(fresh.binding, name) != getattr(reviewed.binding, name):
            return f"{_WORDS.get(name, f'`{name}` is another one')} since the plan was reviewed"
    if fresh.overrides != reviewed.overrides:
        return "other guards are set aside than in the reviewed plan"
    if fresh.only != reviewed.only:
        return "the plan is narrowed otherwise than the reviewed one"
    return ""


def _unreviewed(fresh: Plan, reviewed: Plan) -> str:
    known = {_meaning(change) for change in reviewed.changes}
    count = sum(_meaning(change) not in known for change in fresh.changes)
    if not count:
        return ""
    noun = "1 change was" if count == 1 else f"{count:,} changes were"
    return f"{noun} not in the reviewed plan: the CRM or the manifests moved since"


def _meaning(change: Change) -> str:
    """What a change comes to, and which records it is about; what the row was before is left to apply, which reads it again."""
    keys = [dict(change.record_key), dict(change.key)]
    return canonical([change.action, *change.address, change.related_module, keys, change.after])
