"""Zoho's own Python SDK, unmodified, against the bundled CRM.

The SDK keeps its state in globals of the interpreter and in files, so it runs in a process of its own.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from zsync.emulator import DEMO_WORLD, RunningCrm, running

pytestmark = pytest.mark.more

DRIVER = Path(__file__).with_name("sdk_driver.py")
pytestmark = pytest.mark.more

CASES: list[tuple[str, str, str, dict[str, Any]]] = [
    ("Campaigns/3652397000000500002", "Leads", "3652397000000300001", {"Member_Status": "Sent"}),
    ("Leads/3652397000000300002", "Campaigns", "3652397000000500004", {"Member_Status": "Opened"}),
    ("Products/3652397000000600004", "Price_Books", "3652397000000700001", {"list_price": 50.56}),
    ("Products/3652397000000600001", "Accounts", "3652397000000450003", {}),
    ("Campaigns/3652397000000500003", "Contacts", "3652397000000400001", {"Member_Status": "Planned"}),
    ("Products/3652397000000600001", "Leads", "3652397000000300003", {}),
    ("Products/3652397000000600001", "Contacts", "3652397000000400002", {}),
    ("Products/3652397000000600001", "Deals", "3652397000000470002", {}),
    ("Price_Books/3652397000000700002", "Products", "3652397000000600002", {"list_price": 12.5}),
    ("Appointments__s/3652397000000800001", "Services__s", "3652397000000850002", {}),
]


@pytest.fixture(scope="module")
def crm() -> Iterator[RunningCrm]:
    with running(DEMO_WORLD) as started:
        yield started


@pytest.fixture(scope="module")
def told(crm: RunningCrm, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What the SDK made of each case: its answers to link, read and delink."""
    job = {**crm.environment(), "cases": CASES, "folder": str(tmp_path_factory.mktemp("sdk"))}
    done = subprocess.run(
        [sys.executable, str(DRIVER)], input=json.dumps(job), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    answers: list[dict[str, Any]] = json.loads(done.stdout)
    return answers


@pytest.mark.parametrize(
    "at", range(len(CASES)), ids=[f"{parent.split('/')[0]}-{name}" for parent, name, _, _ in CASES]
)
def test_the_sdk_links_reads_and_delinks(told: list[dict[str, Any]], at: int) -> None:
    _, _, related_id, fields = CASES[at]
    answer = told[at]
    assert answer["link"] == [200, "SUCCESS", "relation added"]
    row = answer["read"][related_id]
    assert {**row, **row.pop("$member_info", {})}.items() >= fields.items()
    assert answer["delink"] == [200, "SUCCESS", "relation removed"]


def test_the_sdk_asks_for_the_user_and_the_metadata_first(
    crm: RunningCrm, told: list[dict[str, Any]]
) -> None:
    paths = [seen.path.removeprefix("/crm/v8/") for seen in crm.requests]
    assert len(told) == len(CASES)
    first_write = next(at for at, seen in enumerate(crm.requests) if seen.method == "PUT")
    assert {"users", "settings/modules", "settings/fields", "settings/related_lists"} <= set(
        paths[:first_write]
    )


def test_the_sdk_sends_ids_as_json_numbers(crm: RunningCrm, told: list[dict[str, Any]]) -> None:
    rows = [seen.json["data"][0]["id"] for seen in crm.requests if seen.method == "PUT"]  # type: ignore[index]
    assert rows == [int(related_id) for _, _, related_id, _ in CASES]
    assert len(told) == len(rows)
