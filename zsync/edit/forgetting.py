"""A person out of the manifests: their rows, wherever they stand, and the documents that are about them alone."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from zsync.edit.amending import amend
from zsync.edit.edits import Amended, Refused, RemoveRow
from zsync.edit.splicing import Original, Splice
from zsync.kinds import KINDS, Kind
from zsync.model import ManagedList, Row, Span
from zsync.syntax.document import parse
from zsync.syntax.source import decode

_COMMENT = re.compile(r"\s*#")
_MODELINE = re.compile(r"#\s*yaml-language-server:")


class Forgotten(NamedTuple):
    """What becomes of the files: `files` are amended, `gone` have nothing left. `refused` are rows that no edit can take out."""

    files: tuple[Amended, ...]
    gone: tuple[Amended, ...]
    refused: tuple[Refused, ...]


def forget(
    rows: Sequence[tuple[ManagedList, Row]],
    parents: Iterable[Span],
    contents: Mapping[str, bytes],
    lists: Sequence[ManagedList],
    kinds: Iterable[Kind] = KINDS,
    words: Iterable[str] = (),
) -> Forgotten:
    """Take these rows out, and the documents whose `parent` stands in one of these places; all else keeps its bytes.

    A comment goes with the row that it belongs to. One above a row that begins a group goes where it has one of `words`, the
    person's names. `contents` are the bytes of all files that are named, `lists` all that was read from them. Nothing is written.
    """
    places: dict[str, set[int]] = {}
    for span in parents:
        places.setdefault(span.file, set()).add(_index(contents[span.file], span))
    edits = [
        RemoveRow(managed, row)
        for managed, row in rows
        # What goes with its document is not taken out before.
        if row.file
        or _index(contents[managed.span.file], managed.parent.span) not in places.get(managed.span.file, ())
    ]
    made = amend(edits, contents, lists, kinds)
    above = _above(edits, contents, words)
    files = {
        file.name: file._replace(after=_without_lines(file.after, above.get(file.name, set())))
        for file in made.files
    }
    for name, indexes in places.items():
        now = files.get(name, Amended(name, contents[name], contents[name], ()))
        files[name] = now._replace(after=without_documents(now.after, indexes))
    gone = tuple(file for file in files.values() if not file.after)
    return Forgotten(tuple(file for file in files.values() if file.after), gone, made.refused)


def without_documents(content: bytes, indexes: Iterable[int]) -> bytes:
    """The YAML file without the documents of these numbers, from 0, each with its comments; empty where none is left.

    The line that tells editors of a schema stays.
    """
    original = Original(content)
    out, starts = set(indexes), _starts(content)
    if out >= {*range(len(starts))}:
        return b""
    lines = original.text.split("\n")
    at = [0]
    for line in lines:
        at.append(min(at[-1] + len(line) + 1, len(original.text)))
    ends = [*starts[1:], len(lines)]
    splices = [Splice(at[starts[each]], at[ends[each]], "") for each in sorted(out)]
    if 0 in out:
        first = min({*range(len(starts))} - out)
        # The mark between two documents is none before the first.
        begins = starts[first] + (lines[starts[first]].strip() == "---")
        head = "".join(f"{line}\n" for line in lines[: ends[0]] if _MODELINE.match(line))
        splices = [
            Splice(0, at[begins], head, whole=True),
            *(each for each in splices if each.start >= at[begins]),
        ]
    return original.spliced(splices)


def _above(
    edits: Iterable[RemoveRow], contents: Mapping[str, bytes], words: Iterable[str]
) -> Mapping[str, set[str]]:
    """The comments right above rows that have one of the words, by file: lines of their own."""
    named = [re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.IGNORECASE) for word in words if word]
    found: dict[str, set[str]] = {}
    for edit in edits:
        if edit.row.file:
            continue
        lines = Original(contents[edit.file]).text.split("\n")
        at = edit.row.line - 2
        while at >= 0 and _COMMENT.match(lines[at]):
            if any(name.search(lines[at]) for name in named):
                found.setdefault(edit.file, set()).add(lines[at])
            at -= 1
    return found


def _without_lines(content: bytes, gone: Collection[str]) -> bytes:
    """The file without these comments; as it is where the lines turn out to be no comments, but a part of a text."""
    if not gone:
        return content
    original, splices, at = Original(content), list[Splice](), 0
    for line in original.text.split("\n"):
        if line in gone:
            splices.append(Splice(at, min(at + len(line) + 1, len(original.text)), ""))
        at += len(line) + 1
    after = original.spliced(splices)
    same = [document.root for document in parse(decode("", content)[0])[0]]
    return after if [document.root for document in parse(decode("", after)[0])[0]] == same else content


def _index(content: bytes, span: Span) -> int:
    """The number of the document that a place is in, from 0."""
    source, _ = decode(span.file, content)
    lines = [document.line for document in parse(source)[0]]
    return max(at for at, line in enumerate(lines) if line <= span.line)


def _starts(content: bytes) -> list[int]:
    """The index of the line with which each document begins: its `---`, or the first line of the file."""
    source, _ = decode("", content)
    return [document.line - 1 if at else 0 for at, document in enumerate(parse(source)[0])]
