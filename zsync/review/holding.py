"""Whether a reviewed plan still holds: a new plan must want nothing that nobody reviewed."""

from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Literal

from zsync.errors import PlanRefused
from zsync.files.plan import canonical, check_plan, sealed
from zsync.model import Change, OpenRow, Plan

_MAY_DIFFER = frozenset({"manifests", "git_commit", "created_at", "expires_at", "base"})
"""What may differ between two bindings: times, and what every merge changes. Everything else, later fields too, must not.

Of the base the commit may differ, but not its zsync.yaml: see `_other_base`.
"""

HOLDS = "the reviewed plan still holds"

_WORDS = {
    "org_id": "the org",
    "org_type": "the org's type",
    "api_domain": "the API's host",
    "accounts_url": "the server that gives access tokens",
    "environment": "the environment",
    "configuration": "zsync.yaml",
    "guards": "the guards in zsync.yaml",
    "profiles": "an org profile",
    "put": "what updates send",
    "zsync": "zsync's version",
}


@dataclass(frozen=True, slots=True)
class Decision:
    """What a merge does: `nothing` (the CRM is as the manifests say), apply what was `reviewed`, or `ask` a person.

    `why` is a clause for people: `the reviewed plan has expired`. `plan` is what to apply: the reviewed plan, or what is
    left of it.
    """

    verdict: Literal["nothing", "reviewed", "ask"]
    why: str
    plan: Plan | None = None


def decide(fresh: Plan, reviewed: Plan | None, *, now: datetime, absent: str) -> Decision:
    """Compare a plan made just now with the one that was reviewed; `absent` says why there is none."""
    if not fresh.changes and fresh.withheld:
        return Decision("nothing", "all that differs is withheld")
    if not fresh.changes and fresh.drifted:
        rows = f"{fresh.drifted:,} row{' differs' if fresh.drifted == 1 else 's differ'}"
        return Decision("nothing", f"{rows}, which the CRM alone moved, and no manifest changed")
    if not fresh.changes:
        return Decision("nothing", "the CRM is as the manifests say")
    if reviewed is None:
        return Decision("ask", absent)
    why = _expired(reviewed, now) or _otherwise(fresh, reviewed) or _unreviewed(fresh, reviewed)
    if why:
        return Decision("ask", why)
    gone = len(reviewed.changes) - len(fresh.changes)
    if not gone:
        return Decision("reviewed", HOLDS, reviewed if _alike(fresh, reviewed) else _left(fresh, reviewed))
    noun = f"{gone:,} of its {len(reviewed.changes):,} changes {'is' if gone == 1 else 'are'}"
    return Decision("reviewed", f"{HOLDS}; {noun} no longer needed", _left(fresh, reviewed))


def _left(fresh: Plan, reviewed: Plan) -> Plan:
    """What is left of a reviewed plan: each row as it was reviewed, in the requests of the new plan, with the same expiry.

    The other rows are in the CRM already, are withheld by now, or were taken back by another merge. Whichever it is,
    nothing is written that the manifests no longer want. A row that moved since the review keeps its old `before`, so
    that apply holds it.

    The guards stay those of the base that was reviewed. Each row is compared with the base that it has now: if it stays open, the
    next run goes on from there.
    """
    known = {_meaning(change): change for change in reviewed.changes}
    changes = tuple(known[_meaning(change)] for change in fresh.changes)
    own = reviewed.binding.base.agreed
    rows = tuple(row for row in _bases(fresh) if row.base != own)
    return sealed(replace(fresh, binding=reviewed.binding, base=reviewed.base, changes=changes, open=rows))


def _alike(fresh: Plan, reviewed: Plan) -> bool:
    """Whether two plans with the same changes leave the same rows open, each with the same base."""
    return (
        set(_bases(fresh)) == set(_bases(reviewed))
        and set(fresh.left) == set(reviewed.left)
        and _kept_back(fresh) == _kept_back(reviewed)
    )


def _bases(plan: Plan) -> list[OpenRow]:
    """Each row that the branch changes in a plan, or that is withheld, with its base."""
    own, bases = plan.binding.base.agreed, {row.ends: row.base for row in plan.open}
    rows = (*plan.changes, *(each.change for each in plan.withheld))
    return [row.against(bases.get(row.ends, own)) for row in rows if row.moved]


def _kept_back(plan: Plan) -> set[tuple[str, str]]:
    return {(each.reason, _meaning(each.change)) for each in plan.withheld}


def _expired(reviewed: Plan, now: datetime) -> str:
    try:
        check_plan(reviewed, now=now)
    except PlanRefused:
        return "the reviewed plan has expired"
    return ""


def _otherwise(fresh: Plan, reviewed: Plan) -> str:
    """What the two plans were made from, where it is not the same: the first difference."""
    for name in (field.name for field in fields(fresh.binding)):
        if name not in _MAY_DIFFER and getattr(fresh.binding, name) != getattr(reviewed.binding, name):
            words = _WORDS.get(name, f"`{name}`")
            return f"{words} {'have' if name == 'guards' else 'has'} changed since the review"
    if _other_base(fresh, reviewed):
        return "the zsync.yaml that the branch started from has changed since the review"
    if fresh.overrides != reviewed.overrides:
        return "the reviewed plan sets other guards aside"
    if fresh.only != reviewed.only:
        return "the reviewed plan was made with another `only`"
    return ""


def _other_base(fresh: Plan, reviewed: Plan) -> bool:
    """Whether the new plan is judged against a zsync.yaml that the reviewed one was not judged against."""
    judged = fresh.binding.base.configuration
    return judged not in (reviewed.binding.base.configuration, reviewed.binding.configuration)


def _unreviewed(fresh: Plan, reviewed: Plan) -> str:
    known = {_meaning(change) for change in reviewed.changes}
    count = sum(_meaning(change) not in known for change in fresh.changes)
    if not count:
        return ""
    noun = "1 change is" if count == 1 else f"{count:,} changes are"
    return f"{noun} not in the reviewed plan: the CRM or the manifests changed after it"


def _meaning(change: Change) -> str:
    """What a change comes to, and which records it is about; what the row was before is left to apply, which reads it again."""
    # The keys, too: an id whose record is another person by now is another change to whoever reviewed it.
    keys = [dict(change.record_key), dict(change.key)]
    return canonical([change.action, *change.address, change.related_module, keys, change.after])
