"""The runner: what it says of the run, and the files in which GitHub's hears of a step."""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from zsync.errors import UsageError
from zsync.files.writing import append
from zsync.model import Report
from zsync.review import texts
from zsync.review.approving import ci_run


def needed(name: str) -> str:
    """A variable of the runner's. Raises `UsageError` where it is not set."""
    if value := os.environ.get(name):
        return value
    where = "jobs of GitLab CI" if on_gitlab() else "workflows of GitHub Actions"
    raise UsageError(f"${name} is not set", help=f"This command is for {where}.")


def on_gitlab() -> bool:
    """Whether this is a job of GitLab's."""
    return os.environ.get("GITLAB_CI") == "true"


def attempt() -> int:
    """Which attempt of the run this is; it counts from 1."""
    text = os.environ.get("GITHUB_RUN_ATTEMPT", "")
    return int(text) if text.isascii() and text.isdecimal() else 1


def link() -> str:
    """The address of the run."""
    return ci_run(os.environ)


def put_out(values: Mapping[str, str]) -> None:
    """Give a step these outputs."""
    # The word that ends a value is random: a value that held it could add outputs of its own.
    _append("GITHUB_OUTPUT", texts.outputs(values, f"zsync-{secrets.token_hex(16)}"))


def leave(report: Report, file: Path) -> dict[str, str]:
    """Write the report from which the next run is to go on; the output that names it, none where it leaves too much open."""
    from zsync.files.plan import dump_report
    from zsync.files.writing import write_file

    write_file(file, dump_report(report))
    return {} if report.too_many_open else {"base": str(file)}


def summarise(text: str) -> None:
    """Add Markdown to the step's summary."""
    _append("GITHUB_STEP_SUMMARY", texts.summary(text))


def _append(variable: str, text: str) -> None:
    if path := os.environ.get(variable):
        with append(Path(path)) as file:
            file.write(text.encode())
