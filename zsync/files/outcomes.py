"""Outcomes, and why a run was stopped, as JSON: what reports and journals hold of them."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from zsync.errors import PlanRefused
from zsync.model import Found, Outcome, Stop, number


def outcome_json(outcome: Outcome) -> dict[str, Any]:
    """An outcome as JSON."""
    return asdict(outcome)


def load_outcome(data: Mapping[str, Any]) -> Outcome:
    """The outcome of `outcome_json`'s data. Raises `TypeError` or `KeyError` for what is none, `PlanRefused` for its numbers."""
    found = data["found"]
    if found is not None:
        found = Found(**{**found, "fields": exact(found["fields"])})
    return Outcome(**{**data, "found": found})


def stop_json(stop: Stop | None) -> dict[str, Any] | None:
    """Why a run was stopped as JSON; null where it was not."""
    return None if stop is None else asdict(stop)


def load_stop(data: Mapping[str, Any] | None) -> Stop | None:
    """The reason of `stop_json`'s data. Raises `TypeError` for what is none."""
    return None if data is None else Stop(**data)


def exact(value: Any) -> Any:
    """A value of a file with its numbers in their one form. Raises `PlanRefused` for a number that no CRM holds."""
    if isinstance(value, dict):
        return {name: exact(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [exact(item) for item in value]
    if isinstance(value, str | bool | int) or value is None:
        return value
    try:
        return number(value)
    except ArithmeticError as error:
        raise PlanRefused(
            f"the plan was altered: {error}", help="Make a new plan: `zsync plan --out FILE`."
        ) from None
