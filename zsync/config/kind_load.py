"""Kinds in zsync.yaml: more fields for the relations of Zoho's kinds, and kinds of the file's own."""

from dataclasses import replace
from types import MappingProxyType

from zsync.config.models import KindModel
from zsync.kinds import KINDS, Kind, find_kind, module_name
from zsync.syntax.checking import check, wrong_type
from zsync.syntax.document import Map, Seq
from zsync.syntax.locating import locate
from zsync.syntax.source import At, Finding, SourceText


def read_kinds(root: Map, source: SourceText, findings: list[Finding]) -> tuple[Kind, ...]:
    """Zoho's kinds with the file's fields, then the file's own kinds."""
    kinds, nodes = list(KINDS), root.get("relation_kinds", Seq())
    if not isinstance(nodes, Seq):
        advice = "begin each kind with `- `"
        findings.append(
            wrong_type("relation_kinds", "a list", nodes, _at(source, root, "relation_kinds"), advice)
        )
        return KINDS
    for index, node in enumerate(nodes):
        if not isinstance(node, Map):
            advice = "write `- {parent: Campaigns, related: Leads, fields: {…}}`"
            findings.append(
                wrong_type("relation_kinds", "a list of mappings", node, _at(source, nodes, index), advice)
            )
            continue
        model, _ = check(KindModel, node, source, findings)
        if model:
            _extend(kinds, model, node, source, findings)
    return tuple(kinds)


def _extend(
    kinds: list[Kind], model: KindModel, node: Map, source: SourceText, findings: list[Finding]
) -> None:
    """Add a kind, or more fields to the kind of the same two modules. The type of a known field cannot be changed."""
    left, right = module_name(model.parent), module_name(model.related)
    known = find_kind(left, right, kinds)
    # A type decides how values are compared: with another one, every row of the CRM could seem to differ.
    if left == right:
        at = _at(source, node, "related")
        findings.append(Finding("bad-value", "a kind needs two modules", at, "name another module"))
    elif known and any(known.fields.get(name, kind) != kind for name, kind in model.fields.items()):
        message, advice = f"a field of {known.name} has another type already", "leave that field out"
        findings.append(Finding("bad-value", message, _at(source, node, "fields"), advice))
    elif known:
        fields = MappingProxyType({**known.fields, **model.fields})
        declared = {**_declared(model, node, source), **known.declared}
        kinds[kinds.index(known)] = replace(known, fields=fields, declared=declared)
    else:
        fields = MappingProxyType(dict(model.fields))
        kinds.append(Kind(left, right, fields, declared=_declared(model, node, source)))


def _declared(model: KindModel, node: Map, source: SourceText) -> dict[str, tuple[str, int, int]]:
    """Where the fields of a kind stand: file, line and column."""
    fields = node.get("fields")
    if not isinstance(fields, Map) or not fields:
        return {}
    begins = (fields.line, fields.column)
    entries = locate(source, {begins}).get(begins, {})
    # What an anchor brings in stands elsewhere: then the mapping's place is told.
    keys = {name: entries[name].key if name in entries else fields for name in model.fields}
    return {name: (source.name, at.line, at.column) for name, at in keys.items()}


def _at(source: SourceText, node: Map | Seq, key: str | int) -> At:
    return At(source, node.line, node.column, key)
