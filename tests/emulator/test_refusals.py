"""Each refusal that Zoho documents for these requests: status, code, message and details."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from zsync.emulator import Switches
from zsync.emulator.errors import DOCUMENTED, ZohoError
from zsync.emulator.org import Org, Refusal

Call = Callable[..., httpx.Response]
Make = Callable[..., Call]

LIST = "/Campaigns/500/Leads"
BAD_ID = "the related id given seems to be invalid"
ROWS_101 = {"data": [{"id": str(number)} for number in range(101)]}
DATA = {"api_name": "data", "json_path": "$.data"}

CASES: list[tuple[str, str, Any, dict[str, Any], int, str, str, dict[str, Any]]] = [
    ("GET", "/Nope/500/Leads", None, {"fields": "id"}, 400, "INVALID_MODULE", "the module name given seems to be invalid", {"resource_path_index": 0}),
    ("GET", "/Projects/500/Leads", None, {"fields": "id"}, 400, "INVALID_MODULE", "the given module is not supported in API", {"resource_path_index": 0}),
    ("PUT", "/Accounts/451/Contacts", {"data": [{"id": "401"}]}, {}, 400, "INVALID_MODULE", "the module name given seems to be invalid", {"resource_path_index": 0}),
    ("GET", "/Campaigns/999/Leads", None, {"fields": "id"}, 400, "INVALID_DATA", BAD_ID, {"resource_path_index": 1}),
    ("PUT", "/Campaigns/3.65E+18/Leads", {"data": [{"id": "301"}]}, {}, 400, "INVALID_DATA", BAD_ID, {"resource_path_index": 1}),
    ("GET", "/Campaigns/500/Nope", None, {"fields": "id"}, 400, "INVALID_DATA", "the relation name given seems to be invalid", {"resource_path_index": 2}),
    ("GET", "/Campaigns/500/leads", None, {"fields": "id"}, 400, "INVALID_DATA", "the relation name given seems to be invalid", {"resource_path_index": 2}),
    ("GET", LIST, None, {}, 400, "REQUIRED_PARAM_MISSING", "One of the expected parameter is missing", {"param_name": "fields"}),
    ("GET", LIST, None, {"fields": ",".join("abcdefghijklmnopqrstuvwxyz" * 2)}, 400, "LIMIT_EXCEEDED", "limit exceeded", {"limit": "50", "param_name": "fields"}),
    ("PUT", LIST, ROWS_101, {}, 400, "LIMIT_EXCEEDED", "limit exceeded", {"limit": "100", **DATA}),
    ("PUT", LIST, {}, {}, 400, "MANDATORY_NOT_FOUND", "required field not found", DATA),
    ("PUT", LIST, {"data": []}, {}, 400, "MANDATORY_NOT_FOUND", "required field not found", DATA),
    ("PUT", LIST, {"data": {}}, {}, 400, "INVALID_DATA", "invalid data", {"expected_data_type": "jsonarray", **DATA}),
    ("PUT", LIST, b"{", {}, 400, "UNABLE_TO_PARSE_DATA_TYPE", "either the request body or parameters is in wrong format", {}),
    ("DELETE", LIST, None, {"ids": "301,x"}, 400, "UNABLE_TO_PARSE_DATA_TYPE", "either the request body or parameters is in wrong format", {"param_name": "ids"}),
    ("DELETE", LIST, None, {"ids": ",".join(["301"] * 101)}, 400, "LIMIT_EXCEEDED", "limit exceeded", {"limit": "100", "param_name": "ids"}),
    ("DELETE", LIST, None, {"ids": ",".join(["1" * 20] * 100)}, 400, "INVALID_DATA", "invalid data", {"param_name": "ids", "maximum_length": 2000}),
    ("DELETE", LIST, None, {}, 400, "REQUIRED_PARAM_MISSING", "One of the expected parameter is missing", {"param_name": "ids"}),
    ("PATCH", LIST, {}, {}, 400, "INVALID_REQUEST_METHOD", "The http request method type is not a valid one", {}),
    ("GET", "/Campaigns/500/Leads/301/more", None, {}, 404, "INVALID_URL_PATTERN", "Please check if the URL trying to access is a correct one", {}),
    ("GET", "/Campaigns/500/Leads/", None, {}, 404, "INVALID_URL_PATTERN", "Please check if the URL trying to access is a correct one", {}),
    ("GET", "/settings/fields", None, {"module": "Nope"}, 400, "INVALID_MODULE", "the module name given seems to be invalid", {"param_name": "module"}),
    ("GET", "/settings/related_lists", None, {}, 400, "REQUIRED_PARAM_MISSING", "One of the expected parameter is missing", {"param_name": "module", "param": "module"}),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "body", "query", "status", "code", "message", "details"), CASES)
def test_a_refusal_has_the_documented_status_and_body(
    call: Call, method: str, path: str, body: Any, query: dict[str, Any], status: int, code: str, message: str, details: Any
) -> None:  # fmt: skip
    answer = call(method, path, body, **query)
    assert answer.status_code == status
    assert answer.json() == {"code": code, "details": details, "message": message, "status": "error"}


@pytest.mark.parametrize(
    ("auth", "code"),
    [
        (None, "AUTHENTICATION_FAILURE"),
        ("Zoho-oauthtoken wrong", "INVALID_TOKEN"),
        ("Bearer wrong", "INVALID_TOKEN"),
    ],
)
def test_without_a_good_token_nothing_is_told(call: Call, auth: str | None, code: str) -> None:
    answer = call("GET", "/Nope/1/Leads", auth=auth)
    assert (answer.status_code, answer.json()["code"]) == (401, code)


def test_a_version_that_never_was_is_an_unknown_url(call: Call) -> None:
    answer = call("GET", "/org", version="v9")
    assert (answer.status_code, answer.json()["code"]) == (404, "INVALID_URL_PATTERN")


@pytest.mark.parametrize("version", ["v2", "v2.1", "v3", "v4", "v5", "v6", "v7", "v8"])
def test_every_version_from_2_to_8_answers(call: Call, version: str) -> None:
    assert call("GET", "/org", version=version).json()["org"][0]["type"] == "sandbox"


@pytest.mark.parametrize(
    ("scope", "put"),
    [
        ("ZohoCRM.modules.ALL", 200),
        ("ZohoCRM.modules.leads.UPDATE", 401),
        ("ZohoCRM.modules.campaigns.ALL", 200),
        ("ZohoCRM.modules.READ,ZohoCRM.modules.UPDATE", 200),
        ("ZohoCRM.modules.READ", 401),
    ],
)
def test_a_put_needs_the_scope_of_its_module(crm_with: Make, scope: str, put: int) -> None:
    answer = crm_with(Switches(scope=scope))("PUT", LIST, {"data": [{"id": "301"}]})
    assert answer.status_code == put
    assert put == 200 or answer.json()["code"] == "OAUTH_SCOPE_MISMATCH"


def test_a_profile_without_the_permission_may_read_and_not_write(crm_with: Make) -> None:
    call = crm_with(Switches(denied=frozenset({"Campaigns.UPDATE"})))
    answer = call("PUT", LIST, {"data": [{"id": "301"}]})
    assert (answer.status_code, answer.json()["code"], answer.json()["message"]) == (
        403,
        "NO_PERMISSION",
        "permission denied",
    )
    assert call("GET", LIST, fields="id").status_code == 200


@pytest.mark.parametrize("code", sorted(DOCUMENTED))
def test_any_code_can_be_made_the_answer_to_the_next_request(opened: tuple[Org, Call], code: str) -> None:
    org, call = opened
    org.refusals.append(Refusal(ZohoError(code)))
    answer = call("PUT", LIST, {"data": [{"id": "301"}]})
    assert (answer.status_code, answer.json()["code"]) == (DOCUMENTED[code].status, code)
    assert call("GET", "/org").status_code == 200


def test_a_hidden_list_reads_like_an_unknown_one_and_settings_call_it_hidden(crm_with: Make) -> None:
    call = crm_with(Switches(hidden_lists=frozenset({"Campaigns/Leads"})))
    assert call("GET", LIST, fields="id").json()["details"] == {"resource_path_index": 2}
    lists = call("GET", "/settings/related_lists", module="Campaigns").json()["related_lists"]
    assert {each["api_name"]: each["status"] for each in lists} == {
        "Leads": "user_hidden",
        "Contacts": "visible",
    }


@pytest.mark.parametrize(
    ("switches", "method", "path", "body", "status", "code"),
    [
        (
            Switches(parent_not_found_status=404),
            "PUT",
            "/Campaigns/9/Leads",
            {"data": [{}]},
            404,
            "INVALID_DATA",
        ),
        (Switches(over_100_rows="INVALID_DATA"), "PUT", LIST, ROWS_101, 400, "INVALID_DATA"),
        (
            Switches(list_name_case="insensitive"),
            "PUT",
            "/Campaigns/500/leads",
            {"data": [{"id": "301"}]},
            200,
            None,
        ),
    ],
)
def test_what_is_not_known_of_zoho_is_a_switch(
    crm_with: Make, switches: Switches, method: str, path: str, body: Any, status: int, code: str | None
) -> None:
    answer = crm_with(switches)(method, path, body)
    assert (answer.status_code, answer.json().get("code")) == (status, code)


@pytest.mark.parametrize(
    ("switches", "row", "code"),
    [
        (Switches(), {"Member_Status": "New"}, "INVALID_DATA"),
        (Switches(unknown_picklist="accept"), {"Member_Status": "New"}, "SUCCESS"),
        (Switches(), {"Member_Status": None}, "INVALID_DATA"),
        (Switches(null_attr="clear"), {"Member_Status": None}, "SUCCESS"),
        (Switches(), {"Member_Status": 5}, "INVALID_DATA"),
    ],
)
def test_a_members_status_is_checked_as_the_switches_say(
    crm_with: Make, switches: Switches, row: dict[str, Any], code: str
) -> None:
    answer = crm_with(switches)("PUT", LIST, {"data": [{"id": "301", **row}]})
    assert answer.json()["data"][0]["code"] == code


@pytest.mark.parametrize(
    ("how", "status", "code"),
    [("INVALID_DATA", 400, "INVALID_DATA"), ("MANDATORY_NOT_FOUND", 400, "MANDATORY_NOT_FOUND"), ("success", 200, "SUCCESS")],
)  # fmt: skip
def test_removing_what_is_not_related_is_answered_by_switch(
    crm_with: Make, how: str, status: int, code: str
) -> None:
    answer = crm_with(Switches(delete_missing_relation=how))("DELETE", LIST, ids="303")  # type: ignore[arg-type]
    assert (answer.status_code, answer.json()["data"][0]["code"]) == (status, code)


def test_credits_are_told_only_past_half_of_the_day(crm_with: Make) -> None:
    call = crm_with(Switches(daily_credits=4))
    shown = [call("GET", "/org").headers.get("X-API-CREDITS-REMAINING") for _ in range(4)]
    assert shown == [None, None, "1", "0"]


@pytest.mark.parametrize(("sent", "expected"), [(True, "1"), (False, None)])
def test_a_429_says_when_to_come_back_only_by_switch(
    opened: tuple[Org, Call], sent: bool, expected: str | None
) -> None:
    org, call = opened
    org.switches = Switches(retry_after_header=sent)
    org.refusals.append(Refusal(ZohoError("TOO_MANY_REQUESTS")))
    answer = call("GET", "/org")
    assert (answer.status_code, answer.headers.get("Retry-After")) == (429, expected)


def test_a_bug_in_the_crm_is_its_own_500(opened: tuple[Org, Call], caplog: pytest.LogCaptureFixture) -> None:
    org, call = opened
    org.about.pop("user")
    answer = call("GET", "/users")
    assert (answer.status_code, answer.json()["code"]) == (500, "INTERNAL_ERROR")
    assert "GET /crm/v8/users" in caplog.text


def test_a_list_price_must_be_a_number(call: Call) -> None:
    answer = call("PUT", "/Price_Books/701/Products", {"data": [{"id": "601", "list_price": "cheap"}]})
    assert answer.json()["data"][0]["details"]["expected_data_type"] == "double"
