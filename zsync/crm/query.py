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
    offset: int | None = None
    """How many rows to leave out, in the order of the ids; only with a limit. None for any order, from the first."""

    def __str__(self) -> str:
        """The query as the CRM gets it."""
        text = f"select {', '.join(self.fields)} from {self.module} where {self.where}"  # noqa: S608  values are quoted in `where`
        if self.limit is None:
            return text
        # Without an order, nothing says that two calls have the same.
        if self.offset is not None:
            return f"{text} order by id asc limit {self.limit} offset {self.offset}"
        return f"{text} limit {self.limit}"
