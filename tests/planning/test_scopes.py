"""One relation, however often and from whichever side it is said."""

from collections.abc import Mapping
from itertools import permutations

import pytest

from tests.worlds import managed
from zsync.model import Diagnostic, ManagedList
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
