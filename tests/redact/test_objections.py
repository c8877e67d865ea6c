"""What somebody said, where strangers read: yes and no, Zoho's own words and places stay, every other value is a token."""

from dataclasses import replace
from typing import Any

import pytest

from tests.render.plans import HOSTILE, change, consented, plan, refrained
from zsync.model import Outcome, Withheld
from zsync.model.objections import Objection
from zsync.redact import Policy, redact_plan, redact_report
from zsync.render import renderer

STRICT = Policy()


def shown(field: str, value: Any, policy: Policy = STRICT) -> Any:
    """The value as a reader of the comment gets it."""
    row = replace(change("ana@acme.example", None, {}), objection=Objection("field", field, value))
    made = redact_plan(replace(plan(), withheld=(Withheld("consent", row),)), policy)
    objection = made.withheld[0].change.objection
    assert objection
    return objection.value


@pytest.mark.parametrize(
    ("field", "value"),
    [("Email_Opt_Out", True), ("No_Mail", False), ("Unsubscribed_Mode", "Manual"), ("No_Mail", None)],
)
def test_yes_and_no_and_zohos_own_words_stay(field: str, value: Any) -> None:
    assert shown(field, value) == value


@pytest.mark.parametrize("value", ["Ana Lind asked", ["Ana Lind"], 17])
def test_every_other_value_is_masked_by_its_field(value: Any) -> None:
    assert shown("Reason_Lost", value) == STRICT.token(value)
    assert shown("Reason_Lost", value, Policy({"Reason_Lost": "show"})) == value


@pytest.mark.parametrize("form", ["text", "markdown", "json", "html", "github", "junit"])
def test_no_format_names_anybody(form: str) -> None:
    plans = renderer(form).render_plan(redact_plan(consented(), STRICT))
    report = renderer(form).render_report(redact_report(refrained(), STRICT))
    for said in (plans, report):
        assert "acme.example" not in said.replace("https://github.example", "")
        assert "Ana Lind" not in said


def test_what_an_outcome_says_is_masked_likewise() -> None:
    held = Outcome("held", objection=Objection("field", "Reason_Lost", HOSTILE))
    report = redact_report(replace(refrained(), outcomes=(held, held)), STRICT)
    assert report.outcomes[0].objection == Objection("field", "Reason_Lost", STRICT.token(HOSTILE))
