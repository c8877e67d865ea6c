"""Finds manifests, and reads them."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal, Protocol

from zsync.bounds import MANIFEST
from zsync.files.reading import leaves_repository, read_bytes
from zsync.model import sentence
from zsync.syntax.source import At, Finding, SourceText, decode

_ENDINGS = (".yaml", ".yml")
CONFIG_NAMES = ("zsync.yaml", "zsync.yml")


class Contents(Protocol):
    """Collects the files that are read, and their errors."""

    @property
    def findings(self) -> list[Finding]:
        """The errors."""

    sources: dict[str, SourceText]
    contents: dict[str, bytes]
    root: Path | None


def display(path: Path, root: Path | None = None) -> str:
    """A path for diagnostics, with `/`: relative to `root` (default: the current folder) if it is inside."""
    root = root or Path.cwd()
    if path.is_absolute() and path.is_relative_to(root):
        path = path.relative_to(root)
    return Path(os.path.normpath(path)).as_posix()


def find_files(paths: Iterable[Path], root: Path | None = None) -> tuple[list[Path], list[Finding]]:
    """The manifests that paths name, each once, in the order of the paths and sorted within a folder."""
    found: dict[str, Path] = {}
    findings: list[Finding] = []
    for path in paths:
        if path.is_dir():
            files = sorted(_manifests(path), key=lambda file: file.as_posix())
            if not files:
                shown = display(path, root)
                message = f"no manifest in the folder `{shown}`"
                findings.append(
                    _about(shown, "no-manifest", message, "write one (*.yaml); the README shows how", 0)
                )
        elif path.exists():
            files = [path]
        else:
            files, shown = [], display(path, root)
            message = f"there is no file or folder `{shown}`"
            findings.append(_about(shown, "no-manifest", message, "check the path", 0))
        start = path if path.is_dir() else path.parent
        for file in files:
            if leaves_repository(file, start):
                findings.append(_link(display(file, root)))
            else:
                # Not `Path.resolve`: it raises if a link leads to itself.
                found.setdefault(os.path.realpath(file), file)
    return list(found.values()), findings


def holds_manifests(path: Path) -> bool:
    """Whether a path is a file, or a folder with a manifest anywhere in it."""
    return path.is_file() or any(_manifests(path))


def _manifests(folder: Path) -> Iterator[Path]:
    for root, folders, names in os.walk(folder):
        # In place, so that `os.walk` goes on with these alone: hidden folders hold other programs' files.
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in names:
            if name.endswith(_ENDINGS) and not name.startswith(".") and name not in CONFIG_NAMES:
                yield Path(root, name)


def _link(name: str) -> Finding:
    """The finding for a link out of the repository: with one, a pull request could show a file of the machine that reads it."""
    message = f"`{name}` is a link that leads out of the repository"
    return _about(
        name, "unreadable-file", message, "put the file itself in its place; zsync 0.1.0 followed links", 0
    )


def _about(name: str, code: str, message: str, advice: str, line: int = 1) -> Finding:
    return Finding(code, sentence(message), At(SourceText(name, ""), line, line), sentence(advice))


def read_file(path: Path, name: str, form: Literal["yaml", "csv"], into: Contents) -> SourceText | None:
    """The text of a file; None, with a finding, if it cannot be read."""
    try:
        data = read_bytes(path, MANIFEST)
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
    into.sources[name] = source
    if finding:
        into.findings.append(finding)
        return None
    return source
