"""What is masked, and the tokens that take the place of values."""

import hmac
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from itertools import count
from types import MappingProxyType
from typing import Any, Literal

from zsync import kinds
from zsync.files.plan import canonical

Class = Literal["mask", "show"]

_SHOWN_FIELDS = ("Member_Status", "list_price", "Product_Code", "Unit_Price")
_SHOWN_RECORDS = ("Campaigns", "Price_Books", "Products", "Services__s")
FIELDS: Mapping[str, Class] = MappingProxyType(
    {
        **dict.fromkeys(_SHOWN_FIELDS, "show"),
        **{
            name: "show" if module in _SHOWN_RECORDS else "mask" for module, name in kinds.NAME_FIELDS.items()
        },
        "Email": "mask",
    }
)
"""Field api_name → what is done with its values unless zsync.yaml says otherwise. Any other field follows `default`."""

_DIGITS = 10
_LONG = 1000
_LABEL = b"zsync: tokens of personal data"


def derived(client_secret: str) -> str:
    """A secret for `Policy.keyed`, made of a client's secret, which cannot be told from it. 64 hexadecimal digits."""
    return hmac.digest(client_secret.encode("utf-8", "surrogateescape"), _LABEL, "sha256").hex()


@dataclass(frozen=True, slots=True)
class Policy:
    """What is masked: `fields` by api_name, `records` (their labels) by module, and `default` for all other fields.

    `key` is the key of the tokens (see `keyed`). What `base` masks is masked besides: a branch shows nobody whom its base does not.
    """

    fields: Mapping[str, Class] = field(default_factory=lambda: MappingProxyType({}))
    records: Mapping[str, Class] = field(default_factory=lambda: MappingProxyType({}))
    default: Class = "mask"
    key: bytes = b""
    base: "Policy | None" = None

    def keyed(self, org_id: str, secret: str) -> "Policy":
        """The policy with the tokens of an org under a secret. Raises `ValueError` for an empty one: anybody could try values."""
        if not secret:
            raise ValueError("tokens need a secret")
        return replace(
            self,
            key=hmac.digest(secret.encode("utf-8", "surrogateescape"), b"zsync" + org_id.encode(), "sha256"),
        )

    def masks(self, name: str) -> bool:
        """Whether the values of a field are personal."""
        mine = self.fields.get(name, FIELDS.get(name, self.default)) == "mask"
        return mine or (self.base is not None and self.base.masks(name))

    def masks_label(self, module: str, fields: Collection[str]) -> bool:
        """Whether the label of a module's record is personal: as `records` says, else as its fields are.

        A label of unknown fields is personal.
        """
        if self.base is not None and self.base.masks_label(module, fields):
            return True
        if said := self.records.get(module):
            return said == "mask"
        return not fields or any(map(self.masks, fields))

    def token(self, value: Any) -> str:
        """The token of a value. No three characters of the value occur in its hash."""
        text = value if isinstance(value, str) else canonical(value)
        data = text.encode("utf-8", "surrogatepass")
        # A reader who sees "ana" in a token would take it for a hint. A hash without one is found within few tries, unless
        # the text is so long that it has most of what there is.
        seen = text.lower() if len(text) < _LONG else ""
        hashes = (hmac.new(self.key, data + b"\0" * number, sha256).hexdigest() for number in count())
        return "person-" + next(one[:_DIGITS] for one in hashes if not _shares(one[:_DIGITS], seen))


def _shares(digits: str, text: str) -> bool:
    """Whether any three characters of a hash stand in a text, side by side."""
    return any(digits[at : at + 3] in text for at in range(len(digits) - 2))
