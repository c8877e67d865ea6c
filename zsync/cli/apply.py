"""`zsync apply`: carries out a plan, exactly as it was shown."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from zsync.cli.approval import agreed, check_asking, check_guards, confirm_environment
from zsync.cli.carrying import carry_out
from zsync.cli.command import Section, command
from zsync.cli.disk import check_places, read_saved
from zsync.cli.freeze import refuse_frozen
from zsync.cli.invocation import Invocation
from zsync.cli.journals import new_journal, tell_of_old_journals
from zsync.cli.options import (
    AUTO_APPROVE,
    BASE,
    CANARY,
    CONFIRM,
    ENVIRONMENT,
    EVERYWHERE,
    FILE,
    FORMAT,
    FULL,
    JOURNAL,
    MAX_READS,
    NO_BASE,
    NOTIFY,
    ONLY,
    OPEN,
    OVERRIDE,
    REASON,
    REPORT,
)
from zsync.cli.plan import make

if TYPE_CHECKING:
    from zsync.cli.session import Session
    from zsync.model import Plan

_PATHS = click.Argument(["paths"], nargs=-1, type=FILE, metavar="[PLAN | PATH...]")
_DIGEST = click.Option(["--digest"], metavar="D", help="carry out the plan only if this is its digest")
_VERIFY = click.Option(
    ["--verify/--no-verify"], default=True, show_default=True, help="read back what was written"
)


@command(
    _PATHS,
    Section("What to apply", (ENVIRONMENT, _DIGEST, ONLY, BASE, NO_BASE, OPEN, CANARY, MAX_READS)),
    Section("Safety", (AUTO_APPROVE, CONFIRM, _VERIFY, OVERRIDE, REASON)),
    Section("What to keep and print", (REPORT, JOURNAL, FORMAT, FULL, NOTIFY)),
    EVERYWHERE,
    exits={
        0: "all rows applied",
        1: "CRM unreachable",
        3: "applied in part",
        4: "fix a file",
        5: "refused by a guard, or frozen",
        6: "plan expired, altered or for another org",
        7: "another run",
        8: "access",
        64: "usage",
        130: "not approved or interrupted",
    },
    online=True,
)
def apply(
    call: Invocation,
    paths: tuple[Path, ...],
    *,
    digest: str | None,
    only: tuple[str, ...],
    canary: int | None,
    auto_approve: bool,
    verify: bool,
    report: Path | None,
) -> int:
    """Carry out a plan: exactly the requests that it shows.

    PLAN is a file of `zsync plan --out`, which counts as approved. With manifests (PATH) or nothing, apply plans, shows the
    plan and asks. Each row is read again before it is written; one that moved since the plan is held. With --only, a part of
    the plan is carried out.
    """
    # First what needs no file and no server: whoever stopped all runs wants neither a question nor a plan.
    refuse_frozen(call)
    check_places([report])
    new_journal(call)
    tell_of_old_journals(call)
    saved = is_plan(paths)
    if saved:
        _check_planning_options(call)
        made, session = _saved(call, paths[0], digest, only)
        check_guards(call, made, session, call.overrides)
        confirm_environment(call, session)
    else:
        check_asking(digest, auto_approve=auto_approve)
        made, session = make(call, paths, only)
        if not agreed(call, made, session, auto_approve=auto_approve):
            call.output.talk("Nothing was written.")
            return 130
        check_guards(call, made, session, call.overrides)
    waves = (str(canary),) if canary else session.waves
    # A plan that was made just now has its overrides in itself.
    overrides = call.overrides if saved else ()
    return carry_out(call, made, session, overrides=overrides, verify=verify, waves=waves, report=report)


def is_plan(paths: tuple[Path, ...]) -> bool:
    """One file that is JSON by name or by its first byte: a plan. Manifests are YAML mappings or folders."""
    if len(paths) != 1 or paths[0].is_dir() or paths[0].suffix in (".yaml", ".yml"):
        return False
    if paths[0].suffix == ".json" or not paths[0].is_file():
        return True
    # The name tells nothing. zsync's JSON begins with a brace, and hardly anybody writes a manifest so.
    with paths[0].open("rb") as file:
        return file.read(1) == b"{"


def _check_planning_options(call: Invocation) -> None:
    """Raises `UsageError` for what is about planning, where the plan is made already."""
    from zsync.errors import UsageError

    given = {
        "--max-reads": call.max_reads,
        "--base": call.base.ref,
        "--no-base": call.base.none or None,
        "--open": call.base.open,
    }
    for option in (name for name, value in given.items() if value is not None):
        raise UsageError(
            f"{option} is about planning, and a saved plan is made already",
            help="Leave it out, or give it to zsync plan.",
        )


def _saved(call: Invocation, path: Path, digest: str | None, only: tuple[str, ...]) -> "tuple[Plan, Session]":
    """The plan of a file, or the part of it that is asked for, and the session that it is bound to."""
    from zsync.cli import session as sessions
    from zsync.config import same_name
    from zsync.errors import PlanRefused
    from zsync.files.plan import check_plan, load_plan
    from zsync.planning.selecting import narrow

    made = load_plan(read_saved(path))
    call.about = made
    check_plan(made, now=sessions.now(), digest=digest)
    asked = call.asked_environment
    if asked is not None and not same_name(asked, made.binding.environment):
        raise PlanRefused(
            f"the plan is for the environment {made.binding.environment!r}, not {asked!r}",
            help="Make a plan for this environment: `zsync plan -e ENV --out FILE`.",
        )
    session = sessions.session_of(call, made)
    # A plan that is marked as refused is not narrowed: what its guards saw was the whole of it.
    if only and not made.refusals:
        made = call.about = narrow(made, only, session.environment.concurrency, session.consents)
    return made, session
