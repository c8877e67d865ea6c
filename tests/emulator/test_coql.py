# ruff: noqa: S608  it is COQL, and the CRM's to guard

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zsync.emulator import Switches
from zsync.emulator.coql_parser import Both, Comparison, Criteria, Select, parse
from zsync.emulator.errors import ZohoError

Call = Callable[..., httpx.Response]
Make = Callable[..., Call]


def ask(call: Call, query: object, version: str = "v8") -> httpx.Response:
    return call("POST", "/coql", {"select_query": query}, version=version)


def found(call: Call, where: str, module: str = "Leads") -> list[str]:
    answer = ask(call, f"select id from {module} where {where}")
    return [] if answer.status_code == 204 else [row["id"] for row in answer.json()["data"]]


@pytest.mark.parametrize(
    ("where", "ids"),
    [
        ("Email = 'ana@acme.example'", ["301"]),
        ("Email in ('ana@acme.example', 'bo@acme.example', 'no')", ["301", "302"]),
        ("Email in ('CY@ACME.EXAMPLE')", ["303"]),
        ("Last_Name = 'O''Neill'", ["301"]),
        ("Last_Name = 'Bo\\slash'", ["302"]),
        ("Last_Name = 'Ødegård'", ["303"]),
        ("Full_Name = 'O''Neill'", ["301"]),
        ("id in (301, '303')", ["301", "303"]),
        ("id > 301 and id < 309", ["302", "303"]),
        ("Annual_Revenue >= 20.5", ["301", "302"]),
        ("Annual_Revenue is null", ["303"]),
        ("Annual_Revenue is not null and Annual_Revenue != 1000", ["302"]),
        ("Email like 'bo%'", ["302"]),
        ("Email not like '%acme%'", []),
        ("id not in (301, 302)", ["303"]),
        ("Converted__s = true", ["309"]),
        ("Converted__s = true and Email = 'won@acme.example'", ["309"]),
        ("Converted__s = false and id > 302", ["303"]),
        ("Email = 'won@acme.example'", []),
        ("Email_Opt_Out = false and id = 301", ["301"]),
        ("((id = 301 or id = 302) and (Last_Name like 'Bo%' or id = 309))", ["302"]),
    ],
)
def test_a_query_finds_its_rows(call: Call, where: str, ids: list[str]) -> None:
    assert found(call, where) == ids


def test_a_quoted_comma_in_a_name_is_part_of_it(call: Call) -> None:
    assert found(call, """Campaign_Name = 'Spring, "Early Birds"'""", "Campaigns") == ["500"]


def test_fields_come_as_asked_with_the_id(call: Call) -> None:
    answer = ask(call, "SELECT Email, Annual_Revenue FROM Leads WHERE id = 302")
    assert answer.json() == {
        "data": [{"id": "302", "Email": "bo@acme.example", "Annual_Revenue": 20.5}],
        "info": {"count": 1, "more_records": False},
    }


@pytest.mark.parametrize("tail", ["limit 1 offset 1", "limit 1, 1", "order by Email asc limit 1 offset 1"])
def test_limit_and_offset_cut_a_window(call: Call, tail: str) -> None:
    answer = ask(call, f"select Email from Leads where id < 309 {tail}").json()
    assert ([row["id"] for row in answer["data"]], answer["info"]["more_records"]) == (["302"], True)


def test_rows_come_in_the_order_asked_for(call: Call) -> None:
    answer = ask(
        call, "select id from Leads where Email is not null order by Annual_Revenue desc, id desc"
    ).json()
    assert [row["id"] for row in answer["data"]] == ["301", "302", "303"]


def test_case_can_be_made_to_matter(crm_with: Make) -> None:
    call = crm_with(Switches(coql_case="sensitive"))
    assert found(call, "Email = 'CY@acme.example'") == []
    assert found(call, "Email = 'Cy@acme.example'") == ["303"]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "select",
        "select id from Leads",
        "select id from Leads where",
        "select id from Leads where id = 1 and id = 2 and id = 3",
        "select id from Leads where Email = bo@acme.example",
        "select id from Leads where Email = 'open",
        'select id from Leads where Email = "double"',
        "select id from Leads where Email in ()",
        "select id from Leads where Last_Name = 'O\\'Neill'",
        "select id from Leads where id = 1 limit -1",
        "select id from Leads where id = 1; drop table record",
        "select id from Leads where " + "(" * 500 + "id = 1" + ")" * 500,
        "update Leads set id = 1 where id = 2",
        "select id from Leads where Last_Name = '\ud800'",
    ],
)
def test_a_query_that_does_not_parse_is_a_syntax_error(call: Call, query: str) -> None:
    answer = ask(call, query)
    assert (answer.status_code, answer.json()["code"]) == (400, "SYNTAX_ERROR")


@pytest.mark.parametrize(
    "query",
    [
        "select Nope from Leads where id = 1",
        "select id from Nope where id = 1",
        "select id from Leads where nope = 1",
        "select id from Leads where id = 1 order by nope",
        "select id from Leads where email = 'ana@acme.example'",
        "select id from Leads where Email = 5",
        "select id from Leads where Annual_Revenue = '5'",
        "select id from Leads where Converted__s = 'true'",
        "select id from Leads where id = '3.65E+18'",
        f"select id from Leads where Email like '{'%' * 60_000}'",
    ],
)
def test_a_name_or_value_that_does_not_fit_is_an_invalid_query(call: Call, query: str) -> None:
    answer = ask(call, query)
    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_QUERY")


@pytest.mark.parametrize(
    ("how", "plain", "asked"), [("hidden", [], ["309"]), ("shown", ["309"], ["309"]), ("refused", [], None)]
)
def test_a_switch_says_what_queries_do_about_converted_leads(
    crm_with: Make, how: str, plain: list[str], asked: list[str] | None
) -> None:
    call = crm_with(Switches(converted_in_coql=how))  # type: ignore[arg-type]
    assert found(call, "id = 309") == plain
    answer = ask(call, "select id from Leads where id = 309 and Converted__s = true")
    if asked is None:
        assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_QUERY")
    else:
        assert [row["id"] for row in answer.json()["data"]] == asked


def test_a_syntax_error_names_line_and_column(call: Call) -> None:
    answer = ask(call, "select id\nfrom Leads where ?")
    assert answer.json()["details"] == {"line": 2, "column": 18}


def _nested(count: int) -> str:
    criteria = "id = 1"
    for _ in range(count - 1):
        criteria = f"({criteria} or id = 1)"
    return criteria


@pytest.mark.parametrize(
    ("version", "tail", "status"),
    [
        ("v8", "id = 301 limit 2000", 200),
        ("v8", "id = 301 limit 2001", 400),
        ("v2", "id = 301 limit 201", 400),
        ("v8", "id = 301 limit 1 offset 99999", 204),
        ("v8", "id = 301 limit 1 offset 100000", 400),
        ("v6", "id = 301 limit 1 offset 10000", 400),
        ("v8", f"id in ({','.join(['301'] * 100)})", 200),
        ("v8", f"id in ({','.join(['301'] * 101)})", 400),
        ("v6", f"id in ({','.join(['301'] * 51)})", 400),
        ("v8", _nested(25), 204),
        ("v8", _nested(26), 400),
    ],
)
def test_limits_are_those_of_the_version(call: Call, version: str, tail: str, status: int) -> None:
    answer = ask(call, f"select id from Leads where {tail}", version)
    assert answer.status_code == status
    assert status != 400 or answer.json()["code"] == "LIMIT_EXCEEDED"


def test_without_a_limit_there_are_200_rows(crm_with: Make) -> None:
    call = crm_with(world={"generate": [{"module": "Leads", "count": 201}]})
    assert ask(call, "select id from Leads where Email like 'lead%'").json()["info"] == {
        "count": 200,
        "more_records": True,
    }


@pytest.mark.parametrize(
    ("body", "code"),
    [({}, "MANDATORY_NOT_FOUND"), ([], "MANDATORY_NOT_FOUND"), ({"select_query": 5}, "INVALID_DATA")],
)
def test_a_body_without_a_query_is_refused(call: Call, body: object, code: str) -> None:
    assert call("POST", "/coql", body).json()["code"] == code


_NAMES = st.from_regex(r"[A-Z][A-Za-z0-9_]{0,8}__[a-z]\Z", fullmatch=True)
_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_NUMBERS = st.decimals(-(10**9), 10**9, allow_nan=False, places=2)
_VALUES = st.one_of(_TEXTS, _NUMBERS, st.booleans())
_COMPARISONS = st.one_of(
    st.builds(
        Comparison, _NAMES, st.sampled_from(["=", "!=", "<", "<=", ">", ">=", "like"]), st.tuples(_VALUES)
    ),
    st.builds(Comparison, _NAMES, st.sampled_from(["is null", "is not null"]), st.just(())),
    st.builds(
        Comparison,
        _NAMES,
        st.sampled_from(["in", "not in"]),
        st.lists(_VALUES, min_size=1, max_size=4).map(tuple),
    ),
)
_CRITERIA = st.recursive(
    _COMPARISONS, lambda more: st.builds(Both, st.sampled_from(["and", "or"]), more, more), max_leaves=8
)
_SELECTS = st.builds(
    Select,
    st.lists(_NAMES, min_size=1, max_size=3).map(tuple),
    _NAMES,
    _CRITERIA,
    st.lists(st.tuples(_NAMES, st.sampled_from(["asc", "desc"])), max_size=2).map(tuple),
    st.integers(0, 2000),
    st.integers(0, 2000),
)


def _value(value: str | Decimal | bool) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:f}" if isinstance(value, Decimal) else "'" + value.replace("'", "''") + "'"


def _criteria(criteria: Criteria) -> str:
    if isinstance(criteria, Both):
        return f"({_criteria(criteria.left)} {criteria.word} {_criteria(criteria.right)})"
    values = ", ".join(map(_value, criteria.values))
    return f"{criteria.field} {criteria.operator} " + (
        f"({values})" if "in" in criteria.operator.split() else values
    )


def _written(select: Select) -> str:
    order = ", ".join(f"{name} {way}" for name, way in select.order)
    by = f" order by {order}" if order else ""
    return (
        f"select {', '.join(select.fields)} from {select.module} where {_criteria(select.where)}{by}"
        f" limit {select.limit} offset {select.offset}"
    )


@given(_SELECTS)
def test_what_is_written_is_what_is_parsed(select: Select) -> None:
    assert parse(_written(select)) == select


@given(st.one_of(st.text(), st.text(st.sampled_from("select from where id = ' ( ) , 1 and or in null"))))
def test_no_text_makes_the_parser_crash(text: str) -> None:
    try:
        parsed: Any = parse(text)
    except ZohoError as error:
        parsed = error
    assert isinstance(parsed, Select) or parsed.code == "SYNTAX_ERROR"


@given(_SELECTS, st.data())
def test_a_query_with_a_piece_missing_never_crashes(select: Select, data: st.DataObject) -> None:
    text = _written(select)
    at = data.draw(st.integers(0, len(text)))
    try:
        parsed: Any = parse(text[:at])
    except ZohoError as error:
        parsed = error
    assert isinstance(parsed, Select) or parsed.code == "SYNTAX_ERROR"


@pytest.mark.parametrize("asked", ["1000", "'1000'"])
def test_a_long_number_is_found_by_its_digits_however_the_world_writes_it(crm_with: Make, asked: str) -> None:
    accounts = [{"id": "451", "Account_Number": 1000}, {"id": "452", "Account_Number": "1000"}]
    call = crm_with(world={"records": {"Accounts": [*accounts, {"id": "453", "Account_Number": 10}]}})
    assert found(call, f"Account_Number in ({asked})", "Accounts") == ["451", "452"]
