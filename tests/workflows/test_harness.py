"""The harness reads expressions and commands as GitHub does: else its tests would prove nothing."""

from typing import Any

import pytest

from tests.workflows.commands import Annotation, Unheard, listen
from tests.workflows.expressions import condition, evaluate, fill
from tests.workflows.runner import status

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
