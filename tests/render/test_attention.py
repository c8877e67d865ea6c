"""What stands first: conflicts, then what moves otherwise than its list, then what is new to it; in every format."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.render import plans
from zsync.model import Change, Conversion, Fields, Plan, Withheld
from zsync.model.objections import Objection
from zsync.model.verdicts import Override
from zsync.render import html, markdown, text
from zsync.render.attention import SHOWN, Sight, few, look_at, waiting
from zsync.render.attention_blocks import html_looks, markdown_looks, markdown_sentence, text_looks

SLIP = "88.9 → 9.99 −89%, the others about +5.0%"


def raised(number: int, *, origin: str = "change") -> Change:
    """An honest raise of a twentieth."""
    old = Decimal(100 + number)
    new = old * Decimal("1.05")
    return plans.change(
        f"SENS-{number:02}",
        {"list_price": old},
        {"list_price": new},
        to=plans.RETAIL,
        number=number,
        origin=origin,
    )


def slipped(at: int) -> Plan:
    """Forty price changes, one of them a slip, at this place."""
    made = [raised(number) for number in range(39)]
    slip = plans.change(
        "SENS-99",
        {"list_price": Decimal("88.9")},
        {"list_price": Decimal("9.99")},
        to=plans.RETAIL,
        number=99,
    )
    return plans.plan(*made[:at], slip, *made[at:])


@pytest.mark.parametrize("at", [0, 20, 39])
def test_a_slip_among_forty_prices_is_in_the_first_screen_of_text(at: int) -> None:
    lines = text.render_plan(slipped(at), width=80).splitlines()
    (line,) = [number for number, line in enumerate(lines) if "SENS-99" in line]
    assert line < 10
    assert f"outlier   ~ SENS-99  list_price: {SLIP}" in lines[line]
    assert "    ~ 36 more, list_price +5.0%" in lines
    assert len(lines) < 24


@pytest.mark.parametrize(
    ("slips", "far", "told"), [(20, 20, ", the others about +5.0%"), (38, 40, ""), (40, 40, "")]
)
def test_the_others_are_those_that_do_not_stand_out(slips: int, far: int, told: str) -> None:
    made = [raised(number) for number in range(40)]
    made[:slips] = [
        replace(each, after={"list_price": each.before["list_price"] / 10} if each.before else None)
        for each in made[:slips]
    ]
    looks = look_at(plans.plan(*made))
    assert len(looks) == far
    assert {look.told.partition("%")[2] for look in looks} == {told}


def test_a_line_to_look_at_says_which_word_it_is_about() -> None:
    lines = [*text_looks(look_at(slipped(0)), more="zsync", full=True)]
    assert [word for _, word in lines] == ["", "", "outlier"]
    price = plans.change("A", {"list_price": Decimal(1)}, {"list_price": Decimal(100)}, to=plans.RETAIL)
    many = plans.plan(*(replace(price, label=f"A{n}", related_record_id=str(n)) for n in range(SHOWN + 1)))
    last, word = [*text_looks(look_at(many), more="zsync show", full=False)][-1]
    assert (last, word) == ("  … and 1 more outlier: zsync show shows each", "")
    assert markdown_looks(many, look_at(many)).endswith("|\n\n… and 1 more outlier")


@pytest.mark.parametrize(("label", "name"), [("", "77"), ("77", "77"), ("Tea", "Tea (77)")])
def test_a_row_in_full_is_known_by_its_name_and_its_id(label: str, name: str) -> None:
    price = plans.change("A", {"list_price": Decimal(1)}, {"list_price": Decimal(100)}, to=plans.RETAIL)
    one = plans.plan(replace(price, label=label, related_record_id="77"))
    *_, (line, _) = text_looks(look_at(one), more="zsync", full=True)
    assert f"~ {name}  list_price" in line


def test_a_row_to_look_at_that_no_file_asks_for_has_no_place() -> None:
    made = slipped(0)
    nowhere = replace(made, changes=(replace(made.changes[0], source=None), *made.changes[1:]))
    (line,) = (line for line, _ in text_looks(look_at(nowhere), more="zsync", full=True) if "SENS-99" in line)
    assert line.endswith(SLIP)
    (cells,) = (line for line in markdown_looks(nowhere, look_at(nowhere)).splitlines() if "SENS-99" in line)
    assert cells.endswith(" |  |")
    (block,) = html_looks(nowhere, look_at(nowhere))
    assert block.endswith(SLIP)
    assert "retail.yaml" not in block


@pytest.mark.parametrize("at", [0, 20, 39])
def test_a_slip_among_forty_prices_is_in_the_first_screen_of_a_comment(at: int) -> None:
    made = markdown.render_plan(slipped(at))
    shown = made.index("`SENS-99`")
    assert shown < 900
    assert made.count("SENS-99") == 1
    assert shown < made.index("<details>")
    assert "39 to update, list_price +5.0%" in made


@pytest.mark.parametrize("at", [0, 20, 39])
def test_a_slip_among_forty_prices_is_in_the_first_screen_of_the_page(at: int) -> None:
    made = html.render_plan(slipped(at))
    assert made.index(SLIP) < made.index("<table")
    assert "Look at these" in made[: made.index(SLIP)]


def test_what_stands_first_is_not_repeated_in_its_list_and_counted_there() -> None:
    shown = text.render_plan(slipped(5), full=True)
    assert shown.count("SENS-99") == 1
    assert "Products  1 above" in shown


def test_what_drifts_back_is_not_compared_with_what_the_branch_moves() -> None:
    back = [
        plans.change(
            f"B{n}",
            {"list_price": 100 + n},
            {"list_price": 40 + n},
            to=plans.RETAIL,
            number=50 + n,
            origin="drift",
        )
        for n in range(5)
    ]
    assert look_at(plans.plan(*(raised(n) for n in range(9)), *back)) == ()


def test_twenty_of_each_kind_are_shown_and_the_others_are_counted_and_stay_in_their_list() -> None:
    tens = [
        plans.change(f"T{n}", {"list_price": 1}, {"list_price": 10 + n}, to=plans.RETAIL, number=n)
        for n in range(SHOWN + 5)
    ]
    made = plans.plan(*tens)
    shown = text.render_plan(made, more="zsync show plan.json --full")
    assert "… and 5 more outliers: zsync show plan.json --full shows each" in shown
    assert shown.count("outlier   ~") == SHOWN
    # The furthest stand first, so the nearest are those that are left.
    assert all(f"    ~ T{n} " in shown for n in range(5))
    assert text.render_plan(made, full=True).count("outlier   ~") == SHOWN + 5


def test_a_value_that_is_new_to_its_list_is_shown_once_with_the_number_of_its_rows() -> None:
    made = [
        replace(
            plans.change(
                f"l{n}@acme.example", {"Member_Status": "Sent"}, {"Member_Status": "Atended"}, number=n
            ),
            new_values=("Member_Status",),
        )
        for n in range(15)
    ]
    (sight,) = look_at(plans.plan(*made))
    assert (sight.word, sight.at) == ("new value", 0)
    assert sight.told == "Member_Status: Sent → Atended, new to this list (15 rows)"
    assert "~ 13 more, Member_Status: Sent → Atended" in text.render_plan(plans.plan(*made))


def test_conflicts_come_first_then_outliers_then_new_values() -> None:
    new = replace(
        plans.change("n", None, {"Member_Status": "Atended"}, number=90), new_values=("Member_Status",)
    )
    made = replace(plans.plan(new, *slipped(0).changes), withheld=plans.withheld()[:1])
    assert [look.word for look in look_at(made)] == ["conflict", "outlier", "new value"]


def test_the_furthest_stands_first_wherever_it_is() -> None:
    far = [
        plans.change(f"F{n}", {"list_price": 100}, {"list_price": new}, to=plans.RETAIL, number=60 + n)
        for n, new in enumerate((5, 0, 1000))
    ]
    made = plans.plan(*far, *(raised(n) for n in range(9)))
    assert [look.change.label for look in look_at(made)] == ["F1", "F0", "F2"]


def test_of_a_converted_lead_only_what_would_move_is_told() -> None:
    row = plans.change("a", {"A": "x", "B": "y"}, {"A": "x", "B": "z"})
    (look,) = look_at(replace(plans.plan(), withheld=(Withheld("converted", row, Conversion()),)))
    assert look.told == "B: z is not written: converted to a contact"


@pytest.mark.parametrize(("before", "told"), [(None, "added"), ({"A": "x"}, "A: y is written")])
def test_of_a_row_that_is_written_though_its_person_objects_both_are_told(
    before: Fields | None, told: str
) -> None:
    row = replace(plans.change("a", before, {"A": "y"}), objection=Objection("field", "Opt_Out", True))
    (look,) = look_at(plans.plan(row))
    assert look.told == f"{told}, though Opt_Out is true"


@pytest.mark.parametrize(
    ("overrides", "told"),
    [((), "allowed: written"), ((Override("conflicts", "why", "a/*"),), "overridden: written")],
)
def test_a_conflict_that_is_written_says_who_let_it(overrides: tuple[Override, ...], told: str) -> None:
    row = plans.change("a", {"A": "x"}, {"A": "y"}, origin="conflict")
    (look,) = look_at(replace(plans.plan(row), overrides=overrides))
    assert look.told.endswith(told)


def test_a_row_of_no_manifest_has_no_place() -> None:
    row = replace(plans.change("a", {"A": "x"}, {"A": "y"}, origin="conflict"), source=None)
    for made in (
        text.render_plan(plans.plan(row)),
        markdown.render_plan(plans.plan(row)),
        html.render_plan(plans.plan(row)),
    ):
        assert "None" not in made


def test_only_the_number_of_a_sentence_is_set_off() -> None:
    assert markdown_sentence("2 conflicts: this: that") == "**2 conflicts**: this: that"


@pytest.mark.parametrize(
    ("before", "after", "agreed", "told"),
    [
        (
            {"A": "x", "B": "u"},
            {"A": "y", "B": "u"},
            {"A": "z"},
            "x → y (base: z)",
        ),
        (
            {"A": "x", "B": "u", "C": "r"},
            {"A": "y", "B": "v"},
            {"A": "z", "B": "w"},
            "A: x, B: u → A: y, B: v (base: A: z, B: w)",
        ),
        (
            {"A": "x", "B": "u"},
            {"A": "y", "B": "v"},
            {"A": "z"},
            "A: x, B: u → A: y, B: v (base: A: z)",
        ),
        ({"A": "x", "B": "u"}, None, {"A": "z"}, None),
        ({}, None, {}, None),
        (None, {"A": "y"}, {"A": "z"}, "no row → y (base: z)"),
    ],
)
def test_a_conflict_shows_its_three_sides_and_how_the_crms_gets_into_the_file(
    before: Fields | None, after: Fields | None, agreed: Fields, told: str | None
) -> None:
    row = replace(plans.change("a", before, after, origin="conflict"), agreed=agreed)
    (look,) = look_at(replace(plans.plan(), withheld=(Withheld("conflict", row),)))
    if told is not None:
        assert look.told == told
    command = f"zsync accept -e demo conflict {'/'.join(row.address)}"
    assert look.ways[0] == ("to keep the CRM's, in the file", command)


@pytest.mark.parametrize(
    ("environment", "restores", "told", "command"),
    [
        ("", "", "(base: z)", "plan"),
        ("eu prod", "", "(base: z)", "plan -e 'eu prod'"),
        ("", "r-1", "(the run: z)", "undo r-1"),
        ("eu", "r-1", "(the run: z)", "undo r-1 -e eu"),
    ],
)
def test_the_way_out_of_a_conflict_is_a_whole_command(
    environment: str, restores: str, told: str, command: str
) -> None:
    row = replace(plans.change("a", {"A": "x"}, {"A": "y"}, origin="conflict"), agreed={"A": "z"})
    plan = replace(plans.plan(), withheld=(Withheld("conflict", row),), restores=restores)
    plan = replace(plan, binding=replace(plan.binding, environment=environment))
    (look,) = look_at(plan)
    assert look.told == f"x → y {told}"
    assert look.ways[-1][0] == ("to restore it all the same" if restores else "to write this branch's, once")
    assert look.ways[-1][1] == f'zsync {command} --override conflicts={"/".join(row.address)} --reason "why"'
    assert len(look.ways) == (1 if restores else 2)
    assert ("after the run" in waiting(plan)) is bool(restores)
    arrows = "| CRM → before the run |" if restores else "| CRM → this branch |"
    assert arrows in markdown_looks(plan, (look,))


def test_a_row_in_full_has_its_id_unless_that_is_its_name() -> None:
    named = plans.change("a", {"A": "x"}, {"A": "y"}, origin="conflict", number=1)
    bare = plans.change("3652397000000300002", {"A": "x"}, {"A": "y"}, origin="conflict", number=2)
    made = text.render_plan(plans.plan(named, bare), full=True)
    assert "~ a (3652397000000300001)" in made
    assert "~ 3652397000000300002 " in made


def test_rows_to_look_at_that_are_left_out_of_a_page_are_counted() -> None:
    rows = [
        plans.change(f"n{number}", {"A": "x"}, {"A": "y"}, origin="conflict", number=number)
        for number in range(SHOWN + 3)
    ]
    assert "… and 3 more conflicts" in html.render_plan(plans.plan(*rows))
    for full in (False, True):
        made = text.render_plan(plans.plan(*rows), full=full)
        assert [made.count(f"~ n{number} ") for number in range(SHOWN + 3)] == [1] * (SHOWN + 3)


@pytest.mark.parametrize(
    ("conflicts", "outliers", "left"),
    [(20, 0, ""), (21, 0, "1 more conflict"), (22, 23, "2 more conflicts, 3 more outliers")],
)
def test_as_many_of_each_word_are_shown_and_the_rest_is_counted(
    conflicts: int, outliers: int, left: str
) -> None:
    row = plans.change("a", {}, None)
    looks = [Sight("conflict", row, "")] * conflicts + [Sight("outlier", row, "")] * outliers
    shown, more = few(looks)
    assert (len(shown), more) == (min(conflicts, SHOWN) + min(outliers, SHOWN), left)


def test_conflicts_come_before_all_else_that_is_to_be_looked_at() -> None:
    rows = [raised(number) for number in range(10)]
    slip = plans.change("SENS-99", {"list_price": 100}, {"list_price": 1}, to=plans.RETAIL, number=99)
    open_ = plans.change("a", {"A": "x"}, {"A": "y"}, origin="conflict", number=98)
    assert [look.word for look in look_at(plans.plan(*rows, slip, open_))] == ["conflict", "outlier"]


def test_a_conflict_is_looked_at_once_whatever_else_it_is() -> None:
    rows = [raised(number) for number in range(10)]
    slip = plans.change(
        "a", {"list_price": 100}, {"list_price": 1}, to=plans.RETAIL, number=99, origin="conflict"
    )
    new = plans.change("b", {"A": "x"}, {"A": "y"}, origin="conflict", number=98)
    new = replace(new, new_values=("A",), objection=Objection("field", "Opt_Out", True))
    looks = look_at(plans.plan(*rows, slip, new))
    assert [look.word for look in looks] == ["conflict", "conflict"]


def test_a_conflict_that_is_written_comes_before_what_is_withheld_for_another_reason() -> None:
    conflict = plans.change("a", {"A": "x"}, {"A": "y"}, origin="conflict")
    lead = plans.change("b", {"A": "x"}, {"A": "y"}, number=2)
    made = replace(plans.plan(conflict), withheld=(Withheld("converted", lead, Conversion()),))
    assert [look.word for look in look_at(made)] == ["conflict", "converted"]


def test_a_value_that_is_new_in_few_rows_is_told_with_what_was_there() -> None:
    two = plans.change("a", {"B": "x"}, {"B": "y"}, number=1)
    made = [
        replace(two, new_values=("A", "B")),  # A stays as it is
        replace(plans.change("b", {"B": "x"}, {"B": "y"}, number=2), new_values=("B",)),
        replace(plans.change("c", None, {"B": "z"}, number=3), new_values=("B",)),
    ]
    assert [look.told for look in look_at(plans.plan(*made))] == [
        "B: x → y, new to this list (2 rows)",
        "B: z, new to this list",
    ]
