"""How large the managed lists are, in words: what the CRM holds now, and after the plan."""

from collections import Counter

from zsync.model import ListState, Plan
from zsync.model.verdicts import ListKey
from zsync.render.words import count

_EFFECT = {"create": 1, "delete": -1}


def now(plan: Plan) -> dict[ListKey, str]:
    """List → `118 rows, 2 unmanaged`, of the lists that were read to their end."""
    return {
        state.key: f"{count(state.size, 'row')}{_unmanaged(state)}"
        for state in plan.lists
        if state.size is not None
    }


def now_and_then(plan: Plan) -> dict[ListKey, str]:
    """List → `118 → 117 rows, 2 unmanaged`: before the plan is carried out, and after."""
    effects: Counter[ListKey] = Counter()
    for change in plan.changes:
        effects[change.module, change.record_id, change.related_module] += _EFFECT.get(change.action, 0)
    return {
        state.key: f"{state.size:,} → {count(state.size + effects[state.key], 'row')}{_unmanaged(state)}"
        for state in plan.lists
        if state.size is not None
    }


def _unmanaged(state: ListState) -> str:
    return f", {state.unmanaged:,} unmanaged" if state.unmanaged else ""
