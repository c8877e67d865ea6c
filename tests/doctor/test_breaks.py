"""What doctor finds of zsync 0.1.0 in a repository, without credentials and without a CRM."""

import os
import re
from pathlib import Path

import pytest

from tests.cli.test_breaks import CASES
from tests.cli.tutorial import LEFT, TUTORIAL, make
from tests.example import ROOT
from tests.program import Ended, Run
from tests.workflows.runner import load
from zsync.bounds import LOOKED, SCRIPT, SCRIPT_LINE
from zsync.doctor import scripts, tree
from zsync.doctor.calls import _RIGHTS, broken
from zsync.doctor.findings import Orgs
from zsync.doctor.habits import HABITS, WORDS
from zsync.files.reading import read_bytes

ALL = Orgs(several=True, shared=True)


def names(said: Ended) -> set[str]:
    """The breaks that doctor names."""
    return set(re.findall(r"^warn  break: (\S+)", said.out, re.MULTILINE))


def lines(said: Ended, name: str) -> list[str]:
    return re.findall(rf"^warn  break: {name} +(.*)$", said.out, re.MULTILINE)


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """The tutorial's repository, with everything that people had in theirs."""
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    make(tmp_path, TUTORIAL, LEFT)
    (tmp_path / "relations" / "out.yaml").symlink_to("/etc/hostname")
    (tmp_path / "relations" / "deep").mkdir()
    (tmp_path / "relations" / "deep" / "zsync.yaml").symlink_to("../zsync.yaml")
    return tmp_path


RIGHTS = "permissions: {contents: read, pull-requests: write"


def test_the_repository_of_the_tutorial_has_rights_to_add_and_nothing_else(tmp_path: Path, run: Run) -> None:
    make(tmp_path, TUTORIAL)
    assert (run("validate", "relations").code, run("fmt", "--check", "relations").code) == (0, 0)
    said = run("doctor")
    assert (said.code, names(said)) == (8, {"missing-right"})
    assert [line.split(":")[1] for line in lines(said, "missing-right")] == ["13", "23"]
    assert "it gives plan.yml no `actions: read`, without which GitHub starts none of its jobs" in said.out
    assert "Add to the job's `permissions`: `actions: read`." in said.out


def test_todays_says_what_it_cannot_see(tmp_path: Path, run: Run) -> None:
    workflow = TUTORIAL[".github/workflows/zsync.yml"]
    for before in (f"{RIGHTS}}}", "issues: write}"):
        assert before in workflow
        workflow = workflow.replace(before, f"{before[:-1]}, actions: read}}")
    make(tmp_path, {**TUTORIAL, ".github/workflows/zsync.yml": workflow})
    said = run("doctor")
    assert names(said) == set()
    assert re.search(
        r"ok    breaks +nothing here .* \(variables, secrets, other branches\) is not looked at", said.out
    )
    assert re.search(r"not checked +which zsync \.github/workflows/zsync\.yml:13 runs", said.out)
    assert re.search(r"not checked +token, scopes, org", said.out)
    assert "ZSYNC_REFRESH_TOKEN are not set" in said.err


CALLER = """on: push
permissions: {above}
jobs:
  zsync:
    uses: acme/zsync/.github/workflows/{workflow}.yml@main
{own}"""


@pytest.mark.parametrize(
    ("workflow", "above", "own", "lacking"),
    [
        ("plan", "write-all", "", ""),
        ("plan", "read-all", "", "`pull-requests: write`"),
        ("drift", "{contents: read, issues: write, actions: write}", "", ""),
        ("drift", "write-all", "    permissions: {contents: read}\n", "`issues: write`, `actions: read`"),
        ("apply", "{contents: read, pull-requests: write, actions: none}", "", "`actions: read`"),
        ("plan", "{}", "", "`contents: read`, `pull-requests: write`, `actions: read`"),
        ("plan", "{contents: [x]}", "    permissions: read\n", "`contents: read`, `pull-requests: write`"),
    ],
)
def test_a_caller_gives_each_workflow_what_it_asks_for(
    workflow: str, above: str, own: str, lacking: str
) -> None:
    text = CALLER.format(above=above, workflow=workflow, own=own)
    found = [each for each in broken("w.yml", text, [], ALL) if each.name == "missing-right"]
    assert [each.advice for each in found if lacking in each.advice] == [each.advice for each in found]
    assert bool(found) == bool(lacking)


@pytest.mark.parametrize("workflow", ["plan", "apply", "drift", "accept"])
def test_and_what_that_is_the_workflow_says_itself(workflow: str) -> None:
    asked: dict[str, str] = {}
    for job in load(ROOT / ".github" / "workflows" / f"{workflow}.yml")["jobs"].values():
        for scope, right in job["permissions"].items():
            asked[scope] = max(right, asked.get(scope, ""))
    assert _RIGHTS[workflow] == asked


def test_every_break_that_a_repository_can_have_is_named(old: Path, run: Run) -> None:
    settings = {"ZSYNC_PRODUCTION_ACCESS_TOKEN": "t", "ZSYNC_ACCESS_TOKEN": "t"}
    said = run("doctor", **settings, ZSYNC_API_DOMAIN="http://crm.example")
    assert said.code == 4
    assert names(said) == {name for case in CASES.values() for name in case.doctor}
    assert said.out.count("zsync 0.1.0") >= said.out.count("break: ")
    assert (
        f"warn  breaks                        {said.out.count('break: ')} above; what your forge keeps"
        in said.out
    )


def test_a_break_has_its_place_its_cause_and_the_next_step(old: Path, run: Run) -> None:
    said = run("doctor")
    assert lines(said, "bare-name") == [
        f"{place}: it installs the package `zsync`, which is a stranger's program; zsync 0.1.0 was told to be installed so"
        for place in (".gitlab-ci.yml:3", "requirements.txt:2", ".github/workflows/own.yml:15")
    ]
    assert [line.split(":")[1] for line in lines(said, "resume-asks")] == ["18"]
    assert lines(said, "no-environment")[0].startswith(
        "relations/zsync.yaml: it has several environments (production, sandbox)"
    )
    assert lines(said, "setting")[0].startswith("relations/campaigns/zsync.yaml:2: an api_name is")
    assert said.out.count("it holds journals") == 1
    assert "Name zsync-crm, pinned with its hashes" in said.out


def test_with_an_environment_chosen_only_the_choice_is_no_break(old: Path, run: Run) -> None:
    assert names(run("doctor")) - names(run("doctor", "-e", "sandbox")) == {"no-environment"}


def test_nothing_is_run_followed_or_written(old: Path, run: Run) -> None:
    os.mkfifo(old / "pipe.json")
    os.mkfifo(old / "pipe.sh")
    (old / "loop").symlink_to(".")
    before = sorted(old.rglob("*"))
    said = run("doctor")
    assert "pipe.sh cannot be read: it is a pipe, not a file" in said.out
    assert [each for each in sorted(old.rglob("*")) if each not in before] == []


def met_in(line: str, *, requirements: bool = False) -> list[str]:
    """The habits of a file with this one line."""
    return [
        habit.name
        for habit in HABITS
        if habit.applies(line, ALL, requirements=requirements) and habit.met(line)
    ]


def test_this_repository_has_no_old_habit() -> None:
    unseen: list[str] = []
    found = [
        each
        for file in tree.walk(ROOT, unseen)
        if scripts.counts(name := file.relative_to(ROOT).as_posix())
        for each in scripts.broken(file, name, unseen, ALL)
    ]
    assert [(each.name, each.place) for each in found] == []


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("bare-name", "pip install {}"),
        ("bare-name", "pip download {}"),
        ("bare-name", "brew install {}"),
        ("bare-name", "    additional_dependencies: [{}]"),
        ("bare-name", "python -m pip install --quiet '{}[emulator]==0.1.0' httpx"),
        ("bare-name", "uv tool install {}@latest"),
        ("bare-name", "uvx {} plan"),
        ("bare-name", "RUN apt-get install -y git {}"),
        ("journal-folder", "zsync resume last --auto-approve --journal out/runs"),
        ("journal-folder", 'zsync apply --journal "$folder/runs" -- plan.json'),
        ("journal-folder", "zsync undo last --journal=out/"),
        ("resume-asks", '"$ZSYNC" resume 2026 --report r.json'),
        ("last-of-which", "zsync undo --out undo.json last"),
        ("no-digest", "bash ci/zsync-ci apply out"),
        ("only-list", "zsync plan --only change,drift"),
        ("only-list", "zsync plan --only='create, update'"),
        ("shared-tree", "zsync plan relations/eu -e eu --out plan.json"),
        ("shared-tree", "zsync drift -e us ./us/"),
    ],
)
def test_a_habit_is_met_however_it_is_written(name: str, line: str) -> None:
    assert name in met_in(line.replace("{}", "zsync"))
    assert WORDS.search(line.replace("{}", "zsync"))


@pytest.mark.parametrize(
    "line",
    [
        "pip install {}-crm==0.2.0 --require-hashes",
        "pip install ./{} && zsync plan",
        "pip install git+https://git.example/acme/zsync",
        "uv run zsync plan  # resume later",
        "zsync resume last -e eu --auto-approve --journal out/journal.jsonl",
        'zsync apply --journal "$FILE" plan.json',
        "zsync undo -e eu last --out undo.json",
        'ZSYNC_DIGEST="$1" zsync-ci apply out',
        "zsync plan | tee resume",
        "zsync plan --only change --only drift",
        "zsync apply out/plan.json -e eu",
        "zsync plan relations -e eu",
        "zsync-ci plan out relations",
    ],
)
def test_what_is_as_it_should_be_is_no_break(line: str) -> None:
    assert met_in(line.replace("{}", "zsync")) == []


@pytest.mark.parametrize(
    ("line", "met"),
    [
        ("{}==0.1.0", True),
        ("{}", True),
        ('dependencies = ["{}>=0.1"]', True),
        ('{} = "^0.1"', True),
        ('    "{}",', True),
        ('packages = ["{}"]', False),
        ("{}-crm==0.2.0 \\", False),
        ('{} = "{}.cli:main"', False),
        ("{}x==1", False),
    ],
)
def test_a_requirement_by_the_bare_name_is_met(line: str, met: bool) -> None:
    assert bool(met_in(line.replace("{}", "zsync"), requirements=True)) == met


def test_a_large_repository_is_looked_at_as_far_as_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path, {f"{n}.txt": "" for n in range(3)})
    for most, left in ((3, 0), (2, 1)):
        monkeypatch.setattr(tree, "LOOKED", LOOKED._replace(most=most))
        unseen: list[str] = []
        assert len(list(tree.walk(tmp_path, unseen))) == 3 - left
        assert unseen == [f"only the first {most:,} files were looked at"] * left


def test_a_script_is_read_up_to_its_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, {"run.sh": "pip install @NAME@\n"})
    size = len(read_bytes(tmp_path / "run.sh", SCRIPT))
    for most, count in ((size, 1), (size - 1, 0)):
        monkeypatch.setattr(scripts, "SCRIPT", SCRIPT._replace(most=most))
        unseen: list[str] = []
        assert len(list(scripts.broken(tmp_path / "run.sh", "run.sh", unseen, Orgs()))) == count
        assert bool(unseen) != bool(count)


@pytest.mark.parametrize("beyond", [0, 1])
def test_a_line_is_looked_at_as_far_as_its_limit(tmp_path: Path, beyond: int) -> None:
    end = " zsync resume"
    (tmp_path / "run.sh").write_text("x" * (SCRIPT_LINE.most - len(end) + beyond) + end)
    unseen: list[str] = []
    found = [each.name for each in scripts.broken(tmp_path / "run.sh", "run.sh", unseen, Orgs())]
    assert (found, bool(unseen)) == ([] if beyond else ["resume-asks"], bool(beyond))


@pytest.mark.parametrize(
    "text",
    [
        "pip install " * 80_000,
        "zsync resume \\\n" * 70_000,
        "\n" * 200_000,
        "zsync" + " " * 1_000_000,
        "a\n" * 200_000,
        ("zsync " * 160 + "\n") * 200,
    ],
    ids=["one line", "continued", "no lines", "spaces", "short lines", "words"],
)
def test_a_file_that_means_harm_is_looked_at_in_no_time(tmp_path: Path, text: str) -> None:
    """None of these ends within minutes where a pattern may look ahead without a limit."""
    (tmp_path / "Makefile").write_text(f"zsync\n{text}")
    unseen: list[str] = []
    assert len(list(scripts.broken(tmp_path / "Makefile", "Makefile", unseen, ALL))) < 5


def test_names_that_mean_harm_are_inert(tmp_path: Path, run: Run) -> None:
    evil = "\x1b[31mred\n::error::x\u202e.json"
    make(tmp_path, {evil: LEFT["plan.json"], ".github/workflows/\x1b[2J.yml": "a: [zsync\n"})
    said = run("doctor")
    assert len(lines(said, "old-format")) == 1
    assert "is not YAML that zsync can read" in said.out
    assert not {"\x1b", "\u202e"} & set(said.out)
    assert [line for line in said.out.splitlines() if line.startswith("::")] == []


@pytest.mark.parametrize(
    ("steps", "met"),
    [
        ("[{uses: actions/checkout@v4}, {run: zsync plan}]", True),
        ("[{uses: actions/checkout@v4, with: {fetch-depth: 2}}, {run: zsync verify}]", True),
        ("[{uses: actions/checkout@v4, with: {fetch-depth: 0}}, {run: zsync plan}]", False),
        ("[{uses: actions/checkout@v4}, {run: zsync plan --no-base}]", False),
        ("[{uses: actions/checkout@v4}, {run: zsync validate}]", False),
        ("[{run: zsync plan}]", False),
        ("[1, {run: [zsync plan]}]", False),
        ("{uses: x}", False),
    ],
)
def test_a_checkout_without_a_history_is_met(tmp_path: Path, steps: str, met: bool) -> None:
    name = ".github/workflows/a.yml"
    make(tmp_path, {name: f"jobs: {{a: {{steps: {steps}}}}}\n"})
    found = scripts.broken(tmp_path / name, name, [], Orgs())
    assert [each.name for each in found] == ["shallow-history"] * met


@pytest.mark.parametrize(
    ("other", "shared", "met"), [("us", True, True), ("eu", True, False), ("us", False, False)]
)
def test_folders_that_tell_orgs_apart_are_met(tmp_path: Path, other: str, shared: bool, met: bool) -> None:
    name = ".github/workflows/a.yml"
    calls = [
        f"  {org}:\n    uses: acme/zsync/.github/workflows/plan.yml@{'0' * 40}\n"
        f"    with: {{environment: {org}, paths: relations/{path}}}\n"
        for org, path in (("eu", "eu"), ("us", other))
    ]
    make(tmp_path, {name: "jobs:\n" + "".join(calls)})
    found = scripts.broken(tmp_path / name, name, [], Orgs(several=True, shared=shared))
    assert [each.name for each in found] == ["shared-tree"] * met


def test_one_configuration_that_cannot_be_read_does_not_hide_what_another_says(
    tmp_path: Path, run: Run
) -> None:
    make(tmp_path, {"zsync.yaml": "version: 9\n", "relations/zsync.yaml": LEFT["relations/zsync.yaml"]})
    said = run("doctor")
    assert (said.code, names(said)) == (4, {"second-config", "no-environment"})
