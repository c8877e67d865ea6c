"""What guards say about a plan, and which were overridden: prominent in every format for people."""

from collections.abc import Iterable, Iterator

from zsync.model import Plan
from zsync.model.verdicts import Override, Verdict
from zsync.render.escape import markdown, terminal
from zsync.render.verdicts import advice, said
from zsync.render.words import count, cut

_SHOWN = 40
_LONG = 300


def headline(plan: Plan) -> str:
    """`REFUSED by 2 guards: max_deletes, min_size`; empty if no guard refuses the plan."""
    names = list(dict.fromkeys(verdict.guard for verdict in plan.refusals))
    return f"REFUSED by {count(len(names), 'guard')}: {', '.join(names)}" if names else ""


def text_verdicts(plan: Plan) -> Iterator[str]:
    """For each verdict that stands, a line, and below it one with its place and what to do. Escaped, for a terminal."""
    for verdict in plan.refusals[:_SHOWN]:
        yield f"  {terminal(verdict.guard)}: {terminal(said(plan, verdict))}"
        at = f"{verdict.span}: " if verdict.span else ""
        yield f"      {terminal(at + advice(verdict))}"
    if len(plan.refusals) > _SHOWN:
        yield f"  … and {len(plan.refusals) - _SHOWN:,} more"


def text_overrides(overrides: Iterable[Override]) -> Iterator[str]:
    """A line for each guard that was overridden. Escaped, for a terminal."""
    for override in overrides:
        yield f"OVERRIDDEN: {terminal(override.told)}, because: {terminal(override.reason)}"


def markdown_block(plan: Plan) -> str:
    """Verdicts and overrides as alerts in GitHub's Markdown, each after an empty line. Empty if there are none."""
    block = ""
    if head := headline(plan):
        lines = [
            f"> - {markdown(verdict.guard)}: {_marked(plan, verdict)}" for verdict in plan.refusals[:_SHOWN]
        ]
        more = len(plan.refusals) - _SHOWN
        lines += [f"> - … and {more:,} more"] if more > 0 else []
        block = "\n\n> [!CAUTION]\n> " + "\n".join([f"**{_plain(head)}**", ">", *lines])
    return block + markdown_overrides(plan.overrides)


def markdown_overrides(overrides: Iterable[Override]) -> str:
    """The guards that were overridden, as an alert after an empty line. Empty if there are none."""
    lines = [
        f"> **Overridden:** {markdown(cut(override.told, _LONG))}, because: {markdown(cut(override.reason, _LONG))}"
        for override in overrides
    ]
    return "\n\n> [!WARNING]\n" + "\n>\n".join(lines) if lines else ""


def _marked(plan: Plan, verdict: Verdict) -> str:
    at = f" ({markdown(str(verdict.span))})" if verdict.span else ""
    return f"{markdown(cut(said(plan, verdict), _LONG))}{at}. {markdown(cut(advice(verdict), _LONG))}"


def _plain(head: str) -> str:
    # The names of guards are zsync's own, but a plan file may be forged.
    return "".join(char if char.isalnum() or char in " _,:" else "?" for char in head)
