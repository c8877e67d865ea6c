"""What to do about rows that were not applied."""

from collections.abc import Sequence
from typing import NamedTuple

from zsync import codes
from zsync.model import Outcome, Report, Status
from zsync.render.outcomes import is_code

_AGAIN: dict[Status, str] = {
    "held": "changed in the CRM since the plan was made, so left alone: plan again and review",
    "unknown": "what became of it is not known: plan again, it reads what the CRM holds now",
    "unsent": "never sent: plan again, then apply",
}


class NextStep(NamedTuple):
    """The command for all rows of a status, and what to do."""

    status: Status
    command: str
    reason: str


def next_steps(report: Report) -> list[NextStep]:
    """What to do next, worst first. Empty if everything was applied."""
    steps = [_refused(code, index) for code, index in _reasons(report.outcomes)]
    # A plan compares with what the CRM holds now, so it is the next step after anything but a refusal.
    steps += [NextStep(status, "zsync plan", why) for status, why in _AGAIN.items() if report.count(status)]
    return steps


def _refused(code: str, index: int | None) -> NextStep:
    """What a plan that meets this refusal says as well."""
    if code in codes.CODES:
        return NextStep("refused", f"zsync explain {code}", codes.advice(code, index))
    why = f"zsync does not know {code}: look it up in Zoho's documentation, then plan again"
    return NextStep("refused", "zsync plan", why)


def _reasons(outcomes: Sequence[Outcome]) -> list[tuple[str, int | None]]:
    """The codes of refused rows, each with the parts of the path that it is about, if that alters what to do."""
    found = {
        (outcome.code, outcome.index if outcome.code == "INVALID_DATA" else None)
        for outcome in outcomes
        # People paste the command into a shell: only what looks like a code of Zoho's may become part of it.
        if outcome.status == "refused" and is_code(outcome.code)
    }
    return sorted(found, key=lambda reason: (reason[0], -1 if reason[1] is None else reason[1]))
