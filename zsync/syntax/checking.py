"""pydantic's errors about a node → findings with places, in words for people."""

import difflib
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from zsync.bounds import DIAGNOSTICS
from zsync.model import Sentence, sentence
from zsync.syntax.document import Map, Node, Number, Seq
from zsync.syntax.source import At, Finding, SourceText

Model = TypeVar("Model", bound=BaseModel)

UNSET: Any = None
"""The default of a key that may be absent but not empty: `None` is not a value of its type."""

# By pydantic's words for its errors. Those that validators of our own raise bring their message and advice along.
_EXPECTED = {
    "bool_type": ("true or false", "write true or false, without quotes"),
    "string_type": ("text", "put the value in quotes"),
    "dict_type": ("a mapping", "write `key: value` lines below it, indented"),
    "model_type": ("a mapping", "write `key: value` lines below it, indented"),
    "int_type": ("a whole number", "write digits, without quotes"),
    "list_type": ("a list", "write one item per line, each beginning with `- `"),
    "tuple_type": ("a list", "write one item per line, each beginning with `- `"),
}
_LIMITS = {
    "greater_than_equal": "at least {ge}",
    "less_than_equal": "at most {le}",
    "string_too_short": "some text",
}


def check(
    model: type[Model], node: Map, source: SourceText, findings: list[Finding]
) -> tuple[Model | None, frozenset[str]]:
    """Validate a mapping, and add its errors to `findings`.

    Returns the model without the wrong keys (None if one of them is required), and the names of those keys: what depends
    on none of them can still be checked, so that one run shows all errors.
    """
    node = _reduced(model, node, source, findings)
    try:
        return model.model_validate(node), frozenset()
    except ValidationError as error:
        problems = error.errors()
    findings += [
        _finding(model, node, problem, source)
        for problem in problems
        if not _mistyped(problem, problems, model)
    ]
    wrong = frozenset(str(problem["loc"][0]) for problem in problems if problem["loc"])
    try:
        return model.model_validate({key: value for key, value in node.items() if key not in wrong}), wrong
    except ValidationError:
        return None, wrong


def _reduced(model: type[BaseModel], node: Map, source: SourceText, findings: list[Finding]) -> Map:
    """The mapping, without the unknown keys beyond `bounds.DIAGNOSTICS`, which one finding counts."""
    if len(node) <= DIAGNOSTICS.most:
        return node
    known = _names(model, ())
    more = [key for key in node if key not in known][DIAGNOSTICS.most :]
    few = Map(node)
    few.line, few.column = node.line, node.column
    for key in more:
        del few[key]
    if more:
        findings.append(more_unknown(len(more), At(source, node.line, node.column)))
    return few


def more_unknown(count: int, at: At) -> Finding:
    """The finding that counts the unknown keys of a mapping beyond those that have one each."""
    message = sentence(f"{count:,} more keys of this mapping are unknown")
    return Finding("unknown-key", message, at, sentence("remove them"))


def schema_of(model: type[BaseModel], title: str) -> dict[str, Any]:
    """A model's JSON Schema, without the titles and null defaults that pydantic adds."""
    schema: dict[str, Any] = _tidy(model.model_json_schema())
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title, **schema}


def _tidy(node: Any) -> Any:
    if isinstance(node, list):
        return [_tidy(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {key: _tidy(value) for key, value in node.items() if not _generated(key, value)}


def _generated(key: str, value: Any) -> bool:
    return (key == "title" and isinstance(value, str)) or (key == "default" and value is None)


def _mistyped(missing: Any, problems: list[Any], model: type[BaseModel]) -> bool:
    """Whether a missing key is there under a mistyped name, which is one thing to fix, not two."""
    *parent, name = missing["loc"]
    strangers = (
        p["loc"][-1] for p in problems if p["type"] == "extra_forbidden" and [*p["loc"][:-1]] == parent
    )
    known = _names(model, parent)
    return missing["type"] == "missing" and any(
        nearest(str(stranger), known) == name for stranger in strangers
    )


def _finding(model: type[BaseModel], root: Map, problem: Any, source: SourceText) -> Finding:
    node, key, value = _walk(root, problem["loc"])
    at = At(source, node.line, node.column, key)
    kind, context = problem["type"], problem.get("ctx", {})
    if kind == "missing":
        name = problem["loc"][-1]
        inside = value if isinstance(value, Map) else node
        here = At(source, inside.line, inside.column, next(iter(inside)), "key") if inside else at
        return Finding("missing-key", f"the key `{name}` is missing", here, f"add `{name}:` here")
    if kind == "extra_forbidden":
        return unknown_key(str(key), _names(model, problem["loc"][:-1]), at._replace(part="key"))
    if kind == "literal_error":
        choices = tuple(context["expected"].replace("'", "").replace(" or ", ", ").split(", "))
        meant = nearest(str(value), choices)
        message = f"`{key}` must be one of {', '.join(choices)}, not {describe(value)}"
        return Finding("bad-value", message, at, did_you_mean(meant) if meant else "write one of these")
    if kind in _LIMITS:
        message = f"`{key}` must be {_LIMITS[kind].format(**context)}, not {describe(value)}"
        return Finding("bad-value", message, at, "change the value")
    if kind in _EXPECTED:
        expected, advice = _EXPECTED[kind]
        return wrong_type(str(key), expected, value, at, advice)
    return Finding(
        kind, problem["msg"], at._replace(part=context.get("part", "value")), context.get("help", "")
    )


def _walk(root: Map, loc: tuple[str | int, ...]) -> tuple[Any, str | int | None, Any]:
    """The container, the key in it, and the value at a location of pydantic's, as far as that exists."""
    node: Any = root
    key: str | int | None = None
    value: Any = root
    for step in loc:
        if not isinstance(value, Map | Seq):
            break
        try:
            node, key, value = value, step, value[step]  # type: ignore[index]
        except (KeyError, IndexError, TypeError):
            break
    return node, key, value


def _names(model: type[BaseModel], loc: Iterable[Any]) -> tuple[str, ...]:
    """The keys that the model at a location knows, as people write them."""
    here: Any = model
    for step in loc:
        field = next((f for n, f in here.model_fields.items() if step in (n, f.alias)), None)
        nested = getattr(field, "annotation", None)
        if isinstance(nested, type) and issubclass(nested, BaseModel):
            here = nested
    return tuple(field.alias or name for name, field in here.model_fields.items())


def unknown_key(key: str, known: Iterable[str], at: At, more: str = "") -> Finding:
    """The finding for an unknown key, with the nearest known one, or all of them and `more` advice."""
    known = tuple(known)
    meant = nearest(key, known)
    if meant:
        return Finding("unknown-key", f"unknown key `{key}`", at, did_you_mean(meant))
    advice = "known here: " + ", ".join(f"`{name}`" for name in known)
    return Finding("unknown-key", f"unknown key `{key}`", at, "\n".join(filter(None, (advice, more))))


@lru_cache(maxsize=1024)
def nearest(word: str, known: tuple[str, ...]) -> str:
    """The known word that was probably meant; empty if none is similar."""
    # Case and underscores are what people get wrong most; difflib would count each as a different letter.
    plain = {name.lower().replace("_", "").replace(" ", ""): name for name in known}
    found = difflib.get_close_matches(word[:80].lower().replace("_", "").replace(" ", ""), plain, 1, 0.6)
    return plain[found[0]] if found else ""


def did_you_mean(known: str) -> Sentence:
    """Advice that proposes a word of zsync's own. It repeats nothing of the file, so it needs no masking."""
    return sentence(f"did you mean `{known}`?")


def wrong_type(name: str, expected: str, value: Node, at: At, advice: str) -> Finding:
    """The finding for a value of the wrong type."""
    return Finding("wrong-type", f"`{name}` must be {expected}, not {describe(value)}", at, advice)


def describe(value: Node) -> str:
    """A value in a few words, in the file's spelling; text is cut after 40 characters."""
    match value:
        case Number():
            return f"the number {_short(value)}"
        case str():
            return f"the text `{_short(value)}`"
        case bool():
            return "true" if value else "false"
        case Map():
            return "a mapping"
        case Seq():
            return "a list"
        case _:
            return "an empty value"


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"
