"""Amended files → the disk: each whole, and all of them or, as far as a disk allows it, none."""

import difflib
import os
from collections.abc import Sequence
from contextlib import suppress
from errno import EACCES
from pathlib import Path, PurePosixPath
from stat import S_IMODE

from zsync.bounds import MANIFEST
from zsync.edit.edits import Amended
from zsync.errors import InputError
from zsync.files.reading import leaves_repository, read_bytes
from zsync.files.writing import cannot_write, write_file
from zsync.model import Diagnostic, sentence

_AGAIN = "Run the command again: it reads the file as it is now."


def check_replaceable(files: Sequence[Amended]) -> None:
    """Raises `InputError` with all files that cannot be replaced: links, what is outside of the repository, what changed meanwhile."""
    wrong: list[Diagnostic] = []
    for file in files:
        try:
            _check(file)
        except InputError as error:
            wrong += error.diagnostics
    if wrong:
        raise InputError(tuple(wrong))


def replace_files(files: Sequence[Amended]) -> None:
    """Put the amended bytes in the files' places, permissions kept.

    Each file is compared with what was read right before it is replaced. Raises `InputError` if one of them cannot be replaced: then
    those that were already replaced are put back, and the error names each for which that failed.
    """
    check_replaceable(files)
    done: list[Amended] = []
    try:
        for file in files:
            _check(file)
            _write(file.name, file.after)
            done.append(file)
    except InputError as error:
        raise InputError((*error.diagnostics, *_put_back(done))) from None
    except BaseException:
        _put_back(done)
        raise


def write_apart(files: Sequence[Amended], folder: Path) -> None:
    """Put the amended bytes into a folder, each file under its name there; the files themselves stay as they are.

    Raises `InputError` for what cannot be written, and for a file that is not below the current folder.
    """
    for file in files:
        name = PurePosixPath(file.name)
        if name.is_absolute() or ".." in name.parts:
            raise cannot_write(
                folder / name.name,
                f"{file.name} is not below the current folder",
                "Run the command above it.",
            )
        place = folder / name
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise cannot_write(place, error.strerror or "its folder cannot be made") from None
        write_file(place, file.after)


def lines_of(file: Amended) -> int:
    """How many lines of a file change: one that is replaced counts once."""
    old, new = (text.splitlines(keepends=True) for text in (file.before, file.after))
    steps = difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return sum(max(b - a, d - c) for tag, a, b, c, d in steps if tag != "equal")


def _put_back(done: Sequence[Amended]) -> list[Diagnostic]:
    """Undo what was written, unless somebody wrote since; an error for each file that keeps its new text."""
    left = []
    for file in done:
        with suppress(InputError, OSError):
            if read_bytes(Path(file.name), MANIFEST) == file.after:
                _write(file.name, file.before)
                continue
        message = f"{file.name} was written before that, and could not be put back"
        left.append(Diagnostic("cannot-write", sentence(message), help=sentence("Compare it: git diff.")))
    return left


def _write(name: str, content: bytes) -> None:
    path = Path(name)
    write_file(path, content, mode=S_IMODE(path.stat().st_mode))


def _check(file: Amended) -> None:
    path = Path(file.name)
    if link := _link(path):
        advice = "Nothing is written through a link. Edit what it leads to there."
        raise cannot_write(path, f"{link} is a link", advice)
    if leaves_repository(path, Path.cwd()):
        raise cannot_write(
            path, "it is outside of the repository", "Run the command in the repository of that file."
        )
    try:
        now = read_bytes(path, MANIFEST)
    except OSError as error:
        raise cannot_write(path, error.strerror or "it cannot be read", _AGAIN) from None
    if now != file.before:
        message = f"{file.name} has changed since it was read"
        raise InputError((Diagnostic("changed-file", sentence(message), help=sentence(_AGAIN)),))
    # The writer puts a new file in the place of the old one, for which the folder's permissions are enough.
    if not os.access(path, os.W_OK):
        raise cannot_write(path, os.strerror(EACCES), "Check the file's permissions.")


def _link(path: Path) -> Path | None:
    """The first part of a path that is a link, of those that are below the current folder, or the file itself."""
    parts = [path, *path.parents] if not path.is_absolute() else [path]
    return next((part for part in reversed(parts) if part.name not in ("", "..") and part.is_symlink()), None)
