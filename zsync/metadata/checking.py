"""Manifests against an org's metadata: modules, lists, fields and values, each mistake at its place. Asks nobody."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zsync.kinds import FieldType, own_list
from zsync.metadata.flaws import Flaw, Part, Spotted
from zsync.metadata.lists import ListChoice, list_flaw, unknown_module
from zsync.metadata.values import NUMBERS, TEXTS, UNFINDABLE, Column, Unfit
from zsync.model import ManagedList, Row, Span
from zsync.model.diagnostics import Spot
from zsync.model.metadata import FieldMeta, OrgMetadata
from zsync.syntax.checking import nearest

_SETUP = "Setup › Customization › Modules shows the API names of fields."


def flaws(
    lists: Iterable[ManagedList], org: OrgMetadata, allowed: Mapping[str, Sequence[str]]
) -> Iterator[Flaw]:
    """What is wrong in these lists, as far as the org's metadata tells. `allowed` are the values in zsync.yaml, by field."""
    for managed in lists:
        yield from _module_flaws(managed, org)
        yield from _parent_flaws(managed, org)
        known = org.lists(managed.parent.module) if managed.related_module not in org.missing else None
        if known is not None and (flaw := list_flaw(managed, choice_of(managed, known))):
            yield flaw
        yield from _key_flaws(managed, org)
        yield from _declaration_flaws(managed, org)
        yield from _relation_flaws(managed, org, allowed)


def choice_of(managed: ManagedList, known: Sequence[Any]) -> ListChoice:
    """The choice of a manifest's list among those of its parent's module."""
    own = own_list(managed.parent.module, managed.related_module)
    return ListChoice(known, managed.related_module, managed.named, own)


def touched(managed: ManagedList) -> Iterator[str]:
    """The modules whose fields tell whether a list is written rightly."""
    own = any(managed.kind.fields) and any(row.fields for row in managed.records)
    if managed.parent.match or own:
        yield managed.parent.module
    if managed.key != ("id",) or own:
        yield managed.related_module


def unknown_key_fields(managed: ManagedList, org: OrgMetadata) -> bool:
    """Whether its key or its parent's names a field that the module does not have: such a key finds nothing."""
    return any(
        name != "id" and fields is not None and name not in fields
        for names, fields in (
            ([name for name, _ in managed.parent.match], org.fields(managed.parent.module)),
            (managed.key, org.fields(managed.related_module)),
        )
        for name in names
    )


def _module_flaws(managed: ManagedList, org: OrgMetadata) -> Iterator[Flaw]:
    parent = managed.parent
    if parent.module in org.missing:
        yield unknown_module(parent.module, _at(parent.span, parent.body, "module"), org.names)
    if managed.related_module in org.missing:
        yield unknown_module(
            managed.related_module, Spotted(managed.span, width=len(managed.name)), org.names
        )


def _parent_flaws(managed: ManagedList, org: OrgMetadata) -> Iterator[Flaw]:
    parent = managed.parent
    fields = org.fields(parent.module)
    for name, value in parent.match if fields is not None else ():
        way = ("match", name)
        yield from _named(
            parent.module, name, fields, _at(parent.span, parent.body, *way, part="key"), "match"
        )
        if column := _key_column(parent.module, name, fields):
            yield from _unfit(column.unfit(value), _at(parent.span, parent.body, *way))


def _key_flaws(managed: ManagedList, org: OrgMetadata) -> Iterator[Flaw]:
    module, fields = managed.related_module, org.fields(managed.related_module)
    if fields is None or managed.key == ("id",):
        return
    columns = []
    for place, name in enumerate(managed.key):
        way = ("key", place) if len(managed.key) > 1 else ("key",)
        yield from _named(module, name, fields, _at(managed.span, managed.body, *way), "key")
        columns.append(_key_column(module, name, fields))
    for place, column in enumerate(columns):
        if column is None or not _limits(column):
            continue
        for row in (*managed.records, *managed.absent):
            if not row.by_id and (unfit := column.unfit(row.key[place])):
                yield from _unfit(unfit, _row_at(managed, row, column.field.name))


def _named(
    module: str, name: str, fields: Mapping[str, FieldMeta] | None, where: Spotted, key: str
) -> Iterator[Flaw]:
    """The flaw of a key's field that the module does not have, or by which nothing can be found."""
    if fields is None or name == "id":
        return
    field = fields.get(name)
    if field is None:
        yield Flaw("unknown-field", where, (f"{module} has no field {name}",), (_field_meant(name, fields),))
    elif field.type in UNFINDABLE:
        says = f"`{key}` cannot find records by {module}.{name}, a field of type {field.type},"
        yield Flaw("bad-key", where, (says,), ("Name a field of text, or use `id`.",))


def _field_meant(name: str, fields: Mapping[str, FieldMeta]) -> str:
    for field in fields.values():
        if (
            field.label.casefold() == name.casefold().replace("_", " ")
            and field.name.casefold() != name.casefold()
        ):
            return f"did you mean `{field.name}`, which has that label?"
    meant = nearest(name, tuple(fields))
    return f"did you mean `{meant}`?" if meant else _SETUP


def _key_column(module: str, name: str, fields: Mapping[str, FieldMeta] | None) -> Column | None:
    field = (fields or {}).get(name)
    return Column(field, f"{module}.{name}", module, key=True) if field else None


def _limits(column: Column) -> bool:
    """Whether there are values that the field cannot hold: most keys are text of any kind."""
    field = column.field
    return field.type not in TEXTS or bool(field.length)


@dataclass(slots=True)
class _Relation:
    """The relation's own fields of a list, and what each can hold: `columns` of those that are known of."""

    columns: Mapping[str, Column]
    read_only: frozenset[str]


def _relation_flaws(
    managed: ManagedList, org: OrgMetadata, allowed: Mapping[str, Sequence[str]]
) -> Iterator[Flaw]:
    own = _relation(managed, org, allowed)
    if not own.columns:
        return
    defaults = dict(_unfits(managed.defaults, own))
    for name, unfit in defaults.items():
        yield from _unfit(unfit, _at(managed.span, managed.body, "defaults", name))
    # Rows with the same values share their fields: what was found of one holds for all.
    known: dict[int, tuple[tuple[str, Unfit], ...]] = {}
    for row in managed.records:
        found = known.get(id(row.fields))
        if found is None:
            found = known[id(row.fields)] = tuple(_unfits(row.fields, own))
        for name, unfit in found:
            # What stands under `defaults` is told there, once and not for each row that has it from there.
            if defaults.get(name) != unfit:
                yield from _unfit(unfit, _row_at(managed, row, name))


def _unfits(fields: Mapping[str, Any], own: _Relation) -> Iterator[tuple[str, Unfit]]:
    for name, value in fields.items():
        if name in own.read_only:
            says = f"nobody can write {name}, a read-only field,"
            yield name, Unfit("read-only-field", (says,), ("Leave it out of the manifest.",))
        elif (column := own.columns.get(name)) and (unfit := column.unfit(value)):
            yield name, unfit


def _relation(managed: ManagedList, org: OrgMetadata, allowed: Mapping[str, Sequence[str]]) -> _Relation:
    columns: dict[str, Column] = {}
    barred = set()
    for name, kind in managed.kind.fields.items():
        field = _field_of(managed, name, kind, org)
        if field and field.read_only:
            barred.add(name)
        told = tuple(allowed.get(name) or org.values.get(name, ()))
        if field or told:
            columns[name] = Column(field or FieldMeta(name), name, allowed=told)
    return _Relation(columns, frozenset(barred))


def _field_of(managed: ManagedList, name: str, kind: FieldType, org: OrgMetadata) -> FieldMeta | None:
    """The field in the metadata of one of the two modules; None where neither lists it, or only one of another type.

    Nobody knows which metadata lists the fields of a relation. One of another type is a field of the record that happens to
    have the same name.
    """
    for module in (managed.parent.module, managed.related_module):
        field = (org.fields(module) or {}).get(name)
        if field and _alike(field.type, kind):
            return field
    return None


def _declaration_flaws(managed: ManagedList, org: OrgMetadata) -> Iterator[Flaw]:
    """A warning for each field that zsync.yaml declares and the metadata knows under its name by other types alone."""
    for name, place in managed.kind.declared.items():
        kind = managed.kind.fields[name]
        modules = (managed.kind.left, managed.kind.right)
        known = [(module, found) for module in modules if (found := (org.fields(module) or {}).get(name))]
        if not known or any(_alike(found.type, kind) for _, found in known):
            continue
        module, found = known[0]
        where = Spotted(Span(*place))
        says = f"{name} is declared as {_DECLARED[kind]}, and {module}.{name} is a field of type {found.type}"
        advice = (
            f"If {managed.kind.name} means that field, declare it as `{_kind_of(found.type)}`. A field of a relation may have "
            "the name of another: then nothing is to do."
        )
        yield Flaw("other-type", where, (says,), (advice,), severity="warning")


_DECLARED: Mapping[FieldType, str] = {
    "text": "text",
    "number": "a number",
    "boolean": "a boolean",
    "any": "anything",
}


def _kind_of(data_type: str) -> FieldType:
    """The type in zsync.yaml for a field of that type in Zoho."""
    kinds: tuple[FieldType, ...] = ("text", "number", "boolean")
    return next((kind for kind in kinds if _alike(data_type, kind)), "any")


def _alike(data_type: str, kind: FieldType) -> bool:
    if kind == "any":
        return True
    if kind == "number":
        return data_type in NUMBERS
    return data_type == "boolean" if kind == "boolean" else data_type in TEXTS or data_type == "picklist"


def _unfit(unfit: Unfit | None, where: Spotted) -> Iterator[Flaw]:
    if unfit:
        yield Flaw(unfit.code, where, unfit.says, unfit.help, link=unfit.link, severity=unfit.severity)


def _at(span: Any, body: tuple[int, int] | None, *way: str | int, part: Any = "value") -> Spotted:
    return Spotted(span, (Spot(*body, way, part),) if body else ())


def _row_at(managed: ManagedList, row: Row, name: str) -> Spotted:
    return Spotted(managed.place(row), (Spot(row.line, row.column, (name,)),))


__all__ = ["Part", "choice_of", "flaws", "touched", "unknown_key_fields"]
