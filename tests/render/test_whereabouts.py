"""`zsync who` as the picture has it, and in lines of 80 columns whatever the names."""

import json
from dataclasses import replace

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
