"""`zsync ci run`: starts zsync apart from the checkout's code, keeps what it says, and tells CI how it ended."""

import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any

import zsync
from zsync.bounds import SAVED
from zsync.cli.ci_runner import attempt, link, put_out, summarise
from zsync.cli.interrupts import endings
from zsync.cli.output import Output
from zsync.errors import UsageError
from zsync.files.fresh import fresh_folder
from zsync.files.reading import read_bytes, read_json
from zsync.files.writing import create, write_file
from zsync.model import OpenRow
from zsync.model.open_rows import too_many
from zsync.review import jobs, names, texts
from zsync.review.jobs import Job

_START = "import sys; sys.path.insert(0, sys.argv.pop(1)); from zsync.cli import main; main()"
_PIECE = 64 * 1024


def carry(job: Job, artifact: str, output: Output) -> int:
    """Run the command of a job; the exit code for CI comes back."""
    surroundings = jobs.surroundings(os.environ)
    hidden = jobs.secrets({**os.environ, **surroundings})
    fresh_folder(job.folder)
    about = names.slug(job.environment, job.paths)
    told = {"folder": str(job.folder), "slug": about}
    if artifact and job.github:
        told["artifact-name"] = names.artifact(artifact, about, attempt())
        surroundings["ZSYNC_ARTIFACT_URL"] = f"{link()}#artifacts"
    # Before it begins: should the runner kill this step with all its processes, the journal is still kept.
    put_out(told)
    with _ends_as_told():
        code = _run(job, surroundings, hidden, output)
        _tell(job, code, surroundings, hidden)
    return _ending(job, code)


def _tell(job: Job, code: int, surroundings: Mapping[str, str], hidden: Sequence[str]) -> None:
    """Say how it ended: to people as a comment, to the steps that follow as outputs."""
    parts = (_configuration(job), _comment(job, code, surroundings))
    text = texts.masked("\n\n".join(filter(None, parts)), hidden)
    write_file(job.folder / "comment.md", text)
    put_out({"exit-code": str(code), "reason": _reason(code), "comment": str(job.folder / "comment.md")})
    put_out(_counts(job))
    if code or job.command not in ("validate", "fmt"):
        summarise(text)
    # The reason is told: that this command has ended, too, is none.
    os.environ.pop("GITHUB_OUTPUT", None)


def _run(job: Job, surroundings: Mapping[str, str], hidden: Sequence[str], output: Output) -> int:
    """Run zsync, its talk and result on stdout and in log.txt; on GitHub with its annotations."""
    arguments = jobs.arguments(job)
    if not job.github:
        code = _zsync(arguments, surroundings, job.folder / "log.txt", hidden, output)
        if job.command == "plan" and job.result.exists():
            _name_plan(job, output)
        return code
    # What zsync prints holds names that strangers chose: the runner is told to take no commands from it.
    token = secrets.token_hex(16)
    output.result(f"::stop-commands::{token}\n")
    try:
        code = _zsync(arguments, surroundings, job.folder / "log.txt", hidden, output)
    finally:
        output.result(f"\n::{token}::\n")
    output.result(_text(job.annotations))
    if _ending(job, code):
        output.result(f"::error::zsync {job.command} ended with exit code {code}\n")
    return code


def _name_plan(job: Job, output: Output) -> None:
    """Say which plan it was; where it has nothing to do, leave the report that says so, for nobody will apply it."""
    from zsync.cli.ci_runner import leave
    from zsync.files.plan import load_plan
    from zsync.model import Report

    counts = _counts(job)
    write_file(job.folder / "digest.env", f"ZSYNC_DIGEST={counts['digest']}\n")
    output.result(f"The plan's digest is {counts['digest']}\n")
    if any(int(counts[action]) for action in ("create", "update", "delete")):
        return
    made = load_plan(read_bytes(job.result, SAVED).decode("utf-8"))
    if not made.refusals:
        leave(Report(made, (), made.cost.reads, 0, 0.0), job.report)


def _zsync(
    arguments: Sequence[str],
    surroundings: Mapping[str, str],
    log: Path,
    hidden: Sequence[str],
    output: Output,
) -> int:
    """Run zsync in a process of its own: however it ends, its files are kept and its end is told."""
    with (
        create(log) as kept,
        subprocess.Popen(  # noqa: S603  no shell, and each argument is one
            _command(arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=dict(surroundings),
            # A signal comes to it once, from here, and not from a terminal as well.
            start_new_session=True,
        ) as process,
        _passed_on(process),
    ):
        assert process.stdout is not None  # noqa: S101  it was asked for above
        # By lines: a secret that lay in two pieces would not be masked.
        while piece := process.stdout.readline(_PIECE):
            text = texts.masked(piece.decode("utf-8", errors="replace"), hidden)
            kept.write(text.encode())
            output.result(text)
        code = process.wait()
    return code if code >= 0 else 128 - code


def _command(arguments: Sequence[str]) -> list[str]:
    """zsync from where this zsync is, in an interpreter that takes nothing from the current folder or from Python's variables."""
    return [sys.executable, "-I", "-c", _START, str(Path(zsync.__file__).parents[1]), *arguments]


@contextmanager
def _ends_as_told() -> Iterator[None]:
    """For the block, signals that end a command are this process's as before, until `_passed_on` has handed them on."""
    before: dict[signal.Signals, Any] = {number: signal.getsignal(number) for number in endings()}
    try:
        yield
    finally:
        for number, handler in before.items():
            with suppress(ValueError):
                signal.signal(number, handler)


@contextmanager
def _passed_on(process: "subprocess.Popen[bytes]") -> Iterator[None]:
    """Hand on the signals with which a CI cancels a job: zsync ends after the requests under way, and says so.

    After the block they are heard no more. What is left is to tell how it ended, which takes no time: GitHub sends SIGTERM 7.5 s
    after SIGINT, and without the outputs nobody would find the report.
    """

    def hand_on(number: int, _: FrameType | None) -> None:
        process.send_signal(number)

    with suppress(ValueError):  # not in the main thread, where signals are nobody's to handle
        for number in endings():
            signal.signal(number, hand_on)
    try:
        yield
    finally:
        with suppress(ValueError):
            for number in endings():
                signal.signal(number, lambda *_: None)


def _comment(job: Job, code: int, surroundings: Mapping[str, str]) -> str:
    """What there is to tell people, as Markdown: the result, what is to be fixed, or else what zsync said."""
    made = _text(job.folder / f"{job.command}.md")
    if job.command == "accept" and code in (0, 4):
        return texts.accepted(_text(job.folder / "log.txt"))
    if not made:
        return texts.unreadable(job.command, code, _text(job.folder / "log.txt"))
    if job.command != "rehearse" or not job.result.exists():
        return made
    report = job.folder / "report.md"
    if job.report.exists():
        arguments = ["show", str(job.report), "--format", f"markdown={report}"]
        subprocess.run(_command(arguments), env=dict(surroundings), stdin=subprocess.DEVNULL, check=False)  # noqa: S603  as above
    return texts.rehearsal(made, _text(report), snapshot=bool(job.snapshot))


def _configuration(job: Job) -> str:
    """What the branch changes in zsync.yaml, for the head of a comment about its plan."""
    base = jobs.base(job.base)
    if job.command != "plan" or not base or job.result.exists():
        return ""  # a plan that was made says it itself
    from zsync import git
    from zsync.review.configuration import NAMES, changed, told

    try:
        return told(changed(git.named(base, NAMES), git.named("HEAD", NAMES)))
    except UsageError:
        return ""  # the plan itself says that there is no such commit


def _ending(job: Job, code: int) -> int:
    return jobs.ending(job, code, made=job.result.exists() or job.files.exists())


def _counts(job: Job) -> dict[str, str]:
    if job.command == "apply":
        return _base(job)
    if job.command == "accept":
        return {"files": str(sum(file.is_file() for file in job.files.rglob("*")))}
    if not job.result.exists():
        return {}
    return jobs.counts(read_json(read_bytes(job.result, SAVED)))


def _base(job: Job) -> dict[str, str]:
    """The report from which the next run is to go on; none where the run made none, or left too much open."""
    if not job.report.exists():
        return {}
    rows = [OpenRow(**row) for row in read_json(read_bytes(job.report, SAVED))["open"]]
    told = {"open": str(len(rows))}
    return told if too_many(rows) else told | {"base": str(job.report)}


def _text(path: Path) -> str:
    return path.read_text("utf-8", errors="replace") if path.is_file() else ""


def _reason(code: int) -> str:
    from zsync.cli import REASONS

    return REASONS.get(code, "failed")
