"""Hosts and credentials: the variables first, then the environment's settings, then the data centre."""

from collections.abc import Mapping

import pytest

from zsync.crm.access import Hosts, find_hosts, read_credentials
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
