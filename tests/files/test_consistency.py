"""Parts of a plan file that do not fit each other, though each has the right shape."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.render.plans import change, plan
from zsync.files.consistency import check_changes
from zsync.files.encoding import plan_members
from zsync.files.plan import canonical
from zsync.model import Request

Alter = Callable[[dict[str, Any]], object]


def members() -> dict[str, Any]:
    """The members of a plan of one update that carries a seat and an empty hall."""
    one = change("ana", {"A": 1}, {"A": 2}, carried={"Seat": "VIP-7", "Hall": None})
    made = plan(one)
    request = Request("PUT", *one.address[:3], (0,))
    found: dict[str, Any] = json.loads(canonical(plan_members(made)))
    return found | {
        "requests": [{**{name: getattr(request, name) for name in request.__slots__}, "changes": [0]}]
    }


def test_what_is_carried_as_it_was_found_fits() -> None:
    assert check_changes(members()) == ""


@pytest.mark.parametrize(
    "alter",
    [
        lambda one: one["after"].update(Seat="VIP-8"),
        lambda one: one["after"].pop("Seat"),
        lambda one: one["before"].pop("Hall"),
        lambda one: one.update(carried=["Seat", "Hall", "Row"]),
        lambda one: one.update(carried=["A"]),
    ],
    ids=["another value", "not sent", "not found", "nowhere", "a field that changes"],
)
def test_what_is_carried_and_differs_from_what_was_found_is_told(alter: Alter) -> None:
    data = members()
    alter(data["changes"][0])
    assert check_changes(data) == "changes: what number 0 carries is not as it was found"
