"""An organisation's metadata: modules, fields, related lists, the org, its user.

https://www.zoho.com/crm/developer/docs/api/v7/modules-api.html and its neighbours
"""

from __future__ import annotations

from typing import Any

from .attributes import role_id
from .catalog import CONTACT_ROLES, Field, Module, RelatedList
from .errors import Answer, ZohoError, encode
from .field_meta import field_row
from .org import Org

_METADATA_ID = 3652397000000000000


def list_id(related: RelatedList) -> str:
    """The related list's id, by which the count API names it."""
    return str(_METADATA_ID + 2_000 + related.number)


def modules(org: Org) -> Answer:
    """Every module, visible and open to the API."""
    return Answer(200, encode({"modules": [_module(module) for module in org.catalog.modules.values()]}))


def module(org: Org, name: str) -> Answer:
    """The one module of that name."""
    return Answer(200, encode({"modules": [_module(_named(org, name, {"resource_path_index": 2}))]}))


def layouts(org: Org, name: str | None) -> Answer:
    """The one layout of a module, with all its fields in one section."""
    if name is None:
        raise ZohoError("REQUIRED_PARAM_MISSING", {"param_name": "module"})
    return Answer(200, encode({"layouts": [_layout(org, _named(org, name))]}))


def layout(org: Org, name: str | None, layout_id: str) -> Answer:
    """The module's layout of that id."""
    if name is None:
        raise ZohoError("REQUIRED_PARAM_MISSING", {"param_name": "module"})
    row = _layout(org, _named(org, name))
    if row["id"] != layout_id:
        raise ZohoError("INVALID_DATA", {"resource_path_index": 2})
    return Answer(200, encode({"layouts": [row]}))


def fields(org: Org, module: str | None) -> Answer:
    """The module's fields. Those of relations, such as `Member_Status`, belong to no module.

    Which metadata of Zoho's lists them is not documented: clients must not depend on finding them. A switch turns it.
    """
    if module is None:
        raise ZohoError("REQUIRED_PARAM_MISSING", {"param_name": "module"})
    found = _named(org, module)
    return Answer(200, encode({"fields": _field_rows(org, found)}))


def told_instead(org: Org, version: float, path: str) -> Answer | None:
    """What a path tells that looks like a record's: the roles of contacts, on v2 the statuses of campaign members; else None.

    Zoho's own pages ask for statuses so; no documentation has it.
    """
    if path == "Contacts/roles":
        known = Field("Contact_Role", "picklist", CONTACT_ROLES)
        roles = [
            {"id": role_id(known, name), "name": name, "sequence_number": at}
            for at, name in enumerate(known.values, 1)
        ]
        return Answer(200, encode({"contact_roles": roles}))
    if path != "Campaigns/status" or version >= 3 or not org.switches.campaign_statuses:
        return None
    names = org.catalog.member_fields["Member_Status"].values
    return Answer(200, encode({"campaign_status": [{"name": name} for name in names]}))


def related_lists(org: Org, module: str | None, version: float, wanted: str = "") -> Answer:
    """The lists on the module's layout, hidden ones with the status `user_hidden`, or the one of the id `wanted`; 204 for none."""
    if module is None:
        raise ZohoError("REQUIRED_PARAM_MISSING", {"param_name": "module", "param": "module"})
    found = org.catalog.lists_of(_named(org, module).api_name)
    rows = [_related_list(org, each, at, version) for at, each in enumerate(found, 1)]
    if wanted:
        rows = [row for row in rows if row["id"] == wanted]
        if not rows:
            raise ZohoError("INVALID_DATA", {"resource_path_index": 2})
    return Answer(200, encode({"related_lists": rows})) if rows else Answer(204)


def about(org: Org) -> Answer:
    """The one row of `/org`."""
    known = {name: value for name, value in org.about.items() if name != "user"}
    return Answer(200, encode({"org": [known]}))


def users(org: Org) -> Answer:
    """The world's user, whatever `type` asks for (Zoho's SDKs ask for `CurrentUser` before anything else)."""
    name = str(org.user["name"])
    first, _, last = name.rpartition(" ")
    role = {"name": "CEO", "id": str(_METADATA_ID + 1)}
    profile = {"name": "Administrator", "id": str(_METADATA_ID + 2)}
    row = {
        "id": org.user["id"],
        "full_name": name,
        "first_name": first,
        "last_name": last,
        "email": org.user["email"],
        "status": "active",
        "role": role,
        "profile": profile,
        "time_zone": org.about.get("time_zone", "Etc/UTC"),
        "confirm": True,
    }
    info = {"per_page": 200, "count": 1, "page": 1, "more_records": False}
    return Answer(200, encode({"users": [row], "info": info}))


def _named(org: Org, module: str, details: dict[str, Any] | None = None) -> Module:
    if module not in org.catalog.modules:
        raise ZohoError("INVALID_MODULE", details or {"param_name": "module"})
    return org.catalog.modules[module]


def _field_rows(org: Org, module: Module) -> list[dict[str, Any]]:
    base = _METADATA_ID + 10_000 + module.number * 1_000
    listed = {**org.fields_of(module), **_relation_fields(org, module)}
    return [field_row(each, base + at) for at, each in enumerate(listed.values())]


def _relation_fields(org: Org, module: Module) -> dict[str, Field]:
    """The fields of relations that this module's metadata lists, as the switch says."""
    where = org.switches.relation_fields_listed
    if where == "nowhere":
        return {}
    kinds = (
        kind for kind in org.catalog.kinds if module.api_name == (kind.a if where == "first" else kind.b)
    )
    return {name: field for kind in kinds for name, field in org.catalog.attributes(kind).items()}


def _layout(org: Org, module: Module) -> dict[str, Any]:
    label = f"{_singular(module)} Information"
    return {
        "id": str(_METADATA_ID + 5_000 + module.number),
        "name": "Standard",
        "display_label": "Standard",
        "status": "active",
        "visible": True,
        "sections": [
            # Names are as in Zoho's standard layouts: n8n's node looks for the api_name `Deal Information`.
            {
                "name": label,
                "display_label": label,
                "api_name": label,
                "sequence_number": 1,
                "fields": _field_rows(org, module),
            }
        ],
        "profiles": [{"name": "Administrator", "id": str(_METADATA_ID + 2), "default": True}],
    }


def _label(module: Module) -> str:
    return module.label or module.api_name.removesuffix("__s").replace("_", " ")


def _singular(module: Module) -> str:
    return _label(module).removesuffix("s")


def _module(module: Module) -> dict[str, Any]:
    label = _label(module)
    return {
        "api_name": module.api_name,
        "module_name": module.api_name,
        "id": str(_METADATA_ID + 100 + module.number),
        "singular_label": _singular(module),
        "plural_label": label,
        "generated_type": "default",
        "api_supported": True,
        "creatable": True,
        "editable": True,
        "deletable": True,
        "viewable": True,
        "visibility": 1,
        "status": "visible",
    }


def _related_list(org: Org, related: RelatedList, at: int, version: float) -> dict[str, Any]:
    label = related.label or related.api_name.removesuffix("__s").replace("_", " ")
    module: object = {
        "api_name": related.module,
        "id": str(_METADATA_ID + 100 + org.catalog.modules[related.module].number),
    }
    if version < 3:
        module = related.module
    return {
        "id": list_id(related),
        "api_name": related.api_name,
        "name": label,
        "display_label": label,
        "module": module,
        "type": related.type,
        "sequence_number": str(at),
        "customize_sort": True,
        "customize_fields": True,
        "customize_display_label": False,
        "action": None,
        "href": f"{related.parent}/{{ENTITYID}}/{related.api_name}",
        "status": "user_hidden" if related.path in org.switches.hidden_lists else "visible",
    }
