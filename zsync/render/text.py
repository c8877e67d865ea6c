"""Plans and reports for a terminal, grouped by parent and list. Signs carry the meaning; colour only adds to it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from shlex import quote
from typing import NamedTuple

from zsync.model import DONE, OPEN, Action, Binding, Change, Plan, Report, Status
from zsync.model.verdicts import Override
from zsync.render.approvals import text_approval
from zsync.render.columns import columns, padded
from zsync.render.escape import terminal
from zsync.render.folding import Fold, fold
from zsync.render.groups import NAME, ListGroup, ParentGroup, by_parent, record_names
from zsync.render.guarding import headline, text_overrides, text_verdicts
from zsync.render.next_steps import next_steps
from zsync.render.outcomes import answer, stopped
from zsync.render.settings import quiet_block, text_block
from zsync.render.words import (
    ARROW,
    RUNES,
    count,
    cut,
    drifted,
    duration,
    expense,
    fields,
    nothing_to_do,
    org,
    partial,
    tokens,
    totals,
    used,
)

_BOLD, _DIM, _RED, _YELLOW, _GREEN = "1", "2", "1;31", "1;33", "1;32"
_COLORS: dict[Action | Status, str] = {
    "delete": _RED,
    "update": _YELLOW,
    "create": _GREEN,
    "refused": _RED,
    "held": _YELLOW,
    "unknown": _RED,
    "unsent": _YELLOW,
    "unchanged": _GREEN,
    "applied": _GREEN,
}
# Cells beyond these widths do not widen their column: one long value would push the places of all rows out of sight.
_NAME_WIDTH = 48
_FIELDS_WIDTH = 64
_STATUS_WIDTH = 7
_DONE: dict[Action, str] = {"delete": "deleted", "update": "updated", "create": "created"}


class _Row(NamedTuple):
    """A change as the cells of a line, escaped; `_aligned` lines them up."""

    at: int
    action: Action
    name: str
    fields: str
    place: str


def render_plan(
    plan: Plan,
    *,
    color: bool = False,
    width: int | None = None,
    full: bool = False,
    more: str = "zsync plan --full",
) -> str:
    """The plan for people. The last line has totals, requests, credits and time.

    If a list has many updates or creates, those that are alike are folded into a line that counts them, and the line
    before the last counts all folded changes and names `more`, the command that shows them. With `full` each change has
    a line of its own, with the record's id and whole values.

    Columns are narrowed to fit `width`. A wider change pushes its place to the right: nothing that a reviewer must see
    is cut to make it fit.
    """
    lines = [_header("plan for", plan.binding, color=color), *_first(plan, color=color)]
    if not plan.changes:
        return "\n".join([*lines, "", nothing_to_do(plan), ""])
    if plan.digest:
        until = f" · valid until {plan.binding.expires_at}" if plan.binding.expires_at else ""
        lines.append(_paint(terminal(f"digest {plan.digest}{until}"), _DIM, color=color))
    hidden = 0
    for group in by_parent(plan.changes):
        lines += ["", _parent(group, color=color, full=full)]
        for part in group.lists:
            told, folded = _list(plan.changes, part, width=width, color=color, full=full)
            lines += told
            hidden += folded
    # What follows is what a reader sees without scrolling.
    unchanged = f"{plan.summary.unchanged:,} unchanged"
    lines += _guards(plan, color=color)
    lines.append("")
    if hidden:
        lines.append(_paint(f"({hidden:,} changes folded: {terminal(more)} shows each)", _DIM, color=color))
    return "\n".join(
        [*lines, f"Plan: {totals(plan.summary)}{drifted(plan)}, {unchanged} · {expense(plan.cost)}", ""]
    )


def render_report(
    report: Report, *, color: bool = False, width: int | None = None, full: bool = False
) -> str:
    """What became of a plan: the rows that were not applied, what to do next, and a line of totals at the end.

    If everything was applied, there is little but that line. Zoho's messages are never cut, and rows that were not applied
    are never folded. With `full` the applied rows are shown as well, and values are whole.
    """
    lines = [_header("apply to", report.plan.binding, color=color)]
    if full or report.count(*DONE) < len(report.outcomes):
        for group in by_parent(report.plan.changes):
            lines += ["", _parent(group, color=color, full=full)]
            for part in group.lists:
                lines += _list_outcomes(report, part, width=width, color=color, full=full)
        lines += _next(report, color=color)
    if report.stopped:
        lines += ["", _paint(f"Stopped: {terminal(stopped(report.stopped))}", _RED, color=color)]
    lines += _overridden((*report.plan.overrides, *report.overrides), color=color)
    return "\n".join([*lines, "", _report_totals(report), *_run(report, color=color), ""])


def _first(plan: Plan, *, color: bool) -> Iterator[str]:
    """What a reader has to know before the rows: what the branch changes in zsync.yaml, and that this is not all."""
    told = (*text_block(plan.settings), *([terminal(partial(plan))] if plan.only else []))
    yield from (_paint(line, _YELLOW, color=color) for line in told)
    yield from quiet_block(plan.settings)


def _guards(plan: Plan, *, color: bool) -> Iterator[str]:
    """What guards say, near the end: a terminal is read from there."""
    if head := headline(plan):
        yield from ("", _paint(terminal(head), _RED, color=color), *text_verdicts(plan))
    yield from _overridden(plan.overrides, color=color)


def _overridden(overrides: Iterable[Override], *, color: bool) -> Iterator[str]:
    lines = [_paint(line, _YELLOW, color=color) for line in text_overrides(overrides)]
    yield from ["", *lines] if lines else ()


def _header(what: str, binding: Binding, *, color: bool) -> str:
    environment = terminal(cut(binding.environment or "the CRM", NAME))
    domain = cut(binding.api_domain or "an unknown address", NAME)
    rest = terminal(f"{org(binding)} at {domain}")
    head = f"zsync {what} {_paint(environment, _BOLD, color=color)}: {rest}"
    return "\n".join([head, *filter(None, [terminal(cut(tokens(binding), NAME))])])


def _parent(group: ParentGroup, *, color: bool, full: bool) -> str:
    identity = terminal(group.record_id)
    named = group.label and group.label != group.record_id
    name = group.label if full else cut(group.label, NAME)
    label = f"{terminal(name)}  ({identity})" if named else identity
    return _paint(f"{terminal(group.module)}  {label}", _BOLD, color=color)


def _list(
    changes: Sequence[Change], group: ListGroup, *, width: int | None, color: bool, full: bool
) -> tuple[list[str], int]:
    """The lines of a list, and how many changes they fold. Folded changes stand below those shown of the same action."""
    shown, folds = (list(group.changes), []) if full else fold(changes, group.changes)
    rows = list(_aligned(_rows(changes, group, shown, full=full), indent=4, width=width, color=color))
    lines = [f"  {terminal(group.related_list)}"]
    for action in RUNES:
        lines += (line for index, line in rows if changes[index].action == action)
        lines += (_folded(folded, color=color) for folded in folds if folded.action == action)
    return lines, len(group.changes) - len(shown)


def _rows(changes: Sequence[Change], group: ListGroup, shown: Iterable[int], *, full: bool) -> list[_Row]:
    names = dict(zip(group.changes, record_names(changes, group, full=full), strict=True))
    return [_row(changes[index], index, names[index], full=full) for index in shown]


def _folded(folded: Fold, *, color: bool) -> str:
    head = _paint(f"{RUNES[folded.action]} {folded.number:,} more", _COLORS[folded.action], color=color)
    told = (
        f" in {folded.ways:,} other ways" if folded.ways else f", {terminal(folded.told)}" * bool(folded.told)
    )
    origin = "" if folded.origin == "change" else _paint(f"  [{terminal(folded.origin)}]", _DIM, color=color)
    return f"    {head}{told}{origin}"


def _row(change: Change, index: int, name: str, *, full: bool) -> _Row:
    cells = ", ".join(
        terminal(
            f"{field.name}: " + f" {ARROW} ".join(side for side in (field.old, field.new) if side is not None)
        )
        for field in (fields(change, None) if full else fields(change))
    )
    place = terminal(str(change.source)) if change.source else ""
    if change.origin != "change":
        place = f"{place} [{terminal(change.origin)}]".lstrip()
    return _Row(index, change.action, terminal(name), cells, place)


def _aligned(rows: list[_Row], *, indent: int, width: int | None, color: bool) -> Iterator[tuple[int, str]]:
    """The index and the line of each row. A cell that is wider than its column pushes the rest to the right."""
    names = _column((row.name for row in rows), _NAME_WIDTH)
    cells = _column((row.fields for row in rows), _FIELDS_WIDTH)
    if width is not None:
        places = max((columns(row.place) for row in rows), default=0)
        cells = min(cells, max(width - indent - 2 - names - 2 - 2 - places, 0))
    told = any(row.fields for row in rows)
    for row in rows:
        head = _paint(padded(f"{RUNES[row.action]} {row.name}", names + 2), _COLORS[row.action], color=color)
        tail = f"  {padded(row.fields, cells)}" if told else ""
        place = f"  {_paint(row.place, _DIM, color=color)}" if row.place else ""
        yield row.at, f"{' ' * indent}{head}{tail}{place}".rstrip()


def _list_outcomes(
    report: Report, group: ListGroup, *, width: int | None, color: bool, full: bool
) -> Iterator[str]:
    statuses = Counter(report.outcomes[index].status for index in group.changes)
    told = (f"{statuses[status]:,} {status}" for status in (*DONE, *OPEN) if statuses[status])
    yield f"  {terminal(group.related_list)}: {', '.join(told)}"
    shown = [status for status in ((*OPEN, "unchanged", "applied") if full else OPEN) if statuses[status]]
    wide = max(_STATUS_WIDTH, *map(len, shown)) if shown else _STATUS_WIDTH
    for status in shown:
        indices = [index for index in group.changes if report.outcomes[index].status == status]
        rows = _rows(report.plan.changes, group, indices, full=full)
        for index, line in _aligned(rows, indent=1, width=None if width is None else width - 12, color=color):
            yield f"    {_paint(f'{status:<{wide}}', _COLORS[status], color=color)}{line}"
            if said := answer(report.outcomes[index]):
                yield f"{'':{wide + 7}}{terminal(said)}"


def _next(report: Report, *, color: bool) -> Iterator[str]:
    steps = next_steps(report)
    wide = max((len(step.command) for step in steps), default=0)
    if steps:
        yield from ("", "Next:")
    for step in steps:
        status = _paint(f"{step.status:<7}", _COLORS[step.status], color=color)
        yield f"  {status}  {step.command:<{wide}}  {_paint(step.reason, _DIM, color=color)}"


def _run(report: Report, *, color: bool) -> list[str]:
    """How to get back to the run. Only runs that sent something have a journal, and so a name."""
    if not report.run:
        return []
    name = terminal(report.run)
    which = f"--journal {terminal(quote(report.journal))}" if report.journal else name
    told = f"Run {name} · {used(report)} · to take it back: zsync undo {which} --out FILE"
    return [_paint(line, _DIM, color=color) for line in (told, text_approval(report.approval)) if line]


def _report_totals(report: Report) -> str:
    if not report.outcomes:
        return "Nothing to apply: the plan has no changes."
    done = Counter(
        change.action
        for change, outcome in zip(report.plan.changes, report.outcomes, strict=True)
        if outcome.status == "applied"
    )
    told = [f"{done[action]:,} {_DONE[action]}" for action in RUNES if done[action]]
    others = (*OPEN, "unchanged")
    told += [f"{report.count(status):,} {status}" for status in others if report.count(status)]
    calls = f"{count(report.writes, 'request')} · {count(report.reads, 'read')} · {duration(report.seconds)}"
    return f"Applied {sum(done.values()):,} of {len(report.outcomes):,}: {', '.join(told)} · {calls}"


def _paint(text: str, style: str, *, color: bool) -> str:
    return f"\x1b[{style}m{text}\x1b[0m" if color and text else text


def _column(cells: Iterable[str], most: int) -> int:
    return max((wide for cell in cells if (wide := columns(cell)) <= most), default=0)
