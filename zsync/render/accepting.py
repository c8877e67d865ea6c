"""What `zsync accept` takes from the CRM into files, for a terminal: row by row, in the CRM's direction."""

from collections.abc import Sequence
from dataclasses import replace
from shlex import quote
from typing import NamedTuple

from zsync.model import Change, Drift, Plan
from zsync.render.drift import WORDS, crm_side
from zsync.render.escape import terminal
from zsync.render.text import header
from zsync.render.text_drift import moved_lists
from zsync.render.words import commit_name, count, fields, value

NO_ROW = "(no row)"


class Acceptance(NamedTuple):
    """What is taken, as a plan may show it: the `plan` that found it, the rows taken, those left with why, and how much of how many files.

    `conflicts` and `added` count the rows that were not asked for.
    """

    plan: Plan
    taken: tuple[Change, ...]
    left: tuple[tuple[Change, str], ...] = ()
    lines: int = 0
    files: int = 0
    conflicts: int = 0
    added: int = 0


def render_accepted(
    found: Acceptance, *, environment: str = "", color: bool = False, full: bool = False
) -> str:
    """The rows that are taken, list by list, those that cannot be, and the totals; the last lines say what was left."""
    side = _side(found.plan, found.taken)
    lines = [header("accept from", found.plan, color=color)]
    shown, hidden = moved_lists(side, color=color, full=full)
    lines += shown
    if found.left:
        lines += ["", "Left as they are, for their files cannot say it"]
        for change, why in found.left:
            place = f"{change.place}: " if change.place else ""
            lines += [f"  {terminal(name_of(change))}", f"    {terminal(place + why)}"]
    lines.append("")
    if hidden:
        lines.append(f"({hidden:,} rows folded: git diff shows each)")
    if found.taken or found.left:
        lines.append(f"Accept: {_counts(found)}")
    else:
        lines.append("Nothing to take: the CRM moved no row of these. What your files changed: zsync plan")
    return "\n".join([*lines, *hints(found, environment), ""])


def hints(found: Acceptance, environment: str) -> list[str]:
    """What was left because nobody asked for it, with the command that does."""
    where = f" -e {terminal(quote(environment))}" if environment else ""
    told_ = []
    if found.conflicts:
        told_.append(f"{count(found.conflicts, 'conflict')} left: zsync accept{where} -i")
    if found.added:
        told_.append(
            f"{count(found.added, 'added row')} in no manifest left: zsync accept{where} --unmanaged"
        )
    return told_


def totals(found: Acceptance) -> str:
    """`2 lines of 1 file`."""
    return f"{count(found.lines, 'line')} of {count(found.files, 'file')}"


def name_of(change: Change) -> str:
    """The row as people know it: `Campaigns › Spring Launch 2027 › Leads › tom@quay.example`."""
    parent, record = change.record_label or change.record_id, change.label or change.related_record_id
    return f"{change.module} › {parent} › {change.related_list} › {record}"


def question(change: Change, at: int, of: int, plan: Plan, who: str = "") -> str:
    """One row to decide on, with what each side says of it; `who` moved it in the CRM, where that is known."""
    conflict = change.origin == "conflict"
    turned = _turned(plan, change)
    word = WORDS[turned.action]
    why = f"conflict: {word} in the CRM and on this branch" if conflict else f"drift: {word} in the CRM"
    base = commit_name(plan.binding).partition(" at ")[0] or "base"
    here = (said(change, "after"), change.place)
    sides = [(base, said(change, "agreed"), ""), ("here", *here)] if conflict else [("Git", *here)]
    sides.append(("CRM", said(change, "before"), who))
    wide = max(len(name) for name, *_ in sides) + 2
    held = max(len(text) for _, text, place in sides if place or text)
    lines = [f"{at}/{of} {why}", f"  {terminal(name_of(change))}"]
    for name, text, place in sides:
        lines.append(f"    {name:<{wide}}{terminal(text):<{min(held, 30)}}  {terminal(place)}".rstrip())
    return "\n".join(lines)


def said(change: Change, side: str) -> str:
    """What one side says of the row: `Planned`, `Seats: 2, Paid: true`, `(no row)`."""
    values = getattr(change, side)
    if values is None:
        return "(not listed)" if side == "after" and change.action == "delete" else NO_ROW
    moved = [field.name.partition(" (")[0] for field in fields(change) if not field.carried]
    names = [name for name in moved if name in values] or list(values)
    if not names:
        return "(a row)"
    texts = [value(values[name]) for name in names]
    return (
        texts[0]
        if len(names) == 1
        else ", ".join(f"{name}: {text}" for name, text in zip(names, texts, strict=True))
    )


def _turned(plan: Plan, change: Change) -> Change:
    return _side(plan, (change,)).changes[0]


def _side(plan: Plan, taken: Sequence[Change]) -> Plan:
    """The rows that are taken, in the CRM's direction."""
    return crm_side(Drift(replace(plan, changes=tuple(taken), unmanaged=())))


def _counts(found: Acceptance) -> str:
    side = _side(found.plan, found.taken)
    kinds = [change.action for change in side.changes]
    parts = [f"{kinds.count(action):,} {word}" for action, word in WORDS.items() if action in kinds]
    return f"{', '.join(parts)} · {totals(found)}" if parts else "nothing"
