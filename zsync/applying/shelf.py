"""Where the journals of a repository are, outside of it: `repositories/NAME-HASH/ENVIRONMENT/ORG/RUN.jsonl`.

They are in the user's state folder, so that no journal can come along with a checkout.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from zsync.errors import InputError, UsageError
from zsync.model import Diagnostic, sentence

LIST = "List the runs: `zsync runs`."

_PLAIN = re.compile(r"[a-z0-9][a-z0-9_-]{0,47}")
_NAMELESS = "_"
_LISTED = 10
"""Most runs that are listed where a piece of a name fits several: the newest."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """The state folder of a repository, whether it is there or not."""

    folder: Path

    def environment(self, name: str) -> Path:
        """The state folder of an environment; of the one without a name for an empty text."""
        return self.folder / (_folder_name(name) if name else _NAMELESS)

    def environments(self) -> list[Path]:
        """The state folders of the environments that have journals."""
        return sorted({path.parent.parent for path in self.folder.glob("*/*/*.jsonl")})


def shelf(state: Path, repository: Path) -> Shelf:
    """The shelf of the repository with this root, in zsync's state folder."""
    root = str(repository.resolve())
    name = re.sub(r"[^a-z0-9]+", "-", repository.resolve().name.lower()).strip("-")[:40] or "repository"
    return Shelf(
        state / "repositories" / f"{name}-{sha256(root.encode('utf-8', 'surrogateescape')).hexdigest()[:12]}"
    )


def place(environment: Path, org_id: str, moment: str, digest: str) -> Path:
    """The file for a run that begins now, with a name behind all others of the environment, though the clock was set back."""
    known = journals(environment)
    latest, number, _ = _order(known[-1].stem) if known else ("", 0, "")
    run = f"{moment}-{digest}" if moment > latest else f"{latest}-{digest}-{number + 1}"
    return environment / _folder_name(org_id) / f"{run}.jsonl"


def journals(*environments: Path) -> list[Path]:
    """The journals of environments, the newest last."""
    found = [path for folder in environments for path in folder.glob("*/*.jsonl")]
    return sorted(found, key=lambda path: (*_order(path.stem), path))


def find(run: str, known: Sequence[Path], where: Path) -> Path:
    """The journal of a run among those that are known: by its name, a piece of that, or `last` for the newest.

    Raises `InputError` where there is none, with `where`, the folder that was looked in; and `UsageError` where a piece is
    in the names of several, which it lists.
    """
    if run == "last" and known:
        return known[-1]
    exact = [path for path in known if path.stem == run]
    found = exact or [path for path in known if run and run in path.stem]
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(
            f"which run? {run!r} is in the names of {len(found)}",
            lines=tuple(path.stem for path in found[-_LISTED:]),
            help="Write more of the name. The newest of an environment is `last`.",
        )
    advice = "A run whose journal is elsewhere is named by --journal FILE."
    if not known:
        raise no_such_run(f"there are no runs in {where}", advice)
    raise no_such_run(f"no run {run!r} in {where}", f"{LIST} The newest is {known[-1].stem}. {advice}")


def short(run: str, known: Iterable[str]) -> str:
    """A run as people call it: the eight characters of its plan's digest, where no other of these runs has them, else its name."""
    digest = run.split("-")[1:2]
    piece = digest[0] if digest else ""
    return piece if piece and not any(piece in each for each in known if each != run) else run


def siblings(run: str, known: Iterable[Path]) -> list[str]:
    """The other runs of the same plan, the newest first: a plan that was applied again after a crash has several."""
    digest = run.split("-")[1:2]
    others = [path.stem for path in known if path.stem != run and path.stem.split("-")[1:2] == digest]
    return list(reversed(others))


def no_such_run(message: str, advice: str = LIST) -> InputError:
    """The error of a journal that is not there, or is none."""
    return InputError((Diagnostic("no-such-run", sentence(message), help=sentence(advice)),))


def _order(run: str) -> tuple[str, int, str]:
    """`TIME-DIGEST`, or `TIME-DIGEST-N` for the n-th run of that time."""
    moment, _, rest = run.partition("-")
    number = rest.partition("-")[2]
    return moment, int(number) if number.isdecimal() else 1, run


def _folder_name(text: str) -> str:
    """A name as it is, where it can be a folder's anywhere; else what can be read of it, and a hash."""
    if _PLAIN.fullmatch(text):
        return text
    readable = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:40]
    return f"{readable}-{sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}".lstrip("-")
