"""Selectors that fit nothing: a mistyped word must not read as "no changes"."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from difflib import get_close_matches

from zsync.errors import UsageError
from zsync.files.plan import sealed
from zsync.model import Plan
from zsync.model.consent import Consent
from zsync.model.selectors import WORDS, RowNames, fits, selectors
from zsync.planning.gathering import Wanted
from zsync.planning.origin import names_of, narrowed, selected
from zsync.planning.packing import cost, pack, summary
from zsync.planning.reading import Read
from zsync.planning.scopes import Scope

_NO_PEOPLE = frozenset({"Campaigns", "Price_Books", "Products", "Services", "Appointments"})
_LOOKED_AT = 2000
"""Most rows that near names are looked for in: comparing spellings takes long."""


def refuse_unmatched(only: tuple[str, ...], rows: Iterable[RowNames], option: str = "--only ") -> None:
    """Raise `UsageError`, with near names, for a pattern that fits none of the rows. Words may fit none: then nothing is to do.

    `option` is what stands before a selector on the command line.
    """
    left = list(selectors(only).patterns)
    if not left:
        return
    seen: list[RowNames] = []
    for names in rows:
        if len(seen) < _LOOKED_AT:
            seen.append(names)
        left = [pattern for pattern in left if not fits(names, (pattern,))]
        if not left:
            return
    raise UsageError(
        f"{option}{left[0] or repr(left[0])} is neither an origin nor an action, and fits no row"
        + _meant(left[0], seen, option),
        help=f"The words are {', '.join(WORDS)}. A pattern, such as 'Campaigns/Spring*/Leads/*', is held against "
        "module/parent/list/record, each of these names, and the path of the manifest.",
    )


def rows_of(wanted: Wanted, read: Read) -> Iterator[RowNames]:
    """The rows that a plan knows of: those of the manifests and of the base, and those of the lists that were read."""
    for listed in read.lists:
        scope, names = listed.scope, _list_names(listed.scope, listed.name)
        yield names
        for row in listed.joined.surplus:
            yield names._replace(related_id=row["id"], label=_label(row, scope))
        # Of rows that stay though no manifest names them, only the ids were kept.
        yield from (names._replace(related_id=each, label=each) for each in listed.joined.others)
    for scopes in (wanted.scopes, wanted.base.scopes if wanted.base else {}):
        for scope in scopes.values():
            yield from _rows(scope)


def narrow(plan: Plan, only: tuple[str, ...], concurrency: int, consents: Sequence[Consent] = ()) -> Plan:
    """The part of a plan that selectors ask for, as a plan of its own, for the same org and with the same expiry.

    Nothing is in it that the plan does not send; of a row whose fields have several origins, it may be only some. Guards look
    at it anew. Raises `UsageError` for a selector that fits no row of the plan.
    """
    rows = (*plan.changes, *(withheld.change for withheld in plan.withheld))
    refuse_unmatched(only, map(names_of, rows))
    changes = tuple(narrowed(change, only) for change in plan.changes if selected(change, only))
    requests = pack(changes)
    return sealed(
        replace(
            plan,
            changes=changes,
            requests=requests,
            summary=summary(changes, plan.summary.unchanged),
            cost=cost(plan.cost.reads, changes, requests, concurrency, consents, keys=not plan.restores),
            # Those that stand have refused the plan; the others are of guards that somebody set aside.
            verdicts=(),
            only=(*plan.only, *only),
        )
    )


def _rows(scope: Scope) -> Iterator[RowNames]:
    for relations in (scope.relations, scope.outside):
        for record_id, desired in relations.items():
            list_name = desired.source.name if desired.turned_key is None else scope.related_module
            names = _list_names(scope, list_name)
            yield names._replace(related_id=record_id, label=desired.key.label, file=desired.span.file)


def _list_names(scope: Scope, name: str) -> RowNames:
    """The list itself, as a row without a record: a pattern may ask for a list that is empty."""
    return RowNames(scope.module, scope.record_id, scope.record_key.label, name, scope.related_module, "", "")


def _label(row: object, scope: Scope) -> str:
    values = row if isinstance(row, dict) else {}
    return " ".join(str(values[name]) for name in scope.keys if values.get(name))


def _meant(pattern: str, rows: Sequence[RowNames], option: str) -> str:
    """`; did you mean change?`, or nothing."""
    parts = [part.strip() for part in pattern.split(",")]
    if len(parts) > 1 and all(part in WORDS for part in parts):
        return "; write each by itself, for commas no longer part them as in zsync 0.1.0: " + " ".join(
            f"{option}{part}" for part in parts
        )
    known = dict.fromkeys(WORDS)
    for names in rows:
        known |= dict.fromkeys(_near("/" in pattern, names))
    folded = {name.casefold(): name for name in reversed(known) if name}
    near = get_close_matches(pattern.casefold(), folded, cutoff=0.7)
    return f"; did you mean {' or '.join(folded[each] for each in near)}?" if near else ""


def _near(whole: bool, names: RowNames) -> Iterator[str]:
    """What a pattern may have meant. People's names are left out, for this may stand in a log; addresses are masked there."""
    parent, record = (
        label if module in _NO_PEOPLE or "@" in label else "*"
        for module, label in ((names.module, names.record_label), (names.related_module, names.label))
    )
    if whole:
        yield f"{names.module}/{parent}/{names.related_list}/{record or '*'}"
        yield names.file
    else:
        yield from (names.module, names.related_list, *(label for label in (parent, record) if label != "*"))
