"""Where the CRM is and who we are there: the environment variables first, then an environment's settings.

Variables come as an argument, usually `os.environ`.
"""

from collections.abc import Mapping
from typing import NamedTuple

from zsync.crm.accounts import checked_address
from zsync.crm.auth import Credentials
from zsync.errors import AccessDenied, UsageError
from zsync.hosts import CENTRES

_REFRESH = ("ZSYNC_CLIENT_ID", "ZSYNC_CLIENT_SECRET", "ZSYNC_REFRESH_TOKEN")
_ACCESS_TOKEN = "ZSYNC_ACCESS_TOKEN"  # noqa: S105  a variable's name


class Hosts(NamedTuple):
    """The accounts server and the API's address; an empty `api_domain` means: the one that comes with the token."""

    accounts_url: str
    api_domain: str


def read_credentials(variables: Mapping[str, str]) -> Credentials:
    """The credentials that are set. Raises `AccessDenied` (`NO_CREDENTIALS`) where they are not enough for a connection."""
    token = variables.get(_ACCESS_TOKEN, "")
    missing = [name for name in _REFRESH if not variables.get(name)]
    if missing and not token:
        raise AccessDenied(
            f"no credentials: {', '.join(missing)} {'is' if len(missing) == 1 else 'are'} not set",
            code="NO_CREDENTIALS",
            status=0,
            request="",
            exit_code=8,
            help="Set ZSYNC_CLIENT_ID, ZSYNC_CLIENT_SECRET and ZSYNC_REFRESH_TOKEN, or ZSYNC_ACCESS_TOKEN alone. "
            "To try zsync without an account: `zsync demo`.",
        )
    client_id, client_secret, refresh_token = (variables.get(name, "") for name in _REFRESH)
    return Credentials(client_id, client_secret, refresh_token, token)


def find_hosts(
    variables: Mapping[str, str],
    *,
    data_centre: str = "us",
    org_type: str = "",
    accounts_url: str = "",
    api_domain: str = "",
) -> Hosts:
    """The hosts of an org: those of the variables, else those that are given, else its data centre's.

    Raises `UsageError` for a data centre that Zoho does not have, and for an address that must not be used.
    """
    if data_centre not in CENTRES:
        raise UsageError(
            f"no data centre {data_centre!r}",
            help=f"They are {', '.join(CENTRES)}; for another server set ZSYNC_ACCOUNTS_URL.",
        )
    centre = CENTRES[data_centre]
    domain = variables.get("ZSYNC_API_DOMAIN") or api_domain
    if not domain and variables.get(_ACCESS_TOKEN):
        # No address comes with a token that was made elsewhere.
        domain = centre.api(org_type)
    accounts_url = variables.get("ZSYNC_ACCOUNTS_URL") or accounts_url or centre.accounts_url
    return Hosts(
        checked_address("ZSYNC_ACCOUNTS_URL", accounts_url),
        domain and checked_address("ZSYNC_API_DOMAIN", domain),
    )
