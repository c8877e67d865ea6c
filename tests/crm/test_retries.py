"""What is tried again, how often, and what is not."""

from collections.abc import Callable
from email.utils import formatdate
from typing import Any

import httpx
import pytest
import respx

from tests.crm.conftest import API, NOW, Door, error
from zsync.crm import Crm
from zsync.errors import AccessDenied, AnswerLost, CrmUnreachable
from zsync.model.retries import CALLS

ORG, LIST = f"{API}/crm/v8/org", f"{API}/crm/v8/Campaigns/5/Leads"
FINE = httpx.Response(200, json={"org": [{"zgid": "1"}]})
LINKED = httpx.Response(
    200, json={"data": [{"code": "SUCCESS", "details": {"id": "1"}, "status": "success"}]}
)


async def read(crm: Crm) -> Any:
    """A call that reads."""
    return await crm.org()


async def write(crm: Crm) -> Any:
    """A call that writes."""
    return await crm.link("Campaigns", "5", "Leads", [{"id": "1"}])


async def read_and_count(crm: Crm) -> Any:
    """A call that reads, and what was counted."""
    await crm.org()
    return crm.traffic


@pytest.mark.parametrize(
    "trouble",
    [
        httpx.Response(503),
        httpx.Response(500, json=error("INTERNAL_ERROR")),
        httpx.Response(502, content=b"<html>"),
        httpx.Response(200, content=b"<html>"),
        httpx.Response(200, content=b""),
        httpx.Response(429),
        httpx.ReadTimeout("slow"),
        httpx.ConnectError("refused"),
        httpx.RemoteProtocolError("gone"),
        httpx.ReadError("reset"),
    ],
    ids=str,
)
def test_a_read_is_tried_again_until_it_is_answered(door: Door, zoho: respx.MockRouter, trouble: Any) -> None:
    route = zoho.get(ORG).mock(side_effect=[trouble, trouble, FINE])
    traffic = door.run(read_and_count)
    assert route.call_count == 3
    assert (traffic.reads, traffic.writes) == (1, 0)
    assert door.slept == [0.5, 1.0]


@pytest.mark.parametrize(
    "trouble", [httpx.Response(503), httpx.ReadTimeout("slow"), httpx.Response(200)], ids=str
)
def test_no_read_is_tried_for_ever(door: Door, zoho: respx.MockRouter, trouble: Any) -> None:
    many = [trouble] * 50
    route = zoho.get(ORG).mock(side_effect=many)
    with pytest.raises(CrmUnreachable) as caught:
        door.run(read)
    assert caught.value.exit_code == 1
    assert caught.value.help
    assert 1 < route.call_count <= CALLS.tries
    assert max(door.slept) <= CALLS.longest


def test_429_waits_at_least_as_long_as_the_server_asks(door: Door, zoho: respx.MockRouter) -> None:
    zoho.get(ORG).mock(side_effect=[httpx.Response(429, headers={"Retry-After": "7"}), FINE])
    door.run(read)
    assert 7 <= door.slept[0] <= 8


def test_429_waits_until_the_date_that_the_server_names(door: Door, zoho: respx.MockRouter) -> None:
    zoho.get(ORG).mock(
        side_effect=[httpx.Response(429, headers={"Retry-After": formatdate(NOW + 7, usegmt=True)}), FINE]
    )
    door.run(read)
    assert door.slept == [7.5]


@pytest.mark.parametrize(
    "value", ["Wed, 21 Oct 2026 07:28:00 GMT", "-5", "soon", "", "²", "Wed, 99 Oct 2026 99:99:99 GMT"]
)
def test_no_retry_after_makes_it_fail(door: Door, zoho: respx.MockRouter, value: str) -> None:
    header = {b"Retry-After": value.encode("latin-1")}
    zoho.get(ORG).mock(side_effect=[httpx.Response(429, headers=header), FINE])
    door.run(read)
    assert door.slept == [0.5]


@pytest.mark.parametrize("call", [read, write])
@pytest.mark.parametrize("code", ["TOO_MANY_REQUESTS", "RATE_LIMIT_EXCEEDED"])
def test_429_for_ever_ends_as_access_denied(
    door: Door, zoho: respx.MockRouter, call: Callable[[Crm], Any], code: str
) -> None:
    route = zoho.route(host="api.crm.example").respond(429, json=error(code, "too many requests"))
    with pytest.raises(AccessDenied, match="too many requests") as caught:
        door.run(call)
    assert caught.value.exit_code == 8
    assert route.call_count == CALLS.tries


@pytest.mark.parametrize(
    "trouble",
    [
        httpx.ReadTimeout("slow"),
        httpx.ReadError("reset"),
        httpx.WriteError("reset"),
        httpx.RemoteProtocolError("gone"),
        httpx.Response(500, json=error("INTERNAL_ERROR")),
        httpx.Response(503),
        httpx.Response(200, content=b"<html>"),
    ],
    ids=str,
)
def test_a_write_that_may_have_been_carried_out_is_not_sent_again(
    door: Door, zoho: respx.MockRouter, trouble: Any
) -> None:
    route = zoho.put(LIST).mock(side_effect=[trouble, LINKED])
    with pytest.raises(AnswerLost):
        door.run(write)
    assert route.call_count == 1


@pytest.mark.parametrize(
    "trouble",
    [
        httpx.ConnectError("refused"),
        httpx.ConnectTimeout("slow"),
        httpx.PoolTimeout("full"),
        httpx.Response(429),
    ],
    ids=str,
)
def test_a_write_that_was_never_carried_out_is_sent_again(
    door: Door, zoho: respx.MockRouter, trouble: Any
) -> None:
    route = zoho.put(LIST).mock(side_effect=[trouble, LINKED])
    assert door.run(write)[0].status == "applied"
    assert route.call_count == 2


def test_a_lost_answer_keeps_what_zoho_said(door: Door, zoho: respx.MockRouter) -> None:
    zoho.put(LIST).respond(500, json=error("INTERNAL_ERROR"))
    with pytest.raises(AnswerLost) as caught:
        door.run(write)
    assert caught.value.answer["code"] == "INTERNAL_ERROR"
