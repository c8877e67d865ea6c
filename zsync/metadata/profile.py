"""The org profile: what an org's metadata says, kept in a file of the repository, where it can be read without the org."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from zsync.metadata.values import NUMBERS, TEXTS
from zsync.model.metadata import FieldMeta, ModuleMeta, OrgMetadata, RelatedList


@dataclass(frozen=True, slots=True)
class OrgProfile:
    """An org's metadata as of a `date` (`2026-11-20`), without anything of a person.

    `missing` are modules of relation kinds that the org does not have, `values` those of relation fields that it tells apart
    from its modules. `answers` are what a probe found out about the org.
    """

    org_id: str
    org_type: str
    date: str
    modules: Mapping[str, ModuleMeta]
    missing: tuple[str, ...] = ()
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)

    def metadata(self, called: str) -> OrgMetadata:
        """The same as what messages about the environment `called` speak of."""
        return OrgMetadata(called, self.modules, self.values, tuple(self.modules), frozenset(self.missing))

    def leads_to(self) -> Iterator[tuple[tuple[str, str], str]]:
        """Parent's module and list → the module of its records, of lists that have a name of their own."""
        for parent, module in self.modules.items():
            for listed in module.lists or ():
                if listed.writable and listed.module and listed.module != listed.name:
                    yield (parent, listed.name), listed.module


def kept(profile: OrgProfile) -> OrgProfile:
    """The profile as its file keeps it: without what no check needs, and in an order that does not move."""
    modules = {
        name: ModuleMeta(
            None
            if module.fields is None
            else {each: _field(module.fields[each]) for each in sorted(module.fields)},
            None if module.lists is None else tuple(sorted(map(_list, filter(_named, module.lists)))),
        )
        for name, module in sorted(profile.modules.items())
    }
    return replace(
        profile,
        modules=modules,
        missing=tuple(sorted(profile.missing)),
        values=dict(sorted(profile.values.items())),
        answers=dict(sorted(profile.answers.items())),
    )


def _named(listed: RelatedList) -> bool:
    return bool(listed.name)


def _list(listed: RelatedList) -> RelatedList:
    kind = "" if listed.type == "default" else listed.type
    return RelatedList(
        listed.name, listed.module, listed.visible, type=kind, label=_label(listed.name, listed.label)
    )


def _field(known: FieldMeta) -> FieldMeta:
    measured = known.type in TEXTS or known.type in NUMBERS
    return replace(
        known,
        label=_label(known.name, known.label),
        length=known.length or None if measured else None,
        decimals=known.decimals if known.type in NUMBERS else None,
        stored=dict(known.stored),
    )


def _label(name: str, label: str) -> str:
    """A label, where it tells more than the name."""
    return "" if label in ("", name, name.removesuffix("__s").replace("_", " ")) else label


class OrgChange(NamedTuple):
    """One thing that an org has otherwise than its profile: what it is about, and how it was and is; empty for not at all."""

    about: str
    before: str
    after: str


def differences(before: OrgProfile, after: OrgProfile) -> tuple[OrgChange, ...]:
    """What is new, gone or changed, module by module."""
    return tuple(_differences(kept(before), kept(after)))


def _differences(before: OrgProfile, after: OrgProfile) -> Iterator[OrgChange]:
    yield from _changed(
        "org", {"id": before.org_id, "type": before.org_type}, {"id": after.org_id, "type": after.org_type}
    )
    yield from _changed("", _values_of(before.values), _values_of(after.values))
    for name in sorted({*before.modules, *after.modules, *before.missing, *after.missing}):
        old, new = before.modules.get(name), after.modules.get(name)
        if (old is None) != (new is None):
            yield OrgChange(f"{name}", "" if old is None else "module", "" if new is None else "module")
        elif old and new:
            yield from _changed(f"{name} › ", _lists(old), _lists(new))
            yield from _changed(f"{name}.", _fields(old), _fields(new))


def _changed(where: str, old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[OrgChange]:
    for name in sorted({*old, *new}):
        if old.get(name) != new.get(name):
            yield OrgChange(
                f"{where} {name}" if where == "org" else f"{where}{name}",
                old.get(name, ""),
                new.get(name, ""),
            )


def _values_of(values: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    return {f"{name} = {text}": "value" for name, texts in values.items() for text in texts}


def _lists(module: ModuleMeta) -> dict[str, str]:
    return {
        listed.name: " ".join(
            filter(
                None,
                (
                    "hidden" if not listed.visible else "",
                    listed.type,
                    f"list of {listed.module}" if listed.module else "list",
                    f'"{listed.label}"' if listed.label else "",
                ),
            )
        )
        for listed in module.lists or ()
    }


def _fields(module: ModuleMeta) -> dict[str, str]:
    """Each field in a few words, and each of its values, for one of a hundred may be what has changed."""
    found = {}
    for name, known in (module.fields or {}).items():
        found[name] = describe(known)
        found |= {f"{name} = {text}": _stored(known, text) for text in known.values}
        found |= {f"{name} = {text}": "value, taken out" for text in known.unused}
    return found


def _stored(known: FieldMeta, text: str) -> str:
    stored = next((key for key, shown in known.stored.items() if shown == text), "")
    return f"value, stored as {stored}" if stored else "value"


def describe(known: FieldMeta) -> str:
    """A field in a few words: `text, 255 long`."""
    parts = (
        known.type or "of no type",
        f"{known.length} long" if known.length else "",
        f"{known.decimals} decimals" if known.decimals is not None else "",
        "read-only" if known.read_only else "",
        f'"{known.label}"' if known.label else "",
    )
    return ", ".join(filter(None, parts))
