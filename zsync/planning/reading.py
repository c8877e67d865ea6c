"""The second step of a plan: the lists, read as far as they matter and joined with what is wanted page by page.

What equals is counted and forgotten. A list of which only a few rows are managed is not read to its end: after as many
pages as an `ids` filter would take calls, the filter takes over.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from math import ceil

from zsync.codes import find_code
from zsync.crm import Reader, RelatedList
from zsync.crm.tasks import together
from zsync.errors import InputError, RequestRefused
from zsync.kinds import NAME_FIELDS
from zsync.model import Diagnostic, Quote, sentence
from zsync.model.requests import ROWS, chunks
from zsync.model.verdicts import ListKey
from zsync.planning.gathering import Wanted
from zsync.planning.join import Joined, Joining
from zsync.planning.known import refuse_errors
from zsync.planning.list_names import ListNames
from zsync.planning.scopes import Scope


@dataclass(frozen=True, slots=True)
class ListRead:
    """One list, joined with what is wanted of it. `name` is the list's in requests, `whole` that all its rows were read."""

    scope: Scope
    name: str
    joined: Joined
    whole: bool


@dataclass(frozen=True, slots=True)
class Read:
    """All lists of a plan, in the order of the manifests, and what a person should know of the reading."""

    lists: tuple[ListRead, ...]
    warnings: tuple[Diagnostic, ...] = ()

    @property
    def sizes(self) -> Mapping[ListKey, int]:
        """How many relations each list holds, of lists that were read to their end."""
        return {listed.scope.key: listed.joined.size for listed in self.lists if listed.whole}


async def read_lists(
    wanted: Wanted, reader: Reader, names: ListNames, progress: Callable[[int, int], None]
) -> Read:
    """Read all lists that `wanted.reading` names; `progress` hears how many of all are done.

    Raises `InputError` with all lists that the CRM refuses, or whose rows do not carry the fields that are wanted, and
    what `Reader` raises.
    """
    done = 0

    async def read(scope: Scope) -> tuple[ListRead | None, list[Diagnostic]]:
        nonlocal done
        found = await _read_or_say(scope, names.get(scope.module, scope.related_module), reader)
        done += 1
        progress(done, len(wanted.reading))
        return found

    found = await together(read(scope) for scope in wanted.reading)
    lists = tuple(listed for listed, _ in found if listed is not None)
    problems = (*(problem for _, said in found for problem in said), *_undeclared(lists))
    refuse_errors(problems)
    return Read(lists, problems)


async def _read_or_say(
    scope: Scope, listed: RelatedList, reader: Reader
) -> tuple[ListRead | None, list[Diagnostic]]:
    """A list; a parent that the CRM refuses is a diagnostic at its place, so that all of them are told in one run."""
    try:
        return await read_list(scope, listed, reader)
    except RequestRefused as refused:
        if refused.exit_code != InputError.exit_code:
            raise
        code = find_code(refused.code)
        said = sentence(f"{refused.request}: {refused.code}: ", Quote(refused.said, instead=code.meaning))
        return None, [Diagnostic("refused-record", said, scope.span, sentence(refused.help))]


async def read_list(scope: Scope, listed: RelatedList, reader: Reader) -> tuple[ListRead, list[Diagnostic]]:
    """Read one list, at most as far as needed, and say what is wrong with it. Raises what `Reader` raises."""
    joining, seen = Joining(scope), set[str]()
    whole, pages = await _read(scope, listed, reader, joining, seen)
    problems = []
    # One page is one answer: only between pages can a row slip.
    if whole and pages > 1:
        count = await reader.count(scope.module, scope.record_id, listed)
        if count is not None and count > len(seen):
            # Rows that move while pages are read can slip from one to another: a second reading finds them.
            await _read(scope, listed, reader, joining, seen)
        if count is not None and count > len(seen):
            problems.append(_short(scope, listed, count, len(seen)))
    joined = joining.result()
    problems += _unreadable(scope, listed, joined)
    return ListRead(scope, listed.name, joined, whole), problems


async def _read(
    scope: Scope, listed: RelatedList, reader: Reader, joining: Joining, seen: set[str]
) -> tuple[bool, int]:
    """Join the rows of a list; say whether it was read to its end, and over how many pages."""
    place, fields = (scope.module, scope.record_id, listed.name), _fields(scope)
    # An `ids` filter takes 100 ids a call. While no more pages than that were read, the rest may be cheaper to page through.
    # https://www.zoho.com/crm/developer/docs/api/v8/get-related-records.html
    budget, pages = ceil(len(scope.relations) / ROWS), 0
    # Without `aclosing`, leaving the loop early would leave the request for the next page to the garbage collector.
    async with aclosing(reader.pages(*place, fields, seen, converted=True)) as stream:
        async for page in stream:
            joining.take(page.rows)
            pages += 1
            if not _to_its_end(scope) and (not joining.open or pages >= budget):
                break
    if page.more and joining.open:
        # A list of its own: `take` shortens `open` while this goes on.
        for ids in chunks(list(joining.open)):
            joining.take(await reader.rows(*place, fields, ids, converted=True))
    return not page.more, pages


def _to_its_end(scope: Scope) -> bool:
    return scope.asked or scope.pruned is not None


def _fields(scope: Scope) -> tuple[str, ...]:
    """The fields to ask for: the relation's own, and what labels a record that no manifest names."""
    labels = label_fields(scope) if _to_its_end(scope) else scope.keys
    # Zoho refuses a call that names no field (REQUIRED_PARAM_MISSING).
    return (*labels, *scope.kind.fields) or ("id",)


def label_fields(scope: Scope) -> tuple[str, ...]:
    """The fields that name the records of a list: those that it is keyed by, else the one that names the module's."""
    name = NAME_FIELDS.get(scope.related_module)
    return scope.keys or ((name,) if name else ())


def _short(scope: Scope, listed: RelatedList, count: int, read: int) -> Diagnostic:
    span = scope.pruned or next((desired.source.span for desired in scope.relations.values()), None)
    return Diagnostic(
        "count-differs",
        sentence(
            f"the CRM counts {count} records in {scope.module}/{scope.record_id}/{listed.name}, and gave {read}"
        ),
        span,
        sentence(
            "Records that this user may not see are counted and not given; if there are none, plan again."
        ),
        severity="warning",
    )


def _unreadable(scope: Scope, listed: RelatedList, joined: Joined) -> Iterator[Diagnostic]:
    """A list whose rows all lack a wanted field.

    If they lack every field of the kind, nothing is known of any: planning on would update every row. If they have
    others, the field may as well be empty in all of them, for a CRM may leave out what is empty.
    """
    blind = joined.unread == scope.kind.fields.keys()
    for desired in scope.relations.values() if joined.unread else ():
        name = next((name for name in desired.fields or () if name in joined.unread), None)
        if name is not None:
            place = f"{scope.module}/{scope.record_id}/{listed.name}"
            means = "its value cannot be compared" if blind else "it counts as empty"
            yield Diagnostic(
                "unreadable-field",
                sentence(f"none of the {joined.size} rows of {place} has {name}: {means}"),
                desired.span,
                sentence(
                    f"Check that {name} is a field of this relation and that the token's user may see it."
                ),
                severity="error" if blind else "warning",
            )
            return


def _undeclared(lists: Iterable[ListRead]) -> Iterator[Diagnostic]:
    """For each kind, the member fields that rows show and nobody declared, at the first list that shows them."""
    first: dict[str, ListRead] = {}
    names: dict[str, set[str]] = {}
    for each in lists:
        if each.joined.undeclared:
            first.setdefault(each.scope.kind.name, each)
            names.setdefault(each.scope.kind.name, set()).update(each.joined.undeclared)
    for each in first.values():
        kind = each.scope.kind
        shown = sorted(names[kind.name])
        quoted = (part for at, name in enumerate(shown) for part in (", " * bool(at), Quote(name)))
        declared = ", ".join(f"{name}: text" for name in shown if name.isascii() and name.isidentifier())
        yield Diagnostic(
            "undeclared-fields",
            sentence(f"relations of {kind.name} have fields that zsync does not know: ", *quoted),
            each.scope.span,
            sentence(
                "An update sends them back as they are, as far as the CRM shows them; Zoho may empty a field that it is not sent. "
                f"Declare them in zsync.yaml: `relation_kinds: [{{parent: {kind.left}, related: {kind.right}, "
                f"fields: {{{declared}}}}}]`."
            ),
            severity="warning",
        )
