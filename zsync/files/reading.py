"""Reads what strangers may have written: files of limited size, and JSON of limited depth with numbers of limited length.

All JSON passes through `read_json`: saved files, journals, the kept token, and every answer of the CRM.
"""

import errno
import os
import re
import stat
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import simplejson

from zsync.bounds import DEPTH, MAGNITUDE, NUMBER, Bound

# Without O_NONBLOCK, opening a pipe would wait for somebody to write into it.
_OPEN = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_KINDS = {
    stat.S_IFDIR: "it is a folder",
    stat.S_IFIFO: "it is a pipe, not a file",
    stat.S_IFCHR: "it is a device, not a file",
    stat.S_IFBLK: "it is a device, not a file",
    stat.S_IFSOCK: "it is a socket, not a file",
}

# Both kinds of brackets count alike: if they are mixed up, the parser refuses the text.
_BRACKETS = bytes.maketrans(b"{}", b"[]")
_NO_SHAPE = bytes(set(range(256)) - set(b'[]{}"'))
_STRING = re.compile(rb'"[^"]*(?:"|\Z)')


class Unreadable(ValueError):
    """Text that is not JSON or exceeds a limit. Its message says which, in one line."""


def _opened(path: Path) -> int:
    try:
        return os.open(path, _OPEN)
    except OSError as error:
        # That is how a socket answers: "No such device or address" would tell nobody what it is.
        if error.errno == errno.ENXIO and path.is_socket():
            raise OSError(0, _KINDS[stat.S_IFSOCK], str(path)) from None
        raise


def read_bytes(path: Path, most: Bound) -> bytes:
    """The content of a regular file.

    Raises `OSError`, whose `strerror` says why, if the file cannot be read, is larger than `most` allows, or is a pipe or a
    device, from which reading may never end.
    """
    opened = _opened(path)
    try:
        told = os.fstat(opened)
        if not stat.S_ISREG(told.st_mode):
            raise OSError(0, _KINDS.get(stat.S_IFMT(told.st_mode), "it is not a file"), str(path))
        if told.st_size > most.most:
            raise _too_large(path, most)
        with os.fdopen(os.dup(opened), "rb") as file:
            content = file.read(most.most + 1)
    finally:
        os.close(opened)
    if len(content) > most.most:
        raise _too_large(path, most)
    return content


def _too_large(path: Path, most: Bound) -> OSError:
    return OSError(0, f"it is larger than {size(most.most)}", str(path))


def leaves_repository(path: Path, start: Path) -> bool:
    """Whether a path, with links resolved, leads out of the repository that contains the folder `start`.

    Without a repository, whether it leads out of the current folder, or out of `start` if that is elsewhere.
    """
    here, cwd = Path(os.path.abspath(start)), Path.cwd()  # noqa: PTH100  links in it must not be followed
    root = next((above for above in (here, *here.parents) if (above / ".git").exists()), None)
    if root is None:
        root = cwd if here.is_relative_to(cwd) else here
    # Not `Path.resolve`, which raises if a link leads to itself.
    return not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(root))


def size(count: int) -> str:
    """A number of bytes for people: `128 MiB`."""
    return f"{count >> 20:,} MiB" if count >= 1 << 20 else f"{count:,} bytes"


def read_json(content: bytes | str) -> Any:
    """The value of a JSON text. Numbers are exact: `int`, or `Decimal` with its digits. Of a key that occurs twice, the last
    value counts.

    Raises `Unreadable` for text that is not JSON (`NaN` is not), for nesting deeper than `bounds.DEPTH`, and for numbers of
    more characters than `bounds.NUMBER` or beyond ten to the power of `bounds.MAGNITUDE`.
    """
    raw = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    if _deeper(raw, DEPTH.most):
        raise Unreadable(f"more than {DEPTH.most} lists or objects inside one another")
    try:
        return simplejson.loads(content, parse_int=_integer, parse_float=_decimal, parse_constant=_constant)
    except Unreadable:
        raise
    except UnicodeDecodeError:
        raise Unreadable("it is not UTF-8 text") from None
    except (ValueError, RecursionError) as error:
        raise Unreadable(str(error)) from None


def _deeper(raw: bytes, most: int) -> bool:
    """Whether lists and objects nest deeper than `most`. Takes linear time, and builds nothing."""
    # An escaped quote ends no string; the escaped backslash goes first, or its second half would escape a quote.
    if b"\\" in raw:
        raw = raw.replace(b"\\\\", b"").replace(b'\\"', b"")
    shape = raw.translate(_BRACKETS, _NO_SHAPE).replace(b'""', b"")
    if b'"' in shape:
        shape = _STRING.sub(b"", shape)
    for _ in range(most):
        # Each round removes the innermost brackets, so rounds count levels.
        shape = shape.replace(b"[]", b"")
        if not shape:
            return False
    return b"[]" in shape or len(shape) > most


def _integer(text: str) -> int:
    _check_length(text)
    return int(text)


def _decimal(text: str) -> Decimal:
    _check_length(text)
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("inf")
    if not value.is_finite() or abs(value.adjusted()) > MAGNITUDE.most:
        raise Unreadable(f"the number {text:.40} is too large or too small")
    return value


def _check_length(text: str) -> None:
    if len(text) > NUMBER.most:
        raise Unreadable(f"a number of {len(text):,} characters")


def _constant(text: str) -> Any:
    raise Unreadable(f"{text} is not a number")
