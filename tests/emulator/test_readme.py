"""The README's section on the bundled CRM says what the routes say, and its script of faults loads."""

import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from zsync.emulator.control import Control
from zsync.emulator.fault_file import read_faults
from zsync.emulator.org import Org
from zsync.emulator.routes import OAUTH_PATH, operations

README = Path(__file__).parents[2] / "README.md"


def emulated() -> str:
    """The table of operations, the token endpoint first."""
    rows = [("POST", OAUTH_PATH, "-", "`refresh_token` and a self-client's `authorization_code`")]
    rows += [
        (each.method, f"/crm/{{version}}{each.path}", f"v{each.since}", each.note) for each in operations()
    ]
    lines = [f"| {method} | `{path}` | {since} | {note} |" for method, path, since, note in rows]
    return "\n".join(["| call | path | since | what there is of it |", "|---|---|---|---|", *lines]) + "\n"


def test_the_readme_lists_the_calls_that_have_a_route(request: pytest.FixtureRequest) -> None:
    text = README.read_text("utf-8")
    pattern = re.compile(r"(<!-- emulated -->\n)(.*?)(?=<!-- end -->)", re.DOTALL)
    if request.config.getoption("--update-golden"):
        README.write_text(pattern.sub(lambda match: match[1] + emulated(), text), "utf-8")
        text = README.read_text("utf-8")
    found = pattern.search(text)
    assert found is not None
    assert found[2] == emulated()


def test_the_readmes_script_of_faults_loads() -> None:
    found = re.search(r"<!-- faults -->\n```yaml\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    assert found is not None
    assert len(read_faults(YAML(typ="safe").load(found[1]))) == 6


def test_the_readme_names_every_control_endpoint(opened: tuple[Org, Any]) -> None:
    text = README.read_text("utf-8")
    section = text[text.index("**Control endpoints**") : text.index("What is emulated:")]
    assert set(re.findall(r"`([a-z]+)`", section)) == Control(lambda *_: None, opened[0]).names  # type: ignore[arg-type]
