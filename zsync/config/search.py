"""Which zsync.yaml is in force: exactly one a run.

It may be in any folder from the repository's root (without Git: the current folder) down to the folder that the paths have
in common; there may be only one, and none below. Without one there, `relations/zsync.yaml` of the current folder is in
force. A second file, or one under a name that nothing reads, is an error: it would turn off the guards of the first.
"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple, NoReturn

from zsync.errors import InputError, UsageError
from zsync.model import Diagnostic

CONFIG_NAME = "zsync.yaml"
_ALIKE = frozenset({"zsync.yaml", "zsync.yml"})
_RELATIONS = "relations"
_MANIFESTS = frozenset({".yaml", ".yml"})


def tree_of(home: Path) -> Path:
    """The folder of the manifests that a zsync.yaml in `home` is for: `relations` beside it, else `home` itself."""
    beside = home / _RELATIONS
    return beside if home.resolve().name != _RELATIONS and beside.is_dir() else home


class SearchFolders(NamedTuple):
    """Where a run looks for its configuration. All folders are absolute, with links resolved.

    `root` is the repository's root, `shared` the folder that the paths have in common, `here` the current folder. Folders
    below `shared` count only if `deep`, which means that there are paths.
    """

    root: Path
    shared: Path
    here: Path
    deep: bool

    def covers(self, folder: Path) -> bool:
        """Whether a zsync.yaml in this folder would be in force, or compete with the one that is."""
        if folder in (self.shared, self.here / _RELATIONS):
            return True
        if folder.is_relative_to(self.shared):
            return self.deep and not any(
                part.startswith(".") for part in folder.relative_to(self.shared).parts
            )
        return self.shared.is_relative_to(folder) and folder.is_relative_to(self.root)

    def shown(self, path: Path) -> Path:
        """The path for messages: relative to the current folder, or absolute in another repository."""
        inside = self.here.is_relative_to(self.root) or path.is_relative_to(self.here)
        return Path(os.path.relpath(path, self.here)) if inside else path

    def place(self, path: Path) -> "Place":
        """A file as it is opened from here, and as a plan names it."""
        return Place(self.shown(path), Path(os.path.relpath(path, self.root)).as_posix())


class Place(NamedTuple):
    """A configuration: `path` leads to it from the current folder, `name` is its path from the root, with `/`."""

    path: Path
    name: str


def search_folders(paths: Iterable[Path]) -> SearchFolders:
    """Where to look for the configuration of the manifests at these paths.

    Raises `UsageError` for paths that are neither in one repository nor below the current folder.
    """
    here = _here()
    folders = sorted({_folder(path) for path in paths if path.exists()})
    shared = Path(os.path.commonpath(folders)) if folders else here
    # The current repository comes first: else a path into a nested one would choose a configuration of its own.
    for root in (repository(here), repository(shared), here, *(folders if len(folders) == 1 else ())):
        if root and shared.is_relative_to(root):
            return SearchFolders(root, shared, here, bool(folders))
    raise UsageError(
        f"the paths have no repository and no zsync.yaml in common: {', '.join(map(str, folders))}",
        help="A run has one configuration: run zsync once for each of them.",
    )


def repository(folder: Path) -> Path | None:
    """The root of the Git repository or worktree that a folder is in; None outside of one.

    A `.git` that is neither a repository nor a file that leads to one is ignored: an empty one would hide the configuration
    above it.
    """
    for above in (folder, *folder.parents):
        git = above / ".git"
        try:
            # HEAD may be a link to a branch that has no commit yet.
            if os.path.lexists(git / "HEAD") or (git.is_file() and git.read_bytes()[:7] == b"gitdir:"):
                return above
        except OSError:
            continue
    return None


def find_config(paths: Iterable[Path]) -> Place | None:
    """The zsync.yaml in force for the manifests at these paths; None without one.

    Raises `InputError` for a second file, for one under another name, and for a folder that cannot be read; and
    `UsageError` like `search_folders`.
    """
    where = search_folders(paths)
    # By their real folders: `relations` may be a link to one that is looked through as well.
    distinct = {_real(file.parent) / file.name: file for file in candidates(where)}
    found = choose(where, distinct.values())
    return where.place(found) if found else None


def find_at(paths: Iterable[Path], names: Iterable[str]) -> str | None:
    """Which of a commit's files, by their paths from the root, is in force for these paths. Raises like `find_config`.

    The paths count as they lead now and as they are written: whoever puts a link in a folder's place, or takes the folder
    away, does not get past what the commit says there.
    """
    paths = tuple(paths)
    where = search_folders(paths)
    ways = (where, _as_written(where, paths))
    files = (where.root / name for name in names)
    found = choose(where, (file for file in files if any(way.covers(file.parent) for way in ways)))
    return where.place(found).name if found else None


def _as_written(where: SearchFolders, paths: Iterable[Path]) -> SearchFolders:
    """The same without the links below the root being followed, and with the paths that are not there."""
    folders = []
    for path in paths:
        written = Path(os.path.abspath(path))  # noqa: PTH100  links must not be followed
        root = next((above for above in (written, *written.parents) if _real(above) == where.root), None)
        folder = where.root / written.relative_to(root) if root else where.shared
        folders.append(folder.parent if folder.suffix in _MANIFESTS else folder)
    shared = Path(os.path.commonpath(folders)) if folders else where.shared
    return SearchFolders(where.root, shared, where.here, bool(folders))


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))


def bound_config(name: str) -> Place | None:
    """The zsync.yaml at this path from the root of the current repository; None if it does not exist."""
    where = search_folders(())
    path = where.root / name
    # The name comes from a plan's file, which may come from anywhere.
    inside = path.name == CONFIG_NAME and Path(os.path.realpath(path)).is_relative_to(where.root)
    return where.place(path) if inside and os.path.lexists(path) else None


def candidates(where: SearchFolders) -> Iterator[Path]:
    """The files that are named like a configuration, even if misspelt, in folders that count."""
    above = [
        folder
        for folder in (where.shared, *where.shared.parents)
        if folder != where.shared and where.covers(folder)
    ]
    for folder in (*reversed(above), where.here / _RELATIONS):
        if folder.is_dir() and not (where.deep and folder.is_relative_to(where.shared)):
            yield from _alike(folder, _names(folder))
    if not where.deep:
        yield from _alike(where.shared, _names(where.shared))
        return
    for root, folders, names in os.walk(where.shared, onerror=_unreadable):
        # As for manifests: hidden folders hold files of tools, not of people.
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        # A link to a folder is followed by nothing that reads manifests. One that is named like the file is a finding.
        yield from _alike(Path(root), [*names, *folders])


def choose(where: SearchFolders, found: Iterable[Path]) -> Path | None:
    """The one configuration among these files; None for none. Raises `InputError` like `find_config`."""
    files = list(dict.fromkeys(found))
    for file in files:
        if file.name != CONFIG_NAME:
            others = [other for other in files if other.name == CONFIG_NAME]
            _refuse(
                "misnamed-config",
                f"`{where.shown(file)}` is read by nothing: its guards and environments would not hold"
                + "".join(f"; in force is `{where.shown(other)}`" for other in others[:1]),
                f"{f'name it `{CONFIG_NAME}`' if not others else 'delete it, or move what it says'}; zsync 0.1.0 ignored it in silence",
            )
    if len(files) > 1:
        places = " and ".join(f"`{where.shown(file)}`" for file in files)
        _refuse(
            "second-config",
            f"a run has one {CONFIG_NAME}, and here are {len(files)}: {places}",
            "keep one, above all manifests, and move what the other says into it; zsync 0.1.0 took the one nearest to the "
            "first path",
        )
    return files[0] if files else None


def _here() -> Path:
    try:
        return Path(os.path.realpath(Path.cwd()))
    except OSError:
        _refuse("unreadable-file", "the current folder is gone", "go to the repository's folder")


def _folder(path: Path) -> Path:
    """The folder that a path is, or is in, with links resolved."""
    # Not `Path.resolve`: it raises where a link leads to itself.
    return Path(os.path.realpath(path if path.is_dir() else path.parent))


def _names(folder: Path) -> list[str]:
    try:
        return [entry.name for entry in folder.iterdir()]
    except OSError as error:
        _unreadable(error)


def _alike(folder: Path, names: Iterable[str]) -> Iterator[Path]:
    return (folder / name for name in sorted(names) if name.casefold() in _ALIKE)


def _unreadable(error: OSError) -> NoReturn:
    _refuse(
        "unreadable-file",
        f"the folder `{error.filename}` cannot be read ({error.strerror}), so nothing tells whether a second "
        f"{CONFIG_NAME} stands in it",
        "make it readable, or name other paths",
    )


def _refuse(code: str, message: str, advice: str) -> NoReturn:
    raise InputError((Diagnostic(code, message, help=advice),))
