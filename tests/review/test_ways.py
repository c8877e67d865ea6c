"""What a branch's change of zsync.yaml does to a guard once it is merged."""

from typing import Any

import pytest

from zsync.model.verdicts import Way
from zsync.review.configuration import changed
from zsync.review.ways import way
from zsync.syntax.document import Seq

ENVIRONMENT = "environments: {eu: {%s}}"
GUARDS = "guards: {%s}"
LOOSER = [
    (GUARDS, "max_changes: 100", "max_changes: 1000"),
    (GUARDS, "max_deletes: 5%", "max_deletes: 20%"),
    (GUARDS, "max_deletes: 1", "max_deletes: 90%"),
    (GUARDS, "max_deletes: 5%", ""),
    (GUARDS, "max_deletes: {count: 5, percent: 5}", "max_deletes: {percent: 5}"),
    (GUARDS, "max_deletes: {count: 5}", "max_deletes: 6"),
    (GUARDS, "max_deletes: 5", "max_deletes: {count: 6}"),
    (GUARDS, "max_deletes: {per_list: 5%}", "max_deletes: {per_list: {percent: 6}}"),
    (GUARDS, "min_size: [{module: Campaigns, list: Leads, rows: 5}]", ""),
    (GUARDS, "max_withheld: 5", "max_withheld: 6"),
    (GUARDS, "conflicts: refuse", "conflicts: withhold"),
    (GUARDS, "conflicts: refuse", ""),
    (GUARDS, "", "conflicts: allow"),
    (GUARDS, "conflicts: withhold", "conflicts: allow"),
    (GUARDS, "protected_records: [{module: Leads, id: '1'}]", "protected_records: []"),
    (GUARDS, "list_price: {max_fall: 5}", "list_price: {max_fall: 10%}"),
    (GUARDS, "list_price: {min: 5}", "list_price: {min: 4.99}"),
    (GUARDS, "list_price: {max: 5}", "list_price: {max: 6}"),
    (GUARDS, "member_status: {order: [a, b]}", ""),
    (GUARDS, "untouchable_fields: [Seat]", ""),
    (GUARDS, "credits: 500", "credits: {keep: 400}"),
    (GUARDS, "credits: {keep: 5}", "credits: {keep: 5, daily: 50000}"),
    (GUARDS, "freeze: [{from: 2027-01-01, to: 2027-01-02}]", ""),
    (ENVIRONMENT, "protected: true", "protected: false"),
    (ENVIRONMENT, "protected: true", ""),
    (ENVIRONMENT, "org_id: '1'", ""),
    (ENVIRONMENT, "type: sandbox", ""),
    (ENVIRONMENT, "waves: [1%]", ""),
    (ENVIRONMENT, "credit_reserve: 5", ""),
    (ENVIRONMENT, "guards: {max_deletes: 5}", "guards: {max_deletes: 6}"),
    ("personal: {%s}", "default: mask", "default: show"),
    ("personal: {%s}", "", "default: show"),
    ("personal: {%s}", "fields: {Seat: mask}", "fields: {Seat: show}"),
    ("personal: {%s}", "fields: {Seat: mask}", "fields: {}"),
    ("personal: {%s}", "", "records: {Leads: show}"),
]
ONLY_CHANGED = [
    (GUARDS, "", "conflicts: withhold"),
    (GUARDS, "conflicts: withhold", ""),
    (GUARDS, "max_deletes: 5", "max_deletes: {count: 5.0}"),
    (GUARDS, "min_size: [{rows: 5}]", "min_size: [{rows: 4}]"),
    (GUARDS, "protected_records: [{id: '1'}, {id: '2'}]", "protected_records: [{id: '1'}]"),
    (GUARDS, "list_price: {min: 0.5 * Unit_Price}", "list_price: {min: 0.1 * Unit_Price}"),
    (GUARDS, "member_status: {order: [a, b]}", "member_status: {order: [b, a]}"),
    (GUARDS, "freeze: [{weekly: a}]", "freeze: [{weekly: b}]"),
    (ENVIRONMENT, "org_id: '1'", "org_id: '2'"),
    (ENVIRONMENT, "type: sandbox", "type: production"),
    (ENVIRONMENT, "waves: [1%]", "waves: [100%]"),
    (ENVIRONMENT, "manifests: [a]", "manifests: [a, b]"),
    (ENVIRONMENT, "data_centre: eu", "data_centre: us"),
    (ENVIRONMENT, "concurrency: 1", "concurrency: 25"),
    ("relation_kinds: [%s]", "{parent: Campaigns}", "{parent: Leads}"),
]


def ways(before: str, after: str) -> list[Way]:
    states = ({"zsync.yaml": f"version: 1\n{text}\n".encode()} for text in (before, after))
    return [each.way for each in changed(*states)]


@pytest.mark.parametrize(("place", "before", "after"), LOOSER)
def test_what_lets_more_pass_is_told_from_what_lets_less_pass(place: str, before: str, after: str) -> None:
    assert ways(place % before, place % after)[0] == "loosens"
    back = ways(place % after, place % before)
    assert "loosens" not in back or "90%" in after  # another unit: each way, a limit is taken away


@pytest.mark.parametrize(("place", "before", "after"), ONLY_CHANGED)
def test_what_has_no_order_changes(place: str, before: str, after: str) -> None:
    assert ways(place % before, place % after) == ["changes"]
    assert ways(place % after, place % before) == ["changes"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("guards: {max_deletes: 5}", "guards: {max_deletes: {count: 5}}"),
        ("guards: {max_deletes: {per_list: 5%}}", "guards: {max_deletes: {per_list: {percent: 5%}}}"),
        ("guards: {credits: {keep: 5}}", "guards: {credits: 5}"),
    ],
)
def test_another_form_of_the_same_limit_is_no_change(before: str, after: str) -> None:
    assert ways(before, after) == []


def test_an_environment_that_comes_changes_and_one_that_goes_loosens_what_it_guarded() -> None:
    with_it, without = "environments: {eu: {protected: true, guards: {max_deletes: 5}}}", "environments: {}"
    assert ways(with_it, without) == ["changes", "loosens", "loosens"]
    assert set(ways(without, with_it)) == {"changes"}
    states = ({"z": f"environments: {{{name}: {{}}}}".encode()} for name in ("eu", "us"))
    assert [(each.key, each.before, each.after) for each in changed(*states)] == [
        ("environments.eu", "an environment", ""),
        ("environments.us", "", "an environment"),
    ]


def test_a_file_that_goes_loosens_and_one_that_comes_changes() -> None:
    assert [each.way for each in changed({"z": b""}, {})] == ["loosens"]
    assert [each.way for each in changed({}, {"z": b""})] == ["changes"]


def test_a_setting_is_found_in_the_branchs_file() -> None:
    before = b"version: 1\nguards:\n  max_deletes: 1\n  max_updates: 3\n"
    after = b"version: 1\n# why\nguards:\n  max_creates: 2\n  max_deletes: 2\n"
    lines = {each.key: each.line for each in changed({"z": before}, {"z": after})}
    assert lines == {"guards.max_deletes": 5, "guards.max_updates": 0, "guards.max_creates": 4}


def listed(*texts: str) -> Seq:
    return Seq(texts)


@pytest.mark.parametrize(
    ("path", "before", "after", "does"),
    [
        (("off",), None, "why", "loosens"),
        (("off",), "why", None, "tightens"),
        (("off",), "why", "because", "changes"),
        (("types", "Email", "off"), None, "why", "loosens"),
        (("types", "Email"), "withhold", None, "changes"),
        (("types", "Email"), None, "warn", "loosens"),
        (("types", "Webinar"), None, "withhold", "tightens"),
        (("types", "Webinar"), "withhold", None, "loosens"),
        (("types", "Webinar"), "withhold", "warn", "loosens"),
        (("lists", "Campaigns/Board/Leads"), None, "warn", "loosens"),
        (("lists", "Campaigns/Board/Leads"), "warn", "withhold", "tightens"),
        (("fields", "No_Mail"), None, True, "tightens"),
        (("fields", "No_Mail"), True, None, "loosens"),
        (("fields", "Email_Opt_Out"), None, True, "changes"),
        (("fields", "Email_Opt_Out"), None, listed(), "loosens"),
        (("fields", "Email_Opt_Out"), listed(), None, "tightens"),
        (("fields", "Unsubscribed_Mode"), None, "Manual", "loosens"),
        (("fields", "Basis"), listed("No"), listed("No", "Never"), "tightens"),
        (("fields", "Basis"), listed("No", "Never"), listed("No"), "loosens"),
        (("fields", "Basis"), listed("No"), listed("Never", "Nay"), "loosens"),
        (("never",), listed("a.csv"), listed("a.csv", "b.csv"), "tightens"),
        (("never",), listed("a.csv", "b.csv"), listed("a.csv"), "loosens"),
        (("never",), listed("a.csv"), listed("b.csv"), "loosens"),
        (("never",), None, listed("b.csv"), "tightens"),
        (("order",), listed("Planned", "Sent"), listed("Sent", "Planned"), "loosens"),
        (("order",), listed("Planned"), listed("Planned", "Sent"), "tightens"),
        (("unknown",), None, "x", "changes"),
    ],
)
@pytest.mark.parametrize("holder", [("consent",), ("environments", "eu", "consent")])
def test_whoever_keeps_fewer_people_out_loosens_consent(
    holder: tuple[str, ...], path: tuple[str, ...], before: Any, after: Any, does: str
) -> None:
    assert way((*holder, *path), before, after) == does
