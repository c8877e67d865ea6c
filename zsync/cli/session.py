"""What a command works with: configuration, environment, credentials, clock. Read here, handed on as arguments."""

import os
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from zsync.cli.measuring import observer
from zsync.cli.redaction import learn, redacted_text
from zsync.cli.terminal import talk
from zsync.errors import AccessDenied, InputError, UsageError
from zsync.model import Diagnostic, ManagedList, Manifests, Note, Row, Span

if TYPE_CHECKING:
    from zsync.config import Config, Environment
    from zsync.crm import Settings
    from zsync.guards.evaluation import Guards
    from zsync.model import Expected

T = TypeVar("T")

RELATIONS = Path("relations")
"""Where manifests are if the command line does not say."""

_PLACES = 3
_CREDENTIALS = ("ZSYNC_CLIENT_ID", "ZSYNC_CLIENT_SECRET", "ZSYNC_REFRESH_TOKEN")


@dataclass(frozen=True, slots=True)
class Session:
    """The configuration of one run and the environment that was chosen; `name` is empty without one."""

    config: "Config"
    name: str
    environment: "Environment | None"

    @property
    def concurrency(self) -> int:
        """How many calls may be under way at once."""
        return (self.environment.concurrency if self.environment else None) or 5

    @property
    def waves(self) -> tuple[str, ...]:
        """In which portions to write, as zsync.yaml says it; empty for all at once."""
        return tuple((self.environment and self.environment.waves) or ())

    @property
    def guards(self) -> "Guards":
        """The guards in force: those for every environment, and the environment's own."""
        return (self.environment.guards if self.environment else None) or self.config.guards

    def expected(self) -> "Expected":
        """What the environment says of its org."""
        from zsync.model import Expected

        environment = self.environment
        if environment is None:
            return Expected()
        return Expected(self.name, environment.org_id or "", environment.type or "")

    def settings(self) -> "Settings":
        """Where the CRM is and who we are: the environment variables first, then zsync.yaml, then the US data centre."""
        from platformdirs import user_cache_path

        from zsync.crm import Credentials, Settings
        from zsync.hosts import CENTRES

        environment, env = self.environment, os.environ
        centre = CENTRES[(environment.data_centre if environment else None) or "us"]
        accounts = env.get("ZSYNC_ACCOUNTS_URL") or (environment.accounts_url if environment else None)
        domain = env.get("ZSYNC_API_DOMAIN") or (environment.api_domain if environment else None)
        if not domain and env.get("ZSYNC_ACCESS_TOKEN"):
            domain = centre.api(environment.type or "" if environment else "")
        return Settings(
            accounts_url=accounts or centre.accounts_url,
            api_domain=domain or "",
            credentials=Credentials(*(env.get(name, "") for name in (*_CREDENTIALS, "ZSYNC_ACCESS_TOKEN"))),
            concurrency=self.concurrency,
            reserve=(environment.credit_reserve if environment else None) or 0,
            told=lambda text: talk(redacted_text(text)),
            seen=observer(),
            cache_dir=user_cache_path("zsync", appauthor=False) / "tokens",
        )


class Based(NamedTuple):
    """What the base commit says; `lists` is None where it cannot be read, and then a warning says so."""

    lists: tuple[ManagedList, ...] | None
    warnings: tuple[Diagnostic, ...] = ()


def accounts_url(data_centre: str) -> str:
    """The accounts server: ZSYNC_ACCOUNTS_URL, else that of the data centre. Raises `UsageError` for an unknown one."""
    from zsync.hosts import CENTRES

    if data_centre not in CENTRES:
        raise UsageError(
            f"no data centre {data_centre!r}",
            help=f"They are {', '.join(CENTRES)}; for another server set ZSYNC_ACCOUNTS_URL.",
        )
    return os.environ.get("ZSYNC_ACCOUNTS_URL") or CENTRES[data_centre].accounts_url


def open_session(paths: Sequence[Path], environment: str | None) -> Session:
    """Read zsync.yaml, if there is one, and choose the environment.

    Raises `InputError` for what is wrong in it and for an environment that it does not have.
    """
    from zsync.config import Config, find_config, load_config
    from zsync.kinds import KINDS

    path = find_config(paths)
    config = load_config(path) if path else Config({}, KINDS)
    learn(config)
    name = environment or os.environ.get("ZSYNC_ENVIRONMENT") or ""
    if name and name not in config.environments:
        known = ", ".join(config.environments) or "none"
        raise UsageError(
            f"no environment {name!r} in {config.path or 'zsync.yaml (there is none)'}",
            help=f"The environments are: {known}.",
        )
    session = Session(config, name, config.environments.get(name))
    learn(config, session.expected().org_id)
    return session


def check_credentials() -> None:
    """Raises `AccessDenied` where the environment variables that every connection needs are not set."""
    if os.environ.get("ZSYNC_ACCESS_TOKEN"):
        return
    missing = [name for name in _CREDENTIALS if not os.environ.get(name)]
    if missing:
        raise AccessDenied(
            f"no credentials: {', '.join(missing)} {'is' if len(missing) == 1 else 'are'} not set",
            code="NO_CREDENTIALS",
            status=0,
            request="",
            exit_code=8,
            help="Set ZSYNC_CLIENT_ID, ZSYNC_CLIENT_SECRET and ZSYNC_REFRESH_TOKEN, or ZSYNC_ACCESS_TOKEN alone. "
            "To try zsync without an account: `zsync demo`.",
        )


def manifest_paths(paths: Sequence[Path]) -> tuple[Path, ...]:
    """The paths of the command line, else `relations`. Raises `InputError` where there is neither."""
    if paths:
        return tuple(paths)
    if RELATIONS.is_dir():
        return (RELATIONS,)
    raise InputError(
        (
            Diagnostic(
                "no-manifest",
                "there is no folder `relations` here, and no path was given",
                help="Go to the repository's folder, or name the manifests: `zsync plan PATH…`.",
            ),
        )
    )


def load_manifests(paths: Sequence[Path], session: Session) -> Manifests:
    """The manifests of the paths, with the relation kinds of the configuration. Raises `InputError`."""
    from zsync.manifest import load

    return load(paths, kinds=session.config.kinds)


def load_base(paths: Sequence[Path], ref: str, session: Session, only: str) -> Based:
    """What the manifests of another commit say, their places named as in the working tree.

    A commit whose manifests are invalid says nothing, with a warning: its mending has to be planned, too. No part of such
    a commit counts, for what a broken file said of a relation nobody knows.

    Raises `UsageError` where there is no such commit, and `InputError` where its manifests are invalid and `only` asks for
    what they alone can tell: whose change it is.
    """
    from tempfile import TemporaryDirectory

    from zsync import git

    with TemporaryDirectory(prefix="zsync-base-") as folder:
        found = git.export(ref, paths, Path(folder))
        if not any(_manifests(path) for path in found):
            return Based(())
        try:
            lists = load_manifests(found, session).lists
        except InputError as error:
            told = tuple(_moved(one, folder) for one in error.diagnostics)
            if {"change", "drift"} & set(only.split(",")):
                raise InputError((_bad_base(ref), *told)) from None
            return Based(None, (_without_base(ref, told),))
    return Based(tuple(_moved_list(one, folder) for one in lists))


def _bad_base(ref: str) -> Diagnostic:
    return Diagnostic(
        "bad-base",
        f"the manifests of {ref} cannot be read, so nothing tells changes of this branch from drift",
        help="Plan without --only change or drift, or name a commit whose manifests are valid: --base REF.",
    )


def _without_base(ref: str, told: Sequence[Diagnostic]) -> Diagnostic:
    errors = [one for one in told if one.severity == "error"]
    places = [Note(one.span, f"[{one.code}] {one.message}") for one in errors if one.span]
    return Diagnostic(
        "bad-base",
        f"the manifests of {ref} cannot be read ({len(errors)} error{'s' if len(errors) != 1 else ''}): this plan is made "
        f"without them. All of its changes are marked `change`, drift or not, and rows that {ref} alone names stay in the CRM",
        help="Mend them, then plan again with a base that is valid; or delete those rows by name, under `absent`.",
        severity="warning",
        notes=tuple(places[:_PLACES]),
    )


def _manifests(path: Path) -> bool:
    from zsync.manifest.files import CONFIG_NAMES

    found = (one for pattern in ("*.yaml", "*.yml") for one in path.rglob(pattern))
    return path.is_file() or any(one.name not in CONFIG_NAMES for one in found)


def _moved(one: Diagnostic, folder: str) -> Diagnostic:
    return replace(one, span=_here(one.span, folder) if one.span else None)


def _moved_list(one: ManagedList, folder: str) -> ManagedList:
    return replace(
        one,
        span=_here(one.span, folder),
        parent=replace(one.parent, span=_here(one.parent.span, folder)),
        prune_span=_here(one.prune_span, folder) if one.prune_span else None,
        records=tuple(_moved_row(row, folder) if row.file else row for row in one.records),
    )


def _moved_row(row: Row, folder: str) -> Row:
    return row._replace(file=_here(Span(row.file or "", row.line, row.column), folder).file)


def _here(span: Span, folder: str) -> Span:
    """A place in the exported folder → the same place in the working tree."""
    return span._replace(file=span.file.removeprefix(Path(folder).as_posix() + "/"))


def now() -> datetime:
    """The clock: SOURCE_DATE_EPOCH (seconds since 1970) where it is set, so that the same input is the same bytes."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if not epoch:
        return datetime.now(UTC)
    try:
        return datetime.fromtimestamp(int(epoch), UTC)
    except (ValueError, OverflowError, OSError):
        raise UsageError(
            f"SOURCE_DATE_EPOCH is {epoch!r}, not a number of seconds", help="Unset it, or use `date +%s`."
        ) from None


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run the asynchronous part of a command. The first of several failures is raised as itself."""
    import asyncio

    try:
        return asyncio.run(coroutine)
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None
