"""Which related list a manifest means: by the module of its records, or by the list's own api_name.

An org may rename a list, and several can lead to one module, so no name is guessed.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol, TypeVar

from zsync.metadata.flaws import Flaw, Spotted
from zsync.model import ManagedList
from zsync.model.metadata import MULTI_SELECT, RelatedList
from zsync.syntax.checking import nearest


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


def leading_to(lists: Iterable[AnyMetadata], module: str) -> list[AnyMetadata]:
    """The lists of a module's records that can be meant by its name: one, where the metadata is clear.

    The list that has the module's own name is meant before all others, then those that are shown.
    """
    found = [listed for listed in lists if listed.name and module in (listed.module, listed.name)]
    found = [listed for listed in found if listed.module in ("", module)]
    return (
        [listed for listed in found if listed.name == module]
        or [listed for listed in found if listed.visible]
        or found[:1]
    )


class ListChoice(NamedTuple):
    """The lists of a parent's module, and the one that is meant: by `named` (an api_name) if a manifest names one so.

    `own` is what Zoho calls the list of these records in every org, where that is not their module's name.
    """

    lists: Sequence[RelatedList]
    module: str
    named: str = ""
    own: str = ""

    @property
    def candidates(self) -> list[RelatedList]:
        """The lists that can be meant."""
        writable = [listed for listed in self.lists if listed.writable]
        if self.own and self.named in ("", self.own):
            return [listed for listed in writable if listed.called(self.own)][:1]
        if self.named and self.named != self.module:
            return [listed for listed in writable if listed.called(self.named) and self._fits(listed)][:1]
        return leading_to(writable, self.module)

    @property
    def found(self) -> RelatedList | None:
        """The list that is meant; None where there is none, or several."""
        found = self.candidates
        return found[0] if len(found) == 1 else None

    def _fits(self, listed: RelatedList) -> bool:
        return listed.module in ("", self.module)


def list_flaw(managed: ManagedList, choice: ListChoice) -> Flaw | None:
    """What is wrong with the list that a manifest names; None where it is a list of the org, and shown."""
    parent, found = managed.parent.module, choice.candidates
    where = Spotted(managed.span, width=len(managed.name))
    if len(found) > 1:
        return Flaw(
            "ambiguous-list",
            where,
            (f"{parent} has {len(found)} related lists of {choice.module}",),
            (
                f"Name the one that you mean in place of `{managed.name}`; the org profile has to tell where it leads: "
                "`zsync profile`. zsync 0.1.0 took the first.",
            ),
            tail=(f": {', '.join(sorted(listed.name for listed in found))}",),
        )
    if not found:
        return Flaw("no-such-list", where, *_missing(managed, choice))
    if found[0].visible:
        return None
    advice = f"Show the list on the layout of {parent} (Setup › Customization › Modules), then plan again."
    return Flaw("hidden-list", where, (f"the related list {found[0].name} of {parent} is hidden",), (advice,))


def _missing(managed: ManagedList, choice: ListChoice) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The message and the advice for a list that the org does not have."""
    parent, named = managed.parent.module, choice.named
    multi = [each for each in choice.lists if each.type == MULTI_SELECT and choice.module == each.module]
    other = next((each for each in choice.lists if each.called(named) and each.module != choice.module), None)
    says = f"{parent} has no related list of {choice.module}"
    if named and named != choice.module:
        says = f"{parent} has no related list {named} of {choice.module}"
    if other and other.module and other.type != MULTI_SELECT:
        return (says,), (
            f"{named} is a list of {other.module} there. If the org profile is older than that: `zsync profile`.",
        )
    known = sorted({listed.name for listed in choice.lists if listed.writable})
    meant = _meant(named or choice.module, choice.lists)
    told = f"The lists of {parent} are: {', '.join(known) or 'none'}."
    if multi:
        told = (
            f"{', '.join(each.name for each in multi)} is a multi-select lookup, whose relations are records of a linking "
            f"module: zsync cannot write those. {told}"
        )
    return (says,), (f"did you mean `{meant}`? " if meant else "", told)


def _meant(written: str, lists: Sequence[RelatedList]) -> str:
    """The list that has the written name as its label, or nearly as its name; empty for none."""
    for listed in lists:
        if listed.writable and listed.label.casefold() == written.casefold() != listed.name.casefold():
            return listed.name
    return nearest(written, tuple(listed.name for listed in lists if listed.writable))


def unknown_module(module: str, where: Spotted, names: Sequence[str]) -> Flaw:
    """The flaw of a module that the org does not have; `names` are those that it has, as far as they are known."""
    meant = nearest(module, tuple(names))
    advice = (
        f"did you mean `{meant}`?"
        if meant
        else "Setup › Customization › Modules lists them with their API names."
    )
    return Flaw("unknown-module", where, (f"there is no module {module}",), (advice,))
