"""`zsync validate`: all problems of all manifests, names and values by the org profiles included. Opens no socket."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from zsync.cli.command import Section, command
from zsync.cli.invocation import Invocation
from zsync.cli.options import DIAGNOSTICS_FORMAT, ENVIRONMENT, EVERYWHERE, PATHS

if TYPE_CHECKING:
    from zsync.cli.kept_profiles import FoundProfile
    from zsync.config import Config, Environment
    from zsync.metadata.flaws import Flaw
    from zsync.model import Diagnostic, ManagedList, Manifests


class _Org(NamedTuple):
    """An environment whose manifests are checked, and its profile; None where it has none."""

    environment: "Environment"
    found: "FoundProfile | None"


@command(
    PATHS,
    Section("What to check against", (ENVIRONMENT,)),
    Section("What to print", (DIAGNOSTICS_FORMAT,)),
    EVERYWHERE,
    exits={0: "nothing to fix", 4: "fix a file (each problem is listed)", 64: "usage"},
)
def validate(call: Invocation, paths: tuple[Path, ...]) -> None:
    """Check manifests offline: all problems of all files in one run.

    PATH is a manifest or a folder of them. Default: relations. Names of lists and fields, and values, are checked against the
    org profile of each environment that a manifest belongs to, or of ENV alone (`zsync profile` writes it). Problems are shown
    on stderr; json is a list of them, and github marks their lines in a pull request.
    """
    from zsync.cli import session as sessions
    from zsync.kinds import with_lists

    where = sessions.manifest_paths(paths)
    config = sessions.open_config(call, where)
    orgs = _orgs(call, config)
    leads_to = {
        pair: module
        for org in orgs
        if org.found and org.found.profile
        for pair, module in org.found.profile.leads_to()
    }
    manifests = sessions.load_manifests(where, replace(config, kinds=with_lists(config.kinds, leads_to)))
    warnings = (*manifests.warnings, *_by_profiles(manifests, config, orgs, whole=not call.environment))
    _refuse(warnings)
    call.output.show(warnings)
    call.output.deliver_diagnostics(warnings, manifests.files)
    if ("text", None) in call.output.formats.targets:
        call.output.result(_sound(manifests) + _unchecked(orgs))


def _orgs(call: Invocation, config: "Config") -> tuple[_Org, ...]:
    """The environments to check against: the one that was asked for, else all; without any, one that has no name."""
    from zsync.cli.kept_profiles import find_profile

    chosen = list(config.environments.values())
    if call.environment or not chosen:
        chosen = [config.environment(call.environment, command="validate")]
    return tuple(_Org(environment, find_profile(config, environment)) for environment in chosen)


def _by_profiles(
    manifests: "Manifests", config: "Config", orgs: Sequence[_Org], *, whole: bool
) -> "tuple[Diagnostic, ...]":
    """What is wrong with the profiles, and what they and zsync.yaml say of the manifests, by place."""
    from zsync.cli.kept_profiles import strays
    from zsync.cli.probed import unprobed
    from zsync.metadata.flaws import told

    found = told(pair for org in orgs for pair in _flaws(manifests.lists, config, org))
    wrong = [each for org in orgs if org.found for each in org.found.wrong]
    wrong += [each for org in orgs for each in unprobed(config, org.environment) if each not in wrong]
    rank = {name: at for at, name in enumerate(manifests.files)}
    by_place = sorted(found, key=lambda each: (rank.get(each.span.file, 0), each.span) if each.span else (0,))
    return (*wrong, *(strays(config) if whole else ()), *by_place)


def _flaws(lists: "Sequence[ManagedList]", config: "Config", org: _Org) -> "Iterator[tuple[str, Flaw]]":
    from zsync.metadata.checking import flaws
    from zsync.model.metadata import OrgMetadata

    environment, found = org
    called = environment.name or "this repository"
    profile = found.profile if found else None
    known = profile.metadata(called) if profile else OrgMetadata(called)
    held = [managed for managed in lists if _holds(config, environment, managed.span.file)]
    for flaw in flaws(held, known, environment.values):
        note = ""
        if found and profile and flaw.severity == "error" and flaw.code not in _OF_THE_FILE:
            again = f"zsync profile -e {environment.name}"
            note = f"\n{found.path.as_posix()} is of {profile.date}; new since? {again}"
        yield called, replace(flaw, note=note)


_OF_THE_FILE = frozenset({"wrong-type", "too-precise", "too-long"})
"""Codes of mistakes that a newer profile would hardly take back."""


def _holds(config: "Config", environment: "Environment", file: str) -> bool:
    """Whether a manifest belongs to an environment."""
    if not environment.manifests or config.path is None:
        return True
    real = Path(os.path.realpath(file))
    home = config.path.parent
    return any(real.is_relative_to(os.path.realpath(home / each)) for each in environment.manifests)


def _refuse(found: "Sequence[Diagnostic]") -> None:
    """Raises `InputError` with all that was found, where one of it is an error."""
    from zsync.errors import InputError

    if any(each.severity == "error" for each in found):
        raise InputError(tuple(found))


def _sound(manifests: "Manifests") -> str:
    if not manifests.files:
        return "There is no manifest here: nothing to fix.\n"
    rows = sum(len(managed.records) + len(managed.absent) for managed in manifests.lists)
    files, lists = len(manifests.files), len(manifests.lists)
    return (
        f"{files} file{'s' if files != 1 else ''}, {lists} related list{'s' if lists != 1 else ''}, "
        f"{rows} row{'s' if rows != 1 else ''}: nothing to fix.\n"
    )


def _unchecked(orgs: Sequence[_Org]) -> str:
    """What was not checked for want of a profile: silence would read as a clean bill."""
    from zsync.metadata.flaws import listed
    from zsync.render.escape import terminal

    names = [org.environment.name for org in orgs if org.environment.name and org.found is None]
    if not names:
        return ""
    again = f"zsync profile -e {names[0]}"
    return f"Not checked: lists, fields and values of {terminal(listed(names))}, without an org profile: {terminal(again)}\n"
