"""What is being read: the files of a run, and the document of a manifest."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from zsync.kinds import Kind
from zsync.manifest.files import Disk, FileTree
from zsync.model import Span
from zsync.syntax.checking import nearest
from zsync.syntax.document import Document, Map, Seq
from zsync.syntax.source import At, Finding, Findings, SourceText


@dataclass(slots=True)
class Reading:
    """What a `load` collects: findings, and the sources and bytes of the files by name.

    Files below `root` are named relative to it; None stands for the current folder. `used` are the files of the manifest that
    is being read, and `outside` says whether that stands outside of the paths of the command line. `unproven` are kinds that were
    told of already.
    """

    kinds: tuple[Kind, ...]
    root: Path | None = None
    findings: Findings = field(default_factory=Findings)
    sources: dict[str, SourceText] = field(default_factory=dict)
    contents: dict[str, bytes] = field(default_factory=dict)
    used: dict[str, Path] = field(default_factory=dict)
    tree: FileTree = field(default_factory=Disk)
    outside: bool = False
    unproven: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Context:
    """The document that is being read, and the reading that collects its findings."""

    document: Document
    source: SourceText
    path: Path
    reading: Reading
    torn: bool = False
    """Whether rows that are no YAML were left out of the document."""
    written: dict[tuple[int, int, str], str] = field(default_factory=dict)
    """How a mistyped key is written, by its mapping's line and column and the key that is meant."""

    def find(self, code: str, message: str, at: At, advice: str = "", **more: Any) -> None:
        """Add a finding."""
        self.reading.findings.append(Finding(code, message, at, advice, **more))

    def at(self, node: Map | Seq, key: str | int | None = None, part: Any = "value") -> At:
        """A place in a container of this document."""
        if isinstance(key, str):
            key = self.written.get((node.line, node.column, key), key)
        return At(self.source, node.line, node.column, key, part)

    def respelled(self, model: type[BaseModel], node: Map) -> Map:
        """A mapping with the keys that its mistyped ones mean, so that what stands below them can be judged as well.

        `check` has found them: they are told there.
        """
        known = tuple(each.alias or name for name, each in model.model_fields.items())
        meant = {key: nearest(key, known) for key in node if key not in known}
        meant = {key: name for key, name in meant.items() if name and name not in node}
        if not meant:
            return node
        made = Map()
        made.line, made.column = node.line, node.column
        for key, value in node.items():
            name = meant.get(key, key)
            if name not in made:
                made[name] = value
                if name != key:
                    self.written[node.line, node.column, name] = key
        return made

    def key_span(self, node: Map | Seq) -> Span:
        """The place of a container's key in the container around it."""
        return Span(
            self.source.name, *self.document.keys.get((node.line, node.column), (node.line, node.column))
        )
