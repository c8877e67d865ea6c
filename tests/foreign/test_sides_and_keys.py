"""Relations from both sides, and records by natural keys, on a CRM that is not the bundled one."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.foreign.crm import Foreign
from tests.program import Run

Write = Callable[[str, str], Path]


def manifest(module: str, record_id: str, listed: str, *rows: str, extra: str = "") -> str:
    """A document of one parent and one list."""
    return (
        f"version: 1\nparent: {{module: {module}, id: '{record_id}'}}\nrelated_lists:\n  {listed}:\n{extra}"
        + "    records:"
        + ("".join(f"\n      - {row}" for row in rows) or " []")
        + "\n"
    )


@pytest.fixture
def small(crm: Foreign) -> Foreign:
    """Two campaigns and 100 leads, of which none is a member."""
    crm.add("Campaigns", "50", Campaign_Name="Spring")
    crm.add("Campaigns", "51", Campaign_Name="Autumn")
    for n in range(100):
        crm.add("Leads", str(1000 + n), Email=f"lead{n}@acme.example", Last_Name=f"Lead {n}")
    return crm


def members(crm: Foreign, campaign: str = "50") -> dict[str, object]:
    """Lead → status."""
    return {
        one: fields["Member_Status"] for one, fields in crm.members("Campaigns", campaign, "Leads").items()
    }


def test_a_hundred_manifests_of_leads_ride_on_one_put_of_the_campaign(
    small: Foreign, run: Run, write: Write
) -> None:
    rows = (
        manifest("Leads", str(1000 + n), "Campaigns", "{id: '50', Member_Status: Sent}") for n in range(100)
    )
    write("leads.yaml", "---\n".join(rows))
    assert run("apply", "--auto-approve").code == 0
    assert [one.path for one in small.sent("PUT")] == ["/crm/v8/Campaigns/50/Leads"]
    # Once for the plan, once before the rows are sent, once after.
    assert len([one for one in small.sent("GET") if "/Leads" in one.path]) == 3
    assert members(small) == dict.fromkeys(map(str, range(1000, 1100)), "Sent")
    assert run("plan", "--detailed-exitcode").code == 0


def test_a_relation_said_alike_from_both_sides_is_one_change_and_a_warning(
    small: Foreign, run: Run, write: Write
) -> None:
    write("a.yaml", manifest("Campaigns", "50", "Leads", "{id: '1000', Member_Status: Sent}"))
    write("b.yaml", manifest("Leads", "1000", "Campaigns", "{id: '50', Member_Status: Sent}"))
    said = run("plan")
    assert said.code == 0
    assert "warning" in said.err
    assert "1 to create" in said.out
    assert run("apply", "--auto-approve").code == 0
    assert len(small.sent("PUT")) == 1


@pytest.mark.parametrize("key", ["Email", "id"])
def test_a_relation_said_differently_from_both_sides_is_an_error_that_names_both_places(
    small: Foreign, run: Run, write: Write, key: str
) -> None:
    lead = "Email: lead0@acme.example" if key == "Email" else "id: '1000'"
    extra = "    key: Email\n" if key == "Email" else ""
    write("a.yaml", manifest("Campaigns", "50", "Leads", f"{{{lead}, Member_Status: Sent}}", extra=extra))
    write("b.yaml", manifest("Leads", "1000", "Campaigns", "{id: '50', Member_Status: Responded}"))
    said = run("plan")
    assert said.code == 4
    assert "a.yaml:" in said.err
    assert "b.yaml:" in said.err
    assert not small.sent("PUT", "DELETE")


def test_prune_spares_what_the_other_side_wants(small: Foreign, run: Run, write: Write) -> None:
    for lead in ("1000", "1001", "1002"):
        small.link("Campaigns", "50", "Leads", lead, Member_Status="Sent")
    write(
        "a.yaml",
        manifest("Campaigns", "50", "Leads", "{id: '1000', Member_Status: Sent}", extra="    prune: true\n"),
    )
    write("b.yaml", manifest("Leads", "1001", "Campaigns", "{id: '50', Member_Status: Sent}"))
    assert run("apply", "--auto-approve").code == 0
    assert members(small) == {"1000": "Sent", "1001": "Sent"}


def test_a_relation_that_both_sides_prune_is_deleted_once(small: Foreign, run: Run, write: Write) -> None:
    small.link("Campaigns", "50", "Leads", "1000", Member_Status="Sent")
    empty = "    prune: true\n    allow_empty: true\n"
    write("a.yaml", manifest("Campaigns", "50", "Leads", extra=empty))
    write("b.yaml", manifest("Leads", "1000", "Campaigns", extra=empty))
    said = run("plan")
    assert "1 to delete" in said.out
    assert run("apply", "--auto-approve").code == 0
    assert len(small.sent("DELETE")) == 1


def test_absent_deletes_what_is_there_and_is_content_with_what_is_not(
    small: Foreign, run: Run, write: Write
) -> None:
    small.link("Campaigns", "50", "Leads", "1000", Member_Status="Sent")
    small.link("Campaigns", "50", "Leads", "1001", Member_Status="Sent")
    write(
        "a.yaml",
        manifest("Campaigns", "50", "Leads", extra="    key: Email\n").replace(
            "    records: []\n",
            "    absent:\n      - {Email: lead0@acme.example}\n      - {Email: lead7@acme.example}\n"
            "      - {Email: nobody@acme.example}\n",
        ),
    )
    said = run("apply", "--auto-approve")
    assert said.code == 0, said.err
    assert members(small) == {"1001": "Sent"}
    assert [one.query["ids"] for one in small.sent("DELETE")] == ["1000"]
    assert run("plan", "--detailed-exitcode").code == 0


HOSTILE = [
    'O\'Neill, "Jr."',
    "back\\slash",
    "comma, comma",
    "😀 emoji",
    "Zoe\u0308 combining",
    "Ødegård",
    "'",
    "a''b",
    "') or (id in ('1",
    "%_*",
    "ﬁ ligature",
    "日本語",
    "{brace}",
    "x" * 300,
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_key_of_any_characters_finds_its_record(small: Foreign, run: Run, write: Write, name: str) -> None:
    small.add("Leads", "77", Last_Name=name)
    quoted = "'" + name.replace("'", "''") + "'"
    write(
        "a.yaml", manifest("Campaigns", "50", "Leads", f"Last_Name: {quoted}", extra="    key: Last_Name\n")
    )
    said = run("apply", "--auto-approve")
    assert said.code == 0, said.err
    assert set(members(small)) == {"77"}


def test_keys_that_differ_in_case_from_the_crm_find_their_record(
    small: Foreign, run: Run, write: Write
) -> None:
    write(
        "a.yaml",
        manifest("Campaigns", "50", "Leads", "{Email: LEAD5@Acme.Example}", extra="    key: Email\n"),
    )
    assert run("apply", "--auto-approve").code == 0
    assert set(members(small)) == {"1005"}


def test_of_two_records_that_differ_in_case_the_exact_one_is_meant(
    small: Foreign, run: Run, write: Write
) -> None:
    small.add("Leads", "77", Email="Lead5@acme.example")
    write(
        "a.yaml",
        manifest("Campaigns", "50", "Leads", "{Email: Lead5@acme.example}", extra="    key: Email\n"),
    )
    assert run("apply", "--auto-approve").code == 0
    assert set(members(small)) == {"77"}


def test_composite_keys_do_not_mix_up_their_parts(small: Foreign, run: Run, write: Write) -> None:
    for number, (first, last) in enumerate([("Ana", "Bo"), ("Bo", "Ana"), ("Ana", "Ana"), ("Bo", "Bo")]):
        small.add("Leads", str(70 + number), First_Name=first, Last_Name=last)
    rows = ("{First_Name: Ana, Last_Name: Bo}", "{First_Name: Bo, Last_Name: Ana}")
    write("a.yaml", manifest("Campaigns", "50", "Leads", *rows, extra="    key: [First_Name, Last_Name]\n"))
    assert run("apply", "--auto-approve").code == 0
    assert set(members(small)) == {"70", "71"}


def test_a_key_with_several_records_is_an_error_with_place_and_candidates(
    small: Foreign, run: Run, write: Write
) -> None:
    small.add("Leads", "77", Email="lead5@acme.example")
    write(
        "a.yaml",
        manifest("Campaigns", "50", "Leads", "{Email: lead5@acme.example}", extra="    key: Email\n"),
    )
    said = run("plan")
    assert said.code == 4
    assert "a.yaml:7:9" in said.err
    assert "1005" in said.err
    assert "77" in said.err


def test_all_keys_without_a_record_are_named_in_one_run(small: Foreign, run: Run, write: Write) -> None:
    rows = (f"{{Email: nobody{n}@acme.example}}" for n in range(3))
    write("a.yaml", manifest("Campaigns", "50", "Leads", *rows, extra="    key: Email\n"))
    write(
        "b.yaml",
        "version: 1\nparent: {module: Campaigns, match: {Campaign_Name: Nowhere}}\nrelated_lists:\n  Leads:\n    records:\n      - id: '1000'\n",
    )
    said = run("plan")
    assert said.code == 4
    assert said.err.count("error[not-found]") == 4
    assert [place in said.err for place in ("a.yaml:7:9", "a.yaml:8:9", "a.yaml:9:9", "b.yaml:2")] == [
        True
    ] * 4


def test_hundreds_of_keys_are_looked_up_a_hundred_at_a_time(crm: Foreign, run: Run, write: Write) -> None:
    crm.add("Campaigns", "50")
    for n in range(250):
        crm.add("Leads", str(1000 + n), Email=f"lead{n}@acme.example")
    rows = (f"{{Email: lead{n}@acme.example}}" for n in range(250))
    write("a.yaml", manifest("Campaigns", "50", "Leads", *rows, extra="    key: Email\n"))
    assert run("plan").code == 0
    assert len(crm.sent("POST")) == 1 + 1 + 3  # the token, the campaign's name, and three queries for leads


def test_numbers_as_keys_are_compared_as_the_field_is(small: Foreign, run: Run, write: Write) -> None:
    small.add("Leads", "77", Legacy_No=17)
    write("a.yaml", manifest("Campaigns", "50", "Leads", "{Legacy_No: 17}", extra="    key: Legacy_No\n"))
    said = run("apply", "--auto-approve")
    assert said.code == 0, said.err
    assert set(members(small)) == {"77"}


def test_a_hundred_leads_that_leave_ride_on_one_delete_of_the_campaign(
    small: Foreign, run: Run, write: Write
) -> None:
    for n in range(100):
        small.link("Campaigns", "50", "Leads", str(1000 + n), Member_Status="Sent")
    gone = "    absent: [{id: '50'}]\n"
    rows = (
        manifest("Leads", str(1000 + n), "Campaigns").replace("    records: []\n", gone) for n in range(100)
    )
    write("leads.yaml", "---\n".join(rows))
    assert run("apply", "--auto-approve").code == 0
    assert [one.path for one in small.sent("DELETE")] == ["/crm/v8/Campaigns/50/Leads"]
    assert members(small) == {}


def test_what_the_other_side_hides_is_written_from_its_own(small: Foreign, run: Run, write: Write) -> None:
    small.knobs.hidden = frozenset({"Campaigns/Leads"})
    rows = (
        manifest("Leads", str(1000 + n), "Campaigns", "{id: '50', Member_Status: Sent}") for n in range(5)
    )
    write("leads.yaml", "---\n".join(rows))
    assert run("apply", "--auto-approve").code == 0
    assert len(small.sent("PUT")) == 5
    assert len(members(small)) == 5


def test_leads_of_a_pruned_campaign_ride_with_it(small: Foreign, run: Run, write: Write) -> None:
    small.link("Campaigns", "50", "Leads", "1099", Member_Status="Sent")
    write(
        "a.yaml",
        manifest("Campaigns", "50", "Leads", "{id: '1000', Member_Status: Sent}", extra="    prune: true\n"),
    )
    rows = (
        manifest("Leads", str(1001 + n), "Campaigns", "{id: '50', Member_Status: Sent}") for n in range(5)
    )
    write("b.yaml", "---\n".join(rows))
    assert run("apply", "--auto-approve").code == 0
    assert set(members(small)) == {str(1000 + n) for n in range(6)}
    assert [one.path for one in small.sent("PUT")] == ["/crm/v8/Campaigns/50/Leads"]
    assert run("plan", "--detailed-exitcode").code == 0


def test_a_parent_that_does_not_exist_is_an_error_with_its_place(
    small: Foreign, run: Run, write: Write
) -> None:
    write("a.yaml", manifest("Campaigns", "99", "Leads", "{id: '1000', Member_Status: Sent}"))
    said = run("plan")
    assert said.code == 4
    assert "a.yaml:" in said.err


def test_a_related_record_that_does_not_exist_is_a_refused_row_with_its_place(
    small: Foreign, run: Run, write: Write
) -> None:
    write("a.yaml", manifest("Campaigns", "50", "Leads", "{id: '7777', Member_Status: Sent}"))
    write("zsync.yaml", "version: 1\nconsent: {off: nobody is written to}\n")
    said = run("apply", "--auto-approve")
    assert said.code == 3
    assert "a.yaml:6:9" in said.out


def test_a_person_whom_the_crm_does_not_show_is_withheld_with_its_place(
    small: Foreign, run: Run, write: Write
) -> None:
    write("a.yaml", manifest("Campaigns", "50", "Leads", "{id: '7777', Member_Status: Sent}"))
    said = run("apply", "--auto-approve")
    assert said.code == 0
    assert "not added: the CRM does not show the record" in said.out
    assert "a.yaml:6:9" in said.out
    assert small.sent("PUT") == []
