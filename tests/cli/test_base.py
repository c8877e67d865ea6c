"""`--base`, `--only` and `drift`: what this branch changes, what the CRM moved by itself, and what Git owned."""

import json
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.program import Run
from zsync.emulator import RunningCrm, running

CAMPAIGN = "Campaigns/500/Leads"
Said = Callable[[str], tuple[int, str]]


def manifest(statuses: dict[int, str]) -> str:
    """A campaign with these leads, not pruned."""
    rows = "".join(
        f'      - {{id: "{lead}", Member_Status: {status}}}\n' for lead, status in statuses.items()
    )
    return f'version: 1\nparent: {{module: Campaigns, id: "500"}}\nrelated_lists:\n  Leads:\n    records:\n{rows}'


def git(*args: str) -> None:
    """Git, as somebody."""
    subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@acme.example", *args], check=True)


def git_says(*args: str) -> str:
    """What Git answers."""
    return subprocess.run(["git", *args], check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def crm() -> Iterator[RunningCrm]:
    """A campaign of 300 leads, all `Sent`."""
    world = {
        "records": {
            "Campaigns": [{"id": "500", "Campaign_Name": "Spring"}],
            "Leads": [{"id": str(lead), "Last_Name": f"L{lead}"} for lead in range(1000, 1300)],
        }
    }
    with running(world) as bundled:
        for start in range(1000, 1300, 100):
            rows = [{"id": str(lead), "Member_Status": "Sent"} for lead in range(start, start + 100)]
            bundled.link(CAMPAIGN, *rows)
        yield bundled


@pytest.fixture
def variables(crm: RunningCrm) -> Mapping[str, str]:
    """Those that point zsync at it."""
    return crm.environment()


@pytest.fixture
def said(run: Run) -> Said:
    """A repository whose main says what the CRM holds; runs a command line in it: exit code and stdout."""
    Path("relations").mkdir()
    Path("relations/spring.yaml").write_text(manifest(dict.fromkeys(range(1000, 1300), "Sent")))
    git("init", "-q", "-b", "main")
    git("add", "relations")
    git("commit", "-q", "-m", "Spring")

    def line(text: str) -> tuple[int, str]:
        return run(*text.split())[:2]

    return line


def branch(changes: dict[int, str], removed: set[int]) -> None:
    """What a branch says: some rows changed, some removed."""
    statuses = {lead: changes.get(lead, "Sent") for lead in range(1000, 1300) if lead not in removed}
    Path("relations/spring.yaml").write_text(manifest(statuses))


def drifted(crm: RunningCrm, leads: range) -> None:
    """A colleague moves these."""
    crm.link(CAMPAIGN, *[{"id": str(lead), "Member_Status": "Opened"} for lead in leads])


def test_two_changes_and_forty_drifts_are_told_apart(crm: RunningCrm, said: Said) -> None:
    branch({1000: "Responded", 1001: "Responded"}, set())
    drifted(crm, range(1100, 1140))
    code, out = said("plan --base main --detailed-exitcode --full")
    assert code == 2
    assert out.count("[drift]") == 40
    assert "42 to update" in out
    assert "40 of them drift" in out


def test_what_is_folded_still_tells_the_branchs_changes_from_drift(crm: RunningCrm, said: Said) -> None:
    branch({1000: "Responded", 1001: "Responded"}, set())
    drifted(crm, range(1100, 1140))
    _, out = said("plan --base main")
    assert out.count("Sent → Responded") == 2
    assert "    ~ 39 more, Member_Status: Opened → Sent  [drift]\n" in out
    assert "\n(39 changes folded: zsync plan --full shows each)\nPlan: " in out


@pytest.mark.parametrize(
    ("only", "totals"),
    [
        ("change", "Plan: 1 to delete, 2 to update, 0 to create"),
        ("drift", "Plan: 0 to delete, 40 to update, 0 to create, 40 of them drift"),
        ("update", "Plan: 0 to delete, 42 to update, 0 to create, 40 of them drift"),
        ("create", "No changes match --only create."),
        ("*/Leads/1000", "Plan: 0 to delete, 1 to update, 0 to create"),
    ],
)
def test_a_selector_narrows_the_plan_and_the_plan_says_so(
    crm: RunningCrm, said: Said, only: str, totals: str
) -> None:
    branch({1000: "Responded", 1001: "Responded"}, {1299})
    drifted(crm, range(1100, 1140))
    _, out = said(f"plan --base main --only {only}")
    assert totals in out
    assert f"only {only}" in out


def test_a_removed_row_is_deleted_with_a_base_and_left_alone_without(said: Said) -> None:
    branch({}, {1299})
    assert "1 to delete" in said("plan --base main")[1]
    assert "1 to delete" in said("plan")[1]
    assert "Nothing to do" in said("plan --no-base")[1]


@pytest.mark.parametrize("prune", [False, True])
@pytest.mark.parametrize("moved", [False, True])
def test_a_row_that_only_the_base_has_is_placed_in_its_commit(
    crm: RunningCrm, said: Said, run: Run, prune: bool, moved: bool
) -> None:
    branch({}, {1003})
    if prune:
        text = Path("relations/spring.yaml").read_text()
        Path("relations/spring.yaml").write_text(
            text.replace("    records:", "    prune: true\n    records:")
        )
    if moved:
        drifted(crm, range(1003, 1004))
    place = f"{git_says('rev-parse', 'HEAD')[:7]}:relations/spring.yaml:9:9"
    options = ("--format", "github=told.txt", "--format", "junit=told.xml", "--format", "html=told.html")
    ended = run("plan", "--format", "text", "--format", "markdown=told.md", *options)
    assert place in ended.out
    for name in ("told.md", "told.txt", "told.html", *([] if moved else ["told.xml"])):
        assert place in Path(name).read_text().replace("<span>", ""), name
    # Another row stands on that line by now.
    assert "line=9" not in Path("told.txt").read_text()
    assert git_says("show", place.rsplit(":", 2)[0]).splitlines()[8].startswith('      - {id: "1003"')


def test_a_removed_manifest_gives_back_what_it_owned(said: Said) -> None:
    Path("relations/spring.yaml").write_text(
        'version: 1\nparent: {module: Campaigns, id: "500"}\n'
        "related_lists: {Contacts: {prune: true, allow_empty: true, records: []}}\n"
    )
    assert "300 to delete" in said("plan --base main")[1]


def test_what_a_colleague_added_to_a_list_that_is_not_pruned_is_nobodys_business(
    crm: RunningCrm, said: Said
) -> None:
    lead = crm.add("Leads", Last_Name="New")
    crm.link(CAMPAIGN, {"id": lead, "Member_Status": "Sent"})
    assert "Nothing to do" in said("plan --base main")[1]


def test_drift_is_what_no_manifest_changed(crm: RunningCrm, said: Said) -> None:
    branch({1000: "Responded"}, set())
    assert said("drift")[0] == 0
    drifted(crm, range(1100, 1103))
    code, out = said("drift")
    assert code == 2
    assert "Drift: 3 changed · 297 as agreed" in out
    assert "~ " not in out


def test_a_base_that_is_no_commit_is_wrong_usage(said: Said) -> None:
    assert said("plan --base nowhere")[0] == 64


def broken_main() -> None:
    """Main becomes invalid, and the branch mends it, changes a row and removes one."""
    Path("relations/spring.yaml").write_text("version: 2\n")
    git("commit", "-qam", "Break")
    branch({1000: "Responded"}, {1299})


@pytest.fixture
def broken(said: Said) -> Said:
    """Main has been valid once, and is not any more."""
    broken_main()
    return said


@pytest.fixture
def never_valid(said: Said) -> Said:
    """Of what main holds, nothing was ever valid."""
    git("checkout", "-q", "--orphan", "other")
    git("rm", "-rq", "--cached", ".")
    git("commit", "-q", "--allow-empty", "-m", "Begin")
    git("branch", "-qM", "other", "main")
    Path("relations/spring.yaml").write_text("version: 3\n")
    git("add", "relations")
    broken_main()
    return said


@pytest.mark.parametrize("breaks", [1, 3])
def test_where_the_base_is_broken_the_newest_commit_before_it_that_is_not_counts(
    crm: RunningCrm, broken: Said, breaks: int
) -> None:
    for number in range(1, breaks):
        Path("relations/spring.yaml").write_text(f"version: {2 + number}\n")
        git("commit", "-qam", "Break more")
        git("commit", "-q", "--allow-empty", "-m", "Nothing")
    branch({1000: "Responded"}, {1299})
    drifted(crm, range(1100, 1102))
    drifted(crm, range(1000, 1001))
    agreed = git_says("rev-list", "--max-parents=0", "main")[:7]
    code, out = broken("plan --base main --detailed-exitcode")
    assert code == 2
    assert f"compared with {agreed}" in out
    assert "conflict  ~ " in out
    assert "1 to delete, 2 to update, 0 to create, 2 of them drift" in out
    assert "2 to update" in broken("plan --base main --only drift")[1]
    assert f"ompared with {agreed}" in broken("drift")[1]


def test_a_broken_base_is_told_with_what_is_compared_in_its_place(broken: Said, run: Run) -> None:
    options = ("--format", "markdown=plan.md", "--format", "github=plan.txt", "--format", "json=plan.json")
    warned = run("plan", "--base", "main", *options).err
    assert warned.startswith("warning[bad-base]: the manifests of main have ")
    assert "note: relations/spring.yaml:1:" in warned
    for name in ("plan.md", "plan.txt"):
        assert "the newest commit before it whose manifests have none" in Path(name).read_text()
    assert "::warning title=zsync%3A bad-base::" in Path("plan.txt").read_text()
    base = json.loads(Path("plan.json").read_text())["binding"]["base"]
    assert (base["commit"], base["rows"]) == (git_says("rev-parse", "main"), git_says("rev-parse", "main~1"))


def test_the_guards_of_a_broken_base_hold_all_the_same(broken: Said, run: Run) -> None:
    Path("relations/zsync.yaml").write_text("version: 1\nguards: {max_deletes: 0}\n")
    git("add", "relations/zsync.yaml")
    git("commit", "-q", "-m", "Guard", "relations/zsync.yaml")
    Path("relations/zsync.yaml").unlink()
    assert run("plan", "--base", "HEAD").code == 5


@pytest.mark.parametrize(
    "line", ["plan --base main", "plan --base main --only update", "apply --auto-approve"]
)
def test_without_any_base_to_be_read_no_row_of_the_crm_is_changed(
    crm: RunningCrm, never_valid: Said, run: Run, line: str
) -> None:
    before = crm.rows(CAMPAIGN)
    ended = run(*line.split(), "--out", "plan.json") if line.startswith("plan") else run(*line.split())
    assert ended.code == 4
    assert "1 row would be changed or deleted, and no base tells whether people changed it" in ended.err
    assert "To compare with none: --no-base" in ended.err
    assert not Path("plan.json").exists()
    assert crm.rows(CAMPAIGN) == before
    assert "1 to update" in never_valid("plan --no-base")[1]


def test_what_is_new_is_planned_without_any_base_to_be_read(never_valid: Said, run: Run) -> None:
    ended = run("plan", "--base", "main", "--only", "create")
    assert ended.code == 0
    assert "and no commit before it stands in for them" in " ".join(ended.err.split())


@pytest.mark.parametrize(
    "line", ["drift", "plan --base main --only change", "plan --base main --only x --only drift"]
)
def test_what_only_a_base_can_tell_is_refused_where_none_can_be_read(
    crm: RunningCrm, never_valid: Said, line: str
) -> None:
    before = len(crm.requests)
    assert never_valid(line) == (4, "")
    assert len(crm.requests) == before


REMOVED = set(range(1264, 1300))


@pytest.fixture
def topic(said: Said) -> Said:
    """A clone whose branch removes 36 rows; the commit before it is merged already."""
    git("init", "-q", "--bare", "-b", "main", "origin.git")
    git("remote", "add", "origin", "./origin.git")
    git("push", "-q", "origin", "main")
    git("remote", "set-head", "origin", "main")
    git("checkout", "-q", "-b", "topic")
    branch({}, REMOVED)
    git("commit", "-qam", "Remove 36 rows")
    return said


def test_36_rows_that_a_branch_removed_are_36_deletes_wherever_it_is_planned(topic: Said) -> None:
    before = git_says("rev-parse", "main")
    assert "36 to delete" in topic("plan")[1]
    assert f"compared with main at {before[:7]}" in topic("plan")[1]
    assert "36 to delete" in topic(f"plan --base {before}")[1]
    git("push", "-q", "origin", "topic:main")
    git("checkout", "-q", "main")
    git("pull", "-q", "origin", "main")
    assert "36 to delete" in topic(f"plan --base {before}")[1]
    assert "Nothing to do" in topic("plan")[1]


@pytest.mark.parametrize("how", [["--branch", "topic"], ["--branch", "topic", "--no-single-branch"]])
@pytest.mark.parametrize("command", ["plan", "apply --auto-approve", "verify", "drift"])
def test_in_a_shallow_clone_all_ways_out_are_named(
    topic: Said, run: Run, monkeypatch: pytest.MonkeyPatch, how: list[str], command: str
) -> None:
    git("push", "-q", "origin", "topic")
    git("clone", "-q", "--depth", "1", *how, f"file://{Path('origin.git').resolve()}", "shallow")
    monkeypatch.chdir("shallow")
    ended = run(*command.split())
    assert ended.code == 64
    for way in ("--base REF", "--no-base", "fetch-depth: 0"):
        assert way in ended.err
    assert "Nothing to do" in run("plan", "--no-base").out


HEADS = {
    "text": "compared with main at {}",
    "markdown": "compared with `main at {}`",
    "html": "compared with main at {}",
    "github": "compared with main at {}",
    "junit": 'name="base" value="compared with main at {}"',
    "json": '"name":"main"',
}


def test_every_format_names_the_commit_that_was_compared(topic: Said, run: Run) -> None:
    run("plan", *(word for name in HEADS for word in ("--format", f"{name}={name}.out")))
    at = git_says("rev-parse", "main")[:7]
    for name, head in HEADS.items():
        assert head.format(at) in Path(f"{name}.out").read_text()


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("plan --no-base", "compared with no commit: as --no-base asks"),
        ("plan --base main", "compared with main at "),
        ("plan", "compared with HEAD at "),
        ("verify", "compared with HEAD at "),
        ("drift --base main~0", "compared with main~0 at "),
    ],
)
def test_the_head_says_what_the_command_line_asked_for(said: Said, line: str, told: str) -> None:
    assert told in said(line)[1]


def test_without_git_and_without_a_commit_the_head_says_so(said: Said) -> None:
    (Path(".git") / "refs" / "heads" / "main").unlink()
    assert "compared with no commit: the repository has none yet" in said("plan")[1]
    Path(".git").rename("git")
    assert "compared with no commit: there is no Git repository here, or no Git" in said("plan")[1]


@pytest.mark.parametrize("command", ["plan", "verify", "apply --auto-approve"])
def test_a_base_and_none_are_not_both_to_be_had(said: Said, run: Run, command: str) -> None:
    ended = run(*command.split(), "--base", "main", "--no-base")
    assert ended.code == 64
    assert "Keep one" in ended.err


@pytest.mark.parametrize("option", [("--base", "main"), ("--no-base",)])
def test_a_saved_plan_has_its_base_already(said: Said, run: Run, option: tuple[str, ...]) -> None:
    run("plan", "--out", "plan.json")
    ended = run("apply", "plan.json", *option)
    assert ended.code == 64
    assert f"{option[0]} is about planning" in ended.err


def test_apply_without_a_plan_compares_as_plan_does(crm: RunningCrm, topic: Said) -> None:
    topic("apply --auto-approve --no-base")
    assert len(crm.rows(CAMPAIGN)) == 300
    topic("apply --auto-approve")
    assert len(crm.rows(CAMPAIGN)) == 264


@pytest.mark.parametrize("path", ["", "relations", "relations/spring.yaml"])
@pytest.mark.parametrize("folder", ["stays", "goes"])
def test_the_last_manifest_that_is_removed_gives_back_what_the_base_owned(
    said: Said, path: str, folder: str
) -> None:
    Path("relations/spring.yaml").unlink()
    if folder == "goes":
        Path("relations").rmdir()
    code, out = said(f"plan {path}")
    assert code == 0
    assert "300 to delete" in out


@pytest.mark.parametrize("path", ["", "relations", "relations/spring.yaml", "relations/other"])
def test_without_a_base_that_had_any_there_is_no_manifest(said: Said, run: Run, path: str) -> None:
    Path("relations/spring.yaml").unlink()
    ended = run("plan", "--no-base", *filter(None, [path]))
    assert ended.code == 4
    assert "no-manifest" in ended.err
    if path == "relations/other":
        assert run("plan", path).code == 4


def sheet(rows: str) -> str:
    """The campaign, with its leads in a sheet beside the manifests' folder."""
    return manifest({}).replace("    records:\n", f"    from: {{csv: {rows}}}\n")


@pytest.mark.parametrize("path", ["", "relations/spring.yaml"])
@pytest.mark.parametrize("attributes", ["", "* export-ignore filter=evil\n"])
@pytest.mark.parametrize("rows", ["leads.csv", "../csv/leads.csv"])
def test_sheets_of_the_base_are_read_wherever_they_lie(
    crm: RunningCrm, said: Said, path: str, attributes: str, rows: str
) -> None:
    lines = [f"{lead},Sent\n" for lead in range(1000, 1300)]
    place = Path("relations", rows)
    place.resolve().parent.mkdir(exist_ok=True)
    Path(".gitattributes").write_text(attributes)
    Path("relations/spring.yaml").write_text(sheet(rows))
    place.resolve().write_text("id,Member_Status\n" + "".join(lines))
    git("add", "-A", ".gitattributes", "relations", *(["csv"] if "csv/" in rows else []))
    git("commit", "-qm", "A sheet")
    place.resolve().write_text("id,Member_Status\n" + "".join(lines[:-1]))
    drifted(crm, range(1000, 1003))
    assert "1 to delete, 3 to update, 0 to create, 3 of them drift" in said(f"plan {path}")[1]
    assert said(f"drift {path}")[0] == 2


def test_a_sheet_in_git_lfs_that_was_not_fetched_is_told(said: Said, run: Run) -> None:
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 3\n"
    Path("relations/spring.yaml").write_text(sheet("leads.csv"))
    Path("relations/leads.csv").write_text(pointer)
    git("add", "relations")
    git("commit", "-qm", "A pointer")
    ended = run("plan")
    assert ended.code == 4
    assert "relations/leads.csv:1:1" in ended.err
    assert "git lfs pull" in ended.err
    Path("relations/leads.csv").write_text("id,Member_Status\n1000,Sent\n")
    ended = run("plan")
    assert "compared with no commit: the manifests of HEAD at " in ended.out
    assert "note: relations/leads.csv:1:1: [unreadable-file] the file is a pointer of Git LFS" in ended.err


@pytest.mark.parametrize("target", ["/etc/hostname", "../../outside.yaml"])
def test_a_link_of_the_base_that_leads_out_of_it_is_left_out(said: Said, target: str) -> None:
    Path("relations/out.yaml").symlink_to(target)
    git("add", "relations")
    git("commit", "-qm", "A link")
    Path("relations/out.yaml").unlink()
    branch({}, {1299})
    assert "1 to delete" in said("plan")[1]


def test_a_row_that_moves_to_another_file_is_neither_deleted_nor_drift(crm: RunningCrm, said: Said) -> None:
    branch({}, {1299})
    Path("relations/other.yaml").write_text(manifest({1299: "Sent"}))
    for path in ("", "relations/spring.yaml", "relations/other.yaml"):
        assert "Nothing to do" in said(f"plan {path}")[1]
    drifted(crm, range(1299, 1300))
    assert "1 of them drift" in said("plan relations/other.yaml")[1]


def test_what_another_file_removes_is_not_this_paths_business(said: Said) -> None:
    Path("relations/other.yaml").write_text(manifest({1299: "Sent"}))
    branch({}, {1299})
    git("add", "relations")
    git("commit", "-qm", "Two files")
    Path("relations/other.yaml").unlink()
    assert "Nothing to do" in said("plan relations/spring.yaml")[1]
    assert "1 to delete" in said("plan relations/other.yaml")[1]
    assert "1 to delete" in said("plan")[1]


def test_a_row_that_moved_into_a_file_that_is_broken_is_not_deleted(said: Said, run: Run) -> None:
    branch({}, {1299})
    Path("relations/other.yaml").write_text(manifest({1299: "Sent"}).replace("Member_Status", "Status"))
    ended = run("plan", "relations/spring.yaml")
    assert ended.code == 4
    assert "relations/other.yaml" in ended.err


def test_a_manifest_that_is_as_the_base_has_it_is_read_once(
    said: Said, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    from zsync.manifest import context

    for number in range(20):
        Path(f"relations/{number}.yaml").write_text(
            manifest({number: "Sent"}).replace('"500"', f'"{number}"')
        )
    git("add", "relations")
    git("commit", "-qm", "Many")
    branch({1000: "Responded"}, set())
    read: list[str] = []
    real = context.Context.__init__

    def counted(self: context.Context, *given: Any, **more: Any) -> None:
        real(self, *given, **more)
        read.append(self.path.name)

    monkeypatch.setattr(context.Context, "__init__", counted)
    run("plan", "relations/spring.yaml")
    assert sorted(read) == sorted([*(f"{number}.yaml" for number in range(20)), "spring.yaml", "spring.yaml"])


def test_from_another_folder_of_the_repository_the_base_is_the_same(
    said: Said, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    branch({}, {1299})
    for folder, path in (("relations", "spring.yaml"), ("relations", "."), (".git", "../relations")):
        monkeypatch.chdir(Path("/", *Path.cwd().parts[1:], folder))
        assert "1 to delete" in run("plan", path).out
        monkeypatch.chdir(Path.cwd().parent)
