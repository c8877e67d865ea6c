"""Commands about the connection: login makes a refresh token, doctor looks at what could stand in the way."""

import os
import sys

import click

from zsync.cli.measuring import measured
from zsync.cli.terminal import colour_option, coloured, result
from zsync.hosts import CENTRES

_MARKS = {"ok": ("ok  ", "green"), "warn": ("warn", "yellow"), "fail": ("FAIL", "red")}


@click.command(
    epilog="Exit codes: 0 the variables are printed, 1 the accounts server cannot be reached, 8 the code or the client is refused, 64 wrong usage."
)
@click.option("--code", metavar="CODE", help="The self-client's code; asked for at a terminal.")
@click.option(
    "--data-centre", metavar="DC", default="us", show_default=True, help="One of " + ", ".join(CENTRES) + "."
)
def login(code: str | None, data_centre: str) -> None:
    """Turn a self-client's code into a refresh token.

    Prints the three variables to set, on stdout: keep them where secrets are kept. The client's id and secret are those of
    $ZSYNC_CLIENT_ID and $ZSYNC_CLIENT_SECRET, or asked for at a terminal.
    """
    import shlex

    from zsync.cli import session

    accounts_url = session.accounts_url(data_centre)
    client_id = _ask("ZSYNC_CLIENT_ID", "Client id", hidden=False)
    client_secret = _ask("ZSYNC_CLIENT_SECRET", "Client secret", hidden=True)
    code = code or _ask("", "Code", hidden=True)
    token = session.run(_exchange(accounts_url, client_id, client_secret, code))
    for name, value in (
        ("ZSYNC_CLIENT_ID", client_id),
        ("ZSYNC_CLIENT_SECRET", client_secret),
        ("ZSYNC_REFRESH_TOKEN", token),
    ):
        result(f"export {name}={shlex.quote(value)}\n")


@click.command(
    epilog="Exit codes: 0 all is well, 1 the CRM cannot be reached, 4 something to fix in zsync.yaml, 8 authentication, permission, scopes or org, 64 wrong usage."
)
@click.option(
    "-e",
    "--environment",
    metavar="ENV",
    help="The environment of zsync.yaml to look at (or $ZSYNC_ENVIRONMENT).",
)
@colour_option
@measured
def doctor(environment: str | None) -> int:
    """Look at what could stand in the way.

    Token, scopes, org and its type, related lists and their visibility, metadata, credits, clock: each with the next step
    where it is not well. Reads only.
    """
    from datetime import UTC, datetime

    from zsync.cli import session as sessions
    from zsync.crm import connect_reader
    from zsync.doctor import Check, examine

    session = sessions.open_session((), environment)
    sessions.check_credentials()

    async def work() -> int:
        worst = 0
        async with connect_reader(session.settings()) as reader:
            checks = examine(reader, session.expected(), session.config.kinds, datetime.now(UTC))
            async for check in checks:
                _print(check)
                worst = worst or check.exit_code
        return worst

    def _print(check: Check) -> None:
        from zsync.render.escape import terminal

        mark, fg = _MARKS[check.verdict]
        mark = click.style(mark, fg=fg) if coloured(sys.stdout) else mark
        result(f"{mark}  {check.name:<28}  {terminal(check.message)}\n")
        if check.advice and check.verdict != "ok":
            result(f"      {'':<28}  {terminal(check.advice)}\n")

    return sessions.run(work())


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
