"""The errors of worlds and scripts of faults, for the person who wrote them."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any


class SeedError(ValueError):
    """A mistake in a world, a script or a switch. The message names the file, the place and the cause."""


def table(value: object, where: str) -> dict[str, Any]:
    """The value as a mapping with text keys; None is an empty one. Raises SeedError for any other value."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise SeedError(f"{where}: expected a mapping, got {value!r}")
    return {str(key): content for key, content in value.items()}


def did_you_mean(name: object, known: Iterable[str]) -> str:
    """`; did you mean …?`; empty if no known name is near."""
    near = difflib.get_close_matches(str(name), list(known), 1)
    return f"; did you mean {near[0]!r}?" if near else ""


def read_yaml(path: Path) -> Any:
    """The content of a YAML file. Raises SeedError if it cannot be read."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        return YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SeedError(f"{path}: {error.strerror or error}") from None
    except (YAMLError, ValueError) as error:
        raise SeedError(f"{path}: {error}") from None
