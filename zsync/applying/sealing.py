"""The seal of a journal: each line is signed over itself and all lines before it, with a key that a checkout does not hold.

A line that was edited, moved, left out, put in, or taken from another journal does not fit the seals around it. What a
crash leaves of the last line is not sealed, and counts for nothing.
"""

import hmac
import os
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Literal, NamedTuple

from zsync.bounds import SWITCH
from zsync.errors import ZsyncError
from zsync.files.reading import read_bytes
from zsync.files.writing import create_whole, make_folder

Kind = Literal["variable", "refresh-token", "machine"]
"""Where a key comes from: $ZSYNC_JOURNAL_KEY, the refresh token that wrote, or a random key kept on the machine."""

VARIABLE = "ZSYNC_JOURNAL_KEY"

_LABEL = b"zsync journal seal 1 "
_BEGIN = bytes(32)
_LINE = re.compile(rb'(\{.*),"seal":"([0-9a-f]{64})"\}', re.DOTALL)


@dataclass(frozen=True, slots=True)
class SealingKey:
    """A key to seal with. `id` tells keys apart and does not give the key away."""

    kind: Kind
    id: str
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Keys:
    """What keys are made of: the value of $ZSYNC_JOURNAL_KEY, refresh tokens, and the file of the machine's own key.

    The first refresh token is the one to seal with; journals are read with any of them.
    """

    variable: str = field(repr=False)
    refresh_tokens: Sequence[str] = field(repr=False)
    machine: Path

    def to_seal(self) -> SealingKey:
        """The strongest there is. Makes the machine's own key where neither other is; raises `ZsyncError` if it cannot."""
        return next(iter(self._given()), None) or derived("machine", _machine_key(self.machine))

    def to_read(self, kind: str, key_id: str) -> SealingKey | None:
        """The key of this kind and id; None where it is not here."""
        known = self._given()
        if kind == "machine" and os.path.lexists(self.machine):
            known.append(derived("machine", _kept(self.machine)))
        return next((key for key in known if (key.kind, key.id) == (kind, key_id)), None)

    def _given(self) -> list[SealingKey]:
        found = [derived("variable", self.variable.strip().encode())] if self.variable.strip() else []
        return found + [derived("refresh-token", token.encode()) for token in self.refresh_tokens if token]


class Sealed(NamedTuple):
    """The lines of a journal whose seals hold, without them; the last seal; the length of all that in bytes.

    `ended` is whether the last of these lines has its line end.
    """

    lines: list[bytes]
    tip: bytes
    length: int
    ended: bool


class Broken(Exception):
    """A line does not fit its seal; `line` counts from 1."""

    def __init__(self, line: int) -> None:
        super().__init__(f"line {line} does not fit its seal")
        self.line = line


def derived(kind: Kind, secret: bytes) -> SealingKey:
    """The key of a secret (HKDF with SHA-256): neither it nor its id leads back to the secret."""
    root = _mac(_LABEL + kind.encode(), secret)
    return SealingKey(kind, _mac(root, b"id\x01").hex()[:16], _mac(root, b"seal\x01"))


def seal(body: bytes, key: SealingKey, tip: bytes = b"") -> tuple[bytes, bytes]:
    """A JSON object as a sealed line, with its line end, behind the line of the seal `tip`; and its own seal."""
    mac = _mac(key.secret, (tip or _BEGIN) + body)
    return body[:-1] + b',"seal":"' + mac.hex().encode() + b'"}\n', mac


def unsealed(content: bytes, key: SealingKey) -> Sealed:
    """The lines of a journal, each held against its seal. Raises `Broken`; half a line at the end is left out."""
    lines, tip, length, ended = list[bytes](), b"", 0, True
    *whole, rest = content.split(b"\n")
    for number, line in enumerate([*whole, rest], 1):
        last = number > len(whole)
        found = _LINE.fullmatch(line)
        if found is None:
            if last:
                break
            raise Broken(number)
        body = found[1] + b"}"
        mac = _mac(key.secret, (tip or _BEGIN) + body)
        if not hmac.compare_digest(mac.hex().encode(), found[2]):
            raise Broken(number)
        tip = mac
        lines.append(body)
        ended = not last
        length += len(line) + ended
    if not lines:
        raise Broken(1)
    return Sealed(lines, tip, length, ended)


def _mac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, sha256)


def _machine_key(file: Path) -> bytes:
    """The machine's own key, made where there is none."""
    if os.path.lexists(file):
        return _kept(file)
    made = secrets.token_hex(32).encode()
    try:
        make_folder(file.parent)
        create_whole(file, made).close()
    except OSError as error:
        if isinstance(error, FileExistsError) and os.path.lexists(file):
            return _kept(file)
        raise ZsyncError(
            f"no key for the journal can be kept in {file}: {error.strerror}",
            help=f"Nothing was sent. Make the folder writable, or set {VARIABLE}.",
        ) from None
    return made


def _kept(file: Path) -> bytes:
    try:
        content = read_bytes(file, SWITCH)
    except OSError as error:
        raise ZsyncError(
            f"the key of this machine's journals, {file}, cannot be read: {error.strerror}",
            help="Make the file readable.",
        ) from None
    if len(content) < 64:
        raise ZsyncError(
            f"the key of this machine's journals, {file}, is damaged",
            help="Remove it: a new one is made. Journals that it sealed can then no longer be resumed.",
        )
    return content
