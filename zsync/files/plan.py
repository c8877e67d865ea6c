"""Plans and reports as files: canonical JSON, sealed with digests.

Canonical means sorted keys, no spaces, only ASCII, exact numbers in one form, and one line end: the same plan is the same
bytes. `content` covers the org and the changes alone, so that two plans that do the same have the same content, whenever
they were made. `digest` is the last member and covers every byte before it: whoever approves a digest approves them all.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast

import simplejson

from zsync.errors import PlanRefused
from zsync.files.encoding import (
    PLAN_FORMAT,
    REPLAN,
    REPORT_FORMAT,
    plan_members,
    plan_of,
    report_members,
    report_of,
)
from zsync.files.reading import Unreadable, read_json
from zsync.model import Binding, Change, Cost, Plan, Report, Request, Summary


def canonical(value: Any) -> str:
    """The canonical, inert JSON text of a value. Decimals never pass through a float."""
    return inert(str(simplejson.dumps(value, sort_keys=True, separators=(",", ":"), use_decimal=True)))


def inert(json: str) -> str:
    """ASCII JSON that commands nothing, even if a stranger's name in it is shown in a log or a terminal.

    Control characters and changes of the writing direction are escaped already. What is left are DEL, and `##[command]`,
    which the runner of GitHub Actions obeys anywhere in a line.
    """
    return json.replace("##", "#\\u0023").replace("\x7f", "\\u007f")


def sha256(text: str) -> str:
    """`sha256:…` of a text's UTF-8 bytes."""
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def seal(
    binding: Binding,
    summary: Summary,
    changes: Sequence[Change],
    requests: Sequence[Request],
    cost: Cost,
    **guarding: Any,
) -> Plan:
    """A plan with its `content` and `digest`; `guarding` are its `facts`, `verdicts`, `overrides` and `only`, if any."""
    return sealed(Plan(binding, summary, tuple(changes), tuple(requests), cost, **guarding))


def sealed(plan: Plan) -> Plan:
    """The plan with the `content` and `digest` that fit it."""
    plan = replace(plan, content=_content(plan))
    return replace(plan, digest=sha256(_before_digest(plan_members(plan))))


def dump_plan(plan: Plan) -> str:
    """The text of a plan file, with its line end."""
    return _before_digest(plan_members(plan)) + _ending(plan)


def dump_report(report: Report) -> str:
    """The text of a report file, which includes the plan, with its line end."""
    return canonical(report_members(report)) + "\n"


def load_plan(text: str) -> Plan:
    """Read a plan file. Raises `PlanRefused` if it is not a plan of this format, or not as zsync wrote it."""
    plan = plan_of(_parse(text, PLAN_FORMAT, "plan"))
    _check_seal(plan, text.removesuffix(_ending(plan)))
    # The digest covers bytes, not their meaning: a key that occurs twice would be read one way and reviewed another. Text
    # that zsync would write itself has one meaning.
    if dump_plan(plan) != text:
        raise PlanRefused("the plan was altered: it is not as zsync wrote it", help=REPLAN)
    return plan


def load_report(text: str) -> Report:
    """Read a report file. Raises `PlanRefused` if it is not a report of this format, or if its plan was altered."""
    data = _parse(text, REPORT_FORMAT, "report")
    plan = plan_of(data["plan"])
    _check_seal(plan, _before_digest(data["plan"]))
    report = report_of(data, plan)
    if [row._asdict() for row in report.open] != data["open"]:
        raise PlanRefused("the report was altered: it names other open rows than its outcomes", help=REPLAN)
    return report


def file_format(text: str) -> str:
    """The format that a saved file names (`zsync.plan/2`); empty for none. Raises `PlanRefused` if it is not JSON."""
    return _format_of(_read(text))


def _read(text: str) -> Any:
    try:
        return read_json(text)
    except Unreadable as error:
        raise PlanRefused(f"the file is not JSON that zsync wrote: {error}", help=REPLAN) from None


def _format_of(data: Any) -> str:
    return str(data.get("format", ""))[:80] if isinstance(data, dict) else ""


def check_plan(plan: Plan, *, now: datetime, digest: str | None = None) -> None:
    """Raises `PlanRefused` if a plan has expired, or is not the one whose digest was approved."""
    if digest is not None and digest != plan.digest:
        raise PlanRefused(
            f"the plan is not the approved one: its digest is {plan.digest}, approved was {digest}",
            help="Apply the file that was reviewed, or have this one reviewed.",
        )
    # A time without a zone cannot be compared, which is a TypeError: such a plan does not say when it ends.
    try:
        expires = datetime.fromisoformat(plan.binding.expires_at)
        expired = expires <= now
    except (ValueError, TypeError):
        raise PlanRefused("the plan does not say when it expires", help=REPLAN) from None
    if expired:
        raise PlanRefused(f"the plan expired at {plan.binding.expires_at}", help=REPLAN)


def timestamp(moment: datetime) -> str:
    """A time as plans write it: ISO 8601 in UTC, in whole seconds."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _parse(text: str, wanted: str, noun: str) -> dict[str, Any]:
    from zsync.files.report_schema import check_report
    from zsync.files.schema import check_plan as check_data

    data = _read(text)
    found = _format_of(data)
    if found != wanted:
        raise _other_format(found, wanted, noun)
    problem = check_data(data) if wanted == PLAN_FORMAT else check_report(data)
    if problem:
        raise PlanRefused(f"the {noun} was altered: {problem}", help=REPLAN)
    return cast("dict[str, Any]", data)


def _other_format(found: str, wanted: str, noun: str) -> PlanRefused:
    """Why a file of another format is not read, and what to do. Nothing converts one version into another: it would have to
    invent what an older one lacks, or drop what a newer one adds.
    """
    kind, _, version = wanted.partition("/")
    other = found.removeprefix(f"{kind}/")
    if other == found or not (other.isascii() and other.isdigit()):
        return PlanRefused(
            f"not a {noun} of this zsync: its format is {found!r}, wanted is {wanted!r}", help=REPLAN
        )
    older = int(other) < int(version)
    message = f"the {noun} was made by {'an older' if older else 'a newer'} zsync: its format is {found}, this one reads {wanted}"
    if not older:
        return PlanRefused(message, help="Read it with the zsync that made it, or update this one.")
    if noun == "plan":
        return PlanRefused(message, help="Make a new plan with this version: `zsync plan --out FILE`.")
    return PlanRefused(message, help="Read it with the zsync that made it: this version writes new ones.")


def _content(plan: Plan) -> str:
    # Without labels: a record that is renamed for people makes no other change.
    changes = [
        [
            change.action,
            *change.address,
            change.related_module,
            change.record_key,
            change.key,
            change.before,
            change.after,
        ]
        for change in plan.changes
    ]
    return sha256(canonical({"org_id": plan.binding.org_id, "changes": changes}))


def _check_seal(plan: Plan, before_digest: str) -> None:
    """Raises `PlanRefused` unless the digests of a plan fit what they cover."""
    if plan.digest != sha256(before_digest) or plan.content != _content(plan):
        raise PlanRefused("the plan was altered: its digest does not fit its text", help=REPLAN)


def _before_digest(members: Mapping[str, Any]) -> str:
    """A plan file without its last member: the bytes that the digest covers."""
    return canonical({name: value for name, value in members.items() if name != "digest"})[:-1]


def _ending(plan: Plan) -> str:
    # Last, so that a program that reads the file as a stream has hashed the rest when the digest comes.
    return f',"digest":{canonical(plan.digest)}}}\n'
