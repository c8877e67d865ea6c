"""The files of a repository: which of them are looked at, and which are in the wrong place."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from zsync.bounds import LOOKED
from zsync.doctor.findings import Break
from zsync.files.reading import leaves_repository

_HIDDEN = frozenset({".github", ".gitlab", ".circleci", ".woodpecker", ".zsync"})
"""Hidden folders that are looked into."""

# Other people's code, by the ten thousand files.
_SKIPPED = frozenset({"node_modules", "venv", "__pycache__"})
_INPUTS = (".yaml", ".yml", ".csv")
_RESULTS = frozenset({"plan.json", "report.json", "undo.json", "seen.json", "snapshot.json"})


def walk(root: Path, unseen: list[str]) -> Iterator[Path]:
    """The files below a folder, sorted, with links, none of which is followed. What is left out goes to `unseen`."""
    left = LOOKED.most
    for folder, folders, names in os.walk(root, onerror=lambda error: unseen.append(_unreadable(error))):
        folders[:] = sorted(
            name for name in folders if name not in _SKIPPED and (not name.startswith(".") or name in _HIDDEN)
        )
        links = [name for name in folders if Path(folder, name).is_symlink()]
        for name in sorted([*names, *links]):
            if not left:
                unseen.append(f"only the first {LOOKED.most:,} files were looked at")
                return
            left -= 1
            yield Path(folder, name)


def broken(file: Path, name: str, paths: Sequence[Path]) -> Iterator[Break]:
    """A break for a file in the wrong place; `name` is its path from the root, `paths` are those of the manifests."""
    folder = file.parent.name if file.parent.parent.name == ".zsync" else ""
    if folder == "runs" and name.endswith(".jsonl"):
        yield Break(
            "old-journal",
            name.rpartition("/")[0],
            "it holds journals as zsync 0.1.0 kept them; this zsync reads none that lies in a repository",
            "Undo such a run with zsync 0.1.0, see with `zsync plan` what it left to do, then remove the folder.",
        )
    elif folder == "reviewed":
        yield Break(
            "committed-review",
            name.rpartition("/")[0],
            "zsync 0.1.0 took a plan in it for the reviewed one; this zsync believes no plan that lies in the checkout",
            "Remove the folder.",
        )
    elif file.is_symlink() and name.endswith(_INPUTS):
        if any(_inside(file, path) and leaves_repository(file, path) for path in paths):
            yield Break(
                "link",
                name,
                "it is a link that leads out of the repository; zsync 0.1.0 followed it",
                "Put the file itself in its place.",
            )
    elif file.is_symlink() and file.name in _RESULTS:
        yield Break(
            "link",
            name,
            "it is a link, and no result is written through one; zsync 0.1.0 wrote to where it leads",
            "Name that file itself, or remove the link.",
        )


def _inside(file: Path, path: Path) -> bool:
    return file.is_relative_to(Path(os.path.abspath(path)))  # noqa: PTH100  links in it must not be followed


def _unreadable(error: OSError) -> str:
    return f"the folder {error.filename} cannot be read ({error.strerror})"
