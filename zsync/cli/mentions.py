"""Where names stand in the files of a folder and in the journals: what a person's being forgotten leaves to do by hand."""

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

_APART = frozenset({".git", ".venv", "venv", "node_modules", "__pycache__"})
"""Folders that hold other people's files."""

_PACKED = frozenset({".xlsx", ".xlsm", ".ods", ".zip", ".gz", ".pdf", ".docx"})
"""Endings of files whose text no search finds."""

_FORMAT = re.compile(rb'"format"\s*:\s*"(zsync\.[a-z]+)[/"]')
_LINES = 20


class Mentions(NamedTuple):
    """Where names stand: `lines` by file, `saved` are plans, reports, snapshots and journals, `unread` are files not looked into."""

    lines: Mapping[str, tuple[int, ...]]
    saved: tuple[str, ...]
    unread: tuple[str, ...]


def mentions(
    folder: Path, names: Iterable[str], instead: Mapping[str, bytes], journals: Iterable[Path]
) -> Mentions:
    """Where names stand below a folder, whatever their case, and in these journals.

    `instead` are the bytes of files as they are to become, by their paths from the current folder; empty for one that goes.
    """
    wanted = _forms(names)
    lines: dict[str, tuple[int, ...]] = {}
    saved: list[str] = []
    unread: list[str] = []
    for path in _files(folder):
        shown = Path(os.path.relpath(path)).as_posix()
        content = instead[shown] if shown in instead else _content(path)
        if content is None or path.suffix.lower() in _PACKED:
            unread.append(shown)
            continue
        found = _lines(content, wanted)
        if found and _FORMAT.search(content[:4096] + content[-4096:]):
            saved.append(shown)
        elif found:
            lines[shown] = found
    saved += [str(file) for file in journals if _lines(_content(file) or b"", wanted)]
    return Mentions(lines, tuple(saved), tuple(unread))


def _forms(names: Iterable[str]) -> list[str]:
    """The names as text has them, as JSON does, and as the plan does that a journal holds as a JSON text."""
    forms: dict[str, None] = {}
    for name in filter(None, names):
        once = json.dumps(name)[1:-1]
        forms.update(dict.fromkeys(each.casefold() for each in (name, once, json.dumps(once)[1:-1])))
    return list(forms)


def _files(folder: Path) -> Iterator[Path]:
    for where, folders, files in os.walk(folder):
        folders[:] = sorted(each for each in folders if each not in _APART)
        yield from (Path(where, each) for each in sorted(files) if not Path(where, each).is_symlink())


def _content(path: Path) -> bytes | None:
    """The bytes of a file; None where it cannot be read, or is too large."""
    from zsync.bounds import SAVED
    from zsync.files.reading import read_bytes

    try:
        return read_bytes(path, SAVED)
    except OSError:
        return None


def _lines(content: bytes, wanted: Iterable[str]) -> tuple[int, ...]:
    """The numbers of the first lines that have one of the names."""
    text = content.decode("utf-8", "replace").casefold()
    if not any(name in text for name in wanted):
        return ()
    numbers = (at for at, line in enumerate(text.split("\n"), 1) if any(name in line for name in wanted))
    return tuple(at for at, _ in zip(numbers, range(_LINES), strict=False))
