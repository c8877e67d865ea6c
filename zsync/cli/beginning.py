"""The files of `zsync init`, and the plan that proves them."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zsync.cli.invocation import Invocation
    from zsync.cli.session import Session
    from zsync.crm import Reader
    from zsync.edit.beginning import NewEnvironment
    from zsync.metadata.profile import OrgProfile
    from zsync.model import Manifests, Plan
    from zsync.pulling.stock import Stock

_MODE = 0o644
"""What is committed: whoever may read the repository may read it."""
_IGNORE = Path(".gitignore")
_PORTION = 50
"""Parents that are pulled at once: where init is interrupted, so much is done again."""


def write_settings(made: "NewEnvironment") -> Path:
    """Write relations/zsync.yaml, which is not there. Raises `InputError` where it cannot be written."""
    from zsync.cli.session import RELATIONS
    from zsync.edit.beginning import settings
    from zsync.files.writing import cannot_write, write_file

    path = RELATIONS / "zsync.yaml"
    schema = Path("schemas", "config.schema.json")
    try:
        RELATIONS.mkdir(exist_ok=True)
    except OSError as error:
        raise cannot_write(RELATIONS, error.strerror or str(error)) from None
    write_file(path, settings(made, f"../{schema.as_posix()}" if schema.is_file() else ""), mode=_MODE)
    return path


def write_ignored() -> Path | None:
    """Add to .gitignore what it lacks; None where that is nothing. Raises `InputError` where it cannot be read or written."""
    from zsync.bounds import MANIFEST
    from zsync.edit.beginning import with_ignored
    from zsync.files.reading import read_bytes
    from zsync.files.writing import cannot_write, write_file

    try:
        before = read_bytes(_IGNORE, MANIFEST) if _IGNORE.exists() else b""
    except OSError as error:
        raise cannot_write(_IGNORE, error.strerror or str(error)) from None
    after = with_ignored(before)
    if after == before:
        return None
    write_file(_IGNORE, after, mode=_IGNORE.stat().st_mode & 0o777 if _IGNORE.exists() else _MODE)
    return _IGNORE


def profile_place(session: "Session") -> Path | None:
    """Where the org profile is to be written; None where there is one, or no environment to name it after."""
    import os

    from zsync.cli.kept_profiles import profile_path
    from zsync.config.search import tree_of

    config, name = session.config, session.environment.name
    if config.path is None or not name:
        return None
    path = profile_path(tree_of(config.path.parent), name)
    return None if os.path.lexists(path) else path


def write_profile(session: "Session", found: "OrgProfile | None") -> Path | None:
    """Write the org profile, unless there is one. Raises `InputError` where it cannot be written."""
    from zsync.files.writing import cannot_write, write_file
    from zsync.metadata.profile_file import dump_profile

    path = profile_place(session)
    if path is None or found is None:
        return None
    try:
        path.parent.mkdir(exist_ok=True)
    except OSError as error:
        raise cannot_write(path, error.strerror or str(error)) from None
    write_file(path, dump_profile(found, session.environment.name), mode=_MODE)
    return path


def read_manifests(session: "Session") -> "Manifests":
    """What the manifests of the environment say by now. Raises `InputError` for what is wrong in them."""
    from zsync.cli.pulled import tree
    from zsync.cli.session import RELATIONS
    from zsync.model import Manifests

    if not RELATIONS.is_dir() and session.config.path is None:
        return Manifests((), (), "")
    return tree(session).manifests


async def parents_of(manifests: "Manifests", reader: "Reader") -> Collection[tuple[str, str]]:
    """Module and id of the parents that manifests have."""
    from zsync.planning.resolver import resolve_parents
    from zsync.whereabouts.concerned import parent_ids

    lists = (*manifests.lists, *manifests.outside)
    ids = parent_ids(lists, await resolve_parents(lists, reader))
    return {(managed.parent.module, ids[id(managed)]) for managed in lists if id(managed) in ids}


def pull_stock(call: "Invocation", session: "Session", stocks: "Sequence[Stock]") -> tuple[int, int]:
    """Write a manifest for each parent. Gives how many manifests, and how many calls it took.

    Files that are there keep every row, though the CRM may say otherwise: the plan shows that.
    """
    from dataclasses import replace

    from zsync.cli.pulled import make
    from zsync.crm.keys import by_ids
    from zsync.pulling.asked import AskedPull
    from zsync.pulling.writing import write_files

    files = reads = 0
    for stock in stocks:
        for at in range(0, len(stock.ids), _PORTION):
            where = by_ids(stock.ids[at : at + _PORTION])
            found, pulled = make(call, session, AskedPull(stock.module, where=where))
            write_files(replace(pulled, amended=()))
            files += sum(each.path is not None for each in pulled.parents)
            reads += found.reads
    return files, reads


def proof(call: "Invocation") -> "Plan":
    """The plan of all manifests, compared with no commit: what was just taken in is agreed by nobody yet."""
    from zsync.cli.plan import make

    call.base = call.base._replace(none=True)
    made, _ = make(call, ())
    return made
