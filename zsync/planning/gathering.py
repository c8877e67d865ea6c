"""The first step of a plan: what is wanted of the CRM, relation by relation, and which lists tell what it holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from zsync.crm import Reader
from zsync.crm.leads import Leads
from zsync.metadata.checking import touched
from zsync.model import Diagnostic, ManagedList, Manifests
from zsync.planning.known import know, refuse_errors
from zsync.planning.list_names import ListNames
from zsync.planning.opened import Opened
from zsync.planning.origin import Base, base_of, found
from zsync.planning.outside import concerning, doubtful
from zsync.planning.parents import look_up_parents, parent_queries
from zsync.planning.pruning import split_lists
from zsync.planning.resolver import queries, resolve
from zsync.planning.scopes import Scope, ScopeKey, scopes_of
from zsync.planning.sides import turn_scopes
from zsync.planning.terms import Allowed


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the manifests want, with ids in place of keys.

    `scopes` are as the manifests write them, with what the base had and the branch has no more as relations to be
    without. `reading` are the same relations in the lists that are to be read: fewer calls, if need be from the other side.
    `branch` are the scopes of the manifests alone, and `unread` tells of what nobody knows the rows of.
    """

    scopes: Mapping[ScopeKey, Scope]
    reading: tuple[Scope, ...]
    base: Base | None = None
    warnings: tuple[Diagnostic, ...] = ()
    branch: Mapping[ScopeKey, Scope] = field(default_factory=dict)
    unread: tuple[Diagnostic, ...] = ()


async def gather(
    manifests: Manifests,
    base: tuple[ManagedList, ...] | None,
    reader: Reader,
    names: ListNames,
    opened: Opened,
    commit: str,
    leads: Leads,
    *,
    whole: bool,
    allowed: Allowed,
) -> Wanted:
    """Resolve the manifests' keys, and those of the base's lists, and bring them into scopes; `commit` is the base's.

    With `whole`, each list of the manifests is to be read to its end, whatever it costs. `leads` remembers which leads were converted, and `allowed` is what fields may hold.
    Raises `InputError` with all that is wrong in the manifests as seen from the CRM, and what `Reader` raises; what its metadata
    tells is told before anything is looked up. What the base's keys named may be gone since, and is left out.
    """
    known = await know(manifests, base or (), opened.concerned(), reader, names, allowed)
    own, concerned = manifests.lists, known.touched
    # The base is looked up together with the branch: they share most of their keys, and each costs credits once.
    parents = await look_up_parents(own, reader, concerned)
    beside, unsure = known.sure(await concerning(known.outside, concerned, reader))
    agreed = await _agreed(known.base, concerned, reader)
    bases = {each: await _agreed(lists, concerned, reader) for each, lists in known.kept.items()}
    more = (managed for lists in bases.values() for managed in lists)
    resolved, unresolved = await resolve(manifests, reader, (*agreed, *beside, *more), leads)
    # Only now, so that a person sees hidden lists and unknown keys in one run.
    refuse_errors((*known.problems, *parents.missing, *unresolved))
    resolved = replace(resolved, names=parents.names)
    scopes, problems = scopes_of((*own, *(each for each in beside if found(each, resolved))), resolved)
    refuse_errors((*problems, *split_lists(scopes.values())))
    unread = (*manifests.unread, *known.unread, *unsure, *doubtful(beside, resolved))
    compared = None
    if base is not None:
        compared = replace(base_of(agreed, resolved, scopes, commit), kept=opened.bases(bases, resolved))
    # Before the sides are chosen: whether a removed relation still exists has to be read like any other.
    wanted = compared.with_removed(scopes) if compared else scopes
    reading = await turn_scopes(wanted.values(), names, whole=whole)
    return Wanted(wanted, reading, compared, (*known.problems, *problems), scopes, unread)


async def _agreed(
    before: Sequence[ManagedList], touched: Sequence[ManagedList], reader: Reader
) -> tuple[ManagedList, ...]:
    """The base's lists, as far as they are about what the command touches."""
    outside = [managed for managed in before if managed.outside]
    inside = (managed for managed in before if not managed.outside)
    return (*inside, *await concerning(outside, touched, reader))


def least_reads(manifests: Manifests) -> int:
    """How many reads a plan of these manifests is certain to take, before anything is known of the CRM.

    They are for the org, the lists and the fields of each module, the keys, and each list that is pruned: the others may turn
    out to be cheaper to read from their other side.
    """
    modules = {managed.parent.module for managed in manifests.lists}
    fields = {module for managed in manifests.lists for module in touched(managed)}
    pruned = {
        (managed.parent.module, managed.parent.label, managed.related_module)
        for managed in manifests.lists
        if managed.prune
    }
    asked = parent_queries(manifests.lists) + queries(manifests.lists)
    return 1 + len(modules) + len(fields) + asked + len(pruned)
