"""The base's `consent:` and the files that its `never` names: they hold besides the branch's."""

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from posixpath import normpath
from typing import TYPE_CHECKING

from zsync.errors import UsageError
from zsync.model.consent import Consent
from zsync.model.verdicts import Setting
from zsync.render.words import count

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zsync.config import Config
    from zsync.config.never import Read
    from zsync.git import CommitTree


def committed(root: Path, commit: str, name: str) -> "Read":
    """Reads the files beside the zsync.yaml `name` of a commit; links are refused, as on the disk."""
    from zsync import git

    trees: list[CommitTree] = []

    def read(written: str) -> tuple[bytes, str]:
        # Most files name none: the commit's tree is listed only for one that does.
        if not trees:
            trees.append(git.tree(root, commit))
        path = normpath((PurePosixPath(name).parent / written).as_posix())
        file = root / path
        if not trees[0].is_file(file):
            raise FileNotFoundError(0, "the commit does not have it", path)
        if trees[0].leaves(file, root) or trees[0].real(file) != file:
            raise OSError(0, "it is a link, or below one", path)
        return trees[0].read(file), path

    return read


def committed_here(commit: str, name: str) -> "Read | None":
    """The same in the current repository; None where it does not have the commit."""
    from zsync import git

    root = git.repository(Path.cwd())
    try:
        git.find_commit(commit)
    except UsageError:
        return None
    return committed(root, commit, name) if root else None


def of_base(config: "Config", environment: str) -> tuple[Consent, ...]:
    """What a base's configuration says of an environment; of one that it does not have, what it says of all of its own."""
    from dataclasses import replace

    names = [environment] if environment in config.environments else [*config.environments]
    said = [config.environments[name].consent for name in names] or [config.consent]
    return tuple(replace(each, base=True) for each in said)


def entries_changed(base: "Config", config: "Config", environment: str) -> tuple[Setting, ...]:
    """What a branch changes in the files that `never` names both before and now. Of zsync.yaml itself it is told apart."""
    known_here = config.environments.get(environment)
    now = known_here.consent if known_here else config.consent
    was, is_ = _by_file(of_base(base, environment)), _by_file([now])
    gone_for_good = {text for texts in was.values() for text in texts} - {
        text for texts in is_.values() for text in texts
    }
    known = {text for texts in was.values() for text in texts}
    settings = []
    for file in sorted(was.keys() & is_.keys() - {config.bound.path if config.bound else ""}):
        removed, added = len(was[file] & gone_for_good), len(is_[file] - known)
        if not removed and not added:
            continue
        parts = [f"{removed:,} removed" * bool(removed), f"{added:,} added" * bool(added)]
        told = f"{_entries(len(is_[file]))}, {', '.join(filter(None, parts))}"
        settings.append(
            Setting(file, "", _entries(len(was[file])), told, "loosens" if removed else "tightens")
        )
    return tuple(settings)


def _entries(number: int) -> str:
    return count(number, "entry") if number == 1 else f"{number:,} entries"


def _by_file(consents: "Iterable[Consent]") -> Mapping[str, set[str]]:
    found: dict[str, set[str]] = {}
    for consent in consents:
        for text, place in consent.never.entries:
            found.setdefault(place.file, set()).add(text)
    return found
