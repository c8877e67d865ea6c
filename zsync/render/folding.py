"""Folds changes of a list that are alike into lines that count them: nobody reads hundreds of them one by one."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from zsync.model import Action, Change
from zsync.render.words import ARROW, FieldText, fields

SHOWN = 10
"""How many updates, and how many creates, of a list and an origin are shown one by one before the rest is folded."""

# A list folds into at most six lines and one for the rest. A field of which more values than these differ tells nothing in a
# count (an e-mail address differs in every row), so only its name is shown.
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

    Deletions are always shown, and so are changes that would take as many lines folded. Changes of different origins are
    never folded into one line: whether the branch or the CRM moved a row is what a reviewer looks for.
    """
    piles: dict[tuple[Action, str], list[int]] = {}
    for index in indices:
        piles.setdefault((changes[index].action, changes[index].origin), []).append(index)
    hidden: set[int] = set()
    folds: list[Fold] = []
    for (action, origin), pile in piles.items():
        left = [] if action == "delete" else pile[SHOWN:]
        made = [Fold(action, origin, *way) for way in _alike([changes[index] for index in left])]
        # A fold that saves no line would only hide rows.
        if len(made) < len(left):
            hidden.update(left)
            folds += made
    shown = [index for index in indices if index not in hidden]
    return shown, sorted(folds, key=lambda folded: folded.origin != "change")


def _alike(changes: Sequence[Change]) -> Iterator[tuple[int, str, int]]:
    """The lines of a fold: how many changes are alike, and in what. The last counts the rest."""
    keys = _keys(changes)
    first = dict(zip(reversed(keys), reversed(changes), strict=True))
    ways = Counter(keys).most_common()
    lines = len(ways) if len(ways) <= _LINES + 1 else _LINES
    yield from ((number, _told(first[key], key), 0) for key, number in ways[:lines])
    if others := [number for _, number in ways[lines:]]:
        yield sum(others), "", len(others)


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


def _told(change: Change, key: _Key) -> str:
    return ", ".join(
        f"{field.name} {'carried' if field.carried else _WORDS[change.action]}"
        if same is None
        else f"{field.name}: "
        + f" {ARROW} ".join(side for side in (field.old, field.new) if side is not None)
        for field, same in zip(fields(change), key, strict=True)
    )
