"""What a repository of zsync 0.1.0 has that this zsync refuses. It asks no server, and runs nothing that it finds."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from zsync.config import load_config
from zsync.config.search import CONFIG_NAME, candidates, search_folders
from zsync.crm.access import HOSTS, own_variables
from zsync.doctor import saved, scripts, tree
from zsync.doctor.findings import Break, Looked, Orgs
from zsync.errors import InputError, UsageError
from zsync.hosts import AddressRefused, address

_BEFORE = "zsync 0.1.0"
"""The words in every error that names an old habit."""


class Circumstances(NamedTuple):
    """What the doctor knows besides files: the variables, and what zsync.yaml says.

    `prefixes` is environment → the prefix of its variables; `config` is the file's path, empty where there is none. `chosen` is
    whether an environment was named, `shared` whether several have the same manifests.
    """

    variables: Mapping[str, str]
    prefixes: Mapping[str, str]
    config: str
    chosen: bool
    shared: bool = False


def look(root: Path, paths: Sequence[Path], known: Circumstances) -> Looked:
    """What breaks in the repository with this root, in the order of the files, and what could not be looked at.

    `paths` are those of the manifests. Never raises for what it finds or cannot read.
    """
    found, unseen = list[Break](), list[str]()
    for part in (
        lambda: _configurations(paths),
        lambda: _environments(known),
        lambda: _variables(known),
        lambda: _files(root, paths, known, unseen),
    ):
        # Each part alone: a zsync.yaml that cannot be read must not keep the workflows from being looked at.
        found += _tried(part, unseen)
    return Looked(tuple(dict.fromkeys(found)), tuple(dict.fromkeys(unseen)))


def _tried(part: Callable[[], Iterable[Break]], unseen: list[str]) -> Iterator[Break]:
    try:
        yield from part()
    except InputError as error:
        unseen += [str(diagnostic.message) for diagnostic in error.diagnostics]
    except UsageError as error:
        unseen.append(str(error))


def _configurations(paths: Sequence[Path]) -> Iterator[Break]:
    """The configurations beyond the first, those under another name, and those that are links."""
    where = search_folders(paths)
    files = list(dict.fromkeys(candidates(where)))
    rightly = [file for file in files if file.name == CONFIG_NAME]
    for file in rightly:
        yield from _settings(where.shown(file))
    for file in files:
        shown = where.shown(file).as_posix()
        if file.name != CONFIG_NAME:
            yield Break(
                "misnamed-config",
                shown,
                "no zsync reads a configuration of this name: zsync 0.1.0 ignored it in silence, and this one refuses to run",
                f"Name it {CONFIG_NAME}, or move what it says and delete it.",
            )
        elif file.is_symlink():
            yield Break(
                "linked-config",
                shown,
                "it is a link; zsync 0.1.0 followed it",
                "Put the file itself in its place.",
            )
        elif len(rightly) > 1:
            others = ", ".join(where.shown(other).as_posix() for other in rightly if other != file)
            yield Break(
                "second-config",
                shown,
                f"a run has one {CONFIG_NAME}, and there is also {others}; zsync 0.1.0 took the one nearest to the first path",
                "Keep one, above all manifests, and move what the others say into it.",
            )


def _settings(file: Path) -> Iterator[Break]:
    """The settings that only zsync 0.1.0 accepted."""
    try:
        if not file.is_symlink():
            load_config(file)
    except InputError as error:
        # The loader knows best what it refuses. Other errors are not breaks: `zsync validate` shows them.
        for problem in error.diagnostics:
            if _BEFORE in f"{problem.message} {problem.help}":
                place = f"{problem.span.file}:{problem.span.line}" if problem.span else file.as_posix()
                yield Break("setting", place, str(problem.message), str(problem.help))


def _environments(known: Circumstances) -> Iterator[Break]:
    names = ", ".join(known.prefixes)
    if len(known.prefixes) > 1 and not known.chosen:
        yield Break(
            "no-environment",
            known.config,
            f"it has several environments ({names}), and none is chosen; zsync 0.1.0 ran without any, and without its limits",
            "Say -e NAME, or export ZSYNC_ENVIRONMENT; in workflows, the variable ZSYNC_ENVIRONMENT.",
        )


def _variables(known: Circumstances) -> Iterator[Break]:
    """Bare variables beside those of an environment, and addresses that are not https."""
    bare = own_variables(known.variables, "ZSYNC_")
    for name, prefix in known.prefixes.items():
        own = own_variables(known.variables, prefix)
        if own and bare:
            yield Break(
                "mixed-variables",
                bare[0],
                f"{own[0]} is set, so the bare variables ({', '.join(bare)}) serve no environment; zsync 0.1.0 mixed them",
                f"Set all of them as {prefix}… for {name}, or none.",
            )
    for prefix in dict.fromkeys(("ZSYNC_", *known.prefixes.values())):
        for variable in (prefix + end for end in HOSTS if known.variables.get(prefix + end)):
            try:
                address(known.variables[variable])
            except AddressRefused as why:
                yield Break(
                    "address",
                    variable,
                    f"its address {why}; zsync 0.1.0 took it",
                    "Write it as https://www.zohoapis.com.",
                )


def _files(root: Path, paths: Sequence[Path], known: Circumstances, unseen: list[str]) -> Iterator[Break]:
    orgs = Orgs(len(known.prefixes) > 1, known.shared)
    for file in tree.walk(root, unseen):
        name = file.relative_to(root).as_posix()
        yield from tree.broken(file, name, paths)
        yield from saved.broken(file, name)
        if scripts.counts(name):
            yield from scripts.broken(file, name, unseen, orgs)
