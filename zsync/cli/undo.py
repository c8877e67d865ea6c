"""`zsync undo`: restores what a run changed: by a plan that is shown, and applied where somebody says yes."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from zsync.cli.approval import agreed, check_guards, refuse_marked
from zsync.cli.carrying import carry_out
from zsync.cli.command import Section, command
from zsync.cli.disk import check_places
from zsync.cli.freeze import refuse_frozen
from zsync.cli.invocation import Invocation
from zsync.cli.options import (
    AUTO_APPROVE,
    CONFIRM,
    ENVIRONMENT,
    EVERYWHERE,
    FILE,
    FORMAT,
    FULL,
    JOURNAL,
    NOTIFY,
    ONLY,
    OVERRIDE,
    REASON,
    REPORT,
    RUN,
)

if TYPE_CHECKING:
    from zsync.cli.session import Session
    from zsync.model import BaseCommit, Plan, Run
    from zsync.model.plans import Put
    from zsync.model.verdicts import Override

_BASE = click.Option(
    ["--base", "base_ref"],
    metavar="REF",
    help="commit whose guards hold besides today's [merge-base with the main branch]",
)
_NO_BASE = click.Option(["--no-base"], is_flag=True, help="today's guards alone")
_OUT = click.Option(["--out"], type=FILE, metavar="FILE", help="save the plan for zsync apply")


@command(
    RUN,
    Section("What to restore", (ENVIRONMENT, ONLY, JOURNAL)),
    Section("Safety", (AUTO_APPROVE, CONFIRM, _BASE, _NO_BASE, OVERRIDE, REASON)),
    Section("What to keep and print", (_OUT, REPORT, FORMAT, FULL, NOTIFY)),
    EVERYWHERE,
    exits={
        0: "the plan is made, or all rows applied",
        1: "CRM unreachable",
        3: "applied in part",
        4: "no such run, or fix a file",
        5: "refused by a guard, or frozen",
        6: "another org, or a journal that was altered",
        7: "another run",
        8: "access",
        64: "usage",
        130: "not approved or interrupted",
    },
    online=True,
)
def undo(
    call: Invocation,
    run: str | None,
    *,
    only: tuple[str, ...],
    out: Path | None,
    auto_approve: bool,
    report: Path | None,
) -> int:
    """Restore what a run changed: show the plan, ask, apply.

    RUN is its name in `zsync runs`, a piece of that, or `last`. With --out the plan is saved, and without a terminal it is shown:
    nothing is written then, unless with --auto-approve. A row that somebody changed since the run is a conflict: it is withheld. Guards apply as to every plan.
    """
    from zsync.cli.journals import open_journal

    refuse_frozen(call)
    _check_ends(out, report, auto_approve=auto_approve)
    check_places([out, report])
    found = open_journal(call, run).run
    made, session = _made(call, found, only)
    if out or not (auto_approve or sys.stdin.isatty()):
        call.output.deliver(made, to=out)
        _tell(call, made, found, out)
        refuse_marked(made)
        return 0
    _tell(call, made, found, None)
    if not agreed(call, made, session, auto_approve=auto_approve):
        call.output.talk("Nothing was written.")
        return 130
    check_guards(call, made, session, call.overrides)
    # The undo is a run of its own: --journal names the one that it takes back.
    call.journal = None
    return carry_out(call, made, session, waves=session.waves, report=report)


def _made(call: Invocation, found: "Run", only: tuple[str, ...]) -> "tuple[Plan, Session]":
    """The undo's plan, and the session in which it was made."""
    from zsync.cli import session as sessions
    from zsync.guards.evaluation import check_overrides

    _tell_of_silence(call, found)
    session, base, put = _judged(call, sessions.session_today(call, found.plan))
    check_overrides(call.overrides, session.guards())
    made = sessions.run(_restoring(found, session, (base, put), call.overrides, only))
    call.about = made
    return made, session


def _check_ends(out: Path | None, report: Path | None, *, auto_approve: bool) -> None:
    """Raises `UsageError` where the plan is to be saved and carried out at once."""
    from zsync.errors import UsageError

    if out and (auto_approve or report):
        option = "--auto-approve" if auto_approve else "--report"
        raise UsageError(
            f"--out saves the plan for zsync apply, and {option} is for carrying it out now", help="Keep one."
        )


def _tell(call: Invocation, made: "Plan", found: "Run", out: Path | None) -> None:
    """Say on stderr where the plan is, what Git still says, and which other run carried out the same plan."""
    from zsync.applying import shelf
    from zsync.cli.state import shelf_here

    if out:
        how = "Marked as refused" if made.refusals else f"To carry it out: zsync apply {out}"
        call.output.talk(f"Saved to {out}. {how}")
    if made.summary.changes and not found.plan.restores:
        call.output.talk(
            "Git still says what the run did: git revert as well, or the next plan does it again."
        )
    known = shelf.journals(shelf_here().environment(found.plan.binding.environment))
    if others := shelf.siblings(found.id, known):
        call.output.talk(
            f"The same plan was carried out by {', '.join(others)}, too: what that run sent, its own undo restores."
        )


def _tell_of_silence(call: Invocation, run: "Run") -> None:
    """Say on stderr that a journal without an end may have lost lines: nothing in it can tell that from a crash."""
    silent = len(run.plan.changes) - len(run.sent)
    if not run.ended and silent:
        call.output.talk(
            f"warning: the journal of the run {run.id} ends before the run does, and says nothing of {silent:,} of "
            f"{len(run.plan.changes):,} changes: they are not undone. If zsync was killed, they were never sent; if somebody cut "
            "lines from the journal's end, they may have been. `zsync plan` shows what the CRM holds.\n"
        )


def _judged(call: Invocation, session: "Session") -> "tuple[Session, BaseCommit, Put]":
    """The session with the guards of the base that a plan made here and now would have, that base, and what updates send.

    Not those of the run's own base: what that branch changed is merged or gone. What counts is that nobody takes a run back
    under guards which are loosened in this checkout alone.
    """
    from zsync import git
    from zsync.cli import session as sessions
    from zsync.cli.configured_before import configured_before
    from zsync.cli.probed import put_of

    asked = call.base.checked()
    chosen = None if asked.none else git.choose_base(Path.cwd(), asked.ref)
    before = configured_before(chosen, sessions.default_paths(), session.config, session.environment.name)
    put, unmerged = put_of(session.config, session.environment, chosen)
    call.output.warn((*before.warnings, *unmerged))
    name = chosen.name if chosen else ""
    return session.judged(call, before), before.base._replace(name=name, without="undo"), put


async def _restoring(
    found: "Run",
    session: "Session",
    judged: "tuple[BaseCommit, Put]",
    overrides: "tuple[Override, ...]",
    only: tuple[str, ...],
) -> "Plan":
    """The undo's plan, looked at by the guards."""
    from zsync.cli.session import now
    from zsync.crm import connect_reader
    from zsync.planning.terms import Terms
    from zsync.planning.undo import make_undo

    before, connection = session.before, session.connection()
    assert before is not None  # noqa: S101  the session is judged
    terms = Terms(
        session.expected(),
        session.guards(),
        "",
        now(),
        session.config.kinds,
        session.environment.concurrency,
        overrides,
        only=only,
        accounts_url=connection.accounts_url,
        configuration=session.config.bound,
        settings=before.settings,
        safeguards=before.safeguards,
        judged=judged[0],
        profiles=session.profiles,
        put=judged[1],
        consents=session.consents,
    )
    async with connect_reader(connection) as reader:
        return await make_undo(found, reader, terms)
