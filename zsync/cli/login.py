"""`zsync login`: a self-client's code → a refresh token."""

import os
import sys

import click

from zsync.cli.command import Section, command
from zsync.cli.invocation import Invocation
from zsync.hosts import CENTRES

_CODE = click.Option(
    ["--code"], metavar="CODE", help="the self-client's code; without it, login asks at the terminal"
)
_CENTRE = click.Option(
    ["--data-centre"],
    metavar="DC",
    default="us",
    show_default=True,
    help="one of " + ", ".join(CENTRES),
)


@command(
    Section("Connection", (_CODE, _CENTRE)),
    exits={
        0: "the variables are printed",
        1: "accounts server unreachable",
        8: "the code or the client is refused",
        64: "usage",
    },
)
def login(call: Invocation, *, code: str | None, data_centre: str) -> None:
    """Turn a self-client's code into a refresh token.

    Prints the three variables to set on stdout: keep them where you keep secrets. The client's id and secret are those of
    $ZSYNC_CLIENT_ID and $ZSYNC_CLIENT_SECRET; without these, login asks for them at the terminal.
    """
    import shlex

    from zsync.cli import session as sessions
    from zsync.crm.access import find_hosts

    accounts_url = find_hosts(os.environ, data_centre=data_centre).accounts_url
    client_id = _ask("ZSYNC_CLIENT_ID", "Client id", hidden=False)
    client_secret = _ask("ZSYNC_CLIENT_SECRET", "Client secret", hidden=True)
    code = code or _ask("", "Code", hidden=True)
    token = sessions.run(_exchange(accounts_url, client_id, client_secret, code))
    for name, value in (
        ("ZSYNC_CLIENT_ID", client_id),
        ("ZSYNC_CLIENT_SECRET", client_secret),
        ("ZSYNC_REFRESH_TOKEN", token),
    ):
        call.output.result(f"export {name}={shlex.quote(value)}\n")


def _ask(variable: str, what: str, *, hidden: bool) -> str:
    from zsync.errors import UsageError

    if variable and (value := os.environ.get(variable)):
        return value
    if not sys.stdin.isatty():
        way = f"Set ${variable}." if variable else "Give it with --code."
        raise UsageError(f"there is no terminal to ask at for: {what}", help=way)
    return str(click.prompt(what, hide_input=hidden, err=True))


async def _exchange(accounts_url: str, client_id: str, client_secret: str, code: str) -> str:
    import httpx

    from zsync.crm import exchange

    async with httpx.AsyncClient(timeout=30.0) as client:
        return await exchange(
            client, accounts_url, client_id=client_id, client_secret=client_secret, code=code
        )
