"""The reserve of credits: a run that would touch it stops, says so, and is gone on with later."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.program import Run
from zsync.emulator import RunningCrm, Switches, running

CAMPAIGNS = range(500, 530)


@pytest.fixture
def crm(tmp_path: Path) -> Iterator[RunningCrm]:
    """Thirty campaigns that want a lead each, of an org with 200 credits a day of which 100 are kept."""
    world = {
        "records": {
            "Campaigns": [{"id": str(one), "Campaign_Name": f"C{one}"} for one in CAMPAIGNS],
            "Leads": [{"id": str(1000 + one), "Last_Name": "L"} for one in CAMPAIGNS],
        }
    }
    manifests = tmp_path / "relations"
    manifests.mkdir()
    (manifests / "zsync.yaml").write_text("version: 1\nenvironments: {small: {credit_reserve: 100}}\n")
    for one in CAMPAIGNS:
        (manifests / f"{one}.yaml").write_text(
            f'version: 1\nparent: {{module: Campaigns, id: "{one}"}}\n'
            f'related_lists: {{Leads: {{records: [{{id: "{1000 + one}", Member_Status: Sent}}]}}}}\n'
        )
    with running(world, Switches(daily_credits=200)) as bundled:
        yield bundled


@pytest.fixture
def variables(crm: RunningCrm) -> Mapping[str, str]:
    """Those that point zsync at it."""
    return crm.environment()


def related(crm: RunningCrm) -> int:
    """How many of the campaigns have their lead."""
    return sum(bool(crm.rows(f"Campaigns/{one}/Leads")) for one in CAMPAIGNS)


def test_a_run_stops_at_the_reserve_and_is_gone_on_with_when_credits_are_back(
    crm: RunningCrm, run: Run
) -> None:
    stopped = run("apply", "relations", "-e", "small", "--auto-approve")
    assert stopped.code == 8
    assert "kept in reserve" in stopped.out
    before = related(crm)
    assert 0 < before < len(CAMPAIGNS)
    crm.switch(daily_credits=5000)
    sent = len(crm.requests)
    assert run("resume", "last", "--auto-approve").code == 0
    assert related(crm) == len(CAMPAIGNS)
    again = [one for one in crm.requests[sent:] if one.method == "PUT"]
    assert len(again) <= len(CAMPAIGNS) - before + 5
    assert not [one for one in crm.requests[sent:] if one.query.get("ids") == ""]


def test_a_run_that_another_org_refuses_leaves_no_journal(crm: RunningCrm, run: Run) -> None:
    config = Path("relations/zsync.yaml")
    before = config.read_text() if config.exists() else ""
    config.write_text('version: 1\nenvironments: {small: {org_id: "1"}}\n')
    assert run("apply", "relations", "--auto-approve").code == 8
    config.write_text(before or "version: 1\n")
    assert run("plan", "relations", "--out", "plan.json").code == 0
    with running({}) as other:
        refused = run("apply", "plan.json", **other.environment())
    assert refused.code == 6
    assert not list(Path().rglob("*.jsonl"))
    assert "another" in refused.err
