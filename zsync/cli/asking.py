"""What a person is asked for on the way to a token, and what they are shown."""

import os
import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from zsync.cli.invocation import Invocation


def ask(variable: str, what: str, *, hidden: bool) -> str:
    """The variable's value, else what a person types. Raises `UsageError` where there is neither."""
    from zsync.errors import UsageError

    if variable and (value := os.environ.get(variable)):
        return value
    if not sys.stdin.isatty():
        way = f"Set ${variable}." if variable else "Give it on stdin: `zsync login --code -`."
        raise UsageError(f"there is no terminal to ask at for: {what}", help=way)
    return str(click.prompt(what, hide_input=hidden, err=True))


def show_scopes(call: "Invocation", accounts_url: str) -> None:
    """Show on stderr where to generate a code, and the scopes to paste there: each on one line, however long, to be copied."""
    from zsync.doctor.org import READING, SCOPES

    call.output.talk(
        f"At {console(accounts_url)}, open your Self Client (Zoho allows one a user;\n"
        "it makes both tokens), and generate a code with one of these scopes:\n\n"
        f"To read (plan, drift):\n{','.join(READING)}\n\n"
        f"To read and write (apply, resume, undo):\n{','.join(SCOPES)}\n"
    )


def console(accounts_url: str) -> str:
    """Zoho's API console in the data centre of an accounts server."""
    from zsync.hosts import centre_of

    known = centre_of(accounts_url)
    return known.accounts_url.replace("//accounts.", "//api-console.") if known else "Zoho's API console"


def able(scopes: frozenset[str]) -> str:
    """What a token can do, as far as Zoho says."""
    from zsync.doctor.org import READING, SCOPES, granted

    if not scopes:
        return "Zoho does not say what this token may do. Set the variables, then: zsync doctor"
    missing = [scope for scope in SCOPES if not granted(scope, scopes)]
    if lacking := [scope for scope in missing if scope in READING]:
        return (
            f"warning: this token lacks {', '.join(lacking)}, and cannot plan. Log in again, with a code for\n"
            f"{','.join(READING)}"
        )
    if missing:
        return "This token reads and cannot write: use it to plan. Next: zsync doctor"
    return "This token reads and writes: keep it where only apply runs. Next: zsync doctor"
