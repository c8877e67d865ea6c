"""What the org's own metadata says of all that a plan touches, asked before anything is looked up: one call a module.

A mistyped field would otherwise end the run with `INVALID_QUERY`, and a mistyped status be refused row by row, or stored.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from zsync.crm import Reader
from zsync.crm.tasks import together
from zsync.errors import CrmUnreachable, InputError, RequestRefused
from zsync.metadata.checking import choice_of, flaws, touched, unknown_key_fields
from zsync.metadata.flaws import Flaw, told
from zsync.metadata.lists import list_flaw
from zsync.model import Diagnostic, ManagedList, Manifests, sentence
from zsync.model.metadata import FieldMeta, ModuleMeta, OrgMetadata
from zsync.planning.list_names import ListNames
from zsync.planning.terms import Allowed

_NO_MODULE = "INVALID_MODULE"

_STATUS, _ROLE = "Member_Status", "Contact_Role"
_SCOPE = "OAUTH_SCOPE_MISMATCH"


@dataclass(frozen=True, slots=True)
class Learned:
    """What the metadata told of a plan's lists, and what of them is worth looking up.

    `problems` are errors of lists that are hidden, and warnings. `touched` are the lists of the paths, and the base's of the
    same place; `base`, `kept` and `outside` are as they were given, without those whose keys can find nothing. `unread` tells
    of the latter, as far as they are outside.
    """

    org: OrgMetadata
    problems: tuple[Diagnostic, ...]
    touched: tuple[ManagedList, ...]
    base: tuple[ManagedList, ...]
    kept: Mapping[str, tuple[ManagedList, ...]]
    outside: tuple[ManagedList, ...]
    unread: tuple[Diagnostic, ...]

    def sure(self, beside: Sequence[ManagedList]) -> tuple[tuple[ManagedList, ...], tuple[Diagnostic, ...]]:
        """Those of the lists outside whose keys can find something, and errors for the others."""
        return _sure(beside, self.org)


async def know(
    manifests: Manifests,
    base: Sequence[ManagedList],
    kept: Mapping[str, Sequence[ManagedList]],
    reader: Reader,
    names: ListNames,
    allowed: Allowed,
) -> Learned:
    """Ask the org's metadata about all that a plan touches, and refuse what it does not bear out.

    Raises `InputError` with all mistakes, unless only lists are hidden: then keys may be wrong as well. And what `Reader`
    raises.
    """
    older = [managed for lists in (base, *kept.values()) for managed in lists if not managed.outside]
    org, untold = await learn((*manifests.lists, *older), reader, names, allowed)
    mistaken = mistakes(manifests.lists, older, org, allowed.values)
    if any(each.severity == "error" and each.code != "hidden-list" for each in mistaken):
        raise InputError((*untold, *mistaken))
    outside, unread = _sure(manifests.outside, org, parents=True)
    return Learned(
        org,
        (*untold, *mistaken),
        (*manifests.lists, *findable(older, org)),
        findable(base, org),
        {commit: findable(lists, org) for commit, lists in kept.items()},
        outside,
        unread,
    )


@dataclass(slots=True)
class _Told:
    """What became of asking for the fields of modules; `refused` is the first refusal, in words."""

    fields: dict[str, Mapping[str, FieldMeta]] = field(default_factory=dict)
    missing: set[str] = field(default_factory=set)
    refused: dict[str, str] = field(default_factory=dict)


async def learn(
    lists: Sequence[ManagedList], reader: Reader, names: ListNames, allowed: Allowed
) -> tuple[OrgMetadata, tuple[Diagnostic, ...]]:
    """What the org says of the modules and lists that these lists touch, and a warning for what it does not say.

    Raises what `Reader` raises, but for a refusal of the metadata: then the plan goes on without it.
    """
    await names.load(lists)
    known = _Told(missing=set(names.missing))
    modules = dict.fromkeys(module for managed in lists for module in touched(managed))
    await together(_fields(module, reader, known) for module in modules if module not in known.missing)
    parents = {managed.parent.module for managed in lists}
    org = OrgMetadata(
        allowed.called,
        {
            module: ModuleMeta(
                known.fields.get(module),
                names.of(module) if module in parents and module not in known.missing else None,
            )
            for module in {*modules, *parents}
        },
        await _values(lists, reader, allowed),
        missing=frozenset(known.missing),
    )
    if org.missing:
        org = replace(org, names=await _modules(reader))
    return org, tuple(_unknown(known.refused))


async def _values(
    lists: Sequence[ManagedList], reader: Reader, allowed: Allowed
) -> Mapping[str, tuple[str, ...]]:
    """The statuses of campaign members where the org is known to tell them, and the roles of contacts; of those that rows set."""
    found = {}
    if _STATUS in allowed.told and _STATUS not in allowed.values and _set(_STATUS, lists):
        found[_STATUS] = await reader.statuses()
    if _ROLE not in allowed.values and _set(_ROLE, lists):
        found[_ROLE] = tuple(await reader.roles())
    return {name: values for name, values in found.items() if values}


def _set(name: str, lists: Sequence[ManagedList]) -> bool:
    """Whether a row sets this field of a relation."""
    return any(
        name in row.fields for managed in lists if name in managed.kind.fields for row in managed.records
    )


async def _fields(module: str, reader: Reader, known: _Told) -> None:
    try:
        fields = await reader.fields(module)
    except RequestRefused as refused:
        if refused.code == _NO_MODULE:
            known.missing.add(module)
        elif _about_metadata(refused):
            known.refused[module] = refused.code
        else:
            raise
        return
    if fields:
        known.fields[module] = fields
    else:
        known.refused[module] = "no fields"


def _about_metadata(refused: RequestRefused) -> bool:
    """Whether a refusal is of this call alone: for want of a scope or a permission, or for an address that a proxy lacks."""
    return refused.status in (400, 401, 403, 404, 405) and refused.code not in _OF_ALL


_OF_ALL = frozenset({"INVALID_TOKEN", "INVALID_OAUTHTOKEN", "AUTHENTICATION_FAILURE"})
"""Codes of which every other call would have its share."""


async def _modules(reader: Reader) -> tuple[str, ...]:
    """The org's modules, to tell which one was meant; nothing where the token may not see them."""
    try:
        return await reader.modules()
    except (RequestRefused, CrmUnreachable):
        return ()


def _unknown(refused: Mapping[str, str]) -> Iterable[Diagnostic]:
    if not refused:
        return
    modules, reasons = ", ".join(refused), ", ".join(dict.fromkeys(refused.values()))
    scope = _SCOPE in refused.values()
    yield Diagnostic(
        "no-metadata",
        sentence(
            f"Zoho does not tell the fields of {modules} ({reasons}): their names and values are not checked before they are used"
        ),
        help=sentence(
            "Make a refresh token that has the scope ZohoCRM.settings.fields.READ as well: `zsync login`."
            if scope
            else "Ask a CRM administrator to let the token's user see these modules and their fields."
        ),
        severity="warning",
    )


def mistakes(
    lists: Iterable[ManagedList],
    older: Iterable[ManagedList],
    org: OrgMetadata,
    allowed: Mapping[str, Sequence[str]],
) -> tuple[Diagnostic, ...]:
    """What is wrong in the lists, as far as the org's metadata and the values of zsync.yaml (`allowed`) tell.

    Of those of a base (`older`) only whether the org has the lists at all: what else is wrong there, the branch may have mended.
    """
    gone = (flaw for managed in older for flaw in _list_flaws(managed, org))
    return told((org.called, flaw) for flaw in (*flaws(lists, org, allowed), *gone))


def _list_flaws(managed: ManagedList, org: OrgMetadata) -> Iterator[Flaw]:
    known = org.lists(managed.parent.module)
    if known is not None and (flaw := list_flaw(managed, choice_of(managed, known))):
        yield flaw


def findable(lists: Iterable[ManagedList], org: OrgMetadata) -> tuple[ManagedList, ...]:
    """Those of the lists whose keys can find anything: of a base, a mistyped field is not to end the run."""
    return tuple(managed for managed in lists if not unknown_key_fields(managed, org))


def _sure(
    lists: Iterable[ManagedList], org: OrgMetadata, *, parents: bool = False
) -> tuple[tuple[ManagedList, ...], tuple[Diagnostic, ...]]:
    """The lists whose keys (with `parents`: whose parents' keys) can find something, and errors for the others."""
    sure: list[ManagedList] = []
    unsure: list[ManagedList] = []
    for managed in lists:
        wrong = unknown_key_fields(replace(managed, key=("id",)) if parents else managed, org)
        (unsure if wrong else sure).append(managed)
    files = dict.fromkeys(managed.span.file for managed in unsure)
    return tuple(sure), tuple(map(_unread, files))


def _unread(file: str) -> Diagnostic:
    return Diagnostic(
        "unread-manifest",
        sentence(
            f"`{file}`, outside of the paths that were given, names records by a field that they do not have"
        ),
        help=sentence(f"Fix it: `zsync plan {file}` tells where."),
    )


def refuse_errors(problems: tuple[Diagnostic, ...]) -> None:
    """Raise `InputError` with all problems, warnings included, where at least one of them is an error."""
    if any(problem.severity == "error" for problem in problems):
        raise InputError(problems)
