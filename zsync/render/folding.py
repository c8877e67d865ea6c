"""Folds changes of a list that are alike into lines that count them: nobody reads hundreds of them one by one."""

from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from zsync.model import Action, Change
from zsync.model.fields import same
from zsync.model.moves import Move, by_size, move, per_cent
from zsync.render.words import FieldText, fields, value

WHOLE = 12
"""A list of so many changes is shown one by one."""

SHOWN = 3
"""How many updates, and how many creates, of a longer list and an origin are shown before the rest is folded."""

# A list folds into at most six lines and one for the rest. A field of which more values than these differ tells nothing in a
# count (an e-mail address differs in every row), so only its name is shown, and of numbers the range.
_LINES = 6
_DISTINCT = 5
_WORDS: dict[Action, str] = {"update": "changes", "create": "varies", "delete": "goes"}


class Fold(NamedTuple):
    """Changes of the same action and origin in one line.

    `told` is what they have in common (`Member_Status: Sent → Opened`), not yet escaped. It is empty if they have no
    fields, or if they differ in so many `ways` that these are only counted.
    """

    action: Action
    origin: str
    number: int
    told: str
    ways: int = 0


def fold(changes: Sequence[Change], indices: Sequence[int]) -> tuple[list[int], list[Fold]]:
    """The indices of a list's changes to show, in their order, and the folds of the others: the branch's own first.

    Shown are those that move furthest; of changes without numbers, one of each of the commonest kinds. Deletions are always
    shown, and so are changes that would take as many lines folded. Changes of different origins are never folded into one
    line: whether the branch or the CRM moved a row is what a reviewer looks for.
    """
    if len(indices) <= WHOLE:
        return list(indices), []
    piles: dict[tuple[Action, str], list[int]] = {}
    for index in indices:
        piles.setdefault((changes[index].action, changes[index].origin), []).append(index)
    hidden: set[int] = set()
    folds: list[Fold] = []
    for (action, origin), pile in piles.items():
        if action == "delete" or len(pile) <= SHOWN:
            continue
        chosen = _chosen([changes[index] for index in pile])
        left = [index for at, index in enumerate(pile) if at not in chosen]
        made = [Fold(action, origin, *way) for way in _alike([changes[index] for index in left])]
        # A fold that saves no line would only hide rows.
        if len(made) < len(left):
            hidden.update(left)
            folds += made
    shown = [index for index in indices if index not in hidden]
    return shown, sorted(folds, key=lambda folded: folded.origin != "change")


def _chosen(changes: Sequence[Change]) -> set[int]:
    """The places of the changes of a pile that are shown."""
    keys = _keys(changes)
    ways = Counter(keys).most_common(SHOWN)
    moves = [_furthest(change) for change in changes]
    if len(ways) == 1 and None not in ways[0][0]:
        return {0}
    if any(each is not None for each in moves):
        return set(by_size(moves)[:SHOWN])
    return {keys.index(way) for way, _ in ways} if len(ways) > 1 else set(range(SHOWN))


def _furthest(change: Change) -> Move | None:
    """The widest move among the numbers of a change."""
    old, new = change.before or {}, change.after or {}
    moves = [move(old.get(name), value) for name, value in new.items()]
    return moves[by_size(moves)[0]] if moves else None


def _alike(changes: Sequence[Change]) -> Iterator[tuple[int, str, int]]:
    """The lines of a fold: how many changes are alike, and in what. The last counts the rest."""
    groups: dict[_Key, list[Change]] = {}
    for key, change in zip(_keys(changes), changes, strict=True):
        groups.setdefault(key, []).append(change)
    # Sorting is stable: among groups of one size, the plan's order stays.
    ways = sorted(groups.items(), key=lambda way: -len(way[1]))
    lines = len(ways) if len(ways) <= _LINES + 1 else _LINES
    yield from ((len(those), _told(those, key), 0) for key, those in ways[:lines])
    if others := [those for _, those in ways[lines:]]:
        yield sum(map(len, others)), "", len(others)


_Key = tuple[FieldText | None, ...]


def _keys(changes: Sequence[Change]) -> list[_Key]:
    """What makes changes alike: their fields, uncut, since values may differ beyond the cut. A field whose values differ in
    most of them counts as None.
    """
    whole = [tuple(fields(change, None)) for change in changes]
    shapes: dict[tuple[str, ...], list[tuple[FieldText, ...]]] = {}
    for row in whole:
        shapes.setdefault(tuple(field.name for field in row), []).append(row)
    differing = {
        names: [_differ(column) for column in zip(*rows, strict=True)] for names, rows in shapes.items()
    }
    return [
        tuple(
            None if differs else field
            for field, differs in zip(row, differing[tuple(field.name for field in row)], strict=True)
        )
        for row in whole
    ]


def _differ(column: Sequence[FieldText]) -> bool:
    distinct = len(set(column))
    return distinct > _DISTINCT and 2 * distinct > len(column)


def _told(changes: Sequence[Change], key: _Key) -> str:
    """What changes that are alike have in common, and of the numbers in which they differ, the range."""
    shown = fields(changes[0])
    return ", ".join(
        f"{field.name} carried"
        if same is None and field.carried
        else _range(changes, field.name)
        if same is None
        else f"{field.name}: {field.sides}"
        for field, same in zip(shown, key, strict=True)
    )


def _range(changes: Sequence[Change], name: str) -> str:
    """`list_price +4.8% to +5.3%`; of rows that are new, `list_price: 10 to 450`; else that the field changes or varies."""
    action = changes[0].action
    if action == "update" and (told := spread(changes).get(name)):
        return f"{name} {told}"
    news = [(each.after or {}).get(name) for each in changes]
    numbers = [new for new in news if isinstance(new, int | Decimal) and not isinstance(new, bool)]
    if action == "create" and len(numbers) == len(news):
        return f"{name}: {value(min(numbers))} to {value(max(numbers))}"
    return f"{name} {_WORDS[action]}"


def spread(changes: Sequence[Change]) -> dict[str, str]:
    """Field → how far it moves: `+4.8% to +5.3%`, of fields that are numbers in all of these updates that move them."""
    moves: dict[str, list[Move | None]] = {}
    for each in changes:
        for name, new in (each.after or {}).items():
            old = (each.before or {}).get(name)
            if not same(old, new):
                moves.setdefault(name, []).append(move(old, new))
    told = {}
    for name, steps in moves.items():
        percents = [step.percent for step in steps if step is not None and step.percent is not None]
        if len(percents) == len(steps):
            low, high = per_cent(min(percents)), per_cent(max(percents))
            told[name] = low if low == high else f"{low} to {high}"
    return told
