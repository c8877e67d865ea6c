"""A rehearsal's CRM has the fields in which people say no: those of the snapshot's org, else those that zsync.yaml names."""

from dataclasses import replace
from typing import Any

import pytest

from tests.planning.test_consenting import ANA, BO, WORLD, by_email, left_out
from tests.worlds import NOW, plan, recorded, saying
from zsync.emulator import Switches, running
from zsync.files.snapshot import Snapshot, dump_snapshot, load_snapshot
from zsync.guards.evaluation import Guards
from zsync.kinds import KINDS
from zsync.model import Expected
from zsync.model.consent import Consent, SaysNo
from zsync.model.never import Mention, Never
from zsync.planning.terms import Terms
from zsync.rehearsal.persons import with_consent
from zsync.rehearsal.world import rehearsal

ROWS = saying(by_email("ana@acme.example", "bo@acme.example"))
NEVER = Never(patterns=(("ana@*", Mention("no.csv", 1)),))


@pytest.mark.parametrize(
    ("fields", "consent"),
    [
        ({}, Consent(never=NEVER)),
        ({"No_Mail": ["Mail"]}, Consent(fields=(SaysNo("No_Mail", ("Mail",)),))),
        ({"$stop_processing": True}, Consent()),
        ({"Unsubscribed_Mode": "Manual"}, Consent()),
    ],
)
def test_from_a_snapshot_the_same_people_are_kept_out(fields: dict[str, Any], consent: Consent) -> None:
    with running(WORLD, Switches(gdpr=True)) as crm:
        crm.edit(ANA, **fields)
        terms = replace(Terms(Expected(), Guards(), "", NOW), consents=(consent,))
        made, seen = recorded(crm, ROWS, terms)
    assert left_out(made).keys() == {ANA, BO}
    again: Snapshot = load_snapshot(dump_snapshot(seen), "seen.json")
    stage = with_consent(rehearsal(ROWS.lists, (), again, Expected(), KINDS), (consent,), again)
    with running(stage.world) as stand_in:
        rehearsed = plan(stand_in, ROWS, consents=(consent,))
    assert left_out(rehearsed) == left_out(made)


def test_without_a_snapshot_a_field_of_ones_own_is_no_mistake_and_addresses_are_known() -> None:
    consent = Consent(fields=(SaysNo("No_Newsletter", (True,)),), never=NEVER)
    stage = with_consent(rehearsal(ROWS.lists, (), None, Expected(), KINDS), (consent,), None)
    with running(stage.world) as stand_in:
        made = plan(stand_in, ROWS, consents=(consent,))
    assert [one.change.label for one in made.withheld] == ["ana@acme.example"]
    assert [one.label for one in made.changes] == ["bo@acme.example"]
