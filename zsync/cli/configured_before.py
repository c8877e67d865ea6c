"""The base's zsync.yaml: its guards hold besides the branch's, and what the branch changes in it is told first."""

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from zsync.errors import InputError
from zsync.model import Diagnostic
from zsync.model.verdicts import Safeguards, Setting

if TYPE_CHECKING:
    from zsync.config import Config, Environment
    from zsync.guards.evaluation import Rule
    from zsync.redact import Policy


class Before(NamedTuple):
    """What the base's zsync.yaml says of an environment, and what the branch changes in the file. Empty without a base."""

    rules: "tuple[Rule, ...]" = ()
    safeguards: Safeguards = Safeguards()
    settings: tuple[Setting, ...] = ()
    warnings: tuple[Diagnostic, ...] = ()
    personal: "Policy | None" = None


def configured_before(ref: str | None, paths: tuple[Path, ...], config: "Config", environment: str) -> Before:
    """What the zsync.yaml that was in force for these paths at the commit `ref` says of an environment.

    Where it has none of that name, it says what it says of all of its environments: a branch does not get past a guard by
    giving an environment another name. Where it cannot be read, it says nothing, which is warned of. Raises `UsageError`
    where there is no such commit.
    """
    from zsync import git
    from zsync.config import find_at, read_config
    from zsync.review.configuration import NAMES, changed

    if ref is None:
        return Before()
    files = git.named(ref, NAMES)
    try:
        name = find_at(paths, files)
        base = read_config(files[name], f"{ref}:{name}") if name else None
    except InputError as error:
        said = "; ".join(str(diagnostic.message) for diagnostic in error.diagnostics[:3])
        return Before(warnings=(_warning(ref, f"cannot be used ({said})"),))
    now = {config.bound.path: _bytes(config)} if config.bound else {}
    # Under the name of today, so that a file that moved is compared with itself.
    was = {config.bound.path if config.bound else name: files[name]} if name else {}
    settings = changed(was, now)
    if name and config.bound and name != config.bound.path:
        settings = (Setting(config.bound.path, "", name, config.bound.path), *settings)
    if base is None:
        return Before(settings=settings, warnings=(_warning(ref, "does not exist"),) if config.bound else ())
    those = _environments(base, environment)
    rules = tuple(rule for each in those for rule in each.guards.rules) or base.guards.rules
    waves = next((each.waves for each in those if each.waves), ())
    return Before(
        rules, Safeguards(any(each.protected for each in those), waves), settings, personal=base.personal
    )


def _environments(base: "Config", name: str) -> "tuple[Environment, ...]":
    return (base.environments[name],) if name in base.environments else tuple(base.environments.values())


def _bytes(config: "Config") -> bytes:
    from zsync.bounds import CONFIG
    from zsync.files.reading import read_bytes

    return read_bytes(config.path, CONFIG) if config.path else b""


def _warning(ref: str, why: str) -> Diagnostic:
    return Diagnostic(
        "no-base-config",
        f"the zsync.yaml of {ref} {why}: the guards of this branch alone hold",
        help="Merge a valid zsync.yaml by itself first; from then on its guards hold for every branch.",
        severity="warning",
    )
