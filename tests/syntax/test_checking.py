"""What a model says of a mapping: told by the names and in the words of the file, at its place, once for each thing to fix."""

from collections.abc import Callable
from typing import Annotated, Any, Literal

import pytest
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, create_model
from pydantic_core import PydanticCustomError

from zsync.bounds import DIAGNOSTICS
from zsync.model import Diagnostic, Sentence
from zsync.syntax.checking import UNSET, check, describe, nearest, schema_of, unknown_key
from zsync.syntax.document import Map, Number, Seq, parse
from zsync.syntax.locating import place
from zsync.syntax.source import At, Finding, SourceText

WHATEVER = "known here: `title`, `color`, `inside`, `rows`, `own`"


def odd(context: dict[str, str]) -> Callable[[str], str]:
    """A validator that refuses `odd` in words of its own."""

    def refuse(value: str) -> str:
        if value == "odd":
            raise PydanticCustomError("own-code", "it is odd", context)
        return value

    return refuse


class Inside(BaseModel):
    """A mapping in a mapping."""

    model_config = ConfigDict(extra="forbid")
    name: str
    count: int = Field(1, ge=1, le=5)
    on: bool = Field(default=False, strict=True)


class Outside(BaseModel):
    """A mapping."""

    model_config = ConfigDict(extra="forbid")
    title: Annotated[str, Field(min_length=1), AfterValidator(odd({"part": "key", "help": "another"}))]
    color: Literal["red", "green", "dark blue"] = "red"
    inner: Inside = Field(default=UNSET, alias="inside")
    rows: list[str] = UNSET
    own: Annotated[str, AfterValidator(odd({}))] = ""


def checked(text: str) -> tuple[Outside | None, frozenset[str], tuple[Diagnostic, ...]]:
    """The model of a text, the keys that are wrong, and what is told."""
    source = SourceText("a.yaml", text)
    ((document,), _) = parse(source)
    assert isinstance(document.root, Map)
    findings: list[Finding] = []
    model, wrong = check(Outside, document.root, source, findings)
    return model, wrong, place(findings)


def test_what_is_right_is_the_model() -> None:
    model, wrong, told = checked("title: a\ninside: {name: b, count: 5, on: true}\nrows: [x]")
    assert (wrong, told) == (frozenset(), ())
    assert model == Outside(title="a", inside=Inside(name="b", count=5, on=True), rows=["x"])


@pytest.mark.parametrize(
    ("text", "code", "message", "advice", "place"),
    [
        ("color: red", "missing-key", "the key `title` is missing", "add `title:` here", (1, 1, 5)),
        ("{}", "missing-key", "the key `title` is missing", "add `title:` here", (1, 1, 2)),
        ("titel: a", "unknown-key", "unknown key `titel`", "did you mean `title`?", (1, 1, 5)),
        ("title: a\nzz: 1", "unknown-key", "unknown key `zz`", WHATEVER, (2, 1, 2)),
        ("title: a\ninner: {}", "unknown-key", "unknown key `inner`", WHATEVER, (2, 1, 5)),
        (
            "title: a\ncolor: gren",
            "bad-value",
            "`color` must be one of red, green, dark blue, not the text `gren`",
            "did you mean `green`?",
            (2, 8, 4),
        ),
        (
            "title: a\ncolor: 5",
            "bad-value",
            "`color` must be one of red, green, dark blue, not the number 5",
            "write one of these",
            (2, 8, 1),
        ),
        (
            "title: ''",
            "bad-value",
            "`title` must be some text, not the text ``",
            "change the value",
            (1, 8, 2),
        ),
        (
            "title: a\ninside: {name: b, count: 0}",
            "bad-value",
            "`count` must be at least 1, not the number 0",
            "change the value",
            (2, 26, 1),
        ),
        (
            "title: a\ninside: {name: b, count: 6}",
            "bad-value",
            "`count` must be at most 5, not the number 6",
            "change the value",
            (2, 26, 1),
        ),
        (
            "title:",
            "wrong-type",
            "`title` must be text, not an empty value",
            "put the value in quotes",
            (1, 7, 1),
        ),
        (
            "title: a\nrows: x",
            "wrong-type",
            "`rows` must be a list, not the text `x`",
            "write one item per line, each beginning with `- `",
            (2, 7, 1),
        ),
        (
            "title: a\nrows: [b, {c: 1}]",
            "wrong-type",
            "`1` must be text, not a mapping",
            "put the value in quotes",
            (2, 11, 1),
        ),
        (
            "title: a\ninside: [b]",
            "wrong-type",
            "`inside` must be a mapping, not a list",
            "write `key: value` lines below it, indented",
            (2, 9, 1),
        ),
        (
            "title: a\ninside: {name: b, on: 'yes'}",
            "wrong-type",
            "`on` must be true or false, not the text `yes`",
            "write true or false, without quotes",
            (2, 23, 5),
        ),
        (
            "title: a\ninside:\n  count: 2",
            "missing-key",
            "the key `name` is missing",
            "add `name:` here",
            (3, 3, 5),
        ),
        ("title: a\ninside: {}", "missing-key", "the key `name` is missing", "add `name:` here", (2, 9, 1)),
        (
            "title: a\ninside: {nam: b}",
            "unknown-key",
            "unknown key `nam`",
            "did you mean `name`?",
            (2, 10, 3),
        ),
        (
            "title: a\ninside: {name: b, zz: 1}",
            "unknown-key",
            "unknown key `zz`",
            "known here: `name`, `count`, `on`",
            (2, 19, 2),
        ),
        (
            "title: a\ninside: {name: b, count: x}",
            "int_parsing",
            "Input should be a valid integer, unable to parse string as an integer",
            "",
            (2, 26, 1),
        ),
        ("title: odd", "own-code", "it is odd", "another", (1, 1, 5)),
        ("title: a\nown: odd", "own-code", "it is odd", "", (2, 6, 3)),
    ],
)
def test_what_is_wrong_is_told_at_its_place_and_what_to_do(
    text: str, code: str, message: str, advice: str, place: tuple[int, int, int]
) -> None:
    _, _, (told,) = checked(text)
    assert told.span
    assert (told.code, str(told.message), str(told.help)) == (code, message, advice)
    assert (*told.span[1:], told.width) == place


@pytest.mark.parametrize(
    ("text", "wrong", "kept"),
    [
        ("title: a\ncolor: gren\nrows: [x]", {"color"}, Outside(title="a", rows=["x"])),
        ("title: a\ninside: {name: b, count: 9}", {"inside"}, Outside(title="a")),
        ("title: a\nzz: 1\nrows: 5", {"zz", "rows"}, Outside(title="a")),
        ("titel: a\ncolor: red", {"title", "titel"}, None),
    ],
)
def test_the_rest_is_a_model_where_a_key_is_wrong(text: str, wrong: set[str], kept: Outside | None) -> None:
    model, names, _ = checked(text)
    assert (model, set(names)) == (kept, wrong)


def test_a_missing_key_is_told_beside_a_stranger_that_is_like_another() -> None:
    _, _, told = checked("colour: red")
    assert [str(one.message) for one in told] == ["the key `title` is missing", "unknown key `colour`"]
    _, _, told = checked("name: a\ninside: {title: b}")
    assert [str(one.message) for one in told] == [
        "the key `title` is missing",
        "unknown key `name`",
        "the key `name` is missing",
        "unknown key `title`",
    ]


@pytest.mark.parametrize("beyond", [0, 1, 1_234])
def test_of_endless_unknown_keys_so_many_are_told_and_the_rest_is_counted(beyond: int) -> None:
    strangers = "".join(f"  z{number}: 1\n" for number in range(DIAGNOSTICS.most + beyond))
    model, wrong, told = checked(f"  title: a\n{strangers}  color: green\n")
    assert model == Outside(title="a", color="green")
    assert len(wrong) == DIAGNOSTICS.most
    assert len(told) == DIAGNOSTICS.most + bool(beyond)
    assert {one.code for one in told} == {"unknown-key"}
    more = [one for one in told if "more keys" in str(one.message)]
    said = [(f"{beyond:,} more keys of this mapping are unknown", "remove them", ("a.yaml", 1, 3))]
    assert [(str(one.message), str(one.help), one.span) for one in more] == (said if beyond else [])


def test_an_unknown_key_of_an_item_is_told_at_its_place() -> None:
    source, findings = SourceText("a.yaml", "items: [{name: a}, {name: b, zz: 1}]"), list[Finding]()
    ((document,), _) = parse(source)
    fields: dict[str, Any] = {"items": (list[Inside], ...)}
    assert isinstance(document.root, Map)
    check(create_model("Listed", **fields), document.root, source, findings)
    (told,) = place(findings)
    assert (str(told.message), told.span) == ("unknown key `zz`", ("a.yaml", 1, 30))


def test_many_keys_that_are_known_are_no_finding() -> None:
    names = [f"k{number}" for number in range(DIAGNOSTICS.most + 5)]
    fields: dict[str, Any] = dict.fromkeys(names, (bool, False))
    node, findings = Map(dict.fromkeys(names, True)), list[Finding]()
    node.line, node.column = 1, 1
    model, _ = check(create_model("Wide", **fields), node, SourceText("a.yaml", ""), findings)
    assert (findings, model and model.model_dump()) == ([], dict.fromkeys(names, True))


def test_a_schema_has_a_title_of_ours_and_nothing_that_pydantic_adds() -> None:
    made: dict[str, Any] = schema_of(Outside, "What it is")
    assert (made["$schema"], made["title"]) == ("https://json-schema.org/draft/2020-12/schema", "What it is")
    # A key may be called title; only pydantic's own titles are texts.
    assert made["properties"]["title"] == {"minLength": 1, "type": "string"}
    assert set(made["properties"]) == {"title", "color", "inside", "rows", "own"}
    assert made["properties"]["color"] == {
        "default": "red",
        "enum": ["red", "green", "dark blue"],
        "type": "string",
    }
    assert made["properties"]["rows"] == {"items": {"type": "string"}, "type": "array"}


@pytest.mark.parametrize(
    ("word", "known", "meant"),
    [
        ("member status", ("Member_Status", "Seat"), "Member_Status"),
        ("MEMBERSTATUS", ("Member_Status",), "Member_Status"),
        ("memberstatus", ("Member Status",), "Member Status"),
        ("abcde", ("abcxy",), "abcxy"),  # six of ten letters
        ("abcde", ("abxyz",), ""),
        ("x" * 80 + "y" * 400, ("x" * 80,), "x" * 80),
        ("x" * 80 + "y" * 400, ("x" * 80 + "y" * 400,), ""),
        ("a", (), ""),
    ],
)
def test_a_word_is_taken_for_the_nearest_that_is_known(word: str, known: tuple[str, ...], meant: str) -> None:
    assert nearest(word, known) == meant


def test_what_is_near_is_proposed_and_else_all_that_is_known() -> None:
    at = At(SourceText("a.yaml", "x"), 1, 1)
    near = unknown_key("Seet", ["Seat", "Row"], at, "and more")
    assert near == Finding("unknown-key", "unknown key `Seet`", at, near.help)
    assert (isinstance(near.help, Sentence), str(near.help)) == (True, "did you mean `Seat`?")
    assert unknown_key("zz", ["Seat", "Row"], at).help == "known here: `Seat`, `Row`"
    assert unknown_key("zz", ["Seat", "Row"], at, "and more").help == "known here: `Seat`, `Row`\nand more"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (Number("007"), "the number 007"),
        ("a", "the text `a`"),
        ("a" * 40, f"the text `{'a' * 40}`"),
        ("a" * 41, f"the text `{'a' * 39}…`"),
        (True, "true"),
        (False, "false"),
        (Map(), "a mapping"),
        (Seq(), "a list"),
        (None, "an empty value"),
    ],
)
def test_a_value_is_told_in_a_few_words(value: Any, said: str) -> None:
    assert describe(value) == said
