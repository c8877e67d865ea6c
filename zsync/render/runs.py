"""Runs in a list: when each was, where, what it was to do, what became of that, and who stood behind it. Not escaped yet."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from zsync.model import DONE, Run
from zsync.render.columns import columns, head
from zsync.render.outcomes import moment

_PARENTS, _NAME, _WIDE = 2, 30, 80
"""How many parents a run is listed with, and the most columns of a name and of a line."""

_NUMBER = re.compile(r"/(?:runs|pipelines|jobs)/([0-9]{1,20})(?:/|\Z)")
"""The number of a run of CI in its address."""

_LEFT = ("refused", "held", "unknown", "unsent")
"""How a change can end that is not as it was planned."""


class ListedRun(NamedTuple):
    """A run, how people call it, and how `zsync resume` is told which one is meant."""

    run: Run
    name: str
    again: str


def run_lines(listed: Sequence[ListedRun]) -> list[tuple[str, ...]]:
    """The lines of each run; the columns of all are lined up."""
    cells = [_cells(each) for each in listed]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return [
        (
            "  ".join(
                # Counts are lined up at the right: their digits then stand below one another.
                f"{cell:>{width}}" if at in _COUNTS else f"{cell:<{width}}"
                for at, (cell, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip(),
            *_below(each),
        )
        for each, row in zip(listed, cells, strict=True)
    ]


_COUNTS = (3, 4, 5)


def _cells(each: ListedRun) -> tuple[str, ...]:
    run, summary = each.run, each.run.plan.summary
    binding = run.plan.binding
    return (
        moment(run.started_at),
        each.name,
        binding.environment or binding.org_id,
        f"-{summary.delete:,}",
        f"~{summary.update:,}",
        f"+{summary.create:,}",
        _ended(run),
    )


def _ended(run: Run) -> str:
    """`all applied`, `1 refused, 1 held`, `STOPPED after 3 of 9`."""
    total = len(run.plan.changes)
    counted = {status: sum(each.status == status for each in run.outcomes.values()) for status in _LEFT}
    if not run.complete:
        settled = len(run.outcomes) - counted["unknown"] - counted["unsent"]
        rest = [
            f"{counted[status]:,} {status}" for status in ("refused", "held", "unknown") if counted[status]
        ]
        return ", ".join([f"STOPPED after {settled:,} of {total:,}", *rest])
    told = [f"{number:,} {status}" for status, number in counted.items() if number]
    done = sum(each.status in DONE for each in run.outcomes.values())
    unchanged = sum(each.status == "unchanged" for each in run.outcomes.values())
    if not told and unchanged:
        told = (
            [f"{unchanged:,} unchanged", f"{done - unchanged:,} applied"]
            if done > unchanged
            else ["all unchanged"]
        )
    return ", ".join(told) or "all applied"


def _below(each: ListedRun) -> tuple[str, ...]:
    """Who, which parents, and how to go on."""
    again = "" if each.run.complete else f"finish it: zsync resume {each.again}"
    lines: list[str] = []
    for part in filter(None, (*_who(each.run), _parents(each.run), again)):
        longer = f"{lines[-1]} · {part}" if lines else ""
        if lines and columns(longer) <= _WIDE:
            lines[-1] = longer
        else:
            lines.append(f"  {part}")
    return tuple(lines)


def _parents(run: Run) -> str:
    """The parents of its changes: the first ones by name, the others counted."""
    labels = dict.fromkeys(change.record_label or change.record_id for change in run.plan.changes)
    shown, more = [*labels][:_PARENTS], len(labels) - _PARENTS
    return ", ".join(map(_short, shown)) + (f" and {more:,} more" if more > 0 else "")


def _short(label: str) -> str:
    return label if columns(label) <= _NAME else f"{head(label, _NAME - 1)}…"


def _who(run: Run) -> tuple[str, str]:
    """`CI run 845 by ana` and `approved by bo`, as far as it is known."""
    known = run.approval
    found = _NUMBER.search(known.address)
    ci = f"CI run {found[1]}" if found else ""
    by = _short(known.started_by)
    told = f"{ci} by {by}" if ci and by else ci or by
    return told, f"approved by {_short(', '.join(known.approved_by))}" if known.approved_by else ""
