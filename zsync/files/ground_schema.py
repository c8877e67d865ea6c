"""The ground of a verdict in a file, as pydantic models: see `zsync.files.schema`."""

from typing import Any, Literal

from pydantic import Field
from pydantic.config import JsonDict

from zsync.files.strict import Count, Id, Name, Number, Strict


class GroundRecordsModel(Strict):
    """Records that a guard names: the one with `id`, those whose `field` fits `pattern`, or all of the module."""

    module: Name = Field(description="api_name of their module.")
    field: str = Field(description="api_name of the field that `pattern` is matched with.")
    id: Id | None = Field(description="The id of the one record that is meant.")
    pattern: str | None = Field(description="What the field's value fits; `*` and `?` stand for anything.")


def _member(description: str) -> Any:
    """A key that not all kinds have. Which of them a kind has is checked where it is read."""
    return Field(None, description=description, json_schema_extra=_without_default)


def _without_default(schema: JsonDict) -> None:
    # pydantic needs a default for a key that may be absent. As JSON, null would not be what its absence means.
    schema.pop("default")


class GroundModel(Strict):
    """Why a guard refuses: `kind` says what it is about, and which of the other keys there are."""

    kind: Literal[
        "too_many",
        "too_few",
        "undecided",
        "too_many_withheld",
        "protected_record",
        "unread",
        "untouchable_field",
        "untouchable_kind",
        "backwards",
        "out_of_order",
        "price_step",
        "price_bound",
        "no_price",
        "credits_short",
        "frozen",
        "base_unusable",
        "more",
    ] = Field(
        description="too_many, too_few, too_many_withheld: rows. undecided: conflicts. unread: a field that the guard has to know. backwards, out_of_order: a value and its "
        "order. price_step: how far a price moves. more: as the verdicts before it, only counted."
    )
    count: Count = _member("too_many, undecided, too_many_withheld, more: how many.")
    action: Literal["create", "update", "delete"] | None = _member(
        "What the plan does; null where it is counted with every other."
    )
    most: Count | None = _member(
        "too_many: how many rows may be changed, if that is the limit. too_many_withheld: how many may be withheld."
    )
    percent: Number | None = _member(
        "too_many, too_many_withheld: how many per cent of `size` may be, if that is the limit. price_step: of the old price."
    )
    size: Count | None = _member(
        "too_many, too_few, too_many_withheld: rows now; null where nobody counted them."
    )
    records: GroundRecordsModel = _member("too_few, protected_record: the records that the guard names.")
    related: Name = _member("too_few, untouchable_kind: api_name of the module of the list's rows.")
    rows: Count = _member("too_few: how many have to stay.")
    gone: Count = _member("too_few: how many would go.")
    module: Name = _member(
        "protected_record, unread: api_name of the record's module. untouchable_kind: of the parent's."
    )
    id: Id = _member("protected_record, unread: its id.")
    field: str = _member("api_name of the field that it is about.")
    old: Any = _member("The field's value in the CRM.")
    new: Any = _member("The value that it would get.")
    value: Any = _member("out_of_order, price_bound, no_price: the value that is wrong.")
    order: list[str] = _member("backwards, out_of_order: the values in their order.")
    way: Literal["up", "down", "below", "above"] = _member(
        "price_step, price_bound: which way it goes too far."
    )
    times: Number = _member("price_bound: the bound, or how many times `measure` it is.")
    product: Id = _member("price_bound: the product's id.")
    measure: str = _member(
        "price_bound: api_name of the product's field that the bound is a multiple of; or empty."
    )
    measured: Any = _member("price_bound: that field's value.")
    left: Count | None = _member("credits_short: how many credits there are; null where nobody knows.")
    spent: Count = _member("credits_short: how many the apply takes at most.")
    keep: Count = _member("credits_short: how many have to stay.")
    at_least: bool = _member("credits_short: whether at least so many are left.")
    at: str = _member("frozen: the moment, ISO 8601.")
    window: str = _member("frozen: the time without writes, as zsync.yaml has it.")
    commit: str = _member("base_unusable: the commit whose zsync.yaml cannot be used.")
    why: str = _member("frozen: its reason. base_unusable: what is wrong.")
