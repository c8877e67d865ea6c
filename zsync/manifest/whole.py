"""The whole tree of an environment: what the paths of a command line lead to, and what stands outside of them.

Paths narrow what is changed, never what counts as desired. A file outside of them that cannot be read is no error of
theirs; but since nobody knows which rows it declares, nothing may be deleted for being declared nowhere.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from zsync.errors import InputError
from zsync.kinds import Kind
from zsync.manifest.conflicts import find_conflicts
from zsync.manifest.context import Reading
from zsync.manifest.files import (
    MARK,
    Disk,
    FileTree,
    FoundFiles,
    find_files,
    is_manifest,
    misnamed,
    unread_link,
    unread_name,
)
from zsync.manifest.load import Part, digest, read_manifest
from zsync.model import Diagnostic, ManagedList, Manifests, Span, sentence
from zsync.model.diagnostics import capped
from zsync.syntax.locating import place
from zsync.syntax.source import Finding, Findings, SourceText, TooManyErrors

_OTHERS = "; if the other file is another org's, say which folders are whose: `manifests` of the environments in zsync.yaml"


class Committed(FileTree, Protocol):
    """A tree of a commit. Its paths are absolute, without links above the repository's root."""

    def files(self, folder: Path) -> Iterator[Path]:
        """The files below a folder, sorted; the path itself, where it is one."""

    def loose_links(self, folder: Path) -> Iterator[Path]:
        """The links below a folder that lead to no file of the commit, sorted."""

    def real(self, path: Path) -> Path:
        """The file that a path leads to, with links of the commit followed."""

    def fetch(self, paths: Iterable[Path]) -> None:
        """Read all of these files at once."""

    def same(self, path: Path, content: bytes) -> bool:
        """Whether the commit has this very content there."""


@dataclass(frozen=True, slots=True)
class WholeTree:
    """The manifests, and how they were read: `parts` by the real path of each manifest.

    `missing` says, as errors, why paths hold no manifest.
    """

    manifests: Manifests
    missing: Mapping[Path, Diagnostic]
    kinds: tuple[Kind, ...]
    parts: Mapping[Path, Part]
    contents: Mapping[str, bytes]
    sources: dict[str, SourceText]


def load_whole(
    paths: Sequence[Path], folders: Sequence[Path], around: Sequence[Path] = (), *, kinds: Iterable[Kind]
) -> WholeTree:
    """Read the manifests at `paths`, and those of the rest of the tree, which is in `folders`.

    The folders `around` hold files of other programs, too: those that name no related list are left out.

    Raises `InputError` with the diagnostics of what `paths` lead to, if at least one is an error. Whatever is wrong outside
    of them is in `Manifests.unread`.
    """
    own, every = find_files(paths), find_files(folder for folder in folders if folder.exists())
    others = _others(own, every, find_files(around))
    reading = Reading(tuple(kinds), findings=Findings(own.findings))
    parts = _read(own.files, reading)
    beside = replace(reading, findings=Findings(_new(every.findings, own.findings)), outside=True)
    there = _read(others, beside)
    inside = {name for part in parts for name in part.used}
    for finding in find_conflicts([*_lists(parts), *_lists(there)], reading.sources):
        about = {at.source.name for at in (finding.at, *(note for note, _ in finding.notes))}
        if inside & about and about - inside:
            finding = finding._replace(help=sentence(f"{finding.help}{_OTHERS}"))  # noqa: PLW2901
        with suppress(TooManyErrors):
            (reading if inside & about else beside).findings.append(finding)
    names = tuple(name for name in reading.contents if name in inside)
    diagnostics = place(reading.findings, names)
    if any(diagnostic.severity == "error" for diagnostic in diagnostics):
        raise InputError(diagnostics)
    unread = tuple(_unread(own, every, diagnostics, place(beside.findings)))
    warnings = capped([each for each in diagnostics if each.code != "empty-file"])
    manifests = Manifests(_lists(parts), names, digest(reading.contents), warnings, _lists(there), unread)
    return WholeTree(
        manifests,
        {path: place([finding])[0] for path, finding in own.missing.items()},
        reading.kinds,
        {Path(os.path.realpath(part.path)): part for part in (*parts, *there)},
        reading.contents,
        reading.sources,
    )


def load_committed(
    tree: Committed,
    folders: Iterable[Path],
    around: Iterable[Path],
    inside: Callable[[Path], bool],
    now: WholeTree,
    unread: list[Diagnostic] | None = None,
) -> tuple[ManagedList, ...]:
    """What the manifests of a commit say, in `folders` and `around` as in `load_whole`; `inside` tells which files the paths lead to.

    A manifest that is as it is now is not read again: its lists are the very ones of `now`. To `unread` errors are added for what
    could hold manifests and says nothing. Raises `InputError` with the
    diagnostics of all files, if at least one is an error.
    """
    reading = Reading(now.kinds, tree=tree)
    kept: list[ManagedList] = []
    new: list[ManagedList] = []
    there = committed_files(tree, around).values()
    tree.fetch(there)
    beside = _mentioning(there, tree)
    files = committed_files(tree, folders) | {tree.real(path): path for path in beside}
    with suppress(TooManyErrors):
        for real, path in files.items():
            part = now.parts.get(real)
            if part and all(tree.same(used, now.contents[name]) for name, used in part.used.items()):
                kept += part.lists
            else:
                reading.outside = not inside(real)
                new += read_manifest(Path(os.path.relpath(path)), reading).lists
        reading.findings += find_conflicts([*kept, *new], now.sources | reading.sources, new)
    diagnostics = place(reading.findings, tuple(reading.contents))
    if any(diagnostic.severity == "error" for diagnostic in diagnostics):
        raise InputError(diagnostics)
    if unread is not None:
        empty = [each for each in diagnostics if each.code == "empty-file"]
        unread += (replace(each, severity="error") for each in (*_passed_over(tree, folders), *empty))
    return (*kept, *new)


def _passed_over(tree: Committed, folders: Iterable[Path]) -> tuple[Diagnostic, ...]:
    """Links of a commit that lead to no file of it, and manifests under names that nothing reads."""
    findings: list[Finding] = []
    for folder in (Path(os.path.realpath(each)) for each in folders):
        links = (link for link in tree.loose_links(folder) if _shown(link.relative_to(folder)))
        findings += (unread_link(os.path.relpath(link)) for link in links)
        files = [path for path in tree.files(folder) if path != folder and _shown(path.relative_to(folder))]
        beside: dict[Path, set[str]] = {}
        for path in files:
            beside.setdefault(path.parent, set()).add(path.name)
        wrong = (path for path in files if misnamed(path, beside[path.parent], tree))
        findings += (unread_name(os.path.relpath(path), path.name) for path in wrong)
    return place(findings)


def committed_files(tree: Committed, folders: Iterable[Path]) -> dict[Path, Path]:
    """The manifests of a commit in these folders: the real path of each → the one that leads to it first."""
    files: dict[Path, Path] = {}
    for folder in (Path(os.path.realpath(each)) for each in folders):
        for path in tree.files(folder):
            if path == folder or _counts(path.relative_to(folder)):
                files.setdefault(tree.real(path), path)
    return files


def _mentioning(files: Iterable[Path], tree: FileTree) -> list[Path]:
    """Those of the files that could be manifests, by what is in them."""
    found = []
    for file in files:
        try:
            if MARK not in tree.read(file):
                continue
        except OSError:
            continue
        found.append(file)
    return found


def _counts(below: Path) -> bool:
    """Whether a file of a commit is one that `find_files` would find in the folder."""
    return is_manifest(below.name) and _shown(below)


def _shown(below: Path) -> bool:
    """Whether neither the file nor a folder that it is in is hidden."""
    return not any(part.startswith(".") for part in below.parts)


def _read(files: Iterable[Path], reading: Reading) -> list[Part]:
    parts: list[Part] = []
    with suppress(TooManyErrors):
        parts.extend(read_manifest(path, reading) for path in files)
    return parts


def _lists(parts: Iterable[Part]) -> tuple[ManagedList, ...]:
    return tuple(managed for part in parts for managed in part.lists)


def _new(findings: Iterable[Finding], known: Sequence[Finding]) -> list[Finding]:
    said = {str(finding.message) for finding in known}
    return [finding for finding in findings if str(finding.message) not in said]


def _others(own: FoundFiles, every: FoundFiles, around: FoundFiles) -> list[Path]:
    """The manifests that the paths do not lead to."""
    known = {os.path.realpath(file) for file in own.files}
    found = {os.path.realpath(file): file for file in (*_mentioning(around.files, Disk()), *every.files)}
    return [file for real, file in found.items() if real not in known]


def _unread(
    own: FoundFiles, every: FoundFiles, inside: Sequence[Diagnostic], wrong: Sequence[Diagnostic]
) -> Iterator[Diagnostic]:
    """Errors for what could not be read, one for each file: whoever plans something else cannot fix them all."""
    # An empty file may have been cut off: what it declared before, nobody knows.
    empty = [each for each in (*inside, *wrong) if each.code == "empty-file"]
    for diagnostic in (*place([*own.unread, *_new(every.unread, own.unread)]), *empty):
        yield replace(diagnostic, severity="error")
    errors = [each for each in wrong if each.severity == "error"]
    yield from (each for each in errors if each.span is None)
    counts = Counter(each.span.file for each in errors if each.span)
    first: dict[str, Diagnostic] = {}
    for each in errors:
        if each.span:
            first.setdefault(each.span.file, each)
    for file, each in first.items():
        yield _broken(file, counts[file], each)


def _broken(file: str, number: int, first: Diagnostic) -> Diagnostic:
    many = f"{number} errors, the first of them" if number > 1 else "an error"
    return Diagnostic(
        "unread-manifest",
        sentence(f"`{file}`, outside of the paths that were given, has {many}: [{first.code}]"),
        first.span or Span(file, 1, 1),
        sentence(f"Fix it: zsync validate {file}"),
        excerpt=first.excerpt,
        width=first.width,
        begins=first.begins,
    )
