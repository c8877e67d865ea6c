"""`zsync login --revoke`: ends a refresh token, and takes it off the list of those that this machine made."""

import os
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zsync.cli.invocation import Invocation
    from zsync.cli.session import Session
    from zsync.crm.access import Hosts


def end_token(call: "Invocation", session: "Session", data_centre: str | None) -> None:
    """End the refresh token of the environment's variable, else the one that is typed.

    A token that the accounts server does not know counts as ended. Raises `UsageError` without a token, and where it was made
    at another accounts server: it is sent nowhere else. Raises like `zsync.crm.revoke`.
    """
    from zsync.cli import session as sessions
    from zsync.cli.counting_tokens import tokens_folder
    from zsync.crm.made_tokens import find_made, forget
    from zsync.errors import InputError
    from zsync.render.escape import terminal

    prefix = session.prefix()
    hosts = _hosts(session, prefix, data_centre)
    variable = f"{prefix}REFRESH_TOKEN"
    token = _token(call, variable)
    known = find_made(tokens_folder(), token)
    if known and known.accounts_url and known.accounts_url != hosts.accounts_url:
        raise _elsewhere(variable, known.accounts_url, hosts.accounts_url)
    ended = sessions.run(_revoke(hosts.accounts_url, token))
    if known:
        try:
            forget(known)
        except InputError as error:
            # The token has ended: that stands, and is told.
            call.output.talk(f"warning: it is still counted: {error.diagnostics[0].message}")
    _forget_access(session, prefix, hosts)
    whose = f" of {terminal(name)}" if (name := session.environment.name) else ""
    if ended:
        call.output.result(f"Ended the refresh token{whose}, and every access token that it bought.\n")
    else:
        call.output.result(
            f"{hosts.accounts_url} knows no such refresh token{whose}: it has ended already,\n"
            "or it is of another data centre, which --data-centre names.\n"
        )
    if os.environ.get(variable):
        call.output.talk(
            f"Now: unset {variable}, and remove it wherever else it is kept, such as CI's secrets."
        )


def _hosts(session: "Session", prefix: str, data_centre: str | None) -> "Hosts":
    from zsync.crm.access import find_hosts

    environment = session.environment
    return find_hosts(
        os.environ,
        prefix=prefix,
        data_centre=data_centre or environment.data_centre,
        org_type=environment.type,
        accounts_url="" if data_centre else environment.accounts_url,
        api_domain=environment.api_domain,
    )


def _token(call: "Invocation", variable: str) -> str:
    from zsync.cli.asking import ask
    from zsync.errors import UsageError

    try:
        return ask(variable, "Refresh token to end", hidden=True)
    except UsageError:
        raise UsageError(
            f"there is no refresh token to end: ${variable} is not set",
            help=f"Set it, then: `zsync {call.command} --revoke`. Tokens that you no longer have, end in Zoho: your account, "
            "Security, Connected Apps.",
        ) from None


def _elsewhere(variable: str, made_at: str, here: str) -> Exception:
    from zsync.errors import UsageError
    from zsync.hosts import CENTRES

    name = next((name for name, centre in CENTRES.items() if centre.accounts_url == made_at), "")
    way = f"Add --data-centre {name}." if name else f"Set ZSYNC_ACCOUNTS_URL to {made_at}."
    return UsageError(
        f"the token in ${variable} was made at {made_at}, and this would send it to {here}: nothing was sent",
        help=way,
    )


def _forget_access(session: "Session", prefix: str, hosts: "Hosts") -> None:
    """Remove the access token that is kept between runs: it has ended as well."""
    from platformdirs import user_cache_path

    from zsync.crm.access import read_credentials
    from zsync.crm.auth import cache_file
    from zsync.errors import AccessDenied

    # Without client and secret nothing was kept under this token.
    with suppress(AccessDenied, OSError):
        credentials = read_credentials(os.environ, prefix)
        folder = user_cache_path("zsync", appauthor=False) / "tokens"
        kept = cache_file(folder, credentials, hosts.accounts_url, hosts.api_domain, session.environment.type)
        kept.unlink(missing_ok=True)


async def _revoke(accounts_url: str, token: str) -> bool:
    import httpx

    from zsync.crm import revoke

    async with httpx.AsyncClient(timeout=30.0) as client:
        return await revoke(client, accounts_url, token)
