"""The pairs of modules whose relations Zoho's *Update Related Records* page lets a client write.

https://www.zoho.com/crm/developer/docs/api/v8/update-related-records.html
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

FieldType = Literal["text", "number", "boolean", "any"]

MODULE_NAMES = MappingProxyType(
    {
        "Potentials": "Deals",
        "Price Books": "Price_Books",
        "PriceBooks": "Price_Books",
        "Appointments": "Appointments__s",
        "Services": "Services__s",
    }
)
"""Names that Zoho's pages and people use → the api_name of today."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A supported pair of modules. A relation of it can be written from either side.

    `fields` are the relation's own fields: they belong to the link, not to one of the two records.
    """

    left: str
    right: str
    fields: Mapping[str, FieldType] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The pair as people write it: `Campaigns–Leads`."""
        return f"{self.left}–{self.right}"

    def other(self, module: str) -> str:
        """The module across from one of the two; no kind relates a module to itself."""
        return self.right if module == self.left else self.left


_MEMBER: Mapping[str, FieldType] = MappingProxyType({"Member_Status": "text"})
_PRICE: Mapping[str, FieldType] = MappingProxyType({"list_price": "number"})

KINDS = (
    Kind("Campaigns", "Leads", _MEMBER),
    Kind("Campaigns", "Contacts", _MEMBER),
    Kind("Products", "Leads"),
    Kind("Products", "Accounts"),
    Kind("Products", "Contacts"),
    Kind("Products", "Deals"),
    Kind("Products", "Price_Books", _PRICE),
    Kind("Appointments__s", "Services__s"),
)
"""The eight kinds of Zoho's page."""

NAME_FIELDS = MappingProxyType(
    {
        "Accounts": "Account_Name",
        "Appointments__s": "Appointment_Name",
        "Campaigns": "Campaign_Name",
        "Contacts": "Full_Name",
        "Deals": "Deal_Name",
        "Leads": "Full_Name",
        "Price_Books": "Price_Book_Name",
        "Products": "Product_Name",
        "Services__s": "Service_Name",
    }
)
"""Module → the field that names its records for people."""


def module_name(written: str) -> str:
    """The api_name of a module that a person wrote, `Potentials` → `Deals`; unknown names stay as they are."""
    return MODULE_NAMES.get(written, written)


def find_kind(module: str, related: str, kinds: Iterable[Kind] = KINDS) -> Kind | None:
    """The kind of a parent's module and a related module (api_names), whichever side is the parent."""
    for kind in kinds:
        if (module, related) in ((kind.left, kind.right), (kind.right, kind.left)):
            return kind
    return None


def table(kinds: Iterable[Kind] = KINDS) -> str:
    """The supported kinds and their fields, one a line, for error messages."""
    kinds = tuple(kinds)
    width = max(len(kind.name) for kind in kinds)
    return "\n".join(f"{kind.name:<{width}}  {', '.join(kind.fields) or 'no fields'}" for kind in kinds)
