"""Selectors of `--only`: which rows of a plan are asked for.

A selector is an origin (`change`), an action (`delete`), or a pattern with `*` and `?` over names. Of one kind any may fit;
of several kinds each has to: `drift` and `delete` are the deletes that are drift.
"""

import re
from collections.abc import Iterator, Sequence
from fnmatch import translate
from functools import lru_cache
from typing import NamedTuple

ORIGINS = ("change", "drift", "source", "conflict")
ACTIONS = ("create", "update", "delete")
WORDS = (*ORIGINS, *ACTIONS)


class Selectors(NamedTuple):
    """Selectors by their kind; where there are none of a kind, all rows fit."""

    origins: tuple[str, ...]
    actions: tuple[str, ...]
    patterns: tuple[str, ...]

    def __str__(self) -> str:
        """`drift and delete or update`, as a person would say it."""
        return " and ".join(" or ".join(kind) for kind in self if kind)


class RowNames(NamedTuple):
    """What people call a row of a related list: each record by its label and by its id; `file` is empty if no file has it."""

    module: str
    record_id: str
    record_label: str
    related_list: str
    related_module: str
    related_id: str
    label: str
    file: str = ""


@lru_cache
def selectors(only: tuple[str, ...]) -> Selectors:
    """The selectors by their kind, each once, in the order in which they were given."""
    given = tuple(dict.fromkeys(only))
    return Selectors(
        tuple(word for word in given if word in ORIGINS),
        tuple(word for word in given if word in ACTIONS),
        tuple(word for word in given if word not in WORDS),
    )


def fits(names: RowNames, patterns: Sequence[str]) -> bool:
    """Whether one of the patterns fits a row.

    With a `/` it is held against the row's address, `module/parent/list/record`, by labels or by ids and from either of its
    sides, and against the path of its file; without one, against each of the names in the address.
    """
    whole, parts = _compiled(tuple(patterns))
    if parts is not None and any(parts.match(name) for name in _parts(names)):
        return True
    return whole is not None and any(whole.match(name) for name in _addresses(names))


@lru_cache
def _compiled(patterns: tuple[str, ...]) -> tuple[re.Pattern[str] | None, re.Pattern[str] | None]:
    """The patterns with a `/`, and those without."""
    kinds = ([each for each in patterns if ("/" in each) is slash] for slash in (True, False))
    whole, parts = (re.compile("|".join(map(translate, kind))) if kind else None for kind in kinds)
    return whole, parts


def _parts(names: RowNames) -> Iterator[str]:
    return (name for name in names[:-1] if name)


def _addresses(names: RowNames) -> Iterator[str]:
    if names.file:
        yield names.file
    here = ((names.record_label, names.label), (names.record_id, names.related_id))
    # A list may be named by its module or by its own name. The other side's is asked for by its module.
    lists = dict.fromkeys((names.related_list, names.related_module))
    for parent, record in here:
        for name in lists:
            yield f"{names.module}/{parent}/{name}/{record}"
        yield f"{names.related_module}/{record}/{names.module}/{parent}"
