"""The two streams of a command: results on stdout, talk on stderr, colour only where it is wanted."""

import os
import sys
from dataclasses import dataclass
from time import monotonic
from typing import IO, Any, Literal

import click

Color = Literal["auto", "always", "never"]

_BAR = 24


@dataclass(frozen=True, slots=True)
class Terminal:
    """Where a command prints; `color` is what `--color` says."""

    color: Color = "auto"

    def colours(self, stream: IO[str]) -> bool:
        """Whether text for this stream gets colours."""
        if self.color != "auto":
            return self.color == "always"
        return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"

    def styled(self, text: str, stream: IO[str], **style: Any) -> str:
        """The text as click styles it, or as it is where this stream gets no colours."""
        return click.style(text, **style) if self.colours(stream) else text

    def result(self, text: str) -> None:
        """Print a result, line end included, on stdout."""
        self._echo(text, sys.stdout)

    def talk(self, text: str) -> None:
        """Print a line that is not the result, on stderr."""
        self._echo(text + "\n", sys.stderr)

    def _echo(self, text: str, stream: IO[str]) -> None:
        try:
            click.echo(text, file=stream, nl=False, color=self.colours(stream))
            stream.flush()
        except BrokenPipeError:
            # The reader has gone, as in `zsync plan | head`. The command goes on: its exit code is decided by the rows.
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


class Progress:
    """One line on stderr that counts, after the first second; nothing where stderr is not a terminal."""

    def __init__(self, verb: str) -> None:
        self._verb = verb
        self._start = monotonic()
        self._shown = False
        self._on = sys.stderr.isatty()

    def __call__(self, done: int, total: int) -> None:
        """Show how many of all are done."""
        if not self._on or monotonic() - self._start < 1.0:
            return
        filled = _BAR * done // max(total, 1)
        bar = "█" * filled + "░" * (_BAR - filled)
        click.echo(f"\r{self._verb} {bar} {done}/{total}\x1b[K", err=True, nl=False)
        self._shown = True

    def close(self) -> None:
        """Take the line away."""
        if self._shown:
            click.echo("\r\x1b[K", err=True, nl=False)
