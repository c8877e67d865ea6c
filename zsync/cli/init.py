"""`zsync init`: a repository for an org, ending in an empty plan. Reads the CRM only."""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

import click

from zsync.cli.beginning import proof, pull_stock, write_ignored, write_profile, write_settings
from zsync.cli.command import Section, command
from zsync.cli.invocation import Invocation
from zsync.cli.options import ENVIRONMENT, EVERYWHERE
from zsync.hosts import CENTRES

if TYPE_CHECKING:
    from zsync.cli.bundled import KeptCrm
    from zsync.cli.questions import Questions
    from zsync.cli.session import Session
    from zsync.cli.surveying import Seen
    from zsync.pulling.stock import Stock

_TAKES = ("all", "campaigns", "prices", "none")
_CENTRE = click.Option(
    ["--data-centre"],
    type=click.Choice(list(CENTRES)),
    metavar="DC",
    help=f"one of {', '.join(CENTRES)} [us]",
)
_CODE = click.Option(
    ["--code"],
    metavar="CODE",
    help="a self-client's code, where no variable has a token; - reads it from stdin",
)
_EMULATOR = click.Option(["--emulator"], is_flag=True, help="without an account, on the bundled CRM")
_TAKE = click.Option(
    ["--take"], type=click.Choice(_TAKES), metavar="WHAT", help=f"what to pull: {', '.join(_TAKES)} [all]"
)
_LIMIT = click.Option(
    ["--max-deletes"],
    metavar="LIMIT",
    help="refuse plans that delete more of a list, as 5%, or in all, as 10 [5%]",
)
_FLAGS = {
    "centre": f"--data-centre, one of {', '.join(CENTRES)}",
    "name": "-e NAME of the environment, such as production",
    "token": "the variables ZSYNC_CLIENT_ID, ZSYNC_CLIENT_SECRET and ZSYNC_REFRESH_TOKEN, or the first two and --code -",
    "take": f"--take, one of {', '.join(_TAKES)}",
    "limit": "--max-deletes, such as 5%",
}


@command(
    Section("Where", (ENVIRONMENT, _CENTRE, _CODE, _EMULATOR)),
    Section("What", (_TAKE, _LIMIT)),
    EVERYWHERE,
    exits={
        0: "done, and the plan is empty",
        1: "CRM unreachable",
        2: "done, and the plan is not empty",
        4: "fix a file",
        8: "access: token, scopes, permission or org",
        64: "usage, or nobody to ask",
        130: "interrupted: run it again, and it goes on",
    },
    online=True,
)
def init(
    call: Invocation,
    *,
    data_centre: str | None,
    code: str | None,
    emulator: bool,
    take: str | None,
    max_deletes: str | None,
) -> int:
    """Set up a repository for an org, ending in an empty plan; reads the CRM only.

    Asks for what no flag gives. Writes relations/zsync.yaml, the org profile, a manifest for each active campaign and price book, and
    .gitignore. What is there already stays as it is: run it again after an interruption, and it goes on.
    """
    from zsync.cli.bundled import bundled_crm
    from zsync.cli.surveying import has_token, hosts_are_set, unwritten

    _check_limit(max_deletes)
    _check_place()
    with bundled_crm() if emulator else nullcontext() as kept:
        session = _session(call)
        name = call.environment or ("demo" if emulator else "")
        _check_name(name)
        named = session or (unwritten(call, name, "us") if name else None)
        has = has_token(named)
        given = {
            "centre": data_centre or ("us" if emulator or hosts_are_set(named) else None),
            "name": name or None,
            "token": "variables" if has else code,
            "take": take,
            "limit": max_deletes,
        }
        _tell_unused(call, session is not None, has, data_centre=data_centre, limit=max_deletes, code=code)
        return _begun(call, session, given, _questions(call, given, fresh=session is None), kept)


def _questions(call: Invocation, given: Mapping[str, str | None], *, fresh: bool) -> "Questions":
    """The questions that are left. Raises `UsageError` where a repository begins, there are some, and nobody is there to ask."""
    from zsync.cli.questions import Questions

    asked = ("centre", "name", "token", "take", "limit") if fresh else ("token", "take")
    questions = Questions(_FLAGS, [about for about in asked if given[about] is None], call.output.talk)
    if fresh:
        questions.check()
    return questions


def _begun(
    call: Invocation,
    session: "Session | None",
    given: Mapping[str, str | None],
    questions: "Questions",
    kept: "KeptCrm | None",
) -> int:
    from zsync.cli import session as sessions
    from zsync.cli.init_screens import chosen, tell_next, tell_proof, tell_seen
    from zsync.cli.surveying import has_token, log_in, look

    named = _named(call, given, questions) if session is None else session
    if given["token"] != "variables" and not has_token(named):  # noqa: S105  a word, no secret
        log_in(call, named, given["token"], questions)
    seen = sessions.run(look(named))
    tell_seen(call, seen)
    if seen.failed:
        return seen.failed.exit_code
    stocks = chosen(call, seen, given["take"], questions)
    limit = _limit(given, questions) if session is None else ""
    reads = _written(call, named, seen, stocks, limit, bundled=kept is not None)
    made = proof(call)
    tell_proof(call, made.summary.changes, made.summary.unchanged, seen.reads + reads + made.cost.reads)
    tell_next(call, kept, empty=not made.summary.changes)
    return 2 if made.summary.changes else 0


def _written(
    call: Invocation, named: "Session", seen: "Seen", stocks: "Sequence[Stock]", limit: str, *, bundled: bool
) -> int:
    """Write what is not there yet, and give how many calls it took. Without a limit there is a zsync.yaml already."""
    from zsync.cli import session as sessions
    from zsync.cli.init_screens import tell_written
    from zsync.cli.surveying import hosts_are_set
    from zsync.edit.beginning import NewEnvironment

    written: list[str] = []
    if limit:
        centre = "" if bundled or hosts_are_set(named) else named.environment.data_centre
        name = named.environment.name
        write_settings(NewEnvironment(name, centre, seen.org_type, seen.org_id, limit))
        written.append("zsync.yaml")
    ignored = write_ignored()
    session = sessions.open_session(call, sessions.default_paths())
    profile = write_profile(session, seen.profile)
    written += [f"orgs/{profile.name}"] if profile else []
    files, reads = pull_stock(call, session, stocks)
    written += [f"{files:,} manifest{'s' if files != 1 else ''}"] if files else []
    tell_written(call, written, ignored)
    return reads


def _named(call: Invocation, given: Mapping[str, str | None], questions: "Questions") -> "Session":
    """The session of an environment that is in no file yet."""
    from zsync.cli.surveying import unwritten

    centre = given["centre"] or _ask_centre(questions)
    return unwritten(
        call, given["name"] or questions.ask("Name of the environment", "production", _wrong_name), centre
    )


def _limit(given: Mapping[str, str | None], questions: "Questions") -> str:
    from zsync.edit.beginning import is_limit

    return given["limit"] or questions.ask(
        "Refuse plans that delete more than this of a list",
        "5%",
        lambda text: "" if is_limit(text) else "Write a share such as 5%, or a number of rows.",
    )


def _session(call: Invocation) -> "Session | None":
    """The session of the zsync.yaml that is there; None where there is none."""
    from zsync.cli import session as sessions
    from zsync.config import find_config

    if find_config(sessions.default_paths()) is None:
        return None
    return sessions.open_session(call, sessions.default_paths())


def _check_place() -> None:
    """Raises `UsageError` below a repository's root that has manifests already: two trees of one org would contradict each other."""
    from zsync.cli.session import RELATIONS
    from zsync.config.search import repository
    from zsync.errors import UsageError

    here = Path.cwd().resolve()
    root = repository(here)
    if root and root != here and (root / RELATIONS).is_dir() and not RELATIONS.is_dir():
        raise UsageError(
            f"this repository has {RELATIONS} at its root already",
            help=f"Run it there: cd {quote(str(root))}",
        )


def _tell_unused(
    call: Invocation, begun: bool, has: bool, *, data_centre: str | None, limit: str | None, code: str | None
) -> None:
    """Say that what is there stays, where flags ask for something else."""
    flags = [
        flag for flag, value in (("--data-centre", data_centre), ("--max-deletes", limit)) if value and begun
    ]
    if flags:
        call.output.talk(f"zsync.yaml is there and stays as it is: {' and '.join(flags)} changes nothing.")
    if code and has:
        call.output.talk("a variable has a token already: --code changes nothing.")


def _check_name(name: str) -> None:
    from zsync.errors import UsageError

    if name and (wrong := _wrong_name(name)):
        raise UsageError(f"{name!r} is no name for an environment", help=wrong)


def _check_limit(limit: str | None) -> None:
    from zsync.edit.beginning import is_limit
    from zsync.errors import UsageError

    if limit is not None and not is_limit(limit):
        raise UsageError(
            f"--max-deletes {limit!r} is no limit", help="Write a share such as 5%, or a number of rows."
        )


def _ask_centre(questions: "Questions") -> str:
    names = " ".join(CENTRES)
    return questions.ask(
        f"Data centre: {names}", "us", lambda text: "" if text in CENTRES else f"One of {names}."
    )


def _wrong_name(name: str) -> str:
    fine = name.isprintable() and 0 < len(name) <= 48 and not name.startswith(("-", "."))
    return "" if fine else "Write a name such as production."
