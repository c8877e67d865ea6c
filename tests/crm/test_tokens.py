"""One token for many calls, kept to oneself."""

import asyncio
import json
import logging
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx

from tests.crm.conftest import API, CANARIES, NOW, TOKEN_URL, Door, error
from zsync import USER_AGENT
from zsync.crm import Credentials, Crm, Settings
from zsync.errors import AccessDenied, CrmUnreachable, ZsyncError

ORG = f"{API}/crm/v8/org"
FINE = {"org": [{"zgid": "1"}]}


async def read(crm: Crm) -> Any:
    """A call that reads."""
    return await crm.org()


async def eight(crm: Crm) -> Any:
    """Eight calls at once."""
    return await asyncio.gather(*(crm.org() for _ in range(8)))


def tokens(*names: str) -> Callable[[httpx.Request], httpx.Response]:
    """A token endpoint that gives these tokens, one after the other."""
    left = list(names)
    return lambda _: httpx.Response(200, json={"access_token": left.pop(0), "expires_in": 3600})


def only(good: str) -> Callable[[httpx.Request], httpx.Response]:
    """An API that takes one token and refuses all others."""

    def answer(request: httpx.Request) -> httpx.Response:
        fine = request.headers["Authorization"].endswith(good)
        return httpx.Response(200, json=FINE) if fine else httpx.Response(401, json=error("INVALID_TOKEN"))

    return answer


def test_eight_calls_at_once_ask_for_one_token(door: Door, zoho: respx.MockRouter) -> None:
    zoho.get(ORG).respond(json=FINE)
    door.run(eight)
    assert zoho["token"].call_count == 1


def test_the_token_is_asked_for_under_our_name(door: Door, zoho: respx.MockRouter) -> None:
    zoho.get(ORG).respond(json=FINE)
    door.run(eight)
    assert zoho["token"].calls.last.request.headers["User-Agent"] == USER_AGENT


def test_eight_calls_with_an_expired_token_refresh_once(door: Door, zoho: respx.MockRouter) -> None:
    zoho["token"].mock(side_effect=tokens("old", "new", "third"))
    zoho.get(ORG).mock(side_effect=only("new"))
    door.concurrency = 8
    assert len(door.run(eight)) == 8
    assert zoho["token"].call_count == 2


def test_a_token_that_is_refused_again_after_a_refresh_is_not_refreshed_for_ever(
    door: Door, zoho: respx.MockRouter
) -> None:
    zoho["token"].mock(side_effect=tokens(*"abcdefgh"))
    zoho.get(ORG).mock(side_effect=only("none of them"))
    with pytest.raises(AccessDenied) as caught:
        door.run(read)
    assert caught.value.exit_code == 8
    assert zoho["token"].call_count == 2


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize(
    ("answer", "word"),
    [
        ({"error": "invalid_client"}, "data centre"),
        ({"error": "invalid_client_secret"}, "ZSYNC_CLIENT_SECRET"),
        ({"error": "invalid_code"}, "ZSYNC_REFRESH_TOKEN"),
        ({"error": "Access Denied", "error_description": "too many requests continuously"}, "ten minutes"),
        ({"error": "something_new"}, "ZSYNC_CLIENT_ID"),
        ({}, "ZSYNC_CLIENT_ID"),
        ([], "ZSYNC_CLIENT_ID"),
        ({"access_token": None}, "ZSYNC_CLIENT_ID"),
        ({"access_token": ""}, "ZSYNC_CLIENT_ID"),
    ],
    ids=str,
)
def test_a_refused_refresh_ends_at_once_and_says_what_to_check(
    door: Door, zoho: respx.MockRouter, status: int, answer: Any, word: str
) -> None:
    zoho["token"].respond(status, json=answer)
    with pytest.raises(AccessDenied) as caught:
        door.run(read)
    assert caught.value.exit_code == 8
    assert word in caught.value.help
    assert zoho["token"].call_count == 1


@pytest.mark.parametrize(
    "trouble",
    [httpx.ConnectError("no"), httpx.ReadTimeout("no"), httpx.Response(502, content=b"<html>")],
    ids=str,
)
def test_an_accounts_server_that_does_not_answer_is_unreachable(
    door: Door, zoho: respx.MockRouter, trouble: Any
) -> None:
    zoho["token"].mock(side_effect=[trouble] * 9)
    with pytest.raises(CrmUnreachable) as caught:
        door.run(read)
    assert "ZSYNC_ACCOUNTS_URL" in caught.value.help


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"expires_in": "soon"},
        {"expires_in": 3600000, "expires_in_sec": 3600},
        {"expires_in": 3600, "api_domain": None},
        {"expires_in": "3600"},
        {"expires_in": "3600", "expires_in_sec": 0},
        {"expires_in_sec": 30},
        {"expires_in": -3600},
        {"expires_in": 10**25},
        {"expires_in": None, "token_type": None, "scope": None},
        {"expires_in": {"seconds": 3600}},
    ],
    ids=str,
)
def test_a_token_without_a_usable_lifetime_is_used_all_the_same(
    door: Door, zoho: respx.MockRouter, answer: dict[str, Any]
) -> None:
    zoho["token"].respond(json={"access_token": "t"} | answer)
    zoho.get(ORG).respond(json=FINE)
    door.run(read)
    assert zoho["token"].call_count == 1


def test_the_token_is_kept_for_the_owner_alone_and_used_by_the_next_run(
    door: Door, zoho: respx.MockRouter, tmp_path: Path
) -> None:
    zoho.get(ORG).respond(json=FINE)
    door.cache_dir = tmp_path / "a" / "tokens"
    door.run(read)
    door.run(read)
    assert zoho["token"].call_count == 1
    (file,) = door.cache_dir.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert door.cache_dir.stat().st_mode & 0o777 == 0o700
    assert json.loads(file.read_text())["access_token"] == CANARIES[3]


def test_a_kept_token_is_not_used_in_its_last_minute(
    door: Door, zoho: respx.MockRouter, tmp_path: Path
) -> None:
    zoho.get(ORG).respond(json=FINE)
    door.cache_dir = tmp_path
    door.run(read)
    door.now = NOW + 3600 - 59
    door.run(read)
    assert zoho["token"].call_count == 2


def test_other_credentials_do_not_get_the_kept_token(
    door: Door, zoho: respx.MockRouter, tmp_path: Path
) -> None:
    zoho.get(ORG).respond(json=FINE)
    door.cache_dir = tmp_path
    door.run(read)
    door.credentials = Credentials(*CANARIES[:2], "another refresh token")
    door.run(read)
    assert zoho["token"].call_count == 2


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no json",
        "[]",
        "null",
        "{}",
        '{"access_token": "t", "api_domain": "", "expires_at": null}',
        '{"access_token": "t", "api_domain": "", "expires_at": "tomorrow"}',
        '{"access_token": 5, "api_domain": "", "expires_at": 9e99}',
        '{"access_token": "t", "api_domain": null, "expires_at": 9e99}',
        '{"access_token": "t", "api_domain": "", "expires_at": 9e99, "more": 1}',
        "\udcff",
    ],
)
def test_a_spoilt_token_file_costs_a_refresh_and_nothing_else(
    door: Door, zoho: respx.MockRouter, tmp_path: Path, text: str
) -> None:
    zoho.get(ORG).respond(json=FINE)
    door.cache_dir = tmp_path
    door.run(read)
    (file,) = tmp_path.iterdir()
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    door.run(read)
    assert zoho["token"].call_count == 2


def test_a_token_that_cannot_be_kept_is_used_all_the_same(
    door: Door, zoho: respx.MockRouter, tmp_path: Path
) -> None:
    zoho.get(ORG).respond(json=FINE)
    (tmp_path / "file").write_text("in the way")
    door.cache_dir = tmp_path / "file" / "tokens"
    assert door.run(read).id == "1"


def test_an_access_token_alone_needs_no_refresh_and_gets_none(door: Door, zoho: respx.MockRouter) -> None:
    door.credentials = Credentials(access_token="canary-given")
    route = zoho.get(ORG).mock(side_effect=only("none"))
    with pytest.raises(AccessDenied, match="no refresh token"):
        door.run(read)
    assert zoho["token"].call_count == 0
    assert route.call_count == 1


@pytest.mark.parametrize("token", ["canary\n", "canäry", "canary\x00"])
def test_a_token_that_no_header_can_hold_is_refused_without_being_shown(door: Door, token: str) -> None:
    door.credentials = Credentials(access_token=token)
    with pytest.raises(AccessDenied, match="ZSYNC_ACCESS_TOKEN") as caught:
        door.run(read)
    assert token not in str(caught.value)


def test_a_missing_scope_is_not_answered_with_a_new_token(door: Door, zoho: respx.MockRouter) -> None:
    zoho.get(ORG).respond(401, json=error("OAUTH_SCOPE_MISMATCH"))
    with pytest.raises(AccessDenied, match="OAUTH_SCOPE_MISMATCH"):
        door.run(read)
    assert zoho["token"].call_count == 1


TROUBLES: list[Any] = [
    httpx.Response(401, json=error("INVALID_TOKEN")),
    httpx.Response(403, json=error("NO_PERMISSION", permissions=["x"])),
    httpx.Response(500),
    httpx.Response(429),
    httpx.Response(200, content=b"<html>"),
    httpx.ReadTimeout("slow"),
    httpx.ConnectError("no"),
    httpx.LocalProtocolError("Illegal header value b'Zoho-oauthtoken canary-access'"),
]


@pytest.mark.parametrize("where", ["token", "api"])
@pytest.mark.parametrize("trouble", TROUBLES, ids=str)
def test_no_secret_is_in_an_error_its_cause_or_a_log(
    door: Door, zoho: respx.MockRouter, caplog: pytest.LogCaptureFixture, where: str, trouble: Any
) -> None:
    caplog.set_level(logging.DEBUG)
    (zoho["token"] if where == "token" else zoho.get(ORG)).mock(side_effect=[trouble] * 20)
    with pytest.raises(ZsyncError) as caught:
        door.run(read)
    shown = (
        "".join(traceback.format_exception(caught.value))
        + repr(caught.value)
        + caught.value.help
        + caplog.text
    )
    assert not [canary for canary in CANARIES if canary in shown]


def test_credentials_and_settings_show_nothing_of_themselves() -> None:
    settings = Settings(TOKEN_URL, credentials=Credentials(*CANARIES))
    assert not [canary for canary in CANARIES if canary in repr(settings)]


@pytest.mark.parametrize(
    ("said", "scopes"),
    [
        ("a.READ b.READ", {"a.READ", "b.READ"}),
        ("a.READ,b.READ", {"a.READ", "b.READ"}),
        (["a.READ", "b.READ", 5], {"a.READ", "b.READ"}),
        (None, set()),
        (7, set()),
        ({"a": 1}, set()),
    ],
)
def test_scopes_are_read_however_they_are_written(
    door: Door, zoho: respx.MockRouter, said: Any, scopes: set[str]
) -> None:
    zoho["token"].respond(json={"access_token": "t", "expires_in": 3600, "scope": said})
    assert door.run(lambda crm: crm.scopes()) == scopes


@pytest.mark.parametrize(
    "domain",
    ["https://crm.evil.example", "http://www.zohoapis.com", "https://www.zohoapis.com.evil.example", "//x", 5, ["x"], {}],
    ids=str,
)  # fmt: skip
def test_a_token_for_an_api_at_another_place_is_used_nowhere(
    door: Door, zoho: respx.MockRouter, domain: Any
) -> None:
    door.api_domain, door.accounts = "", "https://accounts.zoho.com"
    token = {"access_token": "t", "expires_in": 3600, "api_domain": domain}
    zoho.post("https://accounts.zoho.com/oauth/v2/token").respond(json=token)
    if domain == {}:
        # As good as none: it is the data centre's.
        zoho.get("https://www.zohoapis.com/crm/v8/org").respond(json=FINE)
        door.run(read)
        return
    with pytest.raises(CrmUnreachable, match="says that the API is at"):
        door.run(read)
    assert len(zoho.calls) == 1


@pytest.mark.parametrize(
    ("accounts", "org_type", "api"),
    [
        ("https://accounts.zoho.com", "", "https://www.zohoapis.com"),
        ("https://accounts.zoho.eu", "production", "https://www.zohoapis.eu"),
        ("https://accounts.zoho.eu", "sandbox", "https://sandbox.zohoapis.eu"),
        ("https://accounts.zoho.uk", "developer", "https://developer.zohoapis.uk"),
        ("https://accounts.zoho.ae", "", "https://www.zohoapis.ae"),
    ],
)
def test_a_token_without_an_address_is_for_the_data_centres_api_of_that_type_of_org(
    door: Door, zoho: respx.MockRouter, accounts: str, org_type: str, api: str
) -> None:
    door.api_domain, door.accounts, door.org_type = "", accounts, org_type
    zoho.post(f"{accounts}/oauth/v2/token").respond(json={"access_token": "t", "expires_in": "3600"})
    org = zoho.get(f"{api}/crm/v8/org").respond(json=FINE)
    door.run(read)
    assert org.call_count == 1
