"""`never` of `consent:`: addresses, patterns and ids, written in zsync.yaml or in files beside it."""

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import PurePosixPath, PureWindowsPath
from types import MappingProxyType
from typing import NamedTuple

from zsync.bounds import PATTERNS
from zsync.model.never import Mention, Never, plain_address
from zsync.syntax.recovery import forbidden
from zsync.syntax.source import LINE_END, At, Finding, SourceText, decode

Read = Callable[[str], tuple[bytes, str]]
"""The path of a file, relative to zsync.yaml and with `/` → what is in it, and its path from the repository's root.

Raises `OSError`, whose `strerror` says why it cannot be read.
"""

_POINTER = b"version https://git-lfs.github.com/spec/"
_FILES = (".csv", ".txt")
_ID = re.compile("[0-9]{1,20}")
_MAIL = re.compile(r"[^@\s]+@[^@\s]+")
_DELIMITERS = ",;\t"
_SHOWN = 5
_LONGEST = 320
"""Most characters of an address."""


class _Row(NamedTuple):
    number: int
    cells: Sequence[str]


@dataclass(slots=True)
class _Entries:
    addresses: dict[str, Mention] = field(default_factory=dict)
    ids: dict[str, Mention] = field(default_factory=dict)
    patterns: dict[str, Mention] = field(default_factory=dict)

    def add(self, text: str, place: Mention) -> bool:
        """Take an entry; False for a text that is none."""
        text = text.strip()
        if _ID.fullmatch(text):
            self.ids.setdefault(text, place)
        elif len(text) > _LONGEST or not _MAIL.fullmatch(text):
            return False
        elif "*" in text or "?" in text:
            self.patterns.setdefault(plain_address(text), place)
        else:
            self.addresses.setdefault(plain_address(text), place)
        return True

    def besides(self, other: "_Entries") -> None:
        """Take the entries of another as well; of the same, the first place counts."""
        for mine, others in (
            (self.addresses, other.addresses),
            (self.ids, other.ids),
            (self.patterns, other.patterns),
        ):
            mine.update({text: place for text, place in others.items() if text not in mine})

    def never(self) -> Never:
        """All that was taken."""
        return Never(
            MappingProxyType(self.addresses), MappingProxyType(self.ids), tuple(self.patterns.items())
        )


def read_never(
    written: Sequence[str], places: Sequence[At], name: str, read: Read | None, findings: list[Finding]
) -> Never:
    """The entries of `never`; `places` are where each is written, `name` the path of zsync.yaml from the repository's root.

    Without `read` its files are left out. What is wrong with them is added to `findings`.
    """
    entries = _Entries()
    for text, at in zip(written, places, strict=True):
        if text.strip().lower().endswith(_FILES):
            if read is not None:
                _file(text.strip(), at, entries, read, findings)
        elif not entries.add(text, Mention(name, at.line)):
            advice = "write an address, a pattern such as `*@competitor.example`, a record's id, or a file that ends in `.csv` or `.txt`"
            findings.append(Finding("bad-value", "this names nobody", at, advice))
    if len(entries.patterns) > PATTERNS.most and places:
        message = f"{len(entries.patterns):,} patterns are more than {PATTERNS.most:,}"
        findings.append(
            Finding("bad-value", message, places[0], "write `*@domain` for all addresses of a domain")
        )
    return entries.never()


def _file(written: str, at: At, entries: _Entries, read: Read, findings: list[Finding]) -> None:
    path = written.replace("\\", "/")
    if PurePosixPath(path).is_absolute() or PureWindowsPath(written).anchor or "\0" in path:
        advice = "write a path relative to this file, within the repository"
        findings.append(Finding("unsafe-path", f"`{written}` leads out of the repository", at, advice))
        return
    try:
        data, name = read(path)
    except FileNotFoundError:
        message = f"there is no file `{written}`"
        findings.append(Finding("missing-file", message, at, "its path is relative to this file"))
        return
    except OSError as error:
        message = f"`{written}` cannot be read: {error.strerror or error}"
        findings.append(Finding("unreadable-file", message, at, "without it nobody knows whom to keep out"))
        return
    if data.startswith(_POINTER):
        message = f"`{written}` is a pointer of Git LFS: its entries are somewhere else"
        findings.append(Finding("unreadable-file", message, at, "fetch what it stands for: `git lfs pull`"))
        return
    found, wrong = _parsed(name, data)
    findings += wrong
    entries.besides(found)


@lru_cache(maxsize=8)
def _parsed(name: str, data: bytes) -> "tuple[_Entries, tuple[Finding, ...]]":
    """The entries of a file, and what is wrong with it. Mostly the base has the very same one: it is read once."""
    entries = _Entries()
    source, wrong = decode(name, data, "csv")
    if wrong := wrong or forbidden(source):
        return entries, (wrong,)
    return entries, tuple(_take(source, entries))


def _take(source: SourceText, entries: _Entries) -> Iterator[Finding]:
    """Take the entries of a file; what is none is told, the first few by their lines."""
    rows, wrong = _lines(source) if source.name.lower().endswith(".txt") else _records(source)
    if wrong:
        yield wrong
        return
    strange = [
        row.number
        for row in rows
        for cell in row.cells
        if cell.strip() and not entries.add(cell, Mention(source.name, row.number))
    ]
    for number in strange[:_SHOWN]:
        yield Finding("bad-value", "this is neither an address nor an id", At(source, number, 1), _ADVICE)
    if len(strange) > _SHOWN:
        message = f"{len(strange) - _SHOWN:,} more lines hold neither an address nor an id"
        yield Finding("bad-value", message, At(source, strange[_SHOWN], 1), _ADVICE)


_ADVICE = "correct or remove it: whom it names would not be kept out"


def _lines(source: SourceText) -> tuple[list[_Row], Finding | None]:
    """The entries of a text, one a line; `#` begins a comment."""
    lines = enumerate(LINE_END.split(source.text), 1)
    return [_Row(number, [line]) for number, line in lines if not line.lstrip().startswith("#")], None


def _records(source: SourceText) -> tuple[list[_Row], Finding | None]:
    """The cells of a CSV's columns of addresses and ids; of one without a header, those of its only column."""
    first = next((line for line in source.text.splitlines() if line.strip()), "")
    delimiter = max(_DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(source.text, newline=""), delimiter=delimiter, strict=True)
    rows, begins = list[_Row](), 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append(_Row(begins, cells))
            begins = reader.line_num + 1
    except csv.Error as error:
        advice = "check the quotes of this line; a quote inside of a value is written twice"
        return [], Finding("csv", f"this is no CSV: {error}", At(source, begins, 1), advice)
    if not rows or (len(rows[0].cells) == 1 and not _is_header(rows[0].cells[0])):
        return rows, None
    columns = _columns(rows[0].cells)
    if not columns:
        advice = "name a column `Email` or `id` in the first line, or write one address a line"
        return [], Finding("csv", "no column holds addresses or ids", At(source, rows[0].number, 1), advice)
    return [
        row._replace(cells=[row.cells[at] for at in columns if at < len(row.cells)]) for row in rows[1:]
    ], None


def _columns(names: Sequence[str]) -> list[int]:
    named = [
        at for at, name in enumerate(names) if name.strip().casefold() == "id" or "mail" in name.casefold()
    ]
    # Of a single column it does not matter what it is called.
    named = [at for at in named if _is_header(names[at])]
    return named or ([0] if len(names) == 1 else [])


def _is_header(cell: str) -> bool:
    """Whether a first cell names its column: a mistyped address, which has a dot, must not pass for a name."""
    return not ("@" in cell or "." in cell or _ID.fullmatch(cell.strip()))
