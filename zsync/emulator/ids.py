"""Record ids: decimal digits, at most 20, never a float.

In the store an id is padded to 20 digits, which makes text order the numeric order.
"""

from __future__ import annotations

import re

WIDTH = 20
_DIGITS = re.compile(r"[0-9]{1,20}\Z")


def key_of(value: object) -> str | None:
    """The stored form of an id, given as text or as a JSON integer (so Zoho's Python SDK sends it); None for any other."""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not _DIGITS.match(text):
        return None
    return text.zfill(WIDTH)


def id_of(key: str) -> str:
    """The id as the API shows it."""
    return key.lstrip("0") or "0"
