"""Finds manifests, and reads them."""

import os
import re
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Literal, NamedTuple, Protocol

from zsync.bounds import MANIFEST
from zsync.files.reading import leaves_repository, read_bytes
from zsync.metadata.profile_file import PROFILES, is_profile
from zsync.model import sentence
from zsync.syntax.source import At, Finding, SourceText, decode

_ENDINGS = (".yaml", ".yml")
CONFIG_NAME = "zsync.yaml"
CONFIG_NAMES = (CONFIG_NAME, "zsync.yml")
_LIKE = re.compile(r"([^.].*?)(?:\.ya?ml.*|\.json)", re.IGNORECASE | re.DOTALL)
"""Names that people may take for a manifest's: `a.yaml.txt`, `a.json`, `zsync.yml`."""
MARK = b"related_lists"
"""What every manifest has, and hardly another file."""
_POINTER = b"version https://git-lfs.github.com/spec/"


class FileTree(Protocol):
    """Where files are read from: the disk, or a commit whose files are not on it. Paths are those of the disk."""

    def is_file(self, path: Path) -> bool:
        """Whether there is a file, or a link to one."""

    def leaves(self, path: Path, start: Path) -> bool:
        """Whether a path leads out of the repository that the folder `start` is in."""

    def read(self, path: Path) -> bytes:
        """What is in a file. Raises `OSError`, whose `strerror` says why it cannot be read."""


class Disk:
    """The files as they are now."""

    def is_file(self, path: Path) -> bool:
        """Whether there is a file, or a link to one."""
        return path.is_file()

    def leaves(self, path: Path, start: Path) -> bool:
        """Whether a path, with links followed, leads out of the repository."""
        return leaves_repository(path, start)

    def read(self, path: Path) -> bytes:
        """What is in a file of at most `bounds.MANIFEST` bytes. Raises `OSError`."""
        return read_bytes(path, MANIFEST)


class Contents(Protocol):
    """Collects the files that are read, and their errors."""

    @property
    def findings(self) -> list[Finding]:
        """The errors."""

    @property
    def tree(self) -> FileTree:
        """Where they are read from."""

    sources: dict[str, SourceText]
    contents: dict[str, bytes]
    used: dict[str, Path]
    root: Path | None


class FoundFiles(NamedTuple):
    """The manifests below paths, each once, in the order of the paths and sorted within a folder.

    `missing` are paths that hold none, `findings` files that must not be read. `unread` are warnings about what could hold
    manifests and is not looked into: folders that cannot be read, links to folders, and files whose ending is written
    otherwise, or which hold one under another name. A folder that holds zsync.yaml and nothing else is not missing: it is set up, and
    nobody has written a manifest yet.
    """

    files: list[Path]
    missing: dict[Path, Finding]
    findings: list[Finding]
    unread: list[Finding]


def display(path: Path, root: Path | None = None) -> str:
    """A path for diagnostics, with `/`: relative to `root` (default: the current folder) if it is inside."""
    root = root or Path.cwd()
    if path.is_absolute() and path.is_relative_to(root):
        path = path.relative_to(root)
    return Path(os.path.normpath(path)).as_posix()


def find_files(paths: Iterable[Path], root: Path | None = None) -> FoundFiles:
    """The manifests that paths name."""
    found: dict[str, Path] = {}
    told = FoundFiles([], {}, [], [])
    for path in paths:
        if path.is_dir():
            known = len(told.unread)
            files = sorted(_manifests(path, root, told.unread), key=lambda file: file.as_posix())
            if not files and not (len(told.unread) == known and (path / CONFIG_NAME).is_file()):
                shown = display(path, root)
                message = f"no manifest in the folder `{shown}`"
                advice = "write one (*.yaml); the README shows how"
                told.missing[path] = _about(shown, "no-manifest", message, advice, 0)
        elif path.exists():
            files = [path]
        else:
            files, shown = [], display(path, root)
            message = f"there is no file or folder `{shown}`"
            told.missing[path] = _about(shown, "no-manifest", message, "check the path", 0)
        start = path if path.is_dir() else path.parent
        for file in files:
            if leaves_repository(file, start):
                told.findings.append(_link(display(file, root)))
            else:
                # Not `Path.resolve`: it raises if a link leads to itself.
                found.setdefault(os.path.realpath(file), file)
    return told._replace(files=list(found.values()))


def is_manifest(name: str) -> bool:
    """Whether a file of this name in a folder is read as a manifest."""
    return name.endswith(_ENDINGS) and not name.startswith(".") and name not in CONFIG_NAMES


def _manifests(folder: Path, root: Path | None, unread: list[Finding]) -> Iterator[Path]:
    def unreadable(error: OSError) -> None:
        shown = display(Path(error.filename), root)
        unread.append(
            _unread(shown, f"the folder `{shown}` cannot be read: {error.strerror}", "make it readable")
        )

    for above, folders, names in os.walk(folder, onerror=unreadable):
        # In place, so that `os.walk` goes on with these alone: hidden folders hold other programs' files.
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        links = (each for each in (Path(above, name) for name in folders) if each.is_symlink())
        unread.extend(unread_link(display(link, root)) for link in links)
        for name in sorted(names):
            if is_manifest(name):
                if not _profile(Path(above, name)):
                    yield Path(above, name)
            elif misnamed(Path(above, name), names, Disk()):
                unread.append(unread_name(display(Path(above, name), root), name))


def misnamed(path: Path, beside: Collection[str], tree: FileTree) -> bool:
    """Whether a file is a manifest under a name that nothing reads, and not a copy of one `beside` it."""
    name = path.name
    if is_manifest(name) or is_manifest(name.lower()):
        return not is_manifest(name)
    like = _LIKE.match(name)
    if like is None or {like[1] + ending for ending in _ENDINGS} & {*beside} - {name}:
        return False
    if tree.leaves(path, path.parent):
        return False
    try:
        content = tree.read(path)
    except OSError:
        return False
    return MARK in content and b"json-schema.org" not in content


def _profile(path: Path) -> bool:
    """Whether a file in a folder `orgs` is an org profile, which is no manifest."""
    try:
        return path.parent.name == PROFILES and is_profile(read_bytes(path, MANIFEST))
    except OSError:
        return False


def unread_name(shown: str, name: str) -> Finding:
    """The warning for a manifest under a name that nothing reads."""
    why = "manifests end in `.yaml` or `.yml`"
    if name.lower() in CONFIG_NAMES:
        why = "it holds a manifest under the name of the configuration"
    return _unread(shown, f"`{shown}` is read by nothing: {why}", "rename it")


def unread_link(shown: str) -> Finding:
    """The warning for a link to a folder."""
    message = f"`{shown}` is a link to a folder, which is not followed"
    return _unread(shown, message, "put the folder itself in its place")


def _link(name: str) -> Finding:
    """The finding for a link out of the repository: with one, a pull request could show a file of the machine that reads it."""
    message = f"`{name}` is a link that leads out of the repository"
    return _about(
        name, "unreadable-file", message, "put the file itself in its place; zsync 0.1.0 followed links", 0
    )


def _unread(name: str, message: str, advice: str) -> Finding:
    return _about(name, "unreadable-file", message, advice, 0)._replace(severity="warning")


def _about(name: str, code: str, message: str, advice: str, line: int = 1) -> Finding:
    return Finding(code, sentence(message), At(SourceText(name, ""), line, line), sentence(advice))


def read_file(path: Path, name: str, form: Literal["yaml", "csv"], into: Contents) -> SourceText | None:
    """The text of a file; None, with a finding, if it cannot be read."""
    try:
        data = into.tree.read(path)
    except OSError as error:
        reason = error.strerror or str(error)
        into.findings.append(
            _about(
                name,
                "unreadable-file",
                f"the file cannot be read: {reason}",
                "check the path and its permissions",
            )
        )
        return None
    source, finding = decode(name, data, form)
    into.contents[name] = data
    into.used[name] = path
    into.sources[name] = source
    if data.startswith(_POINTER):
        message = "the file is a pointer of Git LFS: its rows are somewhere else"
        finding = _about(name, "unreadable-file", message, "fetch what it stands for: `git lfs pull`")
    if finding:
        into.findings.append(finding)
        return None
    return source
