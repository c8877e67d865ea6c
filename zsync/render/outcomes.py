"""Why changes ended as they did, in words: what Zoho said, what the CRM holds, why a run was stopped. Not yet escaped."""

import re
from datetime import UTC, datetime

from zsync.codes import CARRIED_CHANGED
from zsync.model import Fields, Found, KeyMoved, Outcome, Stop
from zsync.render.words import converted, objected, value

_CODE = re.compile(r"[A-Z][A-Z0-9_]{1,63}")
_DOUBTS = {
    "lost": "no usable answer",
    "unmentioned": "the answer says nothing of this row",
    "unread": "it was sent, and cannot be read back",
    "moved": "it was refused, and changed all the same",
}


def is_code(text: str) -> bool:
    """Whether a text from the CRM looks like one of its codes, so that a command or a notice may contain it."""
    return bool(_CODE.fullmatch(text))


def answer(outcome: Outcome) -> str:
    """Why a change ended as it did: `INVALID_DATA: the related id given seems to be invalid`. Empty if the status says it all."""
    if outcome.status == "unchanged":
        return "already as planned"
    if outcome.key is not None:
        return _key(outcome.key)
    if outcome.objection is not None:
        return f"not sent: {objected(outcome.objection)}"
    if outcome.found is not None:
        return _joined(outcome.code, outcome.message, _found(outcome, outcome.found))
    said = _joined(outcome.code, outcome.message)
    if outcome.doubt:
        why = " ".join(filter(None, (_DOUBTS[outcome.doubt], f"({outcome.problem})" * bool(outcome.problem))))
        return (
            _joined(outcome.request, why, said)
            if outcome.doubt == "lost"
            else _joined(why, outcome.request, said)
        )
    return (
        f"{said} ({', '.join(filter(None, (outcome.request, outcome.problem)))})"
        if said and outcome.request
        else said
    )


def stopped(stop: Stop) -> str:
    """Why a run ended early, and what to do about it, if anything."""
    match stop.cause:
        case "interrupted":
            return "interrupted: the requests under way were finished, the others were not sent"
        case "wave":
            return f"wave {stop.wave} has {stop.open} of {stop.changes} changes that were not applied"
        case "refused":
            return f"{_joined(stop.request, stop.code, stop.message)} {stop.help}".strip()
        case "failed" | "frozen":
            return f"{stop.message} {stop.help}".strip()


def _key(moved: KeyMoved) -> str:
    """`ana@acme.example is now Ana Berg 303, not Ana Lind 300`. The key of a parent has its module before it."""
    label = ", ".join(moved.key.values())
    shown = f"{moved.module} {label}" if moved.side == "parent" and label else label
    planned = _called(moved.name, moved.id)
    if moved.conversion is not None:
        return f"{shown or planned} was {converted(moved.conversion)}"
    match moved.bearers:
        case (bearer,):
            return f"{shown} is now {_called(bearer.name, bearer.id)}, not {planned}"
        case ():
            has = ", ".join(value(each) for each in (moved.now or {}).values())
            more = f": {planned} now has {has}" if moved.now is not None else ""
            return f"no record of {moved.module} has {label} any more{more}"
        case several:
            named = ", ".join(_called(bearer.name, bearer.id) for bearer in several)
            return f"{shown} now names {len(several)} records: {named}"


def _called(name: str, record_id: str) -> str:
    return f"{name} {record_id}" if name else record_id


def _found(outcome: Outcome, found: Found) -> str:
    """`the CRM now says Opted Out (2027-02-28 09:00 UTC)`. A single field is not named: the change beside it does that."""
    shown = _fields(found.fields)
    if outcome.code == CARRIED_CHANGED:
        return (
            f"the CRM stored the change, and what was to stay as it was now says {_named(found.fields or {})}"
        )
    if outcome.doubt == "moved":
        return f"the CRM refused the row and now {f'shows {shown}' if shown else 'has it'}"
    if outcome.status != "held":
        missing = "does not show it" if found.fields is None else "still has it"
        return f"the CRM accepted the row and {f'shows {shown}' if shown else missing}"
    missing = "no longer has this row" if found.fields is None else "has this row now"
    when = f" ({moment(found.changed_at)})" if found.changed_at else ""
    author = f", the record last changed by {found.changed_by}" if found.changed_by else ""
    return f"the CRM {f'now says {shown}' if shown else missing}{when}{author}"


def _fields(fields: Fields | None) -> str:
    # Alone, the value says it all: `the CRM now says Opted Out`.
    if fields is None or len(fields) == 1:
        return "".join(map(value, (fields or {}).values()))
    return _named(fields)


def _named(fields: Fields) -> str:
    return ", ".join(f"{name}: {value(this)}" for name, this in fields.items())


def moment(text: str) -> str:
    """A time as people read it, `2027-02-28 09:00 UTC`. Any other text stays as it is."""
    try:
        found = datetime.fromisoformat(text)
        return f"{found.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if found.tzinfo else text
    except (ValueError, OverflowError):
        return text


def _joined(*parts: str) -> str:
    return ": ".join(part for part in parts if part)
