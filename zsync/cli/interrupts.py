"""Signals that end a command: Ctrl-C, and SIGTERM and SIGHUP as if they were it.

A run that is under way ends well at the first one: after its requests, with its report and journal. A second one ends it at
once; the journal is complete then, too.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio

    from zsync.cli.invocation import Invocation


def endings() -> list[signal.Signals]:
    """The signals that end a command here. One that was ignored from the start stays so: `nohup` means it."""
    names = [name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    numbers = [signal.Signals[name] for name in names]
    return [signal.SIGINT, *(number for number in numbers if signal.getsignal(number) is not signal.SIG_IGN)]


def end_like_interrupts() -> None:
    """Let SIGTERM and SIGHUP do from now on what Ctrl-C does at that moment."""
    with suppress(ValueError):  # not in the main thread, where signals are nobody's to handle
        for number in endings():
            if number != signal.SIGINT:
                signal.signal(number, _interrupt)


@contextmanager
def heeded(call: "Invocation") -> "Iterator[asyncio.Event]":
    """For the block, the first signal sets the event, and a second one raises `KeyboardInterrupt`."""
    import asyncio

    stop = asyncio.Event()

    def first(*_: object) -> None:
        stop.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        with suppress(RuntimeError):  # no requests are under way: the report is being saved, and that goes on
            # Not printed here: a signal may come in the middle of another line.
            asyncio.get_running_loop().call_soon_threadsafe(
                call.output.talk,
                "\nEnding after the requests under way. Press Ctrl-C again to end at once.",
            )

    try:
        before = signal.signal(signal.SIGINT, first)
    except ValueError:
        # Not in the main thread: then a signal ends at once, and the journal is complete all the same.
        yield stop
        return
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)


def _interrupt(*_: object) -> None:
    # In the background of a shell Ctrl-C is ignored, and these are not.
    if not callable(signal.getsignal(signal.SIGINT)):
        raise KeyboardInterrupt
    signal.raise_signal(signal.SIGINT)
