"""What `zsync ci current`, `decide`, `comment`, `report` and `issue` do: ask GitHub, and write there."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from zsync.cli.ci_runner import attempt, link, needed, on_gitlab, put_out
from zsync.cli.disk import read_saved
from zsync.cli.output import Output
from zsync.errors import ForgeRefused, PlanRefused, UsageError
from zsync.render.escape import command_message, terminal
from zsync.review import comments, marker, names

if TYPE_CHECKING:
    from zsync.cli.invocation import Invocation
    from zsync.forge import GitHub
    from zsync.model import Plan
    from zsync.review.holding import Decision

_LABEL = "zsync-drift"
_BRANCH = "refs/heads/"
_OUTDATED = (
    "This run is of an older commit, and would write what that says over it, as zsync 0.1.0 did. Run the jobs of the newer commit's run again, or "
    "start this workflow by hand"
)
_SENTENCE = "Read the new plan in this run's summary; to apply it, run the failed jobs again"


def decided(plan: Path, folder: Path, about: str, unreported: str, output: Output) -> int:
    """Compare the plan of a file with the one that was reviewed, which is put into the folder; the exit code.

    `unreported` says why nobody knows where the last run ended: then only what a person said yes to counts as reviewed.
    """
    from zsync.cli.ci_reviewed import find
    from zsync.cli.session import now
    from zsync.files.fresh import fresh_folder
    from zsync.review.holding import decide

    fresh_folder(folder)
    by_hand = os.environ.get("GITHUB_EVENT_NAME") == "workflow_dispatch"
    with open_github() as github:
        # What was reviewed is what a merge brings. Who starts the workflow by hand sees first what it would do now.
        pull = None if by_hand else github.merged(needed("GITHUB_SHA"))
        put_out({"number": str(pull.number) if pull else "", "slug": about})
        fresh = _made(plan)
        if fresh is None:
            put_out({"verdict": "failed", "why": "no plan could be made"})
            return 0
        found = find(github, pull, about, int(needed("GITHUB_RUN_ID")), attempt(), folder)
    absent = "the run was started by hand" if by_hand else found.absent
    if unreported and not found.agreed:
        found, absent = found._replace(plan=None), unreported
    decision = decide(fresh, found.plan, now=now(), absent=absent)
    told = {"verdict": decision.verdict, "why": decision.why}
    put_out(told | _handed_on(decision, fresh, plan, found.file, about))
    output.result(f"zsync: {decision.verdict}: {decision.why}\n")
    if decision.verdict != "ask":
        return 0
    output.result(f"::error::Nothing was written: {decision.why}. {_SENTENCE}\n")
    return PlanRefused.exit_code


def _handed_on(decision: "Decision", fresh: "Plan", plan: Path, reviewed: Path, about: str) -> dict[str, str]:
    """What the jobs that follow need: the plan to apply, the one that is asked about, or the report that there is nothing to do."""
    from zsync.cli.ci_runner import leave
    from zsync.files.plan import dump_plan
    from zsync.files.writing import write_file
    from zsync.model import Report

    if decision.verdict == "nothing":
        return leave(Report(fresh, (), fresh.cost.reads, 0, 0.0), reviewed.with_name("report.json"))
    if decision.plan is None:
        return {"plan": str(plan), "artifact-name": names.artifact(names.ASKED, about, attempt())}
    write_file(reviewed, dump_plan(decision.plan))
    kept = names.artifact(names.REVIEWED, about, attempt())
    return {"digest": decision.plan.digest, "plan": str(reviewed), "artifact-name": kept}


def check_current(call: "Invocation", lines: str) -> int:
    """Refuse a run for a commit that its branch has left behind; the exit code.

    A first attempt waits its turn behind all that was merged before, unless GitHub starts runs in another order: then a newer
    commit has left its report already.
    """
    from zsync.cli.ci_kept import newer_reports

    if on_gitlab():
        return _check_pipeline(lines, call.output)
    branch = os.environ.get("GITHUB_REF", "")
    if not branch.startswith(_BRANCH):
        return 0  # a tag or a commit is named by whoever means that one
    commit, branch = needed("GITHUB_SHA"), branch.removeprefix(_BRANCH)
    with open_github() as github:
        about = names.slug(call.environment, names.paths_of(lines))
        tips = [branch] if attempt() > 1 else newer_reports(github, about, branch)
        why = next(filter(None, (_outdated(github, commit, branch, tip, lines) for tip in tips)), "")
    if not why:
        return 0
    put_out({"outdated": why})
    shown = " ".join(terminal(why).split())
    call.output.result(f"::error::Nothing was written: {shown}. {_OUTDATED}\n")
    return PlanRefused.exit_code


def _check_pipeline(lines: str, output: Output) -> int:
    """The same for a job of GitLab's, which has fetched its branch: any job of an older pipeline can be started at any time."""
    from zsync import git
    from zsync.review.newer import Newer, outdated

    branch = os.environ.get("CI_COMMIT_BRANCH", "")
    if not branch:
        return 0  # a tag
    found = git.compare(needed("CI_COMMIT_SHA"), f"refs/remotes/origin/{branch}", Path.cwd())
    newer = Newer(found.status, found.tip, found.files, whole=True)
    why = outdated(needed("CI_COMMIT_SHA"), branch, newer, lines)
    if not why:
        return 0
    output.talk(f"error: nothing was written: {terminal(why)}")
    output.talk(
        "  = help: Start the job in the pipeline of the newer commit; to go back on purpose, in one of a tag."
    )
    return PlanRefused.exit_code


def _outdated(github: "GitHub", commit: str, branch: str, tip: str, lines: str) -> str:
    """Why a run for a commit must not go on now that a branch is, or was, at its tip; empty where it may."""
    from zsync.review.newer import Newer, outdated

    found = github.compare(commit, tip)
    if tip != branch and found.status != "ahead":
        return ""  # a commit before this one, or one that was pushed away
    files = [name for each in found.files for name in (each.filename, each.previous_filename) if name]
    newest = found.commits[-1].sha if len(found.commits) == found.ahead_by > 0 else ""
    return outdated(commit, branch, Newer(found.status, newest, files), lines)


def tell_approvals(number: int, deployment: str, output: Output) -> None:
    """Put out who approved this run for one of GitHub's environments, and who merged; nothing hangs on it."""
    told = {"approved-by": "", "merged-by": ""}
    with open_github() as github:
        try:
            told["approved-by"] = " ".join(github.approved_by(int(needed("GITHUB_RUN_ID")), deployment))
            if number:
                told["merged-by"] = github.merged_by(number)
        except ForgeRefused as refused:
            output.talk(f"warning: the report will not say who approved: {terminal(str(refused))}")
    put_out(told)


def write_comment(folder: Path, number: int, what: comments.Planned | comments.Merged) -> None:
    """Write the comment of its kind anew, or make it."""
    text = what.text(_text(folder), link())
    with open_github() as github:
        # By the author and the first line: a comment of a person's that looks alike must not be overwritten.
        mine = [
            comment.id
            for comment in github.own_comments(number)
            if (comment.body or "").startswith(what.begins)
        ]
        if mine:
            github.edit_comment(mine[0], text)
        else:
            github.comment(number, text)


def write_issue(folder: Path, about: str, reason: str, readable: str) -> None:
    """Open the issue about drift, write it anew, or close it."""
    begins, run = marker.start("drift", about), link()
    with open_github() as github:
        found = github.own_issues(_LABEL)
        mine = next((issue.number for issue in found if (issue.body or "").startswith(begins)), 0)
        if reason == "done":
            if mine:
                github.comment(mine, f"The drift is gone: [run]({run}).")
                github.close_issue(mine)
            return
        text = comments.drift(about, _text(folder), run)
        if mine:
            github.edit_issue(mine, text)
        else:
            github.open_issue(comments.drift_title(readable), text, _LABEL)


def _made(path: Path) -> "Plan | None":
    """The plan that was made just now. None where there is none, or a guard refuses it: the step that made it has failed."""
    from zsync.files.plan import load_plan

    plan = load_plan(read_saved(path)) if path.exists() else None
    return None if plan is None or plan.refusals else plan


def _text(folder: Path) -> str:
    """The text for a comment that a command left; '' where it left none."""
    path = folder / "comment.md"
    return read_saved(path, "`zsync ci run` writes it.") if path.exists() else ""


@contextmanager
def open_github() -> "Iterator[GitHub]":
    """GitHub, with the job's token. Raises `UsageError` where this is no workflow; what GitHub refuses is on the run's page, too."""
    from zsync.cli.terminal import Terminal
    from zsync.forge import GitHub

    token = os.environ.get("GH_TOKEN") or os.environ.get("GITHUB_TOKEN")
    if not token:
        raise UsageError("$GH_TOKEN is not set", help="Give the step GH_TOKEN: ${{ github.token }}.")
    api = os.environ.get("GITHUB_API_URL") or "https://api.github.com"
    with GitHub(needed("GITHUB_REPOSITORY"), token, api) as github:
        try:
            yield github
        except ForgeRefused as refused:
            if os.environ.get("GITHUB_ACTIONS") == "true":
                told = command_message(" ".join(filter(None, (f"{refused}.", refused.help))))
                Terminal().result(f"::error title=zsync::{told}\n")
            raise
