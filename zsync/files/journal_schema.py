"""The lines of a journal after its first, as pydantic models: see `zsync.files.schema`."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, ValidationError

from zsync.files.report_schema import OutcomeModel, StopModel
from zsync.files.schema import OverrideModel
from zsync.files.strict import Count, Strict, first_problem


class SendingModel(Strict):
    """Changes that are about to be sent."""

    event: Literal["sending"]
    changes: list[Count]


class OutcomeLineModel(Strict):
    """What became of a change."""

    event: Literal["outcome"]
    change: Count
    outcome: OutcomeModel


class OverrideLineModel(OverrideModel):
    """A guard that was set aside."""

    event: Literal["override"]


class EndModel(Strict):
    """The end of the run."""

    event: Literal["end"]
    stopped: StopModel | None


_LINE: TypeAdapter[Any] = TypeAdapter(
    Annotated[SendingModel | OutcomeLineModel | OverrideLineModel | EndModel, Field(discriminator="event")]
)


def check_line(line: Mapping[str, Any], changes: int) -> str:
    """What is wrong with a line of a journal, whose plan has so many changes; empty for a good one."""
    try:
        found = _LINE.validate_python(line)
    except ValidationError as error:
        return first_problem(error)
    named = found.changes if isinstance(found, SendingModel) else []
    if isinstance(found, OutcomeLineModel):
        named = [found.change]
    beyond = [index for index in named if index >= changes]
    return f"it names change {beyond[0]}, and the plan has {changes}" if beyond else ""
