"""Places that disagree on `prune`, as only the CRM's ids tell: a parent by its name here and by its id there, and the two sides of a list."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from zsync.model import Change, Diagnostic, ManagedList, Note, sentence
from zsync.model.diagnostics import naming
from zsync.planning.scopes import OTHERS, Scope, ScopeKey

_SHOWN = 3


def split_lists(scopes: Iterable[Scope]) -> Iterator[Diagnostic]:
    """Errors for lists that several places manage, and not all of them prune.

    What only files outside of the asked paths disagree on is for their own plan.
    """
    for scope in scopes:
        first = scope.lists[0]
        for other in scope.lists[1:]:
            if first.prune != other.prune and not (first.outside and other.outside):
                yield _split(first, other)


def _split(first: ManagedList, other: ManagedList) -> Diagnostic:
    parent = naming(other.parent.key, other.parent.module)
    whose = OTHERS if first.outside != other.outside else ""
    return Diagnostic(
        "split-list",
        sentence(f"`{other.name}` of ", parent, " is pruned in one place and not in the other"),
        other.span,
        sentence("Write the same `prune` in both, or put the rows into one list." + whose),
        notes=(Note(first.span, sentence(f"`prune` is {'true' if first.prune else 'false'} here")),),
    )


def split_sides(changes: Sequence[Change], scopes: Mapping[ScopeKey, Scope]) -> tuple[Diagnostic, ...]:
    """Warnings where `prune` deletes relations whose other side is a list that is managed as well, and not pruned.

    A list of a campaign and one of a lead are about different rows, so they may differ. They disagree on the one row that both
    could name and neither does.
    """
    against: dict[ScopeKey, list[ManagedList]] = {}
    for change in changes:
        here = (change.module, change.record_id, change.related_module)
        there = (change.related_module, change.related_record_id, change.module)
        for key, mirror in ((here, there), (there, here)):
            scope, other = scopes.get(key), scopes.get(mirror)
            by_prune = scope is not None and scope.pruned is not None and change.source == scope.pruned
            if change.action == "delete" and by_prune and other is not None and other.pruned is None:
                against.setdefault(key, []).append(other.lists[0])
    return tuple(_sides(scopes[key], lists) for key, lists in against.items())


def _sides(scope: Scope, others: Sequence[ManagedList]) -> Diagnostic:
    count = len(others)
    rows = "a row whose own list" if count == 1 else f"{count} rows whose own lists"
    parent = naming(scope.record_key, scope.module)
    return Diagnostic(
        "split-sides",
        sentence(
            f"`{scope.lists[0].name}` of ",
            parent,
            f" is pruned, which deletes {rows}, on the other side, {'is' if count == 1 else 'are'} not pruned",
        ),
        scope.pruned,
        sentence("List these rows on either side to keep them, or prune both sides."),
        severity="warning",
        notes=tuple(Note(each.span, sentence("`prune` is false here")) for each in others[:_SHOWN]),
    )
