"""The names of related lists, looked up in the CRM's own metadata: an org may rename a list, so no name is guessed.

https://www.zoho.com/crm/developer/docs/api/v8/related-list-meta.html
"""

from collections.abc import Iterable

from zsync.crm import Reader, RelatedList
from zsync.crm.tasks import together
from zsync.errors import RequestRefused
from zsync.kinds import own_list, reachable
from zsync.metadata.lists import ListChoice
from zsync.model import ManagedList

_NO_MODULE = "INVALID_MODULE"


class ListNames:
    """Module and related module → the list's name in requests. The metadata of each module is read once.

    Where several lists lead to one module, the one that the manifests name by its api_name is meant.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._lists: dict[str, tuple[RelatedList, ...]] = {}
        self._named: dict[tuple[str, str], str] = {}
        self.missing: set[str] = set()
        """Modules that the org says it does not have."""

    async def load(self, lists: Iterable[ManagedList]) -> None:
        """Read the metadata of the lists' parents, and remember the lists that are named by their api_name.

        Raises what `Reader` raises, but for a module that the org does not have.
        """
        lists = list(lists)
        await self._read(dict.fromkeys(managed.parent.module for managed in lists))
        for managed in lists:
            if managed.named:
                self._named.setdefault((managed.parent.module, managed.related_module), managed.named)

    async def find(self, module: str, related_module: str) -> str | None:
        """The name of a list that no manifest names; None if the CRM does not have it, hides it, or has several.

        None, too, where Zoho writes such relations from the other side alone.
        """
        if not reachable(module, related_module):
            return None
        await self._read([module])
        found = self._choice(module, related_module).found
        # A hidden list answers no request, so for choosing sides it is as good as none.
        return found.name if found is not None and found.visible else None

    def of(self, module: str) -> tuple[RelatedList, ...]:
        """The lists of a module whose metadata was read."""
        return self._lists.get(module, ())

    def get(self, module: str, related_module: str) -> RelatedList:
        """A list that `load` or `find` has found. Raises `LookupError` for any other."""
        found = self._choice(module, related_module).found
        if found is None:
            raise LookupError(f"{module} has no list of {related_module}")
        return found

    def _choice(self, module: str, related_module: str) -> ListChoice:
        named = self._named.get((module, related_module), "")
        return ListChoice(self._lists[module], related_module, named, own_list(module, related_module))

    async def _read(self, modules: Iterable[str]) -> None:
        new = [module for module in modules if module not in self._lists]
        for module, lists in zip(new, await together(map(self._read_module, new)), strict=True):
            self._lists[module] = lists

    async def _read_module(self, module: str) -> tuple[RelatedList, ...]:
        try:
            return tuple(await self._reader.related_lists(module))
        except RequestRefused as refused:
            if refused.code != _NO_MODULE:
                raise
            self.missing.add(module)
            return ()
