"""`zsync accept`: what the CRM holds, taken into the files as the smallest difference; the CRM is only read."""

import re
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import click
import pytest

from tests.program import Ended, Run
from tests.worlds import LEADS, WORLD, become, members
from zsync.emulator import RunningCrm, running

Call = Callable[..., Ended]
FILE = Path("relations/spring.yaml")
HEAD = "version: 1\nparent: {module: Campaigns, match: {Campaign_Name: Campaign 501}}\nrelated_lists:\n  Leads:\n    key: Email\n"
AGREED = {("501", "301"): "Sent", ("501", "302"): "Sent", ("501", "303"): "Sent"}


def git(*args: str) -> str:
    """Git, as somebody."""
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@acme.example", *args]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def commit(*files: tuple[Path, str | bytes]) -> None:
    """Main says this."""
    for path, text in files:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    git("add", "--all")
    git("commit", "-q", "-m", "Agree")


def rows(**statuses: str) -> str:
    """Rows of leads: `rows(l301="Sent")`."""
    return "".join(
        f"      - {{Email: lead{lead[1:]}@acme.example, Member_Status: {status}}}\n"
        for lead, status in statuses.items()
    )


@pytest.fixture(scope="module")
def crm() -> Iterator[RunningCrm]:
    """One bundled CRM for all tests."""
    with running(WORLD) as bundled:
        yield bundled


@pytest.fixture
def variables(crm: RunningCrm) -> Mapping[str, str]:
    """Those that point zsync at it."""
    return crm.environment()


@pytest.fixture
def call(run: Run) -> Call:
    """zsync in an empty repository."""
    git("init", "-q", "-b", "main")
    return run


def in_step(call: Call) -> None:
    """There is nothing to plan, and no warning."""
    said = call("plan", "--detailed-exitcode")
    assert (said.code, "Nothing to do" in said.out) == (0, True), said


def test_a_colleagues_edits_are_as_many_lines(call: Call, crm: RunningCrm) -> None:
    several = {(campaign, lead): "Sent" for campaign in ("501", "502") for lead in LEADS}
    for campaign in ("501", "502"):
        text = (
            HEAD.replace("501", campaign) + "    records:\n" + rows(**{f"l{lead}": "Sent" for lead in LEADS})
        )
        commit((Path(f"relations/{campaign}.yaml"), text))
    become(crm, dict.fromkeys(several, "Responded"))
    said = call("accept")
    assert said.code == 0
    assert "Accept: 12 changed · 12 lines of 2 files\n" in said.out
    assert said.err.endswith(
        "Wrote relations/501.yaml, relations/502.yaml. Next: git diff, then zsync plan\n"
    )
    assert "2 files changed, 12 insertions(+), 12 deletions(-)" in git("diff", "--stat")
    in_step(call)
    none = "Nothing to take: the CRM moved no row of these. What your files changed: zsync plan\n"
    assert call("accept").out.endswith(none)


BY_HAND = (
    "# Ask Noor first\r\n" + HEAD.replace("\n", "\r\n") + "    defaults: { Member_Status: &usual  Sent }  # mostly\r\n"
    "    records:\r\n\r\n      # Speakers\r\n      -  {Email: lead301@acme.example}   # keynote\r\n"
    "      - Email: lead302@acme.example   # prefers mail\r\n        Member_Status: *usual\r\n"
    "      # about 303\r\n      - { Email: 'lead303@acme.example',  Member_Status: \"Sent\" } # last\r\n# end"
)  # fmt: skip


@pytest.mark.parametrize(
    ("lead", "new"),
    [
        ("301", b"+      -  {Email: lead301@acme.example, Member_Status: Planned}   # keynote\r"),
        ("302", b"+        Member_Status: Planned\r"),
        ("303", b"+      - { Email: 'lead303@acme.example',  Member_Status: \"Planned\" } # last\r"),
    ],
)
def test_a_row_of_a_file_that_was_written_by_hand_is_one_line(
    call: Call, crm: RunningCrm, lead: str, new: bytes
) -> None:
    commit((FILE, BY_HAND))
    become(crm, AGREED | {("501", lead): "Planned"})
    assert call("accept").code == 0
    assert "1 file changed, 1 insertion(+), 1 deletion(-)" in git("diff", "--stat")
    shown = subprocess.run(["git", "diff", "-U0"], check=True, capture_output=True).stdout
    assert shown.split(b"\n")[-2] == new
    in_step(call)


def test_rows_that_the_crm_removed_go_and_those_that_it_added_come_in_order(
    call: Call, crm: RunningCrm
) -> None:
    text = HEAD + "    prune: true\n    records:\n      # leaves soon\n" + rows(l301="Sent") + "\n"
    commit((FILE, text + rows(l303="Sent", l304="Sent")))
    become(crm, {("501", lead): "Sent" for lead in ("302", "303", "304")})
    said = call("accept")
    assert "Accept: 1 removed, 1 added · 2 lines of 1 file" in said.out
    kept = rows(l302="Sent") + "\n" + rows(l303="Sent", l304="Sent")
    assert FILE.read_text() == HEAD + "    prune: true\n    records:\n" + kept
    in_step(call)


def test_rows_in_no_manifest_come_in_where_they_are_asked_for(call: Call, crm: RunningCrm) -> None:
    commit((FILE, HEAD + "    records:\n" + rows(l301="Sent", l303="Sent")))
    become(crm, {("501", lead): "Sent" for lead in ("301", "302", "303")})
    said = call("accept")
    assert (said.code, FILE.read_text()) == (0, HEAD + "    records:\n" + rows(l301="Sent", l303="Sent"))
    assert said.out.endswith("1 added row in no manifest left: zsync accept --unmanaged\n")
    assert call("accept", "--unmanaged").code == 0
    assert FILE.read_text() == HEAD + "    records:\n" + rows(l301="Sent", l302="Sent", l303="Sent")
    in_step(call)


def test_a_row_that_is_absent_and_there_again_is_absent_no_more(call: Call, crm: RunningCrm) -> None:
    text = (
        HEAD
        + "    records:\n"
        + rows(l301="Sent")
        + "    absent:\n      - {Email: lead302@acme.example}  # left\n      - {Email: lead303@acme.example}\n"
    )
    commit((FILE, text))
    become(crm, {("501", "301"): "Sent", ("501", "302"): "Responded"})
    assert call("accept").code == 0
    assert FILE.read_text() == text.replace("      - {Email: lead302@acme.example}  # left\n", "")
    git("checkout", "-q", ".")
    assert call("accept", "--unmanaged").code == 0
    assert (
        "lead302@acme.example, Member_Status: Responded}\n    absent:\n      - {Email: lead303"
        in FILE.read_text()
    )
    in_step(call)


def test_rows_of_a_sheet_change_in_the_sheet(call: Call, crm: RunningCrm) -> None:
    sheet = Path("relations/leads.csv")
    csv = "Email;Member_Status\r\nlead301@acme.example;Sent\r\nlead302@acme.example;\r\nlead303@acme.example;Sent\r\n"
    text = HEAD + "    prune: true\n    defaults: {Member_Status: Planned}\n    from: {csv: leads.csv}\n"
    commit((FILE, text), (sheet, csv))
    become(crm, {("501", "301"): "Responded", ("501", "302"): "Sent", ("501", "304"): "Planned"})
    assert call("accept").code == 0
    assert sheet.read_bytes().decode() == (
        "Email;Member_Status\r\nlead301@acme.example;Responded\r\nlead302@acme.example;Sent\r\nlead304@acme.example;Planned\r\n"
    )
    assert FILE.read_text() == text
    in_step(call)


def test_a_relation_that_is_written_from_both_sides_changes_on_both(call: Call, crm: RunningCrm) -> None:
    other = 'version: 1\nparent: {module: Leads, id: "301"}\nrelated_lists:\n  Campaigns:\n    records:\n      - {id: "501", Member_Status: Sent}\n'
    commit(
        (FILE, HEAD + "    records:\n" + rows(l301="Sent", l302="Sent")), (Path("relations/lead.yaml"), other)
    )
    become(crm, {("501", "301"): "Planned", ("501", "302"): "Sent"})
    assert call("accept").code == 0
    assert Path("relations/lead.yaml").read_text() == other.replace("Sent", "Planned")
    assert FILE.read_text() == HEAD + "    records:\n" + rows(l301="Planned", l302="Sent")
    become(crm, {("501", "302"): "Sent"})
    git("commit", "-qam", "Agree")
    assert call("accept").code == 0
    assert Path("relations/lead.yaml").read_text().endswith("records: []\n")
    assert FILE.read_text() == HEAD + "    records:\n" + rows(l302="Sent")


def test_a_row_without_a_key_of_its_own_comes_in_by_its_id(run: Run) -> None:
    git("init", "-q", "-b", "main")
    twins = {"id": "309", "Last_Name": "Twin", "Email": "lead302@acme.example"}
    world = {"records": {**WORLD["records"], "Leads": [*WORLD["records"]["Leads"], twins]}}
    with running(world) as own:
        commit((FILE, HEAD + "    prune: true\n    records:\n" + rows(l301="Sent")))
        become(own, {("501", "301"): "Sent", ("501", "302"): "Sent"})
        said = run("accept", **own.environment())
    assert said.code == 0
    assert FILE.read_text() == HEAD + "    prune: true\n    records:\n" + rows(l301="Sent") + (
        '      - {id: "302", Member_Status: Sent}  # lead302@acme.example\n'
    )


@pytest.fixture
def both_moved(call: Call, crm: RunningCrm) -> Call:
    """301 moved on both sides, 302 on this branch, 303 in the CRM."""
    commit((FILE, HEAD + "    records:\n" + rows(l301="Sent", l302="Sent", l303="Sent")))
    become(crm, {("501", "301"): "Planned", ("501", "302"): "Sent", ("501", "303"): "Planned"})
    FILE.write_text(HEAD + "    records:\n" + rows(l301="Responded", l302="Responded", l303="Sent"))
    return call


def test_conflicts_are_taken_where_a_person_says_so_and_this_branchs_changes_never(
    both_moved: Call, crm: RunningCrm
) -> None:
    said = both_moved("accept")
    assert FILE.read_text() == HEAD + "    records:\n" + rows(
        l301="Responded", l302="Responded", l303="Planned"
    )
    assert "Accept: 1 changed · 1 line of 1 file\n1 conflict left: zsync accept -i\n" in said.out
    said = both_moved("accept", "conflict", "*/*/*/lead301*")
    assert FILE.read_text() == HEAD + "    records:\n" + rows(
        l301="Planned", l302="Responded", l303="Planned"
    )
    assert "0 to delete, 1 to update, 0 to create, 2 unchanged · " in both_moved("plan").out
    assert members(crm)[("501", "302")] == "Sent"


def test_what_this_branch_removed_and_the_crm_changed_comes_back(both_moved: Call) -> None:
    FILE.write_text(HEAD + "    records:\n" + rows(l302="Sent", l303="Sent"))
    assert both_moved("accept", "conflict").code == 0
    assert FILE.read_text() == HEAD + "    records:\n" + rows(l301="Planned", l302="Sent", l303="Sent")


def test_a_selector_narrows_what_is_taken(both_moved: Call) -> None:
    FILE.write_text(HEAD + "    records:\n" + rows(l301="Sent", l302="Sent", l303="Sent"))
    both_moved("accept", "Campaigns/*/Leads/lead303@*")
    assert FILE.read_text() == HEAD + "    records:\n" + rows(l301="Sent", l302="Sent", l303="Planned")
    said = both_moved("accept", "*/Autumn/*")
    assert said.code == 64
    assert "error: */Autumn/* is neither an origin nor an action, and fits no row" in said.err


def test_dry_run_shows_the_difference_and_writes_nothing(both_moved: Call) -> None:
    before = FILE.read_bytes()
    said = both_moved("accept", "--dry-run")
    assert said.out.startswith("--- relations/spring.yaml\n+++ relations/spring.yaml\n@@ ")
    assert "+      - {Email: lead303@acme.example, Member_Status: Planned}\n" in said.out
    assert said.err.endswith("Nothing was written.\n")
    assert FILE.read_bytes() == before


def test_names_are_masked_as_in_a_plan(both_moved: Call) -> None:
    for flags in (("--redact", "--dry-run"), ("--redact",)):
        said = both_moved("accept", *flags)
        assert said.code == 0
        assert "@acme.example" not in said.out + said.err
        assert "Planned" in said.out


def test_the_last_row_of_a_pruned_list_is_for_a_person_to_remove(call: Call, crm: RunningCrm) -> None:
    commit((FILE, HEAD + "    prune: true\n    records:\n" + rows(l301="Sent")))
    become(crm, {})
    said = call("accept")
    assert said.code == 4
    dry = call("accept", "--dry-run")
    assert (dry.code, "left as it is: relations/spring.yaml:8:9: " in dry.err) == (4, True)
    assert "Left as they are, for their files cannot say it\n" in said.out
    assert "allow_empty: true" in said.out
    assert "lead301" in FILE.read_text()


def test_nothing_is_written_through_a_link(call: Call, crm: RunningCrm) -> None:
    commit((Path("spring.txt"), HEAD + "    records:\n" + rows(l301="Sent")))
    Path("relations").mkdir()
    FILE.symlink_to("../spring.txt")
    commit()
    become(crm, {("501", "301"): "Planned"})
    said = call("accept")
    assert said.code == 4
    assert (
        "error[cannot-write]: cannot write relations/spring.yaml: relations/spring.yaml is a link" in said.err
    )
    assert "Sent" in Path("spring.txt").read_text()


def test_without_a_commit_nothing_tells_whose_move_it_was(run: Run, crm: RunningCrm) -> None:
    FILE.parent.mkdir()
    FILE.write_text(HEAD + "    records:\n" + rows(l301="Sent", l302="Sent"))
    become(crm, {("501", "301"): "Planned"})
    said = run("accept")
    assert (said.code, "`zsync accept --no-base`" in said.err) == (64, True)
    assert run("accept", "--no-base").code == 0
    assert FILE.read_text() == HEAD + "    records:\n" + rows(l301="Planned")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("change",), "takes what the CRM moved, and change asks for what it did not"),
        (("-i",), "there is no terminal to ask at"),
    ],
)
def test_what_accept_cannot_do_is_wrong_usage(call: Call, args: tuple[str, ...], said: str) -> None:
    ended = call("accept", *args)
    assert (ended.code, said in ended.err) == (64, True)


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What somebody types at the questions, in order; what each question was comes in their place."""
    keys: list[str] = []

    def prompt(text: str, **_: object) -> str:
        return keys.pop(0)

    monkeypatch.setattr(click, "prompt", prompt)
    monkeypatch.setattr(click, "confirm", lambda *_, **__: keys.pop(0) == "y")
    return keys


def test_rows_are_decided_on_one_by_one(both_moved: Call, typed: list[str]) -> None:
    typed += ["?", "w", "s", "c", "y"]
    said = both_moved("accept", "-i", asked=True)
    assert said.code == 0
    assert typed == []
    lines = said.err.splitlines()
    assert "2 rows differ. This writes to your files, never to the CRM." in lines
    assert "1/2 drift: changed in the CRM" in lines
    at = lines.index("2/2 conflict: changed in the CRM and on this branch")
    assert lines[at + 1] == "  Campaigns › Campaign 501 › Leads › lead301@acme.example"
    assert lines[at + 2].split() == ["HEAD", "Sent"]
    assert lines[at + 3].split() == ["here", "Responded", "relations/spring.yaml:7:9"]
    assert re.fullmatch(r" +CRM +Planned +20\d\d-\d\d-\d\d \d\d:\d\d UTC", lines[at + 4])
    assert re.fullmatch(
        r" +20\d\d-\d\d-\d\d \d\d:\d\d UTC",
        lines[lines.index("2/2 conflict: changed in the CRM and on this branch") - 1],
    )
    assert "1 taken, 1 skipped: relations/spring.yaml, 1 line changes" in lines
    assert lines[-1] == "Wrote 1 file. Next: git diff, then zsync plan"
    assert FILE.read_text() == HEAD + "    records:\n" + rows(l301="Planned", l302="Responded", l303="Sent")


def test_keeping_gits_side_prints_the_command_that_writes_it(both_moved: Call, typed: list[str]) -> None:
    typed += ["g", "g"]
    said = both_moved("accept", "-i", asked=True)
    assert (
        "zsync plan --only drift --only Campaigns/501/Leads/303 --out plan.json; zsync apply plan.json"
        in said.err
    )
    assert 'zsync plan --override conflicts=Campaigns/501/Leads/301 --reason "why"' in said.err
    assert said.err.endswith("Nothing to write.\n")
    plan = both_moved("plan", "--override", "conflicts=Campaigns/501/Leads/301", "--reason", "why")
    assert "2 to update" in plan.out or "3 to update" in plan.out


@pytest.mark.parametrize(("keys", "taken"), [(["a", "y"], 3), (["c", "q", "y"], 1), (["s", "s", "s"], 0)])
def test_all_that_moved_likewise_is_taken_at_once_and_q_leaves_the_rest(
    call: Call, crm: RunningCrm, typed: list[str], keys: list[str], taken: int
) -> None:
    commit((FILE, HEAD + "    records:\n" + rows(l301="Sent", l302="Sent", l303="Sent")))
    become(crm, dict.fromkeys(AGREED, "Planned"))
    typed += keys
    assert call("accept", "-i", asked=True).code == 0
    assert FILE.read_text().count("Planned") == taken


def test_who_says_no_at_the_end_writes_nothing(both_moved: Call, typed: list[str]) -> None:
    before = FILE.read_bytes()
    typed += ["c", "c", "n"]
    assert both_moved("accept", "-i", asked=True).code == 130
    assert FILE.read_bytes() == before


def test_a_file_that_somebody_changes_while_the_questions_are_asked_stays(
    both_moved: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meanwhile(*_: object, **__: object) -> bool:
        FILE.write_text(FILE.read_text() + "# mine\n")
        return True

    monkeypatch.setattr(click, "prompt", lambda *_, **__: "c")
    monkeypatch.setattr(click, "confirm", meanwhile)
    said = both_moved("accept", "-i", asked=True)
    assert said.code == 4
    assert "error[changed-file]: relations/spring.yaml has changed since it was read" in said.err
    assert FILE.read_text().endswith("Member_Status: Sent}\n# mine\n")


def test_interrupting_the_questions_writes_nothing(both_moved: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    before = FILE.read_bytes()

    def interrupt(*_: object, **__: object) -> str:
        raise click.Abort

    monkeypatch.setattr(click, "prompt", interrupt)
    assert both_moved("accept", "-i", asked=True).code == 130
    assert FILE.read_bytes() == before


def test_files_can_be_written_apart(both_moved: Call) -> None:
    before = FILE.read_bytes()
    said = both_moved("accept", "--into", "made")
    assert (said.code, FILE.read_bytes()) == (0, before)
    assert Path("made/relations/spring.yaml").read_bytes() == before.replace(
        b"lead303@acme.example, Member_Status: Sent", b"lead303@acme.example, Member_Status: Planned"
    )
    assert said.err.endswith("Wrote relations/spring.yaml in made.\n")


def test_a_path_narrows_what_is_taken_and_other_files_stay(call: Call, crm: RunningCrm) -> None:
    other = Path("relations/autumn/one.yaml")
    commit(
        (FILE, HEAD + "    records:\n" + rows(l301="Sent")),
        (other, HEAD.replace("501", "502") + "    records:\n" + rows(l301="Sent")),
    )
    become(crm, {("501", "301"): "Planned", ("502", "301"): "Planned"})
    assert call("accept", "relations/autumn").code == 0
    assert "Planned" in other.read_text()
    assert "Planned" not in FILE.read_text()
    assert call("accept", "relations/spring.yaml").code == 0
    in_step(call)


def test_a_list_that_names_its_records_by_id_keeps_names_out_of_git(call: Call, crm: RunningCrm) -> None:
    text = (
        HEAD.replace("    key: Email\n", "")
        + '    prune: true\n    records:\n      - {id: "301", Member_Status: Sent}\n'
    )
    commit((FILE, text))
    become(crm, {("501", "301"): "Sent", ("501", "302"): "Sent"})
    assert call("accept").code == 0
    assert FILE.read_text() == text + '      - {id: "302", Member_Status: Sent}\n'
    in_step(call)


def test_a_row_that_a_pruned_list_rules_out_and_the_crm_has_again_moves_to_its_records(
    call: Call, crm: RunningCrm
) -> None:
    commit(
        (FILE, HEAD + "    prune: true\n    records:\n" + rows(l301="Sent", l303="Sent")),
        (
            Path("relations/gone.yaml"),
            HEAD
            + "    prune: true\n    allow_empty: true\n    absent:\n      - {Email: lead302@acme.example}\n",
        ),
    )
    become(crm, {("501", lead): "Sent" for lead in ("301", "302", "303")})
    assert call("accept").code == 0
    assert FILE.read_text().endswith(rows(l301="Sent", l302="Sent", l303="Sent"))
    assert Path("relations/gone.yaml").read_text().endswith("    absent: []\n")
    in_step(call)


def test_the_questions_fit_a_narrow_terminal(both_moved: Call, typed: list[str]) -> None:
    typed += ["?", "w", "g", "c", "y"]
    said = both_moved("accept", "-i", asked=True)
    wide = [line for line in said.err.splitlines() if len(line) > 80 and "zsync plan" not in line]
    assert wide == []
