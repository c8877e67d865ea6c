"""What every SDK has to do in every kind's lists, from both sides, and what it must get told."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from zsync.kinds import KINDS, Kind

RECORDS = 3


class Case(NamedTuple):
    """One list. `first` and `second` are a relation's fields when it is made, and once it is changed."""

    module: str
    parent: str
    listed: str
    ids: tuple[str, ...]
    first: Mapping[str, Any]
    second: Mapping[str, Any]
    one_by_one: bool
    """Whether Zoho documents no call for several records of the list."""

    @property
    def name(self) -> str:
        """`Campaigns/Leads`."""
        return f"{self.module}/{self.listed}"


# Fields of a relation, as two people would fill them in. A kind that is not here has none.
VALUES: Mapping[str, tuple[object, object]] = {
    "Member_Status": ("Sent", "Responded"),
    "list_price": (50.56, 12.5),
    "Contact_Role": ("Purchasing", "Decision Maker"),
}
NAMES = {
    "Accounts": "Account_Name",
    "Appointments__s": "Appointment_Name",
    "Campaigns": "Campaign_Name",
    "Contacts": "Last_Name",
    "Deals": "Deal_Name",
    "Leads": "Last_Name",
    "Price_Books": "Price_Book_Name",
    "Products": "Product_Name",
    "Services__s": "Service_Name",
}


def ids_of(module: str) -> tuple[str, ...]:
    """The ids of a module's records: 19 digits, more than a float holds."""
    first = 3652397000000100001 + 1000 * list(NAMES).index(module)
    return tuple(str(first + n) for n in range(RECORDS))


WORLD: Mapping[str, Any] = {
    "records": {
        module: [{"id": each, name: f"{module} {at}"} for at, each in enumerate(ids_of(module), 1)]
        for module, name in NAMES.items()
    }
}


def _case(kind: Kind, module: str) -> Case:
    other = kind.other(module)
    listed = next((name for parent, name in kind.lists if parent == module), other)
    first, second = ({name: VALUES[name][at] for name in kind.fields} for at in (0, 1))
    return Case(module, ids_of(module)[0], listed, ids_of(other), first, second, listed == "Contact_Roles")


CASES = tuple(_case(kind, module) for kind in KINDS for module in (kind.left, kind.right))


def expected(case: Case) -> dict[str, Any]:
    """What a driver tells of a case: status, code and message of writes; ids and relation fields of reads, page by page.

    Zoho sorts by id, the highest first.
    """

    def told(message: str) -> list[Any]:
        return [200, "SUCCESS", message]

    a, b, c = case.ids
    first, second = shown(case, case.first), shown(case, case.second)
    return {
        "link": [told("relation added")] * RECORDS,
        "pages": [[[c, first], [b, first]], [[a, first]]],
        "change": [told("relation updated")],
        "one": [[b, second]],
        "delink one": [told("relation removed")],
        "left": [[[c, first], [a, first]]],
        "delink": [told("relation removed")] * 2,
        "empty": [],
    }


def shown(case: Case, fields: Mapping[str, Any]) -> dict[str, Any]:
    """A relation's fields as a read shows them: a contact's role is an object."""
    return {name: value if name != "Contact_Role" else {"name": value} for name, value in fields.items()}
