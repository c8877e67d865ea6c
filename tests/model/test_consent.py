"""What means no, whom `never` names, what a no stops, and in which lists."""

from decimal import Decimal
from typing import Any

import pytest

from zsync.model.consent import BUILT_IN, Consent, Holder, Person, SaysNo
from zsync.model.never import Mention, Never, plain_address
from zsync.model.objections import Objection

ORDER = ("Planned", "Invited", "Sent", "Responded")
OPT_OUT, MODE, BASIS, STOP = BUILT_IN


def person(**fields: Any) -> Person:
    return Person("301", fields, ("Email",) if "Email" in fields else ())


@pytest.mark.parametrize("value", [True, "true", "TRUE", 1, "1", "yes", {"name": "true"}])
def test_a_ticked_opt_out_says_no_however_it_is_written(value: Any) -> None:
    assert OPT_OUT.fits(value)


@pytest.mark.parametrize("value", [False, None, "", "false", "False", 0, "0", "no", []])
def test_an_opt_out_that_is_not_ticked_says_nothing(value: Any) -> None:
    assert not OPT_OUT.fits(value)


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        (MODE, "Manual", True),
        (MODE, {"name": "Unsubscribe link"}, True),
        (MODE, None, False),
        (BASIS, "Contract", False),
        (BASIS, "Obtained", False),
        (BASIS, "Consent - Pending", True),
        (BASIS, "not responded", True),
        (STOP, True, True),
        (STOP, None, False),
    ],
)
def test_fields_of_gdpr_settings_say_no_with_the_values_that_mean_it(
    field: SaysNo, value: Any, says: bool
) -> None:
    assert field.fits(value) is says


@pytest.mark.parametrize(
    ("meant", "value", "says"),
    [
        (("Withdrawn",), "withdrawn", True),
        (("Withdrawn",), ["Obtained", "Withdrawn"], True),
        (("Withdrawn",), ["Obtained"], False),
        (("Withdrawn",), None, False),
        ((False, None), False, True),
        ((False, None), None, True),
        ((False, None), [], True),
        ((False, None), True, False),
        ((0,), 0, True),
        ((0,), False, False),
        ((False,), 0, False),
        ((...,), "x", True),
        ((...,), "", False),
        ((...,), False, True),
        ((), True, False),
        (("true",), True, True),
    ],
)
def test_a_field_of_ones_own_says_no_with_the_values_that_are_named(
    meant: tuple[Any, ...], value: Any, says: bool
) -> None:
    assert SaysNo("Own", meant).fits(value) is says


@pytest.mark.parametrize(
    ("before", "after", "stopped"),
    [
        (None, {"Member_Status": "Planned"}, True),
        (None, {}, True),
        (None, {"Member_Status": None}, True),
        (None, {"Seat": "A-1"}, True),
        (None, {"Member_Status": "sent"}, True),
        (None, {"Member_Status": "Opted Out"}, False),
        (None, {"Member_Status": "Bounced"}, False),
        ({"Member_Status": "Planned"}, {"Member_Status": "Sent"}, True),
        ({"Member_Status": None}, {"Member_Status": "Planned"}, True),
        ({"Member_Status": "Opted Out"}, {"Member_Status": "Planned"}, True),
        ({"Member_Status": "Sent"}, {"Member_Status": "Planned"}, False),
        ({"Member_Status": "Sent"}, {"Member_Status": "Sent"}, False),
        ({"Member_Status": "Sent"}, {"Member_Status": "Opted Out"}, False),
        ({"Member_Status": "Sent"}, {"Member_Status": None}, False),
        ({"Seat": None}, {"Seat": "A-1"}, False),
        ({"Member_Status": "Sent"}, None, False),
        ({}, None, False),
    ],
)
def test_entering_and_advancing_in_the_order_are_stopped_and_nothing_else(
    before: dict[str, Any] | None, after: dict[str, Any] | None, stopped: bool
) -> None:
    assert Consent(order=ORDER).stops(before, after) is stopped


@pytest.mark.parametrize(
    ("before", "after", "stopped"),
    [
        (None, {"Member_Status": "Planned"}, True),
        (None, {"Member_Status": "Bounced"}, True),
        (None, {"Member_Status": "opted out"}, False),
        (None, {}, True),
        ({"Member_Status": "Planned"}, {"Member_Status": "Sent"}, False),
        ({"Member_Status": "Opted Out"}, {"Member_Status": "Sent"}, True),
        ({"Member_Status": "Planned"}, None, False),
    ],
)
def test_without_an_order_entering_alone_is_stopped(
    before: dict[str, Any] | None, after: dict[str, Any] | None, stopped: bool
) -> None:
    assert Consent().stops(before, after) is stopped


@pytest.mark.parametrize(
    ("module", "related", "concerned"),
    [
        ("Campaigns", "Leads", True),
        ("Contacts", "Campaigns", True),
        ("Products", "Leads", False),
        ("Campaigns", "Accounts", False),
        ("Products", "Price_Books", False),
    ],
)
def test_campaigns_of_persons_are_asked_about_and_nothing_else(
    module: str, related: str, concerned: bool
) -> None:
    assert Consent().concerns(module, related) is concerned
    assert not Consent(off="made-up people").concerns(module, related)


def test_a_list_of_another_module_is_asked_about_where_it_is_named() -> None:
    consent = Consent(lists=(("Products/*/Leads", "withhold"), ("Deals/*/Contacts", "off")))
    assert consent.concerns("Leads", "Products")
    assert not consent.concerns("Deals", "Contacts")
    assert consent.policy(Holder("Products", "801", "Leads", "Sensor")) == "withhold"
    assert consent.policy(Holder("Products", "801", "Contacts", "Sensor")) == "off"


@pytest.mark.parametrize(
    ("type_", "policy"),
    [
        ("", "withhold"),
        ("Email", "withhold"),
        ("EMAIL ", "withhold"),
        ("Trade Show", "warn"),
        ("Webinar", "withhold"),
        ("Post", "off"),
    ],
)
def test_the_type_of_a_campaign_decides_what_becomes_of_such_rows(type_: str, policy: str) -> None:
    consent = Consent(types=(("webinar", "withhold"), ("P*", "off")))
    assert consent.policy(Holder("Campaigns", "501", "Leads", "Spring", type_)) == policy


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        ("Campaigns/Board */Leads", True),
        ("campaigns/BOARD*/*", True),
        ("Campaigns/501/Leads", True),
        ("Campaigns/*/Contacts", False),
        ("Campaigns/Board/Leads", False),
    ],
)
def test_a_list_comes_before_the_type_and_goes_by_the_name_or_id_of_its_record(
    pattern: str, fits: bool
) -> None:
    consent = Consent(lists=((pattern, "off"),))
    found = consent.policy(Holder("Campaigns", "501", "Leads", "Board meeting", "Email"))
    assert (found == "off") is fits


def test_of_a_campaign_that_cannot_be_read_nothing_but_its_id_is_known() -> None:
    unread = Holder("Campaigns", "501", "Leads", told=False)
    assert Consent(types=(("*", "off"),)).policy(unread) == "withhold"
    assert Consent(lists=(("Campaigns/501/*", "off"),)).policy(unread) == "off"


@pytest.mark.parametrize(
    "address",
    ["ana@acme.example", "ANA@Acme.Example", " ana@acme.example ", "Ana@acme.EXAMPLE\u00a0"],
)
def test_an_address_is_the_same_in_any_case(address: str) -> None:
    never = Never({plain_address("Ana@ACME.example"): Mention("suppress.csv", 7)})
    assert Consent(never=never).objection(person(Email=address)) == Objection(
        "never", file="suppress.csv", line=7
    )


@pytest.mark.parametrize(
    ("listed", "held", "named"),
    [
        ("jürgen@müller.example", "JU\u0308RGEN@xn--mller-kva.example", True),
        ("ana@acme.example", "ana+news@acme.example", False),
        ("ana+news@acme.example", "ana@acme.example", False),
        ("strasse@acme.example", "straße@acme.example", False),
        ("ana@acme.example", "ana@acme.example.attacker.example", False),
    ],
)
def test_what_is_another_address_to_its_mail_server_is_another_here(
    listed: str, held: str, named: bool
) -> None:
    never = Never({plain_address(listed): Mention("suppress.csv", 1)})
    assert bool(never.named("301", iter([held]))) is named


def test_patterns_and_ids_name_people_too() -> None:
    never = Never(ids={"301": Mention("z", 1)}, patterns=(("*@competitor.example", Mention("z", 2)),))
    assert never.named("301", iter([])) == Mention("z", 1)
    assert never.named("302", iter(["Bo@COMPETITOR.example"])) == Mention("z", 2)
    assert never.named("303", iter(["bo@competitor.example.acme.example"])) is None


def test_every_address_of_a_person_counts() -> None:
    both = Person(
        "301",
        {"Email": "ana@acme.example", "Secondary_Email": "old@acme.example"},
        ("Email", "Secondary_Email"),
    )
    never = Never({"old@acme.example": Mention("z", 1)})
    assert Consent(never=never).objection(both)


@pytest.mark.parametrize(
    ("who", "objection"),
    [
        (person(Email_Opt_Out=False), None),
        (person(Email_Opt_Out=True), Objection("field", "Email_Opt_Out", True)),
        (Person("301", unread=frozenset({"Email_Opt_Out"})), Objection("unread", "Email_Opt_Out")),
        (Person("301", unread=frozenset({"Email"}), addresses=("Email",)), None),
        (Person("301", unread=frozenset({"No_Mail"})), None),
        (Person("301", shown=False), Objection("unread")),
    ],
)
def test_what_cannot_be_read_forbids_as_well_where_it_is_asked_for(
    who: Person, objection: Objection | None
) -> None:
    assert Consent().objection(who) == objection


def test_an_address_that_cannot_be_read_forbids_where_addresses_are_named() -> None:
    hidden = Person("301", unread=frozenset({"Email"}), addresses=("Email",))
    never = Never(patterns=(("*@competitor.example", Mention("z", 1)),))
    assert Consent(never=never).objection(hidden) == Objection("unread", "Email")


def test_a_field_that_the_file_names_replaces_the_built_in_one() -> None:
    consent = Consent(fields=(SaysNo("Email_Opt_Out", ()), SaysNo("Data_Processing_Basis", ("Contract",))))
    assert consent.objection(person(Email_Opt_Out=True, Data_Processing_Basis="Pending")) is None
    assert consent.objection(person(Data_Processing_Basis="Contract"))
    assert consent.objection(Person("301", unread=frozenset({"Email_Opt_Out"}))) is None


def test_an_environment_says_its_own_besides_what_all_say() -> None:
    common = Consent(
        fields=(SaysNo("No_Mail", (True,)), SaysNo("Basis", ("No",))),
        never=Never({"a@x.example": Mention("z", 1)}),
        order=ORDER,
        types=(("*", "withhold"),),
    )
    own = Consent(
        fields=(SaysNo("Basis", ("Never",)),),
        never=Never(ids={"301": Mention("z", 2)}),
        types=(("Post", "off"),),
    )
    both = own.over(common)
    assert [(each.name, each.values) for each in both.fields] == [("Basis", ("Never",)), ("No_Mail", (True,))]
    assert both.never.named("301", iter([]))
    assert both.never.named("9", iter(["A@x.example"]))
    assert both.order == ORDER
    assert both.policy(Holder("Campaigns", "1", "Leads", type="Post")) == "off"
    assert both.policy(Holder("Campaigns", "1", "Leads", type="Fair")) == "withhold"
    assert Consent(off="made-up people").over(common).off


@pytest.mark.parametrize(
    ("meant", "value", "says"),
    [
        (False, "False", True),
        (False, "no", False),
        (False, 0, False),
        (True, "maybe", True),
        ("True", True, True),
        ("false", True, False),
        (5, "5", True),
        (5, 5.0, True),
        ("a", "b", False),
        (Decimal("5.0"), 5, True),
    ],
)
def test_what_a_field_means_is_compared_as_people_read_it(meant: Any, value: Any, says: bool) -> None:
    assert SaysNo("Mail", (meant,)).fits(value) is says


def test_an_environments_rules_come_before_those_for_all_and_keep_every_one_of_them() -> None:
    place = Mention("zsync.yaml", 3)
    own = Consent(
        never=Never(addresses={"a@x.example": place}, ids={"1": place}, patterns=(("*@x.example", place),)),
        lists=(("Campaigns/A/*", "warn"),),
    )
    other = Mention("zsync.yaml", 9)
    common = Consent(
        never=Never(
            addresses={"b@x.example": other}, ids={"1": other, "2": other}, patterns=(("*@y", other),)
        ),
        lists=(("Campaigns/*/*", "off"),),
        off="made-up people",
    )
    both = own.over(common)
    assert both.lists == (("Campaigns/A/*", "warn"), ("Campaigns/*/*", "off"))
    assert (both.off, Consent(off="mine").over(common).off) == ("made-up people", "mine")
    assert both.never.ids == {"1": place, "2": other}
    assert set(both.never.addresses) == {"a@x.example", "b@x.example"}
    assert both.never.patterns == (("*@x.example", place), ("*@y", other))


@pytest.mark.parametrize(
    ("never", "any_", "by_address"),
    [
        (Never(), False, False),
        (Never(ids={"1": Mention("z", 1)}), True, False),
        (Never(addresses={"a@x.example": Mention("z", 1)}), True, True),
        (Never(patterns=(("*@x.example", Mention("z", 1)),)), True, True),
    ],
)
def test_an_entry_of_any_kind_makes_never_say_something(never: Never, any_: bool, by_address: bool) -> None:
    assert (bool(never), never.by_address) == (any_, by_address)


def test_an_objection_of_the_base_says_so_whatever_it_is() -> None:
    base = Consent(never=Never(ids={"9": Mention("z", 1)}), base=True)
    found = [
        base.objection(Person("9")),
        base.objection(person(Email_Opt_Out=True)),
        base.objection(Person("301", shown=False)),
        base.objection(Person("301", unread=frozenset({"Email_Opt_Out"}))),
    ]
    assert [(one.cause, one.base) for one in found if one] == [
        ("never", True),
        ("field", True),
        ("unread", True),
        ("unread", True),
    ]


@pytest.mark.parametrize(
    ("before", "after", "stops"),
    [
        ({"Member_Status": "Sent"}, {}, False),
        ({"Member_Status": "Sent"}, {"Member_Status": ""}, False),
        ({"Member_Status": "Sent"}, {"Member_Status": "Sent"}, False),
        ({"Member_Status": "Sent"}, {"Member_Status": "Planned"}, False),
        ({"Member_Status": "Sent"}, {"Member_Status": "sent"}, False),
        ({"Member_Status": "Sent"}, {"Member_Status": "Responded"}, True),
        ({"Member_Status": "Opted Out"}, {"Member_Status": "Planned"}, True),
    ],
)
def test_only_advancing_is_stopped_and_a_place_that_stays_is_no_advance(
    before: dict[str, Any], after: dict[str, Any], stops: bool
) -> None:
    assert Consent(order=ORDER).stops(before, after) is stops


def test_the_domain_of_an_address_begins_after_its_last_at_sign() -> None:
    assert plain_address('"a@Ü"@münchen.example') == '"a@ü"@xn--mnchen-3ya.example'


@pytest.mark.parametrize("new", ["", None, "Opted Out"])
def test_who_opted_out_of_a_list_may_stay_so_without_an_order(new: str | None) -> None:
    assert not Consent().stops({"Member_Status": "Opted Out"}, {"Member_Status": new})
    assert Consent().stops({"Member_Status": "Opted Out"}, {"Member_Status": "Sent"})
