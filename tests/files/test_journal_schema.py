"""A line of a journal that somebody else may have written: its shape, and the changes that it names."""

from typing import Any

import pytest

from zsync.files.encoding import outcome_members
from zsync.files.journal_schema import check_line
from zsync.model import Outcome
from zsync.model.verdicts import Override

OUTCOME = outcome_members(Outcome("applied"))
OVERRIDE = Override("max_changes", "agreed")._asdict()


@pytest.mark.parametrize(
    "line",
    [
        {"event": "sending", "changes": [0, 2]},
        {"event": "sending", "changes": []},
        {"event": "outcome", "change": 2, "outcome": OUTCOME},
        {"event": "override", **OVERRIDE},
        {"event": "end", "stopped": None},
    ],
    ids=lambda line: line["event"],
)
def test_a_line_of_each_kind_is_good(line: dict[str, Any]) -> None:
    assert check_line(line, 3) == ""


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ({"event": "sending", "changes": [0, 3, 4]}, "it names change 3, and the plan has 3"),
        ({"event": "outcome", "change": 3, "outcome": OUTCOME}, "it names change 3, and the plan has 3"),
        (
            {"event": "sending", "changes": [-1]},
            "sending.changes.0: Input should be greater than or equal to 0",
        ),
        (
            {"event": "outcome", "change": "0", "outcome": OUTCOME},
            "outcome.change: Input should be a valid integer",
        ),
        ({"event": "override", "guard": "a"}, "override.reason: Field required"),
        ({"event": "end"}, "end.stopped: Field required"),
        ({"event": "end", "stopped": None, "more": 1}, "end.more: Extra inputs are not permitted"),
        ({"event": "begin"}, "Input tag 'begin' found using 'event' does not match any of the expected tags"),
        ({}, "Unable to extract tag using discriminator 'event'"),
    ],
)
def test_what_is_wrong_with_a_line_is_told(line: dict[str, Any], problem: str) -> None:
    assert problem in check_line(line, 3)
