"""What the base's zsync.yaml says holds, whatever a branch does to it; and what the branch does to it comes first."""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.program import Ended, Run
from zsync.emulator import RunningCrm, running
from zsync.files.plan import dump_plan, load_plan, sealed
from zsync.model import BaseCommit, Plan

LIST = "Campaigns/501/Leads"
WORLD: Mapping[str, Any] = {
    "records": {
        "Campaigns": [{"id": "501", "Campaign_Name": "Spring"}],
        "Leads": [{"id": str(300 + n), "Last_Name": f"L{n}"} for n in range(8)],
    },
    "relations": {LIST: [{"id": str(300 + n), "Member_Status": "Sent"} for n in range(8)]},
}
CONFIG = """version: 1
environments:
  production:
    guards: {max_deletes: 1}
"""
FILE = "relations/zsync.yaml"


@pytest.fixture
def crm() -> Iterator[RunningCrm]:
    """A campaign of eight leads."""
    with running(WORLD) as bundled:
        yield bundled


@pytest.fixture
def variables(crm: RunningCrm) -> Mapping[str, str]:
    """Those that point zsync at it."""
    return crm.environment()


def write(name: str, text: str) -> None:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(text, errors="surrogateescape")


def wants(leads: int) -> None:
    """The manifest keeps so many of the leads."""
    rows = "".join(f'      - {{id: "{300 + n}", Member_Status: Sent}}\n' for n in range(leads))
    write(
        "relations/spring.yaml",
        f'version: 1\nparent: {{module: Campaigns, id: "501"}}\nrelated_lists:\n  Leads:\n    prune: true\n'
        f"    records:\n{rows}",
    )


def commit(config: str | None = CONFIG, name: str = FILE) -> None:
    """The repository's main: all leads, and this configuration."""
    wants(8)
    if config is not None:
        write(name, config)
    subprocess.run(["git", "init", "-q", "-b", "main"], check=True)
    subprocess.run(["git", "add", "relations", *([] if config is None else [name])], check=True)
    who = ["-c", "user.name=a", "-c", "user.email=a@acme.example"]
    subprocess.run(["git", *who, "commit", "-q", "-m", "Spring"], check=True)


def planned(run: Run, *more: str) -> Ended:
    return run("plan", "--base", "main", "--out", "plan.json", *more)


def weaker(config: str) -> None:
    """The branch takes two leads out, and has this configuration."""
    wants(6)
    write(FILE, config)


WEAKER = {
    "raised": CONFIG.replace("1}", "5}"),
    "another unit": CONFIG.replace("1}", "90%}"),
    "taken away": "version: 1\nenvironments: {production: {}}\n",
    "no environment": "version: 1\n",
    "another environment": "version: 1\nenvironments: {renamed: {}}\n",
}


@pytest.mark.parametrize("config", WEAKER.values(), ids=WEAKER)
def test_a_guard_of_the_base_refuses_what_the_branch_would_let_pass(
    crm: RunningCrm, run: Run, config: str
) -> None:
    commit()
    weaker(config)
    said = planned(run)
    assert said.code == 5
    assert "max_deletes" in said.err
    assert "Merge the change of zsync.yaml by itself first" in said.err
    assert "main:relations/zsync.yaml:4" in said.out
    assert run("apply", "plan.json").code == 5
    assert len(crm.rows(LIST)) == 8


def test_a_configuration_that_is_gone_goes_on_guarding(run: Run) -> None:
    commit()
    weaker(CONFIG)
    Path(FILE).unlink()
    said = planned(run)
    assert (said.code, "no file" in said.out) == (5, True)


def test_one_that_moved_is_compared_with_itself(run: Run) -> None:
    commit()
    weaker(CONFIG)
    Path(FILE).rename("zsync.yaml")
    Path("zsync.yaml").write_text(CONFIG.replace("1}", "5}"))
    said = planned(run)
    assert said.code == 5
    assert "relations/zsync.yaml → zsync.yaml" in said.out
    assert "max_deletes  1 → 5" in said.out


def test_a_stricter_guard_of_the_branch_holds_as_well(run: Run) -> None:
    commit(CONFIG.replace("1}", "5}"))
    weaker(CONFIG)
    said = planned(run)
    assert said.code == 5
    assert "by itself first" not in said.err


def test_a_guard_that_both_have_refuses_once(run: Run) -> None:
    commit()
    weaker(CONFIG.replace("version: 1\n", "version: 1\n# a word\n"))
    assert planned(run).code == 5
    assert [one["base"] for one in json.loads(Path("plan.json").read_text())["verdicts"]] == [False]


def test_without_a_change_of_the_configuration_nothing_is_told_of_it(run: Run) -> None:
    commit()
    wants(7)
    said = planned(run)
    assert (said.code, said.err.count("warning")) == (0, 0)
    assert "changes what zsync may do" not in said.out


def test_what_the_branch_changes_comes_before_the_changes_in_every_format(run: Run) -> None:
    commit()
    weaker(CONFIG.replace("1}", "5, max_changes: 9}"))
    planned(run, "--format", "text", "--format", "markdown=plan.md", "--format", "html=plan.html")
    out, marked = run("show", "plan.json").out, Path("plan.md").read_text()
    assert out.index("environments.production.guards.max_deletes  1 → 5") < out.index("(501)")
    loosens = "**Loosens a guard once merged:** `environments.production.guards.max_deletes` `1` → `5`"
    assert marked.index(f"{loosens} (`{FILE}:4`)") < marked.index("CAUTION")
    assert out.index("Loosens a guard once merged") < out.index(
        "Tightens: environments.production.guards.max_ch"
    )
    assert "max_deletes  1 → 5" in Path("plan.html").read_text()
    settings = json.loads(Path("plan.json").read_text())["settings"]
    assert {
        "file": FILE,
        "key": "environments.production.guards.max_changes",
        "before": "",
        "after": "9",
        "way": "tightens",
        "line": 4,
    } in settings


@pytest.mark.parametrize(
    "config", ["version: 1\nguards: {max_deletes: [}\n", "version: 1\nguards: {max_delete: 1}\n", "\udcff"]
)
def test_a_base_whose_configuration_cannot_be_used_refuses_all_changes(run: Run, config: str) -> None:
    commit(config)
    weaker(CONFIG.replace("1}", "5}"))
    said = planned(run, "--format", "markdown=plan.md", "--format", "text")
    assert said.code == 5
    assert "base: cannot be evaluated: the zsync.yaml of main cannot be used" in said.out
    assert "Merge a valid zsync.yaml by itself first" in said.err
    assert "Merge a valid zsync.yaml by itself first" in Path("plan.md").read_text()
    assert run("apply", "plan.json").code == 5
    aside = planned(run, "--override", "base", "--reason", "why")
    assert (aside.code, "there is no guard 'base'" in aside.err) == (64, True)
    wants(8)
    assert planned(run).code == 0


def test_a_base_without_a_configuration_is_warned_of(run: Run) -> None:
    commit(None)
    weaker(CONFIG.replace("1}", "5}"))
    said = planned(run)
    assert (said.code, "does not exist" in said.err) == (0, True)
    assert "warning[no-base-config]" in said.err


def test_two_configurations_at_the_base_cannot_be_used(run: Run) -> None:
    write("zsync.yaml", CONFIG)
    commit()
    subprocess.run(["git", "add", "zsync.yaml"], check=True)
    subprocess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=a@acme.example", "commit", "-q", "-m", "Two"],
        check=True,
    )
    Path("zsync.yaml").unlink()
    wants(7)
    said = planned(run)
    assert (said.code, "cannot be used" in said.out) == (5, True)


def test_what_was_protected_at_the_base_asks_for_the_name(run: Run) -> None:
    commit(CONFIG.replace("guards:", "protected: true\n    waves: ['1', rest]\n    guards:"))
    wants(7)
    write(FILE, CONFIG)
    assert planned(run).code == 0
    assert held().base[:2] == (True, ("1", "rest"))
    refused = run("apply", "plan.json")
    assert (refused.code, "is protected" in refused.err) == (64, True)
    made = held()
    alter(base=made.base._replace(protected=False, waves=()))
    assert run("apply", "plan.json").code == 64
    assert run("apply", "plan.json", "--confirm", "production").code == 0


def test_a_guard_of_the_base_can_be_set_aside_aloud(run: Run) -> None:
    commit()
    weaker("version: 1\nenvironments: {production: {}}\n")
    assert planned(run, "--override", "max_deletes", "--reason", "the fair is over").code == 0
    assert run("apply", "plan.json").code == 0


def test_a_rehearsal_is_held_by_the_base_too(run: Run) -> None:
    commit()
    weaker(CONFIG.replace("1}", "5}"))
    said = run("rehearse", "--base", "main")
    assert (said.code, "by itself first" in said.err) == (5, True)


def test_a_branch_shows_nobody_whom_the_base_masks(run: Run) -> None:
    masked = CONFIG + "personal: {fields: {Member_Status: mask}}\n"
    commit(masked)
    wants(7)
    write(FILE, masked.replace("mask", "show"))
    said = planned(run, "--redact", "--format", "text", "--format", "markdown=plan.md")
    assert said.code == 0
    assert "personal.fields.Member_Status  mask → show" in said.out
    assert "Sent" not in said.out + Path("plan.md").read_text()
    assert "Sent" in run("plan", "--no-base", "--redact").out


FROZEN = CONFIG.replace("max_deletes: 1", "freeze: [{from: 2027-03-02, to: 2027-03-05, reason: Fair}]")
BEFORE, WITHIN, AFTER = "1803891600", "1804064400", "1804410000"
"""1 March 2027, 3 March, and 7 March."""


def held() -> Plan:
    return load_plan(Path("plan.json").read_text())


def alter(**other: Any) -> None:
    """Somebody changes what the plan says of its base, and seals it anew."""
    made = held()
    Path("plan.json").write_text(dump_plan(sealed(replace(made, **other))))


@pytest.fixture
def frozen(run: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A plan of before the freeze, which the base has and the branch takes out; now it is within it."""
    commit(FROZEN)
    weaker(FROZEN.replace("2027", "2028"))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", BEFORE)
    assert planned(run).code == 0
    monkeypatch.setenv("SOURCE_DATE_EPOCH", WITHIN)
    return run


def test_a_freeze_of_the_base_is_asked_again_when_a_plan_is_applied(
    frozen: Run, crm: RunningCrm, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = frozen("apply", "plan.json")
    assert (said.code, "no writes from 2027-03-02" in said.err, "by itself first" in said.err) == (
        5,
        True,
        True,
    )
    assert len(crm.rows(LIST)) == 8
    monkeypatch.setenv("SOURCE_DATE_EPOCH", AFTER)
    assert frozen("apply", "plan.json").code == 0


def test_a_freeze_of_the_base_that_has_ended_since_does_not_stand_in_the_way(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(FROZEN)
    weaker("version: 1\nenvironments: {production: {}}\n")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", WITHIN)
    assert planned(run).code == 5
    monkeypatch.setenv("SOURCE_DATE_EPOCH", AFTER)
    assert run("apply", "plan.json").code == 0


def test_credits_that_the_base_leaves_to_others_are_counted_when_a_plan_is_applied(
    crm: RunningCrm, run: Run
) -> None:
    kept = CONFIG.replace("max_deletes: 1", "credits: {keep: 1000, daily: 50000}")
    commit(kept)
    weaker(kept.replace("keep: 1000", "keep: 1"))
    assert planned(run).code == 0
    crm.switch(spent_credits=49_500)
    said = run("apply", "plan.json")
    assert (said.code, "1,000 credits stay" in said.err, len(crm.rows(LIST))) == (5, True, 8)


def test_where_the_commit_of_the_base_is_unknown_the_plan_itself_holds_its_guards(frozen: Run) -> None:
    subprocess.run(["rm", "-rf", ".git"], check=True)
    subprocess.run(["git", "init", "-q"], check=True)
    said = frozen("apply", "plan.json")
    assert (said.code, "no writes from 2027-03-02" in said.err) == (5, True)
    assert "which is not in this repository: what its zsync.yaml said is taken from the plan" in said.err


def test_a_plan_whose_base_is_unknown_is_applied_and_says_so(run: Run) -> None:
    commit()
    wants(7)
    assert planned(run).code == 0
    subprocess.run(["rm", "-rf", ".git"], check=True)
    subprocess.run(["git", "init", "-q"], check=True)
    said = run("apply", "plan.json")
    assert (said.code, f"the commit {held().binding.base.commit[:7]}, which is not in" in said.err) == (
        0,
        True,
    )


def test_a_plan_that_says_less_of_its_base_than_git_does_not_hide_its_guards(frozen: Run) -> None:
    made = held()
    alter(base=made.base._replace(configuration=""))
    assert frozen("apply", "plan.json").code == 5


@pytest.mark.parametrize("git", [True, False])
def test_a_plan_whose_base_is_another_file_than_it_is_bound_to_was_altered(frozen: Run, *, git: bool) -> None:
    made, other = held(), "version: 1\n"
    bound = made.binding.base.configuration
    assert bound
    if git:
        alter(
            binding=replace(
                made.binding, base=BaseCommit(made.binding.base.commit, bound._replace(path="b.yaml"))
            )
        )
    else:
        subprocess.run(["rm", "-rf", ".git"], check=True)
        subprocess.run(["git", "init", "-q"], check=True)
        alter(base=made.base._replace(configuration=other))
    said = frozen("apply", "plan.json")
    assert (said.code, "the plan was altered: it was judged against" in said.err) == (6, True)


def test_a_branch_shows_nobody_whom_the_base_masks_when_its_plan_is_applied(run: Run) -> None:
    masked = CONFIG + "personal: {fields: {Member_Status: mask}}\n"
    commit(masked)
    wants(7)
    write(FILE, masked.replace("mask", "show"))
    assert planned(run).code == 0
    shown = run("show", "plan.json", "--redact", "--full").out
    done = run("apply", "plan.json", "--redact", "--full", "--format", "text", "--format", "json=r.json")
    assert done.code == 0
    assert "Sent" not in shown + done.out + Path("r.json").read_text()


@pytest.mark.parametrize("instead", ["a link", "a folder below"])
def test_nobody_gets_past_the_bases_guards_by_putting_something_in_its_folders_place(
    run: Run, instead: str
) -> None:
    commit()
    wants(2)
    other = "other/" if instead == "a link" else "relations/below/"
    write(f"{other}zsync.yaml", "version: 1\nenvironments: {production: {}}\n")
    Path("relations/spring.yaml").rename(f"{other}spring.yaml")
    if instead == "a link":
        shutil.rmtree("relations")
        Path("relations").symlink_to("other")
    else:
        Path(FILE).unlink()
    said = planned(run)
    assert (said.code, "max_deletes" in said.err) == (5, True)


def pushed(before: str, ref: str = "refs/heads/main", name: str = "push") -> dict[str, str]:
    """What GitHub tells a job of a push."""
    event = {"before": before, "ref": ref, "repository": {"default_branch": "main"}}
    Path("event.json").write_text(json.dumps(event))
    return {"GITHUB_EVENT_NAME": name, "GITHUB_EVENT_PATH": "event.json"}


def on_gitlab(before: str, branch: str = "main", source: str = "push") -> dict[str, str]:
    return {
        "CI_PIPELINE_SOURCE": source,
        "CI_COMMIT_BEFORE_SHA": before,
        "CI_COMMIT_BRANCH": branch,
        "CI_DEFAULT_BRANCH": "main",
    }


def merged() -> str:
    """A merge that takes leads out and loosens the guard; the commit before it comes back."""
    commit()
    before = git("rev-parse", "HEAD")
    weaker(CONFIG.replace("1}", "5}"))
    git("commit", "-q", "-a", "-m", "Weaker")
    return before


def git(*words: str) -> str:
    who = ("-c", "user.name=a", "-c", "user.email=a@acme.example")
    return subprocess.run(["git", *who, *words], check=True, capture_output=True, text=True).stdout.strip()


@pytest.mark.parametrize("said", [pushed, on_gitlab])
def test_an_apply_that_plans_for_a_push_is_held_by_what_was_there_before(
    crm: RunningCrm, run: Run, said: Callable[[str], dict[str, str]]
) -> None:
    ci = said(merged())
    done = run("apply", "--auto-approve", **ci)
    assert (done.code, "by itself first" in done.err, len(crm.rows(LIST))) == (5, True, 8)
    assert run("plan", **ci).code == 5
    assert run("plan", "--base", "HEAD", **ci).code == 0


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (pushed, ("0" * 40,)),
        (pushed, ("f" * 40, "refs/heads/topic")),
        (pushed, ("f" * 40, "refs/heads/main", "workflow_dispatch")),
        (on_gitlab, ("0" * 40,)),
        (on_gitlab, ("f" * 40, "topic")),
        (on_gitlab, ("f" * 40, "main", "schedule")),
    ],
)
def test_of_other_pushes_nothing_is_believed(
    run: Run, said: Callable[..., dict[str, str]], words: tuple[str, ...]
) -> None:
    merged()
    assert run("plan", **said(*words)).code == 0


@pytest.mark.parametrize(
    ("event", "why"),
    [
        ("{", "no JSON"),
        ("[]", "no event of GitHub"),
        ('{"repository": 5}', "no event of GitHub"),
        ('{"ref": "refs/heads/main", "repository": {"default_branch": "main"}}', "names no commit before"),
        (None, "No such file"),
    ],
)
def test_a_push_that_nothing_tells_of_needs_a_base_by_name(run: Run, event: str | None, why: str) -> None:
    merged()
    if event is not None:
        Path("event.json").write_text(event)
    ci = {"GITHUB_EVENT_NAME": "push", "GITHUB_EVENT_PATH": "event.json"}
    done = run("apply", "--auto-approve", **ci)
    assert (done.code, "nothing tells what it changed" in done.err, "--no-base" in done.err) == (
        64,
        True,
        True,
    )
    assert why in done.err or why == "no JSON"
    assert run("plan", "--no-base", **ci).code == 0


def test_a_push_whose_commit_before_is_not_here_needs_the_history(run: Run) -> None:
    merged()
    done = run("apply", "--auto-approve", **pushed("f" * 40))
    assert (done.code, "fetch-depth: 0" in done.err) == (64, True)


def branch() -> None:
    """A branch that loosens the guard, of a repository that has a remote."""
    git("update-ref", "refs/remotes/origin/main", "main")
    git("remote", "add", "origin", "/nowhere")
    git("checkout", "-q", "-b", "topic")


def test_at_a_terminal_an_apply_that_plans_is_held_by_what_main_says(crm: RunningCrm, run: Run) -> None:
    commit()
    branch()
    weaker(CONFIG.replace("1}", "5}"))
    git("commit", "-q", "-a", "-m", "Weaker")
    done = run("apply", "--auto-approve")
    assert (done.code, "by itself first" in done.err, len(crm.rows(LIST))) == (5, True, 8)
    assert run("apply", "--auto-approve", "--no-base").code == 0


def undone(run: Run) -> None:
    """Two leads are in the list by a run, which an undo would take out."""
    commit(CONFIG.replace("1}", "5}"))
    wants(6)
    assert run("apply", "--auto-approve").code == 0
    wants(8)
    assert run("apply", "--auto-approve").code == 0
    write(FILE, CONFIG)
    git("commit", "-q", "-a", "-m", "Stricter")


def test_an_undo_is_held_by_what_main_says(run: Run) -> None:
    undone(run)
    branch()
    write(FILE, CONFIG.replace("1}", "5}"))
    done = run("undo", "last", "--out", "plan.json")
    assert (done.code, "main:relations/zsync.yaml" in done.out) == (5, True)
    assert "guards of main at" in done.out.lower()
    assert run("apply", "plan.json").code == 5
    assert run("undo", "last", "--base", "main~1", "--out", "plan.json").code == 0
    assert run("apply", "plan.json").code == 0


def test_an_undo_without_a_base_is_held_by_todays_guards(run: Run) -> None:
    undone(run)
    assert run("undo", "last").code == 5
    write(FILE, CONFIG.replace("1}", "5}"))
    assert run("undo", "last", "--no-base").code == 0


def test_a_run_goes_on_under_the_guards_of_its_plans_base(
    crm: RunningCrm, frozen: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", BEFORE)
    crm.add_faults([{"on": "DELETE /**", "code": "AUTHENTICATION_FAILURE", "status": 401, "times": "always"}])
    assert frozen("apply", "plan.json").code == 8
    crm.clear_faults()
    monkeypatch.setenv("SOURCE_DATE_EPOCH", WITHIN)
    done = frozen("resume", "last", "--auto-approve")
    assert (done.code, "no writes from 2027-03-02" in done.err, len(crm.rows(LIST))) == (5, True, 8)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", AFTER)
    assert frozen("resume", "last", "--auto-approve").code == 0


def test_credits_that_the_base_reserves_stay_reserved(crm: RunningCrm, run: Run) -> None:
    commit(CONFIG.replace("guards:", "credit_reserve: 1000\n    guards:"))
    weaker(CONFIG.replace("1}", "5}").replace("guards:", "credit_reserve: 1\n    guards:"))
    crm.switch(spent_credits=49_500)
    said = planned(run)
    assert (said.code, "reserve" in said.err) == (8, True)
    assert run("plan", "--no-base").code == 0
