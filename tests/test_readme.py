"""The README says what the program says: help texts, exit codes, kinds, and an example that loads."""

import re
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from zsync import errors, guards, kinds
from zsync.cli import zsync
from zsync.config import load_config
from zsync.manifest import load

README = Path(__file__).parent.parent / "README.md"


def helps() -> str:
    """Each command's help as a reader folds it open."""
    runner = CliRunner()
    parts = []
    for name in ["", *zsync.list_commands(click.Context(zsync))]:
        args = [name, "--help"] if name else ["--help"]
        text = runner.invoke(zsync, args, prog_name="zsync", terminal_width=100).output
        title = f"zsync {name}".strip()
        parts.append(
            f"<details><summary><code>{title}</code></summary>\n\n```\n{text.rstrip()}\n```\n\n</details>"
        )
    return "\n".join(parts) + "\n"


def exits() -> str:
    """The table of exit codes."""
    rows = [f"| {code} | {meaning} |" for code, meaning in errors.EXITS.items()]
    return "\n".join(["| exit | meaning |", "|---|---|", *rows]) + "\n"


def guard_table() -> str:
    """The table of guards."""
    rows = [f"| `{name}` | {meaning} |" for name, meaning in guards.GUARDS.items()]
    return "\n".join(["| guard | refuses |", "|---|---|", *rows]) + "\n"


@pytest.mark.parametrize(
    ("mark", "made"),
    [
        ("help", helps),
        ("exits", exits),
        ("kinds", lambda: f"```\n{kinds.table()}\n```\n"),
        ("guards", guard_table),
    ],
)
def test_the_readme_shows_what_the_program_says(
    mark: str, made: Callable[[], str], request: pytest.FixtureRequest
) -> None:
    text = README.read_text()
    pattern = re.compile(rf"(<!-- {mark} -->\n)(.*?)(?=<!-- end -->)", re.DOTALL)
    if request.config.getoption("--update-golden"):
        README.write_text(pattern.sub(lambda match: match[1] + made(), text))
        text = README.read_text()
    found = pattern.search(text)
    assert found is not None
    assert found[2] == made()


def test_the_readmes_manifest_loads(tmp_path: Path) -> None:
    found = re.search(r"<!-- manifest -->\n```yaml\n(.*?)```", README.read_text(), re.DOTALL)
    assert found is not None
    (tmp_path / "spring.yaml").write_text(found[1])
    (managed,) = load([tmp_path]).lists
    assert [row.key for row in managed.records] == [("ana@acme.example",), ("bo@acme.example",)]
    assert [row.fields for row in managed.records] == [
        {"Member_Status": "Invited"},
        {"Member_Status": "Planned"},
    ]
    assert [row.key for row in managed.absent] == [("old@acme.example",)]


def test_the_readmes_guards_load(tmp_path: Path) -> None:
    found = re.search(r"<!-- guards-example -->\n```yaml\n(.*?)```", README.read_text(), re.DOTALL)
    assert found is not None
    (tmp_path / "zsync.yaml").write_text(found[1])
    config = load_config(tmp_path / "zsync.yaml")
    production = config.environments["production"].guards
    assert production is not None
    assert production.names - config.guards.names == {"freeze"}
