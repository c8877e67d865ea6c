"""Which refresh tokens this machine has made, so that nobody is surprised by Zoho's limit: twenty a user and client.

A small file for each, in a folder of its client: no secret is in it, only the hash of one, by which it can be found again.
https://www.zoho.com/accounts/protocol/oauth/limits.html
"""

from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from zsync.bounds import STATE
from zsync.errors import InputError
from zsync.files.plan import canonical
from zsync.files.reading import Unreadable, read_bytes, read_json
from zsync.files.writing import cannot_write, make_folder, write_file

MOST = 20
"""Refresh tokens of a user for one client: one more ends the oldest."""


@dataclass(frozen=True, slots=True)
class MadeToken:
    """A refresh token that was made here. `made` is when, as ISO 8601 in UTC; texts are empty where the file is damaged."""

    file: Path
    made: str = ""
    environment: str = ""
    accounts_url: str = ""


def made_tokens(folder: Path, client_id: str, accounts_url: str) -> list[MadeToken]:
    """The tokens of a client that were made here and not ended here, the oldest first."""
    files = _of_client(folder, client_id, accounts_url).glob("*.json")
    return sorted(map(_read, files), key=lambda token: (token.made, token.file))


def find_made(folder: Path, token: str) -> MadeToken | None:
    """What is known of a token, of whichever client it is; None for one that was made elsewhere."""
    found = sorted(folder.glob(f"*/{_hash(token)}.json"))
    return _read(found[0]) if found else None


def remember(
    folder: Path, token: str, *, client_id: str, accounts_url: str, environment: str, moment: str
) -> None:
    """Note that a token was made. Of more than `MOST` of a client the oldest are forgotten, for Zoho has ended them.

    Raises `InputError` if nothing can be written there.
    """
    place = _of_client(folder, client_id, accounts_url)
    told = {"accounts_url": accounts_url, "environment": environment, "made": moment, "version": 1}
    try:
        make_folder(place)
    except OSError as error:
        raise cannot_write(place, error.strerror or type(error).__name__) from None
    write_file(place / f"{_hash(token)}.json", canonical(told))
    for ended in made_tokens(folder, client_id, accounts_url)[:-MOST]:
        forget(ended)


def forget(token: MadeToken) -> None:
    """Take a token off the list. Raises `InputError` if that cannot be written."""
    try:
        token.file.unlink(missing_ok=True)
    except OSError as error:
        raise cannot_write(
            token.file, error.strerror or type(error).__name__, "Remove it yourself."
        ) from None


def _read(file: Path) -> MadeToken:
    told: object = None
    with suppress(OSError, Unreadable, InputError):
        told = read_json(read_bytes(file, STATE))
    # A damaged file still stands for a token: it counts, or the limit would come as a surprise.
    texts = told if isinstance(told, dict) else {}
    made, environment, accounts_url = (
        value if isinstance(value := texts.get(name), str) else ""
        for name in ("made", "environment", "accounts_url")
    )
    return MadeToken(file, made, environment, accounts_url)


def _of_client(folder: Path, client_id: str, accounts_url: str) -> Path:
    return folder / _hash(f"{accounts_url}\0{client_id}")


def _hash(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:32]
