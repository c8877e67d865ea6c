"""`zsync fmt`: manifests in their canonical form. Opens no socket."""

import difflib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from zsync.cli.formats import Formats, diagnostics_format_option, write_diagnostics
from zsync.cli.redaction import redacted_text
from zsync.cli.terminal import colour_option, result, show_diagnostics, talk

if TYPE_CHECKING:
    from zsync.edit.fmt import Formatted
    from zsync.model import Diagnostic


@click.command(
    epilog="Exit codes: 0 all is canonical now, 4 something to fix (an error in a file, "
    "or a file that --check would change), 64 wrong usage."
)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH]...")
@click.option("--check", is_flag=True, help="Write nothing; name the files that are not canonical.")
@click.option("--diff", is_flag=True, help="Write nothing; show what would change.")
@diagnostics_format_option
@colour_option
def fmt(paths: tuple[Path, ...], check: bool, diff: bool, formats: Formats) -> int:
    """Rewrite manifests in their canonical form.

    PATH is a manifest or a folder of them; default: relations. One row a line, ids in quotes, keys in one order;
    comments and the order of rows stay, and so does what is said. zsync.yaml is left alone.

    Prints the names of the files that changed. A file with errors stays as it is, and its errors are shown; the
    others are rewritten. Opens no connection. Formats other than text say what is to be fixed: errors and, with --check,
    where each file that is not canonical first differs.
    """
    from zsync.cli import session
    from zsync.edit.fmt import format_files

    where = session.manifest_paths(paths)
    kinds = session.open_session(where, None).config.kinds
    dry, told = check or diff, ("text", None) in formats
    seen = [_one(file, dry=dry, diff=diff, told=told) for file in format_files(where, kinds=kinds)]
    write_diagnostics([found for one in seen for found in one.found], formats, [one.name for one in seen])
    changed, wrong = sum(one.changed for one in seen), sum(one.wrong for one in seen)
    talk(_sentence(len(seen), changed, wrong, dry=dry))
    return 4 if wrong or (changed and dry) else 0


class _Seen(NamedTuple):
    """What was to be said of a file, and what for."""

    name: str
    found: "tuple[Diagnostic, ...]" = ()
    changed: bool = False
    wrong: bool = False


def _one(file: "Formatted", *, dry: bool, diff: bool, told: bool) -> _Seen:
    """Write a file, unless this is a dry run, and print its name, or its difference, if text is wanted."""
    from zsync.edit.fmt import difference, write
    from zsync.render.escape import terminal

    if file.diagnostics:
        show_diagnostics(file.diagnostics)
        return _Seen(file.name, file.diagnostics, wrong=True)
    if not file.changes:
        return _Seen(file.name)
    if not dry:
        write(file)
    if told:
        result(redacted_text("".join(_diff(file))) if diff else terminal(file.name) + "\n")
    return _Seen(file.name, (difference(file),) if dry else (), changed=True)


def _sentence(files: int, changed: int, wrong: int, *, dry: bool) -> str:
    verb = "would be rewritten: run `zsync fmt`" if dry else "rewritten"
    parts = [f"{changed} of {files} file{'s' if files != 1 else ''} {verb}" if changed else ""]
    parts.append(f"{wrong} with errors left as {'it is' if wrong == 1 else 'they are'}" if wrong else "")
    said = "; ".join(part for part in parts if part)
    whole = f"{files} file{'s' if files != 1 else ''}, all canonical"
    return f"{said or whole}."


def _diff(file: "Formatted") -> Iterator[str]:
    """A unified diff. What cannot be seen, such as the line ends of Windows, comes out as an escape."""
    from zsync.render.escape import terminal

    before, after = (
        io.StringIO(text.decode(), newline="\n").readlines() for text in (file.before, file.after)
    )
    for line in difflib.unified_diff(before, after, file.name, file.name):
        ended = "" if line.endswith("\n") else "\\ No newline at end of file\n"
        yield f"{terminal(line.removesuffix(chr(10)))}\n{ended}"
