"""What is kept of answers: of one that refuses a whole request, and of a row about a list."""

import pytest

from zsync.crm.answers import refusal
from zsync.crm.calls import Call
from zsync.crm.metadata import list_of

CALL = Call("PUT", "Campaigns/5/Leads")


@pytest.mark.parametrize(("index", "kept"), [(1, 1), ("3", 3), (None, None), (12, None), ("x", None)])
def test_a_refusal_keeps_the_request_and_the_part_of_its_path_that_is_refused(
    index: object, kept: int | None
) -> None:
    data = {"code": "INVALID_DATA", "message": "no", "details": {"resource_path_index": index, "id": "5"}}
    error = refusal(CALL, 400, data)
    assert (error.request, error.index, error.said) == (str(CALL), kept, "no (id 5)")


@pytest.mark.parametrize(
    ("row", "label"),
    [({"display_label": "Leads", "name": "Leads_of"}, "Leads"), ({"name": "Leads_of"}, "Leads_of"), ({}, "")],
)
def test_a_list_is_called_as_people_see_it(row: dict[str, str], label: str) -> None:
    assert list_of({"href": "Campaigns/{ENTITYID}/Leads", **row}).label == label
