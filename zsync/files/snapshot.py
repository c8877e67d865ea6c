"""Snapshots: what a plan read of the CRM, as a file from which a rehearsal can start. Canonical JSON, sealed with a digest.

A snapshot holds the records that were looked up, every related list that was touched, in full, and the metadata.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from zsync.errors import InputError
from zsync.files.plan import canonical, sha256
from zsync.files.reading import Unreadable, read_json
from zsync.model import Diagnostic, Expected, Fields, sentence

SNAPSHOT_FORMAT = "zsync.snapshot/1"

_AGAIN = "Make a new one: `zsync plan --snapshot FILE`."

Id = Annotated[str, Field(pattern=r"^[0-9]{1,20}$")]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_]+$")]
Digest = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]


class ListMeta(NamedTuple):
    """A related list in the metadata: its name in requests, the module of its records, whether it is shown."""

    name: str
    module: str
    visible: bool


class OrgSeen(NamedTuple):
    """The org that was read; `type` is production, sandbox or developer, or empty if Zoho does not say."""

    id: str
    type: str
    name: str


@dataclass(frozen=True, slots=True)
class ListSeen:
    """A related list in full: `rows` is related record's id → the relation's own fields, with exact numbers."""

    module: str
    record_id: str
    related_list: str
    related_module: str
    rows: Mapping[str, Fields]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The CRM as far as a plan read it.

    `fields` (api_name → data_type) and `lists` are by module, for modules whose metadata was read. `records` is by module
    and id, with the fields that were read, as the CRM sent them; `converted` are the ids of converted leads. `taken_at`
    is ISO 8601 in UTC. `credits_left` is what was left of the day when planning began, None if Zoho did not tell.
    """

    taken_at: str
    environment: str
    org: OrgSeen
    credits_left: int | None
    fields: Mapping[str, Mapping[str, str]]
    lists: Mapping[str, tuple[ListMeta, ...]]
    records: Mapping[str, Mapping[str, Fields]]
    converted: frozenset[str]
    relations: tuple[ListSeen, ...]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class OrgModel(_Strict):
    """The org that was read."""

    id: str = Field(description="The org's id, as `zsync doctor` shows it.")
    type: str = Field(description="production, sandbox or developer; empty where Zoho does not say.")
    name: str = Field(description="The org's name.")


class ListMetaModel(_Strict):
    """A related list of a module."""

    name: str = Field(description="The list's name in requests.")
    module: str = Field(description="The module of its records.")
    visible: bool = Field(description="Whether the layout shows it.")


class ModuleModel(_Strict):
    """A module's metadata; null where it was not asked for."""

    fields: dict[str, str] | None = Field(description="Field api_name → data_type.")
    lists: list[ListMetaModel] | None = Field(description="Its related lists.")


class RelationsModel(_Strict):
    """One related list, whole."""

    module: Name = Field(description="api_name of the parent's module.")
    record_id: Id = Field(description="The parent record's id.")
    related_list: Name = Field(description="api_name of the related list, as Zoho's addresses have it.")
    related_module: Name = Field(description="api_name of the module of the list's records.")
    rows: dict[Id, dict[str, Any]] = Field(description="Related record's id → the relation's own fields.")


class SnapshotModel(_Strict):
    """A zsync snapshot: what a plan read of the CRM, for `zsync rehearse`. It holds personal data."""

    format: Literal["zsync.snapshot/1"] = Field(description="What this file is.")
    taken_at: str = Field(description="ISO 8601, UTC.")
    environment: str = Field(description="The environment's name in zsync.yaml; empty without one.")
    org: OrgModel = Field(description="The org that was read.")
    credits_left: Annotated[int, Field(ge=0)] | None = Field(
        description="API credits when planning began; null where Zoho did not tell."
    )
    modules: dict[Name, ModuleModel] = Field(description="By api_name, the metadata that was read.")
    records: dict[Name, dict[Id, dict[str, Any]]] = Field(
        description="By module and id, the fields that were read, as the CRM sent them."
    )
    converted: list[Id] = Field(description="Ids of leads that were converted.")
    relations: list[RelationsModel] = Field(description="The related lists that were read or counted, whole.")
    digest: Digest = Field(description="Over everything else in the file.")


def snapshot_schema() -> dict[str, Any]:
    """The JSON Schema of snapshot files, as committed under `schemas/`."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | SnapshotModel.model_json_schema()


def dump_snapshot(snapshot: Snapshot) -> str:
    """The text of a snapshot file, with its line end: the same snapshot is the same bytes."""
    data = _json(snapshot)
    return canonical(data | {"digest": sha256(canonical(data))}) + "\n"


def load_snapshot(text: str, name: str) -> Snapshot:
    """Read a snapshot file; `name` is the file's, for messages. Raises `InputError` if it is not one, or was altered."""
    try:
        data = read_json(text)
    except Unreadable as error:
        raise _bad(f"{name} is not JSON: {error}") from None
    found = data.get("format") if isinstance(data, dict) else None
    if found != SNAPSHOT_FORMAT:
        raise _bad(
            f"{name} is not a snapshot of this zsync: its format is {str(found)!r:.80}, wanted is {SNAPSHOT_FORMAT!r}"
        )
    try:
        SnapshotModel.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        raise _bad(
            f"{name} is no sound snapshot: {'.'.join(map(str, first['loc']))}: {first['msg']}"
        ) from None
    if data.pop("digest") != sha256(canonical(data)):
        raise _bad(f"{name} was altered: its digest does not fit its text")
    return _snapshot(data)


def _bad(message: str) -> InputError:
    return InputError((Diagnostic("bad-snapshot", sentence(message), help=sentence(_AGAIN)),))


def _json(snapshot: Snapshot) -> dict[str, Any]:
    fields, lists = snapshot.fields, snapshot.lists
    modules = {
        module: {
            "fields": dict(fields[module]) if module in fields else None,
            "lists": [meta._asdict() for meta in lists[module]] if module in lists else None,
        }
        for module in {*fields, *lists}
    }
    return {
        "format": SNAPSHOT_FORMAT,
        "taken_at": snapshot.taken_at,
        "environment": snapshot.environment,
        "org": snapshot.org._asdict(),
        "credits_left": snapshot.credits_left,
        "modules": modules,
        "records": {module: dict(records) for module, records in snapshot.records.items()},
        # Sorted, since the CRM's answers arrive in any order, and the same snapshot has to be the same bytes.
        "converted": sorted(snapshot.converted, key=_numerically),
        "relations": [
            {name: getattr(seen, name) for name in ListSeen.__slots__}
            for seen in sorted(snapshot.relations, key=_in_order)
        ],
    }


def _snapshot(data: Mapping[str, Any]) -> Snapshot:
    modules = data["modules"].items()
    return Snapshot(
        data["taken_at"],
        data["environment"],
        OrgSeen(**data["org"]),
        data["credits_left"],
        {module: known["fields"] for module, known in modules if known["fields"] is not None},
        {
            module: tuple(ListMeta(**listed) for listed in known["lists"])
            for module, known in modules
            if known["lists"] is not None
        },
        data["records"],
        frozenset(data["converted"]),
        tuple(ListSeen(**seen) for seen in data["relations"]),
    )


def _in_order(seen: ListSeen) -> tuple[str, tuple[int, str], str]:
    return seen.module, _numerically(seen.record_id), seen.related_list


def _numerically(record_id: str) -> tuple[int, str]:
    # By length first: as texts, "9" would come after "10".
    return len(record_id), record_id


def is_number(value: object) -> bool:
    """Whether a value that was read is a number; true and false are not."""
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def check_snapshot(snapshot: Snapshot, expected: Expected) -> None:
    """Raises `InputError` if a snapshot is of another environment or org than the one that is to be rehearsed."""
    org = snapshot.org
    for what, wanted, found in (
        ("environment", expected.environment, snapshot.environment),
        ("org", expected.org_id, org.id),
        ("org type", expected.org_type, org.type),
    ):
        if wanted and wanted != found and (found or what != "environment"):
            said = f"the snapshot is of the {what} {found or 'none'}, and {expected.environment!r} is to be rehearsed"
            said += "" if what == "environment" else f", whose {what} is {wanted}"
            advice = "Choose the snapshot's environment with -e, or make another: `zsync plan -e ENV --snapshot FILE`."
            raise InputError((Diagnostic("other-snapshot", sentence(said), help=sentence(advice)),))
