"""What a plan is made from: the manifests of the environment's whole tree, and the commit that they are compared with."""

import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from zsync.cli.invocation import AskedBase
from zsync.cli.opened import read_opened
from zsync.cli.session import RELATIONS, Session
from zsync.errors import InputError, UsageError
from zsync.model import Diagnostic, ManagedList, Manifests, sentence
from zsync.planning.opened import NONE, Opened

if TYPE_CHECKING:
    from zsync.git import ChosenBase, CommitTree
    from zsync.manifest.whole import WholeTree
    from zsync.model.plans import NoBase
    from zsync.planning.agreed import Agreed


class Ground(NamedTuple):
    """Where manifests count: `paths` are what the command was asked for, `folders` the whole tree of the environment."""

    paths: tuple[Path, ...]
    folders: tuple[Path, ...]

    def inside(self, file: Path) -> bool:
        """Whether a file, by its real path, is one that the paths lead to."""
        return any(file.is_relative_to(os.path.realpath(path)) for path in self.paths)


class DesiredTree(NamedTuple):
    """What the tree says now, and what it said at the base."""

    manifests: Manifests
    agreed: "Agreed"
    base: "ChosenBase | None"
    without: "NoBase" = ""
    opened: Opened = NONE

    @property
    def unwritten(self) -> bool:
        """Whether there is no manifest, neither now nor at the base: a repository that has its settings alone."""
        now = self.manifests
        return not (now.files or now.outside or now.unread or self.agreed.lists)


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
    tree = RELATIONS
    if home is not None:
        beside = home / RELATIONS
        tree = beside if home.resolve().name != RELATIONS.name and beside.is_dir() else home
    where = tuple(paths) or (RELATIONS,)
    return Ground(where, (tree, *where))


def read_tree(session: Session, where: Ground, asked: AskedBase, only: tuple[str, ...]) -> DesiredTree:
    """The manifests of the whole tree, now and at the base.

    Raises `InputError` for what is wrong with those that were asked for, or where there are none, neither now nor at the
    base; and `UsageError` where nothing tells which commit is the base.
    """
    from zsync import git
    from zsync.manifest.whole import load_whole
    from zsync.planning.agreed import Agreed

    base = None if asked.none else git.choose_base(_existing(where.paths[0]), asked.ref)
    tree = git.tree(base.root, base.commit) if base else None
    whole = load_whole(where.paths, where.folders, kinds=session.config.kinds)
    agreed = _agreed(base, tree, where, whole, only) if base and tree else Agreed(None)
    opened = _opened(session, where, asked, base, whole)
    if opened.rows and agreed.lists is None:
        raise UsageError(
            "--open names rows with a base of their own, and for all others there is none that can be read",
            help="Name a commit whose manifests are valid: --base REF.",
        )
    _check_missing(session, where, whole, tree if agreed.lists is not None else None)
    if base is None:
        return DesiredTree(whole.manifests, agreed, None, "asked" if asked.none else _no_base(where.paths[0]))
    without: NoBase = "unreadable" if agreed.lists is None else ""
    return DesiredTree(whole.manifests, agreed, base, without, opened)


def read_base(session: Session, where: Ground, asked: AskedBase) -> DesiredTree:
    """What the base says, in place of what the files say now: nothing of a working tree is read.

    Raises `UsageError` where there is no base, and `InputError` for what is wrong with its manifests, or where the paths lead
    to none of them.
    """
    from zsync import git
    from zsync.files.plan import sha256
    from zsync.manifest.whole import WholeTree

    base = git.choose_base(_existing(where.paths[0]), asked.ref)
    if base is None:
        why = (
            "this repository has no commit"
            if _no_base(where.paths[0]) == "no-commit"
            else "this is no Git repository"
        )
        raise UsageError(
            f"drift compares the CRM with a commit, and {why}",
            help="`zsync verify` compares it with the files as they are.",
        )
    nothing = WholeTree(Manifests((), (), ""), {}, session.config.kinds, {}, {}, {})
    tree = git.tree(base.root, base.commit)
    agreed = _agreed(base, tree, where, nothing, ("drift",))
    inside, outside = (
        tuple(each for each in agreed.lists or () if each.outside is kind) for kind in (False, True)
    )
    home = session.config.path.parent if session.config.path else None
    if not inside and (home is None or agreed.lists or _any(tree, home)):
        places = ", ".join(f"`{path.as_posix()}`" for path in where.paths)
        raise InputError((Diagnostic("no-manifest", sentence(f"{base.called} has no manifest in {places}")),))
    files = tuple(dict.fromkeys(each.span.file for each in inside))
    manifests = Manifests(inside, files, sha256(f"commit {base.commit}"), outside=outside)
    return DesiredTree(manifests, agreed, base, opened=_opened(session, where, asked, base, nothing))


def guards_base(base: "ChosenBase | None", where: Ground, asked: AskedBase) -> "ChosenBase | None":
    """The commit whose guards hold besides the branch's. Raises `UsageError` where there is no such commit."""
    from zsync import git

    return git.choose_base(_existing(where.paths[0]), asked.guards) if asked.guards is not None else base


def _agreed(
    base: "ChosenBase", tree: "CommitTree", where: Ground, whole: "WholeTree", only: tuple[str, ...]
) -> "Agreed":
    from zsync.planning.agreed import Agreed, unreadable

    try:
        return Agreed(_committed(where, whole, tree))
    except InputError as error:
        return unreadable(base.called, error.diagnostics, only)


def _opened(
    session: Session, where: Ground, asked: AskedBase, base: "ChosenBase | None", whole: "WholeTree"
) -> Opened:
    root = base.root if base else _existing(where.paths[0])
    return read_opened(asked.open, session.environment.name, root, partial(_committed, where, whole))


def _committed(where: Ground, whole: "WholeTree", tree: "CommitTree") -> tuple[ManagedList, ...]:
    """The lists of a commit. Raises `InputError` for manifests of it with errors."""
    from zsync.manifest.whole import load_committed

    given = dict.fromkeys(Path(os.path.realpath(folder)) for folder in (*where.folders, *where.paths))
    # What is below another folder is found there.
    folders = [each for each in given if given.keys().isdisjoint(each.parents)]
    return load_committed(tree, folders, where.inside, whole)


def _own(path: Path, folders: Sequence[Path], session: Session) -> tuple[Path, ...]:
    """What of a path belongs to the environment: all of it, or those of its folders that are below."""
    real = Path(os.path.realpath(path))
    if any(real.is_relative_to(os.path.realpath(folder)) for folder in folders):
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


def _check_missing(session: Session, where: Ground, whole: "WholeTree", tree: "CommitTree | None") -> None:
    """A place that is empty now is in order where the base had manifests there. Raises `InputError` for any other."""
    gone = (*whole.missing, *(folder for folder in where.folders if not folder.is_dir()))
    own = where.folders if session.environment.manifests else ()
    wrong = {path: whole.missing.get(path) for path in gone if path in (*whole.missing, *own)}
    wrong = {path: found for path, found in wrong.items() if not (tree and _any(tree, path))}
    # Of folders that are told apart by their names one may be mistyped, unless there is no manifest at all.
    if wrong.keys() & {*own} and _only_settings(session.config.path):
        wrong = {path: found for path, found in wrong.items() if path not in own}
    if wrong:
        raise InputError(tuple(found or _no_folder(path, session) for path, found in wrong.items()))


def _only_settings(config: Path | None) -> bool:
    """Whether nobody has written a manifest beside this zsync.yaml yet, for any org."""
    from zsync.manifest.files import find_files

    found = find_files([config.parent] if config else ())
    return config is not None and not (found.files or found.missing or found.unread)


def _any(tree: "CommitTree", path: Path) -> bool:
    from zsync.manifest.whole import committed_files

    return bool(committed_files(tree, [Path(os.path.realpath(path))]))


def _no_folder(folder: Path, session: Session) -> Diagnostic:
    return Diagnostic(
        "no-manifest",
        sentence(
            f"there is no folder `{folder.as_posix()}`, which `manifests` of {session.environment.name} names"
        ),
        help=sentence(
            f"Correct it in {session.config.path}; all that is in none of these folders counts as another org's."
        ),
    )


def _existing(path: Path) -> Path:
    """The folder that a path is or would be in, as far as there is one."""
    here = Path(os.path.realpath(path))
    return next(each for each in (here, *here.parents) if each.is_dir())


def _no_base(path: Path) -> "NoBase":
    from zsync.git import installed, repository

    return "no-commit" if installed() and repository(_existing(path)) else "no-git"
