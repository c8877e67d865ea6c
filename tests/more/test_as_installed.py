"""The wheel and the sdist, as people install them: in a bare environment, from the index of this machine."""

import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import NamedTuple

import pytest
from packaging.metadata import Metadata

from tests.test_project import ROOT, project_files

pytestmark = pytest.mark.more
LAST_LINE = "That is all. Your own org next: zsync init"
Done = subprocess.CompletedProcess[str]


class Built(NamedTuple):
    """What a release would hold."""

    wheel: Path
    sdist: Path


def build(tree: Path, folder: Path, *targets: str) -> None:
    """Build in `tree` with the locked hatchling."""
    wanted = [option for target in targets for option in ("--target", target)]
    command = [sys.executable, "-m", "hatchling", "build", "--directory", str(folder), *wanted]
    subprocess.run(command, cwd=tree, check=True, capture_output=True)


def run(*command: str | Path, cwd: Path, home: Path, **more: str) -> Done:
    """A command on a machine of nobody: no variables but the ones that say where packages come from."""
    keep = {
        name: value
        for name, value in os.environ.items()
        if name.startswith(("PIP_", "UV_", "SSL_")) or name == "PATH"
    }
    env = {**keep, "HOME": str(home), "PYTHON": sys.executable, **more}
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=600)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("dist")
    build(ROOT, folder, "wheel", "sdist")
    (wheel,), (sdist,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    return Built(wheel, sdist)


@pytest.fixture(scope="module")
def unpacked(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sdist's tree, in a folder of its own."""
    folder = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(built.sdist) as archive:
        archive.extractall(folder, filter="data")
    (tree,) = folder.iterdir()
    return tree


def test_an_index_would_take_the_metadata_of_both(built: Built, unpacked: Path) -> None:
    with zipfile.ZipFile(built.wheel) as wheel:
        (name,) = [name for name in wheel.namelist() if name.endswith(".dist-info/METADATA")]
        texts = [wheel.read(name), (unpacked / "PKG-INFO").read_bytes()]
    for text in texts:
        metadata = Metadata.from_email(text, validate=True)
        assert (metadata.name, metadata.license_expression) == ("zsync-crm", "Apache-2.0")
        assert (metadata.description or "").strip() == (ROOT / "README.md").read_text("utf-8").strip()
        assert metadata.description_content_type == "text/markdown"
    assert built.wheel.name.startswith("zsync_crm-")
    assert built.sdist.name.startswith("zsync_crm-")


def test_the_wheel_tells_the_demo_in_a_bare_environment(built: Built, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    assert run(sys.executable, "-m", "venv", tmp_path / "venv", cwd=empty, home=tmp_path).returncode == 0
    programs = tmp_path / "venv" / "bin"
    installed = run(programs / "pip", "install", "--quiet", built.wheel, cwd=empty, home=tmp_path)
    assert installed.returncode == 0, installed.stderr
    without = run(programs / "zsync", "demo", cwd=empty, home=tmp_path)
    assert (without.returncode, "zsync-crm[emulator]" in without.stderr) == (64, True)
    extra = run(programs / "pip", "install", "--quiet", f"{built.wheel}[emulator]", cwd=empty, home=tmp_path)
    assert extra.returncode == 0, extra.stderr
    told = run(programs / "zsync-crm", "demo", cwd=empty, home=tmp_path)
    assert (told.returncode, told.stdout.rstrip().splitlines()[-1]) == (0, LAST_LINE), told.stderr
    assert list(empty.iterdir()) == []


def test_the_sdist_tells_the_demo_with_make_and_makes_the_same_wheel(
    built: Built, unpacked: Path, tmp_path: Path
) -> None:
    told = run("make", "demo", cwd=unpacked, home=tmp_path)
    assert (told.returncode, told.stdout.rstrip().splitlines()[-1]) == (0, LAST_LINE), told.stderr
    build(unpacked, tmp_path, "wheel")
    with zipfile.ZipFile(built.wheel) as ours, zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as theirs:
        assert {each.filename: each.CRC for each in theirs.infolist()} == {
            each.filename: each.CRC for each in ours.infolist()
        }


def test_what_make_dist_makes_is_installed_by_hash_and_tells_the_demo(unpacked: Path, tmp_path: Path) -> None:
    made = run("make", "dist", cwd=unpacked, home=tmp_path)
    assert made.returncode == 0, made.stderr
    shutil.copytree(unpacked / "dist", tmp_path / "ci")
    recipe = ROOT / ".github" / "recipes" / "zsync-ci"
    named = {"ZSYNC_REQUIREMENTS": "ci/requirements.txt"}
    installed = run("bash", recipe, "install", "zsync.tgz", cwd=tmp_path, home=tmp_path, **named)
    assert installed.returncode == 0, installed.stderr
    with tarfile.open(tmp_path / "zsync.tgz") as archive:
        archive.extractall(tmp_path / "installed", filter="data")
    told = run(tmp_path / "installed" / "zsync", "demo", cwd=tmp_path, home=tmp_path)
    assert (told.returncode, told.stdout.rstrip().splitlines()[-1]) == (0, LAST_LINE), told.stderr


def test_the_sdist_holds_the_project_and_nothing_else(built: Built) -> None:
    with tarfile.open(built.sdist) as archive:
        names = {each.name.partition("/")[2] for each in archive if each.isfile()}
    assert names == {file.relative_to(ROOT).as_posix() for file in project_files()} | {"PKG-INFO"}


def test_the_readmes_ways_to_install_work_as_they_stand(tmp_path: Path) -> None:
    block = re.search(
        r"<!-- install -->\n```sh\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL
    )
    assert block
    tools = {"uv": Path(sys.prefix) / ".uv" / "bin", "pipx": "", "python3": Path(sys.executable).parent}
    tried = []
    for line in block[1].splitlines():
        tool = line.split()[0]
        home = tmp_path / tool
        home.mkdir()
        path = f"{tools[tool]}:{os.environ['PATH']}".lstrip(":")
        if not shutil.which(tool, path=path):
            continue
        done = run("sh", "-c", line, cwd=ROOT, home=home, PATH=path)
        assert done.returncode == 0, done.stderr
        (command,) = [home / place for place in (".local/bin", ".zsync/bin") if (home / place).exists()]
        assert run(command / "zsync", "demo", cwd=home, home=home).returncode == 0
        assert run(command / "zsync-crm", "--version", cwd=home, home=home).stdout.startswith("zsync-crm ")
        tried.append(tool)
    assert {"uv", "python3"} <= set(tried)
