"""Reads `relations/zsync.yaml`: environments, guards, more relation kinds. Secrets never belong in it."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any, Literal

from zsync.bounds import CONFIG, NEVER
from zsync.config.consent_load import ConsentReader
from zsync.config.guard_load import digest, read_guards
from zsync.config.kind_load import read_kinds
from zsync.config.models import ConfigModel, EnvironmentModel, PersonalModel
from zsync.config.never import Read
from zsync.config.put_rules import probed_findings, span_of
from zsync.config.search import CONFIG_NAME
from zsync.config.settings import Config, Environment
from zsync.config.value_lists import read_values
from zsync.errors import InputError
from zsync.files.reading import leaves_repository, read_bytes
from zsync.guards.evaluation import Guards, Rule
from zsync.kinds import Kind
from zsync.model import Configured, sentence
from zsync.model.consent import Consent
from zsync.redact import Policy
from zsync.syntax.checking import check, wrong_type
from zsync.syntax.document import Document, Map, Node, Seq, parse
from zsync.syntax.locating import place
from zsync.syntax.source import At, Finding, SourceText, decode

_SECRET = re.compile(
    r"client_?secret|refresh_?token|access_?token|pass_?word|pass_?phrase|api_?key", re.IGNORECASE
)
_VARIABLES = "`ZSYNC_CLIENT_ID`, `ZSYNC_CLIENT_SECRET` and `ZSYNC_REFRESH_TOKEN` (or `ZSYNC_ACCESS_TOKEN`)"


def load_config(path: Path, name: str = "") -> Config:
    """Read zsync.yaml; `name` is its path from the repository's root.

    Raises `InputError` with all its errors; no excerpt shows a secret.
    """
    shown = (
        path.relative_to(Path.cwd()).as_posix()
        if path.is_absolute() and path.is_relative_to(Path.cwd())
        else path.as_posix()
    )
    if path.is_symlink():
        # Reviews guard zsync.yaml by its name; somebody else may own the file that a link leads to.
        raise _unusable(
            shown,
            "unreadable-file",
            f"`{shown}` is a link",
            "put the file itself in its place; zsync 0.1.0 followed links",
        )
    try:
        data = read_bytes(path, CONFIG)
    except OSError as error:
        message = f"the file cannot be read: {error.strerror or error}"
        raise _unusable(shown, "unreadable-file", message, "check the path and its permissions") from error
    config = read_config(data, shown, _beside(path, name or shown), name or shown)
    return replace(config, path=path, bound=Configured(name or shown, f"sha256:{sha256(data).hexdigest()}"))


def _unusable(shown: str, code: str, message: str, advice: str) -> InputError:
    return InputError(
        place([Finding(code, sentence(message), At(SourceText(shown, ""), 1, 1), sentence(advice))])
    )


def _beside(path: Path, name: str) -> Read:
    """Reads the files that a zsync.yaml names: inside of its repository, and no links.

    Reviews guard such a file by its name, as they guard zsync.yaml.
    """
    home = Path(os.path.realpath(path.parent))

    def read(written: str) -> tuple[bytes, str]:
        file = Path(os.path.normpath(home / written))
        if leaves_repository(file, home):
            raise OSError(0, "it is outside of the repository", written)
        if os.path.realpath(file) != str(file):
            raise OSError(0, "it is a link, or below one", written)
        return read_bytes(file, NEVER), PurePosixPath(
            os.path.normpath(Path(name).parent / written)
        ).as_posix()

    return read


def read_config(data: bytes, name: str, beside: Read | None = None, path: str = "") -> Config:
    """The configuration in the bytes of a zsync.yaml, which errors call `name`. Raises like `load_config`.

    `beside` reads the files that it names, without which they are left out; `path` is its own path from the repository's root.
    """
    source, wrong = decode(name, data)
    if wrong:
        raise InputError(place([wrong]))
    documents, found = parse(source)
    findings = [*found]
    reader = _ConfigReader(source, findings, ConsentReader(source, path or name, beside, findings))
    config = reader.config(documents)
    if reader.findings:
        diagnostics = place(reader.findings)
        # Even a finding about something else shows its line, which may hold the secret.
        if _SECRET.search(source.text):
            diagnostics = tuple(replace(diagnostic, excerpt="") for diagnostic in diagnostics)
        raise InputError(diagnostics)
    return config


@dataclass(slots=True)
class _ConfigReader:
    source: SourceText
    findings: list[Finding]
    consents: ConsentReader

    def at(
        self, node: Map | Seq, key: str | int | None = None, part: Literal["key", "value"] = "value"
    ) -> At:
        return At(self.source, node.line, node.column, key, part)

    def config(self, documents: tuple[Document, ...]) -> Config:
        """The configuration in the documents, as far as it has no errors."""
        root = documents[0].root if documents else Map()
        if len(documents) > 1:
            at = At(self.source, documents[1].line, documents[1].column)
            self.findings.append(Finding("wrong-type", "zsync.yaml is one document", at, "remove the `---`"))
        if not isinstance(root, Map):
            if not self.findings:
                at = At(self.source, 1, 1)
                self.findings.append(
                    wrong_type(CONFIG_NAME, "a mapping", root, at, "begin with `version: 1`")
                )
            root = Map()
        elif documents and documents[0].sound:
            self.secrets(root)
            check(ConfigModel, root, self.source, self.findings)
        kinds = read_kinds(root, self.source, self.findings)
        consent = self.consent(root)
        common = self.guards(root, kinds, consent)
        values = read_values(root, kinds, self.source, self.findings)
        environments, written = {}, root.get("environments")
        for name, environment in self.environments(root).items():
            holder = written[name] if isinstance(written, Map) else None
            if isinstance(holder, Map):
                own = read_values(holder, kinds, self.source, self.findings)
                consents = self.consent(holder).over(consent)
                environments[name] = replace(
                    environment,
                    guards=self.guards(holder, kinds, consents, root, common),
                    values=MappingProxyType({**values, **own}),
                    consent=consents,
                )
        found = MappingProxyType(environments)
        personal = self.personal(root)
        return Config(found, kinds, common, personal=personal, values=values, consent=consent)

    def consent(self, holder: Map) -> Consent:
        """What the file, or an environment, says of people who said no."""
        if "consent" not in holder:
            return Consent()
        node = self.mapping("consent", holder["consent"], holder)
        return self.consents.consent(node) if node else Consent()

    def guards(
        self,
        holder: Map,
        kinds: tuple[Kind, ...],
        consent: Consent,
        root: Map | None = None,
        common: Guards | None = None,
    ) -> Guards:
        """The guards of the file, or those of an environment together with those for all (`common`)."""
        rules: tuple[Rule, ...] = ()
        if "guards" in holder:
            node = self.mapping("guards", holder["guards"], holder)
            said = frozenset(each.name for each in consent.asked)
            rules = read_guards(node, kinds, said, self.source, self.findings) if node else ()
        text = digest(root.get("guards") if root else None, holder.get("guards"))
        return Guards((*(common.rules if common else ()), *rules), text, kinds)

    def secrets(self, node: Map | Seq) -> None:
        """Refuse secrets in any place. They are removed, so that no later finding can show them."""
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
        """The environments without errors, by name."""
        found: dict[str, Environment] = {}
        node = self.mapping("environments", root.get("environments", Map()), root)
        for name, settings in node.items():
            if not isinstance(settings, Map):
                at, advice = self.at(node, name), "write settings below it, such as `type: sandbox`"
                self.findings.append(wrong_type(name, "a mapping", settings, at, advice))
                continue
            model, _ = check(EnvironmentModel, settings, self.source, self.findings)
            if model:
                said = model.model_dump(exclude={"guards", "values", "consent"}, exclude_none=True)
                several = {"waves": tuple(model.waves or ()), "manifests": tuple(model.manifests or ())}
                span = span_of(self.source, settings, "put")
                found[name] = Environment(name, **(said | several), put_span=span)
                self.named(node, found)
        for known in found.values():
            settings = node[known.name]
            if isinstance(settings, Map) and (known.probed or "probed" not in settings):
                self.findings += probed_findings(
                    known, node, self.at(settings, "probed" if known.probed else "put")
                )
        return MappingProxyType(found)

    def named(self, node: Map, found: Mapping[str, Environment]) -> None:
        """Add a finding unless the last environment has a name, and variables that no other one has."""
        *before, last = found.values()
        # `prod-eu` and `prod_eu` would both read ZSYNC_PROD_EU_…: one would write with the credentials of the other.
        same = next((other for other in before if other.prefix == last.prefix), None)
        if not last.name.strip():
            at = self.at(node, last.name, "key")
            self.findings.append(Finding("bad-value", "an environment needs a name", at, "such as `sandbox`"))
        elif same:
            message = (
                f"`{last.name}` and `{same.name}` would share their variables: {last.prefix}REFRESH_TOKEN"
            )
            at = self.at(node, last.name, "key")
            self.findings.append(Finding("bad-value", message, at, "name one of them otherwise"))

    def personal(self, root: Map) -> Policy:
        """What is masked. Where the file is silent, zsync's defaults hold."""
        node = self.mapping("personal", root.get("personal", Map()), root)
        model, _ = check(PersonalModel, node, self.source, self.findings)
        if model is None:
            return Policy()
        return Policy(MappingProxyType(model.fields), MappingProxyType(model.records), model.default)

    def mapping(self, name: str, node: Node, root: Map) -> Map:
        """A value that must be a mapping; for any other, an empty one and a finding."""
        if isinstance(node, Map):
            return node
        self.findings.append(
            wrong_type(name, "a mapping", node, self.at(root, name), "write `name:` lines below it, indented")
        )
        return Map()
