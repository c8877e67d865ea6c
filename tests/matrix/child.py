"""A command in a process of its own that dies, or whose disk is full, at the n-th write of its journal."""

import errno
import os
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple, Self
from unittest.mock import patch

from tests.matrix.world import patches
from tests.program import Forked, forked

Way = Literal["before", "half", "after", "full", "half-full"]
"""Killed before, half-way through or after the write; no room for it, or for half of it."""


class Trouble(NamedTuple):
    """What happens to the journal at its n-th write, counted from 1."""

    at: int
    way: Way


class _File:
    """A journal's file that meets trouble; the writes are counted over all of them, as the first line has one of its own."""

    count = 0

    def __init__(self, file: Any, trouble: Trouble) -> None:
        self._file, self._trouble = file, trouble
        self.name = file.name

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def write(self, data: bytes) -> int:
        """As a raw file: how many bytes were taken."""
        _File.count += 1
        count, (at, way) = _File.count, self._trouble
        if count == at and way in ("before", "half"):
            self._file.write(data[: len(data) // 2 if way == "half" else 0])
            os.kill(os.getpid(), signal.SIGKILL)
        if count == at and way == "half-full":
            return int(self._file.write(data[: len(data) // 2]))
        if count >= at and way in ("full", "half-full"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        taken = int(self._file.write(data))
        if count == at and way == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        return taken

    def fileno(self) -> int:
        """For fsync."""
        return int(self._file.fileno())

    def close(self) -> None:
        """Close it."""
        self._file.close()


def meet(at: str = "0", way: Way = "before") -> None:
    """The command that follows in this process meets that trouble; 0 is none. Either way it waits less."""
    from zsync.applying.journal import Journal
    from zsync.files import writing

    begin, create = Journal.__init__, writing.create
    for one in patches():
        one.start()
    trouble = Trouble(int(at), way)
    if trouble.at:
        wrapped = lambda self, file, *more, **named: begin(self, _File(file, trouble), *more, **named)  # type: ignore[arg-type]  # noqa: E731
        patch.object(Journal, "__init__", wrapped).start()
        patch.object(writing, "create", lambda path: _File(create(path), trouble)).start()


def start(
    args: tuple[str, ...], folder: Path, env: Mapping[str, str], trouble: Trouble | None = None
) -> Forked:
    """The command, under way."""
    words = f" {trouble.at} {trouble.way}" if trouble else ""
    return forked(*args, folder=folder, env=env, before=f"tests.matrix.child:meet{words}")


def ended(args: tuple[str, ...], folder: Path, env: Mapping[str, str], trouble: Trouble | None = None) -> int:
    """The exit code of the command."""
    return start(args, folder, env, trouble).ended().code
