"""Grounds of verdicts in files: each comes back as it was saved, and none that zsync did not write is believed."""

import json
from dataclasses import fields, replace
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.files.test_plan import reseal, small
from zsync.errors import PlanRefused
from zsync.files.grounds import KINDS
from zsync.files.plan import dump_plan, load_plan, sealed
from zsync.model import Plan, number
from zsync.model.grounds import (
    Backwards,
    Frozen,
    Ground,
    OutOfOrder,
    PriceStep,
    Records,
    TooMany,
    UntouchableField,
)
from zsync.model.verdicts import Verdict

texts = st.text(max_size=5)
counts = st.integers(0, 10**9)
numbers = counts | st.decimals(0, 1000, places=2).map(number)
ids = st.integers(0, 10**19).map(str)
names = st.sampled_from(["Leads", "Campaigns"])
values = st.none() | st.booleans() | texts | numbers | st.lists(texts, max_size=2)
MEMBERS: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys(("count", "rows", "gone", "spent", "keep"), counts),
    **dict.fromkeys(("most", "size", "left"), st.none() | counts),
    **dict.fromkeys(("percent", "times"), numbers),
    **dict.fromkeys(("id", "product"), ids),
    **dict.fromkeys(("module", "related"), names),
    **dict.fromkeys(("field", "measure", "at", "window", "why", "commit"), texts),
    **dict.fromkeys(("old", "new", "value", "measured"), values),
    "action": st.sampled_from(["create", "update", "delete"]),
    "at_least": st.booleans(),
    "order": st.lists(texts, max_size=3).map(tuple),
    "records": st.builds(Records, names, texts, st.none() | ids, st.none() | texts),
}


def any_of(kind: Any) -> st.SearchStrategy[Ground]:
    """Any ground of a kind."""
    way = {"way": st.sampled_from(["up", "down"] if kind is PriceStep else ["below", "above"])}
    members = {each.name: (MEMBERS | way)[each.name] for each in fields(kind)}
    return st.builds(kind, **members)


def refused(ground: Ground) -> Plan:
    """A plan that a guard refuses on this ground."""
    return sealed(replace(small(), verdicts=(Verdict("guard", ground, change=0),)))


@given(st.one_of(*map(any_of, get_args(Ground))))
def test_a_ground_comes_back_as_it_was_saved(ground: Ground) -> None:
    assert load_plan(dump_plan(refused(ground))).verdicts[0].ground == ground


@pytest.mark.parametrize(
    "ground", [Backwards("Stage", "b", "a", ("a", "b")), OutOfOrder("Stage", "c", ("a", "b"))]
)
def test_an_order_comes_back_as_it_was_saved(ground: Ground) -> None:
    assert load_plan(dump_plan(refused(ground))).verdicts[0].ground == ground


def test_every_ground_has_a_word_in_files() -> None:
    assert set(KINDS.values()) == set(get_args(Ground))


@pytest.mark.parametrize(
    ("ground", "wrong"),
    [
        (TooMany(6, "delete", most=5), {"count": "6"}),
        (TooMany(6, "delete", most=5), {"count": -1}),
        (TooMany(6, "delete", most=5), {"percent": True}),
        (TooMany(6, "delete", most=5), {"kind": "no_such_kind"}),
        (TooMany(6, "delete", most=5), {"kind": "frozen"}),
        (TooMany(6, "delete", most=5), {"why": "of another kind"}),
        (TooMany(6, "delete", most=5), {"sentence": "nothing is wrong"}),
        (Frozen("now", "always", ""), {"window": None}),
        (UntouchableField("Note", 1, 2), {"field": None}),
    ],
)
def test_a_ground_that_is_not_of_its_kind_is_refused(ground: Ground, wrong: dict[str, Any]) -> None:
    data = json.loads(dump_plan(refused(ground)))
    data["verdicts"][0]["ground"] |= wrong
    with pytest.raises(PlanRefused, match="altered"):
        load_plan(reseal(data))


def test_a_ground_without_one_of_its_members_is_refused() -> None:
    data = json.loads(dump_plan(refused(TooMany(6, "delete", most=5))))
    del data["verdicts"][0]["ground"]["action"]
    with pytest.raises(PlanRefused, match="altered"):
        load_plan(reseal(data))
