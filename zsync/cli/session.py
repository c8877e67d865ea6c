"""What a command works with, resolved in one place: configuration, environment, connection, manifests, base, clock."""

import os
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from zsync.cli.invocation import Invocation
from zsync.errors import InputError, PlanRefused, UsageError
from zsync.model import Diagnostic, Expected, Manifests, Plan, sentence
from zsync.model.plans import ProfileBound

if TYPE_CHECKING:
    from zsync.cli.configured_before import Before
    from zsync.cli.kept_profiles import FoundProfile
    from zsync.config import Config, Environment
    from zsync.crm import Settings
    from zsync.crm.access import Hosts
    from zsync.guards.evaluation import Guards
    from zsync.model.attempt import Attempt
    from zsync.model.consent import Consent

T = TypeVar("T")

RELATIONS = Path("relations")
"""Where manifests are, unless the command line names others."""


@dataclass(frozen=True, slots=True)
class Session:
    """The configuration in force, the environment in it, and the way to its org."""

    config: "Config"
    environment: "Environment"
    told: Callable[[str], None]
    """Called with what a person should know while the CRM is used, such as a long wait."""
    seen: "Callable[[Attempt], None] | None" = None
    """Called with every request that went to the CRM, where telemetry is on."""
    profiles: tuple[ProfileBound, ...] = ()
    """The org profiles that are used: the environment's own, and that which `probed` names."""
    before: "Before | None" = None
    """What the base's zsync.yaml says of the environment; None as long as nobody looked for a base."""

    def guards(self) -> "Guards":
        """The guards that hold: those of the configuration in force, and those of the base's besides."""
        guards = self.environment.guards
        return guards.besides(self.before.rules, self.before.kinds) if self.before else guards

    @property
    def consents(self) -> "tuple[Consent, ...]":
        """What keeps people out: by the configuration in force, and by the base's."""
        return (self.environment.consent, *(self.before.consents if self.before else ()))

    @property
    def protected(self) -> bool:
        """Whether the environment's name is asked for: by the configuration in force, or by the base's."""
        return self.environment.protected or (self.before is not None and self.before.safeguards.protected)

    @property
    def waves(self) -> tuple[str, ...]:
        """The portions in which to write: the base's, whatever the branch says, where it has any; empty for all at once."""
        return (self.before.safeguards.waves if self.before else ()) or self.environment.waves

    @property
    def credit_reserve(self) -> int:
        """API credits to leave for others: the larger of what the configuration in force and the base's say."""
        return max(self.environment.credit_reserve, self.before.credit_reserve if self.before else 0)

    def judged(self, call: Invocation, before: "Before") -> "Session":
        """The session of a plan that is judged against a base, which masks besides what it masks."""
        call.output.redaction.hold(before.personal)
        return replace(self, before=before)

    def hosts(self) -> "Hosts":
        """Where the CRM and its accounts server are.

        Raises `UsageError` for an address that must not be used, and `AccessDenied` where no variables serve the environment.
        """
        from zsync.crm.access import find_hosts

        environment = self.environment
        return find_hosts(
            os.environ,
            prefix=self.prefix(),
            data_centre=environment.data_centre,
            org_type=environment.type,
            accounts_url=environment.accounts_url,
            api_domain=environment.api_domain,
        )

    def expected(self) -> "Expected":
        """What the environment says of its org, and which variable the token comes from. Raises like `connection`."""
        return self.environment.expected._replace(variable=self.connection().credentials.variable)

    def prefix(self) -> str:
        """How the variables begin that serve the environment. Raises like `zsync.crm.access.serving`."""
        from zsync.crm.access import serving

        all_of_them = [known.prefix for known in self.config.environments.values()]
        return serving(os.environ, self.environment.prefix, all_of_them)

    def connection(self) -> "Settings":
        """Where the CRM is and who we are there. Raises `AccessDenied` where credentials are missing."""
        from platformdirs import user_cache_path

        from zsync.crm import Settings
        from zsync.crm.access import read_credentials

        environment, hosts = self.environment, self.hosts()
        return Settings(
            accounts_url=hosts.accounts_url,
            api_domain=hosts.api_domain,
            credentials=read_credentials(os.environ, self.prefix()),
            org_type=environment.type,
            api_version=environment.api_version,
            concurrency=environment.concurrency,
            reserve=self.credit_reserve,
            told=self.told,
            seen=self.seen,
            # In the user's folder: in the repository, somebody would commit a token.
            cache_dir=user_cache_path("zsync", appauthor=False) / "tokens",
        )


def open_config(call: Invocation, paths: Sequence[Path]) -> "Config":
    """The configuration of the manifests at these paths; an empty one where there is no zsync.yaml.

    Raises `InputError` for what is wrong in it, or with where it stands.
    """
    from zsync.config import Config, find_config, load_config
    from zsync.kinds import KINDS

    place = find_config(paths)
    config = load_config(*place) if place else Config({}, KINDS)
    call.output.redaction.learn(config)
    return config


def open_session(call: Invocation, paths: Sequence[Path], environment: str | None = None) -> Session:
    """The configuration of the manifests at these paths, and the environment of it that is asked for, or the only one.

    `environment` is one that a snapshot names. Raises like `open_config`, and `UsageError` for an environment that it does
    not have, or where it has several and none was asked for.
    """
    config = open_config(call, paths)
    name = call.environment if environment is None else environment
    return _session(call, config, config.environment(name, command=call.command))


def session_of(call: Invocation, made: Plan) -> Session:
    """The session of a plan that was made before: the configuration, the environment and the base that it is bound to.

    Raises `PlanRefused` where they are not as they were, and `InputError` for a zsync.yaml that is wrong.
    """
    from zsync.cli.configured_before import judged_before
    from zsync.cli.probed import check_profiles
    from zsync.config import Config, bound_config, check_bound, find_config, load_config
    from zsync.kinds import KINDS

    bound = made.binding.configuration
    # Without Git, and for a plan of no configuration, what counts is what `zsync plan` would find here.
    place = bound_config(bound.path) if bound else find_config(default_paths())
    config = load_config(*place) if place else Config({}, KINDS)
    check_bound(made.binding, config)
    session = _session(call, config, config.environment(made.binding.environment))
    then, now = made.binding.accounts_url, session.hosts().accounts_url
    if then != now:
        raise PlanRefused(
            f"the plan is for another accounts server: access tokens were to come from {then or 'nowhere'}, here from {now}",
            help="Check ZSYNC_ACCOUNTS_URL, or make a new plan: `zsync plan --out FILE`. zsync 0.1.0 did not compare them.",
        )
    check_profiles(made.binding, session.profiles)
    return session.judged(call, judged_before(call, made))


def session_today(call: Invocation, made: Plan) -> Session:
    """Today's configuration, with the environment of a plan that was made before. Raises like `open_session`."""
    return open_session(call, default_paths(), made.binding.environment or None)


def default_paths() -> tuple[Path, ...]:
    """Where manifests are, for commands that are given none; nothing where there is no such folder."""
    return (RELATIONS,) if RELATIONS.is_dir() else ()


def _session(call: Invocation, config: "Config", environment: "Environment") -> Session:
    from zsync.cli.freeze import refuse_frozen
    from zsync.cli.probed import used_profiles

    call.chosen = environment.name
    refuse_frozen(call, environment)
    call.output.redaction.learn(config, environment)
    told, seen = call.output.tell, call.telemetry.attempt if call.telemetry else None
    config, environment, profile = _profiled(call, config, environment)
    return Session(config, environment, told, seen, used_profiles(config, environment, profile))


def _profiled(
    call: Invocation, config: "Config", environment: "Environment"
) -> "tuple[Config, Environment, FoundProfile | None]":
    """The configuration, whose kinds know the lists that the environment's org profile names, and what else it is good for.

    It is believed no further: whether a list leads where it says, and what statuses there are, a plan asks the org.
    """
    from zsync.cli.kept_profiles import find_profile
    from zsync.kinds import with_lists

    found = find_profile(config, environment)
    if found is None or found.profile is None:
        call.output.show([replace(each, severity="warning") for each in found.wrong] if found else [])
        return config, environment, None
    kinds = with_lists(config.kinds, dict(found.profile.leads_to()))
    told = frozenset(found.profile.values)
    return replace(config, kinds=kinds), replace(environment, told=told), found


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
                sentence("there is no folder `relations` here, and no path was given"),
                help=sentence("Go to the repository's folder, or name the manifests: `zsync plan PATH…`."),
            ),
        )
    )


def load_manifests(paths: Sequence[Path], config: "Config") -> Manifests:
    """The manifests of the paths, with the relation kinds of the configuration. Raises `InputError`."""
    from zsync.manifest import load

    return load(paths, kinds=config.kinds)


def now() -> datetime:
    """The clock: SOURCE_DATE_EPOCH (seconds since 1970) where it is set, so that the same input gives the same bytes."""
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

    found: list[T] = []

    async def work() -> None:
        found.append(await coroutine)

    try:
        # Not as the task's own result: when the task is done, asyncio asks whether its handler of Ctrl-C is still there, and
        # Python writes that out, task and result, for an error that nobody sees. Of 3,000 rows it took 80 seconds.
        asyncio.run(work())
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return found[0]
