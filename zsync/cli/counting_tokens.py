"""How near a client is to Zoho's limit of refresh tokens, as far as this machine made them."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zsync.cli.invocation import Invocation
    from zsync.crm.made_tokens import MadeToken

_NEAR = 17
"""From this many tokens on, the limit is spoken of before a code is spent."""


def tokens_folder() -> Path:
    """Where zsync notes the tokens that it made: outside of every repository."""
    from zsync.cli.state import state_folder

    return state_folder() / "tokens"


def tell_before(call: "Invocation", client_id: str, accounts_url: str) -> None:
    """Warn on stderr, before a code is spent, that there are many tokens already, and which one would end."""
    from zsync.crm.made_tokens import MOST, made_tokens

    known = made_tokens(tokens_folder(), client_id, accounts_url)
    if len(known) >= MOST:
        call.output.talk(
            f"warning: this client has {MOST} refresh tokens that this machine made, as many as Zoho allows a user.\n"
            f"The next one ends the oldest, {_described(known[0])}. To end another: zsync login --revoke"
        )
    elif len(known) >= _NEAR:
        call.output.talk(
            f"warning: this client has {len(known)} refresh tokens that this machine made; Zoho allows {MOST} a user,\n"
            "and one more ends the oldest. To end one that nobody uses: zsync login --revoke"
        )


def tell_of_limit(
    call: "Invocation", token: str, client_id: str, accounts_url: str, environment: str
) -> None:
    """Note a token that was just made, and say on stderr how many there are.

    Where it cannot be noted, that is a warning: the token is printed, and works.
    """
    from zsync.cli.session import now
    from zsync.crm.made_tokens import MOST, find_made, made_tokens, remember
    from zsync.errors import InputError

    folder, moment = tokens_folder(), f"{now():%Y-%m-%dT%H:%M:%S.%fZ}"
    before = made_tokens(folder, client_id, accounts_url)
    again = find_made(folder, token)
    try:
        remember(
            folder,
            token,
            client_id=client_id,
            accounts_url=accounts_url,
            environment=environment,
            moment=again.made if again else moment,
        )
    except InputError as error:
        why = error.diagnostics[0].message
        call.output.talk(f"warning: this token is not counted: {why}")
        return
    number = len(made_tokens(folder, client_id, accounts_url))
    call.output.talk(f"Refresh tokens of this client that this machine made: {number} of at most {MOST}.")
    if not again and len(before) >= MOST:
        call.output.talk(f"warning: Zoho has ended the oldest, {_described(before[0])}.")


def _described(token: "MadeToken") -> str:
    """`of production, made on 2026-11-25`."""
    from zsync.render.escape import terminal

    parts = (
        f"of {terminal(token.environment)}" if token.environment else "",
        f"made on {terminal(token.made[:10])}" if token.made else "",
    )
    return ", ".join(filter(None, parts)) or "of which nothing is known"
