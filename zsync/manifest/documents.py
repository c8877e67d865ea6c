"""One document of a manifest → its managed lists."""

from pathlib import Path

from zsync.kinds import Kind, module_name
from zsync.manifest.context import Context, Reading
from zsync.manifest.csv import read_csv
from zsync.manifest.ids import looks_rounded
from zsync.manifest.models import ListModel, ManifestModel, ParentModel
from zsync.manifest.pairs import kind_named, unsupported
from zsync.manifest.rows import RowReader, fields_of
from zsync.manifest.values import read_value
from zsync.model import Fields, ManagedList, Parent, Row, Span
from zsync.syntax.checking import check, describe, unknown_key, wrong_type
from zsync.syntax.document import Document, Map, Seq
from zsync.syntax.source import At, SourceText


def read_document(document: Document, source: SourceText, path: Path, reading: Reading) -> list[ManagedList]:
    """The managed lists of a document that have no errors. Errors go to `reading.findings`."""
    context, root = Context(document, source, path, reading), document.root
    # The parser has reported broken YAML; what it seems to say is not worth a second report.
    if not document.sound:
        return []
    if not isinstance(root, Map):
        at = At(source, document.line, document.column)
        advice = "begin with `version: 1`, then `parent:` and `related_lists:`"
        context.find("wrong-type", f"a manifest must be a mapping, not {describe(root)}", at, advice)
        return []
    check(ManifestModel, root, source, reading.findings)
    parent = _parent(root, context)
    lists = root.get("related_lists")
    if not isinstance(lists, Map):
        if "related_lists" in root:
            advice = "write the api_name of a list below it, such as `Leads:`"
            reading.findings.append(
                wrong_type("related_lists", "a mapping", lists, context.at(root, "related_lists"), advice)
            )
        return []
    if not lists:
        context.find(
            "nothing-managed",
            "no related list is named",
            context.at(root, "related_lists"),
            "name one",
            severity="warning",
        )
    found = [_managed_list(name, lists, parent, context) for name in lists] if parent else []
    return [managed for managed in found if managed]


def _parent(root: Map, context: Context) -> Parent | None:
    node = root.get("parent")
    if not isinstance(node, Map):
        if "parent" in root:
            at, advice = context.at(root, "parent"), "write `module:` and `id:` or `match:` below it"
            context.reading.findings.append(wrong_type("parent", "a mapping", node, at, advice))
        return None
    model, wrong = check(ParentModel, node, context.source, context.reading.findings)
    if model is None or "module" in wrong:
        return None
    given = [key for key in ("id", "match") if key in node]
    if len(given) != 1:
        message = (
            "the parent is named twice, by `id` and by `match`"
            if given
            else "the parent has neither `id` nor `match`"
        )
        advice = (
            "keep one of the two"
            if given
            else "add `id:`, or `match:` with fields that find exactly one record"
        )
        context.find(
            "parent-identity", message, context.at(node, given[-1] if given else "module", "key"), advice
        )
    match = tuple((model.match or {}).items())
    module = module_name(model.module)
    modules = tuple(dict.fromkeys(name for kind in context.reading.kinds for name in (kind.left, kind.right)))
    if module not in modules:
        unsupported(f"no relations of {module}", module, modules, context.at(node, "module"), context)
        return None
    return Parent(module, context.key_span(node), model.id, match, (node.line, node.column))


def _managed_list(name: str, lists: Map, parent: Parent, context: Context) -> ManagedList | None:
    node, findings = lists[name], context.reading.findings
    kind = kind_named(name, lists, parent, context)
    if node is None:
        context.find(
            "null-list",
            f"`{name}` is left empty",
            context.at(lists, name, "key"),
            "add `records:`, or remove the list",
        )
        return None
    if not isinstance(node, Map):
        advice = f"write the rows under `records:` below `{name}:`"
        findings.append(wrong_type(name, "a mapping", node, context.at(lists, name), advice))
        return None
    model, wrong = check(ListModel, node, context.source, findings)
    if model is None or kind is None or "key" in wrong:
        return None
    if _clashes(model, kind, node, context):
        return None
    defaults = _defaults(node, kind, context)
    records, absent = _rows(node, model, kind, context, defaults)
    switch = context.document.switches.get((node.line, node.column, "prune"))
    return ManagedList(
        parent,
        name,
        kind,
        context.key_span(node),
        model.key,
        records,
        absent,
        model.prune,
        Span(context.source.name, *switch) if switch else None,
        model.converted,
        context.reading.outside,
        (node.line, node.column),
        defaults,
    )


def _clashes(model: ListModel, kind: Kind, node: Map, context: Context) -> bool:
    """Whether the key names a field of the relation, which is a finding."""
    clash = next((name for name in model.key if name in kind.fields), None)
    if clash:
        message = f"`{clash}` is a field of the relation, not of the record"
        context.find(
            "bad-key", message, context.at(node, "key"), "name a field of the related record, such as `Email`"
        )
    return clash is not None


def _rows(
    node: Map, model: ListModel, kind: Kind, context: Context, defaults: Fields
) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
    findings = context.reading.findings
    before = len(findings)
    reader = RowReader(context.source, kind, model.key, defaults, findings)
    records = reader.read(_nodes(node, "records", context))
    more = node.get("from")
    if "from_" in model.model_fields_set and isinstance(more, Map):
        records += read_csv(model.from_.csv, context.at(more, "csv"), context.path, reader, context.reading)
    absent = RowReader(context.source, kind, model.key, {}, findings, absent=True).read(
        _nodes(node, "absent", context)
    )
    # Such an id may name a real record, but another one, and nothing later would notice.
    suspect = looks_rounded(records) or looks_rounded(absent)
    if suspect:
        source = context.reading.sources.get(suspect.file or "", context.source)
        message = f"the id `{suspect.key[0]}` ends in zeros after 15 digits, as a spreadsheet leaves it"
        context.find(
            "suspicious-id",
            message,
            At(source, suspect.line, suspect.column),
            "compare it with the record's address in Zoho",
            severity="warning",
        )
    # A list whose rows cannot be read is not empty; its rows have findings of their own.
    if not records and len(findings) == before:
        _nothing(node, model, context, absent)
    return tuple(records), tuple(absent)


def _nothing(node: Map, model: ListModel, context: Context, absent: list[Row]) -> None:
    if model.prune and not model.allow_empty:
        advice = "add rows, or `allow_empty: true` if none shall remain"
        context.find(
            "empty-list",
            "`prune: true` without rows would delete every relation of this list",
            context.at(node, "prune"),
            advice,
        )
    elif not model.prune and not absent:
        at = context.at(node, next(iter(node), None), "key")
        context.find(
            "nothing-managed",
            "the list has no rows and no `prune`: it manages nothing",
            at,
            "add `records:`, or remove the list",
            severity="warning",
        )


def _nodes(node: Map, key: str, context: Context) -> Seq | tuple[()]:
    rows = node.get(key)
    if isinstance(rows, Seq):
        return rows
    if key in node and rows is None:
        advice = f"add rows, or write `{key}: []` for none"
        context.find("null-list", f"`{key}` is left empty", context.at(node, key, "key"), advice)
    elif key in node:
        context.reading.findings.append(
            wrong_type(key, "a list", rows, context.at(node, key), "begin each row with `- `")
        )
    return ()


def _defaults(node: Map, kind: Kind, context: Context) -> Fields:
    given, found, findings = node.get("defaults"), {}, context.reading.findings
    if not isinstance(given, Map):
        if "defaults" in node:
            at, advice = context.at(node, "defaults"), "write fields of the relation below it, or remove it"
            findings.append(wrong_type("defaults", "a mapping", given, at, advice))
        return {}
    for name, value in given.items():
        if name not in kind.fields:
            findings.append(
                unknown_key(name, tuple(kind.fields), context.at(given, name, "key"), fields_of(kind))
            )
            continue
        found[name], problem = read_value(name, value, kind.fields[name])
        if problem:
            context.find(problem.code, problem.message, context.at(given, name), problem.help)
    return found
