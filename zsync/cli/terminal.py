"""The two streams of a command: results on stdout, talk on stderr, colour only where it is wanted."""

import errno
import os
import sys
from contextlib import suppress
from time import monotonic
from typing import IO, Any, Literal

import click

Color = Literal["auto", "always", "never"]

_BAR = 24

FAILURES = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF, errno.ENXIO})
"""How writing to a stream fails: a disk or device that is full, a terminal that is gone, a stream that was closed."""


class Terminal:
    """Where a command prints; `color` is what `--color` says.

    A stream that takes no more is left alone from then on: what a command has done in the CRM is not undone by a full disk
    or a reader that has gone, and its exit code does not change. `lost` names the streams.
    """

    def __init__(self, color: Color = "auto") -> None:
        self.color = color
        self.lost: set[str] = set()

    def colours(self, stream: IO[str] | None) -> bool:
        """Whether text for this stream gets colours."""
        if self.color != "auto":
            return self.color == "always"
        return is_terminal(stream) and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"

    def styled(self, text: str, stream: IO[str] | None, **style: Any) -> str:
        """The text as click styles it, or as it is where this stream gets no colours."""
        return click.style(text, **style) if self.colours(stream) else text

    def result(self, text: str) -> None:
        """Print a result, line end included, on stdout. Where that fails, stderr says so once."""
        why = self._echo(text, sys.stdout, "stdout")
        if why:
            self.talk(f"warning: stdout cannot be written, and what follows is lost: {why}")

    def talk(self, text: str) -> None:
        """Print a line that is not the result, on stderr."""
        self._echo(text + "\n", sys.stderr, "stderr")

    def _echo(self, text: str, stream: IO[str] | None, name: str) -> str:
        """Why the text could not be printed, if a person should know."""
        if stream is None or stream.closed:
            self.lost.add(name)
            return ""
        try:
            click.echo(text, file=stream, nl=False, color=self.colours(stream))
            stream.flush()
        except OSError as error:
            self.lost.add(name)
            _give_up(stream)
            # A reader that has gone, as in `zsync plan | head`, wants no more.
            return "" if isinstance(error, BrokenPipeError) else error.strerror or type(error).__name__
        return ""


class Progress:
    """One line on stderr that counts, after the first second; nothing where stderr is not a terminal."""

    def __init__(self, verb: str) -> None:
        self._verb = verb
        self._start = monotonic()
        self._shown = False
        self._on = is_terminal(sys.stderr)

    def __call__(self, done: int, total: int) -> None:
        """Show how many of all are done."""
        # Within a second a line would only flicker.
        if not self._on or monotonic() - self._start < 1.0:
            return
        filled = _BAR * done // max(total, 1)
        bar = "█" * filled + "░" * (_BAR - filled)
        self._write(f"\r{self._verb} {bar} {done}/{total}\x1b[K")
        self._shown = True

    def close(self) -> None:
        """Take the line away."""
        if self._shown:
            self._write("\r\x1b[K")

    def _write(self, text: str) -> None:
        try:
            click.echo(text, err=True, nl=False)
        except OSError:
            self._on = self._shown = False


def is_terminal(stream: IO[str] | None) -> bool:
    """Whether a stream is there, open, and a terminal."""
    return stream is not None and not stream.closed and stream.isatty()


def open_streams() -> None:
    """Put `/dev/null` where stdin, stdout or stderr was closed.

    Otherwise the next file that is opened gets its number, and whatever is written to `/dev/stdout` ends in that file.
    """
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        if getattr(sys, name) is None:
            # Opened lowest number first, so that it is the very one that is missing.
            opened = os.open(os.devnull, os.O_RDWR)
            os.set_inheritable(opened, opened == number)
            setattr(sys, name, open(opened, mode, encoding="utf-8", closefd=False))  # noqa: SIM115  a number is no path


def _give_up(stream: IO[str]) -> None:
    """Lead a stream to `/dev/null`: what is left in its buffers must not fail at the end of the process."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
