"""Drift for a terminal: what the CRM changed, removed and added, list by list, and how to take it back."""

from collections.abc import Collection, Sequence

from zsync.model import Change, Drift, Plan
from zsync.render.attention import above, few, look_at
from zsync.render.drift import WORDS, crm_side, headline, keeping, place, restoring, told
from zsync.render.escape import terminal
from zsync.render.folding import fold
from zsync.render.groups import ListGroup, by_parent, record_names
from zsync.render.sizes import now
from zsync.render.text import folded_line, guards_block, header, list_line, looks_block, parent_line
from zsync.render.text_rows import DIM, TextRow, aligned, paint

TITLE = "Changed in the CRM and not in Git"


def render_drift(
    drift: Drift,
    *,
    color: bool = False,
    width: int | None = None,
    full: bool = False,
    more: str = "zsync drift --full",
    saved: str = "",
) -> str:
    """The drift for people, in the CRM's direction; the last lines have the totals and the way back.

    Long lists are folded as those of a plan are. `saved` is the command that applies the plan, where that was saved.
    """
    side = crm_side(drift)
    looks = look_at(side)
    lines = [header("drift in", drift.plan, color=color)]
    lines += [TITLE] if side.changes else []
    lines += looks_block(looks, more=more, full=full, color=color)
    shown, hidden = moved_lists(
        side, above(looks if full else few(looks)[0]), width=width, color=color, full=full
    )
    lines += [*shown, *guards_block(drift.plan, color=color), ""]
    if hidden:
        lines.append(paint(f"({hidden:,} rows folded: {terminal(more)} shows each)", DIM, color=color))
    lines.append(f"Drift: {headline(drift)}")
    lines += [f"{text}: {terminal(way)}  ({rows})" for text, way, rows in keeping(drift)]
    command, what = restoring(drift, saved)
    lines += [f"Restore Git's values: {terminal(command)}  ({what})"] if command else []
    return "\n".join([*lines, ""])


def moved_lists(
    side: Plan, elsewhere: Collection[int] = (), *, width: int | None = None, color: bool, full: bool
) -> tuple[list[str], int]:
    """The lists of a plan in the CRM's direction with their rows, and how many of these are folded.

    What is shown `elsewhere` is left out.
    """
    sizes, lines, hidden = now(side), list[str](), 0
    for group in by_parent(side.changes, None, elsewhere):
        lines += ["", parent_line(group, color=color, full=full)]
        for part in group.lists:
            rows, folded = _list(side.changes, part, width=width, color=color, full=full)
            lines += [list_line(part, sizes), *rows]
            hidden += folded
    return lines, hidden


def _list(
    changes: Sequence[Change], group: ListGroup, *, width: int | None, color: bool, full: bool
) -> tuple[list[str], int]:
    """The rows of a list, and how many of them are folded."""
    shown, folds = (list(group.changes), []) if full else fold(changes, group.changes)
    names = dict(zip(group.changes, record_names(changes, group, full=full), strict=True))
    rows = [_row(changes[index], index, names[index], full=full) for index in shown]
    told_rows = list(aligned(rows, indent=4, width=width, color=color, signs=WORDS))
    lines: list[str] = []
    for action in WORDS:
        lines += (line for index, line in told_rows if changes[index].action == action)
        lines += (
            folded_line(folded._replace(origin="change"), color=color, signs=WORDS)
            for folded in folds
            if folded.action == action
        )
    return lines, len(group.changes) - len(shown)


def _row(change: Change, index: int, name: str, *, full: bool) -> TextRow:
    cells = terminal(told(change, None if full else 60))
    return TextRow(index, change.action, terminal(name), cells, terminal(place(change)))
