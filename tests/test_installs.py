"""`.ci/venv` installs exactly what a lock names, whatever the index has released since: with uv, and with pip where uv cannot."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path
from typing import Any

import pytest
from packaging.utils import canonicalize_name

from tests.stub_index import BACKEND, StubIndex
from tests.test_project import ROOT, Pin, pins

NEWER = "9999.0"
Done = subprocess.CompletedProcess[str]


@dataclass(frozen=True)
class Clone:
    """A fresh clone whose locks have the hashes of the stub index, on a machine that knows no other and has no cache."""

    tree: Path
    env: dict[str, str]

    def install(self, what: str) -> Done:
        """Run `.ci/venv`."""
        command = [str(self.tree / ".ci" / "venv"), what]
        return subprocess.run(command, env=self.env, cwd="/", capture_output=True, text=True, timeout=300)

    def installed(self) -> dict[str, str]:
        """Versions by canonical name, without those that make an environment and the project itself."""
        (folder,) = (self.tree / ".venv").glob("lib/python*/site-packages")
        found = {
            canonicalize_name(each.name): each.version for each in metadata.distributions(path=[str(folder)])
        }
        return {name: found[name] for name in found.keys() - {"pip", "setuptools", "zsync-crm"}}


def headers(name: str) -> list[str]:
    """What the real distribution of that name depends on, as lines of metadata; nothing where it is not for this machine."""
    try:
        real = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return []
    return [
        f"{key}: {value}" for key in ("Requires-Dist", "Provides-Extra") for value in real.get_all(key) or ()
    ]


def version(pin: Pin) -> str:
    """The one version that a pin names."""
    (only,) = pin.requirement.specifier
    return only.version


def expected(lock: str) -> dict[str, str]:
    """What of a lock is for this machine."""
    named = {
        name: version(pin)
        for name, pin in pins(lock).items()
        if pin.requirement.marker is None or pin.requirement.marker.evaluate()
    }
    return {name: named[name] for name in named.keys() - {"setuptools"}}


def stubs(name: str) -> dict[str, str]:
    """What the stub of a package has to hold for the install to work."""
    if name == "hatchling":
        return {"hatchling/__init__.py": "", "hatchling/build.py": BACKEND}
    uv = Path(sys.prefix) / ".uv" / "bin" / "uv"
    return {"{data}/scripts/uv": f'#!/bin/sh\nexec "{uv}" "$@"\n'} if name == "uv" else {}


@pytest.fixture
def index(tmp_path: Path) -> StubIndex:
    return StubIndex(tmp_path / "index")


@pytest.fixture
def clone(tmp_path: Path, index: StubIndex) -> Clone:
    tree = tmp_path / "a clone"
    for name in ("pyproject.toml", ".ci/venv", ".ci/index.py", "README.md", "zsync/__init__.py"):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tree / name)
    hashes: dict[str, str] = {}
    for lock in ("requirements.lock", "tests/requirements.lock", ".ci/uv.lock"):
        lines = []
        for name, pin in pins(lock).items():
            if name not in hashes:
                hashes[name] = index.add(name, version(pin), headers(name), stubs(name))
                index.add(name, NEWER, headers(name))
            lines.append(f"{pin.requirement} --hash={hashes[name]}\n")
        (tree / lock).parent.mkdir(exist_ok=True)
        (tree / lock).write_text("".join(lines), "utf-8")
    (tmp_path / "pip.conf").write_text(f"[global]\nindex-url = {index.url}\nconstraint = {tmp_path}/limits\n")
    (tmp_path / "limits").write_text("click<1\n")
    nowhere = {"HOME": str(tmp_path / "home"), "ALL_PROXY": "http://127.0.0.1:9", "PYTHON": sys.executable}
    return Clone(tree, {"PATH": os.environ["PATH"], "PIP_CONFIG_FILE": str(tmp_path / "pip.conf"), **nowhere})


def test_uv_installs_what_the_lock_names_and_removes_what_it_names_no_longer(clone: Clone) -> None:
    done = clone.install("dev")
    assert (done.returncode, clone.installed()) == (0, expected("tests/requirements.lock")), done.stderr
    assert "with pip" not in done.stderr, done.stderr
    lock = clone.tree / "tests" / "requirements.lock"
    lock.write_text(re.sub(r"(?m)^click==.*\n", "", lock.read_text("utf-8")), "utf-8")
    assert clone.install("dev").returncode == 0
    assert clone.installed().keys() == expected("tests/requirements.lock").keys() - {"click"}


@pytest.mark.nightly
def test_pip_installs_the_same_where_there_is_no_uv_even_from_lines_without_extras(
    clone: Clone, index: StubIndex
) -> None:
    shutil.rmtree(index.folder / "uv")
    lock = clone.tree / "tests" / "requirements.lock"
    lock.write_text(re.sub(r"(?m)^([\w.-]+)\[[\w,-]+\]", r"\1", lock.read_text("utf-8")), "utf-8")
    done = clone.install("dev")
    assert (done.returncode, clone.installed()) == (0, expected("tests/requirements.lock")), done.stderr
    assert "installing with pip" in done.stderr


@pytest.mark.more
def test_a_file_that_is_not_the_locks_is_installed_by_neither(clone: Clone, index: StubIndex) -> None:
    index.add("click", expected("requirements.lock")["click"], files={"click.py": "import stranger"})
    done = clone.install("run")
    assert (done.returncode, "click" in clone.installed()) == (1, False)
    assert "installing with pip" in done.stderr
    assert not (clone.tree / ".venv" / ".zsync-run").exists()


@pytest.fixture(scope="module")
def translator() -> Any:
    """The module `.ci/index.py`."""
    spec = util.spec_from_file_location("index", ROOT / ".ci" / "index.py")
    assert spec
    assert spec.loader
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_setting_for_install_is_stronger_than_a_global_one_and_a_variable_than_both(
    translator: Any,
) -> None:
    listed = """:env:.index-url='https://c.example'
download.index-url='https://d.example'
global.index-url='https://a.example'
global.extra-index-url='https://e.example'
install.extra-index-url='https://f.example'
install.index-url='https://b.example'
"""
    found = translator.pip_settings(listed)
    assert found == {"index-url": "https://c.example", "extra-index-url": "https://f.example"}


@pytest.mark.parametrize(
    ("pip", "uv"),
    [
        ({"index-url": "https://a.example/it's"}, {"UV_DEFAULT_INDEX": "https://a.example/it's"}),
        ({"extra-index-url": "\nhttps://a.example\nfile:///b"}, {"UV_INDEX": "https://a.example file:///b"}),
        ({"find-links": "one two"}, {"UV_FIND_LINKS": "one,two"}),
        ({"cert": "/ca.pem", "client-cert": "/me.pem"}, {"SSL_CERT_FILE": "/ca.pem", "SSL_CLIENT_CERT": "/me.pem"}),
        ({"proxy": "http://p.example:1"}, {"ALL_PROXY": "http://p.example:1"}),
        ({"default-timeout": "9"}, {"UV_HTTP_TIMEOUT": "9"}),
        ({"trusted-host": "a.example\nb.example"}, {"UV_INSECURE_HOST": "a.example b.example"}),
    ],
)  # fmt: skip
def test_uv_looks_where_pip_looks(translator: Any, pip: dict[str, str], uv: dict[str, str]) -> None:
    told = translator.uv_settings(pip, {}, knows=False)
    assert told == {"UV_INDEX_STRATEGY": "unsafe-best-match", **uv}


def test_uv_trusts_what_the_machine_trusts_and_what_it_was_told_to(translator: Any) -> None:
    told = {"UV_SYSTEM_CERTS": "1", "UV_INDEX_STRATEGY": "unsafe-best-match"}
    assert translator.uv_settings({}, {}, store=True) == told
    assert translator.uv_settings({}, {"UV_SYSTEM_CERTS": "0"}, store=True, knows=True) == {}


def test_uv_is_told_of_no_index_but_by_an_option(translator: Any) -> None:
    assert translator.uv_options({"no-index": "true"}, knows=False) == "--no-index"
    assert translator.uv_options({"no-index": "false"}, knows=False) == ""


def test_uv_is_not_told_what_it_knows(translator: Any) -> None:
    pip = {
        "index-url": "https://b.example",
        "no-index": "true",
        "cert": "/ca.pem",
        "proxy": "http://p.example",
    }
    assert translator.uv_settings(pip, {"ALL_PROXY": ""}, knows=True) == {"SSL_CERT_FILE": "/ca.pem"}
    assert translator.uv_options(pip, knows=True) == ""


@pytest.mark.parametrize(
    ("env", "settings", "knows"),
    [
        ({}, "", False),
        ({}, "compile-bytecode = true", False),
        ({}, '[[index]]\nurl = "https://a.example"', True),
        ({}, '[pip]\nindex-url = "https://a.example"', True),
        ({}, "this is not TOML", False),
        ({"UV_DEFAULT_INDEX": "https://a.example"}, "", True),
        ({"UV_FIND_LINKS": "wheels"}, "", True),
        ({"UV_INDEX": ""}, "", False),
    ],
)
def test_uv_knows_its_indexes_from_a_variable_or_a_file(
    translator: Any, env: dict[str, str], settings: str, knows: bool, tmp_path: Path
) -> None:
    (tmp_path / "uv").mkdir()
    (tmp_path / "uv" / "uv.toml").write_text(settings)
    home = translator.uv_files({"XDG_CONFIG_HOME": str(tmp_path)})[0]
    assert translator.uv_knows(env, [home]) == knows
