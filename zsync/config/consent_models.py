"""The shape of `consent:` in zsync.yaml, as pydantic models."""

import re
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from zsync.config.freezes import GuardPart, bad_value
from zsync.model import number
from zsync.model.consent import Policy
from zsync.syntax.checking import UNSET, describe
from zsync.syntax.document import Map, Number, Seq

_NAME = re.compile(r"\$?[A-Za-z0-9_]+")
_ANY = "any"
_POLICIES: dict[str, Policy] = {"withhold": "withhold", "warn": "warn"}


def _scalar(value: Any) -> Any:
    if isinstance(value, Number):
        return _exact(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return ... if value == _ANY else str(value)
    raise bad_value(
        f"a value that means no is true, false, a text, a number or null, not {describe(value)}",
        "write `true`, `[Withdrawn, Objected]`, or `any` for every value but an empty one",
    )


def _exact(value: Number) -> int | Decimal | str:
    try:
        return number(value)
    except ArithmeticError:
        return str(value)


def _values(value: Any) -> Any:
    return tuple(map(_scalar, value)) if isinstance(value, Seq) else (_scalar(value),)


def _field(value: Any) -> Any:
    if isinstance(value, str) and not isinstance(value, Number) and _NAME.fullmatch(value):
        return value
    raise bad_value(
        f"a field is named by its api_name, not by {describe(value)}",
        "write the api_name that Zoho shows under Setup",
    )


def _never(value: Any) -> Any:
    if isinstance(value, list) and value and all(isinstance(text, str) for text in value):
        return list(map(str, value))
    raise bad_value(
        "`never` is a list of addresses, patterns, ids and files",
        'write `never: [suppress.csv, "*@competitor.example"]`, or leave it out',
    )


def _order(value: Any) -> Any:
    texts = (
        isinstance(value, list) and value and all(isinstance(text, str) and text.strip() for text in value)
    )
    if texts and len({text.strip().casefold() for text in value}) == len(value):
        return tuple(map(str, value))
    raise bad_value("an order has statuses, each once", "write `order: [Planned, Invited, Sent]`")


def _policy(value: Any) -> Any:
    if isinstance(value, str) and value in _POLICIES:
        return _POLICIES[value]
    if isinstance(value, Map) and [*value] == ["off"] and _is_reason(value["off"]):
        return "off"
    advice = 'write `withhold`, `warn`, or `{off: "why"}`'
    if value == "off":
        raise bad_value("nothing is asked here any more, and no reason is given", 'write `{off: "why"}`')
    raise bad_value(f"a word is needed, not {describe(value)}", advice)


def _is_reason(value: Any) -> bool:
    return isinstance(value, str) and not isinstance(value, Number) and bool(value.strip())


def _reason(value: Any) -> Any:
    if _is_reason(value):
        return str(value)
    raise bad_value(f"`off` needs a reason, not {describe(value)}", 'write `off: "why"`')


def _list_pattern(value: Any) -> Any:
    if isinstance(value, str) and value.count("/") >= 2:
        return str(value)
    raise bad_value(
        f"a list is named `module/record/list`, not by {describe(value)}",
        "write `Campaigns/Board */Contacts`",
    )


_Value = {"type": ["boolean", "string", "number", "null"]}
_Values = Annotated[
    Any,
    BeforeValidator(_values),
    WithJsonSchema({"anyOf": [_Value, {"type": "array", "items": _Value}]}),
]
_Policy = Annotated[
    Policy,
    BeforeValidator(_policy),
    WithJsonSchema(
        {
            "anyOf": [
                {"enum": ["withhold", "warn"]},
                {
                    "type": "object",
                    "properties": {
                        "off": {
                            "type": "string",
                            "minLength": 1,
                            "description": "Why such rows are written here without a word.",
                        }
                    },
                    "required": ["off"],
                    "additionalProperties": False,
                },
            ]
        }
    ),
]
_FieldName = Annotated[
    str, BeforeValidator(_field), WithJsonSchema({"type": "string", "pattern": "^\\$?[A-Za-z0-9_]+$"})
]
_ListPattern = Annotated[str, BeforeValidator(_list_pattern), WithJsonSchema({"type": "string"})]


class ConsentModel(GuardPart):
    """Who is kept out of lists because of what they said, and what becomes of their rows."""

    fields: dict[_FieldName, _Values] = Field(
        default=UNSET,
        description="Fields of leads and contacts, and which of their values mean no: one, several, `any` (all but an empty one) or `[]` "
        "(none). Built in are `Email_Opt_Out`, and, where the org has them, `Unsubscribed_Mode`, `Data_Processing_Basis` and `$stop_processing`; one that "
        "is named here has these values alone.",
        examples=[{"No_Newsletter": True, "GDPR_Status": ["Withdrawn", "Objected"]}],
    )
    never: Annotated[
        list[str],
        BeforeValidator(_never),
        WithJsonSchema({"type": "array", "items": {"type": ["string", "integer"]}, "minItems": 1}),
    ] = Field(
        default=UNSET,
        description="People who never enter: addresses, patterns of addresses, record ids, and files of these (`.csv`, `.txt`), whose paths are relative to this file.",
        examples=[["suppress.csv", "*@competitor.example"]],
    )
    order: Annotated[
        tuple[str, ...],
        BeforeValidator(_order),
        WithJsonSchema({"type": "array", "items": {"type": "string"}, "minItems": 1, "uniqueItems": True}),
    ] = Field(
        default=UNSET,
        description="Values of Member_Status in which nobody advances who said no. Statuses that are not in it always pass.",
        examples=[["Planned", "Invited", "Sent", "Responded"]],
    )
    types: dict[str, _Policy] = Field(
        default=UNSET,
        description="A campaign's Type (a pattern) and what becomes of such rows. Default: `withhold` for Email and for none, `warn` for all others.",
        examples=[{"Webinar": "withhold", "Trade Show": {"off": "invited by post alone"}}],
    )
    lists: dict[_ListPattern, _Policy] = Field(
        default=UNSET,
        description="Lists (patterns of `module/record/list`, by the record's name or id) and what becomes of such rows there, whatever the Type. "
        "Lists of other modules than Campaigns are asked about only if they are named here.",
        examples=[{"Campaigns/Board */Contacts": "warn"}],
    )
    off: Annotated[str, BeforeValidator(_reason), WithJsonSchema({"type": "string", "minLength": 1})] = Field(
        default=UNSET, description="Why nobody is asked at all. Without it, everybody is."
    )
