"""The rows of the page: as a table for readers without JavaScript, and as data for the page's script."""

from collections import Counter
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from zsync.model import OPEN, Action, Change, Outcome, Plan, Report, Status
from zsync.render.escape import markup, script_json, terminal
from zsync.render.groups import NAME, ListGroup, ParentGroup, by_parent
from zsync.render.outcomes import answer
from zsync.render.words import ARROW, RUNES, FieldText, cut, fields

ALL_STATUSES: tuple[Status, ...] = (*OPEN, "unchanged", "applied")
"""What can become of a change, worst first."""
STATIC_ROWS = 100
"""Rows that the page shows without JavaScript."""

_ACTIONS = tuple(RUNES)
_ANSWER = 1000


class Rows(NamedTuple):
    """The changes in the order in which the page shows them: by parent, those that need attention first.

    `order` has indices into the changes; `parents` tells for each parent how many of them are its own.
    """

    changes: tuple[Change, ...]
    outcomes: tuple[Outcome, ...]
    parents: tuple[tuple[ParentGroup, int], ...]
    order: tuple[int, ...]
    words: Mapping[Action, str] = MappingProxyType({})
    """What actions are called, where not by their names."""


def plan_rows(plan: Plan) -> Rows:
    """The rows of a plan, deletions first."""
    return _rows(plan.changes, (), by_parent(plan.changes))


def report_rows(report: Report) -> Rows:
    """The rows of a report. Parents with rows that were not applied come first, and within them those rows."""
    outcomes = report.outcomes
    groups = by_parent(report.plan.changes)
    worst = {group[:2]: min(_rank(outcomes, listed) for listed in group.lists) for group in groups}
    return _rows(report.plan.changes, outcomes, sorted(groups, key=lambda group: worst[group[:2]]))


def _rank(outcomes: tuple[Outcome, ...], group: ListGroup) -> int:
    return min(ALL_STATUSES.index(outcomes[index].status) for index in group.changes)


def _rows(changes: tuple[Change, ...], outcomes: tuple[Outcome, ...], groups: list[ParentGroup]) -> Rows:
    order: list[int] = []
    parents = []
    for group in groups:
        indices = [index for listed in group.lists for index in listed.changes]
        if outcomes:
            indices.sort(key=lambda index: ALL_STATUSES.index(outcomes[index].status))
        order += indices
        parents.append((group, len(indices)))
    return Rows(changes, outcomes, tuple(parents), tuple(order))


def columns(rows: Rows) -> tuple[tuple[str, str], ...]:
    """The key and the title of each column."""
    outcome = (("status", "Outcome"),) if rows.outcomes else ()
    said = (("answer", "Answer"),) if rows.outcomes else ()
    middle = (("action", "Change"), ("record", "Record"), ("list", "List"), ("fields", "Fields"))
    return (*outcome, *middle, *said, ("place", "Manifest"))


def table_body(rows: Rows) -> Iterator[str]:
    """The first rows as HTML, one per line. Parents have rows of their own."""
    start = 0
    for group, count in rows.parents:
        if start >= STATIC_ROWS:
            return
        yield f'<tr class="parent"><td colspan="{len(columns(rows))}">{_parent(group)}</td></tr>'
        for index in rows.order[start : min(start + count, STATIC_ROWS)]:
            outcome = rows.outcomes[index] if rows.outcomes else None
            cells = _cells(rows.changes[index], outcome, rows.words)
            yield (
                "<tr>" + "".join(f'<td class="{key}">{cells[key]}</td>' for key, _ in columns(rows)) + "</tr>"
            )
        start += count


def _parent(group: ParentGroup) -> str:
    label = group.label if group.label != group.record_id else ""
    name = f" <strong>{markup(cut(label, NAME))}</strong>" if label else ""
    return f"{markup(cut(group.module, NAME))}{name} <code>{markup(cut(group.record_id, NAME))}</code>"


def _cells(change: Change, outcome: Outcome | None, words: Mapping[Action, str]) -> Mapping[str, str]:
    word = words.get(change.action, change.action)
    return {
        "status": f'<span class="badge {outcome.status}">{outcome.status}</span>' if outcome else "",
        "action": f'<span class="badge {change.action}">{RUNES[change.action]} {word}</span>',
        "record": "<br>".join(_record(change)),
        "list": markup(cut(change.related_list, NAME)),
        "fields": "<br>".join(_field(field) for field in fields(change)),
        "answer": markup(cut(answer(outcome), _ANSWER)) if outcome else "",
        "place": "<br>".join(_place(change)),
    }


def _record(change: Change) -> Iterator[str]:
    if change.label and change.label != change.related_record_id:
        yield f"<strong>{markup(cut(change.label, NAME))}</strong>"
    yield f"<code>{markup(cut(change.related_record_id, NAME))}</code>"


def _field(field: FieldText) -> str:
    old = "" if field.old is None else f"<del>{markup(field.old)}</del>"
    new = "" if field.new is None else f"<ins>{markup(field.new)}</ins>"
    sides = f" {ARROW} ".join(side for side in (old, new) if side)
    return f"{markup(cut(field.name, NAME))}: {sides}" + (f" {field.move}" if field.move else "")


def _place(change: Change) -> Iterator[str]:
    if change.source:
        _, line, column = change.source
        yield f"<code>{markup(_file(change))}<span>:{line}:{column}</span></code>"
    if change.origin != "change":
        yield f'<span class="origin">{markup(cut(change.origin, NAME))}</span>'


def _file(change: Change) -> str:
    """The file of a row's place, with its commit; empty where it has no place."""
    return change.place.rsplit(":", 2)[0]


# A dict keeps the order of its keys, so that the list of texts is in the order of their numbers.
class _Words(dict[str, int]):
    """Texts that many rows share, numbered in the order of their first use."""

    def __missing__(self, text: str) -> int:
        self[text] = number = len(self)
        return number

    @property
    def shown(self) -> list[str]:
        """The texts, inert."""
        return [terminal(text) for text in self]


def page_data(rows: Rows) -> str:
    """All rows as JSON for `<script type="application/json">`, one per line. `assets/data.js` reads it."""
    # Texts that rows share are stored once and named by number, so that a page of 50,000 rows stays small.
    lists: dict[tuple[str, str], int] = {}
    files, names, answers, origins = _Words(), _Words(), _Words(), _Words(change=0)
    lines = []
    at = 0
    for parent, (_, count) in enumerate(rows.parents):
        for index in rows.order[at : at + count]:
            change = rows.changes[index]
            row = [
                _ACTIONS.index(change.action),
                parent,
                lists.setdefault(_list(change), len(lists)),
                *_words(change),
                [
                    [names[cut(field.name, NAME)], *map(_shown, (field.old, field.new, field.move))]
                    for field in fields(change)
                ],
                *((files[_file(change)], *change.source[1:]) if change.source else (-1, 0, 0)),
                origins[cut(change.origin, NAME)],
                *(_outcome(rows.outcomes[index], answers) if rows.outcomes else ()),
            ]
            lines.append(script_json(row))
        at += count
    head = {
        "actions": _ACTIONS,
        "words": [rows.words.get(action, action) for action in _ACTIONS],
        "runes": [RUNES[action] for action in _ACTIONS],
        "statuses": ALL_STATUSES if rows.outcomes else [],
        "columns": columns(rows),
        "parents": [_parent_words(group) for group, _ in rows.parents],
        "lists": [[terminal(text) for text in names_] for names_ in lists],
        "files": files.shown,
        "names": names.shown,
        "origins": origins.shown,
        "answers": answers.shown,
    }
    listed = "\n" + ",\n".join(lines) + "\n" if lines else ""
    return f'{script_json(head)[:-1]},"rows":[{listed}]}}'


def _list(change: Change) -> tuple[str, str]:
    return cut(change.module, NAME), cut(change.related_list, NAME)


def _words(change: Change) -> tuple[str, str]:
    label = "" if change.label == change.related_record_id else terminal(cut(change.label, NAME))
    return label, terminal(cut(change.related_record_id, NAME))


def _shown(text: str | None) -> str | None:
    return None if text is None else terminal(text)


def _outcome(outcome: Outcome, answers: _Words) -> tuple[int, int]:
    return ALL_STATUSES.index(outcome.status), answers[cut(answer(outcome), _ANSWER)]


def _parent_words(group: ParentGroup) -> tuple[str, str, str]:
    label = group.label if group.label != group.record_id else ""
    module, name, identity = (terminal(cut(text, NAME)) for text in (group.module, label, group.record_id))
    return module, name, identity


def list_counts(rows: Rows) -> dict[str, Counter[str]]:
    """For each list (`Campaigns › Leads`), the number of changes of each action, or of each status in a report."""
    counts: dict[str, Counter[str]] = {}
    for index in rows.order:
        change = rows.changes[index]
        name = " › ".join(_list(change))
        kind = rows.outcomes[index].status if rows.outcomes else change.action
        counts.setdefault(name, Counter())[kind] += 1
    return counts
