"""The example manifests against the demo world, worked out here from both files, without zsync's own planner."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from zsync.emulator import DEMO_WORLD, RunningCrm, running
from zsync.emulator.catalog import KINDS

RELATIONS = Path(__file__).parents[2] / "relations"
MANIFESTS = sorted(path for path in RELATIONS.rglob("*.yaml") if path.name != "zsync.yaml")


def _documents() -> list[dict[str, Any]]:
    return [
        each for path in MANIFESTS for each in YAML(typ="safe").load_all(path.read_text(encoding="utf-8"))
    ]


def _lists() -> Iterator[tuple[dict[str, Any], str, dict[str, Any]]]:
    """(parent, list name, what the manifest says of it)."""
    for document in _documents():
        for name, related in document["related_lists"].items():
            yield document["parent"], name, related


@pytest.fixture(scope="module")
def records() -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = YAML(typ="safe").load(DEMO_WORLD.read_text(encoding="utf-8"))[
        "records"
    ]
    return found


def _id(records: dict[str, list[dict[str, Any]]], module: str, wanted: dict[str, Any]) -> str:
    (found,) = [each["id"] for each in records[module] if wanted.items() <= each.items()]
    return str(found)


def _row(related: dict[str, Any], row: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """A row's key and its fields."""
    keys = [related["key"]] if isinstance(related["key"], str) else related["key"]
    fields = {**related.get("defaults", {}), **row}
    return {name: fields.pop(name) for name in keys}, {name: _plain(value) for name, value in fields.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return value["name"]
    return value if isinstance(value, str) else float(value)


def _steps(crm: RunningCrm, records: dict[str, list[dict[str, Any]]]) -> Iterator[str]:
    for parent, name, related in _lists():
        parent_id = parent.get("id") or _id(records, parent["module"], parent["match"])
        current = crm.rows(f"{parent['module']}/{parent_id}/{name}")
        module = "Contacts" if name == "Contact_Roles" else name
        for row in related["records"]:
            key, fields = _row(related, row)
            before = current.pop(_id(records, module, key), None)
            same = before is not None and {field: _plain(value) for field, value in before.items()} == fields
            yield "create" if before is None else "unchanged" if same else "update"
        for row in related.get("absent", []):
            assert current.pop(_id(records, module, row)) is not None
            yield "delete"
        if related.get("prune"):
            yield from ("delete" for _ in current)


def test_the_manifests_create_update_remove_and_leave_something(
    records: dict[str, list[dict[str, Any]]],
) -> None:
    with running(DEMO_WORLD) as crm:
        assert Counter(_steps(crm, records)) == {"create": 11, "update": 5, "delete": 4, "unchanged": 17}


def test_each_relation_kind_has_an_example() -> None:
    written = {frozenset((parent["module"], name)) for parent, name, _ in _lists()}
    assert written == {frozenset((kind.a, kind.listed("a"))) for kind in KINDS}


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.relative_to(RELATIONS).as_posix())
def test_an_example_names_the_schema_by_a_path_that_leads_there(path: Path) -> None:
    first = path.read_text(encoding="utf-8").splitlines()[0]
    schema = first.removeprefix("# yaml-language-server: $schema=")
    assert (path.parent / schema).resolve() == RELATIONS.parent / "schemas" / "manifest.schema.json"


def test_every_id_of_the_demo_world_has_19_digits(records: dict[str, list[dict[str, Any]]]) -> None:
    ids = [each["id"] for rows in records.values() for each in rows]
    assert all(isinstance(each, str) and len(each) == 19 and each.isdigit() for each in ids)
    assert len(ids) == len(set(ids)) == 38
