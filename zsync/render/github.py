"""Annotations for GitHub Actions: workflow commands, one per line, that mark lines of manifests in a pull request.

https://docs.github.com/actions/reference/workflow-commands-for-github-actions. GitHub shows ten annotations of each level
for a step and ignores the rest, so the tenth counts those that are left out.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from zsync.model import DONE, OPEN, Change, Diagnostic, Drift, Outcome, Plan, Report, Span, Status
from zsync.model.verdicts import Override
from zsync.render.attention import Sight, above, few, left_out, look_at, withheld
from zsync.render.drift import WORDS, crm_side, headline
from zsync.render.escape import command_message, command_property
from zsync.render.groups import NAME
from zsync.render.outcomes import answer, stopped
from zsync.render.verdicts import advice, said
from zsync.render.words import (
    RUNES,
    compared,
    count,
    cut,
    drifted,
    fields,
    nothing_to_do,
    partial,
    totals,
)

MOST = 10
"""Most annotations of a level that GitHub shows for a step."""

Level = Literal["error", "warning", "notice"]

_LEVELS: tuple[Level, ...] = ("error", "warning", "notice")
_OF_STATUS: dict[Status, Level] = {
    "refused": "error",
    "unknown": "error",
    "held": "warning",
    "unsent": "warning",
}
# An annotation is shown in a small box beside its line, and `zsync show` tells the rest.
_NAMES = 20
_MESSAGE = 1000


class Annotation(NamedTuple):
    """An annotation. `lines` are those of its message, plain text. `kind` is the word under which it is counted."""

    level: Level
    kind: str
    title: str
    lines: tuple[str, ...]
    place: Span | None = None
    end: int | None = None


def render_plan(plan: Plan, *, warnings: Sequence[Diagnostic] = ()) -> str:
    """A notice with the totals, then the changes at their lines: deletions as warnings, refusing guards as errors.

    `warnings` are what was said while the plan was made; they come before the changes.
    """
    told = totals(plan.summary) + drifted(plan) if plan.changes else nothing_to_do(plan)
    told += f" · {left}" if (left := withheld(plan)) else ""
    narrowed = (cut(partial(plan), _MESSAGE),) if partial(plan) else ()
    base = (cut(compared(plan), _MESSAGE),) if compared(plan) else ()
    head = Annotation("notice", "total", "zsync plan", (told, *base, *narrowed))
    guards = _guards(plan)
    aside = map(_override, plan.overrides)
    told_before = map(_diagnostic, warnings)
    looks, _ = few(look_at(plan))
    shown = above(looks)
    rest = [change for index, change in enumerate(plan.changes) if index not in shown]
    return _commands([head, *map(_look, looks), *guards, *aside, *told_before, *_changes(rest)], "zsync show")


def render_drift(drift: Drift, *, warnings: Sequence[Diagnostic] = ()) -> str:
    """A notice with the counts, then what the CRM changed, removed and added, at the lines that say otherwise."""
    side = crm_side(drift)
    looks, _ = few(look_at(side))
    shown = above(looks)
    rest = [change for index, change in enumerate(side.changes) if index not in shown]
    base = (cut(compared(side), _MESSAGE),) if compared(side) else ()
    head = Annotation("notice", "total", "zsync drift", (headline(drift), *base))
    said_before = map(_diagnostic, warnings)
    notes = (*map(_look, looks), *_guards(drift.plan), *said_before, *_moves(rest))
    return _commands([head, *notes], "zsync drift")


def _moves(changes: Sequence[Change]) -> Iterator[Annotation]:
    """An annotation for each place and word. Rows that no manifest names are told in one, for they have no place."""
    places: dict[tuple[object, ...], list[Change]] = {}
    for change in changes:
        where = change.source or (None if change.action == "create" else change.address)
        places.setdefault((change.action, where), []).append(change)
    for action, word in WORDS.items():
        for (kind, _), those in places.items():
            if kind == action:
                lines = [_told(change) for change in those[:_NAMES]]
                lines += [f"… and {len(those) - _NAMES:,} more"] if len(those) > _NAMES else []
                yield Annotation("notice", word, f"zsync: {word} in the CRM", tuple(lines), those[0].source)


def render_report(report: Report) -> str:
    """A notice with the totals, then each row that was not applied: refused and unknown ones as errors."""
    numbers = Counter(outcome.status for outcome in report.outcomes)
    told = [f"{numbers[status]:,} {status}" for status in (*DONE, *OPEN) if numbers[status]]
    left = withheld(report.plan)
    total = (", ".join(told) or "nothing to apply") + (f" · {left}" if left else "")
    head = Annotation("notice", "total", "zsync apply", (total,))
    stops = [
        Annotation("error", "stop", "zsync: the run was stopped", (stopped(stop),))
        for stop in (report.stopped,)
        if stop
    ]
    pairs = list(zip(report.plan.changes, report.outcomes, strict=True))
    rows = (
        _outcome(change, outcome) for status in OPEN for change, outcome in pairs if outcome.status == status
    )
    aside = map(_override, dict.fromkeys((*report.plan.overrides, *report.overrides)))
    looks = map(_look, left_out(report.plan))
    return _commands([head, *looks, *stops, *aside, *rows], "zsync show")


def render_diagnostics(diagnostics: Sequence[Diagnostic], *, subject: str = "zsync validate") -> str:
    """Diagnostics at their places. Empty if there are none. `subject` is the command that found them."""
    return _commands([_diagnostic(diagnostic) for diagnostic in diagnostics], subject)


def _guards(plan: Plan) -> Iterator[Annotation]:
    """What refuses a plan, at the guards' lines."""
    for verdict in plan.refusals:
        lines = (said(plan, verdict), advice(verdict))
        yield Annotation("error", "guard", f"zsync: guard {verdict.guard}", lines, verdict.span)


def _override(override: Override) -> Annotation:
    told = f"{cut(override.told, NAME)}, because: {cut(override.reason, _MESSAGE)}"
    return Annotation("warning", "override", "zsync: a guard was overridden", (told,))


def _look(look: Sight) -> Annotation:
    """A row that needs a person's eyes, at its line."""
    change = look.change
    name, parent = (cut(text, NAME) for text in (_named(change), change.record_label or change.record_id))
    told = f"{RUNES[change.action]} {name} in {change.module} {parent} › {change.related_list}: {look.told}"
    ways = (f"{way}: {command}" if command else way for way, command in look.ways)
    return Annotation("warning", look.word, f"zsync: {look.word}", (told, *ways, *_gone(change)), _at(change))


def _at(change: Change) -> Span | None:
    """The line that an annotation is about; none where only the base has it, for there another row stands by now."""
    return None if change.commit else change.source


def _gone(change: Change) -> tuple[str, ...]:
    """Where a row stood that only the base has."""
    return (f"it stood at {cut(change.place, _MESSAGE)}",) if change.commit else ()


def _named(change: Change) -> str:
    return change.label or change.related_record_id


def _changes(changes: Sequence[Change]) -> Iterator[Annotation]:
    """An annotation for each place and action. All that `prune` deletes has the same place, and is told in one."""
    places: dict[tuple[object, ...], list[Change]] = {}
    for change in changes:
        key = (_at(change) or change.address, change.action, change.origin)
        places.setdefault(key, []).append(change)
    # Deletions first: of what is too much for GitHub, the beginning is shown.
    for action in RUNES:
        for (_, kind, _), those in places.items():
            if kind == action:
                yield _change(those)


def _change(those: Sequence[Change]) -> Annotation:
    first = those[0]
    drift = f" ({cut(first.origin, NAME)})" if first.origin != "change" else ""
    level: Level = "warning" if first.action == "delete" else "notice"
    title = f"zsync: to {first.action}{drift}"
    lines = [_told(change) for change in those[:_NAMES]]
    if len(those) > _NAMES:
        lines.append(f"… and {len(those) - _NAMES:,} more to {first.action}")
    return Annotation(level, f"to {first.action}", title, (*lines, *_gone(first)), _at(first))


def _told(change: Change) -> str:
    """A change in one line: `~ bo@acme.example in Campaigns Spring Launch 2027 › Leads: Member_Status: Sent → Responded`."""
    name = cut(change.label or change.related_record_id, NAME)
    parent = cut(change.record_label or change.record_id, NAME)
    told = (f"{cut(field.name, NAME)}: {field.sides}" for field in fields(change))
    where = f"{cut(change.module, NAME)} {parent} › {cut(change.related_list, NAME)}"
    return ": ".join(filter(None, (f"{RUNES[change.action]} {name} in {where}", ", ".join(told))))


def _outcome(change: Change, outcome: Outcome) -> Annotation:
    lines = filter(None, (_told(change), cut(answer(outcome), _MESSAGE)))
    title = f"zsync: {outcome.status}"
    return Annotation(_OF_STATUS[outcome.status], outcome.status, title, tuple(lines), _at(change))


def _diagnostic(diagnostic: Diagnostic) -> Annotation:
    notes = (f"{note.span}: {note.message}" for note in diagnostic.notes)
    lines = (str(diagnostic.message), *notes, *str(diagnostic.help).split("\n"))
    end = diagnostic.span.column + max(diagnostic.width, 1) if diagnostic.span else None
    return Annotation(
        diagnostic.severity,
        diagnostic.severity,
        f"zsync: {diagnostic.code}",
        tuple(filter(None, lines)),
        diagnostic.span,
        end,
    )


def _commands(annotations: Iterable[Annotation], command: str) -> str:
    levels: dict[Level, list[Annotation]] = {level: [] for level in _LEVELS}
    for annotation in annotations:
        levels[annotation.level].append(annotation)
    return "".join(
        f"{_command(annotation)}\n" for level in _LEVELS for annotation in _few(levels[level], command)
    )


def _few(those: list[Annotation], command: str) -> list[Annotation]:
    """As many annotations as GitHub shows. If there are more, the last of them counts the rest."""
    if len(those) <= MOST:
        return those
    left = those[MOST - 1 :]
    kinds = ", ".join(
        f"{number:,} {kind}" for kind, number in Counter(annotation.kind for annotation in left).items()
    )
    places = {annotation.place.file for annotation in left if annotation.place}
    where = f" in {count(len(places), 'file')}" if places else ""
    told = f"{count(len(left), 'more annotation')}{where} ({kinds}): `{command}` tells all"
    return [*those[: MOST - 1], Annotation(left[0].level, "more", "zsync: and more", (told,))]


def _command(annotation: Annotation) -> str:
    place = annotation.place
    properties = [f"title={command_property(cut(annotation.title, NAME))}"]
    if place:
        columns = [f"col={place.column}"] + ([f"endColumn={annotation.end}"] if annotation.end else [])
        properties = [f"file={command_property(place.file)}", f"line={place.line}", *columns, *properties]
    # `%0A` is a line end of zsync's own. One within a text was escaped before: it would begin another command.
    return (
        f"::{annotation.level} {','.join(properties)}::{'%0A'.join(map(command_message, annotation.lines))}"
    )
