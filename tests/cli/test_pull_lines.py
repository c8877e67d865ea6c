"""What a pull says it did, in 80 columns."""

from pathlib import Path

import pytest

from zsync.cli.pull_lines import lines, settled
from zsync.kinds import KINDS
from zsync.model import ManagedList, Parent, Row, Span
from zsync.model.metadata import RelatedList
from zsync.pulling.comparing import FoundList
from zsync.pulling.composing import NewList
from zsync.pulling.declared import RowPlace
from zsync.pulling.files import ParentFiles, Pulled
from zsync.pulling.keys import KeyFound
from zsync.pulling.lists import PulledList
from zsync.pulling.parents import PulledParent
from zsync.pulling.reading import ListRows
from zsync.pulling.rows import NewRow

PARENT = PulledParent("Price_Books", "801", "Wholesale", (), {})
LISTED = PulledList(KINDS[6], "Price_Books", "Products", RelatedList("Products", "Products", visible=True))
KEYS = (("Product_Code",), ("Product_Name",))
PLACE = RowPlace(
    ManagedList(
        Parent("Price_Books", Span("a.yaml", 1, 1), "801"), "Products", KINDS[6], Span("a.yaml", 1, 1)
    ),
    Row(("1",), by_id=True, fields={}, line=1, column=1),
    {},
)


def found(many: int = 0, *, empty: int = 0, shared: int = 0) -> FoundList:
    """A list with so many new rows, some of which have no key."""
    key = KeyFound(("Product_Code",), {}, empty, shared)
    rows = [NewRow(str(at), (str(at),), at < empty + shared, {"list_price": 7}) for at in range(many)]
    return FoundList(ListRows(PARENT, LISTED, KEYS, ()), key, fresh=rows)


def said(each: FoundList, *new: NewList) -> list[str]:
    told = ParentFiles(
        PARENT, (each,), new, changed=() if new else ("a.yaml",), path=Path("a.yaml") if new else None
    )
    return list(lines(Pulled((told,)), dry=False))


def test_a_long_reason_stands_on_a_line_of_its_own() -> None:
    each = found(12_345, empty=1_000, shared=1)
    made = NewList(
        "Products", KINDS[6], ("Product_Code",), {"list_price": 7}, (), tuple(each.fresh), "a-products.csv"
    )
    assert said(each, made) == [
        "Wrote a.yaml",
        "  Products   11,344 rows by Product_Code, 1,001 by id",
        "             by id: their Product_Code and Product_Name are empty or not unique",
        "             default list_price: 7 (12,345 of them)",
        "             12,345 of them in a-products.csv",
    ]


def test_one_row_is_not_said_as_several() -> None:
    each = found(2, shared=1)
    made = NewList("Products", KINDS[6], ("Product_Code",), {}, tuple(each.fresh))
    assert said(each, made)[1:] == [
        "  Products     1 row by Product_Code, 1 by id",
        "             by id: its Product_Code and Product_Name are not unique",
    ]


@pytest.mark.parametrize("many", [1, 12_345])
def test_whatever_is_left_out_fits_a_terminal(many: int) -> None:
    each = found()
    each.differing, each.gone, each.barred = [(PLACE, {})] * many, [PLACE] * many, [PLACE] * many
    each.converted = each.stuck = each.equal = many
    each.unfit = {"Member_Status": many}
    each.rows = each.rows._replace(whole=False)
    told = said(each)
    assert len(told) == 7
    assert max(map(len, told)) <= 80


def test_a_plan_is_said_to_find_nothing_only_where_that_is_so() -> None:
    each = found()
    pulled = Pulled((ParentFiles(PARENT, (each,)),))
    assert settled(pulled)
    each.barred = [PLACE]
    assert not settled(pulled)


def test_parents_without_rows_are_counted() -> None:
    none = [ParentFiles(PARENT._replace(label=name), (found(),)) for name in ("a", "b", "c", "d", "e")]
    assert list(lines(Pulled(tuple(none)), dry=True)) == [
        "Nothing to write of a, b, c and 2 more, which have no rows to pull"
    ]
