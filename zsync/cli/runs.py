"""`zsync runs`: the runs whose journals are here."""

from zsync.cli.command import Section, command
from zsync.cli.invocation import Invocation
from zsync.cli.options import JOURNAL


@command(Section("What to list", (JOURNAL,)), exits={0: "listed", 64: "usage"})
def runs(call: Invocation) -> None:
    """List the runs whose journals are here, the newest last.

    For each: its name, the environment, what became of its changes, and whether something is left to resume.
    """
    from zsync.applying import journal as journals
    from zsync.cli.session import journal_folder
    from zsync.errors import ZsyncError

    folder = journal_folder(call)
    names = journals.runs(folder)
    if not names:
        call.output.talk(f"There are no runs in {folder}.")
    for name in names:
        try:
            run = journals.read(folder, name)
        except ZsyncError as error:
            call.output.result(f"{name}  cannot be read: {error}\n")
            continue
        counts = ", ".join(
            f"{count} {status}"
            for status in ("applied", "unchanged", "refused", "held", "unknown", "unsent")
            if (count := sum(outcome.status == status for outcome in run.outcomes.values()))
        )
        where = run.plan.binding.environment or run.plan.binding.org_id
        left = "" if run.complete else f"  → zsync resume {name}"
        changes = len(run.plan.changes)
        call.output.result(f"{name}  {where}  {changes} changes: {counts or 'nothing known'}{left}\n")
