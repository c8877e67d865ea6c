"""What a pull did, in lines for a terminal. Names are as the CRM has them: whoever prints the lines makes them inert."""

from collections.abc import Iterator

from zsync.pulling.comparing import FoundList
from zsync.pulling.composing import NewList, cell
from zsync.pulling.files import ParentFiles, Pulled
from zsync.render.columns import columns

_COLUMN = 11
_WIDE = 80
_NAMED = 3
"""Most parents that are named of those without rows."""


def lines(pulled: Pulled, *, dry: bool) -> Iterator[str]:
    """Parent by parent, the files and what became of the lists in them; then those of which there is nothing to write."""
    empty = []
    if not pulled.parents:
        yield "There is no such record: nothing to pull"
    for each in pulled.parents:
        heads = list(_heads(each, dry=dry))
        if not heads and not any(found.equal for found in each.lists):
            empty.append(each.parent.label or each.parent.id)
            continue
        yield from heads or [
            f"Unchanged: {each.parent.label or each.parent.id} stands in files of the other side"
        ]
        yield from _lists(each)
    if empty:
        more = f" and {len(empty) - _NAMED:,} more" if len(empty) > _NAMED else ""
        has = "has" if len(empty) == 1 else "have"
        yield f"Nothing to write of {', '.join(empty[:_NAMED])}{more}, which {has} no rows to pull"


def _heads(each: ParentFiles, *, dry: bool) -> Iterator[str]:
    if each.path:
        yield f"{'Would write' if dry else 'Wrote'} {each.path.as_posix()}"
    if each.changed:
        yield f"{'Would change' if dry else 'Changed'} {', '.join(each.changed)}"
    elif each.unchanged and not each.path:
        yield f"Unchanged {', '.join(each.unchanged)}"


def _lists(each: ParentFiles) -> Iterator[str]:
    made = {one.name: one for one in each.new}
    column = max([_COLUMN, *(len(one.rows.listed.written) + 2 for one in each.lists)])
    width = max([3, *(len(f"{len(one.all_rows):,}") for one in each.new)])
    for found in each.lists:
        name = found.rows.listed.written
        notes = list(_notes(found, made.get(name)))
        if name in made:
            notes[:0] = _folded(_rows(made[name], found, width), made[name], _WIDE - column - 2)
        elif merged := _merged(found):
            notes.insert(0, merged)
        for number, note in enumerate(notes):
            yield f"  {name if not number else '':<{column}}{note}"


def _merged(found: FoundList) -> str:
    """`2 rows changed, 1 added, 1 removed; 115 as before`; empty for a list that is in no file."""
    counts = ((len(found.differing), "changed"), (len(found.fresh), "added"), (len(found.gone), "removed"))
    moved = [f"{number:,} {what}" for number, what in counts if number]
    if not moved:
        return f"{_count(found.equal)} as before" if found.equal else ""
    number, what = next(each for each in counts if each[0])
    text = ", ".join([f"{_count(number)} {what}", *moved[1:]])
    return f"{text}; {found.equal:,} as before"


def _rows(made: NewList, found: FoundList, width: int) -> tuple[str, str]:
    """How many rows there are and how they are named, and why some have an id."""
    rows = made.all_rows
    by_id = sum(row.by_id for row in rows)
    keyed = len(rows) - by_id
    key = " and ".join(made.key)
    text = f"{_count(keyed, width)} by {key}, {by_id:,} by id" if keyed and by_id else ""
    text = text or f"{_count(len(rows), width)} by {key if keyed else 'id'}"
    why = by_id and (keyed or found.key.empty or found.key.shared or found.key.refused)
    return text, _why(found, by_id) if why else ""


def _defaults(made: NewList) -> Iterator[str]:
    for name, value in made.defaults.items():
        count = sum(row.fields.get(name) == value for row in made.all_rows)
        yield f"default {name}: {cell(value)} ({count:,} of them)"


def _folded(rows: tuple[str, str], made: NewList, width: int) -> list[str]:
    """The rows, why some have an id, and the defaults: as much on a line as there is room for."""
    text, why = rows
    found = [f"{text}: {why}"] if why else [text]
    if columns(found[0]) > width:
        found = [text, f"by id: {why}"]
    for part in _defaults(made):
        joined = f"{found[-1]}; {part}"
        found[-1:] = [joined] if columns(joined) <= width else [found[-1], part]
    return found


def _why(found: FoundList, count: int) -> str:
    """Why rows have an id: `their Email is empty or not unique`."""
    whose = "its" if count == 1 else "their"
    asked = found.rows.keys or (found.key.key,)
    key = " and ".join(" and ".join(each) for each in asked)
    told = (
        (found.key.empty, "empty"),
        (found.key.shared, "not unique"),
        (found.key.refused, "not to be queried"),
    )
    reasons = [text for number, text in told if number]
    verb = "is" if len(asked) == 1 and len(asked[0]) == 1 else "are"
    return f"{whose} {key} {verb} {' or '.join(reasons) or 'nothing that a file can hold'}"


def _notes(found: FoundList, made: NewList | None) -> Iterator[str]:
    if made and made.sheet:
        kept = f", {len(made.rows):,} in the manifest" if made.rows else ""
        yield f"{len(made.sheet):,} of them in {made.csv}{kept}"
    if found.converted:
        was, it = ("lead was", "it is") if found.converted == 1 else ("leads were", "they are")
        yield f"{found.converted:,} {was} converted: {it} left out"
    if found.barred:
        yield f"{_count(len(found.barred))} under `absent`, and in the CRM: left alone"
    for name, number in found.unfit.items():
        values = "value" if number == 1 else "values"
        yield f"{number:,} {values} of {name} left out: no manifest can say {'it' if number == 1 else 'them'}"
    if found.stuck:
        one = found.stuck == 1
        yield f"{_count(found.stuck)} left as {'it is' if one else 'they are'}, for the list has a default"
    if not found.rows.whole:
        yield "not all rows were given: none is taken out of a file"


def _count(number: int, width: int = 0) -> str:
    return f"{number:>{width},} row{'s' if number != 1 else ''}"


def settled(pulled: Pulled) -> bool:
    """Whether a plan finds nothing to do in the lists that were pulled."""
    lists = [found for each in pulled.parents for found in each.lists]
    left = any(found.barred or found.stuck or not found.rows.whole for found in lists)
    return not (left or pulled.by_hand)


def summary(reads: int) -> str:
    """What it cost, and that nothing was written to the CRM."""
    return f"{reads:,} API credit{'s' if reads != 1 else ''}. The CRM was only read."
