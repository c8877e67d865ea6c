"""Where a pull may write: in the repository, through no link, beside nothing that some file system takes for the same name."""

from collections.abc import Iterator
from pathlib import Path

from zsync.files.reading import leaves_repository
from zsync.files.writing import cannot_write, check_target
from zsync.pulling.naming import same_name


def check_place(path: Path) -> None:
    """Raises `InputError` for a file that is outside of the repository, or that a link leads to, or that cannot be written."""
    if leaves_repository(path, Path.cwd()):
        raise cannot_write(
            path, "it is outside of the repository", "Run zsync in the repository that it belongs to."
        )
    for above in _folders(path):
        if above.is_symlink():
            raise cannot_write(path, f"`{above}` is a link", "Put the folder itself in its place.")
    if path.parent.is_dir():
        check_target(path)


def _folders(path: Path) -> Iterator[Path]:
    """The folders on the way to a file that are written in its path, the nearest first."""
    for above in path.parents:
        if above.name not in ("", ".."):
            yield above


def names_in(folder: Path) -> tuple[str, ...]:
    """What is in a folder; nothing where there is none yet. Raises `InputError` where nobody may look."""
    try:
        return tuple(sorted(entry.name for entry in folder.iterdir()))
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise cannot_write(folder, error.strerror or str(error)) from None


def folder_in(tree: Path, name: str) -> Path:
    """A folder below a tree: the one that is there, where only some file systems would tell their names apart."""
    names = names_in(tree)
    there = next((each for each in names if same_name(each) == same_name(name)), name)
    return tree / (name if name in names else there)
