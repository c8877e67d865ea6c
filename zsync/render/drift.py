"""Drift in the CRM's direction: what it changed, removed and added since the base. Texts are not yet escaped."""

from collections.abc import Mapping
from dataclasses import replace
from shlex import quote
from types import MappingProxyType

from zsync.model import Action, Change, Drift, Plan, Summary
from zsync.model.selectors import ORIGINS
from zsync.render.attention import withheld
from zsync.render.words import count, fields

WORDS: Mapping[Action, str] = MappingProxyType({"update": "changed", "delete": "removed", "create": "added"})
"""Action of a move of the CRM's → its word, in the order in which people should read them."""


def crm_side(drift: Drift) -> Plan:
    """The plan with the CRM's moves in place of the changes that would take them back.

    A row that no manifest names is a create; it has a place only where a list is pruned: that of `prune`.
    """
    plan = drift.plan
    moves = tuple(map(_turned, (*plan.changes, *plan.unmanaged)))
    back = plan.summary
    summary = Summary(back.delete + len(plan.unmanaged), back.update, back.create, back.unchanged)
    return replace(plan, changes=moves, summary=summary, verdicts=(), overrides=(), unmanaged=())


def headline(drift: Drift) -> str:
    """`1 changed, 1 removed · 2 added (unmanaged) · 115 as agreed`; `none · 118 as agreed` where nothing is."""
    back = drift.plan.summary
    counts = ((back.update, "changed"), (back.create, "removed"), (back.delete, "added"))
    told = ", ".join(f"{number:,} {word}" for number, word in counts if number)
    extra = len(drift.plan.unmanaged)
    added = f"{extra:,} added (unmanaged)" if extra else ""
    unread = sum(state.size is None for state in drift.plan.lists)
    unseen = f"{count(unread, 'list')} not read to the end" if unread else ""
    agreed = f"{back.unchanged:,} as agreed"
    return " · ".join(filter(None, (told or "none", added, withheld(drift.plan), agreed, unseen)))


def restoring(drift: Drift, saved: str = "") -> tuple[str, str]:
    """How to restore Git's values, a command and what it does; both empty where nothing drifted.

    `saved` is the command for a plan that is saved already.
    """
    number = drift.plan.summary.changes
    if not number:
        return "", ""
    stay = "; the added ones stay" if drift.plan.unmanaged else ""
    return saved or "zsync drift --out drift.json; zsync apply drift.json", f"{count(number, 'row')}{stay}"


def keeping(drift: Drift) -> list[tuple[str, str, str]]:
    """How to keep the CRM's values: each a text, a command, and what that is about; none where nothing moved."""
    plan, told_ = drift.plan, []
    patterns = " ".join(map(quote, (each for each in plan.only if each not in ORIGINS)))
    where = f" -e {quote(plan.binding.environment)}" if plan.binding.environment else ""
    command = " ".join(filter(None, (f"zsync accept{where}", patterns)))
    if plan.summary.changes:
        told_.append(("Keep the CRM's values", command, count(plan.summary.changes, "row")))
    if plan.unmanaged:
        added = "and the added rows" if told_ else "Keep the added rows"
        told_.append((added, f"{command} --unmanaged", count(len(plan.unmanaged), "row")))
    return told_


def place(change: Change) -> str:
    """Where a move is told of: the line that says otherwise, or that no manifest names the row."""
    if change.action != "create":
        return change.place
    return f"in no manifest, pruned at {change.source}" if change.source else "in no manifest"


def told(change: Change, limit: int | None = 60) -> str:
    """What became of the row: `Member_Status: Invited → Opted Out`, `was Planned`, `Sent`."""
    cells = ", ".join(f"{field.name}: {field.sides}" for field in fields(change, limit))
    return f"was {cells}" if change.action == "delete" and cells else cells


def _turned(change: Change) -> Change:
    back: Mapping[Action, Action] = {"update": "update", "create": "delete", "delete": "create"}
    before, after = change.after, change.before
    if change.action == "delete":
        after = {**(change.before or {}), **change.carried}
    return replace(
        change,
        action=back[change.action],
        before=before,
        after=after,
        carried={},
        new_values=(),
        origin="drift" if change.source or change.action != "delete" else "unmanaged",
        origins={},
    )
