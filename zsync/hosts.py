"""Zoho's data centres, and the one check of every address that comes from outside.

Secrets go to these addresses. A strict pattern parses them, so that no two programs can read one differently: a check that
sees another host than the one that is called would be worth nothing.

https://www.zoho.com/crm/developer/docs/api/v8/multi-dc.html
"""

import re
from types import MappingProxyType
from typing import NamedTuple


class Centre(NamedTuple):
    """The hosts of a data centre, as URLs without a trailing slash."""

    accounts_url: str
    api_domain: str
    sandbox: str
    developer: str

    def api(self, org_type: str) -> str:
        """The API's address for a production, sandbox or developer org."""
        return {"sandbox": self.sandbox, "developer": self.developer}.get(org_type, self.api_domain)


def _centre(accounts: str, end: str) -> Centre:
    www, sandbox, developer = (f"https://{part}.zohoapis.{end}" for part in ("www", "sandbox", "developer"))
    return Centre(f"https://{accounts}", www, sandbox, developer)


CENTRES = MappingProxyType(
    {
        "us": _centre("accounts.zoho.com", "com"),
        "eu": _centre("accounts.zoho.eu", "eu"),
        "in": _centre("accounts.zoho.in", "in"),
        "au": _centre("accounts.zoho.com.au", "com.au"),
        "jp": _centre("accounts.zoho.jp", "jp"),
        "cn": _centre("accounts.zoho.com.cn", "com.cn"),
        "ca": _centre("accounts.zohocloud.ca", "ca"),
        "sa": _centre("accounts.zoho.sa", "sa"),
        # These two are not in Zoho's SDKs. Only the UK's main hosts are documented; the others follow the pattern.
        "uk": _centre("accounts.zoho.uk", "uk"),
        "ae": _centre("accounts.zoho.ae", "ae"),
    }
)
"""Data centre, as `data_centre` in zsync.yaml names it → its hosts."""

_ZOHO = frozenset(url.removeprefix("https://") for centre in CENTRES.values() for url in centre)
_HERE = frozenset({"127.0.0.1", "localhost", "[::1]"})

# Only letters, digits, hyphens and underscores: no user name, no trailing dot, no other alphabet, no backslash, no space.
_LABEL = "[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_ADDRESS = re.compile(
    rf"(?P<scheme>https?)://(?P<host>{_LABEL}(?:\.{_LABEL})*|\[::1\])(?::(?P<port>[0-9]{{1,5}}))?(?P<rest>[/?][!-~]*)?",
    re.IGNORECASE,
)
_PATH = re.compile(r"(?:/(?!\.{1,2}(?:/|\Z))[A-Za-z0-9._~-]+)*/?")
_PORTS = {"https": "443", "http": "80"}


class AddressRefused(ValueError):
    """An address that must not be used. The message follows the address in a sentence: `is not https`."""


def address(url: str, *, zoho: bool = False, webhook: bool = False, plain: bool = False) -> str:
    """The address, normalised: scheme and host in lower case, without a default port and a trailing slash.

    Whoever runs zsync may name any host with https, and this machine with http as well. With `zoho`, for addresses from
    files and answers, the host must be Zoho's or this machine. A path may follow, though not with `zoho`; with `webhook`,
    anything may. With `plain`, for what is not secret, http is allowed for any host. Raises `AddressRefused`.
    """
    found = _ADDRESS.fullmatch(url)
    if found is None:
        raise AddressRefused("is not like https://www.zohoapis.com")
    scheme, host, rest = found["scheme"].lower(), found["host"].lower(), found["rest"] or ""
    port = (found["port"] or _PORTS[scheme]).lstrip("0")
    if not 0 < int(port or 0) < 2**16:
        raise AddressRefused(f"has a port that does not exist: {found['port']}")
    if scheme == "http" and host not in _HERE and not plain:
        raise AddressRefused("is not https; http is for this machine alone")
    if zoho and host not in _HERE and (host not in _ZOHO or port != _PORTS["https"]):
        raise AddressRefused("is not one of Zoho's hosts")
    if not webhook and not (rest in ("", "/") if zoho else _PATH.fullmatch(rest)):
        raise AddressRefused("has something behind the host that does not belong there")
    shown = "" if port == _PORTS[scheme] else f":{port}"
    return f"{scheme}://{host}{shown}{rest if webhook else rest.rstrip('/')}"


def centre_of(accounts_url: str) -> Centre | None:
    """The data centre of an accounts server; None if it is not Zoho's."""
    return next((centre for centre in CENTRES.values() if centre.accounts_url == accounts_url), None)


def is_local(url: str) -> bool:
    """Whether an address is on this machine."""
    found = _ADDRESS.fullmatch(url)
    return found is not None and found["host"].lower() in _HERE
