"""Whatever a stranger writes is shown and never obeyed."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tests.render.plans import HOSTILE
from zsync.render.escape import _LONGEST_LINK, chat, link, markdown, terminal

GITHUB = MarkdownIt("gfm-like", {"html": True, "linkify": True})
MARKUP = r"|`\<>[]()!@#*_~&;:/.-$ www http https script details a b \n" + "\u202e\u200b\x1b\r\n\t"

nasty = st.one_of(st.text(), st.text(alphabet=sorted(set(MARKUP))), st.sampled_from([HOSTILE, HOSTILE[::-1]]))


@given(nasty)
@example(HOSTILE)
@example("\ud800 lone")
def test_a_terminal_gets_nothing_that_it_could_obey_or_hide(text: str) -> None:
    assert all(unicodedata.category(char)[0] != "C" and char.isprintable() for char in terminal(text))
    assert "##[" not in terminal(text)


@given(st.text(alphabet=st.characters(codec="ascii", exclude_categories=["Cc"])))
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert terminal(text) == text.replace("##[", r"##\x5b")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb\tc\r", r"a\nb\tc\r"),
        ("\x1b[2J\x07\x9b", r"\x1b[2J\x07\x9b"),
        ("\u202eabc\u2066", r"\u202eabc\u2066"),
        ("a\u200bb\ufeff\u2060", r"a\u200bb\ufeff\u2060"),
        ("a\u3164b\u2800\U000e0041", r"a\u3164b\u2800\U000e0041"),
        ("non\xa0breaking", r"non\xa0breaking"),
        ("Zoë Łukasz 王芳 ñ ✓ 😀", "Zoë Łukasz 王芳 ñ ✓ 😀"),
        ("##[stop-commands]", r"##\x5bstop-commands]"),
    ],
)
def test_what_cannot_be_seen_is_spelled_out(text: str, shown: str) -> None:
    assert terminal(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        (" ", "` `"),
        ("bo@acme.example", "`bo@acme.example`"),
        ("a|b", "`a`<code>&#124;</code>`b`"),
        ("`x`", "`` `x` ``"),
        (" x ", "`  x  `"),
        (" X ", "`  X  `"),
        ("   ", "`   `"),
        ("\\", "`\\`"),
        ("a\nb", r"`a\nb`"),
    ],
)
def test_markdown_shows_a_name_as_code(text: str, shown: str) -> None:
    assert markdown(text) == shown


@given(nasty)
@example(HOSTILE)
def test_a_table_cell_keeps_its_border_and_shows_the_text_alone(text: str) -> None:
    assert "|" not in markdown(text)
    assert "\n" not in markdown(text)
    tokens = GITHUB.parse(f"| a | b |\n| --- | --- |\n| {markdown(text)} | end |\n")
    cells = [token for token in tokens if token.type == "inline"]
    assert [cell.content for cell in cells[:2] + cells[3:]] == ["a", "b", "end"]
    assert _shown(cells[2].children) == terminal(text)


@given(nasty)
@example(HOSTILE)
def test_a_paragraph_and_a_heading_show_the_text_alone(text: str) -> None:
    for before in ("", "#### ", "Name ", "> "):
        (inline,) = [t for t in GITHUB.parse(f"{before}x {markdown(text)} y\n") if t.type == "inline"]
        assert _shown(inline.children).endswith(f"x {terminal(text)} y")


@pytest.mark.parametrize(
    "text", ["https://x.example", "www.example.com", "<b>", "**b**", "~~s~~", "[a](b)", "`a`"]
)
def test_the_parser_of_these_tests_sees_markup_where_nothing_is_escaped(text: str) -> None:
    (inline,) = [token for token in GITHUB.parse(f"x {text} y") if token.type == "inline"]
    assert {token.type for token in inline.children or []} - {"text"}


def _shown(tokens: object) -> str:
    """The text of inline tokens. Fails for any token that would do more than show it."""
    assert isinstance(tokens, list)
    for token in tokens:
        allowed = ("code_inline", "text")
        assert token.type in allowed or token.content in ("<code>", "</code>", "|"), token
    return "".join(token.content for token in tokens if token.type != "html_inline")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("prod_eu", "prod_eu"),
        ("<!channel> @here", "··channel· ·here"),
        ("_it_ is", "·it· is"),
        ("a\tb", "a·tb"),
    ],
)
def test_a_name_in_a_chat_calls_nobody_and_is_no_markup(text: str, shown: str) -> None:
    assert chat(text) == shown


def test_an_address_is_a_link_up_to_so_many_characters() -> None:
    start = "https://ci.example/"
    longest = start + "a" * (_LONGEST_LINK - len(start))
    assert (link(longest), link(longest + "a")) == (longest, "")
