"""The grounds on which guards refuse a plan, as values: what a guard saw, and its limit. `render` makes sentences of them."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from zsync.model.values import Action

Percent = int | Decimal
"""Per cent, exact: 5 is five per cent."""


@dataclass(frozen=True, slots=True)
class Records:
    """Records of a module: the one with `id`, or those whose `field` fits `pattern` (`*`, `?`); all without either."""

    module: str
    field: str
    id: str | None = None
    pattern: str | None = None


@dataclass(frozen=True, slots=True)
class TooMany:
    """More rows of a list, or of all lists together, than may be changed: `most` rows, or `percent` of the `size` now.

    `action` is None where changes of every kind count. `size` is None where nobody counted the list, or where it is not asked for.
    """

    count: int
    action: Action | None
    most: int | None = None
    percent: Percent | None = None
    size: int | None = None


@dataclass(frozen=True, slots=True)
class TooFew:
    """A list would lose `gone` of its `size` rows and keep fewer than `rows`. `size` is None where nobody counted it."""

    records: Records
    related: str
    rows: int
    gone: int
    size: int | None


@dataclass(frozen=True, slots=True)
class Undecided:
    """`count` rows that branch and CRM both moved, differently, wait for a decision."""

    count: int


@dataclass(frozen=True, slots=True)
class TooManyWithheld:
    """More rows of a list, or of all lists together, are withheld than may be: `most`, or `percent` of the `size` now.

    `size` is None where nobody counted the list, or where it is not asked for.
    """

    count: int
    most: int | None = None
    percent: Percent | None = None
    size: int | None = None


@dataclass(frozen=True, slots=True)
class ProtectedRecord:
    """A change touches the record `module`/`id`, which is one of `records`."""

    action: Action
    module: str
    id: str
    records: Records


@dataclass(frozen=True, slots=True)
class Unread:
    """A guard needs a field of a record that the CRM did not show."""

    module: str
    id: str
    field: str


@dataclass(frozen=True, slots=True)
class UntouchableField:
    """A field would be set or changed that no plan may touch."""

    field: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class UntouchableKind:
    """A relation would change that is of a kind that no plan may touch."""

    action: Action
    module: str
    related: str


@dataclass(frozen=True, slots=True)
class Backwards:
    """A field would go back in the order of its values."""

    field: str
    old: Any
    new: Any
    order: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OutOfOrder:
    """A value of a field has no place in the order of its values."""

    field: str
    value: Any
    order: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PriceStep:
    """A price would move further than `percent` of the old one; `old` is no number where that cannot be told."""

    field: str
    old: Any
    new: Any
    way: Literal["up", "down"]
    percent: Percent


@dataclass(frozen=True, slots=True)
class PriceBound:
    """A price would be `below` or `above` `times`, or `times` the `measure`, a field of the product `product`.

    `measured` is that field's value, None where it is empty or was not read; `measure` is empty where the bound is a number.
    """

    field: str
    value: Any
    way: Literal["below", "above"]
    times: Percent
    product: str
    measure: str = ""
    measured: Any = None


@dataclass(frozen=True, slots=True)
class NoPrice:
    """The new value of a price is no number."""

    field: str
    value: Any


@dataclass(frozen=True, slots=True)
class CreditsShort:
    """Fewer than `keep` API credits might be left: at most `spent` go, of `left`, or more where `at_least`.

    `left` is None where nobody knows.
    """

    spent: int
    keep: int
    left: int | None
    at_least: bool = False


@dataclass(frozen=True, slots=True)
class Frozen:
    """It is a time without writes: `at` is now (ISO 8601), `window` the time and `why` its reason, as zsync.yaml has them."""

    at: str
    window: str
    why: str


@dataclass(frozen=True, slots=True)
class BaseUnusable:
    """The zsync.yaml of a commit cannot be used, so nobody knows which guards it has; `why` says what is wrong with it."""

    commit: str
    why: str


@dataclass(frozen=True, slots=True)
class More:
    """`count` more verdicts of the kind that was listed before."""

    count: int


Ground = (
    TooMany
    | TooFew
    | Undecided
    | TooManyWithheld
    | ProtectedRecord
    | Unread
    | UntouchableField
    | UntouchableKind
    | Backwards
    | OutOfOrder
    | PriceStep
    | PriceBound
    | NoPrice
    | CreditsShort
    | Frozen
    | BaseUnusable
    | More
)
"""Why a guard refuses."""
