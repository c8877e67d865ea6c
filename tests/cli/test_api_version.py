"""`api_version`: the whole story under v7 and v8 of Zoho's API, and what a plan of one version is to the other."""

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.example import ROOT
from tests.program import Run
from zsync.emulator import DEMO_WORLD, RunningCrm, running

CAMPAIGN = "Campaigns/3652397000000500001/Leads"
COLLEAGUES_LEAD = "3652397000000300002"


@pytest.fixture
def crm() -> Iterator[RunningCrm]:
    """The demo's."""
    with running(DEMO_WORLD) as bundled:
        yield bundled


@pytest.fixture
def variables(crm: RunningCrm) -> Mapping[str, str]:
    """Those that point zsync at it."""
    return crm.environment()


def speak(version: str) -> None:
    """The example manifests, whose environment `demo` speaks this version; empty for none."""
    shutil.rmtree("relations", ignore_errors=True)
    shutil.copytree(ROOT / "relations", "relations")
    file = Path("relations/zsync.yaml")
    says = f"  demo:\n    api_version: {version}\n" if version else "  demo:\n"
    file.write_text(file.read_text().replace("  demo:\n", says, 1))


def versions(crm: RunningCrm) -> set[str]:
    """The versions of the calls so far."""
    return {one.path.split("/")[2] for one in crm.requests if one.path.startswith("/crm/")}


@pytest.mark.parametrize(("said", "version"), [("v7", "v7"), ("v8", "v8"), ("", "v8")])
def test_the_demos_story_is_told_under_each_version(
    run: Run, crm: RunningCrm, said: str, version: str
) -> None:
    speak(said)
    assert run("validate", "relations").code == 0
    assert run("plan", "-e", "demo", "--out", "plan.json", "--detailed-exitcode").code == 2
    assert run("apply", "plan.json", "--report", "report.json").code == 0
    assert run("plan", "-e", "demo", "--detailed-exitcode").code == 0
    crm.link(CAMPAIGN, {"id": COLLEAGUES_LEAD, "Member_Status": "Opted Out"})
    assert run("plan", "-e", "demo", "--detailed-exitcode").code == 2
    assert run("apply", "-e", "demo", "--auto-approve").code == 0
    assert run("verify", "-e", "demo").code == 0
    assert run("undo", "last", "-e", "demo", "--auto-approve").code == 0
    assert f"API {version}" in run("doctor", "-e", "demo").out
    assert run("rehearse", "-e", "demo").code == 0
    assert versions(crm) == {version}


def test_guards_in_per_cent_hold_under_v7(run: Run, crm: RunningCrm) -> None:
    speak("v7")
    with Path("relations/zsync.yaml").open("a") as file:
        file.write("guards: {max_changes: {per_list: 1%}}\n")
    ended = run("plan", "-e", "demo")
    assert ended.code == 5, ended.err
    assert "not known" not in ended.out + ended.err
    assert not [one for one in crm.requests if "records_count" in one.path]


def test_a_plan_of_one_version_is_not_applied_under_another(run: Run, crm: RunningCrm) -> None:
    speak("v8")
    assert run("plan", "-e", "demo", "--out", "plan.json").code == 0
    speak("v7")
    ended = run("apply", "plan.json", "-e", "demo", "--auto-approve")
    assert (ended.code, "zsync.yaml is not as it was when the plan was made" in ended.err) == (6, True)
    assert not [one for one in crm.requests if one.method == "PUT"]


@pytest.mark.parametrize("said", ["v6", "8", "V8", "[v8]", "latest", "~"])
def test_any_other_version_is_an_error_at_its_place(run: Run, said: str) -> None:
    speak(said)
    ended = run("plan", "-e", "demo")
    assert ended.code == 4
    assert "relations/zsync.yaml:1" in ended.err
    assert "api_version" in ended.err
    assert "v7" in ended.err
