"""Where a record stands, masked: people are tokens wherever they are named, and things and ids stay."""

from dataclasses import replace
from typing import Any

import pytest

from zsync.model import Change, Withheld
from zsync.model.whereabouts import NamedRecord, OwnRelation, Whereabouts
from zsync.redact import redact_whereabouts
from zsync.redact.policy import Policy

POLICY = Policy().keyed("60001", "a secret")
ANA = NamedRecord("Leads", "301", "Ana Ek", {"Email": "ana@acme.example", "Full_Name": "Ana Ek"})
SPRING = NamedRecord("Campaigns", "501", "Spring", {"Campaign_Name": "Spring"})
STEP = Change(
    "update",
    "Campaigns",
    "501",
    "Leads",
    "Leads",
    "301",
    "Spring",
    "Ana Ek",
    before={"Member_Status": "Sent", "Email": "old@acme.example"},
    after={"Member_Status": "Opened", "Email": None},
    carried={"Email": "kept@acme.example"},
)


def masked(found: Whereabouts) -> Whereabouts:
    """As a policy for the names and addresses of people shows it."""
    return redact_whereabouts(found, POLICY)


def of(record: NamedRecord, module: str, related: str, label: str, **more: Any) -> Whereabouts:
    """What is known of a record and of one relation of it."""
    relation = OwnRelation(record, module, related, label, **more)
    return Whereabouts("asked", "production", "1", "sandbox", records=(record,), relations=(relation,))


def test_a_person_is_a_token_and_the_campaign_keeps_its_name() -> None:
    found = masked(replace(of(ANA, "Campaigns", "501", "Spring"), problem="ana@acme.example is listed twice"))
    (record,), (relation,) = found.records, found.relations
    assert found.asked == POLICY.token("asked")
    assert record == replace(
        ANA,
        label=POLICY.token("Ana Ek"),
        values={"Email": POLICY.token("ana@acme.example"), "Full_Name": POLICY.token("Ana Ek")},
    )
    assert (relation.record, relation.label) == (record, "Spring")
    assert found.problem == f"{POLICY.token('ana@acme.example')} is listed twice"
    assert (found.environment, found.org_id, record.id) == ("production", "1", "301")


@pytest.mark.parametrize(("label", "shown"), [("Ana Ek", POLICY.token("Ana Ek")), ("301", "301")])
def test_a_campaign_keeps_its_own_name_and_its_people_are_tokens(label: str, shown: str) -> None:
    found = masked(of(SPRING, "Leads", "301", label))
    assert (found.asked, found.records) == ("asked", (SPRING,))
    assert found.relations[0].label == shown


def test_the_values_on_each_side_and_of_the_next_step_are_masked_by_field() -> None:
    fields = {"Member_Status": "Sent", "Email": "ana@acme.example", "Fax": None}
    hidden = {**fields, "Email": POLICY.token("ana@acme.example")}
    for step in (STEP, Withheld("conflict", STEP), None):
        (relation,) = masked(
            of(ANA, "Campaigns", "501", "Spring", git=fields, crm=fields, next=step)
        ).relations
        assert (relation.git, relation.crm) == (hidden, hidden)
        change = relation.next.change if isinstance(relation.next, Withheld) else relation.next
        assert (change is None) is (step is None)
        if change:
            assert change.before == {"Member_Status": "Sent", "Email": POLICY.token("old@acme.example")}
            assert change.after == {"Member_Status": "Opened", "Email": None}
            assert change.carried == {"Email": POLICY.token("kept@acme.example")}
    (relation,) = masked(of(ANA, "Campaigns", "501", "Spring", next=replace(STEP, after=None))).relations
    assert isinstance(relation.next, Change)
    assert (relation.git, relation.crm, relation.next.after) == (None, None, None)


def test_a_name_that_nobody_has_is_taken_for_a_persons() -> None:
    assert masked(Whereabouts("Ana Ek", "", "", "")).asked == POLICY.token("Ana Ek")
