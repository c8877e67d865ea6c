"""Zoho's own SDKs, unmodified, against the bundled CRM: every kind, from both sides."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.clients import installed
from tests.clients.cases import CASES, WORLD, expected
from zsync.emulator import RunningCrm, running
from zsync.emulator.catalog import build
from zsync.kinds import KINDS

HERE = Path(__file__).parent


class Client(NamedTuple):
    """How to start a driver, the version of the API that the SDK speaks, and how it sends its form for a token."""

    command: list[str]
    more: Mapping[str, str]
    version: str
    form: str


def python_8() -> Client:
    return Client(
        [sys.executable, str(HERE / "sdk_driver.py")], {}, "v8", "application/x-www-form-urlencoded"
    )


def python_7() -> Client:
    return python_8()._replace(more={"PYTHONPATH": str(installed.python_sdk_7())}, version="v7")


def node_8() -> Client:
    sdk = installed.node_sdk()
    command = [installed.program("node"), str(HERE / "sdk_driver.mjs"), str(sdk)]
    return Client(command, {}, "v8", "multipart/form-data")


def answers(client: Client, crm: RunningCrm, folder: Path) -> dict[str, Any]:
    """What the SDK made of each case, by its list."""
    job = {**crm.environment(), "cases": [case._asdict() for case in CASES], "folder": str(folder)}
    env = {**os.environ, **client.more}
    done = subprocess.run(client.command, input=json.dumps(job), capture_output=True, text=True, env=env)
    assert done.returncode == 0, done.stderr
    return dict(zip([case.name for case in CASES], json.loads(done.stdout), strict=True))


def test_every_list_that_can_be_written_is_a_case() -> None:
    lists = {each.path for each in build().related_lists if each.kind}
    assert {case.name for case in CASES} == lists
    assert len(CASES) == 2 * len(KINDS)


@pytest.mark.more
@pytest.mark.parametrize("made", [python_7, python_8, node_8])
def test_an_sdk_links_reads_changes_and_delinks_in_every_list(made: Any, tmp_path: Path) -> None:
    client: Client = made()
    with running(WORLD) as crm:
        told = answers(client, crm, tmp_path)
    assert told == {case.name: expected(case) for case in CASES}
    token, *rest = crm.requests
    assert token.headers["content-type"].partition(";")[0] == client.form
    assert {seen.path.split("/")[2] for seen in rest} == {client.version}
    paths = [seen.path.split("/", 3)[3] for seen in rest]
    first_write = next(at for at, seen in enumerate(rest) if seen.method == "PUT")
    assert {"users", "settings/modules", "settings/fields", "settings/related_lists"} <= {
        *paths[:first_write]
    }
    written = [seen.json["data"] for seen in rest if seen.method == "PUT"]  # type: ignore[index]
    # Python writes ids as JSON numbers of 19 digits, which only an exact reader keeps apart.
    assert {type(row["id"]) for rows in written for row in rows} == {int if "py" in made.__name__ else str}
