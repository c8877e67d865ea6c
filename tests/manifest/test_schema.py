"""The JSON Schema that editors read is the one that the models make, and agrees with what `load` takes."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML

from zsync.manifest import manifest_schema

ROOT = Path(__file__).parents[2]


def errors(document: Any) -> list[str]:
    return [
        error.message for error in jsonschema.Draft202012Validator(manifest_schema()).iter_errors(document)
    ]


def test_the_committed_schema_is_the_one_that_the_models_make() -> None:
    committed = (ROOT / "schemas" / "manifest.schema.json").read_text("utf-8")
    assert committed == json.dumps(manifest_schema(), indent=2, ensure_ascii=False) + "\n"


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(manifest_schema())


@pytest.mark.parametrize(
    "path",
    sorted(p for p in (ROOT / "relations").rglob("*.yaml") if p.name != "zsync.yaml"),
    ids=lambda p: p.stem,
)
def test_the_example_manifests_fit_the_schema(path: Path) -> None:
    assert [errors(document) for document in YAML(typ="safe").load_all(path)] == [[]] * len(
        list(YAML(typ="safe").load_all(path))
    )


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"parent": {"module": "Campaigns"}},
        {"parent": {"module": "Campaigns", "id": "7", "match": {"Name": "x"}}},
        {"parent": {"module": "Campaigns", "id": "3.65E+18"}},
        {"parent": {"module": "Campaigns", "match": {}}},
        {"related_lists": {"Leads": {"recrods": []}}},
        {"related_lists": {"Leads": {"records": None}}},
        {"related_lists": {"Leads": {"key": []}}},
        {"related_lists": {"Leads": {"records": [{"id": "x"}]}}},
        {"related_lists": {"Leads": {"prune": "yes"}}},
        {"extra": 1},
    ],
    ids=str,
)
def test_what_load_refuses_an_editor_underlines(change: dict[str, Any]) -> None:
    document = {
        "version": 1,
        "parent": {"module": "Campaigns", "id": "7"},
        "related_lists": {"Leads": {"records": []}},
    }
    assert errors(document) == []
    assert errors({**document, **change})


def test_every_example_of_the_schema_fits_where_it_stands() -> None:
    found = list(_examples(manifest_schema()))
    assert len(found) > 8
    for schema, example in found:
        jsonschema.validate(example, {**schema, "$defs": manifest_schema()["$defs"]})


def _examples(node: Any) -> Any:
    if isinstance(node, dict):
        yield from ((node, example) for example in node.get("examples", []))
        for value in node.values():
            yield from _examples(value)
