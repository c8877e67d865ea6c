"""What commands say at the terminal: results on stdout, talk on stderr, colour only where it is wanted."""

import os
import sys
from collections.abc import Callable, Sequence
from time import monotonic
from typing import IO, Any, TypeVar

import click

from zsync.cli.redaction import redacted_diagnostics
from zsync.errors import InputError, ZsyncError
from zsync.model import Diagnostic

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


def colour_option(command: Decorated) -> Decorated:
    """`--color`, for all commands that print. The choice is kept in click's context."""

    def keep(ctx: click.Context, _: click.Parameter, value: str) -> str:
        ctx.meta["zsync.color"] = value
        return value

    return click.option(
        "--color",
        type=click.Choice(["auto", "always", "never"]),
        default="auto",
        show_default=True,
        expose_value=False,
        callback=keep,
        help="Colour the output; auto obeys NO_COLOR and does not colour pipes.",
    )(command)


def coloured(stream: IO[str]) -> bool:
    """Whether text for this stream is to be coloured."""
    ctx = click.get_current_context(silent=True)
    choice = ctx.meta.get("zsync.color", "auto") if ctx else "auto"
    if choice != "auto":
        return bool(choice == "always")
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def talk(text: str) -> None:
    """Say something that is not the result."""
    _echo(text + "\n", sys.stderr)


def result(text: str) -> None:
    """Print a result, which ends with a line end already."""
    _echo(text, sys.stdout)


def _echo(text: str, stream: IO[str]) -> None:
    try:
        click.echo(text, file=stream, nl=False, color=coloured(stream))
        stream.flush()
    except BrokenPipeError:
        # The reader has gone, as in `zsync plan | head`. The command goes on: its exit code is decided by the rows.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def show_diagnostics(diagnostics: Sequence[Diagnostic]) -> None:
    """Print what is to be fixed, each with its source line."""
    from zsync.manifest import with_excerpts
    from zsync.render.diagnostics import render_diagnostics

    text = render_diagnostics(redacted_diagnostics(with_excerpts(diagnostics)), color=coloured(sys.stderr))
    _echo(text, sys.stderr)


def show_error(error: ZsyncError) -> None:
    """Print what ended the command, where, and what to do next."""
    from zsync.render.escape import terminal

    if isinstance(error, InputError):
        show_diagnostics(error.diagnostics)
        return
    color = coloured(sys.stderr)
    word = click.style("error", fg="red", bold=True) if color else "error"
    lines = [f"{word}: {terminal(str(error))}"]
    if error.span:
        lines.append(f"  --> {terminal(str(error.span))}")
    if error.help:
        lines.append(f"  = help: {terminal(error.help)}")
    talk("\n".join(lines))


class Progress:
    """One line on stderr that counts, from the second second on; nothing where stderr is no terminal."""

    def __init__(self, verb: str) -> None:
        self._verb = verb
        self._start = monotonic()
        self._shown = False
        self._on = sys.stderr.isatty()

    def __call__(self, done: int, total: int) -> None:
        """Show how many of all are done."""
        if not self._on or monotonic() - self._start < 1.0:
            return
        filled = 24 * done // max(total, 1)
        click.echo(
            f"\r{self._verb} {'█' * filled}{'░' * (24 - filled)} {done}/{total}\x1b[K", err=True, nl=False
        )
        self._shown = True

    def close(self) -> None:
        """Take the line away."""
        if self._shown:
            click.echo("\r\x1b[K", err=True, nl=False)
