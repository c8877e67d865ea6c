"""YAML text becomes trees; what is wrong becomes findings, never an exception."""

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from zsync.bounds import REPEATED
from zsync.model import Diagnostic
from zsync.syntax.document import Map, Node, Number, Seq, parse
from zsync.syntax.locating import place
from zsync.syntax.source import At, Finding, SourceText, decode


def tree(text: str) -> Node:
    documents, findings = parse(SourceText("test.yaml", text))
    assert not findings
    return documents[0].root


def wrong(text: str) -> tuple[Diagnostic, ...]:
    return place(parse(SourceText("test.yaml", text))[1])


def test_the_parser_in_use_is_libyaml() -> None:
    reader = YAML(typ="safe")
    list(reader.parse("a: 1"))
    assert reader.Parser.__module__.endswith("_ruamel_yaml")


@pytest.mark.parametrize(
    "text", ["00123", "3652397000000500001", "49.90", "-1", "1e9", "0x1F", "0o17", ".inf", "+.5"]
)
def test_a_number_keeps_its_digits(text: str) -> None:
    value = tree(text)
    assert type(value) is Number
    assert value == text


@pytest.mark.parametrize(
    "text", ["yes", "no", "on", "off", "y", "1_000", "12:30:45", "2027-01-01", "0b1", "1,5", "<"]
)
def test_what_only_older_yaml_takes_for_something_is_text(text: str) -> None:
    assert type(tree(text)) is str


@pytest.mark.parametrize(
    ("text", "value"), [("true", True), ("FALSE", False), ("~", None), ("null", None), ("a:", {"a": None})]
)
def test_words_of_the_core_schema_have_their_values(text: str, value: object) -> None:
    assert tree(text) == value


def test_quotes_make_text() -> None:
    assert [type(value) for value in tree("['1', \"true\", '']")] == [str, str, str]  # type: ignore[union-attr]


def test_containers_know_where_they_begin() -> None:
    root = tree("# comment\nrows:\n  - {a: 1}\n  - b: é\n    c: [x]\n")
    assert isinstance(root, Map)
    rows = root["rows"]
    assert isinstance(rows, Seq)
    first, second = rows
    assert isinstance(first, Map)
    assert isinstance(second, Map)
    places = [(node.line, node.column) for node in (root, rows, first, second, second["c"])]  # type: ignore[union-attr]
    assert places == [(2, 1), (3, 3), (3, 5), (4, 5), (5, 8)]


def test_an_anchor_can_be_used_again() -> None:
    assert tree("a: &x {b: &y 1}\nc: *x\nd: *y\n") == {"a": {"b": "1"}, "c": {"b": "1"}, "d": "1"}


def test_an_anchor_does_not_outlive_its_document() -> None:
    assert [d.code for d in wrong("a: &x 1\n---\na: *x\n")] == ["alias"]


def test_aliases_that_would_fill_the_memory_are_one_finding_and_nothing_is_read() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    (document,), findings = parse(SourceText("test.yaml", "\n".join(lines)))
    assert [(one.code, one.at.line) for one in findings] == [("alias", 5)]
    assert not document.sound


@pytest.mark.parametrize(("times", "codes"), [(REPEATED.most // 4, []), (REPEATED.most // 4 + 1, ["alias"])])
def test_aliases_may_repeat_so_many_values_and_no_more(times: int, codes: list[str]) -> None:
    # Three scalars and the list that holds them are four.
    assert [one.code for one in wrong(f"a: &x [1, 2, 3]\nb: [{', '.join(['*x'] * times)}]")] == codes


TAG = "leave the tag out; to make a value text, put it in quotes"
ALIAS = "write the values out, or use `defaults` for what all rows share"
COMPLEX = ("complex-key", "a key must be plain text, not a list, a mapping or an alias", "write the key out")
MERGE = ("merge-key", "merge keys (`<<`) are not read", "write the fields of all rows under `defaults`")


@pytest.mark.parametrize(
    ("text", "root", "told", "place"),
    [
        ("!!binary x: 1", {"x": "1"}, ("tag", "the tag `!!binary` is not allowed", TAG), (1, 1, 10)),
        ("a: !!int 3", {"a": "3"}, ("tag", "the tag `!!int` is not allowed", TAG), (1, 4, 7)),
        ("a: !!str 3", {"a": "3"}, ("tag", "the tag `!!str` is not allowed", TAG), (1, 4, 7)),
        ("a: !!bool true", {"a": True}, ("tag", "the tag `!!bool` is not allowed", TAG), (1, 4, 11)),
        ("a: !x '3'", {"a": "3"}, ("tag", "the tag `!x` is not allowed", TAG), (1, 4, 6)),
        ("a: !x [1]", {"a": ["1"]}, ("tag", "the tag `!x` is not allowed", TAG), (1, 4, 4)),
        ("a: !!map\n  b: 1", {"a": {"b": "1"}}, ("tag", "the tag `!!map` is not allowed", TAG), (1, 4, 5)),
        ("? [a]\n: b\nc: 1", {"c": "1"}, COMPLEX, (1, 3, 1)),
        ("? {a: 1}\n: b\nc: 1", {"c": "1"}, COMPLEX, (1, 3, 1)),
        ("a: &x 1\n*x : 2\nc: 1", {"a": "1", "c": "1"}, COMPLEX, (2, 1, 2)),
        ("<<: x\na: 1", {"a": "1"}, MERGE, (1, 1, 2)),
        ("!!str <<: 1", {}, MERGE, (1, 1, 8)),
        ("a: *b", {"a": None}, ("alias", "there is no anchor `&b` before the alias `*b`", ALIAS), (1, 4, 2)),
        (
            "a: &x [*x]",
            {"a": [None]},
            ("alias", "the alias `*x` stands inside of what it repeats", ALIAS),
            (1, 8, 2),
        ),
        (
            "a: &x {b: [*x]}",
            {"a": {"b": [None]}},
            ("alias", "the alias `*x` stands inside of what it repeats", ALIAS),
            (1, 12, 2),
        ),
        (
            "a: 1\nb: 2\n'a': 3",
            {"a": "1", "b": "2"},
            ("duplicate-key", "the key `a` stands twice in this mapping", "remove one of the two"),
            (3, 1, 3),
        ),
    ],
)
def test_what_is_not_read_is_told_and_the_rest_is_read(
    text: str, root: Node, told: tuple[str, str, str], place: tuple[int, int, int]
) -> None:
    (found,) = wrong(text)
    assert found.span
    assert (found.code, str(found.message), str(found.help)) == told
    assert (*found.span[1:], found.width) == place
    ((document,), _) = parse(SourceText("test.yaml", text))
    assert document.root == root
    assert document.sound is (told[0] != "alias")


def test_keys_may_be_merge_keys_in_quotes_numbers_and_anchors() -> None:
    assert tree("'<<': 1\n007: 2\n&a b: *a\n") == {"<<": "1", "007": "2", "b": "b"}


@pytest.mark.parametrize("text", ["a: '3'", 'a: "3"', "a: |-\n  3"])
def test_what_says_that_it_is_text_is_text(text: str) -> None:
    root = tree(text)
    assert isinstance(root, Map)
    assert (root["a"], type(root["a"])) == ("3", str)


def test_one_alias_that_cannot_be_followed_is_told_for_all_of_a_document() -> None:
    found = wrong("a: *x\nb: *y\n---\nc: *z\n")
    assert [(one.code, one.span and one.span.line) for one in found] == [("alias", 1), ("alias", 4)]


def test_an_anchor_counts_anew_in_each_document() -> None:
    one = f"a: &x [1, 2, 3]\nb: [{', '.join(['*x'] * (REPEATED.most // 4))}]\n"
    assert wrong(f"{one}---\n{one}") == ()


def test_too_many_repeated_values_are_told_with_their_number() -> None:
    (found,) = wrong(f"a: &x [{', '.join('1' * REPEATED.most)}]\nb: *x\n")
    assert str(found.message) == f"aliases repeat more than {REPEATED.most:,} values in this document"
    assert found.span == ("test.yaml", 2, 4)


def test_outer_containers_know_their_keys_and_switches_their_places() -> None:
    text = "a:\n  b:\n    c: {d: {e: true}}\n    f: [x, true]\n    j: [{k: 1}, {l: 1}]\n---\ng: {h: !!str true, i: true}\n"
    (one, two), _ = parse(SourceText("test.yaml", text))
    assert dict(one.keys) == {(2, 3): (1, 1), (3, 5): (2, 3)}
    assert dict(one.switches) == {(3, 12, "e"): (3, 16)}
    assert (dict(two.keys), dict(two.switches)) == ({(7, 4): (7, 1)}, {(7, 4, "i"): (7, 23)})
    assert [(each.line, each.column, each.sound) for each in (one, two)] == [(1, 1, True), (6, 1, True)]


def test_columns_are_characters_behind_astral_ones_too() -> None:
    (found,) = wrong("é: 😀😀\n日: {😀: 1, 😀: 2}\n")
    assert (found.span, found.width) == (("test.yaml", 2, 11), 1)
    assert found.notes[0].span == ("test.yaml", 2, 5)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_count_the_same_with_every_line_end(end: str) -> None:
    (found,) = wrong(end.join(("a: 1", "b: 2", "a: 3", "")))
    assert (found.span, found.excerpt) == (("test.yaml", 3, 1), "a: 3")


def test_a_byte_order_mark_is_no_part_of_the_first_key() -> None:
    source, finding = decode("test.yaml", b"\xef\xbb\xbfa: 1\na: 2")
    assert finding is None
    assert [d.span for d in place(parse(source)[1])] == [("test.yaml", 2, 1)]


def test_a_byte_that_is_not_utf_8_is_placed_by_characters() -> None:
    _, finding = decode("test.yaml", "a: é\nb: é".encode() + b"\xff")
    assert finding is not None
    assert (finding.at.line, finding.at.column) == (2, 5)


@pytest.mark.parametrize(
    ("data", "form", "looks", "advice"),
    [
        (b"\xff\xfea\0", "yaml", "UTF-16", "save the file as UTF-8"),
        (b"\xfe\xff\0a", "csv", "UTF-16", "save the file as UTF-8 (Excel: `CSV UTF-8`)"),
        (b"\xff\xff", "yaml", "not UTF-8", "save the file as UTF-8"),
    ],
)
def test_an_encoding_that_is_not_read_is_told_and_what_to_do(
    data: bytes, form: Literal["yaml", "csv"], looks: str, advice: str
) -> None:
    source, found = decode("a", data, form)
    assert found == Finding("encoding", f"the file is {looks}", At(source, 1, 1, width=1), advice)
    assert (source.name, source.form) == ("a", form)


@pytest.mark.parametrize("form", ["yaml", "csv"])
def test_a_source_keeps_its_form(form: Literal["yaml", "csv"]) -> None:
    assert decode("a", b"x", form)[0].form == form


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("before", [b"", b"a", b"ab", b"\xc3\xa9"])
def test_a_bad_byte_is_placed_behind_a_byte_order_mark_too(start: bytes, before: bytes) -> None:
    _, finding = decode("test.yaml", start + before + b"\xff")
    assert finding is not None
    assert finding.at.column == len(before.decode()) + 1


def test_lines_are_right_behind_a_broken_document_with_mixed_line_ends() -> None:
    found = wrong("a: 1\r\rb: [\r\n---\nc: 1\r\nc: 2\n")
    assert [d.span.line for d in found if d.span] == [4, 6]
    assert found[1].excerpt == "c: 2"


def test_documents_behind_a_broken_one_are_read() -> None:
    documents, findings = parse(SourceText("test.yaml", "a: [\n---\nb: 1\n---\nc: 'x\n---\nd: 2\n"))
    assert [(document.root, document.line) for document in documents] == [({"b": "1"}, 2), ({"d": "2"}, 6)]
    assert [finding.code for finding in findings] == ["yaml", "yaml"]


def test_a_value_true_is_remembered_with_its_place() -> None:
    ((document,), _) = parse(SourceText("test.yaml", "a:\n  b: true\n  c: [true]\n"))
    assert dict(document.switches) == {(2, 3, "b"): (2, 6)}


@pytest.mark.parametrize("text", ["[" * 100_000, "{a: " * 5_000, "- " * 5_000])
def test_deep_nesting_is_one_finding(text: str) -> None:
    assert [d.code for d in wrong(text)] == ["too-deep"]


def test_keys_in_keys_are_too_deep_in_the_end() -> None:
    assert {d.code for d in wrong("? " * 5_000)} == {"complex-key", "too-deep"}


@given(st.text() | st.text(alphabet="ab:-,[]{}&*!<>|'\"?#%@` \n\t\\1é😀", max_size=60))
def test_a_finding_is_placed_within_the_text(text: str) -> None:
    source = SourceText("test.yaml", text)
    for diagnostic in place(parse(source)[1]):
        assert diagnostic.span is not None
        assert diagnostic.excerpt == source.line(diagnostic.span.line)
        assert 1 <= diagnostic.span.column <= len(diagnostic.excerpt) + 1


Nested = st.recursive(
    st.text(alphabet="abcé😀: #'\"-\\\n", max_size=8) | st.booleans() | st.none(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(alphabet="abé😀 :", max_size=4), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(Nested)
def test_json_is_read_as_what_it_says(value: object) -> None:
    import json

    assert tree(json.dumps(value, ensure_ascii=False)) == value
