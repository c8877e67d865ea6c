"""Hosts and credentials: the variables first, then the environment's settings, then the data centre."""

from collections.abc import Mapping

import pytest

from zsync.crm.access import BARE, Hosts, find_hosts, read_credentials, serving
from zsync.errors import AccessDenied, UsageError

EU = "https://accounts.zoho.eu"
REFRESH = {"ZSYNC_CLIENT_ID": "a", "ZSYNC_CLIENT_SECRET": "b", "ZSYNC_REFRESH_TOKEN": "c"}
TOKEN = {"ZSYNC_ACCESS_TOKEN": "t"}


@pytest.mark.parametrize(
    ("variables", "given", "hosts"),
    [
        ({}, {}, Hosts("https://accounts.zoho.com", "")),
        ({}, {"data_centre": "eu"}, Hosts(EU, "")),
        ({}, {"data_centre": "eu", "accounts_url": "https://a", "api_domain": "https://b"}, Hosts("https://a", "https://b")),
        ({"ZSYNC_ACCOUNTS_URL": "https://v"}, {"accounts_url": "https://a"}, Hosts("https://v", "")),
        ({"ZSYNC_API_DOMAIN": "https://v"}, {"data_centre": "eu", "api_domain": "https://b"}, Hosts(EU, "https://v")),
        (TOKEN, {"data_centre": "eu"}, Hosts(EU, "https://www.zohoapis.eu")),
        (TOKEN, {"data_centre": "eu", "org_type": "sandbox"}, Hosts(EU, "https://sandbox.zohoapis.eu")),
        (TOKEN, {"data_centre": "eu", "api_domain": "https://b"}, Hosts(EU, "https://b")),
        ({"ZSYNC_API_DOMAIN": "", "ZSYNC_ACCOUNTS_URL": ""}, {"data_centre": "eu"}, Hosts(EU, "")),
    ],
)  # fmt: skip
def test_hosts_are_found(variables: Mapping[str, str], given: dict[str, str], hosts: Hosts) -> None:
    assert find_hosts(variables, **given) == hosts


def test_a_data_centre_that_there_is_not_is_wrong_usage() -> None:
    with pytest.raises(UsageError, match="no data centre 'mars'") as caught:
        find_hosts({}, data_centre="mars")
    assert "us, eu" in caught.value.help


@pytest.mark.parametrize("variables", [REFRESH, TOKEN, REFRESH | TOKEN, TOKEN | {"ZSYNC_CLIENT_ID": "a"}])
def test_credentials_that_are_enough_are_read_as_they_are(variables: dict[str, str]) -> None:
    found = read_credentials(variables)
    read = (found.client_id, found.client_secret, found.refresh_token, found.access_token)
    assert read == tuple(variables.get(name, "") for name in (*REFRESH, *TOKEN))


@pytest.mark.parametrize("missing", [*((name,) for name in REFRESH), tuple(REFRESH)], ids=" ".join)
@pytest.mark.parametrize("empty", [{}, {"ZSYNC_ACCESS_TOKEN": ""}], ids=["unset", "empty"])
def test_those_that_are_missing_are_named_and_no_others(
    missing: tuple[str, ...], empty: dict[str, str]
) -> None:
    kept = {name: value for name, value in REFRESH.items() if name not in missing}
    with pytest.raises(AccessDenied) as caught:
        read_credentials(kept | empty)
    assert (caught.value.code, caught.value.exit_code) == ("NO_CREDENTIALS", 8)
    assert [name for name in REFRESH if name in str(caught.value)] == list(missing)


EU_OWN, TEST_OWN = "ZSYNC_EU_", "ZSYNC_EU_TEST_"
BOTH = (EU_OWN, TEST_OWN)


def own(prefix: str) -> dict[str, str]:
    return {name.replace(BARE, prefix): value for name, value in REFRESH.items()}


@pytest.mark.parametrize(
    ("variables", "serves"),
    [
        (REFRESH, BARE),
        (own(EU_OWN), EU_OWN),
        (own(EU_OWN) | own(TEST_OWN), EU_OWN),
        (own(EU_OWN) | REFRESH, EU_OWN),
        ({"ZSYNC_EU_ACCESS_TOKEN": "t"}, EU_OWN),
        ({"ZSYNC_EU_ACCOUNTS_URL": "https://a"} | REFRESH, EU_OWN),
        (dict.fromkeys(own(EU_OWN), "") | dict.fromkeys(own(TEST_OWN), "") | REFRESH, BARE),
        ({"ZSYNC_EU_FREEZE": "because"} | REFRESH, BARE),
    ],
)
def test_an_environments_own_variables_serve_it_and_else_the_bare_ones(
    variables: dict[str, str], serves: str
) -> None:
    assert serving(variables, EU_OWN, BOTH) == serves


def test_where_one_environment_has_its_own_the_bare_ones_serve_none() -> None:
    for theirs in ("ZSYNC_EU_TEST_CLIENT_ID", "ZSYNC_EU_TEST_API_DOMAIN"):
        with pytest.raises(AccessDenied) as caught:
            serving(REFRESH | {theirs: "x"}, EU_OWN, BOTH)
        assert (caught.value.code, caught.value.exit_code) == ("NO_CREDENTIALS", 8)
        assert theirs in str(caught.value)
        assert "ZSYNC_EU_CLIENT_ID" in caught.value.help


def test_half_of_its_own_is_not_filled_up_with_bare_ones() -> None:
    variables = REFRESH | {"ZSYNC_EU_REFRESH_TOKEN": "x"}
    with pytest.raises(AccessDenied, match="ZSYNC_EU_CLIENT_ID, ZSYNC_EU_CLIENT_SECRET are not set"):
        read_credentials(variables, serving(variables, EU_OWN, BOTH))


@pytest.mark.parametrize("name", ["ZSYNC_API_DOMAIN", "ZSYNC_ACCOUNTS_URL"])
def test_a_bare_address_beside_its_own_variables_is_neither_used_nor_passed_over(name: str) -> None:
    with pytest.raises(UsageError, match="never some of each") as caught:
        serving(own(EU_OWN) | {name: "https://v"}, EU_OWN, BOTH)
    assert name.replace(BARE, EU_OWN) in caught.value.help


def test_hosts_and_credentials_are_those_of_the_prefix() -> None:
    variables = (
        own(EU_OWN) | REFRESH | {"ZSYNC_EU_API_DOMAIN": "https://b", "ZSYNC_EU_ACCOUNTS_URL": "https://a"}
    )
    assert find_hosts(variables, prefix=EU_OWN) == Hosts("https://a", "https://b")
    assert read_credentials(variables, EU_OWN).variable == "ZSYNC_EU_REFRESH_TOKEN"
    assert read_credentials({"ZSYNC_EU_ACCESS_TOKEN": "t"}, EU_OWN).variable == "ZSYNC_EU_ACCESS_TOKEN"
