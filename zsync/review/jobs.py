"""One zsync command as CI runs it: what it is asked for, which files it leaves, how its end counts."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from zsync.errors import UsageError
from zsync.files.reading import Unreadable, read_json

COMMANDS = ("validate", "fmt", "plan", "rehearse", "drift", "accept", "apply")

VARIABLES = "VARIABLES"
"""In which variable a workflow hands on all of its repository's, as JSON."""

_FREEZE = re.compile(r"ZSYNC_[A-Z0-9_]+_FREEZE")
_TOKENS = frozenset(
    {
        "GH_TOKEN",
        "GITHUB_TOKEN",
        "ACTIONS_RUNTIME_TOKEN",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
        "CI_JOB_TOKEN",
        "ZSYNC_GITLAB_TOKEN",
    }
)
_RUNNERS_FILES = frozenset(
    {"GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_ENV", "GITHUB_PATH", "GITHUB_STATE"}
)
_SECRETS = ("_CLIENT_ID", "_CLIENT_SECRET", "_REFRESH_TOKEN", "_ACCESS_TOKEN", "_NOTIFY", "_KEY")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is asked of a command; what is empty was not given.

    `folder` takes its files: COMMAND.md, COMMAND.html, plan.json (or drift.json), report.json, journal.jsonl. `github` asks for
    annotations; otherwise there is a junit.xml.
    """

    command: str
    folder: Path
    paths: tuple[str, ...]
    github: bool = False
    environment: str = ""
    base: str = ""
    open: str = ""
    guards: str = ""
    only: str = ""
    conflicts: str = ""
    reason: str = ""
    reads: str = ""
    snapshot: str = ""
    plan: str = ""
    digest: str = ""
    confirm: str = ""
    unmanaged: str = ""

    @property
    def annotations(self) -> Path:
        """The file with GitHub's workflow commands."""
        return self.folder / "annotations.txt"

    @property
    def result(self) -> Path:
        """The plan's file, as JSON; there is none for commands that only check."""
        return self.folder / f"{self.command}.json"

    @property
    def files(self) -> Path:
        """The folder for the files that say what the CRM holds, each where it stands in the repository."""
        return self.folder / "files"

    @property
    def report(self) -> Path:
        """The file for what became of each change."""
        return self.folder / "report.json"


def arguments(job: Job) -> list[str]:
    """The command line for zsync, without its name."""
    command, folder = job.command, job.folder
    words = [command, *_formats(job)]
    if command in ("validate", "fmt"):
        return [*words, *(["--check"] if command == "fmt" else []), "--", *job.paths]
    words += _given("--environment", job.environment)
    if command == "apply":
        words += ["--report", str(job.report), "--journal", str(folder / "journal.jsonl")]
        return [*words, *_given("--confirm", job.confirm), "--digest", job.digest, "--", job.plan]
    if command in ("plan", "drift", "accept"):
        words += _given("--max-reads", job.reads)
    if command == "accept":
        # Never `--no-base`: that would take what was merged and not applied yet for the CRM's move.
        words += ["--base", base(job.base) or "HEAD", *_open(job), "--into", str(job.files)]
        words += ["--unmanaged"] if job.unmanaged == "true" else []
        return [*words, "--", *job.paths, *_lines(job.only)]
    if command == "drift":
        # What is checked out is what was merged. A workflow need not fetch the history to know that.
        return [
            *words,
            *_base(job, "HEAD"),
            *_open(job),
            *_only(job),
            "--out",
            str(job.result),
            "--",
            *job.paths,
        ]
    words += _base(job) + _only(job)
    if command == "plan":
        words += [*_open(job), *_given("--guards-of", base(job.guards)), *_decided(job)]
        words += ["--detailed-exitcode", "--out", str(job.result)]
    else:
        words += ["--report", str(job.report), "--format", f"json={job.result}"]
        words += _given("--snapshot", job.snapshot)
    return [*words, "--", *job.paths]


def base(text: str) -> str:
    """A commit to compare with; none where the text is all zeros, which is how a forge says that there was none before."""
    return text if text.strip("0") else ""


def _base(job: Job, usual: str = "") -> list[str]:
    """The words for it: without any, zsync chooses the commit itself."""
    if job.base and not base(job.base):
        return ["--no-base"]
    return _given("--base", job.base or usual)


def _open(job: Job) -> list[str]:
    return _given("--open", job.open)


def _only(job: Job) -> list[str]:
    """The words for its selectors, which stand in `only` one a line: a name may hold commas and spaces."""
    return [word for line in _lines(job.only) for word in ("--only", line)]


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _decided(job: Job) -> list[str]:
    """The words for the conflicts that a person decides for the branch, one a line, each for the same reason."""
    lines = (line.strip() for line in job.conflicts.splitlines())
    reason = f"--reason={job.reason}"
    return [word for line in lines if line for word in (f"--override=conflicts={line}", reason)]


def counts(plan: Mapping[str, object]) -> dict[str, str]:
    """Of a plan's JSON, as zsync has just written it: what later steps ask for."""
    summary, changes, withheld = plan["summary"], plan["changes"], plan["withheld"]
    assert isinstance(summary, dict)  # noqa: S101  zsync wrote it
    assert isinstance(changes, list)  # noqa: S101  zsync wrote it
    assert isinstance(withheld, list)  # noqa: S101  zsync wrote it
    return {
        **{name: str(summary[name]) for name in ("create", "update", "delete")},
        "drift": str(sum(change["origin"] == "drift" for change in changes)),
        "withheld": str(len(withheld)),
        "conflicts": str(sum(row["reason"] == "conflict" for row in withheld)),
        "digest": str(plan["digest"]),
        "content": str(plan["content"]),
    }


def ending(job: Job, code: int, *, made: bool) -> int:
    """The exit code for a CI that takes any other than 0 for a failure; `made` says whether there is a plan.

    Changes in a plan are no failure. On GitHub drift is none either, not even where a guard would not let it be put
    right: an issue tells. Nor are rows that accept leaves out, where it has files: the log names them.
    """
    if made and (job.command, code) == ("accept", 4):
        return 0
    if code == 2 and (job.command == "plan" or job.github):
        return 0
    return 0 if made and (job.command, job.github, code) == ("drift", True, 5) else code


def surroundings(given: Mapping[str, str]) -> dict[str, str]:
    """The environment for zsync itself: that of the step, without what only the step needs.

    It has no token of the forge, none of the runner's command files, and nothing of zsync's that is empty: a workflow says ''
    where a secret or a variable is not set. Of the repository's variables, which a workflow may hand on as the JSON of $VARIABLES, it has
    those that freeze an environment.
    """
    without = _TOKENS | _RUNNERS_FILES | {VARIABLES}
    return {
        name: value
        for name, value in (dict(given) | _freezes(given.get(VARIABLES, ""))).items()
        if name not in without and (value or not name.startswith("ZSYNC_"))
    }


def _freezes(text: str) -> dict[str, str]:
    """Of a repository's variables, those that stop the runs of an environment: no workflow can name them beforehand.

    Raises `UsageError` for a text that is no JSON object: a freeze that cannot be read must not be overlooked.
    """
    if not text:
        return {}
    try:
        known = read_json(text)
        return {
            name.upper(): value for name, value in known.items() if _FREEZE.fullmatch(name.upper()) and value
        }
    except (Unreadable, AttributeError):
        raise UsageError(
            f"${VARIABLES} is not the JSON of the repository's variables, so whether runs are frozen cannot be told",
            help=f"Give the step {VARIABLES}: ${{{{ toJSON(vars) }}}}.",
        ) from None


def secrets(surroundings: Mapping[str, str]) -> list[str]:
    """The values of an environment that must be in nothing that is kept."""
    return [
        value
        for name, value in surroundings.items()
        if value and (name in _TOKENS or (name.startswith("ZSYNC_") and name.endswith(_SECRETS)))
    ]


def _formats(job: Job) -> list[str]:
    """The same result for people who read the log, the comment and the page, and for programs."""
    if job.command == "accept":
        return []
    folder, command = job.folder, job.command
    forms = ["text", f"markdown={folder / f'{command}.md'}"]
    # What is to be fixed has no page.
    forms += [] if command in ("validate", "fmt") else [f"html={folder / f'{command}.html'}"]
    forms.append(f"github={job.annotations}" if job.github else f"junit={folder / 'junit.xml'}")
    return [word for form in forms for word in ("--format", form)]


def _given(option: str, value: str) -> list[str]:
    return [option, value] if value else []
