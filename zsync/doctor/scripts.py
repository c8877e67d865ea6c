"""Old habits in workflows, recipes and scripts. These are read as text, and as YAML where they call actions."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from zsync.bounds import SCRIPT, SCRIPT_LINE
from zsync.doctor.findings import Break
from zsync.doctor.habits import HABITS, WORDS, Habit
from zsync.files.reading import read_bytes
from zsync.syntax.document import Map, Node, Seq, parse
from zsync.syntax.source import decode

_WORKFLOW = re.compile(r"(?:.*/)?\.github/(?:workflows/[^/]+|actions/.*/action)\.ya?ml")
_SCRIPT = re.compile(
    r"(?:.*/)?(?:\.gitlab/.*\.ya?ml|\.circleci/.*\.ya?ml|\.woodpecker/.*\.ya?ml|[^/]*gitlab-ci[^/]*\.ya?ml"
    r"|(?:azure|bitbucket)-pipelines[^/]*\.ya?ml|\.pre-commit-config\.yaml|\.drone\.yml|Jenkinsfile[^/]*|Makefile|Justfile|justfile"
    r"|Dockerfile[^/]*|[^/]*\.(?:sh|bash|mk)|zsync-ci|tox\.ini|noxfile\.py)"
)
_REQUIREMENTS = re.compile(
    r"(?:.*/)?(?:[^/]*requirements[^/]*\.(?:txt|in|lock)|pyproject\.toml|setup\.cfg|Pipfile)"
)

_ARTIFACT = re.compile(r"zsync-(?:plan|reviewed|apply|drift|rehearsal)(?:-[0-9]+)?")
_OURS = re.compile(
    r".*/zsync/\.github/(?P<what>actions/zsync|workflows/(?:plan|apply|drift)\.ya?ml)@(?P<ref>.+)"
)
_LOCAL = re.compile(r"\.{1,2}/(?:.*/)?\.github/actions/zsync/?")


class ScriptLine(NamedTuple):
    """A line of a script together with those that continue it; `number` is the number of the first, from 1."""

    number: int
    text: str


def counts(name: str) -> bool:
    """Whether a file of this path from the root may start or install zsync."""
    return any(kind.fullmatch(name) for kind in (_WORKFLOW, _SCRIPT, _REQUIREMENTS))


def broken(file: Path, name: str, unseen: list[str], *, several: bool) -> Iterator[Break]:
    """The old habits in a file; `several` says whether zsync.yaml has more than one environment."""
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
        if habit.applies(text, several=several, requirements=requirements):
            yield from _met(habit, name, lines)
    if _WORKFLOW.fullmatch(name):
        yield from _called(name, text, unseen)


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


def _called(name: str, text: str, unseen: list[str]) -> Iterator[Break]:
    """Old habits in what a workflow gives to zsync's action and takes from its artifacts.

    Which version of the action a reference leads to, only GitHub knows, so that is reported as not looked at.
    """
    source, _ = decode(name, text.encode())
    documents, findings = parse(source)
    if findings:
        unseen.append(f"{name} is not YAML that zsync can read, so what it hands to actions is not looked at")
    for step in (step for document in documents for step in _maps(document.root) if "uses" in step):
        uses, given = str(step["uses"]), step.get("with")
        line = f"{name}:{step.line}"
        given = given if isinstance(given, Map) else Map()
        if _LOCAL.fullmatch(uses):
            yield Break(
                "local-action",
                line,
                f"`uses: {uses}` takes zsync's action from the checkout, which a pull request can write; zsync 0.1.0 allowed it",
                "Name its repository and commit: `uses: OWNER/zsync/.github/actions/zsync@COMMIT`.",
            )
        if found := _OURS.fullmatch(uses):
            unseen.append(f"which zsync {line} runs: it says {found['what']}@{found['ref']}")
        if "source" in given and (found or _LOCAL.fullmatch(uses)):
            yield Break(
                "gone-input",
                line,
                "the action has no input `source` any more, with which zsync 0.1.0 installed another package",
                "Leave it out: the action installs the zsync of its own commit.",
            )
        wanted = str(given.get("name", ""))
        if "/download-artifact@" in uses and _ARTIFACT.fullmatch(wanted):
            yield Break(
                "artifact-name",
                line,
                f"no artifact is called {wanted} any more, as in zsync 0.1.0: names end with environment, paths and attempt",
                "Take the name from the action's output `artifact-name`.",
            )


def _maps(node: Node) -> Iterator[Map]:
    if isinstance(node, Map):
        yield node
    inner = node.values() if isinstance(node, Map) else node if isinstance(node, Seq) else ()
    for value in inner:
        yield from _maps(value)
