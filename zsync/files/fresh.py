"""Folders that are emptied and made anew, without harm to what somebody put in their place."""

import shutil
from pathlib import Path

from zsync.errors import UsageError
from zsync.files.writing import check_length, make_folder, write_file

STAMP = ".zsync-ci"
"""The file that marks a folder as zsync's own, which may be emptied."""


def fresh_folder(folder: Path) -> None:
    """Make an empty folder for its owner alone, in place of one that was made here before.

    Raises `UsageError` for a folder that holds anything else, and for a path that leads through a link in the current
    folder: a checkout can bring one along, and what it leads to would be deleted. And `InputError` for one that is too long.
    """
    check_length(folder)
    here = Path.cwd()
    inside = [above for above in (folder, *folder.parents) if here in above.absolute().parents]
    if linked := next((above for above in inside if above.is_symlink()), None):
        raise _not_ours(linked, "is a link")
    if folder.exists():
        if not folder.is_dir():
            raise _not_ours(folder, "is not a folder")
        if any(folder.iterdir()) and not (folder / STAMP).is_file():
            raise _not_ours(folder, "is not empty, and was not made by `zsync ci`")
        shutil.rmtree(folder)
    make_folder(folder)
    write_file(folder / STAMP, "")


def _not_ours(folder: Path, why: str) -> UsageError:
    return UsageError(
        f"{folder} {why}", help="Name another folder for the files: --folder DIR. zsync 0.1.0 took any."
    )
