"""What a plan is made from: the manifests of the environment's whole tree, and the commit that they are compared with."""

import os
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from zsync.cli.ground import Ground, existing
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


def read_tree(session: Session, where: Ground, asked: AskedBase, only: tuple[str, ...]) -> DesiredTree:
    """The manifests of the whole tree, now and at the base.

    Raises `InputError` for what is wrong with those that were asked for, or where there are none, neither now nor at the
    base; and `UsageError` where nothing tells which commit is the base.
    """
    from zsync import git
    from zsync.manifest.whole import load_whole
    from zsync.planning.agreed import Agreed

    base = None if asked.none else git.choose_base(existing(where.paths[0]), asked.ref)
    tree = git.tree(base.root, base.commit) if base else None
    whole = load_whole(where.paths, where.folders, where.around, kinds=session.config.kinds)
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

    base = git.choose_base(existing(where.paths[0]), asked.ref)
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

    return git.choose_base(existing(where.paths[0]), asked.guards) if asked.guards is not None else base


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
    root = base.root if base else existing(where.paths[0])
    return read_opened(asked.open, session.environment.name, root, partial(_committed, where, whole))


def _committed(where: Ground, whole: "WholeTree", tree: "CommitTree") -> tuple[ManagedList, ...]:
    """The lists of a commit. Raises `InputError` for manifests of it with errors."""
    from zsync.manifest.whole import load_committed

    given = dict.fromkeys(Path(os.path.realpath(folder)) for folder in (*where.folders, *where.paths))
    # What is below another folder is found there.
    folders = [each for each in given if given.keys().isdisjoint(each.parents)]
    return load_committed(tree, folders, where.around, where.inside, whole)


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
        raise InputError(
            tuple(
                _elsewhere(path, found) if found else _no_folder(path, session)
                for path, found in wrong.items()
            )
        )


def _only_settings(config: Path | None) -> bool:
    """Whether nobody has written a manifest beside this zsync.yaml yet, for any org."""
    from zsync.manifest.files import find_files

    found = find_files([config.parent] if config else ())
    return config is not None and not (found.files or found.missing or found.unread)


def _elsewhere(path: Path, missing: Diagnostic) -> Diagnostic:
    """The error for a path without manifests; where `relations` itself is not here, people are in another folder."""
    if path != RELATIONS or path.exists():
        return missing
    return replace(
        missing, help=sentence("Go to the repository's folder, or name the manifests: `zsync plan PATH…`.")
    )


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


def _no_base(path: Path) -> "NoBase":
    from zsync.git import installed, repository

    return "no-commit" if installed() and repository(existing(path)) else "no-git"
