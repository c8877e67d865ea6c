"""`zsync login`: a self-client's code → a refresh token."""

import os
import sys

import click

from zsync.cli.command import Section, command
from zsync.cli.invocation import Invocation
from zsync.cli.options import ENVIRONMENT
from zsync.hosts import CENTRES

_CODE = click.Option(
    ["--code"],
    metavar="CODE",
    help="the self-client's code, which other users of the machine can see here; - reads it from stdin; without it, login "
    "asks at the terminal",
)
_LONGEST = 1000
"""Characters of a code that are read from stdin."""

_CENTRE = click.Option(
    ["--data-centre"],
    metavar="DC",
    help=f"one of {', '.join(CENTRES)} [the environment's, else us]",
)


@command(
    Section("Connection", (ENVIRONMENT, _CODE, _CENTRE)),
    exits={
        0: "the variables are printed",
        1: "accounts server unreachable",
        4: "fix zsync.yaml",
        8: "the code or the client is refused",
        64: "usage",
    },
)
def login(call: Invocation, *, code: str | None, data_centre: str | None) -> None:
    """Turn a self-client's code into a refresh token.

    Prints the three variables to set on stdout: keep them where you keep secrets. Where zsync.yaml has several environments,
    they are the environment's own. The client's id and secret are those of $ZSYNC_CLIENT_ID and $ZSYNC_CLIENT_SECRET, or the
    environment's; without these, login asks for them at the terminal.
    """
    import shlex

    from zsync.cli import session as sessions
    from zsync.crm.access import BARE, find_hosts, own_variables

    session = sessions.open_session(call, sessions.default_paths())
    environment, others = (
        session.environment,
        [known.prefix for known in session.config.environments.values()],
    )
    apart = len(others) > 1 or bool(own_variables(os.environ, environment.prefix))
    made = environment.prefix if apart else BARE
    # The client may still be in the bare variables, as long as they serve somebody.
    read = made if any(own_variables(os.environ, other) for other in others) else BARE
    accounts_url = find_hosts(
        os.environ,
        prefix=read,
        data_centre=data_centre or environment.data_centre,
        accounts_url="" if data_centre else environment.accounts_url,
    ).accounts_url
    client_id = _ask(f"{read}CLIENT_ID", "Client id", hidden=False)
    client_secret = _ask(f"{read}CLIENT_SECRET", "Client secret", hidden=True)
    # The code last: it is good for three minutes (Zoho: Token Validity), and a person may take long over the others.
    code = sys.stdin.readline(_LONGEST).strip() if code == "-" else code
    code = code or _ask("", "Code", hidden=True)
    token = sessions.run(_exchange(accounts_url, client_id, client_secret, code))
    for name, value in (("CLIENT_ID", client_id), ("CLIENT_SECRET", client_secret), ("REFRESH_TOKEN", token)):
        call.output.result(f"export {made}{name}={shlex.quote(value)}\n")


def _ask(variable: str, what: str, *, hidden: bool) -> str:
    from zsync.errors import UsageError

    if variable and (value := os.environ.get(variable)):
        return value
    if not sys.stdin.isatty():
        way = f"Set ${variable}." if variable else "Give it on stdin: `zsync login --code -`."
        raise UsageError(f"there is no terminal to ask at for: {what}", help=way)
    return str(click.prompt(what, hide_input=hidden, err=True))


async def _exchange(accounts_url: str, client_id: str, client_secret: str, code: str) -> str:
    import httpx

    from zsync.crm import exchange

    async with httpx.AsyncClient(timeout=30.0) as client:
        return await exchange(
            client, accounts_url, client_id=client_id, client_secret=client_secret, code=code
        )
