"""What the how-tos list is what the program has: guards, control endpoints, and examples that load."""

import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.docs.test_links import DOCS
from zsync.config import load_config
from zsync.emulator import DEMO_WORLD, running
from zsync.emulator.control import Control
from zsync.emulator.fault_file import read_faults
from zsync.guards import evaluation as guards

GUARDS, TRY_IT = (DOCS / name for name in ("guards.md", "try-it.md"))


def example(page: Path, mark: str) -> str:
    """The code behind a mark."""
    found = re.search(rf"<!-- {mark} -->\n```yaml\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    assert found is not None, mark
    return found[1]


def table() -> str:
    """The table of guards."""
    rows = [
        f"| [`{name}`](reference/codes.md#{name}) | {meaning} |" for name, meaning in guards.GUARDS.items()
    ]
    return "\n".join(["| guard | refuses |", "|---|---|", *rows]) + "\n"


def test_the_page_of_guards_lists_them_all(request: pytest.FixtureRequest) -> None:
    text = GUARDS.read_text("utf-8")
    pattern = re.compile(r"(<!-- guards -->\n)(.*?)(?=<!-- end -->)", re.DOTALL)
    if request.config.getoption("--update-golden"):
        GUARDS.write_text(pattern.sub(lambda match: match[1] + table(), text), "utf-8")
    found = pattern.search(GUARDS.read_text("utf-8"))
    assert found is not None
    assert found[2] == table()


def test_the_example_of_guards_loads_and_has_every_guard_but_the_rarest(tmp_path: Path) -> None:
    (tmp_path / "zsync.yaml").write_text(example(GUARDS, "guards-example"))
    config = load_config(tmp_path / "zsync.yaml")
    production = config.environments["production"].guards
    assert production is not None
    assert production.names - config.guards.names == {"freeze"}
    assert guards.GUARDS.keys() - production.names == {"max_updates", "max_creates"}


def test_the_example_of_faults_loads() -> None:
    listed: Any = YAML(typ="safe").load(example(TRY_IT, "faults-example"))
    assert len(read_faults(listed)) == 6


def test_the_page_names_every_control_endpoint() -> None:
    (line,) = (one for one in TRY_IT.read_text("utf-8").splitlines() if one.startswith("`GET` "))
    with running(seed=DEMO_WORLD) as crm:
        assert set(re.findall(r"`([a-z]+)`", line)) == Control(lambda *_: None, crm._org, "token").names  # type: ignore[arg-type]
