"""The canonical form: laws over messy manifests, and what it looks like."""

import os
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from tests.laws import tries
from tests.manifest import messy
from zsync.edit import printer
from zsync.edit.fmt import Formatted, format_files, write
from zsync.edit.quoting import canonical
from zsync.errors import InputError
from zsync.manifest import load

ROOT = Path(__file__).parents[2]
HEAD = 'version: 1\nparent:\n  module: Campaigns\n  id: "7"\nrelated_lists:\n'
FILE = Path("manifest.yaml")

law = tries(20, shared=True)


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def look(text: str | bytes) -> Formatted:
    FILE.write_bytes(text if isinstance(text, bytes) else text.encode())
    (formatted,) = format_files([FILE], kinds=messy.KINDS)
    return formatted


def form(text: str | bytes) -> str:
    formatted = look(text)
    assert formatted.diagnostics == ()
    return formatted.after.decode()


def leads(*lines: str) -> str:
    return HEAD + "  Leads:\n" + "".join(f"    {line}\n" for line in lines)


def said(text: str) -> list[Any]:
    """What `load` makes of a manifest, without the places."""
    FILE.write_bytes(text.encode())
    return [
        (
            (one.parent.module, one.parent.id, one.parent.match, one.name, one.key, one.prune, one.converted),
            [(row.key, row.by_id, dict(row.fields), row.plain) for row in one.records],
            [(row.key, row.by_id, row.plain) for row in one.absent],
        )
        for one in load([FILE], kinds=messy.KINDS).lists
    ]


def comments(text: str) -> Counter[str]:
    return Counter(line.rstrip() for line in re.findall(f"{messy.MARK}[^\n\r]*", text))


@law
@given(messy.manifests())
def test_formatting_twice_is_formatting_once(text: str) -> None:
    once = form(text)
    assert form(once) == once


@law
@given(messy.manifests())
def test_a_manifest_says_the_same_before_and_after(text: str) -> None:
    assert said(form(text)) == said(text)


@law
@given(messy.manifests())
def test_no_comment_is_lost_or_changed(text: str) -> None:
    assert comments(form(text)) == comments(text)


@law
@given(messy.manifests())
def test_a_canonical_file_has_a_row_a_line_and_no_loose_space(text: str) -> None:
    after = form(text)
    assert not re.search(r"\r|[ \t]\n|\n\n\n|\A\n|\n\n\Z|\t", after)
    assert after.endswith("\n")
    assert not re.search(r"^ *- (?!\{.*\})", after, re.MULTILINE)


@law
@given(messy.lists())
def test_rows_that_are_canonical_at_a_glance_come_out_as_if_each_were_looked_at(text: str) -> None:
    assert form(text) == printer._printed(text, messy.KINDS, [])


@given(st.text(st.characters(exclude_categories=["Cs"])))
@example("no")
@example("0o7")
@example("1_000.5")
@example("2027-03-01 10:00:00")
@example("- ")
def test_text_is_the_same_text_to_every_version_of_yaml(text: str) -> None:
    for version in ((1, 1), (1, 2)):
        reader = YAML(typ="safe", pure=True)
        reader.version = version
        assert reader.load(f"{{a: {canonical(text)}, b: [{canonical(text)}]}}") == {"a": text, "b": [text]}


def test_the_examples_of_the_repository_are_canonical() -> None:
    files = list(format_files([ROOT / "relations"]))
    assert len(files) >= 7
    assert [(file.name, file.diagnostics) for file in files if file.changes or file.diagnostics] == []


def test_keys_come_in_one_order() -> None:
    text = (
        "related_lists: {Leads: {absent: [{id: 1}], records: [{Member_Status: Sent, Email: a}], prune: true,\n"
        "  defaults: {Paid: true, Member_Status: b}, key: Email}}\nparent: {match: {Z: z, A: a}, module: Campaigns}\n"
        "version: 1\n"
    )
    assert form(text) == (
        "version: 1\nparent:\n  module: Campaigns\n  match: {Z: z, A: a}\nrelated_lists:\n  Leads:\n    key: Email\n"
        "    defaults: {Member_Status: b, Paid: true}\n    prune: true\n    records:\n"
        '      - {Email: a, Member_Status: Sent}\n    absent:\n      - {id: "1"}\n'
    )


def test_key_fields_come_first_in_the_order_of_the_key() -> None:
    rows = ["key: [Last, First]", "records:", "  - {Seats: 2, First: Ana, Member_Status: Sent, Last: Duarte}"]
    assert "- {Last: Duarte, First: Ana, Member_Status: Sent, Seats: 2}\n" in form(leads(*rows))


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("49.90", "49.90"),
        ("'49.90'", '"49.90"'),
        ("TRUE", "true"),
        ("yes", '"yes"'),
        ("'Planned'", "Planned"),
        ("a: b", None),
        ("'a: b'", '"a: b"'),
        ("2027-03-01", '"2027-03-01"'),
        ("'3\" pipe'", "'3\" pipe'"),
        ('"a \\"b\\" c\'s"', '"a \\"b\\" c\'s"'),
        ('"a\\u0085b\\u2028"', '"a\\x85b\\u2028"'),
        ("o'neill", "o'neill"),
        ("-a", "-a"),
    ],
)
def test_a_value_has_the_fewest_quotes_that_keep_it(written: str, expected: str | None) -> None:
    text = leads("key: Email", "records:", f"  - {{Email: ana, Seats: {written}}}")
    if expected is None:
        assert look(text).diagnostics
    else:
        assert form(text) == text.replace(written, expected)


def test_comments_stay_with_what_they_speak_of() -> None:
    text = (
        "# the file\n\n\n# who\nparent:  {module: Campaigns, id: 7} # parent\nversion: 1\nrelated_lists:\n  Leads: # list\n"
        "    records:\n    # first\n    - Email: ana # Ana\n    - {Email: bo, # one\n       # two\n       Paid: true} # three\n"
        "      # - {Email: gone}\n    # key\n    key: Email\n  # leads end\n# end\n"
    )
    assert form(text) == (
        '# the file\n\n# who\nversion: 1\nparent:  # parent\n  module: Campaigns\n  id: "7"\nrelated_lists:\n'
        "  Leads:  # list\n    # key\n    key: Email\n    records:\n      # first\n      - {Email: ana}  # Ana\n"
        "      # one\n      # two\n      - {Email: bo, Paid: true}  # three\n      # - {Email: gone}\n  # leads end\n# end\n"
    )


def test_comments_that_are_aligned_stay_so() -> None:
    rows = [
        "key: Email  # a",
        "records:",
        "  - {id: 11} # b",
        "  - {Email: ana} # c",
        "  - {Email: bob} # d",
    ]
    assert form(leads(*rows)).splitlines()[6:] == [
        "    key: Email  # a",
        "    records:",
        '      - {id: "11"}  # b',
        "      - {Email: ana}  # c",
        "      - {Email: bob}  # d",
    ]


def test_comments_in_one_column_move_together() -> None:
    rows = ["key: Email", "records:", "  - {id: 1} # b", "  - {id: 2} # c", "absent:     # d"]
    after = form(leads(*rows, '  - {id: "3"}'))
    assert {line.index("#") for line in after.splitlines() if "#" in line} == {19}


def test_comments_inside_of_what_libyaml_counts_as_one_are_seen() -> None:
    rows = [
        "key: &k  # a",
        "  # b",
        "  Email",
        "defaults:",
        "  Member_Status: |-  # c",
        "    # no comment",
        "records: []",
    ]
    assert form(leads(*rows)).splitlines()[6:] == [
        "    # a",
        "    # b",
        "    key: &k Email",
        '    defaults: {Member_Status: "# no comment"}  # c',
        "    records: []",
    ]


def test_directives_and_document_ends_go_and_their_comments_stay() -> None:
    text = (
        "# a\n%YAML 1.2 # b\n---\n"
        + leads("records: [{id: 1}]")
        + "... # c\n---\n"
        + leads("absent: [{id: 2}]")
        + "...\n"
    )
    lines = form(text).splitlines()
    assert lines[:4] == ["# a", "# b", "---", "version: 1"]
    assert lines[11:14] == ["# c", "---", "version: 1"]


def test_where_there_are_anchors_keys_stay_in_their_order() -> None:
    rows = [
        "records: &r",
        "  - &a {Paid: true, Email: &e '1'}",
        "  - {Email: bo, Member_Status: *e}",
        "key: Email",
    ]
    after = form(leads(*rows))
    assert after.splitlines()[6:] == [
        "    records: &r",
        '      - &a {Paid: true, Email: &e "1"}',
        "      - {Email: bo, Member_Status: *e}",
        "    key: Email",
    ]
    assert form(after) == after


@pytest.mark.parametrize("text", ["", "\n \n", "---\n", "null\n", "# a\n\n\n# b", "\ufeff"])
def test_a_file_without_a_manifest_is_tidied_too(text: str) -> None:
    after = form(text)
    assert form(after) == after
    assert after == {"# a\n\n\n# b": "# a\n\n# b\n", "---\n": "---\n"}.get(text, "")


def test_line_ends_and_the_byte_order_mark_are_made_those_of_unix() -> None:
    text = leads("records:", '  - {id: "1"}')
    assert form("\ufeff" + text.replace("\n", "\r\n").rstrip()) == text


def test_a_file_with_errors_stays_and_the_next_is_formatted() -> None:
    Path("a.yaml").write_text(leads("records: [{id: 1}]", "prun: true"))
    Path("b.yaml").write_text(leads("records: [{id: 1}]"))
    first, second = format_files([Path()])
    assert [one.code for one in first.diagnostics] == ["unknown-key"]
    assert (first.changes, second.changes) == (False, True)


def test_the_configuration_is_left_alone_even_if_it_is_named() -> None:
    Path("zsync.yaml").write_text("version:   1\n")
    assert list(format_files([Path("zsync.yaml")])) == []


def test_a_path_without_manifests_is_an_error() -> None:
    with pytest.raises(InputError) as caught:
        format_files([Path("nowhere")])
    assert [one.code for one in caught.value.diagnostics] == ["no-manifest"]


def test_writing_keeps_permissions_and_links() -> None:
    Path("real").mkdir()
    Path("real/a.yaml").write_text(leads("records: [{id: 1}]"))
    Path("real/a.yaml").chmod(0o640)
    FILE.symlink_to("real/a.yaml")
    (formatted,) = format_files([FILE])
    write(formatted)
    assert FILE.is_symlink()
    assert Path("real/a.yaml").read_bytes() == formatted.after
    assert Path("real/a.yaml").stat().st_mode & 0o777 == 0o640
    assert [file.name for file in Path("real").iterdir()] == ["a.yaml"]


def test_a_file_that_cannot_be_written_is_named_and_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    formatted = look(leads("records: [{id: 1}]"))
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(InputError) as caught:
        write(formatted)
    assert "manifest.yaml: Permission denied" in str(caught.value.diagnostics[0].message)
    assert FILE.read_bytes() == formatted.before
    assert [file.name for file in Path().iterdir()] == ["manifest.yaml"]
