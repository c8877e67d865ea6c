"""`relations/zsync.yaml`: environments, guards and extra relation kinds. Secrets never stand in it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from zsync.bounds import CONFIG
from zsync.config.guard_load import digest, read_guards
from zsync.config.models import ConfigModel, DataCentre, EnvironmentModel, KindModel, OrgType, PersonalModel
from zsync.errors import InputError, UsageError
from zsync.files.reading import read_bytes
from zsync.guards.evaluation import Guards, Rule
from zsync.kinds import KINDS, Kind, find_kind, module_name
from zsync.model import Expected
from zsync.redact import Policy
from zsync.syntax.checking import check, wrong_type
from zsync.syntax.document import Document, Map, Node, Seq, parse
from zsync.syntax.locating import place
from zsync.syntax.source import At, Finding, Source, decode

_SECRET = re.compile(
    r"client_?secret|refresh_?token|access_?token|pass_?word|pass_?phrase|api_?key", re.IGNORECASE
)
_VARIABLES = "`ZSYNC_CLIENT_ID`, `ZSYNC_CLIENT_SECRET` and `ZSYNC_REFRESH_TOKEN` (or `ZSYNC_ACCESS_TOKEN`)"


@dataclass(frozen=True, slots=True)
class Environment:
    """One org with its settings, as zsync.yaml has them or as they are where it is silent; unknown texts are empty.

    `concurrency` counts calls under way at once, `credit_reserve` API credits; `waves` are the portions in which to write,
    empty for all at once; `guards` are all that are in force, those for every environment included.
    """

    name: str = ""
    data_centre: DataCentre = "us"
    type: OrgType | Literal[""] = ""
    org_id: str = ""
    api_domain: str = ""
    accounts_url: str = ""
    concurrency: int = 5
    credit_reserve: int = 0
    protected: bool = False
    waves: tuple[str, ...] = ()
    guards: Guards = Guards()  # noqa: RUF009  immutable

    @property
    def expected(self) -> Expected:
        """What the environment says about its org."""
        return Expected(self.name, self.org_id, self.type)


@dataclass(frozen=True, slots=True)
class Config:
    """All that zsync.yaml says. `kinds` are Zoho's eight with the file's fields, then the file's own.

    `guards` are those for every environment; an environment's own `guards` hold these, and those that it adds.
    """

    environments: Mapping[str, Environment]
    kinds: tuple[Kind, ...]
    guards: Guards = Guards()  # noqa: RUF009  immutable
    path: Path | None = None
    personal: Policy = Policy()  # noqa: RUF009  immutable

    def environment(self, name: str) -> Environment:
        """The environment of this name; for '' one without a name, with the guards for every environment.

        Raises `UsageError` for a name that zsync.yaml does not have.
        """
        if not name:
            return Environment(guards=self.guards)
        if name not in self.environments:
            raise UsageError(
                f"no environment {name!r} in {self.path or 'zsync.yaml (there is none)'}",
                help=f"The environments are: {', '.join(self.environments) or 'none'}.",
            )
        return self.environments[name]


def load_config(path: Path) -> Config:
    """Read zsync.yaml. Raises `InputError` with everything that is wrong in it; no excerpt shows a secret."""
    name = (
        path.relative_to(Path.cwd()).as_posix()
        if path.is_absolute() and path.is_relative_to(Path.cwd())
        else path.as_posix()
    )
    try:
        data = read_bytes(path, CONFIG)
    except OSError as error:
        message = f"the file cannot be read: {error.strerror or error}"
        finding = Finding(
            "unreadable-file", message, At(Source(name, ""), 1, 1), "check the path and its permissions"
        )
        raise InputError(place([finding])) from error
    source, wrong = decode(name, data)
    if wrong:
        raise InputError(place([wrong]))
    documents, findings = parse(source)
    reader = _ConfigReader(source, [*findings])
    config = reader.config(documents, path)
    if reader.findings:
        diagnostics = place(reader.findings)
        if _SECRET.search(source.text):
            diagnostics = tuple(replace(diagnostic, excerpt="") for diagnostic in diagnostics)
        raise InputError(diagnostics)
    return config


@dataclass(slots=True)
class _ConfigReader:
    source: Source
    findings: list[Finding]

    def at(
        self, node: Map | Seq, key: str | int | None = None, part: Literal["key", "value"] = "value"
    ) -> At:
        return At(self.source, node.line, node.column, key, part)

    def config(self, documents: tuple[Document, ...], path: Path) -> Config:
        """What the documents say, as far as it is sound."""
        root = documents[0].root if documents else Map()
        if len(documents) > 1:
            at = At(self.source, documents[1].line, documents[1].column)
            self.findings.append(Finding("wrong-type", "zsync.yaml is one document", at, "remove the `---`"))
        if not isinstance(root, Map):
            if not self.findings:
                at = At(self.source, 1, 1)
                self.findings.append(wrong_type(path.name, "a mapping", root, at, "begin with `version: 1`"))
            root = Map()
        elif documents and documents[0].sound:
            self.secrets(root)
            check(ConfigModel, root, self.source, self.findings)
        kinds = self.kinds(root)
        common = self.guards(root, kinds)
        environments, written = {}, root.get("environments")
        for name, environment in self.environments(root).items():
            holder = written[name] if isinstance(written, Map) else None
            if isinstance(holder, Map):
                environments[name] = replace(environment, guards=self.guards(holder, kinds, root, common))
        return Config(MappingProxyType(environments), kinds, common, path, self.personal(root))

    def guards(
        self, holder: Map, kinds: tuple[Kind, ...], root: Map | None = None, common: Guards | None = None
    ) -> Guards:
        """The guards that stand in the file or in one of its environments, with those that are common to all."""
        rules: tuple[Rule, ...] = ()
        if "guards" in holder:
            node = self.mapping("guards", holder["guards"], holder)
            rules = read_guards(node, kinds, self.source, self.findings) if node else ()
        said = digest(root.get("guards") if root else None, holder.get("guards"))
        return Guards((*(common.rules if common else ()), *rules), said, kinds)

    def secrets(self, node: Map | Seq) -> None:
        """Refuse secrets wherever they stand, without showing them; they are taken out, so nothing else shows them."""
        entries: list[tuple[Any, Node]] = list(node.items() if isinstance(node, Map) else enumerate(node))
        for key, value in entries:
            if isinstance(node, Map) and _SECRET.search(key):
                del node[key]
                message = f"`{key}` is a secret and must not be in a file"
                advice = f"use the environment variables {_VARIABLES}; if it was committed, revoke the secret"
                self.findings.append(Finding("secret", message, self.at(node, key, "key"), advice))
            elif isinstance(value, Map | Seq):
                self.secrets(value)

    def environments(self, root: Map) -> Mapping[str, Environment]:
        """The sound environments by name."""
        found, node = {}, root.get("environments", Map())
        for name, settings in self.mapping("environments", node, root).items():
            if not isinstance(settings, Map):
                at, advice = self.at(node, name), "write settings below it, such as `type: sandbox`"  # type: ignore[arg-type]
                self.findings.append(wrong_type(name, "a mapping", settings, at, advice))
                continue
            model, _ = check(EnvironmentModel, settings, self.source, self.findings)
            if model:
                said = model.model_dump(exclude={"guards"}, exclude_none=True)
                found[name] = Environment(name, **{**said, "waves": tuple(model.waves or ())})
        return MappingProxyType(found)

    def personal(self, root: Map) -> Policy:
        """What is masked; zsync's own choice where the file is silent."""
        node = self.mapping("personal", root.get("personal", Map()), root)
        model, _ = check(PersonalModel, node, self.source, self.findings)
        if model is None:
            return Policy()
        return Policy(MappingProxyType(model.fields), MappingProxyType(model.records), model.default)

    def mapping(self, name: str, node: Node, root: Map) -> Map:
        """A value that must be a mapping; else a finding, and an empty one."""
        if isinstance(node, Map):
            return node
        self.findings.append(
            wrong_type(name, "a mapping", node, self.at(root, name), "write `name:` lines below it, indented")
        )
        return Map()

    def kinds(self, root: Map) -> tuple[Kind, ...]:
        """Zoho's kinds with the file's fields, then the file's own kinds."""
        kinds, nodes = list(KINDS), root.get("relation_kinds", Seq())
        if not isinstance(nodes, Seq):
            advice = "begin each kind with `- `"
            self.findings.append(
                wrong_type("relation_kinds", "a list", nodes, self.at(root, "relation_kinds"), advice)
            )
            return KINDS
        for index, node in enumerate(nodes):
            if not isinstance(node, Map):
                advice = "write `- {parent: Campaigns, related: Leads, fields: {…}}`"
                self.findings.append(
                    wrong_type("relation_kinds", "a list of mappings", node, self.at(nodes, index), advice)
                )
                continue
            model, _ = check(KindModel, node, self.source, self.findings)
            if model:
                self.extend(kinds, model, node)
        return tuple(kinds)

    def extend(self, kinds: list[Kind], model: KindModel, node: Map) -> None:
        """Add a kind, or fields to the kind of the same two modules; a field's type cannot be changed."""
        left, right = module_name(model.parent), module_name(model.related)
        known = find_kind(left, right, kinds)
        if left == right:
            at = self.at(node, "related")
            self.findings.append(Finding("bad-value", "a kind needs two modules", at, "name another module"))
        elif known and any(known.fields.get(name, kind) != kind for name, kind in model.fields.items()):
            message, advice = f"a field of {known.name} has another type already", "leave that field out"
            self.findings.append(Finding("bad-value", message, self.at(node, "fields"), advice))
        elif known:
            kinds[kinds.index(known)] = replace(
                known, fields=MappingProxyType({**known.fields, **model.fields})
            )
        else:
            kinds.append(Kind(left, right, MappingProxyType(dict(model.fields))))
