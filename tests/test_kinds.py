"""The relation kinds of Zoho's page: found from either side, under today's names."""

import pytest

from zsync.kinds import (
    KINDS,
    NAME_FIELDS,
    Kind,
    find_kind,
    kind_of,
    module_name,
    name_fields,
    natural_keys,
    own_list,
    proven,
    reachable,
    table,
    with_lists,
)


def test_the_kinds_are_the_eight_of_zohos_page_and_the_roles_of_contacts() -> None:
    assert {kind.name for kind in KINDS} == {
        "Campaigns–Leads",
        "Campaigns–Contacts",
        "Products–Leads",
        "Products–Accounts",
        "Products–Contacts",
        "Products–Deals",
        "Products–Price_Books",
        "Appointments__s–Services__s",
        "Deals–Contacts",
    }
    assert {name for kind in KINDS for name in kind.fields} == {"Member_Status", "list_price", "Contact_Role"}


def test_a_list_goes_by_the_module_of_its_records_or_by_its_own_name() -> None:
    roles = find_kind("Deals", "Contacts")
    assert kind_of("Deals", "Contact_Roles") is kind_of("Deals", "Contacts") is roles
    assert kind_of("Contacts", "Contact_Roles") is None
    (more,) = with_lists(KINDS[:1], {("Campaigns", "Guests"): "Leads", ("Deals", "Others"): "Contacts"})
    assert kind_of("Campaigns", "Guests", [more]) is more
    assert (own_list("Deals", "Contacts"), own_list("Contacts", "Deals"), own_list("Campaigns", "Leads")) == (
        "Contact_Roles",
        "",
        "",
    )
    assert (
        reachable("Deals", "Contacts"),
        reachable("Contacts", "Deals"),
        reachable("Leads", "Vendors"),
    ) == (
        True,
        False,
        True,
    )


def test_a_declared_kind_is_not_proven() -> None:
    assert [
        proven(kind) for kind in (KINDS[0], Kind("Leads", "Campaigns"), Kind("Campaigns", "Vendors"))
    ] == [
        True,
        True,
        False,
    ]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_kind_is_found_whichever_side_is_the_parent(kind: Kind) -> None:
    assert find_kind(kind.left, kind.right) is find_kind(kind.right, kind.left) is kind
    assert (kind.other(kind.left), kind.other(kind.right)) == (kind.right, kind.left)


@pytest.mark.parametrize(
    "pair",
    [("Campaigns", "Deals"), ("Campaigns", "Campaigns"), ("Leads", "Contacts"), ("campaigns", "Leads")],
)
def test_any_other_pair_is_no_kind(pair: tuple[str, str]) -> None:
    assert find_kind(*pair) is None


def test_kinds_of_ones_own_are_found_among_those_that_are_given() -> None:
    own = Kind("Campaigns", "Deals")
    assert find_kind("Deals", "Campaigns", (*KINDS, own)) is own


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Potentials", "Deals"),
        ("Price Books", "Price_Books"),
        ("PriceBooks", "Price_Books"),
        ("Appointments", "Appointments__s"),
        ("Services", "Services__s"),
        ("Leads", "Leads"),
        ("Vendors", "Vendors"),
    ],
)
def test_a_module_goes_by_the_name_of_today(written: str, name: str) -> None:
    assert module_name(written) == name


def test_every_module_of_a_kind_has_a_field_that_names_its_records() -> None:
    assert NAME_FIELDS.keys() == {module for kind in KINDS for module in (kind.left, kind.right)}


def test_a_module_that_is_not_known_has_no_field_that_names_its_records() -> None:
    assert (name_fields("Campaigns"), name_fields("Projects")) == (("Campaign_Name",), ())


def test_the_table_has_a_line_a_kind_with_its_fields_below_each_other() -> None:
    more = Kind("Campaigns", "Deals", {"Seat": "text", "Fee": "number"})
    assert table((KINDS[0], KINDS[2], more)) == (
        "Campaigns–Leads  Member_Status\nProducts–Leads   no fields\nCampaigns–Deals  Seat, Fee"
    )


def test_a_kind_of_ones_own_is_found_among_those_that_are_given() -> None:
    own = Kind("Campaigns", "Partners")
    assert kind_of("Campaigns", "Partners", [own]) is own
    assert kind_of("Campaigns", "Leads", [own]) is None


def test_only_the_kinds_whose_list_is_known_learn_of_it() -> None:
    made = with_lists(KINDS, {("Campaigns", "Guests"): "Leads"})
    changed = [kind for kind, was in zip(made, KINDS, strict=True) if kind != was]
    assert [(kind.name, ("Campaigns", "Guests") in kind.lists) for kind in changed] == [(KINDS[0].name, True)]


def test_modules_without_a_kind_of_their_own_have_no_list_of_another_name_and_can_be_reached() -> None:
    assert own_list("Tasks", "Leads") == ""
    assert reachable("Tasks", "Leads")
    assert (reachable("Deals", "Contacts"), reachable("Contacts", "Deals")) == (True, False)
    assert reachable("Leads", "Campaigns")


@pytest.mark.parametrize(
    ("module", "fields"),
    [
        ("Leads", ("Email",)),
        ("Products", ("Product_Code", "Product_Name")),
        ("Campaigns", ("Campaign_Name",)),
        ("Price_Books", ("Price_Book_Name",)),
        ("Vendors", ("Name", "Vendor_Name")),
        ("Visits", ("Name", "Visit_Name")),
        ("Staff", ("Name", "Staff_Name")),
    ],
)
def test_people_know_records_by_their_natural_keys(module: str, fields: tuple[str, ...]) -> None:
    assert natural_keys(module) == fields
