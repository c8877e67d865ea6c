"""Worlds drawn by lot: what is planned, applied and undone is what a model of a few lines foresees, on two CRMs."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime

import pytest

from tests.drawn.model import foresee
from tests.drawn.trial import BIG, MIDDLE, SMALL, try_out
from tests.drawn.world import PAIRS, Edge, draw
from zsync.kinds import KINDS

WORLDS, AT_NIGHT = 60, 500


def size_of(number: int) -> int:
    """Of twelve worlds one is big, two are of some size, and the others are small."""
    return BIG if number % 12 == 7 else MIDDLE if number % 12 in (2, 9) else SMALL


@pytest.mark.parametrize("seed", range(WORLDS))
def test_a_world_goes_as_it_is_foreseen(seed: int) -> None:
    try_out(seed, size_of(seed))


@pytest.mark.nightly
@pytest.mark.parametrize("number", range(AT_NIGHT))
def test_every_night_others_do(number: int) -> None:
    try_out(datetime.now(UTC).toordinal() * AT_NIGHT + number, size_of(number))


def _longest(edges: Iterable[Edge]) -> int:
    """The most relations of one record."""
    lists = Counter(end for pair, one, other in edges for end in ((pair, one), (pair, other)))
    return max(lists.values(), default=0)


def test_the_worlds_have_all_kinds_and_all_that_can_be_in_a_manifest() -> None:
    worlds = [draw(seed, size_of(seed)) for seed in range(WORLDS)]
    lists = [one for world in worlds for one in world.lists]
    foreseen = [foresee(world) for world in worlds]
    # Roles are written one by one and from the deal alone: their requests are not those that the model counts.
    kinds = {(kind.left, kind.right) for kind in KINDS} - {("Deals", "Contacts")}
    assert kinds == PAIRS.keys() == {pair for world in worlds for pair in world.pairs}
    assert {(one.module, one.related) for one in lists} >= {(b, a) for a, b in PAIRS}
    for has in (
        [one.defaults for one in lists],
        [one.sheet for one in lists],
        [one.absent for one in lists],
        [one.prune for one in lists],
        [one.converted for one in lists],
        [not one.inside for one in lists],
        [len(one.key) == 2 for one in lists],
        [one.parent_key != ("id",) for one in lists],
        [world.converted for world in worlds],
        ["consent" in one.withheld.values() for one in foreseen],
        ["converted" in one.withheld.values() for one in foreseen],
        [one.kept_out for one in foreseen],
        [len(world.current) > 200 for world in worlds],
        [_longest(world.current) > 200 for world in worlds],
        [_longest(one.changes) > 100 for one in foreseen],
    ):
        assert sum(map(bool, has)) >= 2
