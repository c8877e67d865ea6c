"""One document of a manifest → its managed lists."""

from dataclasses import replace
from pathlib import Path

from zsync.kinds import Kind, kind_of, module_name
from zsync.manifest.conflicts import repeated_rows
from zsync.manifest.context import Context, Reading
from zsync.manifest.csv import read_csv
from zsync.manifest.ids import looks_rounded
from zsync.manifest.models import ListModel, ManifestModel, ParentModel
from zsync.manifest.pairs import kind_named, likely_kind, unsupported
from zsync.manifest.rows import RowReader, fields_of
from zsync.manifest.values import read_value
from zsync.model import Fields, ManagedList, Parent, Row, Span
from zsync.syntax.checking import Model, check, describe, nearest, unknown_key, wrong_type
from zsync.syntax.document import Document, Map, Seq
from zsync.syntax.source import At, Finding, SourceText


def read_document(
    document: Document, source: SourceText, path: Path, reading: Reading, *, torn: bool = False
) -> list[ManagedList]:
    """The managed lists of a document that have no errors, of a `torn` one none. Errors go to `reading.findings`."""
    context, root = Context(document, source, path, reading, torn), document.root
    # The parser has reported broken YAML; what it seems to say is not worth a second report.
    if not document.sound:
        return []
    if not isinstance(root, Map):
        at = At(source, document.line, document.column)
        advice = "begin with `version: 1`, then `parent:` and `related_lists:`"
        context.find("wrong-type", f"a manifest must be a mapping, not {describe(root)}", at, advice)
        return []
    check(ManifestModel, root, source, reading.findings)
    root = context.respelled(ManifestModel, root)
    parent, sound = _parent(root, context)
    lists = root.get("related_lists")
    if not isinstance(lists, Map):
        if "related_lists" in root:
            advice = "write the api_name of a list below it, such as `Leads:`"
            reading.findings.append(
                wrong_type("related_lists", "a mapping", lists, context.at(root, "related_lists"), advice)
            )
        return []
    if not lists:
        at = context.at(root, "related_lists")
        context.find("nothing-managed", "no related list is named", at, "name one", severity="warning")
    found: list[ManagedList] = []
    for name in lists:
        managed, known = _managed_list(name, lists, parent, context, sound=sound)
        if managed and known and not torn:
            found.append(managed)
        elif managed:
            # It goes no further, so that what is wrong with it leads to no other finding; only it itself is judged.
            reading.findings += repeated_rows(managed, reading.sources | {source.name: source})
    return found


def _checked(model: type[Model], node: Map, context: Context) -> tuple[Map, Model | None, frozenset[str]]:
    """A mapping with the keys that it means, what `check` says of it, and its findings: of a mistyped key, that it is mistyped."""
    checked, wrong = check(model, node, context.source, context.reading.findings)
    meant = context.respelled(model, node)
    if meant is not node:
        checked, wrong = check(model, meant, context.source, [])
    return meant, checked, wrong


def _nobody(module: str = "") -> tuple[Parent, bool]:
    """The parent of lists whose own is wrong. They are judged as far as that goes without it, or by the module that is likely meant."""
    return Parent(module, Span("", 0, 0)), False


def _modules(context: Context) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for kind in context.reading.kinds for name in (kind.left, kind.right)))


def _parent(root: Map, context: Context) -> tuple[Parent, bool]:
    """The parent of the document, and whether its module is known; if not, there is a finding of that."""
    node = root.get("parent")
    if not isinstance(node, Map):
        if "parent" in root:
            at, advice = context.at(root, "parent"), "write `module:` and `id:` or `match:` below it"
            context.reading.findings.append(wrong_type("parent", "a mapping", node, at, advice))
        return _nobody()
    node, model, wrong = _checked(ParentModel, node, context)
    given = [key for key in ("id", "match") if key in node]
    # Of an empty parent, the missing module is told.
    if len(given) != 1 and node:
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
        context.find("parent-identity", message, context.at(node, (given or [*node])[-1], "key"), advice)
    if model is None or "module" in wrong:
        return _nobody()
    match = tuple((model.match or {}).items())
    module, modules = module_name(model.module), _modules(context)
    if module not in modules:
        unsupported(f"no relations of {module}", module, modules, context.at(node, "module"), context)
        return _nobody(nearest(module, modules))
    return Parent(module, context.key_span(node), model.id, match, (node.line, node.column)), True


def _managed_list(
    name: str, lists: Map, parent: Parent, context: Context, *, sound: bool
) -> tuple[ManagedList | None, bool]:
    """A list, if it can be read, and whether it is known for certain which records it is about."""
    node, before = lists[name], len(context.reading.findings)
    kind = _kind(name, lists, parent, context, sound=sound)
    if not isinstance(node, Map):
        _no_list(name, lists, context)
        return None, False
    node, model, wrong = _checked(ListModel, node, context)
    judged = kind or likely_kind(name, parent.module, context.reading.kinds)
    keyed = "key" not in wrong and not (model and judged and _clashes(model, judged, node, context))
    certain = keyed and kind is not None
    if judged is None or model is None:
        return None, False
    defaults = _defaults(node, judged, context, certain=kind is not None)
    key, findings = model.key if keyed else (), context.reading.findings
    reader = RowReader(context.source, judged, key, defaults, findings, certain=certain)
    records, absent = _rows(node, model, reader, context, before)
    if not keyed:
        return None, False
    switch = context.document.switches.get((node.line, node.column, "prune"))
    prune_span = Span(context.source.name, *switch) if switch else None
    managed = ManagedList(
        parent,
        name,
        judged,
        context.key_span(node),
        model.key,
        records,
        absent,
        model.prune,
        prune_span,
        model.converted,
        context.reading.outside,
        (node.line, node.column),
        defaults,
    )
    findings += _repeated_by(reader.spoilt, managed, context)
    return managed, certain and sound


def _no_list(name: str, lists: Map, context: Context) -> None:
    if lists[name] is None:
        advice = "add `records:`, or remove the list"
        context.find("null-list", f"`{name}` is left empty", context.at(lists, name, "key"), advice)
        return
    advice = f"write the rows under `records:` below `{name}:`"
    found = wrong_type(name, "a mapping", lists[name], context.at(lists, name), advice)
    context.reading.findings.append(found)


def _repeated_by(spoilt: list[Row], managed: ManagedList, context: Context) -> list[Finding]:
    """The findings of records that are listed twice, once by a row with errors; those of the others come with all lists."""
    if not spoilt:
        return []
    sources = context.reading.sources | {context.source.name: context.source}
    rows = sorted((*managed.records, *spoilt), key=lambda row: (row.file or "", row.line, row.column))
    known = {finding.at for finding in repeated_rows(managed, sources)}
    found = repeated_rows(replace(managed, records=tuple(rows)), sources)
    return [finding for finding in found if finding.at not in known]


def _kind(name: str, lists: Map, parent: Parent, context: Context, *, sound: bool) -> Kind | None:
    """The kind of a list; None where it is not known for certain. Of a module that is only likely, not each list is a mistake."""
    if sound or (parent.module and name not in _modules(context)):
        return kind_named(name, lists, parent, context)
    return kind_of(parent.module, name, context.reading.kinds)


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
    node: Map, model: ListModel, reader: RowReader, context: Context, before: int
) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
    """The rows of a list. Of one in which something is wrong, which had `before` findings, nobody knows whether it is empty."""
    findings = context.reading.findings
    records = reader.read(_nodes(node, "records", context))
    more = node.get("from")
    if "from_" in model.model_fields_set and isinstance(more, Map):
        records += read_csv(model.from_.csv, context.at(more, "csv"), context.path, reader, context.reading)
    leaving = replace(reader, defaults={}, absent=True, shapes={})
    absent = leaving.read(_nodes(node, "absent", context))
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
    if not records and len(findings) == before and not context.torn:
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
    if key in node and rows is None and context.torn:
        return ()
    if key in node and rows is None:
        advice = f"add rows, or write `{key}: []` for none"
        context.find("null-list", f"`{key}` is left empty", context.at(node, key, "key"), advice)
    elif key in node:
        context.reading.findings.append(
            wrong_type(key, "a list", rows, context.at(node, key), "begin each row with `- `")
        )
    return ()


def _defaults(node: Map, kind: Kind, context: Context, *, certain: bool) -> Fields:
    given, found, findings = node.get("defaults"), {}, context.reading.findings
    if not isinstance(given, Map):
        if "defaults" in node:
            at, advice = context.at(node, "defaults"), "write fields of the relation below it, or remove it"
            findings.append(wrong_type("defaults", "a mapping", given, at, advice))
        return {}
    for name, value in given.items():
        if name not in kind.fields:
            known = tuple(kind.fields)
            if certain or nearest(name, known):
                findings.append(unknown_key(name, known, context.at(given, name, "key"), fields_of(kind)))
            continue
        found[name], problem = read_value(name, value, kind.fields[name])
        if problem:
            context.find(problem.code, problem.message, context.at(given, name), problem.help)
    return found
