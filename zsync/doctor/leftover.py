"""What a probe that was killed left behind: a file that says which relation has to be restored, and to what."""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from zsync.bounds import STATE
from zsync.crm.probing import Pen
from zsync.errors import InputError
from zsync.files.plan import canonical
from zsync.files.reading import Unreadable, read_bytes, read_json
from zsync.files.writing import make_folder, write_file
from zsync.model import Diagnostic, sentence

NAME = "probe.json"
"""The file, in the environment's state folder."""

_ID = re.compile("[0-9]{1,20}")
_LIST = re.compile("[A-Za-z0-9_]{1,100}")


@dataclass(frozen=True, slots=True)
class Leftover:
    """A relation that a probe writes: of which org (its API's address and id), which one, and what it held; None for no relation."""

    api_domain: str
    org_id: str
    pen: Pen
    before: Mapping[str, Any] | None

    def write(self, file: Path) -> None:
        """Save it, before anything is sent. Raises `InputError` where that cannot be."""
        try:
            make_folder(file.parent)
        except OSError as error:
            raise _unusable(file, f"it cannot be written: {error.strerror}", "cannot-write") from None
        told = {"api_domain": self.api_domain, "org_id": self.org_id, **self.pen._asdict()}
        write_file(file, canonical({**told, "before": self.before}))

    def forget(self, file: Path) -> None:
        """Remove its file: the relation is as it was."""
        with suppress(OSError):
            file.unlink(missing_ok=True)

    def now(self, fields: Mapping[str, Any] | None) -> "Leftover":
        """The same relation with other fields, to be shown beside it."""
        return replace(self, before=fields)

    @property
    def state(self) -> str:
        """What it was, for people: `not in the campaign`, or the fields."""
        if self.before is None:
            return "not in the campaign"
        return ", ".join(f"{name}: {value}" for name, value in self.before.items() if value is not None)


def read_leftover(file: Path) -> Leftover | None:
    """What is to be restored; None where there is no such file. Raises `InputError` for one that makes no sense."""
    try:
        told = read_json(read_bytes(file, STATE))
    except FileNotFoundError:
        return None
    except (OSError, Unreadable) as error:
        raise _unusable(file, str(getattr(error, "strerror", None) or error)) from None
    names = ("api_domain", "org_id", "campaign", "related_list", "lead")
    if not isinstance(told, dict) or not all(isinstance(told.get(name), str) for name in names):
        raise _unusable(file, "it is not as zsync writes it")
    before, pen = told.get("before"), Pen(told["campaign"], told["related_list"], told["lead"])
    sound = _ID.fullmatch(pen.campaign) and _ID.fullmatch(pen.lead) and _LIST.fullmatch(pen.related_list)
    if not sound or not (before is None or isinstance(before, dict)) or "before" not in told:
        raise _unusable(file, "it is not as zsync writes it")
    return Leftover(told["api_domain"], told["org_id"], pen, before)


def _unusable(file: Path, why: str, code: str = "unreadable-file") -> InputError:
    advice = "It says what an earlier `zsync doctor --probe` has still to restore. Look at the sandbox, then delete it."
    return InputError((Diagnostic(code, sentence(f"{file}: {why}"), help=sentence(advice)),))
