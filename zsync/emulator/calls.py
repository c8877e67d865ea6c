"""The calls of Zoho's that are emulated, and what each asks of a token and a profile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from . import coql, counts, linking, oauth, records, related, settings, writing
from .errors import Answer, ZohoError
from .org import Org

_FIELDS = "`fields` mandatory from v3 on, 50 at most"


@dataclass(frozen=True)
class Call:
    """One request with a valid token."""

    org: Org
    version: float
    path: dict[str, str]
    query: dict[str, str]
    body: bytes
    scopes: frozenset[str]

    def may(self, operation: str) -> None:
        """Raises ZohoError unless token and profile allow the operation (CREATE, READ, UPDATE, DELETE) on the path's module."""
        module = self.org.module(self.path["module"])
        # Zoho's scopes write modules in lower case and one word: `ZohoCRM.modules.pricebooks.READ`.
        part = module.removesuffix("__s").replace("_", "").lower()
        oauth.demand(self.scopes, "modules", part, operation)
        if f"{module}.{operation}" in self.org.switches.denied:
            raise ZohoError("NO_PERMISSION", {"permissions": [f"Crm_Implied_{operation.title()}_{module}"]})

    def target(self) -> related.Target:
        """The path's related list. Raises ZohoError, which names the wrong part of the path."""
        return related.target_of(self.org, self.path["module"], self.path["record"], self.path["list"])


Handler = Callable[[Call], Answer]


class Operation(NamedTuple):
    """One call that is emulated. `path` is below `/crm/{version}`; `since` is the first version that has it."""

    method: str
    path: str
    handler: Handler
    note: str
    since: int = 2


def operations() -> list[Operation]:
    """Every call of Zoho's that is emulated. Fixed paths come before those that take any module's name."""
    return [*_about_the_org(), *_of_records(), *_of_relations()]


def _about_the_org() -> list[Operation]:
    return [
        Operation("GET", "/org", _org, "one organisation; `type` is the world's"),
        Operation("GET", "/users", _users, "the one user, whatever `type` asks for"),
        Operation("GET", "/settings/modules", _modules, "all of them on one page"),
        Operation("GET", "/settings/modules/{name}", _module, "one of them"),
        Operation("GET", "/settings/layouts", _layouts, "one, with all fields in one section"),
        Operation("GET", "/settings/layouts/{id}", _layout, "the same by its id"),
        Operation("GET", "/settings/fields", _fields, "members' own fields belong to no module"),
        Operation(
            "GET", "/settings/related_lists", _related_lists, "of one layout; hidden ones with their status"
        ),
        Operation("GET", "/settings/related_lists/{id}", _related_lists, "one of them"),
    ]


def _of_records() -> list[Operation]:
    counting = "/{module}/{record}/actions/get_related_records_count"
    queries = "one module, no joins, no aggregates; `in`, `like`, `is null`, comparisons"
    checks = "like POST; a row with the value of a record in `duplicate_check_fields` changes that record"
    return [
        Operation("POST", "/coql", _coql, queries),
        Operation("POST", counting, _counts, "20 lists a call, without `params`", 8),
        Operation("GET", "/{module}", _records, f"pages and page tokens, `ids`, `converted`; {_FIELDS}"),
        Operation("POST", "/{module}", _insert, "100 rows, each added or refused on its own"),
        Operation("POST", "/{module}/upsert", _upsert, checks),
        Operation("PUT", "/{module}", _update, "100 rows, each with its `id`"),
        Operation("DELETE", "/{module}", _delete, "`ids`, 100 of them at most"),
        Operation("GET", "/{module}/{record}", _record, "all fields unless `fields` names some"),
        Operation("PUT", "/{module}/{record}", _update_one, "one row"),
        Operation("DELETE", "/{module}/{record}", _delete_one, "the record and its relations"),
    ]


def _of_relations() -> list[Operation]:
    related_record, related_list = "/{module}/{record}/{list}/{related}", "/{module}/{record}/{list}"
    reads = f"pages and page tokens, `ids`, `sort_by`, `converted`; {_FIELDS}"
    return [
        Operation("GET", related_list, _read_list, reads),
        Operation("PUT", related_list, _link, "100 rows, each added, updated or refused on its own"),
        Operation("DELETE", related_list, _delink, "`ids`, 100 of them and 2,000 characters at most"),
        Operation("GET", related_record, _read_one, "204 when not related"),
        Operation("PUT", related_record, _link_one, "one row"),
        Operation("DELETE", related_record, _delink_one, "the link alone is removed"),
    ]


def _org(call: Call) -> Answer:
    oauth.demand(call.scopes, "org", "", "READ")
    return settings.about(call.org)


def _users(call: Call) -> Answer:
    oauth.demand(call.scopes, "users", "", "READ")
    return settings.users(call.org)


def _modules(call: Call) -> Answer:
    oauth.demand(call.scopes, "settings", "modules", "READ")
    return settings.modules(call.org)


def _module(call: Call) -> Answer:
    oauth.demand(call.scopes, "settings", "modules", "READ")
    return settings.module(call.org, call.path["name"])


def _layouts(call: Call) -> Answer:
    oauth.demand(call.scopes, "settings", "layouts", "READ")
    return settings.layouts(call.org, call.query.get("module"))


def _layout(call: Call) -> Answer:
    oauth.demand(call.scopes, "settings", "layouts", "READ")
    return settings.layout(call.org, call.query.get("module"), call.path["id"])


def _fields(call: Call) -> Answer:
    oauth.demand(call.scopes, "settings", "fields", "READ")
    return settings.fields(call.org, call.query.get("module"))


def _related_lists(call: Call) -> Answer:
    oauth.demand(call.scopes, "settings", "related_lists", "READ")
    return settings.related_lists(call.org, call.query.get("module"), call.version, call.path.get("id", ""))


def _coql(call: Call) -> Answer:
    oauth.demand(call.scopes, "coql", "", "READ")
    found = coql.answer(call.org, call.body, call.version)
    # The first credit was charged with the call, before anybody knew its LIMIT.
    call.org.charge(found.credits - 1)
    return found.answer


def _records(call: Call) -> Answer:
    call.may("READ")
    return records.read_records(call.org, call.path["module"], call.version, call.query)


def _record(call: Call) -> Answer:
    call.may("READ")
    module, record = call.path["module"], call.path["record"]
    told = settings.told_instead(call.org, call.version, f"{module}/{record}")
    return told or records.read_record(call.org, module, record, call.query)


def _read_list(call: Call) -> Answer:
    call.may("READ")
    return related.read_list(call.org, call.target(), call.version, call.query)


def _read_one(call: Call) -> Answer:
    call.may("READ")
    return related.read_one(call.org, call.target(), call.version, call.query, call.path["related"])


def _link(call: Call) -> Answer:
    call.may("UPDATE")
    answer = linking.link(call.org, call.target(), call.body)
    if call.org.switches.put_credits == "rows":
        call.org.charge((len(linking.rows_in(call.body)) - 1) // 10)
    return answer


def _link_one(call: Call) -> Answer:
    call.may("UPDATE")
    return linking.link_one(call.org, call.target(), call.body, call.path["related"])


def _delink(call: Call) -> Answer:
    call.may("DELETE")
    return linking.delink(call.org, call.target(), call.query)


def _delink_one(call: Call) -> Answer:
    call.may("DELETE")
    return linking.delink_one(call.org, call.target(), call.path["related"])


def _counts(call: Call) -> Answer:
    call.may("READ")
    if call.version < 8:
        raise ZohoError("API_NOT_SUPPORTED", {"supported_version": 8})
    return counts.answer(call.org, call.path["module"], call.path["record"], call.body)


def _insert(call: Call) -> Answer:
    call.may("CREATE")
    return writing.insert(call.org, call.path["module"], call.version, call.body)


def _update(call: Call) -> Answer:
    call.may("UPDATE")
    return writing.update(call.org, call.path["module"], call.version, call.body)


def _update_one(call: Call) -> Answer:
    call.may("UPDATE")
    return writing.update_one(call.org, call.path["module"], call.version, call.path["record"], call.body)


def _upsert(call: Call) -> Answer:
    call.may("CREATE")
    call.may("UPDATE")
    return writing.upsert(call.org, call.path["module"], call.version, call.body)


def _delete(call: Call) -> Answer:
    call.may("DELETE")
    return writing.delete(call.org, call.path["module"], call.version, call.query)


def _delete_one(call: Call) -> Answer:
    call.may("DELETE")
    return writing.delete_one(call.org, call.path["module"], call.version, call.path["record"])
