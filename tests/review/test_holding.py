"""Whether a reviewed plan still holds: a new one may want nothing that nobody reviewed."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.render.plans import BINDING, RETAIL, change, plan
from zsync.files.plan import dump_plan, load_plan, sealed
from zsync.model import BaseCommit, Binding, Change, Configured, Outcome, Plan, Report, Withheld
from zsync.model.verdicts import Override, Safeguards
from zsync.planning.packing import pack
from zsync.review.holding import Decision, decide

NOW = datetime.fromisoformat(BINDING.created_at) + timedelta(days=1)
ANA = change("ana@acme.example", {"Member_Status": "Invited"}, {"Member_Status": "Sent"}, number=1)
BO = change("bo@acme.example", None, {"Member_Status": "Planned"}, number=2)
CY = change("cy@acme.example", {"Member_Status": "Sent"}, None, number=3)
LABEL = attrgetter("label")
OLD, STRICTER = (Configured("relations/zsync.yaml", f"sha256:{digit * 64}") for digit in "45")
# What every merge changes: all else that a binding says has to be the same.
MAY_DIFFER = {"manifests", "git_commit", "created_at", "expires_at", "base"}


def decided(fresh: Plan, reviewed: Plan | None, now: datetime = NOW) -> Decision:
    """What a merge does."""
    return decide(fresh, reviewed, now=now, absent="there is none")


@given(st.lists(st.sampled_from([ANA, BO, CY]), min_size=1, unique_by=LABEL))
def test_a_plan_that_wants_a_part_of_what_was_reviewed_lets_it_hold(wanted: list[Change]) -> None:
    found = decided(plan(*wanted), plan(ANA, BO, CY))
    assert (found.verdict, found.plan and set(map(LABEL, found.plan.changes))) == (
        "reviewed",
        set(map(LABEL, wanted)),
    )


@given(st.lists(st.sampled_from([ANA, BO, CY]), unique_by=LABEL))
def test_a_plan_that_wants_anything_else_asks(reviewed: list[Change]) -> None:
    missing = 3 - len(reviewed)
    found = decided(plan(ANA, BO, CY), plan(*reviewed))
    assert found.verdict == ("ask" if missing else "reviewed")
    assert not missing or found.why.startswith("1 change is" if missing == 1 else f"{missing} changes are")


def test_where_there_is_nothing_to_do_nothing_is_asked() -> None:
    assert decided(plan(), None).verdict == "nothing"


def test_without_a_reviewed_plan_it_asks_and_says_why_there_is_none() -> None:
    assert decided(plan(ANA), None) == Decision("ask", "there is none")


def test_a_row_that_moved_since_is_left_to_apply_which_holds_it() -> None:
    moved = replace(ANA, before={"Member_Status": "Opted Out"})
    assert decided(plan(moved), plan(ANA)).plan == plan(ANA)
    assert decided(plan(moved), plan(BO, ANA)).plan.changes == (ANA,)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "other",
    [
        replace(ANA, after={"Member_Status": "Planned"}),
        replace(ANA, after={"Member_Status": "Sent", "Seat": "1A"}),
        replace(ANA, related_record_id="1"),
        replace(ANA, record_id="1"),
        replace(ANA, related_list="Contacts"),
        replace(ANA, related_module="Contacts"),
        replace(ANA, module="Products"),
        replace(ANA, action="create", before=None),
        replace(ANA, action="delete", after=None),
        replace(ANA, key={"Email": "another@acme.example"}),
        replace(ANA, record_key={"Campaign_Name": "Another"}),
        change("SENS-1", {"list_price": 1}, {"list_price": 2}, to=RETAIL),
    ],
)
def test_another_row_value_action_or_key_was_not_reviewed(other: Change) -> None:
    assert decided(plan(other), plan(ANA)).verdict == "ask"


@pytest.mark.parametrize("field", [each.name for each in fields(Binding)])
def test_only_times_and_what_every_merge_changes_may_differ(field: str) -> None:
    another: dict[str, Any] = {
        "configuration": Configured("zsync.yaml", "sha256:" + "0" * 64),
        "base": BaseCommit("0" * 40),
    }
    value = another.get(field, "2027-03-01T10:00:00Z" if field.endswith("_at") else "another")
    other = plan(ANA, binding=replace(BINDING, **{field: value}))
    assert (decided(other, plan(ANA)).verdict == "reviewed") is (field in MAY_DIFFER)


@pytest.mark.parametrize(
    ("before", "now", "verdict"),
    [
        (OLD, OLD, "reviewed"),
        (OLD, BINDING.configuration, "reviewed"),  # the branch took up what main had by then
        (OLD, STRICTER, "ask"),
        (OLD, None, "ask"),
        (None, STRICTER, "ask"),
        (None, None, "reviewed"),
    ],
)
def test_a_base_with_another_configuration_was_not_judged(
    before: Configured | None, now: Configured | None, verdict: str
) -> None:
    reviewed = plan(ANA, BO, binding=replace(BINDING, base=BaseCommit("1" * 40, before)))
    fresh = plan(ANA, binding=replace(BINDING, base=BaseCommit("2" * 40, now)))
    found = decided(fresh, reviewed)
    assert found.verdict == verdict
    assert "zsync.yaml that the branch started from" in found.why or verdict == "reviewed"
    assert found.plan is None or found.plan.binding.base == reviewed.binding.base


def test_what_is_left_of_a_reviewed_plan_goes_on_holding_its_bases_configuration() -> None:
    base = Safeguards(protected=True, waves=("1",), configuration="version: 1\n")
    left = decided(plan(ANA), replace(plan(ANA, BO), base=base)).plan
    assert left
    assert left.base == base


def test_other_guards_set_aside_and_another_selector_were_not_reviewed() -> None:
    aside = replace(plan(ANA), overrides=(Override("max_deletes", "because"),))
    for fresh, reviewed in ((aside, plan(ANA)), (plan(ANA), aside)):
        assert decided(fresh, reviewed).verdict == "ask"
    assert decided(replace(plan(ANA), only=("change",)), plan(ANA)).verdict == "ask"


@pytest.mark.parametrize(("seconds", "verdict"), [(-1, "reviewed"), (0, "ask"), (1, "ask")])
def test_a_plan_holds_until_it_expires(seconds: int, verdict: str) -> None:
    end = datetime.fromisoformat(BINDING.expires_at) + timedelta(seconds=seconds)
    assert decided(plan(ANA), plan(ANA), end).verdict == verdict


def test_a_plan_that_does_not_say_when_it_expires_has() -> None:
    odd = plan(ANA, binding=replace(BINDING, expires_at="tomorrow"))
    assert decided(plan(ANA), odd, datetime(2000, 1, 1, tzinfo=UTC)).verdict == "ask"


def test_a_plan_of_which_all_is_wanted_is_applied_as_the_file_that_it_is() -> None:
    reviewed = plan(ANA, BO)
    found = decided(plan(BO, ANA, unchanged=99), reviewed)
    assert (found.why, found.plan) == ("the reviewed plan still holds", reviewed)


def test_of_what_nobody_wants_any_more_nothing_is_applied() -> None:
    fresh = sealed(replace(packed(ANA), binding=replace(BINDING, created_at="2027-03-02T09:00:00Z")))
    found = decided(fresh, packed(ANA, BO, CY))
    assert found.plan is not None
    assert found.plan.changes == (ANA,)
    assert (found.plan.requests, found.plan.summary) == (fresh.requests, fresh.summary)
    assert found.plan.binding == BINDING
    assert found.why == "the reviewed plan still holds; 2 of its 3 changes are no longer needed"
    assert load_plan(dump_plan(found.plan)) == found.plan


def packed(*changes: Change) -> Plan:
    """A plan with its requests, sealed."""
    made = plan(*changes)
    return sealed(replace(made, requests=tuple(pack(made.changes))))


NEWER = replace(BINDING, base=BINDING.base._replace(commit="9" * 40))


def test_the_very_file_is_applied_where_nothing_else_is_open() -> None:
    reviewed = sealed(plan(ANA))
    assert (
        decided(plan(ANA, binding=replace(BINDING, created_at="2027-03-02T00:00:00Z")), reviewed).plan
        is reviewed
    )


def test_rows_are_compared_from_then_on_with_the_base_that_they_have_now() -> None:
    found = decided(plan(ANA, binding=NEWER), sealed(plan(ANA))).plan
    assert found is not None
    assert (found.binding, found.changes) == (BINDING, (ANA,))
    assert found.open == (ANA.against("9" * 40),)
    assert Report(found, (Outcome("refused"),), 1, 1, 1.0).open == (ANA.against("9" * 40),)


def test_what_is_withheld_or_left_out_by_now_stays_open_whatever_was_reviewed() -> None:
    conflict = replace(BO, origin="conflict")
    fresh = replace(plan(ANA), withheld=(Withheld("conflict", conflict),), left=(CY.against("1" * 40),))
    found = decided(fresh, sealed(plan(ANA))).plan
    assert found is not None
    assert found.changes == (ANA,)
    assert set(Report(found, (Outcome("applied"),), 1, 1, 1.0).open) == {
        BO.against(BINDING.base.commit),
        CY.against("1" * 40),
    }


def test_an_older_base_of_a_row_is_kept_through_the_review() -> None:
    older = replace(plan(ANA, BO), open=(ANA.against("1" * 40),))
    reviewed = sealed(older)
    assert decided(older, reviewed).plan is reviewed
    found = decided(replace(plan(ANA), open=(ANA.against("1" * 40),)), reviewed).plan
    assert found is not None
    assert found.open == (ANA.against("1" * 40),)


def test_where_only_drift_is_left_nothing_is_written_and_that_is_said() -> None:
    found = decided(replace(plan(), drifted=2), None)
    assert (found.verdict, found.why) == (
        "nothing",
        "2 rows differ, which the CRM alone moved, and no manifest changed",
    )
