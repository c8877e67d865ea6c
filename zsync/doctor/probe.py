"""A probe: asks what is open about Zoho in a sandbox, on one relation, and leaves that as it was."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from zsync.crm.probing import Prober, Said
from zsync.doctor.leftover import Leftover
from zsync.doctor.probe_place import ProbeSite, check_sandbox, fields_of
from zsync.doctor.probe_reads import Notes, ReadQuestions
from zsync.doctor.probe_writes import Sleep, WriteQuestions, read, restore
from zsync.errors import GuardRefused, ZsyncError
from zsync.kinds import FieldType
from zsync.model import Expected
from zsync.model.fields import same


@dataclass(slots=True)
class ProbeResult:
    """What a probe found: answers by question, why others stay open, what ended it early, and why the relation is not as it was."""

    answers: Notes = field(default_factory=dict)
    left: Notes = field(default_factory=dict)
    error: ZsyncError | None = None
    unrestored: str = ""


async def probe(
    crm: Prober,
    place: ProbeSite,
    expected: Expected,
    file: Path,
    pause: Callable[[], None],
    *,
    sleep: Sleep = asyncio.sleep,
) -> ProbeResult:
    """Ask everything, and restore the relation, whatever happens on the way.

    `file` holds what to restore from before the first write until the relation is as it was. `pause` is called before each request,
    and may raise a `ZsyncError` that ends the probe. Raises `GuardRefused` for another org or relation than was shown.
    """
    await _check(crm, place, expected)
    found = ProbeResult()
    leftover = Leftover(place.api_domain, place.org.id, place.pen, place.before)
    writing = WriteQuestions(crm, place, (found.answers, found.left), sleep)
    begun = False
    try:
        await ReadQuestions(crm, found.answers, found.left).ask(pause)
        leftover.write(file)
        begun = True
        await writing.ask(pause)
    except ZsyncError as error:
        found.error = error
    except Exception:
        # An answer that nobody has thought of must not leave the sandbox otherwise than it was.
        if begun:
            await restored(crm, leftover, place.types, file, sleep)
        raise
    if begun:
        found.unrestored = await restored(crm, leftover, place.types, file, sleep)
    throttled = crm.traffic.throttled
    if throttled is None:
        found.left |= dict.fromkeys(("too_many_code", "retry_after_header"), "no call met a 429")
    else:
        found.answers["too_many_code"] = Said(429, code=throttled.code).first
        found.answers["retry_after_header"] = "true" if throttled.retry_after else "false"
    return found


async def restored(
    crm: Prober,
    leftover: Leftover,
    types: Mapping[str, FieldType],
    file: Path,
    sleep: Sleep = asyncio.sleep,
) -> str:
    """Restore what a probe changed, and remove its file; empty where the relation is as it was, else why it is not."""
    why = await restore(crm, leftover.before, types, sleep)
    if not why:
        leftover.forget(file)
    return why


async def _check(crm: Prober, place: ProbeSite, expected: Expected) -> None:
    """Raises `GuardRefused` where this is not what was shown: the answer to a question may come hours later."""
    org = await crm.org()
    check_sandbox(org, expected)
    row = await read(crm, tuple(place.types))
    now, before = (fields_of(row, place.types) if row else None), place.before
    alike = now is before is None or (now is not None and before is not None and same(now, before))
    if (org.id, await crm.api_domain()) != (place.org.id, place.api_domain) or not alike:
        raise GuardRefused(
            "the relation is not as it was when it was shown", help="Nothing was sent. Run the probe again."
        )
