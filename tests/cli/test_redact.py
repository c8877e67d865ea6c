"""Personal data searched for in all that commands print, in every format and on every way to an error."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.foreign.conftest import Write
from tests.foreign.crm import Canned, Foreign
from tests.program import Ended, Run

TOKEN = re.compile(r"person-[0-9a-f]{10}")
ANA, BO = "canary.ana@acme.example", "canary.bo@acme.example"
NOOR = "Canary Noor O'Quill"

SPRING = f"""version: 1
parent: {{module: Campaigns, match: {{Campaign_Name: Spring}}}}
related_lists:
  Leads:
    key: Email
    prune: true
    records:
      - {{Email: {ANA}, Member_Status: Sent}} # Canary knows
      - {{Email: {BO}, Member_Status: Sent}}
"""
LEAD = f"""version: 1
parent: {{module: Leads, match: {{Full_Name: "{NOOR}"}}}}
related_lists:
  Campaigns:
    key: Campaign_Name
    records:
      - {{Campaign_Name: Autumn, Member_Status: Planned}}
      - {{Campaign_Name: Winter, Member_Status: Planned}}
  Products:
    key: Product_Name
    records: [{{Product_Name: Tea}}]
"""


@pytest.fixture
def people(crm: Foreign, write: Write) -> Foreign:
    """Leads that are to be created, updated, deleted, and one that is a parent."""
    for number, name in (("50", "Spring"), ("51", "Autumn"), ("52", "Winter")):
        crm.add("Campaigns", number, Campaign_Name=name)
    crm.add("Products", "70", Product_Name="Tea")
    for number, email in (("11", ANA), ("12", BO), ("13", "canary.old@acme.example")):
        crm.add("Leads", number, Email=email, Full_Name=f"Canary {number}")
    crm.add("Leads", "14", Email="canary.noor@acme.example", Full_Name=NOOR)
    crm.link("Campaigns", "50", "Leads", "11", Member_Status="Invited")
    crm.link("Campaigns", "50", "Leads", "13", Member_Status="Invited")
    write("spring.yaml", SPRING)
    write("noor.yaml", LEAD)
    return crm


def hidden(said: Ended) -> bool:
    """Whether nothing that was printed names anybody."""
    return not re.search(r"canary|quill|noor\b(?!\.yaml)", said.out + said.err, re.IGNORECASE)


FORMS = ["text", "json", "markdown"]


@pytest.mark.parametrize("form", FORMS)
def test_nothing_on_the_way_from_a_plan_to_its_undoing_names_anybody(
    people: Foreign, run: Run, form: str
) -> None:
    people.refuse["12"] = "INVALID_DATA"
    flags = ("--redact", "--format", form)
    ways = [
        ("validate", "--redact"),
        ("plan", "--out", "plan.json", *flags),
        ("show", "plan.json", *flags),
        ("verify", *flags),
        ("apply", "plan.json", "--report", "report.json", *flags),
        ("show", "report.json", *flags),
        ("apply", "--auto-approve", *flags),
        ("resume", "last", *flags),
        ("undo", "last", *flags),
    ]
    said = [run(*way) for way in ways]
    assert [one for one in said if not hidden(one)] == []
    assert [one.code for one in said] == [0, 0, 0, 2, 3, 0, 3, 3, 0]
    assert TOKEN.search(said[1].out)


def test_the_plan_file_and_the_report_file_are_whole(people: Foreign, run: Run, tmp_path: Path) -> None:
    run("plan", "--out", "plan.json", "--redact")
    assert run("apply", "plan.json", "--report", "report.json", "--redact").code == 0
    assert people.members("Campaigns", "50", "Leads").keys() == {"11", "12"}
    for name in ("plan.json", "report.json"):
        assert ANA in (tmp_path / name).read_text()
        assert "person-" not in (tmp_path / name).read_text()


@pytest.mark.parametrize(
    ("form", "flags", "actions", "masked"),
    [
        ("text", (), "", False),
        ("text", (), "true", True),
        ("text", ("--redact",), "", True),
        ("text", ("--no-redact",), "true", False),
        ("markdown", (), "", True),
        ("markdown", ("--no-redact",), "true", False),
        ("json", (), "true", False),
        ("json", ("--redact",), "", True),
    ],
)
def test_what_is_masked_by_itself(
    people: Foreign, run: Run, monkeypatch: pytest.MonkeyPatch,
    form: str, flags: tuple[str, ...], actions: str, masked: bool,
) -> None:  # fmt: skip
    monkeypatch.setenv("GITHUB_ACTIONS", actions)
    said = run("plan", "--format", form, *flags)
    assert hidden(said) is masked
    assert "Spring" in said.out


def test_a_variable_says_it_for_all_commands(
    people: Foreign, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZSYNC_REDACT", "1")
    assert hidden(run("plan"))
    assert not hidden(run("plan", "--no-redact"))


def test_several_formats_are_masked_each_for_itself(people: Foreign, run: Run, tmp_path: Path) -> None:
    said = run("plan", "--format", "text", "--format", "markdown=plan.md", "--format", "json=plan.json")
    assert ANA in said.out
    assert "canary" not in (tmp_path / "plan.md").read_text().lower()
    assert run("apply", "plan.json").code == 0


def test_masked_json_says_so_and_is_not_applied(people: Foreign, run: Run, tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text(run("plan", "--format", "json", "--redact").out)
    assert json.loads((tmp_path / "plan.json").read_text())["format"] == "zsync.plan/2+redacted"
    said = run("apply", "plan.json")
    assert said.code == 6
    assert "redacted" in said.err
    assert not people.sent("PUT", "DELETE")


def test_a_plan_shows_the_same_digest_masked_or_not(people: Foreign, run: Run) -> None:
    run("plan", "--out", "plan.json")
    masked, whole = (run("show", "plan.json", flag).out for flag in ("--redact", "--no-redact"))
    assert masked.splitlines()[:2] == whole.splitlines()[:2]
    assert "digest sha256:" in masked


def test_tokens_are_the_same_in_every_run_and_format_of_an_org(people: Foreign, run: Run) -> None:
    run("plan", "--out", "plan.json")
    runs = [run("plan", "--redact"), run("show", "plan.json", "--format", "markdown"), run("plan", "--format", "json", "--redact")]  # fmt: skip
    first, *others = (set(TOKEN.findall(said.out)) for said in runs)
    assert len(first) == 4
    assert others == [first, first]


def test_another_key_or_another_org_makes_other_tokens(
    people: Foreign, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = [set(TOKEN.findall(run("plan", "--redact").out))]
    people.knobs.org = "90002"
    seen.append(set(TOKEN.findall(run("plan", "--redact").out)))
    monkeypatch.setenv("ZSYNC_REDACT_KEY", "a secret")
    seen.append(set(TOKEN.findall(run("plan", "--redact").out)))
    assert len(set().union(*seen)) == 12


def test_tokens_follow_the_client_secret_of_the_environment_and_never_the_orgs_id(
    people: Foreign, run: Run, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("zsync.yaml", 'version: 1\nenvironments: {demo: {org_id: "90001"}, other: {org_id: "90001"}}\n')
    run("plan", "-e", "demo", "--out", "plan.json")

    def tokens(*names: str) -> list[frozenset[str]]:
        return [frozenset(TOKEN.findall(run("show", "plan.json", "--redact").out)) for _ in names]

    bare = tokens("first", "again")
    monkeypatch.setenv("ZSYNC_OTHER_CLIENT_SECRET", "another environment's")
    assert len({*bare, *tokens("not its own")}) == 1
    monkeypatch.setenv("ZSYNC_DEMO_CLIENT_SECRET", "its own")
    own = tokens("first", "again")
    monkeypatch.delenv("ZSYNC_DEMO_CLIENT_SECRET")
    monkeypatch.setenv("ZSYNC_CLIENT_SECRET", "")
    none = tokens("first", "again")
    assert len(set(own)) == 1
    assert len(set().union(*bare, *own, *none)) == 4 * 4


CONFIG = """version: 1
environments: {demo: {org_id: "90001"}}
personal:
  fields: {Campaign_Name: mask, Full_Name: show}
  records: {Leads: show}
"""


def test_zsync_yaml_decides_field_by_field(people: Foreign, run: Run, write: Write) -> None:
    write("zsync.yaml", CONFIG)
    run("plan", "--out", "plan.json")
    for said in (run("plan", "--redact"), run("show", "plan.json", "--redact")):
        assert ANA in said.out
        assert NOOR in said.out
        assert "Spring" not in said.out


def test_the_zsync_yaml_beside_a_saved_plans_manifests_is_heeded(
    people: Foreign, run: Run, write: Write, tmp_path: Path
) -> None:
    write("zsync.yaml", CONFIG)
    (tmp_path / "relations").rename(tmp_path / "elsewhere")
    run("plan", "elsewhere", "--out", "plan.json")
    assert "Spring" not in run("show", "plan.json", "--redact").out


def test_a_plan_is_shown_as_its_own_zsync_yaml_says_and_masked_without_it(
    people: Foreign, run: Run, write: Write
) -> None:
    config = write("zsync.yaml", "version: 1\npersonal: {fields: {Email: show}, records: {Leads: show}}\n")
    run("plan", "--out", "plan.json")
    assert ANA in run("show", "plan.json", "--redact").out
    config.write_text(config.read_text() + "# another\n")
    assert ANA not in run("show", "plan.json", "--redact").out
    config.unlink()
    assert ANA not in run("show", "plan.json", "--redact").out


def test_a_wrong_zsync_yaml_is_told(people: Foreign, run: Run, write: Write) -> None:
    run("plan", "--out", "plan.json")
    write("zsync.yaml", "version: 1\npersonal: {fields: {Email: shw}, default: hide, extra: 1}\n")
    said = run("show", "plan.json", "--redact")
    assert (said.code, "anary" in said.out) == (0, False)
    assert "3 errors" in run("validate").err
    assert "`shw`" in run("validate").err


def test_an_error_has_the_tokens_of_the_plan_where_the_org_is_known(
    people: Foreign, run: Run, write: Write
) -> None:
    write("zsync.yaml", 'version: 1\nenvironments: {demo: {org_id: "90001"}}\n')
    planned = set(TOKEN.findall(run("plan", "-e", "demo", "--redact").out))
    write(
        "spring.yaml",
        SPRING.replace("key: Email", "key: Email\n    absent: [{Email: Canary}]").replace("Spring", "Sprig"),
    )
    said = run("plan", "-e", "demo", "--redact")
    assert said.code == 4
    assert hidden(said)
    write("spring.yaml", SPRING.replace("{Email: " + ANA, "{Email: [" + ANA + "]"))
    told = set(TOKEN.findall(run("plan", "-e", "demo", "--redact").err))
    assert told & planned


WRONG: dict[str, Callable[[str], str]] = {
    "not found": lambda text: text.replace(ANA, "canary.nobody@acme.example"),
    "parent not found": lambda text: text.replace("Campaign_Name: Spring", "Nickname: Canary"),
    "twice": lambda text: text + f"      - {{Email: {ANA}, Member_Status: Sent}}\n",
    "twice for the CRM": lambda text: text + f"      - {{Email: {ANA.upper()}, Member_Status: Responded}}\n",
    "differently": lambda text: text + "---\n" + text.replace("Status: Sent", "Status: Invited"),
    "absent too": lambda text: text + f"    absent: [{{Email: {ANA}}}]\n",
    "unknown key": lambda text: text.replace("Member_Status", "Canary_Status"),
    "mistyped key": lambda text: text.replace("{Email", "{Emial"),
    "a person as key": lambda text: text.replace("prune: true", f"{ANA}: true"),
    "a person as module": lambda text: text.replace("module: Campaigns", "module: Canary"),
    "a person as id": lambda text: text.replace("{Email: " + ANA, "{id: " + ANA),
    "a list": lambda text: text.replace(ANA, f"[{ANA}]"),
    "a number": lambda text: text.replace("prune: true", "prune: Canary"),
    "broken": lambda text: text.replace(BO, f"'{BO}"),
    "tagged": lambda text: text.replace(BO, f"!canary {BO}"),
    "an alias": lambda text: text.replace(BO, "*canary"),
    "a tab": lambda text: text.replace("      - ", "\t- "),
    "a control character": lambda text: text.replace("canary.bo", "canary\x01bo"),
    "no csv": lambda text: text + "    from: {csv: canary.csv}\n",
    "bad csv": lambda text: text + "    from: {csv: rows.csv}\n",
    "ambiguous": lambda text: text.replace(ANA, "canary.two@acme.example"),
}  # fmt: skip


@pytest.mark.parametrize("way", WRONG)
@pytest.mark.parametrize("command", ["validate", "plan"])
def test_no_diagnostic_names_anybody(people: Foreign, run: Run, write: Write, command: str, way: str) -> None:
    for number in ("21", "22"):
        people.add("Leads", number, Email="canary.two@acme.example")
    write("rows.csv", 'Email,Member_Status\ncanary.x@acme.example,Sent,Canary\n"Canary')
    write("spring.yaml", WRONG[way](SPRING))
    said = run(command, "--redact")
    assert hidden(said)
    whole = run(command, "--no-redact")
    assert said.code == whole.code
    if whole.err:
        assert not hidden(whole)
        assert re.findall(r"--> .*", said.err) == re.findall(r"--> .*", whole.err)


@pytest.mark.parametrize(
    ("way", "told"),
    [
        ("not found", r"no record of Leads has Email person-[0-9a-f]{10}\n"),
        ("ambiguous", r"2 records of Leads have Email person-[0-9a-f]{10}: 21, 22\n"),
        ("twice", r"`person-[0-9a-f]{10}` is listed twice\n"),
        (
            "twice for the CRM",
            r"person-\w+ is listed twice, and the rows .*: Sent and Member_Status: Responded\n",
        ),
        ("mistyped key", r"help: did you mean `Email`\?\n"),
    ],
)
def test_a_problem_with_a_record_names_it_by_its_token(
    people: Foreign, run: Run, write: Write, way: str, told: str
) -> None:
    for number in ("21", "22"):
        people.add("Leads", number, Email="canary.two@acme.example")
    write("spring.yaml", WRONG[way](SPRING))
    said = run("plan", "--redact")
    assert hidden(said)
    assert re.search(told, said.err), said.err


def zoho(code: str, status: int, **more: object) -> tuple[int, dict[str, object]]:
    """An error answer that quotes somebody."""
    said = {
        "code": code,
        "message": f"{NOOR} ({ANA}) may not",
        "details": {"api_name": "Canary"},
        "status": "error",
    }
    return status, said | more


ANSWERS = {
    "a query is refused": ("POST", "/crm/v8/coql", *zoho("INVALID_QUERY", 400)),
    "a code that nobody knows": ("POST", "/crm/v8/coql", *zoho("canary code: (x)", 400)),
    "no permission": ("GET", "/crm/v8/Campaigns/50", *zoho("NO_PERMISSION", 403)),
    "too many calls": ("GET", "/crm/v8/Campaigns/50", *zoho("TOO_MANY_REQUESTS", 429)),
    "a server that fails": ("GET", "/crm/v8/Campaigns/50", *zoho("INTERNAL_ERROR", 500)),
    "no JSON": ("GET", "/crm/v8/org", 502, f"<html>{NOOR}</html>"),
}


@pytest.mark.parametrize("what", ANSWERS)
def test_no_error_of_the_crm_names_anybody(people: Foreign, run: Run, what: str) -> None:
    people.canned.append(Canned(*ANSWERS[what], times=99))
    said = run("plan", "--redact")
    assert said.code in (1, 4, 8)
    assert said.err.startswith("error")
    assert hidden(said)


WRITES = {
    "rows are refused": (207, {"data": [zoho("INVALID_DATA", 0)[1]] * 2}),
    "a request is refused": zoho("INVALID_DATA", 400),
    "a request is refused in words": zoho("canary says no", 400),
    "no permission": zoho("NO_PERMISSION", 403),
    "too many calls": zoho("TOO_MANY_REQUESTS", 429),
    "a lost answer": zoho("INTERNAL_ERROR", 500),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("what", WRITES)
def test_no_report_names_anybody(people: Foreign, run: Run, what: str, form: str) -> None:
    people.canned.append(Canned("PUT", "/crm/v8/", *WRITES[what], times=99))
    said = run("apply", "--auto-approve", "--redact", "--format", form)
    assert said.code in (1, 3, 8)
    assert hidden(said)


@pytest.mark.parametrize("form", FORMS)
def test_a_row_that_moved_is_held_without_a_word_of_who_moved_it(
    people: Foreign, run: Run, form: str
) -> None:
    run("plan", "--out", "plan.json")
    people.records["Leads"]["11"] |= {"Modified_By": {"name": "Canary Boss", "id": "1"}, "Modified_Time": "2027-03-01T09:00:00+01:00"}  # fmt: skip
    people.link("Campaigns", "50", "Leads", "11", Member_Status="Opted Out")
    said = run("apply", "plan.json", "--redact", "--format", form)
    assert said.code == 3
    assert hidden(said)
    shown = (
        '"Member_Status":"Opted Out"'
        if form == "json"
        else "the CRM now says Opted Out (2027-03-01 08:00 UTC)"
    )
    assert shown in said.out
    assert not hidden(run("apply", "plan.json", "--no-redact"))
