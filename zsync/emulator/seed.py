"""Worlds: what an organisation holds when the bundled CRM starts, written in YAML.

    version: 1
    org: {zgid: "10234695", company_name: Acme, type: sandbox}                 # all optional; zgid is the org's id
    user: {name: Ana Ríos, email: ana@acme.example}                            # the owner of every record
    member_fields:                                     # campaign members' fields, besides or instead of Member_Status
      Member_Status: {type: picklist, values: [Planned, Invited, Attended]}
      Seat: {type: text}
    modules: {Vendors: Vendor_Name}                    # more modules, each with the field that names its records
    kinds:                                             # more pairs that can be related, or more fields for a standard one
      - {modules: [Products, Vendors], lists: [Suppliers, Products], fields: {Rank: {type: double}}}
    labels: {Leads: Prospects}                         # what people call a module
    lists:                                             # more related lists, always empty: PUT refuses them
      - {parent: Campaigns, name: Leads_2, module: Leads, type: multiselectlookup, label: Guests}
    fields:                                            # custom fields, or the values of a standard picklist
      Leads:
        Region: {type: picklist, values: [North, {display: South, actual: S1}, {display: East, unused: true}]}
        Badge: {label: Badge number, length: 12}
        Score: {type: double, decimal_place: 1, read_only: true}
    records:                                           # by module, rows in the API's shape; `id` is optional
      Leads:
        - {id: "3652397000000300001", Last_Name: Ngata, Email: bo@acme.example}
        - {Last_Name: Old, Email: old@acme.example, converted: true}
    relations:                                         # the API's path, and its rows
      Campaigns/3652397000000500001/Leads:
        - {id: "3652397000000300001", Member_Status: Invited}
    generate:                                          # big worlds: {n} counts from 1, ids count from first_id
      - module: Leads
        count: 100000
        first_id: "3652397000010000001"
        fields: {Last_Name: "Lead {n}", Email: "lead{n}@acme.example"}
        relate:                                        # `count` of them, after the first `skip`
          - {list: Campaigns/3652397000000500001/Leads, count: 5000, skip: 0, Member_Status: Planned}

    switches: {member_status_on_read: flat}            # what Zoho leaves open, and its limits: see switches.py

Types are Zoho's data types: text (the default), email, picklist, double, currency, integer, boolean, date, datetime …
A relation's field may also be of type `any`, which takes every value. `lists` names a kind's list under each of its
modules; by default it is the other module's name. A relation's field that is null is empty; one that is left out is as
after a PUT without it.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .catalog_file import read_catalog
from .errors import decode, encode
from .org import Clock, Org, credentials_of, now
from .plant import plant
from .seed_error import SeedError, did_you_mean, read_yaml, table
from .store import Store
from .switches import Switches, over, switched

_LOG = logging.getLogger("zsync.emulator")
_LASTING = ("org", "user", "modules", "labels", "kinds", "lists", "member_fields", "fields", "switches")
_KEYS = ("version", *_LASTING, "records", "relations", "generate")
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
    """An organisation on the store at `data` (None: in memory). A file that holds a world keeps it, whatever `seed` is.

    `seed` is a world's file or its content; None is an empty world. Raises SeedError for a bad one.
    """
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
            _LOG.warning("the data file holds a world already; the seed is ignored")
        return _org(store, decode(kept), switches, clock)
    name, world = _load(seed)
    known = {key: world.get(key) or {} for key in _LASTING}
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
    """The world's name for messages, and the world, whose top level has known keys only."""
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
        raise SeedError(f"{name}: unknown version {world['version']!r}; write 1")
    return name, world


def _read(path: Path) -> dict[str, Any]:
    world = read_yaml(path)
    if not isinstance(world, dict):
        raise SeedError(f"{path}: a world is a mapping with the keys {', '.join(_KEYS)}")
    return world


def _org(store: Store, known: Mapping[str, Any], switches: Switches, clock: Clock) -> Org:
    about = {**_ORG, **table(known["org"], "org"), "user": {**_USER, **table(known["user"], "user")}}
    # What the caller switches comes before what the world does: a test turns one thing of a shared world.
    turned = over(switched(Switches(), table(known.get("switches"), "switches")), switches)
    return Org(store, read_catalog(known), about, credentials_of(store), turned, clock)
