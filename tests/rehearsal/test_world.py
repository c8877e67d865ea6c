"""A rehearsal from a snapshot plans what the CRM itself would have had planned."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.laws import tries
from tests.worlds import (
    MEMBERS,
    NOW,
    WORLD,
    Edge,
    apply,
    become,
    managed,
    manifests,
    plan,
    recorded,
    states,
    wishes,
)
from zsync.emulator import RunningCrm, Switches, running
from zsync.files.snapshot import Snapshot, dump_snapshot, load_snapshot
from zsync.guards.evaluation import Guards
from zsync.kinds import KINDS, Kind
from zsync.model import Expected, ManagedList, Manifests, Parent, Row, Span
from zsync.planning.terms import Terms
from zsync.rehearsal.world import Rehearsal, rehearsal

few = tries(10, nightly=500, shared=True)
PLACE = Span("spring.yaml", 1, 1)


@pytest.fixture(scope="module")
def crm() -> Iterator[RunningCrm]:
    """One bundled CRM in the place of an org."""
    with running(WORLD) as bundled:
        yield bundled


def made_of(*lists: ManagedList) -> Manifests:
    return Manifests(lists, ("spring.yaml",), "sha256:" + "0" * 64)


def keyed(
    key: str, values: Sequence[str], *, absent: Sequence[str] = (), campaign: str = "501", plain: bool = False
) -> ManagedList:
    """Leads of a campaign, by a key; all are to be `Sent`."""
    rows = [
        Row((one,), by_id=False, fields={"Member_Status": "Sent"}, line=n, column=1, plain=plain)
        for n, one in enumerate(values, 2)
    ]
    gone = [Row((one,), by_id=False, fields={}, line=50, column=1, plain=plain) for one in absent]
    parent = Parent("Campaigns", PLACE, id=campaign)
    return ManagedList(parent, "Leads", MEMBERS, PLACE, (key,), tuple(rows), tuple(gone))


def staged(
    said: Manifests, seen: Snapshot | None, base: Sequence[ManagedList] = (), *, strict: bool = False
) -> Rehearsal:
    return rehearsal(said.lists, base, seen, Expected(), KINDS, strict=strict)


def assert_rehearsed(crm: RunningCrm, said: Manifests) -> None:
    """The plan, a file with what was read, and a rehearsal from it: the same changes, all applied, nothing left."""
    made, read = recorded(crm, said)
    seen = load_snapshot(dump_snapshot(read), "snapshot.json")
    assert dump_snapshot(seen) == dump_snapshot(read)
    stage = staged(said, seen)
    with running(stage.world) as stand_in:
        tried = plan(stand_in, said)
        assert (tried.changes, tried.summary, tried.requests) == (made.changes, made.summary, made.requests)
        assert {one.status for one in apply(stand_in, tried).outcomes} <= {"applied"}
        assert plan(stand_in, said).changes == ()


@few
@given(st.data(), states, wishes)
def test_a_rehearsal_has_the_changes_of_the_plan_that_its_snapshot_is_of(
    crm: RunningCrm, data: st.DataObject, current: dict[Edge, str], wanted: dict[Edge, str | None]
) -> None:
    said, _ = data.draw(manifests(wanted))
    become(crm, current)
    assert_rehearsed(crm, said)


HOSTILE = ["o'neill \\' \" {x}", "a|b <b>@team</b> ::error:: ${{ x }} `\x1b[31m", "zoë", "日本 😀", "100%_"]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_rehearsed_as_it_is(name: str) -> None:
    world = {"records": {"Campaigns": [{"id": "501"}], "Leads": [{"id": "301", "Last_Name": name}]}}
    with running(world) as crm:
        assert_rehearsed(crm, made_of(keyed("Last_Name", [name])))


def test_a_key_is_forgiven_what_the_crm_forgave(crm: RunningCrm) -> None:
    """Zoho does not tell Ë from ë; the bundled CRM does so for A to Z alone."""
    become(crm, {})
    _, seen = recorded(crm, made_of(keyed("Email", ["lead301@acme.example"])))
    written = replace(seen, records={**seen.records, "Leads": {"301": {"Email": "ZOË@acme.example"}}})
    said = made_of(keyed("Email", ["zoë@acme.example"]))
    stage = staged(said, written)
    assert stage.assumed == ()
    with running(stage.world) as stand_in:
        assert [one.related_record_id for one in plan(stand_in, said).changes] == ["301"]


@pytest.mark.parametrize(("value", "written", "plain"), [(17, "17", True), (17, "017", True), (4.5, "4.50", True), ("0017", "0017", False)])  # fmt: skip
def test_custom_key_fields_are_found_whatever_they_hold(value: object, written: str, plain: bool) -> None:
    kind = "double" if isinstance(value, int | float) else "text"
    world = {
        "fields": {"Leads": {"External_Code": {"type": kind}}},
        "records": {"Campaigns": [{"id": "501"}], "Leads": [{"id": "301", "External_Code": value}]},
    }
    with running(world) as crm:
        assert_rehearsed(crm, made_of(keyed("External_Code", [written], plain=plain)))


def test_an_ambiguous_key_stays_ambiguous() -> None:
    twice = [{"id": one, "Email": "ana@acme.example"} for one in ("301", "302")]
    world = {
        "records": {
            "Campaigns": [{"id": "501"}],
            "Leads": [*twice, {"id": "303", "Email": "bo@acme.example"}],
        }
    }
    asked = keyed("Email", ["bo@acme.example"])
    terms = Terms(Expected(), Guards(), "", NOW, base=(keyed("Email", ["ana@acme.example"]),))
    with running(world) as crm:
        _, seen = recorded(crm, made_of(asked), terms)
    stage = staged(made_of(keyed("Email", ["ana@acme.example"])), seen)
    assert [one["id"] for one in stage.world["records"]["Leads"]] == ["301", "302", "303"]
    assert stage.assumed == ()


def test_a_lead_that_was_converted_stays_hidden() -> None:
    world = {
        "records": {
            "Campaigns": [{"id": "501"}],
            "Leads": [
                {"id": "301", "Email": "ana@acme.example", "converted": True},
                {"id": "302", "Email": "bo@acme.example"},
            ],
        },
        "relations": {"Campaigns/501/Leads": [{"id": "301", "Member_Status": "Sent"}, {"id": "302"}]},
    }
    said = made_of(replace(keyed("Email", []), prune=True, prune_span=PLACE))
    with running(world) as crm:
        made, seen = recorded(crm, said)
    assert (seen.converted, [one.related_record_id for one in made.changes]) == (frozenset({"301"}), ["302"])
    with running(staged(said, seen).world) as stand_in:
        assert plan(stand_in, said).changes == made.changes
        assert stand_in.rows("Campaigns/501/Leads").keys() == {"301", "302"}


@pytest.mark.parametrize("queries", ["hidden", "refused", "shown"])
def test_a_converted_lead_that_is_withheld_is_so_in_the_rehearsal(
    queries: Literal["hidden", "refused", "shown"],
) -> None:
    world = {
        "records": {
            "Campaigns": [{"id": "501"}],
            "Leads": [
                {
                    "id": "301",
                    "Email": "ana@acme.example",
                    "converted": True,
                    "Converted_Contact": {"id": "401"},
                },
                {"id": "302", "Email": "bo@acme.example"},
            ],
        },
    }
    said = made_of(keyed("Email", ["ana@acme.example", "bo@acme.example"]))
    with running(world, Switches(converted_in_coql=queries)) as crm:
        made, seen = recorded(crm, said)
    assert [row.conversion and row.conversion.contact for row in made.withheld] == ["401"]
    with running(staged(said, seen).world) as stand_in:
        rehearsed = plan(stand_in, said)
    assert (rehearsed.changes, rehearsed.withheld) == (made.changes, made.withheld)


def test_a_list_that_was_read_in_part_is_whole_in_the_snapshot() -> None:
    leads = [{"id": str(1000 + n), "Email": f"l{n}@acme.example"} for n in range(450)]
    world = {
        "records": {"Campaigns": [{"id": "501"}], "Leads": leads},
        "relations": {"Campaigns/501/Leads": [{"id": one["id"], "Member_Status": "Sent"} for one in leads]},
    }
    with running(world) as crm:
        _, seen = recorded(crm, made_of(keyed("Email", ["l3@acme.example"])))
    (listed,) = seen.relations
    assert len(listed.rows) == 450


def test_an_empty_field_of_a_relation_stays_empty() -> None:
    world = {
        "records": {"Campaigns": [{"id": "501"}], "Leads": [{"id": "301", "Email": "ana@acme.example"}]},
        "relations": {"Campaigns/501/Leads": [{"id": "301", "Member_Status": None}]},
    }
    with running(world) as crm:
        assert_rehearsed(crm, made_of(keyed("Email", ["ana@acme.example"])))


def test_a_list_of_another_name_and_a_hidden_one_stay_so() -> None:
    world = {
        "kinds": [{"modules": ["Campaigns", "Leads"], "lists": ["Invitees", "Campaigns"]}],
        "records": {"Campaigns": [{"id": "501"}], "Leads": [{"id": "301", "Email": "ana@acme.example"}]},
        "relations": {"Campaigns/501/Invitees": [{"id": "301", "Member_Status": "Planned"}]},
        "switches": {"hidden_lists": ["Campaigns/Contacts"]},
    }
    said = made_of(keyed("Email", ["ana@acme.example"]))
    with running(world) as crm:
        assert_rehearsed(crm, said)
        _, seen = recorded(crm, said)
    assert "Campaigns/Contacts" in staged(said, seen).world["switches"]["hidden_lists"]


def test_kinds_and_fields_of_the_configuration_are_rehearsed() -> None:
    kind = Kind("Vendors", "Assets", {"Rank": "number", "Main": "boolean", "Note": "any"})
    kinds = (*KINDS, kind)
    fields: dict[str, Any] = {"Rank": 2, "Main": True, "Note": "first"}
    row = Row(("802",), by_id=True, fields=fields, line=2, column=1)
    said = made_of(ManagedList(Parent("Vendors", PLACE, id="801"), "Assets", kind, PLACE, records=(row,)))
    stage = rehearsal(said.lists, (), None, Expected(), kinds)
    terms = Terms(Expected(), Guards(), "", NOW, kinds)
    with running(stage.world) as stand_in:
        made, _ = recorded(stand_in, said, terms)
        assert [one.status for one in apply(stand_in, made).outcomes] == ["applied"]
        assert recorded(stand_in, said, terms)[0].changes == ()
        assert stand_in.rows("Vendors/801/Assets") == {"802": fields}


def test_a_value_that_its_type_does_not_allow_is_kept() -> None:
    relations = {"301": {"Member_Status": 5}}
    said = made_of(managed("Campaigns", "501", {"301": "Sent"}, prune=False, line=1))
    with running(WORLD) as crm:
        _, seen = recorded(crm, said)
    (listed,) = seen.relations
    stage = staged(
        said, replace(seen, relations=(listed.__class__("Campaigns", "501", "Leads", "Leads", relations),))
    )
    with running(stage.world) as stand_in:
        assert stand_in.rows("Campaigns/501/Leads") == relations


NEW = "new@acme.example"


@pytest.fixture
def seen(crm: RunningCrm) -> Snapshot:
    """A snapshot that knows one lead of one campaign."""
    become(crm, {("501", "301"): "Sent"})
    return recorded(crm, made_of(keyed("Email", ["lead301@acme.example"])))[1]


def codes(stage: Rehearsal) -> Mapping[str, str]:
    return {one.code: one.severity for one in stage.assumed}


def test_a_record_that_nobody_knows_is_made_up_and_named(seen: Snapshot) -> None:
    said = made_of(keyed("Email", [NEW, "lead301@acme.example"], absent=["gone@acme.example"]))
    stage = staged(said, seen)
    (told,) = stage.assumed
    assert str(told.message) == "1 record is assumed to exist: the snapshot does not have it"
    assert [(str(note.message), note.span.line) for note in told.notes] == [(f"Leads {NEW}", 2)]
    with running(stage.world) as stand_in:
        assert [(one.action, one.label) for one in plan(stand_in, said).changes] == [("create", NEW)]


def test_strictly_nothing_is_made_up(seen: Snapshot) -> None:
    stage = staged(made_of(keyed("Email", [NEW])), seen, strict=True)
    assert (stage.assumed, [one["id"] for one in stage.world["records"]["Leads"]]) == ((), ["301"])


@pytest.mark.parametrize(("strict", "severity"), [(False, "warning"), (True, "error")])
def test_a_list_that_the_snapshot_does_not_have_is_no_empty_list_in_silence(
    seen: Snapshot, strict: bool, severity: str
) -> None:
    said = made_of(managed("Campaigns", "502", {"301": "Sent"}, prune=False, line=1))
    stage = staged(said, seen, strict=strict)
    assert codes(stage)["assumed-lists"] == severity
    assert any(("not known" in str(one.message)) is strict for one in stage.assumed)


def test_a_list_is_known_from_the_other_side_unless_it_is_pruned(seen: Snapshot) -> None:
    for prune in (False, True):
        said = made_of(managed("Leads", "301", {"501": "Sent"}, prune=prune, line=1))
        assert ("assumed-lists" in codes(staged(said, seen))) is prune


def test_an_id_of_another_module_is_not_made_up(seen: Snapshot) -> None:
    stage = staged(made_of(managed("Campaigns", "501", {"501": "Sent"}, prune=False, line=1)), seen)
    assert (codes(stage), [one["id"] for one in stage.world["records"]["Leads"]]) == ({}, ["301"])


def test_made_up_ids_are_none_that_anybody_uses() -> None:
    said = made_of(keyed("Email", [NEW, "other@acme.example"], campaign="1"))
    stage = staged(said, None)
    assert [one["id"] for one in stage.world["records"]["Leads"]] == ["2", "3"]


def test_without_a_snapshot_the_crm_holds_what_the_base_says() -> None:
    base = (keyed("Email", ["ana@acme.example", "bo@acme.example"]),)
    said = made_of(keyed("Email", ["ana@acme.example", NEW]))
    terms = Terms(Expected(), Guards(), "", NOW, base=base)
    with running(staged(said, None, base).world) as stand_in:
        made, _ = recorded(stand_in, said, terms)
        assert [(one.action, one.label, one.origin) for one in made.changes] == [
            ("delete", "bo@acme.example", "change"),
            ("create", NEW, "change"),
        ]


def test_a_base_is_not_what_the_crm_holds_where_there_is_a_snapshot(seen: Snapshot) -> None:
    stage = staged(made_of(keyed("Email", [])), seen, (keyed("Email", ["bo@acme.example"]),))
    assert (stage.world["relations"], stage.assumed) == (
        {"Campaigns/501/Leads": [{"id": "301", "Member_Status": "Sent"}]},
        (),
    )


def test_the_credits_that_were_left_are_left_again(seen: Snapshot) -> None:
    stage = staged(made_of(keyed("Email", [])), replace(seen, credits_left=500))
    with running(stage.world) as stand_in:
        _, again = recorded(stand_in, made_of(keyed("Email", ["lead301@acme.example"])))
    assert again.credits_left is not None
    assert 490 <= again.credits_left <= 500


def test_the_org_is_the_snapshots_or_the_one_that_is_expected(seen: Snapshot) -> None:
    assert staged(made_of(), seen).world["org"] == {
        "zgid": "10234695",
        "type": "sandbox",
        "company_name": "Acme",
    }
    expected = Expected("production", "77", "production")
    assert rehearsal((), (), None, expected, KINDS).world["org"] == {"zgid": "77", "type": "production"}
