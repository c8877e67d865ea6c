"""Whom `never` of `consent:` names: addresses, patterns of addresses, and ids. Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import translate
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple, Self

from zsync.bounds import PATTERNS
from zsync.model.values import plain_text


class Mention(NamedTuple):
    """Where an entry of `never` stands; the line counts from 1."""

    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Never:
    """Addresses, patterns of addresses and ids of people who never enter, each with its place.

    Addresses and patterns are in the form of `plain_address`.
    """

    addresses: Mapping[str, Mention] = field(default_factory=lambda: MappingProxyType({}))
    ids: Mapping[str, Mention] = field(default_factory=lambda: MappingProxyType({}))
    patterns: tuple[tuple[str, Mention], ...] = ()

    def __bool__(self) -> bool:
        """Whether there is an entry."""
        return bool(self.addresses or self.ids or self.patterns)

    @property
    def by_address(self) -> bool:
        """Whether an entry is about addresses."""
        return bool(self.addresses or self.patterns)

    @property
    def entries(self) -> Iterator[tuple[str, Mention]]:
        """All of them."""
        yield from self.addresses.items()
        yield from self.ids.items()
        yield from self.patterns

    def besides(self, other: Self) -> Self:
        """With the entries of another."""
        return replace(
            self,
            addresses=MappingProxyType({**other.addresses, **self.addresses}),
            ids=MappingProxyType({**other.ids, **self.ids}),
            patterns=(*self.patterns, *other.patterns),
        )

    def named(self, record_id: str, addresses: Iterator[str]) -> Mention | None:
        """The place of an entry that names a person."""
        if record_id in self.ids:
            return self.ids[record_id]
        for address in map(plain_address, addresses):
            if address in self.addresses:
                return self.addresses[address]
            for pattern, place in self.patterns:
                if _pattern(pattern).match(address):
                    return place
        return None


@lru_cache(maxsize=2 * PATTERNS.most)
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(translate(text))


def plain_address(text: str) -> str:
    """An address without what its comparison ignores: case, Unicode form, outer spaces, how its domain is written.

    `ana+news@…` is another address than `ana@…`: only the mail server of its domain knows whether it is the same person.
    """
    text = plain_text(text)
    local, at, domain = text.rpartition("@")
    if domain.isascii():
        return text
    try:
        return f"{local}{at}{domain.encode('idna').decode()}"
    except UnicodeError:
        return f"{local}{at}{domain}"
