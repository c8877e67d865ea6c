"""Why guards refuse, in words: every ground, with what to do about it."""

from dataclasses import replace
from decimal import Decimal
from typing import get_args

import pytest

from tests.render import plans
from zsync.model.grounds import (
    Backwards,
    BaseUnusable,
    CreditsShort,
    Frozen,
    Ground,
    More,
    NoPrice,
    OutOfOrder,
    PriceBound,
    PriceStep,
    ProtectedRecord,
    Records,
    TooFew,
    TooMany,
    TooManyWithheld,
    Undecided,
    Unread,
    UntouchableField,
    UntouchableKind,
)
from zsync.model.verdicts import Verdict
from zsync.render.verdicts import advice, said

VIPS = Records("Leads", "Email", None, "*@vip.example")
SPRING = Records("Campaigns", "id", "501")
ORDER = ("Planned", "Sent", "Responded")
KNOWN: list[tuple[Ground, str]] = [
    (Undecided(1), "1 conflict waits for a decision; limit: none may"),
    (Undecided(2), "2 conflicts wait for a decision; limit: none may"),
    (TooManyWithheld(1, most=0), "1 row would be withheld, the limit is 0"),
    (TooManyWithheld(2, percent=1, size=40), "2 of 40 rows would be withheld (5.0%), the limit is 1%"),
    (TooMany(4, "delete", most=3), "4 rows would be deleted, the limit is 3"),
    (TooMany(1, None, most=0), "1 row would be changed, the limit is 0"),
    (
        TooMany(40, "delete", percent=5, size=52),
        "40 of 52 rows would be deleted (77%), the limit is 5%",
    ),
    (
        TooMany(1, "update", percent=Decimal("0.5"), size=100),
        "1 of 100 rows would be updated (1.0%), the limit is 0.5%",
    ),
    (
        TooMany(1, "update", percent=0, size=10**6),
        "1 of 1,000,000 rows would be updated (0.1%), the limit is 0%",
    ),
    (
        TooMany(12, "create", percent=50, size=10),
        "12 rows would be created in lists of 10 (120%), the limit is 50%",
    ),
    (TooMany(1, "create", percent=99, size=0), "1 row would be created in lists of 0, the limit is 99%"),
    (
        TooFew(SPRING, "Leads", 10, 3, 12),
        "3 of 12 go, 9 stay; limit: Leads of Campaigns/501 keep at least 10",
    ),
    (
        ProtectedRecord("update", "Leads", "7", VIPS),
        "update for Leads/7; limit: no change touches Leads whose Email is *@vip.example",
    ),
    (
        ProtectedRecord("update", "Leads", "7", Records("Leads", "id")),
        "update for Leads/7; limit: no change touches Leads",
    ),
    (
        UntouchableField("list_price", None, Decimal("5.5")),
        "list_price (empty) → 5.5; limit: list_price is not touched",
    ),
    (
        UntouchableKind("create", "Leads", "Campaigns"),
        "create; limit: no change of Leads–Campaigns",
    ),
    (
        Backwards("Member_Status", "Sent", "Planned", ORDER),
        "Member_Status Sent → Planned; limit: only forward in Planned → Sent → Responded",
    ),
    (
        PriceStep("list_price", 10, 20, "up", 10),
        "list_price 10 → 20; limit: at most 10% up",
    ),
    (PriceBound("list_price", 9, "below", 10, "7"), "list_price 9; limit: never below 10"),
    (
        PriceBound("list_price", 9, "below", Decimal("0.5"), "7", "Unit_Price", Decimal("59.9")),
        "list_price 9 (Unit_Price is 59.9); limit: never below 0.5 * Unit_Price",
    ),
    (
        PriceBound("list_price", 60, "above", 1, "7", "Unit_Price", 59),
        "list_price 60 (Unit_Price is 59); limit: never above Unit_Price",
    ),
    (CreditsShort(12, 100, 90), "up to 12 credits of 90; limit: 100 credits stay"),
    (
        CreditsShort(12, 5_000, 5_000, at_least=True),
        "up to 12 credits of at least 5,000; limit: 5,000 credits stay",
    ),
    (
        Frozen("2027-03-01T09:00+00:00", "fri 18:00 – mon 06:00", "weekend"),
        "it is 2027-03-01T09:00+00:00; limit: no writes fri 18:00 – mon 06:00 (weekend)",
    ),
    (
        Frozen("2027-03-01T09:00+00:00", "in March", ""),
        "it is 2027-03-01T09:00+00:00; limit: no writes in March",
    ),
    (More(1_234), "1,234 more of this kind"),
    (
        OutOfOrder("Member_Status", "Lost", ORDER),
        "Member_Status Lost, which is not in the order; limit: only forward in Planned → Sent → Responded",
    ),
    (UntouchableField("Note", "a", "b"), "Note a → b; limit: Note is not touched"),
    (TooMany(10, "delete", percent=5, size=100), "10 of 100 rows would be deleted (10%), the limit is 5%"),
    (TooFew(SPRING, "Leads", 10, 7, 5), "7 of 5 go, 0 stay; limit: Leads of Campaigns/501 keep at least 10"),
    (TooManyWithheld(3, most=2), "3 rows would be withheld, the limit is 2"),
]
UNKNOWN: list[tuple[Ground, str]] = [
    (
        BaseUnusable("main", "there is no guard `max_delete`"),
        "the zsync.yaml of main cannot be used (there is no guard `max_delete`), so nobody knows which guards it has",
    ),
    (TooManyWithheld(2, percent=1), "2 rows would be withheld of an unknown number, the limit is 1%"),
    (TooMany(4, "delete", percent=5), "4 rows of an unknown number would be deleted, the limit is 5%"),
    (
        TooFew(SPRING, "Leads", 10, 3, None),
        "3 fewer, of an unknown number of rows; limit: Leads of Campaigns/501 keep at least 10",
    ),
    (Unread("Leads", "7", "Email"), "Email of Leads/7 could not be read"),
    (
        OutOfOrder("Member_Status", None, ORDER),
        "Member_Status (empty), which is not in the order; limit: only forward in Planned → Sent → Responded",
    ),
    (PriceStep("list_price", None, 20, "down", 10), "list_price (empty) → 20; limit: at most 10% down"),
    (
        PriceBound("list_price", 9, "above", 1, "7", "Unit_Price"),
        "list_price 9, and Products/7 has no Unit_Price that is known; limit: never above Unit_Price",
    ),
    (NoPrice("list_price", "dear"), "list_price dear; limit: a price is needed"),
    (CreditsShort(12, 100, None), "up to 12 credits of an unknown rest; limit: 100 credits stay"),
]


@pytest.mark.parametrize(("ground", "sentence"), KNOWN)
def test_a_verdict_says_what_the_guard_saw_and_its_limit(ground: Ground, sentence: str) -> None:
    verdict = Verdict("guard", ground)
    assert said(plans.mixed(), verdict) == sentence
    assert advice(verdict).endswith(".")


@pytest.mark.parametrize(("ground", "sentence"), UNKNOWN)
def test_a_guard_that_cannot_be_evaluated_says_what_it_lacks(ground: Ground, sentence: str) -> None:
    verdict = Verdict("guard", ground, evaluated=False)
    assert said(plans.mixed(), verdict) == f"cannot be evaluated: {sentence}"
    assert advice(verdict).endswith(".")


def test_every_ground_has_its_words() -> None:
    assert {type(ground) for ground, _ in KNOWN + UNKNOWN} == set(get_args(Ground))


def test_a_verdict_names_its_list_and_its_row() -> None:
    verdict = Verdict("max_deletes", TooMany(6, "delete", most=5), "Campaigns/501/Leads")
    told = "6 rows would be deleted, the limit for a list is 5"
    assert said(plans.mixed(), verdict) == f"Campaigns/501/Leads: {told}"
    assert said(plans.mixed(), replace(verdict, change=1)) == f"Campaigns/501/Leads bo@acme.example: {told}"
    created = replace(verdict, ground=TooMany(6, "create", percent=5, size=100))
    assert "6 rows would be created in a list of 100 (6.0%), the limit for a list is 5%" in said(
        plans.mixed(), created
    )
    withheld = replace(verdict, ground=TooManyWithheld(3, most=2))
    assert said(plans.mixed(), withheld).endswith("withheld, the limit for a list is 2")


def test_of_a_guard_of_the_base_the_way_out_is_to_merge_its_change_by_itself() -> None:
    verdict = Verdict("max_deletes", TooMany(2, "delete", most=1), base=True)
    assert "merge the change of zsync.yaml by itself first" in advice(verdict)
    assert "valid zsync.yaml" in advice(replace(verdict, ground=BaseUnusable("main", "why")))
