"""What guards say, in a terminal and in Markdown: with their places, and not more than anybody reads."""

from dataclasses import replace

import pytest

from tests.render import plans
from zsync.model import Plan, Span
from zsync.model.grounds import TooMany
from zsync.model.verdicts import Override, Verdict
from zsync.render.guarding import headline, markdown_block, text_verdicts

SAID = "6 rows would be deleted, the limit is 5"


def refused(number: int = 1, guard: str = "max_deletes", span: Span | None = None) -> Plan:
    """A plan that so many verdicts refuse."""
    return replace(
        plans.mixed(), verdicts=(Verdict(guard, TooMany(6, "delete", most=5), span=span),) * number
    )


def test_a_verdict_has_its_place_before_what_to_do() -> None:
    assert list(text_verdicts(refused(span=Span("z.yaml", 3, 5)))) == [
        f"  max_deletes: {SAID}",
        "      z.yaml:3:5: Plan fewer at a time.",
    ]
    assert list(text_verdicts(refused()))[1] == "      Plan fewer at a time."
    assert f"`{SAID}` (`z.yaml:3:5`). `Plan fewer" in markdown_block(refused(span=Span("z.yaml", 3, 5)))
    assert f"`{SAID}`. `Plan fewer" in markdown_block(refused())


@pytest.mark.parametrize(("number", "more"), [(40, ""), (41, "… and 1 more"), (1_240, "… and 1,200 more")])
def test_forty_verdicts_are_shown_and_the_rest_is_counted(number: int, more: str) -> None:
    lines = list(text_verdicts(refused(number)))
    assert (len(lines), lines[80:]) == (80 + bool(more), [f"  {more}"] if more else [])
    assert markdown_block(refused(number)).count("> - `max_deletes`") == 40
    assert markdown_block(refused(number)).partition("> - … and")[2] == more.partition("… and")[2]


def test_an_alert_has_its_headline_its_verdicts_and_what_was_overridden() -> None:
    two = replace(
        plans.mixed(),
        verdicts=(*refused().verdicts, *refused(guard="min_size").verdicts),
        overrides=(Override("freeze", "the fair"), Override("credits", "paid")),
    )
    assert markdown_block(two) == (
        "\n\n> [!CAUTION]\n> **REFUSED by 2 guards: max_deletes, min_size**\n>\n"
        f"> - `max_deletes`: `{SAID}`. `Plan fewer at a time.`\n> - `min_size`: `{SAID}`. `Plan fewer at a time.`"
        "\n\n> [!WARNING]\n> **Overridden:** `freeze`, because: `the fair`\n>\n> **Overridden:** `credits`, because: `paid`"
    )


def test_a_name_that_no_guard_has_is_made_plain() -> None:
    assert "**REFUSED by 1 guard: max_deletes**" in markdown_block(refused())
    assert "**REFUSED by 1 guard: ??a b??**" in markdown_block(refused(guard="*_a b](".replace("_", "*")))
    assert headline(plans.mixed()) == ""
