"""Whose move it is where rows have several fields, and what the base said of it."""

from typing import Any

import pytest

from zsync.planning.judging import Judged, Said, judge

BASE: dict[str, Any] = {"Status": "Sent", "Seat": 1}


@pytest.mark.parametrize(
    ("base", "crm", "branch", "judged"),
    [
        (BASE, {**BASE, "Status": "Bounced"}, {**BASE, "Status": "Opened"}, Judged("conflict", {}, BASE)),
        (BASE, {"Status": "Bounced", "Seat": 2}, {"Status": "Opened", "Seat": 1}, Judged("conflict", {"Seat": "drift"}, BASE)),
        (BASE, {"Status": "Sent"}, BASE, Judged("drift", {}, BASE)),
        (BASE, {**BASE, "Seat": 2}, None, Judged("conflict", {}, BASE)),
        (BASE, None, BASE, Judged("drift", {}, BASE)),
        (BASE, None, {**BASE, "Seat": 2}, Judged("conflict", {}, BASE)),
        (None, {"Seat": 1}, {"Seat": 2}, Judged("conflict", {}, None)),
        ("pruned", {"Seat": 1}, {"Seat": 2}, Judged("conflict", {}, None)),
        ("unsaid", {"Seat": 1}, {"Seat": 2}, Judged("change", {}, None)),
    ],
)  # fmt: skip
def test_a_row_is_judged_field_by_field_and_keeps_what_the_base_agreed_on(
    base: Said, crm: dict[str, Any] | None, branch: Said, judged: Judged
) -> None:
    assert judge(base, crm, branch, managed=False) == judged


def test_of_a_list_that_the_base_managed_a_row_that_it_did_not_name_was_agreed_to_be_none() -> None:
    assert judge("unsaid", {"Seat": 1}, {"Seat": 2}, managed=True).origin == "conflict"
