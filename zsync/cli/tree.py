"""What a plan is made from: the manifests of the environment's whole tree, and the commit that they are compared with."""

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from zsync.cli.ground import Ground, existing
from zsync.cli.invocation import AskedBase
from zsync.cli.opened import OpenedRows, read_opened
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
    """What the tree says now, and what it said at the base.

    `chosen` is the commit that was to be the base, another one where its manifests have errors.
    """

    manifests: Manifests
    agreed: "Agreed"
    base: "ChosenBase | None"
    without: "NoBase" = ""
    opened: Opened = NONE
    chosen: "ChosenBase | None" = None
    contents: Mapping[str, bytes] = MappingProxyType({})
    """The files that say it, by name, as they were read; of a base none."""

    @property
    def unwritten(self) -> bool:
        """Whether there is no manifest, neither now nor at a base: a repository that has its settings alone."""
        now = self.manifests
        return not (now.files or now.outside or now.unread or self.agreed.lists or self.opened.rows)


class _Compared(NamedTuple):
    """A commit to compare with, its files, and what counts as agreed: nothing, where no commit can be read."""

    base: "ChosenBase"
    tree: "CommitTree"
    agreed: "Agreed"


def read_tree(session: Session, where: Ground, asked: AskedBase, only: tuple[str, ...]) -> DesiredTree:
    """The manifests of the whole tree, now and at the base.

    Raises `InputError` for what is wrong with those that were asked for, or where there are none, neither now nor at the
    base; and `UsageError` where nothing tells which commit is the base.
    """
    from zsync import git
    from zsync.manifest.whole import load_whole
    from zsync.planning.agreed import Agreed

    chosen = None if asked.none else git.choose_base(existing(where.paths[0]), asked.ref)
    whole = load_whole(where.paths, where.folders, where.around, kinds=session.config.kinds)
    compared = _compared(chosen, where, whole, only) if chosen else None
    base, agreed = (compared.base, compared.agreed) if compared else (None, Agreed(None))
    opened, told = _opened(session, where, asked, base, whole)
    agreed = agreed._replace(warnings=(*agreed.warnings, *told))
    if opened.rows and agreed.lists is None:
        raise UsageError(
            "--open names rows with a base of their own, and for all others there is none that can be read",
            help="Name a commit whose manifests are valid: --base REF.",
        )
    trees = [compared.tree] if compared and agreed.lists is not None else []
    # What a run could not delete is still to be deleted, though the last manifest is long gone.
    trees += [git.tree(base.root, commit) for commit in opened.lists] if base else []
    _check_missing(session, where, whole, trees)
    if base is None:
        none: NoBase = "asked" if asked.none else _no_base(where.paths[0])
        return DesiredTree(whole.manifests, agreed, None, none, contents=whole.contents)
    without: NoBase = "unreadable" if agreed.lists is None else ""
    return DesiredTree(whole.manifests, agreed, base, without, opened, chosen, whole.contents)


def read_base(session: Session, where: Ground, asked: AskedBase) -> DesiredTree:
    """What the base says, in place of what the files say now: nothing of a working tree is read.

    Raises `UsageError` where there is no base, and `InputError` for what is wrong with its manifests, or where the paths lead
    to none of them.
    """
    from zsync import git
    from zsync.files.plan import sha256
    from zsync.manifest.whole import WholeTree

    chosen = git.choose_base(existing(where.paths[0]), asked.ref)
    if chosen is None:
        raise _nothing_to_compare(where)
    nothing = WholeTree(Manifests((), (), ""), {}, session.config.kinds, {}, {}, {})
    unread: list[Diagnostic] = []
    base, tree, agreed = _compared(chosen, where, nothing, ("drift",), unread)
    inside, outside = (
        tuple(each for each in agreed.lists or () if each.outside is kind) for kind in (False, True)
    )
    home = session.config.path.parent if session.config.path else None
    if not inside and (home is None or agreed.lists or _any(tree, home)):
        places = ", ".join(f"`{path.as_posix()}`" for path in where.paths)
        raise InputError((Diagnostic("no-manifest", sentence(f"{base.called} has no manifest in {places}")),))
    files = tuple(dict.fromkeys(each.span.file for each in inside))
    manifests = Manifests(inside, files, sha256(f"commit {base.commit}"), (), outside, tuple(unread))
    opened, told = _opened(session, where, asked, base, nothing)
    agreed = agreed._replace(warnings=(*agreed.warnings, *told))
    return DesiredTree(manifests, agreed, base, opened=opened, chosen=chosen)


def _nothing_to_compare(where: Ground) -> UsageError:
    none = _no_base(where.paths[0])
    why = "this repository has no commit" if none == "no-commit" else "this is no Git repository"
    return UsageError(
        f"drift compares the CRM with a commit, and {why}",
        help="`zsync verify` compares it with the files as they are.",
    )


def guards_base(base: "ChosenBase | None", where: Ground, asked: AskedBase) -> "ChosenBase | None":
    """The commit whose guards hold besides the branch's. Raises `UsageError` where there is no such commit."""
    from zsync import git

    return git.choose_base(existing(where.paths[0]), asked.guards) if asked.guards is not None else base


def _compared(
    base: "ChosenBase",
    where: Ground,
    whole: "WholeTree",
    only: tuple[str, ...],
    unread: list[Diagnostic] | None = None,
) -> _Compared:
    """What the base's manifests say; where they have errors, those of the newest commit before it that has none.

    Whatever such a commit said was never agreed, for nothing could be planned from it: what was before still is. That is not
    so of one that only this clone cannot read, such as a sheet in Git LFS that was not fetched.
    """
    from zsync import git
    from zsync.planning.agreed import Agreed, older, unreadable

    tree = git.tree(base.root, base.commit)
    try:
        return _Compared(base, tree, Agreed(_committed(where, whole, tree, unread)))
    except InputError as error:
        wrong = error.diagnostics
    lost = any(each.code == "unreadable-file" for each in wrong)
    for commit in () if lost else git.before(base.root, base.commit, where.real):
        tree = git.tree(base.root, commit)
        with suppress(InputError):
            if lists := _committed(where, whole, tree, unread):
                agreed = Agreed(lists, (older(base.called, commit[:7], wrong),))
                return _Compared(git.ChosenBase(base.root, "", commit), tree, agreed)
    return _Compared(base, tree, unreadable(base.called, wrong, only))


def _opened(
    session: Session, where: Ground, asked: AskedBase, base: "ChosenBase | None", whole: "WholeTree"
) -> OpenedRows:
    root = base.root if base else existing(where.paths[0])
    lists = partial(_committed, where, whole)
    return read_opened(asked.open, session.environment.name, root, where.real, lists)


def _committed(
    where: Ground, whole: "WholeTree", tree: "CommitTree", unread: list[Diagnostic] | None = None
) -> tuple[ManagedList, ...]:
    """The lists of a commit. Raises `InputError` for manifests of it with errors."""
    from zsync.manifest.whole import load_committed

    given = dict.fromkeys(Path(os.path.realpath(folder)) for folder in (*where.folders, *where.paths))
    # What is below another folder is found there.
    folders = [each for each in given if given.keys().isdisjoint(each.parents)]
    return load_committed(tree, folders, where.around, where.inside, whole, unread)


def _check_missing(
    session: Session, where: Ground, whole: "WholeTree", trees: "Sequence[CommitTree]"
) -> None:
    """A place that is empty now is in order where a base had manifests there. Raises `InputError` for any other."""
    gone = (*whole.missing, *(folder for folder in where.folders if not folder.is_dir()))
    own = where.folders if session.environment.manifests else ()
    wrong = {path: whole.missing.get(path) for path in gone if path in (*whole.missing, *own)}
    wrong = {path: found for path, found in wrong.items() if not any(_any(tree, path) for tree in trees)}
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
    """Whether a commit has a manifest there; org profiles are none."""
    from zsync.manifest.whole import committed_files

    files = committed_files(tree, [Path(os.path.realpath(path))])
    return any(not _profile(tree, file) for file in files)


def _profile(tree: "CommitTree", file: Path) -> bool:
    from zsync.metadata.profile_file import PROFILES, is_profile

    try:
        return file.parent.name == PROFILES and is_profile(tree.read(file))
    except OSError:
        return False


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
