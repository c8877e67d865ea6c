"""Runs as `zsync runs` lists them."""

from dataclasses import replace

import pytest

from tests.render import plans
from zsync.model import Approval, Outcome, Plan, Run, Summary
from zsync.render.columns import columns
from zsync.render.runs import ListedRun, run_lines


def run(plan: Plan, *statuses: str, approval: Approval = Approval()) -> Run:  # noqa: B008  immutable
    """A run whose first changes came out so."""
    outcomes = {index: Outcome(status) for index, status in enumerate(statuses)}  # type: ignore[arg-type]
    return Run(
        "20270301T090000Z-b81c44d0",
        "2027-03-01T09:00:00Z",
        plan,
        outcomes,
        frozenset(),
        frozenset(outcomes),
        ended=True,
        stopped=None,
        approval=approval,
    )


def lines(run: Run, again: str = "b81c44d0") -> tuple[str, ...]:
    (only,) = run_lines([ListedRun(run, "b81c44d0", again)])
    return only


def test_it_tells_when_where_what_who_of_which_parents_and_what_became_of_it() -> None:
    approval = Approval("ana", ("bo", "cy"), address="https://github.example/acme/crm/actions/runs/845")
    assert lines(run(plans.mixed(), *["applied"] * 8, "refused", approval=approval)) == (
        "2027-03-01 09:00 UTC  b81c44d0  demo  -1  ~6  +2  1 refused",
        "  CI run 845 by ana · approved by bo, cy · Spring Launch 2027, Retail, EUR",
    )


def test_no_line_is_wider_than_80_columns_and_nothing_of_it_is_lost() -> None:
    approval = Approval("ana" * 20, ("bo" * 20,), address="https://github.example/acme/crm/actions/runs/845")
    lists = [
        ("Campaigns", str(number), "Leads", name) for number, name in enumerate(["春" * 40, "S" * 60, "C"])
    ]
    made = plans.plan(*(plans.change("a@acme.example", None, {}, to=to) for to in lists))
    shown = lines(run(made, approval=approval))
    assert max(map(columns, shown)) <= 80
    text = " ".join(shown)
    for part in (
        "CI run 845 by anaana",
        "approved by bobo",
        "春春",
        "SSS",
        "and 1 more",
        "zsync resume b81c44d0",
    ):
        assert part in text


def test_the_columns_of_all_runs_are_lined_up() -> None:
    one = replace(
        run(plans.mixed(), *["applied"] * 9), plan=replace(plans.mixed(), summary=Summary(30, 12, 0))
    )
    far = replace(run(plans.mixed(), *["applied"] * 9), approval=Approval("ops-laptop"))
    listed = [ListedRun(one, "3fa90c17", ""), ListedRun(far, "20270301T090000Z-b81c44d0", "")]
    assert [each[0] for each in run_lines(listed)] == [
        "2027-03-01 09:00 UTC  3fa90c17                   demo  -0  ~12  +30  all applied",
        "2027-03-01 09:00 UTC  20270301T090000Z-b81c44d0  demo  -1   ~6   +2  all applied",
    ]
    assert run_lines([]) == []


def test_no_line_ends_with_blanks_and_nothing_to_say_is_no_line() -> None:
    empty = run(plans.plan())
    listed = [ListedRun(each, "b81c44d0", "") for each in (run(plans.mixed(), "applied", "unsent"), empty)]
    (stopped, _), nothing = run_lines(listed)
    assert stopped == "2027-03-01 09:00 UTC  b81c44d0  demo  -1  ~6  +2  STOPPED after 1 of 9"
    assert nothing == ("2027-03-01 09:00 UTC  b81c44d0  demo  -0  ~0  +0  all applied",)


def test_what_did_not_go_as_planned_is_counted_in_one_order() -> None:
    made = plans.plan(*(plans.change(f"l{n}", None, {}, number=n) for n in range(5)))
    statuses = ("held", "held", "refused", "unchanged", "applied")
    assert lines(run(made, *statuses))[0].endswith("  1 refused, 2 held")
    assert lines(run(made, *["unchanged"] * 5))[0].endswith("  all unchanged")
    assert lines(run(made, *["unchanged"] * 3, *["applied"] * 2))[0].endswith("  3 unchanged, 2 applied")


def test_what_is_left_is_told_with_how_to_go_on() -> None:
    first, below = lines(run(plans.mixed(), "applied", "unknown"), "--journal x.jsonl")
    assert first.endswith("  STOPPED after 1 of 9, 1 unknown")
    assert below.endswith(" · finish it: zsync resume --journal x.jsonl")
    assert lines(run(plans.mixed()))[0].endswith("  STOPPED after 0 of 9")
    assert "finish it" not in lines(run(plans.mixed(), *["applied"] * 9))[1]


@pytest.mark.parametrize(("parents", "told"), [(1, "C0"), (2, "C0, C1"), (3, "C0, C1 and 1 more")])
def test_many_parents_are_counted(parents: int, told: str) -> None:
    lists = [("Campaigns", str(number), "Leads", f"C{number}") for number in range(parents)]
    made = plans.plan(*(plans.change("a@acme.example", None, {}, to=to) for to in lists))
    assert lines(run(made, *["applied"] * parents))[1] == f"  {told}"


def test_a_run_whose_records_have_no_names_is_told_by_their_ids() -> None:
    made = plans.plan(replace(plans.change("a@acme.example", None, {}), record_label=""))
    assert lines(run(made, "applied"))[1] == f"  {plans.SPRING[1]}"


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("https://gitlab.example/acme/crm/-/jobs/77", "CI run 77"),
        ("https://gitlab.example/acme/crm/-/pipelines/78", "CI run 78"),
        ("https://ci.example/build/9", "ana"),
        ("", "ana"),
    ],
)
def test_a_run_of_ci_is_told_by_its_number(address: str, told: str) -> None:
    made = run(plans.mixed(), *["applied"] * 9, approval=Approval("ana", address=address))
    assert lines(made)[1].startswith(f"  {told}")


def test_names_of_thirty_columns_are_whole_and_lines_below_a_run_have_eighty() -> None:
    def below(*labels: str) -> tuple[str, ...]:
        lists = [("Campaigns", str(number), "Leads", label) for number, label in enumerate(labels)]
        made = plans.plan(*(plans.change("a@acme.example", None, {}, to=to) for to in lists))
        return lines(run(made, "applied"), "")[1:]

    assert below("n" * 30) == (f"  {'n' * 30}",)
    assert below("n" * 31) == (f"  {'n' * 29}…",)
    fits = 80 - len("  ,  · finish it: zsync resume ")
    assert below("m" * 30, "n" * (fits - 30)) == (
        f"  {'m' * 30}, {'n' * (fits - 30)} · finish it: zsync resume ",
    )
    assert below("m" * 30, "n" * (fits - 29)) == (
        f"  {'m' * 30}, {'n' * (fits - 29)}",
        "  finish it: zsync resume ",
    )
