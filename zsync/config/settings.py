"""zsync.yaml as values: `Config` and its environments, which one is in force, and for which plans it holds."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from shlex import quote
from typing import Literal
from unicodedata import normalize

from zsync.config.models import ApiVersion, DataCentre, OrgType
from zsync.config.search import CONFIG_NAME
from zsync.config.value_lists import Values
from zsync.errors import PlanRefused, UsageError
from zsync.guards.evaluation import Guards
from zsync.kinds import Kind
from zsync.model import Binding, Configured, Expected, Span
from zsync.model.consent import Consent
from zsync.model.plans import Put
from zsync.redact import Policy


@dataclass(frozen=True, slots=True)
class Environment:
    """One org with its settings from zsync.yaml, or their defaults; texts that it does not give are empty.

    `concurrency` is the most simultaneous calls, `credit_reserve` the API credits to leave; `waves` are the portions in
    which to write, empty for all at once; `guards` are all that hold, those for every environment included. `manifests`
    are the folders of its manifests, from that of zsync.yaml; empty for all that are beside it or below. `values` are what
    relation fields may hold, those for every environment included.
    """

    name: str = ""
    data_centre: DataCentre = "us"
    type: OrgType | Literal[""] = ""
    org_id: str = ""
    api_domain: str = ""
    accounts_url: str = ""
    api_version: ApiVersion = "v8"
    concurrency: int = 5
    credit_reserve: int = 0
    protected: bool = False
    waves: tuple[str, ...] = ()
    manifests: tuple[str, ...] = ()
    guards: Guards = Guards()  # noqa: RUF009  immutable
    values: Values = field(default_factory=dict)
    consent: Consent = Consent()  # noqa: RUF009  immutable
    """Who is kept out because of what they said, with what is said for every environment."""
    put: Put = "all"
    """What an update sends of a relation."""
    probed: str = ""
    """With `put: changed`: the environment whose org profile holds the answer that it takes."""
    put_span: Span | None = None
    """Where zsync.yaml says `put`."""
    told: frozenset[str] = frozenset()
    """Relation fields whose values the org itself tells, as its org profile says."""

    @property
    def prefix(self) -> str:
        """The prefix of its variables: `ZSYNC_PRODUCTION_`; for an environment without a name, `ZSYNC_`."""
        # Composed, so that a name which looks the same has the same variables: one keyboard writes ü as two characters.
        name = normalize("NFC", self.name).upper()
        return f"ZSYNC_{re.sub('[^A-Z0-9]', '_', name)}_" if name else "ZSYNC_"

    @property
    def expected(self) -> Expected:
        """What the environment says about its org."""
        return Expected(self.name, self.org_id, self.type)


@dataclass(frozen=True, slots=True)
class Config:
    """Everything in zsync.yaml. `kinds` are Zoho's, with the file's fields, then the file's own.

    `guards` are those for every environment; the `guards` of an environment include them.
    """

    environments: Mapping[str, Environment]
    kinds: tuple[Kind, ...]
    guards: Guards = Guards()  # noqa: RUF009  immutable
    path: Path | None = None
    personal: Policy = Policy()  # noqa: RUF009  immutable
    consent: Consent = Consent()  # noqa: RUF009  immutable
    """That for every environment; the one of an environment includes it."""
    bound: Configured | None = None
    """The file to which plans are bound; None without one."""
    values: Values = field(default_factory=dict)

    def environment(self, name: str, *, command: str = "plan") -> Environment:
        """The environment of this name. For '' it is the only one, or, in a file without any, one without a name that has the
        guards for every environment.

        Raises `UsageError` for an unknown name, and for '' if there are several: `command` is the command that the help names.
        """
        if not name and not self.environments:
            return Environment(guards=self.guards, values=self.values, consent=self.consent)
        if not name and len(self.environments) == 1:
            return next(iter(self.environments.values()))
        if not name:
            raise self._which(command)
        name = next((known for known in self.environments if same_name(known, name)), name)
        if name not in self.environments:
            raise UsageError(
                f"no environment {name!r} in {self.path or 'zsync.yaml (there is none)'}",
                help=f"The environments are: {', '.join(self.environments) or 'none'}.",
            )
        return self.environments[name]

    def _which(self, command: str) -> UsageError:
        first, column = next(iter(self.environments)), max(map(len, self.environments)) + 3
        return UsageError(
            f"which environment? {self.path} has {len(self.environments)}, and none was chosen",
            lines=tuple(
                f"{known.name:<{column}}{_org(known)}".rstrip() for known in self.environments.values()
            ),
            help=f"zsync {command} -e {quote(first)}, or export ZSYNC_ENVIRONMENT={quote(first)}. zsync 0.1.0 ran without one, "
            "and without its guards.",
        )


def same_name(name: str, other: str) -> bool:
    """Whether two texts name one environment: case counts, and how a letter with an accent is encoded does not."""
    return normalize("NFC", name) == normalize("NFC", other)


def _org(environment: Environment) -> str:
    """What is known of an environment's org: `org 20075998123 (production, protected)`."""
    known = ", ".join(filter(None, (environment.type, "protected" if environment.protected else "")))
    return " ".join(
        filter(
            None, (f"org {environment.org_id}" if environment.org_id else "", f"({known})" if known else "")
        )
    )


def check_bound(binding: Binding, config: Config) -> None:
    """Raises `PlanRefused` for a plan of another configuration, or for an environment that this one does not have.

    Otherwise a change of the guards would let a plan through that they never saw.
    """
    if binding.configuration != config.bound:
        then, now = binding.configuration, config.bound
        raise PlanRefused(
            f"the plan was made under {_called(then)}, and here is {_called(now)}"
            if then is None or now is None or then.path != now.path
            else f"{now.path} is not as it was when the plan was made: then {then.digest:.15}, now {now.digest:.15}",
            help="Run zsync in the repository of the plan, at its commit, or make a new plan: `zsync plan --out FILE`. "
            "zsync 0.1.0 compared the guards alone.",
        )
    if binding.environment not in (config.environments or {""}):
        raise PlanRefused(
            f"the plan is for the environment {binding.environment!r}, which {config.path or 'no zsync.yaml'} does not have",
            help="Make a plan for an environment that it has: `zsync plan -e ENV --out FILE`.",
        )


def _called(configured: Configured | None) -> str:
    return configured.path if configured else f"no {CONFIG_NAME}"
