"""Addresses that come from outside: one form for those that may be used, a reason for all others."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zsync.hosts import CENTRES, AddressRefused, address, centre_of, is_local

LOOKALIKES = (
    "https://www.zohoapis.com.evil.example",
    "https://www.zohoapis.com@evil.example",
    "https://evil.example/www.zohoapis.com",
    "https://evil.example#.zohoapis.com",
    "https://evil.example?.zohoapis.com",
    "https://evil.example\\.zohoapis.com",
    "https://evil.example\\@www.zohoapis.com",
    "https://www.zohoapis.com\\@evil.example",
    "https://www.zohoapis.com:443@evil.example",
    "https://www.zohoapis.com:8443",
    "https://www.zohoapis.com.",
    "https://.www.zohoapis.com",
    "https://www..zohoapis.com",
    "https://www-zohoapis.com",
    "https://wwwxzohoapis.com",
    "https://zohoapis.com",
    "https://evilzohoapis.com",
    "https://x.www.zohoapis.com",
    "https://www.zohoapis.com%2eevil.example",
    "https://www.zohoapis.com%00.evil.example",
    "https://www.zohoаpis.com",  # a Cyrillic a
    "https://www.zohoapis。com",  # an ideographic full stop
    "https://www.zoho\u00adapis.com",  # a soft hyphen
    "https://www.zohoapıs.com",  # a dotless i
    "https://ⓦww.zohoapis.com",
    "https://www.xn--zohopis-2fg.com",
    " https://www.zohoapis.com",
    "https://www.zohoapis.com ",
    "https://www.zohoapis.com\n",
    "https://www.zoho\tapis.com",
    "https:// www.zohoapis.com",
    "https:/www.zohoapis.com",
    "https:www.zohoapis.com",
    "https:///www.zohoapis.com",
    "//www.zohoapis.com",
    "www.zohoapis.com",
    "http://www.zohoapis.com",
    "ftp://www.zohoapis.com",
    "javascript://www.zohoapis.com",
    "https://www.zohoapis.com/path",
    "https://www.zohoapis.com?x=y",
    "https://www.zohoapis.com#x",
    "https://[::1",
    "https://[::1]evil.example",
    "http://[::1%25lo]",
    "http://[::ffff:127.0.0.1]",
    "http://[0:0:0:0:0:0:0:1]",
    "http://127.0.0.1.evil.example",
    "http://127.0.0.1@evil.example",
    "http://localhost.evil.example",
    "http://127.1",
    "http://2130706433",
    "http://0x7f000001",
    "http://0177.0.0.1",
    "http://0.0.0.0",
    "http://127.0.0.2",
    "http://evil.example",
    "http://localhost:0",
    "http://localhost:65536",
    "http://localhost:-1",
    "http://localhost:١",
    "http://localhost:8080:8081",
    "https://",
    "",
    "https://a" + "b" * 63 + ".example",
)


@pytest.mark.parametrize("url", LOOKALIKES, ids=ascii)
def test_only_zohos_hosts_and_this_machine_may_stand_in_files(url: str) -> None:
    with pytest.raises(AddressRefused):
        address(url, zoho=True)


@pytest.mark.parametrize("url", sorted({url for centre in CENTRES.values() for url in centre}))
def test_every_host_of_every_data_centre_may_stand_in_files(url: str) -> None:
    assert address(url, zoho=True) == url


def test_the_data_centres_are_zohos_ten() -> None:
    assert list(CENTRES) == ["us", "eu", "in", "au", "jp", "cn", "ca", "sa", "uk", "ae"]
    assert CENTRES["uk"].accounts_url == "https://accounts.zoho.uk"
    assert CENTRES["ae"].api("production") == "https://www.zohoapis.ae"
    assert centre_of("https://accounts.zohocloud.ca") is CENTRES["ca"]
    assert centre_of("https://accounts.zoho.com.evil.example") is None


@pytest.mark.parametrize(
    ("written", "form"),
    [
        ("HTTPS://WWW.ZohoAPIs.EU/", "https://www.zohoapis.eu"),
        ("https://www.zohoapis.eu:443", "https://www.zohoapis.eu"),
        ("https://www.zohoapis.eu:0443/", "https://www.zohoapis.eu"),
        ("http://LOCALHOST:8080/", "http://localhost:8080"),
        ("http://127.0.0.1:80", "http://127.0.0.1"),
        ("http://[::1]:5000", "http://[::1]:5000"),
        ("https://localhost", "https://localhost"),
    ],
)
def test_an_address_has_one_form(written: str, form: str) -> None:
    assert address(written) == address(written, zoho=True) == form
    assert address(form) == form


@pytest.mark.parametrize(
    "url",
    [
        "https://crm.acme.example",
        "https://crm.acme.example:8443",
        "https://10.0.0.7",
        "https://xn--mnchen-3ya.example",
        "https://crm_proxy/zoho/eu",
        "https://crm.acme.example/a.b/c-d/~e",
    ],
)
def test_whoever_runs_zsync_may_name_any_host_by_https(url: str) -> None:
    assert address(url) == url
    with pytest.raises(AddressRefused):
        address(url, zoho=True)


@pytest.mark.parametrize(
    "url",
    [
        "http://crm.acme.example",
        "http://10.0.0.7:8080",
        "http://host.docker.internal:8080",
        "https://ana:pw@crm.acme.example",
        "https://crm.acme.example/a/../b",
        "https://crm.acme.example/./b",
        "https://crm.acme.example//b",
        "https://crm.acme.example/a?b=c",
        "https://crm.acme.example/#a",
        "https://crm.acme.example/%2e%2e/",
    ],
)
def test_what_not_even_whoever_runs_zsync_may_name(url: str) -> None:
    with pytest.raises(AddressRefused):
        address(url)


def test_a_webhook_may_end_in_anything_and_telemetry_go_by_http() -> None:
    hook = "https://chat.example/x?sig=a%20b@c#d"
    assert address(hook, webhook=True) == hook
    assert address("http://collector:4318/v1", plain=True) == "http://collector:4318/v1"
    for url in ("https://chat.example/ä", "https://chat.example/a b", "https://a@chat.example/"):
        with pytest.raises(AddressRefused):
            address(url, webhook=True)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://crm.example", "is not https; http is for this machine alone"),
        ("https://localhost:99999", "has a port that does not exist: 99999"),
        ("https://crm.example/a b", "is not like https://www.zohoapis.com"),
        ("https://crm.example/?a", "has something behind the host that does not belong there"),
    ],
)
def test_the_reason_is_told(url: str, reason: str) -> None:
    with pytest.raises(AddressRefused) as caught:
        address(url)
    assert str(caught.value) == reason


def test_this_machine_is_known_by_its_names_alone() -> None:
    assert all(map(is_local, ["http://127.0.0.1:1", "https://LocalHost/x", "http://[::1]"]))
    assert not any(
        map(is_local, ["http://127.0.0.1.evil.example", "https://www.zohoapis.com", "localhost", ""])
    )


def _twisted() -> Iterator[st.SearchStrategy[str]]:
    parts = [
        "https://",
        "http://",
        "HTTPS:",
        "www.zohoapis.com",
        "localhost",
        "127.0.0.1",
        "[::1]",
        "evil.example",
    ]
    yield st.sampled_from(
        [*parts, "@", ":", ":443", ":80", "/", "\\", "?", "#", ".", "%2e", "..", "\t", "\0", "é", "xn--"]
    )
    yield st.characters(max_codepoint=0x2FF)


@given(st.lists(st.one_of(*_twisted()), max_size=6).map("".join))
def test_every_library_reads_an_address_alike_once_it_is_taken(url: str) -> None:
    try:
        taken = address(url)
    except AddressRefused:
        return
    for one in (url, taken):
        host = urlsplit(one).hostname
        assert host == httpx.URL(one).host == urlsplit(taken).hostname
        assert httpx.URL(one).scheme == urlsplit(one).scheme
        assert urlsplit(one).username is httpx.URL(one).username or not httpx.URL(one).userinfo
    assert taken == address(taken)
