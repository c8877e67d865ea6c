"""Masked lines and messages to the letter: what is found, what stays, and where the caret stands."""

import pytest

from tests.redact.test_redact import POLICY
from zsync.bounds import EXCERPT
from zsync.errors import CrmUnreachable, RequestRefused
from zsync.model import Diagnostic, Span
from zsync.redact import Policy, redact_diagnostics, redact_error, redact_text

T = POLICY.token
ANA = "ana@acme.example"
ROW = f"  - {{Email: {ANA}, Member_Status: Sent}}"


def masked(line: str, column: int, width: int) -> tuple[str, int]:
    """A source line and its caret's width."""
    one = Diagnostic("yaml", "", Span("a.yaml", 1, column), excerpt=line, width=width)
    (shown,) = redact_diagnostics([one], POLICY)
    assert shown.begins == 1
    return shown.excerpt, shown.width


@pytest.mark.parametrize(
    ("line", "column", "width", "shown", "caret"),
    [
        (ROW, 5, 1, f"  - {{Email: {T(ANA)}, Member_Status: Sent}}", 1),
        (ROW, 6, 5, f"  - {{Email: {T(ANA)}, Member_Status: Sent}}", 5),
        (ROW, 6, 6, f"  - {{Email: {T(ANA)}, Member_Status: Sent}}", 6),
        (ROW, 13, 16, f"  - {{Email: {T(ANA)}, Member_Status: Sent}}", len(T(ANA))),
        (ROW, 1, 0, f"  - {{Email: {T(ANA)}, Member_Status: Sent}}", 2),
        ("{id: 17, version: 1, id: x7}", 6, 2, f"{{id: 17, version: 1, id: {T('x7')}}}", 2),
        ("{version: 1, Unit: 1}", 11, 1, f"{{version: 1, {T('Unit')}: {T('1')}}}", 1),
        ("{Member_Status: \"Sent\", Note: 'x'}", 17, 6, f"{{Member_Status: \"Sent\", {T('Note')}: {T('x')}}}", 6),
        ("{Member_Status: a@b.c, Email: Sent}", 17, 5, f"{{Member_Status: {T('a@b.c')}, Email: {T('Sent')}}}", len(T("a"))),
        ("Member_Status: Sent, 5", 1, 13, f"Member_Status: Sent, {T('5')}", 13),
        ("Member_Status Sent", 1, 1, T("Member_Status Sent"), len(T("a"))),
        ("id: '", 5, 1, f"id: {T(chr(39))}", len(T("a"))),
        ("id: ''", 5, 1, f"id: {T('')}", len(T("a"))),
        ("a: b # Ana", 1, 1, f"{T('a')}: {T('b')} # …", len(T("a"))),
        ('"id" 17', 6, 2, f'"id" {T("17")}', len(T("17"))),
        ("- XenaX", 1, 1, f"- {T('XenaX')}", 1),
        ("- x", 3, 0, f"- {T('x')}", len(T("a"))),
        ("records", 1, 7, "records", 7),
        ("", 1, 0, "", 1),
        ("x" * 20, 25, 3, T("x" * 20).rjust(24), 1),
    ],
)  # fmt: skip
def test_a_line_is_masked_part_by_part_below_its_caret(
    line: str, column: int, width: int, shown: str, caret: int
) -> None:
    assert masked(line, column, width) == (shown, caret)


def test_what_stands_nowhere_has_no_line() -> None:
    (one,) = redact_diagnostics([Diagnostic("yaml", "", excerpt=ANA, width=7)], POLICY)
    assert (one.excerpt, one.width, one.begins) == ("", 1, 1)


def test_the_longest_line_that_is_kept_whole_is_shown() -> None:
    line = "records".ljust(EXCERPT.most)
    assert masked(line, 1, 7) == (line, 7)


def test_a_field_that_no_file_names_is_masked_in_lines_whatever_the_default() -> None:
    one = Diagnostic("yaml", "", Span("a.yaml", 1, 1), excerpt="{Nickname: Ana, Rank: 1}")
    (shown,) = redact_diagnostics([one], Policy({"Rank": "show"}, default="show").keyed("60001", "a secret"))
    assert shown.excerpt == f"{{{T('Nickname')}: {T('Ana')}, Rank: 1}}"


@pytest.mark.parametrize(
    ("text", "known", "shown"),
    [
        ("for Ana Ruiz and Ana", {"Ana", "Ana Ruiz"}, f"for {T('Ana Ruiz')} and {T('Ana')}"),
        ("Bo, Bob, 東京都", {"Bo", "東京"}, f"{T('Bo')}, Bob, {T('東京')}都"),
        ("Anna Annalena", {"Anna"}, f"{T('Anna')} {T('Anna')}lena"),
        ("Bob Bobby", {"Bob"}, f"{T('Bob')} Bobby"),
        ("a.c abc", {"a.c"}, f"{T('a.c')} abc"),
        (f"mail {ANA}, now", set(), f"mail {T(ANA)}, now"),
        (f"({ANA})", {""}, f"({T(ANA)})"),
        ("nothing here", {"Ana"}, "nothing here"),
    ],
)
def test_a_message_has_tokens_for_values_that_are_known_and_for_addresses(
    text: str, known: set[str], shown: str
) -> None:
    assert redact_text(text, POLICY, known) == shown


def test_the_lines_of_an_exception_are_masked_as_its_message_is() -> None:
    error = CrmUnreachable("no Ana", help="Ask Ana.")
    error.lines = ("Ana was here", "nobody")
    redact_error(error, POLICY, {"Ana"})
    assert (str(error), error.help, error.lines) == (
        f"no {T('Ana')}",
        f"Ask {T('Ana')}.",
        (f"{T('Ana')} was here", "nobody"),
    )


@pytest.mark.parametrize(
    ("code", "shown"), [("NO_PERMISSION", "NO_PERMISSION: "), ("Ana", "the CRM refused")]
)
def test_of_a_refusal_the_code_is_shown_where_it_is_one(code: str, shown: str) -> None:
    error = RequestRefused("x", code=code, status=400, request="GET /Leads", said="Ana may not")
    redact_error(error, POLICY)
    assert str(error).startswith(f"GET /Leads: {shown}")
    assert "Ana" not in str(error)
