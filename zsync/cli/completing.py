"""The values that a shell proposes: what the files here name. No socket, no slow import, and what cannot be read proposes nothing."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

Complete = Callable[[click.Context, click.Parameter, str], "list[CompletionItem[str]]"]

_FILES, _HEAD = 500, 64 * 1024
"""Most manifests that are looked at, and bytes of each: a parent stands at the beginning of its document."""


def proposed(*sources: str, files: bool = False) -> Complete:
    """What completes a parameter: values of these functions that begin with what was typed, whatever their case; with `files`, else a path."""

    def complete(
        ctx: click.Context,  # noqa: ARG001  click's signature
        param: click.Parameter,  # noqa: ARG001
        incomplete: str,
    ) -> "list[CompletionItem[str]]":
        from click.shell_completion import CompletionItem

        typed = incomplete.casefold()
        values = (value for source in sources for value in SOURCES[source]())
        known = [value for value in dict.fromkeys(values) if value.isprintable()]
        found = [CompletionItem(value) for value in known if value.casefold().startswith(typed)]
        return found or ([CompletionItem(incomplete, type="file")] if files else [])

    return complete


def environments() -> Iterator[str]:
    """The environments of the zsync.yaml in force here, also of one that is not in order."""
    for file in _configurations():
        for root in _roots(file):
            named = root.get("environments")
            yield from map(str, named) if isinstance(named, dict) else ()


def runs() -> list[str]:
    """`last`, and the runs of this repository, the newest first."""
    from zsync.applying.shelf import journals, shelf
    from zsync.cli.state import state_folder

    here = shelf(state_folder(), _root())
    return ["last", *(path.stem for path in reversed(journals(*here.environments())))]


def guards() -> Iterable[str]:
    """All guards."""
    from zsync.guards.evaluation import GUARDS

    return GUARDS


def words() -> Iterable[str]:
    """Whatever `explain` knows."""
    from zsync.explain.pages import known

    return known()


def results() -> Iterable[str]:
    """The formats of plans and reports."""
    from zsync.cli.formats import RESULTS

    return RESULTS


def diagnostics() -> Iterable[str]:
    """The formats of what there is to fix."""
    from zsync.cli.formats import DIAGNOSTICS

    return DIAGNOSTICS


def kinds_of_change() -> Iterable[str]:
    """The selectors that are words."""
    from zsync.model.selectors import WORDS

    return WORDS


def lists() -> Iterator[str]:
    """The lists of the manifests, as selectors: `Campaigns/Spring/Leads/*`."""
    for module, name, related in _managed():
        yield from (f"{module}/{name}/{each}/*" for each in related)


def parents() -> Iterator[str]:
    """The parents of the manifests, as `pull` names them: `Campaigns/Spring`."""
    for module, name, _ in _managed():
        yield f"{module}/{name}"


def _managed() -> Iterator[tuple[str, str, list[str]]]:
    """Module, name or id, and related lists of each document around here."""
    for file in _manifests():
        for root in _roots(file):
            parent, related = root.get("parent"), root.get("related_lists")
            if not isinstance(parent, dict):
                continue
            match = parent.get("match")
            named = [*match.values()] if isinstance(match, dict) else [parent.get("id")]
            if isinstance(parent.get("module"), str) and len(named) == 1 and isinstance(named[0], str):
                yield str(parent["module"]), str(named[0]), list(related) if isinstance(related, dict) else []


def _root() -> Path:
    """The repository around the current folder, as `zsync.config.search` has it; without Git, the current folder."""
    here = Path.cwd().resolve()
    for each in (here, *here.parents):
        git = each / ".git"
        # Of its own, for the other one comes with pydantic, which is too slow to wait for at every key.
        if os.path.lexists(git / "HEAD") or git.is_file():
            return each
    return here


def _configurations() -> list[Path]:
    """The nearest zsync.yaml on the way from here to the repository's root."""
    here, root = Path.cwd().resolve(), _root()
    for folder in (here, *here.parents):
        found = [file for file in (folder / "zsync.yaml", folder / "relations/zsync.yaml") if file.is_file()]
        if found or folder == root:
            return found[:1]
    return []


def _manifests() -> list[Path]:
    """The manifests of the tree of the zsync.yaml in force; without one, of `relations` or of the current folder."""
    near = [file.parent for file in _configurations()]
    home = next((each for each in (*near, Path.cwd() / "relations") if each.is_dir()), Path.cwd())
    found: list[Path] = []
    for above, folders, names in os.walk(home):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        files = (Path(above, name) for name in sorted(names) if name.endswith((".yaml", ".yml")))
        found += [file for file in files if file.is_file() and file.name != "zsync.yaml"]
        if len(found) >= _FILES:
            break
    return found[:_FILES]


def _roots(file: Path) -> list[dict[str, object]]:
    """The mappings at the top of the documents of a file, as far as they can be read; of a broken one, its lines above the break."""
    from zsync.syntax.document import parse
    from zsync.syntax.source import decode

    with file.open("rb") as opened:
        data = opened.read(_HEAD)
    data = data[: data.rfind(b"\n") + 1] if len(data) == _HEAD else data
    for _ in range(20):
        source, wrong = decode(file.name, data)
        documents, findings = ((), (wrong,)) if wrong else parse(source)
        roots: list[dict[str, object]] = [each.root for each in documents if isinstance(each.root, dict)]  # type: ignore[misc]
        broken = [each.at.line for each in findings if each.code in ("yaml", "control-character")]
        if roots or not broken:
            return roots
        # Whoever types is often in the middle of an edit.
        data = b"\n".join(data.split(b"\n")[: min(broken) - 1]) + b"\n"
    return []


SOURCES: Mapping[str, Callable[[], Iterable[str]]] = {
    each.__name__: each
    for each in (
        environments,
        runs,
        guards,
        words,
        results,
        diagnostics,
        kinds_of_change,
        lists,
        parents,
    )
}
"""The values that there are, by name."""
