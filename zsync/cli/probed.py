"""The org profiles that a plan uses: its environment's own, and that which `put: changed` rests on."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from zsync.cli.kept_profiles import FoundProfile, find_profile
from zsync.errors import InputError, PlanRefused
from zsync.model import Binding, Diagnostic, sentence
from zsync.model.plans import ProfileBound, Put

if TYPE_CHECKING:
    from zsync.config import Config, Environment
    from zsync.git import ChosenBase
    from zsync.metadata.profile import OrgProfile


def used_profiles(
    config: "Config", environment: "Environment", own: FoundProfile | None
) -> tuple[ProfileBound, ...]:
    """The profiles that are used, by name: `own`, the environment's, and that of `probed`, as far as there are any."""
    found = {environment.name: own.digest} if own and own.profile else {}
    probed = _probed(config, environment)
    if probed and probed.profile:
        found[environment.probed] = probed.digest
    return tuple(ProfileBound(*each) for each in sorted(found.items()))


def put_of(
    config: "Config", environment: "Environment", base: "ChosenBase | None"
) -> tuple[Put, tuple[Diagnostic, ...]]:
    """What updates send, and a warning where the base does not know the answer that `put: changed` takes: then they send all.

    A pull request can write an answer into a profile that no probe gave. Raises `InputError` where the profile here lacks it.
    """
    if wrong := unprobed(config, environment):
        raise InputError(wrong)
    if environment.put == "all" or base is None or _agreed(config, environment, base):
        return environment.put, ()
    message = sentence(
        f"this plan sends all fields in spite of `put: changed`: {base.called} has no org profile of {environment.probed} that says "
        f"`put_omitted_attr: keep`"
    )
    advice = sentence("Merge the profile first; from then on `put: changed` counts.")
    return "all", (Diagnostic("unmerged-answer", message, environment.put_span, advice, severity="warning"),)


def _agreed(config: "Config", environment: "Environment", base: "ChosenBase") -> bool:
    """Whether the profile that holds the answer holds it at the base as well."""
    from zsync import git
    from zsync.metadata.profile_file import read_profile
    from zsync.syntax.source import decode

    found, tree = _probed(config, environment), git.tree(base.root, base.commit)
    if found is None or found.profile is None:
        return False
    # The file of that name, and not what a link in this branch makes of it.
    file = Path(os.path.realpath(found.path.parent)) / found.path.name
    if not tree.is_file(file) or tree.leaves(file, base.root):
        return False
    source, wrong = decode(file.name, tree.read(file))
    profile, _ = read_profile(source) if wrong is None else (None, [])
    return profile is not None and profile.org_id == found.profile.org_id and _kept(profile)


def _kept(profile: "OrgProfile") -> bool:
    """Whether a profile says that its org, a sandbox, keeps what a PUT leaves out."""
    from zsync.doctor.questions import KEEPS, SANDBOXES

    return profile.org_type in SANDBOXES and profile.answers.get(KEEPS) == "keep"


def unprobed(config: "Config", environment: "Environment") -> tuple[Diagnostic, ...]:
    """What is missing for an environment's `put: changed`; nothing where it says `all`."""
    from zsync.doctor.questions import KEEPS, SANDBOXES

    if environment.put != "changed":
        return ()
    found, name = _probed(config, environment), environment.probed
    ask = f"zsync doctor --probe -e {name}"
    if found is not None and found.wrong:
        return found.wrong
    if found is None or found.profile is None:
        return _missing(environment, f"{name} has no org profile", f"Ask its org: {ask}")
    path, profile = found.path.as_posix(), found.profile
    if profile.org_type not in SANDBOXES:
        return _missing(
            environment, f"{path} is not of a sandbox", "Name an environment whose org was probed."
        )
    said = profile.answers.get(KEEPS)
    if said is None:
        return _missing(
            environment,
            f"{path} does not say what becomes of a field that a PUT leaves out",
            f"Ask its org: {ask}",
        )
    if said != "keep":
        why = f"{path} says that the org does not keep a field that a PUT leaves out ({KEEPS}: {said})"
        return _missing(environment, why, "Write `put: all`.")
    return ()


def check_profiles(binding: Binding, profiles: tuple[ProfileBound, ...]) -> None:
    """Raises `PlanRefused` for a plan that was made with other org profiles than `profiles`, which there are now."""
    then, now = dict(binding.profiles), dict(profiles)
    for name in sorted({*then, *now}):
        if then.get(name) != now.get(name):
            was, is_ = (f"{digest:.15}" if digest else "none" for digest in (then.get(name), now.get(name)))
            raise PlanRefused(
                f"the org profile of {name} is not as it was when the plan was made: then {was}, now {is_}",
                help="Run zsync at the plan's commit, or make a new plan: `zsync plan --out FILE`.",
            )


def _probed(config: "Config", environment: "Environment") -> FoundProfile | None:
    other = config.environments.get(environment.probed) if environment.probed else None
    return find_profile(config, other) if other else None


def _missing(environment: "Environment", why: str, advice: str) -> tuple[Diagnostic, ...]:
    message = sentence(f"`put: changed` of {environment.name} takes the answer of a probe, and {why}")
    return (Diagnostic("unprobed-put", message, environment.put_span, sentence(advice)),)
