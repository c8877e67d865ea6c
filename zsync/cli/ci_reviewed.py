"""The plan that was reviewed, from where GitHub keeps it."""

import os
from pathlib import Path
from typing import NamedTuple

from zsync.bounds import SAVED
from zsync.errors import PlanRefused
from zsync.files.archive import extract
from zsync.files.plan import load_plan
from zsync.files.reading import read_bytes
from zsync.forge import GitHub, Pull
from zsync.model import Plan
from zsync.review import marker, names

NONE = "there is no reviewed plan for this commit"
_COMMITTED = Path(".zsync", "reviewed")


class ReviewedPlan(NamedTuple):
    """The reviewed plan and its file, or why there is none; `agreed` where a person said yes to it by running this again."""

    plan: Plan | None
    file: Path
    absent: str = ""
    agreed: bool = False


def find(github: GitHub, pull: Pull | None, about: str, run: int, attempt: int, folder: Path) -> ReviewedPlan:
    """The plan at which this run stopped in an earlier attempt, else the one that the pull request's comment names.

    It is put into the folder, which is empty. Whoever starts a run again that stopped says yes to the plan that it showed.
    """
    file = folder / "plan.json"
    kept = (
        {artifact.name: artifact for artifact in github.artifacts(run) if not artifact.expired}
        if attempt > 1
        else {}
    )
    if asked := names.asked_before(kept, about, attempt):
        return _load(github, kept[asked].id, file, digest="")._replace(agreed=True)
    known = _named(github, pull, about) if pull else None
    if pull is None or known is None:
        return ReviewedPlan(None, file, _none())
    artifact = github.artifact(known.artifact)
    if artifact is None or artifact.expired:
        return ReviewedPlan(None, file, "the reviewed plan is no longer kept")
    if not artifact.is_of(pull.head.sha):
        return ReviewedPlan(None, file, _none())
    return _load(github, artifact.id, file, known.digest)


def _none() -> str:
    """That there is no reviewed plan; a committed one, which zsync 0.1.0 would have taken, is named."""
    if os.path.lexists(_COMMITTED):
        return f"{NONE}; what lies in {_COMMITTED} of the checkout does not count, as it did in zsync 0.1.0"
    return NONE


def _named(github: GitHub, pull: Pull, about: str) -> marker.Reviewed | None:
    """What the newest comment says of the plan of the very commit that was merged."""
    found = (
        marker.reviewed(comment.body or "", about, pull.head.sha)
        for comment in github.own_comments(pull.number)
    )
    return next((plan for plan in reversed([*found]) if plan), None)


def _load(github: GitHub, artifact: int, file: Path, digest: str) -> ReviewedPlan:
    """Fetch, unpack and read a plan; with a digest, of the file that has it and of no other."""
    packed = file.with_suffix(".zip")
    try:
        github.download(artifact, packed)
    except PlanRefused as refused:
        return ReviewedPlan(None, file, f"what was kept of the review cannot be had: {refused}")
    try:
        if not extract(packed, file.name, file):
            return ReviewedPlan(None, file, "what was kept of the review holds no plan")
        plan = load_plan(read_bytes(file, SAVED).decode("utf-8"))
    except (PlanRefused, UnicodeDecodeError):
        return ReviewedPlan(None, file, "the reviewed plan was altered, or another version of zsync made it")
    finally:
        packed.unlink(missing_ok=True)
    if digest and plan.digest != digest:
        return ReviewedPlan(None, file, "the uploaded plan is not the one that was reviewed")
    return ReviewedPlan(plan, file)
