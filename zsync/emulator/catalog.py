"""Modules, fields and related lists: Zoho's standard ones and those that a world adds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

Side = Literal["a", "b"]

# As Zoho's UI shows them in a new org, and the two of Zoho's own sample of Update Related Records. No page of the API lists
# them, and each org may change them.
MEMBER_STATUSES = (
    "Planned",
    "Invited",
    "Sent",
    "Received",
    "Opened",
    "Responded",
    "Bounced",
    "Opted Out",
    "Active",
    "Planning",
)
# As Zoho's UI shows them in a new org.
CONTACT_ROLES = (
    "Developer/Evaluator",
    "Decision Maker",
    "Purchasing",
    "Executive Sponsor",
    "Engineering Lead",
    "Economic Decision Maker",
    "Product Management",
)
# Zoho: Update Related Records, Possible Errors: INVALID_MODULE has another message for a module outside of the API.
NOT_IN_API = frozenset({"Documents", "Projects"})


@dataclass(frozen=True)
class Field:
    """One field. `values` are a picklist's; empty for every other type. `gdpr`: only where an org has turned on GDPR settings.

    `stored` are pairs of a value and what Zoho stores for it, where that differs; `unused` were taken out of the picklist.
    `length` and `decimals` are None for what is usual for the type, and 0 for no limit.
    """

    api_name: str
    data_type: str = "text"
    values: tuple[str, ...] = ()
    custom: bool = False
    gdpr: bool = False
    label: str = ""
    length: int | None = None
    decimals: int | None = None
    read_only: bool = False
    stored: tuple[tuple[str, str], ...] = ()
    unused: tuple[str, ...] = ()


@dataclass(frozen=True)
class Module:
    """One module; `name_field` is the field that names a record for people."""

    api_name: str
    name_field: str
    fields: Mapping[str, Field]
    number: int
    label: str = ""


@dataclass(frozen=True)
class Kind:
    """One pair of modules that PUT and DELETE can relate. Side `a` is the one Zoho's page names first.

    `fields` are the relation's own besides those of its `attribute`; `lists` name the list under a record of `a`, and
    of `b`, where it is not called like the other module.
    """

    name: str
    a: str
    b: str
    attribute: Literal["member", "price", "role", "none"] = "none"
    fields: Mapping[str, Field] = field(default_factory=dict, hash=False)
    lists: tuple[str, str] = ("", "")

    def listed(self, side: Side) -> str:
        """The name of the list under a record of that side."""
        return (self.lists[0] or self.b) if side == "a" else (self.lists[1] or self.a)


@dataclass(frozen=True)
class RelatedList:
    """One list under a parent's module. Without a `kind` it is always empty and cannot be written."""

    parent: str
    api_name: str
    module: str
    number: int
    kind: Kind | None = None
    side: Side = "a"
    type: str = "default"
    label: str = ""

    @property
    def path(self) -> str:
        """`Module/List`, as switches and messages name it."""
        return f"{self.parent}/{self.api_name}"


# Zoho: Update Related Records, "Supported relations" (there, Deals are called Potentials).
KINDS = (
    Kind("campaigns_leads", "Campaigns", "Leads", "member"),
    Kind("campaigns_contacts", "Campaigns", "Contacts", "member"),
    Kind("products_leads", "Products", "Leads"),
    Kind("products_accounts", "Products", "Accounts"),
    Kind("products_contacts", "Products", "Contacts"),
    Kind("products_deals", "Products", "Deals"),
    Kind("products_price_books", "Products", "Price_Books", "price"),
    Kind("appointments_services", "Appointments__s", "Services__s"),
    # Zoho: Add Contact Roles to a Specific Deal, and Update Related Records Using External ID for the contact's side.
    Kind("deals_contacts", "Deals", "Contacts", "role", lists=("Contact_Roles", "Deals")),
)

# Lists of lookups, which Zoho shows and PUT refuses with INVALID_MODULE: clients meet them, and must not mix them up with
# a list that they can write.
_PLAIN_LISTS = (
    ("Leads", "Notes"),
    ("Accounts", "Contacts"),
    ("Accounts", "Deals"),
    ("Deals", "Notes"),
)

# api_name[:data_type[=values]] — the first field names the record.
_STANDARD: dict[str, str] = {
    "Leads": "Last_Name First_Name Full_Name Email:email Company Phone:phone Lead_Source:picklist"
    " Lead_Status:picklist Annual_Revenue:currency Email_Opt_Out:boolean Converted__s:boolean"
    " Converted_Date_Time:datetime Converted_Account:lookup Converted_Contact:lookup Converted_Deal:lookup",
    "Contacts": "Last_Name First_Name Full_Name Email:email Account_Name:lookup Phone:phone Title Email_Opt_Out:boolean",
    "Accounts": "Account_Name Account_Number:bigint Website:website Phone:phone Industry:picklist",
    "Deals": "Deal_Name Stage:picklist Amount:currency Closing_Date:date Account_Name:lookup Contact_Name:lookup",
    "Campaigns": "Campaign_Name Status:picklist Type:picklist Start_Date:date End_Date:date"
    " Expected_Revenue:currency Budgeted_Cost:currency",
    "Products": "Product_Name Product_Code Product_Active:boolean Unit_Price:currency Manufacturer:picklist"
    " Qty_in_Stock:double",
    "Price_Books": "Price_Book_Name Active:boolean Pricing_Model:picklist Description:textarea",
    "Appointments__s": "Appointment_Name Appointment_Start_Time:datetime Appointment_End_Time:datetime"
    " Status:picklist Location",
    "Services__s": "Service_Name Duration:integer Price:currency Status:picklist",
    "Notes": "Note_Title Note_Content:textarea",
}
_GDPR = (
    Field(
        "Unsubscribed_Mode",
        "picklist",
        ("Consent form", "Manual", "Unsubscribe link", "Zoho campaigns"),
        gdpr=True,
    ),
    Field("Unsubscribed_Time", "datetime", gdpr=True),
    Field("Data_Processing_Basis", "picklist", gdpr=True),
    Field("$stop_processing", "boolean", gdpr=True),
)
_PEOPLE = frozenset({"Leads", "Contacts"})
_EVERYWHERE = "Owner:ownerlookup Created_Time:datetime Modified_Time:datetime Description:textarea"


def _standard_fields(spec: str) -> dict[str, Field]:
    # Zoho's Python SDK refuses to send an id unless the metadata calls it a bigint.
    fields = {"id": Field("id", "bigint")}
    for word in f"{spec} {_EVERYWHERE}".split():
        name, _, data_type = word.partition(":")
        fields.setdefault(name, Field(name, data_type or "text"))
    return fields


def _related_lists(kinds: Iterable[Kind], more: Iterable[RelatedList]) -> tuple[RelatedList, ...]:
    found: list[RelatedList] = []
    for kind in kinds:
        found.append(RelatedList(kind.a, kind.listed("a"), kind.b, len(found), kind, "a"))
        found.append(RelatedList(kind.b, kind.listed("b"), kind.a, len(found), kind, "b"))
    taken = {related.path for related in found}
    for parent, name in _PLAIN_LISTS:
        if f"{parent}/{name}" not in taken:
            found.append(RelatedList(parent, name, name, len(found)))
    found += (replace(related, number=len(found) + at) for at, related in enumerate(more))
    return tuple(found)


@dataclass(frozen=True)
class Catalog:
    """Everything that the settings API tells. `member_fields` are those of campaign members, Member_Status included."""

    modules: Mapping[str, Module]
    member_fields: Mapping[str, Field]
    kinds: tuple[Kind, ...]
    related_lists: tuple[RelatedList, ...]
    _by_path: Mapping[str, RelatedList] = field(default_factory=dict, repr=False)

    def related_list(self, parent: str, name: str, *, any_case: bool = False) -> RelatedList | None:
        """The list of that name under that module; None when there is none."""
        if any_case:
            name = {known.api_name.lower(): known.api_name for known in self.lists_of(parent)}.get(
                name.lower(), ""
            )
        return self._by_path.get(f"{parent}/{name}")

    def lists_of(self, parent: str) -> list[RelatedList]:
        """The lists under a module, in the layout's order."""
        return [related for related in self.related_lists if related.parent == parent]

    def attributes(self, kind: Kind) -> Mapping[str, Field]:
        """The fields that a relation of that kind has of its own."""
        usual: Mapping[str, Field] = {}
        if kind.attribute == "member":
            usual = self.member_fields
        elif kind.attribute == "price":
            usual = {"list_price": Field("list_price", "currency")}
        elif kind.attribute == "role":
            usual = {"Contact_Role": Field("Contact_Role", "picklist", CONTACT_ROLES)}
        return {**usual, **kind.fields}


def build(
    fields: Mapping[str, Iterable[Field]] | None = None,
    member_fields: Iterable[Field] = (),
    modules: Mapping[str, str] | None = None,
    kinds: Iterable[Kind] = (),
    lists: Iterable[RelatedList] = (),
    labels: Mapping[str, str] | None = None,
) -> Catalog:
    """The standard catalog with more fields (by module), member fields, modules (api_name → name field), kinds and lists.

    A field or kind replaces the standard one of its name: so a world gives a picklist its values. `labels` are what people
    call modules, by api_name, and `lists` are related lists that are empty and cannot be written.
    """
    built: dict[str, Module] = {}
    for name, spec in {**_STANDARD, **(modules or {})}.items():
        added = (*(_GDPR if name in _PEOPLE else ()), *(fields or {}).get(name, ()))
        of_module = _standard_fields(spec) | {field.api_name: field for field in added}
        label = (labels or {}).get(name, "")
        built[name] = Module(name, spec.split()[0].partition(":")[0], of_module, len(built), label)
    status = Field("Member_Status", "picklist", MEMBER_STATUSES)
    members = {field.api_name: field for field in (status, *member_fields)}
    every = tuple({kind.name: kind for kind in (*KINDS, *kinds)}.values())
    listed = _related_lists(every, lists)
    return Catalog(built, members, every, listed, {related.path: related for related in listed})
