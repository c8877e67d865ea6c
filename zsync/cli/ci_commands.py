"""What workflows call around a review: each command of `zsync ci` that asks GitHub, or writes there."""

from pathlib import Path

import click

from zsync.cli.command import Section, command
from zsync.cli.invocation import Invocation
from zsync.cli.options import ENVIRONMENT, FILE


def text_option(name: str, metavar: str, meaning: str, variable: str | None = None) -> click.Option:
    """An option that a workflow may give an empty text; '' where neither it nor its variable is given."""
    told = f"{meaning} [${variable}]" if variable else meaning
    return click.Option([name], envvar=variable, default="", metavar=metavar, help=told)


LINES = click.Option(["--paths", "lines"], default="", metavar="TEXT", help="more paths, one a line")
_SLUG = text_option("--slug", "SLUG", "what the run was about, as `zsync ci run` put it out")
_ABOUT = Section("What it is about", (ENVIRONMENT, LINES, _SLUG))
_FOLDER = click.Argument(["folder"], type=FILE)
_NUMBER = click.Option(
    ["--number"], type=click.IntRange(1), required=True, metavar="N", help="the pull request"
)
_GITHUB = {1: "GitHub unreachable", 4: "fix a file", 8: "access", 64: "usage"}


@command(
    click.Argument(["plan"], type=FILE),
    Section(
        "What it is about",
        (
            ENVIRONMENT,
            LINES,
            text_option(
                "--unreported", "WHY", "ask, whatever was reviewed: why `zsync ci base` found no report"
            ),
        ),
    ),
    Section(
        "What to keep",
        (
            click.Option(
                ["--folder"],
                type=FILE,
                required=True,
                metavar="DIR",
                help="for the reviewed plan; emptied first",
            ),
        ),
    ),
    exits={0: "decided", **_GITHUB, 6: "a person has to look at the new plan first"},
)
def decide(call: Invocation, plan: Path, *, lines: str, unreported: str, folder: Path) -> int:
    """After a merge, decide whether the reviewed plan still holds.

    PLAN was made just now. The reviewed plan is the one that the merged pull request's comment names, or, where a run is started
    again, the one at which it stopped. It comes from GitHub alone, and has the digest that the comment names. Where nothing is to be
    written, a report is left that says so.
    """
    from zsync.cli.ci_github import decided
    from zsync.review.names import paths_of, slug

    return decided(plan, folder, slug(call.environment, paths_of(lines)), unreported, call.output)


@command(
    Section(
        "What to compare with",
        (
            ENVIRONMENT,
            LINES,
            text_option("--before", "SHA", "the commit where no run left a report; zeros are none"),
        ),
    ),
    Section(
        "What to keep",
        (
            click.Option(
                ["--folder"], type=FILE, required=True, metavar="DIR", help="for the report; emptied first"
            ),
            click.Option(
                ["--kept"],
                envvar="ZSYNC_KEPT",
                default="zsync-apply=zsync-plan/apply/report.json\nzsync-plan=zsync-plan/report.json",
                metavar="TEXT",
                help="on GitLab: which jobs keep reports, JOB=PATH one a line [those of the template; $ZSYNC_KEPT]",
            ),
        ),
    ),
    exits={0: "found, or told why not", **_GITHUB},
)
def base(call: Invocation, *, before: str, lines: str, folder: Path, kept: str) -> None:
    """Find the commit that a plan in CI is to be compared with.

    It is the newest one of HEAD's history whose run on the main branch left a report. The outputs are `ref`, for --base of
    `zsync ci run`, `open`, the report, for --open, `guards`, for --guards-of, and `why`, which is empty unless there is no report.
    On GitLab, base.env in the folder holds them as ZSYNC_BASE, ZSYNC_OPEN and ZSYNC_GUARDS_OF; it needs ZSYNC_GITLAB_TOKEN.
    """
    from zsync.cli.ci_base import tell_base

    tell_base(call, lines, before, folder, kept)


@command(
    Section("What it is about", (ENVIRONMENT, LINES)),
    exits={0: "go on", **_GITHUB, 6: "the branch has gone on"},
)
def current(call: Invocation, *, lines: str) -> int:
    """Refuse to go on with a run for a commit that its branch has left behind.

    It would write over newer commits, unless those change none of its paths, no zsync.yaml and no file of data. In a first attempt
    only a newer commit that has left a report counts; in a run that was started again, the branch as it is now.
    """
    from zsync.cli.ci_github import check_current

    return check_current(call, lines)


@command(
    Section(
        "What to ask for",
        (
            text_option("--number", "N", "the pull request that was merged, if any"),
            text_option("--deployment", "NAME", "GitHub's environment that the run was approved for"),
        ),
    ),
    exits={0: "asked", **_GITHUB},
)
def approved(call: Invocation, *, number: str, deployment: str) -> None:
    """Find out who approved this run, and who merged.

    The outputs `approved-by` and `merged-by` are for the apply, as ZSYNC_APPROVED_BY and ZSYNC_MERGED_BY.
    """
    from zsync.cli.ci_github import tell_approvals

    tell_approvals(int(number) if number.isascii() and number.isdecimal() else 0, deployment, call.output)


@command(
    _FOLDER,
    Section(
        "What was planned",
        (
            _NUMBER,
            text_option("--head", "SHA", "the commit"),
            text_option("--artifact-id", "N", "the artifact that holds the plan"),
            text_option("--digest", "D", "the plan's digest"),
            text_option("--page", "URL", "where people find the artifact"),
        ),
    ),
    _ABOUT,
    exits={0: "written", **_GITHUB},
)
def comment(call: Invocation, folder: Path, *, number: int, lines: str, slug: str, **known: str) -> None:
    """Write or update the comment about a pull request's plan.

    FOLDER holds the files of `zsync ci run plan`. The comment's first line names the commit, the artifact and the digest: by
    that line `zsync ci decide` knows the reviewed plan.
    """
    from zsync.cli.ci_github import write_comment
    from zsync.review import comments, names

    about = slug or names.slug(call.environment, names.paths_of(lines))
    write_comment(folder, number, comments.Planned(about, **known))


@command(
    _FOLDER,
    Section(
        "What became of it",
        (
            _NUMBER,
            text_option("--verdict", "WORD", "what was decided: reviewed, ask or failed"),
            text_option("--why", "TEXT", "why"),
            text_option("--exit-code", "N", "how apply ended"),
        ),
    ),
    _ABOUT,
    exits={0: "written", **_GITHUB},
)
def report(call: Invocation, folder: Path, *, number: int, lines: str, slug: str, **known: str) -> None:
    """Write or update the comment about what a merge did.

    FOLDER holds the files of `zsync ci run apply`, or of `plan` where nothing was applied.
    """
    from zsync.cli.ci_github import write_comment
    from zsync.review import comments, names

    about = slug or names.slug(call.environment, names.paths_of(lines))
    write_comment(folder, number, comments.Merged(about, **known))


@command(
    _FOLDER,
    Section(
        "What was found",
        (text_option("--reason", "WORD", "how drift ended: done closes the issue, changes opens it"),),
    ),
    _ABOUT,
    exits={0: "written", **_GITHUB},
)
def issue(call: Invocation, folder: Path, *, reason: str, lines: str, slug: str) -> None:
    """Open, update or close the issue about drift.

    FOLDER holds the files of `zsync ci run drift`.
    """
    from zsync.cli.ci_github import write_issue
    from zsync.review import names

    paths = names.paths_of(lines)
    about = slug or names.slug(call.environment, paths)
    write_issue(folder, about, reason, names.readable(call.environment, paths))


@command(
    _FOLDER,
    Section(
        "What to make",
        (
            click.Option(
                ["--pull-request", "pull"], is_flag=True, help="open a pull request, or write its text anew"
            ),
        ),
    ),
    _ABOUT,
    exits={0: "made, or nothing to make", **_GITHUB},
)
def propose(call: Invocation, folder: Path, *, pull: bool, lines: str, slug: str) -> None:
    """Put what accept made on a branch, on top of the run's commit, and print the link to open a pull request.

    FOLDER holds the files of `zsync ci run accept`. The branch is made through GitHub's API with the token GH_TOKEN; one that somebody has gone
    on with stays as it is. A pull request of the job's own token starts no workflow: --pull-request wants another one.
    """
    from zsync.cli.ci_propose import propose as made
    from zsync.review import names

    paths = names.paths_of(lines)
    about = slug or names.slug(call.environment, paths)
    made(folder, about, names.readable(call.environment, paths), call.output, pull=pull)


COMMANDS = (base, current, decide, approved, comment, report, issue, propose)
"""In the order of the help."""
