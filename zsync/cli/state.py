"""Where zsync keeps what outlives a command, for the repository around the current folder."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zsync.applying.shelf import Shelf


def state_folder() -> Path:
    """zsync's part of the user's state folder."""
    from platformdirs import user_state_path

    # Without an author: on Windows it would be a folder of the same name around this one.
    return user_state_path("zsync", appauthor=False)


def shelf_here() -> "Shelf":
    """The journals of the repository around the current folder; without Git, of the current folder."""
    from zsync.applying.shelf import shelf
    from zsync.config.search import repository

    here = Path.cwd().resolve()
    return shelf(state_folder(), repository(here) or here)
