"""A person out of manifests: their rows and documents go, all else keeps its bytes."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.edit.amended import NAME, read
from zsync.edit.forgetting import forget, without_documents
from zsync.kinds import KINDS
from zsync.model import ManagedList, Row

CAMPAIGN = """\
# yaml-language-server: $schema=x.json
# Spring, by hand.
version: 1
parent: {module: Campaigns, id: "7"}
related_lists:
  Leads:
    key: Email
    records:
      # Ana holds the keynote
      - {Email: ana@acme.example, Member_Status: Sent}   # ask her
      - {Email: bo@acme.example}
    absent:
      - {Email: ana@acme.example}
"""
LEAD = """\
# About Ana
version: 1
parent: {module: Leads, match: {Email: ana@acme.example}}
related_lists: {Campaigns: {records: [{id: "8"}]}}
"""


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def ana(lists: Sequence[ManagedList]) -> list[tuple[ManagedList, Row]]:
    return [
        (managed, row)
        for managed in lists
        for row in (*managed.records, *managed.absent)
        if row.key == ("ana@acme.example",)
    ]


def forgotten(text: str) -> bytes | None:
    """The file afterwards; None where it goes."""
    reading, lists = read(text, KINDS)
    parents = [each.parent.span for each in lists if each.parent.module == "Leads"]
    made = forget(ana(lists), parents, reading.contents, lists, words=["Ana"])
    assert made.refused == ()
    if made.gone:
        return None
    (file,) = made.files
    assert file.name == NAME
    return file.after


ANA = "      # Ana holds the keynote\n      - {Email: ana@acme.example, Member_Status: Sent}   # ask her\n"


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_rows_go_from_records_and_absent_with_the_comments_that_are_theirs(end: str) -> None:
    text = CAMPAIGN.replace("    absent:\n      - {Email: ana@acme.example}\n", "")
    assert forgotten(text.replace("\n", end)) == text.replace(ANA, "").replace("\n", end).encode()
    both = forgotten(CAMPAIGN.replace("records:", "records: &all").replace("\n", end)) or b""
    assert b"ana" not in both.lower()
    assert b"bo@acme.example" in both


def test_a_file_about_the_person_alone_goes() -> None:
    assert forgotten(LEAD) is None
    assert forgotten(f"---\n{LEAD}---\n{LEAD}") is None


def test_of_several_documents_those_about_the_person_go_with_their_comments() -> None:
    rest = (
        CAMPAIGN.replace(ANA, "")
        .replace("      - {Email: ana@acme.example}\n", "")
        .replace("absent:", "absent: []")
    )
    for text, left in (
        (f"{CAMPAIGN}---\n{LEAD}", rest),
        (f"{CAMPAIGN}--- # next\n{LEAD}---\n{CAMPAIGN}", f"{rest}---\n{rest}"),
    ):
        assert forgotten(text) == left.encode()
    schema, _, body = rest.partition("\n")
    assert forgotten(f"{schema}\n{LEAD}---\n{CAMPAIGN}") == f"{schema}\n{schema}\n{body}".encode()


def test_text_that_looks_like_a_mark_between_documents_is_none() -> None:
    text = "a: |\n  ---\n  x\n---\nb: 1\n--- \nc: 2\n"
    assert without_documents(text.encode(), [1]) == b"a: |\n  ---\n  x\n--- \nc: 2\n"
    assert without_documents(text.encode(), [0]) == b"b: 1\n--- \nc: 2\n"
    assert without_documents(text.encode(), [0, 1]) == b"c: 2\n"
    assert without_documents(text.encode(), [0, 1, 2]) == b""


def test_a_byte_order_mark_stays() -> None:
    assert without_documents(b"\xef\xbb\xbfa: 1\r\n---\r\nb: 2\r\n", [0]) == b"\xef\xbb\xbfb: 2\r\n"


def test_a_row_that_is_repeated_from_elsewhere_is_left_with_the_reason() -> None:
    shared = CAMPAIGN.replace("records:", "records: &all") + LEAD.replace("# About Ana\n", "---\n").replace(
        "Leads, match: {Email: ana@acme.example}", 'Campaigns, id: "9"'
    ).replace(
        '{Campaigns: {records: [{id: "8"}]}}', "{Leads: {key: Email, records: [{Email: ana@acme.example}]}}"
    )
    reading, lists = read(shared, KINDS)
    made = forget(ana(lists), [], reading.contents, lists)
    assert (len(made.refused), len(made.files)) == (0, 1)
    assert b"ana@" not in made.files[0].after


def test_a_comment_above_a_group_stays_unless_it_names_the_person() -> None:
    for comment, stays in (("# Speakers", True), ("# Banana", True), ("# ask ANA, then Bo", False)):
        text = CAMPAIGN.replace("# Ana holds the keynote", comment)
        assert (comment.encode() in (forgotten(text) or b"")) is stays


def test_a_text_that_looks_like_a_comment_is_none() -> None:
    text = CAMPAIGN.replace(
        "      # Ana holds the keynote\n",
        "      - Email: cy@acme.example\n        Member_Status: |\n          x\n          # Ana\n",
    )
    assert b"          # Ana\n" in (forgotten(text) or b"")
