"""Every break that the changelog tells: its error names the old habit, and doctor finds it in a repository of zsync 0.1.0."""

import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import respx

from tests.cli.conftest import MANIFEST
from tests.cli.test_configured_before import CONFIG, commit, weaker
from tests.cli.tutorial import JOURNAL, PLAN, TUTORIAL, make
from tests.example import ROOT
from tests.foreign.crm import Foreign
from tests.program import Run
from zsync.cli.ci_reviewed import find
from zsync.emulator import running
from zsync.forge import GitHub

OLD = "zsync 0.1.0"
KEY = {"ZSYNC_JOURNAL_KEY": "a long random text"}
TWO = "version: 1\nenvironments: {eu: {waves: [1, rest]}, us: {}}\n"
ONE = "version: 1\nenvironments: {eu: {waves: [1, rest]}}\n"


def entries() -> list[str]:
    """What each entry under *Breaking* begins with, of all versions."""
    text = (ROOT / ".github" / "CHANGELOG.md").read_text("utf-8")
    parts = re.findall(r"^### Breaking\n(.*?)(?=^##|\Z)", text, re.MULTILINE | re.DOTALL)
    items = re.findall(r"^- .*$", "".join(parts), re.MULTILINE)
    heads = [found[1] for item in items if (found := re.match(r"- \*\*(.+?)\*\*", item))]
    assert len(heads) == len(items), "an entry begins with a sentence in bold, by which its case is known"
    return heads


@dataclass
class Room:
    """A folder beside a CRM."""

    run: Run
    crm: Foreign
    folder: Path

    def config(self, text: str) -> None:
        make(self.folder, {"relations/zsync.yaml": text})

    def ends(self, code: int, *args: str, **more: str) -> str:
        """What a command says that has to end so."""
        ended = self.run(*args, **more)
        assert ended.code == code, ended.err
        return ended.err + ended.out


@dataclass(frozen=True)
class Case:
    """How an entry is met: `errors` gives what zsync says to the old habit; `doctor` are the names of its breaks.

    `why` says why one of them is not there.
    """

    errors: Callable[[Room], str] | None = None
    doctor: tuple[str, ...] = ()
    why: str = ""
    names: str = OLD
    """What the error must name."""


def several(room: Room) -> str:
    room.config(TWO)
    empty = room.ends(64, "plan", "-e", "")
    assert OLD in empty
    return room.ends(64, "plan")


def second(room: Room) -> str:
    room.config(ONE)
    make(room.folder, {"relations/deep/zsync.yaml": ONE})
    found = [room.ends(4, "plan")]
    (room.folder / "relations/deep/zsync.yaml").rename(room.folder / "relations/deep/zsync.yml")
    found.append(room.ends(4, "plan"))
    (room.folder / "relations/deep/zsync.yml").unlink()
    (room.folder / "relations/zsync.yaml").rename(room.folder / "elsewhere.yaml")
    (room.folder / "relations/zsync.yaml").symlink_to("../elsewhere.yaml")
    found.append(room.ends(4, "plan"))
    assert all(OLD in each for each in found), found
    return found[-1]


def bound(room: Room) -> str:
    room.config(ONE)
    room.ends(0, "plan", "--out", "plan.json")
    room.config(ONE + "# a word\n")
    return room.ends(6, "apply", "plan.json")


def hosts(room: Room) -> str:
    room.config("version: 1\nenvironments: {eu: {api_domain: 'https://crm.example'}}\n")
    return room.ends(4, "plan")


def mixed(room: Room) -> str:
    room.config(TWO)
    address = room.ends(64, "plan", "-e", "eu", ZSYNC_EU_ACCESS_TOKEN="t")
    assert OLD in address
    return room.ends(8, "plan", "-e", "us", ZSYNC_EU_ACCESS_TOKEN="t")


def of_the_base(room: Room) -> str:
    with running({"records": {"Campaigns": [{"id": "501"}], "Leads": LEADS}, "relations": LINKED}) as crm:
        commit()
        weaker(CONFIG.replace("1}", "5}"))
        return room.ends(5, "plan", "--base", "main", **crm.environment())


LEADS = [{"id": str(300 + n), "Last_Name": f"L{n}"} for n in range(8)]
LINKED = {"Campaigns/501/Leads": [{"id": str(300 + n), "Member_Status": "Sent"} for n in range(8)]}


def other_half(room: Room) -> str:
    pruned = MANIFEST.replace("key: Email", "key: Email\n    prune: true").replace("ana@", "bo@", 1)
    rows = pruned[: pruned.rindex("      - {")]
    make(room.folder, {"relations/spring.yaml": rows, "relations/other.yaml": "version: 2\n"})
    return room.ends(4, "plan", "relations/spring.yaml")


def unknown_main(room: Room) -> str:
    for words in (["init", "-q", "-b", "topic"], ["remote", "add", "origin", "nowhere"], ["add", "-A"]):
        subprocess.run(["git", *words], check=True, cwd=room.folder)
    who = ["-c", "user.name=a", "-c", "user.email=a@acme.example"]
    subprocess.run(["git", *who, "commit", "-q", "-m", "x"], check=True, cwd=room.folder)
    return room.ends(64, "plan")


def commas(room: Room) -> str:
    return room.ends(64, "plan", "--only", "create,update")


def journals(room: Room) -> str:
    make(room.folder, {".zsync/runs/20261101T080000Z-5b1c0f2a.jsonl": JOURNAL})
    assert OLD in room.ends(4, "undo", "last")
    return room.ends(4, "resume", "last")


def folder(room: Room) -> str:
    (room.folder / "runs").mkdir()
    return room.ends(64, "undo", "last", "--journal", "runs")


def unsealed(room: Room) -> str:
    make(room.folder, {"run.jsonl": JOURNAL})
    return room.ends(6, "undo", "--journal", "run.jsonl")


def stopped(room: Room, config: str = ONE) -> None:
    """A run whose first wave was not applied whole."""
    room.config(config)
    room.crm.refuse = {"11": "RECORD_LOCKED"}
    room.ends(3, "apply", "--auto-approve", "-e", "eu", SOURCE_DATE_EPOCH="1900000000")
    room.crm.refuse = {}


def asks(room: Room) -> str:
    stopped(room)
    return room.ends(64, "resume", "last", SOURCE_DATE_EPOCH="1900000001")


def expired(room: Room) -> str:
    stopped(room)
    return room.ends(6, "resume", "last", "--auto-approve", SOURCE_DATE_EPOCH="1990000000")


def last(room: Room) -> str:
    stopped(room, TWO)
    return room.ends(64, "undo", "last")


def control(room: Room) -> str:
    with running({}) as crm:
        answer = httpx.get(f"{crm.url}/__emulator/state")
    assert answer.status_code == 401
    return answer.text


def reviewed(room: Room) -> str:
    make(room.folder, {".zsync/reviewed/plan.json": PLAN})
    with GitHub("acme/crm-relations", "t", "http://127.0.0.1:1") as github:
        found = find(github, None, "relations", 1, 1, room.folder)
    assert found.plan is None
    return found.absent


def local(room: Room) -> str:
    """The action's own script, from a checkout."""
    action = room.folder / ".github" / "actions" / "zsync"
    action.mkdir(parents=True)
    shutil.copy(ROOT / ".github" / "actions" / "zsync" / "install", action)
    return shell(64, str(action / "install"), GITHUB_WORKSPACE=str(room.folder))


def older(room: Room) -> str:
    around = {
        "GITHUB_RUN_ATTEMPT": "2",
        "GITHUB_REF": "refs/heads/main",
        "GITHUB_SHA": "a" * 40,
        "GITHUB_REPOSITORY": "acme/crm",
        "GITHUB_API_URL": "https://api.github.example",
        "GH_TOKEN": "t",
    }
    newer = {
        "status": "ahead",
        "ahead_by": 1,
        "commits": [{"sha": "b" * 40}],
        "files": [{"filename": "zsync.yaml"}],
    }
    with respx.mock:
        respx.get(url__startswith=f"{around['GITHUB_API_URL']}/repos/acme/crm/compare/").respond(json=newer)
        return room.ends(6, "ci", "current", **around)


def formats(room: Room) -> str:
    make(room.folder, {"plan.json": PLAN, "report.json": PLAN.replace("plan/1", "report/1")})
    assert "zsync.report/1" in room.ends(6, "show", "report.json")
    return room.ends(6, "apply", "plan.json")


def package(room: Room) -> str:
    return shell(
        64,
        *("bash", str(ROOT / ".github" / "recipes" / "zsync-ci"), "install", "zsync.tgz"),
        ZSYNC_PACKAGE="anything",
    )


def links(room: Room) -> str:
    elsewhere = room.folder.parent / f"{room.folder.name}-elsewhere.yaml"
    elsewhere.write_text(MANIFEST)
    (room.folder / "relations" / "link.yaml").symlink_to(elsewhere)
    assert OLD in room.ends(4, "validate")
    (room.folder / "relations" / "link.yaml").unlink()
    (room.folder / "plan.json").symlink_to("other.json")
    return room.ends(4, "plan", "--out", "plan.json")


def plain(room: Room) -> str:
    return room.ends(64, "plan", ZSYNC_API_DOMAIN="http://crm.example")


def kinds(room: Room) -> str:
    room.config("version: 1\nrelation_kinds: [{parent: 'Camp aigns;', related: Leads}]\n")
    return room.ends(4, "plan")


def ambiguous(room: Room) -> str:
    world = {
        "records": {"Campaigns": [{"id": "50", "Campaign_Name": "Spring"}]},
        "kinds": [{"modules": ["Campaigns", "Leads"], "lists": ["Members", "Campaigns"]}],
        "lists": [{"parent": "Campaigns", "name": "Guests", "module": "Leads"}],
    }
    make(room.folder, {"relations/spring.yaml": MANIFEST})
    with running(world) as crm:
        return room.ends(4, "plan", "--no-base", **crm.environment())


def reads(room: Room) -> str:
    return room.ends(5, "plan", "--max-reads", "1")


def digest(room: Room) -> str:
    make(room.folder, {"results/mine.txt": "kept"})
    taken = room.ends(64, "ci", "run", "plan", "--folder", "results")
    assert OLD in taken
    return room.ends(64, "ci", "run", "apply", "--plan", "plan.json")


def shell(code: int, *command: str, **more: str) -> str:
    done = subprocess.run(command, env={"PATH": "/usr/bin:/bin", **more}, capture_output=True, text=True)
    assert done.returncode == code, done.stderr
    return done.stdout + done.stderr


CASES: Mapping[str, Case] = {
    "An environment is always in force.": Case(several, ("no-environment",)),
    "A run has one `zsync.yaml`.": Case(second, ("second-config", "misnamed-config", "linked-config")),
    "A plan is bound to its configuration and its accounts server.": Case(
        bound, why="a plan of this format was made by a zsync that binds it"
    ),
    "Addresses in `zsync.yaml` are Zoho's or this machine's": Case(hosts, ("setting",)),
    "An environment's variables are all its own, or none are.": Case(mixed, ("mixed-variables",)),
    "The base's guards apply as well as the branch's.": Case(
        of_the_base, why="only a plan with a base can tell"
    ),
    "A plan is about the whole list.": Case(other_half, why="only a plan knows what it would delete"),
    "A tree that several orgs share says so.": Case(
        doctor=("shared-tree",), why="rows that contradict each other are told as ever"
    ),
    "Every plan has a base.": Case(unknown_main, ("shallow-history",)),
    "A tree without any manifest is planned": Case(why="nothing fails, and there is no file"),
    "`--only` takes one selector, and several times.": Case(commas, ("only-list",)),
    "Conflicts are withheld.": Case(why="a plan says so first, and only it knows what the CRM holds"),
    "People who said no stay out of campaigns.": Case(
        why="a plan says so first, and only the CRM knows who did"
    ),
    "`drift` speaks of what the CRM did.": Case(why="nothing fails, and what reads its text is in no file"),
    "In the workflows, a merge leaves drift alone, and continues from where the last run ended.": Case(
        doctor=("missing-right",), why="the first merge asks and says why, and GitHub names the right"
    ),
    "Journals are no longer in the repository.": Case(journals, ("old-journal", "journal-place")),
    "`--journal` names a file, no longer a folder.": Case(folder, ("journal-folder",)),
    "Journals are sealed, and their format is `zsync.journal/2`.": Case(
        unsealed, ("old-format",), names="zsync.journal/1"
    ),
    "`resume` shows what is left and asks.": Case(asks, ("resume-asks",)),
    "`resume` refuses a plan that has expired": Case(expired, why="journals are in no repository"),
    "`resume last` and `undo last` mean the newest run of the environment in force.": Case(
        last, ("last-of-which",)
    ),
    "The emulator's control endpoints require a token.": Case(control, ("control-token",)),
    "Masked names change once.": Case(why="nothing fails, and no file shows it"),
    "Artifacts, comments, issues and queues are named by environment and paths.": Case(
        doctor=("artifact-name",), why="GitHub itself says that there is no artifact of the old name"
    ),
    "A merge applies what GitHub says was reviewed, and asks otherwise.": Case(
        reviewed, ("committed-review",)
    ),
    "The action keeps its files for 7 days": Case(local, ("local-action", "report-name")),
    "A run of an older commit is not started again.": Case(
        older, why="only a run that is started again can tell"
    ),
    "Plans and reports are of format 2.": Case(formats, ("old-format",), names="zsync.plan/1"),
    "The distribution is `zsync-crm`.": Case(package, ("bare-name", "gone-input", "gone-variable")),
    "Links that lead elsewhere are refused": Case(links, ("link",)),
    "Addresses from the environment must be https, or this machine's.": Case(plain, ("address",)),
    "Names in `relation_kinds` are api names": Case(kinds, ("setting",)),
    "Two related lists of one module are ambiguous.": Case(
        ambiguous, why="which lists an org has, only its metadata tells"
    ),
    "Plans in the workflows may take 2,000 reads of the CRM": Case(reads, why="only a plan can tell"),
    "`zsync-ci apply` requires `ZSYNC_DIGEST`": Case(digest, ("no-digest",)),
}
"""What an entry of the changelog begins with → its case. Whoever adds an entry adds a case."""


def test_every_entry_has_a_case_and_no_case_is_about_nothing() -> None:
    known = entries()
    assert ([head for head in known if head not in CASES], [head for head in CASES if head not in known]) == (
        [],
        [],
    )
    assert [head for head, case in CASES.items() if not (case.errors and case.doctor) and not case.why] == []


@pytest.mark.parametrize("head", [head for head, case in CASES.items() if case.errors])
def test_the_error_names_the_old_habit(head: str, spring: Foreign, run: Run, tmp_path: Path) -> None:
    case = CASES[head]
    assert case.errors
    assert case.names in case.errors(Room(run, spring, tmp_path))


def test_the_repository_of_the_tutorial_of_0_1_0_still_plans_and_tells_what_it_cannot_take_over(
    spring: Foreign, run: Run, tmp_path: Path
) -> None:
    """Its commands as they stand there, then the files that its runs left."""
    (tmp_path / "relations" / "spring.yaml").unlink()
    make(tmp_path, TUTORIAL)
    names = {"ana": "301", "bo": "302"}
    leads = [{"id": one, "Last_Name": name, "Email": f"{name}@acme.example"} for name, one in names.items()]
    world = {
        "org": {"type": "production"},
        "records": {"Campaigns": [{"id": "501", "Campaign_Name": "Spring Launch 2027"}], "Leads": leads},
    }
    with running(world) as crm:
        room, known = Room(run, spring, tmp_path), crm.environment()
        room.ends(0, "validate", "relations")
        room.ends(0, "fmt", "--check", "relations")
        assert "2 to create" in room.ends(0, "plan", "relations", "--environment", "production", **known)
        missing = re.findall(r"break: (\S+)", room.ends(0, "doctor", **known))
        assert missing == ["missing-right"] * 2
        make(tmp_path, {"plan.json": PLAN, ".zsync/runs/20261101T080000Z-5b1c0f2a.jsonl": JOURNAL})
        told = {
            "old-format": room.ends(6, "apply", "plan.json", **known),
            "old-journal": room.ends(4, "undo", "last", **known),
        }
        assert "an older zsync: its format is zsync.plan/1" in told["old-format"]
        assert f"holds journals of {OLD}" in told["old-journal"]
        room.ends(64, "resume", "last", "--journal", ".zsync/runs", **known)
        found = room.ends(0, "doctor", **known)
        assert {name for name in told if f"break: {name} " in found} == told.keys()
        assert all(each.method == "GET" or each.path.endswith(("/token", "/coql")) for each in crm.requests)
