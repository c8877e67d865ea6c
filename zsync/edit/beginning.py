"""The texts with which a repository begins: zsync.yaml, and the lines of .gitignore. Nothing that a user wrote is changed."""

import re
from typing import NamedTuple

from zsync.edit.quoting import canonical, quoted

IGNORED = ("plan.json", "drift.json", "undo.json", "report.json", "seen.json", "plan.html", ".env")
"""What names people or holds a secret, as the pages and commands call it."""

_MOST = re.compile(r"(?:100|[0-9]{1,2})(?:\.[0-9]{1,2})?%|[0-9]{1,6}")
_BECAUSE = "# zsync: plans and reports name people, .env holds secrets"


class NewEnvironment(NamedTuple):
    """An environment to write: empty texts are left out. `max_deletes` is `5%` or a number of rows."""

    name: str
    data_centre: str
    type: str
    org_id: str
    max_deletes: str


def settings(made: NewEnvironment, schema: str = "") -> str:
    """A zsync.yaml with one environment and limits that suit an org whose people work in the CRM as well.

    `schema` is the path of the schema for editors, from the file's folder.
    """
    lines = [f"# yaml-language-server: $schema={schema}"] if schema else []
    lines += [
        "# The org of these manifests, and the limits that hold for every plan: zsync explain max_deletes.",
        "# Secrets never stand here: they come from environment variables, which zsync login prints.",
        "version: 1",
        "environments:",
        f"  {canonical(made.name)}:",
    ]
    lines += [f"    data_centre: {made.data_centre}"] if made.data_centre else []
    lines += [f"    type: {made.type}  # a token of any other kind of org is refused"] if made.type else []
    lines += [f"    org_id: {quoted(made.org_id)}  # and so is one of any other org"] if made.org_id else []
    lines += [
        "guards:",
        f"  max_deletes: {made.max_deletes}  # {_what(made.max_deletes)}",
        "  max_changes: {in_all: 2000, per_list: 500}",
        "  conflicts: withhold  # a row that both this repository and the CRM moved waits for a person",
    ]
    return "\n".join([*lines, ""])


def is_limit(text: str) -> bool:
    """Whether a text can be `max_deletes`: `5%`, or `10` rows."""
    return _MOST.fullmatch(text) is not None


def with_ignored(before: bytes) -> bytes:
    """A .gitignore with the lines that it lacks at its end; as it is where it has all."""
    known = {line.strip().lstrip(b"/") for line in before.splitlines()}
    lines = [line for line in IGNORED if line.encode() not in known]
    if not lines:
        return before
    end = b"\r\n" if b"\r\n" in before else b"\n"
    gap = b"" if not before or before.endswith((b"\n", b"\r")) else end
    return before + gap + b"".join(line.encode() + end for line in (_BECAUSE, *lines))


def _what(limit: str) -> str:
    return (
        "of what each list holds; a plan that deletes more is refused"
        if limit.endswith("%")
        else "rows; a plan that deletes more is refused"
    )
