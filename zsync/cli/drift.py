"""`zsync drift`: what the CRM changed and Git did not. Reads only."""

from pathlib import Path

import click

from zsync.cli.approval import refuse_marked
from zsync.cli.command import Section, command
from zsync.cli.disk import check_places
from zsync.cli.invocation import Invocation
from zsync.cli.options import (
    BASE,
    ENVIRONMENT,
    EVERYWHERE,
    FILE,
    FORMAT,
    FULL,
    MAX_READS,
    NOTIFY,
    ONLY,
    OPEN,
    PATHS,
)
from zsync.cli.plan import make
from zsync.model import Drift

_OUT = click.Option(["--out"], type=FILE, metavar="FILE", help="save the plan that restores Git's values")


@command(
    PATHS,
    Section("What to compare", (ENVIRONMENT, ONLY, BASE, OPEN, MAX_READS)),
    Section("What to keep and print", (_OUT, FORMAT, FULL, NOTIFY)),
    EVERYWHERE,
    exits={
        0: "no drift",
        1: "CRM unreachable",
        2: "drift",
        4: "fix a file",
        5: "a guard refuses to restore Git's values, or --max-reads",
        8: "access",
        64: "usage",
    },
    online=True,
)
def drift(call: Invocation, paths: tuple[Path, ...], *, only: tuple[str, ...], out: Path | None) -> int:
    """Show what the CRM changed and Git did not, in the CRM's direction; reads only.

    PATH is a manifest or a folder of them. Default: relations. The CRM is compared with the base commit alone: what your
    files change since then is no drift. Lists of campaigns and price books are read whole: rows that the CRM added are seen.
    """
    check_places([out])
    _check(only)
    made, _ = make(call, paths, ("drift", *only), base_alone=True)
    call.output.deliver(Drift(made), to=out)
    refuse_marked(made)
    return 2 if made.summary.changes else 0


def _check(only: tuple[str, ...]) -> None:
    """Raises `UsageError` for another origin: this command shows no other."""
    from zsync.errors import UsageError
    from zsync.model.selectors import selectors

    for origin in selectors(only).origins:
        if origin != "drift":
            raise UsageError(
                f"zsync drift shows drift alone, and --only {origin} asks for another origin",
                help=f"For that: `zsync plan --only {origin}`.",
            )
