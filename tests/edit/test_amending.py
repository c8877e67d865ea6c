"""Edits of rows: what they look like in files that people wrote."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.edit.amended import HEAD, add, after, amended, give, moved, read, remove, row
from zsync.edit.edits import AddList, AddRow, RemoveRow, SetFields
from zsync.kinds import Kind
from zsync.model import ManagedList

BY_HAND = """\
# Who is coming. Ask Noor before you change a thing.
version:   1   # the only one
parent: {module: Campaigns, id: "7"}   # Spring

related_lists:
  Leads:   # all of them
    key:  Email
    defaults: { Member_Status: &usual Planned }
    records:

      # Speakers
      - {Email: ana@acme.example,   Member_Status: 'Invited'}   # keynote
      -   Email: bo@acme.example    # prefers mail
          # since March
          Member_Status: *usual
      # Cy asked to be moved twice
      - { Email: cy@acme.example, Member_Status:   "Sent" }
      - {Email: dee@acme.example,
         Member_Status: *usual}    # odd, but so be it

      - {Email: eve@acme.example}
    absent:   # gone
      - {Email: old@acme.example} # left
"""


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("key", ["ana", "bo", "cy", "dee", "eve"])
def test_a_new_value_changes_one_line(key: str, mark: str, end: str) -> None:
    text = mark + BY_HAND.replace("\n", end)
    gone, new = moved(text, after(text, give(f"{key}@acme.example", Member_Status="Opted Out")))
    assert (len(gone), len(new)) == (1, 1)
    assert b"Opted Out" in new[0]


@pytest.mark.parametrize(
    ("key", "line"),
    [
        ("ana", "      - {Email: ana@acme.example,   Member_Status: 'Opted Out'}   # keynote\n"),
        ("bo", "          Member_Status: Opted Out\n"),
        ("cy", '      - { Email: cy@acme.example, Member_Status:   "Opted Out" }\n'),
        ("dee", "         Member_Status: Opted Out}    # odd, but so be it\n"),
        ("eve", "      - {Email: eve@acme.example, Member_Status: Opted Out}\n"),
    ],
)
def test_a_new_value_stands_as_the_old_one_did(key: str, line: str) -> None:
    text = after(BY_HAND, give(f"{key}@acme.example", Member_Status="Opted Out"))
    assert moved(BY_HAND, text)[1] == [line.encode()]


def test_mixed_line_ends_stay_mixed_and_a_last_line_without_an_end_stays_so() -> None:
    text = HEAD + "    records:\r\n      - {Email: a@x.example}\n      - {Email: c@x.example}"
    assert after(text, add("b@x.example")) == text.replace(
        "\n      - {Email: c", "\n      - {Email: b@x.example}\n      - {Email: c"
    )
    assert after(text, add("d@x.example")) == text + "\n      - {Email: d@x.example}"
    assert after(text, remove("c@x.example")) == text.replace("      - {Email: c@x.example}", "")


@pytest.mark.parametrize(
    ("key", "gone"),
    [
        ("ana", "      - {Email: ana@acme.example,   Member_Status: 'Invited'}   # keynote\n"),
        (
            "bo",
            "      -   Email: bo@acme.example    # prefers mail\n          # since March\n          Member_Status: *usual\n",
        ),
        (
            "cy",
            '      # Cy asked to be moved twice\n      - { Email: cy@acme.example, Member_Status:   "Sent" }\n',
        ),
        ("eve", "      - {Email: eve@acme.example}\n"),
    ],
)
def test_a_removed_row_goes_with_the_comment_that_is_about_it_alone(key: str, gone: str) -> None:
    assert after(BY_HAND, remove(f"{key}@acme.example")) == BY_HAND.replace(gone, "")


def test_a_comment_above_a_group_goes_with_the_last_of_the_group() -> None:
    text = (
        HEAD
        + "    records:\n      # Speakers\n      - {Email: a@x.example}\n      - {Email: b@x.example}\n\n      - {Email: c@x.example}\n"
    )
    assert "# Speakers\n      - {Email: b" in after(text, remove("a@x.example"))
    assert "# Speakers" not in after(text, remove("a@x.example", "b@x.example"))


def test_a_comment_that_is_set_off_stays() -> None:
    text = (
        HEAD
        + "    records:\n      - {Email: a@x.example}\n\n      # On hold:\n\n      - {Email: b@x.example}\n      - {Email: c@x.example}\n# end\n"
    )
    assert after(text, remove("b@x.example", "c@x.example")).endswith("# On hold:\n\n# end\n")


def test_the_last_row_of_a_list_leaves_an_empty_one() -> None:
    text = (
        HEAD
        + "    records:   # all\n      - {Email: a@x.example}  # one\n    absent:\n      - {Email: b@x.example}\n"
    )
    assert after(text, remove("a@x.example")) == text.replace("records: ", "records: [] ").replace(
        "      - {Email: a@x.example}  # one\n", ""
    )


def test_a_row_comes_into_an_empty_list_on_a_line_of_its_own() -> None:
    text = HEAD + "    prune: true\n    allow_empty: true\n    records: []  # none yet\n"
    assert after(text, add("a@x.example", Member_Status="Sent")) == text.replace(" []", "") + (
        "      - {Email: a@x.example, Member_Status: Sent}\n"
    )


@pytest.mark.parametrize(
    ("key", "below"), [("a@x", "records:\n"), ("C@x", "Email: b@x}\n"), ("e@x", "Email: d@x}\n")]
)
def test_rows_come_in_by_key_whatever_its_case(key: str, below: str) -> None:
    text = HEAD + "    records:\n      - {Email: b@x}\n      - {Email: d@x}\n"
    assert below + f"      - {{Email: {key}}}\n" in after(text, add(key))


def test_a_row_comes_last_where_rows_are_in_no_order() -> None:
    text = HEAD + "    records:\n      - {Email: d@x}\n      - {Email: b@x}\n"
    assert after(text, add("c@x")) == text + "      - {Email: c@x}\n"


def test_a_row_that_comes_first_stands_below_the_title_of_its_group_and_above_a_rows_own_comment() -> None:
    titled = HEAD + "    records:\n      # Speakers\n      - {Email: b@x}\n      - {Email: c@x}\n"
    assert "# Speakers\n      - {Email: a@x}\n" in after(titled, add("a@x"))
    own = HEAD + "    records:\n      # Bo is new\n      - {Email: b@x}\n\n      - {Email: c@x}\n"
    assert "records:\n      - {Email: a@x}\n      # Bo is new\n" in after(own, add("a@x"))


def test_a_row_is_written_as_the_row_beside_it() -> None:
    text = HEAD + "    records:\n    -   Email: a@x\n        Member_Status: Sent\n"
    assert after(text, add("b@x", Member_Status="Sent")) == text + (
        "    -   Email: b@x\n        Member_Status: Sent\n"
    )
    padded = HEAD + "    records:\n      -  { Email: a@x }\n"
    assert after(padded, add("b@x")) == padded + "      -  { Email: b@x }\n"


def test_only_what_differs_from_the_defaults_is_written() -> None:
    text = HEAD + "    defaults: {Member_Status: Planned}\n    records:\n      - {Email: a@x}\n"
    assert after(text, add("b@x", Member_Status="Planned")).endswith("- {Email: b@x}\n")
    assert after(text, add("b@x", Member_Status=None)).endswith('- {Email: b@x, Member_Status: ""}\n')
    assert after(text, give("a@x", Member_Status=None)).endswith('- {Email: a@x, Member_Status: ""}\n')


def test_an_emptied_field_goes_where_nothing_else_fills_it() -> None:
    text = (
        HEAD
        + "    records:\n      - {Email: a@x, Member_Status: Sent, Seats: 2}\n      - Member_Status: Sent\n        Email: b@x\n"
    )
    assert "- {Email: a@x, Seats: 2}\n" in after(text, give("a@x", Member_Status=None))
    assert after(text, give("b@x", Member_Status=None)).endswith("      - Email: b@x\n")


@pytest.mark.parametrize(
    ("rows", "key", "then"),
    [
        ("[{Email: a@x}, {Email: b@x}, {Email: c@x}]", "a@x", "[{Email: b@x}, {Email: c@x}]"),
        ("[{Email: a@x}, {Email: b@x}, {Email: c@x}]", "b@x", "[{Email: a@x}, {Email: c@x}]"),
        ("[{Email: a@x}, {Email: b@x}, {Email: c@x}]", "c@x", "[{Email: a@x}, {Email: b@x}]"),
        ("[ {Email: a@x} , ]", "a@x", "[ ]"),
        (
            "[\n      {Email: a@x},  # a\n      {Email: b@x}  # b\n    ]",
            "b@x",
            "[\n      {Email: a@x},  # a\n    ]",
        ),
    ],
)
def test_rows_in_brackets_go_with_their_commas(rows: str, key: str, then: str) -> None:
    text = HEAD + f"    records: {rows}\n    absent: [{{Email: z@x}}]\n"
    assert after(text, remove(key)) == text.replace(rows, then)


@pytest.mark.parametrize(
    ("rows", "then"),
    [
        ("[{Email: a@x}, {Email: c@x}]", "[{Email: a@x}, {Email: b@x}, {Email: c@x}]"),
        ("[{Email: a@x}]", "[{Email: a@x}, {Email: b@x}]"),
        ("[{Email: c@x}]", "[{Email: b@x}, {Email: c@x}]"),
        ("[\n      {Email: a@x},\n    ]", "[\n      {Email: a@x},\n      {Email: b@x},\n    ]"),
        (
            "[\n      {Email: a@x}  # a\n    ]",
            "[\n      {Email: a@x},  # a\n      {Email: b@x}\n    ]",
        ),
    ],
)
def test_rows_come_into_brackets_with_their_commas(rows: str, then: str) -> None:
    text = HEAD + f"    records: {rows}\n"
    assert after(text, add("b@x")) == text.replace(rows, then)


def test_what_an_alias_repeats_stays_as_it_was() -> None:
    text = (
        HEAD
        + "    records:\n      - {Email: a@x, Member_Status: &s Sent}\n      - {Email: b@x, Member_Status: *s}\n      - {Email: c@x, Member_Status: *s}\n"
    )
    first = text.replace("a@x, Member_Status: &s Sent", "a@x, Member_Status: Open")
    first = first.replace("b@x, Member_Status: *s", "b@x, Member_Status: &s Sent")
    assert after(text, give("a@x", Member_Status="Open")) == first
    assert after(text, remove("a@x")) == first.replace("      - {Email: a@x, Member_Status: Open}\n", "")
    assert after(text, give("b@x", Member_Status="Open")) == text.replace(
        "b@x, Member_Status: *s", "b@x, Member_Status: Open"
    )


def test_a_row_that_other_lists_repeat_changes_in_its_own_alone() -> None:
    kinds = (
        Kind("Campaigns", "Leads", {"Member_Status": "text"}),
        Kind("Campaigns", "Contacts", {"Member_Status": "text"}),
    )
    text = (
        HEAD
        + "    records:\n      - &a {Email: a@x, Member_Status: Sent}\n  Contacts:\n    key: Email\n    records:\n      - *a\n"
    )
    (file,) = amended(text, give("a@x", Member_Status="Open"), kinds).files
    assert file.after.decode() == text.replace(
        "&a {Email: a@x, Member_Status: Sent}", "{Email: a@x, Member_Status: Open}"
    ).replace("- *a", "- &a {Email: a@x, Member_Status: Sent}")
    (file,) = amended(
        text, lambda lists: [SetFields(*row(lists, "a@x", "Contacts"), {"Member_Status": "Open"})], kinds
    ).files
    assert file.after.decode() == text.replace("- *a", "- {Email: a@x, Member_Status: Open}")


def test_rows_that_stand_under_an_alias_are_refused_and_the_others_are_not() -> None:
    kinds = (
        Kind("Campaigns", "Leads", {"Member_Status": "text"}),
        Kind("Campaigns", "Contacts", {"Member_Status": "text"}),
    )
    text = (
        HEAD
        + "    records: &r\n      - {Email: a@x, Member_Status: Sent}\n    absent:\n      - {Email: z@x}\n  Contacts:\n    key: Email\n    records: *r\n"
    )
    made = amended(
        text,
        lambda lists: [
            RemoveRow(*row(lists, "z@x")),
            SetFields(*row(lists, "a@x"), {"Member_Status": "Open"}),
        ],
        kinds,
    )
    assert [each.edit.row.key for each in made.refused] == [("a@x",)]  # type: ignore[union-attr]
    assert made.files[0].after.decode() == text.replace(
        "    absent:\n      - {Email: z@x}\n", "    absent: []\n"
    )


def test_the_last_row_of_a_pruned_list_is_refused_for_nothing_else_says_that_none_is_meant() -> None:
    text = HEAD + "    prune: true\n    records:\n      - {Email: a@x}\n"
    made = amended(text, remove("a@x"))
    assert made.files == ()
    assert "allow_empty: true" in made.refused[0].reason


@pytest.mark.parametrize("value", [["a"], {"a": 1}, "two\nlines"])
def test_a_value_is_written_exactly_or_not_at_all(value: object) -> None:
    text = HEAD + "    records:\n      - {Email: a@x}\n"
    made = amended(text, give("a@x", Member_Status=value))
    if isinstance(value, str):
        assert made.files[0].after.decode().endswith('Member_Status: "two\\nlines"}\n')
    else:
        assert made.files == ()
        assert len(made.refused) == 1


def test_many_documents_each_keep_what_is_not_theirs() -> None:
    other = HEAD.replace('"7"', '"8"') + "    records:\n      - {Email: a@x}\n"
    text = f"---\n{HEAD}    records:\n      - {{Email: a@x}}\n...\n---\n{other}"
    gone, new = moved(
        text, after(text, lambda lists: [SetFields(lists[1], lists[1].records[0], {"Member_Status": "Sent"})])
    )
    assert (gone, new) == ([b"      - {Email: a@x}\n"], [b"      - {Email: a@x, Member_Status: Sent}\n"])


def test_a_list_comes_behind_the_others_of_its_document() -> None:
    kinds = (
        Kind("Campaigns", "Leads", {"Member_Status": "text"}),
        Kind("Campaigns", "Contacts", {"Member_Status": "text"}),
    )
    text = HEAD + "    records:\n      - {Email: a@x}\n      # nobody else\n# end\n"
    rows = (
        (("b@x",), False, {"Member_Status": "Sent"}, ""),
        (("17",), True, {"Member_Status": "Open"}, "Bo\nLind"),
    )

    def ask(lists: Sequence[ManagedList]) -> list[AddList]:
        return [AddList(lists[0].parent, "Contacts", ("Email",), {"Member_Status": "Sent"}, rows)]

    (file,) = amended(text, ask, kinds).files
    assert file.after.decode() == text.replace("# end\n", "") + (
        "  Contacts:\n    key: Email\n    defaults: {Member_Status: Sent}\n    records:\n"
        '      - {Email: b@x}\n      - {id: "17", Member_Status: Open}  # Bo Lind\n# end\n'
    )


def test_a_list_gets_records_and_absent_where_it_has_none() -> None:
    text = HEAD + "    absent:\n      - {Email: z@x}\n"
    assert (
        after(text, add("a@x"))
        == HEAD + "    records:\n      - {Email: a@x}\n    absent:\n      - {Email: z@x}\n"
    )
    text = HEAD + "    records:\n      - {Email: z@x}\n"
    asked = after(text, lambda lists: [AddRow(lists[0], ("a@x",), absent=True)])
    assert asked == text + "    absent:\n      - {Email: a@x}\n"


def test_a_document_in_braces_stays_in_braces() -> None:
    text = '{version: 1, parent: {module: Campaigns, id: "7"}, related_lists: {Leads: {key: Email, records: []}}}\n'
    assert after(text, add("a@x", Member_Status="Sent")) == text.replace(
        "[]", "[{Email: a@x, Member_Status: Sent}]"
    )


def test_an_edit_of_what_is_not_there_is_an_error() -> None:
    text = HEAD + "    records:\n      - {Email: a@x}\n"
    _, (other,) = read("# above\n" + text)
    with pytest.raises(LookupError):
        amended(text, lambda _: [RemoveRow(other, other.records[0])])
