"""Whether a field can hold a value: its type, its length, its picklist. What the metadata does not say is not checked."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from zsync.metadata.flaws import Part
from zsync.model import Quote, Severity, number
from zsync.model.metadata import FieldMeta
from zsync.syntax.checking import nearest

TEXTS = frozenset({"text", "email", "phone", "website", "textarea", "autonumber"})
WHOLE = frozenset({"integer", "bigint", "long"})
NUMBERS = WHOLE | {"double", "decimal", "currency", "percent"}
UNFINDABLE = frozenset(
    {"subform", "multiselectlookup", "multiuserlookup", "fileupload", "imageupload", "profileimage"}
)
"""Data types by which no record can be looked up."""

_OTHERS = 6
"""Values that are named besides the one that was probably meant."""


class Unfit(NamedTuple):
    """Why a field cannot hold a value: the parts of a flaw that do not depend on the place."""

    code: str
    says: tuple[Part, ...]
    help: tuple[Part, ...]
    severity: Severity = "error"
    link: Literal["in", "of"] = "in"


class Column(NamedTuple):
    """The values of one field in one list: what messages call the field (`Member_Status`, `Leads.Email`), and what it takes.

    `allowed` are the values that zsync.yaml or the org lists besides a picklist of the metadata; empty for any. A value of a
    `key` is text, whatever the field's type.
    """

    field: FieldMeta
    called: str
    module: str = ""
    allowed: tuple[str, ...] = ()
    key: bool = False

    def unfit(self, value: Any) -> Unfit | None:
        """Why the field cannot hold the value; None where nothing speaks against it."""
        kind = self.field.type
        if self.allowed or (kind == "picklist" and self.field.values):
            return self._listed(value)
        if kind in NUMBERS:
            return self._number(value)
        if kind == "boolean":
            return self._boolean(value)
        if kind in TEXTS:
            return self._text(value)
        return None

    def _listed(self, value: Any) -> Unfit | None:
        known = self.allowed or self.field.values
        if not isinstance(value, str) or value in known:
            return None if isinstance(value, str) else self._wrong("one of its values, as text", value)
        if value in self.field.unused and not self.allowed:
            advice = ("Zoho may refuse it, or keep it where it stands already.",)
            says = ("`", self._quote(value), f"` was taken out of the values of {self.called}")
            return Unfit("unused-value", says, advice, "warning")
        if self.key:
            says = ("`", self._quote(value), f"` is not a value of {self.called}")
            return Unfit("unknown-value", says, self._meant(value, known))
        article = "an" if self.called[:1] in "AEIOUaeiou" else "a"
        says = ("`", self._quote(value), f"` is not {article} {self.called}")
        return Unfit("unknown-value", says, self._meant(value, known), link="of")

    def _meant(self, value: str, known: Sequence[str]) -> tuple[Part, ...]:
        meant = self.field.stored.get(value) or nearest(value, tuple(known))
        others = [each for each in known if each != meant]
        more = f" and {len(others) - _OTHERS} more" if len(others) > _OTHERS else ""
        listed = [part for each in others[:_OTHERS] for part in (", ", self._quote(each))][1:]
        first: tuple[Part, ...] = ("did you mean `", self._quote(meant), "`? ") if meant else ()
        if meant and value in self.field.stored:
            first = (
                "Zoho stores that for `",
                self._quote(meant),
                "`, which is what people see: write that. ",
            )
        return (*first, *(("Others: " if meant else "Values: ", *listed, more) if listed else ()))

    def _number(self, value: Any) -> Unfit | None:
        found = value
        if self.key and isinstance(value, str):
            try:
                found = number(value.strip())
            except ArithmeticError:
                return self._wrong("a number", value)
        if isinstance(found, bool) or not isinstance(found, int | Decimal):
            return self._wrong("a number", value)
        before, after = _digits(found)
        places = 0 if self.field.type in WHOLE else self.field.decimals
        # Only values to be written must fit. A key that is too precise matches no record, and the look-up reports that.
        if not self.key and places is not None and after > places:
            keeps = f"` has {after} decimal places, and {self.called} keeps {places or 'none'}"
            says = ("`", self._quote(value), keeps)
            return Unfit("too-precise", says, ("Round it: Zoho would store another number.",))
        return self._long(value, before, "digits")

    def _boolean(self, value: Any) -> Unfit | None:
        fits = value in ("true", "false") if self.key else isinstance(value, bool)
        return None if fits else self._wrong("true or false", value)

    def _text(self, value: Any) -> Unfit | None:
        if not isinstance(value, str):
            return self._wrong("text", value)
        return self._long(value, len(value), "characters")

    def _long(self, value: Any, length: int, unit: str) -> Unfit | None:
        most = self.field.length
        if not most or length <= most:
            return None
        says = ("`", self._quote(_short(value)), f"` has {length:,} {unit}, and {self.called} holds {most:,}")
        return Unfit("too-long", says, ("No record has it." if self.key else "Shorten it.",))

    def _wrong(self, expected: str, value: Any) -> Unfit:
        says = (f"{self.called} must be {expected}, not `", self._quote(_short(value)), "`,")
        return Unfit("wrong-type", says, ("What the field holds, Setup › Customization › Modules shows.",))

    def _quote(self, value: Any) -> Quote:
        shown = str(value).lower() if isinstance(value, bool) else str(value)
        return Quote(shown, (self.field.name,), self.module)


def _digits(value: int | Decimal) -> tuple[int, int]:
    """The digits before and behind the point."""
    whole, _, behind = format(abs(value), "f").partition(".")
    return len(whole.lstrip("0")), len(behind.rstrip("0"))


def _short(value: Any) -> Any:
    return f"{value[:39]}…" if isinstance(value, str) and len(value) > 40 else value
