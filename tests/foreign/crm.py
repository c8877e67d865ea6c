"""A second CRM, written from Zoho's pages alone: dictionaries, with knobs for what the pages leave open.

It shares no code with zsync or with the bundled CRM: a misreading of Zoho that those two agree on fails here.
"""

import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple
from urllib.parse import unquote

SECRETS = ("canary-client", "canary-secret", "canary-refresh", "canary-access")
PAIRS: dict[tuple[str, str], dict[str, Any]] = {
    ("Campaigns", "Leads"): {"Member_Status": "Planned"},
    ("Campaigns", "Contacts"): {"Member_Status": "Planned"},
    ("Products", "Price_Books"): {"list_price": None},
    ("Products", "Leads"): {},
    ("Products", "Accounts"): {},
    ("Products", "Contacts"): {},
    ("Products", "Deals"): {},
    ("Appointments__s", "Services__s"): {},
}
"""The pairs that can be related, and what a relation holds that is made without it."""
Body = dict[str, Any] | None


class Seen(NamedTuple):
    """One request as it arrived."""

    method: str
    path: str
    query: dict[str, str]
    body: bytes
    headers: dict[str, str]


@dataclass
class Canned:
    """An answer in place of the usual one, for requests that match `method` and begin with `path`, `times` times."""

    method: str
    path: str
    status: int
    body: Any
    times: int = 1
    headers: dict[str, str] = field(default_factory=dict)
    commit: bool = False
    """Carry the request out all the same: the answer is lost, the work is done."""


@dataclass
class Knobs:
    """What Zoho's pages leave open."""

    member_status: str = "nested"
    ids_as_numbers: bool = False
    price_as_text: bool = False
    href: bool = True
    list_module: bool = True
    info: bool = True
    overlap: int = 0
    hidden: frozenset[str] = frozenset()
    opt_out: bool = True
    """Whether leads and contacts have `Email_Opt_Out`."""
    success: int = 200
    mixed: int = 207
    row_ids: bool = True
    org: str = "90001"
    org_type: str = "production"
    converted_in_queries: str = "hidden"
    whole: bool = False
    """Refuse a whole write for one bad row, and say nothing of the row. There is no request for one record here."""
    omitted: str = "reset"
    """What a PUT does with a field that its row leaves out: `reset` or `keep`."""
    empty: str = "left_out"
    """How a field is shown that holds nothing: `left_out` or `null`."""
    null: str = "clear"
    """What a PUT does with a null: `clear` or `reject`."""
    member_info: str = "all"
    """Which fields of a member are shown: `all`, or those that were `asked` for."""
    fills: str = ""
    """What a write puts into the status of a member that has none."""
    repeats: bool = False
    """The first row of each page comes twice."""


class Refused(Exception):
    """An error answer for the whole request."""

    def __init__(self, code: str, message: str = "refused", status: int = 400, **details: Any) -> None:
        super().__init__(code)
        self.status = status
        self.body = {"code": code, "details": details, "message": message, "status": "error"}


class Foreign:
    """The CRM's data and its answers."""

    def __init__(self) -> None:
        self.knobs = Knobs()
        self.records: dict[str, dict[str, dict[str, Any]]] = {}
        self.links: dict[tuple[str, str], dict[tuple[str, str], dict[str, Any]]] = {
            pair: {} for pair in PAIRS
        }
        self.refuse: dict[str, str] = {}
        self.canned: list[Canned] = []
        self.requests: list[Seen] = []
        self.before: Callable[[Seen], object] | None = None
        self.after: Callable[[Seen], object] | None = None
        """Heard when a request was carried out, and before it is answered."""
        self.url = ""
        self._lock = threading.Lock()

    def add(self, module: str, record_id: str, **fields: Any) -> str:
        """A record. Of each lead Zoho tells whether it was converted."""
        known = {"Converted__s": False} if module == "Leads" else {}
        self.records.setdefault(module, {})[record_id] = known | fields
        return record_id

    def link(self, left: str, left_id: str, right: str, right_id: str, **fields: Any) -> None:
        """A relation; left and right as in PAIRS."""
        self.links[left, right][left_id, right_id] = fields

    def members(self, left: str, left_id: str, right: str) -> dict[str, dict[str, Any]]:
        """What is related to a record: id → the relation's fields."""
        return {b: dict(fields) for (a, b), fields in self.links[left, right].items() if a == left_id}

    def sent(self, *methods: str) -> list[Seen]:
        """The requests with these methods."""
        return [one for one in self.requests if one.method in methods]

    def environment(self) -> dict[str, str]:
        """The variables that point zsync here."""
        return {
            "ZSYNC_API_DOMAIN": self.url,
            "ZSYNC_ACCOUNTS_URL": self.url,
            "ZSYNC_CLIENT_ID": SECRETS[0],
            "ZSYNC_CLIENT_SECRET": SECRETS[1],
            "ZSYNC_REFRESH_TOKEN": SECRETS[2],
        }

    def answer(self, seen: Seen) -> tuple[int, Any, dict[str, str]]:
        """Status, body and headers."""
        with self._lock:
            self.requests.append(seen)
            if self.before is not None:
                self.before(seen)
            canned = next((c for c in self.canned if self._meant(c, seen)), None)
            if canned is not None:
                canned.times -= 1
                if canned.commit:
                    self._usual(seen)
                return canned.status, canned.body, canned.headers
            try:
                status, body = self._usual(seen)
            except Refused as refused:
                return refused.status, refused.body, {}
            if self.after is not None:
                self.after(seen)
            return status, body, {}

    @staticmethod
    def _meant(canned: Canned, seen: Seen) -> bool:
        return canned.times > 0 and canned.method == seen.method and seen.path.startswith(canned.path)

    def _usual(self, seen: Seen) -> tuple[int, Body]:
        if seen.path == "/oauth/v2/token":
            return 200, {"access_token": SECRETS[3], "api_domain": self.url, "expires_in": 3600}
        if seen.headers.get("Authorization") != f"Zoho-oauthtoken {SECRETS[3]}":
            raise Refused("INVALID_TOKEN", "invalid oauth token", 401)
        parts = [unquote(part) for part in seen.path.removeprefix("/crm/v8/").split("/")]
        if parts == ["org"]:
            return 200, {
                "org": [{"zgid": self.knobs.org, "type": self.knobs.org_type, "company_name": "Acme"}]
            }
        if parts[0] == "settings":
            return self._settings(parts[1], seen.query["module"])
        if parts == ["coql"]:
            return self._coql(json.loads(seen.body)["select_query"])
        if len(parts) == 1 and parts[0] in self.records:
            return self._records(parts[0], seen)
        if len(parts) == 3:
            verb: Callable[[Seen, tuple[str, str], str, bool], tuple[int, Body]]
            verb = {"GET": self._get, "PUT": self._put, "DELETE": self._delete}[seen.method]
            pair, flipped = self._pair(parts[0], parts[2])
            if parts[1] not in self.records.get(parts[0], {}):
                raise Refused(
                    "INVALID_DATA", "the related id given seems to be invalid", resource_path_index=1
                )
            return verb(seen, pair, parts[1], flipped)
        raise Refused("INVALID_URL_PATTERN", "Please check if the URL trying to access is a correct one", 404)

    def _settings(self, what: str, module: str) -> tuple[int, Body]:
        if what == "fields":
            standard = {"Email_Opt_Out"} if self.knobs.opt_out and module in ("Leads", "Contacts") else set()
            names = sorted(standard.union(*self.records.get(module, {}).values()))
            types = {
                "Legacy_No": "integer",
                "Account_Number": "bigint",
                "Email_Opt_Out": "boolean",
                "Email": "email",
            }
            return 200, {"fields": [{"api_name": n, "data_type": types.get(n, "text")} for n in names]}
        others = [b if a == module else a for a, b in PAIRS if module in (a, b)]
        rows = [
            {
                "api_name": other,
                "module": {"api_name": other} if self.knobs.list_module else None,
                "href": f"{module}/{{ENTITYID}}/{other}" if self.knobs.href else None,
                "status": "user_hidden" if f"{module}/{other}" in self.knobs.hidden else "visible",
            }
            for other in others
        ]
        return (
            (200, {"related_lists": [{"api_name": "Notes", "module": None}, *rows]}) if rows else (204, None)
        )

    def _pair(self, module: str, listed: str) -> tuple[tuple[str, str], bool]:
        for pair in PAIRS:
            if pair in ((module, listed), (listed, module)):
                if f"{module}/{listed}" in self.knobs.hidden:
                    break
                return pair, pair[0] != module
        raise Refused("INVALID_DATA", "the relation name given seems to be invalid", resource_path_index=2)

    def _id(self, record_id: str) -> str | int:
        return int(record_id) if self.knobs.ids_as_numbers else record_id

    def _coql(self, query: str) -> tuple[int, Body]:
        paged = re.fullmatch(r"(.+) order by id asc limit (\d+) offset (\d+)", query, re.DOTALL)
        first, most = (int(paged[3]), int(paged[2])) if paged else (0, 200)
        found = re.fullmatch(r"select (.+?) from (\w+) where (.+)", paged[1] if paged else query, re.DOTALL)
        if not found:
            raise Refused("SYNTAX_ERROR", "missing clause")
        names, module, where = found[1].split(", "), found[2], found[3]
        conditions = re.findall(
            r"(\w+) in \(((?:'(?:[^']|'')*'|[\d.-]+)(?:,(?:'(?:[^']|'')*'|[\d.-]+))*)\)", where
        )
        rest = re.sub(r"'(?:[^']|'')*'", "", where)
        every = where == "id is not null"
        if (
            not (conditions or every)
            or rest.count("(") != rest.count(")")
            or len(conditions) != rest.count(" in ")
        ):
            raise Refused("SYNTAX_ERROR", where[:80])
        rows = self._queried(module, names, where)
        if paged:
            rows.sort(key=lambda row: (len(row[0]), row[0]))
        for name, values in conditions:
            wanted = [
                v[1:-1].replace("''", "'") if v[0] == "'" else v
                for v in re.findall(r"'(?:[^']|'')*'|[\d.-]+", values)
            ]
            if len(wanted) > 100:
                raise Refused("LIMIT_EXCEEDED", "in", limit="100")
            folded = {value.casefold() for value in wanted}
            rows = [(i, one) for i, one in rows if str({**one, "id": i}.get(name, "\0")).casefold() in folded]
        if not rows[first:]:
            return 204, None
        page = rows[first : first + most]
        data = [{"id": self._id(i), **{n: one.get(n) for n in names if n != "id"}} for i, one in page]
        return 200, {"data": data, "info": {"count": len(data), "more_records": len(rows) > first + most}}

    def _queried(self, module: str, names: list[str], where: str) -> list[tuple[str, dict[str, Any]]]:
        """The records that a query is about: of leads, those that were converted only if it says so."""
        rows = list(self.records.get(module, {}).items())
        named, how = "Converted__s = true" in where, self.knobs.converted_in_queries
        if how == "refused" and (named or "Converted__s" in names):
            raise Refused("INVALID_QUERY", "column given seems to be invalid", column_name="Converted__s")
        if how == "shown" and not named:
            return rows
        return [(i, one) for i, one in rows if bool(one.get("Converted__s")) is named]

    def _records(self, module: str, seen: Seen) -> tuple[int, Body]:
        """Records of a module by their ids, or all; converted leads as the question says."""
        only, converted = seen.query.get("ids"), seen.query.get("converted", "false")
        found = [
            (i, one)
            for i, one in self.records[module].items()
            if (only is None or i in only.split(","))
            and converted in ("both", "true" if one.get("Converted__s") else "false")
        ]
        names = seen.query["fields"].split(",")
        rows = [{"id": self._id(i), **{n: one[n] for n in names if n in one}} for i, one in found]
        return (200, {"data": rows, "info": {"more_records": False}}) if rows else (204, None)

    def _get(self, seen: Seen, pair: tuple[str, str], parent: str, flipped: bool) -> tuple[int, Body]:
        query = seen.query
        if "fields" not in query:
            raise Refused(
                "REQUIRED_PARAM_MISSING", "One of the expected parameter is missing", param_name="fields"
            )
        if len(query.get("ids", "")) > 2000 or query.get("ids", "").count(",") >= 100:
            raise Refused("LIMIT_EXCEEDED", "ids", param_name="ids")
        found = {
            (a if flipped else b): f
            for (a, b), f in self.links[pair].items()
            if (b if flipped else a) == parent
        }
        ids = sorted(found, key=lambda one: (len(one), one), reverse=True)
        if not flipped and query.get("converted") not in ("true", "both"):
            ids = [one for one in ids if not self.records[pair[1]][one].get("Converted__s")]
        if "ids" in query:
            ids = [one for one in ids if one in query["ids"].split(",")]
        size = int(query.get("per_page", 200))
        start = (
            int(query["page_token"].split(".")[1])
            if "page_token" in query
            else (int(query.get("page", 1)) - 1) * size
        )
        if "page_token" not in query and start >= 2000:
            raise Refused("DISCRETE_PAGINATION_LIMIT_EXCEEDED", "use page_token", limit=2000)
        some, end = ids[max(0, start - self.knobs.overlap) : start + size], start + size
        if not some:
            return 204, None
        module = pair[0] if flipped else pair[1]
        rows = [self._row(module, one, query["fields"].split(","), found[one]) for one in some]
        rows += rows[:1] * self.knobs.repeats
        info: dict[str, Any] = {
            "per_page": size,
            "count": len(rows),
            "page": 1,
            "more_records": end < len(ids),
        }
        info["next_page_token"] = f"token.{end}" if end < len(ids) else None
        return 200, {"data": rows} | ({"info": info} if self.knobs.info else {})

    def _row(self, module: str, record_id: str, names: list[str], relation: dict[str, Any]) -> dict[str, Any]:
        record = self.records[module][record_id]
        row: dict[str, Any] = {name: record.get(name) for name in names if name in record} | {
            "id": self._id(record_id)
        }
        member = module in ("Campaigns", "Leads", "Contacts") and "Member_Status" in relation
        shown = (
            relation if self.knobs.empty == "null" else {n: v for n, v in relation.items() if v is not None}
        )
        asked = {n: v for n, v in shown.items() if n in names}
        if not member:
            return row | {
                n: str(v) if self.knobs.price_as_text and v is not None else v for n, v in asked.items()
            }
        if self.knobs.member_status in ("nested", "both"):
            row["$member_info"] = {"id": "77"} | (shown if self.knobs.member_info == "all" else asked)
        if self.knobs.member_status in ("flat", "both"):
            row |= asked
        return row

    def _put(self, seen: Seen, pair: tuple[str, str], parent: str, flipped: bool) -> tuple[int, Body]:
        rows = json.loads(seen.body, parse_float=Decimal)["data"]
        if not 0 < len(rows) <= 100:
            raise Refused("LIMIT_EXCEEDED", "rows", limit="100")
        self._check_whole(pair[0] if flipped else pair[1], [str(row["id"]) for row in rows])
        said = []
        for row in rows:
            one = str(row.pop("id"))
            key = (one, parent) if flipped else (parent, one)
            bad = self._refusal(pair[0] if flipped else pair[1], one)
            if bad is None and self.knobs.null == "reject" and None in row.values():
                bad = {"code": "INVALID_DATA", "message": "invalid data", "status": "error"}
            if bad is None:
                was = key in self.links[pair]
                keeps = was and self.knobs.omitted == "keep"
                made = self.links[pair][key] = (self.links[pair][key] if keeps else PAIRS[pair]) | row
                if self.knobs.fills and not made.get("Member_Status"):
                    made["Member_Status"] = self.knobs.fills
                bad = {
                    "code": "SUCCESS",
                    "message": f"relation {'updated' if was else 'added'}",
                    "status": "success",
                }
            said.append(bad | {"details": {"id": self._id(one)} if self.knobs.row_ids else {}})
        return self._said(said)

    def _delete(self, seen: Seen, pair: tuple[str, str], parent: str, flipped: bool) -> tuple[int, Body]:
        ids = seen.query["ids"].split(",")
        if len(ids) > 100 or len(seen.query["ids"]) > 2000:
            raise Refused("LIMIT_EXCEEDED", "ids", limit="100", param_name="ids")
        self._check_whole(pair[0] if flipped else pair[1], ids)
        said = []
        for one in ids:
            key = (one, parent) if flipped else (parent, one)
            bad = self._refusal(pair[0] if flipped else pair[1], one)
            if bad is None and self.links[pair].pop(key, None) is None:
                bad = {"code": "INVALID_DATA", "message": "relation not found", "status": "error"}
            bad = bad or {"code": "SUCCESS", "message": "relation removed", "status": "success"}
            said.append(bad | {"details": {"id": self._id(one)} if self.knobs.row_ids else {}})
        return self._said(said)

    def _check_whole(self, module: str, ids: list[str]) -> None:
        bad = next(filter(None, (self._refusal(module, one) for one in ids)), None)
        if self.knobs.whole and bad:
            raise Refused(bad["code"], bad["message"])

    def _refusal(self, module: str, record_id: str) -> dict[str, Any] | None:
        code = self.refuse.get(record_id)
        if code is None and record_id in self.records.get(module, {}):
            return None
        return {
            "code": code or "INVALID_DATA",
            "message": "the related id given seems to be invalid",
            "status": "error",
        }

    def _said(self, rows: list[dict[str, Any]]) -> tuple[int, Body]:
        good = sum(row["status"] == "success" for row in rows)
        status = self.knobs.success if good == len(rows) else self.knobs.mixed if good else 400
        return status, {"data": rows}
