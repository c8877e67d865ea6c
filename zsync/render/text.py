"""Plans and reports for a terminal, grouped by parent and list. Signs carry the meaning; colour only adds to it."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from shlex import quote

from zsync.model import DONE, OPEN, Action, Change, Plan, Report
from zsync.model.verdicts import ListKey, Override
from zsync.render.approvals import text_approval
from zsync.render.attention import Sight, above, deciding, few, left_out, look_at, waiting, withheld
from zsync.render.attention_blocks import TITLE, text_looks
from zsync.render.escape import terminal
from zsync.render.folding import Fold, fold
from zsync.render.groups import NAME, ListGroup, ParentGroup, by_parent
from zsync.render.guarding import headline, text_overrides, text_verdicts
from zsync.render.next_steps import next_steps
from zsync.render.outcomes import answer, stopped
from zsync.render.settings import quiet_block, text_block
from zsync.render.sizes import now_and_then
from zsync.render.text_rows import BOLD, COLORS, DIM, MAGENTA, RED, YELLOW, aligned, paint, text_rows
from zsync.render.words import (
    RUNES,
    compared,
    count,
    cut,
    drifted,
    duration,
    expense,
    nothing_to_do,
    options,
    org,
    partial,
    sends,
    tokens,
    totals,
    used,
)

DRIFT = "Drift: changed in the CRM, not by this branch"
_STATUS_WIDTH = 7
_DONE: dict[Action, str] = {"delete": "deleted", "update": "updated", "create": "created"}


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
    lines = [header("plan for", plan, color=color), *_first(plan, color=color)]
    if plan.digest and plan.changes:
        until = f" · valid until {plan.binding.expires_at}" if plan.binding.expires_at else ""
        lines.append(paint(terminal(f"digest {plan.digest}{until}"), DIM, color=color))
    looks = look_at(plan)
    lines += looks_block(looks, more=more, full=full, color=color)
    sizes, hidden = now_and_then(plan), 0
    for heading, groups in _sections(plan, above(looks if full else few(looks)[0])):
        lines += ["", heading] if heading else []
        for group in groups:
            lines += ["", parent_line(group, color=color, full=full)]
            for part in group.lists:
                told, folded = _list(plan.changes, part, width=width, color=color, full=full)
                lines += [list_line(part, sizes), *told]
                hidden += folded
    # What follows is what a reader sees without scrolling.
    lines += [*guards_block(plan, color=color), ""]
    if hidden:
        lines.append(paint(f"({hidden:,} changes folded: {terminal(more)} shows each)", DIM, color=color))
    return "\n".join([*lines, *_totals(plan), ""])


def _sections(plan: Plan, shown: Collection[int]) -> Iterator[tuple[str, list[ParentGroup]]]:
    """The lists with what the branch changes, and below a heading of their own those with drift. What stands above is left out."""
    ours, drift = (by_parent(plan.changes, kind, shown) for kind in (False, True))
    if ours:
        yield "", ours
    if drift:
        yield DRIFT, drift


def _totals(plan: Plan) -> Iterator[str]:
    """The last lines: what an apply does and takes, and what becomes of conflicts."""
    left = withheld(plan)
    if plan.changes:
        told = f"Plan: {totals(plan.summary)}{drifted(plan)}, {plan.summary.unchanged:,} unchanged"
        yield " · ".join(filter(None, (told, left, expense(plan.cost))))
    else:
        yield f"{nothing_to_do(plan, terminal)}{f' {left}.' if left else ''}"
    if told := waiting(plan):
        yield told
    if command := deciding(plan):
        yield f"Decide row by row: {terminal(command)}"


def render_report(
    report: Report, *, color: bool = False, width: int | None = None, full: bool = False
) -> str:
    """What became of a plan: the rows that were not applied, what to do next, and a line of totals at the end.

    If everything was applied, there is little but that line. Zoho's messages are never cut, and rows that were not applied
    are never folded. With `full` the applied rows are shown as well, and values are whole.
    """
    lines = [
        header("apply to", report.plan, color=color),
        *looks_block(left_out(report.plan), more="zsync show --full", full=full, color=color),
    ]
    if full or report.count(*DONE) < len(report.outcomes):
        for group in by_parent(report.plan.changes):
            lines += ["", parent_line(group, color=color, full=full)]
            for part in group.lists:
                lines += _list_outcomes(report, part, width=width, color=color, full=full)
        lines += _next(report, color=color)
    if report.stopped:
        lines += ["", paint(f"Stopped: {terminal(stopped(report.stopped))}", RED, color=color)]
    lines += _overridden((*report.plan.overrides, *report.overrides), color=color)
    return "\n".join([*lines, "", _report_totals(report), *_run(report, color=color), ""])


def looks_block(looks: Sequence[Sight], *, more: str, full: bool, color: bool) -> Iterator[str]:
    """The rows to look at, before all others."""
    lines = list(text_looks(looks, more=more, full=full))
    yield from [""] if lines else []
    for line, word in lines:
        style = MAGENTA if word == "conflict" else YELLOW
        head, found, rest = line.partition(word) if word else (line, "", "")
        bold = BOLD if line == TITLE else DIM if not word and line.startswith("     ") else ""
        yield (
            head + paint(found, style, color=color) + rest
            if found
            else paint(line, bold, color=color and bool(bold))
        )


def _first(plan: Plan, *, color: bool) -> Iterator[str]:
    """What a reader has to know before the rows: what the branch changes in zsync.yaml, and that this is not all."""
    told = (*text_block(plan.settings), *([terminal(partial(plan))] if partial(plan) else []))
    yield from (paint(line, YELLOW, color=color) for line in told)
    yield from quiet_block(plan.settings)


def guards_block(plan: Plan, *, color: bool) -> Iterator[str]:
    """What guards say, near the end: a terminal is read from there."""
    if head := headline(plan):
        yield from ("", paint(terminal(head), RED, color=color), *text_verdicts(plan))
    yield from _overridden(plan.overrides, color=color)


def _overridden(overrides: Iterable[Override], *, color: bool) -> Iterator[str]:
    lines = [paint(line, YELLOW, color=color) for line in text_overrides(overrides)]
    yield from ["", *lines] if lines else ()


def header(what: str, plan: Plan, *, color: bool) -> str:
    """What it is about: environment, org, hosts and base, on one or two lines."""
    binding = plan.binding
    environment = terminal(cut(binding.environment or "the CRM", NAME))
    domain = cut(binding.api_domain or "an unknown address", NAME)
    rest = terminal(f"{org(binding)} at {domain}")
    head = f"zsync {what} {paint(environment, BOLD, color=color)}: {rest}"
    second = " · ".join(
        terminal(cut(part, NAME)) for part in (compared(plan), tokens(binding), sends(binding)) if part
    )
    return f"{head}\n{second}" if second else head


def parent_line(group: ParentGroup, *, color: bool, full: bool) -> str:
    """The heading of a parent's lists."""
    identity = terminal(group.record_id)
    named = group.label and group.label != group.record_id
    name = group.label if full else cut(group.label, NAME)
    label = f"{terminal(name)}  ({identity})" if named else identity
    return paint(f"{terminal(group.module)}  {label}", BOLD, color=color)


def _list(
    changes: Sequence[Change], group: ListGroup, *, width: int | None, color: bool, full: bool
) -> tuple[list[str], int]:
    """The lines of a list, and how many changes they fold. Folded changes stand below those shown of the same action."""
    shown, folds = (list(group.changes), []) if full else fold(changes, group.changes)
    rows = list(aligned(text_rows(changes, group, shown, full=full), indent=4, width=width, color=color))
    lines: list[str] = []
    for action in RUNES:
        lines += (line for index, line in rows if changes[index].action == action)
        lines += (folded_line(folded, color=color) for folded in folds if folded.action == action)
    return lines, len(group.changes) - len(shown)


def list_line(group: ListGroup, sizes: Mapping[ListKey, str]) -> str:
    """The heading of a list, with its size where that is known, and how many of its rows are shown above."""
    above = f"{group.above:,} above" if group.above else ""
    facts = ", ".join(filter(None, (sizes.get(group.key), above)))
    return f"  {terminal(group.related_list)}{f'  {facts}' if facts else ''}"


def folded_line(folded: Fold, *, color: bool, signs: Mapping[Action, str] = RUNES) -> str:
    """A line for the changes that are not shown one by one."""
    head = paint(f"{signs[folded.action]} {folded.number:,} more", COLORS[folded.action], color=color)
    told = (
        f" in {folded.ways:,} other ways" if folded.ways else f", {terminal(folded.told)}" * bool(folded.told)
    )
    origin = "" if folded.origin == "change" else paint(f"  [{terminal(folded.origin)}]", DIM, color=color)
    return f"    {head}{told}{origin}"


def _list_outcomes(
    report: Report, group: ListGroup, *, width: int | None, color: bool, full: bool
) -> Iterator[str]:
    statuses = Counter(report.outcomes[index].status for index in group.changes)
    told = (f"{statuses[status]:,} {status}" for status in (*DONE, *OPEN) if statuses[status])
    yield f"  {terminal(group.related_list)}: {', '.join(told)}"
    shown = [status for status in ((*OPEN, "unchanged", "applied") if full else OPEN) if statuses[status]]
    wide = max(_STATUS_WIDTH, *map(len, shown)) if shown else _STATUS_WIDTH
    room = None if width is None else width - 4 - wide
    for status in shown:
        indices = [index for index in group.changes if report.outcomes[index].status == status]
        rows = text_rows(report.plan.changes, group, indices, full=full)
        for index, line in aligned(rows, indent=1, width=room, color=color):
            yield f"    {paint(f'{status:<{wide}}', COLORS[status], color=color)}{line}"
            if said := answer(report.outcomes[index]):
                yield f"{'':{wide + 7}}{terminal(said)}"


def _next(report: Report, *, color: bool) -> Iterator[str]:
    steps = next_steps(report)
    wide = max((len(step.command) for step in steps), default=0)
    if steps:
        yield from ("", "Next:")
    for step in steps:
        status = paint(f"{step.status:<7}", COLORS[step.status], color=color)
        yield f"  {status}  {step.command:<{wide}}  {paint(step.reason, DIM, color=color)}"


def _run(report: Report, *, color: bool) -> list[str]:
    """How to get back to the run. Only runs that sent something have a journal, and so a name."""
    if not report.run:
        return []
    name = terminal(report.run)
    which = f"--journal {terminal(quote(report.journal))}" if report.journal else name
    told = f"Run {name} · {used(report)} · to take it back: zsync undo {which} --out FILE"
    return [paint(line, DIM, color=color) for line in (told, text_approval(report.approval)) if line]


def _report_totals(report: Report) -> str:
    if not report.outcomes:
        left = withheld(report.plan)
        only = report.plan.only
        why = (
            f"no changes match {terminal(options(only))}" if only and not left else "the plan has no changes"
        )
        return f"Nothing to apply: {why}.{f' {left}.' if left else ''}"
    done = Counter(
        change.action
        for change, outcome in zip(report.plan.changes, report.outcomes, strict=True)
        if outcome.status == "applied"
    )
    told = [f"{done[action]:,} {_DONE[action]}" for action in RUNES if done[action]]
    others = (*OPEN, "unchanged")
    told += [f"{report.count(status):,} {status}" for status in others if report.count(status)]
    calls = f"{count(report.writes, 'request')} · {count(report.reads, 'read')} · {duration(report.seconds)}"
    applied = f"Applied {sum(done.values()):,} of {len(report.outcomes):,}: {', '.join(told)}"
    return " · ".join(filter(None, (applied, withheld(report.plan), calls)))
