"""One file out of a zip archive that a stranger may have packed."""

import stat
import zipfile
import zlib
from pathlib import Path

from zsync.bounds import ARCHIVE, MEMBERS, TABLE, Bound
from zsync.errors import PlanRefused
from zsync.files.writing import create

_CHUNK = 1024 * 1024
# https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3.16: the end of an archive, without and with a comment.
_ENDS = b"PK\5\6"
_END = 22
_LONGEST_END = _END + 65_535
# What zipfile raises for a file that is no archive, is cut off, is encrypted, uses an unknown method or cannot be written.
_BROKEN = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError)


def extract(archive: Path, name: str, into: Path, most: Bound = ARCHIVE) -> bool:
    """Write the member `name` to the new file `into` (mode 0600). Returns False if the archive does not have it.

    Only one regular file of exactly that name counts; no other member is unpacked, so no member's name can lead out of a
    folder. The bytes are counted as they are written, since an archive may lie about its sizes. Raises `PlanRefused` for an
    archive that is broken or too large; then there is no file.
    """
    try:
        _check_table(archive)
        with zipfile.ZipFile(archive) as packed:
            member = _member(packed, name)
            if member is None:
                return False
            _write(packed, member, into, most)
    except _BROKEN as error:
        into.unlink(missing_ok=True)
        raise PlanRefused(f"the archive cannot be read: {type(error).__name__}") from None
    except PlanRefused:
        into.unlink(missing_ok=True)
        raise
    return True


def _check_table(archive: Path) -> None:
    """Raises `PlanRefused` for a table of members that is too long: a value is made of each before they can be counted."""
    with archive.open("rb") as file:
        file.seek(max(archive.stat().st_size - _LONGEST_END, 0))
        end = file.read()
    # As zipfile looks for it: at the very end, or before a comment.
    plain = end[-_END:-18] == _ENDS and end[-2:] == b"\0\0"
    start = len(end) - _END if plain else end.rfind(_ENDS)
    size = int.from_bytes(end[start + 12 : start + 16], "little") if start >= 0 else 0
    if size > TABLE.most:
        raise PlanRefused(f"the archive's table of files has more than {TABLE.most:,} bytes")


def _member(packed: zipfile.ZipFile, name: str) -> zipfile.ZipInfo | None:
    members = packed.infolist()
    if len(members) > MEMBERS.most:
        raise PlanRefused(f"the archive has {len(members):,} files, more than {MEMBERS.most:,}")
    found = [member for member in members if member.filename == name]
    if len(found) > 1 or not all(map(_regular, found)):
        raise PlanRefused(f"the archive's {name} is no single file")
    return found[0] if found else None


def _regular(member: zipfile.ZipInfo) -> bool:
    """Whether a member is a file. One that was not packed on Unix has no type, and counts as one."""
    kind = stat.S_IFMT(member.external_attr >> 16)
    return not member.is_dir() and kind in (0, stat.S_IFREG)


def _write(packed: zipfile.ZipFile, member: zipfile.ZipInfo, into: Path, most: Bound) -> None:
    written = 0
    with packed.open(member) as source, create(into) as file:
        while chunk := source.read(_CHUNK):
            written += len(chunk)
            if written > most.most:
                raise PlanRefused(f"the archive's {member.filename} has more than {most.most:,} bytes")
            file.write(chunk)
