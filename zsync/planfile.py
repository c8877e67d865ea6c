"""What a plan file and a report file must look like: pydantic models, for strangers' data and for JSON Schema alone.

`zsync.plan` asks these models before it believes a file; `zsync schema plan` prints what they say.
"""

from collections import Counter
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

Digest = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
Id = Annotated[str, Field(pattern=r"^[0-9]{1,20}$")]
Count = Annotated[int, Field(ge=0)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_]+$")]


def _number(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or not 0 <= value < 10**9:
        raise ValueError("a number of seconds is expected")
    return value


Seconds = Annotated[Any, AfterValidator(_number), Field(json_schema_extra={"type": "number"})]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class BindingModel(_Strict):
    """What the plan is for and was made from; apply refuses a plan whose binding does not fit."""

    org_id: str = Field(description="The org of the CRM (its `zgid`).")
    org_type: str = Field(description="production, sandbox or developer.")
    api_domain: str = Field(description="The address of the API that the plan was read from.")
    environment: str = Field(description="The environment's name in zsync.yaml; empty without one.")
    manifests: Digest = Field(description="Over the names and bytes of the manifests.")
    guards: Digest = Field(description="Over the guards of zsync.yaml.")
    git_commit: str = Field(description="The commit of the manifests; empty outside of a repository.")
    zsync: str = Field(description="The version of zsync that made the plan.")
    created_at: str = Field(description="ISO 8601, UTC.")
    expires_at: str = Field(description="ISO 8601, UTC; apply refuses the plan from then on.")


class SummaryModel(_Strict):
    """How many relations are created, updated, deleted, and found as they should be."""

    create: Count
    update: Count
    delete: Count
    unchanged: Count


class SourceModel(_Strict):
    """The place of the manifest that asks for a change; line and column count from 1."""

    file: str
    line: Annotated[int, Field(ge=1)]
    column: Annotated[int, Field(ge=1)]


class ChangeModel(_Strict):
    """One relation to create, update or delete; `before` is null for a create, `after` for a delete."""

    action: Literal["create", "update", "delete"]
    module: Name
    record_id: Id
    related_list: Name
    related_record_id: Id
    record_label: str = Field(description="How people know the parent record.")
    label: str = Field(description="How people know the related record.")
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    origin: Literal["change", "drift"]
    source: SourceModel | None


class RequestModel(_Strict):
    """One call that apply sends, for the changes of these indices."""

    method: Literal["PUT", "DELETE"]
    module: Name
    record_id: Id
    related_list: Name
    changes: Annotated[list[Count], Field(min_length=1, max_length=100)]


class CostModel(_Strict):
    """Calls of planning and of applying, credits from–to, and seconds, estimated."""

    reads: Count
    writes: Count
    credits: Annotated[list[Count], Field(min_length=2, max_length=2)]
    seconds: Seconds = Field(description="A number of seconds.")


class ListModel(_Strict):
    """A list that the plan changes, with the number of relations that it holds now; null where they were not counted."""

    module: Name
    record_id: Id
    related_list: Name
    related_module: Name
    current: Count | None


class RecordModel(_Strict):
    """Fields of a record that a guard names, as they were when the plan was made."""

    module: Name
    id: Id
    fields: dict[str, Any]


class FactsModel(_Strict):
    """What guards know of the CRM besides the changes."""

    lists: list[ListModel]
    records: list[RecordModel]
    credits_left: Count | None = Field(description="Null where Zoho did not tell.")


class VerdictModel(_Strict):
    """Why a guard refuses the plan; `span` is the guard's place in zsync.yaml."""

    guard: str
    saw: str
    limit: str
    help: str
    place: str = Field(description="The list that it is about; empty where it is about the plan.")
    change: Count | None = Field(description="The index of the change that it is about.")
    evaluated: bool = Field(
        description="False where the guard could not be evaluated, which refuses as well."
    )
    span: SourceModel | None


class OverrideModel(_Strict):
    """A guard that a person set aside, and why."""

    guard: str
    reason: Annotated[str, Field(min_length=1)]


class PlanModel(_Strict):
    """A zsync plan: what `zsync apply` will send, and nothing else."""

    format: Literal["zsync.plan/1"]
    binding: BindingModel
    summary: SummaryModel
    changes: list[ChangeModel]
    requests: list[RequestModel]
    cost: CostModel
    facts: FactsModel
    verdicts: list[VerdictModel] = Field(description="What guards have against the plan, set aside or not.")
    overrides: list[OverrideModel] = Field(description="Guards that were set aside when the plan was made.")
    only: str = Field(description="The selector that narrowed the plan; empty where it is whole.")
    content: Digest = Field(description="Over the org and the changes alone.")
    digest: Digest = Field(description="Over everything else in the file.")


class OutcomeModel(_Strict):
    """What became of the change with the same index."""

    status: Literal["applied", "refused", "held", "unknown", "dropped"]
    code: str
    message: str


class ReportModel(_Strict):
    """What became of each change of a plan."""

    format: Literal["zsync.report/1"]
    plan: PlanModel
    outcomes: list[OutcomeModel]
    reads: Count
    writes: Count
    seconds: Seconds = Field(description="A number of seconds.")
    stopped: str = Field(description="Why the run ended early; empty where it did not.")
    stop_code: Count = Field(
        description="The exit code that this reason asks for; 0 where the run did not end early."
    )
    run: str = Field(description="The name of the run, for `zsync resume` and `zsync undo`.")
    overrides: list[OverrideModel] = Field(
        description="Guards that were set aside when the plan was applied, besides the plan's."
    )


def check_plan(data: dict[str, Any]) -> str:
    """What is wrong with a plan file's data, in one line; empty where nothing is."""
    return _check(PlanModel, data) or _check_changes(data)


def check_report(data: dict[str, Any]) -> str:
    """What is wrong with a report file's data, in one line; empty where nothing is."""
    problem = _check(ReportModel, data) or _check_changes(data["plan"])
    if not problem and len(data["outcomes"]) != len(data["plan"]["changes"]):
        return "it has not one outcome for each change"
    return problem


def plan_schema() -> dict[str, Any]:
    """The JSON Schema of plan files, as committed under `schemas/`."""
    return _schema(PlanModel)


def report_schema() -> dict[str, Any]:
    """The JSON Schema of report files, as committed under `schemas/`."""
    return _schema(ReportModel)


def _schema(model: type[BaseModel]) -> dict[str, Any]:
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | model.model_json_schema()


def _check(model: type[BaseModel], data: dict[str, Any]) -> str:
    try:
        model.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        return f"{'.'.join(map(str, first['loc'])) or 'the file'}: {first['msg']}"
    return ""


def _check_changes(plan: dict[str, Any]) -> str:
    """What the summary says must be what the changes are, and each change what its action says."""
    counted = Counter(change["action"] for change in plan["changes"])
    for index, change in enumerate(plan["changes"]):
        action, states = change["action"], (change["before"] is not None, change["after"] is not None)
        if states != (action != "create", action != "delete"):
            return f"changes: `before` and `after` of change {index} do not fit {action}"
    if any(plan["summary"][action] != counted[action] for action in ("create", "update", "delete")):
        return "summary: it does not count the changes"
    if any(one["change"] is not None and one["change"] >= len(plan["changes"]) for one in plan["verdicts"]):
        return "verdicts: one is about a change that is not there"
    return _check_requests(plan)


def _check_requests(plan: dict[str, Any]) -> str:
    """Each change must ride in exactly one request that fits it: a file must not smuggle in what `show` hides."""
    seen: set[int] = set()
    for request in plan["requests"]:
        for index in request["changes"]:
            if index in seen or index >= len(plan["changes"]):
                return f"requests: change {index} is not in exactly one request"
            seen.add(index)
            change = plan["changes"][index]
            place = ("module", "record_id", "related_list")
            method = "DELETE" if change["action"] == "delete" else "PUT"
            if method != request["method"] or any(change[key] != request[key] for key in place):
                return f"requests: change {index} is not for the list of its request"
    return "" if len(seen) == len(plan["changes"]) else "requests: a change is in no request"
