"""The grounds of verdicts ↔ the members of their JSON: `kind` names the ground, the others are its fields."""

from collections.abc import Mapping
from dataclasses import asdict
from types import MappingProxyType
from typing import Any

from zsync.model import grounds
from zsync.model.grounds import Ground, Records

KINDS: Mapping[str, type[Ground]] = MappingProxyType(
    {
        "too_many": grounds.TooMany,
        "too_few": grounds.TooFew,
        "undecided": grounds.Undecided,
        "too_many_withheld": grounds.TooManyWithheld,
        "protected_record": grounds.ProtectedRecord,
        "unread": grounds.Unread,
        "untouchable_field": grounds.UntouchableField,
        "untouchable_kind": grounds.UntouchableKind,
        "backwards": grounds.Backwards,
        "out_of_order": grounds.OutOfOrder,
        "price_step": grounds.PriceStep,
        "price_bound": grounds.PriceBound,
        "no_price": grounds.NoPrice,
        "credits_short": grounds.CreditsShort,
        "frozen": grounds.Frozen,
        "base_unusable": grounds.BaseUnusable,
        "more": grounds.More,
    }
)
"""`kind` in files → the class of the ground. The words stay though classes may be renamed: saved plans have them."""

_WORDS = {ground: kind for kind, ground in KINDS.items()}


def ground_members(ground: Ground) -> dict[str, Any]:
    """The members of a ground, its `kind` among them."""
    return {"kind": _WORDS[type(ground)], **asdict(ground)}


def ground_of(data: Mapping[str, Any]) -> Ground:
    """The ground with these members. Raises `TypeError` or `KeyError` if its kind has others."""
    members = {name: value for name, value in data.items() if name != "kind"}
    if "records" in members:
        members["records"] = Records(**members["records"])
    if "order" in members:
        members["order"] = tuple(members["order"])
    return KINDS[data["kind"]](**members)
