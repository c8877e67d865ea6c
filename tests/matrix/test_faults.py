"""Every fault × the reading before, the write, the reading after × first, middle, last batch × create, update, delete."""

from collections.abc import Iterator

import pytest

from tests.matrix.covering import part_and_all
from tests.matrix.faults import axes, cases
from tests.matrix.trial import trial
from tests.matrix.world import World, world


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One CRM for all cells; each begins by making it what it wants."""
    with world(tmp_path_factory.mktemp("matrix")) as made:
        yield made


CELLS = {axes(case): case for case in cases()}


@pytest.mark.parametrize(("name", "where", "moment", "action", "again"), part_and_all(list(CELLS)))
def test_running_again_ends_right_and_nothing_was_written_that_was_not_planned(
    bench: World, name: str, where: str, moment: str, action: str, again: str
) -> None:
    result = trial(bench, CELLS[name, where, moment, action, again])
    assert (result.again, result.right, result.unplanned) == (0, True, 0), result.said
