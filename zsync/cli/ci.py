"""`zsync ci`: what workflows and other CI call. Declared here; `zsync.review` thinks."""

import os
from pathlib import Path

import click

from zsync.cli.command import Family, Section, command
from zsync.cli.invocation import Invocation
from zsync.cli.options import ENVIRONMENT, FILE
from zsync.errors import UsageError

_FLAGS = {"reads": "max-reads"}
_COMMANDS = ("validate", "fmt", "plan", "rehearse", "drift", "apply")
_ONLY_FOR = {
    "base": ("plan", "rehearse", "drift"),
    "only": ("plan", "rehearse"),
    "reads": ("plan", "drift"),
    "snapshot": ("rehearse",),
    "plan": ("apply",),
    "digest": ("apply",),
    "confirm": ("apply",),
}
"""Option → the commands that take it."""


def _text(name: str, metavar: str, meaning: str, variable: str | None = None) -> click.Option:
    """An option that a workflow may give an empty text; '' where neither it nor its variable is given."""
    told = f"{meaning} [${variable}]" if variable else meaning
    return click.Option([name], envvar=variable, default="", metavar=metavar, help=told)


_LINES = click.Option(["--paths", "lines"], default="", metavar="TEXT", help="more paths, one a line")
_READS = click.Option(
    ["--max-reads", "reads"],
    envvar="ZSYNC_MAX_READS",
    default="",
    metavar="N",
    help="plan, drift: refuse a plan that takes more reads [$ZSYNC_MAX_READS]",
)
_SLUG = _text("--slug", "SLUG", "what the run was about, as `zsync ci run` put it out")
_ABOUT = Section("What it is about", (ENVIRONMENT, _LINES, _SLUG))
_FOLDER = click.Argument(["folder"], type=FILE)
_NUMBER = click.Option(
    ["--number"], type=click.IntRange(1), required=True, metavar="N", help="the pull request"
)
_GITHUB = {1: "GitHub unreachable", 4: "fix a file", 8: "access", 64: "usage"}


@click.group(cls=Family, short_help="what workflows call")
def ci() -> None:
    """What workflows and other CI call: zsync's commands with all their files, and what happens around a review.

    Nothing in the folder that it is called in is run, and no plan in it is believed: a pull request may have written it.
    """


@command(
    click.Argument(["name"], type=click.Choice(_COMMANDS), metavar="COMMAND"),
    click.Argument(["paths"], nargs=-1, metavar="[PATH]..."),
    Section(
        "What to run",
        (
            ENVIRONMENT,
            _LINES,
            _text(
                "--base",
                "REF",
                "plan, rehearse, drift: commit to compare with; all zeros is none",
                "ZSYNC_BASE",
            ),
            _text("--only", "SELECTOR", "plan, rehearse: narrow the plan"),
            _READS,
            _text("--snapshot", "FILE", "rehearse: what to begin with"),
            _text("--plan", "FILE", "apply: the plan that was reviewed"),
            _text("--digest", "D", "apply: its digest, as the review names it", "ZSYNC_DIGEST"),
            _text("--confirm", "NAME", "apply: name of a protected environment", "ZSYNC_CONFIRM"),
        ),
    ),
    Section(
        "What to keep",
        (
            _text(
                "--folder",
                "DIR",
                "for all files; emptied first [zsync-COMMAND, on GitHub $RUNNER_TEMP/zsync/COMMAND]",
            ),
            _text("--artifact", "NAME", "on GitHub, how the artifact's name begins"),
        ),
    ),
    exits={
        0: "done, plans with changes included, and drift on GitHub",
        1: "CRM unreachable",
        2: "drift",
        3: "applied in part",
        4: "fix a file",
        5: "a guard refused",
        6: "plan expired, altered or another one",
        7: "another run is under way",
        8: "access",
        64: "usage",
        130: "interrupted",
    },
)
def run(
    call: Invocation,
    name: str,
    paths: tuple[str, ...],
    *,
    lines: str,
    folder: str,
    artifact: str,
    **given: str,
) -> int:
    """Run a command of zsync and leave all its files in a folder.

    COMMAND is validate, fmt, plan, rehearse, drift or apply. People read COMMAND.md, COMMAND.html, comment.md and log.txt; apply
    gets plan.json and, from digest.env, its digest; of an apply, report.json and the journal are left. On GitHub, lines are annotated,
    and the step gets its summary and outputs; elsewhere there is a junit.xml. No secret is in any of them.
    """
    from zsync.cli.ci_run import carry
    from zsync.review.jobs import Job
    from zsync.review.names import paths_of

    given |= {"confirm": call.confirm or ""}
    _check(name, given)
    temp = os.environ.get("RUNNER_TEMP")
    place = folder or (str(Path(temp, "zsync", name)) if temp else f"zsync-{name}")
    job = Job(
        command=name,
        folder=Path(place),
        paths=(*paths, *paths_of(lines)) if lines or not paths else paths,
        github=os.environ.get("GITHUB_ACTIONS") == "true",
        environment=call.environment,
        **given,
    )
    return carry(job, artifact, call.output)


@command(
    click.Argument(["plan"], type=FILE),
    Section("What it is about", (ENVIRONMENT, _LINES)),
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
def decide(call: Invocation, plan: Path, *, lines: str, folder: Path) -> int:
    """After a merge, decide whether the reviewed plan still holds.

    PLAN was made just now. The reviewed plan is the one that the merged pull request's comment names, or, where a run is started
    again, the one at which it stopped. It comes from GitHub alone, and has the digest that the comment names.
    """
    from zsync.cli.ci_github import decided
    from zsync.review.names import paths_of, slug

    return decided(plan, folder, slug(call.environment, paths_of(lines)), call.output)


@command(
    Section("What it is about", (_LINES,)),
    exits={0: "go on", **_GITHUB, 6: "the branch has gone on"},
)
def current(call: Invocation, *, lines: str) -> int:
    """Refuse to go on with a run that was started again for an older commit.

    It would write over newer ones, unless those change none of its paths, no zsync.yaml and no file of data.
    """
    from zsync.cli.ci_github import check_current

    return check_current(lines, call.output)


@command(
    Section(
        "What to ask for",
        (
            _text("--number", "N", "the pull request that was merged, if any"),
            _text("--deployment", "NAME", "GitHub's environment that the run was approved for"),
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
            _text("--head", "SHA", "the commit"),
            _text("--artifact-id", "N", "the artifact that holds the plan"),
            _text("--digest", "D", "the plan's digest"),
            _text("--page", "URL", "where people find the artifact"),
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
            _text("--verdict", "WORD", "what was decided: reviewed, ask or failed"),
            _text("--why", "TEXT", "why"),
            _text("--exit-code", "N", "how apply ended"),
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
        (_text("--reason", "WORD", "how drift ended: done closes the issue, changes opens it"),),
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


def _check(name: str, given: dict[str, str]) -> None:
    """Raises `UsageError` for an option that the command does not take, and where apply lacks its plan or the digest."""
    for option, commands in _ONLY_FOR.items():
        # Only what was typed counts: a workflow sets the variables for all its steps.
        typed = (
            click.get_current_context().get_parameter_source(option) == click.core.ParameterSource.COMMANDLINE
        )
        if typed and given[option] and name not in commands:
            raise UsageError(
                f"{name} does not take --{_FLAGS.get(option, option)}",
                help=f"It is for {' and '.join(commands)}.",
            )
    missing = [option for option in ("plan", "digest") if name == "apply" and not given[option]]
    if missing:
        raise UsageError(
            f"apply wants --{' and --'.join(missing)}",
            help="Both come from the review, the digest as ZSYNC_DIGEST too: a plan that nobody named by its digest is not applied. "
            "zsync 0.1.0 took the digest that lay beside the plan.",
        )


for _command in (run, current, decide, approved, comment, report, issue):
    ci.add_command(_command)
