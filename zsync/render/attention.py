"""What needs a person's eyes before anything else: rows that are withheld, conflicts first, then numbers that move otherwise than
those beside them, then values that are new to their list. Texts are not yet escaped.

It stands first in text, comment and page, and these rows are not repeated in their lists.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal
from shlex import quote
from typing import NamedTuple

from zsync.model import Change, Conversion, Fields, Plan, Reason, Withheld
from zsync.model.fields import field_changes
from zsync.model.moves import Move, by_size, move, outliers, per_cent, usual
from zsync.render.words import ARROW, converted, count, objected, value

NO_ROW = "no row"
"""What is said of a side that has no such row."""

SHOWN = 20
"""Most rows to look at that are shown of each word. The others stand in their lists, and are counted."""

_NOUNS: dict[Reason, tuple[str, str]] = {
    "conflict": ("conflict", "conflicts"),
    "consent": ("consent", "consent"),
    "converted": ("converted lead", "converted leads"),
}
"""Reason → the words under which withheld rows are counted, one and several."""


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
        Sight("conflict", change, f"{_conflict(plan, change)}, {_decided(plan)}", at=index)
        for index, change in enumerate(plan.changes)
        if change.origin == "conflict"
    )
    warned = (
        Sight("consent", change, f"{_done(change)}, though {objected(change.objection)}", at=index)
        for index, change in enumerate(plan.changes)
        if change.objection and change.origin != "conflict"
    )
    looks = (*left_out(plan), *decided, *warned, *_outliers(plan.changes), *_new_values(plan.changes))
    return tuple(sorted(looks, key=lambda look: look.word != "conflict"))


def few(looks: Sequence[Sight]) -> tuple[list[Sight], str]:
    """The first of each word, and how many more there are: `4 more conflicts, 1 more outlier`; empty where there are none."""
    shown: list[Sight] = []
    seen: Counter[str] = Counter()
    for look in looks:
        seen[look.word] += 1
        if seen[look.word] <= SHOWN:
            shown.append(look)
    left = (f"{count(number - SHOWN, f'more {word}')}" for word, number in seen.items() if number > SHOWN)
    return shown, ", ".join(left)


def above(looks: Sequence[Sight]) -> frozenset[int]:
    """The changes that are shown so, and not once more in their lists."""
    return frozenset(look.at for look in looks if look.at is not None)


def left_out(plan: Plan) -> tuple[Sight, ...]:
    """The rows that are withheld."""
    # Sorting is stable: within a reason the plan's order stays.
    rows = sorted(plan.withheld, key=lambda row: tuple(_NOUNS).index(row.reason))
    return tuple(_left_out(plan, row) for row in rows)


def withheld(plan: Plan) -> str:
    """`2 withheld: 1 conflict, 1 consent`; empty where nothing is."""
    reasons = Counter(row.reason for row in plan.withheld)
    told = ", ".join(
        f"{number:,} {one if number == 1 else several}"
        for reason, (one, several) in _NOUNS.items()
        if (number := reasons[reason])
    )
    return f"{len(plan.withheld):,} withheld: {told}" if told else ""


def waiting(plan: Plan) -> str:
    """What conflicts are, and what becomes of them until somebody decides; empty where there are none."""
    number = sum(row.reason == "conflict" for row in plan.withheld)
    if not number:
        return ""
    row, stays = ("this row", "It stays") if number == 1 else ("these rows", "They stay")
    them = "it" if number == 1 else "them"
    who = (
        f"somebody changed {row} after the run"
        if plan.restores
        else f"the CRM and this branch both changed {row}"
    )
    return f"{count(number, 'conflict')}: {who}. {stays} as the CRM has {them} until you decide."


def deciding(plan: Plan) -> str:
    """The command with which somebody decides the conflicts, row by row; empty where there are none, or no file to take the CRM's side into."""
    return f"zsync accept{_where(plan)} -i" if waiting(plan) and not plan.restores else ""


def _left_out(plan: Plan, row: Withheld) -> Sight:
    if row.change.objection and row.reason == "consent":
        return Sight("withheld", row.change, f"{_not_done(row.change)}: {objected(row.change.objection)}")
    return _converted(row, row.conversion) if row.conversion else _withheld(plan, row.change)


def _withheld(plan: Plan, change: Change) -> Sight:
    # An undo is of no file, so there is none to take the CRM's side into.
    ways = [] if plan.restores else [_take_crms(plan, change)]
    return Sight("conflict", change, _conflict(plan, change), (*ways, _keep_ours(plan, change)))


def _converted(row: Withheld, conversion: Conversion) -> Sight:
    """A row whose lead is a contact by now, and where the row belongs."""
    change = row.change
    what = _not_done(change)
    list_ = "the Contacts list of the same record"
    way = (
        f"to go on with the contact: move this row to {list_}"
        if row.movable
        else f"to go on with the contact: write it under {list_}, and remove this row"
    )
    return Sight("converted", change, f"{what}: {converted(conversion)}", ((way, ""),))


def _done(change: Change) -> str:
    return "added" if change.before is None else f"{_moves(change)} is written"


def _not_done(change: Change) -> str:
    return "not added" if change.before is None else f"{_moves(change)} is not written"


def _moves(change: Change) -> str:
    return ", ".join(f"{name}: {value(new)}" for name, _, new in field_changes(change.before, change.after))


def _decided(plan: Plan) -> str:
    aside = any(override.selector for override in plan.overrides)
    return "overridden: written" if aside else "allowed: written"


def _conflict(plan: Plan, change: Change) -> str:
    """What the three sides say: `Opted Out → Sent (base: Invited)`."""
    moved = [name for name, _, _ in field_changes(change.before, change.after)]
    now = _side(change.before, moved)
    wanted = _side(change.after, moved)
    third = "the run" if plan.restores else "base"
    return f"{now} {ARROW} {wanted} ({third}: {_side(change.agreed, moved)})"


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


def _take_crms(plan: Plan, change: Change) -> tuple[str, str]:
    """How the CRM's side gets into the file."""
    return "to keep the CRM's, in the file", f"zsync accept{_where(plan)} conflict {_selector(change)}"


def _keep_ours(plan: Plan, change: Change) -> tuple[str, str]:
    command = f"undo {plan.restores}" if plan.restores else "plan"
    what = "to restore it all the same" if plan.restores else "to write this branch's, once"
    return what, f'zsync {command}{_where(plan)} --override conflicts={_selector(change)} --reason "why"'


def _where(plan: Plan) -> str:
    return f" -e {quote(plan.binding.environment)}" if plan.binding.environment else ""


def _selector(change: Change) -> str:
    # By ids: a label may hold what a shell or a pattern reads otherwise, and it may be masked.
    return quote("/".join(change.address))


def _outliers(changes: Sequence[Change]) -> list[Sight]:
    """Numbers that move otherwise than those beside them in their list, or very far; the furthest first."""
    groups: dict[tuple[str, ...], list[tuple[int, Move]]] = {}
    for index, change in enumerate(changes):
        if change.action != "update" or change.origin == "conflict":
            continue
        for name, new in (change.after or {}).items():
            # What drifted moves back, and is compared with what moves back.
            way = change.origins.get(name, change.origin)
            if step := move((change.before or {}).get(name), new):
                groups.setdefault((*change.address[:3], name, way), []).append((index, step))
    found: list[tuple[Move, Sight]] = []
    for (*_, name, _), those in groups.items():
        moves = [step for _, step in those]
        apart = outliers(moves)
        far = set(apart)
        # Of those beside them alone, once for all of a list: a price list may be half slips, or nothing else.
        middle = usual([step for at, step in enumerate(moves) if at not in far])
        for at in apart:
            index, step = those[at]
            found.append((step, _outlier(changes[index], name, step, middle, index)))
    return [found[at][1] for at in by_size([step for step, _ in found])]


def _outlier(change: Change, name: str, step: Move, middle: Decimal | None, index: int) -> Sight:
    old, new = (value((side or {}).get(name)) for side in (change.before, change.after))
    percent = f" {per_cent(step.percent)}" if step.percent is not None else ""
    others = f", the others about {per_cent(middle)}" if middle is not None else ""
    return Sight("outlier", change, f"{name}: {old} {ARROW} {new}{percent}{others}", at=index)


def _new_values(changes: Sequence[Change]) -> list[Sight]:
    """Values that no row of their list holds: each once, with the first of its rows."""
    rows: dict[tuple[str, ...], list[int]] = {}
    for index, change in enumerate(changes):
        wanted = change.after or {}
        for name in change.new_values if change.origin != "conflict" else ():
            if name not in wanted:
                continue
            rows.setdefault((*change.address[:3], name, value(wanted[name])), []).append(index)
    sights = []
    for (*_, name, new), those in rows.items():
        change = changes[those[0]]
        old = f"{value(change.before.get(name))} {ARROW} " if change.before is not None else ""
        more = f" ({count(len(those), 'row')})" if len(those) > 1 else ""
        told = f"{name}: {old}{new}, new to this list{more}"
        sights.append(Sight("new value", change, told, at=those[0]))
    return sights


def grouped(looks: Iterable[Sight]) -> list[tuple[tuple[str, ...], list[Sight]]]:
    """The rows by word and list, in their order: module, id and label of the parent, and the list's name, each with its rows.

    Of two words in a row that are about the same list, the rows are together.
    """
    groups: dict[tuple[str, ...], list[Sight]] = {}
    for look in looks:
        change = look.change
        key = (look.word, change.module, change.record_id, change.record_label, change.related_list)
        groups.setdefault(key, []).append(look)
    found: list[tuple[tuple[str, ...], list[Sight]]] = []
    for (_, *listed), those in groups.items():
        if found and found[-1][0] == tuple(listed):
            found[-1][1].extend(those)
        else:
            found.append((tuple(listed), those))
    return found
