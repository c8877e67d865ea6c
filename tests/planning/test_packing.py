"""Packing: every change in one request, no request over a limit, no more requests than as written."""

from collections import Counter
from dataclasses import replace
from math import ceil
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zsync.crm.consent import reads
from zsync.model import Action, Change, Cost, Request, Span
from zsync.model.consent import Consent
from zsync.model.plans import Origin
from zsync.model.requests import IDS_LENGTH, ROWS
from zsync.planning.packing import arrange, calls, cost, pack, turns, worth_turning

ids = st.text("0123456789", min_size=1, max_size=20)
actions: st.SearchStrategy[Action] = st.sampled_from(["create", "update", "delete"])


def change(action: Action, parent: str, related: str, listed: str = "Leads") -> Change:
    """A change that says no more than packing looks at."""
    return Change(
        action,
        "Campaigns",
        parent,
        listed,
        listed,
        related,
        "parent",
        "related",
        None if action == "create" else {},
        None if action == "delete" else {},
    )


changes = st.lists(
    st.builds(change, actions, st.sampled_from("123"), ids, st.sampled_from(["Leads", "Contacts"])),
    max_size=300,
)


@given(changes)
def test_every_change_is_in_exactly_one_request_that_fits_it(some: list[Change]) -> None:
    requests = pack(some)
    assert Counter(index for request in requests for index in request.changes) == Counter(range(len(some)))
    for request in requests:
        for one in (some[index] for index in request.changes):
            assert one.address[:3] == (request.module, request.record_id, request.related_list)
            assert (one.action == "delete") == (request.method == "DELETE")


@given(changes)
def test_no_request_is_over_a_limit_and_the_order_is_kept(some: list[Change]) -> None:
    for request in pack(some):
        assert 0 < len(request.changes) <= ROWS
        assert list(request.changes) == sorted(request.changes)
        if request.method == "DELETE":
            assert len(",".join(some[index].related_record_id for index in request.changes)) <= IDS_LENGTH


@given(st.integers(0, 450), st.integers(0, 450))
def test_requests_are_as_few_as_a_hundred_rows_each_allow(puts: int, deletes: int) -> None:
    some = [change("create", "1", str(n)) for n in range(puts)]
    some += [change("delete", "1", str(n)) for n in range(deletes)]
    assert len(pack(some)) == ceil(puts / ROWS) + ceil(deletes / ROWS)


@given(changes, st.data())
def test_the_order_in_which_the_crm_gives_rows_is_not_the_plans(
    some: list[Change], data: st.DataObject
) -> None:
    alone = list({one.address: one for one in some}.values())
    parents = list(dict.fromkeys(one.address[:3] for one in alone))
    moved = sorted(data.draw(st.permutations(alone)), key=lambda one: parents.index(one.address[:3]))
    packed = arrange(alone, unchanged=3)
    assert arrange(moved, unchanged=3) == packed
    assert [one.address[:3] for one in packed.changes] == [
        place for place in parents for one in alone if one.address[:3] == place
    ]
    assert packed.requests == pack(packed.changes)
    assert (packed.summary.changes, packed.summary.unchanged) == (len(alone), 3)


def test_a_hundred_ids_of_nineteen_digits_are_one_request_and_of_twenty_are_two() -> None:
    for digits, expected in ((19, 1), (20, 2)):
        assert len(pack([change("delete", "1", str(n).zfill(digits)) for n in range(100)])) == expected


def test_a_long_list_goes_in_portions_one_behind_the_other() -> None:
    some = [change("create", "1", str(n)) for n in range(250)]
    bounds = [(0, 100), (100, 200), (200, 250)]
    assert [one.changes for one in pack(some)] == [tuple(range(*bound)) for bound in bounds]


def test_ids_in_the_body_of_a_put_may_be_as_long_as_they_are() -> None:
    assert len(pack([change("create", "1", str(n).zfill(20)) for n in range(100)])) == 1


def test_within_a_list_changes_are_by_line_and_drift_is_last() -> None:
    def at(line: int | None, origin: Origin, related: str) -> Change:
        place = Span("a.yaml", line, 1) if line else None
        return replace(change("create", "1", related), source=place, origin=origin)

    some = [
        at(9, "change", "5"),
        at(1, "drift", "4"),
        at(None, "change", "3"),
        at(2, "change", "2"),
        at(3, "conflict", "1"),
    ]
    packed = arrange(some, unchanged=0)
    assert [one.related_record_id for one in packed.changes] == ["3", "2", "1", "5", "4"]


edges = st.lists(
    st.tuples(st.integers(0, 12).map(str), st.integers(0, 12).map(str)), unique=True, max_size=200
)


def needed(some: list[tuple[str, str]], way: list[bool]) -> int:
    """How many requests a way of turning needs."""
    return calls(("b" + b) if turn else ("a" + a) for (a, b), turn in zip(some, way, strict=True))


@given(edges)
def test_turning_never_needs_more_requests_than_either_side(some: list[tuple[str, str]]) -> None:
    chosen = needed(some, turns(some))
    assert chosen <= needed(some, [False] * len(some))
    assert chosen <= needed(some, [True] * len(some))


@given(edges)
def test_relations_are_turned_only_where_that_saves_a_request(some: list[tuple[str, str]]) -> None:
    saves = needed(some, turns(some)) < needed(some, [False] * len(some))
    assert worth_turning(some) == saves
    if not saves:
        assert turns(some) == [False] * len(some)


@pytest.mark.parametrize(
    ("rows", "concurrency", "expected"),
    [
        ([], 5, Cost(7, 0, (7, 7), 0)),
        ([1], 1, Cost(7, 1, (11, 11), 1.6)),
        ([10, 11], 3, Cost(7, 2, (14, 15), 1.2)),
        ([100, 21], 7, Cost(7, 2, (14, 25), 0.4)),
    ],
)
def test_applying_costs_the_org_and_three_calls_a_request_and_perhaps_a_credit_for_ten_rows(
    rows: list[int], concurrency: int, expected: Cost
) -> None:
    requests = [Request("PUT", "Campaigns", "1", "Leads", tuple(range(count))) for count in rows]
    assert cost(7, [], requests, concurrency, (), keys=True) == expected


def test_a_hundred_leads_of_one_campaign_turn_to_one_request() -> None:
    some = [(f"lead {n}", "campaign") for n in range(100)]
    assert needed(some, [False] * 100) == 100
    assert needed(some, turns(some)) == 1


def test_each_relation_rides_on_its_busier_record_where_neither_side_alone_is_best() -> None:
    some = [(f"lead {n}", "fair") for n in range(100)] + [("kim", f"campaign {n}") for n in range(100)]
    assert turns(some) == [True] * 100 + [False] * 100
    assert needed(some, turns(some)) == 2
    turned = [(b, a) for a, b in some]
    assert turns(turned) == [False] * 100 + [True] * 100


def test_relations_that_come_from_both_sides_may_all_go_to_one() -> None:
    some = [("501", str(300 + n)) for n in range(4)]
    written = [False, True, True, False]
    assert worth_turning(some, written)
    assert turns(some) == [False] * 4
    apart = [("501", "301"), ("502", "302")]
    assert not worth_turning(apart, [False, True])


def test_of_equals_the_first_side_is_taken_for_all_and_for_each() -> None:
    assert turns([("501", "301")]) == [False]
    pairs = [("501", "301"), ("501", "302"), ("502", "303"), ("503", "303"), ("504", "304")]
    assert turns(pairs) == [False, False, True, True, False]


@pytest.mark.parametrize(("count", "full"), [(250, [100, 100, 50]), (1, [1])])
def test_contact_roles_go_one_by_one_and_all_else_a_hundred_a_request(count: int, full: list[int]) -> None:
    for action in ("create", "delete"):
        some = [change(action, "1", str(n), "Contacts") for n in range(count)]
        roles = [replace(one, module="Deals", related_list="Contact_Roles") for one in some]
        assert [len(one.changes) for one in pack(some)] == full
        assert [len(one.changes) for one in pack(roles)] == [1] * count


def test_ids_of_a_put_may_be_as_long_as_they_like() -> None:
    some = [change("create", "1", "9" * 64 + str(n)) for n in range(ROWS)]
    assert len(pack(some)) == 1


def test_consent_that_is_asked_again_is_in_the_cost() -> None:
    some, rules = keyed(3), (Consent(),)
    asked, spared = (cost(0, some, pack(some), 5, rules, keys=keys) for keys in (True, False))
    nobody = cost(0, some, pack(some), 5, (), keys=True)
    assert asked.credits[0] - nobody.credits[0] == reads(some, rules, keys=True) > 0
    assert spared.credits[0] == 1 + 3 + reads(some, rules, keys=False)


def keyed(count: int, action: Action = "create", **more: Any) -> list[Change]:
    """Changes to the members of a campaign that is known by its name, of leads that are known by their addresses."""
    names: dict[str, Any] = {"record_key": {"Campaign_Name": "Spring"}}
    return [
        replace(
            change(action, "5", str(100 + n)), **names | {"key": {"Email": f"lead{n}@acme.example"}} | more
        )
        for n in range(count)
    ]


@pytest.mark.parametrize(
    ("changes", "reads"),
    [
        (keyed(3, "update"), 1),
        (keyed(3, "delete"), 1),
        (keyed(3), 2),
        (keyed(101), 3),
        (keyed(3, record_key={}), 1),
        # Leads that have no key are asked for by their ids: whether they were converted since.
        (keyed(3, key={}, record_key={}), 1),
        (keyed(101, key={}, record_key={}), 2),
        (keyed(3, "update", key={}, record_key={}), 0),
        (keyed(3, "delete", key={}, record_key={}), 0),
        (keyed(3, key={}, record_key={}, related_module="Contacts"), 0),
        (keyed(3, key={"Legacy_No": "17"}), 3),
        (
            [
                replace(
                    one, record_id=str(n), record_key={"Campaign_Name": f"C{n}"}, action="update", before={}
                )
                for n, one in enumerate(keyed(101))
            ],
            2,
        ),
    ],
)
def test_what_apply_asks_about_keys_is_in_the_cost(changes: list[Change], reads: int) -> None:
    requests = pack(changes)
    with_keys, without = (cost(0, changes, requests, 5, (), keys=asked) for asked in (True, False))
    assert with_keys.credits[0] - without.credits[0] == reads
    assert without.credits[0] == 1 + 3 * len(requests)
