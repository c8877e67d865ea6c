"""`zsync who NAME --forget` takes a person out of the files, and touches neither the CRM nor anybody else."""

import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.program import Run
from zsync.emulator import RunningCrm, running

WORLD: Mapping[str, Any] = {
    "records": {
        "Leads": [
            {"id": "301", "First_Name": "Zoë", "Last_Name": "Ngata", "Email": "zoë@acme.example"},
            {"id": "302", "Last_Name": "Lind", "Email": "bo@acme.example"},
        ],
        "Contacts": [{"id": "401", "Last_Name": "Ngata", "Email": "zoë@acme.example"}],
        "Campaigns": [{"id": "501", "Campaign_Name": "Spring"}, {"id": "502", "Campaign_Name": "Autumn"}],
    },
    "relations": {"Campaigns/501/Leads": [{"id": "301", "Member_Status": "Sent"}]},
}
SPRING = """version: 1
parent: {module: Campaigns, match: {Campaign_Name: Spring}}
related_lists:
  Leads:
    key: Email
    records:
      - {Email: ZOË@acme.example, Member_Status: Sent}  # Zoë asked
      - {Email: bo@acme.example}
    from: {csv: more.csv}
  Contacts:
    records:
      - {id: "401", Member_Status: Sent}  # Zoë Ngata
"""
CSV = "Email,Member_Status\nzoe@acme.example,Sent\n"
LEAD = """version: 1
parent: {module: Leads, match: {Email: zoë@acme.example}}
related_lists: {Campaigns: {key: Campaign_Name, records: [{Campaign_Name: Autumn}]}}
"""


@pytest.fixture(scope="module")
def crm() -> Iterator[RunningCrm]:
    with running(WORLD) as started:
        yield started


@pytest.fixture
def variables(crm: RunningCrm) -> Mapping[str, str]:
    return crm.environment()


@pytest.fixture
def tree(run: Run) -> Run:
    for name, text in {
        "relations/spring.yaml": SPRING,
        "relations/more.csv": "Email,Member_Status\ncy@acme.example,Sent\n",
        "relations/lead.yaml": LEAD,
        "relations/zsync.yaml": "version: 1\nconsent: {never: [zoë@acme.example]}\n",
        "notes.md": "# Calls\nAsk ZOË@ACME.example first.\n",
        "plan.json": '{"format":"zsync.plan/2","label":"zo\\u00eb@acme.example"}\n',
        "other.json": '{"who": "bo@acme.example"}\n',
    }.items():
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text(text)
    return run


def files() -> dict[str, bytes]:
    return {
        str(path): path.read_bytes()
        for path in sorted(Path().rglob("*.*"))
        if path.is_file() and "cache" not in path.parts
    }


def test_a_dry_run_shows_the_diff_and_writes_nothing(tree: Run, crm: RunningCrm) -> None:
    before, state = files(), crm.state()
    ended = tree("who", "zoë@acme.example", "--forget", "--dry-run")
    assert (ended.code, files(), crm.state()) == (0, before, state)
    assert "-      - {Email: ZOË@acme.example, Member_Status: Sent}  # Zoë asked" in ended.out
    assert '-      - {id: "401", Member_Status: Sent}  # Zoë Ngata' in ended.out
    assert "-parent: {module: Leads, match: {Email: zoë@acme.example}}" in ended.out
    assert "Would take this person out of 2 files. The CRM is not touched." in ended.out


def test_all_rows_go_and_what_else_has_the_name_is_listed(tree: Run, crm: RunningCrm) -> None:
    before, state = files(), crm.state()
    crm.requests.clear()
    ended = tree("who", "zoë@acme.example", "--forget")
    assert ended.code == 0
    assert {seen.method for seen in crm.requests} == {"GET", "POST"}
    assert {seen.path for seen in crm.requests if seen.method == "POST"} <= {
        "/oauth/v2/token",
        "/crm/v8/coql",
    }
    assert crm.state() == state
    after = files()
    assert before.keys() - after.keys() == {"relations/lead.yaml"}
    assert {name for name in after if after[name] != before[name]} == {"relations/spring.yaml"}
    assert "zo" not in after["relations/spring.yaml"].decode().casefold()
    assert "bo@acme.example" in after["relations/spring.yaml"].decode()
    kept, _, rest = ended.out.partition("Still named in these files")
    assert "keeps them out of campaigns:\n  relations/zsync.yaml:2" in kept
    assert "  notes.md:2\n" in rest
    assert "  plan.json\n" in rest.partition("Plans, reports and journals")[2]
    assert "other.json" not in ended.out
    assert tree("validate").code == 0
    again = tree("who", "zoë@acme.example", "--forget")
    assert (again.code, files()) == (0, after)
    assert "nothing was changed" in again.out


def test_rows_of_a_sheet_go_by_the_name_though_the_crm_knows_nobody(tree: Run) -> None:
    Path("relations/more.csv").write_text(CSV + "cy@acme.example,Sent\n")
    ended = tree("who", "zoe@acme.example", "--forget")
    assert ended.code == 0
    assert Path("relations/more.csv").read_text() == "Email,Member_Status\ncy@acme.example,Sent\n"


def test_a_journal_that_holds_the_name_is_listed(tree: Run, crm: RunningCrm) -> None:
    Path("relations/zsync.yaml").unlink()
    Path("relations/more.csv").write_text("Email,Member_Status\nbo@acme.example,Sent\n")
    Path("relations/spring.yaml").write_text(SPRING.replace("      - {Email: bo@acme.example}\n", ""))
    assert tree("apply", "--auto-approve").code == 0
    (journal,) = Path("state").rglob("*.jsonl")
    out = tree("who", "zoë@acme.example", "--forget", "--dry-run").out
    assert f"  {journal.resolve()}\n" in out
    crm.delink("Campaigns/501/Leads", "302")
    crm.delink("Campaigns/501/Contacts", "401")
    crm.delink("Campaigns/502/Leads", "301")


def test_a_campaign_is_no_person_and_several_persons_are_none(tree: Run) -> None:
    before = files()
    campaign, several = tree("who", "Autumn", "--forget"), tree("who", "Contacts/401", "--dry-run")
    assert (campaign.code, several.code) == (64, 64)
    assert "--forget takes persons out of the files, and this is one of Campaigns" in campaign.err
    assert tree("who", "bo@acme.example", "--forget", "--format", "json").code == 64
    assert files() == before


def test_a_file_that_cannot_be_replaced_leaves_all_as_they_were(tree: Run) -> None:
    real = Path("real.yaml")
    Path("relations/spring.yaml").rename(real)
    Path("relations/spring.yaml").symlink_to(real.resolve())
    before = files()
    ended = tree("who", "zoë@acme.example", "--forget")
    assert (ended.code, files()) == (4, before)
    assert "is a link" in ended.err


def test_redacted_the_diff_and_the_list_name_nobody(tree: Run) -> None:
    ended = tree("who", "zoë@acme.example", "--forget", "--dry-run", "--redact")
    assert ended.code == 0
    assert "zoë@" not in (ended.out + ended.err).lower()


def test_git_shows_deleted_lines_alone(tree: Run) -> None:
    git = ["git", "-c", "user.email=a@acme.example", "-c", "user.name=a"]
    for args in (["init", "-q"], ["add", "relations"], ["commit", "-qm", "one"]):
        subprocess.run([*git, *args], check=True)
    ended = tree("who", "zoë@acme.example", "--forget")
    stat = subprocess.run(["git", "diff", "--numstat"], check=True, capture_output=True, text=True).stdout
    assert [line.split()[:2] for line in stat.splitlines()] == [["0", "3"], ["1", "3"]]
    assert "Git's history" in ended.err
