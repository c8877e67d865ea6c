"""The pages of files, from the JSON Schemas that `zsync schema` prints."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import click
from click.testing import CliRunner

from tests.reference.commands import commands
from tests.reference.markdown import anchor, code, prose, table
from zsync.cli import zsync

Schema = dict[str, Any]
_WORDS = {
    "string": "text",
    "boolean": "true or false",
    "integer": "whole number",
    "number": "number",
    "null": "null",
}
_TITLES = {"manifest": ("manifest.md", "Manifests"), "config": ("config.md", "zsync.yaml")}
_ROOTS = {"manifest": "The document", "config": "The file"}


class Section(NamedTuple):
    """An object of a schema: the heading it gets, which is the way to it, and the schema itself."""

    heading: str
    schema: Schema


def names() -> list[str]:
    """What `zsync schema` can print."""
    (argument,) = (each for each in commands()["schema"].params if isinstance(each, click.Argument))
    assert isinstance(argument.type, click.Choice)
    return list(argument.type.choices)


def schema(name: str) -> Schema:
    """One schema, as the command prints it."""
    loaded: Schema = json.loads(CliRunner().invoke(zsync, ["schema", name]).output)
    return loaded


def file_name(name: str) -> str:
    """The page of a schema: `manifest.md`, `config.md`, and `plan-file.md` and its like for what zsync writes."""
    return _TITLES[name][0] if name in _TITLES else f"{name}-file.md"


def title(name: str) -> str:
    """The heading of that page."""
    return _TITLES[name][1] if name in _TITLES else f"{name.capitalize()} files"


def page(name: str) -> str:
    """Every key of one kind of file. What another page has told already is linked."""
    root = schema(name)
    told = {_sign(each.schema): f"{file_name('plan')}#{anchor(each.heading)}" for each in _before(name)}
    found = list(sections(root, _ROOTS.get(name, "The file")))
    links = {_sign(each.schema): f"#{anchor(each.heading)}" for each in reversed(found)} | told
    known = [each for each in found if _sign(each.schema) not in told]
    first = f"# {title(name)}\n\n{prose(root['description'])}\n\nThe schema: [`schemas/{name}.schema.json`](../../../schemas/{name}.schema.json), or `zsync schema {name}`.\n"
    return "\n".join([first, *(_section(each, root, links) for each in known)])


def _before(name: str) -> list[Section]:
    return list(sections(schema("plan"), "The file")) if name not in (*_TITLES, "plan") else []


def sections(root: Schema, heading: str) -> Iterator[Section]:
    """Every object with keys of its own, once, level by level, under the way that first leads to it."""
    waiting, seen = [Section(heading, root)], set()
    while waiting:
        here = waiting.pop(0)
        if _sign(here.schema) in seen:
            continue
        seen.add(_sign(here.schema))
        yield here
        before = "" if here.schema is root else f"{here.heading}."
        for name, each in here.schema["properties"].items():
            waiting += [Section(f"{before}{name}{way}", one) for way, one in _objects(each, root)]


def properties(root: Schema) -> Iterator[tuple[str, str]]:
    """Every key of a schema with its way, and what is said of it: by itself, or by the object that it is."""
    for section in sections(root, ""):
        for name, each in section.schema["properties"].items():
            yield f"{section.heading}.{name}".lstrip("."), _meaning(each, root)


def _objects(node: Schema, root: Schema, way: str = "") -> Iterator[tuple[str, Schema]]:
    """The objects with keys that a value is, holds in a list, or has by name."""
    node = _resolved(node, root)
    if "properties" in node and node.get("additionalProperties") is False:
        yield way, node
    for one in node.get("anyOf", ()):
        yield from _objects(one, root, way)
    if isinstance(node.get("items"), Mapping):
        yield from _objects(node["items"], root, way + "[]")
    for one in _named(node):
        yield from _objects(one, root, way + ".NAME")


def _named(node: Schema) -> list[Schema]:
    """What a mapping's values are, whatever its names look like."""
    known = (node.get("additionalProperties"), *node.get("patternProperties", {}).values())
    return [one for one in known if isinstance(one, dict) and one]


def _resolved(node: Schema, root: Schema) -> Schema:
    reference = node.get("$ref", "")
    return root["$defs"][reference.rpartition("/")[2]] if reference else node


def _sign(node: Schema) -> str:
    """The same for the same object, wherever a schema repeats it."""
    return json.dumps(node.get("properties"), sort_keys=True)


def _section(section: Section, root: Schema, links: Mapping[str, str]) -> str:
    needed = section.schema.get("required", [])
    every = set(needed) == set(section.schema["properties"])
    rows = [
        (
            code(name) + (" (needed)" if name in needed and not every else ""),
            _type(each, root, links),
            _default(each),
            _told(each, root),
        )
        for name, each in section.schema["properties"].items()
    ]
    about = "" if section.schema is root else prose(section.schema.get("description", ""))
    about = " ".join(filter(None, (about, "Every key is needed." if every else "")))
    parts = [f"## {section.heading}", about, table(["key", "value", "default", "means"], rows)]
    return "\n\n".join(filter(None, parts))


def _meaning(node: Schema, root: Schema) -> str:
    return str(
        node.get("description") or next((one.get("description", "") for _, one in _objects(node, root)), "")
    )


def _told(node: Schema, root: Schema) -> str:
    examples = ", ".join(code(_yaml(one)) for one in node.get("examples", ()))
    return prose(_meaning(node, root)) + (f" For example {examples}." if examples else "")


def _default(node: Schema) -> str:
    return code(_yaml(node["default"])) if node.get("default") not in (None, "", {}, []) else ""


def _yaml(value: Any) -> str:
    """A value as it stands in a line of YAML, near enough to read."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_yaml(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_yaml, value)) + "]"
    return value if isinstance(value, str) else json.dumps(value)


def _type(node: Schema, root: Schema, links: Mapping[str, str]) -> str:
    """What a value is, in words and links."""
    target = _resolved(node, root)
    if "properties" in target and target.get("additionalProperties") is False:
        return f"[these keys]({links[_sign(target)]})"
    if "anyOf" in target:
        ways = (
            prose(one["description"]) if "description" in one else _type(one, root, links)
            for one in target["anyOf"]
        )
        return " or ".join(dict.fromkeys(ways))
    if "const" in target or "enum" in target:
        return " or ".join(code(_yaml(one)) for one in target.get("enum", [target.get("const")]))
    kinds = target["type"] if isinstance(target.get("type"), list) else [target.get("type")]
    words = (
        _list(target, root, links)
        if kind == "array"
        else _map(target, root, links)
        if kind == "object"
        else _WORDS.get(str(kind), "anything")
        for kind in kinds
    )
    return " or ".join(words) + _bounds(target)


def _list(node: Schema, root: Schema, links: Mapping[str, str]) -> str:
    return "list of " + (_type(node["items"], root, links) if node.get("items") else "anything")


def _map(node: Schema, root: Schema, links: Mapping[str, str]) -> str:
    inner = _named(node)
    return "mapping of names to " + (_type(inner[0], root, links) if inner else "anything")


def _bounds(node: Schema) -> str:
    low, high = (node.get(f"{end}imum", node.get(f"{end}Items")) for end in ("min", "max"))
    if low is not None and high is not None:
        return f", {low} to {high}" if low != high else f", {low} of them"
    return f", {low} or more" if low else ""
