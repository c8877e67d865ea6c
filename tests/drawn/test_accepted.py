"""Drawn worlds, whatever is in their files: after accept there is nothing to plan, and untouched lines are as they were."""

from datetime import UTC, datetime

import pytest

from tests.drawn.accepted import accept
from tests.drawn.test_drawn import size_of
from tests.drawn.trial import BIG
from zsync.edit.edits import AddRow, RemoveRow, SetFields

WORLDS, AT_NIGHT = 12, 300


@pytest.mark.parametrize("seed", range(WORLDS))
def test_after_accept_there_is_nothing_to_plan(seed: int) -> None:
    accept(seed, size_of(seed))


@pytest.mark.nightly
@pytest.mark.parametrize("number", range(AT_NIGHT))
def test_every_night_in_other_worlds(number: int) -> None:
    accept(datetime.now(UTC).toordinal() * AT_NIGHT + number, size_of(number))


def test_the_worlds_have_all_kinds_of_edits() -> None:
    accepted = [accept(seed, size_of(seed)) for seed in range(WORLDS) if size_of(seed) != BIG]
    edits = [edit for each in accepted for file in each.amendment.files for edit in file.edits]
    for kind in (SetFields, RemoveRow, AddRow):
        assert any(isinstance(edit, kind) for edit in edits)
    assert any(file.name.endswith(".csv") for each in accepted for file in each.amendment.files)
