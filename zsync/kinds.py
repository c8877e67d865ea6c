"""The pairs of modules whose relations Zoho's *Update Related Records* page lets a client write.

https://www.zoho.com/crm/developer/docs/api/v8/update-related-records.html
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal

FieldType = Literal["text", "number", "boolean", "any"]

# Zoho renamed modules, and its pages about related records still use the old names beside the new ones.
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
    """A supported pair of modules. Its relations can be written from either side.

    `fields` are the relation's own: they belong to the link, not to either of the two records. `lists` are pairs of a parent's
    module and the api_name of a list under it, where that is not the other module's name. `only_from` is the one module from
    whose side it can be read and written; empty for both. `declared` is where zsync.yaml names a field: file, line and
    column. It does not tell kinds apart.
    """

    left: str
    right: str
    fields: Mapping[str, FieldType] = field(default_factory=dict)
    lists: frozenset[tuple[str, str]] = frozenset()
    only_from: str = ""
    declared: Mapping[str, tuple[str, int, int]] = field(default_factory=dict, compare=False, repr=False)

    @property
    def name(self) -> str:
        """The pair as people write it: `Campaigns–Leads`."""
        return f"{self.left}–{self.right}"

    def other(self, module: str) -> str:
        """The module on the other side. There always is one: no kind relates a module to itself."""
        return self.right if module == self.left else self.left


# A picklist in Zoho, with values of each org's own, which the metadata of no module lists for certain.
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
    # On Zoho's page, which names no lists for this pair: their names come from the org's metadata.
    Kind("Appointments__s", "Services__s"),
    # Not on that page, but documented in the same form, for one record a call:
    # https://www.zoho.com/crm/developer/docs/api/v8/add-contact-roles-to-a-specific-deal.html
    # From the contact's side, Zoho shows a role by its id alone, and deals that have the contact for other reasons.
    Kind(
        "Deals",
        "Contacts",
        MappingProxyType({"Contact_Role": "text"}),
        frozenset({("Deals", "Contact_Roles")}),
        only_from="Deals",
    ),
)
"""The kinds of Zoho's page, and the roles of contacts in deals."""

ONE_BY_ONE = frozenset({("Deals", "Contact_Roles")})
"""Parents' modules and lists that Zoho writes one record a call: it documents no other form."""


def own_list(module: str, related: str) -> str:
    """The list of a module's records under a parent's module, where Zoho calls it otherwise than the module; empty elsewhere."""
    kind = find_kind(module, related)
    return next((listed for parent, listed in kind.lists if parent == module), "") if kind else ""


def reachable(module: str, related: str) -> bool:
    """Whether relations can be read and written from the side of `module`, as far as is known."""
    kind = find_kind(module, related)
    return kind is None or kind.only_from in ("", module)


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


def name_fields(module: str) -> tuple[str, ...]:
    """The field that names a module's records for people; empty for a module of which that is not known."""
    return (NAME_FIELDS[module],) if module in NAME_FIELDS else ()


_NATURAL: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"Leads": ("Email",), "Contacts": ("Email",), "Products": ("Product_Code", "Product_Name")}
)
# Full names of people are no keys: too many people share one.


def natural_keys(module: str) -> tuple[str, ...]:
    """The fields by which people know a module's records, the best first; for a module that Zoho does not bring, what its
    name field is probably called.
    """
    if module in _NATURAL or module in NAME_FIELDS:
        return _NATURAL.get(module) or name_fields(module)
    return ("Name", f"{module.removesuffix('s')}_Name")


def module_name(written: str) -> str:
    """The api_name of a module as a person wrote it: `Potentials` → `Deals`. Unknown names are returned as they are."""
    return MODULE_NAMES.get(written, written)


def proven(kind: Kind) -> bool:
    """Whether a page of Zoho's says that the kind can be written; any other is somebody's word in zsync.yaml."""
    return find_kind(kind.left, kind.right) is not None


def find_kind(module: str, related: str, kinds: Iterable[Kind] = KINDS) -> Kind | None:
    """The kind that relates two modules (api_names), whichever of them is the parent; None if there is none.

    Asked where names come in from outside: a manifest, zsync.yaml, a snapshot, a saved plan. Lists keep what it found.
    """
    for kind in kinds:
        if (module, related) in ((kind.left, kind.right), (kind.right, kind.left)):
            return kind
    return None


def kind_of(module: str, listed: str, kinds: Iterable[Kind] = KINDS) -> Kind | None:
    """The kind of a list under a parent's module, by the module of its records or by the list's own api_name."""
    kinds = tuple(kinds)
    named = (kind for kind in kinds if (module, listed) in kind.lists)
    return find_kind(module, module_name(listed), kinds) or next(named, None)


def with_lists(kinds: Iterable[Kind], leads_to: Mapping[tuple[str, str], str]) -> tuple[Kind, ...]:
    """The kinds, which know more lists: parent's module and list → the module of its records."""
    more: dict[frozenset[str], set[tuple[str, str]]] = {}
    for (module, listed), related in leads_to.items():
        more.setdefault(frozenset((module, related)), set()).add((module, listed))
    return tuple(
        replace(kind, lists=kind.lists | more[pair])
        if (pair := frozenset((kind.left, kind.right))) in more
        else kind
        for kind in kinds
    )


def table(kinds: Iterable[Kind] = KINDS) -> str:
    """The supported kinds and their fields, one per line, for error messages."""
    kinds = tuple(kinds)
    width = max(len(kind.name) for kind in kinds)
    return "\n".join(f"{kind.name:<{width}}  {', '.join(kind.fields) or 'no fields'}" for kind in kinds)
