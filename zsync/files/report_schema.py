"""A report file, besides its plan, as pydantic models: see `zsync.files.schema`."""

from typing import Any, Literal

from pydantic import Field

from zsync.files.binding_schema import OpenRowModel
from zsync.files.consistency import check_changes
from zsync.files.schema import ConversionModel, ObjectionModel, OverrideModel, PlanModel
from zsync.files.strict import Count, Id, Name, Seconds, Strict, json_schema, problem_of


class FoundModel(Strict):
    """What the CRM held of a row when it was read."""

    fields: dict[str, Any] | None = Field(
        description="Field api_name and value; null where there was no such relation."
    )
    changed_at: str = Field(
        description="When it was last changed, as Zoho tells it (ISO 8601); empty where it does not."
    )
    changed_by: str = Field(description="Who changed the record last; empty where Zoho does not tell.")


class BearerModel(Strict):
    """A record that has a key now."""

    id: Id = Field(description="Its id.")
    name: str = Field(description="What the CRM calls it; empty where it does not tell.")


class KeyMovedModel(Strict):
    """A key by which the plan knows a record, and which no longer names that record alone."""

    side: Literal["parent", "related"] = Field(
        description="Whose key it is: that of the record whose list is written, or of the related record."
    )
    module: Name = Field(description="api_name of the record's module.")
    id: Id = Field(description="The record of the plan.")
    key: dict[str, str] = Field(description="The fields and values of the plan.")
    bearers: list[BearerModel] = Field(description="The records that have them now.")
    now: dict[str, str] | None = Field(
        description="What the record of the plan has in these fields; null where it is gone or cannot be read."
    )
    name: str = Field(description="What the CRM calls it; empty where it does not tell.")
    conversion: ConversionModel | None = Field(
        description="The lead's conversion, where it was converted after the plan was made; else null."
    )


class OutcomeModel(Strict):
    """What became of the change with the same index."""

    status: Literal["applied", "unchanged", "refused", "held", "unknown", "unsent"] = Field(
        description="unchanged: the CRM held it already. held: the row moved after the plan was made, a key names another record, its lead was converted, or its person said no. unknown: it was sent, and "
        "whether the CRM carried it out is not known. unsent: the run ended before it."
    )
    code: str = Field(
        description="Zoho's error code; NOT_STORED where the CRM accepted a row and shows another; CARRIED_CHANGED where it stored the row and a carried "
        "field has changed with it; else empty."
    )
    message: str = Field(description="Zoho's own words; empty where there are none.")
    doubt: Literal["lost", "unmentioned", "unread", "moved"] | None = Field(
        description="Why it is unknown, null where it is not. lost: no usable answer came. unmentioned: the answer left the row out. unread: it could not be "
        "read back. moved: it was refused, and the CRM then held neither what was there before nor what was sent."
    )
    request: str = Field(description="The call that failed as a whole; empty where none did.")
    problem: str = Field(
        description="What was wrong with its answer, where one was lost; why it went no further, where a batch was given up."
    )
    found: FoundModel | None = Field(
        description="What the CRM holds, of a row that was held, that it accepted and did not store, or that moved although it was "
        "refused; of a carried field that changed."
    )
    key: KeyMovedModel | None = Field(
        description="The key that moved, or whose lead was converted, where that is why the row was held; else null."
    )
    index: Count | None = Field(
        description="The part of the path that Zoho refused: 0 the module, 1 the record, 2 the related list, 3 the related record; null "
        "where Zoho names none.",
    )
    objection: ObjectionModel | None = Field(
        description="What the person has said since the review, where that is why the row was held; else null."
    )


class StopModel(Strict):
    """Why a run ended before all of its requests were sent."""

    cause: Literal["refused", "failed", "wave", "interrupted", "frozen"] = Field(
        description="refused: the CRM denied a call. failed: zsync could not go on. wave: one was not applied whole. interrupted: Ctrl-C. "
        "frozen: somebody stopped all runs."
    )
    exit_code: Count = Field(description="The exit code of the run.")
    message: str = Field(
        description="Zoho's own words where it refused, zsync's where it failed or was frozen."
    )
    help: str = Field(description="What to do next.")
    code: str = Field(description="Zoho's error code, where it refused.")
    request: str = Field(description="The call that it refused.")
    wave: Count = Field(description="The number of the wave, from 1; 0 where it was no wave.")
    open: Count = Field(description="How many changes of the wave were not applied.")
    changes: Count = Field(description="How many changes the wave has.")


class ApprovalModel(Strict):
    """Who stands behind a run, as its surroundings told; what is not known is empty."""

    started_by: str = Field(
        description="The account that started the run in CI; elsewhere the user of the machine."
    )
    approved_by: list[str] = Field(
        description="The accounts that approved the deployment; at a terminal, the user who said yes."
    )
    merged_by: str = Field(description="The account that merged the pull request.")
    address: str = Field(description="The address of the run in CI.")


class ReportModel(Strict):
    """What became of each change of a plan."""

    format: Literal["zsync.report/2"] = Field(description="What the file is, and its version.")
    plan: PlanModel = Field(description="The plan, whole.")
    outcomes: list[OutcomeModel] = Field(description="One for each change of the plan, in their order.")
    reads: Count = Field(description="Reading calls of the run.")
    writes: Count = Field(description="Writing calls of the run.")
    seconds: Seconds = Field(description="How long it took, in seconds.")
    stopped: StopModel | None = Field(description="Why the run ended early; null where it did not.")
    run: str = Field(description="The name of the run, for `zsync resume` and `zsync undo`.")
    overrides: list[OverrideModel] = Field(
        description="Guards that were set aside when the plan was applied, besides the plan's."
    )
    approval: ApprovalModel = Field(description="Who wanted the run, and where it ran.")
    journal: str = Field(
        description="The file of its journal, where `--journal` named one: `zsync undo --journal FILE`; else empty."
    )
    open: list[OpenRowModel] = Field(
        description="Rows that this branch changes and the run did not bring to an end: withheld, refused, held, unknown, unsent, or left "
        "out by `only`. Each has the base that it had: `zsync plan --base REF --open REPORT` keeps it."
    )


def check_report(data: dict[str, Any]) -> str:
    """What is wrong with the data of a report file, in one line; empty for good data."""
    problem = problem_of(ReportModel, data) or check_changes(data["plan"])
    if not problem and len(data["outcomes"]) != len(data["plan"]["changes"]):
        return "it has not one outcome for each change"
    return problem


def report_schema() -> dict[str, Any]:
    """The JSON Schema of report files, as committed under `schemas/`."""
    return json_schema(ReportModel)
