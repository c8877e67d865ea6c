"""The README says what the program says: exit codes, kinds, and an example that loads."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.program import in_process, surroundings
from tests.reference.bundled import emulated
from zsync import errors, kinds
from zsync.emulator import running
from zsync.manifest import load

CAMPAIGN = "3652397000000500001"
WORLD = {
    "records": {
        "Campaigns": [{"id": CAMPAIGN, "Campaign_Name": "Spring Launch 2027"}],
        "Leads": [
            {"id": f"365239700000030000{n}", "Last_Name": name, "Email": f"{name}@acme.example"}
            for n, name in enumerate(("ana", "bo", "old"))
        ],
    },
    "relations": {
        f"Campaigns/{CAMPAIGN}/Leads": [
            {"id": "3652397000000300001", "Member_Status": "Invited"},
            {"id": "3652397000000300002", "Member_Status": "Sent"},
        ]
    },
}
"""What the README's plan is of."""

README = Path(__file__).parent.parent / "README.md"


def exits() -> str:
    """The table of exit codes."""
    rows = [f"| {code} | {meaning} |" for code, meaning in errors.EXITS.items()]
    return "\n".join(["| exit | meaning |", "|---|---|", *rows]) + "\n"


@pytest.mark.parametrize(
    ("mark", "made"),
    [
        ("exits", exits),
        ("kinds", lambda: f"```\n{kinds.table()}\n```\n"),
        ("emulated", emulated),
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


def test_the_readmes_plan_is_the_plan_of_its_manifest(tmp_path: Path) -> None:
    shown, manifest = (
        re.findall(pattern, README.read_text(), re.DOTALL)[0]
        for pattern in (r"\n(Campaigns  .*?)```", r"<!-- manifest -->\n```yaml\n(.*?)```")
    )
    with running(WORLD) as crm:
        (tmp_path / "relations" / "campaigns").mkdir(parents=True)
        (tmp_path / "relations" / "campaigns" / "spring.yaml").write_text(manifest)
        planned = in_process(["plan"], env=surroundings(tmp_path, **crm.environment()), folder=tmp_path)
    assert planned.out.partition("\n\n")[2] == shown, planned.err


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
