"""How clients are fetched: once, whole, and never another than the one that was pinned."""

import json
import sys
from pathlib import Path

import pytest

from tests.clients import installed


@pytest.fixture(autouse=True)
def kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(installed, "KEPT", tmp_path / "clients")
    return tmp_path / "clients"


def saying(words: str) -> list[str]:
    """An installer that fails with these words."""
    return [sys.executable, "-c", f"import sys; sys.exit({words!r})"]


@pytest.mark.parametrize(
    "words",
    [
        "npm error code ENOTFOUND",
        "npm error code E404",
        "ERROR: No matching distribution found for zohocrmsdk7_0==6.0.0",
    ],
)
def test_a_client_that_no_registry_has_is_skipped_and_the_reason_told(words: str, kept: Path) -> None:
    def install(folder: Path) -> None:
        installed._run(saying(words), folder)

    with pytest.raises(pytest.skip.Exception, match="no registry has it"):
        installed._kept("sdk", b"1", install)
    assert list(kept.glob("sdk-*")) == []


@pytest.mark.parametrize(
    "words", ["npm error code EINTEGRITY", "THESE PACKAGES DO NOT MATCH THE HASHES", "npm error code EUSAGE"]
)
def test_another_archive_than_the_pinned_one_fails(words: str, kept: Path) -> None:
    def install(folder: Path) -> None:
        installed._run(saying(words), folder)

    with pytest.raises(pytest.fail.Exception, match=words):
        installed._kept("sdk", b"1", install)
    assert list(kept.glob("sdk-*")) == []


def test_a_client_is_fetched_once_for_its_pins_and_anew_for_others(kept: Path) -> None:
    fetched = []

    def install(folder: Path) -> None:
        fetched.append(folder)
        (folder / "there").touch()

    first = [installed._kept("sdk", b"1", install) for _ in range(2)]
    second = installed._kept("sdk", b"2", install)
    assert (len(fetched), first[0]) == (2, first[1])
    assert [each / "there" for each in kept.glob("sdk-*")] == [second / "there"]
    assert (second / "there").exists()


def test_a_client_that_was_fetched_by_half_is_fetched_again(kept: Path) -> None:
    def broken(folder: Path) -> None:
        (folder / "half").touch()
        raise RuntimeError

    with pytest.raises(RuntimeError):
        installed._kept("sdk", b"1", broken)
    whole = installed._kept("sdk", b"1", lambda folder: (folder / "whole").touch())
    assert [each.name for each in whole.iterdir()] == ["whole"]


def test_a_machine_without_node_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(pytest.skip.Exception, match="there is no npm on PATH"):
        installed.node_sdk()


@pytest.mark.parametrize("name", ["node-sdk", "n8n"])
def test_every_package_of_a_node_lock_is_pinned_to_a_hash(name: str) -> None:
    lock = json.loads((installed.HERE / name / "package-lock.json").read_text("utf-8"))
    wanted = json.loads((installed.HERE / name / "package.json").read_text("utf-8"))["dependencies"]
    packages = {path.rpartition("node_modules/")[2]: told for path, told in lock["packages"].items() if path}
    assert {one: packages[one]["version"] for one in wanted} == wanted
    assert {
        one for one, told in packages.items() if not told.get("integrity", "").startswith("sha512-")
    } == set()
