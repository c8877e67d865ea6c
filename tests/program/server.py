"""A server that has zsync loaded and forks it: `python -m tests.program.server SOCKET`, until its stdin ends.

A client connects and sends its request, and with it the descriptors for stdin, stdout and stderr (`client.py`). It is told
the new process's id, and, when that has ended, how. If the client goes away first, the process is killed.
"""

import atexit
import fcntl
import gc
import importlib
import os
import pkgutil
import selectors
import signal
import socket
import sys
import tempfile
import threading
import time
import traceback
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from tests.program.here import in_process, patches, spare_the_disk, surroundings

LOADED = (
    *(
        "anyio._backends._asyncio",
        "certifi",
        "encodings.utf_8_sig",
        "gzip",
        "httpcore",
        "httpcore._backends.anyio",
    ),
    *("platformdirs", "platformdirs.unix"),
    *("tests.matrix.child", "tests.workflows.started"),
)
"""Besides zsync: what commands import when they come to it, and what else the tests run in processes of their own."""

FAILED_FLUSH = 120
"""How Python ends where the last of stdout cannot be written."""


class Request(NamedTuple):
    """What to run: `module:function`. Another to call before it, if any, with the words behind it."""

    entry: str
    before: str
    folder: str
    args: list[str]
    env: dict[str, str]
    streams: dict[int, int]


class Server:
    """Forks on request, and tells each client how its process ended."""

    def __init__(self, listener: socket.socket) -> None:
        self.listener = listener
        self.clients: dict[int, socket.socket] = {}
        self.selector = selectors.DefaultSelector()
        self.bell, self.ring = socket.socketpair()
        self.ring.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C ends the tests, and with them our stdin
        signal.set_wakeup_fd(self.ring.fileno())

    def serve(self) -> NoReturn:
        """Until stdin ends."""
        self.selector.register(self.listener, selectors.EVENT_READ, self.accept)
        self.selector.register(self.bell, selectors.EVENT_READ, self.reap)
        self.selector.register(0, selectors.EVENT_READ, self.stop)
        while True:
            for key, _ in self.selector.select():
                key.data()

    def accept(self) -> None:
        """Fork a process for a client."""
        client, _ = self.listener.accept()
        request = received(client)
        pid = os.fork()
        if pid == 0:
            become(request)
        for one in request.streams.values():
            os.close(one)
        self.clients[pid] = client
        client.sendall(b"%d\n" % pid)
        self.selector.register(client, selectors.EVENT_READ, lambda: self.abandoned(pid))

    def abandoned(self, pid: int) -> None:
        """A client has hung up before its process ended."""
        if client := self.forget(pid):
            client.close()
            os.kill(pid, signal.SIGKILL)

    def reap(self) -> None:
        """Tell their clients of all processes that have ended."""
        self.bell.recv(4096)
        with suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    return
                if client := self.forget(pid):
                    with client, suppress(OSError):
                        client.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))

    def forget(self, pid: int) -> socket.socket | None:
        """The client of a process, which is listened to no longer."""
        client = self.clients.pop(pid, None)
        if client:
            self.selector.unregister(client)
        return client

    def stop(self) -> NoReturn:
        """The tests are over."""
        for pid in self.clients:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        sys.exit()


def become(request: Request) -> NoReturn:
    """Be the process that a client wants, and end as an interpreter ends."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.setsid()
    code = 1
    try:
        settle(request)
        code = call(request)
    except BaseException:  # noqa: BLE001  an interpreter ends so
        traceback.print_exc()
    with suppress(Exception):
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
    os._exit(flushed(code))


def received(client: socket.socket) -> Request:
    """The client's request."""
    head, descriptors, _, _ = socket.recv_fds(client, 8, 3)
    size, text = int.from_bytes(head, "big"), b""
    while len(text) < size:
        text += client.recv(size - len(text))
    entry, before, folder, names, count, *rest = map(os.fsdecode, text.split(b"\0"))
    env = dict(one.split("=", 1) for one in rest[int(count) :])
    streams = dict(zip(map(int, names), descriptors, strict=True))
    return Request(entry, before, folder, rest[: int(count)], env, streams)


def settle(request: Request) -> None:
    """Its folder, environment, arguments and streams are ours, and nothing of the server's is."""
    aside = {number: fcntl.fcntl(one, fcntl.F_DUPFD, 3) for number, one in request.streams.items()}
    for number in range(3):
        os.dup2(aside[number], number) if number in aside else os.close(number)
    os.closerange(3, 65_536)
    os.environ.clear()
    os.environ.update(request.env)
    time.tzset()
    os.chdir(request.folder)
    sys.argv = [request.entry.partition(":")[0], *request.args]
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        for each in (name, f"__{name}__"):
            setattr(sys, each, stream(number, number in aside))


def stream(number: int, there: bool) -> Any:
    """stdin, stdout or stderr as the interpreter opens them; None where it was closed."""
    if not there:
        return None
    encoding, _, errors = os.environ.get("PYTHONIOENCODING", "").partition(":")
    mode, usual = ("r", "strict") if number == 0 else ("w", "backslashreplace" if number == 2 else "strict")
    opened: Any = open(number, mode, encoding=encoding or "utf-8", errors=errors or usual, closefd=False)  # noqa: SIM115
    if number == 2:
        opened.reconfigure(line_buffering=True)
    return opened


def call(request: Request) -> int:
    """Run the requested function, and return its exit code."""
    with ExitStack() as stack:
        for one in patches():
            stack.enter_context(one)
        if request.before:
            name, *words = request.before.split()
            named(name)(*words)
        try:
            named(request.entry)()
        except SystemExit as error:
            if isinstance(error.code, int | None):
                return error.code or 0
            print(error.code, file=sys.stderr)
            return 1
    return 0


def named(name: str) -> Any:
    """`module:function`."""
    module, _, function = name.partition(":")
    return getattr(importlib.import_module(module), function)


def flushed(code: int) -> int:
    """The exit code once all is written."""
    for one in (sys.stdout, sys.stderr):
        try:
            if one is not None:
                one.flush()
        except OSError as error:
            code = FAILED_FLUSH
            with suppress(OSError):
                os.write(2, f"Exception ignored in: {one}\n{type(error).__name__}: {error}\n".encode())
    return code & 0xFF


def load() -> None:
    """Import all of zsync, let it work once, and leave it alone: what is frozen stays shared with the processes.

    What a first plan and a first apply make and keep (OpenSSL's tables, pydantic's schemas, patterns) is a fifth of a command.
    """
    import zsync

    for one in pkgutil.walk_packages(zsync.__path__, "zsync."):
        if one.name != "zsync.__main__":
            importlib.import_module(one.name)
    for name in LOADED:
        importlib.import_module(name)
    spare_the_disk()
    with tempfile.TemporaryDirectory(prefix="zsync-") as folder:
        told = in_process(["demo"], env=surroundings(Path(folder)), folder=Path(folder))
    assert told.code == 0, told.err
    gc.collect()
    gc.freeze()


def main() -> None:
    """Listen at once, so that clients may come while all is loaded."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(sys.argv[1])
        listener.listen(100)
        os.write(1, b"\n")
        load()
        Server(listener).serve()


if __name__ == "__main__":
    main()
