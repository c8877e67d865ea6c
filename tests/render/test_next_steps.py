"""What to do about rows that were not applied: one step for what has one reason, worst first."""

from tests.render import plans
from zsync import codes
from zsync.model import Outcome, Report
from zsync.render.next_steps import NextStep, next_steps


def test_refusals_are_told_once_by_code_and_by_the_part_of_the_path_that_alters_what_to_do() -> None:
    refused = [
        ("NO_PERMISSION", 3),
        ("INVALID_DATA", 3),
        ("INVALID_DATA", None),
        ("INVALID_DATA", 0),
        ("NO_PERMISSION", 1),
        ("INVALID_DATA", 3),
    ]
    outcomes = tuple(Outcome("refused", code, index=index) for code, index in refused)
    assert next_steps(Report(plans.plan(), outcomes, 1, 1, 0.1)) == [
        *(
            NextStep("refused", "zsync explain INVALID_DATA", codes.advice("INVALID_DATA", index))
            for index in (None, 0, 3)
        ),
        NextStep("refused", "zsync explain NO_PERMISSION", codes.advice("NO_PERMISSION", None)),
    ]
    assert len({codes.advice("INVALID_DATA", index) for index in (None, 0, 3)}) > 1


def test_a_code_that_zsync_does_not_know_is_for_a_plan_and_one_that_is_none_is_no_step() -> None:
    outcomes = (Outcome("refused", "SOMETHING_NEW", index=2), Outcome("refused", "; rm -rf ~"))
    (step,) = next_steps(Report(plans.plan(), outcomes, 1, 1, 0.1))
    assert step.command == "zsync plan"
    assert "zsync does not know SOMETHING_NEW" in step.reason
