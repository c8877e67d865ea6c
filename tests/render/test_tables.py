"""Tables within a budget: what is folded, what is counted, and what is left when nothing fits."""

from collections.abc import Sequence

import pytest

from zsync.render.tables import Table, fitting, row, shortened

FOLD = 20
"""Rows, and tables, up to which nothing is folded."""


def table(kinds: Sequence[str], urgent: int = 0, title: str = "T", spread: str = "") -> Table:
    """A table of numbered rows."""
    return Table(title, ("N",), kinds, lambda at: row(str(at)), urgent, spread=spread)


def lines(*parts: str) -> str:
    """Paragraphs."""
    return "\n\n".join(parts) + "\n"


def rows(*numbers: int) -> str:
    """A table of these rows."""
    return "\n".join(["| N |", "| --- |", *(f"| {number} |" for number in numbers)])


def test_a_text_may_be_as_long_as_the_limit() -> None:
    wide = table(["a"])._replace(line=lambda _: row("x" * 100))
    whole = lines("head", "#### T", "| N |\n| --- |\n" + row("x" * 100), "tail")
    assert fitting("head", [wide], "tail", len(whole), "note") == whole
    counted = lines(
        "head", "note", "\n".join([row("List", "Changes"), row("---", "---"), row("T", "1 a")]), "tail"
    )
    assert fitting("head", [wide], "tail", len(whole) - 1, "note") == counted


@pytest.mark.parametrize(
    ("limit", "text"),
    [
        (17, "head\n\nnote\n\ntail\n"),
        (16, "head\n\nnote\n"),
        (10, "head\n"),
        (5, "head\n"),
        (4, "he…\n"),
        (3, "h…\n"),
        (2, "…\n"),
        (1, "…"),
        (0, ""),
        (-1, ""),
    ],
)
def test_the_head_stays_longest_and_then_as_much_of_it_as_there_is_room_for(limit: int, text: str) -> None:
    assert fitting("head", [table(["a"] * 300)], "tail", limit, "note") == text
    assert len(text) <= max(limit, 0)


def test_what_was_not_shortened_has_no_note_whatever_it_is() -> None:
    assert fitting("head", [], "tail", 12, "note") == "head\n\ntail\n"
    assert fitting("head", [], "tail", 10, "") == "head\n"


@pytest.mark.parametrize(
    ("urgent", "others", "shown"),
    [
        (0, FOLD, [rows(*range(FOLD))]),
        (1, FOLD - 1, [rows(*range(FOLD))]),
        (
            0,
            FOLD + 1,
            [f"<details><summary>21 b, +5%</summary>\n\n{rows(*range(FOLD + 1))}\n\n</details>"],
        ),
        (
            FOLD,
            1,
            [
                rows(*range(FOLD)),
                f"<details><summary>1 b, +5%</summary>\n\n{rows(FOLD)}\n\n</details>",
            ],
        ),
        (
            FOLD + 1,
            0,
            [f"<details open><summary>21 a, +5%</summary>\n\n{rows(*range(FOLD + 1))}\n\n</details>"],
        ),
    ],
)
def test_rows_are_folded_if_they_are_many_and_urgent_ones_stay_open(
    urgent: int, others: int, shown: list[str]
) -> None:
    made = fitting("head", [table(["a"] * urgent + ["b"] * others, urgent, spread="+5%")], "", 10_000, "note")
    assert made == lines("head", "#### T", *shown)


@pytest.mark.parametrize("many", [FOLD, FOLD + 1])
def test_tables_that_are_only_counted_are_folded_if_they_are_many(many: int) -> None:
    tables = [table(["a"] * 90 + ["b"] * 10, title=f"T{number}") for number in range(many)]
    made = fitting("head", tables, "", 1_000, "note")
    listed = "\n".join(
        [row("List", "Changes"), row("---", "---"), *(row(f"T{n}", "90 a, 10 b") for n in range(many))]
    )
    summary = f"<details><summary>21 lists: {90 * many:,} a, {10 * many} b</summary>"
    assert made == (
        lines("head", "note", listed)
        if many == FOLD
        else lines("head", "note", f"{summary}\n\n{listed}\n\n</details>")
    )


def test_a_note_tells_where_the_whole_is() -> None:
    assert shortened("`show` tells", "") == "> [!NOTE]\n> Shortened to fit into a comment. `show` tells."
    assert "comment. [All of it is here](https://ci.example); `show` tells." in shortened(
        "`show` tells", "https://ci.example"
    )
