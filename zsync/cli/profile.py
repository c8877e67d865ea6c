"""`zsync profile`: what the org's metadata says, kept in the repository for `zsync validate`. Reads only."""

from typing import TYPE_CHECKING

import click

from zsync.cli.command import Section, command
from zsync.cli.invocation import Invocation
from zsync.cli.options import COLOR_ONLY, ENVIRONMENT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from zsync.cli.kept_profiles import FoundProfile
    from zsync.cli.session import Session
    from zsync.metadata.profile import OrgChange, OrgProfile

_CHECK = click.Option(
    ["--check"], is_flag=True, help="write nothing; exit 2 where the org is not as the file says"
)
_MOST = 60
"""Most characters of how a thing was or is."""


@command(
    Section("Connection", (ENVIRONMENT, _CHECK)),
    COLOR_ONLY,
    exits={
        0: "written, or as before",
        1: "CRM unreachable",
        2: "the org has changed (--check)",
        4: "fix a file",
        8: "access",
        64: "usage",
    },
    online=True,
)
def profile(call: Invocation, *, check: bool) -> int:
    """Keep what the org's metadata says: lists, fields, values; reads the org only.

    Writes relations/orgs/ENV.yaml, with which `zsync validate` checks names and values offline. No person is in it: commit it.
    It says what has changed in the org since the file was written.
    """
    from zsync.cli import session as sessions
    from zsync.cli.kept_profiles import keep_profile, kept_profile
    from zsync.crm import connect_reader
    from zsync.doctor.profile import profile_of
    from zsync.metadata.profile import differences

    session = sessions.open_session(call, sessions.default_paths())
    before = kept_profile(session.config, session.environment, check=check)
    connection, date = session.connection(), f"{sessions.now():%Y-%m-%d}"

    async def ask() -> "OrgProfile":
        async with connect_reader(connection) as reader:
            return await profile_of(reader, session.expected(), session.config.kinds, date)

    now = sessions.run(ask())
    changed = differences(before.profile, now) if before.profile else ()
    if check:
        return _checked(call, session, before.path, changed)
    keep_profile(before, now, session.environment.name, same=before.profile is not None and not changed)
    _tell(call, before, now, changed)
    return 0


def _tell(
    call: Invocation, before: "FoundProfile", now: "OrgProfile", changed: "Sequence[OrgChange]"
) -> None:
    path = before.path.as_posix()
    if before.profile is not None and not changed:
        call.output.result(f"{path}: nothing has changed in the org.\n")
        return
    fields = sum(len(module.fields or ()) for module in now.modules.values())
    lists = sum(len(module.lists or ()) for module in now.modules.values())
    call.output.result(f"Wrote {path}: {len(now.modules)} modules, {lists} lists, {fields} fields.\n")
    _show(call, changed)
    call.output.talk("Commit it. Next: zsync validate, which checks names and values with it")


def _checked(call: Invocation, session: "Session", path: "Path", changed: "Sequence[OrgChange]") -> int:
    if not changed:
        call.output.result(f"{path.as_posix()}: nothing has changed in the org.\n")
        return 0
    count = f"{len(changed)} {'change' if len(changed) == 1 else 'changes'}"
    call.output.result(f"{path.as_posix()}: {count} in the org\n")
    _show(call, changed)
    call.output.talk(f"To take them in: zsync profile -e {session.environment.name}")
    return 2


def _show(call: Invocation, changed: "Sequence[OrgChange]") -> None:
    from zsync.render.escape import terminal

    for about, before, after in changed:
        sign = "~" if before and after else "+" if after else "-"
        said = f"{_short(before)} → {_short(after)}" if before and after else _short(before or after)
        call.output.result(f"  {sign} {terminal(about)}  {terminal(said)}\n")


def _short(text: str) -> str:
    return text if len(text) <= _MOST else f"{text[: _MOST - 1]}…"
