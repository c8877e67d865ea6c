"""What chat channels hear: golden messages, and nothing in them that a chat obeys or that names anybody."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tests.conftest import Golden
from tests.render import plans
from zsync.errors import (
    AccessDenied,
    AnswerLost,
    GuardRefused,
    InputError,
    LockHeld,
    PlanRefused,
    RequestRefused,
)
from zsync.guards.evaluation import refusal
from zsync.model import Diagnostic, Outcome, Plan, Report, Stop
from zsync.model.grounds import Frozen
from zsync.model.verdicts import Override, Verdict
from zsync.render.notice import Notice, of_drift, of_failure, of_report
from zsync.render.webhooks import FORMS

GOLDEN = Path(__file__).parent / "golden"
LINK = "https://github.example/acme/crm/actions/runs/7?a=1&b=2"


def verdict(guard: str) -> Verdict:
    """A guard's word against a plan."""
    return Verdict(guard, Frozen(plans.HOSTILE, plans.HOSTILE, plans.HOSTILE))


def guarded(plan: Plan) -> Plan:
    """The plan with a guard against it."""
    return replace(plan, verdicts=(verdict("max_deletes"),))


def hostile_report() -> Report:
    """Each text that a stranger can choose."""
    report = plans.refused(plans.hostile())
    return replace(report, run=plans.HOSTILE, overrides=(Override(plans.HOSTILE, plans.HOSTILE),))


def denied(code: str) -> RequestRefused:
    """A refusal of the whole request."""
    return AccessDenied(plans.HOSTILE, code=code, status=401, request="GET /org", exit_code=8)


NOTICES: dict[str, Callable[[], Notice]] = {
    "applied": lambda: of_report(
        replace(plans.applied(plans.mixed()), run="20270301T090000Z-3ceec370"), LINK
    ),
    "partial": lambda: of_report(plans.troubled()),
    "stopped": lambda: of_report(plans.troubled(plans.SPENT), LINK),
    "hostile": lambda: of_report(hostile_report(), LINK),
    "drift": lambda: of_drift(plans.mixed(), LINK),
    "drift-guarded": lambda: of_drift(guarded(plans.deletes_only())),
    "drift-hostile": lambda: of_drift(plans.hostile()),
    "drift-unknown": lambda: of_failure(
        "drift", AnswerLost(plans.HOSTILE, plans.HOSTILE), None, "production"
    ),
    "failed": lambda: of_failure("apply", LockHeld(plans.HOSTILE), plans.mixed(), "", LINK),
    "bug": lambda: of_failure("resume", ValueError(plans.HOSTILE), None, plans.HOSTILE),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", NOTICES)
def test_a_message_is_as_it_was(name: str, form: str, golden: Golden) -> None:
    message = FORMS[form](NOTICES[name]())
    golden(GOLDEN / f"notice-{name}.{form}.json", json.dumps(message, indent=1, ensure_ascii=False) + "\n")


@pytest.mark.parametrize("name", NOTICES)
def test_no_message_names_a_record_or_repeats_what_the_crm_said(name: str) -> None:
    said = str(NOTICES[name]())
    for text in ("ana", "bo@", "Kim", "Spring", "Retail", "Responded", "ReadTimeout", "seems to be"):
        assert text not in said


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (AnswerLost("x", "y"), "the CRM cannot be reached"),
        (denied("NO_CREDENTIALS"), "authentication, permission or credits (NO_CREDENTIALS)"),
        (denied("ana@acme.example"), "authentication, permission or credits (no code)"),
        (RequestRefused("x", code="BAD", status=400, request=""), "the CRM refused a request (BAD)"),
        (
            refusal([verdict("freeze"), verdict("credits")]),
            "2 guards refuse the plan - freeze, credits",
        ),
        (InputError((Diagnostic("not-found", "Ana"),)), "1 thing to fix (not-found)"),
        (PlanRefused("x"), "the plan is stale, expired, altered, or made for another org"),
        (KeyError("Ana"), "a bug in zsync (KeyError)"),
    ],
)
def test_a_failure_is_told_in_words_of_ours(error: Exception, cause: str) -> None:
    assert of_failure("apply", error).headline == f"zsync apply failed: {cause}"


@pytest.mark.parametrize(("error", "said"), [(GuardRefused("x"), True), (AnswerLost("x", "y"), False)])
def test_that_nothing_was_written_is_said_only_where_it_is_sure(error: Exception, said: bool) -> None:
    assert ("Nothing was written." in of_failure("apply", error).lines) == said


def of(environment: str = "", org_id: str = "", org_type: str = "", git_commit: str = "") -> Notice:
    """The notice of a report whose plan says no more of its org than that."""
    told = {"environment": environment, "org_id": org_id, "org_type": org_type, "git_commit": git_commit}
    bare = replace(plans.BINDING, **told)  # type: ignore[arg-type]
    return of_report(replace(plans.applied(plans.plan(plans.change("a", None, {}), binding=bare)), run=""))


def test_what_nobody_knows_of_an_org_is_left_out() -> None:
    assert (of().headline, of().facts) == ("zsync applied 1 change", ())
    told = of(org_id="7", org_type="sandbox")
    assert (told.headline, told.facts) == ("zsync applied 1 change in org 7", ("org 7 (sandbox)",))
    told = of(environment="demo", org_id="7", git_commit="c" * 40)
    assert told.headline == "zsync applied 1 change in demo"
    assert told.facts == ("org 7", f"commit {'c' * 12}")


@pytest.mark.parametrize(("number", "more"), [(10, ""), (11, ", …")])
def test_ten_reasons_are_told_the_commonest_first(number: int, more: str) -> None:
    made = [plans.change(f"n{each}", None, {}, number=each) for each in range(number + 1)]
    outcomes = [Outcome("refused", f"CODE_{min(each, number - 1)}") for each in range(number + 1)]
    told = of_report(Report(plans.plan(*made), tuple(outcomes), 1, 1, 0.1)).lines
    codes = [f"CODE_{number - 1} (2)", *(f"CODE_{each} (1)" for each in range(9))]
    assert told == (f"The CRM's reasons: {', '.join(codes)}{more}",)


def test_a_stop_of_a_kind_that_there_is_not_is_told_as_unexpected() -> None:
    report = replace(plans.applied(plans.mixed()), stopped=Stop("failed", 99, ""))
    assert "It was stopped early: unexpected: a bug, or the CRM cannot be reached." in of_report(report).lines


def test_guards_that_were_set_aside_are_named_each_once() -> None:
    aside = (Override("max_deletes", "a"), Override("freeze", "b"), Override("freeze", "c"))
    report = replace(plans.applied(plans.mixed()), overrides=aside)
    assert "Guards were set aside: max_deletes, freeze." in of_report(report).lines


def test_a_long_message_of_ours_is_cut() -> None:
    headline = of_failure("apply", GuardRefused("x" * 500)).headline
    assert headline == f"zsync apply failed: {'x' * 239}·"


def test_a_read_only_look_says_nothing_of_writing() -> None:
    assert "written" not in str(of_failure("drift", GuardRefused("x")))


def test_the_mark_says_how_bad_it_is() -> None:
    report = plans.applied(plans.mixed())
    held = replace(report, outcomes=(Outcome("held"), *report.outcomes[1:]))
    tones = [of_report(one).tone for one in (report, held, replace(report, stopped=plans.SPENT))]
    assert tones == ["good", "warning", "attention"]


names = st.text(alphabet="aB1 <>&@!#*_~`[]()|:/\\.-+$\u200b\u202e\x1b\n\rﾠ", max_size=200)


@example("1.BB")
@example(":__")
@given(names)
def test_a_name_is_no_markup_no_mention_and_no_address_in_any_chat(name: str) -> None:
    binding = replace(plans.BINDING, environment=name, org_id=name, org_type=name)
    notice = of_report(replace(plans.applied(plans.plan(binding=binding)), run=name))
    said = " ".join((notice.headline, *notice.lines, *notice.facts))
    assert said.isprintable()
    assert not re.search(r"[<>&@*`~\[\]|/\\]|(?<!in)(?<!run): *:", said)
    assert not re.search("<(?!p>|/p>|em>|/em>)", MarkdownIt("gfm-like").render(said).strip())


@given(names)
def test_slacks_limits_are_kept_whatever_a_name_is(name: str) -> None:
    binding = replace(plans.BINDING, environment=name * 50, org_id=name * 50)
    blocks = FORMS["slack"](of_drift(plans.plan(plans.change("a", None, {}), binding=binding)))["blocks"]
    texts = [block["text"]["text"] for block in blocks[:-1]] + [one["text"] for one in blocks[-1]["elements"]]
    assert len(texts[0]) <= 150
    assert all(0 < len(text) <= 3000 for text in texts)


def test_the_link_is_escaped_for_slack_and_whole_for_teams() -> None:
    notice = NOTICES["applied"]()
    assert (
        "<https://github.example/acme/crm/actions/runs/7?a=1&amp;b=2|CI run>"
        in FORMS["slack"](notice)["text"]
    )
    card = FORMS["teams"](notice)["attachments"][0]["content"]
    assert [action["url"] for action in card["actions"]] == [LINK]


def test_teams_gets_runs_of_text_alone() -> None:
    card = FORMS["teams"](NOTICES["hostile"]())["attachments"][0]["content"]
    assert {block["type"] for block in card["body"]} == {"RichTextBlock"}
    assert {run["type"] for block in card["body"] for run in block["inlines"]} == {"TextRun"}
