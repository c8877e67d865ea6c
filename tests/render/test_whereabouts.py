"""`zsync who` as the picture has it, and in lines of 80 columns whatever the names."""

import json
from dataclasses import replace

import pytest

from zsync.model import Change, Conversion, Span, Withheld
from zsync.model.whereabouts import NamedRecord, OwnRelation, Touched, Whereabouts
from zsync.render.columns import columns
from zsync.render.whereabouts import render_text
from zsync.render.whereabouts_json import render_json

LEAD = NamedRecord("Leads", "3652397000000300001", "Noor Haddad", {"Email": "noor.haddad@orchard.example"})
UPDATE = Change(
    "update", "Campaigns", "501", "Leads", "Leads", LEAD.id, "Spring Launch 2027", "noor.haddad@orchard.example",
    {"Member_Status": "Invited"}, {"Member_Status": "Responded"},
)  # fmt: skip
SPRING = OwnRelation(
    LEAD,
    "Campaigns",
    "501",
    "Spring Launch 2027",
    (Span("relations/campaigns/spring-launch.yaml", 12, 9),),
    {"Member_Status": "Responded"},
    {"Member_Status": "Invited"},
    managed=True,
    next=UPDATE,
)
AUTUMN = OwnRelation(
    LEAD, "Campaigns", "502", "Autumn Fair 2026", crm={"Member_Status": "Attended"}, managed=True
)
RUN = Touched("20261122T0912-3fa90c17", "2026-11-22T09:12:00Z", UPDATE, "applied")
FOUND = Whereabouts("noor", "", "", "", (LEAD,), paired=True, relations=(SPRING, AUTUMN), runs=(RUN,))


def text(found: Whereabouts, width: int = 80, *, full: bool = False) -> list[str]:
    return render_text(found, lambda run: run[-8:], width=width, full=full).splitlines()


def test_it_is_as_the_picture_has_it() -> None:
    assert text(FOUND) == [
        "Lead 3652397000000300001, no contact",
        "Noor Haddad, noor.haddad@orchard.example",
        "Campaigns             Git        CRM       next plan",
        "  Spring Launch 2027  Responded  Invited   ~ Invited → Responded",
        "  Autumn Fair 2026    –          Attended  unmanaged, stays",
        "Git: relations/campaigns/spring-launch.yaml:12 · last run: 3fa90c17, 2026-11-22",
    ]


def test_no_line_is_wider_than_the_terminal_and_no_step_is_lost() -> None:
    wide = "ชื่อแคมเปญที่ยาวมาก" * 4
    rows = tuple(
        replace(
            SPRING,
            label=label,
            related_id=str(at),
            git={"Member_Status": value},
            crm={"Member_Status": value},
        )
        for at, (label, value) in enumerate(
            [(wide, "x" * 90), ("العربية " * 9, "y"), ("e\u0301" * 60, "a b" * 20)]
        )
    )
    lines = text(replace(FOUND, relations=rows, environment="production", org_id="20075998123"))
    assert max(map(columns, lines)) <= 80
    assert sum("~ Invited → Responded" in line for line in lines) == 3


def test_what_a_stranger_wrote_obeys_nothing() -> None:
    evil = "a\x1b[31m\n##[set-env]"
    found = replace(FOUND, relations=(replace(AUTUMN, label=evil, crm={"Member_Status": evil}),), asked=evil)
    shown = "\n".join(text(replace(found, records=(replace(LEAD, label=evil),), problem=evil, notes=(evil,))))
    assert "\x1b" not in shown
    assert "##[" not in shown
    assert "\x1b" not in render_json(found)


def test_lead_and_contact_of_a_person_and_a_lead_that_became_one() -> None:
    contact = NamedRecord("Contacts", "401", "Noor Haddad", LEAD.values)
    assert text(replace(FOUND, records=(LEAD, contact)))[0] == f"Lead {LEAD.id}, contact 401"
    lead = replace(LEAD, conversion=Conversion("2026-11-20T10:00:00Z", "401"))
    assert (
        text(replace(FOUND, records=(lead,)))[0] == f"Lead {LEAD.id} (converted on 2026-11-20 to contact 401)"
    )
    assert (
        text(replace(FOUND, records=(lead, contact)))[0]
        == f"Lead {LEAD.id} (converted on 2026-11-20), contact 401"
    )
    assert text(replace(FOUND, paired=False))[0] == f"Lead {LEAD.id}"


def test_what_becomes_of_a_row_is_told_in_words_of_the_plan() -> None:
    steps: dict[str, Change | Withheld] = {
        "+ Responded": replace(UPDATE, action="create", before=None),
        "- leaves (drift)": replace(UPDATE, action="delete", after=None, origin="drift"),
        "withheld: conflict": Withheld("conflict", UPDATE),
    }
    for words, step in steps.items():
        assert text(replace(FOUND, relations=(replace(SPRING, next=step),)))[3].endswith(f"  {words}")
    for words, relation in {
        "as agreed": replace(SPRING, next=None, crm=SPRING.git),
        "not managed": replace(AUTUMN, managed=False),
    }.items():
        assert text(replace(FOUND, relations=(relation,)))[3].endswith(f"  {words}")
    absent = replace(SPRING, git=None, crm=None, next=None)
    assert (
        " ".join(text(replace(FOUND, relations=(absent,)))[3].split())
        == "Spring Launch 2027 absent – as agreed"
    )


def test_a_plan_that_cannot_be_told_is_a_question_mark_with_the_reason() -> None:
    lines = text(replace(FOUND, problem="no such campaign", relations=(replace(SPRING, next=None),)))
    assert lines[3].endswith("  ?")
    assert "The next plan cannot be told: no such campaign" in lines


def test_many_places_and_runs_are_counted_and_full_shows_them() -> None:
    places = tuple(Span("relations/a.yaml", line, 9) for line in (9, 7, 8, 12, 10))
    runs = tuple(RUN._replace(run=f"2026-0000000{at}") for at in range(5))
    found = replace(FOUND, relations=(replace(SPRING, places=places),), runs=runs)
    short, full = "\n".join(text(found)), "\n".join(text(found, full=True))
    assert "relations/a.yaml:7, :8, :9 and 2 more" in short
    assert "relations/a.yaml:7, :8, :9, :10, :12" in full
    assert "00000002, 2026-11-22 and 2 more" in short
    assert full.count("2026-11-22") == 5


def test_a_run_that_did_not_apply_its_change_says_so() -> None:
    held, lost = RUN._replace(status="held"), RUN._replace(run="2026-00000001", status=None)
    shown = "\n".join(text(replace(FOUND, runs=(held, lost))))
    assert "3fa90c17, 2026-11-22 (held); 00000001, 2026-11-22 (unsent)" in shown


def test_the_json_holds_everything_and_numbers_stay_exact() -> None:
    told = json.loads(render_json(FOUND))
    assert told["format"] == "zsync.who/1"
    assert [each["label"] for each in told["relations"]] == ["Spring Launch 2027", "Autumn Fair 2026"]
    assert told["relations"][0]["next"] == {
        "action": "update",
        "before": {"Member_Status": "Invited"},
        "after": {"Member_Status": "Responded"},
        "origin": "change",
        "withheld": None,
    }
    assert told["runs"][0]["run"] == RUN.run


def test_the_json_has_every_member_of_every_part() -> None:
    lead = replace(LEAD, conversion=Conversion("2026-11-20T10:00:00Z", "401"))
    (span,) = SPRING.places
    place = {"file": span.file, "line": 12, "column": 9}
    row = replace(SPRING, record=lead, next=Withheld("conflict", replace(UPDATE, after=None)))
    found = Whereabouts("noor", "eu", "90001", "sandbox", (lead,), True, (row,), (span,), ("deals",), "no")
    told = json.loads(render_json(replace(found, runs=(RUN,))))
    assert told == {
        "format": "zsync.who/1",
        "name": "noor",
        "environment": "eu",
        "org_id": "90001",
        "org_type": "sandbox",
        "records": [
            {
                "module": "Leads",
                "id": LEAD.id,
                "label": "Noor Haddad",
                "conversion": {"at": "2026-11-20T10:00:00Z", "contact": "401"},
            }
        ],
        "relations": [
            {
                "of": {"module": "Leads", "id": LEAD.id},
                "module": "Campaigns",
                "id": "501",
                "label": "Spring Launch 2027",
                "managed": True,
                "places": [place],
                "git": {"Member_Status": "Responded"},
                "crm": {"Member_Status": "Invited"},
                "crm_read": True,
                "next": {
                    "action": "update",
                    "before": {"Member_Status": "Invited"},
                    "after": None,
                    "origin": "change",
                    "withheld": "conflict",
                },
            }
        ],
        "places": [place],
        "not_looked_at": ["deals"],
        "problem": "no",
        "runs": [
            {
                "run": RUN.run,
                "began": RUN.began,
                "action": "update",
                "module": "Campaigns",
                "record_id": "501",
                "related_module": "Leads",
                "related_record_id": LEAD.id,
                "status": "applied",
            }
        ],
    }
    plain = json.loads(render_json(replace(FOUND, relations=(replace(AUTUMN, crm=None, unread=True),))))
    (relation,) = plain["relations"]
    assert (relation["git"], relation["crm"], relation["crm_read"], relation["next"]) == (
        None,
        None,
        False,
        None,
    )
    assert plain["records"][0]["conversion"] is None


@pytest.mark.parametrize(
    ("loose", "told"),
    [(0, "12 as agreed"), (2, "10 as agreed, 2 unmanaged")],
    ids=["all agreed", "some loose"],
)
def test_of_a_long_list_the_rows_that_the_next_plan_is_about_are_shown_and_the_rest_is_counted(
    loose: int, told: str
) -> None:
    agreed = replace(SPRING, crm=SPRING.git, next=None)
    rows = [replace(agreed, related_id=str(at), label=f"Fair {at}") for at in range(12 - loose)]
    rows += [replace(AUTUMN, related_id=f"7{at}", label=f"Loose {at}") for at in range(loose)]
    found = replace(FOUND, relations=(*rows, SPRING))
    assert text(found)[3:5] == [
        "  Spring Launch 2027  Responded  Invited  ~ Invited → Responded",
        f"  12 more: {told} (--full: each)",
    ]
    full = "\n".join(text(found, full=True))
    assert all(each.label in full for each in found.relations)
    assert "more" not in full
    (_, *short) = text(replace(FOUND, relations=tuple(rows)))
    assert sum("as agreed" in line for line in short) == 12 - loose  # a list of twelve is shown whole


def test_of_many_rows_that_the_next_plan_is_about_twelve_are_shown() -> None:
    rows = tuple(replace(SPRING, related_id=str(at)) for at in range(14))
    lines = text(replace(FOUND, relations=rows))
    assert sum("Spring" in line for line in lines) == 12


def test_the_first_line_says_where_and_what_no_name_was_found_for() -> None:
    where = replace(FOUND, environment="eu", org_id="90001", records=(), relations=())
    assert text(where)[0] == "No record of the CRM has the name noor · eu · org 90001"
    assert text(where)[1] == "Git: no manifest · last run: 3fa90c17, 2026-11-22"
    contact = NamedRecord("Contacts", "401", "Noor Haddad")
    there = replace(FOUND, environment="eu", records=(contact,), relations=())
    assert text(there)[:3] == ["Contact 401, no lead · eu", "Noor Haddad", "In no list, and in no manifest."]
    vendor = NamedRecord("Vendors", "7", "")
    assert text(replace(there, records=(vendor,)))[0] == "Vendors 7 · eu"
    assert text(replace(there, environment="eu-production-two", org_id="90001"), 40)[:2] == [
        "Contact 401, no lead",
        "Noor Haddad · eu-production-two · org 90001",
    ]


def test_lists_of_two_records_say_whose_they_are() -> None:
    contact = NamedRecord("Contacts", "401", "Noor Haddad", LEAD.values)
    deal = OwnRelation(contact, "Deals", "9", "Big deal", crm={}, managed=False)
    lines = text(replace(FOUND, records=(LEAD, contact), relations=(SPRING, deal)))
    assert lines[1] == "Noor Haddad, noor.haddad@orchard.example"
    assert lines[2].split() == ["Campaigns", "as", "lead", "Git", "CRM", "next", "plan"]
    assert lines[4].split() == ["Deals", "as", "contact", "Git", "CRM", "next", "plan"]
    assert lines[5].split() == ["Big", "deal", "–", "yes", "not", "managed"]


@pytest.mark.parametrize(
    ("relation", "cells"),
    [
        (
            replace(AUTUMN, crm={"Role": "Buyer", "Seat": 12, "Note": None}),
            "– Buyer, Seat 12 unmanaged, stays",
        ),
        (replace(AUTUMN, crm={"Note": "", "Role": "Buyer"}), "– Buyer unmanaged, stays"),
        (replace(AUTUMN, crm={"Note": "x" * 30}), f"– {'x' * 17}… unmanaged, stays"),
        (replace(SPRING, crm=None, unread=True, next=None), "Responded ? as agreed"),
        (replace(SPRING, crm=None, next=None), "Responded – stays as it is"),
        (replace(SPRING, git=None, next=None), "absent Invited stays as it is"),
        (
            replace(SPRING, next=replace(UPDATE, action="create", before=None, after={})),
            "Responded Invited + comes",
        ),
    ],
)
def test_a_row_says_what_git_and_the_crm_hold(relation: OwnRelation, cells: str) -> None:
    line = text(replace(FOUND, relations=(relation,)), 120)[3]
    assert " ".join(line.split()).removeprefix(f"{relation.label} ") == cells


def test_what_was_not_looked_at_and_where_only_manifests_have_the_name_is_told() -> None:
    found = replace(FOUND, relations=(), runs=(), notes=("the lists of deals",), places=SPRING.places)
    assert text(found)[2:] == [
        "In no list, and in no manifest.",
        "Not looked at: the lists of deals",
        "Git: relations/campaigns/spring-launch.yaml:12 · no run",
    ]


def test_places_and_runs_that_do_not_fit_a_line_have_lines_of_their_own() -> None:
    places = tuple(Span(f"relations/{'long' * 5}-{at}.yaml", 3, 9) for at in range(4))
    runs = tuple(RUN._replace(run=f"2026-0000000{at}") for at in range(2))
    found = replace(FOUND, relations=(replace(SPRING, places=places),), runs=runs)
    names = [f"relations/longlonglonglonglong-{at}.yaml:3" for at in range(4)]
    last = "ast runs: 00000000, 2026-11-22; 00000001, 2026-11-22"
    assert text(found)[4:] == [
        "Git:",
        *(f"  {name}" for name in names[:2]),
        f"  {names[2]} and 1 more",
        f"L{last}",
    ]
    wide = f"Git: {', '.join(names[:3])} and 1 more"
    assert text(found, 150)[4:] == [wide, f"L{last}"]
    assert text(found, 200)[4:] == [f"{wide} · l{last}"]


def test_colours_set_off_who_it_is_and_what_the_next_plan_does() -> None:
    found = replace(FOUND, relations=(SPRING, AUTUMN, replace(SPRING, crm=SPRING.git, next=None)))
    (first, _, head, spring, autumn, agreed, _, _) = render_text(
        found, lambda run: run[-8:], width=120, full=False, color=True
    ).split("\n")
    assert head == "Campaigns             Git        CRM        next plan"
    assert agreed.endswith("Responded  Responded  as agreed")
    assert first == f"\x1b[1mLead {LEAD.id}, no contact\x1b[0m"
    assert spring.endswith("Invited    \x1b[1;33m~ Invited → Responded\x1b[0m")
    assert autumn.endswith("Attended   \x1b[2munmanaged, stays\x1b[0m")


def test_a_name_has_the_room_that_the_terminal_leaves_and_at_most_forty_columns() -> None:
    def line(label: str, width: int) -> list[str]:
        return text(replace(FOUND, relations=(replace(SPRING, label=label),)), width)[3:5]

    rest = "  Responded  Invited  ~ Invited → Responded"
    assert line("n" * 38, 200)[0] == f"  {'n' * 38}{rest}"
    assert line("n" * 39, 200)[0] == f"  {'n' * 37}…{rest}"
    fits = 2 + 30 + columns(rest)
    assert line("n" * 30, fits)[0] == f"  {'n' * 30}{rest}"
    assert line("n" * 31, fits)[0] == f"  {'n' * 29}…{rest}"
    # A name keeps 20 columns, and the step goes to the next line instead.
    assert line("n" * 31, 20 + columns(rest))[0] == f"  {'n' * 17}…{rest}"
    assert line("n" * 31, 19 + columns(rest)) == [
        f"  {'n' * 17}…  Responded  Invited",
        "    ~ Invited → Responded",
    ]


def test_a_step_names_each_field_that_it_writes_and_cuts_its_values() -> None:
    step = replace(UPDATE, before={"A": "x", "B": 1}, after={"A": "y" * 30, "B": 2})
    line = text(replace(FOUND, relations=(replace(SPRING, next=step),)), 200)[3]
    assert line.endswith(f"~ x → {'y' * 17}…, 1 → 2 +100%")


def test_places_are_in_their_order_and_each_file_is_named_once() -> None:
    places = (Span("b.yaml", 3, 1), Span("a.yaml", 9, 1), Span("b.yaml", 1, 1), Span("a.yaml", 2, 1))
    found = replace(FOUND, relations=(replace(SPRING, places=places),), runs=())
    assert text(found, full=True)[-1] == "Git: a.yaml:2, :9, b.yaml:1, :3 · no run"


def test_where_it_is_follows_the_first_name_where_the_first_line_has_no_room() -> None:
    contact = NamedRecord("Contacts", "401", "Noor H.")
    found = replace(FOUND, records=(LEAD, contact), relations=(), environment="eu")
    first = f"Lead {LEAD.id}, contact 401"
    fits = len(f"{first} · eu")
    assert text(found, fits)[:3] == [f"{first} · eu", "Noor Haddad, noor.haddad@orchard.example", "Noor H."]
    assert text(found, fits - 1)[:3] == [first, "Noor Haddad, noor.haddad@orchard.example · eu", "Noor H."]
    vendor = replace(found, records=(NamedRecord("Vendors", "7", ""),))
    assert text(vendor, 5)[:2] == ["Vendors 7", " · eu"]


def test_a_foot_that_just_fits_has_one_line() -> None:
    place = (Span("relations/spring fair.yaml", 12, 9),)
    found = replace(FOUND, relations=(replace(SPRING, places=place),))
    git, run = "Git: relations/spring fair.yaml:12", "ast run: 3fa90c17, 2026-11-22"
    fits = len(f"{git} · l{run}")
    foot = {fits: [f"{git} · l{run}"], fits - 1: [git, f"L{run}"], len(git): [git, f"L{run}"]}
    foot[len(git) - 1] = ["Git:", "  relations/spring fair.yaml:12", f"L{run}"]
    for width, lines in foot.items():
        assert text(found, width)[-len(lines) :] == lines
