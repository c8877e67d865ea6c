"""`zsync resume`: finishes a run that stopped."""

from dataclasses import replace
from pathlib import Path

from zsync.cli.approval import check_guards, confirm_environment
from zsync.cli.carrying import carry_out
from zsync.cli.command import Section, command
from zsync.cli.disk import check_places
from zsync.cli.invocation import Invocation
from zsync.cli.options import (
    CONFIRM,
    EVERYWHERE,
    FORMAT,
    FULL,
    JOURNAL,
    NOTIFY,
    OVERRIDE,
    REASON,
    REPORT,
    RUN,
)


@command(
    RUN,
    Section("Safety", (CONFIRM, OVERRIDE, REASON)),
    Section("What to keep and print", (REPORT, JOURNAL, FORMAT, FULL, NOTIFY)),
    EVERYWHERE,
    exits={
        0: "all rows applied",
        1: "CRM unreachable",
        3: "applied in part",
        4: "no such run, or fix a file",
        5: "refused by a guard",
        6: "plan altered or for another org",
        7: "another run",
        8: "access",
        64: "usage",
        130: "interrupted",
    },
    online=True,
)
def resume(call: Invocation, run: str, *, report: Path | None) -> int:
    """Finish a run that was interrupted.

    RUN is its name in `zsync runs`, or `last`. A row whose answer is unknown is read first; nothing is sent again blindly.
    Rows that are settled stay as they are. What is left goes out in the environment's waves.
    """
    from zsync.applying import journal as journals
    from zsync.cli import session as sessions

    check_places([report])
    found = journals.read(sessions.journal_folder(call), run)
    call.about = found.plan
    session = sessions.session_of(call, found.plan)
    overrides = (*found.overrides, *call.overrides)
    check_guards(call, found.plan, session, overrides)
    confirm_environment(call, found.plan, session)
    done = carry_out(
        call,
        found.plan,
        session,
        overrides=call.overrides,
        waves=found.plan.base.waves or session.environment.waves,
        resumes=found,
    )
    done = replace(done, overrides=overrides)
    call.about = done
    call.output.deliver(done, to=report)
    return done.exit_code
