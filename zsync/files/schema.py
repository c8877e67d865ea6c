"""A plan file as pydantic models: they check files, and `zsync schema plan` prints them.

`zsync.files.plan` checks a file with them before it trusts anything in it. No other code uses these models.
"""

from typing import Annotated, Any, Literal

from pydantic import Field

from zsync.files.binding_schema import BindingModel, OpenRowModel
from zsync.files.consistency import check_changes
from zsync.files.facts_schema import FactsModel, ListStateModel
from zsync.files.ground_schema import GroundModel
from zsync.files.strict import Commit, Count, Digest, Id, Name, Seconds, Strict, json_schema, problem_of


class SummaryModel(Strict):
    """How many relations are created, updated, deleted, and found as they should be."""

    create: Count = Field(description="Relations that are created.")
    update: Count = Field(description="Relations of which a field changes.")
    delete: Count = Field(description="Relations that are deleted.")
    unchanged: Count = Field(description="Relations that are as the manifests say.")


class SpanModel(Strict):
    """The place of the manifest that asks for a change; line and column count from 1."""

    file: str = Field(description="Its path, as the command line led to it.")
    line: Annotated[int, Field(ge=1)] = Field(description="Counts from 1.")
    column: Annotated[int, Field(ge=1)] = Field(description="Counts from 1.")


_Origin = Literal["change", "drift", "conflict"]


class ObjectionModel(Strict):
    """What forbids that a person enters a list or advances in it."""

    cause: Literal["field", "never", "unread"] = Field(
        description="field: a field of the record says no. never: an entry of `never` names the person. unread: the CRM does not tell."
    )
    field: str = Field(
        description="The field that says no, or that cannot be read; empty for `never`, and where the record itself cannot be read."
    )
    value: Any = Field(description="What the field says; null for any other cause.")
    file: str = Field(description="The file in which the entry of `never` stands; empty for any other cause.")
    line: Count = Field(description="Its line, from 1; 0 for any other cause.")
    base: bool = Field(description="True where the base's zsync.yaml asks for it, and the branch's no more.")


class ChangeModel(Strict):
    """One relation to create, update or delete; `before` is null for a create, `after` for a delete."""

    action: Literal["create", "update", "delete"] = Field(description="What becomes of the relation.")
    module: Name = Field(description="api_name of the parent's module.")
    record_id: Id = Field(description="The parent record's id.")
    related_list: Name = Field(description="api_name of the related list, as Zoho's addresses have it.")
    related_module: Name = Field(description="api_name of the module of the list's records.")
    related_record_id: Id = Field(description="The related record's id.")
    record_label: str = Field(description="How people know the parent record.")
    label: str = Field(description="How people know the related record.")
    record_key: dict[str, str] = Field(
        description="The fields and values that name the parent record; empty where it is known by its id alone."
    )
    key: dict[str, str] = Field(
        description="The fields and values that name the related record; empty where it is known by its id alone."
    )
    before: dict[str, Any] | None = Field(
        description="The relation's fields in the CRM when the plan was made; null where there is none."
    )
    after: dict[str, Any] | None = Field(
        description="The fields that it shall have; null where it is deleted."
    )
    carried: list[str] = Field(
        description="Those fields of `before` and `after` that no manifest names. They are sent back as they are when "
        "the change is applied, whatever they are by then."
    )
    origin: _Origin = Field(
        description="Whose move it is since the base. change: this branch's. drift: the CRM's. conflict: both moved the row, differently."
    )
    origins: dict[str, _Origin] = Field(
        description="Field api_name and origin, of fields whose origin is not the row's."
    )
    agreed: dict[str, Any] | None = Field(
        description="What the base's manifests say, of a conflict; null where they want no such row."
    )
    new_values: list[Name] = Field(
        description="Fields with a value that no row of the list holds, of lists of 20 rows or more and fields whose values repeat."
    )
    objection: ObjectionModel | None = Field(
        description="What the person said against it, of a row that is withheld for that, or that is written under a warning; else null."
    )
    source: SpanModel | None = Field(description="The place of the manifest that asks for it.")
    commit: Commit = Field(
        description="The commit that has the row at `source`, if the files have it no more; else empty."
    )


class ConversionModel(Strict):
    """That a lead was converted."""

    at: str = Field(description="When, ISO 8601; empty where the CRM does not say.")
    contact: str = Field(
        description="The id of the contact that it became; empty where the CRM does not say."
    )


class WithheldModel(ChangeModel):
    """A row that the manifests want and the plan leaves out: what would have been done, and why it is not."""

    reason: Literal["conflict", "consent", "converted"] = Field(
        description="conflict: this branch and the CRM both moved the row since the base, differently. "
        "consent: the person said no (`objection`). converted: the lead was converted to a contact."
    )
    conversion: ConversionModel | None = Field(
        description="The lead's conversion; null for any other reason."
    )
    movable: bool = Field(
        description="True where manifests manage the contacts of the same record, so that the row can be moved to them."
    )


class RequestModel(Strict):
    """One call that apply sends, for the changes of these indices."""

    method: Literal["PUT", "DELETE"] = Field(description="PUT creates and updates, DELETE deletes.")
    module: Name = Field(description="api_name of the parent's module.")
    record_id: Id = Field(description="The parent record's id.")
    related_list: Name = Field(description="api_name of the related list, as Zoho's addresses have it.")
    changes: Annotated[list[Count], Field(min_length=1, max_length=100)] = Field(
        description="Indices of the changes that it carries, from 0."
    )


class CostModel(Strict):
    """Calls of planning and of applying, credits from–to, and seconds, estimated."""

    reads: Count = Field(description="Calls that planning made.")
    writes: Count = Field(description="Calls that apply makes: the requests.")
    credits: Annotated[list[Count], Field(min_length=2, max_length=2)] = Field(
        description="API credits of planning and applying, at least and at most."
    )
    seconds: Seconds = Field(description="How long applying takes, about, in seconds.")


class VerdictModel(Strict):
    """That a guard refuses the plan, and why."""

    guard: str = Field(description="The guard's name.")
    ground: GroundModel = Field(description="Why it refuses: what it saw, and its limit.")
    place: str = Field(description="The list that it is about; empty where it is about the plan.")
    change: Count | None = Field(description="The index of the change that it is about.")
    evaluated: bool = Field(
        description="False where the guard could not be evaluated, which refuses as well."
    )
    span: SpanModel | None = Field(description="The guard's place in zsync.yaml.")
    base: bool = Field(description="True for a guard of the base's zsync.yaml, which the branch changes.")


class OverrideModel(Strict):
    """A guard that a person set aside, and why."""

    guard: str = Field(description="The guard's name.")
    reason: Annotated[str, Field(min_length=1)] = Field(description="The words of the person who did it.")
    selector: str = Field(
        description="The rows for which it is set aside (`conflicts` alone); empty for all."
    )


class SettingModel(Strict):
    """What the branch changes in zsync.yaml."""

    file: str = Field(description="Its path from the repository's root.")
    key: str = Field(description="The setting's dotted key; empty where it is about the file as such.")
    before: str = Field(
        description="What the base says; empty where it says nothing, `…` where it may hold a name."
    )
    after: str = Field(description="What the branch says, likewise.")
    way: Literal["loosens", "tightens", "changes"] = Field(
        description="What that does to a guard once it is merged; changes: neither, or nobody can tell."
    )
    line: Count = Field(description="Its line in the branch's file, from 1; 0 where it is not there.")


class SafeguardsModel(Strict):
    """What the base's zsync.yaml asks for besides its guards; it holds, whatever the branch says."""

    protected: bool = Field(description="Whether the environment's name is asked for.")
    waves: list[str] = Field(description="The portions in which to write; empty where it has none.")
    configuration: str = Field(
        description="All of that file where the branch changes it: apply asks its guards again. Else empty."
    )


class PlanModel(Strict):
    """A zsync plan: what `zsync apply` will send, and nothing else."""

    format: Literal["zsync.plan/2"] = Field(description="What the file is, and its version.")
    binding: BindingModel
    summary: SummaryModel
    changes: list[ChangeModel] = Field(
        description="Relations to create, update or delete, in the order of the manifests."
    )
    requests: list[RequestModel] = Field(
        description="The calls that apply sends; each change is in exactly one."
    )
    cost: CostModel
    facts: FactsModel
    verdicts: list[VerdictModel] = Field(description="What guards have against the plan, set aside or not.")
    overrides: list[OverrideModel] = Field(description="Guards that were set aside when the plan was made.")
    restores: str = Field(
        description="The run that an undo takes back; its records are known by their ids. Empty for any other plan."
    )
    only: list[str] = Field(description="The selectors that narrowed the plan; empty where it is whole.")
    settings: list[SettingModel] = Field(
        description="What the branch changes in zsync.yaml; empty without a base."
    )
    base: SafeguardsModel
    lists: list[ListStateModel] = Field(description="The lists that the manifests manage.")
    unmanaged: list[ChangeModel] = Field(
        description="Rows that no manifest names, of `zsync drift` alone: what prune would delete. Nothing is written for them."
    )
    withheld: list[WithheldModel] = Field(
        description="Rows that the manifests want and the plan leaves out. Nothing is written for them; they are in no `content`."
    )
    open: list[OpenRowModel] = Field(
        description="Rows that an earlier run left open, compared with the base that they had (`--open`)."
    )
    left: list[OpenRowModel] = Field(
        description="Rows that this branch changes and `only` leaves out, wholly or in part, with their base."
    )
    drifted: Count = Field(description="How many rows the CRM alone moved and `only` leaves out.")
    content: Digest = Field(
        description="Over the org and the changes alone: two plans with the same content mean the same."
    )
    digest: Digest = Field(description="Over every byte before this member, which is the last of the file.")


def check_plan(data: dict[str, Any]) -> str:
    """What is wrong with the data of a plan file, in one line; empty for good data."""
    return problem_of(PlanModel, data) or check_changes(data)


def plan_schema() -> dict[str, Any]:
    """The JSON Schema of plan files, as committed under `schemas/`."""
    return json_schema(PlanModel)
