"""Names of related lists: as the CRM's metadata gives them."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import respx

from tests.crm.conftest import API, Door, door, zoho
from tests.worlds import WORLD, managed, plan, saying
from zsync.crm import Crm
from zsync.emulator import RunningCrm, running
from zsync.errors import InputError
from zsync.kinds import KINDS, Kind
from zsync.metadata.lists import ListChoice, list_flaw
from zsync.model.metadata import RelatedList
from zsync.planning.list_names import ListNames

__all__ = ["door", "zoho"]


def row(name: str, module: str | None, *, href: str | None = None, status: str = "visible") -> dict[str, Any]:
    """One list as the metadata describes it."""
    target = None if module is None else {"api_name": module}
    return {"api_name": name, "href": href, "module": target, "status": status, "id": "1"}


def found(door: Door, zoho: respx.MockRouter, *rows: dict[str, Any]) -> str | None:
    """The name of the campaigns' list of leads, if these are their lists."""
    zoho.get(f"{API}/crm/v8/settings/related_lists").respond(json={"related_lists": list(rows)})

    async def work(crm: Crm) -> str | None:
        return await ListNames(crm).find("Campaigns", "Leads")

    name: str | None = door.run(work)
    return name


@pytest.mark.parametrize(
    ("rows", "name"),
    [
        ([row("Leads", "Leads")], "Leads"),
        ([row("Members", "Leads")], "Members"),
        ([row("Interessenten", "Leads", href="Campaigns/{ENTITYID}/Leads")], "Leads"),
        ([row("Leads", None)], "Leads"),
        ([row("Old", "Leads"), row("Leads", "Leads")], "Leads"),
        ([row("Old", "Leads", status="user_hidden"), row("New", "Leads")], "New"),
        ([row("Leads", "Leads", status="user_hidden")], None),
        ([row("Contacts", "Contacts")], None),
        ([row("", "Leads")], None),
        ([], None),
    ],
    ids=str,
)
def test_a_list_is_found_by_where_it_leads(
    door: Door, zoho: respx.MockRouter, rows: list[dict[str, Any]], name: str | None
) -> None:
    assert found(door, zoho, *rows) == name


def test_a_module_without_lists_has_none(door: Door, zoho: respx.MockRouter) -> None:
    zoho.get(f"{API}/crm/v8/settings/related_lists").respond(204)

    async def work(crm: Crm) -> str | None:
        return await ListNames(crm).find("Campaigns", "Leads")

    assert door.run(work) is None


def test_the_metadata_of_a_module_is_read_once(door: Door, zoho: respx.MockRouter) -> None:
    route = zoho.get(f"{API}/crm/v8/settings/related_lists").respond(
        json={"related_lists": [row("Leads", "Leads")]}
    )

    async def work(crm: Crm) -> None:
        names = ListNames(crm)
        for module in ("Leads", "Contacts", "Leads"):
            await names.find("Campaigns", module)

    door.run(work)
    assert route.call_count == 1


def test_a_list_that_was_not_found_is_not_got(door: Door, zoho: respx.MockRouter) -> None:
    zoho.get(f"{API}/crm/v8/settings/related_lists").respond(json={"related_lists": [row("Leads", "Leads")]})

    async def work(crm: Crm) -> None:
        names = ListNames(crm)
        await names.find("Campaigns", "Leads")
        assert names.get("Campaigns", "Leads").name == "Leads"
        names.get("Campaigns", "Deals")

    with pytest.raises(LookupError, match="Campaigns has no list of Deals"):
        door.run(work)


SPRING = managed("Campaigns", "501", {"301": "Sent"}, prune=False, line=4)
DEALS = replace(SPRING, name="Deals", kind=Kind("Campaigns", "Deals"), span=SPRING.span._replace(line=8))


@pytest.fixture(scope="module")
def crm() -> Iterator[RunningCrm]:
    """An org that hides the leads of campaigns, and whose campaigns have no deals."""
    with running(WORLD) as bundled:
        bundled.switch(hidden_lists=frozenset({"Campaigns/Leads"}))
        yield bundled


def test_a_hidden_and_an_unknown_list_stop_the_plan_together_each_at_its_place(crm: RunningCrm) -> None:
    with pytest.raises(InputError) as caught:
        plan(crm, saying(SPRING, DEALS))
    hidden, unknown = caught.value.diagnostics
    assert (hidden.code, hidden.span, unknown.code, unknown.span) == (
        "hidden-list",
        SPRING.span,
        "no-such-list",
        DEALS.span,
    )
    assert "the related list Leads of Campaigns is hidden" in str(hidden.message)
    assert "Show the list on the layout of Campaigns" in str(hidden.help)
    assert "Campaigns has no related list of Deals" in str(unknown.message)
    assert "Contacts, Leads" in str(unknown.help)


def test_a_module_without_lists_is_told_to_have_none() -> None:
    flaw = list_flaw(SPRING, ListChoice([RelatedList("", "Leads", visible=True)], "Leads"))
    assert flaw is not None
    told = flaw.told("this org")
    assert (told.code, str(told.help)) == ("no-such-list", "The lists of Campaigns are: none.")


def test_a_list_that_only_the_base_names_has_to_be_there_as_well(crm: RunningCrm) -> None:
    contacts = replace(SPRING, name="Contacts", kind=KINDS[1], records=())
    with pytest.raises(InputError) as caught:
        plan(crm, saying(contacts), base=(SPRING,))
    assert [one.code for one in caught.value.diagnostics] == ["hidden-list"]


def test_a_hidden_list_and_a_key_that_finds_nothing_are_told_in_one_run(crm: RunningCrm) -> None:
    lost = managed("Leads", "301", {}, prune=False, line=20)
    row = SPRING.records[0]._replace(key=("Nobody",), by_id=False)
    lost = replace(lost, key=("Campaign_Name",), records=(row,))
    with pytest.raises(InputError) as caught:
        plan(crm, saying(SPRING, lost))
    assert {one.code for one in caught.value.diagnostics} == {"hidden-list", "not-found"}


def test_of_two_lists_the_one_is_meant_that_a_manifest_names(door: Door, zoho: respx.MockRouter) -> None:
    both = [row("Old", "Leads"), row("New", "Leads")]
    zoho.get(f"{API}/crm/v8/settings/related_lists").respond(json={"related_lists": both})

    async def work(crm: Crm) -> str:
        names = ListNames(crm)
        await names.load([replace(SPRING, name="New")])
        return names.get("Campaigns", "Leads").name

    assert door.run(work) == "New"


def test_contacts_of_a_deal_are_its_roles_whatever_other_list_leads_to_them(
    door: Door, zoho: respx.MockRouter
) -> None:
    both = [row("Contacts", "Contacts"), row("Contact_Roles", "Contacts")]
    zoho.get(f"{API}/crm/v8/settings/related_lists").respond(json={"related_lists": both})

    async def work(crm: Crm) -> str | None:
        return await ListNames(crm).find("Deals", "Contacts")

    assert door.run(work) == "Contact_Roles"
