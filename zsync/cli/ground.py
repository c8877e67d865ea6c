"""Where manifests count: what of a tree a command was asked for, and all of it that belongs to the environment."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from zsync.cli.session import RELATIONS, Session
from zsync.errors import UsageError


class Ground(NamedTuple):
    """Where manifests count: `paths` are what the command was asked for, `folders` the whole tree of the environment.

    `around` are folders that may hold other files of such paths as are in no tree: there, what is no manifest is no error.
    """

    paths: tuple[Path, ...]
    folders: tuple[Path, ...]
    around: tuple[Path, ...] = ()

    @property
    def real(self) -> list[Path]:
        """The folders and the paths, with links followed."""
        return [Path(os.path.realpath(each)) for each in (*self.folders, *self.paths)]

    def inside(self, file: Path) -> bool:
        """Whether a file, by its real path, is one that the paths lead to."""
        return within(file, self.paths)


def ground(session: Session, paths: Sequence[Path]) -> Ground:
    """Where the manifests of an environment are, and which of them the paths ask for; without paths: all.

    Raises `UsageError` for a path at which the environment has none, because they belong to another.
    """
    config, environment = session.config, session.environment
    home = config.path.parent if config.path else None
    if home is not None and environment.manifests:
        folders = tuple(home / each for each in environment.manifests)
        asked = (each for path in paths for each in _own(path, folders, session))
        return Ground(tuple(dict.fromkeys(asked)) if paths else folders, folders)
    where = tuple(paths) or (RELATIONS,)
    trees = _trees(home, where)
    around = (_around(path) for path in where if not within(path, trees))
    return Ground(where, (*trees, *where), tuple(dict.fromkeys(each for each in around if each)))


def existing(path: Path) -> Path:
    """The folder that a path is or would be in, as far as there is one."""
    here = Path(os.path.realpath(path))
    return next(each for each in (here, *here.parents) if each.is_dir())


def _trees(home: Path | None, paths: Sequence[Path]) -> tuple[Path, ...]:
    """The folders that are known to hold manifests: those of a zsync.yaml in `home`, or each `relations` around the paths.

    They do not depend on the folder that zsync is called in: from inside of the tree, the rest of it counts as well.
    """
    if home is not None:
        from zsync.config.search import tree_of

        return (tree_of(home),)
    found = [RELATIONS]
    for path in paths:
        real = Path(os.path.realpath(path))
        root = _root(path)
        inside = [each for each in (real, *real.parents) if root is None or each.is_relative_to(root)]
        found += [each for each in inside if each.name == RELATIONS.name][-1:]
        found += [root / RELATIONS] if root and (root / RELATIONS).is_dir() else []
    distinct = {os.path.realpath(each): each for each in reversed(found)}
    return tuple(map(_shown, reversed(distinct.values())))


def _around(path: Path) -> Path | None:
    """The folder in which to look for other manifests than those of a path that is in no tree; None where nothing tells."""
    root, real, here = _root(path), Path(os.path.realpath(path)), Path.cwd()
    if root is None and real.is_relative_to(here):
        # Without Git there may be a whole home folder: the part that the path is in has to do.
        return next((each for each in (real, *real.parents) if each.parent == here and each.is_dir()), None)
    return root and _shown(root)


def within(path: Path, folders: Iterable[Path]) -> bool:
    """Whether a path is one of these folders, or in one, with links followed."""
    return any(Path(os.path.realpath(path)).is_relative_to(os.path.realpath(each)) for each in folders)


def _root(path: Path) -> Path | None:
    from zsync import git

    return git.repository(existing(path))


def _shown(path: Path) -> Path:
    """A folder as messages name it: from the current folder."""
    return Path(os.path.relpath(path))


def _own(path: Path, folders: Sequence[Path], session: Session) -> tuple[Path, ...]:
    """What of a path belongs to the environment: all of it, or those of its folders that are below."""
    real = Path(os.path.realpath(path))
    if within(path, folders):
        return (path,)
    below = tuple(folder for folder in folders if Path(os.path.realpath(folder)).is_relative_to(real))
    if below:
        return below
    raise _belongs(path, real, folders, session)


def _belongs(path: Path, real: Path, folders: Sequence[Path], session: Session) -> UsageError:
    config, name = session.config, session.environment.name
    home = config.path.parent if config.path else Path()
    others = [
        other.name
        for other in config.environments.values()
        if any(real.is_relative_to(os.path.realpath(home / each)) for each in other.manifests)
    ]
    whose = (
        f"{path} belongs to {' and '.join(others)}, not to {name}"
        if others
        else f"{path} does not belong to {name}"
    )
    own = ", ".join(map(str, folders))
    advice = f"Choose the environment that it belongs to: -e {others[0]}." if others else ""
    return UsageError(
        f"{whose}, whose manifests are in {own}",
        help=advice or f"Name a path in there, or add its folder to `manifests` of {name} in {config.path}.",
    )
