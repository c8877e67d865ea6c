"""Processes from the server, which is started with the first of them."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from tests.program import client
from tests.program.here import Ended

ROOT = Path(__file__).parents[2]
CLIENT = Path(client.__file__)
ZSYNC = "zsync.cli:main"
PATIENCE = 600
"""Seconds after which a process that does not end is a failure: no test waits so long on the busiest machine."""

_server: "list[tuple[subprocess.Popen[bytes], str]]" = []


def server() -> str:
    """The socket of this process's server."""
    if not _server:
        where = os.path.join(tempfile.mkdtemp(prefix="zsync-"), "server")  # noqa: PTH118
        command = [sys.executable, "-m", "tests.program.server", where]
        started = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert started.stdout
        assert started.stdout.read(1), "the server of processes did not start"
        _server.append((started, where))
    return _server[0][1]


def stop() -> None:
    """End the server, and whatever still runs of its processes."""
    while _server:
        process, where = _server.pop()
        process.communicate()
        shutil.rmtree(Path(where).parent)


class Forked:
    """A process under way. Its `stdout` and `stderr` are texts to read, unless they were given somewhere to go."""

    def __init__(
        self,
        args: Sequence[str],
        *,
        env: Mapping[str, str],
        folder: Path,
        entry: str,
        before: str,
        streams: Mapping[int, int | None],
    ) -> None:
        self.returncode: int | None = None
        self._waiting = threading.Lock()
        self.stdout, out = _reader(1, streams)
        self.stderr, err = _reader(2, streams)
        with open(os.devnull, "rb") as nothing:  # noqa: PTH123
            given: dict[int, int | None] = {0: nothing.fileno(), 1: out, 2: err, **streams}
            self._server: Any = client.request(
                server(),
                entry,
                [os.fsencode(one) for one in args],
                os.fsencode(folder),
                {os.fsencode(name): os.fsencode(value) for name, value in env.items()},
                {number: one for number, one in given.items() if one is not None},
                before,
            )
        for number, one in ((1, out), (2, err)):
            if number not in streams and one is not None:
                os.close(one)
        self._server.settimeout(PATIENCE)
        self.pid = client.number(self._server)

    def send_signal(self, number: int) -> None:
        """To the process, if it has not ended."""
        if self.returncode is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)

    def wait(self) -> int:
        """The exit code, negative where a signal ended it. TimeoutError where it does not end at all."""
        with self._waiting:
            if self.returncode is None:
                self.returncode = client.number(self._server)
                self._server.close()
        return self.returncode

    def ended(self) -> Ended:
        """All of it, when it has ended."""
        errors: list[str] = []
        reader = threading.Thread(target=lambda: errors.append(self.stderr.read() if self.stderr else ""))
        reader.start()
        out = self.stdout.read() if self.stdout else ""
        reader.join()
        code = self.wait()
        for one in (self.stdout, self.stderr):
            if one:
                one.close()
        return Ended(code, out, errors[0])


def _reader(number: int, streams: Mapping[int, int | None]) -> tuple[IO[str] | None, int | None]:
    if number in streams:
        return None, streams[number]
    reading, writing = os.pipe()
    return open(reading, encoding="utf-8", newline=""), writing  # noqa: PTH123


def forked(
    *args: str,
    env: Mapping[str, str],
    folder: Path,
    entry: str = ZSYNC,
    before: str = "",
    streams: Mapping[int, int | None] | None = None,
) -> Forked:
    """`zsync` in a process of its own, in a session of its own: real descriptors, real signals, a real exit status.

    `streams`: descriptors for 0, 1 and 2, None for one that is closed; without them stdin is empty, and the others are
    read from the result. `before`: `module:function WORD…` to call in the process first. `entry`: what to run for zsync.
    """
    return Forked(args, env=env, folder=folder, entry=entry, before=before, streams=streams or {})


def shim(entry: str = ZSYNC) -> str:
    """The words of a shell that start it in a process of its own."""
    return f"'{sys.executable}' -I -S '{CLIENT}' '{server()}' {entry}"
