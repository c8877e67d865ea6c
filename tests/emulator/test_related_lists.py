import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from zsync.emulator import Switches
from zsync.emulator.catalog import KINDS, Kind

Call = Callable[..., httpx.Response]
Make = Callable[..., Call]

RECORDS = {
    "Campaigns": "500",
    "Leads": "301",
    "Contacts": "401",
    "Accounts": "451",
    "Deals": "471",
    "Products": "601",
    "Price_Books": "701",
    "Appointments__s": "801",
    "Services__s": "851",
}
ATTRIBUTE: dict[str, dict[str, Any]] = {
    "member": {"Member_Status": "Invited"},
    "price": {"list_price": 50.5},
    "role": {"Contact_Role": {"name": "Decision Maker", "id": "3652397000000006871"}},
    "none": {},
}
MEMBERS = "/Campaigns/500/Leads"


def _put(call: Call, path: str, *rows: object) -> httpx.Response:
    return call("PUT", path, {"data": list(rows)})


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
@pytest.mark.parametrize("from_a", [True, False], ids=["from a", "from b"])
def test_a_relation_written_from_one_side_is_read_and_removed_from_the_other(
    crm_with: Make, kind: Kind, from_a: bool
) -> None:
    call = crm_with(Switches(member_status_on_read="flat"))
    here, there = (kind.a, kind.b) if from_a else (kind.b, kind.a)
    listed, across = (kind.listed("a"), kind.listed("b")) if from_a else (kind.listed("b"), kind.listed("a"))
    one, other = f"/{here}/{RECORDS[here]}/{listed}", f"/{there}/{RECORDS[there]}/{across}"
    call("DELETE", f"{one}/{RECORDS[there]}")
    row = ATTRIBUTE[kind.attribute]
    assert _put(call, f"{one}/{RECORDS[there]}", row).json()["data"][0]["message"] == "relation added"
    seen = call("GET", f"{other}/{RECORDS[here]}", fields="id,Member_Status,list_price,Contact_Role").json()[
        "data"
    ][0]
    assert {name: seen[name] for name in row} == row
    assert seen["id"] == RECORDS[here]
    assert call("DELETE", f"{other}/{RECORDS[here]}").json()["data"][0]["message"] == "relation removed"
    assert call("GET", f"{one}/{RECORDS[there]}", fields="id").status_code == 204


DEAL = "/Deals/471/Contact_Roles"


@pytest.mark.parametrize(
    ("role", "told"),
    [
        ("Decision Maker", "Decision Maker"),
        ({"name": "Purchasing"}, "Purchasing"),
        ({"id": "3652397000000006872"}, "Purchasing"),
        ({"id": 3652397000000006872, "name": "Purchasing"}, "Purchasing"),
    ],
)
def test_a_role_is_given_by_its_name_or_its_id(call: Call, role: object, told: str) -> None:
    assert call("PUT", f"{DEAL}/401", {"data": [{"Contact_Role": role}]}).status_code == 200
    row = call("GET", DEAL, fields="Contact_Role").json()["data"][0]
    assert (row["id"], row["Contact_Role"]["name"]) == ("401", told)
    roles = call("GET", "/Contacts/roles").json()["contact_roles"]
    assert row["Contact_Role"]["id"] in [each["id"] for each in roles if each["name"] == told]


@pytest.mark.parametrize(
    ("method", "path", "rows", "code"),
    [
        ("PUT", DEAL, [{"id": "401", "Contact_Role": "Purchasing"}], "INVALID_REQUEST_METHOD"),
        ("DELETE", f"{DEAL}?ids=401", None, "INVALID_REQUEST_METHOD"),
        ("PUT", f"{DEAL}/401", [{"Contact_Role": "Purchaser"}], "INVALID_DATA"),
        ("PUT", f"{DEAL}/401", [{"Contact_Role": 7}], "INVALID_DATA"),
        ("PUT", f"{DEAL}/401", [{"id": "401"}], "MANDATORY_NOT_FOUND"),
    ],
)
def test_roles_are_written_one_by_one_and_only_those_that_there_are(
    call: Call, method: str, path: str, rows: list[object] | None, code: str
) -> None:
    answer = call(method, path, {"data": rows} if rows else None).json()
    assert (answer.get("data") or [answer])[0]["code"] == code


def test_a_member_shows_its_status_under_member_info_with_the_memberships_own_id(call: Call) -> None:
    row = call("GET", MEMBERS, fields="Email,Member_Status").json()["data"][0]
    assert row["Email"] == "ana@acme.example"
    assert "Member_Status" not in row
    assert row["$member_info"].keys() == {"Member_Status", "id", "Created_Time", "Modified_Time"}
    assert row["$member_info"]["Member_Status"] == "Sent"
    assert row["$member_info"]["id"] != row["id"] == "301"


def test_a_status_that_was_not_asked_for_is_not_told(call: Call) -> None:
    row = call("GET", MEMBERS, fields="Email").json()["data"][0]
    assert row["$member_info"].keys() == {"id", "Created_Time", "Modified_Time"}


@pytest.mark.parametrize(
    ("where", "flat", "nested"),
    [("nested", None, "Sent"), ("flat", "Sent", None), ("both", "Sent", "Sent"), ("absent", None, None)],
)
def test_a_switch_decides_where_the_status_stands(
    crm_with: Make, where: str, flat: str | None, nested: str | None
) -> None:
    call = crm_with(Switches(member_status_on_read=where))  # type: ignore[arg-type]
    row = call("GET", MEMBERS, fields="Email,Member_Status").json()["data"][0]
    assert (row.get("Member_Status"), row["$member_info"].get("Member_Status")) == (flat, nested)


def test_rows_are_answered_in_order_and_a_refused_one_does_not_stop_the_others(call: Call) -> None:
    rows = [
        {"id": 302, "Member_Status": "Sent"},
        {"id": "999"},
        {"id": "301", "Member_Status": "Nonsense"},
        {},
        7,
    ]
    answer = _put(call, MEMBERS, *rows, {"id": "302"})
    assert answer.status_code == 207
    shown = [(row["code"], row["details"]) for row in answer.json()["data"]]
    at = "$.data[{}].{}".format
    assert shown == [
        ("SUCCESS", {"id": "302"}),
        ("INVALID_DATA", {"id": "999"}),
        ("INVALID_DATA", {"api_name": "Member_Status", "json_path": at(2, "Member_Status")}),
        ("MANDATORY_NOT_FOUND", {"api_name": "id", "json_path": at(3, "id")}),
        ("INVALID_DATA", {"expected_data_type": "jsonobject", "json_path": "$.data[4]"}),
        ("DUPLICATE_DATA", {"id": "302", "json_path": at(5, "id")}),
    ]


def test_writing_again_updates_and_says_so(call: Call) -> None:
    answer = _put(call, MEMBERS, {"id": "301", "Member_Status": "Opened"})
    assert answer.json()["data"][0]["message"] == "relation updated"
    assert call("GET", "/Leads/301/Campaigns", fields="Member_Status").json()["info"]["count"] == 1


def test_when_every_row_is_refused_the_status_is_400_and_the_rows_are_still_there(call: Call) -> None:
    answer = _put(call, MEMBERS, {"id": "998"}, {"id": "401"})
    assert answer.status_code == 400
    assert [row["details"] for row in answer.json()["data"]] == [{"id": "998"}, {"id": "401"}]


def test_an_id_beyond_a_floats_reach_survives_as_a_json_number(crm_with: Make) -> None:
    call = crm_with(
        world={"records": {"Campaigns": [{"id": "500"}], "Leads": [{"id": "3652397000000300449"}]}}
    )
    answer = call("PUT", MEMBERS, b'{"data":[{"id":3652397000000300449}]}')
    assert answer.json()["data"][0]["details"] == {"id": "3652397000000300449"}


def test_a_price_comes_back_digit_for_digit(call: Call) -> None:
    call("PUT", "/Products/601/Price_Books", b'{"data":[{"id":"701","list_price":0.10}]}')
    assert '"list_price":0.10}' in call("GET", "/Price_Books/701/Products", fields="list_price").text


def test_a_bulk_delink_answers_each_id(call: Call) -> None:
    answer = call("DELETE", MEMBERS, ids="301,302")
    assert answer.status_code == 207
    assert [row["code"] for row in answer.json()["data"]] == ["SUCCESS", "INVALID_DATA"]
    assert call("DELETE", MEMBERS, ids="301,302").status_code == 400


def test_converted_leads_hide_unless_asked_for(call: Call) -> None:
    def found(**query: str) -> list[str]:
        answer = call("GET", MEMBERS, fields="id", **query)
        return [row["id"] for row in answer.json()["data"]]

    assert found() == ["301"]
    assert found(converted="true") == ["309"]
    assert found(converted="both") == ["309", "301"]


def test_the_ids_parameter_narrows_a_list(call: Call) -> None:
    _put(call, MEMBERS, {"id": "302"}, {"id": "303"})
    rows = call("GET", MEMBERS, fields="Email", ids="303,301,998").json()["data"]
    assert [row["id"] for row in rows] == ["303", "301"]


@pytest.mark.parametrize(("put", "after"), [("reset", "Planned"), ("keep", "Sent")])
def test_an_omitted_status_is_reset_or_kept_by_switch(crm_with: Make, put: str, after: str) -> None:
    call = crm_with(Switches(put_omitted_attr=put, member_status_on_read="flat"))  # type: ignore[arg-type]
    _put(call, MEMBERS, {"id": "301"})
    assert call("GET", MEMBERS, fields="Member_Status").json()["data"][0]["Member_Status"] == after


@pytest.mark.parametrize(("added", "status"), [("first", "Planned"), ("empty", None)])
def test_who_is_added_without_a_status_has_the_first_one_or_none(
    crm_with: Make, added: str, status: str | None
) -> None:
    call = crm_with(Switches(added_status=added, member_status_on_read="flat"))  # type: ignore[arg-type]
    assert _put(call, MEMBERS, {"id": "302"}).status_code == 200
    rows = call("GET", MEMBERS, fields="Member_Status", ids="302").json()["data"]
    assert rows[0]["Member_Status"] == status


@pytest.mark.parametrize("status", [400, 207, 200])
def test_where_every_row_is_refused_the_status_is_the_switchs_and_the_rows_are_there(
    crm_with: Make, status: int
) -> None:
    call = crm_with(Switches(all_refused_status=status))  # type: ignore[arg-type]
    for answer in (_put(call, MEMBERS, {"id": "998"}), call("DELETE", MEMBERS, ids="998")):
        assert (answer.status_code, answer.json()["data"][0]["code"]) == (status, "INVALID_DATA")


def test_a_custom_member_field_is_written_flat_and_read_nested(crm_with: Make) -> None:
    world = {
        "member_fields": {"Seat": {}, "Member_Status": {"values": ["Booked", "Seated"]}},
        "records": {"Campaigns": [{"id": "500"}], "Contacts": [{"id": "401"}]},
    }
    call = crm_with(world=world)
    assert _put(call, "/Campaigns/500/Contacts", {"id": "401", "Seat": "B 12"}).status_code == 200
    info = call("GET", "/Contacts/401/Campaigns", fields="Seat,Member_Status").json()["data"][0][
        "$member_info"
    ]
    assert (info["Seat"], info["Member_Status"]) == ("B 12", "Booked")


@pytest.mark.parametrize(
    ("where", "row"),
    [
        ("nested", {"$member_info": {"Member_Status": "Planned"}}),
        ("flat", {"$member_info": {}, "Member_Status": "Planned"}),
    ],
)
def test_a_row_can_leave_out_what_is_empty(crm_with: Make, where: str, row: dict[str, object]) -> None:
    world = {
        "member_fields": {"Seat": {}, "Hall": {}},
        "records": {"Campaigns": [{"id": "500"}], "Leads": [{"id": "301"}]},
        "relations": {"Campaigns/500/Leads": [{"id": "301"}]},
    }
    call = crm_with(Switches(empty_attr="left_out", member_status_on_read=where), world=world)  # type: ignore[arg-type]
    (found,) = call("GET", MEMBERS, fields="Hall,Member_Status,Seat").json()["data"]
    for name in ("id", "Created_Time", "Modified_Time"):
        del found["$member_info"][name]
    assert found == {"id": "301", **row}


def test_an_empty_price_can_be_left_out(crm_with: Make) -> None:
    call = crm_with(Switches(empty_attr="left_out", null_attr="clear"))
    _put(call, "/Price_Books/701/Products", {"id": "601", "list_price": None})
    assert call("GET", "/Price_Books/701/Products", fields="list_price").json()["data"] == [{"id": "601"}]


def test_member_info_can_hold_what_nobody_asked_for(crm_with: Make) -> None:
    call = crm_with(Switches(member_info="all"))
    row = call("GET", MEMBERS, fields="id").json()["data"][0]
    assert row["$member_info"]["Member_Status"] == "Sent"


def test_a_trigger_beside_the_rows_is_refused_and_nothing_is_written(call: Call) -> None:
    answer = call("PUT", MEMBERS, {"data": [{"id": "302"}], "trigger": []})
    assert (answer.status_code, answer.json()["details"]["json_path"]) == (400, "$.trigger")
    assert call("GET", f"{MEMBERS}/302", fields="id").status_code == 204


# https://www.zoho.com/crm/developer/docs/api/v7/update-related-records.html
SAMPLE = b"""{
    "data": [
        {
            "id": "3652397000000327001",
            "Member_Status": "Active"
        },
        {
            "id": "3652397000001854001",
            "Member_Status": "Planning"
        }
    ]
}"""
ANSWER = """{
    "data": [
        {
            "code": "SUCCESS",
            "details": {
                "id": "3652397000000327001"
            },
            "message": "relation added",
            "status": "success"
        },
        {
            "code": "SUCCESS",
            "details": {
                "id": "3652397000001854001"
            },
            "message": "relation added",
            "status": "success"
        }
    ]
}"""


@pytest.mark.parametrize("version", ["v7", "v8"])
def test_the_sample_of_zohos_page_gets_the_answer_of_that_page(crm_with: Make, version: str) -> None:
    ids = ("3652397000000327001", "3652397000001854001")
    records = {"Leads": [{"id": "3652397000001649013"}], "Campaigns": [{"id": each} for each in ids]}
    call = crm_with(world={"records": records})
    answer = call("PUT", "/Leads/3652397000001649013/Campaigns", SAMPLE, version=version)
    assert (answer.status_code, json.dumps(answer.json(), indent=4)) == (200, ANSWER)
    rows = call("GET", "/Leads/3652397000001649013/Campaigns", fields="Member_Status").json()["data"]
    assert [row["$member_info"]["Member_Status"] for row in rows] == ["Planning", "Active"]


def test_version_2_reads_without_fields_and_later_ones_do_not(call: Call) -> None:
    assert call("GET", MEMBERS, version="v2").json()["data"][0]["Email"] == "ana@acme.example"
    assert call("GET", MEMBERS, version="v3").json()["code"] == "REQUIRED_PARAM_MISSING"


def test_the_count_needs_the_lists_own_id(call: Call) -> None:
    lists = call("GET", "/settings/related_lists", module="Campaigns").json()["related_lists"]
    asked = [{"related_list": {"id": each["id"]}} for each in lists]
    answer = call(
        "POST", "/Campaigns/500/actions/get_related_records_count", {"get_related_records_count": asked}
    )
    rows = answer.json()["get_related_records_count"][0]
    assert [(row["related_list"]["api_name"], row["count"]) for row in rows] == [
        ("Leads", 1),
        ("Contacts", 0),
    ]


def test_a_fresh_relation_can_lag_behind(crm_with: Make) -> None:
    call = crm_with(Switches(read_after_write_lag_ms=60_000))
    _put(call, MEMBERS, {"id": "302"})
    assert call("GET", f"{MEMBERS}/302", fields="id").status_code == 204


def test_a_single_put_takes_its_id_from_the_path(call: Call) -> None:
    answer = _put(call, f"{MEMBERS}/302", {"Member_Status": "Invited"})
    assert (answer.status_code, answer.json()["data"][0]["details"]) == (200, {"id": "302"})
    refused = _put(call, f"{MEMBERS}/999", {"Member_Status": "Invited"})
    assert (refused.status_code, refused.json()["data"][0]["details"]) == (400, {"id": "999"})


@pytest.mark.parametrize("path", ["/Leads/301/Notes", "/Accounts/451/Contacts", "/Leads/301/Notes/401"])
def test_a_list_that_cannot_be_written_can_still_be_read(call: Call, path: str) -> None:
    assert call("GET", path, fields="id").status_code == 204
    assert _put(call, path, {"id": "401"}).json()["code"] == "INVALID_MODULE"


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ([], "MANDATORY_NOT_FOUND"),
        ([{}], "MANDATORY_NOT_FOUND"),
        ([{"related_list": {"id": "1"}}], "INVALID_DATA"),
        ([{"related_list": {"id": "1"}}] * 21, "LIMIT_EXCEEDED"),
    ],
)
def test_a_count_that_asks_wrongly_is_refused(call: Call, asked: list[Any], code: str) -> None:
    body = {"get_related_records_count": asked}
    answer = call("POST", "/Campaigns/500/actions/get_related_records_count", body)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_the_count_came_with_version_8(call: Call) -> None:
    body: dict[str, list[Any]] = {"get_related_records_count": []}
    answer = call("POST", "/Campaigns/500/actions/get_related_records_count", body, version="v7")
    assert (answer.json()["code"], answer.json()["details"]) == (
        "API_NOT_SUPPORTED",
        {"supported_version": 8},
    )


@pytest.mark.parametrize("answers", ["request", "named"])
@pytest.mark.parametrize("bad", [{"id": "999"}, {"id": "302", "Member_Status": 7}, {}])
def test_one_bad_row_may_refuse_the_whole_request_and_nothing_is_stored(
    crm_with: Make, answers: Any, bad: dict[str, Any]
) -> None:
    call = crm_with(Switches(bad_row=answers))
    answer = _put(call, MEMBERS, {"id": "303"}, bad)
    assert answer.status_code == 400
    assert ("json_path" in answer.json()["details"]) == (answers == "named")
    assert answer.json()["details"].get("json_path", "$.data[1]").startswith("$.data[1]")
    assert call("GET", MEMBERS, fields="id", ids="303").status_code == 204
    assert _put(call, MEMBERS, {"id": "303"}).status_code == 200


def test_a_request_for_one_record_answers_with_its_row_even_then(crm_with: Make) -> None:
    call = crm_with(Switches(bad_row="request"))
    for answer in (_put(call, f"{MEMBERS}/999", {}), call("DELETE", f"{MEMBERS}/302")):
        assert (answer.status_code, answer.json()["data"][0]["code"]) == (400, "INVALID_DATA")
    assert call("DELETE", MEMBERS, ids="301,302").json()["code"] == "INVALID_DATA"
    assert call("GET", MEMBERS, fields="id", ids="301").status_code == 200
