"""The harness reads expressions and commands as GitHub does: else its tests would prove nothing."""

from pathlib import Path
from typing import Any

import pytest

from tests.workflows.commands import Annotation, Unheard, listen
from tests.workflows.concurrency import Groups
from tests.workflows.conftest import Project
from tests.workflows.expressions import condition, evaluate, fill
from tests.workflows.hub import Hub, Refused
from tests.workflows.runner import Result, status
from tests.workflows.runs import HOME

CONTEXTS = {
    "inputs": {"environment": "", "name": "It's"},
    "vars": {"E": "eu"},
    "needs": {"a": {"result": "success"}, "b": {"result": "failure"}},
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("inputs.environment || vars.E || 'default'", "eu"),
        ("inputs.nothing.at-all || 'it''s'", "it's"),
        ("'A' == 'a' && 1 == '1'", True),
        ("!(needs.a.result != 'success')", True),
        ("join(needs.*.result, ' ')", "success failure"),
        ("contains(fromJSON('[\"done\"]'), 'done')", True),
        ("needs.b.result == 'success' && 'x' || 'y'", "y"),
        ("needs['a'].result", "success"),
    ],
)
def test_an_expression_comes_to_what_github_says(text: str, value: Any) -> None:
    assert evaluate(text, CONTEXTS) == value


@pytest.mark.parametrize("text", ["a ~ b", "'open", "(true", "true true"])
def test_what_is_no_expression_is_refused(text: str) -> None:
    with pytest.raises((ValueError, KeyError, IndexError)):
        evaluate(text, {"a": 1, "b": 2})


def test_an_expression_that_names_no_context_is_refused() -> None:
    with pytest.raises(KeyError):
        evaluate("input.environment", CONTEXTS)


def test_text_is_filled_in() -> None:
    assert fill("a-${{ vars.E }}-${{ inputs.nothing }}-${{ 1 == 1 }}", CONTEXTS) == "a-eu--true"


@pytest.mark.parametrize(
    ("text", "sound", "value"),
    [
        ("true", False, False),
        ("true", True, True),
        ("always()", False, True),
        ("${{ !cancelled() && true }}", False, True),
    ],
)
def test_a_condition_wants_success_unless_it_asks_for_a_status(text: str, sound: bool, value: bool) -> None:
    assert condition(text, CONTEXTS, status(sound)) is value


def test_a_command_at_the_start_of_a_line_is_heard_and_an_old_one_anywhere() -> None:
    log = "x ::error::no\n  ::error file=a.yaml,line=3::one%0Atwo\nand ##[error]three"
    assert listen(log) == [Annotation("error", "one\ntwo", "a.yaml", "3"), Annotation("error", "three")]


def test_stopped_commands_are_not_heard() -> None:
    assert listen("::stop-commands::t\n::error::no\n::t::\n::notice::yes") == [Annotation("notice", "yes")]


def test_a_command_that_nobody_meant_is_told() -> None:
    with pytest.raises(Unheard):
        listen("::add-mask::x")


class Somebody:
    """Who wants a turn."""

    cancelled = False


def test_of_those_that_share_a_group_one_runs_and_the_newest_waits() -> None:
    groups, (first, second, third) = Groups(), (Somebody(), Somebody(), Somebody())
    for one in (first, second, third):
        groups.enter("apply", one, cancels=False)
    assert [one.cancelled for one in (first, second, third)] == [False, True, False]
    assert groups.runs("APPLY", first)
    assert groups.leave("apply", first) is third
    assert groups.leave("apply", third) is None


def test_where_it_says_so_the_newest_cancels_who_runs() -> None:
    groups, (first, second) = Groups(), (Somebody(), Somebody())
    groups.enter("plan", first, cancels=True)
    groups.enter("plan", second, cancels=True)
    assert (first.cancelled, groups.runs("plan", second)) == (True, True)


def test_another_group_is_nobodys_business() -> None:
    groups, (first, second) = Groups(), (Somebody(), Somebody())
    groups.enter("a", first, cancels=True)
    groups.enter("b", second, cancels=True)
    assert not first.cancelled


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    """What GitHub keeps, with a file to upload."""
    (tmp_path / "plan.json").write_text("{}")
    return Hub(tmp_path / "hub")


def test_a_run_has_one_artifact_of_a_name_unless_it_is_to_be_replaced(hub: Hub, tmp_path: Path) -> None:
    files = [(tmp_path / "plan.json", "plan.json")]
    first = hub.upload("plan", files, run=1)
    with pytest.raises(Refused, match="already exists"):
        hub.upload("plan", files, run=1)
    assert hub.upload("plan", files, run=2) > first
    second = hub.upload("plan", files, run=1, overwrite=True)
    assert [one.id for one in hub.artifacts if one.run == 1] == [second]


def test_an_artifact_goes_when_its_days_are_over(hub: Hub, tmp_path: Path) -> None:
    hub.upload("plan", [(tmp_path / "plan.json", "plan.json")], run=1, days=7)
    hub.day = 6
    assert hub.named("plan").run == 1
    hub.day = 7
    with pytest.raises(LookupError):
        hub.named("plan")


def test_what_failed_is_run_again_with_what_needs_it_and_nothing_else(project: Project) -> None:
    (call,) = project.run("apply", "push", "0" * 40, {}).calls.values()
    call.results = {"plan": Result("success"), "apply": Result("failure"), "comment": Result("success")}
    call.forget(all_jobs=False)
    assert list(call.results) == ["plan"]


CALLER = {
    "jobs": {
        "inherits": {"uses": f"{HOME}plan.yml@0", "secrets": "inherit"},
        "maps": {"uses": f"{HOME}plan.yml@0", "secrets": {"ZSYNC_CLIENT_ID": "${{ secrets.EU_ID }}"}},
        "forgets": {"uses": f"{HOME}plan.yml@0"},
        "skips": {"uses": f"{HOME}plan.yml@0", "if": "github.event_name == 'schedule'"},
    }
}


def test_calls_share_a_runs_id_and_see_the_secrets_that_they_are_given(project: Project) -> None:
    project.repository.secrets["EU_ID"] = "eu"
    run = project.run("zsync", "pull_request", "0" * 40, {}, caller=CALLER)
    assert list(run.calls) == ["inherits", "maps", "forgets"]
    assert {call.run.id for call in run.calls.values()} == {run.id}
    own = project.repository.environments["plan"]
    assert run.calls["inherits"].secrets("plan") == {"EU_ID": "eu", **own}
    assert run.calls["maps"].secrets("") == {"ZSYNC_CLIENT_ID": "eu"}
    assert run.calls["forgets"].secrets("plan") == {}


def test_a_call_has_the_defaults_of_what_it_calls(project: Project) -> None:
    run = project.run("zsync", "pull_request", "0" * 40, {}, caller=CALLER)
    assert run.calls["maps"].inputs == {
        "paths": "relations",
        "environment": "",
        "only": "change",
        "max-reads": 2000,
        "snapshot": "",
        "plan-environment": "plan",
    }


def test_an_environments_own_variable_comes_before_the_repositorys(project: Project) -> None:
    project.repository.environment_variables["plan"] = {"ZSYNC_ENVIRONMENT": "eu"}
    (call,) = project.run("plan", "pull_request", "0" * 40, {}).calls.values()
    assert call.variables("plan")["ZSYNC_ENVIRONMENT"] == "eu"
    assert call.variables("")["ZSYNC_ENVIRONMENT"] == "production"
