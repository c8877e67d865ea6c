"""What a plan file says of the CRM besides its rows: how large lists are, and what guards know of records. As `zsync.files.schema`."""

from typing import Any

from pydantic import Field

from zsync.files.strict import Count, Id, Name, Strict


class ListStateModel(Strict):
    """A managed list, and how large it is; null where it was not read to its end."""

    module: Name = Field(description="api_name of the parent's module.")
    record_id: Id = Field(description="The parent record's id.")
    related_list: Name = Field(description="api_name of the related list, as Zoho's addresses have it.")
    related_module: Name = Field(description="api_name of the module of the list's records.")
    size: Count | None = Field(description="Relations that the CRM holds.")
    managed: Count = Field(description="Relations that the manifests want.")
    unmanaged: Count | None = Field(description="Relations that the CRM holds and no manifest names.")


class PlannedListModel(Strict):
    """A list that the plan changes, with the number of relations that it holds now; null where they were not counted."""

    module: Name = Field(description="api_name of the parent's module.")
    record_id: Id = Field(description="The parent record's id.")
    related_list: Name = Field(description="api_name of the related list, as Zoho's addresses have it.")
    related_module: Name = Field(description="api_name of the module of the list's records.")
    current: Count | None = Field(description="Relations in it now.")


class RecordModel(Strict):
    """Fields of a record that a guard names, as they were when the plan was made."""

    module: Name = Field(description="api_name of its module.")
    id: Id = Field(description="Its id.")
    fields: dict[str, Any] = Field(description="Field api_name and value.")


class FactsModel(Strict):
    """What guards know of the CRM besides the changes."""

    lists: list[PlannedListModel] = Field(description="The lists that the plan changes.")
    records: list[RecordModel] = Field(description="Records of which a guard names a field.")
    credits_left: Count | None = Field(description="API credits of the org; null where Zoho did not tell.")
