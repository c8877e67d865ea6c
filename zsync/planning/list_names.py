"""The names of related lists, looked up in the CRM's own metadata: an org may rename a list, so no name is guessed.

https://www.zoho.com/crm/developer/docs/api/v8/related-list-meta.html
"""

from collections.abc import Iterable
from typing import Protocol, TypeVar

from zsync.crm import Reader, RelatedList
from zsync.crm.tasks import together
from zsync.model import Diagnostic, ManagedList, sentence


class ListMetadata(Protocol):
    """What the metadata says about a related list: its name in requests, its records' module, whether it is shown."""

    @property
    def name(self) -> str:
        """Its name in requests."""

    @property
    def module(self) -> str:
        """The module of its records."""

    @property
    def visible(self) -> bool:
        """Whether the layout shows it."""


AnyMetadata = TypeVar("AnyMetadata", bound=ListMetadata)


def list_to(lists: Iterable[AnyMetadata], related_module: str) -> AnyMetadata | None:
    """The list that leads to a module. If several do, the one that has the module's name is meant."""
    found = [listed for listed in lists if related_module in (listed.module, listed.name) and listed.name]
    # The module's own name comes first, then lists that are shown; the order of Zoho's answer decides the rest.
    found.sort(key=lambda listed: (listed.name != related_module, not listed.visible))
    return found[0] if found else None


class ListNames:
    """Module and related module → the list's name in requests. The metadata of each module is read once."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._lists: dict[str, list[RelatedList]] = {}

    async def load(self, lists: Iterable[ManagedList]) -> list[Diagnostic]:
        """Read the metadata that the managed lists need, and report those lists that do not exist or are hidden."""
        lists = list(lists)
        await self._read(dict.fromkeys(managed.parent.module for managed in lists))
        problems = (
            self._problem(managed, managed.parent.module, managed.related_module) for managed in lists
        )
        return [problem for problem in problems if problem is not None]

    async def find(self, module: str, related_module: str) -> str | None:
        """The name of a list that no manifest names; None if the CRM does not have it, or hides it."""
        await self._read([module])
        found = self._find(module, related_module)
        # A hidden list answers no request, so for choosing sides it is as good as none.
        return found.name if found is not None and found.visible else None

    def get(self, module: str, related_module: str) -> RelatedList:
        """A list that `load` or `find` has found. Raises `LookupError` for any other."""
        found = self._find(module, related_module)
        if found is None:
            raise LookupError(f"{module} has no list of {related_module}")
        return found

    async def _read(self, modules: Iterable[str]) -> None:
        new = [module for module in modules if module not in self._lists]
        for module, lists in zip(
            new, await together(self._reader.related_lists(module) for module in new), strict=True
        ):
            self._lists[module] = lists

    def _find(self, module: str, related_module: str) -> RelatedList | None:
        return list_to(self._lists[module], related_module)

    def _problem(self, managed: ManagedList, module: str, related_module: str) -> Diagnostic | None:
        found = self._find(module, related_module)
        if found is None:
            known = (
                ", ".join(sorted({listed.name for listed in self._lists[module] if listed.name})) or "none"
            )
            return Diagnostic(
                "no-such-list",
                sentence(f"{module} has no related list of {related_module} in this org"),
                managed.span,
                sentence(f"The lists of {module} are: {known}."),
            )
        if not found.visible:
            return Diagnostic(
                "hidden-list",
                sentence(f"the related list {found.name} of {module} is hidden in this org"),
                managed.span,
                sentence(
                    f"Show the list on the layout of {module} (Setup › Customization › Modules), then plan again."
                ),
            )
        return None
