"""The file of an org profile, `relations/orgs/ENV.yaml`: written in one order and form, read like any stranger's file."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from zsync.metadata.profile import OrgProfile, kept
from zsync.model.metadata import FieldMeta, ModuleMeta, RelatedList
from zsync.syntax.checking import UNSET, check, describe, schema_of, wrong_type
from zsync.syntax.document import Map, Number, parse
from zsync.syntax.source import At, Finding, SourceText

PROFILES = "orgs"
"""The folder of the profiles, beside the manifests."""

VERSION = "1"
_MARK = re.compile(rb"^org_profile[ \t]*:", re.MULTILINE)
_MANIFEST = re.compile(rb"^(?:parent|related_lists)[ \t]*:", re.MULTILINE)
_PLAIN = re.compile("[A-Za-z][A-Za-z0-9_]*(?: [A-Za-z0-9_]+)*")
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
_AGAIN = "write it anew: `zsync profile`"


def is_profile(data: bytes) -> bool:
    """Whether a file says of itself that it is an org profile, and has nothing of a manifest."""
    return bool(_MARK.search(data)) and not _MANIFEST.search(data)


def _version(value: Any) -> Any:
    if value == VERSION:
        return 1
    newer = isinstance(value, Number) and value.isdecimal()
    advice = "update zsync, or " + _AGAIN if newer else _AGAIN
    context = {"what": describe(value), "help": advice}
    raise PydanticCustomError("bad-version", "`org_profile` must be 1, not {what}", context)


def _org_id(value: Any) -> Any:
    if type(value) is str and re.fullmatch("[0-9]{1,20}", value):
        return value
    raise PydanticCustomError(
        "wrong-type", "`org_id` must be digits in quotes, not {what}", {"what": describe(value)}
    )


def _count(value: Any) -> Any:
    return int(value) if isinstance(value, Number) and re.fullmatch("[0-9]{1,9}", value) else value


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


_Count = Annotated[
    int, Field(ge=0), BeforeValidator(_count), WithJsonSchema({"type": "integer", "minimum": 0})
]
_Texts = list[str]


class ProfileFieldModel(_Strict):
    """A field of a module."""

    type: str = Field(default="", description="Zoho's data_type.")
    label: str = Field(default="", description="What people see, where it is not the api_name.")
    length: _Count = Field(default=UNSET, description="The most characters, or digits, that it holds.")
    decimals: _Count = Field(default=UNSET, description="The most decimal places.")
    read_only: bool = Field(default=False, description="true: the API cannot write it.")
    values: _Texts = Field(default_factory=list, description="A picklist's values, as people see them.")
    unused: _Texts = Field(default_factory=list, description="Values that were taken out of the picklist.")
    stored: dict[str, str] = Field(
        default_factory=dict, description="What Zoho stores for a value → the value, where they differ."
    )


class ProfileListModel(_Strict):
    """A related list of a module."""

    module: str = Field(default="", description="The module of its records.")
    type: str = Field(default="", description="Zoho's type, where it is not `default`.")
    label: str = Field(default="", description="What people see, where it is not the api_name.")
    hidden: bool = Field(default=False, description="true: no layout shows it.")


class ProfileModuleModel(_Strict):
    """A module's lists and fields."""

    lists: dict[str, ProfileListModel] = Field(default=UNSET, description="Its related lists, by api_name.")
    fields: dict[str, ProfileFieldModel] = Field(default=UNSET, description="Its fields, by api_name.")


class ProfileModel(_Strict):
    """What an org's metadata says. `zsync profile` writes it; nobody edits it."""

    org_profile: Annotated[Literal[1], BeforeValidator(_version)] = Field(
        description="Version of this format."
    )
    org_id: Annotated[
        str, BeforeValidator(_org_id), WithJsonSchema({"type": "string", "pattern": "^[0-9]{1,20}$"})
    ] = Field(description="The org's id.")
    type: str = Field(
        default="", description="production, sandbox or developer; empty where Zoho does not say."
    )
    date: str = Field(description="The day on which it was last written.")
    missing: _Texts = Field(
        default_factory=list, description="Modules of relation kinds that the org does not have."
    )
    values: dict[str, _Texts] = Field(
        default_factory=dict,
        description="Relation field → its values, where the org tells them apart from its modules.",
    )
    answers: dict[str, str] = Field(
        default_factory=dict,
        description="What `zsync doctor --probe` found out about the org: the name of a question → its answer. Nothing is switched by them alone.",
    )
    modules: dict[str, ProfileModuleModel] = Field(description="The modules of relation kinds, by api_name.")


def profile_schema() -> dict[str, Any]:
    """The JSON Schema of an org profile: `schemas/profile.schema.json`."""
    return schema_of(ProfileModel, "zsync org profile")


def read_profile(source: SourceText) -> tuple[OrgProfile | None, list[Finding]]:
    """The profile in a file's text, or what is wrong with it."""
    documents, broken = parse(source)
    findings = list(broken)
    if len(documents) != 1 or not isinstance(documents[0].root, Map):
        if not findings:
            root = documents[0].root if documents else None
            findings.append(wrong_type("org profile", "one mapping", root, At(source, 1, 1), _AGAIN))
        return None, _remedied(findings)
    model, _ = check(ProfileModel, documents[0].root, source, findings) if documents[0].sound else (None, ())
    if findings or model is None:
        return None, _remedied(findings)
    return _profile(model), findings


def _remedied(findings: Sequence[Finding]) -> list[Finding]:
    # Nobody edits this file, so there is one remedy for all that can be wrong with it.
    return [each if each.code == "bad-version" else each._replace(help=_AGAIN) for each in findings]


def _profile(model: ProfileModel) -> OrgProfile:
    return OrgProfile(
        model.org_id,
        model.type,
        model.date,
        {name: ModuleMeta(_fields(each), _lists(each)) for name, each in model.modules.items()},
        tuple(model.missing),
        {name: tuple(values) for name, values in model.values.items()},
        dict(model.answers),
    )


def _fields(module: ProfileModuleModel) -> dict[str, FieldMeta] | None:
    if module.fields is None:
        return None
    return {
        name: FieldMeta(
            name,
            each.type,
            each.label,
            each.length,
            each.decimals,
            tuple(each.values),
            tuple(each.unused),
            dict(each.stored),
            each.read_only,
        )
        for name, each in module.fields.items()
    }


def _lists(module: ProfileModuleModel) -> tuple[RelatedList, ...] | None:
    if module.lists is None:
        return None
    return tuple(
        RelatedList(name, each.module, not each.hidden, type=each.type, label=each.label)
        for name, each in module.lists.items()
    )


def dump_profile(profile: OrgProfile, environment: str) -> str:
    """The file: one line a list or field, one a value, all in one order, so that a change in the org is a small diff."""
    return "\n".join(_lines(kept(profile), environment)) + "\n"


def _lines(profile: OrgProfile, environment: str) -> Iterator[str]:
    command = json.dumps(f"zsync profile -e {environment}")[1:-1]
    yield f"# What an org's metadata says, for `zsync validate`. Written by `{command}`: run that again, edit nothing."
    yield f"org_profile: {VERSION}"
    yield f"org_id: {json.dumps(profile.org_id)}"
    yield f"type: {_text(profile.org_type)}"
    yield f"date: {json.dumps(profile.date)}"
    if profile.missing:
        yield from _texts("missing", profile.missing, "")
    if profile.values:
        yield "values:"
        for name, values in profile.values.items():
            yield from _texts(name, values, "  ")
    if profile.answers:
        yield "answers:"
        yield from (f"  {_text(name)}: {_text(said)}" for name, said in profile.answers.items())
    yield "modules:" if profile.modules else "modules: {}"
    for name, module in profile.modules.items():
        yield from _module(name, module)


def _module(name: str, module: ModuleMeta) -> Iterator[str]:
    yield f"  {_text(name)}:" if (module.lists, module.fields) != (None, None) else f"  {_text(name)}: {{}}"
    if module.lists is not None:
        yield "    lists:" if module.lists else "    lists: {}"
        for listed in module.lists:
            yield f"      {_text(listed.name)}: {_flow(_list_entries(listed))}"
    if module.fields is not None:
        yield "    fields:" if module.fields else "    fields: {}"
        for known in module.fields.values():
            yield from _field(known)


def _list_entries(listed: RelatedList) -> dict[str, str]:
    told = {"module": listed.module, "type": listed.type, "label": listed.label}
    entries = {name: _text(text) for name, text in told.items() if text}
    return entries if listed.visible else entries | {"hidden": "true"}


def _field(known: FieldMeta) -> Iterator[str]:
    entries = {name: _text(text) for name, text in (("type", known.type), ("label", known.label)) if text}
    sizes = {"length": known.length, "decimals": known.decimals}
    entries |= {name: str(size) for name, size in sizes.items() if size is not None}
    entries |= {"read_only": "true"} if known.read_only else {}
    if not (known.values or known.unused or known.stored):
        yield f"      {_text(known.name)}: {_flow(entries)}"
        return
    yield f"      {_text(known.name)}:"
    yield from (f"        {name}: {value}" for name, value in entries.items())
    for key, texts in (("values", known.values), ("unused", known.unused)):
        if texts:
            yield from _texts(key, texts, "        ")
    if known.stored:
        yield "        stored:"
        yield from (f"          {_text(key)}: {_text(text)}" for key, text in sorted(known.stored.items()))


def _texts(key: str, texts: Sequence[str], indent: str) -> Iterator[str]:
    yield f"{indent}{_text(key)}:"
    yield from (f"{indent}  - {_text(text)}" for text in texts)


def _flow(entries: Mapping[str, str]) -> str:
    return f"{{{', '.join(f'{name}: {value}' for name, value in entries.items())}}}"


def _text(text: str) -> str:
    """A text as a plain scalar where nothing could read it as anything else, else in quotes."""
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    # JSON's quotes are YAML's. What no screen shows could end the line, or turn it around, so it is escaped.
    return "".join(map(_shown, json.dumps(text, ensure_ascii=False)))


def _shown(sign: str) -> str:
    if sign.isprintable():
        return sign
    return f"\\u{ord(sign):04x}" if ord(sign) < 0x10000 else f"\\U{ord(sign):08x}"
