"""Values of relation fields, read by the type that their kind gives them."""

import re
from typing import Any

from zsync.kinds import FieldType
from zsync.manifest.ids import Problem
from zsync.model import number
from zsync.syntax.checking import describe
from zsync.syntax.document import Node, Number

# No field of Zoho's holds more than 20 digits; 28 leave room for any of them.
_DECIMAL = re.compile(r"(?=.{1,28}$)[-+]?[0-9]+(\.[0-9]+)?", re.ASCII)

_EXPECTED: dict[FieldType, tuple[str, str]] = {
    "text": ("text", "put the value in quotes"),
    "number": ("a decimal number", "write digits and, if need be, a decimal point, such as 49.90"),
    "boolean": ("true or false", "write true or false, without quotes"),
    "any": ("text, true, false or a decimal number", "put the value in quotes"),
}


def read_value(name: str, value: Node, kind: FieldType) -> tuple[Any, Problem | None]:
    """The value of a field for a plan, with exact numbers (`model.number`), or what is wrong with it."""
    if value is None:
        return None, Problem("wrong-type", f"`{name}` is empty", "write a value, or leave the key out")
    if isinstance(value, bool):
        fits = kind in ("boolean", "any")
    elif isinstance(value, str):
        if kind == "number" or (kind == "any" and isinstance(value, Number)):
            if _DECIMAL.fullmatch(value):
                return number(value), None
            fits = False
        else:
            fits = kind != "boolean" and not isinstance(value, Number)
    else:
        fits = False
    if fits:
        return value, None
    expected, advice = _EXPECTED[kind]
    return None, Problem("wrong-type", f"`{name}` must be {expected}, not {describe(value)}", advice)
