from collections.abc import Callable

import httpx
import pytest

from zsync.emulator.catalog import KINDS

Call = Callable[..., httpx.Response]


def test_every_kind_is_listed_on_both_sides_with_its_href(call: Call) -> None:
    for kind in KINDS:
        for parent, other in ((kind.a, kind.b), (kind.b, kind.a)):
            lists = call("GET", "/settings/related_lists", module=parent).json()["related_lists"]
            found = [each for each in lists if each["module"]["api_name"] == other]
            assert [each["href"] for each in found] == [f"{parent}/{{ENTITYID}}/{other}"]


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
    told = {each["api_name"] for each in call("GET", "/settings/modules").json()["modules"]}
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
