"""The command in this process, with streams, environment, folder, arguments and signal handlers of its own."""

import gc
import io
import os
import signal
import ssl
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, chdir, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

import pytest

from zsync.cli import main
from zsync.model.retries import CALLS

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
KEPT = ("COV_", "COVERAGE_", "PYTHON", "TMPDIR", "SYSTEMROOT", "GIT_TEST_FSYNC")


class Ended(NamedTuple):
    """A command's exit code, and what it wrote to stdout and stderr."""

    code: int
    out: str
    err: str


Run = Callable[..., Ended]
"""`run("plan", "relations", ZSYNC_REDACT="none")`; `stdin=` and `asked=` as for `in_process`."""


def spare_the_disk() -> None:
    """From now on neither this process nor a Git that it starts waits for the disk: no test pulls the plug.

    That zsync asks for it, and when, is what tests with an `os.fsync` of their own are about.
    """
    vars(os)["fsync"] = os.fstat  # it still has to be an open file
    os.environ["GIT_TEST_FSYNC"] = "0"


def surroundings(folder: Path, **more: str) -> dict[str, str]:
    """The environment of somebody who has set nothing but these variables, and whose home is a folder of the test's."""
    kept = {name: value for name, value in os.environ.items() if name.startswith(KEPT)}
    return {
        **kept,
        "PATH": os.environ["PATH"],
        "HOME": str(folder / "home"),
        "XDG_CACHE_HOME": str(folder / "cache"),
        "XDG_STATE_HOME": str(folder / "state"),
        **more,
    }


def without_certificates(cafile: str = "", **_: object) -> ssl.SSLContext:
    """What httpx asks for before its first request; reading the certificates takes half of a command's time."""
    if cafile and not Path(cafile).is_file():
        raise FileNotFoundError(cafile)
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def patches() -> Iterator[Any]:
    """Repeats do not wait, and no certificates are read: nothing else differs from the command itself."""
    yield patch("zsync.crm.wire.CALLS", replace(CALLS, first=0.0))
    yield patch("ssl.create_default_context", without_certificates)


def pipe(content: bytes = b"") -> io.TextIOWrapper:
    """A stream as the interpreter opens one on a pipe."""
    return io.TextIOWrapper(io.BytesIO(content), encoding="utf-8")


def read_back(stream: io.TextIOWrapper) -> str:
    """What was written to it, line ends as they stand."""
    stream.flush()
    assert isinstance(stream.buffer, io.BytesIO)
    return stream.buffer.getvalue().decode("utf-8")


def in_process(
    args: Sequence[str],
    *,
    env: Mapping[str, str],
    folder: Path | None = None,
    stdin: str = "",
    asked: bool = False,
) -> Ended:
    """What `main` does with these arguments. Afterwards the process is as it was.

    `folder`: where; None is the current one. `stdin` is what is piped in. `asked`: stdin is a terminal, at which nobody types; what would be asked there is for the
    test to replace.
    """
    given, out, err = pipe(stdin.encode()), pipe(), pipe()
    with ExitStack() as stack:
        for one in patches():
            stack.enter_context(one)
        stack.enter_context(patch.object(given, "isatty", lambda: asked))
        stack.enter_context(patch.dict(os.environ, env, clear=True))
        stack.enter_context(patch.multiple(sys, stdin=given, stdout=out, stderr=err))
        stack.enter_context(patch.object(sys, "argv", ["zsync", *args]))
        stack.enter_context(chdir(folder) if folder else nullcontext())
        stack.enter_context(_as_it_was())
        code = _exit_code()
    return Ended(code, read_back(out), read_back(err))


def _exit_code() -> int:
    with pytest.raises(SystemExit) as ended:
        main()
    assert isinstance(ended.value.code, int)
    return ended.value.code


@contextmanager
def _as_it_was() -> Iterator[None]:
    """The collector's thresholds and the handlers of signals, which a command sets for itself."""
    thresholds = gc.get_threshold()
    handlers = {one: signal.getsignal(one) for one in SIGNALS}
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        for one, handler in handlers.items():
            if signal.getsignal(one) is not handler:
                signal.signal(one, handler)
