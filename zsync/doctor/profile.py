"""Reads an org's metadata for its profile: the modules of all relation kinds, and what the org tells of relations' own fields."""

from collections.abc import Iterable, Mapping

from zsync.crm import Reader
from zsync.crm.orgs import check_environment
from zsync.crm.tasks import together
from zsync.errors import RequestRefused
from zsync.kinds import Kind
from zsync.metadata.profile import OrgProfile, kept
from zsync.model import Expected
from zsync.model.metadata import ModuleMeta

_NO_MODULE = "INVALID_MODULE"
_STATUS, _ROLE = "Member_Status", "Contact_Role"


async def profile_of(reader: Reader, expected: Expected, kinds: Iterable[Kind], date: str) -> OrgProfile:
    """The profile of the org behind the token, as of `date`.

    Raises `AccessDenied` for another org than the environment's or for metadata that the token may not read, and what `Reader`
    raises: a profile of which a part is missing would let typos pass.
    """
    org = await reader.org()
    check_environment(org, expected)
    kinds = tuple(kinds)
    names = list(dict.fromkeys(module for kind in kinds for module in (kind.left, kind.right)))
    found = await together(_module(reader, name) for name in names)
    modules = {name: module for name, module in zip(names, found, strict=True) if module is not None}
    missing = tuple(name for name in names if name not in modules)
    values = await _values(reader, kinds, modules)
    return kept(OrgProfile(org.id, org.type, date, modules, missing, values))


async def _module(reader: Reader, name: str) -> ModuleMeta | None:
    """A module's metadata; None where the org does not have it."""
    try:
        lists = tuple(await reader.related_lists(name))
        return ModuleMeta(await reader.fields(name) or None, lists)
    except RequestRefused as refused:
        if refused.code != _NO_MODULE:
            raise
        return None


async def _values(
    reader: Reader, kinds: Iterable[Kind], modules: Mapping[str, ModuleMeta]
) -> Mapping[str, tuple[str, ...]]:
    """The statuses of campaign members and the roles of contacts, where the org tells them and no module lists them."""
    found = {}
    for name, ask in ((_STATUS, reader.statuses), (_ROLE, reader.roles)):
        sides = {
            side for kind in kinds if name in kind.fields for side in (kind.left, kind.right)
        } & modules.keys()
        if sides and not any(name in (modules[side].fields or {}) for side in sides):
            found[name] = tuple(await ask())
    return {name: values for name, values in found.items() if values}
