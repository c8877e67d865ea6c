"""zsync.yaml as pydantic models, from which its JSON Schema is made."""

import re
from functools import partial
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SkipValidation, WithJsonSchema
from pydantic_core import PydanticCustomError

from zsync.config.consent_models import ConsentModel
from zsync.config.guard_models import GuardsModel
from zsync.hosts import AddressRefused, address
from zsync.kinds import MODULE_NAMES, FieldType
from zsync.syntax.checking import UNSET, describe, schema_of
from zsync.syntax.document import Number

DataCentre = Literal["us", "eu", "in", "au", "jp", "cn", "ca", "sa", "uk", "ae"]
OrgType = Literal["production", "sandbox", "developer"]
ApiVersion = Literal["v7", "v8"]


def _integer(value: Any) -> Any:
    """The int of a whole number of at most 12 digits; any other value unchanged, for pydantic to refuse."""
    return int(value) if isinstance(value, Number) and re.fullmatch(r"[0-9]{1,12}", value) else value


def _version(value: Any) -> Any:
    if value == "1":
        return 1
    context = {"what": describe(value), "help": "write `version: 1`"}
    raise PydanticCustomError("bad-version", "`version` must be 1, not {what}", context)


def _text_id(value: Any) -> Any:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,20}", value):
        return str(value)
    advice = "write the digits of the org id, in quotes; `zsync doctor` shows it"
    raise PydanticCustomError(
        "wrong-type", "`org_id` must be digits, not {what}", {"what": describe(value), "help": advice}
    )


def _url(value: Any) -> Any:
    # The refresh token is sent to this address: whoever may change the file must not choose who gets it.
    advice = (
        "write it as https://www.zohoapis.eu, without a path; the variables ZSYNC_API_DOMAIN and "
        "ZSYNC_ACCOUNTS_URL alone lead to any other server, where zsync 0.1.0 took any https address from the file"
    )
    try:
        return address(value if isinstance(value, str) else "", zoho=True)
    except AddressRefused:
        context = {"what": describe(value), "help": advice}
        raise PydanticCustomError(
            "bad-value", "this must be an address of Zoho, not {what}", context
        ) from None


_Id = Annotated[
    str,
    BeforeValidator(_text_id),
    WithJsonSchema({"type": ["string", "integer"], "pattern": "^[0-9]{1,20}$"}),
]
_Url = Annotated[str, BeforeValidator(_url), WithJsonSchema({"type": "string", "format": "uri"})]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


_WAVE = re.compile(r"[1-9][0-9]{0,8}|(?:100|[1-9]?[0-9])%")


def _waves(value: Any) -> Any:
    """Numbers of changes, or per cents of a plan. `rest` may end the list, and is implied if it does not."""
    for place, wave in enumerate(value if isinstance(value, list) else ()):
        last = place == len(value) - 1
        if not isinstance(wave, str) or not (_WAVE.fullmatch(wave) or (last and wave == "rest")):
            raise PydanticCustomError(
                "bad-value",
                "a wave is a number of changes, a per cent, or `rest` at the end",
                {"help": 'write for example `waves: ["1%", "10%", "rest"]`'},
            )
    return value


def _folder(value: Any) -> Any:
    """A folder below the one of zsync.yaml, as `eu` or `shared/eu`."""
    parts = value.split("/") if isinstance(value, str) else []
    if (
        not parts
        or any(part in ("", "..") or (part.startswith(".") and part != ".") for part in parts)
        or "\\" in value
    ):
        advice = "write its path from the folder of zsync.yaml, such as `eu` or `shared/eu`"
        context = {"what": describe(value), "help": advice}
        raise PydanticCustomError("bad-value", "a folder of manifests cannot be {what}", context)
    return value


def _put(value: Any) -> Any:
    """`all` or `changed`."""
    if value in ("all", "changed"):
        return value
    advice = "write `put: all`, or leave the key out"
    context = {"what": describe(value), "help": advice}
    raise PydanticCustomError("bad-value", "`put` must be `all` or `changed`, not {what}", context)


_Values = Annotated[
    SkipValidation[dict[str, list[str]]],
    WithJsonSchema(
        {
            "type": "object",
            "propertyNames": {"pattern": "^[A-Za-z0-9_]+$"},
            "additionalProperties": {
                "type": "array",
                "items": {"type": "string"},
                "minItems": 1,
                "uniqueItems": True,
            },
        }
    ),
]
"""Field api_name → the texts that it may hold. `config.value_lists` reads it."""


class EnvironmentModel(_Strict):
    """One org with its settings. Secrets come from environment variables."""

    data_centre: DataCentre = Field(
        default=UNSET, description="Zoho's data centre of the org.", examples=["eu"]
    )
    type: OrgType = Field(
        default=UNSET, description="What the org must be; any other is refused.", examples=["sandbox"]
    )
    org_id: _Id = Field(
        default=UNSET, description="The org's id; any other is refused.", examples=["20075998123"]
    )
    api_domain: _Url = Field(
        default=UNSET,
        description="The API's address, where it is not the data centre's: another of Zoho's, or this machine.",
    )
    accounts_url: _Url = Field(
        default=UNSET,
        description="The token server, where it is not the data centre's: another of Zoho's, or this machine.",
    )
    api_version: ApiVersion = Field(
        default=UNSET,
        description="The version of Zoho's API for every call: v8 unless it says v7. v7 cannot count a list: where a guard wants its "
        "size, zsync reads the list.",
        examples=["v7"],
    )
    concurrency: Annotated[int, Field(ge=1, le=25), BeforeValidator(_integer)] = Field(
        default=UNSET, description="Calls at the same time, at most."
    )
    put: Annotated[Literal["all", "changed"], BeforeValidator(_put)] = Field(
        default=UNSET,
        description="all: an update sends every field that it knows of a relation, also those that no manifest names. changed: it sends "
        "the fields that change; needs `probed`.",
    )
    probed: Annotated[str, Field(min_length=1)] = Field(
        default=UNSET,
        description="With `put: changed`: the environment, a sandbox, in whose org profile `zsync doctor --probe` keeps the answer that Zoho keeps what "
        "an update leaves out.",
        examples=["sandbox"],
    )
    credit_reserve: Annotated[int, Field(ge=0), BeforeValidator(_integer)] = Field(
        default=UNSET, description="API credits to leave for others."
    )
    protected: bool = Field(
        default=UNSET, description="true: apply asks for the environment's name, typed or with --confirm."
    )
    waves: Annotated[list[str], Field(min_length=1), BeforeValidator(_waves)] = Field(
        default=UNSET,
        description="Portions of a plan, sent in turn: each only if the one before was applied in full.",
        examples=[["1%", "10%", "rest"]],
    )
    manifests: Annotated[list[Annotated[str, BeforeValidator(_folder)]], Field(min_length=1)] = Field(
        default=UNSET,
        description="The folders of its manifests, from the folder of this file. Files outside of them belong to other orgs. "
        "Without it: all that are beside this file or below.",
        examples=[["everywhere", "eu"]],
    )
    values: _Values = Field(
        default=UNSET,
        description="What relation fields may hold in this org, field by field in place of the values for every environment.",
        examples=[{"Member_Status": ["Planned", "Sent"]}],
    )
    guards: SkipValidation[GuardsModel] = Field(
        default=UNSET, description="Limits besides those for every environment: both apply."
    )
    consent: SkipValidation[ConsentModel] = Field(
        default=UNSET,
        description="What it says besides `consent` for every environment. Where both say something of one field, Type or list, this counts.",
    )


def _api_name(value: Any, part: str = "value") -> Any:
    """A name that goes into URLs and COQL queries unquoted, and so must not bring any syntax of its own."""
    plain = isinstance(value, str) and not isinstance(value, Number)
    if plain and (_NAME.fullmatch(value) or value in MODULE_NAMES):
        return value
    context = {
        "what": describe(value),
        "help": "write the api_name that Zoho shows under Setup; zsync 0.1.0 took any text",
        "part": part,
    }
    message = "an api_name is letters, digits and underscores, not {what}"
    raise PydanticCustomError("bad-value", message, context)


_NAME = re.compile("[A-Za-z0-9_]+")
_ModuleName = Annotated[
    str, BeforeValidator(_api_name), WithJsonSchema({"type": "string", "pattern": "^[A-Za-z0-9_ ]+$"})
]
_FieldName = Annotated[
    str,
    BeforeValidator(partial(_api_name, part="key")),
    WithJsonSchema({"type": "string", "pattern": "^[A-Za-z0-9_]+$"}),
]


class KindModel(_Strict):
    """A pair of modules and the fields of their relations: more fields for one of Zoho's kinds, or another kind."""

    parent: _ModuleName = Field(description="api_name of a module.", examples=["Campaigns"])
    related: _ModuleName = Field(description="api_name of the other module.", examples=["Leads"])
    fields: dict[_FieldName, FieldType] = Field(
        default_factory=dict,
        description="Field api_name → its type.",
        examples=[{"Service_Status": "text", "Tickets": "number"}],
    )


class PersonalModel(_Strict):
    """What `--redact` masks: `mask` puts a token in place of a value, `show` leaves it."""

    fields: dict[str, Literal["mask", "show"]] = Field(
        default_factory=dict,
        description="Field api_name → what happens to its values.",
        examples=[{"Phone": "mask", "Tickets": "show"}],
    )
    records: dict[str, Literal["mask", "show"]] = Field(
        default_factory=dict,
        description="Module api_name → what happens to the names of its records.",
        examples=[{"Campaigns": "mask"}],
    )
    default: Literal["mask", "show"] = Field(
        default="mask", description="What happens to fields that zsync does not know."
    )


class ConfigModel(_Strict):
    """Settings for the manifests beside it: the orgs, the guards, more kinds, and what is masked. Secrets never stand in it."""

    version: Annotated[Literal[1], BeforeValidator(_version)] = Field(description="Version of this format.")
    # Parts are not validated here but one by one (`zsync.config.load`), so that an error in one does not hide another's.
    environments: SkipValidation[dict[str, EnvironmentModel]] = Field(
        default_factory=dict, description="Orgs by name, for `-e NAME`."
    )
    relation_kinds: SkipValidation[list[KindModel]] = Field(
        default_factory=list, description="More relation fields and kinds."
    )
    values: _Values = Field(
        default_factory=dict,
        description="What relation fields may hold, where no metadata of the org tells it: field api_name → its values.",
        examples=[{"Member_Status": ["Planned", "Invited", "Sent"]}],
    )
    personal: SkipValidation[PersonalModel] = Field(
        default_factory=PersonalModel, description="What is masked where strangers read."
    )
    guards: SkipValidation[GuardsModel] = Field(
        default=UNSET, description="Limits that stop a plan, for every environment."
    )
    consent: SkipValidation[ConsentModel] = Field(
        default=UNSET, description="Who is kept out of lists because of what they said, in every environment."
    )


def config_schema() -> dict[str, Any]:
    """The JSON Schema of zsync.yaml: `schemas/config.schema.json`."""
    return schema_of(ConfigModel, "zsync configuration")
