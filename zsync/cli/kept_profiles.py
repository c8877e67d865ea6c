"""The org profiles of a repository: `relations/orgs/ENV.yaml`, one for each environment that has been asked."""

import os
import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from unicodedata import normalize

from zsync.model import Diagnostic, Span, sentence

if TYPE_CHECKING:
    from zsync.config import Config, Environment
    from zsync.metadata.profile import OrgProfile

_MODE = 0o644
"""It is committed, and no person is in it."""

_UNSAFE = re.compile(r"[^\w.-]")
_TAKEN = re.compile(r"zsync|\..*", re.IGNORECASE)
"""Names that would make a file a configuration, or hide it."""


class FoundProfile(NamedTuple):
    """The profile of an environment, by its file: None where there is none, or `wrong` says what is wrong with it."""

    path: Path
    profile: "OrgProfile | None" = None
    wrong: tuple[Diagnostic, ...] = ()
    digest: str = ""
    """`sha256:…` of its bytes, where it can be used."""


def profile_path(tree: Path, environment: str) -> Path:
    """The file of an environment's profile. What no file's name may hold is written as `%2F`."""
    from zsync.metadata.profile_file import PROFILES

    name = normalize("NFC", environment)
    safe = _UNSAFE.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), name)
    if _TAKEN.fullmatch(safe):
        safe = f"%{ord(safe[0]):02X}{safe[1:]}"
    return tree / PROFILES / f"{safe}.yaml"


def find_profile(config: "Config", environment: "Environment") -> FoundProfile | None:
    """The profile of an environment; None where there is no file, or no place for one."""
    from zsync.config.search import tree_of

    if config.path is None or not environment.name:
        return None
    path = profile_path(tree_of(config.path.parent), environment.name)
    return read_file(path, environment) if os.path.lexists(path) else None


def kept_profile(config: "Config", environment: "Environment", *, check: bool = False) -> FoundProfile:
    """The profile of an environment as it is. Raises `UsageError` where there is no environment to name it after, and
    with `check` `InputError` where there is none that can be read.
    """
    from zsync.config.search import tree_of
    from zsync.errors import InputError, UsageError

    if config.path is None or not environment.name:
        raise UsageError(
            "a profile is kept for an environment, and there is none",
            help="Write one in relations/zsync.yaml: `environments: {production: {data_centre: eu}}`.",
        )
    path = profile_path(tree_of(config.path.parent), environment.name)
    found = read_file(path, environment) if path.is_file() or path.is_symlink() else FoundProfile(path)
    if check and found.wrong:
        raise InputError(found.wrong)
    if check and found.profile is None:
        advice = sentence(f"Write it: zsync profile -e {environment.name}")
        missing = sentence(f"{environment.name} has no org profile")
        raise InputError((Diagnostic("bad-profile", missing, Span(path.as_posix(), 1, 1), advice),))
    return found


def keep_profile(before: FoundProfile, now: "OrgProfile", environment: str, *, same: bool) -> None:
    """Write the file, unless it says the same already. Raises `InputError` where it cannot be written.

    Answers of a probe stay, where `now` has none of the same name; so does the date, where all else is the `same`.
    """
    from dataclasses import replace

    from zsync.files.writing import cannot_write, write_file
    from zsync.metadata.profile_file import dump_profile

    if before.profile is not None:
        # What a probe found out is not asked again here.
        now = replace(now, answers={**before.profile.answers, **now.answers})
        if same:
            now = replace(now, date=before.profile.date)
    try:
        before.path.parent.mkdir(exist_ok=True)
    except OSError as error:
        raise cannot_write(before.path, error.strerror or str(error)) from None
    text = dump_profile(now, environment)
    if not (
        before.path.is_file() and not before.path.is_symlink() and before.path.read_bytes() == text.encode()
    ):
        write_file(before.path, text, mode=_MODE)


def with_profiles(config: "Config") -> "Config":
    """The configuration, whose kinds know the lists that the org profiles of any of its environments name."""
    from dataclasses import replace

    from zsync.kinds import with_lists

    found = [find_profile(config, environment) for environment in config.environments.values()]
    profiles = [each.profile for each in found if each and each.profile]
    leads_to = {pair: module for profile in profiles for pair, module in profile.leads_to()}
    return replace(config, kinds=with_lists(config.kinds, leads_to)) if leads_to else config


def read_file(path: Path, environment: "Environment") -> FoundProfile:
    """The profile in a file, and why it cannot be used for this environment."""
    from zsync.bounds import PROFILE
    from zsync.files.reading import leaves_repository, read_bytes
    from zsync.metadata.profile_file import read_profile
    from zsync.syntax.locating import place
    from zsync.syntax.source import decode

    name, again = path.as_posix(), f"zsync profile -e {environment.name}"
    if leaves_repository(path, path.parent):
        return FoundProfile(
            path, None, (_wrong(name, "it is a link that leads out of the repository", again),)
        )
    try:
        data = read_bytes(path, PROFILE)
    except OSError as error:
        return FoundProfile(path, None, (_wrong(name, str(error.strerror or error), again),))
    source, finding = decode(name, data)
    profile, findings = read_profile(source) if finding is None else (None, [finding])
    if profile is None:
        return FoundProfile(path, None, place([each._replace(code="bad-profile") for each in findings]))
    if environment.org_id and profile.org_id != environment.org_id:
        what = f"it is of org {profile.org_id}, and {environment.name} is org {environment.org_id}"
        return FoundProfile(path, None, (_wrong(name, what, again),))
    return FoundProfile(path, profile, digest=f"sha256:{sha256(data).hexdigest()}")


def strays(config: "Config") -> Iterator[Diagnostic]:
    """Warnings for profiles of environments that there are not."""
    from zsync.config.search import tree_of
    from zsync.metadata.profile_file import PROFILES

    tree = tree_of(config.path.parent) if config.path else None
    if tree is None or not (tree / PROFILES).is_dir():
        return
    known = {profile_path(tree, name).name.casefold() for name in config.environments}
    for path in sorted((tree / PROFILES).glob("*.yaml")):
        if path.name.casefold() not in known and _says_profile(path):
            yield Diagnostic(
                "stray-profile",
                sentence(f"no environment of {config.path} has the name of this org profile"),
                Span(path.as_posix(), 1, 1),
                sentence("Delete it, if the environment is gone."),
                severity="warning",
            )


def _says_profile(path: Path) -> bool:
    from zsync.bounds import PROFILE
    from zsync.files.reading import read_bytes
    from zsync.metadata.profile_file import is_profile

    try:
        return is_profile(read_bytes(path, PROFILE))
    except OSError:
        return False


def _wrong(name: str, why: str, again: str) -> Diagnostic:
    return Diagnostic(
        "bad-profile",
        sentence(f"the org profile cannot be used: {why}"),
        Span(name, 1, 1),
        sentence(f"Write it anew: {again}"),
    )
