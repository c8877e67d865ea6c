"""What a probe has to restore: kept in a file until it is done, so that whatever ends it, the next run can."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from zsync.cli.invocation import Invocation
from zsync.errors import GuardRefused, Interrupted, Unrestored, UsageError

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Coroutine

    from zsync.cli.session import Session
    from zsync.doctor.leftover import Leftover
    from zsync.kinds import FieldType

T = TypeVar("T")


def leftover_file(session: "Session") -> Path:
    """Where the environment's probe keeps what it has to restore."""
    from zsync.cli.state import shelf_here
    from zsync.doctor.leftover import NAME

    return shelf_here().environment(session.environment.name) / NAME


def agreed(call: Invocation, session: "Session", *, auto_approve: bool, question: str) -> bool:
    """Whether somebody agrees to what was shown. Raises `UsageError` where it could not be shown."""
    from zsync.cli.approval import confirm_environment

    if call.output.terminal.lost:
        raise UsageError("what would be written could not be shown", help="Run it where stdout can be read.")
    confirm_environment(call, session)
    if auto_approve or click.confirm(f"\n{question}", err=True):
        return True
    call.output.talk("Nothing was written.")
    return False


def written(
    call: Invocation,
    session: "Session",
    org: str,
    work: "Callable[[Callable[[], None]], Coroutine[Any, Any, T]]",
) -> T:
    """Run what writes: under the org's lock, and heedful of signals."""
    from zsync.applying.lock import held
    from zsync.cli import session as sessions
    from zsync.cli.interrupts import heeded
    from zsync.cli.state import state_folder
    from zsync.files.plan import timestamp

    since = timestamp(sessions.now())
    with held(state_folder() / "locks", org, "doctor --probe", since, call.output.talk), heeded(call) as stop:
        try:
            return sessions.run(work(_pause(stop)))
        except (KeyboardInterrupt, Exception):
            say_unrestored(call, session, "the probe did not end as it should")
            raise


def _pause(stop: "asyncio.Event") -> "Callable[[], None]":
    def pause() -> None:
        if stop.is_set():
            raise Interrupted("the probe was interrupted")

    return pause


def say_unrestored(call: Invocation, session: "Session", why: str) -> None:
    """What is still to be restored, where the file of a probe says that something is."""
    from zsync.doctor.leftover import read_leftover

    file = leftover_file(session)
    left = read_leftover(file)
    if left is None:
        return
    call.output.talk(
        f"\nNot restored: {why}.\n"
        f"  relation  Campaigns/{left.pen.campaign}/{left.pen.related_list}/{left.pen.lead}\n"
        f"  it was    {left.state}\n"
        f"Restore it: zsync doctor --probe -e {session.environment.name} (it is kept in {file})"
    )


def restored_before(call: Invocation, session: "Session", *, auto_approve: bool) -> bool:
    """Restore what an earlier probe left, if somebody agrees; True where there is nothing left to restore."""
    from zsync.cli import session as sessions
    from zsync.doctor.leftover import read_leftover
    from zsync.render.escape import terminal

    file = leftover_file(session)
    left = read_leftover(file)
    if left is None:
        return True
    org, domain, now = sessions.run(_now(session, left))
    if (left.org_id, left.api_domain) != (org, domain):
        raise GuardRefused(
            f"an earlier probe has to restore a relation of org {left.org_id} at {left.api_domain}, and this is {org} at {domain}",
            help=f"Use that org's token, or delete {file} once the relation is as it was.",
        )
    lines = (
        "An earlier probe did not end. It has to restore:",
        "",
        f"  relation  Campaigns/{left.pen.campaign}/{left.pen.related_list}/{left.pen.lead}",
        f"  now       {now}",
        f"  it was    {left.state}",
    )
    call.output.result("".join(f"{terminal(line)}\n" for line in lines))
    if not agreed(call, session, auto_approve=auto_approve, question="Restore it?"):
        return False
    why = _restore(call, session, left)
    if why:
        say_unrestored(call, session, why)
        raise Unrestored(
            f"the relation was not restored: {why}", help=f"Restore it in the CRM, then delete {file}."
        )
    call.output.result("Restored.\n\n")
    return True


async def _now(session: "Session", left: "Leftover") -> tuple[str, str, str]:
    """The org, its address, and what the relation is now."""
    from zsync.crm import connect_reader
    from zsync.doctor.probe_place import check_sandbox, fields_of

    types = _types(session, left)
    async with connect_reader(session.connection()) as reader:
        org = await reader.org()
        check_sandbox(org, session.expected())
        pen = left.pen
        rows = await reader.rows(
            "Campaigns", pen.campaign, pen.related_list, list(types), [pen.lead], converted=True
        )
        now = left.now(fields_of(rows[0], types) if rows else None)
        return org.id, await reader.api_domain(), now.state


def _restore(call: Invocation, session: "Session", left: "Leftover") -> str:
    from zsync.crm.door import connect_prober
    from zsync.doctor.probe import restored
    from zsync.doctor.probe_place import check_sandbox

    connection, expected, file = session.connection(), session.expected(), leftover_file(session)

    async def work(_: "Callable[[], None]") -> str:
        async with connect_prober(connection, left.pen) as crm:
            # Again, over the connection that writes: the answer to the question may have come hours later.
            check_sandbox(await crm.org(), expected)
            return await restored(crm, left, _types(session, left), file)

    return written(call, session, f"{left.api_domain} {left.org_id}", work)


def _types(session: "Session", left: "Leftover") -> "dict[str, FieldType]":
    """The relation's fields with their types, those included that the kind does not declare."""
    from zsync.kinds import find_kind

    kind = find_kind("Campaigns", "Leads", session.config.kinds)
    known = kind.fields if kind else {}
    return {name: known.get(name, "any") for name in {**known, **(left.before or {})}}
