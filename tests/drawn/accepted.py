"""A world's files are made to say what its CRM holds: then there is nothing to plan, and no other line has changed."""

import os
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from tests.drawn.crms import Behind, bundled
from tests.drawn.trial import NOW, kinds_of, through
from tests.drawn.world import World, draw
from tests.drawn.written import write
from zsync.crm import Reader
from zsync.edit.accepting import Accepted, Manifested, accept_changes, new_keys
from zsync.edit.amending import amend
from zsync.edit.edits import Amended, RemoveRow, SetFields
from zsync.edit.replacing import replace_files
from zsync.guards.evaluation import Guards
from zsync.manifest.whole import WholeTree, load_whole
from zsync.model import Change, Diagnostic, Expected, Plan
from zsync.planning.planner import make_plan
from zsync.planning.taking import moved_rows, sole_keys
from zsync.planning.terms import Terms


class _Seen(NamedTuple):
    plan: Plan
    warnings: tuple[Diagnostic, ...]
    rows: tuple[Change, ...]
    sole: frozenset[object]


@cache
def accept(seed: int, size: int) -> Accepted:
    """Take all that the CRM of a world holds into its files. Raises `AssertionError` where something else comes of it."""
    world = draw(seed, size)
    with TemporaryDirectory() as folder, bundled(world) as crm:
        here = Path(os.path.realpath(folder))
        (here / ".git").mkdir()
        write(world, here)
        return _told(world, here, crm)


def _told(world: World, here: Path, crm: Behind) -> Accepted:
    before = crm.state()
    whole, seen = _look(world, here, crm)
    manifested = Manifested.of((*whole.manifests.lists, *whole.manifests.outside), seen.warnings)
    make = partial(amend, contents=whole.contents, lists=manifested.lists, kinds=kinds_of(world))
    accepted = accept_changes(seen.rows, manifested, seen.sole, make, adding=True)  # type: ignore[arg-type]
    folder = Path.cwd()
    os.chdir(here)
    try:
        replace_files(accepted.amendment.files)
    finally:
        os.chdir(folder)
    for file in accepted.amendment.files:
        _check_lines(file)
    _, again = _look(world, here, crm)
    left = {change.ends for change, _ in accepted.left}
    differing = {row.ends: row for row in again.rows}
    assert differing.keys() == left, (differing.keys() ^ left, accepted.left)
    assert [one for one in crm.asked if one.method in ("PUT", "DELETE")] == []
    assert crm.state() == before
    return accepted


def _look(world: World, here: Path, crm: Behind) -> tuple[WholeTree, _Seen]:
    kinds = kinds_of(world)
    whole = load_whole([here], [here], kinds=kinds)
    terms = Terms(Expected(), Guards(), "", NOW, kinds, whole=True)
    lists = (*whole.manifests.lists, *whole.manifests.outside)

    async def work(reader: Reader) -> _Seen:
        plan, warnings = await make_plan(whole.manifests, reader, terms)
        rows = moved_rows(plan, every=True)
        wanted = list(new_keys(rows, Manifested.of(lists, warnings)))
        return _Seen(plan, warnings, rows, frozenset(await sole_keys(wanted, reader)))

    return whole, through(crm, Reader, work)


def _check_lines(file: Amended) -> None:
    """All lines stay, byte for byte and in order, but those of edited rows, and those that say that a list has rows, or has none."""
    rows = {edit.row.line for edit in file.edits if isinstance(edit, SetFields | RemoveRow)}
    lines = file.before.splitlines(keepends=True)
    heads = (b"records:", b"absent:")
    first = 2 if file.name.endswith(".csv") else 1
    kept = [
        line
        for at, line in enumerate(lines, 1)
        if first <= at < len(lines) and at not in rows and not line.strip().startswith(heads)
    ]
    there = iter(file.after.splitlines(keepends=True))
    assert [line for line in kept if line not in there] == []
