"""Rows as JSON text, assembled inside SQLite: that is fast, and every number keeps its digits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .catalog import Field, Module
from .errors import ZohoError, encode
from .ids import key_of
from .org import Org
from .store import shown_id

# Zoho: Get Records. For related records Zoho does not repeat the limit.
MAX_FIELDS = 50
MAX_IDS = 100


def names_in(query: Mapping[str, str], *, mandatory: bool) -> list[str] | None:
    """The names in `fields`; None if it is absent and not `mandatory`. Raises ZohoError for none or too many."""
    text = query.get("fields", "")
    if not text.strip():
        if mandatory:
            raise ZohoError("REQUIRED_PARAM_MISSING", {"param_name": "fields"})
        return None
    names = [name.strip() for name in text.split(",")]
    if len(names) > MAX_FIELDS:
        raise ZohoError("LIMIT_EXCEEDED", {"limit": MAX_FIELDS, "param_name": "fields"})
    return names


def keys_in(query: Mapping[str, str], longest: int) -> list[str] | None:
    """The padded ids in `ids`; None if it is absent. `longest` is in characters. Raises ZohoError for bad or too many ids."""
    if "ids" not in query:
        return None
    parts = [part.strip() for part in query["ids"].split(",")]
    keys = [key for key in map(key_of, parts) if key]
    if len(keys) != len(parts):
        raise ZohoError("UNABLE_TO_PARSE_DATA_TYPE", {"param_name": "ids"})
    if len(keys) > MAX_IDS:
        raise ZohoError("LIMIT_EXCEEDED", {"limit": MAX_IDS, "param_name": "ids"})
    if len(query["ids"]) > longest:
        raise ZohoError("INVALID_DATA", {"param_name": "ids", "maximum_length": longest})
    return keys


def stored(column: str, name: str) -> str:
    """SQL for one field of a JSON column, as JSON text. `name` must come from the catalog."""
    return f"""coalesce({column} -> '$."{name}"', 'null')"""


def record_parts(org: Org, module: Module, names: Iterable[str] | None) -> dict[str, str]:
    """SQL for each field of a record in `names`: `id` is always among them, names that cannot be read are left out."""
    # Zoho sends `id` unasked. What it does with names that the module does not have is not documented.
    known = org.readable(module)
    wanted = ["id", *(known if names is None else names)]
    return {name: field_json(org, known[name]) for name in wanted if name in known}


def field_json(org: Org, field: Field) -> str:
    """SQL for one field of the record `r` as JSON text."""
    if field.api_name == "id":
        return shown_id("r.key")
    if field.api_name in ("Created_Time", "Modified_Time"):
        return f"""'"' || r.{field.api_name.partition("_")[0].lower()} || '"'"""
    if field.api_name == "Converted__s":
        return "iif(r.converted, 'true', 'false')"
    if field.api_name == "Owner":
        owner = encode(org.user).replace("'", "''")
        return f"""coalesce(r.data -> '$."Owner"', '{owner}')"""
    if field.api_name == "Full_Name":
        return f"json_quote({full_name('r.')})"
    if field.api_name == "Email_Opt_Out":
        return f"""coalesce(r.data -> '$."{field.api_name}"', 'false')"""
    return stored("r.data", field.api_name)


def full_name(table: str) -> str:
    """SQL for a person's first and last name in one, unless the world gives `Full_Name`. `table` is a prefix: `r.` or empty."""
    first, last = (f"""coalesce({table}data ->> '$."{name}"', '')""" for name in ("First_Name", "Last_Name"))
    return f"""coalesce({table}data ->> '$."Full_Name"', trim({first} || ' ' || {last}))"""


def object_json(parts: Mapping[str, str], scarce: Mapping[str, str] | None = None) -> str:
    """SQL for a JSON object with these members, each given as SQL for JSON text; those of `scarce` only if not null."""
    pieces = [f"""'"{name}":' || {sql}""" for name, sql in parts.items()]
    rare = [f"""iif({sql} = 'null', '', ',"{name}":' || {sql})""" for name, sql in (scarce or {}).items()]
    return " || ".join(["'{' || " + " || ',' || ".join(pieces), *rare, "'}'"])
