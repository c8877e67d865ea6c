"""What the CRM tells of persons, however it answers: fields that queries refuse, scopes that are missing, many at once."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import httpx
import pytest
import respx

from tests.crm.conftest import API, Door, door, zoho
from zsync.crm import Query
from zsync.crm.consent import ConsentCheck
from zsync.crm.persons import Persons
from zsync.errors import AccessDenied
from zsync.model import Change
from zsync.model.consent import Consent, Person, SaysNo
from zsync.model.never import Mention, Never

__all__ = ["door", "zoho"]

COQL, FIELDS, LEADS = (f"{API}/crm/v8/{path}" for path in ("coql", "settings/fields", "Leads"))
RULES = (Consent(),)


def error(status: int, code: str) -> httpx.Response:
    """A refusal of a whole request."""
    body = {"code": code, "details": {}, "message": "no", "status": "error"}
    return httpx.Response(status, json=body)


class Crm:
    """Leads by their ids; `hidden` are fields that no query may name."""

    def __init__(self, zoho: respx.MockRouter, hidden: Sequence[str] = (), most: int = 100) -> None:
        self.leads: dict[str, dict[str, Any]] = {}
        self.hidden = set(hidden)
        self.most = most
        self.queries: list[str] = []
        self.names = ["Email_Opt_Out", "Email"]
        self.metadata = zoho.get(FIELDS).mock(side_effect=self._fields)
        zoho.post(COQL).mock(side_effect=self._query)
        self.records = zoho.get(LEADS).mock(side_effect=self._read)

    def _fields(self, _: httpx.Request) -> httpx.Response:
        types = {"Email": "email"}
        rows = [{"api_name": one, "data_type": types.get(one, "boolean")} for one in self.names]
        return httpx.Response(200, json={"fields": rows})

    def _query(self, request: httpx.Request) -> httpx.Response:
        query = json.loads(request.content)["select_query"]
        self.queries.append(query)
        if any(f" {one}" in query for one in self.hidden):
            return error(400, "INVALID_QUERY")
        ids = query.split(" in (")[1].rstrip(")").replace("'", "").split(",")
        if len(ids) > self.most:
            return error(400, "LIMIT_EXCEEDED")
        return self._rows(ids)

    def _read(self, request: httpx.Request) -> httpx.Response:
        return self._rows(request.url.params["ids"].split(","))

    def _rows(self, ids: Sequence[str]) -> httpx.Response:
        rows = [{"id": one, **self.leads[one]} for one in ids if one in self.leads]
        return httpx.Response(200, json={"data": rows}) if rows else httpx.Response(204)


def known(door: Door, consents: Sequence[Consent], *ids: str, times: int = 1) -> dict[str, Person]:
    """What is known of these leads, asked so many times at once."""

    async def work(crm: Any) -> dict[str, Person]:
        persons = Persons(crm, consents)
        asked = [("Leads", one) for one in ids]
        found = await asyncio.gather(*(persons.known(asked) for _ in range(times)))
        return {record_id: person for (_, record_id), person in found[0].items()}

    found: dict[str, Person] = door.run(work)
    return found


def test_a_hundred_are_a_query_and_who_asks_at_the_same_time_waits_for_it(
    door: Door, zoho: respx.MockRouter
) -> None:
    crm = Crm(zoho)
    crm.leads = {str(one): {"Email_Opt_Out": one == 7} for one in range(150)}
    found = known(door, RULES, *crm.leads, times=3)
    assert [one for one, person in found.items() if person.fields.get("Email_Opt_Out")] == ["7"]
    assert (crm.metadata.call_count, len(crm.queries)) == (1, 2)


def test_a_crm_that_takes_fewer_values_is_asked_in_smaller_portions(
    door: Door, zoho: respx.MockRouter
) -> None:
    crm = Crm(zoho, most=50)
    crm.leads = {str(one): {"Email_Opt_Out": False} for one in range(100)}
    assert len(known(door, RULES, *crm.leads)) == 100
    assert not crm.records.called


def test_a_field_that_queries_refuse_is_read_with_the_record(door: Door, zoho: respx.MockRouter) -> None:
    crm = Crm(zoho, hidden=["$stop_processing"])
    crm.names.append("$stop_processing")
    crm.leads = {"11": {"Email_Opt_Out": False, "$stop_processing": True}}
    found = known(door, RULES, "11")
    assert found["11"].fields["$stop_processing"] is True
    assert crm.records.calls[0].request.url.params["converted"] == "both"


def test_a_field_that_the_record_does_not_show_cannot_be_read(door: Door, zoho: respx.MockRouter) -> None:
    crm = Crm(zoho, hidden=["Email_Opt_Out"])
    crm.leads = {"11": {}}
    found = known(door, RULES, "11", "12")
    assert (found["11"].unread, found["11"].shown) == (frozenset({"Email_Opt_Out"}), True)
    assert not found["12"].shown


def test_without_the_scope_for_queries_records_are_read(door: Door, zoho: respx.MockRouter) -> None:
    crm = Crm(zoho)
    zoho.post(COQL).mock(return_value=error(401, "OAUTH_SCOPE_MISMATCH"))
    crm.leads = {"11": {"Email_Opt_Out": True}}
    assert known(door, RULES, "11")["11"].fields == {"Email_Opt_Out": True}


def test_a_denial_that_is_about_every_call_ends_the_command(door: Door, zoho: respx.MockRouter) -> None:
    Crm(zoho)
    zoho.post(COQL).mock(return_value=error(403, "NO_PERMISSION"))
    with pytest.raises(AccessDenied):
        known(door, RULES, "11")


def test_addresses_are_read_only_where_an_entry_is_about_them(door: Door, zoho: respx.MockRouter) -> None:
    crm = Crm(zoho)
    crm.leads = {"11": {"Email_Opt_Out": False, "Email": "ana@acme.example"}}
    assert known(door, RULES, "11")["11"].addresses == ()
    never = Never({"ana@acme.example": Mention("z", 1)})
    assert known(door, (Consent(never=never),), "11")["11"].addresses == ("Email",)


def test_where_nothing_can_say_no_nothing_is_asked(door: Door, zoho: respx.MockRouter) -> None:
    crm = Crm(zoho)
    assert known(door, (Consent(fields=(SaysNo("Email_Opt_Out", ()),)),), "11") == {"11": Person("11")}
    assert crm.queries == []


def test_a_look_up_brings_along_what_people_say_and_works_without_it(
    door: Door, zoho: respx.MockRouter
) -> None:
    crm = Crm(zoho, hidden=["Email_Opt_Out"])
    crm.leads = {"11": {"Email": "ana@acme.example"}}
    entering = Change("create", "Campaigns", "5", "Leads", "Leads", "11", "Spring", "Ana", None, {})

    async def work(reader: Any) -> tuple[int, Any]:
        check = ConsentCheck(reader, RULES)
        page = await check.query(Query("Leads", ("id", "Email"), "id in ('11')"))
        return len(page.rows), await check.ruled([entering])

    rows, ruled = door.run(work)
    assert rows == 1
    assert ruled[0].objection[:2] == ("unread", "Email_Opt_Out")
