"""`--format NAME[=FILE]`: one result in several forms."""

import functools
import os
import re
import shlex
import sys
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

import click

from zsync.cli.redaction import redact_option, redacted, redacted_diagnostics, redacts
from zsync.cli.terminal import coloured, result, show_diagnostics
from zsync.errors import InputError, UsageError
from zsync.files.writing import check_target, write_file
from zsync.model import Diagnostic, Plan, Report

Formats = Sequence[tuple[str, Path | None]]
"""What `--format` asked for, in that order: a format's name, and its file unless it goes to stdout."""

NAMES = ("text", "json", "markdown", "html", "github", "junit")
DIAGNOSTICS = ("text", "json", "markdown", "github", "junit")
NAMES_OF_REASONS = ("text", "markdown", "github", "junit")
"""Formats that say why there is no plan. A program that reads `json` finds a plan or nothing; the page is of a plan, too."""

_FULL, _DONE, _WARNINGS = "zsync.full", "zsync.written", "zsync.warnings"
# What has no meaning inside of a link of Markdown.
_ADDRESS = re.compile(r"https?://[A-Za-z0-9._~:/?#@!$&*+,;=%-]+")

report_option = click.option(
    "--report", type=click.Path(path_type=Path), metavar="FILE", help="Save what became of each change."
)

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
    )(redact_option(_telling(command, NAMES_OF_REASONS)))
    return _named(NAMES)(full)


def diagnostics_format_option(command: Decorated) -> Decorated:
    """`--format` and `--redact`, for commands whose result is what there is to fix."""
    return _named(DIAGNOSTICS)(redact_option(_telling(command, DIAGNOSTICS)))


def _named(names: Sequence[str]) -> Callable[[Decorated], Decorated]:
    return click.option(
        "--format",
        "formats",
        multiple=True,
        metavar="NAME[=FILE]",
        callback=functools.partial(_parse, names),
        help=f"One of {', '.join(names)}; with =FILE into a file, and as often as you like. Default: text.",
    )


def _telling(command: Decorated, names: Sequence[str]) -> Decorated:
    """Where wrong input ends the command, say why in those of its formats that can."""

    @functools.wraps(command)
    def telling(*args: Any, formats: Formats, **kwargs: Any) -> Any:
        try:
            return command(*args, formats=formats, **kwargs)
        except InputError as error:
            done = click.get_current_context().meta.get(_DONE, ())
            left = [one for one in formats if one[0] in names and one not in done]
            write_diagnostics(error.diagnostics, left)
            raise

    return telling  # type: ignore[return-value]


def write(value: Plan | Report, formats: Formats) -> None:
    """Print a plan or report in the formats asked for, or put it into their files."""
    for name, path in formats:
        if path is None:
            result(render(value, name, color=coloured(sys.stdout)))
        else:
            save(path, render(value, name))
    click.get_current_context().meta[_DONE] = formats


def warn(warnings: Sequence[Diagnostic]) -> None:
    """Show warnings, and keep them for the formats in which a plan has a place for them (markdown, github)."""
    if warnings:
        show_diagnostics(warnings)
        meta = click.get_current_context().meta
        meta[_WARNINGS] = (*meta.get(_WARNINGS, ()), *warnings)


def write_diagnostics(diagnostics: Sequence[Diagnostic], formats: Formats, files: Sequence[str] = ()) -> None:
    """Put what is to be fixed into the formats asked for; as text it is at the terminal already, unless a file is named.

    `files` are those that were looked at, for `junit`.
    """
    from zsync.manifest import with_excerpts
    from zsync.render import DIAGNOSTICS as MODULES

    found = with_excerpts(diagnostics)
    subject = f"zsync {click.get_current_context().info_name}"
    options: dict[str, dict[str, Any]] = {
        "markdown": {"subject": subject, "link": _link()},
        "github": {"subject": subject},
        "junit": {"subject": subject, "files": files},
    }
    for name, path in formats:
        module = import_module(MODULES[name])
        text = str(module.render_diagnostics(redacted_diagnostics(found, name), **options.get(name, {})))
        if path:
            save(path, text)
        elif name != "text":
            result(text)


def save(path: Path, text: str) -> None:
    """Write a file whole or not at all, for its owner alone. Raises `InputError` where its place does not take it."""
    write_file(path, text)


def check_places(paths: Iterable[Path | None]) -> None:
    """Raises `InputError` where a file could not be written: better now than after the work."""
    for path in paths:
        if path is not None:
            check_target(path)


def is_plan(paths: tuple[Path, ...]) -> bool:
    """One file that is JSON by name or by its first byte: a plan. Manifests are YAML mappings or folders."""
    if len(paths) != 1 or paths[0].is_dir() or paths[0].suffix in (".yaml", ".yml"):
        return False
    if paths[0].suffix == ".json" or not paths[0].is_file():
        return True
    with paths[0].open("rb") as file:
        return file.read(1) == b"{"


def _parse(
    names: Sequence[str], ctx: click.Context, param: click.Parameter, values: Sequence[str]
) -> Formats:
    parsed: list[tuple[str, Path | None]] = []
    for value in values or ("text",):
        name, _, path = value.partition("=")
        if name not in names:
            raise click.BadParameter(
                f"{name!r} is not one of {', '.join(map(repr, names))}.", ctx=ctx, param=param
            )
        parsed.append((name, Path(path) if path else None))
    check_places(path for _, path in parsed)
    if sum(path is None for _, path in parsed) > 1:
        raise UsageError("two formats cannot both go to stdout", help="Give one of them a file: NAME=FILE.")
    if any(name == "markdown" for name, _ in parsed):
        _link()
    return tuple(parsed)


def _link() -> str:
    """Where CI keeps the files of a run: an address for a link, or empty. Raises `UsageError` for what is none."""
    address = os.environ.get("ZSYNC_ARTIFACT_URL", "")
    if address and not _ADDRESS.fullmatch(address):
        raise UsageError(
            "ZSYNC_ARTIFACT_URL is no address of a page", help="Write https://…, or unset the variable."
        )
    return address


def _full() -> bool:
    ctx = click.get_current_context(silent=True)
    return bool(ctx and ctx.meta.get(_FULL))


def _of_plan(name: str) -> dict[str, Any]:
    if name == "text":
        return {"more": _command_for_all()}
    ctx = click.get_current_context(silent=True)
    if ctx is None or name not in ("markdown", "github"):
        return {}
    return {"warnings": redacted_diagnostics(ctx.meta.get(_WARNINGS, ()), name)}


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
    if name == "markdown":
        options["link"] = _link()
    if isinstance(value, Plan):
        options |= _of_plan(name)
    rendering = module.render_plan if isinstance(value, Plan) else module.render_report
    text = str(rendering(value, **options))
    return redacted_json(text) if masked and name == "json" else text
