"""`values:` of zsync.yaml: what relation fields may hold, where no metadata of the org tells it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from zsync.kinds import Kind
from zsync.syntax.checking import describe, unknown_key, wrong_type
from zsync.syntax.document import Map, Node, Seq
from zsync.syntax.source import At, Finding, SourceText

_EXAMPLE = "write `Member_Status: [Planned, Sent]` below it"

Values = Mapping[str, tuple[str, ...]]
"""Field api_name → the texts that it may hold."""


def read_values(holder: Map, kinds: tuple[Kind, ...], source: SourceText, findings: list[Finding]) -> Values:
    """The values of a mapping's key `values`. Errors are added to the findings."""
    node = holder.get("values", Map())
    if not isinstance(node, Map):
        at = At(source, holder.line, holder.column, "values")
        findings.append(wrong_type("values", "a mapping", node, at, _EXAMPLE))
        return MappingProxyType({})
    reader = _Reader(node, kinds, source, findings)
    return MappingProxyType({name: reader.texts(name, value) for name, value in node.items()})


@dataclass(frozen=True, slots=True)
class _Reader:
    node: Map
    kinds: tuple[Kind, ...]
    source: SourceText
    findings: list[Finding]

    def texts(self, name: str, value: Node) -> tuple[str, ...]:
        """The values of one field, as far as they are sound."""
        known = {
            field: kind
            for each in self.kinds
            for field, kind in each.fields.items()
            if kind in ("text", "any")
        }
        at = At(self.source, self.node.line, self.node.column, name)
        if name not in known:
            more = "more relation fields are declared under `relation_kinds`"
            self.findings.append(unknown_key(name, tuple(known), at._replace(part="key"), more))
        if not isinstance(value, Seq):
            self.findings.append(wrong_type(name, "a list of texts", value, at, _EXAMPLE))
            return ()
        if not value:
            message, advice = (
                f"`{name}` has no values",
                "write those that it may hold, or leave the field out",
            )
            self.findings.append(Finding("bad-value", message, at, advice))
        return tuple(dict.fromkeys(self._sound(value)))

    def _sound(self, values: Seq) -> Iterator[str]:
        seen = set[str]()
        for index, value in enumerate(values):
            at = At(self.source, values.line, values.column, index)
            if type(value) is not str or not value.strip():
                message = f"a value is text, not {describe(value)}"
                self.findings.append(Finding("wrong-type", message, at, "put it in quotes"))
                continue
            if value in seen:
                self.findings.append(Finding("bad-value", f"`{value}` is listed twice", at, "write it once"))
            seen.add(value)
            yield value
