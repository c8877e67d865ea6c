"""Writes files: whole or not at all, readable by their owner only, and exactly where they were named.

The content goes into a new file with a random name beside its target, which then takes the target's place. Plans, reports,
snapshots and tokens hold addresses and secrets, so only their owner may read them (mode 0600, folders 0700).
"""

import errno
import os
import re
import secrets
import stat
from contextlib import suppress
from pathlib import Path
from typing import IO

from zsync.errors import InputError
from zsync.model import Diagnostic, sentence

PRIVATE, PRIVATE_FOLDER = 0o600, 0o700

# Windows does not have all of these.
_SAFELY = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _SAFELY
_MORE = os.O_WRONLY | os.O_APPEND | getattr(os, "O_NONBLOCK", 0) | _SAFELY
_STREAMS = {"/dev/stdin": 0, "/dev/stdout": 1, "/dev/stderr": 2}
_OPEN_FILE = re.compile(r"/(?:dev/fd|proc/self/fd)/([0-9]{1,9})")
_ADVICE = "Make the folder, or choose another file."


def write_file(path: Path, content: str | bytes, *, mode: int = PRIVATE) -> None:
    """Write bytes, or a text as UTF-8 with its line ends unchanged, to a file, whole or not at all.

    An existing file is replaced; `/dev/stdout`, a pipe or a device is written to. Raises `InputError` (`cannot-write`) for a
    folder, a link or a disk, and if the system does not allow it.
    """
    data = content.encode() if isinstance(content, str) else content
    check_target(path)
    try:
        if (stream := _stream(path)) is not None:
            with os.fdopen(stream, "wb") as file:
                file.write(data)
        else:
            _replace(path, data, mode)
    except OSError as error:
        raise cannot_write(path, error.strerror or type(error).__name__) from None


def check_target(path: Path) -> None:
    """Raises `InputError` for a target that `write_file` would refuse: better before the work than after it."""
    check_length(path)
    if not path.name or path.is_dir():
        raise cannot_write(path, "it is a folder")
    if not path.parent.is_dir():
        raise cannot_write(path, f"there is no folder {path.parent}")
    if _number(path) is None and path.is_symlink() and not _is_stream(path):
        leads = os.path.realpath(path)
        raise cannot_write(
            path,
            f"it is a link to {leads}",
            "Name that file itself, or remove the link. zsync 0.1.0 followed it.",
        )
    with suppress(OSError):
        if stat.S_ISBLK(path.stat().st_mode):
            raise cannot_write(path, "it is a disk")
        if path.is_socket():
            raise cannot_write(path, "it is a socket")


def check_length(path: Path) -> None:
    """Raises `InputError` for a path that is longer than the system takes."""
    try:
        path.lstat()
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            raise cannot_write(Path(f"{str(path)[:80]}…"), "that is longer than a path can be") from None


def create(path: Path) -> IO[bytes]:
    """Create a file that grows line by line, unbuffered, for its owner only. Raises `OSError`, also if it exists."""
    return open(path, "xb", buffering=0, opener=lambda name, _: os.open(name, _NEW, PRIVATE))


def create_whole(path: Path, begins: bytes) -> IO[bytes]:
    """Create a file that grows line by line, with a beginning: whoever finds it finds that whole, whenever we are killed.

    For its owner only, unbuffered, at its end. Raises `OSError`, also if it exists.
    """
    partial = _partial(path)
    try:
        with create(partial) as file:
            left = begins
            while left:
                left = left[file.write(left) :]
            os.fsync(file.fileno())
        _settle(partial, path)
    finally:
        partial.unlink(missing_ok=True)
    sync_folder(path.parent)
    return append(path)


def append(path: Path) -> IO[bytes]:
    """Open an existing file at its end, unbuffered. Raises `OSError`, also for a link, a pipe or a device."""
    file = open(path, "ab", buffering=0, opener=lambda name, _: os.open(name, _MORE))  # noqa: SIM115
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError(0, "it is not a file", str(path))
    return file


def make_folder(path: Path) -> None:
    """Make a folder and any missing ones above it, accessible to their owner only. Raises `OSError`."""
    missing = [path]
    while not missing[-1].parent.exists():
        missing.append(missing[-1].parent)
    for folder in reversed(missing):
        folder.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)


def cannot_write(path: Path, why: str, advice: str = _ADVICE) -> InputError:
    """The error for a file that cannot be written."""
    return InputError(
        (Diagnostic("cannot-write", sentence(f"cannot write {path}: {why}"), help=sentence(advice)),)
    )


def sync_folder(folder: Path) -> None:
    """Write the names in a folder to the disk as well, if the system can do that."""
    with suppress(OSError):
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def _replace(path: Path, data: bytes, mode: int) -> None:
    partial = _partial(path)
    opened = os.open(partial, _NEW, PRIVATE)
    try:
        with os.fdopen(opened, "wb") as file:
            if mode != PRIVATE:
                partial.chmod(mode)
            file.write(data)
            # Before the rename: after a power cut the name must not lead to an empty file.
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def _partial(path: Path) -> Path:
    """A name beside a file that nothing has: at most 255 bytes, as file systems want it, even if each character takes four."""
    return path.with_name(f".{path.name[:59]}.{secrets.token_hex(8)}")


def _settle(partial: Path, path: Path) -> None:
    """Give a whole file its name, which nothing may have yet. Raises `OSError`."""
    try:
        # Not a rename: it would take the place of a file that somebody has just made.
        os.link(partial, path, follow_symlinks=False)
    except FileExistsError:
        raise
    except (OSError, NotImplementedError):
        # Not every disk knows links.
        if os.path.lexists(path):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path)) from None
        partial.rename(path)


def _stream(path: Path) -> int | None:
    """Open a pipe, a device or one of this process's own streams for writing; None for a file."""
    if (number := _number(path)) is not None:
        # Not opened by name: that would start again at the beginning of a file, over what was printed before.
        return os.dup(number)
    if not _is_stream(path):
        return None
    opened = os.open(path, os.O_WRONLY)
    if stat.S_ISREG(os.fstat(opened).st_mode):
        # Somebody has put a file in its place since it was checked.
        os.close(opened)
        raise cannot_write(path, "it was a pipe or a device a moment ago")
    return opened


def _is_stream(path: Path) -> bool:
    try:
        kind = stat.S_IFMT(path.stat().st_mode)
    except OSError:
        return False
    return kind in (stat.S_IFIFO, stat.S_IFCHR, stat.S_IFSOCK)


def _number(path: Path) -> int | None:
    """The number of the open stream that a name such as `/dev/stdout` stands for."""
    name = path.as_posix()
    found = _OPEN_FILE.fullmatch(name)
    return int(found[1]) if found else _STREAMS.get(name)
