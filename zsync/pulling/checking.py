"""Whether files mean what they were made to mean: read back before they are written, as a plan will read them."""

from collections.abc import Iterable
from pathlib import Path

from zsync.errors import ZsyncError
from zsync.kinds import Kind
from zsync.manifest.context import Reading
from zsync.manifest.files import Disk
from zsync.manifest.load import read_manifest
from zsync.model import ManagedList
from zsync.pulling.composing import NewList
from zsync.pulling.files import Pulled, PulledFile
from zsync.syntax.locating import place


class Unwritten(Disk):
    """The disk as it will be, with files that are not written yet."""

    def __init__(self, files: Iterable[PulledFile]) -> None:
        self._files = {file.path: file.after for file in files}

    def is_file(self, path: Path) -> bool:
        """Whether there is a file, or will be one."""
        return path in self._files or super().is_file(path)

    def read(self, path: Path) -> bytes:
        """What is in a file, or will be. Raises `OSError`."""
        return self._files[path] if path in self._files else super().read(path)


def check_meaning(pulled: Pulled, kinds: tuple[Kind, ...]) -> None:
    """Raises `ZsyncError` unless each new manifest is read without an error, and its new lists with exactly their rows.

    Checked for every file: one that silently lost a row would take somebody out of a campaign some day.
    """
    reading = Reading(kinds, tree=Unwritten(pulled.files))
    for each in pulled.parents:
        if each.path is None:
            continue
        lists = read_manifest(each.path, reading).lists
        wrong = [one for one in place(reading.findings) if one.severity == "error"]
        if wrong:
            raise _bug(each.path, str(wrong[0].message))
        for made in each.written:
            if not any(_says(managed, made) for managed in lists):
                raise _bug(each.path, f"its {made.name} would mean something else")


def _says(managed: ManagedList, made: NewList) -> bool:
    """Whether a list that was read has the rows that were written, and no others."""
    if managed.name != made.name or managed.key != (made.key or ("id",)):
        return False
    read = {(row.key, row.by_id or managed.key == ("id",)): row.fields for row in managed.records}
    rows = made.all_rows
    written = {(row.key, row.by_id): {**made.defaults, **row.fields} for row in rows}
    return len(read) == len(managed.records) == len(rows) and _typed(read) == _typed(written)


def _typed(rows: dict) -> dict:  # type: ignore[type-arg]
    """Rows whose values differ where only their types do: to Python, true is 1."""
    return {
        key: {name: (isinstance(value, bool), value) for name, value in fields.items()}
        for key, fields in rows.items()
    }


def _bug(path: Path, why: str) -> ZsyncError:
    return ZsyncError(
        f"{path}: {why}: nothing was written",
        help="This is a bug in zsync: please report it with the name of the record, if you may.",
    )
