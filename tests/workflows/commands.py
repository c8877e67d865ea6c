"""How a step talks to GitHub: environment files, and commands in what it prints.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

_COMMAND = re.compile(r"\s*::(?P<name>[\w-]+)(?: (?P<properties>.*?))?::(?P<message>.*)$")
# The old form is heard anywhere in a line.
_OLD = re.compile(r"##\[(?P<name>[\w-]+)(?: (?P<properties>.*?))?\](?P<message>.*)$")
_LEVELS = ("error", "warning", "notice")
_KNOWN = frozenset(
    {*_LEVELS, "debug", "group", "endgroup", "add-mask", "stop-commands", "echo", "add-matcher"}
)


class Annotation(NamedTuple):
    """A message with its level, and the line of a file that it is about."""

    level: str
    message: str
    file: str = ""
    line: str = ""


class Unheard(AssertionError):
    """A step printed a command that no workflow here means."""


def listen(log: str) -> list[Annotation]:
    """The annotations that the runner takes from what a step printed. Raises `Unheard` for any other command."""
    told, stopped = [], ""
    for line in re.split(r"\r\n|\r|\n", log):
        if stopped:
            stopped = "" if line.strip() == f"::{stopped}::" else stopped
            continue
        found = _COMMAND.match(line) or _OLD.search(line)
        if not found or found["name"].lower() not in _KNOWN:
            continue
        if found["name"] == "stop-commands":
            stopped = found["message"]
        elif found["name"] in _LEVELS:
            pairs = dict(one.partition("=")[::2] for one in (found["properties"] or "").split(","))
            told.append(
                Annotation(
                    found["name"],
                    unquote(found["message"]),
                    unquote(pairs.get("file", "")),
                    pairs.get("line", ""),
                )
            )
        else:
            raise Unheard(line)
    assert not stopped, "commands were stopped, and never heard again"
    return told


@dataclass
class Files:
    """The environment files of one step."""

    folder: Path

    @property
    def variables(self) -> dict[str, str]:
        """Where the step finds them."""
        names = {"GITHUB_OUTPUT": "output", "GITHUB_ENV": "env", "GITHUB_PATH": "path"}
        names["GITHUB_STEP_SUMMARY"] = "summary"
        return {name: str(self.folder / file) for name, file in names.items()}

    def outputs(self) -> dict[str, str]:
        """What the step put out."""
        return _pairs(self._text("output"))

    def exported(self) -> dict[str, str]:
        """Variables for the steps that follow."""
        return _pairs(self._text("env"))

    def paths(self) -> list[str]:
        """Folders for the PATH of the steps that follow."""
        return self._text("path").splitlines()

    def summary(self) -> str:
        """What the step wrote for the run's page."""
        text = self._text("summary")
        assert len(text.encode()) <= 1024 * 1024, "GitHub drops a summary of more than 1 MiB"
        return text

    def _text(self, name: str) -> str:
        return (self.folder / name).read_text("utf-8")


def files_of(folder: Path) -> Files:
    """Fresh environment files in that folder."""
    folder.mkdir(exist_ok=True)
    for name in ("output", "env", "path", "summary"):
        (folder / name).write_text("", "utf-8")
    return Files(folder)


def _pairs(text: str) -> dict[str, str]:
    """`name=value` and `name<<END … END`."""
    found = {}
    lines = iter(text.splitlines())
    for line in lines:
        name, sign, value = line.partition("=")
        if "<<" in name or not sign:
            name, sign, end = line.partition("<<")
            assert sign, f"GitHub fails a step whose file holds {line!r}"
            block = []
            for inner in lines:
                if inner == end:
                    break
                block.append(inner)
            value = "\n".join(block)
        found[name] = value
    return found
