"""`zsync explain`: any word that zsync prints. Opens no socket."""

import click

from zsync.cli.command import command
from zsync.cli.completing import proposed
from zsync.cli.invocation import Invocation


@command(
    click.Argument(["code"], shell_complete=proposed("words")),
    exits={0: "explained", 64: "nothing is known about CODE"},
)
def explain(call: Invocation, code: str) -> None:
    """Tell what RECORD_LOCKED or any other word means, and how to fix it.

    CODE is Zoho's (INVALID_DATA), a diagnostic's (unknown-key), a guard (max_deletes), an exit code (4, or `exit` for all), a
    variable (ZSYNC_REDACT), or `kinds` for the supported relations.
    """
    from zsync.explain import pages

    call.output.result(pages.page(code) + "\n")
