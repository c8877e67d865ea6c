"""A tree that somebody else wrote, and a repository that somebody else set up: told for what they are, and obeyed in nothing."""

import os
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import chdir
from pathlib import Path
from socket import AF_UNIX, socket
from typing import Any

import pytest

from tests.program import Run
from tests.receiver import Receiver, receiver
from tests.workflows.conftest import program
from zsync.emulator import RunningCrm, running

LIST = "Campaigns/501/Leads"
WORLD: Mapping[str, Any] = {
    "records": {
        "Campaigns": [{"id": "501", "Campaign_Name": "Spring"}],
        "Leads": [{"id": "301", "Last_Name": "Ana"}, {"id": "302", "Last_Name": "Bo"}],
    },
    "relations": {LIST: [{"id": "301", "Member_Status": "Invited"}]},
}
CONFIG = "version: 1\nenvironments:\n  production: {type: sandbox}\n"
MANIFEST = """version: 1
parent:
  module: Campaigns
  id: "501"
related_lists:
  Leads:
    records:
      - {id: "301", Member_Status: %s}
"""
TREE, FILE = Path("relations"), Path("relations/b.yaml")
COMMANDS = (
    *(("validate",), ("fmt", "--check"), ("plan",), ("plan", "--base", "HEAD"), ("drift",), ("rehearse",)),
    *(("verify",), ("apply", "--auto-approve")),
)


@pytest.fixture
def crm() -> Iterator[RunningCrm]:
    """A campaign of one lead."""
    with running(WORLD) as bundled:
        yield bundled


@pytest.fixture
def variables(crm: RunningCrm) -> Mapping[str, str]:
    """Those that point zsync at it."""
    return crm.environment()


def git(*words: str) -> str:
    who = ("-c", "user.name=a", "-c", "user.email=a@acme.example")
    return subprocess.run(["git", *who, *words], check=True, capture_output=True, text=True).stdout


@pytest.fixture(autouse=True)
def _in_a_repository(run: Run) -> None:
    TREE.mkdir()
    (TREE / "zsync.yaml").write_text(CONFIG)
    (TREE / "a.yaml").write_text(MANIFEST % "Invited")
    git("init", "-q", "-b", "main")
    git("add", "-A")
    git("commit", "-q", "-m", "Spring")


def writes(crm: RunningCrm) -> list[str]:
    return [one.method for one in crm.requests if one.method in ("PUT", "DELETE")]


def instead(path: Path, make: Callable[[Path], object]) -> None:
    path.unlink(missing_ok=True)
    make(path)


def bind(path: Path) -> None:
    with socket(AF_UNIX) as bound, chdir(path.parent):
        bound.bind(path.name)


def link(to: str) -> Callable[[Path], object]:
    return lambda path: path.symlink_to(to)


def text(content: str) -> Callable[[Path], object]:
    return lambda path: path.write_text(content)


NEWLINE = TREE / "a\n::error::x\x1b[31m\u202e##[error]y.yaml"
HOSTILE: dict[str, tuple[Path, Callable[[Path], object], str]] = {
    "a pipe": (FILE, os.mkfifo, "relations/b.yaml"),
    "a socket": (FILE, bind, "it is a socket, not a file"),
    "a device": (FILE, link("/dev/zero"), "a link that leads out of the repository"),
    "a link in a circle": (FILE, link("b.yaml"), "relations/b.yaml"),
    "a link out": (FILE, link("/etc/passwd"), "a link that leads out of the repository"),
    "a pipe for a configuration": (TREE / "zsync.yaml", os.mkfifo, "it is a pipe, not a file"),
    "a socket for a configuration": (TREE / "zsync.yaml", bind, "it is a socket, not a file"),
    "a folder for a configuration": (TREE / "zsync.yaml", Path.mkdir, "it is a folder"),
    "a link for a configuration": (TREE / "zsync.yaml", link("../other.yaml"), "`relations/zsync.yaml` is a link"),
    "a second configuration": (TREE / "deep" / "zsync.yaml", text(CONFIG), "`relations/deep/zsync.yaml`"),
    "one above": (Path("zsync.yaml"), text(CONFIG), "`zsync.yaml` and `relations/zsync.yaml`"),
    "a misnamed configuration": (TREE / "deep" / "ZSYNC.YML", text(CONFIG), "`relations/deep/ZSYNC.YML` is read by"),
    "a folded name": (TREE / "z\u017fync.yaml", text(CONFIG), "is read by nothing"),
    "a name with commands": (NEWLINE, text("a: ["), "relations/a\\n::error::x\\x1b[31m\\u202e##\\x5berror]y.yaml"),
    "a huge name": (TREE / f"{'h' * 250}.yaml", text("a: ["), "h" * 250),
    "a bomb": (FILE, text("a: &a [x]\n" + "".join(f"{n}: [*a, *a]\n" for n in range(9)) + "?"), "relations/b.yaml"),
}  # fmt: skip


@pytest.mark.parametrize(("path", "make", "says"), HOSTILE.values(), ids=HOSTILE)
def test_what_no_manifest_can_be_is_told_by_every_command_and_nothing_is_written(
    crm: RunningCrm, run: Run, path: Path, make: Callable[[Path], object], says: str
) -> None:
    path.parent.mkdir(exist_ok=True)
    instead(path, make)
    for words in COMMANDS:
        said = run(*words)
        shown = said.out + said.err
        if words == ("drift",) and not re.search("config|is read by", says) and path.name != "zsync.yaml":
            # It compares the CRM with a commit, and of the tree it looks at zsync.yaml alone.
            assert (said.code, says in shown) == (0, False), shown
            continue
        assert (words, said.code, says in shown) == (words, 4, True), shown
        assert "\x1b" not in shown
        assert not [line for line in shown.splitlines() if line.startswith(("::error::x", "##["))]
    assert writes(crm) == []


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    """A file that must not be there in the end."""
    return tmp_path / "canary"


@pytest.fixture
def trap() -> Iterator[Receiver]:
    """A host that is nobody's environment."""
    with receiver() as listening:
        yield listening


def plant(canary: Path, trap: Receiver) -> dict[str, str]:
    """A repository in which Git runs a program at every turn; variables that lead it astray come back."""
    evil = str(canary.with_name("evil"))
    program(Path(evil), f"touch '{canary}'; cat")
    hooks = Path(".git/hooks")
    for name in ("post-checkout", "post-index-change", "reference-transaction", "pre-commit"):
        program(hooks / name, evil)
    included = canary.with_name("included")
    included.write_text(f"[core]\n\tfsmonitor = {evil}\n\tpager = {evil}\n\tsshCommand = {evil}\n")
    Path(".git/config").write_text(
        f"[core]\n\trepositoryformatversion = 1\n\tfsmonitor = {evil}\n\thooksPath = {hooks.absolute()}\n"
        f"\tattributesFile = {canary.with_name('attributes')}\n\teditor = {evil}\n\talternateRefsCommand = {evil}\n"
        f"[include]\n\tpath = {included}\n[diff]\n\texternal = {evil}\n"
        f'[filter "evil"]\n\tsmudge = {evil}\n\tclean = {evil}\n\tprocess = {evil}\n\trequired = true\n'
        f"[alias]\n\trev-parse = !{evil}\n\tls-tree = !{evil}\n\tcat-file = !{evil}\n"
        f"[credential]\n\thelper = !{evil}\n[http]\n\tproxy = {trap.url}\n"
        f'[extensions]\n\tpartialClone = origin\n[remote "origin"]\n\turl = ext::{evil}\n\tpromisor = true\n'
    )
    canary.with_name("attributes").write_text("* filter=evil diff=evil\n")
    Path(".gitattributes").write_text("* filter=evil diff=evil merge=evil export-ignore\n")
    counted = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "core.fsmonitor", "GIT_CONFIG_VALUE_0": evil}
    return counted | {
        "GIT_DIR": "/nowhere",
        "GIT_WORK_TREE": "/",
        "GIT_CEILING_DIRECTORIES": str(Path.cwd()),
        "GIT_EXTERNAL_DIFF": evil,
        "GIT_EXEC_PATH": str(canary.parent),
        "GIT_SSH_COMMAND": evil,
    }


def test_this_repository_would_run_programs_if_git_were_asked_as_people_ask_it(
    canary: Path, trap: Receiver
) -> None:
    plant(canary, trap)
    subprocess.run(["git", "status"], check=False, capture_output=True)
    assert canary.exists()


def test_a_hostile_repository_runs_nothing_and_the_base_counts_all_the_same(
    crm: RunningCrm, run: Run, canary: Path, trap: Receiver
) -> None:
    astray = plant(canary, trap)
    (TREE / "a.yaml").write_text(MANIFEST % "Sent")
    (TREE / "zsync.yaml").write_text(CONFIG + "guards: {max_updates: 9}\n")
    based = ("--base", "main")
    out = ("--out", "plan.json")
    for code, *words in (
        *((0, "validate"), (0, "fmt", "--check"), (0, "plan", *based, *out), (0, "rehearse", *based)),
        *((0, "drift"), (0, "show", "plan.json"), (2, "verify"), (0, "doctor")),
        *((0, "ci", "run", "--folder", "out", *based, "plan", "relations"), (0, "apply", "plan.json")),
        *((0, "undo", "last", "--out", "undo.json"), (0, "plan", "--base", "main")),
    ):
        said = run(*words, **astray)
        assert (words, said.code) == (words, code), said.out + said.err
        assert "not in this repository" not in said.err
    assert crm.rows(LIST)["301"]["Member_Status"] == "Sent"
    assert "Tightens: guards.max_updates" in run("show", "plan.json").out
    assert (canary.exists(), trap.posted) == (False, [])


def test_a_commit_with_a_submodule_gives_its_files_and_fetches_nothing(
    run: Run, canary: Path, trap: Receiver
) -> None:
    head = git("rev-parse", "HEAD").strip()
    git("update-index", "--add", "--cacheinfo", f"160000,{head},relations/sub")
    Path(".gitmodules").write_text(
        f'[submodule "s"]\n\tpath = relations/sub\n\turl = ext::touch {canary}\n\tupdate = !touch {canary}\n'
        f'[submodule "t"]\n\tpath = t\n\turl = {trap.url}/t\n'
    )
    git("add", ".gitmodules")
    git("commit", "-q", "-m", "Sub")
    (TREE / "sub").mkdir()
    (TREE / "a.yaml").write_text(MANIFEST % "Sent")
    said = run("plan", "--base", "main")
    assert (said.code, "1 to update" in said.out) == (0, True)
    assert (canary.exists(), trap.posted) == (False, [])
    bare = TREE / "sub" / ".git"
    bare.write_text("gitdir: ../../.git/modules/s\n")
    assert run("plan", "relations", "--base", "main").code == 0


def test_what_a_tree_brings_along_under_zsyncs_name_is_neither_believed_nor_obeyed(
    crm: RunningCrm, run: Run
) -> None:
    (TREE / "a.yaml").write_text(MANIFEST % "Sent")
    assert run("plan", "--out", "plan.json").code == 0
    plan = Path("plan.json").read_text()
    for name in (".zsync", "relations/.zsync"):
        for place in (
            "reviewed/plan.json",
            "plan.json",
            "runs/20270101T000000Z-aaaaaaaa.jsonl",
            "tokens/a.json",
        ):
            (Path(name) / place).parent.mkdir(parents=True, exist_ok=True)
            (Path(name) / place).write_text(plan if "plan" in place else '{"access_token":"evil"}')
        for place in ("FREEZE", "production/FREEZE", "locks/production"):
            (Path(name) / place).parent.mkdir(parents=True, exist_ok=True)
            (Path(name) / place).write_text("never")
    for words in (("resume", "last"), ("undo", "last"), ("resume", "20270101")):
        said = run(*words, "--auto-approve") if words[0] == "resume" else run(*words)
        assert (said.code, "no-such-run" in said.err) == (4, True)
        assert ".zsync/runs" in said.err
    assert writes(crm) == []
    assert run("apply", "--auto-approve").code == 0
    assert crm.rows(LIST)["301"]["Member_Status"] == "Sent"
    assert {one.name for one in Path(".zsync").iterdir()} == {
        *("reviewed", "plan.json", "runs", "tokens", "FREEZE", "production", "locks")
    }
