"""`zsync runs`: the runs of this repository."""

from zsync.cli.command import Section, command
from zsync.cli.invocation import Invocation
from zsync.cli.options import ENVIRONMENT, EVERYWHERE, JOURNAL


@command(
    Section("What to list", (ENVIRONMENT, JOURNAL)),
    EVERYWHERE,
    exits={0: "listed", 4: "fix zsync.yaml", 64: "usage"},
)
def runs(call: Invocation) -> None:
    """List the runs of this repository, the newest last: of one environment, or of all where none is chosen.

    For each: its name, when it began, the environment, how many rows it was to create, update and delete, of which parents, who
    started and approved it, what became of its changes, and whether something is left to resume.
    """
    from dataclasses import replace

    from zsync.applying import recall
    from zsync.cli.journals import journal_file, journals_here, reading_keys, tell_of_old_journals
    from zsync.errors import InputError, ZsyncError
    from zsync.render.escape import terminal
    from zsync.render.runs import run_line

    tell_of_old_journals(call)
    _tell_of_freezes(call)
    if call.journal:
        where, files = call.journal, [journal_file(call.journal)]
    else:
        where, files = journals_here(call)
    if not files:
        call.output.talk(f"There are no runs in {terminal(str(where))}.")
    keys = reading_keys()
    for file in files:
        try:
            kept = recall.read(file, keys, named=call.journal is not None)
        except ZsyncError as error:
            # One journal that cannot be read must not hide the others.
            why = str(error.diagnostics[0].message) if isinstance(error, InputError) else str(error)
            call.output.result(f"{terminal(file.stem)}  cannot be read: {terminal(why)}\n")
            continue
        again = kept.run.id if call.journal is None else f"--journal {file}"
        # Its parents' names may be people's.
        shown = replace(kept.run, plan=call.output.redaction.plan(kept.run.plan, "text"))
        call.output.result(terminal(run_line(shown, again)) + "\n")


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
