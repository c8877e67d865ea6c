"""Pages of rows: `page`, `per_page`, `page_token`, `sort_by`, `sort_order`, and the `info` that comes with them.

https://www.zoho.com/crm/developer/docs/api/v7/get-related-records.html and …/get-records.html
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Literal

from .errors import Answer, ZohoError, decode, encode
from .org import Org, stamp

PER_PAGE = 200
PAGE_ROWS = 2_000
TOKEN_ROWS = 100_000
TOKEN_LIFE = timedelta(hours=24)

Way = Literal["next", "previous"]


@dataclass(frozen=True)
class Source:
    """The rows to page through. `row`, `tables`, `where` and `key` are SQL; `key` is the padded id of a row's record."""

    row: str
    tables: str
    where: str
    params: tuple[object, ...]
    key: str


@dataclass(frozen=True)
class Window:
    """The page that is asked for. `edge` is the (sort value, key) from which a token continues."""

    page: int
    per_page: int
    sort_by: str
    order: str
    edge: tuple[str, str] | None = None
    way: Way = "next"


_SORT_COLUMNS = {"id": "", "Created_Time": "r.created", "Modified_Time": "r.modified"}


def window_of(org: Org, version: float, query: Mapping[str, str], bound: str) -> Window:
    """Reads the paging parameters. `bound` names the rest of the request: a page token serves no other.

    Raises ZohoError for a parameter that Zoho refuses.
    """
    per_page = _number(query, "per_page", PER_PAGE)
    if per_page > PER_PAGE:
        raise ZohoError("INVALID_DATA", {"param_name": "per_page", "maximum_length": PER_PAGE})
    sort_by, order = query.get("sort_by", "id"), query.get("sort_order", "desc")
    if sort_by not in _SORT_COLUMNS or order not in ("asc", "desc"):
        name = "sort_by" if sort_by not in _SORT_COLUMNS else "sort_order"
        raise ZohoError("INVALID_DATA", {"param_name": name})
    window = Window(_number(query, "page", 1), per_page, sort_by, order)
    if "page_token" in query:
        if "page" in query:
            raise ZohoError("AMBIGUITY_DURING_PROCESSING", {"ambiguity_due_to": ["page", "page_token"]})
        return _resume(org, query["page_token"], window, bound)
    # Zoho: Get Related Records: beyond 2,000 rows `page` is refused and a page token needed. v2 has no tokens.
    if version >= 3 and (window.page - 1) * per_page >= PAGE_ROWS:
        raise ZohoError("DISCRETE_PAGINATION_LIMIT_EXCEEDED", {"limit": PAGE_ROWS})
    return window


def page_answer(org: Org, source: Source, window: Window, bound: str, *, tokens: bool) -> Answer:
    """The page in the shape of Zoho's answer; 204 if it is empty. `tokens` adds page tokens to `info`."""
    rows, more = _fetch(org, source, window)
    if not rows:
        return Answer(204)
    info: dict[str, Any] = {"per_page": window.per_page}
    if tokens:
        has_next, has_previous = (more, window.page > 1)
        expiry = stamp(org.clock() + TOKEN_LIFE) if has_next or has_previous else None
        info["next_page_token"] = _token(org, window, bound, rows[-1], "next") if has_next else None
        info["previous_page_token"] = (
            _token(org, window, bound, rows[0], "previous") if has_previous else None
        )
        info["page_token_expiry"] = expiry
    # `count` is of this page, not of the list.
    info |= {"count": len(rows), "page": window.page, "more_records": more}
    return Answer(200, f'{{"data":[{",".join(row[0] for row in rows)}],"info":{encode(info)}}}')


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name, str(default))
    if not (text.isascii() and text.isdigit() and int(text[:10]) > 0 and len(text) < 10):
        raise ZohoError("INVALID_DATA", {"param_name": name, "expected_data_type": "integer"})
    return int(text)


def _fetch(org: Org, source: Source, window: Window) -> tuple[list[tuple[str, str, str]], bool]:
    """The page's (row, sort value, key) in the order that was asked for, and whether more rows follow."""
    back = window.way == "previous"
    descending = (window.order == "desc") is not back
    column = _SORT_COLUMNS[window.sort_by]
    where, params = source.where, list(source.params)
    sign = "<" if descending else ">"
    # A token continues behind the last row, so that rows that come and go meanwhile move no other; `page` counts rows, and
    # then repeats or loses some.
    if window.edge is not None and column:
        where += f" AND ({column}, {source.key}) {sign} (?, ?)"
        params += window.edge
    elif window.edge is not None:
        where += f" AND {source.key} {sign} ?"
        params.append(window.edge[1])
    skip = max(0, (window.page - 1) * window.per_page - org.switches.page_shift)
    if window.edge is not None or window.page == 1:
        skip = 0
    direction = "DESC" if descending else "ASC"
    by = f"{column} {direction}, " if column else ""
    sql = (
        f"SELECT {source.row}, {column or repr('')}, {source.key} FROM {source.tables} WHERE {where} "  # noqa: S608
        f"ORDER BY {by}{source.key} {direction} LIMIT {window.per_page + 1} OFFSET {skip}"
    )
    rows = org.store.query(sql, params)
    full = len(rows) > window.per_page
    rows = rows[: window.per_page]
    return (rows[::-1], bool(rows)) if back else (rows, full)


def _secret(org: Org) -> bytes:
    return org.credentials.client_secret.encode()


def _token(org: Org, window: Window, bound: str, row: tuple[str, str, str], way: Way) -> str:
    # Sealed rather than stored: it outlives a restart on the same data file, and an invented one is refused.
    page = window.page + (1 if way == "next" else -1)
    expires = (org.clock() + TOKEN_LIFE).timestamp()
    text = encode([way, page, row[1], row[2], str(expires), _fingerprint(window, bound), org.caller]).encode()
    seal = hmac.digest(_secret(org), text, "sha256")[:16]
    return base64.urlsafe_b64encode(seal + text).decode()


def _fingerprint(window: Window, bound: str) -> str:
    text = f"{window.per_page} {window.sort_by} {window.order} {bound}"
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:24]


def _resume(org: Org, token: str, window: Window, bound: str) -> Window:
    try:
        raw = base64.b64decode(token, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) < 17 or not hmac.compare_digest(raw[:16], hmac.digest(_secret(org), raw[16:], "sha256")[:16]):
        raise ZohoError("INVALID_DATA", {"param_name": "page_token"})
    way, page, value, key, expires, fingerprint, user = decode(raw[16:])
    # Zoho: Get Records, page_token: it is good for the user who got it, for the same parameters, and for 24 hours.
    if user != org.caller:
        raise ZohoError("INVALID_DATA", {"param_name": "page_token"})
    if org.clock().timestamp() > float(expires):
        raise ZohoError("EXPIRED_VALUE", {"param_name": "page_token"})
    if fingerprint != _fingerprint(window, bound):
        raise ZohoError("TOKEN_BOUND_DATA_MISMATCH", {"param_name": "page_token"})
    if page * window.per_page > TOKEN_ROWS:
        raise ZohoError("PAGINATION_LIMIT_EXCEEDED", {"limit": TOKEN_ROWS})
    if org.switches.page_tokens == "shifting" or org.switches.page_shift:
        return replace(window, page=page)
    return replace(window, page=page, edge=(value, key), way=way)
