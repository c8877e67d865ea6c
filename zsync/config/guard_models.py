"""The shape of `guards:` in zsync.yaml, as pydantic models."""

import re
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Field,
    SkipValidation,
    WithJsonSchema,
)

from zsync.config.freezes import FreezeModel, GuardPart, bad_value
from zsync.guards.evaluation import GUARDS
from zsync.guards.fields import PriceLimit
from zsync.syntax.checking import UNSET, describe
from zsync.syntax.document import Map, Number

_PERCENT = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,6})?) ?%?")
_BOUND = re.compile(r"(?:([0-9]{1,12}(?:\.[0-9]{1,9})?)(?: *\* *|$))?([A-Za-z][A-Za-z0-9_]*)?")


def _whole(value: Any) -> Any:
    if isinstance(value, Number) and re.fullmatch(r"[0-9]{1,12}", value):
        return int(value)
    raise bad_value(f"a whole number is needed, not {describe(value)}", "write digits, without quotes")


def _percent(value: Any) -> Any:
    found = _PERCENT.fullmatch(value) if isinstance(value, str) else None
    if found:
        return Decimal(found[1])
    raise bad_value(f"a percentage is needed, not {describe(value)}", "write it as `5%`")


def _limits(value: Any) -> Any:
    if isinstance(value, Map) and value:
        return value
    if isinstance(value, Number) and re.fullmatch(r"[0-9]{1,12}", value):
        return {"count": value}
    if isinstance(value, str) and value.endswith("%") and _PERCENT.fullmatch(value):
        return {"percent": value}
    raise bad_value(
        f"a limit is a number or a per cent, not {describe(value)}",
        "write `10`, `5%` or `{count: 10, percent: 5}`",
    )


def _conflicts(value: Any) -> Any:
    if isinstance(value, str) and value in ("withhold", "refuse", "allow"):
        return str(value)
    raise bad_value(f"a word is needed, not {describe(value)}", "write `withhold`, `refuse` or `allow`")


def _keep(value: Any) -> Any:
    return {"keep": value} if isinstance(value, Number) else value


def _bound(value: Any) -> Any:
    found = _BOUND.fullmatch(value) if isinstance(value, str) and value else None
    if found:
        return PriceLimit(Decimal(found[1] or 1), found[2] or "")
    raise bad_value(
        f"a bound is a number or a field of the product, not {describe(value)}",
        "write `1.50`, `Unit_Price` or `0.5 * Unit_Price`",
    )


def _order(value: Any) -> Any:
    texts = isinstance(value, list) and all(isinstance(text, str) and text for text in value)
    if texts and len(set(value)) == len(value) > 1:
        return tuple(map(str, value))
    raise bad_value("an order has two values or more, each once", "write `order: [Planned, Invited, Sent]`")


def _pairs(value: Any) -> Any:
    """Pairs of modules, each written as a list of two or as the table of kinds shows it: `Campaigns–Leads`."""
    if not (isinstance(value, list) and value):
        raise bad_value(
            f"a list of kinds is needed, not {describe(value)}", "write `[[Campaigns, Contacts]]`"
        )
    pairs = [re.split("[–-]", pair) if isinstance(pair, str) else pair for pair in value]
    for pair in pairs:
        if not isinstance(pair, list) or len(pair) != 2 or not all(isinstance(name, str) for name in pair):
            raise bad_value("a kind is a pair of modules", "write `[Campaigns, Contacts]`")
    return [[name.strip() for name in pair] for pair in pairs]


_Percent = Annotated[
    Decimal,
    BeforeValidator(_percent),
    WithJsonSchema({"type": ["number", "string"], "minimum": 0, "pattern": "^[0-9]+(\\.[0-9]+)? ?%?$"}),
]
_Bound = Annotated[
    Any,
    BeforeValidator(_bound),
    WithJsonSchema({"type": ["number", "string"], "examples": ["0.5 * Unit_Price"]}),
]


class LimitModel(GuardPart):
    """A number, a per cent of what a list holds now, or both."""

    count: Annotated[int, Field(ge=0), BeforeValidator(_whole)] = Field(
        default=UNSET, description="At most this many."
    )
    percent: _Percent = Field(default=UNSET, description="At most this per cent.", examples=["5%"])


class _Or:
    """In the JSON Schema: the mapping that a model is, or one of these short forms."""

    def __init__(self, *short: dict[str, Any]) -> None:
        self.short = short

    def __get_pydantic_json_schema__(self, core: Any, handler: Any) -> dict[str, Any]:
        return {"anyOf": [*self.short, handler(core)]}


_SHORT = _Or(
    {"type": "integer", "minimum": 0},
    {"type": "string", "pattern": "^[0-9]+(\\.[0-9]+)? ?%$", "description": "a per cent, as `5%`"},
)
_Limit = Annotated[LimitModel, BeforeValidator(_limits), _SHORT]


class LimitsModel(LimitModel):
    """A limit for each list and for all lists together, or one for each of them."""

    per_list: _Limit = Field(default=UNSET, description="For each list.")
    in_all: _Limit = Field(default=UNSET, description="For all lists together.")


_Limits = Annotated[LimitsModel, BeforeValidator(_limits), _SHORT]


class RecordsModel(GuardPart):
    """Records: by their id, or by a pattern of one of their fields."""

    module: str = Field(description="api_name of the records' module.", examples=["Campaigns"])
    id: Annotated[str, Field(pattern="^[0-9]{1,20}$")] = Field(
        default=UNSET, description="The record's id, in quotes."
    )
    name: Annotated[str, Field(min_length=1)] = Field(
        default=UNSET,
        description="A pattern for the field's value, with * and ?; case is ignored.",
        examples=["VIP *"],
    )
    field: Annotated[str, Field(pattern="^[A-Za-z][A-Za-z0-9_]*$")] = Field(
        default=UNSET,
        description="The field that `name` is held against. Default: the one that names records for people.",
    )


class ProtectedModel(RecordsModel):
    """Records whose relations no plan touches."""


class MinSizeModel(RecordsModel):
    """Lists that never shrink below a number of rows."""

    list: str = Field(description="api_name of the module of the list's records.", examples=["Leads"])
    rows: Annotated[int, Field(ge=1), BeforeValidator(_whole)] = Field(
        description="The fewest rows that the list keeps."
    )


class PriceModel(GuardPart):
    """How far a list price moves, and between which bounds it stays."""

    max_rise: _Percent = Field(default=UNSET, description="Largest rise, in per cent.")
    max_fall: _Percent = Field(default=UNSET, description="Largest fall, in per cent.")
    min: _Bound = Field(
        default=UNSET, description="Never below: a number, or a multiple of a product's field."
    )
    max: _Bound = Field(default=UNSET, description="Never above.")


class StatusModel(GuardPart):
    """How a campaign member's status advances."""

    order: Annotated[
        tuple[str, ...],
        BeforeValidator(_order),
        WithJsonSchema({"type": "array", "items": {"type": "string"}, "minItems": 2, "uniqueItems": True}),
    ] = Field(description="Values of Member_Status, in their order.")


class CreditsModel(GuardPart):
    """API credits left for others."""

    keep: Annotated[int, Field(ge=1), BeforeValidator(_whole)] = Field(description="Credits to leave.")
    daily: Annotated[int, Field(ge=1), BeforeValidator(_whole)] = Field(
        default=UNSET,
        description="The org's credits a day. As long as Zoho does not say how many are left, at least half of them are.",
    )


class GuardsModel(GuardPart):
    """Limits that stop a plan."""

    # Lists of guards are not validated here but item by item (`zsync.config.guard_load`), which knows their places.
    max_deletes: _Limits = Field(default=UNSET, description=GUARDS["max_deletes"], examples=["5%"])
    max_updates: _Limits = Field(default=UNSET, description=GUARDS["max_updates"])
    max_creates: _Limits = Field(default=UNSET, description=GUARDS["max_creates"])
    max_changes: _Limits = Field(default=UNSET, description=GUARDS["max_changes"])
    max_withheld: _Limits = Field(default=UNSET, description=GUARDS["max_withheld"])
    conflicts: Annotated[Literal["withhold", "refuse", "allow"], BeforeValidator(_conflicts)] = Field(
        default=UNSET, description=GUARDS["conflicts"]
    )
    min_size: SkipValidation[list[MinSizeModel]] = Field(default=UNSET, description=GUARDS["min_size"])
    protected_records: SkipValidation[list[ProtectedModel]] = Field(
        default=UNSET, description=GUARDS["protected_records"]
    )
    list_price: PriceModel = Field(default=UNSET, description=GUARDS["list_price"])
    member_status: StatusModel = Field(default=UNSET, description=GUARDS["member_status"])
    untouchable_fields: Annotated[list[str], Field(min_length=1)] = Field(
        default=UNSET, description=GUARDS["untouchable_fields"]
    )
    untouchable_kinds: Annotated[
        list[list[str]],
        BeforeValidator(_pairs),
        WithJsonSchema(
            {
                "type": "array",
                "minItems": 1,
                "items": {"type": ["array", "string"], "items": {"type": "string"}},
            }
        ),
    ] = Field(default=UNSET, description=GUARDS["untouchable_kinds"], examples=[[["Campaigns", "Contacts"]]])
    credits: Annotated[
        CreditsModel,
        BeforeValidator(_keep),
        _Or({"type": "integer", "minimum": 1}),
    ] = Field(default=UNSET, description=GUARDS["credits"])
    freeze: SkipValidation[list[FreezeModel]] = Field(default=UNSET, description=GUARDS["freeze"])
