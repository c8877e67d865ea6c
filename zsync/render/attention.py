"""What needs a person's eyes before anything else: conflicts, then other rows that are withheld. Texts are not yet escaped.

It stands first in text, comment and page, and these rows are not repeated in their lists.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from shlex import quote
from typing import NamedTuple

from zsync.model import Change, Fields, Plan, Reason
from zsync.model.fields import field_changes
from zsync.render.words import ARROW, count, value

NO_ROW = "no row"
"""What is said of a side that has no such row."""

_NOUNS: dict[Reason, str] = {"conflict": "conflict"}
"""Reason → the word under which withheld rows are counted."""


class Sight(NamedTuple):
    """A row to look at. `word` says why, `told` what the sides say of it; `ways` are the ways out, each a text and a command or ''.

    `at` is the index of the plan's change; None for a row that is withheld.
    """

    word: str
    change: Change
    told: str
    ways: tuple[tuple[str, str], ...] = ()
    at: int | None = None


def look_at(plan: Plan) -> tuple[Sight, ...]:
    """The rows to look at, in the order in which a reader should: conflicts first."""
    decided = (
        Sight("conflict", change, f"{_conflict(change)}, {_decided(plan)}", at=index)
        for index, change in enumerate(plan.changes)
        if change.origin == "conflict"
    )
    return (*left_out(plan), *decided)


def left_out(plan: Plan) -> tuple[Sight, ...]:
    """The rows that are withheld."""
    return tuple(_withheld(row.change) for row in plan.withheld)


def withheld(plan: Plan) -> str:
    """`2 withheld: 1 conflict, 1 consent`; empty where nothing is."""
    reasons = Counter(row.reason for row in plan.withheld)
    told = ", ".join(count(number, _NOUNS[reason]) for reason, number in reasons.items())
    return f"{len(plan.withheld):,} withheld: {told}" if told else ""


def waiting(plan: Plan) -> str:
    """What conflicts are, and what becomes of them until somebody decides; empty where there are none."""
    number = sum(row.reason == "conflict" for row in plan.withheld)
    if not number:
        return ""
    row, stays = ("this row", "It stays") if number == 1 else ("these rows", "They stay")
    them = "it" if number == 1 else "them"
    return f"{count(number, 'conflict')}: the CRM and this branch both changed {row}. {stays} as the CRM has {them} until you decide."


def _withheld(change: Change) -> Sight:
    return Sight("conflict", change, _conflict(change), (_take_crms(change), _keep_ours(change)))


def _decided(plan: Plan) -> str:
    aside = any(override.selector for override in plan.overrides)
    return "overridden: written" if aside else "allowed: written"


def _conflict(change: Change) -> str:
    """What the three sides say: `Opted Out → Sent (base: Invited)`."""
    moved = [name for name, _, _ in field_changes(change.before, change.after)]
    now = _side(change.before, moved)
    wanted = _side(change.after, moved)
    return f"{now} {ARROW} {wanted} (base: {_side(change.agreed, moved)})"


def _side(said: Fields | None, names: Sequence[str]) -> str:
    """What one side says of the fields that differ."""
    if said is None:
        return NO_ROW
    shown = [name for name in names if name in said] or list(said)
    if not shown:
        return "a row"
    texts = [value(said[name]) for name in shown]
    # One field needs no name: the other sides show the same.
    return (
        texts[0]
        if len(names) == 1 and len(shown) == 1
        else ", ".join(f"{name}: {text}" for name, text in zip(shown, texts, strict=True))
    )


def _take_crms(change: Change) -> tuple[str, str]:
    """How the CRM's side gets into the file, until a command does it: how to edit the row's line."""
    if change.before is None:
        return "to keep the CRM's: remove the row from that line", ""
    said = _written(change.before, change.agreed if change.after is None else change.after)
    if change.after is None:
        return f"to keep the CRM's: put the row back{', with ' + said if said else ''}", ""
    return f"to keep the CRM's: write {said} in that line", ""


def _written(crm: Fields, like: Fields | None) -> str:
    """The CRM's values as a row of a manifest writes them; of the fields that Git manages alone."""
    names = [name for name in crm if like is None or name in like]
    return ", ".join(f"{name}: {value(crm[name])}" for name in names)


def _keep_ours(change: Change) -> tuple[str, str]:
    # By ids: a label may hold what a shell or a pattern reads otherwise, and it may be masked.
    selector = quote("/".join(change.address))
    return "to write this branch's, once", f'zsync plan --override conflicts={selector} --reason "why"'


def grouped(looks: Iterable[Sight]) -> dict[tuple[str, ...], list[Sight]]:
    """The rows by list, in their order: module, id and label of the parent, and the list's name."""
    groups: dict[tuple[str, ...], list[Sight]] = {}
    for look in looks:
        change = look.change
        key = (change.module, change.record_id, change.record_label, change.related_list)
        groups.setdefault(key, []).append(look)
    return groups
