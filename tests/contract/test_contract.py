"""What Zoho's documentation promises of the calls that zsync makes, each case under the page it comes from."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from .conftest import Tried, checked

V7 = "https://www.zoho.com/crm/developer/docs/api/v7"
V8 = "https://www.zoho.com/crm/developer/docs/api/v8"
MEMBERS, PRICES = "/Campaigns/{campaign}/Leads", "/Price_Books/{price_book}/Products"
LINKS = [
    (MEMBERS, "lead", {"Member_Status": "Sent"}, {"Member_Status": "Responded"}),
    ("/Leads/{lead}/Campaigns", "campaign", {"Member_Status": "Sent"}, {"Member_Status": "Responded"}),
    (PRICES, "product", {"list_price": 50.56}, {"list_price": 49.9}),
    ("/Products/{product}/Price_Books", "price_book", {"list_price": 50.56}, {"list_price": 49.9}),
]

READS = [
    (f"{V7}/get-org-data.html", "GET", "/org", None, {}, "org"),
    (f"{V7}/modules-api.html", "GET", "/settings/modules", None, {}, "modules"),
    (f"{V7}/field-meta.html", "GET", "/settings/fields", None, {"module": "Leads"}, "fields"),
    (f"{V7}/related-list-meta.html", "GET", "/settings/related_lists", None, {"module": "Campaigns"}, "related_lists"),
    (f"{V7}/get-records.html", "GET", "/Leads", None, {"fields": "Email", "per_page": 2}, "records"),
    (f"{V7}/get-records.html", "GET", "/Leads/{lead}", None, {}, "record"),
    (f"{V7}/COQL-Overview.html", "POST", "/coql", {"select_query": "select id, Email from Leads where id is not null limit 2"}, {}, "coql"),
]  # fmt: skip

REFUSALS: list[tuple[str, str, str, Any, dict[str, Any], str, dict[str, Any]]] = [
    (f"{V7}/get-related-records.html", "GET", MEMBERS, None, {}, "REQUIRED_PARAM_MISSING", {"param_name": "fields"}),
    (f"{V7}/get-related-records.html", "GET", "/Campaigns/{campaign}/Nothings", None, {"fields": "id"}, "INVALID_DATA", {"resource_path_index": 2}),
    (f"{V7}/get-related-records.html", "GET", "/Campaigns/1/Leads", None, {"fields": "id"}, "INVALID_DATA", {"resource_path_index": 1}),
    (f"{V7}/get-related-records.html", "GET", "/Nothings/1/Leads", None, {"fields": "id"}, "INVALID_MODULE", {"resource_path_index": 0}),
    (f"{V7}/get-related-records.html", "GET", MEMBERS, None, {"fields": "id", "page": 11, "per_page": 200}, "DISCRETE_PAGINATION_LIMIT_EXCEEDED", {"limit": 2000}),
    (f"{V7}/update-related-records.html", "PUT", MEMBERS, {}, {}, "MANDATORY_NOT_FOUND", {"api_name": "data", "json_path": "$.data"}),
    (f"{V7}/delink-related-records.html", "DELETE", MEMBERS, None, {"ids": "x"}, "UNABLE_TO_PARSE_DATA_TYPE", {}),
    (f"{V7}/related-list-meta.html", "GET", "/settings/related_lists", None, {}, "REQUIRED_PARAM_MISSING", {"param_name": "module"}),
]  # fmt: skip


def names(cases: list[Any]) -> list[str]:
    return [f"{case[0].rpartition('/')[2]}-{at}" for at, case in enumerate(cases)]


@pytest.mark.parametrize(("page", "method", "path", "body", "query", "schema"), READS, ids=names(READS))
def test_a_read_is_answered_as_its_page_shows(
    crm: Tried, page: str, method: str, path: str, body: Any, query: dict[str, Any], schema: str
) -> None:
    answer = crm.ask(method, path, body, **query)
    assert answer.status_code == 200, page
    checked(answer.json(), schema)


@pytest.mark.parametrize(
    ("page", "method", "path", "body", "query", "code", "details"), REFUSALS, ids=names(REFUSALS)
)
def test_a_request_that_will_not_do_is_refused_as_its_page_says(
    crm: Tried, page: str, method: str, path: str, body: Any, query: dict[str, Any], code: str, details: dict[str, Any]
) -> None:  # fmt: skip
    answer = crm.ask(method, path, body, **query)
    assert answer.status_code in (400, 404), page
    refusal = checked(answer.json(), "error")
    assert refusal["code"] == code, page
    assert refusal["details"].items() >= details.items(), page


@pytest.mark.parametrize("auth", [{}, {"Authorization": "Zoho-oauthtoken 1000.no.good"}])
def test_without_a_good_token_there_is_a_401(crm: Tried, auth: dict[str, str]) -> None:
    """https://www.zoho.com/crm/developer/docs/api/v8/status-codes.html"""
    answer = httpx.get(str(crm.client.base_url.join("org")), headers=auth)
    assert answer.status_code == 401
    assert checked(answer.json(), "error")["code"] in ("AUTHENTICATION_FAILURE", "INVALID_TOKEN")


@pytest.fixture(params=LINKS, ids=[path.split("/")[1] + "-" + path.split("/")[3] for path, *_ in LINKS])
def link(
    crm: Tried, request: pytest.FixtureRequest
) -> Iterator[tuple[str, str, dict[str, Any], dict[str, Any]]]:
    """A relation that does not exist, and does not when the test is over."""
    path, related, first, second = request.param
    related_id = crm.ids[related]
    there = crm.ask("GET", f"{path}/{related_id}", fields="id")
    assert there.status_code == 204, (
        f"{path.format(**crm.ids)}/{related_id} is related already: choose other records"
    )
    yield path, related_id, first, second
    crm.ask("DELETE", path, ids=related_id)


def test_a_relation_is_added_read_changed_and_removed(
    crm: Tried, link: tuple[str, str, dict[str, Any], dict[str, Any]]
) -> None:
    """https://www.zoho.com/crm/developer/docs/api/v7/update-related-records.html and …/delink-related-records.html"""
    path, related_id, first, second = link
    added = crm.ask("PUT", path, {"data": [{"id": related_id, **first}]})
    assert (added.status_code, row(added)) == (200, ("SUCCESS", "relation added"))
    changed = crm.ask("PUT", path, {"data": [{"id": related_id, **second}]})
    assert (changed.status_code, row(changed)) == (200, ("SUCCESS", "relation updated"))
    page = checked(crm.ask("GET", path, fields=f"id,{next(iter(second))}", ids=related_id).json(), "records")
    assert {**page["data"][0], **page["data"][0].get("$member_info", {})}.items() >= second.items()
    removed = crm.ask("DELETE", path, ids=related_id)
    assert (removed.status_code, row(removed)) == (200, ("SUCCESS", "relation removed"))
    assert crm.ask("GET", f"{path}/{related_id}", fields="id").status_code == 204


def test_one_good_row_among_bad_ones_is_a_207(
    crm: Tried, link: tuple[str, str, dict[str, Any], dict[str, Any]]
) -> None:
    """https://www.zoho.com/crm/developer/docs/api/v8/update-related-records.html"""
    path, related_id, first, _ = link
    answer = crm.ask("PUT", path, {"data": [{"id": "1", **first}, {"id": related_id, **first}]})
    assert answer.status_code == 207
    rows = checked(answer.json(), "rows")["data"]
    assert [each["code"] for each in rows] == ["INVALID_DATA", "SUCCESS"]
    assert rows[1]["details"]["id"] == related_id


def test_all_rows_refused_is_a_400_with_rows(crm: Tried) -> None:
    """https://www.zoho.com/crm/developer/docs/api/v8/update-related-records.html"""
    answer = crm.ask("PUT", MEMBERS, {"data": [{"id": "1"}, {"Member_Status": "Sent"}]})
    assert answer.status_code == 400
    rows = checked(answer.json(), "rows")["data"]
    assert [each["code"] for each in rows] == ["INVALID_DATA", "MANDATORY_NOT_FOUND"]


def test_removing_what_is_not_related_is_not_a_success(
    crm: Tried, link: tuple[str, str, dict[str, Any], dict[str, Any]]
) -> None:
    """https://www.zoho.com/crm/developer/docs/api/v7/delink-related-records.html"""
    path, related_id, *_ = link
    answer = crm.ask("DELETE", path, ids=related_id)
    assert answer.status_code == 400
    assert checked(answer.json(), "rows")["data"][0]["status"] == "error"


def test_the_count_agrees_with_the_list(
    crm: Tried, link: tuple[str, str, dict[str, Any], dict[str, Any]]
) -> None:
    """https://www.zoho.com/crm/developer/docs/api/v8/get-related-records-count.html"""
    path, related_id, first, _ = link
    module, _, name = path.removeprefix("/").split("/")
    lists = crm.ask("GET", "/settings/related_lists", module=module).json()["related_lists"]
    list_id = next(each["id"] for each in lists if each["api_name"] == name)
    body = {"get_related_records_count": [{"related_list": {"api_name": name, "id": list_id}}]}
    before, after = [count(crm, path, body), 0]
    crm.ask("PUT", path, {"data": [{"id": related_id, **first}]})
    after = count(crm, path, body)
    assert after == before + 1


def count(crm: Tried, path: str, body: dict[str, Any]) -> int:
    answer = crm.ask("POST", f"{path.rpartition('/')[0]}/actions/get_related_records_count", body)
    (found,) = checked(answer.json(), "counts")["get_related_records_count"]
    return int((found[0] if isinstance(found, list) else found)["count"])


def row(answer: httpx.Response) -> tuple[str, str]:
    """The one row's code and message."""
    (found,) = checked(answer.json(), "rows")["data"]
    return found["code"], found["message"]
