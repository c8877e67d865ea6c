"""Worlds: what an organisation holds when the bundled CRM starts, written by hand in YAML.

    version: 1
    org: {zgid: "10234695", company_name: Acme, type: sandbox}               # all optional; zgid is the org's id
    user: {name: Ana Ríos, email: ana@acme.example}                          # owner of every record
    member_fields:                                   # campaign members' fields, beside or instead of Member_Status
      Member_Status: {type: picklist, values: [Planned, Invited, Attended]}
      Seat: {type: text}
    fields:                                          # custom fields, or values for a standard picklist
      Leads: {Region: {type: picklist, values: [North, South]}}
    records:                                         # by module, rows as the API's own; `id` may be left out
      Leads:
        - {id: "3652397000000300001", Last_Name: Ngata, Email: bo@acme.example}
        - {Last_Name: Old, Email: old@acme.example, converted: true}
    relations:                                       # the API's path, and its rows
      Campaigns/3652397000000500001/Leads:
        - {id: "3652397000000300001", Member_Status: Invited}
    generate:                                        # big worlds: {n} counts from 1, ids count up from first_id
      - module: Leads
        count: 100000
        first_id: "3652397000010000001"
        fields: {Last_Name: "Lead {n}", Email: "lead{n}@acme.example"}
        relate:                                      # the first `count` of them, after `skip`
          - {list: Campaigns/3652397000000500001/Leads, count: 5000, skip: 0, Member_Status: Planned}

    switches: {member_status_on_read: flat}          # what Zoho leaves open, and its limits: see switches.py

Types are Zoho's data types: text (the default), email, picklist, double, currency, integer, boolean, date, datetime …
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .catalog import Catalog, Field, build
from .errors import decode, encode
from .org import Clock, Org, credentials_of, now
from .plant import plant
from .seed_error import SeedError, did_you_mean, read_yaml, table
from .store import Store
from .switches import Switches, over, switched

_LOG = logging.getLogger("zsync.emulator")
_KEYS = ("version", "org", "user", "member_fields", "fields", "records", "relations", "generate", "switches")
_ORG = {
    "id": "3652397000000000999",
    "zgid": "10234695",
    "company_name": "Acme",
    "type": "sandbox",
    "time_zone": "Etc/UTC",
    "currency": "US Dollar - USD",
    "iso_code": "USD",
    "license_details": {"paid": True, "paid_type": "enterprise", "users_license_purchased": 5},
}
_USER = {"id": "3652397000000000998", "name": "Ana Ríos", "email": "ana@acme.example"}


def open_org(
    seed: str | Path | Mapping[str, Any] | None,
    switches: Switches,
    *,
    data: str | Path | None = None,
    clock: Clock = now,
) -> Org:
    """An organisation on the store at `data` (memory when None). A file that holds a world keeps it, `seed` or not."""
    try:
        store = Store(data)
    except sqlite3.DatabaseError as error:
        raise SeedError(f"{data}: cannot be used as a data file: {error}") from None
    try:
        return _open(store, seed, switches, clock)
    except BaseException:
        store.close()
        raise


def _open(store: Store, seed: str | Path | Mapping[str, Any] | None, switches: Switches, clock: Clock) -> Org:
    kept = store.meta("world")
    if kept is not None:
        if seed is not None:
            _LOG.warning("the data file holds a world already; the seed is left aside")
        return _org(store, decode(kept), switches, clock)
    name, world = _load(seed)
    known = {key: world.get(key) or {} for key in ("org", "user", "member_fields", "fields", "switches")}
    try:
        with store.transaction():
            org = _org(store, known, switches, clock)
            org.replant = lambda org: plant(org.unhidden(), world)
            org.replant(org)
            store.set_meta("world", encode(known))
    except SeedError as error:
        raise SeedError(f"{name}: {error}") from None
    return org


def _load(seed: str | Path | Mapping[str, Any] | None) -> tuple[str, dict[str, Any]]:
    """The world's name for messages, and its top level checked for known keys."""
    if seed is None:
        return "empty world", {}
    if isinstance(seed, Mapping):
        name, world = "world", dict(seed)
    else:
        name, world = str(seed), _read(Path(seed))
    for key in world:
        if key not in _KEYS:
            raise SeedError(f"{name}: unknown key {key!r}{did_you_mean(key, _KEYS)}")
    if world.get("version", 1) != 1:
        raise SeedError(f"{name}: version is {world['version']!r}, and only 1 is known")
    return name, world


def _read(path: Path) -> dict[str, Any]:
    world = read_yaml(path)
    if not isinstance(world, dict):
        raise SeedError(f"{path}: a world is a mapping with the keys {', '.join(_KEYS)}")
    return world


def _org(store: Store, known: Mapping[str, Any], switches: Switches, clock: Clock) -> Org:
    about = {**_ORG, **table(known["org"], "org"), "user": {**_USER, **table(known["user"], "user")}}
    turned = over(switched(Switches(), table(known.get("switches"), "switches")), switches)
    return Org(store, _catalog(known), about, credentials_of(store), turned, clock)


def _catalog(known: Mapping[str, Any]) -> Catalog:
    fields = {
        module: [
            _field(name, spec, f"fields.{module}") for name, spec in table(specs, f"fields.{module}").items()
        ]
        for module, specs in table(known["fields"], "fields").items()
    }
    members = table(known["member_fields"], "member_fields")
    catalog = build(fields, [_field(name, spec, "member_fields") for name, spec in members.items()])
    for module in fields:
        if module not in catalog.modules:
            raise SeedError(f"fields: no module {module!r}{did_you_mean(module, catalog.modules)}")
    return catalog


def _field(name: object, spec: object, where: str) -> Field:
    if not isinstance(name, str) or not name.isidentifier() or not name.isascii():
        raise SeedError(f"{where}: {name!r} is no field name: letters, digits and _ only")
    known = table(spec, f"{where}.{name}")
    for key in known:
        if key not in ("type", "values"):
            raise SeedError(f"{where}.{name}: unknown key {key!r}{did_you_mean(key, ('type', 'values'))}")
    values = known.get("values") or []
    if not isinstance(values, list):
        raise SeedError(f"{where}.{name}.values: a list is wanted")
    return Field(
        name, str(known.get("type", "picklist" if values else "text")), tuple(map(str, values)), custom=True
    )
