"""What is wrong in a world, told to the person who wrote it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any


class SeedError(ValueError):
    """A world that cannot be built. The message names the file, the place in it and what is wrong."""


def table(value: object, where: str) -> dict[str, Any]:
    """The value as a mapping with text keys; nothing at all is an empty one."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise SeedError(f"{where}: a mapping is wanted, not {value!r}")
    return {str(key): each for key, each in value.items()}


def did_you_mean(name: object, known: Iterable[str]) -> str:
    """`; did you mean …?`, or nothing when no known name is near."""
    near = difflib.get_close_matches(str(name), list(known), 1)
    return f"; did you mean {near[0]!r}?" if near else ""
