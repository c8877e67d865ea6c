"""The commit that a plan says it was made from."""

import subprocess
from pathlib import Path

import pytest

from zsync.git import commit


def test_outside_of_a_repository_there_is_no_commit(tmp_path: Path) -> None:
    assert commit(tmp_path) == ""
    assert commit(tmp_path / "nowhere") == ""


def test_without_git_there_is_no_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert commit(tmp_path) == ""


def test_in_a_repository_it_is_the_one_that_is_checked_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_NAME", "Ana")
        monkeypatch.setenv(f"GIT_{name}_EMAIL", "ana@acme.example")
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    assert commit(tmp_path) == ""
    subprocess.run(["git", "-C", str(tmp_path), "commit", "-q", "--allow-empty", "-m", "x"], check=True)
    assert len(commit(tmp_path)) == 40
    assert commit(tmp_path) == commit(tmp_path / ".git" / "..")
