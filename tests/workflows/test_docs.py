"""The pages under .github/docs/ say what works: their files and their commands."""

import re
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.workflows.actions import git
from tests.workflows.conftest import NewProject, Project, shell
from tests.workflows.runner import load
from tests.workflows.runs import ROOT, WORKFLOWS

DOCS = ROOT / ".github" / "docs"
TUTORIAL = (DOCS / "tutorial.md").read_text("utf-8")
WORLD = {
    "org": {"type": "production"},
    "records": {
        "Campaigns": [{"id": "501", "Campaign_Name": "Spring Launch 2027"}],
        "Leads": [
            {"id": "301", "Last_Name": "Ana", "Email": "ana@acme.example"},
            {"id": "302", "Last_Name": "Bo", "Email": "bo@acme.example"},
        ],
    },
}


def block(mark: str, text: str = TUTORIAL) -> str:
    """The code behind a mark."""
    found = re.search(rf"<!-- {re.escape(mark)} -->\n```\w+\n(.*?)```", text, re.DOTALL)
    assert found is not None, mark
    return found[1]


@pytest.fixture
def begun(new_project: NewProject) -> Project:
    """The tutorial's repository, with its settings on main."""
    return new_project(WORLD, {"zsync.yaml": block("file relations/zsync.yaml")})


def test_the_tutorials_commands_do_what_they_should(begun: Project) -> None:
    begun.pull({"campaigns/spring.yaml": block("file relations/campaigns/spring.yaml")})
    done = shell(begun, block("commands"))
    assert (done.returncode, "2 to create" in done.stdout) == (0, True)


def test_the_push_of_the_tutorials_settings_is_green_and_the_first_merge_goes_on_from_it(
    new_project: NewProject,
) -> None:
    begun = new_project(WORLD, {"zsync.yaml": block("file relations/zsync.yaml")}, environments=())
    pushed = begun.run("apply", "push", git(begun.origin, "rev-parse", "main"), {"before": "0" * 40})()
    assert (pushed["plan"].result, pushed["plan"].outputs["verdict"]) == ("success", "nothing")
    assert begun.drift()["drift"].outputs["reason"] == "done"
    pull = begun.pull({"campaigns/spring.yaml": block("file relations/campaigns/spring.yaml")})
    begun.plan(pull)
    assert "2 to create" in begun.hub.comments(pull.number)[0]
    done = begun.merge(pull)()
    assert (done["plan"].outputs["verdict"], done["apply"].result) == ("reviewed", "success")
    assert begun.members() == {"ana": "Invited", "bo": "Planned"}


@pytest.mark.parametrize("name", ["plan", "apply", "drift"])
def test_the_tutorials_workflow_grants_what_the_called_one_asks_for(name: str) -> None:
    caller: dict[str, Any] = YAML(typ="safe").load(block("file .github/workflows/zsync.yml"))["jobs"][name]
    asked: dict[str, str] = {}
    for job in load(WORKFLOWS / f"{name}.yml")["jobs"].values():
        for scope, right in job["permissions"].items():
            asked[scope] = max(right, asked.get(scope, ""))
    assert caller["permissions"] == asked
    assert caller["uses"].split("@")[0] == f"acme/zsync/.github/workflows/{name}.yml"


def test_the_workflow_for_several_orgs_is_the_tutorials_once_for_each() -> None:
    page = (DOCS / "many-orgs.md").read_text("utf-8")
    several = YAML(typ="safe").load(block("workflow .github/workflows/zsync.yml", page))["jobs"]
    single = YAML(typ="safe").load(block("file .github/workflows/zsync.yml"))["jobs"]
    for name, job in several.items():
        alone = single[name.split("-")[0]]
        assert {key: one for key, one in job.items() if key != "with"} == {
            key: one for key, one in alone.items() if key != "with"
        }
        assert alone.get("with", {}).items() <= job["with"].items()


def test_the_recipes_commands_plan_and_apply(begun: Project) -> None:
    begun.pull({"campaigns/spring.yaml": block("file relations/campaigns/spring.yaml")})
    recipe = ROOT / ".github" / "recipes" / "zsync-ci"
    (begun.origin / "zsync-ci").write_text(recipe.read_text("utf-8"), "utf-8")
    text = (DOCS / "elsewhere.md").read_text("utf-8")
    done = shell(begun, f"export ZSYNC_ENVIRONMENT=production\n{block('recipe', text)}")
    assert (done.returncode, begun.members()) == (0, {"ana": "Invited", "bo": "Planned"})
