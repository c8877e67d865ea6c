"""The names of new files: after the record, safe on every file system, and the same from run to run."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from unicodedata import category, normalize

from zsync.pulling.parents import PulledParent

_LONGEST = 60
_LONGEST_BYTES = 150
"""Of at most 255 that a name may have, what leaves room for an id, the name of a list, and an ending."""

_RESERVED = re.compile(r"con|prn|aux|nul|com[0-9]|lpt[0-9]|zsync", re.ASCII)
"""Names that Windows keeps for devices, whatever their ending, and the configuration's."""

_BETWEEN = re.compile("-{2,}")


def slug(label: str) -> str:
    """A record's name as part of a file's: small letters and digits of any script, joined by `-`; empty where it has none.

    Latin letters lose their accents, so that no file system has two ways to write them.
    """
    made: list[str] = []
    for char in normalize("NFKD", normalize("NFKC", label).casefold()):
        kind = category(char)[0]
        if kind == "M" and (not made or made[-1].isascii()):
            continue
        made.append(char if kind in "LNM" else "-")
    text = _BETWEEN.sub("-", normalize("NFC", "".join(made))).strip("-")
    return _cut(text)


def folder_name(module: str) -> str:
    """The folder of a module's manifests: `Price_Books` → `price-books`, `Appointments__s` → `appointments`."""
    return module.removesuffix("__s").lower().replace("_", "-").strip("-") or "other"


def same_name(name: str) -> str:
    """What two names have in common that some file system takes for one."""
    return normalize("NFC", normalize("NFC", name).casefold())


def name_files(parents: Sequence[PulledParent], taken: Iterable[str]) -> Mapping[str, str]:
    """Parent's id → the name of its new manifest, without the ending; `taken` are the names in the folder.

    A parent whose name is another's as well, is reserved, taken, or says nothing in letters, has its id in the file's name.
    """
    slugs = {parent.id: slug(parent.label) for parent in parents}
    often = Counter(same_name(each) for each in slugs.values())
    used = {same_name(name) for name in taken}
    found: dict[str, str] = {}
    for parent in sorted(parents, key=lambda each: (len(each.id), each.id)):
        text = slugs[parent.id]
        # By its id in the manifest, too: the CRM has several records of that name.
        alone = bool(text and parent.match) and often[same_name(text)] == 1 and not _RESERVED.fullmatch(text)
        name = text if alone and not _clashes(text, used) else f"{text}-{parent.id}".strip("-")
        number = 1
        while _clashes(name, used):
            number += 1
            name = f"{text}-{parent.id}-{number}".strip("-")
        used.add(same_name(f"{name}.yaml"))
        found[parent.id] = name
    return found


def free_name(wanted: str, ending: str, taken: Iterable[str]) -> str:
    """A file's name that clashes with none of those in a folder: the wanted one, or one with a number behind it."""
    used = {same_name(name) for name in taken}
    name, number = f"{wanted}{ending}", 1
    while same_name(name) in used:
        number += 1
        name = f"{wanted}-{number}{ending}"
    return name


def _clashes(name: str, used: set[str]) -> bool:
    return any(same_name(f"{name}{ending}") in used for ending in (".yaml", ".yml"))


def _cut(text: str) -> str:
    """A text that is not too long for a file's name, cut between words where that leaves enough."""
    short = text[:_LONGEST]
    while len(short.encode()) > _LONGEST_BYTES:
        short = short[:-1]
    if short == text:
        return text
    words = short.rpartition("-")[0]
    return (words if len(words) > _LONGEST // 2 else short).strip("-")
