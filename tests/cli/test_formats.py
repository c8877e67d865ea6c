"""`--format` where there is something to fix, and `--full` where there is much to show."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import MANIFEST
from tests.foreign.conftest import Write
from tests.foreign.crm import Foreign
from tests.program import Run

WRONG = MANIFEST.replace("key:", "kye:")
LOOSE = 'version: 1\nparent:\n  module: Campaigns\n  id: "50"\nrelated_lists:\n  Leads:\n    records: [{id: "11"}]\n'
FILES = ("github=a.txt", "markdown=a.md", "junit=a.xml", "text=a.log", "json=a.json")


def asked(*formats: str) -> list[str]:
    """The options for these formats."""
    return [word for one in formats for word in ("--format", one)]


def test_validate_lists_what_is_to_be_fixed_for_programs(run: Run, write: Write) -> None:
    write("spring.yaml", WRONG)
    said = run("validate", "--format", "json")
    found = json.loads(said.out)
    assert said.code == 4
    assert {name: found[0][name] for name in ("file", "line", "column")} == {
        "file": "relations/spring.yaml",
        "line": 5,
        "column": 5,
    }
    assert (found[0]["code"], found[0]["severity"]) == ("unknown-key", "error")
    assert set(found[0]) == {"code", "severity", "message", "file", "line", "column", "help"}


def test_validate_takes_several_formats_at_once(run: Run, write: Write, tmp_path: Path) -> None:
    write("spring.yaml", WRONG)
    said = run("validate", *asked(*FILES))
    assert (said.code, said.out) == (4, "")
    assert "error[unknown-key]" in said.err
    texts = [(tmp_path / one.partition("=")[2]).read_text() for one in FILES]
    assert all("unknown-key" in text for text in texts)
    assert texts[0].startswith("::error file=relations/spring.yaml,line=5,col=5,endColumn=")


@pytest.mark.parametrize(
    ("form", "out"),
    [
        ("text", "1 file, 1 related list, 2 rows: nothing to fix.\n"),
        ("json", "[]\n"),
        ("github", ""),
        ("markdown", "### zsync validate: nothing to fix\n"),
    ],
)
def test_where_nothing_is_to_be_fixed_every_format_says_so(
    run: Run, write: Write, form: str, out: str
) -> None:
    write("spring.yaml", MANIFEST)
    assert run("validate", "--format", form)[:2] == (0, out)


def test_warnings_are_in_every_format_and_fail_nothing(run: Run, write: Write) -> None:
    write("spring.yaml", MANIFEST)
    write("again.yaml", MANIFEST)
    for form, told in (
        ("json", '"severity": "warning"'),
        ("github", "::warning "),
        ("markdown", "**warning**"),
    ):
        said = run("validate", "--format", form)
        assert said.code == 0
        assert told in said.out


def test_a_file_is_a_case_of_junit(run: Run, write: Write) -> None:
    write("loose.yaml", LOOSE)
    write("spring.yaml", MANIFEST)
    assert 'tests="2" failures="0"' in run("validate", "--format", "junit").out
    said = run("fmt", "--check", "relations/loose.yaml", "--format", "junit")
    assert 'name="relations/loose.yaml:7:13: not-canonical"><failure' in said.out


def test_fmt_marks_a_file_where_it_first_differs_and_writes_nothing(run: Run, write: Write) -> None:
    file = write("loose.yaml", LOOSE)
    said = run("fmt", "--check", "--format", "github")
    assert said.code == 4
    assert said.out.startswith("::error file=relations/loose.yaml,line=7,col=13,endColumn=")
    assert "zsync fmt relations/loose.yaml" in said.out
    assert file.read_text() == LOOSE
    assert run("fmt").code == 0
    assert run("fmt", "--check", "--format", "json")[:2] == (0, "[]\n")


@pytest.mark.parametrize("end", ["", "\n\n", "\r\n"])
def test_a_difference_at_the_end_of_a_file_has_a_line_of_that_file(run: Run, write: Write, end: str) -> None:
    tidy = LOOSE.replace(' [{id: "11"}]', '\n      - {id: "11"}')
    file = write("loose.yaml", "")
    file.write_bytes(tidy.rstrip("\n").encode() + end.encode())
    (found,) = json.loads(run("fmt", "--check", "--format", "json").out)
    assert 8 <= found["line"] <= 10
    assert found["code"] == "not-canonical"


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [("key:", "kye:", "unknown-key"), ("bo@", "nobody@", "not-found"), ("Spring", "Sprig", "not-found")],
)
@pytest.mark.parametrize("command", [("plan",), ("verify",), ("apply", "--auto-approve")])
def test_a_plan_that_cannot_be_made_says_why_in_the_formats_of_a_pull_request(
    spring: Foreign, run: Run, write: Write, tmp_path: Path, command: tuple[str, ...],
    before: str, after: str, code: str,
) -> None:  # fmt: skip
    write("spring.yaml", MANIFEST.replace(before, after))
    assert run(*command, *asked(*FILES, "html=a.html")).code == 4
    for name in ("a.txt", "a.md", "a.xml", "a.log"):
        assert code in (tmp_path / name).read_text()
    assert (tmp_path / "a.txt").read_text().startswith("::error file=relations/spring.yaml,line=")
    assert f"### zsync {command[0]}: " in (tmp_path / "a.md").read_text()
    assert not (tmp_path / "a.json").exists()
    assert not (tmp_path / "a.html").exists()


def test_a_plans_json_is_a_plan_or_nothing(spring: Foreign, run: Run, write: Write) -> None:
    write("spring.yaml", WRONG)
    assert run("plan", "--format", "json")[:2] == (4, "")


def test_what_goes_to_public_places_names_nobody(
    spring: Foreign, run: Run, write: Write, tmp_path: Path
) -> None:
    write("spring.yaml", MANIFEST.replace("bo@", "canary@"))
    run("plan", *asked(*FILES))
    run("validate", *asked("json=v.json"))
    for name in ("a.txt", "a.md", "a.xml"):
        assert "canary" not in (tmp_path / name).read_text()
    assert "canary" in (tmp_path / "a.log").read_text()
    run("plan", "--no-redact", *asked("github=a.txt"))
    assert "canary" in (tmp_path / "a.txt").read_text()


@pytest.mark.parametrize(
    "address", ["ftp://x", "https://x)y", "https://x y", "javascript:alert(1)", "[a](b)"]
)
def test_an_address_that_is_none_is_refused_before_any_request(
    spring: Foreign, run: Run, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("ZSYNC_ARTIFACT_URL", address)
    said = run("plan", "--format", "markdown")
    assert (said.code, spring.requests) == (64, [])
    assert "ZSYNC_ARTIFACT_URL" in said.err


@pytest.fixture
def crowd(crm: Foreign, write: Write) -> Foreign:
    """A campaign that twenty leads are to be added to."""
    crm.add("Campaigns", "50", Campaign_Name="Spring")
    for number in range(100, 120):
        crm.add("Leads", str(number), Email=f"lead{number}@acme.example")
    rows = "".join(f"      - {{Email: lead{n}@acme.example, Member_Status: Sent}}\n" for n in range(100, 120))
    write("spring.yaml", MANIFEST[: MANIFEST.index("      - ")] + rows)
    return crm


def test_what_is_folded_names_the_command_that_shows_it(crowd: Foreign, run: Run) -> None:
    told = "    + 19 more, Member_Status: Sent\n"
    said = run("plan")
    assert told in said.out
    assert "\n(19 changes folded: zsync plan --full shows each)\nPlan: " in said.out
    saved = run("plan", "--out", "a plan.json").out
    assert "\n(19 changes folded: zsync show 'a plan.json' --full shows each)\nPlan: " in saved
    assert run("show", "a plan.json").out == saved
    assert run("show", "a plan.json", "--full").out.count("    + lead") == 20
    assert "verify --full shows each" in run("verify").out


def test_what_is_carried_out_at_once_is_shown_in_full(crowd: Foreign, run: Run) -> None:
    out = run("apply", "--auto-approve").out
    assert out.count("    + lead") == 20
    assert "lead119@acme.example (119)" in out
    assert "folded" not in out


def test_full_changes_nothing_in_other_formats(crowd: Foreign, run: Run) -> None:
    run("plan", "--out", "plan.json")
    for form in ("json", "markdown", "html", "github", "junit"):
        plain, full = (run("show", "plan.json", "--format", form, *more).out for more in ((), ("--full",)))
        assert plain == full
