"""`zsync runs`: the runs of this repository."""

from typing import TYPE_CHECKING

from zsync.cli.command import Section, command
from zsync.cli.invocation import Invocation
from zsync.cli.options import ENVIRONMENT, EVERYWHERE, JOURNAL

if TYPE_CHECKING:
    from pathlib import Path

    from zsync.render.runs import ListedRun


@command(
    Section("What to list", (ENVIRONMENT, JOURNAL)),
    EVERYWHERE,
    exits={0: "listed", 4: "fix zsync.yaml", 64: "usage"},
)
def runs(call: Invocation) -> None:
    """List the runs of this repository, the newest last: of one environment, or of all where none is chosen.

    For each: when it began, its name, the environment, how many rows it was to delete, update and create, and what became of them;
    below, who started and approved it, which parents it was about, and whether something is left to resume.
    """
    from zsync.applying import shelf
    from zsync.cli.journals import journal_file, journals_here, tell_of_old_journals
    from zsync.render.escape import terminal
    from zsync.render.runs import run_lines

    tell_of_old_journals(call)
    _tell_of_freezes(call)
    if call.journal:
        where, files = call.journal, [journal_file(call.journal)]
    else:
        where, files = journals_here(call)
    if not files:
        call.output.talk(f"There are no runs in {terminal(str(where))}.")
    known = [file.stem for file in files]
    read = [(file, _read(call, file, shelf.short(file.stem, known))) for file in files]
    lines = iter(run_lines([each for _, each in read if not isinstance(each, str)]))
    for file, each in read:
        # One journal that cannot be read must not hide the others.
        told = (f"{file.stem}  cannot be read: {each}",) if isinstance(each, str) else next(lines)
        call.output.result("".join(f"{terminal(line)}\n" for line in told))


def _read(call: Invocation, file: "Path", name: str) -> "ListedRun | str":
    """A run of a journal, or why it cannot be read."""
    from dataclasses import replace

    from zsync.applying import recall
    from zsync.cli.journals import reading_keys
    from zsync.errors import InputError, ZsyncError
    from zsync.render.runs import ListedRun

    try:
        run = recall.read(file, reading_keys(), named=call.journal is not None).run
    except ZsyncError as error:
        return str(error.diagnostics[0].message) if isinstance(error, InputError) else str(error)
    # Its parents' names may be people's.
    shown = replace(run, plan=call.output.redaction.plan(run.plan, "text"))
    if call.journal is not None:
        return ListedRun(shown, run.id, f"--journal {file}")
    return ListedRun(shown, name, name)


def _tell_of_freezes(call: Invocation) -> None:
    """Say on stderr that runs are stopped, and by what."""
    import os

    from zsync.applying.freezing import frozen, frozen_by_file
    from zsync.cli.freeze import freeze_of
    from zsync.cli.session import default_paths, open_config
    from zsync.cli.state import shelf_here
    from zsync.render.escape import terminal

    environments = open_config(call, default_paths()).environments
    chosen = [environments[call.environment]] if call.environment in environments else environments.values()
    found = [frozen(os.environ), *map(freeze_of, chosen)]
    if not environments:
        found.append(frozen_by_file(shelf_here().environment(call.environment)))
    for message in dict.fromkeys(freeze.message for freeze in found if freeze):
        call.output.talk(terminal(f"Runs are {message}"))
