"""`zsync ci`: what workflows and other CI call. Declared here; `zsync.review` thinks."""

import os
from pathlib import Path

import click

from zsync.cli.ci_commands import COMMANDS, LINES, text_option
from zsync.cli.command import Family, Section, command
from zsync.cli.invocation import Invocation
from zsync.cli.options import ENVIRONMENT
from zsync.errors import UsageError

_FLAGS = {"reads": "max-reads", "guards": "guards-of"}
_RUN = ("validate", "fmt", "plan", "rehearse", "drift", "accept", "apply")
_ONLY_FOR = {
    "base": ("plan", "rehearse", "drift", "accept"),
    "open": ("plan", "drift", "accept"),
    "guards": ("plan",),
    "only": ("plan", "rehearse", "drift", "accept"),
    "reads": ("plan", "drift", "accept"),
    "unmanaged": ("accept",),
    "conflicts": ("plan",),
    "reason": ("plan",),
    "snapshot": ("rehearse",),
    "plan": ("apply",),
    "digest": ("apply",),
    "confirm": ("apply",),
}
"""Option → the commands that take it."""


_READS = click.Option(
    ["--max-reads", "reads"],
    envvar="ZSYNC_MAX_READS",
    default="",
    metavar="N",
    help="plan, drift, accept: refuse a plan that takes more reads [$ZSYNC_MAX_READS]",
)


@click.group(cls=Family, short_help="what workflows call")
def ci() -> None:
    """What workflows and other CI call: zsync's commands with all their files, and what happens around a review.

    Nothing in the folder that it is called in is run, and no plan in it is believed: a pull request may have written it.
    """


@command(
    click.Argument(["name"], type=click.Choice(_RUN), metavar="COMMAND"),
    click.Argument(["paths"], nargs=-1, metavar="[PATH]..."),
    Section(
        "What to run",
        (
            ENVIRONMENT,
            LINES,
            text_option(
                "--base",
                "REF",
                "plan, rehearse, drift, accept: commit to compare with; all zeros is none",
                "ZSYNC_BASE",
            ),
            text_option(
                "--open", "REPORT", "plan, drift, accept: what its run left open keeps its base", "ZSYNC_OPEN"
            ),
            text_option(
                "--only", "TEXT", "plan, rehearse, drift, accept: selectors, one a line", "ZSYNC_ONLY"
            ),
            text_option("--unmanaged", "BOOL", "accept: true takes in rows that no manifest names"),
            click.Option(
                ["--guards-of", "guards"],
                envvar="ZSYNC_GUARDS_OF",
                default="",
                metavar="REF",
                help="plan: commit whose guards hold besides [the base; $ZSYNC_GUARDS_OF]; all zeros is the base",
            ),
            text_option(
                "--conflicts", "TEXT", "plan: conflicts to write as the branch says: selectors, one a line"
            ),
            text_option("--reason", "WHY", "plan: why those are decided"),
            _READS,
            text_option("--snapshot", "FILE", "rehearse: what to begin with"),
            text_option("--plan", "FILE", "apply: the plan that was reviewed"),
            text_option("--digest", "D", "apply: its digest, as the review names it", "ZSYNC_DIGEST"),
            text_option("--confirm", "NAME", "apply: name of a protected environment", "ZSYNC_CONFIRM"),
        ),
    ),
    Section(
        "What to keep",
        (
            text_option(
                "--folder",
                "DIR",
                "for all files; emptied first [zsync-COMMAND, on GitHub $RUNNER_TEMP/zsync/COMMAND]",
            ),
            text_option("--artifact", "NAME", "on GitHub, how the artifact's name begins"),
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

    COMMAND is validate, fmt, plan, rehearse, drift, accept or apply. People read COMMAND.md, COMMAND.html, comment.md and log.txt; apply
    gets plan.json and, from digest.env, its digest; of an apply, report.json and the journal are left. On GitHub, lines are annotated,
    and the step gets its summary and outputs; elsewhere there is a junit.xml. No secret is in any of them.
    """
    from zsync.cli.ci_run import carry
    from zsync.review.jobs import Job
    from zsync.review.names import paths_of

    given |= {"confirm": call.confirm or ""}
    _check(name, given)
    if name in ("drift", "accept") and not _typed("only"):
        given["only"] = _about_rows(given["only"])
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


def _check(name: str, given: dict[str, str]) -> None:
    """Raises `UsageError` for an option that the command does not take, and where apply lacks its plan or the digest."""
    for option, commands in _ONLY_FOR.items():
        # Only what was typed counts: a workflow sets the variables for all its steps.
        if _typed(option) and given[option] not in ("", "false") and name not in commands:
            raise UsageError(
                f"{name} does not take --{_FLAGS.get(option, option)}",
                help=f"It is for {' and '.join(commands)}.",
            )
    if given["reason"].strip() and not given["conflicts"].strip():
        raise UsageError(
            "--reason says why conflicts are decided, and --conflicts names none",
            help="Name them, one selector a line: module/parent/list/record. Nothing else of a plan has a reason.",
        )
    missing = [option for option in ("plan", "digest") if name == "apply" and not given[option]]
    if missing:
        raise UsageError(
            f"apply needs --{' and --'.join(missing)}",
            help="Both come from the review, the digest as ZSYNC_DIGEST too: a plan that nobody named by its digest is not applied. "
            "zsync 0.1.0 took the digest that lay beside the plan.",
        )


def _typed(option: str) -> bool:
    source = click.get_current_context().get_parameter_source(option)
    return source == click.core.ParameterSource.COMMANDLINE


def _about_rows(lines: str) -> str:
    """What of the selectors that are set for all jobs narrows drift, too: not whose change it is, for drift is the CRM's."""
    from zsync.model.selectors import selectors

    kept = (line for line in lines.splitlines() if set(selectors((line.strip(),)).origins) <= {"drift"})
    return "\n".join(kept)


for _command in (run, *COMMANDS):
    ci.add_command(_command)
