"""`zsync fmt`: manifests in their canonical form. Opens no socket."""

import difflib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from zsync.cli.redaction import redact_option, redacted_text
from zsync.cli.terminal import colour_option, result, show_diagnostics, talk

if TYPE_CHECKING:
    from zsync.manifest.fmt import Formatted


@click.command(
    epilog="Exit codes: 0 all is canonical now, 4 something to fix (an error in a file, "
    "or a file that --check would change), 64 wrong usage."
)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH]...")
@click.option("--check", is_flag=True, help="Write nothing; name the files that are not canonical.")
@click.option("--diff", is_flag=True, help="Write nothing; show what would change.")
@redact_option
@colour_option
def fmt(paths: tuple[Path, ...], check: bool, diff: bool) -> int:
    """Rewrite manifests in their canonical form.

    PATH is a manifest or a folder of them; default: relations. One row a line, ids in quotes, keys in one order;
    comments and the order of rows stay, and so does what is said. zsync.yaml is left alone.

    Prints the names of the files that changed. A file with errors stays as it is, and its errors are shown; the
    others are rewritten. Opens no connection.
    """
    from zsync.cli import session
    from zsync.manifest.fmt import format_files, write
    from zsync.render.escape import terminal

    where = session.manifest_paths(paths)
    kinds = session.open_session(where, None).config.kinds
    files = changed = wrong = 0
    for file in format_files(where, kinds=kinds):
        files += 1
        if file.diagnostics:
            wrong += 1
            show_diagnostics(file.diagnostics)
        elif file.changes:
            changed += 1
            if not (check or diff):
                write(file)
            result(redacted_text("".join(_diff(file))) if diff else terminal(file.name) + "\n")
    dry = check or diff
    talk(_sentence(files, changed, wrong, dry=dry))
    return 4 if wrong or (changed and dry) else 0


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
