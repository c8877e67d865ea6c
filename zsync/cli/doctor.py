"""`zsync doctor`: whether zsync can work with this repository and its org, and what to do where it cannot. Reads only."""

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from zsync.cli import probe as probing
from zsync.cli.command import Section, command
from zsync.cli.invocation import Invocation
from zsync.cli.options import AUTO_APPROVE, COLOR_ONLY, CONFIRM, ENVIRONMENT
from zsync.errors import UsageError, ZsyncError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from zsync.cli.session import Session
    from zsync.config import Config
    from zsync.crm import Settings
    from zsync.doctor.org import Check

_MARKS = {"ok": ("ok  ", "green"), "warn": ("warn", "yellow"), "fail": ("FAIL", "red")}
_OF_THE_ORG = "token, scopes, org, lists, fields, credits, clock and consent"


_PROBE = click.Option(
    ["--probe"],
    is_flag=True,
    help="find out in a sandbox what is open about Zoho, on one campaign and one lead: shows what it will write, asks, restores",
)


@command(
    Section("Connection", (ENVIRONMENT,)),
    Section("Probing a sandbox", (_PROBE, probing.CAMPAIGN, probing.LEAD, AUTO_APPROVE, CONFIRM)),
    COLOR_ONLY,
    exits={
        0: "all is well",
        1: "CRM unreachable",
        3: "a probe could not restore",
        4: "fix a file",
        5: "no sandbox, or frozen",
        7: "another run",
        8: "access: token, scopes, permission or org",
        64: "usage",
        130: "not approved or interrupted",
    },
    online=True,
)
def doctor(
    call: Invocation, *, probe: bool, campaign: str | None, lead: str | None, auto_approve: bool
) -> int:
    """Check that zsync can work with this repository and this org; reads only, but for --probe.

    First what needs no org: what a repository of an earlier zsync still has to change, and whether runs are frozen. Then token,
    scopes, the org and its type, related lists and whether they are visible, metadata, credits, clock, and the fields in which people say no
    (`consent:`): each with the next step where something is wrong.
    """
    from datetime import UTC, datetime

    from zsync.cli import session as sessions
    from zsync.crm import connect_reader
    from zsync.doctor.consent import examine_consent
    from zsync.doctor.org import examine

    if probe:
        return probing.probe(call, campaign, lead, auto_approve=auto_approve)
    _check_unprobed({"--campaign": campaign, "--lead": lead, "--auto-approve": auto_approve or None})
    for check in _repository(call):
        _print(call, check)
    session, connection = _opened(call)

    async def check_all() -> int:
        worst = 0
        async with connect_reader(connection) as reader:
            expected, kinds = session.expected(), session.config.kinds
            reached = False
            async for check in examine(reader, expected, kinds, datetime.now(UTC)):
                _print(call, check)
                worst = worst or check.exit_code
                reached = reached or (check.name == "org" and check.verdict == "ok")
            if reached:
                async for check in examine_consent(reader, session.environment.consent):
                    _print(call, check)
        return worst

    return sessions.run(check_all())


def _check_unprobed(given: "Mapping[str, object]") -> None:
    """Raises `UsageError` for an option that is about a probe alone."""
    for option in (name for name, value in given.items() if value is not None):
        raise UsageError(f"{option} is about --probe", help=f"Add --probe, or leave {option} out.")


def _opened(call: Invocation) -> "tuple[Session, Settings]":
    """The session and its connection. Where there is none, says what is not checked for it, and raises why."""
    from zsync.cli import session as sessions
    from zsync.doctor.org import Check

    try:
        session = sessions.open_session(call, sessions.default_paths())
        _print(call, _freeze(session))
        _print(call, _profile(session))
        for check in _left(session):
            _print(call, check)
        return session, session.connection()
    except ZsyncError:
        _print(call, Check("warn", "not checked", f"{_OF_THE_ORG}: the error below comes first"))
        raise


def _repository(call: Invocation) -> "Iterator[Check]":
    """What this repository and these variables have that zsync 0.1.0 took, and this zsync does not."""
    from zsync.cli.session import default_paths
    from zsync.config.search import repository
    from zsync.doctor.breaks import Circumstances, look
    from zsync.doctor.org import Check

    here = Path.cwd().resolve()
    config = _config()
    environments = config.environments if config else {}
    known = Circumstances(
        os.environ,
        {name: environment.prefix for name, environment in environments.items()},
        config=str(config.path) if config else "",
        chosen=bool(call.environment),
        shared=len(environments) > 1 and not any(each.manifests for each in environments.values()),
    )
    looked = look(repository(here) or here, default_paths(), known)
    for found in looked.breaks:
        yield Check("warn", f"break: {found.name}", f"{found.place}: {found.message}", found.advice)
    count = f"{len(looked.breaks)} above" if looked.breaks else "nothing here is as only zsync 0.1.0 took it"
    verdict: Literal["ok", "warn"] = "warn" if looked.breaks else "ok"
    yield Check(
        verdict,
        "breaks",
        f"{count}; what your forge keeps (variables, secrets, other branches) is not looked at",
    )
    # What was not looked at is told: silence would read as a clean bill.
    for unseen in looked.unseen:
        yield Check("warn", "not checked", unseen)


def _config() -> "Config | None":
    """The first zsync.yaml that can be read; None where none can."""
    from zsync.cli.session import default_paths
    from zsync.config import load_config
    from zsync.config.search import CONFIG_NAME, candidates, search_folders

    # Why one cannot be read, the breaks tell, or the session.
    with suppress(ZsyncError):
        where = search_folders(default_paths())
        for file in candidates(where):
            with suppress(ZsyncError):
                if file.name == CONFIG_NAME:
                    return load_config(where.shown(file))
    return None


def _freeze(session: "Session") -> "Check":
    """Whether runs are stopped."""
    from zsync.applying.freezing import FILE
    from zsync.cli.freeze import freeze_of
    from zsync.cli.state import shelf_here
    from zsync.doctor.org import Check

    if freeze := freeze_of(session.environment):
        return Check("warn", "freeze", f"apply, resume and undo are {freeze.message}", freeze.advice)
    file = shelf_here().environment(session.environment.name) / FILE
    return Check("ok", "freeze", f"nothing is frozen; this file would stop every run: {file}")


def _profile(session: "Session") -> "Check":
    """Whether the environment has an org profile that can be used."""
    from zsync.cli.kept_profiles import find_profile
    from zsync.doctor.org import Check

    name = session.environment.name
    found = find_profile(session.config, session.environment)
    again = (
        f"zsync profile -e {name}"
        if name
        else "Write an environment in relations/zsync.yaml, then: zsync profile"
    )
    if found is None:
        return Check(
            "warn", "profile", "there is none: `validate` knows no field and no value of this org", again
        )
    if found.profile is None:
        return Check("warn", "profile", f"{found.path}: {found.wrong[0].message}", again)
    changed = f"what has changed in the org since: {again} --check"
    return Check("ok", "profile", f"{found.path} is of {found.profile.date}; {changed}")


def _left(session: "Session") -> "Iterator[Check]":
    """What an earlier probe has still to restore."""
    from zsync.cli.probe_leftover import leftover_file
    from zsync.doctor.leftover import read_leftover
    from zsync.doctor.org import Check

    left = read_leftover(leftover_file(session))
    if left:
        what = f"Campaigns/{left.pen.campaign}/{left.pen.related_list}/{left.pen.lead} was: {left.state}"
        yield Check(
            "warn", "probe", f"did not restore: {what}", f"zsync doctor --probe -e {session.environment.name}"
        )


def _print(call: Invocation, check: "Check") -> None:
    from zsync.render.escape import terminal

    mark, fg = _MARKS[check.verdict]
    mark = call.output.terminal.styled(mark, sys.stdout, fg=fg)
    call.output.result(f"{mark}  {check.name:<28}  {terminal(check.message)}\n")
    if check.advice and check.verdict != "ok":
        call.output.result(f"      {'':<28}  {terminal(check.advice)}\n")
