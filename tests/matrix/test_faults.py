"""Every fault × the reading before, the write, the reading after × first, middle, last batch × create, update, delete."""

from collections.abc import Iterator

import pytest

from tests.matrix.faults import Case, cases
from tests.matrix.trial import trial
from tests.matrix.world import World, world


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One CRM for all cells; each begins by making it what it wants."""
    with world(tmp_path_factory.mktemp("matrix")) as made:
        yield made


@pytest.mark.parametrize("case", cases(), ids=str)
def test_running_again_ends_right_and_nothing_was_written_that_was_not_planned(
    bench: World, case: Case
) -> None:
    result = trial(bench, case)
    assert (result.again, result.right, result.unplanned) == (0, True, 0), result.said
