"""Which Git is asked, and that it is never what a checkout calls so."""

import os
import subprocess
from pathlib import Path

import pytest

from zsync.git import commit
from zsync.git.calls import installed


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository that brings programs called git along, in its root and in bin."""
    monkeypatch.chdir(tmp_path)
    who = ("-c", "user.name=Ana", "-c", "user.email=ana@acme.example")
    subprocess.run(["git", "init", "-q"], check=True)
    for file in (Path("git"), Path("bin/git")):
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"#!/bin/sh\ntouch '{tmp_path / 'canary'}'\n")
        file.chmod(0o755)
    subprocess.run(["git", "add", "--all"], check=True)
    subprocess.run(["git", *who, "commit", "-q", "-m", "x"], check=True)
    return tmp_path


@pytest.mark.parametrize("first", ["", ".", "bin", "./bin"])
def test_a_program_of_the_checkout_is_not_git_though_the_path_leads_there(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    monkeypatch.setenv("PATH", os.pathsep.join((first, os.environ["PATH"])))
    assert len(commit(checkout)) == 40
    assert not (checkout / "canary").exists()


@pytest.mark.parametrize("path", ["", ".:bin", "/nowhere"])
def test_where_only_the_checkout_has_one_there_is_no_git(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setenv("PATH", path)
    assert (installed(), commit(checkout), (checkout / "canary").exists()) == (False, "", False)
