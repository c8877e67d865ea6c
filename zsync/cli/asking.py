"""Questions before anything is written: is this plan meant, and is this the environment?"""

import sys
from typing import TYPE_CHECKING

import click

from zsync.cli.formats import Formats, render
from zsync.cli.guarding import refuse_marked
from zsync.cli.terminal import coloured, result, talk

if TYPE_CHECKING:
    from zsync.cli.session import Session
    from zsync.model import Plan


def agreed(
    made: "Plan", session: "Session", formats: Formats, confirm: str | None, *, auto_approve: bool
) -> bool:
    """Show a plan that was made just now, and ask whether to carry it out."""
    _show_plan(made, formats)
    refuse_marked(made)
    if not made.summary.changes:
        return True
    confirm_environment(session, confirm)
    return auto_approve or _approved(made)


def _show_plan(made: "Plan", formats: Formats) -> None:
    """The plan before the question, or before it is carried out at once: in full, for what is approved has been shown.

    It stands on stderr where stdout is for a report that a program reads.
    """
    if any(path is None and name != "text" for name, path in formats):
        talk(render(made, "text", full=True).rstrip("\n"))
    else:
        result(render(made, "text", color=coloured(sys.stdout), full=True))


def check_asking(digest: str | None, *, auto_approve: bool) -> None:
    """Raises `UsageError` where a plan that is made just now could not be approved."""
    from zsync.errors import UsageError

    if digest is not None:
        raise UsageError(
            "--digest is for a saved plan", help="Name the plan's file: `zsync apply FILE --digest D`."
        )

    if not auto_approve and not sys.stdin.isatty():
        raise UsageError(
            "there is no terminal to ask at, and --auto-approve was not given",
            help="Add --auto-approve, or review a plan first: `zsync plan --out FILE`, then `zsync apply FILE`.",
        )


def confirm_environment(session: "Session", confirm: str | None) -> None:
    """A protected environment wants its name: typed at the terminal, or given with --confirm."""
    from zsync.errors import UsageError

    if session.environment is None or not session.environment.protected:
        return
    if confirm is None and sys.stdin.isatty():
        confirm = click.prompt(
            f"{session.name} is protected. Type its name to go on", err=True, default="", show_default=False
        )
    if confirm != session.name:
        raise UsageError(
            f"the environment {session.name!r} is protected, and its name was not "
            + ("given" if confirm is None else f"{confirm!r}"),
            help=f"Add --confirm {session.name}.",
        )


def _approved(made: "Plan") -> bool:
    count = made.summary.changes
    return click.confirm(f"\nApply {'this change' if count == 1 else f'these {count} changes'}?", err=True)
