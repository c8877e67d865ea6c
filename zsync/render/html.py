"""Plans and reports as one page for a browser: totals, a chart, and a table to search, filter, sort and fold.

The page needs no network and no server. Without JavaScript it shows the totals, the chart and the first rows.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from zsync.model import DONE, OPEN, Drift, Plan, Report, Status
from zsync.model.verdicts import Override, Setting, Verdict
from zsync.render.approvals import told
from zsync.render.attention import Sight, left_out, look_at, withheld
from zsync.render.attention_blocks import TITLE as LOOK_AT
from zsync.render.attention_blocks import html_looks
from zsync.render.drift import WORDS, crm_side, restoring
from zsync.render.drift import headline as headline_of
from zsync.render.escape import link, markup
from zsync.render.groups import NAME
from zsync.render.guarding import headline
from zsync.render.html_page import Alert, PageParts, Tile, html_page
from zsync.render.html_rows import plan_rows, report_rows
from zsync.render.next_steps import next_steps
from zsync.render.outcomes import stopped
from zsync.render.settings import ADVICE, TIGHTENS, alerts, tightened
from zsync.render.verdicts import advice, said
from zsync.render.words import (
    RUNES,
    compared,
    count,
    cut,
    drifted,
    duration,
    expense,
    host,
    nothing_to_do,
    org,
    partial,
    sends,
    tokens,
)

# Above the table, for reading. The plan's file has all of it.
_MESSAGE = 1000
_SHOWN = 40


def render_plan(plan: Plan) -> str:
    """The plan as a page. 50,000 changes and more are fine."""
    summary = plan.summary
    numbers = {"delete": summary.delete, "update": summary.update, "create": summary.create}
    told = ", ".join(f"{number:,} to {action}" for action, number in numbers.items() if number)
    left = withheld(plan)
    tiles = [Tile(action, number, f"to {action}") for action, number in numbers.items()]
    page = PageParts(
        subject="zsync plan",
        headline=" · ".join(
            filter(
                None, (told + drifted(plan) if told else nothing_to_do(plan).split(":")[0].rstrip("."), left)
            )
        ),
        where=_where(plan),
        tiles=(*tiles, Tile("unchanged", summary.unchanged, "unchanged")),
        alerts=(
            *_looks(plan, look_at(plan)),
            *_changed(plan.settings),
            *_partial(plan),
            *_refusals(plan),
            *_overrides(plan.overrides),
            *_deletions(plan),
        ),
        steps=(),  # what follows a plan depends on who may approve it
        facts=(
            ("Cost of an apply", expense(plan.cost)),
            *((TIGHTENS, line) for line in tightened(plan.settings)),
            *_facts(plan),
        ),
        kinds=tuple(RUNES),
        rows=plan_rows(plan),
    )
    return html_page(page)


def render_drift(drift: Drift) -> str:
    """Drift as a page, in the CRM's direction."""
    side = crm_side(drift)
    numbers = Counter(change.action for change in side.changes)
    command, what = restoring(drift)
    page = PageParts(
        subject="zsync drift",
        headline=headline_of(drift),
        where=_where(side),
        tiles=(
            *(Tile(action, numbers[action], f"{word} in the CRM") for action, word in WORDS.items()),
            Tile("unchanged", side.summary.unchanged, "as agreed"),
        ),
        alerts=(*_looks(side, look_at(side)), *_refusals(drift.plan)),
        steps=(f"<code>{markup(command)}</code> restores Git's values: {markup(what)}",) if command else (),
        facts=_facts(drift.plan),
        kinds=tuple(WORDS),
        rows=plan_rows(side)._replace(words=WORDS),
    )
    return html_page(page)


def render_report(report: Report) -> str:
    """What became of a plan, as a page. Rows that were not applied come first, with the CRM's answers."""
    numbers = Counter(outcome.status for outcome in report.outcomes)
    overrides = dict.fromkeys((*report.plan.overrides, *report.overrides))
    calls = f"{count(report.writes, 'request')} · {count(report.reads, 'read')} · {duration(report.seconds)}"
    steps = [
        f'<span class="badge {step.status}">{step.status}</span> <code>{markup(step.command)}</code> '
        f"{markup(step.reason)}"
        for step in next_steps(report)
    ]
    page = PageParts(
        subject="zsync report",
        headline=" · ".join(filter(None, (_outcomes(report, numbers), withheld(report.plan)))),
        where=_where(report.plan),
        tiles=_tiles(numbers),
        alerts=(*_stopped(report), *_looks(report.plan, left_out(report.plan)), *_overrides(overrides)),
        steps=tuple(steps),
        facts=(
            ("Run", report.run),
            ("Took", calls),
            *told(report.approval),
            *_facts(report.plan),
        ),
        kinds=(*DONE, *OPEN),
        rows=report_rows(report),
        ran_at=link(report.approval.address),
    )
    return html_page(page)


def _tiles(numbers: Counter[Status]) -> tuple[Tile, ...]:
    """What was applied, and what else became of changes. If all were applied, the two worst show their zeros."""
    others = [status for status in ("unchanged", *OPEN) if numbers[status]]
    return tuple(Tile(status, numbers[status], status) for status in ("applied", *(others or OPEN[:2])))


def _stopped(report: Report) -> tuple[Alert, ...]:
    if not report.stopped:
        return ()
    return (Alert("danger", "The run was stopped", (markup(cut(stopped(report.stopped), _MESSAGE)),)),)


def _outcomes(report: Report, numbers: Counter[Status]) -> str:
    if not report.outcomes:
        return "Nothing to apply"
    if numbers["applied"] == len(report.outcomes):
        return f"All applied ({count(len(report.outcomes), 'change')})"
    others = [f"{numbers[status]:,} {status}" for status in (*OPEN, "unchanged") if numbers[status]]
    return ", ".join([*others, f"{numbers['applied']:,} applied"])


def _looks(plan: Plan, looks: Sequence[Sight]) -> tuple[Alert, ...]:
    lines = html_looks(plan, looks)
    return (Alert("warning", LOOK_AT, lines),) if lines else ()


def _partial(plan: Plan) -> tuple[Alert, ...]:
    return (
        (Alert("warning", "A partial plan", (markup(cut(partial(plan), _MESSAGE)),)),)
        if partial(plan)
        else ()
    )


def _refusals(plan: Plan) -> tuple[Alert, ...]:
    if not plan.refusals:
        return ()
    lines = [_verdict(plan, verdict) for verdict in plan.refusals[:_SHOWN]]
    if left := plan.refusals[_SHOWN:]:
        lines.append(f"… and {len(left):,} more")
    return (Alert("danger", headline(plan), tuple(lines)),)


def _verdict(plan: Plan, verdict: Verdict) -> str:
    texts = (verdict.guard, said(plan, verdict), advice(verdict))
    guard, told, help_ = (markup(cut(text, _MESSAGE)) for text in texts)
    at = f" <code>{markup(str(verdict.span))}</code>" if verdict.span else ""
    return f"<strong>{guard}</strong>{at}: {told}. {help_}"


def _changed(settings: tuple[Setting, ...]) -> tuple[Alert, ...]:
    return tuple(Alert("warning", title, (*map(markup, lines), ADVICE)) for title, lines in alerts(settings))


def _overrides(overrides: Iterable[Override]) -> tuple[Alert, ...]:
    lines = tuple(
        f"<strong>{markup(cut(override.told, NAME))}</strong>, because: {markup(cut(override.reason, _MESSAGE))}"
        for override in overrides
    )
    return (Alert("warning", "Overridden guards", lines),) if lines else ()


def _deletions(plan: Plan) -> tuple[Alert, ...]:
    gone = plan.summary.delete
    if not gone:
        return ()
    records = "The two records stay." if gone == 1 else "The records themselves stay."
    return (Alert("warning", f"{count(gone, 'relation')} will be deleted", (records,)),)


def _where(plan: Plan) -> str:
    binding = plan.binding
    told = (
        binding.environment,
        org(binding),
        host(binding.api_domain),
        tokens(binding),
        compared(plan),
        sends(binding),
    )
    return " · ".join(cut(part, NAME) for part in told if part)


def _facts(plan: Plan) -> tuple[tuple[str, str], ...]:
    binding = plan.binding
    facts = (
        ("Plan", plan.digest),
        ("Content", plan.content),
        ("Commit", binding.git_commit),
        ("Made", binding.created_at),
        ("Valid until", binding.expires_at),
        ("Manifests", binding.manifests),
        ("Configuration", " ".join(binding.configuration or ())),
        ("Made with", f"zsync {binding.zsync}" if binding.zsync else ""),
    )
    return tuple((name, cut(text, NAME)) for name, text in facts)
