"""Guards through the command line, on the bundled CRM: refused when planned, refused when applied, set aside aloud."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.program import Run
from zsync.emulator import RunningCrm, running
from zsync.guards.evaluation import GUARDS

WORLD: dict[str, Any] = {
    "records": {
        "Campaigns": [{"id": "501", "Campaign_Name": "Spring"}, {"id": "502", "Campaign_Name": "Newsletter"}],
        "Leads": [
            {"id": str(300 + n), "Last_Name": f"L{n}", "Email": f"l{n}@acme.example"} for n in range(12)
        ],
        "Products": [
            {"id": "601", "Product_Name": "Tea", "Product_Code": "TEA", "Unit_Price": 10},
            {"id": "602", "Product_Name": "Pot", "Product_Code": "POT"},
        ],
        "Price_Books": [{"id": "701", "Price_Book_Name": "Retail"}],
    },
    "relations": {
        "Campaigns/501/Leads": [{"id": str(300 + n), "Member_Status": "Sent"} for n in range(10)],
        "Campaigns/502/Leads": [{"id": "300", "Member_Status": "Sent"}],
        "Price_Books/701/Products": [{"id": "601", "list_price": 9}],
    },
}


@pytest.fixture
def crm() -> Iterator[RunningCrm]:
    """A campaign of ten leads, one of one, and a price book."""
    with running(WORLD) as bundled:
        yield bundled


@pytest.fixture
def variables(crm: RunningCrm) -> Mapping[str, str]:
    """Those that point zsync at it."""
    return crm.environment()


@pytest.fixture
def call(run: Run, tmp_path: Path) -> Run:
    """`call("plan")`: the command line beside the CRM, in a folder that has room for manifests."""
    (tmp_path / "relations").mkdir()
    return run


def guards(text: str) -> None:
    """The `guards:` of zsync.yaml."""
    Path("relations/zsync.yaml").write_text(f"version: 1\nguards:\n  {text}\n")


def members(*rows: str, absent: tuple[int, ...] = (), campaign: str = "501", name: str = "spring") -> None:
    """A manifest of one campaign's leads."""
    gone = ", ".join(f"{{Email: l{n}@acme.example}}" for n in absent)
    Path(f"relations/{name}.yaml").write_text(
        f'version: 1\nparent: {{module: Campaigns, id: "{campaign}"}}\nrelated_lists:\n  Leads:\n    key: Email\n'
        f"    records: [{', '.join(rows)}]\n    absent: [{gone}]\n"
    )


def prices(*rows: str) -> None:
    """A manifest of the price book."""
    Path("relations/retail.yaml").write_text(
        'version: 1\nparent: {module: Price_Books, id: "701"}\nrelated_lists:\n  Products:\n    key: Product_Code\n'
        f"    records: [{', '.join(rows)}]\n"
    )


def written(crm: RunningCrm) -> list[str]:
    """The requests that write."""
    return [one.method for one in crm.requests if one.method in ("PUT", "DELETE")]


@pytest.mark.parametrize(("gone", "code"), [((0,), 0), ((0, 1), 5)])
def test_a_per_cent_is_of_what_the_list_holds_now(call: Run, gone: tuple[int, ...], code: int) -> None:
    guards("max_deletes: 10%")
    members(absent=gone)
    assert call("plan").code == code


def test_a_refused_plan_is_shown_then_refused_saved_marked_and_not_applied(
    call: Run, crm: RunningCrm
) -> None:
    guards("max_deletes: 1")
    members(absent=(0, 1))
    said = call("plan", "--out", "plan.json", "--detailed-exitcode")
    assert said.code == 5
    assert "- l0@acme.example" in said.out
    assert (
        "REFUSED by 1 guard: max_deletes\n  max_deletes: 2 rows would be deleted, the limit is 1" in said.out
    )
    assert "relations/zsync.yaml:3:16" in said.out
    assert "marked as refused" in said.err
    assert json.loads(Path("plan.json").read_text())["verdicts"][0]["guard"] == "max_deletes"
    assert call("show", "plan.json").out == said.out
    for command in (("apply", "plan.json"), ("apply", "--auto-approve")):
        assert call(*command).code == 5
    assert written(crm) == []


@pytest.mark.parametrize("form", ["text", "json", "markdown"])
def test_every_format_says_that_a_plan_is_refused_and_what_was_set_aside(call: Run, form: str) -> None:
    guards("max_deletes: 1\n  max_changes: 1")
    members(absent=(0, 1))
    said = call("plan", "--format", form, "--override", "max_deletes", "--reason", "the fair is off")
    assert said.code == 5
    for told in ("max_changes", "max_deletes", "the fair is off"):
        assert told in said.out


def test_a_guard_is_set_aside_for_one_run_and_this_is_recorded(call: Run, crm: RunningCrm) -> None:
    guards("max_deletes: 1")
    members(absent=(0, 1))
    aside = ("--override", "max_deletes", "--reason", "the fair is off")
    assert call("plan", "--out", "plan.json", *aside).code == 0
    said = call("apply", "plan.json", "--report", "report.json")
    assert (said.code, "OVERRIDDEN: max_deletes, because: the fair is off" in said.out) == (0, True)
    report = json.loads(Path("report.json").read_text())
    assert report["plan"]["overrides"] == [
        {"guard": "max_deletes", "reason": "the fair is off", "selector": ""}
    ]
    assert report["overrides"] == []
    assert len(crm.rows("Campaigns/501/Leads")) == 8


def test_a_guard_is_set_aside_when_a_refused_plan_is_applied(call: Run, crm: RunningCrm) -> None:
    guards("max_deletes: 1")
    members(absent=(0, 1))
    call("plan", "--out", "plan.json")
    aside = ("--override", "max_deletes", "--reason", "the fair is off")
    said = call("apply", "plan.json", "--report", "report.json", *aside)
    assert (said.code, "OVERRIDDEN: max_deletes" in said.out) == (0, True)
    assert json.loads(Path("report.json").read_text())["overrides"][0]["reason"] == "the fair is off"
    assert len(crm.rows("Campaigns/501/Leads")) == 8


def test_the_journal_keeps_what_was_set_aside_so_that_resume_need_not_be_told(
    call: Run, crm: RunningCrm
) -> None:
    guards("max_deletes: 1")
    members(absent=(0, 1))
    call("plan", "--out", "plan.json")
    call("apply", "plan.json", "--override", "max_deletes", "--reason", "the fair is off")
    (journal,) = Path("state").rglob("*.jsonl")
    assert '"the fair is off"' in journal.read_text()
    assert call("resume", "last").code == 0


@pytest.mark.parametrize(
    "flags",
    [
        ("--override", "max_delete", "--reason", "why"),
        ("--override", "max_deletes"),
        ("--reason", "why"),
        ("--override", "max_deletes", "--reason", " "),
        ("--override", "max_deletes", "--override", "freeze", "--reason", "why"),
        ("--override", "freeze", "--reason", "why"),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("command", [("plan",), ("apply", "--auto-approve")], ids=" ".join)
def test_an_override_wants_a_guard_in_force_and_a_reason(
    call: Run, crm: RunningCrm, command: tuple[str, ...], flags: tuple[str, ...]
) -> None:
    guards("max_deletes: 1")
    members(absent=(0, 1))
    assert call(*command, *flags).code == 64
    assert written(crm) == []


@pytest.mark.parametrize("then", ["max_deletes: 5", "max_deletes: 1\n  max_creates: 1", ""])
def test_a_plan_made_under_another_configuration_is_not_applied(
    call: Run, crm: RunningCrm, then: str
) -> None:
    guards("max_deletes: 1")
    members(absent=(0,))
    assert call("plan", "--out", "plan.json").code == 0
    guards(then) if then else Path("relations/zsync.yaml").unlink()
    said = call("apply", "plan.json")
    assert (said.code, "the plan was made" in said.err) == (6, True)
    assert written(crm) == []
    guards("max_deletes: 1   # as it was")
    assert call("apply", "plan.json").code == 6
    guards("max_deletes: 1")
    assert call("apply", "plan.json").code == 0


def test_deleting_a_manifest_does_not_delete_its_guard(call: Run, crm: RunningCrm) -> None:
    guards('protected_records: [{module: Campaigns, name: "newsletter*"}]')
    members("{Email: l0@acme.example, Member_Status: Sent}", campaign="502", name="newsletter")
    assert call("plan").code == 0
    Path("relations/newsletter.yaml").unlink()
    Path("relations/lead.yaml").write_text(
        "version: 1\nparent: {module: Leads, match: {Email: l0@acme.example}}\nrelated_lists:\n"
        "  Campaigns:\n    absent: [{id: '502'}]\n"
    )
    said = call("apply", "--auto-approve")
    assert (said.code, "protected_records" in said.err) == (5, True)
    assert written(crm) == []


@pytest.mark.parametrize(
    ("code", "price", "exit_code"), [("TEA", "5", 0), ("TEA", "4.99", 5), ("POT", "99", 5)]
)
def test_a_bound_names_a_field_of_the_product(call: Run, code: str, price: str, exit_code: int) -> None:
    guards("list_price: {min: 0.5 * Unit_Price}")
    prices(f"{{Product_Code: {code}, list_price: {price}}}")
    said = call("plan", "--out", "plan.json")
    assert said.code == exit_code
    assert ("cannot be evaluated" in said.out) is (code == "POT")
    records = json.loads(Path("plan.json").read_text())["facts"]["records"]
    assert [one["fields"] for one in records] == [{"Unit_Price": 10 if code == "TEA" else None}]
    assert call("apply", "plan.json").code == exit_code


def test_a_field_that_the_crm_does_not_have_refuses(call: Run) -> None:
    guards("list_price: {min: Unit_Prize}")
    prices("{Product_Code: TEA, list_price: 10}")
    said = call("plan")
    assert (said.code, "cannot be evaluated" in said.out) == (5, True)


def test_nothing_is_read_for_guards_that_ask_for_nothing(call: Run, crm: RunningCrm) -> None:
    members(absent=(0,))
    call("plan", "--out", "plan.json")
    asked = [one.path for one in crm.requests]
    guards("max_deletes: 5")
    call("plan")
    assert [one.path for one in crm.requests][len(asked) :] == asked[-(len(crm.requests) - len(asked)) :]
    (listed,) = json.loads(Path("plan.json").read_text())["facts"]["lists"]
    assert (listed["related_list"], listed["related_module"], listed["current"]) == ("Leads", "Leads", 10)


def test_the_same_list_is_guarded_from_the_leads_side(call: Run, crm: RunningCrm) -> None:
    guards("min_size: [{module: Campaigns, name: newsletter, list: Leads, rows: 1}]")
    Path("relations/lead.yaml").write_text(
        'version: 1\nparent: {module: Leads, id: "300"}\nrelated_lists:\n  Campaigns:\n'
        "    absent: [{id: '501'}, {id: '502'}]\n"
    )
    said = call("plan")
    assert (said.code, "Campaigns/502/Leads: 1 of 1 go, 0 stay" in said.out) == (5, True)
    assert "Campaigns/501" not in said.out.partition("REFUSED")[2]


def test_a_freeze_counts_at_the_moment_of_applying(
    call: Run, crm: RunningCrm, monkeypatch: pytest.MonkeyPatch
) -> None:
    guards("freeze: [{from: 2027-03-02, to: 2027-03-03, reason: audit}]")
    members(absent=(0,))
    noon = {day: str(1803902400 + 86400 * (day - 1)) for day in (1, 2, 4)}
    monkeypatch.setenv("SOURCE_DATE_EPOCH", noon[1])
    assert call("plan", "--out", "plan.json").code == 0
    monkeypatch.setenv("SOURCE_DATE_EPOCH", noon[2])
    said = call("apply", "plan.json")
    assert (said.code, "audit" in said.err) == (5, True)
    assert call("plan", "--out", "frozen.json").code == 5
    assert written(crm) == []
    monkeypatch.setenv("SOURCE_DATE_EPOCH", noon[4])
    assert call("apply", "frozen.json").code == 0


@pytest.mark.parametrize(("keep", "code"), [(1, 0), (10**9, 5)])
def test_credits_that_zoho_does_not_tell_want_the_days_number(call: Run, keep: int, code: int) -> None:
    members(absent=(0,))
    guards(f"credits: {keep}")
    assert call("plan").code == 5
    guards(f"credits: {{keep: {keep}, daily: 5000}}")
    assert call("plan", "--out", "plan.json").code == code
    assert call("apply", "plan.json").code == code


def test_an_environment_tightens_what_holds_for_all(call: Run) -> None:
    Path("relations/zsync.yaml").write_text(
        "version: 1\nguards: {max_deletes: 2}\nenvironments:\n  strict: {guards: {max_deletes: 1}}\n  plain: {}\n"
    )
    members(absent=(0, 1))
    assert call("plan", "-e", "plain", "--out", "plan.json").code == 0
    assert call("plan", "-e", "strict").code == 5
    assert call("apply", "plan.json").code == 0


def test_an_undo_is_guarded_as_any_plan(call: Run, crm: RunningCrm) -> None:
    guards("member_status: {order: [Planned, Sent, Responded]}\n  max_deletes: 20%")
    members(
        "{Email: l2@acme.example, Member_Status: Responded}", "{Email: l11@acme.example, Member_Status: Sent}"
    )
    assert call("apply", "--auto-approve").code == 0
    said = call("undo", "last", "--out", "undo.json")
    assert (said.code, "REFUSED by 1 guard: member_status" in said.out) == (5, True)
    assert call("apply", "undo.json").code == 5
    assert call("apply", "undo.json", "--override", "member_status", "--reason", "a mistake").code == 0
    assert crm.rows("Campaigns/501/Leads")["302"]["Member_Status"] == "Sent"


def test_what_a_guard_saw_is_masked_where_the_plan_is(call: Run) -> None:
    guards('protected_records: [{module: Leads, field: Email, name: "l1@*"}]')
    members(absent=(1,))
    call("plan", "--out", "plan.json")
    said = [
        call("plan", "--redact"),
        call("plan", "--format", "markdown"),
        call("apply", "plan.json", "--redact"),
    ]
    assert [one.code for one in said] == [5, 5, 5]
    assert "l1@" not in "".join(one.out + one.err for one in said)


@pytest.mark.parametrize("name", GUARDS)
def test_every_guard_is_explained(call: Run, name: str) -> None:
    said = call("explain", name)
    assert (said.code, GUARDS[name] in said.out, f"--override {name}" in said.out) == (0, True, True)
