"""Signals that end a command: Ctrl-C, and SIGTERM and SIGHUP as if they were it.

A run that is under way ends well at the first one: after its requests, with its report and journal. Ctrl-C after that ends it
at once; the journal is complete then, too. SIGTERM and SIGHUP do not: GitHub cancels a job with SIGINT, sends SIGTERM 7.5 s later,
and kills it another 2.5 s later, and in that time a report can still be saved.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

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
    """For the block, the first signal sets the event; after that, SIGINT alone raises `KeyboardInterrupt`."""
    import asyncio

    stop = asyncio.Event()

    def ending(number: int, *_: object) -> None:
        if not stop.is_set():
            first()
        elif number == signal.SIGINT:
            raise KeyboardInterrupt

    def first() -> None:
        stop.set()
        with suppress(RuntimeError):  # no requests are under way: the report is being saved, and that goes on
            # Not printed here: a signal may come in the middle of another line.
            asyncio.get_running_loop().call_soon_threadsafe(
                call.output.talk,
                "\nEnding after the requests under way. Press Ctrl-C again to end at once.",
            )

    before: dict[signal.Signals, Any] = {}
    # Not in the main thread a signal ends at once, and the journal is complete all the same.
    with suppress(ValueError):
        for number in _heard():
            before[number] = signal.signal(number, ending)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _heard() -> list[signal.Signals]:
    """The signals that end a run: of SIGTERM and SIGHUP, those that do what Ctrl-C does."""
    return [
        number for number in endings() if number == signal.SIGINT or signal.getsignal(number) is _interrupt
    ]


def _interrupt(*_: object) -> None:
    # In the background of a shell Ctrl-C is ignored, and these are not.
    if not callable(signal.getsignal(signal.SIGINT)):
        raise KeyboardInterrupt
    signal.raise_signal(signal.SIGINT)
