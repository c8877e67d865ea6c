"""Why a person does not enter a list or advance in it: a value of plans and reports. `render` makes words of it."""

from typing import Any, Literal, NamedTuple

Cause = Literal["field", "never", "unread"]
"""`field`: a field of the record says no. `never`: an entry of `never` names the person. `unread`: the CRM does not tell."""


class Objection(NamedTuple):
    """What forbids that a person enters or advances.

    `field` is the one that says no with its `value`, or that cannot be read; empty where the record itself cannot be. `file` and
    `line` (from 1) are the place of the entry of `never`, which is not repeated: it may be an address. `base` says that the
    zsync.yaml of the base asks for it, and the branch's no more.
    """

    cause: Cause
    field: str = ""
    value: Any = None
    file: str = ""
    line: int = 0
    base: bool = False
