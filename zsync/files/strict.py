"""The parts that all models of saved files share, and how to check data with a model."""

from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, WithJsonSchema

Digest = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
Id = Annotated[str, Field(pattern=r"^[0-9]{1,20}$")]
Commit = Annotated[str, Field(pattern="^([0-9a-f]{40}|[0-9a-f]{64})?$")]
Count = Annotated[int, Field(ge=0)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_]+$")]


def _duration(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or not 0 <= value < 10**9:
        raise ValueError("a number of seconds is expected")
    return value


def _exact(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError("a number is expected")  # noqa: TRY004  pydantic wants a ValueError
    return value


Number = Annotated[Any, AfterValidator(_exact), WithJsonSchema({"type": "number"})]
Seconds = Annotated[Any, AfterValidator(_duration), Field(json_schema_extra={"type": "number"})]


class Strict(BaseModel):
    """A model whose keys are all required. No other keys are allowed: zsync writes none, so somebody else did."""

    model_config = ConfigDict(extra="forbid", strict=True)


def json_schema(model: type[BaseModel]) -> dict[str, Any]:
    """A model as JSON Schema."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | model.model_json_schema()


def problem_of(model: type[BaseModel], data: dict[str, Any]) -> str:
    """The first thing in which data differs from a model, in one line; empty if nothing does."""
    try:
        model.model_validate(data)
    except ValidationError as error:
        return first_problem(error)
    return ""


def first_problem(error: ValidationError) -> str:
    """The first thing that a model found, in one line, without the data."""
    first = error.errors()[0]
    return f"{'.'.join(map(str, first['loc'])) or 'the file'}: {first['msg']}"
