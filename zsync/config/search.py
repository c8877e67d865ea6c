"""Which zsync.yaml is in force."""

from collections.abc import Iterable, Iterator
from pathlib import Path

CONFIG_NAME = "zsync.yaml"


def find_config(paths: Iterable[Path]) -> Path | None:
    """The zsync.yaml of the given files and folders: in them or above, up to the repository; else `relations/zsync.yaml`."""
    for path in paths:
        start = path if path.is_dir() else path.parent
        for folder in _upwards(start):
            if (folder / CONFIG_NAME).is_file():
                return folder / CONFIG_NAME
    here = Path("relations", CONFIG_NAME)
    return here if here.is_file() else None


def _upwards(start: Path) -> Iterator[Path]:
    """The folder and those above it, up to the current folder or the root of a repository.

    Above a folder that is in neither, nothing counts: a zsync.yaml that happens to be there is somebody else's.
    """
    yield start
    current, cwd = start.resolve(), Path.cwd().resolve()
    above = []
    while current != cwd and not (current / ".git").exists():
        if current == current.parent:
            return
        current = current.parent
        above.append(current)
    yield from (folder.relative_to(cwd) if folder.is_relative_to(cwd) else folder for folder in above)
