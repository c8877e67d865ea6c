"""Old habits in workflows, recipes and scripts. These are read as text, and as YAML where they call actions."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from zsync.bounds import SCRIPT, SCRIPT_LINE
from zsync.doctor import calls
from zsync.doctor.findings import Break, Orgs
from zsync.doctor.habits import HABITS, WORDS, Habit
from zsync.files.reading import read_bytes

_WORKFLOW = re.compile(r"(?:.*/)?\.github/(?:workflows/[^/]+|actions/.*/action)\.ya?ml")
_SCRIPT = re.compile(
    r"(?:.*/)?(?:\.gitlab/.*\.ya?ml|\.circleci/.*\.ya?ml|\.woodpecker/.*\.ya?ml|[^/]*gitlab-ci[^/]*\.ya?ml"
    r"|(?:azure|bitbucket)-pipelines[^/]*\.ya?ml|\.pre-commit-config\.yaml|\.drone\.yml|Jenkinsfile[^/]*|Makefile|Justfile|justfile"
    r"|Dockerfile[^/]*|[^/]*\.(?:sh|bash|mk)|zsync-ci|tox\.ini|noxfile\.py)"
)
_REQUIREMENTS = re.compile(
    r"(?:.*/)?(?:[^/]*requirements[^/]*\.(?:txt|in|lock)|pyproject\.toml|setup\.cfg|Pipfile)"
)


class ScriptLine(NamedTuple):
    """A line of a script together with those that continue it; `number` is the number of the first, from 1."""

    number: int
    text: str


def counts(name: str) -> bool:
    """Whether a file of this path from the root may start or install zsync."""
    return any(kind.fullmatch(name) for kind in (_WORKFLOW, _SCRIPT, _REQUIREMENTS))


def broken(file: Path, name: str, unseen: list[str], orgs: Orgs) -> Iterator[Break]:
    """The old habits in a file."""
    try:
        text = read_bytes(file, SCRIPT).decode("utf-8", "replace") if not file.is_symlink() else ""
    except OSError as error:
        unseen.append(f"{name} cannot be read: {error.strerror}")
        return
    # Most files: a repository's scripts are searched with all patterns only where they name zsync.
    if "zsync" not in text:
        return
    requirements = _REQUIREMENTS.fullmatch(name) is not None
    lines = [line for line in _lines(text) if WORDS.search(line.text)]
    if any(len(line.text) > SCRIPT_LINE.most for line in lines):
        unseen.append(
            f"{name} has lines of more than {SCRIPT_LINE.most:,} characters, of which the rest is not looked at"
        )
    for habit in HABITS:
        if habit.applies(text, orgs, requirements=requirements):
            yield from _met(habit, name, lines)
    if _WORKFLOW.fullmatch(name):
        yield from calls.broken(name, text, unseen, orgs)


def _met(habit: Habit, name: str, lines: Iterable[ScriptLine]) -> Iterator[Break]:
    for line in lines:
        # Patterns look ahead from each place: in a line without a limit that would take for ever.
        if habit.met(line.text[: SCRIPT_LINE.most]):
            yield Break(habit.name, f"{name}:{line.number}", habit.message, habit.advice)


def _lines(text: str) -> Iterator[ScriptLine]:
    """The lines that are no comments. One that ends with a backslash is joined with the next."""
    begun, parts = 0, list[str]()
    for number, line in enumerate(text.splitlines(), 1):
        begun = begun or number
        parts.append(line.removesuffix("\\"))
        if line.endswith("\\"):
            continue
        whole = " ".join(parts)
        if not whole.lstrip().startswith("#"):
            yield ScriptLine(begun, whole)
        begun, parts = 0, []
    if parts:
        yield ScriptLine(begun, " ".join(parts))
