"""`zsync who`: where a record stands, in Git, in the CRM, in the next plan, and in the last runs."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.program import Ended, Run
from zsync.emulator import RunningCrm, Switches, running

LEAD, CONTACT, SPRING, AUTUMN = "3652397000000300001", "3652397000000400001", "501", "502"
WORLD: Mapping[str, Any] = {
    "records": {
        "Leads": [
            {"id": LEAD, "First_Name": "Noor", "Last_Name": "Haddad", "Email": "noor@acme.example"},
            {"id": "302", "First_Name": "Bo", "Last_Name": "Lind", "Email": "bo@acme.example"},
            {"id": "303", "First_Name": "Bo", "Last_Name": "Lind", "Email": "bo.lind@acme.example"},
            {"id": "304", "Last_Name": "Both", "Email": "both@acme.example"},
        ],
        "Contacts": [{"id": CONTACT, "Last_Name": "Both", "Email": "Both@acme.example"}],
        "Campaigns": [
            {"id": SPRING, "Campaign_Name": "Spring/Summer 2027"},
            {"id": AUTUMN, "Campaign_Name": "Autumn"},
        ],
        "Products": [{"id": "601", "Product_Name": "Sensor", "Product_Code": "SENS-27"}],
    },
    "relations": {
        "Campaigns/501/Leads": [
            {"id": LEAD, "Member_Status": "Invited"},
            {"id": "302", "Member_Status": "Sent"},
        ],
        "Campaigns/502/Leads": [{"id": LEAD, "Member_Status": "Planned"}],
        "Campaigns/502/Contacts": [{"id": CONTACT, "Member_Status": "Sent"}],
    },
}
MANIFEST = """version: 1
parent: {module: Campaigns, match: {Campaign_Name: Spring/Summer 2027}}
related_lists:
  Leads:
    key: Email
    records:
      - {Email: NOOR@acme.example, Member_Status: Responded}
      - {Email: bo@acme.example, Member_Status: Sent}
      - {Email: both@acme.example, Member_Status: Sent}
"""


@pytest.fixture(scope="module")
def shared() -> Iterator[RunningCrm]:
    with running(WORLD, switches=Switches(token_grants=0)) as started:
        yield started


@pytest.fixture
def crm(shared: RunningCrm) -> RunningCrm:
    shared.requests.clear()
    return shared


@pytest.fixture
def variables(shared: RunningCrm) -> Mapping[str, str]:
    return shared.environment()


@pytest.fixture
def who(run: Run) -> Run:
    """In a folder with one manifest, and without Git."""
    write("relations/spring.yaml", MANIFEST)
    return lambda *args, **more: run("who", *args, **more)


def write(name: str, text: str) -> Path:
    path = Path(name)
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_text(text)
    return path


def rows(ended: Ended) -> dict[str, dict[str, Any]]:
    """The relations of the JSON, by what they are called."""
    assert ended.code == 0, ended.err
    return {each["label"]: each for each in json.loads(ended.out)["relations"]}


def test_a_person_stands_in_git_in_the_crm_and_in_the_next_plan(who: Run) -> None:
    assert who("noor@acme.example").out.splitlines() == [
        f"Lead {LEAD}, no contact · org 10234695",
        "Noor Haddad, noor@acme.example",
        "Campaigns             Git        CRM      next plan",
        "  Autumn              –          Planned  not managed",
        "  Spring/Summer 2027  Responded  Invited  ~ Invited → Responded",
        "Git: relations/spring.yaml:7 · no run",
    ]


def test_a_name_is_compared_as_the_crm_does_it_and_an_id_is_a_name(who: Run) -> None:
    plain = who("noor@acme.example").out
    assert who("NOOR@Acme.example").out == plain
    assert who(LEAD).out == plain
    assert who("leads/noor@acme.example").out == plain.replace(", no contact", "")
    assert who(f"Leads/{LEAD}").out == plain.replace(", no contact", "")
    assert who("  Noor Haddad ").out == plain


def test_only_reads_leave_and_all_of_them_are_of_the_one_org(who: Run, crm: RunningCrm) -> None:
    before = crm.state()
    for name in ("noor@acme.example", "Autumn", "SENS-27", "nobody"):
        who(name)
    assert {(seen.method, seen.path) for seen in crm.requests if seen.method != "GET"} <= {
        ("POST", "/oauth/v2/token"),
        ("POST", "/crm/v8/coql"),
    }
    assert crm.state() == before


def test_of_one_person_lead_and_contact_are_shown(who: Run) -> None:
    out = who("both@acme.example").out
    assert out.startswith(f"Lead 304, contact {CONTACT} · ")
    assert "Campaigns as lead" in out
    assert "Campaigns as contact" in out
    assert "+ Sent" in out


def test_a_name_that_several_have_is_no_guess(who: Run, crm: RunningCrm) -> None:
    ended = who("Bo Lind")
    assert (ended.code, ended.out) == (64, "")
    assert "which one? 2 records have the name 'Bo Lind'" in ended.err
    assert "Leads/302  Bo Lind, bo@acme.example" in ended.err
    assert "zsync who Leads/302" in ended.err
    assert who("Leads/302").out.startswith("Lead 302")


def test_a_campaign_and_a_product_are_found_by_name_and_code(who: Run) -> None:
    out = who("Spring/Summer 2027").out
    assert out.startswith("Campaign 501 · ")
    assert "  both@acme.example   Sent       –        + Sent" in out
    assert who("SENS-27").out.splitlines()[1:3] == ["Sensor, SENS-27", "In no list, and in no manifest."]


def test_an_empty_name_asks_nothing(who: Run, crm: RunningCrm) -> None:
    assert [who(name).code for name in ("", "  ")] == [64, 64]
    assert crm.requests == []


def test_a_name_is_text_to_the_crm_whatever_is_in_it(who: Run, crm: RunningCrm) -> None:
    for name in ("' or id is not null or Email = '", "%", "a\\'b", "*", "Leads/", "/", "x" * 3000):
        assert who(name).code == 4, name


def test_nothing_found_says_where_it_was_looked_for(who: Run) -> None:
    ended = who("nobody@acme.example")
    assert (ended.code, ended.out) == (4, "")
    for place in ("Leads Email", "Contacts Email", "in the manifests and in the journals"):
        assert place in ended.err
    assert "Campaigns Campaign_Name" in who("Nobody At All").err


def test_a_name_that_only_a_manifest_has_is_found_there(who: Run) -> None:
    write("relations/spring.yaml", MANIFEST + "      - {Email: gone@acme.example}\n")
    ended = who("gone@acme.example")
    assert ended.code == 0
    assert "No record of the CRM has the name gone@acme.example" in ended.out
    assert "Git: relations/spring.yaml:10" in ended.out


def test_a_mistake_in_the_row_of_somebody_else_hides_nobody(who: Run) -> None:
    write("relations/spring.yaml", MANIFEST + "      - {Email: nobody@acme.example}\n")
    assert "~ Invited → Responded" in who("noor@acme.example").out


def test_a_mistake_in_their_own_row_is_told_and_the_rest_is_shown(who: Run) -> None:
    write("relations/spring.yaml", MANIFEST.replace("Summer 2027}}", "Simmer 2027}}"))
    ended = who("noor@acme.example")
    assert ended.code == 0
    assert "The next plan cannot be told: no record of Campaigns has Campaign_Name" in ended.out
    assert "Planned" in ended.out


def test_a_row_that_is_written_from_both_sides_has_two_places(who: Run) -> None:
    other = f'version: 1\nparent: {{module: Leads, id: "{LEAD}"}}\nrelated_lists:\n  Campaigns:\n    key: Campaign_Name\n'
    write(
        "relations/lead.yaml",
        other + "    records: [{Campaign_Name: Spring/Summer 2027, Member_Status: Responded}]\n",
    )
    spring = rows(who("noor@acme.example", "--format", "json"))["Spring/Summer 2027"]
    assert {(each["file"], each["line"]) for each in spring["places"]} == {
        ("relations/lead.yaml", 6),
        ("relations/spring.yaml", 7),
    }


def test_a_pruned_list_takes_out_whoever_it_does_not_name(who: Run) -> None:
    write(
        "relations/autumn.yaml",
        "version: 1\nparent: {module: Campaigns, match: {Campaign_Name: Autumn}}\nrelated_lists:\n  Leads:\n"
        "    key: Email\n    prune: true\n    records: [{Email: bo@acme.example}]\n",
    )
    found = rows(who("noor@acme.example", "--format", "json"))["Autumn"]
    assert (found["next"]["action"], found["git"], found["crm"]) == (
        "delete",
        None,
        {"Member_Status": "Planned"},
    )


def test_what_git_took_out_since_the_base_leaves_and_where_it_stood_is_drift_from_there(who: Run) -> None:
    git = ["git", "-c", "user.email=a@acme.example", "-c", "user.name=a"]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "relations"], check=True)
    subprocess.run([*git, "commit", "-qm", "one"], check=True)
    assert "~ Invited → Responded (drift)" in who("noor@acme.example").out
    assert "~ Invited → Responded (drift)" not in who("noor@acme.example", "--no-base").out
    write(
        "relations/spring.yaml",
        MANIFEST.replace("      - {Email: bo@acme.example, Member_Status: Sent}\n", ""),
    )
    assert "- leaves" in who("bo@acme.example").out


def test_a_withheld_row_says_why(who: Run, crm: RunningCrm) -> None:
    write("relations/zsync.yaml", "version: 1\nconsent: {never: [noor@acme.example]}\n")
    write("relations/spring.yaml", MANIFEST.replace("Autumn", "x"))
    crm.delink("Campaigns/501/Leads", LEAD)
    found = who("noor@acme.example").out
    crm.link("Campaigns/501/Leads", {"id": LEAD, "Member_Status": "Invited"})
    assert "withheld: consent" in found


def test_the_runs_that_touched_it_are_named_as_undo_takes_them(who: Run, run: Run, crm: RunningCrm) -> None:
    assert run("apply", "--auto-approve").code == 0
    ended = who("noor@acme.example")
    crm.link("Campaigns/501/Leads", {"id": LEAD, "Member_Status": "Invited"})
    crm.delink("Campaigns/501/Leads", "304")
    name = ended.out.rpartition("last run: ")[2].partition(",")[0]
    assert len(name) == 8
    assert run("undo", name, "--out", "undo.json").code == 0
    (told,) = json.loads(who("noor@acme.example", "--format", "json").out)["runs"]
    assert (told["action"], told["status"], told["related_record_id"]) == ("update", "applied", LEAD)
    assert "no run" in who("Autumn").out


def test_redacted_nobody_is_named_and_a_campaign_still_is(who: Run) -> None:
    for args in ((), ("--format", "json")):
        ended = who("noor@acme.example", "--redact", *args)
        assert ended.code == 0
        assert not {word for word in ("Noor", "Haddad", "noor@", "NOOR@") if word in ended.out + ended.err}
        assert "Spring/Summer 2027" in ended.out
    assert "Lind" not in who("Bo Lind", "--redact").err
    assert "nobody@" not in who("nobody@acme.example", "--redact").err


def test_without_a_manifest_the_crm_still_tells(run: Run) -> None:
    write("relations/zsync.yaml", "version: 1\nenvironments: {main: {}}\n")
    assert "Planned  not managed" in run("who", "noor@acme.example").out


def test_a_long_list_is_counted_and_full_shows_each(run: Run) -> None:
    leads = [{"id": str(1000 + n), "Last_Name": f"L{n}", "Email": f"l{n}@acme.example"} for n in range(30)]
    world = {
        "records": {"Campaigns": [{"id": "501", "Campaign_Name": "Big"}], "Leads": leads},
        "relations": {"Campaigns/501/Leads": [{"id": each["id"], "Member_Status": "Sent"} for each in leads]},
    }
    listed = "".join(f"      - {{Email: {each['Email']}, Member_Status: Sent}}\n" for each in leads[:25])
    head = MANIFEST.partition("      -")[0].replace("Spring/Summer 2027", "Big")
    write("relations/big.yaml", head + listed.replace("Sent", "Planned", 1))
    with running(world) as big:
        short, full = (run("who", "Big", *more, **big.environment()).out for more in ((), ("--full",)))
    assert "  29 more: 24 as agreed, 5 unmanaged (--full: each)" in short
    assert short.count("@acme.example") == 1
    assert full.count("@acme.example") == 30


def test_a_module_that_the_user_may_not_see_is_not_passed_over(who: Run, crm: RunningCrm) -> None:
    crm.add_faults([{"on": "POST /coql", "body_text": "from Contacts", "code": "NO_PERMISSION"}])
    ended = who("noor@acme.example")
    crm.clear_faults()
    assert "Not looked at: Contacts: the token's user may not see them" in ended.out
    assert "no contact" not in ended.out
