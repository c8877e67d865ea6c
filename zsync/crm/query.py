"""A query in COQL, as a value."""

from typing import NamedTuple


class Query(NamedTuple):
    """A COQL query in its parts: the fields of those records of a module for which `where`, a COQL condition, holds.

    https://www.zoho.com/crm/developer/docs/api/v8/COQL-Overview.html
    """

    module: str
    fields: tuple[str, ...]
    where: str
    limit: int | None = None

    def __str__(self) -> str:
        """The query as the CRM gets it."""
        text = f"select {', '.join(self.fields)} from {self.module} where {self.where}"  # noqa: S608  values are quoted in `where`
        return text if self.limit is None else f"{text} limit {self.limit}"
