"""`zsync plan --snapshot` and `zsync rehearse`: what would happen in an org, without the org."""

import json
import stat
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.cli.conftest import MANIFEST
from tests.foreign.conftest import Write
from tests.foreign.crm import Foreign
from tests.program import Run
from zsync.cli.rehearse import DONE, _bundled
from zsync.emulator import DEMO_WORLD, RunningCrm, running
from zsync.files.plan import load_report
from zsync.files.snapshot import OrgSeen, Snapshot, dump_snapshot
from zsync.rehearsal.world import Rehearsal

CONFIG = """version: 1
environments:
  production: {org_id: "90001", protected: true, waves: ["1", rest]}
  sandbox: {type: sandbox}
"""


UNASKED = "consent: {off: a record that is not there is to be refused}\n"


@pytest.fixture
def snapshot(spring: Foreign, run: Run, write: Write, tmp_path: Path) -> Path:
    """What a plan for production read: one update and one create were to be done."""
    write("zsync.yaml", CONFIG)
    assert run("plan", "-e", "production", "--snapshot", "seen.json").code == 0
    return tmp_path / "seen.json"


@pytest.fixture
def quiet(snapshot: Path, spring: Foreign) -> Foreign:
    """The org, from whose view nothing has happened yet: the variables of the surroundings lead to it."""
    spring.requests.clear()
    return spring


def test_a_snapshot_is_for_its_owner_alone(snapshot: Path) -> None:
    assert stat.S_IMODE(snapshot.stat().st_mode) == 0o600
    assert "ana@acme.example" in snapshot.read_text()


def test_the_same_reading_is_the_same_bytes(
    snapshot: Path, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1800000000")
    for name in ("a.json", "b.json"):
        run("plan", "-e", "production", "--snapshot", name)
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    assert json.loads((tmp_path / "a.json").read_text())["taken_at"] == "2027-01-15T08:00:00Z"


def test_a_snapshot_may_come_last_without_its_option(snapshot: Path, run: Run) -> None:
    told = [
        run("rehearse", *words).out for words in (["--snapshot", "seen.json"], ["relations", "seen.json"])
    ]
    assert [DONE in one and "It began with what production held" in one for one in told] == [True, True]


def test_a_plan_that_cannot_be_made_leaves_no_snapshot(
    spring: Foreign, run: Run, write: Write, tmp_path: Path
) -> None:
    write("spring.yaml", MANIFEST.replace("bo@", "nobody@"))
    assert run("plan", "--snapshot", "seen.json").code == 4
    assert not (tmp_path / "seen.json").exists()


def test_a_rehearsal_shows_the_plan_and_what_became_of_it(quiet: Foreign, run: Run) -> None:
    said = run("rehearse", "--snapshot", "seen.json")
    assert said.code == 0
    assert said.out.startswith(
        "zsync plan for rehearsal of production: org 90001 (production) at http://127.0.0.1:"
    )
    assert "~ ana@acme.example  Member_Status: Invited → Sent" in said.out
    assert "Applied 2 of 2: 1 updated, 1 created" in said.out
    assert DONE in said.out
    assert said.out.endswith("after it there is nothing left to do.\n")


def test_nothing_of_it_reaches_the_org_or_a_proxy(
    quiet: Foreign, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, quiet.url)
    monkeypatch.setenv("ZSYNC_ACCESS_TOKEN", "canary-access")
    assert run("rehearse", "--snapshot", "seen.json").code == 0
    assert run("rehearse", "-e", "sandbox").code == 0
    assert quiet.requests == []
    assert quiet.members("Campaigns", "50", "Leads") == {"11": {"Member_Status": "Invited"}}


def test_no_other_process_reads_the_snapshot_from_the_stand_in() -> None:
    with running(DEMO_WORLD) as known, _bundled(Rehearsal(known.state(), ()), "all") as crm:
        for headers in ({}, known.control_headers):
            answer = httpx.get(f"{crm.url}/__emulator/state", headers=headers)
            assert (answer.status_code, "Noor" in answer.text) == (404, False)


def test_it_needs_no_credentials_and_leaves_nothing_behind(
    quiet: Foreign, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in quiet.environment():
        monkeypatch.delenv(name)
    before = sorted(tmp_path.rglob("*"))
    assert run("rehearse", "--snapshot", "seen.json").code == 0
    assert sorted(tmp_path.rglob("*")) == before


def test_a_protected_environment_is_not_asked_for(quiet: Foreign, run: Run) -> None:
    assert run("rehearse", "--snapshot", "seen.json", "-e", "production").code == 0


@pytest.mark.parametrize(("options", "stopped"), [((), True), (("--canary", "2"), False)])
def test_waves_are_the_environments_or_those_of_canary(
    quiet: Foreign, run: Run, write: Write, options: tuple[str, ...], stopped: bool
) -> None:
    write("spring.yaml", MANIFEST.replace("{Email: ana@acme.example", '{id: "99"'))
    write("zsync.yaml", CONFIG + UNASKED)
    said = run("rehearse", "--snapshot", "seen.json", "--strict", *options)
    assert (said.code, "Stopped: wave 1 has 1 of 1 changes" in said.out) == (3, stopped)


def test_a_row_that_would_be_refused_is_told(quiet: Foreign, run: Run, write: Write) -> None:
    write("spring.yaml", MANIFEST.replace("{Email: bo@acme.example", '{id: "99"'))
    write("zsync.yaml", CONFIG + UNASKED)
    said = run("rehearse", "--snapshot", "seen.json", "--strict")
    assert said.code == 3
    assert "INVALID_DATA: the related id given seems to be invalid" in said.out
    assert "Still to do after it:" in said.out


def test_what_the_snapshot_does_not_have_is_assumed_aloud(quiet: Foreign, run: Run, write: Write) -> None:
    write("spring.yaml", MANIFEST + "      - {Email: new@acme.example, Member_Status: Sent}\n")
    said = run("rehearse", "--snapshot", "seen.json")
    assert (said.code, "2 created" in said.out) == (0, True)
    assert "warning[assumed-records]: 1 record is assumed to exist: the snapshot does not have it" in said.err
    assert "= note: relations/spring.yaml:9:9: Leads new@acme.example" in said.err
    markdown = run("rehearse", "--snapshot", "seen.json", "--format", "markdown")
    assert "1 record is assumed to exist" in markdown.out
    strict = run("rehearse", "--snapshot", "seen.json", "--strict")
    assert (strict.code, "error[not-found]" in strict.err) == (4, True)


def test_strict_is_about_a_snapshot(spring: Foreign, run: Run) -> None:
    assert run("rehearse", "--strict").code == 64


@pytest.mark.parametrize(
    ("config", "options", "message"),
    [
        (
            CONFIG,
            ("-e", "sandbox"),
            "the snapshot is of the environment production, and 'sandbox' is to be rehearsed",
        ),
        (
            CONFIG.replace("90001", "90002"),
            (),
            "the snapshot is of the org 90001, and 'production' is to be rehearsed",
        ),
        (
            CONFIG.replace('{org_id: "90001"', "{type: developer"),
            (),
            "the snapshot is of the org type production",
        ),
    ],
)
def test_a_snapshot_of_something_else_is_refused(
    quiet: Foreign, run: Run, write: Write, config: str, options: tuple[str, ...], message: str
) -> None:
    write("zsync.yaml", config)
    said = run("rehearse", "--snapshot", "seen.json", *options)
    assert (said.code, f"error[other-snapshot]: {message}" in said.err) == (4, True)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", "bad-snapshot"),
        (None, "cannot-read"),
        ("[" * 100_000, "bad-snapshot"),
        ('{"format": "zsync.snapshot/1", "credits_left": 1e99999999999999999999999}', "bad-snapshot"),
        ('{"format": "zsync.snapshot/1", "credits_left": NaN}', "bad-snapshot"),
        (f'{{"credits_left": {"9" * 10_000_000}}}', "bad-snapshot"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_file_that_is_no_snapshot_is_named(
    quiet: Foreign, run: Run, tmp_path: Path, text: str | None, code: str
) -> None:
    file = tmp_path / "other.json"
    if text is not None:
        file.write_text(text)
    said = run("rehearse", "--snapshot", "other.json")
    assert (said.code, f"error[{code}]: other.json" in said.err) == (4, True)


@pytest.fixture
def counted(run: Run, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningCrm]:
    """The bundled CRM in the place of the org, for guards want what the foreign one does not tell: 450 members, a product."""
    leads = [{"id": str(one), "Email": f"l{one}@acme.example"} for one in range(1000, 1450)]
    world = {
        "records": {
            "Campaigns": [{"id": "50", "Campaign_Name": "Spring"}],
            "Leads": leads,
            "Products": [{"id": "60", "Product_Code": "TEA", "Unit_Price": 10}],
            "Price_Books": [{"id": "70", "Price_Book_Name": "Retail"}],
        },
        "relations": {"Campaigns/50/Leads": [{"id": one["id"], "Member_Status": "Invited"} for one in leads]},
    }
    with running(world) as bundled:
        for name, value in bundled.environment().items():
            monkeypatch.setenv(name, value)
        yield bundled


@pytest.mark.parametrize(("percent", "code"), [(1, 5), (2, 0)])
def test_a_per_cent_is_of_the_whole_list_though_it_was_read_in_part(
    counted: RunningCrm, run: Run, write: Write, percent: int, code: int
) -> None:
    rows = [f"      - {{Email: l{one}@acme.example, Member_Status: Sent}}\n" for one in range(1000, 1009)]
    write("spring.yaml", MANIFEST.partition("      - ")[0] + "".join(rows))
    write("zsync.yaml", f"version: 1\nguards: {{max_updates: {percent}%}}\n")
    assert run("plan", "--snapshot", "seen.json").code == code
    said = run("rehearse", "--snapshot", "seen.json")
    assert (said.code, "9 to update" in said.out, DONE in said.out) == (code, True, code == 0)


def test_an_override_is_taken_as_by_plan(quiet: Foreign, run: Run, write: Write) -> None:
    write("zsync.yaml", CONFIG + "guards: {max_changes: 1}\n")
    assert run("rehearse", "--snapshot", "seen.json").code == 5
    aside = ("--override", "max_changes", "--reason", "the fair")
    assert run("rehearse", "--snapshot", "seen.json", *aside).code == 0


PRICED = """version: 1
parent: {module: Price_Books, match: {Price_Book_Name: Retail}}
related_lists:
  Products:
    key: Product_Code
    records:
      - {Product_Code: TEA, list_price: %s}
"""


def test_a_guard_sees_the_fields_that_the_plan_asked_for(counted: RunningCrm, run: Run, write: Write) -> None:
    write("zsync.yaml", "version: 1\nguards: {list_price: {min: 0.5 * Unit_Price}}\n")
    write("spring.yaml", PRICED % 6)
    assert run("plan", "--snapshot", "seen.json").code == 0
    assert run("rehearse", "--snapshot", "seen.json").code == 0
    write("spring.yaml", PRICED % 4)
    said = run("rehearse", "--snapshot", "seen.json")
    assert (said.code, "Unit_Price is 10" in said.out) == (5, True)


def test_a_field_that_only_guards_of_today_ask_for_is_said_to_be_unknown(
    quiet: Foreign, run: Run, write: Write
) -> None:
    write(
        "zsync.yaml",
        CONFIG + 'guards: {protected_records: [{module: Leads, field: Company, name: "VIP*"}]}\n',
    )
    said = run("rehearse", "--snapshot", "seen.json")
    assert (said.code, "warning[assumed-fields]" in said.err, "Leads/11 Company" in said.err) == (
        0,
        True,
        True,
    )
    assert run("rehearse", "--snapshot", "seen.json", "--strict").code == 4


def test_formats_are_the_plans_and_stdout_is_for_one_of_them(
    quiet: Foreign, run: Run, tmp_path: Path
) -> None:
    options = ("--format", "json", "--format", "markdown=plan.md", "--report", "report.json")
    said = run("rehearse", "--snapshot", "seen.json", *options)
    assert json.loads(said.out)["binding"]["environment"] == "rehearsal of production"
    assert DONE in said.err
    assert "rehearsal of production" in (tmp_path / "plan.md").read_text()
    report = load_report((tmp_path / "report.json").read_text())
    assert (report.count("applied"), report.run) == (2, "")


@pytest.mark.parametrize("environment", [(), ("-e", "production")])
def test_no_apply_takes_a_rehearsed_plan(quiet: Foreign, run: Run, environment: tuple[str, ...]) -> None:
    run("rehearse", "--snapshot", "seen.json", "--format", "json=plan.json")
    quiet.requests.clear()
    assert run("apply", "plan.json", *environment).code in (6, 64)
    assert [one for one in quiet.requests if one.method in ("PUT", "DELETE")] == []


def test_no_apply_takes_one_that_was_rehearsed_without_an_environment(
    spring: Foreign, run: Run, write: Write
) -> None:
    run("rehearse", "--format", "json=plan.json")
    write("zsync.yaml", "version: 1\nenvironments: {rehearsal: {}}\n")
    said = run("apply", "plan.json")
    assert said.code == 6
    assert [one for one in spring.requests if one.method in ("PUT", "DELETE")] == []


def test_without_anything_the_crm_knows_what_the_manifests_name(spring: Foreign, run: Run) -> None:
    said = run("rehearse")
    assert (said.code, "2 to create" in said.out) == (0, True)
    assert "It began with no relations, and knew the records that the manifests name" in said.out


def test_more_kinds_are_rehearsed(spring: Foreign, run: Run, write: Write) -> None:
    write(
        "zsync.yaml",
        "version: 1\nrelation_kinds:\n  - {parent: Vendors, related: Assets, fields: {Rank: number}}\n",
    )
    rows = "related_lists:\n  Assets:\n    key: Serial\n    records:\n      - {Serial: 0017, Rank: 2.50}\n"
    write("vendors.yaml", f'version: 1\nparent: {{module: Vendors, id: "80"}}\n{rows}')
    said = run("rehearse", "relations/vendors.yaml")
    assert (said.code, "+ 0017  Rank: 2.5" in said.out) == (0, True)


def test_what_the_bundled_crm_cannot_hold_is_named(spring: Foreign, run: Run, tmp_path: Path) -> None:
    org = OrgSeen("10234695", "sandbox", "")
    leads = {"301": {"Odd Name": "x"}}
    snapshot = Snapshot("2027-03-01T00:00:00Z", "", org, None, {}, {}, {"Leads": leads}, frozenset(), ())
    (tmp_path / "odd.json").write_text(dump_snapshot(snapshot))
    said = run("rehearse", "--snapshot", "odd.json")
    assert (said.code, "error[cannot-rehearse]" in said.err, "Odd Name" in said.err) == (4, True, True)


def test_a_status_that_zoho_does_not_bring_along_is_no_refusal(
    spring: Foreign, run: Run, write: Write
) -> None:
    write("spring.yaml", MANIFEST.replace("Sent", "Vom Stand"))
    assert run("rehearse").code == 0


def test_in_public_logs_a_rehearsal_names_nobody(
    quiet: Foreign, run: Run, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    write("spring.yaml", MANIFEST + "      - {Email: new@acme.example, Member_Status: Sent}\n")
    said = run("rehearse", "--snapshot", "seen.json")
    assert (said.code, "@acme.example" in said.out + said.err) == (0, False)
