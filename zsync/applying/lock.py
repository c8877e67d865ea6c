"""One apply per org at a time: a lock that ends with the process that holds it, and a note of who that is."""

import errno
import getpass
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path

from filelock import FileLock, Timeout

from zsync.bounds import STATE
from zsync.errors import InputError, LockHeld, ZsyncError
from zsync.files.plan import canonical
from zsync.files.reading import Unreadable, read_bytes, read_json
from zsync.files.writing import PRIVATE, make_folder, write_file

try:
    import fcntl
except ImportError:  # Windows, whose locks filelock takes in another way
    fcntl = None  # type: ignore[assignment]

_LOCK = (
    os.O_RDWR
    | os.O_CREAT
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
)
_HELD = frozenset({errno.EAGAIN, errno.EWOULDBLOCK, errno.EACCES})
"""What a lock says that another process holds."""


@contextmanager
def held(folder: Path, org_id: str, run: str, since: str, told: Callable[[str], None]) -> Iterator[None]:
    """Hold the org's lock for the block. Raises `LockHeld`, with holder, host and time, if another process holds it.

    `told` hears about an earlier run that died while it held the lock.
    """
    # Hashed: an address with an org's id is no file name.
    name = sha256(org_id.encode()).hexdigest()[:16]
    note = folder / f"{name}.json"
    taken = _take(folder / f"{name}.lock", note)
    try:
        # The lock is the operating system's and ends with its process; the note is a file and stays. So a note without a
        # lock was left by a run that died.
        if note.exists():
            told(
                f"An earlier run died while it held the lock ({_who(note)}); `zsync runs` shows what it left."
            )
        try:
            write_file(note, canonical(_holder(since, run)))
        except InputError as error:
            # The lock holds all the same: what it is short of is a name.
            told(
                f"{error.diagnostics[0].message}: the lock is held, but another run will not be told by whom."
            )
        yield
    finally:
        # A note that stays is told of by the next run. What was done must not end in an error of the note's.
        with suppress(OSError):
            note.unlink(missing_ok=True)
        taken.release()


def _take(lock: Path, note: Path) -> FileLock:
    try:
        make_folder(lock.parent)
        _check_lockable(lock)
        taken = FileLock(lock, mode=PRIVATE)
        taken.acquire(timeout=0)
    except Timeout:
        raise LockHeld(
            f"another run applies to this org: {_who(note)}",
            help="Wait until it is done, then run again. If that process hangs, end it: its lock ends with it.",
        ) from None
    except OSError as error:
        raise ZsyncError(
            f"the lock {lock} cannot be taken: {error.strerror}",
            help="Nothing was sent. Make the folder writable, on a disk that has room.",
        ) from None
    return taken


def _check_lockable(lock: Path) -> None:
    """Raises `ZsyncError` where the file system has no locks: there one that cannot be had looks like one that is held."""
    if fcntl is None:
        return
    opened = os.open(lock, _LOCK, PRIVATE)
    try:
        # Shared, so that two that look at the same moment do not keep each other out.
        fcntl.flock(opened, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno not in _HELD:
            raise ZsyncError(
                f"the file system of {lock.parent} has no locks: {error.strerror}",
                help="Nothing was sent. Set XDG_STATE_HOME to a folder on a disk of this machine.",
            ) from None
    finally:
        os.close(opened)


def _who(note: Path) -> str:
    try:
        told = read_json(read_bytes(note, STATE))
        return "{user} on {host}, process {pid}, since {since}, run {run}".format_map(told)
    except (OSError, Unreadable, KeyError, TypeError, ValueError):
        return "by whom is not known"


def _holder(since: str, run: str) -> dict[str, object]:
    return {"user": _user(), "host": socket.gethostname(), "pid": os.getpid(), "since": since, "run": run}


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
