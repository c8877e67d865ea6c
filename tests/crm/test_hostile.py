"""Answers that no CRM gives: a lost answer, an unreachable CRM or a value left out, and never a crash."""

import json
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import Any

import httpx
import pytest
import respx

from tests.crm.conftest import API, NOW, Door
from zsync.bounds import DEPTH, NUMBER, PAGE_TOKEN
from zsync.crm import Crm, RelatedList
from zsync.crm.query import Query
from zsync.errors import AccessDenied, AnswerLost, CrmUnreachable

Call = Callable[[Crm], Awaitable[Any]]

LIST = f"{API}/crm/v8/Campaigns/5/Leads"
HOSTILE = {
    "out of range": b'{"data": [{"id": "1", "n": 1e99999999999999999999999}], "org": [{"n": 1e500000000}]}',
    "too long": b'{"data": [{"id": "1", "n": ' + b"9" * (NUMBER.most + 1) + b"}]}",
    "ten megabytes of digits": b'{"data": [{"id": ' + b"9" * 10_000_000 + b"}]}",
    "too deep": b'{"data": ' + b"[" * DEPTH.most + b"]" * DEPTH.most + b"}",
    "a hundred thousand levels": b'{"data": ' + b"[" * 100_000,
    "not a number": b'{"data": [{"id": "1", "n": NaN}]}',
    "infinite": b'{"data": [{"id": "1", "n": -Infinity}]}',
    "not UTF-8": b'{"data": [{"id": "\xff"}]}',
}

hostile = pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)


async def org(crm: Crm) -> Any:
    """The first thing that a run reads."""
    return await crm.org()


async def pages(crm: Crm) -> Any:
    """All rows of a list."""
    async with aclosing(crm.pages("Campaigns", "5", "Leads", ["Email"], set())) as stream:
        return [row async for page in stream for row in page.rows]


async def query(crm: Crm) -> Any:
    """The rows of a query."""
    return (await crm.query(Query("Leads", ("id",), "id in ('1')"))).rows


async def count(crm: Crm) -> Any:
    """How many rows a list has."""
    return await crm.count("Campaigns", "5", RelatedList("Leads", "Leads", True, "7"))


async def link(crm: Crm) -> Any:
    """A call that writes."""
    return await crm.link("Campaigns", "5", "Leads", [{"id": "1"}])


@hostile
@pytest.mark.parametrize("call", [org, pages, query])
def test_a_hostile_answer_counts_as_none(
    door: Door, zoho: respx.MockRouter, content: bytes, call: Call
) -> None:
    route = zoho.route(host="api.crm.example").respond(content=content)
    with pytest.raises(CrmUnreachable):
        door.run(call)
    assert route.call_count == 3


@hostile
def test_a_hostile_answer_to_a_write_is_a_lost_answer(
    door: Door, zoho: respx.MockRouter, content: bytes
) -> None:
    route = zoho.put(LIST).respond(content=content)
    with pytest.raises(AnswerLost):
        door.run(link)
    assert route.call_count == 1


@hostile
def test_a_hostile_token_answer_is_no_token(door: Door, zoho: respx.MockRouter, content: bytes) -> None:
    zoho["token"].respond(content=content)
    with pytest.raises((CrmUnreachable, AccessDenied)) as caught:
        door.run(org)
    assert caught.value.help


@pytest.mark.parametrize(
    "found",
    ["1e500000000", "1e30", '"²"', "-1", "1.5", "true", "null", "[]", '""', '"' + "9" * 5000 + '"'],
)
def test_a_count_that_is_none_is_left_out(door: Door, zoho: respx.MockRouter, found: str) -> None:
    content = f'{{"get_related_records_count": [{{"count": {found}}}]}}'
    zoho.post(f"{API}/crm/v8/Campaigns/5/actions/get_related_records_count").respond(content=content.encode())
    assert door.run(count) is None


@pytest.mark.parametrize("value", ["²", "٣", "-1", "1e9", "many", "9" * 5000, "1 000", " "])
def test_credits_that_are_no_number_are_not_known(door: Door, zoho: respx.MockRouter, value: str) -> None:
    headers = [(b"X-API-CREDITS-REMAINING", value.encode())]
    zoho.get(f"{API}/crm/v8/org").mock(
        return_value=httpx.Response(200, headers=headers, json={"org": [{"zgid": "1"}]})
    )

    async def left(crm: Crm) -> Any:
        await crm.org()
        return crm.credits_left

    assert door.run(left) is None


@pytest.mark.parametrize(
    "record_id", ["1\r", "1\r\nHost: evil.example", "../1", "", "x", "²", True, 1.5, [], "9" * 21]
)
@pytest.mark.parametrize("call", [pages, query])
def test_an_id_that_no_address_can_hold_is_refused(
    door: Door, zoho: respx.MockRouter, record_id: Any, call: Call
) -> None:
    zoho.route(host="api.crm.example").respond(json={"data": [{"id": record_id}], "info": {}})
    with pytest.raises(CrmUnreachable, match="without a usable id"):
        door.run(call)


@pytest.mark.parametrize("token", ["\ud800", "a\rb", "é", "t" * (PAGE_TOKEN.most + 1), {"a": "\n"}])
def test_a_page_token_that_no_address_can_hold_is_refused(
    door: Door, zoho: respx.MockRouter, token: Any
) -> None:
    answer = {"data": [{"id": "1"}], "info": {"more_records": True, "next_page_token": token}}
    zoho.get(url__startswith=LIST).respond(content=json.dumps(answer))
    with pytest.raises(CrmUnreachable, match="no usable page token"):
        door.run(pages)


def test_the_longest_page_token_is_sent(door: Door, zoho: respx.MockRouter) -> None:
    token = "t" * PAGE_TOKEN.most
    more = {"data": [{"id": "1"}], "info": {"more_records": True, "next_page_token": token}}
    last = {"data": [{"id": "2"}], "info": {"more_records": False}}
    zoho.get(url__startswith=LIST).mock(side_effect=[httpx.Response(200, json=one) for one in (more, last)])
    assert [row["id"] for row in door.run(pages)] == ["1", "2"]
    assert zoho.calls.last.request.url.params["page_token"] == token


@pytest.mark.parametrize("info", [[1], "more", 5, None])
def test_paging_that_is_not_told_is_by_number(door: Door, zoho: respx.MockRouter, info: Any) -> None:
    full = {"data": [{"id": str(number)} for number in range(200)], "info": info}
    rest = {"data": [{"id": "999"}], "info": info}
    zoho.get(url__startswith=LIST).mock(side_effect=[httpx.Response(200, json=one) for one in (full, rest)])
    assert len(door.run(pages)) == 201
    assert zoho.calls.last.request.url.params["page"] == "2"


@pytest.mark.parametrize("name", ["Leads\r\n", "../Leads", "Le ads", "\ud800", "", None, 5])
def test_a_list_whose_name_no_address_can_hold_has_none(
    door: Door, zoho: respx.MockRouter, name: Any
) -> None:
    lists = {"related_lists": [{"api_name": name, "module": {"api_name": name}, "id": "7"}]}
    zoho.get(url__startswith=f"{API}/crm/v8/settings/related_lists").respond(content=json.dumps(lists))
    assert door.run(lambda crm: crm.related_lists("Campaigns")) == [RelatedList("", "", True, "7")]


@pytest.mark.parametrize("token", ["tökén", "a b", "a\r\nX: y", "\ud800"])
def test_a_fresh_token_that_no_header_can_hold_is_refused(
    door: Door, zoho: respx.MockRouter, token: str
) -> None:
    zoho["token"].respond(content=json.dumps({"access_token": token}))
    with pytest.raises(AccessDenied, match="a character that no token has") as caught:
        door.run(org)
    assert token not in str(caught.value)


@pytest.mark.parametrize("lifetime", [1, 59, 60, 61, "0.001", -5, 0, "nan", "-inf", 1e-99, "soon", [], True])
def test_no_lifetime_makes_a_refresh_before_every_call(
    door: Door, zoho: respx.MockRouter, lifetime: Any
) -> None:
    zoho["token"].respond(json={"access_token": "t", "api_domain": API, "expires_in": lifetime})
    zoho.get(f"{API}/crm/v8/org").respond(json={"org": [{"zgid": "1"}]})

    async def calls(crm: Crm) -> None:
        for _ in range(3):
            await crm.org()
            door.now += 5

    door.run(calls)
    assert zoho["token"].call_count == 1


@pytest.mark.parametrize("lifetime", [3_600_000, "inf", "1e300", 9e99])
def test_no_token_is_used_for_longer_than_an_hour(door: Door, zoho: respx.MockRouter, lifetime: Any) -> None:
    zoho["token"].respond(json={"access_token": "t", "api_domain": API, "expires_in": lifetime})
    zoho.get(f"{API}/crm/v8/org").respond(json={"org": [{"zgid": "1"}]})

    async def calls(crm: Crm) -> None:
        await crm.org()
        door.now = NOW + 3600
        await crm.org()

    door.run(calls)
    assert zoho["token"].call_count == 2
