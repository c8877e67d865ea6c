"""A manifest as pydantic models. `load` checks manifests with them, editors with the JSON Schema that is made from them.

Rows are not models: 100,000 of them are checked in bulk (`zsync.manifest.rows`).
"""

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SkipValidation, WithJsonSchema
from pydantic_core import PydanticCustomError

from zsync.manifest.ids import check_id
from zsync.syntax.checking import UNSET, describe, schema_of
from zsync.syntax.document import Map, Seq

_FIELD = re.compile(r"[A-Za-z][A-Za-z0-9_]*")

_SCALAR = {"type": ["string", "number", "boolean"]}
_ID_SCHEMA = {
    "anyOf": [{"type": "string", "pattern": "^[0-9]{1,20}$"}, {"type": "integer", "minimum": 0}],
    "description": "Zoho's id of the record: digits, best in quotes.",
    "examples": ["3652397000000500001"],
}


def _version(value: Any) -> Any:
    if value == "1":
        return 1
    raise PydanticCustomError(
        "bad-version",
        "`version` must be 1, not {what}",
        {"what": describe(value), "help": "write `version: 1`"},
    )


def _id(value: Any) -> str:
    problem = check_id(value)
    if problem:
        raise PydanticCustomError(
            problem.code, "{message}", {"message": problem.message, "help": problem.help}
        )
    return str(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        message, advice = "a value of `match` must be text, not {what}", "put the value in quotes"
        raise PydanticCustomError("wrong-type", message, {"what": describe(value), "help": advice})
    if not value.strip():
        raise PydanticCustomError(
            "empty-value", "a value of `match` is empty", {"help": "write the record's value, or use `id`"}
        )
    return str(value)


def _match(value: Any) -> Any:
    if isinstance(value, Map) and not value:
        advice = "write a field and its value, or use `id`"
        raise PydanticCustomError("empty-match", "`match` names no field", {"help": advice})
    return value


def _match_field(name: Any) -> str:
    return _field_name(name, "match")


def _field_name(name: Any, place: str) -> str:
    if type(name) is str and name != "id" and _FIELD.fullmatch(name):
        return name
    part = "key" if place == "match" else "value"
    if name == "id":
        advice = "`id` identifies a record alone" + (
            "; write `id:` in place of `match:`" if place == "match" else ""
        )
        raise PydanticCustomError(
            "bad-key", "`id` cannot be combined with fields", {"help": advice, "part": part}
        )
    message = "`{place}` names a field by its api_name, not by {what}"
    advice = "api_names consist of letters, digits and `_`, such as `Email` or `Product_Code`"
    raise PydanticCustomError(
        "bad-key", message, {"place": place, "what": describe(name), "help": advice, "part": part}
    )


def _key(value: Any) -> tuple[str, ...]:
    names = tuple(value) if isinstance(value, Seq) else (value,)
    if not names:
        raise PydanticCustomError(
            "empty-key",
            "`key` names no field",
            {"help": "name a field, or leave `key` out: rows have an `id` then"},
        )
    if names == ("id",):
        return names
    if len(set(map(repr, names))) < len(names):
        raise PydanticCustomError("bad-key", "`key` names a field twice", {"help": "name each field once"})
    return tuple(_field_name(name, "key") for name in names)


class _Strict(BaseModel):
    # Strict: YAML has told text, numbers and booleans apart already, and a value must not turn into another type here.
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=False)


class ParentModel(_Strict):
    """The record whose related lists this document manages: `id`, or `match` with fields that find exactly one."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["id"]}, {"required": ["match"]}]})

    module: str = Field(
        description="api_name of the parent's module.", examples=["Campaigns", "Price_Books", "Products"]
    )
    id: Annotated[str, BeforeValidator(_id), WithJsonSchema(_ID_SCHEMA)] = UNSET
    match: Annotated[
        dict[
            Annotated[str, BeforeValidator(_match_field)],
            Annotated[str, BeforeValidator(_text), WithJsonSchema({"type": ["string", "number"]})],
        ],
        Field(
            description="Field api_names and values that find the record.",
            examples=[{"Campaign_Name": "Spring Launch"}],
            min_length=1,
        ),
        BeforeValidator(_match),
    ] = UNSET


class CsvModel(_Strict):
    """More rows, from a CSV file: its first line names the fields."""

    csv: str = Field(
        description="Path of the file, relative to this manifest.", examples=["spring/leads.csv"]
    )


_ROW = {
    "type": "object",
    "minProperties": 1,
    "properties": {"id": _ID_SCHEMA},
    "additionalProperties": _SCALAR,
}


def _rows(description: str, example: list[dict[str, str]]) -> WithJsonSchema:
    return WithJsonSchema({"type": "array", "items": _ROW, "description": description, "examples": [example]})


class ListModel(_Strict):
    """A related list that is managed."""

    key: Annotated[
        tuple[str, ...],
        BeforeValidator(_key),
        WithJsonSchema(
            {
                "anyOf": [
                    {"type": "string"},
                    {"type": "array", "items": {"type": "string"}, "minItems": 1, "uniqueItems": True},
                ],
                "description": "The field, or fields, that name a related record in the rows. Without it: `id`.",
                "examples": ["Email", "Product_Code", ["First_Name", "Last_Name"]],
                "default": "id",
            }
        ),
    ] = ("id",)
    defaults: Annotated[
        SkipValidation[Any],
        WithJsonSchema(
            {
                "type": "object",
                "additionalProperties": _SCALAR,
                "description": "Fields of the relation for rows that do not give them.",
                "examples": [{"Member_Status": "Planned"}],
            }
        ),
    ] = None
    prune: bool = Field(default=False, description="true: relations that are not listed here are deleted.")
    converted: bool = Field(
        default=False,
        description="true: prune may remove leads that were converted as well; it leaves them alone otherwise.",
    )
    allow_empty: bool = Field(
        default=False, description="true: with `prune`, an empty list means that none shall remain."
    )
    records: Annotated[
        SkipValidation[Any],
        _rows(
            "The relations to have. A row is the key (or `id`) and the relation's fields, flat.",
            [{"Email": "ana@acme.example", "Member_Status": "Invited"}],
        ),
    ] = None
    absent: Annotated[
        SkipValidation[Any],
        _rows("The relations to be without, even without `prune`.", [{"Email": "old@acme.example"}]),
    ] = None
    from_: CsvModel = Field(default=UNSET, alias="from", description="More rows, from a spreadsheet.")


class ManifestModel(_Strict):
    """One document of a manifest: a parent record and the related lists of it that are managed."""

    version: Annotated[
        Literal[1], BeforeValidator(_version), Field(description="Version of the manifest format.")
    ]
    # Both are validated by themselves (`zsync.manifest.documents`), so that an error in one does not hide another's.
    parent: SkipValidation[ParentModel]
    related_lists: SkipValidation[dict[str, ListModel]] = Field(
        description="Related lists by api_name. A list that is not named is not managed.",
        examples=[{"Leads": {"key": "Email", "records": [{"Email": "ana@acme.example"}]}}],
    )


def manifest_schema() -> dict[str, Any]:
    """The JSON Schema of a manifest document: `schemas/manifest.schema.json`."""
    return schema_of(ManifestModel, "zsync manifest")
