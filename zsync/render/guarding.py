"""What guards say of a plan, and which of them were set aside: loud, in every format for people."""

from collections.abc import Iterable, Iterator

from zsync.model import Plan
from zsync.model.verdicts import Override, Verdict
from zsync.render.escape import markdown, terminal
from zsync.render.verdicts import advice, said
from zsync.render.words import count, cut

_SHOWN = 40
_LONG = 300


def headline(plan: Plan) -> str:
    """`REFUSED by 2 guards: max_deletes, min_size`; empty where nothing stands against the plan."""
    names = list(dict.fromkeys(one.guard for one in plan.refusals))
    return f"REFUSED by {count(len(names), 'guard')}: {', '.join(names)}" if names else ""


def text_verdicts(plan: Plan) -> Iterator[str]:
    """One line a verdict that stands, and one below it with its place and what to do; escaped, for a terminal."""
    for one in plan.refusals[:_SHOWN]:
        yield f"  {terminal(one.guard)}: {terminal(said(plan, one))}"
        at = f"{one.span}: " if one.span else ""
        yield f"      {terminal(at + advice(one))}"
    if len(plan.refusals) > _SHOWN:
        yield f"  … and {len(plan.refusals) - _SHOWN:,} more"


def text_overrides(overrides: Iterable[Override]) -> Iterator[str]:
    """One line a guard that was set aside; escaped, for a terminal."""
    for one in overrides:
        yield f"OVERRIDDEN: {terminal(one.guard)}, because: {terminal(one.reason)}"


def markdown_block(plan: Plan) -> str:
    """Both as alerts of GitHub's Markdown, each with an empty line before it; empty where there is nothing to say."""
    block = ""
    if head := headline(plan):
        lines = [f"> - {markdown(one.guard)}: {_marked(plan, one)}" for one in plan.refusals[:_SHOWN]]
        more = len(plan.refusals) - _SHOWN
        lines += [f"> - … and {more:,} more"] if more > 0 else []
        block += "\n\n> [!CAUTION]\n> " + "\n".join([f"**{_plain(head)}**", ">", *lines])
    return block + markdown_overrides(plan.overrides)


def markdown_overrides(overrides: Iterable[Override]) -> str:
    """The guards that were set aside, as an alert with an empty line before it; empty where there is none."""
    lines = [
        f"> **Overridden:** {markdown(cut(one.guard, _LONG))}, because: {markdown(cut(one.reason, _LONG))}"
        for one in overrides
    ]
    return "\n\n> [!WARNING]\n" + "\n>\n".join(lines) if lines else ""


def _marked(plan: Plan, one: Verdict) -> str:
    at = f" ({markdown(str(one.span))})" if one.span else ""
    return f"{markdown(cut(said(plan, one), _LONG))}{at}. {markdown(cut(advice(one), _LONG))}"


def _plain(head: str) -> str:
    # Names of guards are zsync's own, unless a file was made by another hand.
    return "".join(char if char.isalnum() or char in " _,:" else "?" for char in head)
