"""Where a record stands, for a terminal."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from zsync.model import DONE, Action, Change, Conversion, Fields, Span, Withheld
from zsync.model.fields import empty
from zsync.model.whereabouts import NamedRecord, OwnRelation, Touched, Whereabouts
from zsync.render.columns import columns, head, padded
from zsync.render.escape import terminal
from zsync.render.text_rows import BOLD, COLORS, DIM, YELLOW, paint
from zsync.render.words import ARROW, RUNES, converted, cut, value
from zsync.render.words import fields as changed_fields

_ONE = {
    "Accounts": "Account",
    "Appointments__s": "Appointment",
    "Campaigns": "Campaign",
    "Contacts": "Contact",
    "Deals": "Deal",
    "Leads": "Lead",
    "Price_Books": "Price book",
    "Products": "Product",
    "Services__s": "Service",
}
_NAME, _VALUE = 38, 18
"""Most columns of a record's name, and of a value."""
_LABEL = 76
"""Most characters of the name of who was asked for."""
_WHOLE = 12
"""A list of up to so many rows is shown whole."""
_PLACES, _RUNS = 3, 3
_NOTHING = "–"


class _Cells(NamedTuple):
    name: str
    git: str
    crm: str
    next: str
    style: str


def render_text(
    found: Whereabouts,
    short: Callable[[str], str],
    *,
    width: int,
    full: bool,
    color: bool = False,
) -> str:
    """The record, its relations list by list, and where and when it was last spoken of. `short` is how a run is called."""
    lines = list(_heads(found, width=width, color=color))
    for record in found.records:
        for module, rows in _lists(found, record):
            lines += _table(record, module, rows, found, width=width, full=full, color=color)
    lines += _notes(found)
    lines += _foot(found, short, width=width, full=full)
    return "\n".join([*lines, ""])


def _heads(found: Whereabouts, *, width: int, color: bool) -> Iterator[str]:
    where = f" · {terminal(found.environment)}" if found.environment else ""
    where += f" · org {terminal(found.org_id)}" if found.org_id else ""
    if not found.records:
        yield f"No record of the CRM has the name {terminal(found.asked)}{where}"
        return
    twin = len(found.records) > 1
    heads = ", ".join(_head(record, first=at == 0, twin=twin) for at, record in enumerate(found.records))
    other = {"Leads": ", no contact", "Contacts": ", no lead"}.get(found.records[0].module, "")
    alone = len(found.records) == 1 and found.paired and not found.records[0].conversion
    first = heads + (other if alone else "")
    labels = [
        terminal(cut(each, _LABEL)) for each in dict.fromkeys(each.called for each in found.records) if each
    ]
    if columns(first + where) > width:
        labels = [f"{label}{where if at == 0 else ''}" for at, label in enumerate(labels or [""])]
        where = ""
    yield paint(first, BOLD, color=color) + where
    yield from labels


def _head(record: NamedRecord, *, first: bool, twin: bool) -> str:
    one = _ONE.get(record.module, record.module)
    told = f"{one if first else one.lower()} {record.id}"
    if not record.conversion:
        return told
    # Beside the contact that it became, only when.
    when = converted(Conversion(record.conversion.at)).removesuffix(" to a contact")
    return f"{told} ({when if twin else converted(record.conversion)})"


def _lists(found: Whereabouts, record: NamedRecord) -> Iterator[tuple[str, list[OwnRelation]]]:
    rows: dict[str, list[OwnRelation]] = {}
    for each in found.relations:
        if each.record is record:
            rows.setdefault(each.related_module, []).append(each)
    yield from rows.items()


def _table(
    record: NamedRecord,
    module: str,
    rows: Sequence[OwnRelation],
    found: Whereabouts,
    *,
    width: int,
    full: bool,
    color: bool,
) -> Iterator[str]:
    whole = full or len(rows) <= _WHOLE
    # Of a long list: what the next plan is about, for the rest is as it should be.
    shown = list(rows) if whole else [each for each in rows if each.differs][:_WHOLE]
    cells = [_cells(each, found) for each in shown]
    title = (
        f"{module} as {_ONE.get(record.module, record.module).lower()}" if len(found.records) > 1 else module
    )
    heading = _Cells(title, "Git", "CRM", "next plan", "")
    names = min(max(columns(each.name) + 2 for each in [heading, *cells]), _NAME + 2)
    gits = max(columns(each.git) for each in [heading, *cells])
    crms = max(columns(each.crm) for each in [heading, *cells])
    steps = max(columns(each.next) for each in [heading, *cells])
    names = max(min(names, width - gits - crms - steps - 6), 20)
    yield _line(heading, names, gits, crms, 0, width, color=color)
    for each in cells:
        yield _line(each, names, gits, crms, 2, width, color=color)
    if not whole:
        yield f"  {_more(rows, shown)}"


def _more(rows: Sequence[OwnRelation], shown: Sequence[OwnRelation]) -> str:
    left = [each for each in rows if each not in shown]
    loose = sum(not each.places for each in left)
    told = f"{len(left) - loose:,} as agreed" + (f", {loose:,} unmanaged" if loose else "")
    return f"{len(left):,} more: {told} (--full: each)"


def _line(cells: _Cells, names: int, gits: int, crms: int, indent: int, width: int, *, color: bool) -> str:
    name = cells.name if columns(cells.name) <= names - indent else f"{head(cells.name, names - indent - 1)}…"
    left = (
        f"{' ' * indent}{padded(name, names - indent)}  {padded(cells.git, gits)}  {padded(cells.crm, crms)}"
    )
    step = paint(cells.next, cells.style, color=color and bool(cells.style))
    if columns(left) + 2 + columns(cells.next) > width:
        return f"{left}".rstrip() + f"\n    {step}"
    return f"{left}  {step}".rstrip()


def _cells(relation: OwnRelation, found: Whereabouts) -> _Cells:
    git = _fields(relation.git) if relation.git is not None else "absent" if relation.places else _NOTHING
    crm = "?" if relation.unread and relation.crm is None else _NOTHING
    crm = _fields(relation.crm) if relation.crm is not None else crm
    step, style = _next(relation, found)
    return _Cells(terminal(relation.label), terminal(git), terminal(crm), terminal(step), style)


def _fields(held: Fields) -> str:
    """`Invited`, `Planned, Seat 12`, or `yes` for a relation without fields."""
    shown = [(name, cut(value(this), _VALUE)) for name, this in held.items() if not empty(this)]
    if len(shown) < 2:
        return shown[0][1] if shown else "yes"
    return ", ".join(text if at == 0 else f"{name} {text}" for at, (name, text) in enumerate(shown))


def _next(relation: OwnRelation, found: Whereabouts) -> tuple[str, str]:
    """What the next plan does, and its colour."""
    step = relation.next
    if isinstance(step, Withheld):
        return f"withheld: {step.reason}", YELLOW
    if step is not None:
        return _step(step), COLORS[step.action]
    if found.problem and relation.places:
        return "?", YELLOW
    if relation.places:
        kept = (relation.git is not None) == (relation.crm is not None) or relation.unread
        return ("as agreed" if kept else "stays as it is"), ""
    return ("unmanaged, stays" if relation.managed else "not managed"), DIM


def _step(change: Change) -> str:
    """`~ Invited → Responded`, `+ Planned`, `- leaves`; with its origin where the CRM moved it."""
    told = ", ".join(field.sides for field in changed_fields(change, _VALUE) if not field.carried)
    words: dict[Action, str] = {"delete": "leaves", "create": told or "comes", "update": told or ARROW}
    by = f" ({change.origin})" if change.origin != "change" else ""
    return f"{RUNES[change.action]} {words[change.action]}{by}"


def _notes(found: Whereabouts) -> Iterator[str]:
    if found.records and not found.relations:
        yield "In no list, and in no manifest."
    if found.problem:
        yield f"The next plan cannot be told: {terminal(found.problem)}"
    for note in found.notes:
        yield f"Not looked at: {terminal(note)}"


def _foot(found: Whereabouts, short: Callable[[str], str], *, width: int, full: bool) -> Iterator[str]:
    places = list(dict.fromkeys([*found.places, *(span for each in found.relations for span in each.places)]))
    git = f"Git: {_told(_grouped(places), _PLACES, full=full)}" if places else "Git: no manifest"
    runs = [*dict.fromkeys(_run(each, short) for each in found.runs)]
    last = (
        f"last {'run' if len(runs) == 1 else 'runs'}: {_told(runs, _RUNS, full=full, mark='; ')}"
        if runs
        else "no run"
    )
    line = f"{git} · {last}"
    if columns(line) <= width:
        yield line
        return
    if columns(git) <= width:
        yield git
    else:
        yield "Git:"
        yield from (
            f"  {each}" for each in _told(_grouped(places), _PLACES, full=full, mark="\n").split("\n")
        )
    yield f"{last[0].upper()}{last[1:]}"


def _run(touched: Touched, short: Callable[[str], str]) -> str:
    """`3fa90c17, 2026-11-22`; with what became of the row, where it was not applied."""
    ended = "" if touched.status in DONE else f" ({touched.status or 'unsent'})"
    return f"{terminal(short(touched.run))}, {touched.began[:10]}{ended}"


def _grouped(places: Sequence[Span]) -> list[str]:
    """`relations/spring.yaml:12`, and of the same file `:14`."""
    ordered = sorted(places)
    files = [span.file for span in ordered]
    return [
        f":{span.line}" if at and files[at - 1] == span.file else terminal(f"{span.file}:{span.line}")
        for at, span in enumerate(ordered)
    ]


def _told(texts: Sequence[str], most: int, *, full: bool, mark: str = ", ") -> str:
    shown = list(texts) if full else list(texts[:most])
    left = len(texts) - len(shown)
    return mark.join(shown) + (f" and {left:,} more" if left else "")
