"""Snapshot files: the same bytes for the same snapshot, and nothing else is taken for one."""

import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from zsync.errors import InputError
from zsync.files.snapshot import (
    ListMeta,
    ListSeen,
    OrgSeen,
    Snapshot,
    check_snapshot,
    dump_snapshot,
    is_number,
    load_snapshot,
    snapshot_schema,
)
from zsync.model import Expected

SNAPSHOT = Snapshot(
    "2027-03-01T00:00:00Z",
    "production",
    OrgSeen("10234695", "production", "Acme"),
    None,
    {"Leads": {"Legacy_No": "integer"}},
    {"Campaigns": (ListMeta("Leads", "Leads", True),), "Leads": ()},
    {"Campaigns": {"501": {}}, "Leads": {"301": {"Legacy_No": 17, "Owner": {"id": "1"}}}},
    frozenset({"301"}),
    (
        ListSeen(
            "Campaigns", "501", "Leads", "Leads", {"301": {"Member_Status": "Sent", "Fee": Decimal("49.90")}}
        ),
    ),
)
TEXT = dump_snapshot(SNAPSHOT)


def test_a_snapshot_is_read_as_it_was_written() -> None:
    assert load_snapshot(TEXT, "s.json") == SNAPSHOT
    assert dump_snapshot(load_snapshot(TEXT, "s.json")) == TEXT


def test_what_was_seen_of_a_module_is_read_and_no_more() -> None:
    some = replace(
        SNAPSHOT,
        credits_left=7,
        fields={"Accounts": {"Name": "text"}},
        lists={"Leads": ()},
        converted=frozenset(),
    )
    assert load_snapshot(dump_snapshot(some), "s.json") == some


def test_ids_stand_in_the_order_of_their_numbers() -> None:
    assert '"converted":["2","30","100"]' in dump_snapshot(
        replace(SNAPSHOT, converted=frozenset({"100", "30", "2"}))
    )


@pytest.mark.parametrize(
    ("value", "number"),
    [(1, True), (Decimal("0.5"), True), (True, False), (False, False), ("1", False), (None, False)],
)
def test_numbers_are_told_from_what_is_none(value: object, number: bool) -> None:
    assert is_number(value) is number


def test_numbers_stay_exact() -> None:
    assert '"Fee":49.90' in TEXT


def forged(change: Callable[[dict[str, Any]], object]) -> str:
    """The file after somebody's hands were on it."""
    data = json.loads(TEXT)
    change(data)
    return json.dumps(data)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "s.json is not JSON"),
        ("{", "s.json is not JSON"),
        ("[" * 100_000, "s.json is not JSON"),
        ("[]", "its format is 'None'"),
        ('{"format": "zsync.plan/2"}', "its format is 'zsync.plan/2', wanted is 'zsync.snapshot/1'"),
        (forged(lambda data: data["org"].pop("id")), "no sound snapshot: org.id: Field required"),
        (forged(lambda data: data.update(more=1)), "no sound snapshot: more: Extra inputs are not permitted"),
        (forged(lambda data: data["records"]["Leads"].update(x={})), "no sound snapshot: records.Leads.x"),
        (forged(lambda data: data["records"]["Leads"]["301"].update(Legacy_No=18)), "s.json was altered"),
        (forged(lambda data: data.update(environment="sandbox")), "s.json was altered"),
    ],
)
def test_what_is_no_snapshot_is_refused(text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        load_snapshot(text, "s.json")
    (told,) = caught.value.diagnostics
    assert (told.code, message in str(told.message)) == ("bad-snapshot", True)
    assert "zsync plan --snapshot FILE" in str(told.help)


def test_the_schema_in_the_repository_is_the_programs() -> None:
    committed = Path(__file__).parents[2] / "schemas" / "snapshot.schema.json"
    assert json.loads(committed.read_text("utf-8")) == snapshot_schema()


@pytest.mark.parametrize(
    ("expected", "what"),
    [
        (Expected(), ""),
        (Expected("production", "10234695", "production"), ""),
        (Expected("sandbox"), "environment"),
        (Expected("production", "10234696"), "org"),
        (Expected("production", "10234695", "sandbox"), "org type"),
    ],
)
def test_a_snapshot_is_for_the_environment_and_the_org_that_it_was_taken_of(
    expected: Expected, what: str
) -> None:
    if not what:
        check_snapshot(SNAPSHOT, expected)
        return
    with pytest.raises(InputError) as caught:
        check_snapshot(SNAPSHOT, expected)
    (told,) = caught.value.diagnostics
    assert (told.code, f"{what} " in str(told.message)) == ("other-snapshot", True)


@pytest.mark.parametrize(
    ("snapshot", "expected", "message"),
    [
        (
            SNAPSHOT,
            Expected("sandbox"),
            "the snapshot is of the environment production, and 'sandbox' is to be rehearsed",
        ),
        (
            SNAPSHOT,
            Expected("production", "7"),
            "the snapshot is of the org 10234695, and 'production' is to be rehearsed, whose org is 7",
        ),
        (
            replace(SNAPSHOT, org=OrgSeen("7", "", "Acme")),
            Expected("production", "7", "sandbox"),
            "the snapshot is of the org type none, and 'production' is to be rehearsed, whose org type is sandbox",
        ),
    ],
)
def test_both_sides_are_told_where_they_differ(snapshot: Snapshot, expected: Expected, message: str) -> None:
    with pytest.raises(InputError) as caught:
        check_snapshot(snapshot, expected)
    (told,) = caught.value.diagnostics
    assert str(told.message) == message
    assert "zsync plan -e ENV --snapshot FILE" in str(told.help)


def test_a_snapshot_of_no_environment_serves_any_of_the_same_org() -> None:
    check_snapshot(replace(SNAPSHOT, environment=""), Expected("sandbox", "10234695"))
    with pytest.raises(InputError):
        check_snapshot(replace(SNAPSHOT, org=OrgSeen("", "production", "Acme")), Expected("", "10234695"))
