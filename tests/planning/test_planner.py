"""Planning and applying as laws: what is said is what the CRM holds in the end, and then there is nothing to do."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.laws import tries
from tests.worlds import (
    CAMPAIGNS,
    MEMBERS,
    NOW,
    WORLD,
    Edge,
    apply,
    become,
    expected,
    managed,
    manifests,
    members,
    plan,
    planned,
    saying,
    settings,
    states,
    wishes,
)
from zsync import __version__
from zsync.crm import connect_reader
from zsync.emulator import RunningCrm, running
from zsync.errors import InputError
from zsync.files.plan import dump_plan, load_plan, timestamp
from zsync.guards.evaluation import Guards
from zsync.model import Binding, Configured, Expected, ManagedList, Manifests, Parent, Row, Span, Summary
from zsync.model.consent import Consent, SaysNo
from zsync.model.plans import BaseCommit
from zsync.model.verdicts import Safeguards, Setting
from zsync.planning.gathering import least_reads
from zsync.planning.packing import cost
from zsync.planning.planner import make_plan
from zsync.planning.terms import Terms
from zsync.render.text import render_plan

few = tries(10, nightly=500, shared=True)
UNKNOWN = Consent(fields=(SaysNo("No_Mial", (True,), Span("zsync.yaml", 3, 5)),))


@pytest.fixture(scope="module")
def crm() -> Iterator[RunningCrm]:
    """One bundled CRM for all examples; each begins by making it what it wants."""
    with running(WORLD) as bundled:
        yield bundled


def summary(
    current: Mapping[Edge, str], end: Mapping[Edge, str], wanted: Mapping[Edge, str | None]
) -> Summary:
    """What a plan between two states must count."""
    said = [edge for edge, status in wanted.items() if status is not None]
    return Summary(
        create=len(end.keys() - current.keys()),
        update=sum(end[edge] != current[edge] for edge in end.keys() & current.keys()),
        delete=len(current.keys() - end.keys()),
        unchanged=sum(current.get(edge) == end[edge] for edge in said),
    )


@few
@given(st.data(), states, wishes)
def test_a_plan_that_was_applied_leaves_what_was_said_and_nothing_to_do(
    crm: RunningCrm, data: st.DataObject, current: dict[Edge, str], wanted: dict[Edge, str | None]
) -> None:
    said, pruning = data.draw(manifests(wanted))
    become(crm, current)
    end = expected(current, wanted, pruning)
    made = plan(crm, said)
    assert made.summary == summary(current, end, wanted)
    assert members(crm) == current
    assert load_plan(dump_plan(made)) == made
    report = apply(crm, made)
    assert {outcome.status for outcome in report.outcomes} <= {"applied"}
    assert report.writes == len(made.requests)
    assert members(crm) == end
    again = plan(crm, said)
    assert (again.changes, again.requests) == ((), ())


@few
@given(st.data(), states, wishes)
def test_the_same_wishes_from_either_side_end_the_same(
    crm: RunningCrm, data: st.DataObject, current: dict[Edge, str], wanted: dict[Edge, str | None]
) -> None:
    ends = []
    for _ in range(2):
        said, _pruning = data.draw(manifests(wanted))
        become(crm, current)
        apply(crm, plan(crm, unpruned(said)))
        ends.append(members(crm))
    assert ends[0] == ends[1] == expected(current, wanted, set())


def unpruned(said: Manifests) -> Manifests:
    """The manifests without `prune`, and without lists that then say nothing."""
    lists = (replace(one, prune=False, prune_span=None) for one in said.lists if one.records or one.absent)
    return replace(said, lists=tuple(lists))


def test_deletes_come_first_and_parents_stay_in_the_order_of_the_manifests(crm: RunningCrm) -> None:
    become(crm, {("503", "301"): "Sent", ("503", "302"): "Sent", ("501", "303"): "Sent"})
    lists = (
        managed("Campaigns", "503", {"302": "Planned", "304": "Sent"}, prune=True, line=1),
        managed("Campaigns", "501", {"305": "Sent", "303": None}, prune=False, line=10),
    )
    made = plan(crm, Manifests(lists, (), "sha256:" + "0" * 64))
    assert [(c.record_id, c.action) for c in made.changes] == [
        ("503", "delete"),
        ("503", "update"),
        ("503", "create"),
        ("501", "delete"),
        ("501", "create"),
    ]


def test_a_relation_that_both_sides_prune_is_deleted_once(crm: RunningCrm) -> None:
    become(crm, {("501", "301"): "Sent"})
    lists = (
        managed("Campaigns", "501", {}, prune=True, line=1),
        managed("Leads", "301", {}, prune=True, line=10),
    )
    made = plan(crm, saying(*lists))
    assert [(c.action, sum(len(one.changes) for one in made.requests)) for c in made.changes] == [
        ("delete", 1)
    ]


def test_every_change_names_its_place(crm: RunningCrm) -> None:
    become(crm, {("501", "301"): "Sent", ("501", "302"): "Sent"})
    lists = (managed("Campaigns", "501", {"302": "Planned", "303": "Sent"}, prune=True, line=7),)
    made = plan(crm, Manifests(lists, (), "sha256:" + "0" * 64))
    assert {c.action: str(c.source) for c in made.changes} == {
        "delete": "spring.yaml:7:1",
        "update": "spring.yaml:8:9",
        "create": "spring.yaml:9:9",
    }


def test_a_campaign_is_read_once_whoever_speaks_of_it(crm: RunningCrm) -> None:
    become(crm, {})
    lists = tuple(
        managed("Leads", lead, {"501": "Sent"}, prune=False, line=n)
        for n, lead in enumerate(("301", "302", "303"))
    )
    before = len(crm.requests)
    made = plan(crm, Manifests(lists, (), "sha256:" + "0" * 64))
    reads = [one.path for one in crm.requests[before:] if "/Leads/" in one.path or "/Campaigns/" in one.path]
    assert len(reads) == 1
    assert [request.record_id for request in made.requests] == ["501"]


def test_no_plan_is_longer_than_its_campaigns(crm: RunningCrm) -> None:
    become(crm, {})
    lists = tuple(
        managed("Leads", lead, dict.fromkeys(CAMPAIGNS, "Sent"), prune=False, line=10 * n)
        for n, lead in enumerate(("301", "302", "303", "304", "305", "306"))
    )
    assert len(plan(crm, Manifests(lists, (), "sha256:" + "0" * 64)).requests) == len(CAMPAIGNS)


SPRING = Parent("Campaigns", Span("spring.yaml", 1, 1), match=(("Campaign_Name", "Campaign 501"),))
MAIL = "lead{}@acme.example".format


def keyed(parent: Parent, key: tuple[str, ...], *rows: tuple[str, ...], prune: bool = False) -> ManagedList:
    """A list whose rows are to be `Sent`; its parent and its rows are named by fields."""
    made = [
        Row(row, by_id=False, fields={"Member_Status": "Sent"}, line=n, column=9)
        for n, row in enumerate(rows, 2)
    ]
    related = MEMBERS.other(parent.module)
    return ManagedList(parent, related, MEMBERS, parent.span, key, tuple(made), prune=prune)


def test_every_change_says_by_which_fields_its_two_records_are_known(crm: RunningCrm) -> None:
    become(crm, {("501", "302"): "Sent"})
    lists = (keyed(SPRING, ("Last_Name", "Email"), ("Lead 301", MAIL(301)), prune=True),)
    gone, new = plan(crm, Manifests(lists, (), "sha256:" + "0" * 64)).changes
    for one, lead in ((new, "301"), (gone, "302")):
        assert (one.module, one.related_module, one.related_record_id) == ("Campaigns", "Leads", lead)
        assert one.record_key == {"Campaign_Name": "Campaign 501"}
        assert one.key == {"Last_Name": f"Lead {lead}", "Email": MAIL(lead)}
        assert one.label == f"Lead {lead}, {MAIL(lead)}"


def test_keys_stay_with_their_records_when_a_change_is_turned_to_the_other_side(crm: RunningCrm) -> None:
    become(crm, {})
    lists = tuple(
        keyed(
            Parent("Leads", Span("spring.yaml", 10 * n, 1), match=(("Email", MAIL(n)),)),
            ("Campaign_Name",),
            ("Campaign 501",),
        )
        for n in (301, 302, 303)
    )
    made = plan(crm, Manifests(lists, (), "sha256:" + "0" * 64))
    assert [request.module for request in made.requests] == ["Campaigns"]
    for one in made.changes:
        assert (one.module, one.related_module) == ("Campaigns", "Leads")
        assert (one.record_key, one.record_label) == ({"Campaign_Name": "Campaign 501"}, "Campaign 501")
        assert (one.key, one.label) == ({"Email": MAIL(one.related_record_id)}, MAIL(one.related_record_id))


def test_a_plan_says_what_it_is_for_and_what_it_was_made_of(crm: RunningCrm) -> None:
    configured = Configured("relations/zsync.yaml", "sha256:" + "c" * 64)
    judged = BaseCommit("b" * 40, Configured("zsync.yaml", "sha256:" + "d" * 64))
    made = plan(
        crm,
        Manifests((), (), "sha256:" + "a" * 64),
        expected=Expected("demo"),
        git_commit="c" * 40,
        accounts_url="https://accounts.example",
        configuration=configured,
        judged=judged,
        settings=(Setting("zsync.yaml", "guards.max_changes", "5", "50"),),
        safeguards=Safeguards(True, ("5", "50%")),
    )
    assert made.settings == (Setting("zsync.yaml", "guards.max_changes", "5", "50"),)
    assert made.base == Safeguards(True, ("5", "50%"))
    assert made.binding == Binding(
        org_id=crm.org_id,
        org_type=made.binding.org_type,
        api_domain=crm.url,
        environment="demo",
        manifests="sha256:" + "a" * 64,
        guards=Guards().digest,
        git_commit="c" * 40,
        zsync=__version__,
        created_at=timestamp(NOW),
        expires_at=timestamp(NOW + timedelta(days=7)),
        accounts_url="https://accounts.example",
        configuration=configured,
        base=judged,
    )
    assert made.binding.org_type


@pytest.mark.parametrize("base", [None, ()])
def test_what_is_said_twice_is_warned_of_with_a_base_and_without(
    crm: RunningCrm, base: tuple[ManagedList, ...] | None
) -> None:
    lists = (
        managed("Campaigns", "501", {"301": "Sent"}, prune=False, line=1),
        managed("Leads", "301", {"501": "Sent"}, prune=False, line=9),
    )
    assert [one.code for one in planned(crm, saying(*lists), base=base)[1]] == ["repeated-row"]


def test_the_least_that_a_plan_reads_is_known_beforehand() -> None:
    def least(*lists: ManagedList) -> int:
        return least_reads(saying(*lists))

    one = managed("Campaigns", "501", {"301": "Sent"}, prune=False, line=1)
    mails = [(MAIL(n),) for n in range(250)]
    assert least() == 1  # the org
    # The org, the lists of campaigns, the fields of both modules, a query for the parent.
    assert least(one) == least(one, managed("Campaigns", "501", {"302": "Sent"}, prune=False, line=9)) == 5
    assert least(one, managed("Leads", "301", {}, prune=True, line=9)) == 8
    assert (
        least(
            managed("Campaigns", "501", {}, prune=True, line=1),
            managed("Campaigns", "502", {}, prune=True, line=9),
        )
        == 5
    )
    assert least(keyed(SPRING, ("Email",), *mails)) == 2 + 2 + 1 + 3


def test_a_record_that_is_named_by_its_id_has_no_key(crm: RunningCrm) -> None:
    become(crm, {})
    lists = (managed("Campaigns", "501", {"301": "Sent"}, prune=False, line=1),)
    (one,) = plan(crm, Manifests(lists, (), "sha256:" + "0" * 64)).changes
    assert (one.record_key, one.key) == ({}, {})
    assert (one.record_label, one.label) == ("Campaign 501", "301")


def test_a_parent_that_is_named_by_its_id_has_its_name_wherever_it_is_shown(crm: RunningCrm) -> None:
    become(crm, {("501", "302"): "Sent"})
    gone = managed("Campaigns", "502", {"303": "Sent"}, prune=False, line=20)
    become(crm, {("501", "302"): "Sent", ("502", "303"): "Sent"})
    # One list that stays, one that the branch no longer has, and two leads that are written from their campaign.
    lists = (
        managed("Campaigns", "501", {"302": "Planned"}, prune=False, line=1),
        managed("Leads", "304", {"503": "Sent"}, prune=False, line=5),
        managed("Leads", "305", {"503": "Sent"}, prune=False, line=9),
    )
    made = plan(crm, saying(*lists), base=(gone,))
    labels = {(change.module, change.record_id): change.record_label for change in made.changes}
    assert labels == {("Campaigns", one): f"Campaign {one}" for one in ("501", "502", "503")}
    turned = [change.label for change in made.changes if change.record_id == "503"]
    assert sorted(turned) == ["Lead 304", "Lead 305"]
    assert all(change.record_key == {} for change in made.changes)
    shown = render_plan(made)
    assert "Campaigns  Campaign 501  (501)" in shown


def test_renaming_a_parent_makes_no_other_plan(crm: RunningCrm) -> None:
    become(crm, {})
    lists = saying(managed("Campaigns", "501", {"301": "Sent"}, prune=False, line=1))
    before = plan(crm, lists)
    crm.edit("501", Campaign_Name="Summer")
    after = plan(crm, lists)
    crm.edit("501", Campaign_Name="Campaign 501")
    assert (after.changes[0].record_label, after.content) == ("Summer", before.content)


def test_progress_counts_the_lists_that_are_read(crm: RunningCrm) -> None:
    lists = [managed("Campaigns", one, {"301": "Sent"}, prune=True, line=int(one)) for one in CAMPAIGNS]
    heard: list[tuple[int, int]] = []

    async def work() -> None:
        async with connect_reader(settings(crm)) as reader:
            terms = Terms(Expected(), Guards(), "", NOW)
            await make_plan(saying(*lists), reader, terms, progress=lambda done, of: heard.append((done, of)))

    asyncio.run(work())
    assert heard == [(1, 3), (2, 3), (3, 3)]


def test_a_row_that_only_the_base_has_names_its_commit_and_costs_what_keys_cost(crm: RunningCrm) -> None:
    become(crm, {("501", "301"): "Sent"})
    one = managed("Campaigns", "501", {"301": "Sent"}, prune=False, line=1)
    row = one.records[0]._replace(key=("lead301@acme.example",), by_id=False)
    keyed = replace(one, key=("Email",), records=(row,))
    judged = BaseCommit("4f1c2ab" + "0" * 33, Configured("zsync.yaml", "sha256:" + "d" * 64))
    empty = replace(keyed, records=())
    made, _ = planned(crm, saying(empty), base=(keyed,), judged=judged, concurrency=5)
    (change,) = made.changes
    assert (change.action, change.commit) == ("delete", judged.agreed)
    new = row._replace(key=("lead302@acme.example",))
    again, _ = planned(crm, saying(replace(keyed, records=(new,))))
    expected_cost = cost(0, again.changes, again.requests, 5, (), keys=True)
    assert again.cost.credits[0] - again.cost.reads == expected_cost.credits[0]
    assert expected_cost != cost(0, again.changes, again.requests, 5, (), keys=False)


def test_a_selector_may_name_a_row_that_needs_nothing(crm: RunningCrm) -> None:
    become(crm, {("501", "301"): "Sent"})
    one = managed("Campaigns", "501", {"301": "Sent", "302": "Sent"}, prune=False, line=1)
    assert plan(crm, saying(one), only=("*/301",)).changes == ()


def test_consent_is_asked_of_lists_that_only_the_base_has(crm: RunningCrm) -> None:
    become(crm, {("501", "301"): "Sent"})
    gone = managed("Campaigns", "501", {"301": "Sent"}, prune=False, line=1)
    books = managed("Products", "801", {}, prune=False, line=9)
    with pytest.raises(InputError) as caught:
        planned(crm, saying(replace(books, records=())), base=(gone,), consents=(UNKNOWN,))
    assert "unknown-field" in [each.code for each in caught.value.diagnostics]
