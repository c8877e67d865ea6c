"""Files → their canonical form, and back onto the disk, whole or not at all."""

import os
import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from errno import EACCES
from pathlib import Path
from stat import S_IMODE
from typing import NamedTuple, TypeAlias

from zsync.edit.outline import outline
from zsync.edit.printer import canonical_text
from zsync.edit.stretches import shorten
from zsync.errors import InputError, ZsyncError
from zsync.files.writing import cannot_write, write_file
from zsync.kinds import KINDS, Kind
from zsync.manifest.conflicts import find_conflicts
from zsync.manifest.context import Reading
from zsync.manifest.documents import read_document
from zsync.manifest.files import CONFIG_NAMES, display, find_files, read_file
from zsync.manifest.load import read_torn
from zsync.model import Diagnostic, Span, sentence
from zsync.model.diagnostics import capped
from zsync.syntax.document import Document, Map, Node, Number, Seq, parse
from zsync.syntax.locating import place
from zsync.syntax.source import LINE_END, SourceText, TooManyErrors

_Meaning: TypeAlias = "tuple[str, str | bool | None] | dict[str, _Meaning] | list[_Meaning]"


class Formatted(NamedTuple):
    """A manifest and its canonical form, as bytes of UTF-8. With errors among `diagnostics`, both are the same."""

    path: Path
    name: str
    before: bytes
    after: bytes
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def changes(self) -> bool:
        """Whether the file is not canonical yet."""
        return self.before != self.after


def format_files(paths: Sequence[Path], *, kinds: Iterable[Kind] = KINDS) -> Iterator[Formatted]:
    """The manifests of files and folders, one by one, as `load` finds them. Nothing is written.

    A `zsync.yaml` is left out, even if it is named. A file is judged by itself: two that contradict each other are both
    formatted. Raises `InputError` where a path holds no manifest, before the first file.
    """
    kinds = tuple(kinds)
    found = find_files([path for path in paths if path.name not in CONFIG_NAMES])
    if wrong := [*found.missing.values(), *found.findings]:
        raise InputError(place(wrong, ()))
    return (_format(path, kinds) for path in found.files)


def write(formatted: Formatted) -> None:
    """Put the canonical form in the file's place, whole or not at all. Permissions and links to the file stay.

    Raises `InputError` if the file cannot be written.
    """
    target = formatted.path.resolve()
    # The writer puts a new file in the place of the old one, for which the folder's permissions are enough.
    if not os.access(target, os.W_OK):
        raise cannot_write(Path(formatted.name), os.strerror(EACCES), "Check the file's permissions.")
    write_file(target, formatted.after, mode=S_IMODE(target.stat().st_mode))


def difference(formatted: Formatted) -> Diagnostic:
    """The first place in which a file differs from its canonical form, and the command that mends it."""
    before, after = (text.decode().split("\n") for text in (formatted.before, formatted.after))
    line = min(_first_difference(before, after), len(before) - 1)
    column = _first_difference(before[line], after[line] if line < len(after) else "")
    return Diagnostic(
        "not-canonical",
        sentence("the file is not in its canonical form"),
        Span(formatted.name, line + 1, column + 1),
        sentence(f"run `zsync fmt {shlex.quote(formatted.name)}`"),
    )


def _first_difference(text: Sequence[str], other: Sequence[str]) -> int:
    pairs = enumerate(zip(text, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(text), len(other)))


def _format(path: Path, kinds: tuple[Kind, ...]) -> Formatted:
    name, reading, source = display(path), Reading(kinds), None
    documents: tuple[Document, ...] = ()
    with suppress(TooManyErrors):
        source = read_file(path, name, "yaml", reading)
        documents = _check(source, path, reading) if source else ()
    diagnostics = capped(place(reading.findings, tuple(reading.contents)))
    before = reading.contents.get(name, b"")
    if source is None or any(diagnostic.severity == "error" for diagnostic in diagnostics):
        return Formatted(path, name, before, before, diagnostics)
    text = LINE_END.sub("\n", source.text)
    after = canonical_text(text, kinds)
    if after != text:
        _compare(documents, text, after, name)
    return Formatted(path, name, before, after.encode())


def _check(source: SourceText, path: Path, reading: Reading) -> tuple[Document, ...]:
    """Find everything that is wrong in one file."""
    documents, findings = parse(source)
    reading.findings += findings
    read_torn(source, documents, path, reading, findings)
    lists = [
        managed
        for document in documents
        if document.root is not None
        for managed in read_document(document, source, path, reading)
    ]
    reading.findings += find_conflicts(lists, reading.sources)
    return documents


def _compare(documents: Iterable[Document], before: str, after: str, name: str) -> None:
    """Raises `ZsyncError` unless both texts mean the same and have the same comments.

    Checked for every file: a manifest that silently lost a row would delete a relation.
    """
    again, findings = parse(SourceText(name, after))
    alike = not findings and _meanings(documents) == _meanings(again)
    if not alike or _comments(before) != _comments(after):
        raise ZsyncError(
            f"{name}: the canonical form would mean something else: the file stays as it is",
            help="This is a bug in zsync: please report it, with the file if you may. Rewrite what is unusual in it.",
        )


def _meanings(documents: Iterable[Document]) -> list[_Meaning]:
    return [_meaning(document.root) for document in documents if document.root is not None]


def _meaning(node: Node, key: str = "") -> _Meaning:
    """What a node says: types count, but for an id, which is digits either way."""
    if isinstance(node, Map):
        return {name: _meaning(value, name) for name, value in node.items()}
    if isinstance(node, Seq):
        return [_meaning(value) for value in node]
    number = isinstance(node, Number) and key != "id"
    return "number" if number else "text" if isinstance(node, str) else "", node


def _comments(text: str) -> Counter[str]:
    # Stretches hold no comment, so the short text has them all.
    return Counter(comment.text for comment in outline(shorten(text)[0]).comments)
