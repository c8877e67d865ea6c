from collections.abc import Callable

import httpx
import pytest

from zsync.emulator import Switches
from zsync.emulator.catalog import KINDS

Call = Callable[..., httpx.Response]
GDPR = {"Unsubscribed_Mode", "Unsubscribed_Time", "Data_Processing_Basis", "$stop_processing"}


def test_every_kind_is_listed_on_both_sides_with_its_href(call: Call) -> None:
    for kind in KINDS:
        for parent, other, listed in ((kind.a, kind.b, kind.listed("a")), (kind.b, kind.a, kind.listed("b"))):
            lists = call("GET", "/settings/related_lists", module=parent).json()["related_lists"]
            found = [each for each in lists if each["module"]["api_name"] == other]
            assert [each["href"] for each in found] == [f"{parent}/{{ENTITYID}}/{listed}"]


def test_a_module_without_lists_has_no_content(call: Call) -> None:
    assert call("GET", "/settings/related_lists", module="Notes").status_code == 204


def test_the_id_field_is_a_bigint(call: Call) -> None:
    fields = call("GET", "/settings/fields", module="Leads").json()["fields"]
    assert {each["api_name"]: each["data_type"] for each in fields}["id"] == "bigint"


def test_a_worlds_picklist_shows_its_values(crm_with: Callable[..., Call]) -> None:
    call = crm_with(world={"fields": {"Leads": {"Region": {"values": ["North", "South"]}}}})
    fields = {
        each["api_name"]: each for each in call("GET", "/settings/fields", module="Leads").json()["fields"]
    }
    assert fields["Region"]["custom_field"] is True
    assert [each["actual_value"] for each in fields["Region"]["pick_list_values"]] == ["North", "South"]


def test_all_modules_of_the_kinds_are_told(call: Call) -> None:
    modules = call("GET", "/settings/modules").json()["modules"]
    assert {(each["status"], each["generated_type"]) for each in modules} == {("visible", "default")}
    told = {each["api_name"] for each in modules}
    assert told > {kind.a for kind in KINDS} | {kind.b for kind in KINDS}


def test_ids_in_settings_are_text_and_unlike_each_other(call: Call) -> None:
    ids = [each["id"] for each in call("GET", "/settings/modules").json()["modules"]]
    ids += [each["id"] for each in call("GET", "/settings/fields", module="Leads").json()["fields"]]
    assert all(isinstance(each, str) and each.isdigit() for each in ids)
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("query", [{"fields": "Email"}, {"fields": "Email,Nope"}])
def test_records_come_with_the_fields_asked_for(call: Call, query: dict[str, str]) -> None:
    answer = call("GET", "/Leads", ids="302,301,999", **query).json()
    assert answer["data"] == [
        {"id": "302", "Email": "bo@acme.example"},
        {"id": "301", "Email": "ana@acme.example"},
    ]


def test_a_record_by_id_shows_all_its_fields(call: Call) -> None:
    row = call("GET", "/Leads/301").json()["data"][0]
    assert (row["id"], row["Full_Name"], row["Company"], row["Converted__s"]) == (
        "301",
        "O'Neill",
        None,
        False,
    )
    assert row["Owner"]["email"] == "ana@acme.example"


@pytest.mark.parametrize(("path", "status"), [("/Leads/999", 204), ("/Leads/401", 204), ("/Leads/x", 400)])
def test_a_record_that_is_not_there_has_no_content(call: Call, path: str, status: int) -> None:
    assert call("GET", path).status_code == status


def _fields(call: Call, module: str) -> set[str]:
    return {each["api_name"] for each in call("GET", "/settings/fields", module=module).json()["fields"]}


@pytest.mark.parametrize("module", ["Leads", "Contacts"])
def test_people_have_the_fields_of_consent_that_their_org_has(
    crm_with: Callable[..., Call], module: str
) -> None:
    plain, strict = crm_with(), crm_with(Switches(gdpr=True))
    assert _fields(plain, module) & {"Email_Opt_Out", *GDPR} == {"Email_Opt_Out"}
    assert _fields(strict, module) > {"Email_Opt_Out", *GDPR}
    assert not _fields(strict, "Accounts") & GDPR


def test_consent_that_a_world_gives_is_read_and_queried(crm_with: Callable[..., Call]) -> None:
    people = [{"id": "401", "$stop_processing": True, "Data_Processing_Basis": "Contract"}, {"id": "402"}]
    call = crm_with(Switches(gdpr=True), world={"records": {"Contacts": people}})
    rows = call("GET", "/Contacts", fields="$stop_processing,Email_Opt_Out,Data_Processing_Basis").json()[
        "data"
    ]
    assert rows == [
        {"id": "402", "$stop_processing": None, "Email_Opt_Out": False, "Data_Processing_Basis": None},
        {"id": "401", "$stop_processing": True, "Email_Opt_Out": False, "Data_Processing_Basis": "Contract"},
    ]
    query = "select $stop_processing from Contacts where Data_Processing_Basis = 'Contract'"
    assert call("POST", "/coql", {"select_query": query}).json()["data"][0]["$stop_processing"] is True


def test_a_field_the_user_may_not_see_is_listed_and_in_no_answer(crm_with: Callable[..., Call]) -> None:
    call = crm_with(Switches(unreadable_fields=frozenset({"Leads.Email_Opt_Out"})))
    assert "Email_Opt_Out" in _fields(call, "Leads")
    assert call("GET", "/Leads", ids="301", fields="Email_Opt_Out").json()["data"] == [{"id": "301"}]
    query = {"select_query": "select Email_Opt_Out from Leads where id = 301"}
    assert call("POST", "/coql", query).json()["code"] == "INVALID_QUERY"


def test_one_module_and_its_layout_are_told_by_name_and_id(call: Call) -> None:
    assert [each["api_name"] for each in call("GET", "/settings/modules/Leads").json()["modules"]] == [
        "Leads"
    ]
    (layout,) = call("GET", "/settings/layouts", module="Leads").json()["layouts"]
    shown = {each["api_name"] for each in layout["sections"][0]["fields"]}
    assert shown == _fields(call, "Leads")
    assert call("GET", f"/settings/layouts/{layout['id']}", module="Leads").json() == {"layouts": [layout]}


def test_one_related_list_is_told_by_its_id(call: Call) -> None:
    lists = call("GET", "/settings/related_lists", module="Campaigns").json()["related_lists"]
    for each in lists:
        answer = call("GET", f"/settings/related_lists/{each['id']}", module="Campaigns").json()
        assert answer == {"related_lists": [each]}


@pytest.mark.parametrize(
    ("path", "module", "details"),
    [
        ("/settings/modules/Nope", "Leads", {"resource_path_index": 2}),
        ("/settings/layouts/1", "Leads", {"resource_path_index": 2}),
        ("/settings/related_lists/1", "Leads", {"resource_path_index": 2}),
        ("/settings/layouts", "Nope", {"param_name": "module"}),
    ],
)
def test_metadata_that_is_not_there_is_refused(
    call: Call, path: str, module: str, details: dict[str, object]
) -> None:
    answer = call("GET", path, module=module)
    assert (answer.status_code, answer.json()["details"]) == (400, details)


def test_before_v3_a_module_is_found_in_any_case_and_lists_name_it_as_text(call: Call) -> None:
    assert call("GET", "/leads/301", version="v2").json()["data"][0]["id"] == "301"
    lists = call("GET", "/settings/related_lists", version="v2.1", module="campaigns").json()["related_lists"]
    assert [each["module"] for each in lists] == ["Leads", "Contacts"]
    assert call("GET", "/leads/301", version="v3").json()["code"] == "INVALID_MODULE"


def test_a_converted_lead_is_read_by_its_id_on_request(call: Call) -> None:
    assert call("GET", "/Leads/309").status_code == 204
    assert call("GET", "/Leads/309", converted="true").json()["data"][0]["Converted__s"] is True
