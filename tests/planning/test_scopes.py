"""One relation, however often and from whichever side it is said."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest

from tests.plain import plain
from tests.worlds import MEMBERS, managed
from zsync.crm.keys import Where
from zsync.model import Diagnostic, ManagedList, Note, Span
from zsync.model.diagnostics import Quote, Sentence
from zsync.planning.resolver import Resolved
from zsync.planning.scopes import Scope, ScopeKey, scopes_of

Gathered = tuple[Mapping[ScopeKey, Scope], tuple[Diagnostic, ...]]


def gathered(*lists: ManagedList) -> Gathered:
    """The scopes of these lists, whose rows name ids."""
    return scopes_of(lists, Resolved({}))


def campaign(
    record_id: str, rows: Mapping[str, str | None], *, prune: bool = False, line: int = 1
) -> ManagedList:
    """A campaign's leads."""
    return managed("Campaigns", record_id, rows, prune=prune, line=line)


def lead(
    record_id: str, rows: Mapping[str, str | None], *, prune: bool = False, line: int = 100
) -> ManagedList:
    """A lead's campaigns."""
    return managed("Leads", record_id, rows, prune=prune, line=line)


def relations(scopes: Mapping[ScopeKey, Scope]) -> list[tuple[str, str]]:
    """Every relation that a scope answers for, the campaign first."""
    return sorted(
        (scope.record_id, one) if scope.module == "Campaigns" else (one, scope.record_id)
        for scope in scopes.values()
        for one in scope.relations
    )


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_order_of_the_files_does_not_matter(order: tuple[int, ...]) -> None:
    lists = (
        campaign("501", {"301": "Sent", "302": "Sent"}),
        lead("301", {"501": "Sent", "502": "Sent"}),
        lead("303", {"501": None}),
    )
    scopes, problems = gathered(*(lists[n] for n in order))
    assert relations(scopes) == [("501", "301"), ("501", "302"), ("501", "303"), ("502", "301")]
    assert [problem.severity for problem in problems] == ["warning"]


@pytest.mark.parametrize(
    ("one", "other"),
    [("Sent", "Responded"), ("Sent", None), (None, "Sent")],
    ids=["fields", "absent", "present"],
)
def test_what_both_sides_say_differently_is_an_error_with_both_places(
    one: str | None, other: str | None
) -> None:
    _, (problem,) = gathered(campaign("501", {"301": one}), lead("301", {"501": other}))
    assert (problem.code, problem.severity) == ("contradicting-rows", "error")
    assert problem.span
    assert {problem.span.line, problem.notes[0].span.line} == {2, 101}


def test_what_both_sides_say_alike_is_a_warning() -> None:
    for status in ("Sent", None):
        _, (problem,) = gathered(campaign("501", {"301": status}), lead("301", {"501": status}))
        assert (problem.code, problem.severity) == ("repeated-row", "warning")


def test_two_lists_of_one_record_are_one_scope() -> None:
    scopes, problems = gathered(
        campaign("501", {"301": "Sent"}), campaign("501", {"302": "Sent"}, prune=True, line=50)
    )
    (scope,) = scopes.values()
    assert set(scope.relations) == {"301", "302"}
    assert scope.pruned
    assert scope.pruned.line == 50
    assert problems == ()


def test_a_pruned_list_leaves_to_the_other_side_what_the_other_side_says() -> None:
    scopes, problems = gathered(campaign("501", {"302": "Sent"}, prune=True), lead("301", {"501": "Sent"}))
    assert scopes["Campaigns", "501", "Leads"].mirrored == {"301"}
    assert problems == ()


def test_a_record_that_no_other_list_is_about_has_no_other_side() -> None:
    scopes, problems = gathered(campaign("501", {"301": "Sent"}), lead("302", {"502": "Sent"}))
    assert [scope.mirrored for scope in scopes.values()] == [frozenset(), frozenset()]
    assert problems == ()


def test_a_scope_without_another_side_hides_none_that_has_one() -> None:
    scopes, problems = gathered(
        campaign("501", {"301": "Sent", "302": "Sent"}),
        lead("303", {"509": "Sent"}),
        lead("302", {"501": "Sent"}),
    )
    assert scopes["Leads", "302", "Campaigns"].relations == {}
    assert [(one.code, one.span and one.span.line) for one in problems] == [("repeated-row", 101)]
    product = replace(MEMBERS, left="Products")
    alone = campaign("601", {"301": "Sent"})
    other = replace(alone, kind=product, parent=replace(alone.parent, module="Products"))
    _, problems = gathered(other, campaign("501", {"302": "Sent"}), lead("302", {"501": "Sent"}))
    assert [one.code for one in problems] == ["repeated-row"]


def test_a_row_whose_record_was_not_found_hides_no_other() -> None:
    one = keyed(campaign("501", {"301": "Sent", "302": "Sent"}))
    scopes, _ = scopes_of((one,), Resolved({Where("Leads", ("Email",)): {("302",): ("302",)}}))
    assert [set(scope.relations) for scope in scopes.values()] == [{"302"}]


def test_the_fields_that_name_records_are_those_of_all_lists_but_no_ids() -> None:
    one, two = campaign("501", {"301": "Sent"}), keyed(campaign("501", {"302": "Sent"}))
    found = Resolved({Where("Leads", ("Email",)): {("302",): ("302",)}})
    for lists, keys in (((one,), ()), ((one, two), ("Email",))):
        assert [scope.keys for scope in scopes_of(lists, found)[0].values()] == [keys]


def twice(*lists: ManagedList) -> Diagnostic:
    """The one thing that is wrong between these lists."""
    _, (problem,) = gathered(*lists)
    return plain(problem)


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        ("Sent", "Opened", "Member_Status: Sent and Member_Status: Opened"),
        ("Sent", None, "Member_Status: Sent and absent"),
    ],
)
def test_a_contradiction_says_what_each_row_says_and_names_both_places(
    one: str | None, other: str | None, said: str
) -> None:
    first, second = campaign("501", {"301": one}), campaign("501", {"301": other}, line=50)
    assert twice(first, second) == Diagnostic(
        "contradicting-rows",
        f"301 is listed twice, and the rows contradict each other: {said}",
        Span("spring.yaml", 51, 9),
        "Keep the one that you mean: both rows name the same relation.",
        notes=(Note(Span("spring.yaml", 2, 9), "the other place"),),
    )


def test_a_row_without_fields_is_present() -> None:
    first, second = campaign("501", {"301": "Sent"}), campaign("501", {"301": None}, line=50)
    bare = replace(first, records=(first.records[0]._replace(fields={}),))
    assert ": present and absent" in str(twice(bare, second).message)
    more = first.records[0]._replace(fields={"Member_Status": "Sent", "Seat": "A"})
    said = twice(replace(first, records=(more,)), second).message
    assert ": Member_Status: Sent, Seat: A and absent" in str(said)


@pytest.mark.parametrize(
    ("same_list", "code", "severity"), [(True, "duplicate-row", "error"), (False, "repeated-row", "warning")]
)
def test_two_rows_that_say_the_same_are_an_error_in_one_list_alone(
    same_list: bool, code: str, severity: Any
) -> None:
    first = campaign("501", {"301": "Sent"})
    again = campaign("501", {"301": "Sent"}, line=50)
    lists = (replace(first, records=first.records + again.records),) if same_list else (first, again)
    assert twice(*lists) == Diagnostic(
        code,
        "301 is listed twice, and both rows say the same",
        Span("spring.yaml", 51, 9),
        "Keep one of them: both rows name the same relation.",
        severity=severity,
        notes=(Note(Span("spring.yaml", 2, 9), "the other place"),),
    )


def keyed(one: ManagedList) -> ManagedList:
    """The list, its rows named by an address; the ids are found all the same."""
    rows = tuple(row._replace(by_id=False) for row in one.records)
    return replace(one, key=("Email",), records=rows)


@pytest.mark.parametrize("module", ["Leads", "Campaigns"])
def test_a_record_that_is_listed_twice_is_quoted_by_its_key_and_its_module(module: str) -> None:
    make = campaign if module == "Leads" else lead
    first, second = keyed(make("501", {"301": "Sent"})), keyed(make("501", {"301": "Sent"}, line=50))
    found = Resolved({Where(module, ("Email",)): {("301",): ("301",)}})
    _, (problem,) = scopes_of((first, second), found)
    assert isinstance(problem.message, Sentence)
    assert [part for part in problem.message.parts if isinstance(part, Quote)] == [
        Quote("301", ("Email",), module)
    ]


@pytest.mark.parametrize("others", [True, False])
def test_a_contradiction_with_a_file_that_nobody_asked_for_may_be_another_orgs(others: bool) -> None:
    second = replace(campaign("501", {"301": "Responded"}, line=50), outside=others)
    _, (problem,) = gathered(campaign("501", {"301": "Sent"}), second)
    advice = " If the other file is another org's, say which folders are whose: `manifests` of the environments in zsync.yaml."
    assert (
        str(problem.help) == "Keep the one that you mean: both rows name the same relation." + advice * others
    )


def test_rows_that_two_files_outside_name_from_both_sides_keep_each_other_from_being_pruned() -> None:
    campaign = managed("Campaigns", "501", {"301": "Sent", "302": "Sent"}, prune=False, line=1)
    leads = [
        managed("Leads", one, {"501": "Sent"}, prune=False, line=10 * int(one)) for one in ("301", "302")
    ]
    away = [replace(each, outside=True) for each in (campaign, *leads)]
    scopes, problems = scopes_of(away, Resolved({}))
    assert problems == ()
    assert scopes["Campaigns", "501", "Leads"].mirrored == {"301", "302"}
    assert [scopes["Leads", one, "Campaigns"].mirrored for one in ("301", "302")] == [{"501"}, {"501"}]
    scopes, problems = scopes_of((campaign, *away[1:]), Resolved({}))
    assert len(problems) == 2
    assert not scopes["Leads", "301", "Campaigns"].outside
