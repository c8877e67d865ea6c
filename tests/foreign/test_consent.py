"""Somebody who opted out, on the second server: kept out by every command, and free to leave."""

from pathlib import Path

import pytest

from tests.cli.conftest import spring
from tests.foreign.conftest import Write
from tests.foreign.crm import Canned, Foreign
from tests.program import Run

__all__ = ["spring"]

REST = "\n    absent: [{Email: bo@acme.example}]\n"


def test_an_opted_out_lead_is_withheld_and_all_else_is_applied_for_good(spring: Foreign, run: Run) -> None:
    spring.records["Leads"]["12"]["Email_Opt_Out"] = True
    told = run("plan", "--out", "plan.json")
    assert told.code == 0
    assert "not added: Email_Opt_Out is true" in told.out
    assert run("apply", "plan.json").code == 0
    assert spring.members("Campaigns", "50", "Leads") == {"11": {"Member_Status": "Sent"}}
    assert run("verify").code == 0
    assert run("plan", "--detailed-exitcode").code == 0


def test_who_opted_out_may_leave(spring: Foreign, run: Run) -> None:
    spring.records["Leads"]["12"]["Email_Opt_Out"] = True
    spring.link("Campaigns", "50", "Leads", "12", Member_Status="Invited")
    path = Path("relations/spring.yaml")
    text = path.read_text().replace("      - {Email: bo@acme.example, Member_Status: Sent}\n", "")
    path.write_text(text.rstrip() + REST)
    assert run("apply", "--auto-approve").code == 0
    assert spring.members("Campaigns", "50", "Leads").keys() == {"11"}


def test_who_opts_out_between_review_and_apply_is_held(spring: Foreign, run: Run) -> None:
    run("plan", "--out", "plan.json")
    spring.records["Leads"]["12"]["Email_Opt_Out"] = "true"
    told = run("apply", "plan.json")
    assert told.code == 3
    assert "not sent: Email_Opt_Out is true" in told.out
    assert spring.members("Campaigns", "50", "Leads") == {"11": {"Member_Status": "Sent"}}


@pytest.mark.parametrize("key", ["id", "Email"])
def test_an_org_without_the_field_says_so_where_somebody_would_enter(
    spring: Foreign, run: Run, write: Write, key: str
) -> None:
    spring.knobs.opt_out = False
    row = '{id: "12"}' if key == "id" else "{Email: bo@acme.example}"
    write(
        "spring.yaml",
        f"version: 1\nparent: {{module: Campaigns, id: '50'}}\nrelated_lists:\n  Leads:\n    key: {key}\n    records: [{row}]\n",
    )
    told = run("plan")
    assert told.code == 0
    assert "Leads have no field Email_Opt_Out here" in told.err
    write("zsync.yaml", "version: 1\nconsent: {fields: {Email_Opt_Out: []}}\n")
    assert "Email_Opt_Out" not in run("plan").err


def test_doctor_says_where_consent_cannot_be_seen(spring: Foreign, run: Run, write: Write) -> None:
    spring.knobs.opt_out = False
    write("zsync.yaml", 'version: 1\nconsent: {never: ["*@competitor.example"]}\n')
    told = run("doctor")
    assert told.code == 0
    assert "Leads have no field Email_Opt_Out here: whether somebody opted out cannot be seen" in told.out
    assert "name that field under `consent:` in zsync.yaml" in told.out
    assert "Contacts have no field of type email here: nobody can be found by an address" in told.out
    assert "Leads have no field of type email" not in told.out
    spring.canned.append(
        Canned("GET", "/crm/v8/settings/fields", 401, {"code": "OAUTH_SCOPE_MISMATCH", "status": "error"}, 99)
    )
    assert "the fields of Leads may not be read: whether its people said no" in run("doctor").out
