"""The related lists that a pull reads: those that were named, or all of the module that zsync can write and the org shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from zsync.errors import UsageError
from zsync.kinds import Kind, kind_of, module_name, own_list, reachable, table
from zsync.metadata.checking import choice_of
from zsync.metadata.lists import list_flaw
from zsync.model import ManagedList, Parent, Span
from zsync.model.metadata import RelatedList
from zsync.planning.list_names import ListNames

NOWHERE = Span("", 1, 1)
"""The place of what stands in no file yet."""


class PulledList(NamedTuple):
    """A related list of a module: `written` is its name in manifests, `listed` what the org says of it."""

    kind: Kind
    module: str
    written: str
    listed: RelatedList

    @property
    def related(self) -> str:
        """The module of its records."""
        return self.kind.other(self.module)


@dataclass(frozen=True, slots=True)
class PulledLists:
    """The lists to read, and, in words, those that were left out although the org has them."""

    lists: tuple[PulledList, ...]
    left_out: tuple[str, ...] = ()


async def find_lists(
    names: ListNames, module: str, named: Sequence[str], kinds: Sequence[Kind]
) -> PulledLists:
    """The lists that are named, or all.

    Raises `UsageError` for a module or list that zsync cannot write or the org does not show, and what `Reader` raises.
    """
    own = [kind for kind in kinds if module in (kind.left, kind.right)]
    if not own:
        raise UsageError(
            f"zsync relates no records of {module}",
            help=f"These are the relations that it can write:\n{table(kinds)}",
        )
    wanted = _skeletons(module, named, kinds) if named else _every(module, own)
    await names.load(wanted)
    found, left_out = [], []
    for managed in wanted:
        flaw = list_flaw(managed, choice_of(managed, names.of(module)))
        if flaw is None:
            listed = names.get(module, managed.related_module)
            found.append(PulledList(managed.kind, module, managed.name, listed))
        elif named:
            told = flaw.told("this org")
            raise UsageError(str(told.message), help=str(told.help))
        elif flaw.code != "no-such-list":
            left_out.append(str(flaw.told("this org").message))
    if not found:
        raise UsageError(
            f"this org shows no list of {module} that zsync can write",
            help="`zsync doctor` tells which lists it has.",
        )
    return PulledLists(tuple(found), tuple(left_out))


def _every(module: str, kinds: Sequence[Kind]) -> list[ManagedList]:
    """A list of each kind."""
    found = {kind.other(module): kind for kind in kinds if reachable(module, kind.other(module))}
    return [_skeleton(module, own_list(module, other) or other, kind) for other, kind in found.items()]


def _skeletons(module: str, named: Sequence[str], kinds: Sequence[Kind]) -> list[ManagedList]:
    """The lists of these names, each once."""
    found: dict[str, ManagedList] = {}
    for name in named:
        kind = kind_of(module, name, kinds)
        if kind is None:
            known = ", ".join(
                managed.name for managed in _every(module, [k for k in kinds if module in (k.left, k.right)])
            )
            raise UsageError(
                f"zsync knows no list {name} of {module}",
                help=f"It knows {known}. Where a list of the org leads, only an org profile tells: `zsync profile`.",
            )
        if not reachable(module, kind.other(module)):
            raise UsageError(
                f"Zoho shows no {name} of {module} with what belongs to the relation",
                help=f"Pull it from the other side: zsync pull {kind.only_from}/NAME",
            )
        written = module_name(name)
        own = own_list(module, kind.other(module))
        found.setdefault(
            kind.other(module),
            _skeleton(module, own if own and written == kind.other(module) else written, kind),
        )
    return list(found.values())


def _skeleton(module: str, name: str, kind: Kind) -> ManagedList:
    return ManagedList(Parent(module, NOWHERE, id="0"), name, kind, NOWHERE)
