"""Masked plans and reports, part by part and whole: what becomes a token, what is shown, and the tokens themselves."""

import hmac
import json
import re
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.redact.test_redact import POLICY
from tests.render.plans import change, plan
from zsync.files.plan import dump_plan, dump_report
from zsync.model import (
    Approval,
    Bearer,
    Change,
    Found,
    KeyMoved,
    Outcome,
    Plan,
    Report,
    Stop,
    Withheld,
)
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
    Unread,
    UntouchableField,
    UntouchableKind,
)
from zsync.model.verdicts import Facts, Override, RecordFields, Safeguards, Verdict
from zsync.redact import Policy, derived, personal_values, redact_plan, redact_report, redacted_json

T = POLICY.token
ANA = "Ana Ruiz"


@pytest.mark.parametrize(
    ("value", "token"),
    [
        (ANA, "person-07bca8ea59"),
        ("half \ud83d", "person-b3eb979d3b"),
        (["a", 1], "person-002d7f4be9"),
        ("x" * 999, "person-c6c808e3aa"),
        ("0123456789abcdef" * 12, "person-5ce9466647"),
        ("0123456789abcdef" * 62, "person-2fa9d5c37d"),
        ("".join(f"{number:03x}" for number in range(9, 342)), "person-9bfa7f915c"),
        ("".join(f"{number:03x}" for number in range(9, 342)) + "0", "person-cd93936e01"),
    ],
    ids=range(8),
)
def test_a_token_is_the_same_in_every_version(value: Any, token: str) -> None:
    assert T(value) == token


@pytest.mark.parametrize(
    "value", ["00315", "00E8D", "0097A", "0001A", "00A80", "00528", "00030", "00276", "000DF"]
)
def test_a_hash_that_would_hint_at_its_value_is_not_its_token(value: str) -> None:
    plain = hmac.digest(POLICY.key, value.encode(), "sha256").hex()[:10]
    parts = {value.lower()[at : at + 3] for at in range(3)}
    assert any(part in plain for part in parts)
    assert not any(part in T(value).removeprefix("person-") for part in parts)


def test_secrets_of_odd_bytes_make_tokens() -> None:
    assert Policy().keyed("60001", "\udcff").token(ANA) == "person-a4a2e3bd08"
    assert derived("\udcff") != derived("\udcfe")


def test_what_the_base_masks_no_branch_shows() -> None:
    shown = Policy(records={"Leads": "show"}, default="show")
    held = replace(shown, base=Policy(records={"Leads": "mask"}))
    assert [policy.masks_label("Leads", ("Email",)) for policy in (shown, held)] == [False, True]


def test_client_secrets_make_tokens_that_the_orgs_id_alone_does_not() -> None:
    first, second = (Policy().keyed("60001", derived(secret)).token(ANA) for secret in ("one", "two"))
    assert first == Policy().keyed("60001", derived("one")).token(ANA)
    by_org = Policy(key=hmac.digest(b"", b"zsync60001", "sha256")).token(ANA)
    others = {Policy().keyed("60001", secret).token(ANA) for secret in ("one", "two", "60001")}
    assert len({first, second, by_org, *others}) == 6


def test_no_policy_is_keyed_without_a_secret() -> None:
    with pytest.raises(ValueError, match="need a secret"):
        Policy().keyed("60001", "")


def made() -> Plan:
    """A plan with one value of each kind."""
    one = change(
        ANA, {"Note": "secret", "Fee": Decimal("1.50"), "Member_Status": "Sent"}, {"Note": "", "Fee": None}
    )
    two = change("Spring", None, {"Tags": ["vip"]})
    record = RecordFields("Leads", "1", {"Full_Name": "Kim Lee", "Product_Name": "Tea", "Seats": 4})
    return replace(plan(one, two), facts=Facts(records=(record,)))


def test_the_values_that_are_masked_are_known_as_messages_quote_them() -> None:
    values = personal_values(made(), POLICY)
    assert {ANA, "secret", "1.50", '["vip"]', "Kim Lee", "4"} <= values
    assert not {"", "Sent", "Tea", "null"} & values


def test_facts_are_masked_field_by_field() -> None:
    (record,) = redact_plan(made(), POLICY).facts.records
    assert record.fields == {"Full_Name": T("Kim Lee"), "Product_Name": "Tea", "Seats": T(4)}


def test_what_people_wrote_is_searched_for_values_that_are_known() -> None:
    aside = (Override("freeze", f"{ANA} agreed, secret"),)
    report = Report(
        made(), (Outcome("applied"),) * 2, 1, 1, 0.1, Stop("failed", 1, f"no {ANA}", f"Ask {ANA}.")
    )
    masked = redact_report(replace(report, overrides=aside), POLICY)
    assert masked.overrides == (Override("freeze", f"{T(ANA)} agreed, {T('secret')}"),)
    assert masked.stopped == Stop("failed", 1, f"no {T(ANA)}", f"Ask {T(ANA)}.")
    assert redact_plan(replace(made(), overrides=aside), POLICY).overrides == masked.overrides


@pytest.mark.parametrize(
    ("outcome", "shown"),
    [
        (Outcome("applied"), Outcome("applied")),
        (Outcome("refused", "NO_SUCH"), Outcome("refused", "NO_SUCH")),
        (Outcome("refused", "ana ruiz"), Outcome("refused", "")),
        (Outcome("held", found=Found(None, "2027-03-01T09:00:00+01:00", ANA)), Outcome("held", found=Found(None, "2027-03-01T09:00:00+01:00", T(ANA)))),
        (Outcome("held", found=Found({"Note": "x"}, "Monday", "")), Outcome("held", found=Found({"Note": T("x")}, "", ""))),
        (
            Outcome("held", key=KeyMoved("related", "Leads", "300", {"Email": ANA}, (Bearer("303", ANA), Bearer("304")), {"Email": ""}, ANA)),
            Outcome("held", key=KeyMoved("related", "Leads", "300", {"Email": T(ANA)}, (Bearer("303", T(ANA)), Bearer("304")), {"Email": ""}, T(ANA))),
        ),
        (
            Outcome("held", key=KeyMoved("parent", "Campaigns", "5", {"Campaign_Name": "Spring"}, (Bearer("6", "Spring"),))),
            Outcome("held", key=KeyMoved("parent", "Campaigns", "5", {"Campaign_Name": "Spring"}, (Bearer("6", "Spring"),))),
        ),
    ],
)  # fmt: skip
def test_an_outcome_keeps_what_names_nobody(outcome: Outcome, shown: Outcome) -> None:
    report = Report(plan(change(ANA, None, {})), (outcome,), 1, 1, 0.1)
    assert redact_report(report, POLICY).outcomes == (shown,)


WHO = Records("Leads", "Full_Name", pattern="Ana*")


@pytest.mark.parametrize(
    ("ground", "shown"),
    [
        (UntouchableField("Note", "a", "b"), UntouchableField("Note", T("a"), T("b"))),
        (UntouchableField("Note", None, ""), UntouchableField("Note", None, "")),
        (UntouchableField("Member_Status", "a", "b"), UntouchableField("Member_Status", "a", "b")),
        (Backwards("Note", "b", "a", ("a", "b")), Backwards("Note", T("b"), T("a"), (T("a"), T("b")))),
        (Backwards("Member_Status", "b", "a", ("a", "b")), Backwards("Member_Status", "b", "a", ("a", "b"))),
        (OutOfOrder("Note", "c", ("a",)), OutOfOrder("Note", T("c"), (T("a"),))),
        (PriceStep("Fee", 1, 2, "up", 5), PriceStep("Fee", T(1), T(2), "up", 5)),
        (PriceStep("list_price", 1, 2, "up", 5), PriceStep("list_price", 1, 2, "up", 5)),
        (PriceBound("list_price", 9, "above", 2, "6", "Worth", 4), PriceBound("list_price", 9, "above", 2, "6", "Worth", T(4))),
        (PriceBound("Fee", 9, "above", 2, "6", "Unit_Price", 4), PriceBound("Fee", T(9), "above", 2, "6", "Unit_Price", 4)),
        (PriceBound("Fee", 9, "above", 2, "6"), PriceBound("Fee", T(9), "above", 2, "6")),
        (NoPrice("Fee", "x"), NoPrice("Fee", T("x"))),
        (ProtectedRecord("delete", "Leads", "1", WHO), ProtectedRecord("delete", "Leads", "1", replace(WHO, pattern=T("Ana*")))),
        (ProtectedRecord("delete", "Leads", "1", Records("Leads", "id", "1")), ProtectedRecord("delete", "Leads", "1", Records("Leads", "id", "1"))),
        (TooFew(replace(WHO, field="Product_Name"), "Leads", 9, 1, 3), TooFew(replace(WHO, field="Product_Name"), "Leads", 9, 1, 3)),
        (TooFew(WHO, "Leads", 9, 1, 3), TooFew(replace(WHO, pattern=T("Ana*")), "Leads", 9, 1, 3)),
        (Frozen("now", "in March", f"{ANA} is away"), Frozen("now", "in March", f"{T(ANA)} is away")),
        (BaseUnusable("main", f"{ANA} is no guard"), BaseUnusable("main", f"{T(ANA)} is no guard")),
        (UntouchableKind("delete", "Leads", "Campaigns"), UntouchableKind("delete", "Leads", "Campaigns")),
        (Unread("Leads", "1", "Full_Name"), Unread("Leads", "1", "Full_Name")),
        (TooMany(2, None, 1), TooMany(2, None, 1)),
        (CreditsShort(1, 2, 3), CreditsShort(1, 2, 3)),
        (More(3), More(3)),
    ],
)  # fmt: skip
def test_a_ground_is_masked_by_the_fields_that_its_values_are_of(ground: Ground, shown: Ground) -> None:
    refused = replace(plan(change(ANA, None, {})), verdicts=(Verdict("g", ground),))
    assert redact_plan(refused, POLICY).verdicts == (Verdict("g", shown),)


def test_the_plan_in_a_masked_report_is_marked_as_well() -> None:
    report = Report(plan(change(ANA, None, {})), (Outcome("applied"),), 1, 1, 0.1)
    data = json.loads(redacted_json(dump_report(report)))
    assert data["format"].endswith("/2+redacted")
    assert data["plan"]["format"] == "zsync.plan/2+redacted"


def row(name: str) -> Change:
    """A row that the branch and the CRM moved."""
    return replace(change(name, {"Note": "old"}, {"Note": "new"}), agreed={"Note": f"{name} agreed"})


def test_rows_that_no_plan_writes_are_masked_like_those_that_it_does() -> None:
    whole = replace(
        plan(row("Ana")),
        base=Safeguards(configuration="guards: {protected_records: [Kim]}"),
        unmanaged=(row("Bo"),),
        withheld=(Withheld("conflict", row("Cy")),),
        overrides=(Override("conflicts", "why", "Leads/Bo"),),
    )
    masked = redact_plan(whole, POLICY)
    assert not re.search(r"Ana|Bo|Cy|Kim", dump_plan(masked))
    kept = (masked.changes[0], masked.unmanaged[0], masked.withheld[0].change)
    assert [one.agreed for one in kept] == [{"Note": T(f"{name} agreed")} for name in ("Ana", "Bo", "Cy")]
    assert {"Bo agreed", "Cy agreed"} <= personal_values(whole, POLICY)
    assert masked.overrides == (Override("conflicts", "why", f"Leads/{T('Bo')}"),)


def test_an_empty_fact_is_not_looked_for_in_messages() -> None:
    whole = replace(made(), facts=Facts(records=(RecordFields("Leads", "1", {"Full_Name": ""}),)))
    assert "" not in personal_values(whole, POLICY)


@pytest.mark.parametrize(
    ("approval", "shown"),
    [
        (Approval("ana", ("bo", "cy")), Approval(T("ana"), (T("bo"), T("cy")))),
        (Approval(), Approval()),
        (Approval("ana", ("bo",), "cy", "https://x"), Approval("ana", ("bo",), "cy", "https://x")),
    ],
)
@pytest.mark.parametrize("folder", ["/homes/ana", "C:\\Users\\ana"])
def test_who_ran_it_on_a_machine_is_masked_and_accounts_of_a_forge_are_not(
    approval: Approval, shown: Approval, folder: str
) -> None:
    separator = "\\" if "\\" in folder else "/"
    report = Report(
        plan(row("Ana")),
        (Outcome("applied"),),
        1,
        1,
        0.1,
        approval=approval,
        journal=f"{folder}{separator}run.jsonl",
    )
    masked = redact_report(report, POLICY)
    assert (masked.approval, masked.journal) == (shown, "run.jsonl")
