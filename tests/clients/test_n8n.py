"""n8n's node for Zoho CRM, unmodified, against the bundled CRM: it writes records, on v2, with modules in lower case."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.clients import installed
from zsync.emulator import RunningCrm, running

pytestmark = pytest.mark.more

DRIVER = Path(__file__).with_name("n8n_driver.cjs")
STAGES = ["Qualification", "Closed Won"]
WORLD: Mapping[str, Any] = {
    "fields": {
        "Deals": {"Stage": {"type": "picklist", "values": STAGES}},
        "Leads": {"Badge": {"label": "Badge number", "length": 12}},
    },
    "records": {
        "Leads": [{"id": "301", "Last_Name": "Old", "Email": "old@acme.example"}],
        "Contacts": [{"id": "401", "Last_Name": "Old", "Email": "old@acme.example"}],
        "Products": [{"id": "601", "Product_Name": "Old"}],
        "Deals": [{"id": "471", "Deal_Name": "Old", "Stage": "Qualification"}],
    },
    "generate": [{"module": "Leads", "count": 250, "first_id": "9000", "fields": {"Last_Name": "Lead {n}"}}],
}


class Resource(NamedTuple):
    """What the node calls a module and its parameters: those of a new record, those of an old one, and what they become."""

    name: str
    module: str
    old: str
    new: Mapping[str, Any]
    more: Mapping[str, Any]
    made: Mapping[str, Any]
    same: Mapping[str, Any]
    """What makes an upsert find the old record."""
    changed: Mapping[str, Any]


RESOURCES = (
    Resource(
        "lead",
        "Leads",
        "301",
        {"Company": "Acme", "lastName": "Ngata"},
        {"Annual_Revenue": 1200, "customFields": {"customFields": [{"fieldId": "Badge", "value": "B-7"}]}},
        {"Company": "Acme", "Last_Name": "Ngata", "Annual_Revenue": 1200, "Badge": "B-7"},
        {"Company": "Acme", "lastName": "Old", "additionalFields": {"Email": "OLD@acme.example"}},
        {"Company": "Acme"},
    ),
    Resource(
        "contact",
        "Contacts",
        "401",
        {"lastName": "Ngata"},
        {"Title": "Buyer", "Phone": "+64 1"},
        {"Last_Name": "Ngata", "Title": "Buyer", "Phone": "+64 1"},
        {"lastName": "Older", "additionalFields": {"Email": "old@acme.example"}},
        {"Last_Name": "Older"},
    ),
    Resource(
        "product",
        "Products",
        "601",
        {"productName": "Kit"},
        {"Product_Code": "KIT-01", "Unit_Price": 49.5},
        {"Product_Name": "Kit", "Product_Code": "KIT-01", "Unit_Price": 49.5},
        {"productName": "Old", "additionalFields": {"Product_Code": "OLD-1"}},
        {"Product_Code": "OLD-1"},
    ),
    Resource(
        "deal",
        "Deals",
        "471",
        {"dealName": "Forty kits", "stage": "Qualification"},
        {"Amount": 1980, "Closing_Date": "2027-03-01T09:00:00"},
        {"Deal_Name": "Forty kits", "Stage": "Qualification", "Amount": 1980, "Closing_Date": "2027-03-01"},
        {"dealName": "Old", "stage": "Closed Won"},
        {"Stage": "Closed Won"},
    ),
)


def told(crm: RunningCrm, *steps: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What the node returned for each step."""
    node, runs = installed.n8n_node(), installed.program("node")
    job = json.dumps({**crm.environment(), "steps": steps})
    done = subprocess.run([runs, str(DRIVER), str(node)], input=job, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    answers: list[dict[str, Any]] = json.loads(done.stdout)
    return answers


def step(resource: str, operation: str, keep: str = "", **parameters: Any) -> dict[str, Any]:
    """One run of the node. `keep` remembers the id that it returned, for a later parameter `=NAME`."""
    return {"parameters": {"resource": resource, "operation": operation, **parameters}, "keep": keep}


def kept(crm: RunningCrm, module: str) -> dict[str, dict[str, Any]]:
    """The module's records by id."""
    return {row["id"]: row for row in crm.state()["records"].get(module, [])}


def steps_of(resource: Resource) -> Sequence[dict[str, Any]]:
    key = f"{resource.name}Id"
    every: dict[str, Any] = {"returnAll": True, "options": {"fields": ["Description"]}}
    return [
        step(resource.name, "create", "made", **resource.new, additionalFields=resource.more),
        step(resource.name, "get", **{key: "=made"}),
        step(resource.name, "update", **{key: "=made"}, updateFields={"Description": "Seen"}),
        step(resource.name, "getAll", **every),
        step(resource.name, "upsert", **resource.same),
        step(resource.name, "delete", **{key: resource.old}),
    ]


@pytest.mark.parametrize("resource", RESOURCES, ids=[each.name for each in RESOURCES])
def test_the_node_creates_gets_lists_updates_upserts_and_deletes(resource: Resource) -> None:
    with running(WORLD) as crm:
        crm.link("Campaigns/" + crm.add("Campaigns", Campaign_Name="Spring") + "/Leads", {"id": "301"})
        before = kept(crm, resource.module)
        *steps, delete = steps_of(resource)
        created, got, updated, listed, upserted = told(crm, *steps)
        new = created["rows"][0]["id"]
        after = kept(crm, resource.module)
        deleted = told(crm, delete)
        left = crm.state()
    record = got["rows"][0]
    record = record["data"][0] if "data" in record else record  # the node unwraps all but a lead
    assert resource.made.items() <= record.items()
    assert updated["rows"][0]["id"] == new
    assert {row["id"]: row["Description"] for row in listed["rows"]} == {**dict.fromkeys(before), new: "Seen"}
    assert upserted["rows"][0]["id"] == resource.old
    assert after.keys() == {*before, new}
    assert {**resource.made, "Description": "Seen"}.items() <= after[new].items()
    assert resource.changed.items() <= after[resource.old].items()
    assert deleted == [{"rows": [{"id": resource.old}]}]
    assert resource.old not in {row["id"] for row in left["records"][resource.module]}
    assert bool(left["relations"]) == (resource.name != "lead")
    paths = {seen.path.split("/")[3] for seen in crm.requests if seen.path.startswith("/crm/v2/")}
    assert paths == {resource.module.lower()}


def test_the_node_offers_the_orgs_stages_and_custom_fields() -> None:
    with running(WORLD) as crm:
        stages, custom = told(
            crm,
            {**step("deal", "create"), "load": "getDealStage"},
            {**step("lead", "create"), "load": "getCustomLeadFields"},
        )
    assert stages == {"options": [{"name": stage, "value": stage} for stage in STAGES]}
    assert custom == {"options": [{"name": "Badge number", "value": "Badge"}]}


def test_the_node_says_in_zohos_words_what_was_refused() -> None:
    with running(WORLD) as crm:
        (refused,) = told(crm, step("deal", "create", dealName="Kits", stage="Dreamt of"))
        deals = kept(crm, "Deals")
    assert refused["refused"] == "invalid data"
    assert json.loads(refused["description"])["details"] == {
        "api_name": "Stage",
        "json_path": "$.data[0].Stage",
    }
    assert deals.keys() == {"471"}
