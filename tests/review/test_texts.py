"""What is put together for comments, summaries and outputs."""

import re

import pytest
from markdown_it import MarkdownIt

from zsync.bounds import COMMENT, SUMMARY
from zsync.review import texts

MARKER, LINK = "<!-- zsync plan eu -->", "<sub>[run](https://github.example/run)</sub>"


def of(length: int) -> str:
    """A comment's body so that all of it has that many characters."""
    frame = len(texts.body((MARKER, "x", LINK), "note")) - 1
    start = "### zsync: many\n\n| a |\n| --- |\n"
    return start + "é" * (length - frame - len(start))


@pytest.mark.parametrize("beyond", [0, 1])
def test_a_comment_is_whole_as_long_as_github_takes_it(beyond: int) -> None:
    text = texts.body((MARKER, of(COMMENT.most + beyond), LINK), "Too long: [all of it](x).")
    assert len(text) <= COMMENT.most
    assert ("| a |" in text, "Too long" in text) == (not beyond, bool(beyond))
    assert text.startswith(MARKER + "\n\n### zsync: many")
    assert text.rstrip().endswith(LINK)


def test_a_comment_without_a_table_is_cut() -> None:
    text = texts.body((MARKER, "y" * 70_000, LINK), "Too long.")
    assert len(text) <= COMMENT.most
    assert LINK in text


def test_what_stands_before_the_headline_stays() -> None:
    text = texts.body((MARKER, "> [!IMPORTANT]\n> first", of(COMMENT.most), LINK), "Too long.")
    assert text.index("first") < text.index("### zsync")


@pytest.mark.parametrize("beyond", [0, 1])
def test_a_summary_is_whole_as_long_as_github_keeps_it(beyond: int) -> None:
    line = "é" * 49 + "\n"
    text = line * (SUMMARY.most // len(line.encode()))
    text += "x" * (SUMMARY.most - len(text.encode()) + beyond)
    assert (texts.summary(text) == text) is not bool(beyond)
    assert len(texts.summary(text).encode()) <= 1024 * 1024


def test_what_a_program_said_is_code_whatever_it_is() -> None:
    said = "\x1b[31m<script>\n```\n</details>\r::error::x\t@team\n" * 300
    html = MarkdownIt("gfm-like", {"html": True}).render(texts.unreadable("plan", 1, said))
    outside = re.sub(r"<code>.*?</code>", "", html, flags=re.DOTALL)
    assert outside.split() == ["<h3>zsync", "plan:", "exit", "code", "1</h3>", "<pre></pre>"]
    assert "1,000 more lines" in html


def test_a_secret_is_masked_the_longest_first() -> None:
    assert texts.masked("token-1 token-12 abc", ["token-1", "token-12", "abc", ""]) == "*** *** abc"


def test_an_output_of_several_lines_ends_where_it_says() -> None:
    made = texts.outputs({"a": "1", "b": "x\nfolder=/etc", "c": ""}, "END")
    assert made == "a=1\nb<<END\nx\nfolder=/etc\nEND\nc=\n"


def test_a_rehearsal_says_what_the_bundled_crm_held() -> None:
    made = texts.rehearsal("### plan", "", snapshot=True)
    assert "what the snapshot says" in made
    assert "nothing was rehearsed, for the plan is refused" in made
