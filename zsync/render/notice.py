"""What a chat channel hears about a command: totals, where, and a link. No record is named, masked or not.

Names from outside (of an environment, of a run) are made inert before they enter a sentence.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Literal, NamedTuple

from zsync.errors import (
    EXITS,
    AccessDenied,
    CrmUnreachable,
    GuardRefused,
    InputError,
    RequestRefused,
    ZsyncError,
)
from zsync.model import OPEN, Action, Binding, Drift, Plan, Report
from zsync.render.attention import withheld
from zsync.render.drift import headline as drift_headline
from zsync.render.escape import chat
from zsync.render.outcomes import is_code
from zsync.render.words import count, cut

Tone = Literal["good", "warning", "attention"]

_NAME = 80
_CODES = 10
_DONE: dict[Action, str] = {"delete": "deleted", "update": "updated", "create": "created"}
_STOPS = {3: "a wave was not applied whole", 5: "all runs are frozen", 130: "interrupted"}
_BEFORE_ANY_WRITE = (5, 6, 7)
"""Exit codes with which an apply ends before it sends anything."""


class Notice(NamedTuple):
    """A message: a sentence, lines that say more, `facts` for finding the run, and a link or ''.

    All texts are inert in any chat. `link` is an http(s) address of printable ASCII.
    """

    headline: str
    lines: tuple[str, ...]
    facts: tuple[str, ...]
    link: str
    tone: Tone


def of_report(report: Report, link: str = "") -> Notice:
    """What became of a plan: `zsync applied 12 of 14 changes in production: 1 refused, 1 held`."""
    applied, every = report.count("applied"), len(report.outcomes)
    others = [f"{number:,} {status}" for status in (*OPEN, "unchanged") if (number := report.count(status))]
    many = count(every, "change") if applied == every else f"{applied:,} of {count(every, 'change')}"
    headline = f"zsync applied {many}{_in(report.plan.binding)}"
    tone: Tone = "good" if report.exit_code == 0 else "warning" if report.exit_code == 3 else "attention"
    return Notice(
        headline + (f": {', '.join(others)}" if others else ""),
        tuple(_report_lines(report)),
        (*_facts(report.plan.binding), *([f"run {_name(report.run)}"] if report.run else [])),
        link,
        tone,
    )


def of_drift(plan: Plan, link: str = "") -> Notice:
    """What changed in the CRM alone: `production drifted: 40 changes that no manifest made`."""
    summary = plan.summary
    where = _name(plan.binding.environment) or "The CRM"
    lines = [f"In the CRM: {drift_headline(Drift(plan))}. zsync drift shows them."]
    if plan.refusals:
        lines.append(
            f"Guards would refuse to restore Git's values: {_list(verdict.guard for verdict in plan.refusals)}."
        )
    headline = f"{where} drifted: {count(summary.changes, 'change')} that no manifest made"
    return Notice(headline, tuple(lines), _facts(plan.binding), link, "warning")


def of_failure(
    command: str, error: Exception, plan: Plan | None = None, environment: str = "", link: str = ""
) -> Notice:
    """That a command ended without a result. Only the kind of error is told: its text may quote what the CRM holds."""
    binding = plan.binding if plan else None
    # Any other exception is a bug, which ends a command with 1.
    code = error.exit_code if isinstance(error, ZsyncError) else 1
    lines = [f"Exit code {code}. The command's own output says more, zsync explain {code} what it means."]
    if command != "drift" and code in _BEFORE_ANY_WRITE:
        lines.insert(0, "Nothing was written.")
    where = _in(binding) if binding else f" in {_name(environment)}" if environment else ""
    what = f"could not look for drift{where}" if command == "drift" else f"{command} failed{where}"
    return Notice(
        f"zsync {what}: {_cause(error)}", tuple(lines), _facts(binding) if binding else (), link, "attention"
    )


def _report_lines(report: Report) -> list[str]:
    pairs = zip(report.plan.changes, report.outcomes, strict=True)
    done = Counter(change.action for change, outcome in pairs if outcome.status == "applied")
    told = ", ".join(f"{done[action]:,} {word}" for action, word in _DONE.items() if done[action])
    lines = [told] if told else []
    refused = Counter(_code(outcome.code) for outcome in report.outcomes if outcome.status == "refused")
    if refused:
        reasons = ", ".join(f"{code} ({number:,})" for code, number in refused.most_common(_CODES))
        lines.append(f"The CRM's reasons: {reasons}{', …' if len(refused) > _CODES else ''}")
    if report.stopped:
        code = report.stopped.exit_code
        lines.append(f"It was stopped early: {_STOPS.get(code) or EXITS.get(code, EXITS[1])}.")
    if left := withheld(report.plan):
        lines.append(f"{left}. zsync plan shows what each waits for.")
    if report.overrides or report.plan.overrides:
        names = (override.told for override in (*report.plan.overrides, *report.overrides))
        lines.append(f"Guards were set aside: {_list(names)}.")
    return lines


def _cause(error: Exception) -> str:
    """Why, in zsync's own words."""
    # Only messages that are zsync's own are quoted; a message of the CRM's may name a person in a public channel.
    if isinstance(error, GuardRefused):
        return chat(cut(str(error).replace(": ", " - "), 3 * _NAME))
    if isinstance(error, RequestRefused):
        what = EXITS[8] if isinstance(error, AccessDenied) else "the CRM refused a request"
        return f"{what} ({_code(error.code)})"
    if isinstance(error, CrmUnreachable):
        return "the CRM cannot be reached"
    if isinstance(error, InputError):
        codes = _list(diagnostic.code for diagnostic in error.diagnostics if diagnostic.severity == "error")
        return f"{error} ({codes})"
    if isinstance(error, ZsyncError):
        return EXITS.get(error.exit_code, EXITS[1])
    return f"a bug in zsync ({_name(type(error).__name__)})"


def _facts(binding: Binding) -> tuple[str, ...]:
    kind = f" ({_name(binding.org_type)})" if binding.org_type else ""
    facts = (
        f"org {_name(binding.org_id)}{kind}" if binding.org_id else "",
        f"commit {_name(binding.git_commit[:12])}" if binding.git_commit else "",
    )
    return tuple(fact for fact in facts if fact)


def _in(binding: Binding) -> str:
    name = _name(binding.environment or binding.org_id)
    return f" in {'' if binding.environment else 'org '}{name}" if name else ""


def _name(text: str) -> str:
    return chat(cut(text, _NAME))


def _list(names: Iterable[str]) -> str:
    return ", ".join(_name(name) for name in dict.fromkeys(names))


def _code(code: str) -> str:
    """Zoho's code. Anything that does not look like a code is not repeated."""
    return code if is_code(code) else "no code"
