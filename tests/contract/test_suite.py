"""The contract's own tests: the schemas can say no, and the suite runs with variables alone."""

import os
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.example import ROOT
from tests.program import Ended, forked
from zsync.emulator import running

from .conftest import RECORDS, SCHEMAS, WORLD, checked

HERE = Path(__file__).parent
BAD: list[tuple[str, Any]] = [
    ("records", {"data": [], "info": {"page": 1, "per_page": 200, "count": 0, "more_records": False}}),
    ("records", {"data": [{"id": 3652397000000300001}], "info": {"page": 1, "per_page": 200, "count": 1, "more_records": False}}),
    ("record", {"data": [{"id": "1"}], "info": {}}),
    ("rows", {"data": [{"code": "SUCCESS"}]}),
    ("error", {"code": "INVALID_DATA", "details": {}, "message": "invalid data", "status": "success"}),
    ("related_lists", {"related_lists": []}),
    ("fields", {"fields": [{"api_name": "Email"}]}),
    ("modules", {"modules": [{"api_name": "Leads"}]}),
    ("org", {"org": [{"id": "1", "zgid": "2", "type": "test"}]}),
    ("coql", {"data": [{"id": "1"}]}),
    ("counts", {"get_related_records_count": [{"count": -1}]}),
    ("token", {"error": "invalid_code"}),
]  # fmt: skip


@pytest.mark.parametrize(("schema", "value"), BAD, ids=[schema for schema, _ in BAD])
def test_a_schema_refuses_what_zoho_would_not_answer(schema: str, value: Any) -> None:
    with pytest.raises(jsonschema.ValidationError):
        checked(value, schema)


def test_every_schema_is_one_and_is_tried() -> None:
    assert {path.stem for path in SCHEMAS.glob("*.json")} == {schema for schema, _ in BAD}


def _run(**variables: str) -> Ended:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ZSYNC_")}
    words = ("-q", "-m", "sandbox", "-p", "no:cacheprovider", str(HERE))
    return forked(*words, env={**clean, **variables}, folder=ROOT, entry="tests.contract.alone:main").ended()


def test_with_variables_alone_the_suite_runs_against_any_sandbox() -> None:
    with running(WORLD) as crm:
        records = WORLD["records"]
        ids = [records[module][0]["id"] for module in ("Campaigns", "Leads", "Price_Books", "Products")]
        before = crm.state()
        done = _run(
            **crm.environment(),
            **{f"ZSYNC_SANDBOX_{name}": each for name, each in zip(RECORDS, ids, strict=True)},
        )
        assert done.code == 0, done.out
        assert (crm.state(), crm.stats()["tokens"]) == (before, 1)


def test_without_variables_it_says_which_are_missing() -> None:
    done = _run()
    assert done.code == 1
    assert "set ZSYNC_CLIENT_ID, ZSYNC_CLIENT_SECRET, ZSYNC_REFRESH_TOKEN" in done.out


def test_a_production_organisation_is_left_alone() -> None:
    with running({**WORLD, "org": {"type": "production"}}) as crm:
        done = _run(**crm.environment(), **{f"ZSYNC_SANDBOX_{name}": "1" for name in RECORDS})
        assert "the organisation is a production one: nothing is tried on it" in done.out
        assert {seen.method for seen in crm.requests} == {"POST", "GET"}
