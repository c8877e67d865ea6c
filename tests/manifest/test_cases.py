"""Every diagnostic, as a person sees it: the input files of each folder of `cases`, and what comes out of them."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from zsync.bounds import EXCERPT
from zsync.config import load_config
from zsync.errors import InputError
from zsync.manifest import EXPLANATIONS, load
from zsync.model import Diagnostic
from zsync.render.diagnostics import render_diagnostics

CASES = Path(__file__).parent / "cases"
NAMES = sorted(folder.name for folder in CASES.iterdir() if folder.is_dir())
# Findings about where configurations lie, not about what one file says: the tests that hold them.
ELSEWHERE = {
    "second-config": "config/test_search.py",
    "misnamed-config": "config/test_search.py",
    "no-base-config": "cli/test_configured_before.py",
    "unread-manifest": "cli/test_whole.py",
    "unproven-kind": "cli/test_profile.py",
    "split-sides": "planning/test_pruning.py",
    "uncommitted": "cli/test_pull.py",
    "cannot-amend": "cli/test_pull.py",
}


def diagnose(folder: Path) -> tuple[Diagnostic, ...]:
    """What is wrong with the manifests of the current folder, or with its zsync.yaml where it has one."""
    try:
        if (folder / "zsync.yaml").exists():
            load_config(Path("zsync.yaml"))
            return ()
        return load([Path()]).warnings
    except InputError as error:
        return error.diagnostics


@pytest.mark.parametrize("name", [name for name in NAMES if name != "unreadable-file"])
def test_a_case_reads_as_it_did(
    name: str, golden: Callable[[Path, str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(CASES / name)
    golden(CASES / name / "expected.txt", render_diagnostics(diagnose(Path())))


def test_a_file_that_cannot_be_opened_is_a_diagnostic(
    golden: Callable[[Path, str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("gone.yaml").symlink_to("nowhere.yaml")
    golden(CASES / "unreadable-file" / "expected.txt", render_diagnostics(diagnose(Path())))


def test_every_code_has_a_case_and_every_case_a_known_code() -> None:
    shown = set()
    for name in NAMES:
        shown |= set(
            re.findall(
                r"^(?:error|warning)\[([a-z-]+)\]",
                (CASES / name / "expected.txt").read_text("utf-8"),
                re.MULTILINE,
            )
        )
    assert shown == set(EXPLANATIONS) - ELSEWHERE.keys()


@pytest.mark.parametrize("code", ELSEWHERE)
def test_a_code_without_a_case_is_held_by_the_test_that_is_named(code: str) -> None:
    assert code in (CASES.parents[1] / ELSEWHERE[code]).read_text("utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_an_excerpt_is_the_line_of_the_file(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CASES / name)
    for diagnostic in diagnose(Path()):
        if diagnostic.excerpt and diagnostic.span:
            text = Path(diagnostic.span.file).read_bytes().decode("utf-8-sig", "replace")
            line = re.split(r"\r\n|\r|\n", text)[diagnostic.span.line - 1]
            shown = line[diagnostic.begins - 1 :][: EXCERPT.most + 1]
            assert diagnostic.excerpt == (line if len(line) <= EXCERPT.most else shown)
            assert diagnostic.begins <= diagnostic.span.column <= diagnostic.begins + len(diagnostic.excerpt)


def test_no_case_shows_a_secret() -> None:
    assert all("hunter" not in file.read_text("utf-8") for file in CASES.glob("config-secret*/expected.txt"))
