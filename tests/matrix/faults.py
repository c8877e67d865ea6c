"""The catalogue: what can go wrong with a write, with the reading before it, and with the reading after it."""

from collections.abc import Mapping
from typing import Any, NamedTuple

ACTIONS = ("create", "update", "delete")
MOMENTS = ("first", "middle", "last")

Fault = Mapping[str, Any]

BOTH: Mapping[str, Fault] = {
    "500": {"status": 500},
    "503": {"status": 503},
    "429": {"status": 429},
    "401 INVALID_TOKEN": {"status": 401},
    "403 NO_PERMISSION": {"status": 403, "code": "NO_PERMISSION"},
    "400 INVALID_DATA": {"status": 400, "code": "INVALID_DATA"},
    "reset before": {"reset": "before"},
    "reset after": {"reset": "after"},
    "HTML under 200": {"garbage": "html"},
    "truncated JSON": {"garbage": "truncated"},
    "empty 200": {"garbage": "empty"},
    "wrong type": {"garbage": "type"},
    "rows missing": {"drop": [0]},
    "rows reversed": {"order": "reversed"},
    "ids as numbers": {"ids": "numbers"},
    "half a body": {"cut": True},
    "slow body": {"slow_ms": 30},
    "delay": {"delay_ms": 30},
    "tokens expire": {"expire_tokens": True},
    "list hidden": {"hidden": True},
    "denied": {"switches": {"denied": ["Campaigns.READ", "Campaigns.UPDATE", "Campaigns.DELETE"]}},
    "colleague is quicker": {},
}
"""What may happen to any request. The colleague's edits are the case's own."""

WRITES: Mapping[str, Fault] = {
    "500 after commit": {"status": 500, "commit": True},
    "502 after commit": {"status": 502, "body": "<html>", "commit": True},
    "HTML before commit": {"garbage": "html", "commit": False},
    "empty before commit": {"garbage": "empty", "commit": False},
    "row refused": {"refuse": {"rows": [0], "code": "RECORD_LOCKED"}},
    "all rows refused": {"refuse": {"every": 1}},
    "read-after-write lag": {"turn": {"read_after_write_lag_ms": 50}},
}
AFTER: Mapping[str, Fault] = {"stale": {"stale": True}}
FOR_EVER: Mapping[str, Fault] = {
    f"{name} for ever": {**BOTH[name], "times": "always"}
    for name in ("500", "429", "reset after", "HTML under 200", "403 NO_PERMISSION")
}


class Case(NamedTuple):
    """One cell: a fault that meets one batch's request. `where`: its write, the reading before or after it, or all."""

    name: str
    where: str
    moment: str
    action: str
    fault: Fault
    again: str
    """How it is run again: `resume`, or `apply` after a fresh plan."""

    def __str__(self) -> str:
        return f"{self.name}, {self.where}, {self.moment}, {self.action}, {self.again}"

    @property
    def script(self) -> dict[str, Any]:
        """The fault as the bundled CRM wants it."""
        place = f"/Campaigns/{self.campaign}/Leads"
        method = "DELETE" if self.action == "delete" else "PUT"
        if self.where == "write":
            return {"on": f"{method} {place}", **self.fault, **self._edits(place)}
        if self.where == "all":
            return {"on": f"* {place}", **self.fault}
        return {
            "on": f"GET {place}",
            "after": int(self.where == "after"),
            **self.fault,
            **self._edits(place),
        }

    @property
    def campaign(self) -> str:
        """The parent of the batch that is met."""
        return f"50{MOMENTS.index(self.moment) + 1}"

    def _edits(self, place: str) -> dict[str, Any]:
        if self.name != "colleague is quicker":
            return {}
        lead = str(301 + 2 * MOMENTS.index(self.moment))
        return {"edits": [{"link": place[1:], "rows": [{"id": lead, "Member_Status": "Responded"}]}]}


def axes(case: Case) -> tuple[str, ...]:
    """What a cell is told apart by."""
    return (case.name, case.where, case.moment, case.action, case.again)


def cases() -> list[Case]:
    """All cells. How each is run again goes by turns, so that each fault meets both ways at every moment."""
    kinds = [("write", one) for one in ({**BOTH, **WRITES}).items()]
    kinds += [("before", one) for one in BOTH.items()]
    kinds += [("after", one) for one in ({**BOTH, **AFTER}).items()]
    kinds += [("all", one) for one in FOR_EVER.items()]
    return [
        Case(name, where, moment, action, fault, ("resume", "apply")[(n + m + a) % 2])
        for n, (where, (name, fault)) in enumerate(kinds)
        for m, moment in enumerate(MOMENTS)
        for a, action in enumerate(ACTIONS)
    ]
