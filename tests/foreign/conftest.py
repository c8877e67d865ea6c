"""The foreign CRM and the real command line beside it."""

import os
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.foreign.crm import SECRETS, Foreign
from tests.foreign.server import foreign
from zsync.cli import run

ROOT = Path(__file__).parents[2]
Done = subprocess.CompletedProcess[str]
Zsync = Callable[..., Done]
Write = Callable[[str, str], Path]


@pytest.fixture
def crm() -> Iterator[Foreign]:
    """An empty foreign CRM."""
    with foreign() as running:
        yield running


@pytest.fixture
def zsync(crm: Foreign, tmp_path: Path) -> Zsync:
    """`zsync("plan", "relations")`: the real command in a folder of its own; what it prints holds no secret."""

    def call(*args: str, **env: str) -> Done:
        keep = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "XDG_CACHE_HOME": str(tmp_path / "cache"),
            "XDG_STATE_HOME": str(tmp_path / "state"),
        }
        done = subprocess.run(
            [sys.executable, "-m", "zsync", *args],
            cwd=tmp_path,
            env=keep | crm.environment() | env,
            capture_output=True,
            text=True,
            timeout=60,
        )
        said = done.stdout + done.stderr
        assert "Traceback" not in said
        assert not [secret for secret in SECRETS if secret in said]
        return done

    return call


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """`write("spring.yaml", text)` puts a manifest into `relations/`."""

    def put(name: str, text: str) -> Path:
        path = tmp_path / "relations" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        return path

    return put


class Said(NamedTuple):
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str


Here = Callable[..., Said]


def _without_certificates(cafile: str = "", **_: object) -> ssl.SSLContext:
    """What httpx asks for before its first request; reading the certificates takes half of a command's time."""
    if not Path(cafile).is_file():
        raise FileNotFoundError(cafile)
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def settle(monkeypatch: pytest.MonkeyPatch, folder: Path, variables: Mapping[str, str]) -> None:
    """Makes a folder the current one, with these variables and none of zsync's or GitHub's from around the tests."""
    monkeypatch.chdir(folder)
    for name in [name for name in os.environ if name.startswith(("ZSYNC_", "GITHUB_"))]:
        monkeypatch.delenv(name)
    places = {"XDG_CACHE_HOME": str(folder / "cache"), "XDG_STATE_HOME": str(folder / "state")}
    for name, value in {**variables, **places}.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def here(
    crm: Foreign, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Here:
    """Like `zsync`, but in this process: quick, for what is not about the process itself."""
    settle(monkeypatch, tmp_path, crm.environment())
    monkeypatch.setattr("zsync.crm.wire.FIRST_DELAY", 0.0)
    monkeypatch.setattr("ssl.create_default_context", _without_certificates)

    def call(*args: str) -> Said:
        code = run(args)
        said = Said(code, *capsys.readouterr())
        assert "Traceback" not in said.out + said.err
        assert "this is a bug" not in said.err
        assert not [secret for secret in SECRETS if secret in said.out + said.err]
        return said

    return call
