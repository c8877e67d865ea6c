"""A base that cannot be read: what is planned without it, and what cannot be."""

import pytest

from tests.plain import all_plain, plain
from tests.planning.test_origin import change as made
from zsync.errors import InputError
from zsync.model import Action, Change, Diagnostic, Note, Span
from zsync.planning.agreed import older, refuse_unknown, unreadable

WARNING = Diagnostic("empty-file", "the file holds no manifest", Span("a.yaml", 1, 1), severity="warning")


def errors(count: int) -> tuple[Diagnostic, ...]:
    """So many, in one file."""
    return tuple(
        Diagnostic("unknown-key", f"no. {line}", Span("b.yaml", line, 1)) for line in range(1, count + 1)
    )


def change(action: Action) -> Change:
    """A change of nobody knows whom."""
    return made(action, "change")


@pytest.mark.parametrize("only", [(), ("update",), ("create", "delete"), ("*/change/*",), ("changes",)])
def test_no_base_is_known_and_a_warning_says_so_with_the_first_places(only: tuple[str, ...]) -> None:
    agreed = unreadable("main", (WARNING, *errors(5)), only)
    (warning,) = agreed.warnings
    assert (agreed.lists, warning.code, warning.severity) == (None, "bad-base", "warning")
    assert "of main have 5 errors" in str(warning.message)
    assert [note.message for note in warning.notes] == [f"[unknown-key] no. {line}" for line in (1, 2, 3)]


def test_the_warning_says_what_the_plan_does_not_know_and_what_to_do() -> None:
    (warning,) = unreadable("main", errors(1), ()).warnings
    assert plain(warning) == Diagnostic(
        "bad-base",
        "the manifests of main have 1 error, and no commit before it stands in for them: this plan is made without them. "
        "Rows that main alone names stay in the CRM",
        help="Name a commit whose manifests are valid: --base REF. To compare with none: --no-base.",
        severity="warning",
        notes=(Note(Span("b.yaml", 1, 1), "[unknown-key] no. 1"),),
    )


def test_a_commit_that_stands_in_is_named_with_what_that_means() -> None:
    assert plain(older("main", "4f1c2ab", errors(1))) == Diagnostic(
        "bad-base",
        "the manifests of main have 1 error: compared with 4f1c2ab, the newest commit before it whose manifests have none",
        help="Fix them in main. Until then, what was merged since 4f1c2ab counts as this branch's change.",
        severity="warning",
        notes=(Note(Span("b.yaml", 1, 1), "[unknown-key] no. 1"),),
    )


@pytest.mark.parametrize("action", ["update", "delete"])
def test_rows_that_the_crm_holds_are_left_alone_where_nothing_tells_whose_they_are(action: Action) -> None:
    changes = [change(action), change("create"), change(action)]
    with pytest.raises(InputError) as caught:
        refuse_unknown(changes)
    (refused,) = caught.value.diagnostics
    assert str(refused.message).startswith("2 rows would be changed or deleted, and no base tells whether")
    refuse_unknown([change("create")])


@pytest.mark.parametrize("only", [("change",), ("drift",), ("update", "drift"), ("*/x", "conflict")])
def test_whose_change_it_is_cannot_be_told_without(only: tuple[str, ...]) -> None:
    with pytest.raises(InputError) as caught:
        unreadable("main", errors(1), only)
    assert all_plain(caught.value.diagnostics) == (
        Diagnostic(
            "bad-base",
            "the manifests of main cannot be read, so nothing tells changes of this branch from drift",
            help="Plan without --only change or drift, or name a commit whose manifests are valid: --base REF.",
        ),
        *errors(1),
    )
