"""What to do about rows that an apply did not bring through."""

from collections.abc import Sequence
from typing import NamedTuple

from zsync.model import Outcome, Report, Status
from zsync.render.outcomes import is_code

_AGAIN: dict[Status, str] = {
    "held": "changed in the CRM since the plan was made, so left alone: plan again and review",
    "unknown": "the answer was lost: plan again, it reads what the CRM holds now",
    "unsent": "never sent: plan again, then apply",
}


class NextStep(NamedTuple):
    """One command for all rows of a status, and why."""

    status: Status
    command: str
    reason: str


def next_steps(report: Report) -> list[NextStep]:
    """What to do next, the worst first; empty where all was applied."""
    steps = [
        NextStep("refused", f"zsync explain {code}", "what the code means and how to mend it")
        for code in _codes(report.outcomes)
    ]
    steps += [NextStep(status, "zsync plan", why) for status, why in _AGAIN.items() if report.count(status)]
    return steps


def _codes(outcomes: Sequence[Outcome]) -> list[str]:
    # A person copies the command into a shell: only what looks like one of Zoho's codes may stand in it.
    codes = {outcome.code for outcome in outcomes if outcome.status == "refused"}
    return sorted(filter(is_code, codes))
