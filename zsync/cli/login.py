"""`zsync login`: a self-client's code → a refresh token; and how many there are, and ending one."""

import os
import sys
from typing import TYPE_CHECKING

import click

from zsync.cli.command import Section, command
from zsync.cli.invocation import Invocation
from zsync.cli.options import ENVIRONMENT
from zsync.hosts import CENTRES

if TYPE_CHECKING:
    from collections.abc import Callable

    from zsync.cli.session import Session
    from zsync.crm.accounts import Made

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
_REVOKE = click.Option(
    ["--revoke"],
    is_flag=True,
    help="end the environment's refresh token instead, and every access token that it bought",
)


@command(
    Section("Connection", (ENVIRONMENT, _CODE, _CENTRE, _REVOKE)),
    exits={
        0: "the variables are printed; --revoke: the token has ended",
        1: "accounts server unreachable",
        4: "fix zsync.yaml",
        8: "the code, the client or the token is refused",
        64: "usage",
    },
)
def login(call: Invocation, *, code: str | None, data_centre: str | None, revoke: bool) -> None:
    """Turn a self-client's code into a refresh token, or end one.

    Prints the three variables to set on stdout: keep them where you keep secrets. Where zsync.yaml has several environments,
    they are the environment's own. The client's id and secret are those of $ZSYNC_CLIENT_ID and $ZSYNC_CLIENT_SECRET, or the
    environment's; without these, login asks for them at the terminal. It shows the scopes to paste into Zoho's API console: one
    client makes both tokens, the one that reads and the one that writes, each from a code of its own.

    Zoho allows 20 refresh tokens a user and client, and the 21st ends the oldest: login counts those that this machine made.
    """
    from zsync.cli import session as sessions
    from zsync.cli.revoking import end_token
    from zsync.errors import UsageError

    session = sessions.open_session(call, sessions.default_paths())
    if revoke:
        if code is not None:
            raise UsageError(
                "--code makes a refresh token, and --revoke ends one",
                help="Keep one. --revoke ends the token that is in the variable.",
            )
        end_token(call, session, data_centre)
        return
    _log_in(call, session, code, data_centre)


def _log_in(call: Invocation, session: "Session", code: str | None, data_centre: str | None) -> None:
    from zsync.cli.asking import able, show_scopes
    from zsync.crm.access import BARE, find_hosts, own_variables

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
    _, scopes = make_token(
        call, accounts_url, read=read, made=made, environment=environment.name, code=code, show=show_scopes
    )
    call.output.talk(able(scopes))


def make_token(
    call: Invocation,
    accounts_url: str,
    *,
    read: str,
    made: str,
    environment: str,
    code: str | None,
    show: "Callable[[Invocation, str], None]",
) -> "tuple[dict[str, str], frozenset[str]]":
    """Exchange a code for a refresh token: print the three variables that it gives, and count it. Gives them, and its scopes.

    Client id and secret are those of the variables whose names begin with `read`, else they are asked for; the printed ones begin
    with `made`. `show` says what to do before the code is asked for. Raises like `ask`, and like `zsync.crm.exchange`.
    """
    import shlex

    from zsync.cli import session as sessions
    from zsync.cli.asking import ask
    from zsync.cli.counting_tokens import tell_before, tell_of_limit

    client_id = ask(f"{read}CLIENT_ID", "Client id", hidden=False)
    client_secret = ask(f"{read}CLIENT_SECRET", "Client secret", hidden=True)
    tell_before(call, client_id, accounts_url)
    # The code last: it is good for three minutes (Zoho: Token Validity), and a person may take long over the others.
    code = sys.stdin.readline(_LONGEST).strip() if code == "-" else code
    if not code:
        show(call, accounts_url)
        code = ask("", "Code", hidden=True)
    token = sessions.run(_exchange(accounts_url, client_id, client_secret, code))
    values = {"CLIENT_ID": client_id, "CLIENT_SECRET": client_secret, "REFRESH_TOKEN": token.refresh_token}
    variables = {f"{made}{name}": value for name, value in values.items()}
    for name, value in variables.items():
        call.output.result(f"export {name}={shlex.quote(value)}\n")
    tell_of_limit(call, token.refresh_token, client_id, accounts_url, environment)
    return variables, token.scopes


async def _exchange(accounts_url: str, client_id: str, client_secret: str, code: str) -> "Made":
    import httpx

    from zsync.crm import exchange

    async with httpx.AsyncClient(timeout=30.0) as client:
        return await exchange(
            client, accounts_url, client_id=client_id, client_secret=client_secret, code=code
        )
