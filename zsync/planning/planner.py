"""Manifests and the CRM's current relations → a plan. Given a `Reader`, it has no means to write.

Each of the five steps has a value of its own, and a module that makes it:

    wanted    `gathering`    keys become ids, rows become scopes, each on the side that needs fewer calls
    read      `reading`      the lists of the CRM, joined with what is wanted of them
    decided   `deciding`     the changes, whose they are, and which of them were asked for
    packed    `packing`      the changes in order, and the requests that carry them
    guarded   `guard_facts`  the plan, with what the guards of zsync.yaml say of it, sealed
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

from zsync import __version__
from zsync.crm import Org, Reader
from zsync.crm.consent import ConsentCheck
from zsync.crm.leads import Leads
from zsync.crm.orgs import check_environment
from zsync.files.plan import timestamp
from zsync.model import Binding, Change, Conflicts, Cost, Diagnostic, ManagedList, Manifests, Plan
from zsync.planning.agreed import refuse_unknown
from zsync.planning.consenting import consent_check, keep_out
from zsync.planning.conversions import conversions
from zsync.planning.counting import list_states
from zsync.planning.deciding import Decided, decide
from zsync.planning.gathering import Wanted, gather, least_reads
from zsync.planning.guard_facts import guarded
from zsync.planning.list_names import ListNames
from zsync.planning.narrowing import changed_only
from zsync.planning.origin import names_of
from zsync.planning.outside import lost_parents, refuse_unsure
from zsync.planning.packing import Packed, arrange, cost
from zsync.planning.parents import with_names
from zsync.planning.pruning import split_sides
from zsync.planning.reading import Read, read_lists
from zsync.planning.selecting import refuse_unmatched, rows_of
from zsync.planning.sides import turn_changes
from zsync.planning.terms import LIFETIME, Terms


async def make_plan(
    manifests: Manifests,
    reader: Reader,
    terms: Terms,
    *,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> tuple[Plan, tuple[Diagnostic, ...]]:
    """The plan that makes the CRM equal to the manifests, and the warnings on the way.

    Raises `InputError` with all that is wrong in the manifests as seen from the CRM (keys that name no record or
    several, lists that are hidden), and what `Reader` raises. `progress` hears how many lists of all are read.
    """
    reader.expect_reads(least_reads(manifests))
    # Before anything else is read: a token of another org would make every answer that follows a lie.
    org = await reader.org()
    check_environment(org, terms.expected)
    check = await consent_check(reader, terms.consents, _sides(manifests, terms.base))
    names, leads = ListNames(reader), Leads(reader, check)
    wanted = await _gathered(manifests, reader, terms, names, leads)
    reader.expect_reads(len(wanted.reading))
    read = await read_lists(wanted, reader, names, progress)
    decided = decide(wanted, read, *_asked(terms), await conversions(read, leads))
    decided, unseen = await _kept_out(decided, check)
    refuse_unmatched(terms.only, chain(map(names_of, decided.changes), rows_of(wanted, read)), terms.option)
    await _refuse_unknown(decided, wanted, manifests, terms, reader)
    # Lists may be cheaper to read from one side and changes to write from the other: the side is chosen anew.
    changes = await with_names(await turn_changes(_sent(decided, terms), names), manifests.lists, reader)
    packed = arrange(changes, decided.unchanged)
    plan = Plan(
        _binding(manifests, terms, org, await reader.api_domain()),
        packed.summary,
        packed.changes,
        packed.requests,
        _cost(packed, reader, terms),
        lists=list_states(wanted, read),
        **_besides(terms, decided),
    )
    plan = await guarded(plan, terms, read.sizes, names, reader)
    apart = split_sides(packed.changes, wanted.branch)
    return plan, (*_warnings(manifests, wanted), *_of_reading(read, terms), *unseen, *apart)


def _cost(packed: Packed, reader: Reader, terms: Terms) -> Cost:
    rest = (packed.changes, packed.requests, terms.concurrency, terms.consents)
    return cost(reader.traffic.reads, *rest, keys=True)


def _sent(decided: Decided, terms: Terms) -> tuple[Change, ...]:
    """The changes, with what their requests are to send."""
    return tuple(map(changed_only, decided.changes)) if terms.put == "changed" else decided.changes


def _warnings(manifests: Manifests, wanted: Wanted) -> tuple[Diagnostic, ...]:
    """What is to be warned of in the manifests; what the files alone told of a place is not told again."""
    known = {(each.code, each.span) for each in manifests.warnings}
    unread = (replace(each, severity="warning") for each in wanted.unread)
    found = (each for each in wanted.warnings if (each.code, each.span) not in known)
    return (*manifests.warnings, *unread, *found)


def _of_reading(read: Read, terms: Terms) -> Iterator[Diagnostic]:
    """What is to be warned of in the lists; of fields that no kind declares only where updates send them back."""
    sends_all = terms.put == "all"
    return (each for each in read.warnings if sends_all or each.code != "undeclared-fields")


async def _refuse_unknown(
    decided: Decided, wanted: Wanted, manifests: Manifests, terms: Terms, reader: Reader
) -> None:
    """Raise `InputError` for changes of which nobody knows whether somebody wants them."""
    if terms.judged.without == "unreadable":
        refuse_unknown(decided.changes)
    lost = await lost_parents(decided.changes, wanted.branch, manifests.outside, reader)
    refuse_unsure(decided.changes, wanted.branch, (*wanted.unread, *lost))


async def _gathered(
    manifests: Manifests, reader: Reader, terms: Terms, names: ListNames, leads: Leads
) -> Wanted:
    opened = (terms.opened, terms.judged.agreed)
    asked: dict[str, Any] = {"whole": terms.whole, "allowed": terms.allowed}
    return await gather(manifests, terms.base, reader, names, *opened, leads, **asked)


async def _kept_out(decided: Decided, check: ConsentCheck | None) -> tuple[Decided, tuple[Diagnostic, ...]]:
    """What was decided, without the changes of people who said no, and the warnings."""
    kept = await keep_out(decided.changes, check)
    withheld = (*decided.withheld, *kept.withheld)
    return replace(decided, changes=kept.changes, withheld=withheld), kept.warnings


def _sides(manifests: Manifests, base: Sequence[ManagedList] | None) -> Iterator[tuple[str, str]]:
    """The modules of the lists that changes may be about, and those of their records."""
    for managed in (*manifests.lists, *(base or ())):
        yield managed.parent.module, managed.related_module


def _asked(terms: Terms) -> tuple[tuple[str, ...], Conflicts, list[str]]:
    """Which changes are asked for, what becomes of conflicts, and which of them are decided for Git."""
    for_git = [override.selector for override in terms.overrides if override.selector]
    return terms.only, terms.guards.conflicts, for_git


def _besides(terms: Terms, decided: Decided) -> dict[str, Any]:
    """The members of a plan that say what it was narrowed and judged by, and which rows are not in it."""
    return {
        "only": terms.only,
        "settings": terms.settings,
        "base": terms.safeguards,
        "withheld": decided.withheld,
        **decided.ahead._asdict(),
        "unmanaged": decided.unmanaged,
    }


def _binding(manifests: Manifests, terms: Terms, org: Org, api_domain: str) -> Binding:
    return Binding(
        org_id=org.id,
        org_type=org.type,
        api_domain=api_domain,
        environment=terms.expected.environment,
        manifests=manifests.digest,
        guards=terms.guards.digest,
        git_commit=terms.git_commit,
        zsync=__version__,
        created_at=timestamp(terms.now),
        expires_at=timestamp(terms.now + LIFETIME),
        accounts_url=terms.accounts_url,
        configuration=terms.configuration,
        base=terms.judged,
        profiles=terms.profiles,
        put=terms.put,
    )
