"""`zsync pull`: manifests from what the CRM holds. Reads the CRM only."""

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from zsync.cli.command import Section, command
from zsync.cli.completing import proposed
from zsync.cli.invocation import Invocation
from zsync.cli.options import ENVIRONMENT, EVERYWHERE, MAX_READS
from zsync.errors import UsageError

if TYPE_CHECKING:
    from zsync.pulling.files import Pulled
    from zsync.pulling.found import PulledRows

_WHAT = click.Argument(["what"], metavar="MODULE[/NAME]", shell_complete=proposed("parents"))
_LISTS = click.Argument(["lists"], nargs=-1, metavar="[LIST]...")
_ALL = click.Option(["--all", "every"], is_flag=True, help="all records of MODULE")
_WHERE = click.Option(
    ["--where"], metavar="COQL", help="the records for which this holds, such as \"Status = 'Active'\""
)
_KEYS = click.Option(
    ["--keys"],
    type=click.Choice(["natural", "id"]),
    default="natural",
    metavar="HOW",
    help="natural: rows by Email, Product_Code or name where that is unique; id: no address and no person's name in the files "
    "[natural]",
)
_ROWS = click.Option(
    ["--rows"],
    type=click.IntRange(0),
    metavar="N",
    help="a new list of more rows goes into a CSV file beside its manifest [500]",
)
_TO = click.Option(
    ["--to"], type=click.Choice(["csv"]), metavar="csv", help="put the rows of every new list into a CSV file"
)
_OVERWRITE = click.Option(
    ["--overwrite"],
    is_flag=True,
    help="take the CRM's rows also where a file has changes that are not committed",
)
_DRY = click.Option(["--dry-run"], is_flag=True, help="write nothing; show what would change")


@command(
    _WHAT,
    _LISTS,
    Section("What to pull", (_ALL, _WHERE, ENVIRONMENT, MAX_READS)),
    Section("How to write it", (_KEYS, _ROWS, _TO, _OVERWRITE, _DRY)),
    EVERYWHERE,
    exits={
        0: "written, or as before",
        1: "CRM unreachable",
        4: "fix a file, or no such record",
        5: "--max-reads, or credit_reserve",
        8: "access",
        64: "usage",
    },
    online=True,
)
def pull(
    call: Invocation,
    what: str,
    lists: tuple[str, ...],
    *,
    every: bool,
    where: str | None,
    keys: str,
    rows: int | None,
    to: str | None,
    overwrite: bool,
    dry_run: bool,
) -> int:
    """Write manifests from the CRM; reads the CRM only.

    Each record of MODULE that is asked for gets a file, named after it. NAME is its name, key or id: Campaigns/"Spring Launch",
    Leads/ana@acme.example. LIST is a related list, by default each that zsync can write. Where files have these lists already,
    only rows that differ change.
    """
    from zsync.cli import session as sessions
    from zsync.cli.pulled import make, refuse_uncommitted
    from zsync.pulling.asked import ROWS, AskedPull
    from zsync.pulling.writing import write_files

    module, name = _target(what, every=every, where=where)
    most = ROWS if rows is None else rows
    asked = AskedPull(module, name, where or "", lists, keys == "id", most, to == "csv")
    session = sessions.open_session(call, sessions.default_paths())
    found, pulled = make(call, session, asked)
    if not dry_run:
        if not overwrite:
            refuse_uncommitted(pulled.amended)
        write_files(pulled)
    _tell(call, found, pulled, dry=dry_run)
    call.output.show(pulled.by_hand)
    return 4 if pulled.by_hand else 0


def _target(what: str, *, every: bool, where: str | None) -> tuple[str, str]:
    """The module and the name that were asked for. Raises `UsageError` unless it is clear which records are meant."""
    from zsync.kinds import module_name

    module, _, name = what.partition("/")
    ways = [bool(name.strip()), every, where is not None]
    if sum(ways) != 1 or not module.strip() or (where is not None and not where.strip()):
        raise UsageError(
            "it is not clear which records to pull"
            if sum(ways) > 1
            else f"nothing says which records of {module or 'which module'} to pull",
            help=f"Write one of: zsync pull {module or 'Campaigns'}/NAME, zsync pull {module or 'Campaigns'} --all, "
            f"zsync pull {module or 'Campaigns'} --where COQL.",
        )
    return module_name(module.strip()), name.strip()


def _tell(call: Invocation, found: "PulledRows", pulled: "Pulled", *, dry: bool) -> None:
    from zsync.cli.pull_lines import lines, settled, summary
    from zsync.render.escape import terminal

    output = call.output
    if dry:
        output.result(output.redaction.text("".join(_differences(call, pulled))))
    for line in lines(pulled, dry=dry):
        output.result(output.redaction.text(f"{terminal(line)}\n"))
    following = "Nothing was written." if dry else "Next: zsync plan"
    if settled(pulled) and not dry:
        following += ", which finds no changes"
    output.talk(f"{summary(found.reads)} {following}")


def _differences(call: Invocation, pulled: "Pulled") -> Iterator[str]:
    from zsync.cli.diffs import unified

    color = call.output.terminal.colours(sys.stdout)
    for new in pulled.files:
        yield from unified(b"", new.after, new.path.as_posix(), new=True, color=color)
    for file in pulled.amended:
        yield from unified(file.before, file.after, file.name, color=color)
