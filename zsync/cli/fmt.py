"""`zsync fmt`: manifests in their canonical form. Opens no socket."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from zsync.cli.command import Section, command
from zsync.cli.invocation import Invocation
from zsync.cli.options import DIAGNOSTICS_FORMAT, EVERYWHERE, PATHS

if TYPE_CHECKING:
    from zsync.edit.fmt import Formatted
    from zsync.model import Diagnostic

_CHECK = click.Option(["--check"], is_flag=True, help="write nothing; name the files that are not canonical")
_DIFF = click.Option(["--diff"], is_flag=True, help="write nothing; show what would change")


@command(
    PATHS,
    Section("What to do", (_CHECK, _DIFF)),
    Section("What to print", (DIAGNOSTICS_FORMAT,)),
    EVERYWHERE,
    exits={
        0: "every file is canonical now",
        4: "fix a file (one with an error, or one that --check would change)",
        64: "usage",
    },
)
def fmt(call: Invocation, paths: tuple[Path, ...], *, check: bool, diff: bool) -> int:
    """Rewrite manifests in their canonical form.

    PATH is a manifest or a folder of them. Default: relations. One row a line, ids in quotes, keys in one order; comments, the
    order of rows and the meaning stay. zsync.yaml is left alone.

    Prints the names of the files that changed. A file with errors stays as it is, and its errors are shown; the others are
    rewritten. Formats other than text say what there is to fix: errors and, with --check, where each file that is not canonical
    first differs.
    """
    from zsync.cli import session as sessions
    from zsync.cli.kept_profiles import with_profiles
    from zsync.edit.fmt import format_files

    where = sessions.manifest_paths(paths)
    kinds = with_profiles(sessions.open_config(call, where)).kinds
    dry, told = check or diff, ("text", None) in call.output.formats.targets
    seen = [_handle(call, file, dry=dry, diff=diff, told=told) for file in format_files(where, kinds=kinds)]
    found = [diagnostic for file in seen for diagnostic in file.found]
    call.output.deliver_diagnostics(found, [file.name for file in seen])
    changed, wrong = sum(file.changed for file in seen), sum(file.wrong for file in seen)
    call.output.talk(_summary(len(seen), changed, wrong, dry=dry))
    return 4 if wrong or (changed and dry) else 0


class _Seen(NamedTuple):
    """A file, what there is to fix in it, and what became of it."""

    name: str
    found: "tuple[Diagnostic, ...]" = ()
    changed: bool = False
    wrong: bool = False


def _handle(call: Invocation, file: "Formatted", *, dry: bool, diff: bool, told: bool) -> _Seen:
    """Write a file, unless this is a dry run, and print its name, or its difference, if text is wanted."""
    from zsync.edit.fmt import difference, write
    from zsync.render.escape import terminal

    output = call.output
    if file.diagnostics:
        output.show(file.diagnostics)
        return _Seen(file.name, file.diagnostics, wrong=True)
    if not file.changes:
        return _Seen(file.name)
    if not dry:
        write(file)
    if told:
        output.result(
            output.redaction.text("".join(_diff(call, file))) if diff else terminal(file.name) + "\n"
        )
    return _Seen(file.name, (difference(file),) if dry else (), changed=True)


def _summary(files: int, changed: int, wrong: int, *, dry: bool) -> str:
    if not files:
        return "There is no manifest here."
    verb = "would be rewritten: run `zsync fmt`" if dry else "rewritten"
    parts = [f"{changed} of {files} file{'s' if files != 1 else ''} {verb}" if changed else ""]
    parts.append(f"{wrong} with errors left as {'it is' if wrong == 1 else 'they are'}" if wrong else "")
    said = "; ".join(part for part in parts if part)
    whole = f"{files} file{'s' if files != 1 else ''}, all canonical"
    return f"{said or whole}."


def _diff(call: Invocation, file: "Formatted") -> Iterator[str]:
    from zsync.cli.diffs import unified

    color = call.output.terminal.colours(sys.stdout)
    return unified(file.before, file.after, file.name, color=color)
