"""`--format NAME[=FILE]`: one result in several forms."""

import shlex
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from zsync.cli.redaction import redact_option, redacted, redacts
from zsync.cli.terminal import coloured, result
from zsync.errors import InputError, UsageError
from zsync.model import Diagnostic, Plan, Report

_FULL = "zsync.full"

NAMES = ("text", "json", "markdown", "html", "github", "junit")

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


def format_option(command: Decorated) -> Decorated:
    """`--format`, `--full` and `--redact`, for commands that print a plan or a report."""

    def keep(ctx: click.Context, _: click.Parameter, value: bool) -> None:
        ctx.meta[_FULL] = value

    full = click.option(
        "--full",
        is_flag=True,
        expose_value=False,
        callback=keep,
        help="Show each change in text, with its id and whole values; otherwise many alike are folded into one line. "
        "Other formats stay as they are.",
    )(redact_option(command))
    return click.option(
        "--format",
        "formats",
        multiple=True,
        metavar="NAME[=FILE]",
        callback=_parse,
        help=f"One of {', '.join(NAMES)}; with =FILE into a file, and as often as you like. Default: text.",
    )(full)


def write(value: Plan | Report, formats: Sequence[tuple[str, Path | None]]) -> None:
    """Print a plan or report in the formats asked for, or put it into their files."""
    for name, path in formats:
        if path is None:
            result(render(value, name, color=coloured(sys.stdout)))
        else:
            save(path, render(value, name))


def save(path: Path, text: str) -> None:
    """Write a file whole or not at all. Raises `InputError` where its folder does not take it."""
    check_places([path])
    # A pipe or a device is written into; a link leads to the file that is meant.
    target = path.resolve() if path.is_symlink() else path
    partial = target.with_name(f".{target.name}.partial")
    try:
        if target.exists() and not target.is_file():
            target.write_text(text, encoding="utf-8", newline="")
            return
        partial.write_text(text, encoding="utf-8", newline="")
        partial.replace(target)
    except OSError as error:
        raise _cannot_write(path, error.strerror or type(error).__name__) from None


def check_places(paths: Iterable[Path | None]) -> None:
    """Raises `InputError` where a file cannot be written for want of a folder: better now than after the work."""
    for path in paths:
        if path is not None and (not path.name or path.is_dir()):
            raise _cannot_write(path, "it is a folder")
        if path is not None and not path.parent.is_dir():
            raise _cannot_write(path, f"there is no folder {path.parent}")


def is_plan(paths: tuple[Path, ...]) -> bool:
    """One file that is JSON by name or by its first byte: a plan. Manifests are YAML mappings or folders."""
    if len(paths) != 1 or paths[0].is_dir() or paths[0].suffix in (".yaml", ".yml"):
        return False
    if paths[0].suffix == ".json" or not paths[0].exists():
        return True
    with paths[0].open("rb") as file:
        return file.read(1) == b"{"


def _cannot_write(path: Path, why: str) -> InputError:
    advice = "Make the folder, or choose another file."
    return InputError((Diagnostic("cannot-write", f"cannot write {path}: {why}", help=advice),))


def _parse(
    ctx: click.Context, param: click.Parameter, values: Sequence[str]
) -> tuple[tuple[str, Path | None], ...]:
    parsed = []
    for value in values or ("text",):
        name, _, path = value.partition("=")
        if name not in NAMES:
            raise click.BadParameter(
                f"{name!r} is not one of {', '.join(map(repr, NAMES))}.", ctx=ctx, param=param
            )
        parsed.append((name, Path(path) if path else None))
    check_places(path for _, path in parsed)
    if sum(path is None for _, path in parsed) > 1:
        raise UsageError("two formats cannot both go to stdout", help="Give one of them a file: NAME=FILE.")
    return tuple(parsed)


def _full() -> bool:
    ctx = click.get_current_context(silent=True)
    return bool(ctx and ctx.meta.get(_FULL))


def _command_for_all() -> str:
    """The command that shows what a concise text folds: of a file where the plan is in one, for that is the same plan."""
    ctx = click.get_current_context(silent=True)
    if ctx is None:
        return "--full"
    file = ctx.params.get("out") or ctx.params.get("file")
    return shlex.join(["zsync", "show", str(file), "--full"]) if file else f"zsync {ctx.info_name} --full"


def render(value: Plan | Report, name: str, *, color: bool = False, full: bool | None = None) -> str:
    """A plan or report in a format, personal data masked where it must be; masked JSON says so in its `format`.

    Text is as concise as `--full` leaves it, unless `full` says otherwise.
    """
    from zsync.redact import redacted_json
    from zsync.render import renderer

    masked = redacts(name)
    value = redacted(value) if masked else value
    module: Any = renderer(name)
    options: dict[str, Any] = {}
    if name == "text":
        options = {"color": color, "full": _full() if full is None else full}
    if name == "text" and isinstance(value, Plan):
        options["more"] = _command_for_all()
    rendering = module.render_plan if isinstance(value, Plan) else module.render_report
    text = str(rendering(value, **options))
    return redacted_json(text) if masked and name == "json" else text
