"""Commands about earlier runs: runs lists them, undo plans to restore what one changed."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from zsync.cli.applying import journal_option
from zsync.cli.formats import Formats, check_places, format_option, save, write
from zsync.cli.guarding import manifests_of, override_options, refuse_marked
from zsync.cli.measuring import measured
from zsync.cli.subject import about
from zsync.cli.terminal import colour_option, result, show_diagnostics, talk

if TYPE_CHECKING:
    from zsync.cli.session import Session
    from zsync.model import Diagnostic, Plan, Run
    from zsync.model.verdicts import Override


@click.command(epilog="Exit codes: 0 listed, 64 wrong usage.")
@journal_option
def runs(journal: Path | None) -> None:
    """List the runs whose journals are here, the newest last.

    For each: its name, the environment, what became of its changes, and whether something is left to resume.
    """
    from zsync.applying import journal as journals
    from zsync.errors import ZsyncError

    folder = journal or journals.FOLDER
    names = journals.runs(folder)
    if not names:
        talk(f"There are no runs in {folder}.")
    for name in names:
        try:
            run = journals.read(folder, name)
        except ZsyncError as error:
            result(f"{name}  cannot be read: {error}\n")
            continue
        counts = ", ".join(
            f"{count} {status}"
            for status in ("applied", "refused", "held", "unknown", "unsent")
            if (count := sum(one.status == status for one in run.outcomes.values()))
        )
        where = run.plan.binding.environment or run.plan.binding.org_id
        left = "" if run.complete else f"  → zsync resume {name}"
        result(f"{name}  {where}  {len(run.plan.changes)} changes: {counts or 'nothing known'}{left}\n")


@click.command(
    epilog="Exit codes: 0 the plan is made, 1 the CRM cannot be reached, 4 there is no such run, 5 a guard refused, 6 the run was for another org, "
    "8 authentication, permission or credits, 64 wrong usage."
)
@click.argument("run")
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="Save the plan, to apply it.")
@override_options
@journal_option
@format_option
@colour_option
@measured
def undo(
    run: str,
    out: Path | None,
    aside: "tuple[Override, ...]",
    journal: Path | None,
    formats: Formats,
) -> int:
    """Plan to restore what a run changed.

    RUN is its name as `zsync runs` lists it, or `last`. The plan is an ordinary one: review it, then `zsync apply FILE`. Rows that
    somebody changed since the run are left alone and listed as conflicts. Guards look at it as at every plan.
    """
    from zsync.applying import journal as journals
    from zsync.cli import session as sessions
    from zsync.files.plan import dump_plan
    from zsync.guards.evaluation import check_overrides

    check_places([out])
    found = journals.read(journal or journals.FOLDER, run)
    session = sessions.open_session(manifests_of(found.plan), found.plan.binding.environment or None)
    check_overrides(aside, session.guards)
    sessions.check_credentials()
    made, conflicts = sessions.run(_restoring(found, session, aside))
    about(made)
    write(made, formats)
    if conflicts:
        show_diagnostics(conflicts)
    if out:
        save(out, dump_plan(made))
        how = "Marked as refused" if made.refusals else f"To carry it out: zsync apply {out}"
        talk(f"Saved to {out}. {how}")
    if others := journals.siblings(journal or journals.FOLDER, found.id):
        talk(
            f"The same plan was carried out by {', '.join(others)}, too: what that run sent, its own undo restores."
        )
    refuse_marked(made)
    return 0


async def _restoring(
    found: "Run", session: "Session", aside: "tuple[Override, ...]"
) -> "tuple[Plan, tuple[Diagnostic, ...]]":
    """The undo's plan, looked at by the guards, and its conflicts."""
    from zsync.cli.session import now
    from zsync.crm import connect_reader
    from zsync.planning import guard_facts
    from zsync.planning.list_names import ListNames
    from zsync.planning.planner import LIFETIME
    from zsync.planning.undo import make_undo

    async with connect_reader(session.settings()) as reader:
        kinds, names = session.config.kinds, ListNames(reader)
        made, conflicts = await make_undo(found, reader, session.expected(), kinds, now(), LIFETIME)
        made = replace(made, facts=guard_facts.unsized(found.plan.facts))
        return await guard_facts.guarded(made, session.guards, aside, {}, names, reader, now()), conflicts
