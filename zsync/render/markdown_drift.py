"""Drift for an issue or a step summary, in GitHub's Markdown: the headline is the answer."""

from collections.abc import Sequence
from functools import cache

from zsync.model import Diagnostic, Drift, Plan
from zsync.render.attention import above, few, look_at
from zsync.render.attention_blocks import markdown_looks
from zsync.render.drift import WORDS, crm_side, headline, keeping, place, restoring
from zsync.render.escape import markdown
from zsync.render.folding import spread
from zsync.render.groups import ListGroup, ParentGroup, by_parent, record_names
from zsync.render.guarding import markdown_block
from zsync.render.markdown import api_name, digests, field_cell, list_title, where
from zsync.render.problems import LIMIT, alert
from zsync.render.sizes import now
from zsync.render.tables import Table, fitting, row, shortened
from zsync.render.words import RUNES, fields

_WAY = "Agreed → CRM"
_COLUMNS = ("In the CRM", "Record", "Fields", "Manifest")


def render_drift(
    drift: Drift, *, limit: int = LIMIT, link: str = "", warnings: Sequence[Diagnostic] = ()
) -> str:
    """The drift in at most `limit` characters, in the CRM's direction. If it does not fit, rows are counted instead of shown.

    `link`, if given, leads to all of it; `warnings` are those of the look.
    """
    side = crm_side(drift)
    looks = look_at(side)
    command, what = restoring(drift)
    ways = [f"**{text}:** {markdown(way)} ({rows})." for text, way, rows in keeping(drift)]
    ways += [f"**Restore Git's values:** `{command}` ({what})."] if command else []
    back = "".join(f"\n\n{way}" for way in ways)
    head = (
        f"### zsync drift: {headline(drift)}\n\n{where(drift.plan)}{alert(warnings)}"
        f"{markdown_looks(side, looks, _WAY)}{markdown_block(drift.plan)}{back}"
    )
    note = shortened("`zsync drift --full` tells all", link)
    shown = above(few(looks)[0])
    tables = [
        _table(side, parent, group)
        for parent in by_parent(side.changes, None, shown)
        for group in parent.lists
        if group.changes
    ]
    return fitting(head, tables, digests(drift.plan), limit, note)


def _table(side: Plan, parent: ParentGroup, group: ListGroup) -> Table:
    changes, names = side.changes, record_names(side.changes, group)
    # As everywhere: changed, removed, added.
    order = sorted(range(len(names)), key=lambda at: [*WORDS].index(changes[group.changes[at]].action))

    @cache
    def line(position: int) -> str:
        at = order[position]
        change = changes[group.changes[at]]
        cells = "<br>".join(map(field_cell, fields(change)))
        was = "was " if change.action == "delete" and cells else ""
        at_line = markdown(place(change)) if change.source else place(change)
        moved = f"`{RUNES[change.action]}` {WORDS[change.action]}"
        return row(moved, markdown(names[at]), f"{was}{cells}", at_line)

    facts = ", ".join(
        filter(None, (now(side).get(group.key), f"{group.above:,} above" if group.above else ""))
    )
    title = list_title(parent, group) + (f" ({facts})" if facts else "")
    moves = spread([changes[index] for index in group.changes if changes[index].action == "update"])
    kinds = [WORDS[changes[group.changes[at]].action] for at in order]
    told = ", ".join(f"{api_name(name)} {moved}" for name, moved in moves.items())
    return Table(title, _COLUMNS, kinds, line, spread=told)
