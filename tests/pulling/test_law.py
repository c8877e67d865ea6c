"""The law of a pull: whatever the CRM holds, and whatever the files say already, a plan afterwards finds nothing to do."""

from contextlib import chdir
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest

from tests.drawn.crms import Behind, bundled, second
from tests.drawn.trial import MIDDLE, NOW, SMALL, kinds_of, through
from tests.drawn.world import World, draw
from tests.drawn.written import write
from zsync.crm import Reader
from zsync.edit.fmt import format_files
from zsync.guards.evaluation import Guards
from zsync.manifest.whole import WholeTree, load_whole
from zsync.model import Change, Expected, Plan
from zsync.planning.planner import make_plan
from zsync.planning.terms import Terms
from zsync.pulling.asked import AskedPull, Ways
from zsync.pulling.checking import check_meaning
from zsync.pulling.files import Pulled, make_files
from zsync.pulling.found import PulledRows, find
from zsync.pulling.writing import write_files

TREE = Path("relations")
WORLDS, AT_NIGHT = 8, 150


def tree_of(world: World) -> WholeTree:
    return load_whole((TREE,), (TREE,), kinds=kinds_of(world))


def pull(crm: Behind, world: World, asked: AskedPull) -> tuple[PulledRows, Pulled]:
    """Pull, and write what comes of it."""
    whole, ways = tree_of(world), Ways(Expected(), TREE, kinds_of(world))

    async def work(reader: Reader) -> PulledRows:
        return await find(reader, asked, ways, whole.manifests.lists)

    found = through(crm, Reader, work)
    pulled = make_files(found, asked, ways, whole.contents, whole.manifests.lists)
    check_meaning(pulled, ways.kinds)
    write_files(pulled)
    return found, pulled


def asked_of(world: World) -> list[AskedPull]:
    """One side of each pair of modules, and some from both; in one of the ways that there are."""
    dice = Random(world.seed)  # noqa: S311  no secrets are drawn
    rows, csv, by_id = dice.choice((0, 2, 500)), dice.random() < 0.3, dice.random() < 0.2
    sides = [pair[:: dice.choice((1, -1))] for pair in world.pairs]
    sides += [side[::-1] for side in sides if dice.random() < 0.3]
    return [AskedPull(module, "", "", (related,), by_id, rows, csv) for module, related in sides]


def planned(crm: Behind, world: World) -> Plan:
    manifests = tree_of(world).manifests

    async def work(reader: Reader) -> Plan:
        terms = Terms(Expected(), Guards(), "", NOW, kinds_of(world))
        return (await make_plan(manifests, reader, terms))[0]

    return through(crm, Reader, work)


def contents() -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in TREE.rglob("*") if path.is_file()}


def check(crm: Behind, world: World, *, canonical: bool) -> tuple[bool, tuple[Change, ...]]:
    """Pull twice: the second time changes nothing. Returns whether nothing was left to a person, and what a plan would change."""
    by_hand = [one for asked in asked_of(world) for one in pull(crm, world, asked)[1].by_hand]
    # A list that is pruned, and would be empty; a number that is empty, and has a default; a cell that a spreadsheet would run.
    known = ("allow_empty", "defaults", "formula")
    assert [one for one in by_hand if not any(word in str(one.message) for word in known)] == []
    before = contents()
    if canonical and before:
        assert [each.name for each in format_files((TREE,), kinds=kinds_of(world)) if each.changes] == []
    for asked in asked_of(world):
        again = pull(crm, world, asked)[1]
        assert by_hand or (again.files, again.amended) == ((), ())
    assert by_hand or contents() == before
    assert {one.method for one in crm.asked} <= {"GET", "POST"}
    assert {one.path.rpartition("/")[2] for one in crm.asked if one.method == "POST"} <= {
        "coql",
        "get_related_records_count",
    }
    return not by_hand, planned(crm, world).changes


@pytest.mark.parametrize("seed", range(WORLDS))
def test_what_was_pulled_into_nothing_is_what_the_crm_holds(seed: int) -> None:
    into_nothing(seed)


@pytest.mark.parametrize("seed", range(WORLDS))
def test_what_was_pulled_into_files_that_are_there_is_what_the_crm_holds(seed: int) -> None:
    into_files(seed)


@pytest.mark.nightly
@pytest.mark.parametrize("number", range(AT_NIGHT))
def test_every_night_others_are(number: int) -> None:
    seed = datetime.now(UTC).toordinal() * AT_NIGHT + number
    into_nothing(seed)
    into_files(seed)


def world_of(seed: int) -> World:
    """One of eight worlds is of some size."""
    return draw(seed, MIDDLE if seed % 8 == 2 else SMALL)


def into_nothing(seed: int) -> None:
    """Pull a world into an empty tree, from both CRMs."""
    world = world_of(seed)
    for behind in (bundled, second):
        with TemporaryDirectory() as folder, chdir(folder), behind(world) as crm:
            TREE.mkdir()
            assert check(crm, world, canonical=True) == (True, ())
            said = {
                (managed.parent.module, row.key)
                for managed in tree_of(world).manifests.lists
                for row in managed.records
            }
            held = [edge for edge in world.current if not world.converted & {*edge[1:]}]
            assert bool(said) == bool(held)


def into_files(seed: int) -> None:
    """Pull a world into the files in which somebody wished for another."""
    world = world_of(seed)
    absent = {one.edge(each)[1:] for one in world.lists for each in one.absent}
    for behind in (bundled, second):
        with TemporaryDirectory() as folder, chdir(folder), behind(world) as crm:
            write(world, TREE)
            clean, left = check(crm, world, canonical=False)
            # Whoever wrote that a row must not be there is not overruled, and the lists of converted leads are not pulled.
            ends = {(change.record_id, change.related_record_id) for change in left}
            if any(asked.module == "Leads" for asked in asked_of(world)):
                ends = {pair for pair in ends if not world.converted & {*pair}}
            assert not clean or ends <= absent | {pair[::-1] for pair in absent}
            assert not clean or {change.action for change in left} <= {"delete"}
