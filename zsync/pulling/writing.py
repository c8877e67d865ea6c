"""Puts the files of a pull on the disk: all of them, or none."""

import os
from collections.abc import Iterator
from pathlib import Path

from zsync.edit.replacing import replace_files
from zsync.files.writing import cannot_write, write_file
from zsync.pulling.files import Pulled
from zsync.pulling.targets import check_place

_MODE = 0o644
"""New files are committed: whoever may read the repository may read them."""


def write_files(pulled: Pulled) -> None:
    """Write the new files, then the rows that differ into those that are there; each file whole.

    Raises `InputError` where one cannot be written, or is not what it was when it was read: then all are as they were.
    """
    made: list[Path] = []
    try:
        # A manifest comes after the CSV files that it names.
        for file in sorted(pulled.files, key=lambda each: each.path.suffix != ".csv"):
            _check_free(file.path)
            made.extend(_folders(file.path.parent))
            write_file(file.path, file.after, mode=_MODE)
            made.append(file.path)
        replace_files(pulled.amended)
    except BaseException:
        _take_back(made)
        raise


def _check_free(path: Path) -> None:
    check_place(path)
    if os.path.lexists(path):
        raise cannot_write(path, "a file of that name has just been made", "Run zsync pull again.")


def _folders(folder: Path) -> Iterator[Path]:
    """Make the folders that are missing, the outermost first."""
    for each in [each for each in (folder, *folder.parents) if not each.exists()][::-1]:
        try:
            each.mkdir()
        except OSError as error:
            raise cannot_write(folder, error.strerror or str(error)) from None
        yield each


def _take_back(made: list[Path]) -> None:
    for path in reversed(made):
        try:
            if path.is_dir():
                path.rmdir()
            else:
                path.unlink()
        except OSError:
            # Somebody has put something into a folder meanwhile.
            continue
