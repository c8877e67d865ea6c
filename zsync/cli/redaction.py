"""`--redact`: where personal data is masked. The choice and what it needs are kept in click's context."""

import functools
import os
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import click

from zsync.errors import InputError, ZsyncError
from zsync.model import Diagnostic, Plan, Report

if TYPE_CHECKING:
    from zsync.config import Config
    from zsync.redact import Policy

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

_META = "zsync.redact"
_PUBLIC = frozenset({"markdown", "github", "html", "junit"})
"""Formats that are made for places where strangers read."""


@dataclass(slots=True)
class _State:
    """The choice of one command (None: none was made), and what it learned on the way."""

    choice: bool | None
    policy: "Policy | None" = None
    org_id: str = ""
    known: set[str] = field(default_factory=set)
    lot: str = field(default_factory=secrets.token_hex)


def redact_option(command: Decorated) -> Decorated:
    """The option, for commands that print what manifests or the CRM hold; errors that end the command are masked too."""

    def keep(ctx: click.Context, _: click.Parameter, choice: bool | None) -> None:
        ctx.meta[_META] = _State(choice)

    @functools.wraps(command)
    def masked(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except ZsyncError as error:
            _mask(error)
            raise

    return click.option(
        "--redact/--no-redact",
        default=None,
        envvar="ZSYNC_REDACT",
        expose_value=False,
        callback=keep,
        help="Mask personal data in what is shown. Default: in markdown, github, html and junit, and in text on GitHub Actions.",
    )(masked)  # type: ignore[return-value]


def redacts(form: str) -> bool:
    """Whether personal data is masked in a format. JSON is for programs: it is masked on request alone."""
    state = _state()
    if state is None or state.choice is not None:
        return bool(state and state.choice)
    # The logs of public repositories are public.
    return form in _PUBLIC or (form == "text" and os.environ.get("GITHUB_ACTIONS") == "true")


def learn(config: "Config", org_id: str = "") -> None:
    """Take in what zsync.yaml says of personal data, and the org as far as it is known."""
    if state := _state():
        state.policy, state.org_id = config.personal, org_id or state.org_id


def redacted(value: Plan | Report) -> Plan | Report:
    """The plan or report as it may be shown. Raises `InputError` where zsync.yaml, which says how, is wrong."""
    from zsync.redact import personal_values, redact_plan, redact_report

    plan = value.plan if isinstance(value, Report) else value
    if (state := _state()) is None:
        return value
    state.org_id = plan.binding.org_id
    if state.policy is None:
        state.policy = _configured(plan)
    policy = _policy(state)
    state.known |= personal_values(plan, policy)
    return redact_report(value, policy) if isinstance(value, Report) else redact_plan(value, policy)


def redacted_diagnostics(diagnostics: Sequence[Diagnostic], form: str = "text") -> Sequence[Diagnostic]:
    """Diagnostics, with their excerpts, as they may be shown in a format."""
    if (state := _state()) is None or not redacts(form):
        return diagnostics
    from zsync.redact import redact_diagnostics

    return redact_diagnostics(diagnostics, _policy(state))


def redacted_text(text: str) -> str:
    """A message on stderr as it may be shown."""
    if (state := _state()) is None or not redacts("text"):
        return text
    from zsync.redact import redact_text

    return redact_text(text, _policy(state), state.known)


def _state() -> _State | None:
    ctx = click.get_current_context(silent=True)
    state: _State | None = ctx.meta.get(_META) if ctx else None
    return state


def _policy(state: _State) -> "Policy":
    """With the secret of $ZSYNC_REDACT_KEY, else the org alone; without either, tokens hold for this run only."""
    from zsync.redact import Policy

    secret = os.environ.get("ZSYNC_REDACT_KEY", "")
    return (state.policy or Policy()).keyed(state.org_id, secret or ("" if state.org_id else state.lot))


def _configured(plan: Plan) -> "Policy":
    """What the zsync.yaml beside a saved plan's manifests says."""
    from pathlib import Path

    from zsync.config import find_config, load_config
    from zsync.redact import Policy

    files = dict.fromkeys(Path(change.source.file) for change in plan.changes if change.source)
    path = find_config(files)
    return load_config(path).personal if path else Policy()


def _mask(error: ZsyncError) -> None:
    if (state := _state()) is None or not redacts("text"):
        return
    from zsync.manifest import with_excerpts
    from zsync.redact import redact_error

    if isinstance(error, InputError):
        error.diagnostics = with_excerpts(error.diagnostics)
    redact_error(error, _policy(state), state.known)
