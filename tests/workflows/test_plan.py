"""What a pull request gets: one comment, annotations, a summary, an artifact; and what one from a fork does not."""

import re
from pathlib import Path

import pytest

from tests.render import plans
from tests.workflows.actions import git
from tests.workflows.conftest import CONFIG, LIST, MANIFEST, NewProject, Project, program, shell
from tests.workflows.hub import REPOSITORY
from tests.workflows.runner import Result
from zsync.files.plan import dump_plan, seal
from zsync.planning.packing import pack
from zsync.review.names import slug

SENT = {"spring.yaml": MANIFEST.replace("Planned", "Sent")}
# A plan that was saved, in the formats that are asked for.
SHOWN = """words=()
while [ $# -gt 0 ]; do
  case "$1" in --format) words+=("$1" "$2"); shift ;; esac
  shift
done
exec '{real}' -I -m zsync show '{saved}' "${{words[@]}}\""""
MORE = {"spring.yaml": MANIFEST + "      - {Email: cy@acme.example, Member_Status: Sent}\n"}


def test_the_comment_and_the_summary_say_the_same_and_the_artifact_holds_all_forms(project: Project) -> None:
    pull = project.pull(SENT)
    planned = project.plan(pull)["plan"]
    (comment,) = project.hub.comments(pull.number)
    assert planned.summary.strip() in comment
    kept = {one.name for one in project.kept("zsync-plan").iterdir()}
    assert {"plan.json", "plan.md", "plan.html", "comment.md", "log.txt"} <= kept


def test_a_change_is_annotated_on_its_line(project: Project) -> None:
    total, told = project.plan(project.pull(SENT))["plan"].annotations
    assert (total.level, total.file) == ("notice", "")
    assert (told.level, told.file, told.line) == ("notice", "relations/spring.yaml", "10")


def test_a_later_commit_changes_that_comment_though_many_others_came_between(project: Project) -> None:
    pull = project.pull(SENT)
    project.plan(pull)
    for number in range(40):
        project.hub.comment(pull.number, f"Remark {number}", "ana")
    later = project.push(pull, MORE)
    project.plan(later)
    (ours,) = [one for one in project.hub.comments(pull.number) if "zsync plan" in one]
    assert ours.startswith(f"<!-- zsync plan {slug('production', [])} head={later.head} artifact=")
    assert "1 to create" in ours


def test_a_comment_of_somebody_elses_is_never_taken_for_ours(project: Project) -> None:
    pull = project.pull(SENT)
    project.hub.comment(pull.number, "<!-- zsync plan production head=0 -->", "ana")
    project.plan(pull)
    assert len(project.hub.comments(pull.number)) == 2


def test_what_the_branch_changes_is_told_apart_from_drift(project: Project) -> None:
    project.crm.link(LIST, {"id": "301", "Member_Status": "Opted Out"})
    pull = project.pull(SENT)
    outputs = project.plan(pull, only="change\ndrift")["plan"].outputs
    assert "2 to update, 1 of them drift" in project.hub.comments(pull.number)[0]
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", outputs["digest"])


def test_drift_is_left_alone_and_counted_with_what_puts_it_right(project: Project) -> None:
    project.crm.link(LIST, {"id": "301", "Member_Status": "Opted Out"})
    pull = project.pull(SENT)
    project.plan(pull)
    (comment,) = project.hub.comments(pull.number)
    assert "### zsync: 1 to update" in comment
    assert "only change: 1 row that the CRM alone moved is left alone." in comment
    assert "--only drift, in CI in a run that you start by hand" in comment


def test_a_row_that_the_branch_removes_is_planned_as_a_delete(project: Project) -> None:
    pull = project.pull({"spring.yaml": "".join(MANIFEST.splitlines(keepends=True)[:-1])})
    project.plan(pull)
    assert "### zsync: 1 to delete" in project.hub.comments(pull.number)[0]


def test_what_is_wrong_in_a_manifest_is_a_table_in_the_comment_and_marks_its_line(project: Project) -> None:
    pull = project.pull({"spring.yaml": MANIFEST.replace("key:", "kye:")})
    planned = project.plan(pull)
    assert (planned["plan"].result, planned["comment"].result) == ("failure", "success")
    (comment,) = project.hub.comments(pull.number)
    assert "### zsync plan: " in comment
    assert "#### `relations/spring.yaml`" in comment
    assert "| **error** `unknown-key` | `7:5` |" in comment
    assert planned["plan"].summary.strip() in comment
    first, *_, last = planned["plan"].annotations
    assert (first.level, first.file, first.line) == ("error", "relations/spring.yaml", "7")
    assert last.message == "zsync plan ended with exit code 4"


def test_what_only_the_crm_can_tell_marks_its_line_as_well(project: Project) -> None:
    pull = project.pull({"spring.yaml": MANIFEST.replace("bo@", "nobody@")})
    planned = project.plan(pull)["plan"]
    first, last = planned.annotations
    assert (first.level, first.file, first.line) == ("error", "relations/spring.yaml", "10")
    assert last.message == "zsync plan ended with exit code 4"
    assert "`not-found`" in project.hub.comments(pull.number)[0]


def test_a_main_branch_that_is_broken_does_not_keep_its_mending_from_being_planned(project: Project) -> None:
    git(project.origin, "checkout", "--quiet", "main")
    project.commit({"spring.yaml": MANIFEST.replace("key:", "kye:")})
    pull = project.pull(SENT)
    planned = project.plan(pull)["plan"]
    (comment,) = project.hub.comments(pull.number)
    # It is compared with the commit that was applied last, which is sound.
    assert (planned.result, "### zsync: 1 to update" in comment) == ("success", True)


def test_a_crm_that_cannot_be_reached_fails_the_plan_and_is_told(project: Project) -> None:
    pull = project.pull(SENT)
    project.crm.refuse_next("OAUTH_SCOPE_MISMATCH", 50)
    planned = project.plan(pull)
    assert (planned["plan"].result, planned["plan"].outputs["digest"]) == ("failure", "")
    assert "### zsync plan: exit code 8" in project.hub.comments(pull.number)[0]


def test_a_fork_gets_validation_and_a_rehearsal_and_no_secret(project: Project) -> None:
    pull = project.pull(SENT, fork=True)
    planned = project.plan(pull)
    results = [planned[job].result for job in ("plan", "comment", "rehearse")]
    assert results == ["skipped", "skipped", "success"]
    assert project.crm.requests == []
    assert "nothing to fix" in project.validate(pull).log


def test_what_runs_for_a_fork_knows_no_secret(project: Project) -> None:
    program(project.tree / ".venv" / "bin" / "python", "env")
    log = project.plan(project.pull(SENT, fork=True))["rehearse"].log
    assert "RUNNER_TEMP=" in log
    secrets = set(project.crm.environment().values()) - {project.crm.url}
    assert [one for one in secrets if one in log] == []


def test_a_forks_summary_says_what_its_branch_changes_and_what_became_of_it(project: Project) -> None:
    edits = {"spring.yaml": MANIFEST.replace("Planned", "Sent") + "      - {Email: new@acme.example}\n"}
    done = project.plan(project.pull(edits, fork=True))["rehearse"]
    assert done.summary.startswith("## Rehearsal on the bundled CRM\n\nNothing was sent to an org.")
    assert "### zsync: 1 to update, 1 to create" in done.summary
    assert "`rehearsal of production`" in done.summary
    assert "### zsync: all applied (2 changes)" in done.summary
    assert "The bundled CRM held what the base's manifests say" in done.summary
    assert [(one.file, one.line) for one in done.annotations if one.file] == [
        ("relations/spring.yaml", "10"),
        ("relations/spring.yaml", "11"),
    ]


def test_a_fork_is_rehearsed_with_the_guards(project: Project) -> None:
    edits = {**SENT, "zsync.yaml": CONFIG + "guards: {max_updates: 0}\n"}
    done = project.plan(project.pull(edits, fork=True))["rehearse"]
    assert (done.result, "zsync rehearse ended with exit code 5" in done.errors) == ("failure", True)
    assert "max_updates" in done.summary
    assert "nothing was rehearsed, for the plan is refused" in done.summary


def test_what_is_wrong_in_a_forks_manifest_is_told(project: Project) -> None:
    pull = project.pull({"spring.yaml": MANIFEST.replace("key:", "kye:")}, fork=True)
    done = project.plan(pull)["rehearse"]
    assert done.result == "failure"
    assert "### zsync rehearse: 1 error\n" in done.summary


def test_a_fork_is_rehearsed_on_a_snapshot_that_the_repository_holds(project: Project) -> None:
    project.crm.link(LIST, {"id": "301", "Member_Status": "Opted Out"})
    shell(project, "zsync plan relations -e production --snapshot snapshot.json")
    project.commit({})
    done = project.plan(project.pull(SENT, fork=True), snapshot="snapshot.json", only="change\ndrift")[
        "rehearse"
    ]
    assert "### zsync: 2 to update, 1 of them drift" in done.summary
    assert "The bundled CRM held what the snapshot says" in done.summary
    assert "what production held at" in done.log


def test_manifests_are_validated_and_their_form_is_checked(project: Project) -> None:
    assert project.validate(project.pull(SENT)).result == "success"


def test_a_form_that_is_not_the_canonical_one_fails_the_check(project: Project) -> None:
    pull = project.pull({"spring.yaml": MANIFEST.replace('"501"', "501")})
    validated = project.validate(pull)
    first, last = validated.annotations
    assert validated.result == "failure"
    assert (first.level, first.file, first.line) == ("error", "relations/spring.yaml", "4")
    assert last.message == "zsync fmt ended with exit code 4"
    assert "### zsync fmt: 1 error\n" in validated.summary


def test_what_is_not_valid_is_marked_on_its_line_and_told_in_the_summary(project: Project) -> None:
    validated = project.validate(project.pull({"spring.yaml": MANIFEST.replace("key:", "kye:")}))
    first = validated.annotations[0]
    assert (first.level, first.file, first.line) == ("error", "relations/spring.yaml", "7")
    assert "### zsync validate: " in validated.summary
    assert "| **error** `unknown-key` | `7:5` |" in validated.summary


def test_two_environments_have_a_comment_each(project: Project) -> None:
    pull = project.pull({**SENT, "zsync.yaml": "version: 1\nenvironments:\n  eu: {}\n  us: {}\n"})
    for one in ("eu", "us", "eu"):
        project.plan(pull, environment=one)
    assert [text.split()[3] for text in project.hub.comments(pull.number)] == [slug("eu", []), slug("us", [])]


@pytest.mark.parametrize("length", [64_900, 65_400, 70_000])
def test_a_comment_that_would_be_too_long_keeps_its_totals_and_links_to_the_rest(
    project: Project, tmp_path: Path, length: int
) -> None:
    pull = project.pull(SENT)
    text = tmp_path / "comment.md"
    text.write_text(("### zsync: many to create\n\n| a |\n| --- |\n" + "é" * length)[:length], "utf-8")
    run = project.planning(pull)
    run.jobs = ("comment",)
    project.hub.upload("kept", [(text, "comment.md")], run.id)
    outputs = {"artifact-url": "https://github.example/page", "artifact-name": "kept", "slug": "s"}
    run.calls[""].results["plan"] = Result(outputs=outputs)
    done = run()["comment"]
    (comment,) = project.hub.comments(pull.number)
    assert (done.result, "### zsync: many to create" in comment) == ("success", True)
    assert "](https://github.example/page)" in comment
    assert ("| a |" in comment) is (length == 64_900)


def test_a_plan_that_left_nothing_behind_is_told_as_well(project: Project) -> None:
    pull = project.pull(SENT)
    run = project.planning(pull)
    run.jobs = ("comment",)
    run.calls[""].results["plan"] = Result("failure")
    assert run()["comment"].result == "success"
    (comment,) = project.hub.comments(pull.number)
    assert "no plan could be made" in comment
    assert f"https://github.example/{REPOSITORY}/actions/runs/" in comment


def test_a_thousand_changes_are_planned_and_fit(new_project: NewProject) -> None:
    people = [
        {"id": str(1000 + n), "Last_Name": f"Lead {n}", "Email": f"lead{n}@acme.example"} for n in range(1000)
    ]
    world = {"records": {"Campaigns": [{"id": "501", "Campaign_Name": "Spring"}], "Leads": people}}
    head = MANIFEST[: MANIFEST.index("      - ")]
    project = new_project(
        world, {"zsync.yaml": CONFIG, "spring.yaml": head + "      - {Email: lead0@acme.example}\n"}
    )
    pull = project.pull(
        {"spring.yaml": head + "".join(f"      - {{Email: {one['Email']}}}\n" for one in people)}
    )
    assert project.plan(pull)["comment"].result == "success"
    assert "### zsync: 999 to create" in project.hub.comments(pull.number)[0]


@pytest.mark.parametrize(
    ("number", "lists"),
    [
        (3_000, 400),
        *(
            pytest.param(*case, marks=pytest.mark.nightly)
            for case in ((3_000, 3), (15_000, 3), (15_000, 400))
        ),
    ],
)
def test_a_comment_that_had_to_be_shortened_begins_with_the_totals_and_says_where_all_of_it_is(
    project: Project, number: int, lists: int
) -> None:
    huge = plans.huge(number, lists)
    saved = project.folder / "huge.json"
    saved.write_text(dump_plan(seal(huge.binding, huge.summary, huge.changes, pack(huge.changes), huge.cost)))
    python = project.tree / ".venv" / "bin" / "python"
    python.rename(python.with_name("real"))
    program(python, SHOWN.format(real=python.with_name("real"), saved=saved))
    pull = project.pull(SENT)
    assert project.plan(pull)["comment"].result == "success"
    (comment,) = project.hub.comments(pull.number)
    each = f"{number // 3:,}"
    assert comment.splitlines()[2] == f"### zsync: {each} to delete, {each} to update, {each} to create"
    assert len(comment) <= 65_536
    assert re.search(
        r"Shortened .*\(https://github.example/acme/[\w-]+/actions/runs/\d+#artifacts\)", comment
    )
    assert comment.count("| `-` delete |") >= 50


def test_the_first_manifest_of_a_repository_is_planned(new_project: NewProject) -> None:
    project = new_project(edits={"zsync.yaml": CONFIG})
    assert project.plan(project.pull(SENT))["plan"].result == "success"


def test_the_base_is_fetched_with_the_history(project: Project) -> None:
    pull = project.pull(SENT)
    git(project.origin, "checkout", "--quiet", "main")
    project.commit({"spring.yaml": MANIFEST})
    assert project.plan(pull)["plan"].result == "success"


def test_the_comment_begins_with_what_the_branch_changes_in_the_configuration(project: Project) -> None:
    nested = "version: 1\nenvironments:\n  production: {type: sandbox, protected: false}\n"
    pull = project.pull(
        {**SENT, "zsync.yaml": CONFIG.replace("type: sandbox", ""), "deep/zsync.yaml": nested}
    )
    planned = project.plan(pull)["plan"]
    (comment,) = project.hub.comments(pull.number)
    first, second = comment.index("> [!WARNING]"), comment.index("### zsync")
    assert first < second
    loosened = "**Loosens a guard once merged:** `environments.production.type` `sandbox` → (not set)"
    assert loosened in comment[first:second]
    assert "| `relations/deep/zsync.yaml` | `no file` | `a new file` |" in comment[first:second]
    assert comment[first:second].strip() in planned.summary


def test_the_comment_of_a_plan_shows_that_before_its_rows_and_once(project: Project) -> None:
    pull = project.pull({**SENT, "zsync.yaml": CONFIG.replace("type: sandbox", "concurrency: 9")})
    project.plan(pull)
    (comment,) = project.hub.comments(pull.number)
    assert comment.count("This branch changes what zsync may do") == 1
    assert comment.count("Loosens a guard once merged") == 1
    shown = "| `environments.production.concurrency` | (not set) | `9` |"
    assert comment.index("Loosens") < comment.index(shown) < comment.index("| Change |")


def test_a_guard_that_the_branch_tightens_is_told_without_an_alert(project: Project) -> None:
    pull = project.pull({**SENT, "zsync.yaml": CONFIG + "guards: {max_deletes: 20%}\n"})
    project.plan(pull)
    (comment,) = project.hub.comments(pull.number)
    assert ("Tightens: `guards.max_deletes` (not set) → `20%`" in comment, "[!" in comment) == (True, False)


def test_a_branch_that_leaves_the_configuration_alone_has_no_such_alert(project: Project) -> None:
    pull = project.pull(SENT)
    project.plan(pull)
    assert "[!WARNING]" not in project.hub.comments(pull.number)[0]


def test_a_plan_that_would_cost_too_many_reads_ends_before_it_is_made(project: Project) -> None:
    pull = project.pull(SENT)
    planned = project.plan(pull, **{"max-reads": "1"})["plan"]
    assert (planned.result, planned.outputs["digest"]) == ("failure", "")
    assert "exit code 5" in project.hub.comments(pull.number)[0]
    assert project.plan(pull)["plan"].result == "success"
