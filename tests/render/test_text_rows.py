"""The rows of a list at a terminal: their cells below each other, as far as there is room."""

from dataclasses import replace

import pytest

from tests.render import plans
from zsync.model import Change
from zsync.render.groups import by_parent
from zsync.render.text_rows import TextRow, aligned, text_rows


def lines(*rows: TextRow, width: int | None = None) -> list[str]:
    """The lines of these rows, without colours."""
    return [line for _, line in aligned(list(rows), indent=1, width=width, color=False)]


@pytest.mark.parametrize(("width", "cells"), [(None, 4), (80, 4), (14, 4), (13, 3), (12, 2), (11, 2), (0, 2)])
def test_the_column_of_fields_gives_way_first(width: int | None, cells: int) -> None:
    one, other = TextRow(0, "create", "n", "ffff", "pp"), TextRow(1, "delete", "m", "ff", "pp")
    assert lines(one, other, width=width) == [" + n  ffff  pp", f" - m  {'ff':<{cells}}  pp"]


def test_where_there_is_no_room_a_row_without_fields_leaves_none_for_them() -> None:
    rows = TextRow(0, "create", "n", "ffff", "pp"), TextRow(1, "delete", "m", "", "pp")
    assert lines(*rows, width=0) == [" + n  ffff  pp", " - m    pp"]


@pytest.mark.parametrize(("name", "fields"), [(48, 64), (49, 65)])
def test_a_cell_that_is_wider_than_its_column_pushes_the_rest(name: int, fields: int) -> None:
    long, short = TextRow(0, "create", "n" * name, "f" * fields, "p"), TextRow(1, "create", "m", "g", "p")
    first, second = lines(long, short)
    assert first == f" + {'n' * name}  {'f' * fields}  p"
    fits = name == 48
    assert second == f" + {'m':<{48 if fits else 1}}  {'g':<{64 if fits else 1}}  p"


def test_rows_without_fields_have_no_column_for_them_and_no_rows_no_lines() -> None:
    assert lines(TextRow(0, "create", "n", "", "p"), TextRow(1, "create", "mm", "", "")) == [
        " + n   p",
        " + mm",
    ]
    assert lines(width=80) == []


def row(change: Change) -> TextRow:
    """The row of a change."""
    ((group,),) = [parent.lists for parent in by_parent([change])]
    (made,) = text_rows([change], group, [0], full=False)
    return made


def test_a_place_is_that_of_the_manifest_and_whose_change_it_is() -> None:
    drift = plans.change("a", None, {}, origin="drift")
    assert row(drift).place == "campaigns/spring.yaml:11:9 [drift]"
    assert row(replace(drift, source=None)).place == "[drift]"
    assert row(replace(drift, source=None, origin="change")).place == ""
