"""Plans and reports for pull request comments and step summaries, in GitHub's Markdown."""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from functools import cache

from zsync.model import OPEN, Action, Change, Diagnostic, Plan, Report
from zsync.render.approvals import markdown_approval
from zsync.render.attention import above, few, left_out, look_at, withheld
from zsync.render.attention_blocks import markdown_looks
from zsync.render.escape import markdown
from zsync.render.folding import spread
from zsync.render.groups import NAME, ListGroup, ParentGroup, by_parent, record_names
from zsync.render.guarding import markdown_block, markdown_overrides
from zsync.render.next_steps import next_steps
from zsync.render.outcomes import answer, stopped
from zsync.render.problems import LIMIT, alert
from zsync.render.settings import told
from zsync.render.tables import Table, fitting, row, shortened
from zsync.render.words import (
    ARROW,
    RUNES,
    FieldText,
    commit_name,
    compared,
    count,
    cut,
    drifted,
    duration,
    expense,
    fields,
    host,
    nothing_to_do,
    partial,
    sends,
    used,
)

_MESSAGE = 300
_SECTIONS = {False: "Changed by this branch", True: "Drift: not changed by this branch"}
# Zoho's api_names read best without markup. Anything else in their place is shown as code.
_API_NAME = re.compile(r"[A-Za-z0-9]+(?:_+[A-Za-z0-9]+)*")


def render_plan(
    plan: Plan, *, limit: int = LIMIT, link: str = "", warnings: Sequence[Diagnostic] = ()
) -> str:
    """The plan in at most `limit` characters: the headline is the answer, and deletions come first.

    If it does not fit, rows and then tables are counted instead of shown, and `link`, if given, leads to the whole plan.
    `warnings` are those of planning.
    """
    changed, left, looks = told(plan.settings), withheld(plan), look_at(plan)
    said = (f"\n\n{changed}" if changed else "") + _partial(plan) + alert(warnings)
    if not plan.changes:
        said += f"{markdown_looks(plan, looks)}{markdown_block(plan)}"
        what = f"nothing to write · {left}" if left else "nothing to do"
        head = f"### zsync: {what}\n\n{nothing_to_do(plan, markdown)}{said}\n\n{where(plan)}"
        return fitting(head, [], digests(plan), limit, "")
    summary = plan.summary
    facts = f"{where(plan)} · {summary.unchanged:,} unchanged · {expense(plan.cost)}"
    headline = f"{_headline(plan)}{drifted(plan)}{f' · {left}' if left else ''}"
    said += f"{markdown_looks(plan, looks)}{markdown_block(plan)}{_warning(plan)}"
    head = f"### zsync: {headline}\n\n{facts}{said}"
    # A comment that GitHub refuses for its length would leave the pull request without any plan.
    note = shortened("`zsync show` with the plan file tells all", link)
    tables = _plan_tables(plan, above(few(looks)[0]))
    return fitting(head, tables, digests(plan), limit, note)


def _partial(plan: Plan) -> str:
    return f"\n\n> [!IMPORTANT]\n> {markdown(cut(partial(plan), _MESSAGE))}" if partial(plan) else ""


def render_report(report: Report, *, limit: int = LIMIT, link: str = "") -> str:
    """What became of a plan, in at most `limit` characters: the rows that were not applied, and what to do next.

    If it had to be shortened, `link`, if given, leads to the whole report.
    """
    calls = f"{count(report.writes, 'request')} · {count(report.reads, 'read')} · {duration(report.seconds)}"
    left = withheld(report.plan)
    head = f"### zsync: {_outcomes(report)}{f' · {left}' if left else ''}\n\n{where(report.plan)} · {calls}"
    if report.stopped:
        head += f"\n\n> [!WARNING]\n> Stopped: {markdown(cut(stopped(report.stopped), _MESSAGE))}"
    head += markdown_looks(report.plan, left_out(report.plan))
    head += markdown_overrides((*report.plan.overrides, *report.overrides))
    run = f"\n\nRun {markdown(report.run)} · {used(report)}" if report.run else ""
    run += f"\n\n{who}" if (who := markdown_approval(report.approval)) else ""
    tail = _next(report) + digests(report.plan)
    note = shortened("`zsync show` with the report file tells all", link)
    return fitting(head + run, _report_tables(report), tail, limit, note)


def _plan_tables(plan: Plan, shown: Collection[int]) -> list[Table]:
    """A table for each list. If there are both, changes of the branch and drift stand apart, each under a heading."""
    columns = ("Change", "Record", "Fields", "Manifest")
    if len({change.origin == "drift" for change in plan.changes}) < 2:
        return _section(plan.changes, None, shown, columns)
    return [
        table._replace(section="" if number else heading)
        for drift, heading in _SECTIONS.items()
        for number, table in enumerate(_section(plan.changes, drift, shown, columns))
    ]


def _section(
    changes: Sequence[Change], drift: bool | None, shown: Collection[int], columns: tuple[str, ...]
) -> list[Table]:
    return [
        _plan_table(changes, parent, group, columns)
        for parent in by_parent(changes, drift, shown)
        for group in parent.lists
        if group.changes
    ]


def _plan_table(
    changes: Sequence[Change], parent: ParentGroup, group: ListGroup, columns: tuple[str, ...]
) -> Table:
    names = record_names(changes, group)
    kinds = [_kind(changes[index]) for index in group.changes]

    # Kept, since `fitting` tries shorter and shorter texts of the same rows.
    @cache
    def line(position: int) -> str:
        return row(*_cells(changes[group.changes[position]], names[position]))

    gone = sum(changes[index].action == "delete" for index in group.changes)
    title = list_title(parent, group) + (f" ({group.above:,} above)" if group.above else "")
    return Table(title, columns, kinds, line, urgent=gone, spread=_spread(changes, group))


def _spread(changes: Sequence[Change], group: ListGroup) -> str:
    """How far the numbers of a list's updates move: `list_price +4.8% to +5.3%`."""
    found = spread([changes[index] for index in group.changes if changes[index].action == "update"])
    return ", ".join(f"{api_name(name)} {told}" for name, told in found.items())


def _kind(change: Change) -> str:
    return f"to {change.action}" + (f" ({change.origin})" if change.origin != "change" else "")


def _report_tables(report: Report) -> list[Table]:
    columns = ("Outcome", "Change", "Record", "Fields", "Answer", "Manifest")
    tables = (
        _report_table(report, parent, group, columns)
        for parent in by_parent(report.plan.changes)
        for group in parent.lists
    )
    return [table for table in tables if table.kinds]


def _report_table(report: Report, parent: ParentGroup, group: ListGroup, columns: tuple[str, ...]) -> Table:
    changes, outcomes = report.plan.changes, report.outcomes
    names = dict(zip(group.changes, record_names(changes, group), strict=True))
    troubled = [index for status in OPEN for index in group.changes if outcomes[index].status == status]

    @cache
    def line(position: int) -> str:
        index = troubled[position]
        *cells, place = _cells(changes[index], names[index])
        said = markdown(cut(answer(outcomes[index]), _MESSAGE))
        return row(outcomes[index].status, *cells, said, place)

    kinds = [outcomes[index].status for index in troubled]
    numbers = Counter(outcomes[index].status for index in group.changes)
    title = f"{list_title(parent, group)}: {numbers['applied']:,} of {len(group.changes):,} applied"
    title += f", {numbers['unchanged']:,} unchanged" if numbers["unchanged"] else ""
    return Table(title, columns, kinds, line, urgent=kinds.count("refused"))


def list_title(parent: ParentGroup, group: ListGroup) -> str:
    """`Campaigns `Spring` (`501`) › Leads`."""
    identity = markdown(parent.record_id)
    named = parent.label and parent.label != parent.record_id
    label = f"{markdown(cut(parent.label, NAME))} ({identity})" if named else identity
    return f"{api_name(parent.module)} {label} › {api_name(group.related_list)}"


def _cells(change: Change, name: str) -> tuple[str, str, str, str]:
    action = f"`{RUNES[change.action]}` {change.action}"
    place = markdown(change.place)
    if change.origin != "change":
        place = f"{place} {api_name(change.origin)}".lstrip()
    return action, markdown(name), "<br>".join(map(field_cell, fields(change))), place


def field_cell(field: FieldText) -> str:
    """A field with its old and its new value, as code."""
    sides = f" {ARROW} ".join(markdown(side) for side in (field.old, field.new) if side is not None)
    return f"{api_name(field.name)}: {sides}" + (f" {field.move}" if field.move else "")


def api_name(text: str) -> str:
    """A name of Zoho's: as it is, or as code where it could be anything else."""
    return text if _API_NAME.fullmatch(text) else markdown(cut(text, NAME))


def _headline(plan: Plan) -> str:
    numbers: dict[Action, int] = {
        "delete": plan.summary.delete,
        "update": plan.summary.update,
        "create": plan.summary.create,
    }
    return ", ".join(f"{number:,} to {action}" for action, number in numbers.items() if number)


def _warning(plan: Plan) -> str:
    gone = plan.summary.delete
    if not gone:
        return ""
    records = "the two records stay" if gone == 1 else "the records themselves stay"
    moved = sum(_kind(change) == "to delete (drift)" for change in plan.changes)
    drift = f", {moved:,} of them drift" if moved else ""
    return f"\n\n> [!WARNING]\n> {count(gone, 'relation')} will be deleted{drift}; {records}."


def _outcomes(report: Report) -> str:
    if not report.outcomes:
        return "nothing to apply"
    numbers = Counter(outcome.status for outcome in report.outcomes)
    if numbers["applied"] == len(report.outcomes):
        return f"all applied ({count(len(report.outcomes), 'change')})"
    others = [f"{numbers[status]:,} {status}" for status in (*OPEN, "unchanged") if numbers[status]]
    return ", ".join([*others, f"{numbers['applied']:,} applied"])


def where(plan: Plan) -> str:
    """Where it is about: environment, org, hosts, base."""
    binding = plan.binding
    kind = f" ({markdown(cut(binding.org_type, NAME))})" if binding.org_type else ""
    org = f"org {markdown(cut(binding.org_id, NAME)) or 'unknown'}{kind}"
    known = (binding.environment, binding.api_domain)
    environment, domain = (markdown(cut(text, NAME)) for text in known)
    secrets = f"tokens from {markdown(cut(host(binding.accounts_url), NAME))}" if binding.accounts_url else ""
    return " · ".join(
        part for part in (environment, org, domain, secrets, _base(plan), sends(binding)) if part
    )


def _base(plan: Plan) -> str:
    told = compared(plan)
    if not plan.binding.base.commit:
        return told
    at = commit_name(plan.binding)
    return told.replace(at, markdown(cut(at, NAME)))


def _next(report: Report) -> str:
    steps = [f"- **{step.status}**: {step.reason} (`{step.command}`)" for step in next_steps(report)]
    return "\n".join(["**Next**", "", *steps, "", ""]) if steps else ""


def digests(plan: Plan) -> str:
    """Which plan it is, in small print."""
    binding = plan.binding
    told = (
        ("plan", plan.digest),
        ("content", plan.content),
        ("commit", binding.git_commit),
        ("valid until", binding.expires_at),
    )
    line = " · ".join(f"{name} {markdown(cut(text, NAME))}" for name, text in told if text)
    return f"<sub>{line}</sub>" if line else ""
