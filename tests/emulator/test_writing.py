"""Records as other programs write them: n8n's node on v2, with modules in lower case, and whoever keeps an org."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from tests.emulator.conftest import WORLD
from zsync.emulator import Switches

Call = Callable[..., httpx.Response]


def row_of(answer: httpx.Response) -> dict[str, Any]:
    """The one row of an answer."""
    (row,) = answer.json()["data"]
    assert isinstance(row, dict)
    return row


def shown(call: Call, path: str) -> dict[str, Any]:
    """A record, as a read shows it."""
    return row_of(call("GET", path))


def test_a_new_record_tells_who_made_it_and_when(crm_with: Callable[..., Call]) -> None:
    call = crm_with(clock=lambda: datetime(2027, 3, 1, 9, tzinfo=UTC))
    answer = call(
        "POST", "/leads", {"data": [{"Last_Name": "Ngata", "Company": "Acme"}], "trigger": []}, version="v2"
    )
    told = row_of(answer)
    user = {"name": "Ana Ríos", "id": "3652397000000000998"}
    moment = "2027-03-01T09:00:00+00:00"
    assert answer.status_code == 201
    assert told == {
        "code": "SUCCESS",
        "details": {
            "id": told["details"]["id"],
            "Created_Time": moment,
            "Modified_Time": moment,
            "Created_By": user,
            "Modified_By": user,
        },
        "message": "record added",
        "status": "success",
    }
    found = shown(call, f"/Leads/{told['details']['id']}")
    assert (found["Full_Name"], found["Company"]) == ("Ngata", "Acme")


def test_a_change_leaves_other_fields_and_null_clears_one(call: Call) -> None:
    body = {"data": [{"Company": "Orchard", "Email": None}]}
    answer = call("PUT", "/leads/301", body, version="v2")
    assert (answer.status_code, row_of(answer)["message"]) == (200, "record updated")
    found = shown(call, "/Leads/301")
    assert (found["Last_Name"], found["Company"], found["Email"]) == ("O'Neill", "Orchard", None)


def test_rows_of_a_change_are_done_or_refused_each_on_its_own(call: Call) -> None:
    rows = [
        {"id": "301", "Company": "Acme"},
        {"id": "999"},
        {"Company": "Acme"},
        {"id": 302, "Company": "Acme"},
    ]
    answer = call("PUT", "/Leads", {"data": rows})
    assert answer.status_code == 207
    assert [row["code"] for row in answer.json()["data"]] == [
        "SUCCESS",
        "INVALID_DATA",
        "MANDATORY_NOT_FOUND",
        "SUCCESS",
    ]
    assert [shown(call, f"/Leads/{one}")["Company"] for one in ("301", "302", "303")] == [
        "Acme",
        "Acme",
        None,
    ]


def test_a_deleted_record_takes_its_relations_along(call: Call) -> None:
    answer = call("DELETE", "/leads/301", version="v2")
    assert row_of(answer) == {
        "code": "SUCCESS",
        "details": {"id": "301"},
        "message": "record deleted",
        "status": "success",
    }
    assert call("GET", "/Leads/301").status_code == 204
    assert call("GET", "/Campaigns/500/Leads", fields="id").status_code == 204


def test_several_records_are_deleted_by_their_ids(call: Call) -> None:
    answer = call("DELETE", "/Leads", ids="301,999,302")
    assert (answer.status_code, [row["status"] for row in answer.json()["data"]]) == (
        207,
        ["success", "error", "success"],
    )
    assert [row["id"] for row in call("GET", "/Leads", fields="id").json()["data"]] == ["303"]


@pytest.mark.parametrize(
    ("module", "row", "more", "told"),
    [
        ("Leads", {"Last_Name": "X", "Email": "ANA@acme.example"}, {}, ("update", "Email", "301")),
        ("Contacts", {"Last_Name": "X", "Email": "ines@acme.example"}, {}, ("update", "Email", "401")),
        ("Products", {"Product_Name": "Kit"}, {}, ("update", "Product_Name", "601")),
        ("Deals", {"Deal_Name": "Forty kits", "Stage": "Won"}, {}, ("update", "Deal_Name", "471")),
        (
            "Products",
            {"Product_Name": "New", "Product_Code": "KIT-01"},
            {"duplicate_check_fields": ["Product_Name", "Product_Code"]},
            ("update", "Product_Code", "601"),
        ),
        ("Leads", {"Last_Name": "O'Neill"}, {}, ("insert", None, None)),
        ("Contacts", {"Last_Name": "X", "Email": "ana@acme.example"}, {}, ("insert", None, None)),
    ],
)
def test_an_upsert_changes_what_it_duplicates(
    call: Call,
    module: str,
    row: dict[str, Any],
    more: dict[str, Any],
    told: tuple[str, str | None, str | None],
) -> None:
    answer = call("POST", f"/{module}/upsert", {"data": [row], **more})
    found = row_of(answer)
    same = found["details"]["id"] if told[2] is None else told[2]
    assert answer.status_code == 200
    assert (found["action"], found["duplicate_field"], found["details"]["id"]) == (*told[:2], same)
    record = shown(call, f"/{module}/{same}")
    assert {**record, "Email": None} | {**row, "Email": None} == {**record, "Email": None}


@pytest.mark.parametrize("version", ["v2", "v8"])
@pytest.mark.parametrize(
    ("module", "row", "code", "details"),
    [
        ("Leads", {"Company": "Acme"}, "MANDATORY_NOT_FOUND", {"api_name": "Last_Name"}),
        ("Leads", {"Last_Name": ""}, "MANDATORY_NOT_FOUND", {"api_name": "Last_Name"}),
        ("Deals", {"Deal_Name": "Kits"}, "MANDATORY_NOT_FOUND", {"api_name": "Stage"}),
        (
            "Leads",
            {"Last_Name": "Ngata", "Annual_Revenue": "much"},
            "INVALID_DATA",
            {"api_name": "Annual_Revenue", "expected_data_type": "double"},
        ),
        (
            "Deals",
            {"Deal_Name": "Kits", "Stage": "Won", "Account_Name": {"name": "Acme"}},
            "INVALID_DATA",
            {"api_name": "Account_Name", "expected_data_type": "jsonobject"},
        ),
    ],
)
def test_a_bad_row_is_refused_with_its_place(
    call: Call, version: str, module: str, row: dict[str, Any], code: str, details: dict[str, str]
) -> None:
    answer = call("POST", f"/{module}", {"data": [row]}, version=version)
    where = {"json_path": f"$.data[0].{details['api_name']}"}
    # On v2 the refusal comes as an answer of 2xx.
    assert answer.status_code == {"v2": 202, "v8": 400}[version]
    told = row_of(answer)
    assert (told["code"], told["details"], told["status"]) == (code, {**details, **where}, "error")


def test_a_name_cannot_be_emptied(call: Call) -> None:
    answer = call("PUT", "/Leads/301", {"data": [{"Last_Name": None}]})
    assert (answer.status_code, row_of(answer)["code"]) == (400, "INVALID_DATA")
    assert shown(call, "/Leads/301")["Last_Name"] == "O'Neill"


@pytest.mark.parametrize("name", ["Nope", "id", "Full_Name", "Created_Time", "Converted__s"])
def test_what_zoho_does_not_take_is_passed_over(call: Call, name: str) -> None:
    row = {"Last_Name": "Ngata", name: "999"}
    made = row_of(call("POST", "/Leads", {"data": [row]}))["details"]["id"]
    found = shown(call, f"/Leads/{made}")
    assert made != "999"
    assert found.get(name) != "999"
    assert found["Full_Name"] == "Ngata"


def test_a_lookup_takes_an_id_with_or_without_its_object(call: Call) -> None:
    for given in ({"id": "451"}, "451"):
        assert call("PUT", "/Deals/471", {"data": [{"Account_Name": given}]}).status_code == 200
        assert shown(call, "/Deals/471")["Account_Name"] == given


def test_a_record_of_another_module_is_not_found(call: Call) -> None:
    for answer in (
        call("PUT", "/Contacts/301", {"data": [{"Title": "Dr"}]}),
        call("DELETE", "/Contacts/301"),
    ):
        assert row_of(answer)["details"] == {"id": "301"}
        assert row_of(answer)["message"] == "the id given seems to be invalid"
    assert call("GET", "/Leads/301").status_code == 200


def test_a_locked_record_is_neither_changed_nor_deleted(crm_with: Callable[..., Call]) -> None:
    call = crm_with(Switches(barred=frozenset({"301:RECORD_LOCKED"})))
    for method, body in (("PUT", {"data": [{"Company": "Acme"}]}), ("DELETE", None)):
        assert row_of(call(method, "/Leads/301", body))["code"] == "RECORD_LOCKED"
    assert shown(call, "/Leads/301")["Company"] is None


def test_a_converted_lead_is_not_changed(call: Call) -> None:
    assert row_of(call("PUT", "/Leads/309", {"data": [{"Company": "Acme"}]}))["code"] == "CONVERTED_RECORD"


@pytest.mark.parametrize(
    ("operation", "method", "path"),
    [
        ("CREATE", "POST", "/Leads"),
        ("CREATE", "POST", "/Leads/upsert"),
        ("UPDATE", "POST", "/Leads/upsert"),
        ("UPDATE", "PUT", "/Leads/301"),
        ("UPDATE", "PUT", "/Leads"),
        ("DELETE", "DELETE", "/Leads/301"),
        ("DELETE", "DELETE", "/Leads"),
    ],
)
def test_a_profile_may_forbid_each_way_of_writing(
    crm_with: Callable[..., Call], operation: str, method: str, path: str
) -> None:
    body = None if method == "DELETE" else {"data": [{"id": "301", "Last_Name": "X"}]}
    call = crm_with(Switches(denied=frozenset({f"Leads.{operation}"})))
    answer = call(method, path, body, **({"ids": "301"} if method == "DELETE" and path == "/Leads" else {}))
    assert (answer.status_code, answer.json()["code"]) == (403, "NO_PERMISSION")
    assert shown(call, "/Leads/301")["Last_Name"] == "O'Neill"


def test_a_token_to_read_writes_no_record(crm_with: Callable[..., Call]) -> None:
    call = crm_with(Switches(scope="ZohoCRM.modules.READ"))
    writes = [
        call("POST", "/Leads", {"data": [{"Last_Name": "X"}]}),
        call("POST", "/Leads/upsert", {"data": [{"Last_Name": "X"}]}),
        call("PUT", "/Leads/301", {"data": [{"Last_Name": "X"}]}),
        call("DELETE", "/Leads/301"),
    ]
    assert {answer.json()["code"] for answer in writes} == {"OAUTH_SCOPE_MISMATCH"}


def test_more_rows_than_zoho_takes_are_refused_whole(call: Call) -> None:
    rows = [{"Last_Name": f"Lead {n}"} for n in range(101)]
    answer = call("POST", "/Leads", {"data": rows})
    assert (answer.status_code, answer.json()["details"]["maximum_length"]) == (400, 100)
    assert len(call("GET", "/Leads", fields="id").json()["data"]) == 3


@pytest.mark.parametrize("names", ["Email", ["Nope"], [1], [["Email"]]])
def test_an_upsert_checks_only_fields_that_there_are(call: Call, names: object) -> None:
    answer = call("POST", "/Leads/upsert", {"data": [{"Last_Name": "X"}], "duplicate_check_fields": names})
    assert answer.json()["details"]["json_path"] == "$.duplicate_check_fields"


def test_new_records_have_ids_that_no_other_has(call: Call) -> None:
    made = [row_of(call("POST", "/Leads", {"data": [{"Last_Name": "X"}]}))["details"]["id"] for _ in range(3)]
    known = {row["id"] for rows in WORLD["records"].values() for row in rows}
    assert len({*made, *known}) == 3 + len(known)


def test_sections_of_layouts_have_the_names_that_clients_look_for(call: Call) -> None:
    for module, name in (("Deals", "Deal Information"), ("Price_Books", "Price Book Information")):
        (layout,) = call("GET", "/settings/layouts", module=module).json()["layouts"]
        assert [section["api_name"] for section in layout["sections"]] == [name]
