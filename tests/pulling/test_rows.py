"""Rows as manifests write them: what a file can hold, what is common, and where rows stand."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.laws import tries
from zsync.edit.printer import canonical_text
from zsync.errors import ZsyncError
from zsync.kinds import KINDS, Kind
from zsync.model import Parent, number
from zsync.pulling.checking import check_meaning
from zsync.pulling.composing import NewList, document, parted, remark, sheet
from zsync.pulling.files import ParentFiles, Pulled, PulledFile
from zsync.pulling.lists import NOWHERE
from zsync.pulling.parents import PulledParent
from zsync.pulling.rows import NewRow, common, holds, written_fields

MEMBERS = Kind(
    "Campaigns", "Leads", {"Member_Status": "text", "Fee": "number", "Vip": "boolean", "Any": "any"}
)
PRICES = Kind("Products", "Price_Books", {"list_price": "number"})


def row(key: str, name: str = "", *, by_id: bool = False, **fields: Any) -> NewRow:
    return NewRow("7", (key,), by_id, fields, name)


@pytest.mark.parametrize(
    ("value", "kind", "fits"),
    [
        ("Sent", "text", True),
        ("", "text", True),
        ("yes: #no\t\u2028", "text", True),
        ("\ud83d", "text", False),
        (Decimal("49.9"), "number", True),
        (0, "number", True),
        (Decimal(10) ** 30, "number", False),
        ("many", "number", False),
        (True, "boolean", True),
        (1, "boolean", False),
        (True, "any", True),
        (Decimal("0.10"), "any", True),
        ("0.10", "any", True),
        (["a", "b"], "any", False),
        ({"name": 1}, "any", False),
    ],
)
def test_a_manifest_holds_what_it_is_read_with(value: Any, kind: Any, fits: bool) -> None:
    assert holds("Field", value, kind) is fits


def test_what_is_empty_is_not_written_and_what_no_manifest_can_say_is_told() -> None:
    written = written_fields({"id": "1", "Member_Status": {"name": "Sent"}, "Fee": "", "Any": ["a"]}, MEMBERS)
    assert (written.fields, written.unfit) == ({"Member_Status": "Sent"}, ("Any",))


def test_the_commonest_value_is_a_default_where_every_row_has_one() -> None:
    rows = [row("a", Member_Status="Sent"), row("b", Member_Status="Sent"), row("c", Member_Status="Planned")]
    assert common(rows, MEMBERS) == {"Member_Status": ("Sent", 2)}
    assert common([*rows, row("d")], MEMBERS) == {}
    assert common(rows[::2], MEMBERS) == common(rows[:1], MEMBERS) == {}


def test_true_is_not_one_among_common_values() -> None:
    rows = [row("a", Any=True), row("b", Any=1), row("c", Any=1)]
    assert common(rows, MEMBERS) == {"Any": (1, 2)}


def test_a_price_is_a_default_only_where_most_rows_have_it() -> None:
    prices = [row(key, list_price=price) for key, price in (("a", 5), ("b", 5), ("c", 7), ("d", 8))]
    assert common(prices, PRICES) == {}
    assert common(prices[:3], PRICES) == {"list_price": (5, 2)}


def test_rows_that_a_cell_would_change_stay_in_the_manifest() -> None:
    rows = [
        row("a@acme.example", Member_Status="Sent"),
        row(" b@acme.example", Member_Status="Sent"),
        row("=cmd()", Member_Status="Sent"),
        row("d@acme.example", Member_Status="two\nlines"),
        row("e@acme.example", Any=True),
        row("f@acme.example", Any="0.1", Fee=Decimal("-1.50"), Vip=True),
        row("88", "Ana", by_id=True),
        row("99", by_id=True),
    ]
    _, there = parted(rows, MEMBERS, {}, 0, csv=True)
    assert [each.key[0] for each in there] == ["a@acme.example", "f@acme.example", "88", "99"]
    assert [each.key[0] for each in parted(rows, MEMBERS, {}, 3, csv=True)[0]][-1] == "88"
    assert parted(rows, MEMBERS, {}, len(rows), csv=False) == (rows, [])


def test_a_document_is_canonical_and_names_people_only_behind_their_ids() -> None:
    rows = (
        row("ana@acme.example", "Ana Ruiz", Member_Status="Sent"),
        row("17", "Bo # Ek\n\u202e", by_id=True),
    )
    made = NewList("Leads", KINDS[0], ("Email",), {"Member_Status": "Sent"}, rows, rows[:1], "a b.csv")
    parent = Parent("Campaigns", NOWHERE, None, (("Campaign_Name", "no: 1"),))
    assert document(parent, [made], KINDS) == (
        'version: 1\nparent:\n  module: Campaigns\n  match: {Campaign_Name: "no: 1"}\nrelated_lists:\n  Leads:\n    key: Email\n'
        "    defaults: {Member_Status: Sent}\n    records:\n      - {Email: ana@acme.example}\n"
        '      - {id: "17"} # Bo # Ek\n    from: {csv: a b.csv}\n'
    ).replace('"17"} #', '"17"}  #')


def test_a_sheet_has_the_columns_that_its_rows_need() -> None:
    made = NewList(
        "Leads",
        MEMBERS,
        ("Email",),
        {},
        (),
        (row("a,b", Fee=Decimal("0.10"), Vip=True), row("17", by_id=True)),
        "a.csv",
    )
    assert sheet(made) == 'Email,id,Fee,Vip\n"a,b",,0.10,true\n,17,,\n'


def test_a_long_name_is_cut_in_a_comment() -> None:
    assert (remark("x" * 61), remark("\u200b \n")) == ("x" * 59 + "…", "")


def _lists(csv: bool) -> st.SearchStrategy[tuple[list[NewRow], bool]]:
    text = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12).filter(str.strip)
    values = st.fixed_dictionaries(
        {},
        optional={
            "Member_Status": text,
            "Fee": st.decimals(-(10**9), 10**9, places=3).map(number),
            "Vip": st.booleans(),
            "Any": text | st.booleans() | st.integers(-(10**9), 10**9),
        },
    )
    named = st.tuples(st.sampled_from(["key", "id"]), text, values, text)
    rows = st.lists(named, min_size=1, max_size=8, unique_by=lambda one: one[1].strip())
    return rows.map(_rows).map(lambda made: (made, csv))


def _rows(drawn: list[Any]) -> list[NewRow]:
    return [
        NewRow(str(at), (str(at),) if kind == "id" else (key,), kind == "id", fields, name)
        for at, (kind, key, fields, name) in enumerate(drawn, 1)
    ]


ODD = ("a\ufeffb", "a\u2028b", "a\u202eb", "a\x85b", "a\x1cb", "\u00a0a", "a\rb", "a\0b", "\ufffe", "\u200b")


@given(st.sampled_from([True, False]).flatmap(_lists))
@example(([row(text, text, Member_Status=text) for text in ODD], True))
@example(([row(text, text, by_id=False, Any=text) for text in ODD], False))
@tries(30)
def test_whatever_the_crm_holds_is_read_as_it_was_written(drawn: tuple[list[NewRow], bool]) -> None:
    rows, csv = drawn
    values = {name: value for name, (value, _) in common(rows, MEMBERS).items()}
    here, there = parted(rows, MEMBERS, values, 500, csv=csv)
    made = NewList(
        "Leads", MEMBERS, ("Email",), values, tuple(here), tuple(there), "a-leads.csv" if there else ""
    )
    parent = PulledParent("Campaigns", "501", "Spring", (), {})
    text = document(Parent("Campaigns", NOWHERE, "501"), [made], [MEMBERS])
    files = [PulledFile(Path("relations/a.yaml"), text.encode())]
    files += [PulledFile(Path("relations/a-leads.csv"), sheet(made).encode())] if there else []
    told = ParentFiles(parent, (), (made,), path=Path("relations/a.yaml"), written=(made,))
    check_meaning(Pulled((told,), tuple(files)), (MEMBERS,))
    assert canonical_text(text, [MEMBERS]) == text


def test_a_file_that_would_mean_something_else_is_not_written() -> None:
    rows = (row("ana@acme.example", Member_Status="Sent"),)
    made = NewList("Leads", MEMBERS, ("Email",), {}, rows)
    told = ParentFiles(
        PulledParent("Campaigns", "501", "", (), {}), (), (made,), path=Path("a.yaml"), written=(made,)
    )
    text = document(Parent("Campaigns", NOWHERE, "501"), [made], [MEMBERS])
    for other in (
        text.replace("Sent", "Planned"),
        text.replace("ana@", "bo@"),
        text + "      - {id: '1'}\n",
        text[:-2],
    ):
        with pytest.raises(ZsyncError, match="nothing was written"):
            check_meaning(Pulled((told,), (PulledFile(Path("a.yaml"), other.encode()),)), (MEMBERS,))
