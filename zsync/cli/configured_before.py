"""The base's zsync.yaml: its guards hold besides the branch's, and what the branch changes in it is told first."""

from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from zsync.errors import InputError, PlanRefused, UsageError
from zsync.kinds import KINDS
from zsync.model import BaseCommit, Configured, Diagnostic
from zsync.model.consent import Consent
from zsync.model.verdicts import Safeguards, Setting

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from zsync.cli.invocation import Invocation
    from zsync.config import Config, Environment
    from zsync.git import ChosenBase
    from zsync.guards.evaluation import Rule
    from zsync.kinds import Kind
    from zsync.model import Plan
    from zsync.redact import Policy

_SHORT = 7
"""Digits of a commit in messages."""


class Before(NamedTuple):
    """What the base's zsync.yaml says of an environment, and what the branch changes in the file. Empty without a base."""

    base: BaseCommit = BaseCommit()
    rules: "tuple[Rule, ...]" = ()
    safeguards: Safeguards = Safeguards()
    settings: tuple[Setting, ...] = ()
    warnings: tuple[Diagnostic, ...] = ()
    personal: "Policy | None" = None
    kinds: "tuple[Kind, ...]" = KINDS
    credit_reserve: int = 0
    consents: tuple[Consent, ...] = ()


def configured_before(
    at: "ChosenBase | None", paths: tuple[Path, ...], config: "Config", environment: str
) -> Before:
    """What the zsync.yaml that was in force for these paths at a commit says of an environment.

    Where it has none of that name, it says what it says of all of its environments: a branch does not get past a guard by
    giving an environment another name. One that cannot be used refuses every plan with changes. Raises `UsageError` for
    files that Git cannot give.
    """
    from zsync import git
    from zsync.cli.consented_before import committed, entries_changed
    from zsync.config import find_at, read_config
    from zsync.guards.unusable import UnusableBase
    from zsync.redact import Policy
    from zsync.review.configuration import NAMES

    if at is None:
        return Before()
    commit, ref = at.commit, at.called
    files = git.named(commit, NAMES, at.root)
    try:
        name = find_at(paths, files)
        beside = committed(at.root, commit, name) if name else None
        base = read_config(files[name], f"{ref}:{name}", beside, name) if name else None
    except InputError as error:
        refuses, settings = (UnusableBase(ref, _first(error)),), _changed(config, files, None)
        return Before(BaseCommit(commit), refuses, settings=settings, personal=Policy())
    settings = _changed(config, files, name)
    if name is None or base is None:
        missing = (_missing(ref),) if config.bound else ()
        # A file that says nothing asks everybody, and so does none.
        nothing = (Consent(base=True),)
        return Before(BaseCommit(commit), settings=settings, warnings=missing, consents=nothing)
    settings = (*entries_changed(base, config, environment), *settings)
    bound = _bound(name, files[name])
    # Where the branch leaves the file as it is, apply demands that very file.
    text = "" if config.bound and bound.digest == config.bound.digest else files[name].decode()
    return _said(base, environment, BaseCommit(commit, bound), settings, text)


def judged_before(call: "Invocation", made: "Plan") -> Before:
    """What the base's zsync.yaml says of the environment of a plan that was made before.

    It is read from Git where the plan's commit is, and else from the plan, which is told. Raises `PlanRefused` where the
    plan does not hold what it is bound to.
    """
    from zsync.cli.consented_before import committed_here, of_base
    from zsync.config import read_config
    from zsync.guards.unusable import UnusableBase
    from zsync.redact import Policy

    base, shown = made.binding.base, made.binding.base.commit[:_SHORT]
    if not base.commit:
        return Before()
    data, configured = _kept(call, made), base.configuration
    if configured is None:
        return Before(base, consents=(Consent(base=True),))
    beside = committed_here(base.commit, configured.path)
    same = configured.digest == (made.binding.configuration or Configured("", "")).digest
    if same and beside is None:
        # The rules are those in force, and the files that they name cannot be had as they were.
        return Before(base)
    if _bound(configured.path, data) != configured:
        raise PlanRefused(
            f"the plan was altered: it was judged against {configured.path} of the commit {shown}, and does not hold that file",
            help="Make a new plan: `zsync plan --out FILE`.",
        )
    try:
        config = read_config(data, f"{shown}:{configured.path}", beside, configured.path)
    except InputError as error:
        return Before(base, (UnusableBase(shown, _first(error)),), personal=Policy())
    if same:
        return Before(base, consents=of_base(config, made.binding.environment))
    # Not the safeguards that the plan says: that file tells them.
    return _said(config, made.binding.environment, base)


def _kept(call: "Invocation", made: "Plan") -> bytes:
    """The base's zsync.yaml, from Git where it has the commit, else from the plan."""
    base = made.binding.base
    data = _at(base)
    if data is not None:
        return data
    call.output.talk(
        f"The plan was judged against the commit {base.commit[:_SHORT]}, which is not in this repository: what its zsync.yaml said "
        "is taken from the plan."
    )
    return made.base.configuration.encode()


def _said(
    config: "Config",
    environment: str,
    base: BaseCommit,
    settings: tuple[Setting, ...] = (),
    text: str = "",
) -> Before:
    """What a base's configuration says of an environment."""
    from zsync.cli.consented_before import of_base

    return Before(
        base,
        _rules(config, environment),
        _safeguards(config, environment)._replace(configuration=text),
        settings,
        personal=config.personal,
        kinds=config.kinds,
        credit_reserve=_reserve(config, environment),
        consents=of_base(config, environment),
    )


def _at(base: BaseCommit) -> bytes | None:
    """The file that a base is bound to, as Git has it; None where its commit is not here."""
    from zsync import git
    from zsync.review.configuration import NAMES

    try:
        files = git.named(base.commit, NAMES)
    except UsageError:
        return None
    return files.get(base.configuration.path, b"") if base.configuration else b""


def _bound(name: str, data: bytes) -> Configured:
    return Configured(name, f"sha256:{sha256(data).hexdigest()}")


def _changed(config: "Config", files: "Mapping[str, bytes]", name: str | None) -> tuple[Setting, ...]:
    """What differs between the files of the base, of which `name` was in force (None: nobody can tell), and the one now."""
    from zsync.review.configuration import changed

    bound = config.bound
    now = {bound.path: _bytes(config)} if bound else {}
    # Under the name of today, so that a file that moved is compared with itself.
    was = {bound.path if bound else name: files[name]} if name else {}
    if name is None and bound and bound.path in files:
        was = {bound.path: files[bound.path]}
    settings = changed(was, now)
    if name and bound and name != bound.path:
        settings = (Setting(bound.path, "", name, bound.path), *settings)
    return settings


def _rules(base: "Config", environment: str) -> "tuple[Rule, ...]":
    from zsync.guards.evaluation import with_default

    return with_default(tuple(_each_rule(base, environment)) or base.guards.rules)


def _each_rule(base: "Config", environment: str) -> "Iterator[Rule]":
    return (rule for known in _environments(base, environment) for rule in known.guards.rules)


def _safeguards(base: "Config", environment: str) -> Safeguards:
    those = _environments(base, environment)
    waves = next((known.waves for known in those if known.waves), ())
    return Safeguards(any(known.protected for known in those), waves)


def _reserve(base: "Config", environment: str) -> int:
    return max((known.credit_reserve for known in _environments(base, environment)), default=0)


def _environments(base: "Config", name: str) -> "tuple[Environment, ...]":
    # All of them for an unknown name: else a branch would shed its guards by renaming its environment.
    return (base.environments[name],) if name in base.environments else tuple(base.environments.values())


def _bytes(config: "Config") -> bytes:
    from zsync.bounds import CONFIG
    from zsync.files.reading import read_bytes

    return read_bytes(config.path, CONFIG) if config.path else b""


def _first(error: InputError) -> str:
    return "; ".join(str(diagnostic.message) for diagnostic in error.diagnostics[:3])


def _missing(ref: str) -> Diagnostic:
    return Diagnostic(
        "no-base-config",
        f"the zsync.yaml of {ref} does not exist: the guards of this branch alone hold",
        help="Merge a valid zsync.yaml by itself first; from then on its guards hold for every branch.",
        severity="warning",
    )
