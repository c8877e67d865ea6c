from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from zsync.emulator import Switches
from zsync.emulator.oauth import new_token
from zsync.emulator.org import Org, now
from zsync.emulator.paging import TOKEN_ROWS

Call = Callable[..., httpx.Response]
Make = Callable[..., Call]

MEMBERS = "/Campaigns/500/Leads"


def world_of(leads: int) -> dict[str, Any]:
    relate = [{"list": "Campaigns/500/Leads", "Member_Status": "Sent"}]
    leads_of = {"module": "Leads", "count": leads, "first_id": "1001", "relate": relate}
    return {"records": {"Campaigns": [{"id": "500"}]}, "generate": [leads_of]}


def pages(call: Call, path: str, **query: Any) -> Iterator[dict[str, Any]]:
    token: dict[str, str] = {}
    while True:
        page = call("GET", path, fields="Email", **query, **token).json()
        yield page
        if not page["info"]["more_records"]:
            return
        token = {"page_token": page["info"]["next_page_token"]}


def ids(page: dict[str, Any]) -> list[int]:
    return [int(row["id"]) for row in page["data"]]


@pytest.mark.parametrize("path", [MEMBERS, "/Leads"])
@pytest.mark.parametrize("sort_by", ["id", "Created_Time", "Modified_Time"])
@pytest.mark.parametrize("order", ["asc", "desc"])
def test_tokens_lead_through_every_row_once_and_in_order(
    crm_with: Make, path: str, sort_by: str, order: str
) -> None:
    call = crm_with(world=world_of(450))
    found = [each for page in pages(call, path, sort_by=sort_by, sort_order=order) for each in ids(page)]
    assert found == sorted(range(1001, 1451), reverse=order == "desc")


def test_the_first_pages_info_has_the_documented_keys(crm_with: Make) -> None:
    info = next(pages(crm_with(world=world_of(450)), MEMBERS))["info"]
    token = info.pop("next_page_token")
    assert token
    assert info.pop("page_token_expiry") > "2026"
    assert info == {
        "per_page": 200,
        "count": 200,
        "page": 1,
        "previous_page_token": None,
        "more_records": True,
    }


def test_the_last_pages_info_has_no_next_token(crm_with: Make) -> None:
    info = list(pages(crm_with(world=world_of(450)), MEMBERS))[-1]["info"]
    assert (info["count"], info["page"], info["next_page_token"], info["more_records"]) == (
        50,
        3,
        None,
        False,
    )


def test_a_previous_token_leads_back_to_the_page_before(crm_with: Make) -> None:
    call = crm_with(world=world_of(450))
    first, second, third = pages(call, MEMBERS)
    back = call("GET", MEMBERS, fields="Email", page_token=third["info"]["previous_page_token"]).json()
    again = call("GET", MEMBERS, fields="Email", page_token=back["info"]["previous_page_token"]).json()
    assert (ids(back), ids(again)) == (ids(second), ids(first))


def test_page_numbers_and_tokens_show_the_same_rows(crm_with: Make) -> None:
    call = crm_with(world=world_of(450))
    by_token = [ids(page) for page in pages(call, MEMBERS, per_page=100)]
    by_page = [
        ids(call("GET", MEMBERS, fields="Email", per_page=100, page=each).json()) for each in range(1, 6)
    ]
    assert by_page == by_token


def test_a_page_beyond_the_last_is_empty(crm_with: Make) -> None:
    assert crm_with(world=world_of(450))("GET", MEMBERS, fields="Email", page=4).status_code == 204


def test_page_stops_at_2000_rows_and_tokens_go_on(crm_with: Make) -> None:
    call = crm_with(world=world_of(2_150))
    assert call("GET", MEMBERS, fields="id", page=10).json()["info"]["more_records"] is True
    refused = call("GET", MEMBERS, fields="id", page=11)
    assert (refused.status_code, refused.json()["code"]) == (400, "DISCRETE_PAGINATION_LIMIT_EXCEEDED")
    assert refused.json()["details"] == {"limit": 2000}
    assert sum(page["info"]["count"] for page in pages(call, MEMBERS)) == 2_150


def test_version_2_pages_on_by_number(crm_with: Make) -> None:
    call = crm_with(world=world_of(2_150))
    info = call("GET", MEMBERS, version="v2.1", page=11).json()["info"]
    assert info == {"per_page": 200, "count": 150, "page": 11, "more_records": False}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"fields": "Email", "page": 2}, "AMBIGUITY_DURING_PROCESSING"),
        ({"fields": "Last_Name"}, "TOKEN_BOUND_DATA_MISMATCH"),
        ({"fields": "Email", "per_page": 100}, "TOKEN_BOUND_DATA_MISMATCH"),
        ({"fields": "Email", "sort_order": "asc"}, "TOKEN_BOUND_DATA_MISMATCH"),
        ({"fields": "Email", "page_token": "forged"}, "INVALID_DATA"),
    ],
)
def test_a_token_is_good_only_for_the_request_it_was_made_for(
    crm_with: Make, query: dict[str, Any], code: str
) -> None:
    call = crm_with(world=world_of(450))
    token = next(pages(call, MEMBERS))["info"]["next_page_token"]
    answer = call("GET", MEMBERS, **{"page_token": token, **query})
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_a_token_is_not_good_for_another_list(crm_with: Make) -> None:
    call = crm_with(world=world_of(450))
    token = next(pages(call, MEMBERS))["info"]["next_page_token"]
    assert (
        call("GET", "/Leads", fields="Email", page_token=token).json()["code"] == "TOKEN_BOUND_DATA_MISMATCH"
    )


def test_a_token_lives_a_day(opened: tuple[Org, Call]) -> None:
    org, call = opened
    for number in range(2):
        call("PUT", MEMBERS, {"data": [{"id": str(302 + number)}]})
    token = call("GET", MEMBERS, fields="Email", per_page=1).json()["info"]["next_page_token"]
    tomorrow = now() + timedelta(hours=24, seconds=1)
    org.clock = lambda: tomorrow
    auth = f"Zoho-oauthtoken {new_token(org)['access_token']}"
    answer = call("GET", MEMBERS, auth=auth, fields="Email", per_page=1, page_token=token)
    assert (answer.json()["code"], answer.json()["details"]) == (
        "EXPIRED_VALUE",
        {"param_name": "page_token"},
    )


@pytest.mark.parametrize(
    "query", [{"per_page": 201}, {"per_page": 0}, {"page": "x"}, {"page": -1}, {"sort_by": "Email"}]
)
def test_a_paging_parameter_that_makes_no_sense_is_refused(crm_with: Make, query: dict[str, Any]) -> None:
    answer = crm_with(world=world_of(5))("GET", MEMBERS, fields="Email", **query)
    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_DATA")
    assert answer.json()["details"]["param_name"] in query


def test_rows_that_come_and_go_between_pages_do_not_shift_a_tokens_window(crm_with: Make) -> None:
    call = crm_with(world=world_of(250))
    first = call("GET", MEMBERS, fields="Email").json()
    call("DELETE", MEMBERS, ids=f"{first['data'][0]['id']},{first['data'][1]['id']}")
    rest = call("GET", MEMBERS, fields="Email", page_token=first["info"]["next_page_token"]).json()
    assert ids(rest) == list(range(1050, 1000, -1))


def test_a_token_is_bound_to_the_user_it_was_made_for(opened: tuple[Org, Call]) -> None:
    org, call = opened
    call("PUT", MEMBERS, {"data": [{"id": "302"}]})
    token = call("GET", MEMBERS, fields="Email", per_page=1).json()["info"]["next_page_token"]
    auth = f"Zoho-oauthtoken {new_token(org, user='77')['access_token']}"
    answer = call("GET", MEMBERS, auth=auth, fields="Email", per_page=1, page_token=token)
    expected = (400, "INVALID_DATA", {"param_name": "page_token"})
    assert (answer.status_code, answer.json()["code"], answer.json()["details"]) == expected


@pytest.mark.parametrize(("how", "seen"), [("stable", 450), ("shifting", 448)])
def test_whether_a_tokens_window_shifts_is_a_switch(crm_with: Make, how: str, seen: int) -> None:
    call = crm_with(Switches(page_tokens=how), world=world_of(450))  # type: ignore[arg-type]
    found: set[int] = set()
    for page in pages(call, MEMBERS):
        found |= set(ids(page))
        if page["info"]["page"] == 1:
            call("DELETE", MEMBERS, ids="1450,1449")
    assert len(found) == seen


@pytest.mark.parametrize("most", [2_000, pytest.param(100_000, marks=pytest.mark.nightly)])
def test_beyond_the_most_rows_no_token_leads(
    crm_with: Make, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    assert TOKEN_ROWS == 100_000
    monkeypatch.setattr("zsync.emulator.paging.TOKEN_ROWS", most)
    call = crm_with(world=world_of(most + 1))
    last = {"info": {"next_page_token": None}}
    token = next(pages(call, MEMBERS))["info"]["next_page_token"]
    for _ in range(2, most // 200 + 1):
        last = call("GET", MEMBERS, fields="Email", page_token=token).json()
        token = last["info"]["next_page_token"]
    assert ids(last)[-1] == 1002
    answer = call("GET", MEMBERS, fields="Email", page_token=token)
    expected = (400, "PAGINATION_LIMIT_EXCEEDED", {"limit": most})
    assert (answer.status_code, answer.json()["code"], answer.json()["details"]) == expected
