"""The names of related lists, as the CRM's own metadata gives them: found, not guessed."""

from collections.abc import Iterable
from typing import Protocol, TypeVar

from zsync.crm import Reader, RelatedList
from zsync.crm.tasks import together
from zsync.model import Diagnostic, ManagedList


class Listed(Protocol):
    """What the metadata says of a related list: its name in requests, its records' module, whether it is shown."""

    @property
    def name(self) -> str:
        """Its name in requests."""

    @property
    def module(self) -> str:
        """The module of its records."""

    @property
    def visible(self) -> bool:
        """Whether the layout shows it."""


One = TypeVar("One", bound=Listed)


def list_to(lists: Iterable[One], related_module: str) -> One | None:
    """The list that leads to a module: several may, then the one that is named like it is meant."""
    found = [one for one in lists if related_module in (one.module, one.name) and one.name]
    # Own name first, then shown before hidden; the order of Zoho's answer decides the rest.
    found.sort(key=lambda one: (one.name != related_module, not one.visible))
    return found[0] if found else None


class ListNames:
    """Module and related module → the list's name in requests. Each module's metadata is read once."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._lists: dict[str, list[RelatedList]] = {}

    async def load(self, lists: Iterable[ManagedList]) -> list[Diagnostic]:
        """Read what the managed lists need, and say which of them do not exist or are hidden."""
        lists = list(lists)
        await self._read(dict.fromkeys(one.parent.module for one in lists))
        problems = (self._problem(one, one.parent.module, one.related_module) for one in lists)
        return [problem for problem in problems if problem is not None]

    async def find(self, module: str, related_module: str) -> str | None:
        """The name of a list that no manifest asked for; None where the CRM has none or hides it."""
        await self._read([module])
        found = self._find(module, related_module)
        return found.name if found is not None and found.visible else None

    def get(self, module: str, related_module: str) -> RelatedList:
        """A list that `load` or `find` has found."""
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
            known = ", ".join(sorted({one.name for one in self._lists[module] if one.name})) or "none"
            return Diagnostic(
                "no-such-list",
                f"{module} has no related list of {related_module} in this org",
                managed.span,
                f"The lists of {module} are: {known}.",
            )
        if not found.visible:
            return Diagnostic(
                "hidden-list",
                f"the related list {found.name} of {module} is hidden in this org",
                managed.span,
                f"Show the list on the layout of {module} (Setup › Customization › Modules), then plan again.",
            )
        return None
