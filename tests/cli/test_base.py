"""`--base`, `--only` and `drift`: what this branch changes, what the CRM moved by itself, and what Git owned."""

import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from tests.program import Run
from zsync.emulator import RunningCrm, running

CAMPAIGN = "Campaigns/500/Leads"
Said = Callable[[str], tuple[int, str]]


def manifest(statuses: dict[int, str]) -> str:
    """A campaign with these leads, not pruned."""
    rows = "".join(
        f'      - {{id: "{lead}", Member_Status: {status}}}\n' for lead, status in statuses.items()
    )
    return f'version: 1\nparent: {{module: Campaigns, id: "500"}}\nrelated_lists:\n  Leads:\n    records:\n{rows}'


def git(*args: str) -> None:
    """Git, as somebody."""
    subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@acme.example", *args], check=True)


@pytest.fixture
def crm() -> Iterator[RunningCrm]:
    """A campaign of 300 leads, all `Sent`."""
    world = {
        "records": {
            "Campaigns": [{"id": "500", "Campaign_Name": "Spring"}],
            "Leads": [{"id": str(lead), "Last_Name": f"L{lead}"} for lead in range(1000, 1300)],
        }
    }
    with running(world) as bundled:
        for start in range(1000, 1300, 100):
            rows = [{"id": str(lead), "Member_Status": "Sent"} for lead in range(start, start + 100)]
            bundled.link(CAMPAIGN, *rows)
        yield bundled


@pytest.fixture
def variables(crm: RunningCrm) -> Mapping[str, str]:
    """Those that point zsync at it."""
    return crm.environment()


@pytest.fixture
def said(run: Run) -> Said:
    """A repository whose main says what the CRM holds; runs a command line in it: exit code and stdout."""
    Path("relations").mkdir()
    Path("relations/spring.yaml").write_text(manifest(dict.fromkeys(range(1000, 1300), "Sent")))
    git("init", "-q", "-b", "main")
    git("add", "relations")
    git("commit", "-q", "-m", "Spring")

    def line(text: str) -> tuple[int, str]:
        return run(*text.split())[:2]

    return line


def branch(changes: dict[int, str], removed: set[int]) -> None:
    """What a branch says: some rows changed, some removed."""
    statuses = {lead: changes.get(lead, "Sent") for lead in range(1000, 1300) if lead not in removed}
    Path("relations/spring.yaml").write_text(manifest(statuses))


def drifted(crm: RunningCrm, leads: range) -> None:
    """A colleague moves these."""
    crm.link(CAMPAIGN, *[{"id": str(lead), "Member_Status": "Opened"} for lead in leads])


def test_two_changes_and_forty_drifts_are_told_apart(crm: RunningCrm, said: Said) -> None:
    branch({1000: "Responded", 1001: "Responded"}, set())
    drifted(crm, range(1100, 1140))
    code, out = said("plan --base main --detailed-exitcode --full")
    assert code == 2
    assert out.count("[drift]") == 40
    assert "42 to update" in out
    assert "40 of them drift" in out


def test_what_is_folded_still_tells_the_branchs_changes_from_drift(crm: RunningCrm, said: Said) -> None:
    branch({1000: "Responded", 1001: "Responded"}, set())
    drifted(crm, range(1100, 1140))
    _, out = said("plan --base main")
    assert out.count("Sent → Responded") == 2
    assert "    ~ 30 more, Member_Status: Opened → Sent  [drift]\n" in out
    assert "\n(30 changes folded: zsync plan --full shows each)\nPlan: " in out


@pytest.mark.parametrize(
    ("only", "totals"),
    [
        ("change", "Plan: 1 to delete, 2 to update, 0 to create"),
        ("drift", "Plan: 0 to delete, 40 to update, 0 to create, 40 of them drift"),
        ("update", "Plan: 0 to delete, 42 to update, 0 to create, 40 of them drift"),
        ("create", "Nothing to do"),
        ("*/Leads/1000", "Plan: 0 to delete, 1 to update, 0 to create"),
    ],
)
def test_a_selector_narrows_the_plan_and_the_plan_says_so(
    crm: RunningCrm, said: Said, only: str, totals: str
) -> None:
    branch({1000: "Responded", 1001: "Responded"}, {1299})
    drifted(crm, range(1100, 1140))
    _, out = said(f"plan --base main --only {only}")
    assert totals in out
    assert f"only {only}" in out


def test_a_removed_row_is_deleted_with_a_base_and_left_alone_without(said: Said) -> None:
    branch({}, {1299})
    assert "1 to delete" in said("plan --base main")[1]
    assert "1 to delete" in said("plan")[1]
    assert "Nothing to do" in said("plan --no-base")[1]


def test_a_removed_manifest_gives_back_what_it_owned(said: Said) -> None:
    Path("relations/spring.yaml").write_text(
        'version: 1\nparent: {module: Campaigns, id: "500"}\n'
        "related_lists: {Contacts: {prune: true, allow_empty: true, records: []}}\n"
    )
    assert "300 to delete" in said("plan --base main")[1]


def test_what_a_colleague_added_to_a_list_that_is_not_pruned_is_nobodys_business(
    crm: RunningCrm, said: Said
) -> None:
    lead = crm.add("Leads", Last_Name="New")
    crm.link(CAMPAIGN, {"id": lead, "Member_Status": "Sent"})
    assert "Nothing to do" in said("plan --base main")[1]


def test_drift_is_what_no_manifest_changed(crm: RunningCrm, said: Said) -> None:
    branch({1000: "Responded"}, set())
    assert said("drift")[0] == 0
    drifted(crm, range(1100, 1103))
    code, out = said("drift")
    assert code == 2
    assert "3 to update" in out


def test_a_base_that_is_no_commit_is_wrong_usage(said: Said) -> None:
    assert said("plan --base nowhere")[0] == 64


@pytest.fixture
def broken(said: Said) -> Said:
    """Main has become invalid; the branch mends it."""
    Path("relations/spring.yaml").write_text("version: 2\n")
    git("commit", "-qam", "Break")
    branch({1000: "Responded"}, {1299})
    return said


def test_a_base_that_is_broken_does_not_keep_its_mending_from_being_planned(
    crm: RunningCrm, broken: Said
) -> None:
    drifted(crm, range(1100, 1102))
    code, out = broken("plan --base main --detailed-exitcode")
    assert code == 2
    assert "0 to delete, 3 to update" in out
    assert "[drift]" not in out
    assert "1 to delete, 3 to update, 0 to create, 2 of them drift" in broken("plan --base main~1")[1]


def test_a_plan_without_its_base_says_what_it_does_not_know(broken: Said, run: Run) -> None:
    warned = run("plan", "--base", "main", "--format", "markdown=plan.md", "--format", "github=plan.txt").err
    assert warned.startswith("warning[bad-base]: the manifests of main cannot be read (")
    assert "note: relations/spring.yaml:1:" in warned
    assert "rows that main alone names stay in the CRM" in warned
    for name in ("plan.md", "plan.txt"):
        assert "rows that main alone names stay in the CRM" in Path(name).read_text()
    assert "::warning title=zsync%3A bad-base::" in Path("plan.txt").read_text()


@pytest.mark.parametrize(
    "line", ["drift", "plan --base main --only change", "plan --base main --only x,drift"]
)
def test_what_only_a_base_can_tell_is_refused_where_it_is_broken(
    crm: RunningCrm, broken: Said, line: str
) -> None:
    before = len(crm.requests)
    assert broken(line) == (4, "")
    assert len(crm.requests) == before


def test_an_action_or_a_pattern_needs_no_base(broken: Said) -> None:
    assert "1 to update" in broken("plan --base main --only update")[1]
