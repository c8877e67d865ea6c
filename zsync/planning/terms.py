"""The terms on which a plan is made, besides the manifests and the CRM."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import NamedTuple

from zsync.guards.evaluation import Guards
from zsync.kinds import KINDS, Kind
from zsync.model import BaseCommit, Configured, Expected, ManagedList
from zsync.model.consent import Consent
from zsync.model.plans import ProfileBound, Put
from zsync.model.verdicts import Override, Safeguards, Setting
from zsync.planning.opened import NONE, Opened

LIFETIME = timedelta(days=7)
"""How long a plan may be applied."""


class Allowed(NamedTuple):
    """What relation fields may hold: `values` of zsync.yaml by field, `told` where the org is to be asked. `called` names the org."""

    values: Mapping[str, Sequence[str]] = MappingProxyType({})
    told: frozenset[str] = frozenset()
    called: str = "this org"


ANYTHING = Allowed()


@dataclass(frozen=True, slots=True)
class Terms:
    """What a plan is made on.

    `expected` is what the environment says of its org, `now` the clock's time, `concurrency` how many calls may be under
    way at once, `overrides` guards to set aside. `base` is what the manifests of another commit say (None: there is no
    base), `only` selectors that narrow the plan (see `model.selectors`). `accounts_url` is where access tokens come
    from, `configuration` the zsync.yaml in force, `settings` what the branch changes in it, `safeguards` what it asked for before,
    and `judged` the commit that `base`, `settings` and `safeguards` are of. `opened` are rows with a base of their own.
    With `whole`, rows that no manifest names are read. `values` are those that zsync.yaml allows, by field,
    and `told` the fields whose values the org is known to tell.
    """

    expected: Expected
    guards: Guards
    git_commit: str
    now: datetime
    kinds: tuple[Kind, ...] = KINDS
    concurrency: int = 5
    overrides: tuple[Override, ...] = ()
    base: tuple[ManagedList, ...] | None = None
    only: tuple[str, ...] = ()
    accounts_url: str = ""
    configuration: Configured | None = None
    settings: tuple[Setting, ...] = ()
    safeguards: Safeguards = Safeguards()  # noqa: RUF009  an immutable tuple
    judged: BaseCommit = BaseCommit()  # noqa: RUF009  an immutable tuple
    opened: Opened = NONE
    whole: bool = False
    values: Mapping[str, Sequence[str]] = field(default_factory=dict)
    consents: tuple[Consent, ...] = ()
    """What forbids that persons enter or advance: of the configuration in force, and of the base's."""
    told: frozenset[str] = frozenset()
    option: str = "--only "
    """What stands before each selector of `only` on the command line."""
    profiles: tuple[ProfileBound, ...] = ()
    """The org profiles that were used."""
    put: Put = "all"
    """What updates send."""

    @property
    def allowed(self) -> Allowed:
        """What relation fields may hold."""
        return Allowed(self.values, self.told, self.expected.environment or ANYTHING.called)
