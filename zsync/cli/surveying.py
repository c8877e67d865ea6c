"""What `zsync init` asks an org before it writes anything: who it is, what the token can do, and what there is to pull."""

import os
from typing import TYPE_CHECKING, NamedTuple, cast

if TYPE_CHECKING:
    from zsync.cli.invocation import Invocation
    from zsync.cli.questions import Questions
    from zsync.cli.session import Session
    from zsync.config.models import DataCentre
    from zsync.doctor.org import Check
    from zsync.metadata.profile import OrgProfile
    from zsync.pulling.stock import Stock


class Seen(NamedTuple):
    """What the org said: who it is and what the token can do, what is wrong, what there is to pull, and the calls that took."""

    org: "Check"
    org_id: str
    org_type: str
    able: str
    failed: "Check | None"
    warned: int
    stocks: "tuple[Stock, ...]"
    profile: "OrgProfile | None"
    """Its metadata, where no file keeps it yet."""
    reads: int


def unwritten(call: "Invocation", name: str, centre: str) -> "Session":
    """The session of an environment that is in no file yet."""
    from zsync.cli.session import Session
    from zsync.config import Config, Environment
    from zsync.kinds import KINDS

    environment = Environment(name, data_centre=cast("DataCentre", centre))
    call.output.redaction.learn(Config({}, KINDS), environment)
    return Session(Config({}, KINDS), environment, call.output.tell)


def hosts_are_set(session: "Session | None" = None) -> bool:
    """Whether a variable says where the CRM is, so that no data centre has to: a bare one, or one of the session's environment."""
    from zsync.crm.access import BARE, HOSTS

    prefixes = {BARE, session.environment.prefix} if session else {BARE}
    return any(os.environ.get(prefix + end) for prefix in prefixes for end in HOSTS)


def has_token(session: "Session | None") -> bool:
    """Whether the variables are enough for a connection."""
    from zsync.crm.access import BARE, read_credentials
    from zsync.errors import AccessDenied

    try:
        read_credentials(os.environ, session.prefix() if session else BARE)
    except AccessDenied:
        return False
    return True


def log_in(call: "Invocation", session: "Session", code: str | None, questions: "Questions") -> None:
    """A token from a code, for this run and, printed, for those that follow."""
    from zsync.cli.asking import console
    from zsync.cli.login import make_token
    from zsync.crm.access import find_hosts
    from zsync.doctor.org import READING

    environment = session.environment
    prefix = session.prefix()
    hosts = find_hosts(
        os.environ,
        prefix=prefix,
        data_centre=environment.data_centre,
        accounts_url=environment.accounts_url,
    )

    call.output.talk(
        f"{questions.number()}At {console(hosts.accounts_url)}, Self Client: its id and secret, and a code"
    )

    def show(call: "Invocation", _: str) -> None:
        call.output.talk(
            f"for a token that reads and cannot write, generated with this scope:\n{','.join(READING)}"
        )

    variables, _ = make_token(
        call,
        hosts.accounts_url,
        read=prefix,
        made=prefix,
        environment=environment.name,
        code=code,
        show=show,
    )
    os.environ.update(variables)
    call.output.talk("Set these three variables in your shell as well: they are kept nowhere.")


async def look(session: "Session") -> Seen:
    """What doctor and the org say. Raises what `Reader` raises."""
    from datetime import UTC, datetime

    from zsync.cli import session as sessions
    from zsync.cli.beginning import parents_of, profile_place, read_manifests
    from zsync.crm import connect_reader
    from zsync.doctor.org import SCOPES, examine, granted
    from zsync.doctor.profile import profile_of
    from zsync.pulling.stock import take_stock

    manifests = read_manifests(session)
    unknown = session.config.path is None or profile_place(session) is not None
    async with connect_reader(session.connection()) as reader:
        checks = [
            check
            async for check in examine(reader, session.expected(), session.config.kinds, datetime.now(UTC))
        ]
        failed = next((check for check in checks if check.verdict == "fail"), None)
        about = next((check for check in checks if check.name == "org"), checks[0])
        warned = sum(check.verdict == "warn" for check in checks)
        if failed:
            return Seen(about, "", "", "", failed, warned, (), None, reader.traffic.reads)
        org, scopes = await reader.org(), await reader.scopes()
        able = (
            "reads and writes"
            if all(granted(scope, scopes) for scope in SCOPES)
            else "reads and cannot write"
        )
        stocks = await take_stock(reader, session.config.kinds, await parents_of(manifests, reader))
        date = f"{sessions.now():%Y-%m-%d}"
        profile = (
            await profile_of(reader, session.expected(), session.config.kinds, date) if unknown else None
        )
        can = f"This token {able}." if scopes else ""
        return Seen(about, org.id, org.type, can, None, warned, stocks, profile, reader.traffic.reads)
