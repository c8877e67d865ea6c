"""Commands that open no socket: validate, show, explain, schema."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from zsync.cli.formats import Formats, diagnostics_format_option, format_option, write, write_diagnostics
from zsync.cli.terminal import colour_option, result, show_diagnostics

if TYPE_CHECKING:
    from zsync.model import Manifests

_PATHS = click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH]...")


@click.command(epilog="Exit codes: 0 all is well, 4 something to fix (listed), 64 wrong usage.")
@_PATHS
@diagnostics_format_option
@colour_option
def validate(paths: tuple[Path, ...], formats: Formats) -> None:
    """Check manifests offline: all problems of all files in one run.

    PATH is a manifest or a folder of them; default: relations. Opens no connection. Problems are shown on stderr; json is
    a list of them, and github marks their lines in a pull request.
    """
    from zsync.cli import session

    where = session.manifest_paths(paths)
    manifests = session.load_manifests(where, session.open_session(where, None))
    if manifests.warnings:
        show_diagnostics(manifests.warnings)
    write_diagnostics(manifests.warnings, formats, manifests.files)
    if ("text", None) in formats:
        result(_sound(manifests))


def _sound(manifests: "Manifests") -> str:
    rows = sum(len(one.records) + len(one.absent) for one in manifests.lists)
    files, lists = len(manifests.files), len(manifests.lists)
    return (
        f"{files} file{'s' if files != 1 else ''}, {lists} related list{'s' if lists != 1 else ''}, "
        f"{rows} row{'s' if rows != 1 else ''}: nothing to fix.\n"
    )


@click.command(
    epilog="Exit codes: 0 shown, 4 the file cannot be read, 6 it is no plan or was altered, 64 wrong usage."
)
@click.argument("file", type=click.Path(path_type=Path))
@format_option
@colour_option
def show(file: Path, formats: Formats) -> None:
    """Print a saved plan or report in any format.

    What a plan shows is what `zsync apply FILE` sends.
    """
    from zsync.files.plan import REPORT_FORMAT, file_format, load_plan, load_report

    text = read_file(file)
    write(load_report(text) if file_format(text) == REPORT_FORMAT else load_plan(text), formats)


@click.command(epilog="Exit codes: 0 explained, 64 nothing is known of CODE.")
@click.argument("code")
def explain(code: str) -> None:
    """Tell what an error code means and what to do.

    CODE is Zoho's (INVALID_DATA), a diagnostic's (unknown-key), a guard (max_deletes), an exit code (4), a variable
    (ZSYNC_REDACT), or `kinds` for the supported relations.
    """
    from zsync.explain import pages

    result(pages.page(code) + "\n")


@click.command(epilog="Exit codes: 0 printed, 64 wrong usage.")
@click.argument("name", type=click.Choice(["manifest", "config", "plan", "report", "snapshot"]))
def schema(name: str) -> None:
    """Print the JSON Schema of one kind of file.

    That is manifests, zsync.yaml (config), plans, reports or snapshots. The schemas are the ones in the repository's folder schemas/, for editors and other programs.
    """
    import json

    from zsync import config, manifest
    from zsync.files import schema as plan_schema
    from zsync.files import snapshot

    made = {
        "manifest": manifest.manifest_schema,
        "config": config.config_schema,
        "plan": plan_schema.plan_schema,
        "report": plan_schema.report_schema,
        "snapshot": snapshot.snapshot_schema,
    }
    result(json.dumps(made[name](), indent=2, ensure_ascii=False) + "\n")


def read_file(path: Path, advice: str = "Make a plan first: `zsync plan --out FILE`.") -> str:
    """The text of a plan, report or snapshot file. Raises `InputError` where it cannot be read."""
    from zsync.bounds import SAVED
    from zsync.errors import InputError
    from zsync.files.reading import read_bytes
    from zsync.model import Diagnostic

    try:
        return read_bytes(path, SAVED).decode("utf-8")
    except OSError as error:
        why = error.strerror or "it cannot be read"
    except UnicodeDecodeError:
        why = "it is not UTF-8 text"
    raise InputError((Diagnostic("cannot-read", f"{path}: {why}", help=advice),))
