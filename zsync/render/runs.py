"""A run in a line: when it was, who stood behind it, what it was to do, and what became of that."""

from zsync.model import Run
from zsync.render.outcomes import moment
from zsync.render.words import cut

_PARENTS, _NAME = 2, 40
"""How many parents a run is listed with, and the most characters of a name."""


def run_line(run: Run, again: str) -> str:
    """The line of a run in a list; `again` is how `zsync resume` is told which one is meant. Not escaped yet."""
    counts = ", ".join(
        f"{count} {status}"
        for status in ("applied", "unchanged", "refused", "held", "unknown", "unsent")
        if (count := sum(outcome.status == status for outcome in run.outcomes.values()))
    )
    summary = run.plan.summary
    told = (
        run.id,
        moment(run.started_at),
        run.plan.binding.environment or run.plan.binding.org_id,
        f"+{summary.create:,} ~{summary.update:,} -{summary.delete:,}",
        _parents(run),
        f"{_who(run)}{counts or 'nothing known'}",
        "" if run.complete else f"→ zsync resume {again}",
    )
    return "  ".join(filter(None, told))


def _parents(run: Run) -> str:
    """The parents of its changes: the first ones by name, the others counted."""
    labels = dict.fromkeys(change.record_label or change.record_id for change in run.plan.changes)
    shown, more = [*labels][:_PARENTS], len(labels) - _PARENTS
    return ", ".join(cut(label, _NAME) for label in shown) + (f" and {more:,} more" if more > 0 else "")


def _who(run: Run) -> str:
    known, people = run.approval, []
    if known.started_by:
        people.append(f"by {cut(known.started_by, _NAME)}")
    if known.approved_by:
        people.append(f"approved by {cut(', '.join(known.approved_by), _NAME)}")
    return f"{', '.join(people)}: " if people else ""
