"""The token endpoint over a real socket, as a client meets it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from zsync.emulator import RunningCrm, Switches, running


@pytest.fixture(scope="module")
def crm() -> Iterator[RunningCrm]:
    with running() as started:
        yield started


def _form(crm: RunningCrm, **changed: str) -> dict[str, str]:
    form = {
        "grant_type": "refresh_token",
        "client_id": crm.client_id,
        "client_secret": crm.client_secret,
        "refresh_token": crm.refresh_token,
    }
    return form | changed


@pytest.mark.parametrize("where", ["data", "params"])
def test_a_refresh_token_buys_an_access_token_by_form_or_by_query(crm: RunningCrm, where: str) -> None:
    answer = httpx.request("POST", f"{crm.url}/oauth/v2/token", **{where: _form(crm)}).json()  # type: ignore[arg-type]
    assert answer.keys() == {"access_token", "scope", "api_domain", "token_type", "expires_in"}
    assert (answer["api_domain"], answer["token_type"], answer["expires_in"]) == (crm.url, "Bearer", 3600)
    org = httpx.get(
        f"{crm.url}/crm/v8/org", headers={"Authorization": f"Zoho-oauthtoken {answer['access_token']}"}
    )
    assert org.json()["org"][0]["zgid"] == crm.org_id


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"client_id": "x"}, "invalid_client"),
        ({"client_secret": "x"}, "invalid_client_secret"),
        ({"refresh_token": "x"}, "invalid_code"),
        ({"grant_type": "authorization_code", "code": "x"}, "invalid_code"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
    ],
)
def test_wrong_credentials_get_status_200_and_an_error(
    crm: RunningCrm, changed: dict[str, str], error: str
) -> None:
    answer = httpx.post(f"{crm.url}/oauth/v2/token", data=_form(crm, **changed))
    assert (answer.status_code, answer.json()) == (200, {"error": error})


def test_a_switch_gives_wrong_credentials_status_400() -> None:
    with running(switches=Switches(oauth_error_status=400)) as crm:
        answer = httpx.post(f"{crm.url}/oauth/v2/token", data=_form(crm, client_id="x"))
    assert (answer.status_code, answer.json()) == (400, {"error": "invalid_client"})


def test_a_self_clients_code_is_good_once(crm: RunningCrm) -> None:
    form = _form(crm, grant_type="authorization_code", code=crm.code())
    first = httpx.post(f"{crm.url}/oauth/v2/token", data=form).json()
    second = httpx.post(f"{crm.url}/oauth/v2/token", data=form).json()
    assert second == {"error": "invalid_code"}
    assert first["refresh_token"] != crm.refresh_token
    for token in (first["refresh_token"], crm.refresh_token):
        assert (
            "access_token"
            in httpx.post(f"{crm.url}/oauth/v2/token", data=_form(crm, refresh_token=token)).json()
        )


def test_a_token_lives_an_hour() -> None:
    moment = [datetime(2027, 3, 1, tzinfo=UTC)]
    with running(clock=lambda: moment[0]) as crm:
        headers = {"Authorization": f"Zoho-oauthtoken {crm.access_token()}"}
        moment[0] += timedelta(seconds=3599)
        assert httpx.get(f"{crm.url}/crm/v8/org", headers=headers).status_code == 200
        moment[0] += timedelta(seconds=1)
        assert httpx.get(f"{crm.url}/crm/v8/org", headers=headers).json()["code"] == "INVALID_TOKEN"


def test_a_form_in_parts_buys_a_token(crm: RunningCrm) -> None:
    parts = {name: (None, value) for name, value in _form(crm).items()}
    answer = httpx.post(f"{crm.url}/oauth/v2/token", files=parts)
    assert answer.request.headers["content-type"].startswith("multipart/form-data")
    assert answer.json()["access_token"].startswith("1000.")


@pytest.mark.parametrize("body", [b"", b"--x", b"--x\r\n\r\n--x--", b"\xff" * 99])
def test_a_form_in_broken_parts_is_refused_like_an_empty_one(crm: RunningCrm, body: bytes) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = httpx.post(f"{crm.url}/oauth/v2/token", content=body, headers=headers)
    assert answer.json() == {"error": "invalid_client"}


def _org(crm: RunningCrm, token: str) -> int:
    headers = {"Authorization": f"Zoho-oauthtoken {token}"}
    return httpx.get(f"{crm.url}/crm/v8/org", headers=headers).status_code


def test_revoking_a_refresh_token_ends_all_that_it_bought_until_a_code_buys_a_new_one() -> None:
    with running() as crm:
        url = f"{crm.url}/oauth/v2/token"
        access = httpx.post(url, data=_form(crm)).json()["access_token"]
        answer = httpx.post(f"{url}/revoke", params={"token": crm.refresh_token})
        assert (answer.status_code, answer.json()) == (200, {"status": "success"})
        assert (_org(crm, access), httpx.post(url, data=_form(crm)).json()) == (
            401,
            {"error": "invalid_code"},
        )
        form = _form(crm, grant_type="authorization_code", code=crm.code())
        fresh = httpx.post(url, data=form).json()["refresh_token"]
        assert fresh != crm.refresh_token
        assert _org(crm, httpx.post(url, data=_form(crm, refresh_token=fresh)).json()["access_token"]) == 200


def test_the_21st_refresh_token_ends_the_oldest_and_what_that_bought() -> None:
    with running(switches=Switches(token_grants=0, tokens_alive=0)) as crm:
        url = f"{crm.url}/oauth/v2/token"
        bought = httpx.post(url, data=_form(crm)).json()["access_token"]
        for made in range(1, 21):
            assert _org(crm, bought) == 200, made
            code = _form(crm, grant_type="authorization_code", code=crm.code())
            last = httpx.post(url, data=code).json()["refresh_token"]
        assert httpx.post(url, data=_form(crm)).json() == {"error": "invalid_code"}
        assert _org(crm, bought) == 401
        assert "access_token" in httpx.post(url, data=_form(crm, refresh_token=last)).json()


def test_revoking_one_refresh_token_leaves_the_others(crm: RunningCrm) -> None:
    url = f"{crm.url}/oauth/v2/token"
    mine = httpx.post(url, data=_form(crm)).json()["access_token"]
    made = httpx.post(url, data=_form(crm, grant_type="authorization_code", code=crm.code())).json()
    assert httpx.post(f"{url}/revoke", data={"token": made["refresh_token"]}).json() == {"status": "success"}
    assert (_org(crm, made["access_token"]), _org(crm, mine)) == (401, 200)


def test_revoking_an_access_token_ends_it_alone(crm: RunningCrm) -> None:
    url = f"{crm.url}/oauth/v2/token"
    one, other = (httpx.post(url, data=_form(crm)).json()["access_token"] for _ in range(2))
    assert httpx.post(f"{url}/revoke", data={"token": one}).json() == {"status": "success"}
    assert (_org(crm, one), _org(crm, other)) == (401, 200)
    assert httpx.post(f"{url}/revoke", data={"token": "none"}).json() == {"error": "invalid_token"}
