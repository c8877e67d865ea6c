"""Where personal data is masked: the choice of `--redact`, and what masking needs to know."""

import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from zsync.errors import InputError, ZsyncError

if TYPE_CHECKING:
    from zsync.config import Config, Environment
    from zsync.model import Diagnostic, Plan, Report
    from zsync.model.whereabouts import Whereabouts
    from zsync.redact import Policy

PUBLIC = frozenset({"markdown", "github", "html", "junit"})
"""Formats made for places where strangers read."""


class Redaction:
    """The choice of one command (None: left to the format), and what it learns on the way."""

    def __init__(self, choice: bool | None = False) -> None:
        self._choice = choice
        self._policy: Policy | None = None
        self._environment: Environment | None = None
        self._org_id = ""
        self._known: set[str] = set()
        self._nonce = ""

    def masks(self, form: str) -> bool:
        """Whether personal data is masked in a format. JSON is for programs: it is masked only on request."""
        if self._choice is not None:
            return self._choice
        # The logs of public repositories are public.
        return form in PUBLIC or (form == "text" and os.environ.get("GITHUB_ACTIONS") == "true")

    def learn(self, config: "Config", environment: "Environment | None" = None) -> None:
        """Take in what zsync.yaml says about personal data, and the environment in force once it is known."""
        self._policy = config.personal
        if environment is not None:
            self._environment, self._org_id = environment, environment.org_id or self._org_id

    def know(self, names: Iterable[str]) -> None:
        """Mask these texts in messages, wherever they occur."""
        self._known.update(names)

    def personal(self, name: str) -> bool:
        """Whether the values of a field are personal, by its api_name."""
        from zsync.redact import Policy

        return (self._policy or Policy()).masks(name)

    def hold(self, base: "Policy | None") -> None:
        """Mask besides what the base's zsync.yaml masks, if there is one."""
        from dataclasses import replace

        from zsync.redact import Policy

        self._policy = replace(self._policy or Policy(), base=base)

    def plan(self, value: "Plan", form: str) -> "Plan":
        """A plan as it may be shown in a format."""
        if not self.masks(form):
            return value
        from zsync.redact import redact_plan

        return redact_plan(value, self._policy_for(value))

    def report(self, value: "Report", form: str) -> "Report":
        """A report as it may be shown in a format."""
        if not self.masks(form):
            return value
        from zsync.redact import redact_report

        return redact_report(value, self._policy_for(value.plan))

    def whereabouts(self, value: "Whereabouts", form: str) -> "Whereabouts":
        """Where a record stands, as it may be shown in a format."""
        if not self.masks(form):
            return value
        from zsync.redact import redact_whereabouts

        self._org_id = value.org_id
        return redact_whereabouts(value, self._keyed())

    def diagnostics(self, diagnostics: "Sequence[Diagnostic]", form: str = "text") -> "Sequence[Diagnostic]":
        """Diagnostics, with their excerpts, as they may be shown in a format."""
        if not self.masks(form):
            return diagnostics
        from zsync.redact import redact_diagnostics

        return redact_diagnostics(diagnostics, self._keyed())

    def text(self, text: str) -> str:
        """A message as it may be shown at the terminal."""
        if not self.masks("text"):
            return text
        from zsync.redact import redact_text

        return redact_text(text, self._keyed(), self._known)

    def error(self, error: ZsyncError) -> None:
        """Mask, in place, what an error says; its excerpts are read first, from the files as they are."""
        if not self.masks("text"):
            return
        from zsync.manifest import with_excerpts
        from zsync.redact import redact_error

        if isinstance(error, InputError):
            error.diagnostics = with_excerpts(error.diagnostics)
        redact_error(error, self._keyed(), self._known)

    def _policy_for(self, plan: "Plan") -> "Policy":
        """The policy of the plan's org; what is personal in the plan is known from here on, to be masked in messages."""
        from dataclasses import replace

        from zsync.config import Environment
        from zsync.redact import personal_values

        self._org_id = plan.binding.org_id
        self._environment = self._environment or Environment(plan.binding.environment)
        if self._policy is None:
            self._policy = replace(_configured(plan), base=_of_base(plan))
        policy = self._keyed()
        self._known |= personal_values(plan, policy)
        return policy

    def _keyed(self) -> "Policy":
        """With $ZSYNC_REDACT_KEY, else a key from the environment's client secret; without either, tokens hold for this run only."""
        from zsync.redact import Policy

        secret = os.environ.get("ZSYNC_REDACT_KEY") or self._derived()
        return (self._policy or Policy()).keyed(self._org_id, secret)

    def _derived(self) -> str:
        from secrets import token_hex

        from zsync.crm.access import client_secret
        from zsync.redact import derived

        if self._environment is not None:
            found = client_secret(os.environ, self._environment.prefix)
            if found:
                return derived(found)
        # Never the org's id: plans show it.
        self._nonce = self._nonce or token_hex()
        return self._nonce


def _configured(plan: "Plan") -> "Policy":
    """What the zsync.yaml that a saved plan is bound to says, where it is here as it was; else everything personal is masked."""
    from zsync.config import bound_config, load_config
    from zsync.redact import Policy

    bound = plan.binding.configuration
    place = bound_config(bound.path) if bound else None
    if place is None:
        return Policy()
    try:
        config = load_config(*place)
    except InputError:
        return Policy()
    return config.personal if config.bound == bound else Policy()


def _of_base(plan: "Plan") -> "Policy | None":
    """What the zsync.yaml masks that a saved plan was judged against, if the branch changed it."""
    from zsync.config import read_config
    from zsync.redact import Policy

    if not plan.base.configuration:
        return None
    try:
        return read_config(plan.base.configuration.encode(), "").personal
    except InputError:
        return Policy()
