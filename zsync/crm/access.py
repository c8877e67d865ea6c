"""Where the CRM is, and with which credentials to reach it: environment variables first, then an environment's settings.

The variables are an argument, usually `os.environ`. They are either an environment's own (`ZSYNC_PRODUCTION_…`) or the bare
ones (`ZSYNC_…`), never some of each: a token of one org with the client of another would only fail, or reach the wrong org.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from zsync.crm.accounts import checked_address
from zsync.crm.auth import Credentials
from zsync.errors import AccessDenied, UsageError
from zsync.hosts import CENTRES

BARE = "ZSYNC_"
"""The prefix of the variables that belong to no environment."""

_REFRESH = ("CLIENT_ID", "CLIENT_SECRET", "REFRESH_TOKEN")
_ACCESS_TOKEN = "ACCESS_TOKEN"  # noqa: S105  the end of a variable's name
HOSTS = ("API_DOMAIN", "ACCOUNTS_URL")
"""How the variables end that say where the CRM is."""


class Hosts(NamedTuple):
    """The accounts server and the API's address; an empty `api_domain` means: the one that comes with the token."""

    accounts_url: str
    api_domain: str


def own_variables(variables: Mapping[str, str], prefix: str) -> list[str]:
    """The names of the variables with this prefix that are set: addresses, credentials, tokens."""
    ends = (*_REFRESH, _ACCESS_TOKEN, *HOSTS)
    return [name for name in (prefix + end for end in ends) if variables.get(name)]


def connecting(variables: Mapping[str, str]) -> list[str]:
    """The names of all variables, of whichever environment, that say where a CRM is or who we are there."""
    ends = (*_REFRESH, _ACCESS_TOKEN, *HOSTS)
    return [name for name in variables if name.startswith(BARE) and name.endswith(ends)]


def serving(variables: Mapping[str, str], own: str = BARE, others: Iterable[str] = ()) -> str:
    """The prefix of the variables that serve an environment: `own` if any of those is set, else `BARE`.

    `others` are the prefixes of all environments. Where any of them has variables of its own, the bare ones serve none:
    raises `AccessDenied` (`NO_CREDENTIALS`) if this one has none, and `UsageError` for a bare address beside its own.
    """
    if own != BARE and own_variables(variables, own):
        for end in HOSTS:
            if variables.get(BARE + end):
                raise UsageError(
                    f"{BARE}{end} is set, and {own_variables(variables, own)[0]} as well: never some of each",
                    help=f"Name it {own}{end}, or unset it. zsync 0.1.0 mixed them.",
                )
        return own
    for other in others:
        if other != own and (theirs := own_variables(variables, other)):
            raise _missing(
                f"no credentials: {theirs[0]} is set, so no bare {BARE}… serves any environment (in zsync 0.1.0 they did), "
                f"and no {own}… is set",
                own,
            )
    return BARE


def read_credentials(variables: Mapping[str, str], prefix: str = BARE) -> Credentials:
    """The credentials in the variables with this prefix.

    Raises `AccessDenied` (`NO_CREDENTIALS`) if they are not enough for a connection.
    """
    token = variables.get(prefix + _ACCESS_TOKEN, "")
    missing = [prefix + end for end in _REFRESH if not variables.get(prefix + end)]
    if missing and not token:
        are = "is" if len(missing) == 1 else "are"
        raise _missing(f"no credentials: {', '.join(missing)} {are} not set", prefix)
    client_id, client_secret, refresh_token = (variables.get(prefix + end, "") for end in _REFRESH)
    return Credentials(client_id, client_secret, refresh_token, token, prefix)


def client_secret(variables: Mapping[str, str], own: str = BARE) -> str:
    """The client secret for an environment whose own variables begin with `own`; empty if none is set.

    Never raises: `serving` and `read_credentials` report what is wrong with the variables.
    """
    prefix = own if own_variables(variables, own) else BARE
    return variables.get(f"{prefix}CLIENT_SECRET", "")


def find_hosts(
    variables: Mapping[str, str],
    *,
    prefix: str = BARE,
    data_centre: str = "us",
    org_type: str = "",
    accounts_url: str = "",
    api_domain: str = "",
) -> Hosts:
    """The hosts of an org: from the variables with this prefix, else from the arguments, else its data centre's.

    Raises `UsageError` for a data centre that Zoho does not have, and for an address that must not be used.
    """
    if data_centre not in CENTRES:
        raise UsageError(
            f"no data centre {data_centre!r}",
            help=f"They are {', '.join(CENTRES)}; for another server set {prefix}ACCOUNTS_URL.",
        )
    centre = CENTRES[data_centre]
    domain = variables.get(f"{prefix}API_DOMAIN") or api_domain
    if not domain and variables.get(prefix + _ACCESS_TOKEN):
        # No address comes with a token that was made elsewhere.
        domain = centre.api(org_type)
    accounts_url = variables.get(f"{prefix}ACCOUNTS_URL") or accounts_url or centre.accounts_url
    return Hosts(
        checked_address(f"{prefix}ACCOUNTS_URL", accounts_url),
        domain and checked_address(f"{prefix}API_DOMAIN", domain),
    )


def _missing(message: str, prefix: str) -> AccessDenied:
    names = [prefix + end for end in _REFRESH]
    return AccessDenied(
        message,
        code="NO_CREDENTIALS",
        status=0,
        request="",
        exit_code=8,
        help=f"Set {names[0]}, {names[1]} and {names[2]}, or {prefix}{_ACCESS_TOKEN} alone. "
        "To try zsync without an account: `zsync demo`.",
    )
