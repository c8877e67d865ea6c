"""What the org's metadata tells of a plan, before anything is looked up."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace

import pytest

from tests.worlds import WORLD, managed, planned, saying
from zsync.emulator import RunningCrm, running
from zsync.errors import AccessDenied, InputError
from zsync.kinds import Kind, find_kind
from zsync.model import ManagedList

SPRING = managed("Campaigns", "501", {"301": "Sent"}, prune=False, line=4)


def keyed(field: str, value: str = "lead301@acme.example", line: int = 4) -> ManagedList:
    """The campaign's one lead by the value of a field."""
    row = SPRING.records[0]._replace(key=(value,), by_id=False)
    place = SPRING.span._replace(line=line)
    return replace(SPRING, key=(field,), records=(row,), span=place)


@pytest.fixture(scope="module")
def bundled() -> Iterator[RunningCrm]:
    with running({**WORLD, "labels": {"Leads": "Prospects"}}) as crm:
        yield crm


@pytest.fixture
def crm(bundled: RunningCrm) -> RunningCrm:
    bundled.requests.clear()
    bundled.clear_faults()
    return bundled


def asked(crm: RunningCrm) -> list[str]:
    """What was asked beyond the org and its metadata."""
    return [
        one.path for one in crm.requests if "/settings/" not in one.path and not one.path.endswith("/org")
    ]


def test_a_mistyped_field_is_told_before_anything_is_looked_up(crm: RunningCrm) -> None:
    with pytest.raises(InputError) as caught:
        planned(crm, saying(keyed("Emial")))
    (found,) = caught.value.diagnostics
    assert (found.code, str(found.help), asked(crm)) == ("unknown-field", "did you mean `Email`?", [])


def test_values_of_zsync_yaml_hold_where_no_metadata_has_them(crm: RunningCrm) -> None:
    with pytest.raises(InputError) as caught:
        planned(crm, saying(SPRING), values={"Member_Status": ("Planned", "Snt")})
    (found,) = caught.value.diagnostics
    assert (found.code, asked(crm)) == ("unknown-value", [])
    assert str(found.message) == "`Sent` is not a Member_Status of this org"
    made, _ = planned(crm, saying(SPRING), values={"Member_Status": ("Planned", "Sent")})
    assert made.summary.create == 1


def test_a_renamed_module_keeps_its_api_name(crm: RunningCrm) -> None:
    assert planned(crm, saying(keyed("Email")))[0].summary.create == 1
    strange = replace(SPRING, name="Prospects", kind=Kind("Campaigns", "Prospects"))
    with pytest.raises(InputError) as caught:
        planned(crm, saying(strange))
    assert [one.code for one in caught.value.diagnostics] == ["no-such-list"]


@pytest.mark.parametrize("code", ["NO_PERMISSION", "AUTHORIZATION_FAILED", "INVALID_URL_PATTERN"])
def test_an_org_that_refuses_its_fields_is_planned_and_it_is_said(crm: RunningCrm, code: str) -> None:
    crm.refuse_next(code, 2, path="settings/fields")
    made, warnings = planned(crm, saying(keyed("Email")))
    assert made.summary.create == 1
    assert [one.code for one in warnings] == ["no-metadata"]
    assert f"the fields of Campaigns, Leads ({code})" in str(warnings[0].message)


def test_a_token_that_is_no_good_is_no_warning(crm: RunningCrm) -> None:
    crm.refuse_next("INVALID_TOKEN", 9, path="settings/fields")
    with pytest.raises(AccessDenied):
        planned(crm, saying(keyed("Email")))


def test_a_plan_of_ids_without_fields_asks_for_no_fields(crm: RunningCrm) -> None:
    crm.add("Products", id="701", Product_Name="Lamp")
    row = SPRING.records[0]._replace(fields={})
    products = replace(
        SPRING,
        parent=replace(SPRING.parent, module="Products", id="701"),
        kind=Kind("Products", "Leads"),
        records=(row,),
    )
    assert planned(crm, saying(products))[0].summary.create == 1
    assert [one.query["module"] for one in crm.requests if one.path.endswith("fields")] == []


def outside(one: ManagedList) -> ManagedList:
    """The list, as that of a file that nobody asked for."""
    return replace(one, outside=True)


@pytest.mark.parametrize("of", ["rows", "parent"])
def test_a_file_outside_whose_keys_find_nothing_is_told_and_the_rest_is_planned(
    crm: RunningCrm, of: str
) -> None:
    wrong = keyed("Emial", line=70)
    if of == "parent":
        wrong = replace(SPRING, parent=replace(SPRING.parent, id=None, match=(("Campaign_Nmae", "Spring"),)))
    made, warnings = planned(crm, replace(saying(keyed("Email")), outside=(outside(wrong),)))
    assert made.summary.create == 1
    assert [(one.code, one.severity) for one in warnings] == [("unread-manifest", "warning")]


def test_a_base_with_a_mistyped_field_is_left_out_and_ends_nothing(crm: RunningCrm) -> None:
    made, warnings = planned(crm, saying(keyed("Email")), base=(keyed("Emial", line=70),))
    assert (made.summary.create, warnings) == (1, ())


def test_a_module_that_is_not_there_is_told_with_the_ones_that_are(crm: RunningCrm) -> None:
    strange = replace(SPRING, kind=Kind("Campaigns", "Laeds"), name="Laeds")
    with pytest.raises(InputError) as caught:
        planned(crm, saying(strange))
    (told,) = caught.value.diagnostics
    assert (told.code, "Leads" in str(told.help)) == ("no-such-list", True)
    parent = replace(SPRING, parent=replace(SPRING.parent, module="Campagins"))
    with pytest.raises(InputError) as caught:
        planned(crm, saying(parent))
    assert "did you mean `Campaigns`?" in " ".join(str(one.help) for one in caught.value.diagnostics)


@pytest.mark.parametrize(
    ("told", "values", "rows", "asked"),
    [
        (frozenset(), {}, "Sent", False),
        (frozenset({"Member_Status"}), {}, "Sent", True),
        (frozenset({"Member_Status"}), {}, None, False),
        (frozenset({"Member_Status"}), {"Member_Status": ("Sent",)}, "Sent", False),
    ],
)
def test_the_org_is_asked_for_its_statuses_where_it_tells_them_and_a_row_sets_one(
    crm: RunningCrm,
    told: frozenset[str],
    values: Mapping[str, tuple[str, ...]],
    rows: str | None,
    asked: bool,
) -> None:
    of = keyed("Email")
    if rows is None:
        of = replace(of, records=tuple(row._replace(fields={}) for row in of.records))
    planned(crm, saying(of), told=told, values=values)
    assert any(one.path.endswith("Campaigns/status") for one in crm.requests) is asked


def test_a_file_outside_about_another_parent_may_have_any_mistake(crm: RunningCrm) -> None:
    other = replace(SPRING.parent, id="502")
    wrong = outside(replace(keyed("Emial", line=70), parent=other))
    _, warnings = planned(crm, replace(saying(keyed("Email")), outside=(wrong,)))
    assert warnings == ()


@pytest.mark.parametrize(
    ("rows", "values", "asked"), [("Buyer", (), True), (None, (), False), ("Buyer", ("Buyer",), False)]
)
def test_the_org_is_asked_for_roles_where_a_row_sets_one(
    crm: RunningCrm, rows: str | None, values: tuple[str, ...], asked: bool
) -> None:
    kind = find_kind("Deals", "Contacts")
    assert kind
    deal = crm.add("Deals", Deal_Name="Big")
    row = SPRING.records[0]._replace(
        key=(crm.add("Contacts", Last_Name="Ek"),), fields={"Contact_Role": rows} if rows else {}
    )
    of = replace(
        SPRING,
        parent=replace(SPRING.parent, module="Deals", id=deal),
        kind=kind,
        name="Contact_Roles",
        records=(row,),
    )
    with suppress(InputError):  # the org has other roles
        planned(crm, saying(of), values={"Contact_Role": values} if values else {})
    assert any(one.path.endswith("Contacts/roles") for one in crm.requests) is asked
