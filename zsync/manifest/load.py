"""Files → manifests. One run finds all errors of all files."""

import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from zsync.errors import InputError
from zsync.kinds import KINDS, Kind
from zsync.manifest.conflicts import find_conflicts
from zsync.manifest.context import Reading
from zsync.manifest.documents import read_document
from zsync.manifest.files import display, find_files, read_file
from zsync.manifest.torn import without_broken_rows
from zsync.metadata.profile_file import PROFILES, is_profile
from zsync.model import ManagedList, Manifests
from zsync.model.diagnostics import capped
from zsync.syntax.document import Document, parse
from zsync.syntax.locating import place
from zsync.syntax.source import At, Finding, Findings, SourceText, TooManyErrors


@dataclass(frozen=True, slots=True)
class Part:
    """What one manifest says: `used` are the files it was read from, itself and its sheets, by their names."""

    path: Path
    lists: tuple[ManagedList, ...]
    used: Mapping[str, Path]


def load(paths: Sequence[Path], *, kinds: Iterable[Kind] = KINDS, root: Path | None = None) -> Manifests:
    """Read manifests from files and folders (recursively, `*.yaml` and `*.yml`, without `zsync.yaml`).

    Files are named relative to the current folder, or to `root`: a folder that holds another state of the current one.
    Raises `InputError` with the diagnostics of all files, warnings included, if at least one is an error.
    """
    found = find_files(paths, root)
    reading = Reading(tuple(kinds), root, Findings([*found.missing.values(), *found.findings, *found.unread]))
    lists: list[ManagedList] = []
    with suppress(TooManyErrors):
        for path in found.files:
            lists += read_manifest(path, reading).lists
        reading.findings += find_conflicts(lists, reading.sources)
    names = tuple(reading.contents)
    diagnostics = place(reading.findings, names)
    if any(diagnostic.severity == "error" for diagnostic in diagnostics):
        raise InputError(diagnostics)
    return Manifests(tuple(lists), names, digest(reading.contents), capped(diagnostics))


def digest(contents: Mapping[str, bytes]) -> str:
    """`sha256:…` over the names and bytes of files."""
    found = sha256()
    # Lengths come before names and bytes, so that no other files, cut differently, have the same digest.
    for name, data in sorted(contents.items()):
        written = os.fsencode(name)
        found.update(b"%d:%b%d:" % (len(written), written, len(data)) + data)
    return f"sha256:{found.hexdigest()}"


def read_manifest(path: Path, reading: Reading) -> Part:
    """What a manifest says, as far as it is sound; what is wrong goes to `reading.findings`."""
    reading.used = {}
    source = read_file(path, display(path, reading.root), "yaml", reading)
    if source is None:
        return Part(path, (), reading.used)
    if is_profile(reading.contents[source.name]):
        if path.parent.name != PROFILES:
            message = "this is an org profile, and not in the folder where it is looked for"
            at, advice = At(source, 1, 1), f"move it into `{PROFILES}` beside zsync.yaml, or delete it"
            reading.findings.append(Finding("stray-profile", message, at, advice))
        return Part(path, (), reading.used)
    documents, findings = parse(source)
    reading.findings += findings
    read_torn(source, documents, path, reading, findings)
    if not findings and all(document.root is None for document in documents):
        at = At(source, 1, 1)
        reading.findings.append(
            Finding("empty-file", "the file holds no manifest", at, "delete it, or fill it in", "warning")
        )
    lists = [
        managed
        for document in documents
        if document.root is not None
        for managed in read_document(document, source, path, reading)
    ]
    return Part(path, tuple(lists), reading.used)


def read_torn(
    source: SourceText,
    documents: Sequence[Document],
    path: Path,
    reading: Reading,
    findings: Sequence[Finding],
) -> None:
    """Find what else is wrong in documents that a broken row hides; `documents` and `findings` are those of the text as it stands.

    The lists of such documents go no further.
    """
    if not any(each.code == "yaml" for each in findings):
        return
    torn = without_broken_rows(source, documents, findings)
    reading.findings += torn.findings
    for document in torn.documents:
        if document.root is not None:
            read_document(document, torn.source, path, reading, torn=True)


__all__ = ["Part", "digest", "load", "read_manifest"]
