"""Two environments, and two folders, in one workflow run: each has its own plan, comment, report and merge."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.workflows.conftest import LEADS, MANIFEST, WORLD, NewProject, Project, Pull
from tests.workflows.runs import HOME, ROOT, Run
from tests.workflows.test_docs import block
from zsync.emulator import RunningCrm
from zsync.review.names import base, slug

LIST, OTHER = "Campaigns/501/Leads", "Campaigns/502/Leads"
TWO = "version: 1\nenvironments:\n  eu: {type: sandbox}\n  us: {type: sandbox}\n"
SENT = {"spring.yaml": MANIFEST.replace("Planned", "Sent")}
"""One row of the campaign, in whichever CRM."""


def caller(calls: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """A workflow of somebody's repository: for each call its plan, its apply and its drift."""
    jobs: dict[str, Any] = {}
    for name, given in calls.items():
        for workflow, event in (("plan", "pull_request"), ("apply", "push"), ("drift", "schedule")):
            inputs = {
                key: value
                for key, value in given.items()
                if workflow == "apply" or key != "apply-environment"
            }
            jobs[f"{workflow}-{name}"] = {
                "if": f"github.event_name == '{event}'",
                "uses": f"{HOME}{workflow}.yml@{'0' * 40}",
                "with": inputs,
                "secrets": "inherit",
            }
    return {"jobs": jobs}


PAGE = (ROOT / ".github" / "docs" / "many-orgs.md").read_text("utf-8")
ENVIRONMENTS: dict[str, Any] = YAML(typ="safe").load(block("workflow .github/workflows/zsync.yml", PAGE))
"""The workflow that the page on several organisations shows."""

WATCHED = caller({one: {"environment": one, "plan-environment": f"plan-{one}"} for one in ("eu", "us")})
FOLDERS = caller({one: {"paths": f"relations/{one}"} for one in ("north", "south")})
NORTH = MANIFEST
SOUTH = MANIFEST.replace('"501"', '"502"')


@pytest.fixture
def two_orgs(new_project: NewProject) -> tuple[Project, RunningCrm]:
    """A repository for two orgs, whose secrets and hosts are in environments of GitHub's of their own; and the second org."""
    project = new_project(WORLD, {"spring.yaml": MANIFEST, "zsync.yaml": TWO}, environments=("eu", "us"))
    other = new_project.crm(WORLD)
    repository = project.repository
    repository.variables.clear()
    repository.environments.clear()
    for name, crm in (("eu", project.crm), ("us", other)):
        known = crm.environment()
        places = {key: known.pop(key) for key in ("ZSYNC_API_DOMAIN", "ZSYNC_ACCOUNTS_URL")}
        for kind in ("plan", "production"):
            repository.environments[f"{kind}-{name}"] = known
            repository.environment_variables[f"{kind}-{name}"] = places
    return project, other


def planned(project: Project, edits: Mapping[str, str], calls: dict[str, Any]) -> tuple[Pull, Run]:
    """A pull request, and its run."""
    pull = project.pull(edits)
    run = project.planning(pull, calls)
    for call in run.calls.values():
        call.run.jobs = ("plan", "comment")
    run()
    return pull, run


def outcomes(run: Run) -> dict[str, dict[str, str]]:
    """What became of each job of each call."""
    return {name: {job: one.result for job, one in call.results.items()} for name, call in run.calls.items()}


def report(project: Project, about: str) -> dict[str, Any]:
    """The report that an apply kept."""
    loaded: dict[str, Any] = json.loads((project.kept(f"zsync-apply-{about}") / "report.json").read_text())
    return loaded


def members(crm: RunningCrm, where: str = LIST) -> dict[str, str]:
    """Who is in a campaign, with which status."""
    names = {one: name for name, one in LEADS.items()}
    return {names[one]: fields["Member_Status"] for one, fields in crm.rows(where).items()}


def test_two_environments_are_planned_commented_and_applied_each_for_itself(
    two_orgs: tuple[Project, RunningCrm],
) -> None:
    project, us = two_orgs
    us.link(LIST, {"id": "301", "Member_Status": "Opted Out"})
    pull, _ = planned(project, SENT, ENVIRONMENTS)
    eu, other = project.hub.comments(pull.number)
    assert (slug("eu", []) in eu, "`Planned` → `Sent`" in eu, "Opted Out" in eu) == (True, True, False)
    assert (slug("us", []) in other, "1 row that the CRM alone moved is left alone" in other) == (True, True)

    merged = project.merge(pull, ENVIRONMENTS)
    merged()
    done = dict.fromkeys(("plan", "apply", "comment"), "success")
    assert outcomes(merged) == {"apply-eu": done, "apply-us": done}
    assert members(project.crm) == {"ana": "Invited", "bo": "Sent"}
    assert members(us) == {"ana": "Opted Out", "bo": "Sent"}
    assert [text.split()[2:4] for text in project.hub.comments(pull.number)] == [
        ["plan", slug("eu", [])],
        ["plan", slug("us", [])],
        ["apply", slug("eu", [])],
        ["apply", slug("us", [])],
    ]
    names = [(one.run, one.name) for one in project.hub.artifacts]
    assert len(names) == len(set(names)) == 12
    orgs = {report(project, slug(one, []))["plan"]["binding"]["environment"] for one in ("eu", "us")}
    assert orgs == {"eu", "us"}


@pytest.mark.nightly  # what decides is held in tests/review/test_holding.py
def test_one_environment_can_ask_while_the_other_is_applied(two_orgs: tuple[Project, RunningCrm]) -> None:
    project, us = two_orgs
    pull, _ = planned(project, SENT, ENVIRONMENTS)
    # In the US nobody has applied anything yet.
    project.hub.artifacts.remove(project.hub.named(base(slug("us", []))))
    merged = project.merge(pull, ENVIRONMENTS)
    merged()
    assert [outcomes(merged)[name]["apply"] for name in ("apply-eu", "apply-us")] == ["success", "skipped"]
    assert (members(project.crm)["bo"], members(us)["bo"]) == ("Sent", "Planned")

    merged.again()
    assert members(us) == {"ana": "Invited", "bo": "Sent"}
    assert merged.calls["apply-us"].results["plan"].outputs["why"] == "the reviewed plan still holds"


def test_drift_of_two_environments_is_an_issue_each(two_orgs: tuple[Project, RunningCrm]) -> None:
    project, us = two_orgs
    us.link(LIST, {"id": "301", "Member_Status": "Opted Out"})
    project.drift(caller=WATCHED)
    (issue,) = project.hub.issues
    assert issue["title"].endswith("(us)")
    project.crm.link(LIST, {"id": "301", "Member_Status": "Opted Out"})
    us.link(LIST, {"id": "301", "Member_Status": "Invited"})
    project.drift(caller=WATCHED)
    assert [(one["title"][-4:], one["state"]) for one in project.hub.issues] == [
        ("(us)", "closed"),
        ("(eu)", "open"),
    ]


@pytest.fixture
def two_folders(new_project: NewProject) -> Project:
    """One environment, and a folder for each of two teams."""
    world = {
        "records": {
            **WORLD["records"],
            "Campaigns": [{"id": "501", "Campaign_Name": "North"}, {"id": "502", "Campaign_Name": "South"}],
        },
        "relations": {LIST: WORLD["relations"][LIST], OTHER: WORLD["relations"][LIST]},
    }
    config = "version: 1\nenvironments:\n  production: {type: sandbox}\n"
    edits = {"zsync.yaml": config, "north/a.yaml": NORTH, "south/b.yaml": SOUTH}
    return new_project(world, edits, folders=(("relations/north",), ("relations/south",)))


def test_two_folders_are_planned_commented_and_applied_each_for_itself(two_folders: Project) -> None:
    project = two_folders
    edits = {
        "north/a.yaml": NORTH.replace("Planned", "Sent"),
        "south/b.yaml": SOUTH.replace("Invited", "Received"),
    }
    pull, run = planned(project, edits, FOLDERS)
    assert {job["plan"] for job in outcomes(run).values()} == {"success"}
    north, south = project.hub.comments(pull.number)
    assert ("`Planned` → `Sent`" in north, "Received" in north) == (True, False)
    assert ("`Invited` → `Received`" in south, "`Sent`" in south) == (True, False)

    merged = project.merge(pull, FOLDERS)
    merged()
    assert {job["apply"] for job in outcomes(merged).values()} == {"success"}
    assert members(project.crm) == {"ana": "Invited", "bo": "Sent"}
    assert members(project.crm, OTHER) == {"ana": "Received", "bo": "Planned"}
    digests = {
        report(project, slug("production", [f"relations/{one}"]))["plan"]["digest"]
        for one in ("north", "south")
    }
    assert len(digests) == 2
    assert len(project.hub.comments(pull.number)) == 4


def test_a_later_commit_stops_the_plans_of_an_earlier_one_and_no_others(two_folders: Project) -> None:
    first = two_folders.pull({"north/a.yaml": NORTH.replace("Planned", "Sent")})
    earlier = two_folders.planning(first, FOLDERS)
    later = two_folders.planning(two_folders.push(first, {"north/a.yaml": NORTH}), FOLDERS)
    another = two_folders.planning(two_folders.pull({}), FOLDERS)
    for run in (earlier, later, another):
        run.start()
    cancelled = [[call.cancelled for call in run.calls.values()] for run in (earlier, later, another)]
    assert cancelled == [[True, True], [False, False], [False, False]]


def test_merges_of_one_folder_wait_for_each_other_and_not_for_another_folders(two_folders: Project) -> None:
    runs = [two_folders.run("zsync", "push", "0" * 40, {}, caller=FOLDERS) for _ in range(2)]
    for run in runs:
        run.start()
    groups = two_folders.repository.groups
    assert len({call.group for run in runs for call in run.calls.values()}) == len(groups.running) == 2
    assert all(groups.runs(call.group, call) for call in runs[0].calls.values())
    assert not any(call.cancelled for run in runs for call in run.calls.values())
