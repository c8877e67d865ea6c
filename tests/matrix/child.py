"""A command in a process of its own that dies, or whose disk is full, at the n-th write of its journal."""

import errno
import multiprocessing
import os
import signal
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Literal, NamedTuple
from unittest.mock import patch

from tests.matrix.world import patches

Way = Literal["before", "half", "after", "full", "half full"]
"""Killed before, half-way through or after the write; no room for it, or for half of it."""

FORKSERVER = multiprocessing.get_context("forkserver")
FORKSERVER.set_forkserver_preload(["tests.matrix.child", "zsync.cli.apply", "zsync.applying.run", "httpx"])


class Trouble(NamedTuple):
    """What happens to the journal at its n-th write, counted from 1."""

    at: int
    way: Way


class _File:
    """A journal's file that meets trouble."""

    def __init__(self, file: Any, trouble: Trouble) -> None:
        self._file, self._trouble, self._count = file, trouble, 0
        self.name = file.name

    def write(self, data: bytes) -> int:
        """As a raw file: how many bytes were taken."""
        self._count += 1
        at, way = self._trouble
        if self._count == at and way in ("before", "half"):
            self._file.write(data[: len(data) // 2 if way == "half" else 0])
            os.kill(os.getpid(), signal.SIGKILL)
        if self._count == at and way == "half full":
            return int(self._file.write(data[: len(data) // 2]))
        if self._count >= at and way in ("full", "half full"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        taken = int(self._file.write(data))
        if self._count == at and way == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        return taken

    def fileno(self) -> int:
        """For fsync."""
        return int(self._file.fileno())

    def close(self) -> None:
        """Close it."""
        self._file.close()


def _main(args: tuple[str, ...], folder: Path, env: Mapping[str, str], trouble: Trouble | None) -> None:
    from zsync.applying.journal import Journal
    from zsync.cli import run

    os.environ.clear()
    os.environ.update(env)
    os.chdir(folder)
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    begin = Journal.__init__
    with ExitStack() as stack:
        for one in patches():
            stack.enter_context(one)
        if trouble:
            wrapped = lambda self, file, name: begin(self, _File(file, trouble), name)  # type: ignore[arg-type]  # noqa: E731
            stack.enter_context(patch.object(Journal, "__init__", wrapped))
        code = run(args)
    os._exit(code)


def start(
    args: tuple[str, ...], folder: Path, env: Mapping[str, str], trouble: Trouble | None = None
) -> multiprocessing.process.BaseProcess:
    """The command, under way; its `exitcode` is negative where a signal ended it."""
    process = FORKSERVER.Process(target=_main, args=(args, folder, dict(env), trouble))
    process.start()
    return process


def ended(args: tuple[str, ...], folder: Path, env: Mapping[str, str], trouble: Trouble | None = None) -> int:
    """The exit code of the command."""
    process = start(args, folder, env, trouble)
    process.join(30)
    assert process.exitcode is not None
    return process.exitcode
