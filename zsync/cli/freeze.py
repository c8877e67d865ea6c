"""ZSYNC_FREEZE and the file FREEZE: what of them is in force."""

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zsync.applying.freezing import Freeze
    from zsync.cli.invocation import Invocation
    from zsync.config import Environment

STOPPED = frozenset({"apply", "resume", "undo"})
"""The commands that a freeze stops."""


def refuse_frozen(call: "Invocation", environment: "Environment | None" = None) -> None:
    """Raises `GuardRefused` where the command is one that a freeze stops, and there is one.

    Before the environment is known, for all environments alone.
    """
    from zsync.applying.freezing import check_freeze, frozen

    if call.command in STOPPED:
        check_freeze(freeze_of(environment) if environment else frozen(os.environ))


def freeze_of(environment: "Environment") -> "Freeze | None":
    """The freeze of an environment: of a variable, else of the file in its state folder."""
    from zsync.applying.freezing import frozen, frozen_by_file
    from zsync.cli.state import shelf_here

    return frozen(os.environ, environment.prefix) or frozen_by_file(
        shelf_here().environment(environment.name)
    )
