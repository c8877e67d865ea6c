"""`zsync doctor`: whether zsync can work with this org, and what to do where it cannot. Reads only."""

import sys
from typing import TYPE_CHECKING

from zsync.cli.command import Section, command
from zsync.cli.invocation import Invocation
from zsync.cli.options import COLOR_ONLY, ENVIRONMENT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zsync.cli.session import Session
    from zsync.doctor import Check

_MARKS = {"ok": ("ok  ", "green"), "warn": ("warn", "yellow"), "fail": ("FAIL", "red")}


@command(
    Section("Connection", (ENVIRONMENT,)),
    COLOR_ONLY,
    exits={
        0: "all is well",
        1: "CRM unreachable",
        4: "fix zsync.yaml",
        8: "access: token, scopes, permission or org",
        64: "usage",
    },
    online=True,
)
def doctor(call: Invocation) -> int:
    """Check that zsync can work with this org; reads only.

    Token, scopes, the org and its type, related lists and whether they are visible, metadata, credits, clock: each with the next
    step where something is wrong.
    """
    from datetime import UTC, datetime

    from zsync.cli import session as sessions
    from zsync.crm import connect_reader
    from zsync.doctor import examine

    session = sessions.open_session(call, sessions.default_paths())
    for check in _here(session):
        _print(call, check)
    connection = session.connection()

    async def check_all() -> int:
        worst = 0
        async with connect_reader(connection) as reader:
            expected, kinds = session.expected(), session.config.kinds
            async for check in examine(reader, expected, kinds, datetime.now(UTC)):
                _print(call, check)
                worst = worst or check.exit_code
        return worst

    return sessions.run(check_all())


def _here(session: "Session") -> "Iterator[Check]":
    """What is to be known without the CRM: whether runs are stopped, and what an older zsync left."""
    from zsync.applying.freezing import FILE
    from zsync.cli.freeze import freeze_of
    from zsync.cli.journals import old_journals, old_journals_advice
    from zsync.cli.state import shelf_here
    from zsync.doctor import Check

    if freeze := freeze_of(session.environment):
        yield Check("warn", "freeze", f"apply, resume and undo are {freeze.message}", freeze.advice)
    else:
        file = shelf_here().environment(session.environment.name) / FILE
        yield Check("ok", "freeze", f"nothing is frozen; this file would stop every run: {file}")
    if old := old_journals():
        yield Check("warn", "old journals", f"there are journals in {old}", old_journals_advice(old))


def _print(call: Invocation, check: "Check") -> None:
    from zsync.render.escape import terminal

    mark, fg = _MARKS[check.verdict]
    mark = call.output.terminal.styled(mark, sys.stdout, fg=fg)
    call.output.result(f"{mark}  {check.name:<28}  {terminal(check.message)}\n")
    if check.advice and check.verdict != "ok":
        call.output.result(f"      {'':<28}  {terminal(check.advice)}\n")
