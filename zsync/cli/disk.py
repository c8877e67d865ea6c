"""The files that options and arguments name: read whole, and written whole or not at all."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from zsync.errors import InputError

if TYPE_CHECKING:
    from zsync.model import Diagnostic


def read_saved(path: Path, advice: str = "Make a plan first: `zsync plan --out FILE`.") -> str:
    """The text of a plan, report or snapshot file. Raises `InputError` where it cannot be read."""
    from zsync.bounds import SAVED
    from zsync.files.reading import read_bytes
    from zsync.model import Diagnostic, sentence

    try:
        return read_bytes(path, SAVED).decode("utf-8")
    except OSError as error:
        why = error.strerror or "it cannot be read"
    except UnicodeDecodeError:
        why = "it is not UTF-8 text"
    raise InputError((Diagnostic("cannot-read", sentence(f"{path}: {why}"), help=sentence(advice)),))


@contextmanager
def saved(files: Iterable[tuple[Path, str]]) -> Iterator[None]:
    """Write files before what is printed in the block: whatever happens to the terminal, they are there.

    Each of them is tried. Raises `InputError`, after the block, for those that could not be written.
    """
    from zsync.files.writing import write_file

    failures: list[Diagnostic] = []
    for path, text in files:
        try:
            write_file(path, text)
        except InputError as error:
            failures += error.diagnostics
    yield
    if failures:
        raise InputError(tuple(failures))


def check_places(paths: Iterable[Path | None]) -> None:
    """Raises `InputError` where a file could not be written: better now than after the work."""
    from zsync.files.writing import check_target

    for path in paths:
        if path is not None:
            check_target(path)
