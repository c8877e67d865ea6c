"""`zsync accept`: what the CRM holds, taken into the files. Reads the CRM, and writes manifests and sheets alone."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from zsync.cli.command import Section, command
from zsync.cli.completing import proposed
from zsync.cli.invocation import Invocation
from zsync.cli.options import BASE, ENVIRONMENT, EVERYWHERE, FILE, FULL, MAX_READS, OPEN

if TYPE_CHECKING:
    from zsync.cli.moved import Moved
    from zsync.edit.accepting import Accepted
    from zsync.model import Change
    from zsync.render.accepting import Acceptance

_SELECTORS = click.Argument(
    ["selectors"], nargs=-1, metavar="[PATH | SELECTOR]...", shell_complete=proposed("lists", files=True)
)
_UNMANAGED = click.Option(
    ["--unmanaged"], is_flag=True, help="take in rows that no manifest names, of lists without prune as well"
)
_INTERACTIVE = click.Option(["-i", "--interactive"], is_flag=True, help="ask row by row, conflicts included")
_NO_BASE = click.Option(
    ["--no-base"],
    is_flag=True,
    help="compare with no commit: take every difference, what you changed as well",
)
_DRY = click.Option(["--dry-run"], is_flag=True, help="write nothing; show the difference of each file")

_INTO = click.Option(
    ["--into"], type=FILE, metavar="FOLDER", help="write the changed files there; yours stay as they are"
)


@command(
    _SELECTORS,
    Section("What to take", (ENVIRONMENT, _UNMANAGED, _INTERACTIVE, BASE, _NO_BASE, OPEN, MAX_READS)),
    Section("What to write and print", (_DRY, _INTO, FULL)),
    EVERYWHERE,
    exits={
        0: "written, or nothing to take",
        1: "CRM unreachable",
        4: "fix a file; a row that its file cannot say, or a file that changed meanwhile",
        5: "--max-reads",
        8: "access",
        64: "usage",
        130: "not approved or interrupted: nothing was written",
    },
    online=True,
)
def accept(
    call: Invocation,
    selectors: tuple[str, ...],
    *,
    unmanaged: bool,
    interactive: bool,
    dry_run: bool,
    into: Path | None,
) -> int:
    """Write what the CRM holds into your files, where the row stands; never to the CRM.

    Drift is taken, all of it or what is asked for: PATH is a manifest or a folder of them, SELECTOR a pattern "module/parent/list/record", one of these names, or
    a sheet, as for --only. Conflicts are left, unless a SELECTOR is the word conflict. One row is one changed line. A row that the CRM removed goes, with the
    comment that belongs to it; one that it added comes in, in the order of the keys, where its list has prune.
    """
    from zsync.cli.moved import find_moved

    paths, selectors = _sorted_out(selectors)
    _check(selectors, interactive=interactive)
    moved = find_moved(call, paths, selectors, unmanaged=unmanaged)
    # What is personal in the plan is known from here on, to be masked in all that follows.
    call.output.redaction.plan(moved.plan, "text")
    rows = moved.asked(selectors, interactive=interactive)
    if interactive:
        from zsync.cli.deciding import decide_rows

        decisions = decide_rows(call, moved, rows)
        return _agreed(call, moved.accepted(decisions.taken), str(decisions), into, dry_run=dry_run)
    taken = moved.accepted(rows)
    shown = _shown(moved, taken, rows)
    return _written(call, taken, shown, into, dry_run=dry_run)


def _sorted_out(given: tuple[str, ...]) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    """The manifests and folders that are named, and the selectors; a sheet is a selector, for no manifest is in it."""
    paths = [
        each
        for each in given
        if Path(each).is_dir() or (Path(each).suffix in (".yaml", ".yml") and Path(each).is_file())
    ]
    return tuple(map(Path, paths)), tuple(each for each in given if each not in paths)


def _check(selectors: tuple[str, ...], *, interactive: bool) -> None:
    """Raises `UsageError` for what is no row of the CRM's, or where nobody could be asked."""
    from zsync.errors import UsageError
    from zsync.model.selectors import selectors as sorted_out

    for origin in sorted_out(selectors).origins:
        if origin not in ("drift", "conflict"):
            raise UsageError(
                f"zsync accept takes what the CRM moved, and {origin} asks for what it did not",
                help="The words are drift and conflict; without one, all drift is taken.",
            )
    if interactive and not sys.stdin.isatty():
        raise UsageError(
            "there is no terminal to ask at",
            help="Leave out -i: `zsync accept` takes all drift, `zsync accept conflict` the CRM's side of conflicts.",
        )


def _shown(moved: "Moved", taken: "Accepted", rows: "Sequence[Change]") -> "Acceptance":
    from zsync.render.accepting import Acceptance

    return Acceptance(
        moved.plan,
        taken.changes,
        taken.left,
        *_size(taken),
        sum(row.origin == "conflict" for row in moved.rows if row not in rows),
        moved.unread,
    )


def _size(taken: "Accepted") -> tuple[int, int]:
    """How many lines of how many files change."""
    from zsync.edit.replacing import lines_of

    files = taken.amendment.files
    return sum(map(lines_of, files)), len(files)


def _written(
    call: Invocation, taken: "Accepted", shown: "Acceptance", into: Path | None, *, dry_run: bool
) -> int:
    """Show what is taken, or with `dry_run` the difference alone, and write the files."""
    from zsync.edit.replacing import check_replaceable
    from zsync.render.accepting import render_accepted

    output, files = call.output, taken.amendment.files
    if dry_run:
        check_replaceable(files)
        output.result(_differences(call, taken))
        _tell_left(call, taken)
        output.talk("Nothing was written." if files else "Nothing to take.")
        return 4 if taken.left else 0
    check_replaceable(files)
    color = output.terminal.colours(sys.stdout)
    masked = _masked(call, shown)
    output.result(
        render_accepted(masked, environment=call.asked_environment or "", color=color, full=output.full)
    )
    _put(call, taken, into, _names(taken))
    return 4 if taken.left else 0


def _put(call: Invocation, taken: "Accepted", into: Path | None, what: str) -> None:
    """Write the files, in their places or into another folder, and say so."""
    from zsync.edit.replacing import replace_files, write_apart

    files = taken.amendment.files
    if into:
        write_apart(files, into)
    else:
        replace_files(files)
    if files:
        where, then = (f" in {into}", "") if into else ("", " Next: git diff, then zsync plan")
        call.output.talk(f"Wrote {what}{where}.{then}")


def _agreed(call: Invocation, taken: "Accepted", decided: str, into: Path | None, *, dry_run: bool) -> int:
    """Ask once more before the files are written whose rows were decided on."""
    from zsync.render.words import count

    output, files = call.output, taken.amendment.files
    _tell_left(call, taken)
    if not files:
        output.talk("Nothing to write.")
        return 4 if taken.left else 0
    lines = _size(taken)[0]
    output.talk(f"{decided}: {_names(taken)}, {count(lines, 'line')} {'changes' if lines == 1 else 'change'}")
    if dry_run:
        output.result(_differences(call, taken))
        output.talk("Nothing was written.")
        return 4 if taken.left else 0
    if not click.confirm("Write?", default=True, err=True):
        output.talk("Nothing was written.")
        return 130
    _put(call, taken, into, count(len(files), "file"))
    return 4 if taken.left else 0


def _masked(call: Invocation, shown: "Acceptance") -> "Acceptance":
    """What is shown, with rows as `zsync plan` would show them."""
    from dataclasses import replace

    plan = replace(
        shown.plan, changes=shown.taken, withheld=(), unmanaged=tuple(row for row, _ in shown.left)
    )
    masked = call.output.redaction.plan(plan, "text")
    left = tuple(
        (row, call.output.redaction.text(why))
        for row, (_, why) in zip(masked.unmanaged, shown.left, strict=True)
    )
    return shown._replace(plan=masked, taken=masked.changes, left=left)


def _tell_left(call: Invocation, taken: "Accepted") -> None:
    """Say which rows are left because their files cannot say what the CRM holds."""
    from zsync.render.escape import terminal

    for change, why in taken.left:
        place = f"{change.place}: " if change.place else ""
        call.output.tell(terminal(f"left as it is: {place}{why}"))


def _names(taken: "Accepted") -> str:
    from zsync.render.escape import terminal

    return terminal(", ".join(file.name for file in taken.amendment.files))


def _differences(call: Invocation, taken: "Accepted") -> str:
    from zsync.cli.diffs import unified

    color = call.output.terminal.colours(sys.stdout)
    files = taken.amendment.files
    lines = (line for file in files for line in unified(file.before, file.after, file.name, color=color))
    return call.output.redaction.text("".join(lines))
