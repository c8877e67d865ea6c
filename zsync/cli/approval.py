"""Before anything is written: do the guards let the plan pass, is it meant, and is this the environment?"""

import sys
from typing import TYPE_CHECKING

import click

from zsync.errors import UsageError

if TYPE_CHECKING:
    from zsync.cli.invocation import Invocation
    from zsync.cli.session import Session
    from zsync.model import Plan
    from zsync.model.verdicts import Override


def refuse_marked(made: "Plan") -> None:
    """Raises `GuardRefused` where guards stand against a plan that was made just now, and is shown."""
    from zsync.guards.evaluation import refusal

    if made.refusals:
        raise refusal(made.refusals)


def check_guards(
    call: "Invocation", made: "Plan", session: "Session", overrides: "tuple[Override, ...]"
) -> None:
    """Ask the guards in force again, now, and those of the plan's base. Reads the credits that are left where one asks for them.

    Raises `PlanRefused` where the plan was made under other guards, `GuardRefused` where one stands against it, having
    shown why, and `UsageError` for an override of a guard that is not in force.
    """
    from dataclasses import replace

    from zsync.cli import session as sessions
    from zsync.guards.evaluation import check_binding, check_overrides, refusal, standing

    guards = session.guards()
    check_overrides(overrides, guards)
    check_binding(made, guards)
    if any(override.selector and override not in made.overrides for override in overrides):
        raise UsageError(
            "conflicts are decided when a plan is made, and this one is made already",
            help='Plan again: zsync plan --override "conflicts=SELECTOR" --reason WHY --out FILE',
        )
    if not made.changes and not made.withheld:
        return
    # Again, though the plan has verdicts: credits and freezes depend on the moment, and the file may be days old.
    left = _credits_left(session) if "credits" in guards.names else None
    found = standing(made, guards, sessions.now(), left, overrides)
    if found:
        _show_refusal(call, replace(made, verdicts=found, overrides=()))
        raise refusal(found)


def agreed(call: "Invocation", made: "Plan", session: "Session", *, auto_approve: bool) -> bool:
    """Show a plan that was made just now, and ask whether to carry it out."""
    show_plan(call, made)
    refuse_marked(made)
    if not made.summary.changes:
        return True
    confirm_environment(call, session)
    return auto_approve or approved(call, made)


def check_asking(digest: str | None, *, auto_approve: bool) -> None:
    """Raises `UsageError` where a plan that is made just now could not be approved."""
    if digest is not None:
        raise UsageError(
            "--digest is for a saved plan", help="Name the plan's file: `zsync apply FILE --digest D`."
        )
    if not auto_approve and not sys.stdin.isatty():
        raise UsageError(
            "there is no terminal to ask at, and --auto-approve was not given",
            help="Add --auto-approve, or review a plan first: `zsync plan --out FILE`, then `zsync apply FILE`.",
        )


def confirm_environment(call: "Invocation", session: "Session") -> None:
    """A protected environment wants its name: typed at the terminal, or given with --confirm.

    So does one that was protected at the plan's base, whatever the branch says.
    """
    if not session.protected:
        return
    from zsync.config import same_name

    name, confirm = session.environment.name, call.confirm
    if confirm is None and sys.stdin.isatty():
        confirm = click.prompt(
            f"{name} is protected. Type its name to go on", err=True, default="", show_default=False
        )
    if confirm is None or not same_name(confirm, name):
        raise UsageError(
            f"the environment {name!r} is protected, and its name was not "
            + ("given" if confirm is None else f"{confirm!r}"),
            help=f"Add --confirm {name}.",
        )


def show_plan(call: "Invocation", made: "Plan") -> None:
    """The plan before the question, or before it is carried out at once: in full, for what is approved has been shown.

    It stands on stderr where stdout is for a report that a program reads.
    """
    output = call.output
    if output.formats.for_program:
        output.talk(output.render(made, "text", full=True).rstrip("\n"))
    else:
        color = output.terminal.colours(sys.stdout)
        output.result(output.render(made, "text", color=color, full=True))


def approved(call: "Invocation", made: "Plan") -> bool:
    """Ask at the terminal whether to carry a plan out. Raises `UsageError` where the plan could not be shown."""
    if call.output.terminal.lost:
        raise UsageError(
            f"the plan could not be shown: {' and '.join(sorted(call.output.terminal.lost))} cannot be written",
            help="Look at it first: `zsync plan --out FILE`, then `zsync apply FILE`.",
        )
    count = made.summary.changes
    question = f"\nApply {'this change' if count == 1 else f'these {count} changes'}?"
    call.answered = click.confirm(question, err=True)
    return call.answered


def _credits_left(session: "Session") -> int | None:
    """What Zoho says with the answer to a small question; None where it does not say."""
    from zsync.cli import session as sessions
    from zsync.crm import connect_reader

    connection = session.connection()

    async def ask() -> int | None:
        async with connect_reader(connection) as reader:
            await reader.org()
            return reader.credits_left

    return sessions.run(ask())


def _show_refusal(call: "Invocation", refused: "Plan") -> None:
    """What the guards saw, on stderr: masked where the plan itself would be."""
    from zsync.render.guarding import headline, text_verdicts

    shown = call.output.redaction.plan(refused, "text")
    head = call.output.terminal.styled(headline(shown), sys.stderr, fg="red", bold=True)
    call.output.talk("\n".join([head, *text_verdicts(shown)]))
