"""What `who` says of the next plan is what the next plan does, for every record that it touches, and for all others nothing."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.worlds import NOW, settings
from zsync.crm import connect_reader
from zsync.emulator import RunningCrm, running
from zsync.guards.evaluation import Guards
from zsync.kinds import KINDS
from zsync.manifest import load
from zsync.model import Change, Expected, Manifests, Withheld
from zsync.model.open_rows import Ends
from zsync.planning.planner import make_plan
from zsync.planning.terms import Terms
from zsync.whereabouts.finding import Asked
from zsync.whereabouts.telling import whereabouts

WORLD = {
    "records": {
        "Leads": [
            {"id": str(300 + n), "Last_Name": f"L{n}", "Email": f"l{n}@acme.example"} for n in range(7)
        ],
        "Campaigns": [{"id": str(500 + n), "Campaign_Name": f"C{n}"} for n in range(4)],
    },
    "relations": {
        "Campaigns/500/Leads": [{"id": str(300 + n), "Member_Status": "Sent"} for n in range(5)],
        "Campaigns/501/Leads": [
            {"id": "300", "Member_Status": "Sent"},
            {"id": "302", "Member_Status": "Planned"},
        ],
        "Campaigns/502/Leads": [{"id": "303", "Member_Status": "Sent"}],
    },
}
PRUNED = """version: 1
parent: {module: Campaigns, match: {Campaign_Name: c0}}
related_lists:
  Leads:
    key: Email
    prune: true
    records:
      - {Email: L0@acme.example, Member_Status: Sent}
      - {Email: l5@acme.example, Member_Status: Planned}
"""
LOOSE = """version: 1
parent: {module: Campaigns, id: "501"}
related_lists:
  Leads:
    key: Email
    defaults: {Member_Status: Responded}
    records: [{Email: l2@acme.example}, {id: "306"}]
    absent: [{Email: l0@acme.example}]
"""
LEAD = """version: 1
parent: {module: Leads, match: {Email: l1@acme.example}}
related_lists: {Campaigns: {key: Campaign_Name, records: [{Campaign_Name: C0}, {Campaign_Name: C3}]}}
"""
TERMS = Terms(Expected(), Guards(), "", NOW, KINDS)


@pytest.fixture(scope="module")
def crm() -> Iterator[RunningCrm]:
    with running(WORLD) as started:
        yield started


@pytest.fixture
def manifests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Manifests:
    monkeypatch.chdir(tmp_path)
    for name, text in {"pruned": PRUNED, "loose": LOOSE, "lead": LEAD}.items():
        Path(f"{name}.yaml").write_text(text)
    return load([Path()], kinds=KINDS)


def planned(crm: RunningCrm, manifests: Manifests) -> dict[Ends, str]:
    async def ask() -> dict[Ends, str]:
        async with connect_reader(settings(crm)) as reader:
            plan, _ = await make_plan(manifests, reader, TERMS)
            return {change.ends: change.action for change in plan.changes}

    return asyncio.run(ask())


def said(crm: RunningCrm, manifests: Manifests, module: str, record_id: str) -> dict[Ends, str]:
    async def ask() -> dict[Ends, str]:
        async with connect_reader(settings(crm)) as reader:
            asked = Asked(record_id, (module,), narrowed=True)
            found, _ = await whereabouts(asked, manifests, reader, TERMS)
        assert found.problem == ""
        return dict(_step(each.next) for each in found.relations if each.next)

    return asyncio.run(ask())


def _step(step: Change | Withheld) -> tuple[Ends, str]:
    change = step.change if isinstance(step, Withheld) else step
    return change.ends, change.action


def test_of_each_record_it_says_what_the_plan_of_the_whole_tree_does(
    crm: RunningCrm, manifests: Manifests
) -> None:
    plan = planned(crm, manifests)
    assert {*plan.values()} == {"create", "update", "delete"}
    for module, rows in WORLD["records"].items():
        for row in rows:
            end = (module, row["id"])
            assert said(crm, manifests, *end) == {ends: step for ends, step in plan.items() if end in ends}, (
                end
            )


def test_a_row_that_several_files_declare_is_planned_as_the_whole_tree_is(
    crm: RunningCrm, manifests: Manifests
) -> None:
    assert said(crm, manifests, "Leads", "301") == {
        frozenset({("Leads", "301"), ("Campaigns", "503")}): "create"
    }
