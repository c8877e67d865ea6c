"""How large the lists of a plan are, before it and after."""

from dataclasses import replace

from tests.render import plans
from zsync.model import ListState
from zsync.render.sizes import now, now_and_then


def test_a_list_grows_by_its_creates_and_shrinks_by_its_deletes() -> None:
    rows = [plans.change(f"l{n}", None, {}, number=n) for n in range(3)]
    gone = plans.change("old", {}, None, number=9)
    same = plans.change("bo", {"A": 1}, {"A": 2}, number=8)
    price = plans.change("TEA", {}, None, to=plans.RETAIL, number=7)
    lists = (
        ListState(*plans.SPRING[:3], "Leads", 1_118, 1_116, 2),
        ListState(*plans.RETAIL[:3], "Products", 2, 2, 0),
        ListState("Products", "77", "Leads", "Leads", None, 3, None),
    )
    made = replace(plans.plan(*rows, gone, same, price), lists=lists)
    spring, retail = (*plans.SPRING[:2], "Leads"), (*plans.RETAIL[:2], "Products")
    assert now(made) == {spring: "1,118 rows, 2 unmanaged", retail: "2 rows"}
    assert now_and_then(made) == {spring: "1,118 → 1,120 rows, 2 unmanaged", retail: "2 → 1 row"}
