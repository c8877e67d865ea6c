"""What guards have to know: read where a guard in force asks for it, and else left out of the plan."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest

from tests.worlds import NOW, WORLD, become, managed, plan, saying, settings
from zsync.crm import connect_reader
from zsync.emulator import RunningCrm, running
from zsync.files.plan import dump_plan
from zsync.guards.counts import Counting, Limit, MinSize, Protected
from zsync.guards.evaluation import Guards, Rule
from zsync.guards.times import CreditReserve
from zsync.model import Action, Expected, Plan
from zsync.model.grounds import Records, TooMany
from zsync.model.verdicts import ListSize, Override, RecordFields
from zsync.planning import guard_facts
from zsync.planning.guard_facts import guarded
from zsync.planning.list_names import ListNames
from zsync.planning.terms import Terms

SPRING = saying(managed("Campaigns", "501", {"301": "Sent"}, prune=False, line=1))


@pytest.fixture
def crm() -> Iterator[RunningCrm]:
    """An org that tells how many credits are left: more than half of the day's are used."""
    with running(WORLD) as bundled:
        become(bundled, {})
        for _ in range(8):
            plan(bundled, SPRING)
        bundled.switch(daily_credits=2 * bundled.stats()["credits_used"] - 1)
        yield bundled


def test_the_credits_of_the_moment_are_in_no_plan_that_no_guard_on_credits_asks_for(crm: RunningCrm) -> None:
    first, second = (plan(crm, SPRING) for _ in range(2))
    assert first.facts.credits_left is None
    assert dump_plan(first) == dump_plan(second)


def test_a_guard_on_credits_sees_those_that_are_left(crm: RunningCrm) -> None:
    held = Guards((CreditReserve("credits", None, keep=1000),))
    made = plan(crm, SPRING, guards=held)
    assert made.facts.credits_left in range(1, 100)
    assert [(one.guard, one.evaluated) for one in made.verdicts] == [("credits", True)]


MEMBERS = {("501", "301"): "Sent", ("501", "302"): "Sent", ("502", "301"): "Sent"}


@pytest.fixture(scope="module")
def org() -> Iterator[RunningCrm]:
    """Two campaigns with members."""
    with running(WORLD) as bundled:
        become(bundled, MEMBERS)
        yield bundled


def share(percent: int) -> Rule:
    """At most so many per cent of each list's relations."""
    changes: frozenset[Action] = frozenset({"create", "update", "delete"})
    return Counting("max_changes", None, changes, Limit(percent=Decimal(percent)), Limit())


def over(count: int, percent: int) -> TooMany:
    """So many changes of a list of two, where a per cent was allowed."""
    return TooMany(count, None, percent=Decimal(percent), size=2)


def calls(crm: RunningCrm, part: str) -> int:
    """How many requests have it in their address."""
    return sum(part in one.path for one in crm.requests)


def test_a_list_that_was_read_to_its_end_is_not_counted(org: RunningCrm) -> None:
    before = calls(org, "count")
    said = saying(managed("Campaigns", "501", {"303": "Sent"}, prune=True, line=1))
    made = plan(org, said, guards=Guards((share(100),)))
    assert made.facts.lists == (ListSize("Campaigns", "501", "Leads", "Leads", 2),)
    assert (calls(org, "count"), [one.ground for one in made.verdicts]) == (before, [over(3, 100)])


def test_a_list_counts_for_its_campaign_and_is_counted_only_where_a_guard_asks(org: RunningCrm) -> None:
    said = saying(managed("Leads", "303", {"501": "Sent"}, prune=False, line=1))
    sent = ListSize("Leads", "303", "Campaigns", "Campaigns", 0)
    before = calls(org, "count")
    without = plan(org, said)
    assert (without.facts.lists, calls(org, "count")) == ((sent,), before)
    held = plan(org, said, guards=Guards((share(40),)))
    assert set(held.facts.lists) == {sent, ListSize("Campaigns", "501", "Leads", "Leads", 2)}
    assert [one.ground for one in held.verdicts] == [over(1, 40)]
    # The count, and the lists of campaigns, which the manifests alone did not ask for.
    assert (calls(org, "count"), held.cost.reads - without.cost.reads) == (before + 1, 2)
    assert held.cost.credits == tuple(bound + 2 for bound in without.cost.credits)


@pytest.mark.parametrize("refused", [False, True])
def test_where_the_api_cannot_count_a_list_is_read_to_its_end(org: RunningCrm, refused: bool) -> None:
    counted, hidden = org.stats()["requests"], ["Campaigns/Leads"] if refused else []

    async def size() -> int | None:
        async with connect_reader(settings(org, api_version="v7")) as reader:
            (listed,) = [one for one in await reader.related_lists("Campaigns") if one.module == "Leads"]
            org.switch(hidden_lists=hidden)
            assert await reader.count("Campaigns", "501", listed) is None
            return await guard_facts._count(reader, "Campaigns", "501", listed)

    try:
        assert asyncio.run(size()) == (None if refused else 2)
    finally:
        org.switch(hidden_lists=[])
    new = org.requests[counted if isinstance(counted, int) else 0 :]
    assert not [one for one in new if "v7" in one.path and "records_count" in one.path]


def test_a_list_that_is_read_and_stays_as_it_is_has_its_size_for_the_other_side(org: RunningCrm) -> None:
    rule = MinSize("min_size", None, Records("Leads", "id"), "Campaigns", 1)
    lists = (
        managed("Campaigns", "502", {"301": None}, prune=False, line=1),
        managed("Leads", "301", {"501": "Sent"}, prune=True, line=9),
    )
    before = calls(org, "count")
    made = plan(org, saying(*lists), guards=Guards((rule,)))
    assert [one.address[:2] for one in made.changes] == [("Campaigns", "502")]
    assert ListSize("Leads", "301", "Campaigns", "Campaigns", 2) in made.facts.lists
    assert calls(org, "count") == before


@pytest.mark.parametrize("hidden", [frozenset({"Campaigns/Leads"}), frozenset()])
def test_a_list_that_the_org_hides_has_no_size_and_the_guard_refuses(
    org: RunningCrm, hidden: frozenset[str]
) -> None:
    org.switch(hidden_lists=hidden)
    said = saying(managed("Leads", "303", {"501": "Sent"}, prune=False, line=1))
    made = plan(org, said, guards=Guards((share(100),)))
    org.switch(hidden_lists=frozenset())
    size = None if hidden else 2
    assert ListSize("Campaigns", "501", "Leads", "Leads", size) in made.facts.lists
    assert [one.evaluated for one in made.verdicts] == [False] * bool(hidden)


def test_a_plan_says_by_which_guards_it_was_judged_and_what_all_of_it_took(org: RunningCrm) -> None:
    held, before = Guards((share(40),), digest="sha256:" + "7" * 64), len(org.requests)
    made = plan(org, saying(managed("Leads", "303", {"501": "Sent"}, prune=False, line=1)), guards=held)
    assert made.binding.guards == held.digest
    assert made.cost.reads == len(org.requests) - before


def test_a_list_that_is_counted_keeps_the_name_that_its_requests_have(org: RunningCrm) -> None:
    made = plan(org, saying(managed("Campaigns", "501", {"303": "Sent"}, prune=False, line=1)))
    old = replace(made, changes=tuple(replace(one, related_list="Former_Leads") for one in made.changes))
    terms = Terms(Expected(), Guards((share(100),)), "", NOW)

    async def work() -> Plan:
        async with connect_reader(settings(org)) as reader:
            return await guarded(old, terms, {}, ListNames(reader), reader)

    assert asyncio.run(work()).facts.lists == (ListSize("Campaigns", "501", "Former_Leads", "Leads", 2),)


def protected(module: str, field: str, pattern: str) -> Rule:
    """Records of a module by a pattern."""
    return Protected("protected_records", None, Records(module, field, pattern=pattern))


def test_fields_that_guards_name_are_read_once_a_record_and_a_field_that_there_is_not_hides_no_other(
    org: RunningCrm,
) -> None:
    said = saying(managed("Campaigns", "501", {"303": "Sent", "304": "Sent"}, prune=False, line=1))
    rules = (
        protected("Leads", "Email", "lead304@*"),
        protected("Leads", "Nothing", "x"),
        protected("Campaigns", "Campaign_Name", "Winter*"),
    )
    made = plan(org, said, guards=Guards(rules))
    assert set(map(str, made.facts.records)) == {
        str(RecordFields("Leads", "303", {"Email": "lead303@acme.example"})),
        str(RecordFields("Leads", "304", {"Email": "lead304@acme.example"})),
        str(RecordFields("Campaigns", "501", {"Campaign_Name": "Campaign 501"})),
    }
    assert [(one.change, one.evaluated) for one in made.verdicts] == [(1, True), (0, False), (1, False)]


def test_more_records_than_a_query_takes_are_read_in_several() -> None:
    leads = [{"id": str(n), "Last_Name": str(n), "Fee": n} for n in range(1000, 1101)]
    world = {
        "fields": {"Leads": {"Fee": {"type": "double"}}},
        "records": {"Campaigns": [{"id": "501", "Campaign_Name": "Spring"}], "Leads": leads},
    }
    wanted = dict.fromkeys((str(n) for n in range(1000, 1101)), "Sent")
    with running(world) as crm:
        said = saying(managed("Campaigns", "501", dict(wanted), prune=False, line=1))
        made = plan(crm, said, guards=Guards((protected("Leads", "Fee", "1100"),)))
        assert sum("select id, Fee" in one.body.decode() for one in crm.requests) == 2
    assert [dict(one.fields) for one in made.facts.records] == [{"Fee": n} for n in range(1000, 1101)]
    assert [one.change for one in made.verdicts] == [100]


def test_guards_ask_nothing_of_a_plan_without_changes(org: RunningCrm) -> None:
    said = saying(managed("Campaigns", "501", {"301": "Sent"}, prune=False, line=1))
    rules = Guards((share(1), protected("Leads", "Email", "*")))
    before = (calls(org, "count"), calls(org, "coql"))
    made = plan(org, said, guards=rules, overrides=(Override("max_changes", "agreed"),))
    # The one query is for the campaign's name.
    assert (calls(org, "count"), calls(org, "coql")) == (before[0], before[1] + 1)
    assert (made.changes, made.verdicts, made.facts.records) == ((), (), ())
    assert made.overrides == (Override("max_changes", "agreed"),)


def test_a_list_that_was_not_read_to_its_end_is_counted() -> None:
    leads = [{"id": str(n), "Last_Name": str(n)} for n in range(1000, 1203)]
    world = {"records": {"Campaigns": [{"id": "501", "Campaign_Name": "Spring"}], "Leads": leads}}
    said = saying(managed("Campaigns", "501", {"1000": "Opened"}, prune=False, line=1))
    with running(world) as crm:
        for at in range(0, 203, 100):
            crm.link("Campaigns/501/Leads", *({"id": one["id"]} for one in leads[at : at + 100]))
        (without,) = plan(crm, said).facts.lists
        (held,) = plan(crm, said, guards=Guards((share(1),))).facts.lists
    assert (without.current, held) == (None, ListSize("Campaigns", "501", "Leads", "Leads", 203))
