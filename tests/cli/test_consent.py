"""Who said no, from the command line: kept out by the branch's rules and by the base's, told alike in every format."""

import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.program import Ended, Run
from zsync.emulator import RunningCrm, running

MEMBERS = "Campaigns/501/Leads"
WORLD: Mapping[str, Any] = {
    "records": {
        "Campaigns": [{"id": "501", "Campaign_Name": "Spring", "Type": "Email"}],
        "Leads": [
            {"id": "301", "Last_Name": "Ana", "Email": "ana@acme.example"},
            {"id": "302", "Last_Name": "Bo", "Email": "bo@acme.example"},
        ],
    }
}
CONFIG = """version: 1
environments:
  production: {}
consent:
  never: [suppress.csv]
"""
SUPPRESSED = "Email\nbo@acme.example\ncy@acme.example\n"


@pytest.fixture
def crm() -> Iterator[RunningCrm]:
    """A campaign without members, and two leads."""
    with running(WORLD) as bundled:
        yield bundled


@pytest.fixture
def variables(crm: RunningCrm) -> Mapping[str, str]:
    return crm.environment()


def write(name: str, text: str) -> None:
    Path("relations").mkdir(exist_ok=True)
    Path("relations", name).write_text(text)


def wants(*addresses: str, status: str = "Planned") -> None:
    """The manifest wants these people in the campaign."""
    rows = "".join(f"      - {{Email: {one}, Member_Status: {status}}}\n" for one in addresses)
    write(
        "spring.yaml",
        "version: 1\nparent: {module: Campaigns, match: {Campaign_Name: Spring}}\n"
        f"related_lists:\n  Leads:\n    key: Email\n    records:\n{rows or '      []'}\n",
    )


def commit(config: str | None = CONFIG, suppressed: str | None = SUPPRESSED) -> None:
    """The repository's main: this configuration and list, and a manifest that wants Ana."""
    wants("ana@acme.example")
    if config is not None:
        write("zsync.yaml", config)
    if suppressed is not None:
        write("suppress.csv", suppressed)
    who = ["-c", "user.name=a", "-c", "user.email=a@acme.example"]
    for args in (["init", "-q", "-b", "main"], ["add", "relations"], [*who, "commit", "-q", "-m", "Spring"]):
        subprocess.run(["git", *args], check=True)


def plan(run: Run, *more: str) -> Ended:
    return run("plan", "--base", "main", "--out", "plan.json", *more)


def saved() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path("plan.json").read_text())
    return found


def kept_out() -> list[tuple[str, str, bool]]:
    """Who is withheld for consent, by what, and whether it is the base's rule."""
    return [
        (row["label"], row["objection"]["cause"], row["objection"]["base"])
        for row in saved()["withheld"]
        if row["reason"] == "consent"
    ]


def test_who_is_suppressed_stays_out_and_every_later_plan_is_green(run: Run, crm: RunningCrm) -> None:
    commit()
    wants("ana@acme.example", "BO@acme.example")
    told = plan(run)
    assert told.code == 0
    assert "withheld  + BO@acme.example  not added: listed in relations/suppress.csv:2" in told.out
    assert "1 withheld: 1 consent" in told.out
    applied = run("apply", "plan.json", "--report", "report.json")
    assert applied.code == 0
    assert crm.rows(MEMBERS).keys() == {"301"}
    assert run("verify").code == 0
    assert plan(run, "--detailed-exitcode").code == 0
    assert [row["related_record_id"] for row in json.loads(Path("report.json").read_text())["open"]] == [
        "302"
    ]


@pytest.mark.parametrize(
    ("config", "suppressed"),
    [
        (CONFIG, "Email\ncy@acme.example\n"),
        (CONFIG.replace("never: [suppress.csv]", "off: why not"), None),
        (CONFIG.partition("consent")[0], SUPPRESSED),
        (CONFIG.replace("never", "types: {Email: {off: why not}}\n  never"), SUPPRESSED),
        (CONFIG.replace("production: {}", "production: {consent: {off: why not}}"), SUPPRESSED),
        (CONFIG.replace("production", "renamed"), "Email\n"),
    ],
    ids=["line", "off", "all", "type", "environment", "renamed"],
)
def test_what_a_branch_loosens_counts_from_the_next_merge_on(
    run: Run, config: str, suppressed: str | None
) -> None:
    commit()
    write("zsync.yaml", config)
    if suppressed is not None:
        write("suppress.csv", suppressed)
    wants("ana@acme.example", "bo@acme.example")
    told = plan(run)
    assert kept_out() == [("bo@acme.example", "never", True)]
    assert "listed in relations/suppress.csv:2 (the base's rule)" in told.out


def test_what_a_branch_tightens_counts_at_once(run: Run) -> None:
    commit()
    write("suppress.csv", SUPPRESSED + "ana@acme.example\n")
    plan(run)
    assert kept_out() == [("ana@acme.example", "never", False)]
    assert [(one["file"], one["way"]) for one in saved()["settings"]] == [
        ("relations/suppress.csv", "tightens")
    ]


def test_the_loosening_stands_first_and_names_nobody(run: Run) -> None:
    commit()
    write("suppress.csv", "Email\ncy@acme.example\ndi@acme.example\n")
    comment = plan(run, "--format", "markdown", "--redact").out
    assert "**Loosens a guard once merged:** `relations/suppress.csv` `2 entries`" in comment
    assert "`2 entries, 1 removed, 1 added`" in comment
    assert comment.index("Loosens") < comment.index("#### ")
    assert "@acme.example" not in comment


@pytest.mark.parametrize("config", [None, CONFIG.partition("consent")[0]])
def test_a_base_that_says_nothing_asks_everybody(run: Run, crm: RunningCrm, config: str | None) -> None:
    commit(config, None)
    write("zsync.yaml", CONFIG.replace("never: [suppress.csv]", "off: why not"))
    crm.edit("301", Email_Opt_Out=True)
    plan(run)
    assert kept_out() == [("ana@acme.example", "field", True)]
    assert run("plan", "--no-base", "--out", "plan.json").code == 0
    assert kept_out() == []


def test_a_list_that_the_base_has_lost_refuses(run: Run) -> None:
    commit(CONFIG, None)
    write("suppress.csv", SUPPRESSED)
    told = plan(run)
    assert told.code == 5
    assert "suppress.csv" in told.out + told.err


def test_a_linked_list_of_the_base_refuses(run: Run) -> None:
    Path("relations").mkdir()
    Path("people.csv").write_text(SUPPRESSED)
    Path("relations/suppress.csv").symlink_to("../people.csv")
    commit(CONFIG, None)
    Path("relations/suppress.csv").unlink()
    write("suppress.csv", "")
    assert plan(run).code == 5


def test_apply_asks_by_the_bases_list_as_well(run: Run, crm: RunningCrm) -> None:
    commit()
    write("suppress.csv", "Email\n")
    write(
        "spring.yaml",
        'version: 1\nparent: {module: Campaigns, id: "501"}\nrelated_lists:\n  Leads:\n    records:\n      - {id: "301", Member_Status: Planned}\n',
    )
    plan(run)
    # The record of the plan has the address of somebody else by now, whom only the base's list names.
    crm.edit("301", Email="cy@acme.example")
    told = run("apply", "plan.json")
    assert told.code == 3
    assert "not sent: listed in relations/suppress.csv:3 (the base's rule)" in told.out


def test_who_says_no_after_the_review_is_held_with_the_reason(run: Run, crm: RunningCrm) -> None:
    commit()
    wants("ana@acme.example")
    plan(run)
    crm.edit("301", Email_Opt_Out=True)
    told = run("apply", "plan.json", "--report", "report.json", "--format", "junit")
    assert told.code == 3
    (outcome,) = json.loads(Path("report.json").read_text())["outcomes"]
    assert outcome["status"] == "held"
    assert outcome["objection"] == {
        "cause": "field",
        "field": "Email_Opt_Out",
        "value": True,
        "file": "",
        "line": 0,
        "base": False,
    }
    assert "not sent: Email_Opt_Out is true" in run("show", "report.json").out
    assert (
        "not sent: Email_Opt_Out is true"
        in run("show", "report.json", "--format", "markdown", "--redact").out
    )


def test_undo_leaves_out_who_said_no_since(run: Run, crm: RunningCrm) -> None:
    commit()
    for one in ("301", "302"):
        crm.link(MEMBERS, {"id": one, "Member_Status": "Planned"})
    wants()
    Path("relations/spring.yaml").write_text(
        Path("relations/spring.yaml")
        .read_text()
        .replace("key: Email", "key: Email\n    prune: true\n    allow_empty: true")
    )
    assert run("apply", "--base", "main", "--auto-approve").code == 0
    assert crm.rows(MEMBERS) == {}
    crm.edit("301", Email_Opt_Out=True)
    write("suppress.csv", "Email\n")
    told = run("undo", "last", "--auto-approve", "--no-base")
    assert told.code == 0
    assert "not added: Email_Opt_Out is true" in told.out + told.err
    assert crm.rows(MEMBERS).keys() == {"302"}


def test_who_opted_out_may_be_taken_out_past_the_guard_that_protects_them(run: Run, crm: RunningCrm) -> None:
    guard = "guards:\n  protected_records: [{module: Leads, field: Email_Opt_Out, name: 'true'}]\n"
    commit(CONFIG + guard)
    for one in ("301", "302"):
        crm.edit(one, Email_Opt_Out=True)
        crm.link(MEMBERS, {"id": one, "Member_Status": "Planned"})
    wants("ana@acme.example", status="Sent")
    told = plan(run)
    assert told.code == 5
    assert "protected_records" in told.out
    text = Path("relations/spring.yaml").read_text()
    Path("relations/spring.yaml").write_text(
        text.replace("Sent", "Planned") + "    absent: [{Email: bo@acme.example}]\n"
    )
    assert plan(run).code == 0
    assert run("apply", "plan.json").code == 0
    assert crm.rows(MEMBERS).keys() == {"301"}


def test_a_rehearsal_keeps_the_same_people_out(run: Run, crm: RunningCrm) -> None:
    commit(CONFIG + "  fields: {No_Mail: true}\n".replace("No_Mail", "Description"))
    crm.edit("301", Email_Opt_Out=True)
    wants("ana@acme.example", "bo@acme.example")
    assert run("plan", "--snapshot", "seen.json", "--base", "main").code == 0
    told = run("rehearse", "--snapshot", "seen.json")
    assert "not added: Email_Opt_Out is true" in told.out
    assert "not added: listed in relations/suppress.csv:2" in told.out
    alone = run("rehearse", "--no-base")
    assert alone.code == 0
    assert "1 withheld: 1 consent" in alone.out


def test_a_field_that_nobody_has_is_an_error_with_its_place(run: Run) -> None:
    commit(CONFIG + "  fields: {Email_Opt_Ot: true}\n")
    told = plan(run)
    assert told.code == 4
    assert "relations/zsync.yaml:6:12" in told.err
    assert "Did you mean Email_Opt_Out?" in told.err


def test_there_is_no_way_around_it_on_the_command_line(run: Run) -> None:
    commit()
    told = plan(run, "--override", "consent", "--reason", "just once")
    assert told.code == 64
    assert "there is no guard 'consent'" in told.err


def test_consent_is_explained(run: Run) -> None:
    assert "max_withheld" in run("explain", "consent").out
    assert run("explain", "unseen-consent").code == 0


def test_a_list_that_is_missing_is_told_offline(run: Run) -> None:
    commit()
    Path("relations/suppress.csv").unlink()
    told = run("validate")
    assert told.code == 4
    assert "error[missing-file]: there is no file `suppress.csv`" in told.err
    assert "relations/zsync.yaml:5:11" in told.err


def test_a_colleague_who_takes_out_an_opted_out_person_makes_no_drift(run: Run, crm: RunningCrm) -> None:
    commit()
    crm.edit("301", Email_Opt_Out=True)
    told = run("drift", "--base", "main")
    assert told.code == 0
    assert "1 withheld: 1 consent" in told.out


def test_the_guards_commit_says_whom_the_base_keeps_out(run: Run) -> None:
    commit(None, None)
    write("zsync.yaml", CONFIG)
    write("suppress.csv", SUPPRESSED)
    who = ["-c", "user.name=a", "-c", "user.email=a@acme.example"]
    for args in (["add", "relations"], [*who, "commit", "-q", "-m", "Consent"]):
        subprocess.run(["git", *args], check=True)
    write("suppress.csv", "Email\n")
    wants("ana@acme.example", "bo@acme.example")
    assert run("plan", "--base", "HEAD~1", "--guards-of", "HEAD", "--out", "plan.json").code == 0
    assert kept_out() == [("bo@acme.example", "never", True)]


def test_without_the_bases_commit_todays_list_alone_is_asked_again(run: Run, crm: RunningCrm) -> None:
    commit()
    plan(run)
    shutil.rmtree(".git")
    write("suppress.csv", SUPPRESSED + "ana@acme.example\n")
    told = run("apply", "plan.json")
    assert told.code == 3
    assert "not sent: listed in relations/suppress.csv:4" in told.out
    assert crm.rows(MEMBERS) == {}


def test_a_resumed_run_asks_again(run: Run, crm: RunningCrm) -> None:
    commit(CONFIG.replace("production: {}", 'production: {waves: ["1", rest]}'))
    wants("ana@acme.example", "cy@acme.example")
    crm.add("Leads", id="303", Last_Name="Cy", Email="cy@acme.example")
    write("suppress.csv", "Email\n")
    assert run("plan", "--no-base", "--out", "plan.json").code == 0
    crm.refuse_next("NO_PERMISSION", method="PUT")
    assert run("apply", "plan.json").code == 8
    crm.edit("301", Email_Opt_Out=True)
    crm.edit("303", Email_Opt_Out=True)
    assert run("resume", "last", "--auto-approve").code == 3
    assert crm.rows(MEMBERS) == {}


def test_from_the_leads_side_apply_asks_the_lead(run: Run, crm: RunningCrm) -> None:
    commit(CONFIG, "Email\n")
    write(
        "spring.yaml",
        "version: 1\nparent: {module: Leads, match: {Email: bo@acme.example}}\nrelated_lists:\n  Campaigns:\n"
        "    key: Campaign_Name\n    records:\n      - {Campaign_Name: Spring, Member_Status: Planned}\n",
    )
    assert run("plan", "--no-base", "--out", "plan.json").code == 0
    crm.edit("302", Email_Opt_Out=True)
    told = run("apply", "plan.json")
    assert told.code == 3
    assert "not sent: Email_Opt_Out is true" in told.out
    assert crm.rows(MEMBERS) == {}


def test_a_conflict_that_is_decided_for_git_still_asks_the_person(run: Run, crm: RunningCrm) -> None:
    commit()
    crm.link(MEMBERS, {"id": "301", "Member_Status": "Opted Out"})
    crm.edit("301", Email_Opt_Out=True)
    wants("ana@acme.example", status="Sent")
    plan(run)
    assert [row["reason"] for row in saved()["withheld"]] == ["conflict"]
    plan(run, "--override", f"conflicts={MEMBERS}/301", "--reason", "agreed")
    assert kept_out() == [("ana@acme.example", "field", False)]
