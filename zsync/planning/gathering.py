"""The first step of a plan: what is wanted of the CRM, relation by relation, and which lists tell what it holds."""

from collections.abc import Mapping
from dataclasses import dataclass

from zsync.crm import Reader
from zsync.errors import InputError
from zsync.model import Diagnostic, ManagedList, Manifests
from zsync.planning.list_names import ListNames
from zsync.planning.origin import Base, base_of
from zsync.planning.parents import missing_parents, parent_queries
from zsync.planning.resolver import queries, resolve
from zsync.planning.scopes import Scope, ScopeKey, scopes_of
from zsync.planning.sides import turn_scopes


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the manifests want, with ids in place of keys.

    `scopes` are as the manifests write them, with what the base had and the branch has no more as relations to be
    without. `reading` are the same relations in the lists that are to be read: fewer calls, if need be from the other side.
    """

    scopes: Mapping[ScopeKey, Scope]
    reading: tuple[Scope, ...]
    base: Base | None = None
    warnings: tuple[Diagnostic, ...] = ()


async def gather(
    manifests: Manifests, base: tuple[ManagedList, ...] | None, reader: Reader, names: ListNames
) -> Wanted:
    """Resolve the manifests' keys, and those of the base's lists, and bring them into scopes.

    Raises `InputError` with all that is wrong in the manifests as seen from the CRM, and what `Reader` raises. What the
    base's keys named may be gone since, and is left out.
    """
    before = base or ()
    # The base is looked up together with the branch: they share most of their keys, and each costs credits once.
    unlisted = await names.load((*manifests.lists, *before))
    missing = await missing_parents(manifests.lists, reader)
    resolved, unresolved = await resolve(manifests, reader, before)
    # Only now, so that a person sees hidden lists and unknown keys in one run.
    refuse_errors((*unlisted, *missing, *unresolved))
    scopes, problems = scopes_of(manifests.lists, resolved)
    refuse_errors(problems)
    if base is None:
        return Wanted(scopes, await turn_scopes(scopes.values(), names), None, problems)
    known = base_of(before, resolved)
    # Before the sides are chosen: whether a removed relation still exists has to be read like any other.
    scopes = known.with_removed(scopes)
    return Wanted(scopes, await turn_scopes(scopes.values(), names), known, problems)


def least_reads(manifests: Manifests) -> int:
    """How many reads a plan of these manifests is certain to take, before anything is known of the CRM.

    They are for the org, the lists of each module, the keys, and each list that is pruned: the others may turn out to be
    cheaper to read from their other side.
    """
    modules = {managed.parent.module for managed in manifests.lists}
    pruned = {
        (managed.parent.module, managed.parent.label, managed.related_module)
        for managed in manifests.lists
        if managed.prune
    }
    asked = parent_queries(manifests.lists) + queries(manifests.lists)
    return 1 + len(modules) + asked + len(pruned)


def refuse_errors(problems: tuple[Diagnostic, ...]) -> None:
    """Raise `InputError` with all problems, warnings included, where at least one of them is an error."""
    if any(problem.severity == "error" for problem in problems):
        raise InputError(problems)
