"""Undo as a law: what a run did is taken back, and what anybody did since is left alone."""

import ssl
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.applying.journaled import carried_out
from tests.laws import tries
from tests.worlds import (
    NOW,
    WORLD,
    Edge,
    become,
    edges,
    managed,
    manifests,
    members,
    plan,
    saying,
    states,
    undone,
    wishes,
)
from zsync import __version__
from zsync.emulator import RunningCrm, running
from zsync.errors import UsageError
from zsync.files.plan import timestamp
from zsync.guards.evaluation import Guards
from zsync.kinds import Kind, find_kind
from zsync.model import (
    Action,
    BaseCommit,
    Configured,
    Expected,
    Manifests,
    Outcome,
    Plan,
    Run,
    Status,
    Summary,
)
from zsync.model.consent import Consent
from zsync.model.objections import Objection
from zsync.model.verdicts import Override, Safeguards, Setting
from zsync.planning.packing import cost

ROW = ("501", "301")
few = tries(10, nightly=500, shared=True)


@pytest.fixture(scope="module", autouse=True)
def no_certificates() -> Iterator[None]:
    """Reading them takes longer than an example."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    with patch("ssl.create_default_context", lambda *_, **__: context):
        yield


@pytest.fixture(scope="module")
def crm() -> Iterator[RunningCrm]:
    """One bundled CRM for all examples; each begins by making it what it wants."""
    with running(WORLD) as bundled:
        yield bundled


@few
@given(st.data(), states, wishes)
def test_what_was_applied_and_undone_is_as_it_was(
    crm: RunningCrm, data: st.DataObject, current: dict[Edge, str], wanted: dict[Edge, str | None]
) -> None:
    said, _ = data.draw(manifests(wanted))
    become(crm, current)
    made = plan(crm, said)
    back, conflicts = undone(crm, carried_out(crm, made))
    assert conflicts == ()
    assert back.summary.changes == made.summary.changes
    carried_out(crm, back)
    assert members(crm) == current
    assert plan(crm, said).changes == made.changes


@few
@given(st.data(), states, wishes, st.dictionaries(edges, st.sampled_from(["Opted Out", None]), max_size=5))
def test_what_somebody_changed_since_is_a_conflict_and_left_alone(
    crm: RunningCrm,
    data: st.DataObject,
    current: dict[Edge, str],
    wanted: dict[Edge, str | None],
    edited: Mapping[Edge, str | None],
) -> None:
    said, _ = data.draw(manifests(wanted))
    become(crm, current)
    made = plan(crm, said)
    run = carried_out(crm, made)
    after = members(crm)
    become(crm, merged(after, edited))
    back, conflicts = undone(crm, run)
    real = {edge: status for edge, status in edited.items() if status != after.get(edge)}
    # What a colleague took back already needs nothing, and is no conflict.
    assert len(conflicts) == sum(
        real.get(edge, "") not in ("", current.get(edge)) for edge in changed(current, after)
    )
    carried_out(crm, back)
    assert members(crm) == merged(current, real)


def merged(state: Mapping[Edge, str], edits: Mapping[Edge, str | None]) -> dict[Edge, str]:
    """The state with a colleague's edits; None is no relation."""
    return {edge: status for edge, status in {**state, **edits}.items() if status is not None}


def changed(one: Mapping[Edge, str], other: Mapping[Edge, str]) -> set[Edge]:
    """Where two states differ."""
    return {edge for edge in one.keys() | other.keys() if one.get(edge) != other.get(edge)}


def test_what_was_so_already_is_not_the_runs_to_undo(crm: RunningCrm) -> None:
    become(crm, {})
    lists = (managed("Campaigns", "501", {"301": "Sent", "302": "Sent"}, prune=False, line=1),)
    made = plan(crm, Manifests(lists, (), "sha256:" + "0" * 64))
    crm.link("Campaigns/501/Leads", {"id": "301", "Member_Status": "Sent"})
    back, _ = undone(crm, carried_out(crm, made))
    assert [one.related_record_id for one in back.changes] == ["302"]


SENT = saying(managed("Campaigns", "501", {"301": "Sent"}, prune=False, line=1))


def run_of(made: Plan, outcomes: Mapping[int, Outcome], sent: set[int]) -> Run:
    """What the journal of a run of this plan says."""
    return Run("run", timestamp(NOW), made, outcomes, frozenset(), frozenset(sent), ended=True, stopped=None)


@pytest.mark.parametrize(
    ("outcome", "sent", "undone_too"),
    [
        ("applied", True, True),
        ("unknown", True, True),
        (None, True, True),
        ("refused", True, True),
        ("held", True, True),
        ("unchanged", True, True),
        ("applied", False, False),
        (None, False, False),
    ],
)
def test_whatever_the_run_sent_is_undone_where_the_crm_holds_it(
    crm: RunningCrm, outcome: Status | None, sent: bool, undone_too: bool
) -> None:
    become(crm, {})
    made = plan(crm, SENT)
    become(crm, {("501", "301"): "Sent"})
    back, conflicts = undone(
        crm, run_of(made, {0: Outcome(outcome)} if outcome else {}, {0} if sent else set())
    )
    assert (len(back.changes), conflicts) == (int(undone_too), ())


@pytest.mark.parametrize(
    ("outcome", "conflicts"), [("refused", 0), ("applied", 1), ("held", 1), ("unknown", 1)]
)
def test_a_row_that_was_refused_and_changed_by_others_since_is_no_conflict(
    crm: RunningCrm, outcome: Status, conflicts: int
) -> None:
    become(crm, {("501", "301"): "Planned"})
    made = plan(crm, SENT)
    become(crm, {("501", "301"): "Opened"})
    back, found = undone(crm, run_of(made, {0: Outcome(outcome)}, {0}))
    assert (back.changes, len(found)) == ((), conflicts)


@pytest.mark.parametrize(
    ("before", "wanted", "now", "action"),
    [
        ("Planned", "Sent", "Opened", "update"),
        ("Planned", "Sent", None, "create"),
        (None, "Sent", "Opened", "delete"),
        ("Planned", None, "Opened", "update"),
    ],
)
def test_a_row_that_somebody_changed_since_is_withheld_with_what_each_side_says(
    crm: RunningCrm, before: str | None, wanted: str | None, now: str | None, action: Action
) -> None:
    _, run = sent(crm, before, wanted)
    become(crm, {ROW: now} if now else {})
    back, withheld = undone(crm, run)
    (row,) = withheld
    assert (back.changes, back.requests, row.reason) == ((), (), "conflict")
    states = [status and {"Member_Status": status} for status in (now, before, wanted)]
    change = row.change
    assert [change.before, change.after, change.agreed] == states
    assert (change.action, change.origin) == (action, "conflict")
    # A person may decide that it is restored all the same; then it is sent.
    decided = Override("conflicts", "agreed with sales", "Campaigns/501/Leads/301")
    back, withheld = undone(crm, run, overrides=(decided,))
    assert (back.changes, withheld) == ((change,), ())
    carried_out(crm, back)
    assert members(crm).get(ROW) == before


def sent(crm: RunningCrm, before: str | None, wanted: str | None) -> tuple[Plan, Run]:
    """A plan that brings the row from one status to another, None for no row, and the run that sent it."""
    become(crm, {ROW: before} if before else {})
    made = plan(crm, saying(managed("Campaigns", "501", {"301": wanted}, prune=False, line=1)))
    return made, run_of(made, {0: Outcome("applied")}, {0})


@pytest.mark.parametrize(
    ("only", "withheld"), [((), 1), (("conflict",), 1), (("update",), 1), (("create",), 0), (("drift",), 0)]
)
def test_a_conflict_is_withheld_where_it_is_asked_for(
    crm: RunningCrm, only: tuple[str, ...], withheld: int
) -> None:
    _, run = sent(crm, "Planned", "Sent")
    become(crm, {ROW: "Opened"})
    assert len(undone(crm, run, only=only)[1]) == withheld


@pytest.mark.parametrize("now", ["Sent", "Planned"])
def test_a_decision_that_decides_nothing_of_an_undo_is_wrong_usage(crm: RunningCrm, now: str) -> None:
    _, run = sent(crm, "Planned", "Sent")
    become(crm, {ROW: now})
    with pytest.raises(UsageError, match="fits no conflict of this undo"):
        undone(crm, run, overrides=(Override("conflicts", "why", "*/301"),))


def test_what_was_special_about_a_change_is_not_about_its_way_back(crm: RunningCrm) -> None:
    made, run = sent(crm, None, "Sent")
    (one,) = made.changes
    special = replace(one, new_values=("Member_Status",), origin="conflict", agreed={"Member_Status": "x"})
    become(crm, {ROW: "Sent"})
    back, _ = undone(crm, replace(run, plan=replace(made, changes=(special,))))
    (change,) = back.changes
    assert (change.action, change.new_values, change.origin, change.agreed) == ("delete", (), "change", None)


def test_a_plan_to_undo_lasts_as_long_as_any_and_costs_what_it_sends(crm: RunningCrm) -> None:
    become(crm, {})
    made = plan(crm, SENT)
    become(crm, {("501", "301"): "Sent"})
    old = replace(made, binding=replace(made.binding, zsync="0", created_at="", expires_at=""))
    back, _ = undone(crm, run_of(old, {}, {0}))
    assert back.binding == replace(
        made.binding,
        zsync=__version__,
        created_at=timestamp(NOW),
        expires_at=timestamp(NOW + timedelta(days=7)),
    )
    # Records are known by their ids: their keys are not read again.
    assert (back.cost.writes, back.summary) == (1, Summary(delete=1))
    assert back.cost == cost(back.cost.reads, back.changes, back.requests, 5, (), keys=False)


def test_a_plan_to_undo_is_for_the_environment_of_today_and_as_quick_as_it_may_be(crm: RunningCrm) -> None:
    become(crm, {})
    made = plan(crm, SENT, accounts_url="https://accounts.old.example")
    become(crm, {("501", "301"): "Sent"})
    configured = Configured("relations/zsync.yaml", "sha256:" + "c" * 64)
    today = {
        "expected": Expected("demo"),
        "accounts_url": "https://accounts.example",
        "configuration": configured,
    }
    guards = Guards(digest="sha256:" + "7" * 64)
    back, _ = undone(crm, run_of(made, {}, {0}), concurrency=1, guards=guards, **today)
    assert back.binding.guards == guards.digest
    told = (back.binding.environment, back.binding.accounts_url, back.binding.configuration)
    assert told == ("demo", "https://accounts.example", configured)
    assert back.restores == "run"
    assert back.cost.seconds > undone(crm, run_of(made, {}, {0}), concurrency=4)[0].cost.seconds


def test_values_of_a_kind_of_ones_own_are_compared_by_its_types() -> None:
    books = {
        "Products": [{"id": "601", "Product_Name": "Tea"}],
        "Price_Books": [{"id": "701", "Price_Book_Name": "A"}],
    }
    with running({"records": {**WORLD["records"], **books}}) as crm:
        crm.link("Products/601/Price_Books", {"id": "701", "list_price": 12.5})
        (sent,) = plan(crm, SENT).changes
        at = {
            "module": "Products",
            "record_id": "601",
            "related_list": "Price_Books",
            "related_module": "Price_Books",
        }
        one = replace(sent, **at, related_record_id="701", after={"list_price": "12.5"})  # type: ignore[arg-type]
        run = run_of(replace(plan(crm, SENT), changes=(one,)), {}, {0})
        textual = (Kind("Products", "Price_Books", {"list_price": "text"}),)
        assert undone(crm, run, kinds=textual)[1] == ()
        assert len(undone(crm, run)[1]) == 1


def test_a_change_back_has_the_keys_of_the_change_and_its_fields_the_other_way_round(crm: RunningCrm) -> None:
    become(crm, {("501", "301"): "Planned"})
    made = plan(crm, SENT)
    become(crm, {("501", "301"): "Sent"})
    back, _ = undone(crm, run_of(made, {}, {0}))
    (change,), (first,) = back.changes, made.changes
    assert change == replace(first, before=first.after, after=first.before)


def test_lists_stay_together_and_deletes_come_first_in_a_plan_to_undo(crm: RunningCrm) -> None:
    before = {("501", "303"): "Sent", ("502", "303"): "Sent"}
    become(crm, before)
    rows: dict[str, str | None] = {"301": "Sent", "303": "Opened", "302": "Sent"}
    lists = [
        managed("Campaigns", one, dict(rows), prune=False, line=line)
        for one, line in (("502", 1), ("501", 9))
    ]
    made = plan(crm, saying(*lists))
    after = {
        (campaign, lead): status for campaign in ("501", "502") for lead, status in rows.items() if status
    }
    become(crm, after)
    back, _ = undone(crm, run_of(made, {}, set(range(6))))
    assert [(one.record_id, one.action) for one in back.changes] == [
        (campaign, action) for campaign in ("501", "502") for action in ("delete", "delete", "update")
    ]


def test_a_relation_without_fields_and_a_converted_lead_are_undone_as_any_other() -> None:
    products = {"Products": [{"id": "601", "Product_Name": "Tea"}]}
    with running({"records": {**WORLD["records"], **products}}) as crm:
        kind = find_kind("Products", "Leads")
        assert kind
        one = managed("Campaigns", "601", {"301": "Sent", "302": "Sent"}, prune=False, line=1)
        rows = tuple(row._replace(fields={}) for row in one.records)
        parent = replace(one.parent, module="Products")
        made = plan(crm, saying(replace(one, parent=parent, kind=kind, records=rows)))
        crm.link("Products/601/Leads", {"id": "301"}, {"id": "302"})
        crm.convert("302")
        seen = len(crm.requests)
        back, conflicts = undone(crm, run_of(made, {}, {0, 1}))
        (read,) = [one for one in crm.requests[seen:] if one.path.endswith("/601/Leads")]
    assert read.query["fields"] == "id"
    assert ([one.related_record_id for one in back.changes], conflicts) == (["302", "301"], ())


def test_a_plan_to_undo_keeps_what_it_was_asked_for_and_is_judged_by_todays_base(crm: RunningCrm) -> None:
    become(crm, {("501", "302"): "Planned"})
    made = plan(crm, saying(managed("Campaigns", "501", {"301": "Sent", "302": "Sent"}, prune=False, line=1)))
    become(crm, {("501", "301"): "Sent", ("501", "302"): "Sent"})
    judged, loosened = BaseCommit("4f1c2ab"), Setting("zsync.yaml", "guards", "1", "9", "loosens", 3)
    back, _ = undone(
        crm,
        run_of(made, {}, {0, 1}),
        only=("delete",),
        judged=judged,
        settings=(loosened,),
        safeguards=Safeguards(protected=True),
    )
    assert [(one.action, one.related_record_id) for one in back.changes] == [("delete", "301")]
    told = (back.only, back.binding.base, back.settings, back.base)
    assert told == (("delete",), judged, (loosened,), Safeguards(protected=True))


SEATED = Kind("Campaigns", "Leads", {"Member_Status": "text", "Seat": "text"})


def test_what_a_row_carries_is_read_anew_and_comes_back_with_a_row_that_went() -> None:
    with running({**WORLD, "member_fields": {"Seat": {}}}) as crm:
        for lead in ("301", "302"):
            crm.link("Campaigns/501/Leads", {"id": lead, "Member_Status": "Planned", "Seat": "A-1"})
        rows: dict[str, str | None] = {"301": "Sent", "302": None}
        listed = replace(managed("Campaigns", "501", rows, prune=False, line=1), kind=SEATED)
        made = plan(crm, saying(listed), kinds=(SEATED,))
        crm.link("Campaigns/501/Leads", {"id": "301", "Member_Status": "Sent", "Seat": "B-2"})
        crm.delink("Campaigns/501/Leads", "302")
        back, conflicts = undone(crm, run_of(made, {}, {0, 1}), kinds=(SEATED,))
    assert conflicts == ()
    assert {one.action: (one.before, one.after, one.carried) for one in back.changes} == {
        "update": ({"Member_Status": "Sent"}, {"Member_Status": "Planned"}, {"Seat": "B-2"}),
        "create": (None, {"Member_Status": "Planned", "Seat": "A-1"}, {}),
    }


def test_decisions_of_an_undo_are_told_with_the_way_out_and_each_row_is_looked_at(crm: RunningCrm) -> None:
    become(crm, {("501", lead): "Planned" for lead in ("301", "302", "303")})
    rows: dict[str, str | None] = dict.fromkeys(("301", "302", "303"), "Sent")
    made = plan(crm, saying(managed("Campaigns", "501", rows, prune=False, line=1)))
    run = run_of(made, {n: Outcome("applied") for n in range(3)}, {0, 1, 2})
    become(crm, {("501", "301"): "Sent", ("501", "302"): "Opened", ("501", "303"): "Sent"})
    back, withheld = undone(crm, run)
    assert {one.related_record_id for one in back.changes} == {"301", "303"}
    assert withheld[0].change.origins == {}
    with pytest.raises(UsageError) as caught:
        undone(crm, run, overrides=(Override("conflicts", "why", "*/399"),))
    assert caught.value.help == "Leave it out: what nobody changed since the run needs no decision."


def test_an_undo_counts_what_asking_for_consent_costs_and_says_no_anew(crm: RunningCrm) -> None:
    made, run = sent(crm, None, "Sent")
    become(crm, {ROW: "Sent"})
    (one,) = made.changes
    noted = replace(one, objection=Objection("field", "Email_Opt_Out", True))
    back, _ = undone(crm, replace(run, plan=replace(made, changes=(noted,))))
    assert back.changes[0].objection is None
    gone, run = sent(crm, "Planned", None)
    become(crm, {})
    again, _ = undone(crm, run, consents=(Consent(),))
    asked = cost(again.cost.reads, again.changes, again.requests, 5, (Consent(),), keys=False)
    assert (gone.changes[0].action, again.changes[0].action) == ("delete", "create")
    assert again.cost == asked
    assert asked != cost(again.cost.reads, again.changes, again.requests, 5, (), keys=False)


def test_a_conflict_that_is_not_asked_for_keeps_no_other_row_from_its_way_back(crm: RunningCrm) -> None:
    become(crm, {("502", "302"): "Planned"})
    lists = [
        managed("Campaigns", one, {lead: "Sent"}, prune=False, line=int(one))
        for one, lead in (("501", "301"), ("502", "302"))
    ]
    made = plan(crm, saying(*lists))
    run = run_of(made, {0: Outcome("applied"), 1: Outcome("applied")}, {0, 1})
    become(crm, {("501", "301"): "Sent", ("502", "302"): "Opened"})
    back, withheld = undone(crm, run, only=("delete",))
    assert ([one.record_id for one in back.changes], withheld) == (["501"], ())
    mixed = tuple(replace(one, origins={"Member_Status": "drift"}) for one in made.changes)
    (row,) = undone(crm, replace(run, plan=replace(made, changes=mixed)))[1]
    assert row.change.origins == {}
