"""What surrounds the code: locked dependencies, schemas, the wheel, nothing of anybody's machine."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from jsonschema import Draft202012Validator
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
LOCKS = ("requirements.lock", "tests/requirements.lock")
INSTALLER = ".ci/uv.lock"
SCHEMAS = sorted((ROOT / "schemas").glob("*.json"))
# Where packages come from is each machine's own affair. In pieces, so that this file does not find itself.
HOSTS = ["py" + "pi.org", "python" + "hosted.org", "registry." + "npmjs", "deb." + "debian.org"]
ELSEWHERE = re.compile(r"(?<![\w.~*-])/(?:root|home|Users|work|opt)/\w")

# `zsync` on the public index, in Debian and elsewhere is another program: whoever installs by that name gets a stranger's code.
STRANGER = re.compile(
    r"""\b(?:install|add|inject|download|wheel|uvx|pipx\ run)(?:\ (?!=)[^\s`\#&;|]+)*?\ ['"]?zsync(?![\w/.-])
    | (?<![\w./-])zsync(?:\[[\w,\ -]+\]|\ *(?:[=~!<>]=|@\ *\w+[:+]))
    | (?:requires|dependencies|requirements)\W+zsync\b(?!-)""",
    re.VERBOSE,
)


class Pin(NamedTuple):
    """One line of a lock file: the pinned requirement, and its hashes."""

    requirement: Requirement
    hashes: list[str]


@cache
def pins(lock: str) -> dict[str, Pin]:
    """What a lock file pins, by canonical name."""
    text = re.sub(r"(?m)^\s*#.*\n", "", (ROOT / lock).read_text("utf-8")).replace("\\\n", " ")
    found = [
        (Requirement(line.split("--hash")[0]), re.findall(r"--hash=(\S+)", line))
        for line in text.splitlines()
    ]
    return {canonicalize_name(requirement.name): Pin(requirement, hashes) for requirement, hashes in found}


@cache
def pyproject() -> dict[str, Any]:
    """The project's own description of itself."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def wanted(lock: str) -> list[Requirement]:
    """What the project asks for and `lock` has to pin; group `dev` includes group `build`."""
    project, groups = pyproject()["project"], pyproject()["dependency-groups"]
    named = [*project["dependencies"], *project["optional-dependencies"]["emulator"], *groups["build"]]
    named += [entry for entry in groups["dev"] if isinstance(entry, str)] if lock.startswith("tests/") else []
    return [Requirement(text) for text in named]


@cache
def project_files() -> list[Path]:
    """Every file that belongs to the project: what Git tracks, or, in a tree without Git, what is not a cache."""
    git = shutil.which("git") and (ROOT / ".git").exists()
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True) if git else None
    if listed and listed.returncode == 0:
        files = [ROOT / name for name in listed.stdout.splitlines()]
    else:
        caches = {
            ".venv",
            ".git",
            ".zsync",
            "dist",
            "__pycache__",
            ".mypy_cache",
            ".pytest_cache",
            ".ruff_cache",
            ".hypothesis",
        }
        files = [file for file in ROOT.rglob("*") if not caches & set(file.relative_to(ROOT).parts)]
    return [file for file in files if file.is_file() and not file.name.startswith(".coverage")]


@pytest.mark.parametrize("lock", LOCKS)
def test_everything_the_project_asks_for_is_pinned_as_asked(lock: str) -> None:
    missing = [
        str(asked)
        for asked in wanted(lock)
        if not satisfies(pins(lock).get(canonicalize_name(asked.name)), asked)
    ]
    assert missing == []


def satisfies(pin: Pin | None, asked: Requirement) -> bool:
    """Whether there is a pin, and its version is one that is asked for."""
    return pin is not None and all(
        asked.specifier.contains(each.version, prereleases=True) for each in pin.requirement.specifier
    )


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_names_one_version_and_its_hashes(lock: str) -> None:
    loose = [
        name
        for name, pin in pins(lock).items()
        if [each.operator for each in pin.requirement.specifier] != ["=="]
        or not pin.hashes
        or not all(each.startswith("sha256:") for each in pin.hashes)
    ]
    assert (len(pins(lock)) > 10, loose) == (True, [])


@pytest.mark.parametrize("lock", LOCKS)
def test_what_a_lock_names_asks_for_nothing_that_it_lacks(lock: str) -> None:
    asked = {
        (name, Requirement(text))
        for name, pin in pins(lock).items()
        if pin.requirement.marker is None or pin.requirement.marker.evaluate()
        for text in metadata.requires(name) or ()
        if asks(Requirement(text), pin.requirement.extras)
    }
    assert len(asked) > 10
    missing = [
        f"{name}: {each}"
        for name, each in asked
        if not satisfies(pin := pins(lock).get(canonicalize_name(each.name)), each)
        or not pin
        or each.extras - pin.requirement.extras
    ]
    assert missing == []


def asks(requirement: Requirement, extras: set[str]) -> bool:
    """Whether a distribution asks for this on this machine when it is installed with these extras."""
    marker = requirement.marker
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in ["", *extras])


def test_tests_run_with_what_users_run() -> None:
    users, tests = (pins(lock) for lock in LOCKS)
    assert {name: str(pin.requirement) for name, pin in users.items()} == {
        name: str(tests[name].requirement) for name in users
    }


def test_the_installer_is_pinned_too_and_apart_from_what_it_installs() -> None:
    (uv,) = pins(INSTALLER).values()
    assert (uv.requirement.name, len(uv.requirement.specifier), len(uv.hashes) > 10) == ("uv", 1, True)
    assert [lock for lock in LOCKS if "uv" in pins(lock)] == []


def test_the_emulator_and_telemetry_are_all_that_is_optional() -> None:
    assert list(pyproject()["project"]["optional-dependencies"]) == ["emulator", "otel"]


def test_who_runs_the_demo_gets_no_telemetry_and_who_tests_does() -> None:
    users, tests = ({name for name in pins(lock) if name.startswith("opentelemetry")} for lock in LOCKS)
    assert (users, "opentelemetry-sdk" in tests) == (set(), True)


def test_no_file_names_a_package_host_or_a_place_on_some_machine() -> None:
    texts = {
        file.relative_to(ROOT).as_posix(): file.read_text("utf-8", errors="replace")
        for file in project_files()
    }
    found = {
        name: [host for host in HOSTS if host in text] + ELSEWHERE.findall(text)
        for name, text in texts.items()
    }
    assert {name: places for name, places in found.items() if places} == {}


def test_the_distribution_has_a_name_of_its_own_and_so_has_a_second_command() -> None:
    project = pyproject()["project"]
    assert (project["name"], project["scripts"]) == (
        "zsync-crm",
        {"zsync": "zsync.cli:main", "zsync-crm": "zsync.cli:main"},
    )


def test_nothing_installs_by_the_bare_name_which_is_a_strangers() -> None:
    found = {
        file.relative_to(ROOT).as_posix(): STRANGER.findall(file.read_text("utf-8", errors="replace"))
        for file in project_files()
    }
    assert {name: texts for name, texts in found.items() if texts} == {}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("pip install {}", True),
        ("pip3 install --user '{}'", True),
        ("python -m pip install -U {}", True),
        ('pip download "{}"', True),
        ("pipx install {}", True),
        ("uv tool install --python 3.13 {}", True),
        ("uv pip install {}", True),
        ("uvx {}", True),
        ("uv add {}", True),
        ("apt-get install -y {}", True),
        ("brew install {}", True),
        ("{}==1.3", True),
        ("{} >= 1", True),
        ("{}[emulator]", True),
        ("{} @ https://a.example/b.whl", True),
        ('dependencies = ["{}"]', True),
        ("additional_dependencies: [{}]", True),
        ("pip install {}-crm", False),
        ("pip install '{}-crm[otel]==0.1.0'", False),
        ("`pip install .` in the folder of {}", False),
        ("uv tool install '.[emulator]'  # in the folder of {}", False),
        ("{} plan", False),
        ('zsync = "{}.cli:main"', False),
    ],
)
def test_a_bare_name_would_be_found(text: str, found: bool) -> None:
    assert bool(STRANGER.search(text.format("zsync"))) == found


@pytest.mark.parametrize(
    ("before", "found"), [("see ", True), ("a=", True), ("https://a.example", False), (".", False)]
)
def test_a_place_on_some_machine_would_be_found(before: str, found: bool) -> None:
    assert bool(ELSEWHERE.search(f"{before}/{'home'}/ana")) == found


def test_the_top_of_the_tree_holds_what_it_shall_hold_and_no_more() -> None:
    names = {file.relative_to(ROOT).parts[0] for file in project_files()}
    shown = {name for name in names if not name.startswith(".")}
    assert shown <= {
        "pyproject.toml",
        "README.md",
        "LICENSE",
        "Makefile",
        "requirements.lock",
        "zsync",
        "relations",
        "schemas",
        "tests",
    }


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.name)
def test_a_schema_is_a_valid_schema_of_the_2020_draft(path: Path) -> None:
    schema = json.loads(path.read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == Draft202012Validator.META_SCHEMA["$id"]


def test_the_six_schemas_that_are_promised_are_there() -> None:
    assert {path.name for path in SCHEMAS} == {
        f"{name}.schema.json" for name in ("manifest", "config", "profile", "plan", "report", "snapshot")
    }


def test_every_make_target_says_what_it_does() -> None:
    text = (ROOT / "Makefile").read_text("utf-8")
    phony = re.search(r"(?m)^\.PHONY: (.*)$", text)
    assert phony
    assert set(re.findall(r"(?m)^([a-z-]+):.* ## \S", text)) == set(phony[1].split())


def test_what_a_merge_depends_on_is_all_but_what_is_marked_and_each_tier_has_its_mark() -> None:
    settings = pyproject()["tool"]["pytest"]["ini_options"]
    marks = [text.split(":")[0] for text in settings["markers"]]
    assert settings["addopts"][-2:] == ["-m", " and ".join(f"not {mark}" for mark in marks)]
    text = (ROOT / "Makefile").read_text("utf-8")
    tiers = re.findall(r"(?m)^([a-z-]+): .*\n\t@\.ci/venv dev\n\t@(?:status=0; )?\$\(pytest\) -m (\w+)", text)
    assert tiers == [("test-more", "more"), ("nightly", "nightly")]
    assert "test: style types pytest" in text


def test_the_license_is_the_whole_apache_license() -> None:
    text = (ROOT / "LICENSE").read_text("utf-8")
    assert (text.split("\n")[1].strip(), "END OF TERMS AND CONDITIONS" in text) == ("Apache License", True)


def test_a_wheel_holds_the_examples_the_schemas_and_the_license(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        names = set(wheel.namelist())
    carried = [
        file.relative_to(ROOT).as_posix()
        for folder in ("relations", "schemas")
        for file in (ROOT / folder).rglob("*")
        if file.is_file()
    ]
    expected = {f"zsync/_data/{name}" for name in carried} | {"zsync/py.typed", "zsync/__main__.py"}
    assert expected - names == set()
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)
