"""`zsync pull`: manifests from what the CRM holds. Reads the CRM only."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from zsync.cli.command import Section, command
from zsync.cli.invocation import Invocation
from zsync.cli.options import ENVIRONMENT, EVERYWHERE
from zsync.cli.terminal import Progress
from zsync.errors import UsageError

if TYPE_CHECKING:
    from zsync.cli.session import Session
    from zsync.edit.edits import Amended
    from zsync.model import ManagedList
    from zsync.pulling.asked import AskedPull, Ways
    from zsync.pulling.files import Pulled
    from zsync.pulling.found import PulledRows

_WHAT = click.Argument(["what"], metavar="MODULE[/NAME]")
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
    Section("What to pull", (_ALL, _WHERE, ENVIRONMENT)),
    Section("How to write it", (_KEYS, _ROWS, _TO, _OVERWRITE, _DRY)),
    EVERYWHERE,
    exits={
        0: "written, or as before",
        1: "CRM unreachable",
        4: "fix a file, or no such record",
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
    from zsync.pulling.asked import ROWS, AskedPull
    from zsync.pulling.writing import write_files

    module, name = _target(what, every=every, where=where)
    most = ROWS if rows is None else rows
    asked = AskedPull(module, name, where or "", lists, keys == "id", most, to == "csv")
    session = sessions.open_session(call, sessions.default_paths())
    found, pulled = make(call, session, asked)
    if not dry_run:
        if not overwrite:
            _refuse_uncommitted(pulled.amended)
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


def make(call: Invocation, session: "Session", asked: "AskedPull") -> "tuple[PulledRows, Pulled]":
    """What the CRM holds beside what the files say, and the files that a pull would write. Nothing is written yet.

    What is to be warned of is shown. Raises `InputError` for what is wrong in the files, or cannot be found or written.
    """
    from zsync.cli import session as sessions
    from zsync.cli.ground import ground
    from zsync.manifest.whole import load_whole
    from zsync.pulling.asked import Ways
    from zsync.pulling.checking import check_meaning
    from zsync.pulling.files import make_files

    environment, where = session.environment, ground(session, ())
    whole = load_whole(where.paths, where.folders, where.around, kinds=session.config.kinds)
    kinds, tree = session.config.kinds, where.folders[-1]
    ways = Ways(session.expected(), tree, kinds, environment.values, environment.told)
    lists = whole.manifests.lists
    found = sessions.run(_read(call, session, asked, ways, lists))
    _learn(call, found)
    call.output.warn(found.warnings)
    for note in found.notes:
        call.output.tell(f"Left out: {note}")
    pulled = make_files(found, asked, ways, whole.contents, lists)
    check_meaning(pulled, kinds)
    return found, pulled


def _learn(call: Invocation, found: "PulledRows") -> None:
    """Take in what is personal in the rows, to be masked wherever it is shown: in keys, in comments, in names of files."""
    redaction = call.output.redaction
    if not redaction.masks("text"):
        return
    from zsync.crm.keys import key_text
    from zsync.pulling.naming import slug

    for each in found.lists:
        parents = [each.rows.parent.known]
        rows = ({name: key_text(row[name]) for name in row if name != "id"} for row in each.rows.rows)
        for record in (*parents, *rows):
            personal = [text for name, text in record.items() if text and redaction.personal(name)]
            redaction.know([*personal, *filter(None, map(slug, personal))])


async def _read(
    call: Invocation, session: "Session", asked: "AskedPull", ways: "Ways", lists: "tuple[ManagedList, ...]"
) -> "PulledRows":
    from zsync.crm import connect_reader
    from zsync.pulling.found import find

    progress = Progress("Reading lists")

    def starting(parents: int, count: int) -> None:
        if parents > 1:
            call.output.talk(
                f"Reading {count:,} lists of {parents:,} records: at least {count:,} API credits"
            )

    async with connect_reader(session.connection()) as reader:
        found = await find(reader, asked, ways, lists, starting, progress)
    progress.close()
    return found


def _refuse_uncommitted(files: "Sequence[Amended]") -> None:
    """Raise `InputError` where a row would change or go in a file whose text Git does not have: nobody could get it back."""
    from zsync import git
    from zsync.edit.edits import RemoveRow, SetFields
    from zsync.errors import InputError
    from zsync.model import Diagnostic, sentence

    root = git.repository(Path.cwd())
    rows = {file.name: sum(isinstance(edit, SetFields | RemoveRow) for edit in file.edits) for file in files}
    if root is None or not git.installed() or not any(rows.values()):
        return
    head = git.commit(root)
    tree = git.tree(root, head) if head else None
    wrong = []
    for file in files:
        # Git may keep a file with other line ends than the disk has.
        texts = (file.before, file.before.replace(b"\r\n", b"\n"))
        if not rows[file.name] or (tree and any(tree.same(Path(file.name), each) for each in texts)):
            continue
        count = f"{rows[file.name]:,} row{'s' if rows[file.name] != 1 else ''}"
        says = f"{file.name} has changes that are not committed, and {count} of it would take the CRM's values or go"
        advice = "Commit it first, so that you can compare: git diff. Or give it up: --overwrite. Nothing was written."
        wrong.append(Diagnostic("uncommitted", sentence(says), help=sentence(advice)))
    if wrong:
        raise InputError(tuple(wrong))


def _tell(call: Invocation, found: "PulledRows", pulled: "Pulled", *, dry: bool) -> None:
    from zsync.cli.pulled import lines, settled, summary
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
