"""One outcome per row, whatever the status and however the rows are named."""

from typing import Any

import pytest
import respx

from tests.crm.conftest import API, Door, error
from zsync.errors import AnswerLost, RequestRefused
from zsync.model import Outcome

IDS = ["11", "12", "13"]
LIST = f"{API}/crm/v8/Campaigns/5/Leads"
APPLIED = Outcome("applied")


def good(record_id: str | int | None) -> dict[str, Any]:
    """A row that was carried out."""
    details = {} if record_id is None else {"id": record_id}
    return {"code": "SUCCESS", "details": details, "message": "relation added", "status": "success"}


def bad(record_id: str | None, code: str = "INVALID_DATA", **details: Any) -> dict[str, Any]:
    """A row that was refused."""
    return error(
        code,
        "the related id given seems to be invalid",
        **({"id": record_id} if record_id else {}),
        **details,
    )


def link(door: Door) -> list[Outcome]:
    """Three rows, sent."""
    outcomes: list[Outcome] = door.run(
        lambda crm: crm.link("Campaigns", "5", "Leads", [{"id": one} for one in IDS])
    )
    return outcomes


@pytest.mark.parametrize("status", [200, 201, 202, 207, 400])
def test_rows_are_read_whatever_the_status(door: Door, zoho: respx.MockRouter, status: int) -> None:
    zoho.put(LIST).respond(status, json={"data": [good("11"), bad("12"), good("13")]})
    assert link(door) == [
        APPLIED,
        Outcome("refused", "INVALID_DATA", "the related id given seems to be invalid", index=3),
        APPLIED,
    ]


@pytest.mark.parametrize(
    ("details", "index"),
    [
        ({"id": "12"}, 3),
        ({"id": "12", "json_path": "$.data[1].id"}, 3),
        ({"id": "12", "resource_path_index": "2"}, 2),
        ({"id": "12", "resource_path_index": 0}, 0),
        ({"id": "12", "api_name": "Member_Status", "json_path": "$.data[1].Member_Status"}, None),
        ({"id": ""}, None),
        ({"resource_path_index": True}, None),
        ({"resource_path_index": "12"}, None),
        ({}, None),
        ("no", None),
    ],
)
def test_a_refused_row_tells_the_part_of_the_path_that_it_is_about(
    door: Door, zoho: respx.MockRouter, details: Any, index: int | None
) -> None:
    row = error("INVALID_DATA") | {"details": details}
    zoho.put(LIST).respond(207, json={"data": [good("11"), row, good("13")]})
    assert link(door)[1].index == index


@pytest.mark.parametrize(
    "rows",
    [
        [good("11"), bad("12"), good("13")],
        [good("13"), bad("12"), good("11")],
        [good(11), bad("12"), good(13)],
        [good(None), bad(None), good(None)],
        [good("11"), bad(None), good("13")],
        [good("11"), bad("99"), good("13")],
    ],
    ids=["in order", "shuffled", "numbers", "without ids", "the refused one without", "of an id nobody sent"],
)
def test_rows_find_their_change_by_id_or_else_by_place(
    door: Door, zoho: respx.MockRouter, rows: list[Any]
) -> None:
    zoho.put(LIST).respond(207, json={"data": rows})
    assert [outcome.status for outcome in link(door)] == ["applied", "refused", "applied"]


def test_a_row_that_the_answer_leaves_out_is_unknown(door: Door, zoho: respx.MockRouter) -> None:
    zoho.put(LIST).respond(207, json={"data": [good("11"), good("13")]})
    assert [outcome.status for outcome in link(door)] == ["applied", "unknown", "applied"]


def test_places_mean_nothing_in_an_answer_that_is_too_short(door: Door, zoho: respx.MockRouter) -> None:
    zoho.put(LIST).respond(207, json={"data": [bad(None)]})
    assert [outcome.status for outcome in link(door)] == ["unknown", "unknown", "unknown"]


def test_a_refused_row_says_which_field(door: Door, zoho: respx.MockRouter) -> None:
    row = bad(None, "MANDATORY_NOT_FOUND", api_name="Member_Status", json_path="$.data[0].Member_Status")
    zoho.put(LIST).respond(400, json={"data": [row, row, row]})
    assert link(door)[0] == Outcome(
        "refused",
        "MANDATORY_NOT_FOUND",
        "the related id given seems to be invalid (Member_Status, $.data[0].Member_Status)",
    )


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"data": []}', b'{"data": null}', b"{}", b'"ok"'])
@pytest.mark.parametrize("status", [200, 202, 204, 302])
def test_a_write_whose_answer_says_nothing_of_its_rows_is_lost(
    door: Door, zoho: respx.MockRouter, status: int, body: bytes
) -> None:
    route = zoho.put(LIST).respond(status, content=body)
    with pytest.raises(AnswerLost):
        link(door)
    assert route.call_count == 1


@pytest.mark.parametrize(
    "rows", [["x", None, 3], [{}, {}, {}], [{"details": None}] * 3, [{"details": []}] * 3]
)
def test_rows_of_any_shape_are_no_success(door: Door, zoho: respx.MockRouter, rows: list[Any]) -> None:
    zoho.put(LIST).respond(200, json={"data": rows})
    assert {outcome.status for outcome in link(door)} <= {"unknown", "refused"}


def test_a_refusal_of_the_whole_request_under_200_is_one(door: Door, zoho: respx.MockRouter) -> None:
    zoho.put(LIST).respond(200, json=error("INVALID_MODULE"))
    with pytest.raises(RequestRefused, match="INVALID_MODULE"):
        link(door)


def test_rows_under_an_error_status_are_no_rows_of_a_list(door: Door, zoho: respx.MockRouter) -> None:
    zoho.get(LIST).respond(400, json={"data": [bad("12")]})
    with pytest.raises(RequestRefused, match="INVALID_DATA") as caught:
        door.run(lambda crm: crm.rows("Campaigns", "5", "Leads", ["Email"], ["12"]))
    assert caught.value.exit_code == 4
