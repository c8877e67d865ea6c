"""What to do about rows that were not applied."""

from collections.abc import Sequence
from typing import NamedTuple

from zsync.model import Outcome, Report, Status
from zsync.render.outcomes import is_code

_AGAIN: dict[Status, str] = {
    "held": "changed in the CRM since the plan was made, so left alone: plan again and review",
    "unknown": "what became of it is not known: plan again, it reads what the CRM holds now",
    "unsent": "never sent: plan again, then apply",
}


class NextStep(NamedTuple):
    """The command for all rows of a status, and the reason."""

    status: Status
    command: str
    reason: str


def next_steps(report: Report) -> list[NextStep]:
    """What to do next, worst first. Empty if everything was applied."""
    steps = [
        NextStep("refused", f"zsync explain {code}", f"what {code} means and how to fix it")
        for code in _codes(report.outcomes)
    ]
    # A plan compares with what the CRM holds now, so it is the next step after anything but a refusal.
    steps += [NextStep(status, "zsync plan", why) for status, why in _AGAIN.items() if report.count(status)]
    return steps


def _codes(outcomes: Sequence[Outcome]) -> list[str]:
    # People paste the command into a shell: only what looks like a code of Zoho's may become part of it.
    codes = {outcome.code for outcome in outcomes if outcome.status == "refused"}
    return sorted(filter(is_code, codes))
