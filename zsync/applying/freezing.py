"""The switch that stops every run: a variable, read when a run begins, and a file, looked at before each batch as well.

Whoever pulls it wants a stop and no question: any text counts, `0` and a space too, and a file that cannot be read.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from zsync.bounds import SWITCH
from zsync.errors import GuardRefused
from zsync.files.reading import read_bytes

FILE = "FREEZE"
VARIABLE = "ZSYNC_FREEZE"

_LONGEST = 500


@dataclass(frozen=True, slots=True)
class Freeze:
    """That runs are stopped: by which variable or file, and the reason that it holds."""

    by: str
    reason: str

    @property
    def message(self) -> str:
        """What a person is told."""
        return f"frozen by {self.by}: {self.reason or 'no reason is given'}"

    @property
    def advice(self) -> str:
        """How it is lifted."""
        how = "Remove that file" if os.sep in self.by else f"Unset {self.by}"
        return f"{how} when it may go on. `zsync runs` and a new plan show what is left."


def frozen(variables: Mapping[str, str], prefix: str = "ZSYNC_") -> Freeze | None:
    """The freeze that the variables say, for all environments or for the one with this prefix. An empty one is not set."""
    for name in dict.fromkeys((VARIABLE, f"{prefix}FREEZE")):
        if text := variables.get(name):
            return Freeze(name, _reason(text))
    return None


def frozen_by_file(environment: Path) -> Freeze | None:
    """The freeze that a file `FREEZE` in the state folder of an environment says. One that cannot be looked at freezes, too."""
    file = environment / FILE
    try:
        file.lstat()
        return Freeze(str(file), _reason(read_bytes(file, SWITCH).decode("utf-8", "replace")))
    except FileNotFoundError as error:
        # A link that leads nowhere was put there by somebody.
        return Freeze(str(file), f"it cannot be read: {error.strerror}") if file.is_symlink() else None
    except OSError as error:
        return Freeze(str(file), f"it cannot be read: {error.strerror}")


def check_freeze(found: Freeze | None) -> None:
    """Raises `GuardRefused` where there is a freeze."""
    if found:
        raise GuardRefused(found.message, help=f"Nothing was sent. {found.advice}")


def _reason(text: str) -> str:
    said = " ".join(text.split())
    return said if len(said) <= _LONGEST else f"{said[:_LONGEST]}…"
