"""What goes over the wire, to the byte."""

import itertools
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
import respx

from tests.crm.conftest import API, CANARIES, Door
from zsync import __version__
from zsync.bounds import PAGES
from zsync.crm import Crm, Org, Query, RelatedList
from zsync.crm.orgs import check_environment
from zsync.errors import CrmUnreachable, RequestRefused
from zsync.model import Expected

LEAD = "3652397000000327001"
ROWS = [{"code": "SUCCESS", "details": {"id": LEAD}, "message": "relation added", "status": "success"}]


def test_the_token_is_asked_for_with_a_form_and_no_secret_in_the_address(
    door: Door, zoho: respx.MockRouter
) -> None:
    zoho.get(f"{API}/crm/v8/org").respond(json={"org": [{"zgid": "1", "type": "sandbox"}]})
    door.run(lambda crm: crm.org())
    request = zoho["token"].calls.last.request
    assert request.url.query == b""
    assert parse_qs(request.content.decode()) == {
        "grant_type": ["refresh_token"],
        "client_id": [CANARIES[0]],
        "client_secret": [CANARIES[1]],
        "refresh_token": [CANARIES[2]],
    }


def test_every_call_carries_zohos_authorization_header(door: Door, zoho: respx.MockRouter) -> None:
    route = zoho.get(f"{API}/crm/v8/org").respond(json={"org": [{"zgid": "1", "type": "sandbox"}]})
    assert door.run(lambda crm: crm.org()) == Org("1", "sandbox", "")
    headers = route.calls.last.request.headers
    assert headers["Authorization"] == f"Zoho-oauthtoken {CANARIES[3]}"
    assert headers["User-Agent"] == f"zsync-crm/{__version__}"


@pytest.mark.parametrize("written", ["Sandbox", "SANDBOX", "sandbox"])
def test_an_orgs_type_has_no_case(door: Door, zoho: respx.MockRouter, written: str) -> None:
    zoho.get(f"{API}/crm/v8/org").respond(json={"org": [{"zgid": "1", "type": written}]})
    org = door.run(lambda crm: crm.org())
    check_environment(org, Expected("eu", "1", "sandbox"))
    assert org.type == "sandbox"


def test_a_put_writes_decimals_and_long_ids_exactly(door: Door, zoho: respx.MockRouter) -> None:
    route = zoho.put(f"{API}/crm/v8/Price_Books/70/Products").respond(json={"data": ROWS})
    row = {"id": LEAD, "list_price": Decimal("49.9"), "Note": "Zoë 😀"}
    door.run(lambda crm: crm.link("Price_Books", "70", "Products", [row]))
    request = route.calls.last.request
    assert request.content.decode() == f'{{"data":[{{"id":"{LEAD}","list_price":49.9,"Note":"Zoë 😀"}}]}}'
    assert request.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("price", ["0.1", "123456789012345678.123456789", "1E-7", "0"])
def test_no_number_passes_through_a_float(door: Door, zoho: respx.MockRouter, price: str) -> None:
    route = zoho.put(f"{API}/crm/v8/Price_Books/70/Products").respond(json={"data": ROWS})
    door.run(
        lambda crm: crm.link("Price_Books", "70", "Products", [{"id": LEAD, "list_price": Decimal(price)}])
    )
    assert f'"list_price":{price}}}' in route.calls.last.request.content.decode()


def test_a_delete_names_its_ids_in_the_query_and_has_no_body(door: Door, zoho: respx.MockRouter) -> None:
    route = zoho.delete(f"{API}/crm/v8/Campaigns/5/Leads").respond(json={"data": [*ROWS, *ROWS]})
    door.run(lambda crm: crm.delink("Campaigns", "5", "Leads", ["1", "2"]))
    request = route.calls.last.request
    assert request.url.query == b"ids=1,2"
    assert request.content == b""


def test_a_hundred_ids_of_nineteen_digits_fit_into_two_thousand_characters(
    door: Door, zoho: respx.MockRouter
) -> None:
    route = zoho.delete(f"{API}/crm/v8/Campaigns/5/Leads").respond(json={"data": ROWS * 100})
    door.run(lambda crm: crm.delink("Campaigns", "5", "Leads", [LEAD] * 100))
    assert len(route.calls.last.request.url.query) - len("ids=") == 1999


def test_a_query_goes_as_json_with_its_quotes_and_unicode(door: Door, zoho: respx.MockRouter) -> None:
    route = zoho.post(f"{API}/crm/v8/coql").respond(204)
    names = "Last_Name in ('O''Neill \"Zoë\" \\ 😀')"
    query = Query("Leads", ("id", "Last_Name"), names, limit=1)
    assert door.run(lambda crm: crm.query(query)).rows == []
    sent = httpx.Response(200, content=route.calls.last.request.content).json()
    assert sent == {"select_query": f"select id, Last_Name from Leads where {names} limit 1"}  # noqa: S608


async def pages(crm: Crm) -> list[list[str]]:
    """The ids of each page of a list."""
    stream = crm.pages("Campaigns", "5", "Leads", ["Email", "Member_Status"], set())
    return [[row["id"] for row in page.rows] async for page in stream]


def test_a_list_is_read_by_tokens_with_the_same_parameters_on_every_page(
    door: Door, zoho: respx.MockRouter
) -> None:
    infos = [{"more_records": True, "next_page_token": "a/b+c="}, {"more_records": False}]
    route = zoho.get(f"{API}/crm/v8/Campaigns/5/Leads").mock(
        side_effect=[
            httpx.Response(200, json={"data": [{"id": n}], "info": info}) for n, info in enumerate(infos, 1)
        ]
    )
    assert door.run(pages) == [["1"], ["2"]]
    first, second = (dict(call.request.url.params) for call in route.calls)
    assert first == {"fields": "Email,Member_Status", "per_page": "200"}
    assert second == first | {"page_token": "a/b+c="}


def test_a_list_without_tokens_is_read_by_page_numbers(door: Door, zoho: respx.MockRouter) -> None:
    infos = [{"more_records": True}, {"more_records": True, "next_page_token": None}, {"more_records": False}]
    route = zoho.get(f"{API}/crm/v8/Campaigns/5/Leads").mock(
        side_effect=[
            httpx.Response(200, json={"data": [{"id": n}], "info": info}) for n, info in enumerate(infos, 1)
        ]
    )
    assert door.run(pages) == [["1"], ["2"], ["3"]]
    assert [call.request.url.params.get("page") for call in route.calls] == [None, "2", "3"]


@pytest.mark.parametrize(("rows", "reads"), [(199, 1), (200, 2)])
def test_a_full_page_that_does_not_say_whether_others_follow_may_have_some(
    door: Door, zoho: respx.MockRouter, rows: int, reads: int
) -> None:
    full = httpx.Response(200, json={"data": [{"id": str(n)} for n in range(rows)]})
    route = zoho.get(f"{API}/crm/v8/Campaigns/5/Leads").mock(side_effect=[full, httpx.Response(204)])
    assert [len(page) for page in door.run(pages)] == [rows, 0][:reads]
    assert route.call_count == reads


def test_a_list_whose_pages_go_round_in_a_circle_ends(door: Door, zoho: respx.MockRouter) -> None:
    route = zoho.get(f"{API}/crm/v8/Campaigns/5/Leads").mock(side_effect=endless(lambda _: "same", last=9))
    with pytest.raises(CrmUnreachable, match="circle"):
        door.run(pages)
    assert route.call_count == 2


@pytest.mark.parametrize("rows", [[], [{"id": "1"}], [{"id": "2"}, {"id": "1"}, {"id": "2"}]], ids=len)
def test_a_list_whose_pages_bring_nothing_new_ends(
    door: Door, zoho: respx.MockRouter, rows: list[dict[str, str]]
) -> None:
    route = zoho.get(f"{API}/crm/v8/Campaigns/5/Leads").mock(side_effect=endless(str, rows))
    with pytest.raises(CrmUnreachable, match="no other rows"):
        door.run(pages)
    assert route.call_count == (2 if rows else 1)


def test_a_second_reading_of_a_list_brings_nothing_new_and_is_whole(
    door: Door, zoho: respx.MockRouter
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        page = int(request.url.params.get("page", "1"))
        info = {"more_records": page < 3}
        return httpx.Response(200, json={"data": [{"id": str(page)}], "info": info})

    zoho.get(f"{API}/crm/v8/Campaigns/5/Leads").mock(side_effect=answer)
    seen = {"1", "2"}

    async def again(crm: Crm) -> list[list[str]]:
        stream = crm.pages("Campaigns", "5", "Leads", ["Email"], seen)
        return [[row["id"] for row in page.rows] async for page in stream]

    assert door.run(again) == [[], [], ["3"]]
    assert door.run(again) == [[], [], []]


def test_a_record_that_one_page_holds_twice_is_given_once(door: Door, zoho: respx.MockRouter) -> None:
    rows = [{"id": "1"}, {"id": "2"}, {"id": "1"}]
    zoho.get(f"{API}/crm/v8/Campaigns/5/Leads").respond(json={"data": rows, "info": {"more_records": False}})
    assert door.run(pages) == [["1", "2"]]


def test_no_list_is_read_beyond_what_zoho_lists(door: Door, zoho: respx.MockRouter) -> None:
    route = zoho.get(f"{API}/crm/v8/Campaigns/5/Leads").mock(side_effect=endless(str))
    with pytest.raises(RequestRefused, match="goes on after 100,000 records") as caught:
        door.run(pages)
    assert (caught.value.code, caught.value.exit_code) == ("PAGINATION_LIMIT_EXCEEDED", 4)
    assert route.call_count == PAGES.most


def test_a_list_of_as_many_pages_as_zoho_lists_is_read(door: Door, zoho: respx.MockRouter) -> None:
    zoho.get(f"{API}/crm/v8/Campaigns/5/Leads").mock(side_effect=endless(str, last=PAGES.most))
    assert len(door.run(pages)) == PAGES.most


def endless(
    token: Callable[[int], str], rows: list[dict[str, str]] | None = None, last: int = 0
) -> Callable[[httpx.Request], httpx.Response]:
    """Pages of one new row each, or of these rows, with a token for the next; without an end, or with a last one."""
    count = itertools.count(1)

    def answer(_: httpx.Request) -> httpx.Response:
        number = next(count)
        info = {"more_records": number != last, "next_page_token": token(number)}
        return httpx.Response(
            200, json={"data": [{"id": str(number)}] if rows is None else rows, "info": info}
        )

    return answer


def test_ids_that_come_as_numbers_keep_all_digits(door: Door, zoho: respx.MockRouter) -> None:
    zoho.get(f"{API}/crm/v8/Campaigns/5/Leads").respond(
        content=b'{"data":[{"id":3652397000000327001}],"info":{"more_records":false}}'
    )
    assert door.run(pages) == [[LEAD]]


def test_list_names_come_from_the_href(door: Door, zoho: respx.MockRouter) -> None:
    zoho.get(f"{API}/crm/v8/settings/related_lists", params={"module": "Leads"}).respond(
        json={
            "related_lists": [
                {
                    "api_name": "Kampagnen",
                    "href": "Leads/{ENTITYID}/Campaigns",
                    "module": {"api_name": "Campaigns"},
                },
                {"api_name": "Notes", "href": None, "module": None, "status": "user_hidden"},
            ]
        }
    )
    assert door.run(lambda crm: crm.related_lists("Leads")) == [
        RelatedList("Campaigns", "Campaigns", visible=True, api_name="Kampagnen"),
        RelatedList("Notes", "", visible=False, api_name="Notes"),
    ]


@pytest.mark.parametrize(
    ("said", "domain"),
    [
        ("https://sandbox.zohoapis.eu", "https://sandbox.zohoapis.eu"),
        ("HTTPS://www.ZohoAPIs.com:443/", "https://www.zohoapis.com"),
        (None, "https://www.zohoapis.eu"),
        ("", "https://www.zohoapis.eu"),
    ],
)
def test_without_a_configured_address_the_tokens_own_is_used(
    door: Door, zoho: respx.MockRouter, tmp_path: Path, said: str | None, domain: str
) -> None:
    door.api_domain, door.accounts, door.cache_dir = "", "https://accounts.zoho.eu", tmp_path
    route = zoho.post("https://accounts.zoho.eu/oauth/v2/token")
    route.respond(json={"access_token": "t", "api_domain": said})
    zoho.get(f"{domain}/crm/v8/org").respond(json={"org": [{"zgid": "1"}]})
    for _ in range(2):
        assert door.run(lambda crm: crm.org()).id == "1"
        assert door.run(lambda crm: crm.api_domain()) == domain
    assert route.call_count == 1


@pytest.mark.parametrize(
    "said",
    [
        "https://evil.example",
        "https://www.zohoapis.com.evil.example",
        "https://www.zohoapis.com@evil.example",
        "http://www.zohoapis.com",
        "http://[::1",
        "http://127.0.0.1:8080",
        "https://localhost",
        "\ud800",
        {"a": 1},
        17,
    ],
    ids=ascii,
)
def test_an_accounts_server_sends_the_token_to_no_strangers(
    door: Door, zoho: respx.MockRouter, tmp_path: Path, said: Any
) -> None:
    door.api_domain, door.accounts, door.cache_dir = "", "https://accounts.zoho.eu", tmp_path
    answer = json.dumps({"access_token": "t", "api_domain": said})
    zoho.post("https://accounts.zoho.eu/oauth/v2/token").respond(content=answer)
    with pytest.raises(CrmUnreachable, match=r"says that the API is at .*, which is") as caught:
        door.run(lambda crm: crm.org())
    assert "ZSYNC_API_DOMAIN" in caught.value.help
    assert [call.request.url.host for call in zoho.calls] == ["accounts.zoho.eu"]
    assert list(tmp_path.iterdir()) == []


def test_a_kept_token_leads_to_no_strangers(door: Door, zoho: respx.MockRouter, tmp_path: Path) -> None:
    door.api_domain, door.accounts, door.cache_dir = "", "https://accounts.zoho.eu", tmp_path
    route = zoho.post("https://accounts.zoho.eu/oauth/v2/token").respond(json={"access_token": "t"})
    zoho.get("https://www.zohoapis.eu/crm/v8/org").respond(json={"org": [{"zgid": "1"}]})
    door.run(lambda crm: crm.org())
    (file,) = tmp_path.iterdir()
    file.write_text(file.read_text().replace("www.zohoapis.eu", "evil.example"))
    door.run(lambda crm: crm.org())
    assert route.call_count == 2


@pytest.mark.parametrize("call", ["link", "delink"])
def test_a_connection_for_reading_refuses_to_write(door: Door, zoho: respx.MockRouter, call: str) -> None:
    door.read_only = True
    with pytest.raises(RuntimeError, match="for reading"):
        door.run(
            lambda crm: getattr(crm, call)(
                "Campaigns", "5", "Leads", [{"id": "1"}] if call == "link" else ["1"]
            )
        )
    assert not zoho.calls


def test_half_of_an_emoji_can_be_sent_and_asked_for(door: Door, zoho: respx.MockRouter) -> None:
    # A CRM that cuts a text leaves it, a plan carries it, and the key of a row may end in it.
    put = zoho.put(f"{API}/crm/v8/Campaigns/5/Leads").respond(json={"data": ROWS})
    coql = zoho.post(f"{API}/crm/v8/coql").respond(204)
    door.run(lambda crm: crm.link("Campaigns", "5", "Leads", [{"id": LEAD, "Note": "\ud83d"}]))
    door.run(lambda crm: crm.query(Query("Leads", ("id",), "Last_Name in ('\ud83d')")))
    assert json.loads(put.calls.last.request.content)["data"][0]["Note"] == "\ud83d"
    assert "\ud83d" in json.loads(coql.calls.last.request.content)["select_query"]
