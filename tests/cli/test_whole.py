"""A plan is about the whole list: PATH narrows what is changed, never what counts as desired."""

import os
from collections.abc import Callable, Iterator, Mapping
from itertools import permutations
from pathlib import Path

import pytest

from tests.program import Ended, Run
from zsync.emulator import RunningCrm, running

Put = Callable[..., None]

LEADS = tuple(str(lead) for lead in range(301, 309))
WORLD = {
    "records": {
        "Campaigns": [
            {"id": "501", "Campaign_Name": "Spring"},
            {"id": "502", "Campaign_Name": "Autumn"},
        ],
        "Leads": [{"id": lead, "Last_Name": lead, "Email": f"{lead}@acme.example"} for lead in LEADS],
    }
}
SPRING = "parent: {module: Campaigns, match: {Campaign_Name: Spring}}\n"
BY_ID = 'parent: {module: Campaigns, id: "501"}\n'
HEAD = "version: 1\n"


def half(*leads: str, parent: str = SPRING, prune: bool = True, status: str = "Sent") -> str:
    """A file that declares some of the campaign's leads."""
    rows = "".join(f"      - {{Email: {lead}@acme.example, Member_Status: {status}}}\n" for lead in leads)
    return (
        f"{HEAD}{parent}related_lists:\n  Leads:\n    key: Email\n    prune: {str(prune).lower()}\n"
        f"    records:\n{rows}"
    )


@pytest.fixture
def crm() -> Iterator[RunningCrm]:
    """Four leads in the spring campaign, all Sent."""
    with running(WORLD) as bundled:
        bundled.link("Campaigns/501/Leads", *({"id": lead, "Member_Status": "Sent"} for lead in LEADS[:4]))
        yield bundled


@pytest.fixture
def variables(crm: RunningCrm) -> Mapping[str, str]:
    """Those that point zsync at it."""
    return crm.environment()


@pytest.fixture
def put(run: Run) -> Put:
    """`put("relations/a.yaml", text)` writes a file in the test's folder."""

    def write(name: str, text: str) -> None:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text, "utf-8")

    return write


@pytest.fixture
def halves(put: Put) -> None:
    """Two teams' halves of one list, both pruned."""
    put("relations/north/spring.yaml", half("301", "302"))
    put("relations/south/spring.yaml", half("303", "304"))


def changes(ended: Ended) -> str:
    """The totals of a plan."""
    assert ended.code in (0, 2), ended.err
    return ended.out.splitlines()[-1].partition(", 4 unch")[0].partition(" · ")[0]


PLACES = ("relations/north", "relations/south", "relations/north/spring.yaml", "relations", "")


@pytest.mark.parametrize("path", PLACES)
def test_two_halves_of_a_list_are_planned_by_folder_and_nothing_is_deleted(
    run: Run, halves: None, path: str
) -> None:
    assert "Nothing to do" in run("plan", *filter(None, [path])).out


@pytest.mark.parametrize("committed", [True, False])
@pytest.mark.parametrize(
    ("here", "path"),
    [
        ("relations/north", "."),
        ("relations", "north"),
        ("relations/south", "../north/spring.yaml"),
        ("elsewhere", "../relations/north"),
        ("/", "relations/north"),
    ],
)
def test_the_other_half_counts_from_whichever_folder_zsync_is_called(
    run: Run, halves: None, monkeypatch: pytest.MonkeyPatch, committed: bool, here: str, path: str
) -> None:
    if committed:
        commit_all()
    home = Path.cwd()
    Path("elsewhere").mkdir()
    monkeypatch.chdir(home / here)
    assert "2 relations checked" in run("plan", path if here != "/" else str(home / path)).out


@pytest.mark.parametrize("beside", ["", "relations/other.yaml", "relations/zsync.yaml"])
@pytest.mark.parametrize(("command", "committed"), [("plan", True), ("plan", False), ("drift", True)])
def test_halves_in_another_folder_count_and_files_of_other_programs_do_not(
    run: Run, put: Put, halves: None, committed: bool, beside: str, command: str
) -> None:
    Path("relations").rename("crm")
    if beside:
        put(beside, "version: 1\n" if "zsync" in beside else half("301", parent=BY_ID.replace("501", "502")))
    put("crm/compose.yaml", "services: {web: {image: x}}\n")
    if committed:
        commit_all()
    ended = run(command, "crm/north")
    assert (ended.code, ended.err) == (0, "")
    assert "to delete" not in ended.out


def test_in_a_folder_without_manifests_it_is_told_where_to_go(
    run: Run, halves: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("relations/north")
    ended = run("plan")
    assert ended.code == 4
    assert "Go to the repository's folder" in ended.err


@pytest.mark.parametrize("order", [*permutations(("relations/north", "relations/south"))])
def test_the_halves_change_one_after_the_other_in_any_order(
    run: Run, put: Put, crm: RunningCrm, halves: None, order: tuple[str, ...]
) -> None:
    put("relations/north/spring.yaml", half("301", "305"))
    put("relations/south/spring.yaml", half("303", "306"))
    for path in order:
        assert run("apply", path, "--auto-approve").code == 0
    assert set(crm.rows("Campaigns/501/Leads")) == {"301", "303", "305", "306"}


def test_a_path_changes_its_own_rows_alone(run: Run, put: Put, halves: None) -> None:
    put("relations/north/spring.yaml", half("301", "302", status="Opened"))
    put("relations/south/spring.yaml", half("303", "304", "305", status="Opened"))
    assert "0 to delete, 2 to update, 0 to create" in run("plan", "relations/north").out
    assert "0 to delete, 2 to update, 1 to create" in run("plan", "relations/south").out


@pytest.mark.parametrize("command", ["verify", "drift --base HEAD", "rehearse", "apply --auto-approve"])
def test_every_command_that_plans_counts_the_other_half(
    run: Run, halves: None, repository: None, command: str
) -> None:
    ended = run(*command.split(), "relations/north")
    assert ended.code == 0
    assert "to delete" not in ended.out.replace("0 to delete", "")


@pytest.fixture
def repository(halves: None) -> None:
    """All of it is committed."""
    commit_all()


def commit_all() -> None:
    """What is in the folder becomes a repository's first commit."""
    git("init", "-q", "-b", "main")
    git("add", "-A")
    git("commit", "-q", "-m", "x")


def git(*args: str) -> None:
    """Git, as somebody."""
    import subprocess

    subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@acme.example", *args], check=True)


def test_a_half_in_a_sheet_counts(run: Run, put: Put) -> None:
    put("relations/north/spring.yaml", half("301", "302"))
    put("relations/south/spring.yaml", half().replace("records:\n", "from: {csv: ../sheets/s.csv}\n"))
    put("relations/sheets/s.csv", "Email,Member_Status\n303@acme.example,Sent\n304@acme.example,Sent\n")
    assert "Nothing to do" in run("plan", "relations/north").out


def test_a_half_that_is_named_otherwise_counts(run: Run, put: Put) -> None:
    put("relations/north/spring.yaml", half("301", "302", parent=BY_ID))
    put("relations/south/spring.yaml", half("303"))
    put("relations/west/spring.yaml", half("304", parent=SPRING.replace("Spring", "'spring '")))
    assert "Nothing to do" in run("plan", "relations/north").out
    assert "Nothing to do" in run("plan", "relations/south").out


@pytest.mark.parametrize(
    "names", ["key: Campaign_Name, records: [{Campaign_Name: Spring", 'records: [{id: "501"']
)
@pytest.mark.parametrize("parent", [SPRING, BY_ID])
def test_a_relation_that_another_file_declares_from_its_other_side_counts(
    run: Run, put: Put, names: str, parent: str
) -> None:
    put("relations/north/spring.yaml", half("301", "302", "303", parent=parent))
    put(
        "relations/leads/304.yaml",
        f"{HEAD}parent: {{module: Leads, match: {{Email: 304@acme.example}}}}\n"
        f"related_lists: {{Campaigns: {{{names}, Member_Status: Sent}}]}}}}\n",
    )
    assert "Nothing to do" in run("plan", "relations/north").out
    assert "Nothing to do" in run("plan", "relations/leads").out


@pytest.mark.parametrize("status", ["Opened", "Sent"])
def test_files_inside_and_outside_must_agree(run: Run, put: Put, halves: None, status: str) -> None:
    put("relations/west/spring.yaml", half("302", status=status))
    ended = run("plan", "relations/west")
    assert ended.code == (0 if status == "Sent" else 4)
    assert ("contradict each other" in ended.err) == (status == "Opened")
    assert "say which folders are whose: `manifests` of the environments in zsync.yaml" in ended.err
    assert "relations/north/spring.yaml:9" in ended.err


def test_a_row_that_two_files_declare_alike_is_warned_of_once(run: Run, put: Put, halves: None) -> None:
    put("relations/south/spring.yaml", half("302", "303", "304"))
    for path in ("relations", "relations/north", "relations/south"):
        assert run("plan", path).err.count("warning[repeated-row]") == 1


def test_what_two_other_files_contradict_each_other_in_is_a_warning_until_something_is_pruned(
    run: Run, put: Put, halves: None
) -> None:
    put("relations/west/spring.yaml", half("303", status="Opened"))
    ended = run("plan", "relations/north")
    assert ended.code == 0
    assert "warning[unread-manifest]: `relations/west/spring.yaml`, outside" in ended.err
    assert "Nothing to do" in ended.out
    put("relations/north/spring.yaml", half("301"))
    assert run("plan", "relations/north").code == 4


@pytest.mark.parametrize("prune", [True, False])
def test_another_campaigns_files_cost_no_call(
    run: Run, put: Put, crm: RunningCrm, halves: None, prune: bool
) -> None:
    run("plan", "relations/north")
    before = len(crm.requests)
    run("plan", "relations/north")
    usual = len(crm.requests) - before
    for number in range(20):
        other = SPRING.replace("Spring", f"Other {number}")
        put(f"relations/others/{number}.yaml", half(f"other{number}", parent=other, prune=prune))
    before = len(crm.requests)
    assert "Nothing to do" in run("plan", "relations/north").out
    assert len(crm.requests) - before == usual


def broken_syntax(south: Path) -> str:
    """A file with an error."""
    (south / "spring.yaml").write_text("version: 2\n")
    return "relations/south/spring.yaml"


def broken_sheet(south: Path) -> str:
    """A sheet that is not there."""
    (south / "spring.yaml").write_text(half(prune=False).replace("records:\n", "from: {csv: gone.csv}\n"))
    return "gone.csv"


def a_locked_file(south: Path) -> str:
    """A file that nobody may read; a pipe, for root may read any file."""
    (south / "spring.yaml").unlink()
    os.mkfifo(south / "spring.yaml")
    return "relations/south/spring.yaml"


def a_linked_folder(south: Path) -> str:
    """The folder lies elsewhere, and is linked."""
    south.rename(south.parent.parent / "elsewhere")
    south.symlink_to("../elsewhere")
    return "relations/south"


def another_ending(south: Path) -> str:
    """The file has another ending."""
    (south / "spring.yaml").rename(south / "spring.YAML")
    return "relations/south/spring.YAML"


def one_more_ending(south: Path) -> str:
    """The file has yet another ending."""
    (south / "spring.yaml").rename(south / "spring.Yml")
    return "relations/south/spring.Yml"


def a_json_ending(south: Path) -> str:
    """The file has the ending of what YAML is a superset of."""
    (south / "spring.yaml").rename(south / "spring.json")
    return "relations/south/spring.json"


def the_configurations_name(south: Path) -> str:
    """The file is called as no manifest can be."""
    (south / "spring.yaml").rename(south / "zsync.yml")
    return "relations/south/zsync.yml"


def nothing_in_it(south: Path) -> str:
    """The file was cut off at its beginning."""
    (south / "spring.yaml").write_text("")
    return "relations/south/spring.yaml"


def a_link_out_of_the_repository(south: Path) -> str:
    """The file is a link that leads out."""
    (south / "spring.yaml").unlink()
    (south / "spring.yaml").symlink_to("/etc/hostname")
    return "relations/south/spring.yaml"


def an_lfs_pointer(south: Path) -> str:
    """The sheet was not fetched."""
    (south / "spring.yaml").write_text(half(prune=False).replace("records:\n", "from: {csv: s.csv}\n"))
    (south / "s.csv").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
    return "relations/south/s.csv"


UNREADABLE = [
    broken_syntax,
    broken_sheet,
    a_locked_file,
    a_linked_folder,
    another_ending,
    one_more_ending,
    a_json_ending,
    the_configurations_name,
    nothing_in_it,
    a_link_out_of_the_repository,
    an_lfs_pointer,
]


@pytest.mark.parametrize("spoil", UNREADABLE)
def test_with_one_half_unreadable_nothing_is_pruned_and_no_plan_is_saved(
    run: Run, put: Put, crm: RunningCrm, halves: None, spoil: Callable[[Path], str]
) -> None:
    named = spoil(Path("relations/south"))
    for file in Path("relations/south").glob("*.yaml"):
        if file.is_file():
            file.write_text(file.read_text().replace("prune: false", "prune: true"))
    ended = run("plan", "relations/north", "--out", "plan.json")
    assert ended.code == 4
    assert "2 rows would be deleted because no manifest declares them" in ended.err
    assert named in ended.err
    assert not Path("plan.json").exists()
    assert run("apply", "relations/north", "--auto-approve").code == 4
    assert len(crm.rows("Campaigns/501/Leads")) == 4


@pytest.mark.parametrize("spoil", [a_linked_folder, another_ending, a_json_ending, nothing_in_it])
@pytest.mark.parametrize("path", ["relations/north", "relations"])
def test_what_the_base_cannot_say_is_no_drift_either(
    run: Run, halves: None, spoil: Callable[[Path], str], path: str
) -> None:
    named = spoil(Path("relations/south"))
    commit_all()
    ended = run("drift", path, "--out", "drift.json")
    assert ended.code == 4
    assert named in ended.err
    assert not Path("drift.json").exists()


@pytest.mark.parametrize("spoil", UNREADABLE)
def test_without_such_deletes_the_plan_is_made_with_a_warning(
    run: Run, put: Put, halves: None, spoil: Callable[[Path], str]
) -> None:
    put("relations/north/spring.yaml", half("301", "305", prune=False))
    named = spoil(Path("relations/south"))
    ended = run("plan", "relations/north", "--out", "plan.json")
    assert ended.code == 0
    assert "0 to delete, 0 to update, 1 to create" in ended.out
    assert "warning[" in ended.err
    assert named in ended.err


def test_a_row_that_a_manifest_says_is_absent_is_deleted_all_the_same(
    run: Run, put: Put, halves: None
) -> None:
    absent = half("301", prune=False) + "    absent: [{Email: 302@acme.example}]\n"
    put("relations/north/spring.yaml", absent)
    broken_syntax(Path("relations/south"))
    assert "1 to delete" in run("plan", "relations/north").out


@pytest.mark.parametrize("spoil", [a_linked_folder, another_ending, a_json_ending, nothing_in_it])
def test_the_same_holds_where_it_is_below_the_path_itself(
    run: Run, halves: None, spoil: Callable[[Path], str]
) -> None:
    named = spoil(Path("relations/south"))
    ended = run("plan")
    assert ended.code == 4
    assert named in ended.err


def test_a_folder_that_cannot_be_read_counts_as_unreadable(
    run: Run, halves: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.scandir

    def scandir(path: str) -> object:
        if str(path).endswith("south"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr("os.scandir", scandir)
    ended = run("plan", "relations/north/spring.yaml")
    assert ended.code == 4
    assert "the folder `relations/south` cannot be read: Permission denied" in ended.err


def test_a_key_outside_that_could_be_several_records_counts_as_unreadable(
    run: Run, crm: RunningCrm, halves: None
) -> None:
    other = crm.add("Leads", Last_Name="Other", Email="303@acme.example")
    assert run("plan", "relations/north").code == 0
    crm.link("Campaigns/501/Leads", {"id": other, "Member_Status": "Sent"})
    ended = run("plan", "relations/north")
    assert ended.code == 4
    assert "`relations/south/spring.yaml`, outside of the paths that were given, has a row" in ended.err


def test_a_key_outside_that_names_nobody_changes_nothing_and_is_told(
    run: Run, put: Put, halves: None
) -> None:
    put("relations/west/spring.yaml", half("nobody"))
    ended = run("plan", "relations/north")
    assert "Nothing to do" in ended.out
    assert "`relations/west/spring.yaml`, outside of the paths that were given, has a row that names no" in (
        " ".join(ended.err.split())
    )


@pytest.mark.parametrize("about", ["row", "parent", "parent of the other side"])
def test_a_row_is_not_deleted_whose_file_outside_calls_it_by_a_name_of_before(
    run: Run, put: Put, crm: RunningCrm, halves: None, about: str
) -> None:
    if about == "row":
        crm.edit("303", Email="new@acme.example")
    elif about == "parent":
        put("relations/north/spring.yaml", half("301", "302", parent=BY_ID))
        crm.edit("501", Campaign_Name="Spring 2027")
    else:
        put("relations/south/spring.yaml", half("304"))
        crm.edit("303", Email="new@acme.example")
        turned = "parent: {module: Leads, match: {Email: 303@acme.example}}\nrelated_lists:\n  Campaigns:\n"
        put("relations/south/lead.yaml", f'{HEAD}{turned}    records: [{{id: "501"}}]\n')
    ended = run("plan", "relations/north", "--out", "plan.json")
    assert ended.code == 4
    assert f"has a {about[:6].strip()} that names no record of the CRM" in " ".join(ended.err.split())
    assert not Path("plan.json").exists()


def test_the_plan_is_bound_to_all_files_that_counted(run: Run, put: Put, halves: None) -> None:
    digests = []
    for status in ("Opened", "Responded"):
        put("relations/south/spring.yaml", half("303", "304", status=status))
        run("plan", "relations/north", "--format", f"json={status}.json")
        digests.append(Path(f"{status}.json").read_text().partition('"manifests":"')[2][:71])
    assert digests[0].startswith("sha256:")
    assert digests[0] != digests[1]


SHARED = """version: 1
environments:
  eu: {type: sandbox, manifests: [everywhere, eu]}
  us: {type: sandbox, manifests: [everywhere, us]}
"""


@pytest.fixture
def shared(put: Put) -> None:
    """A tree shared by two orgs, which want the same campaign otherwise."""
    put("relations/zsync.yaml", SHARED)
    put("relations/everywhere/spring.yaml", half("301", "302"))
    put("relations/eu/spring.yaml", half("303", "304"))
    put("relations/us/spring.yaml", half("301", "302", status="Opened").replace("Opened", "Bounced", 1))
    put("relations/us/broken.yaml", "version: 2\n")


@pytest.mark.parametrize("paths", ["", "relations", "relations/eu", "relations/everywhere relations/eu"])
def test_a_tree_that_several_orgs_share_is_each_orgs_own_folders(run: Run, shared: None, paths: str) -> None:
    ended = run("plan", "-e", "eu", *paths.split())
    assert "Nothing to do" in ended.out
    assert ended.err == ""


@pytest.mark.parametrize("path", ["relations/us", "relations/us/spring.yaml"])
def test_a_path_of_another_org_is_refused_by_its_name(run: Run, shared: None, path: str) -> None:
    ended = run("plan", "-e", "eu", path)
    assert ended.code == 64
    assert f"{path} belongs to us, not to eu" in ended.err
    assert "-e us" in ended.err


def test_a_path_of_no_org_is_refused(run: Run, put: Put, shared: None) -> None:
    put("relations/spare/spring.yaml", half("301"))
    ended = run("plan", "-e", "eu", "relations/spare")
    assert ended.code == 64
    assert (
        "relations/spare does not belong to eu, whose manifests are in relations/everywhere, relations/eu"
        in ended.err
    )


def test_a_folder_of_the_environment_that_is_not_there_is_an_error(run: Run, put: Put, shared: None) -> None:
    put("relations/zsync.yaml", SHARED.replace("[everywhere, eu]", "[everywhere, ue]"))
    ended = run("plan", "-e", "eu", "relations/everywhere")
    assert ended.code == 4
    assert "there is no folder `relations/ue`, which `manifests` of eu names" in ended.err


@pytest.mark.parametrize("folder", ["../eu", "/eu", "", "eu//a", "a\\\\b", ".git"])
def test_a_folder_of_manifests_is_below_the_configuration(
    run: Run, put: Put, shared: None, folder: str
) -> None:
    put("relations/zsync.yaml", SHARED.replace("everywhere, eu", f'"{folder}"'))
    ended = run("plan", "-e", "eu")
    assert ended.code == 4
    assert "a folder of manifests cannot be" in ended.err


def test_an_environments_folders_are_the_default_wherever_they_are(run: Run, put: Put) -> None:
    put("zsync.yaml", "version: 1\nenvironments: {eu: {type: sandbox, manifests: [crm/eu, crm/all]}}\n")
    put("crm/eu/spring.yaml", half("301", "302"))
    put("crm/all/spring.yaml", half("303", "304"))
    put("crm/us/spring.yaml", "version: 2\n")
    for paths in ([], ["crm"], ["crm/eu"], ["crm/all", "crm/eu/spring.yaml"], ["."]):
        ended = run("plan", *paths)
        assert ("Nothing to do" in ended.out, ended.err) == (True, "")


def test_beside_a_configuration_at_the_root_relations_are_the_tree(run: Run, put: Put, halves: None) -> None:
    put("zsync.yaml", "version: 1\n")
    put("compose.yaml", "services: {}\n")
    put("crm/other.yaml", half("303"))
    for paths in ([], ["relations/north"]):
        ended = run("plan", *paths)
        assert ("Nothing to do" in ended.out, ended.err) == (True, "")


def test_without_relations_all_that_is_below_the_configuration_counts(run: Run, put: Put) -> None:
    put("zsync.yaml", "version: 1\n")
    put("crm/north.yaml", half("301", "302"))
    put("crm/south.yaml", half("303", "304"))
    assert "Nothing to do" in run("plan", "crm/north.yaml").out
    put("compose.yaml", "services: {}\n")
    assert "Nothing to do" in run("plan", "crm/north.yaml").out
    put("crm/north.yaml", half("301"))
    ended = run("plan", "crm/north.yaml")
    assert ended.code == 4
    assert "`compose.yaml`, outside of the paths" in ended.err


@pytest.mark.parametrize(
    ("folder", "path"), [("relations", "north"), ("relations/north", "."), ("relations/south", "../north")]
)
def test_from_any_folder_the_other_half_counts(
    run: Run, halves: None, put: Put, monkeypatch: pytest.MonkeyPatch, folder: str, path: str
) -> None:
    put("relations/zsync.yaml", "version: 1\n")
    git("init", "-q")
    monkeypatch.chdir(folder)
    assert "Nothing to do" in run("plan", path).out


def test_a_link_to_a_folder_that_is_the_path_itself_is_followed(run: Run, halves: None) -> None:
    Path("half").symlink_to("relations/north")
    assert "Nothing to do" in run("plan", "half").out


@pytest.mark.parametrize("parent", [SPRING, BY_ID])
def test_halves_that_name_the_list_differently_must_agree_as_well(run: Run, put: Put, parent: str) -> None:
    put("relations/north/spring.yaml", half("301", "302", parent=parent))
    put("relations/south/spring.yaml", half("302", "303", "304", parent=BY_ID, status="Opened"))
    ended = run("plan", "relations/north")
    assert ended.code == 4
    assert "say which folders are whose" in ended.err
    assert "contradict each other" in ended.err


def test_a_row_that_another_half_rules_out_is_not_kept_by_it(run: Run, put: Put, halves: None) -> None:
    put("relations/south/spring.yaml", half("303") + "    absent: [{Email: 304@acme.example}]\n")
    assert "1 to delete" in run("plan", "relations/north").out
    assert "1 to delete" in run("plan").out


def test_a_list_that_only_the_other_half_prunes_is_refused_however_each_names_it(run: Run, put: Put) -> None:
    put("relations/north/spring.yaml", half("301", parent=BY_ID, prune=False))
    put("relations/south/spring.yaml", half("303"))
    for path in ("relations/north", "relations/south"):
        refused = run("plan", path)
        assert (refused.code, refused.out) == (4, "")
        assert "error[split-list]" in refused.err
        assert all(f"relations/{each}/spring.yaml" in refused.err for each in ("north", "south"))
