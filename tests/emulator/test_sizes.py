"""What fields hold, as the metadata says: characters, digits, and digits behind the point."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.emulator.conftest import WORLD
from zsync.emulator import SeedError, Switches
from zsync.emulator.errors import decode
from zsync.emulator.seed import open_org

Call = Callable[..., httpx.Response]
SIZED: dict[str, Any] = {
    **WORLD,
    "member_fields": {"Seat": {"type": "text", "length": 4}, "Rows": {"type": "integer", "length": 2}},
    "fields": {
        "Leads": {
            "Badge": {"type": "text", "length": 4},
            "Score": {"type": "double", "length": 3, "decimal_place": 1},
            "Free": {"type": "double", "length": 0, "decimal_place": 2},
        }
    },
}


@pytest.fixture
def call(crm_with: Callable[..., Call]) -> Call:
    return crm_with(world=SIZED)


def wrote(call: Call, body: bytes, path: str = "/Leads/302") -> dict[str, Any]:
    """Zoho's answer to the one row of a PUT."""
    (row,) = call("PUT", path, body).json()["data"]
    assert isinstance(row, dict)
    return row


def number(call: Call, name: str) -> str:
    """The number that a lead holds, digit by digit."""
    row = decode(call("GET", "/Leads/302", fields=name).content)["data"][0]
    return str(row[name])


@pytest.mark.parametrize(
    ("fields", "name", "most"),
    [
        ('"Badge":"A1234"', "Badge", 4),
        ('"Badge":"ééééé"', "Badge", 4),
        ('"Score":1000', "Score", 3),
        ('"Score":-1000.5', "Score", 3),
        ('"Score":1E+99999999', "Score", 3),
        ('"Annual_Revenue":12345678901234567', "Annual_Revenue", 16),
        (f'"Company":"{"x" * 256}"', "Company", 255),
    ],
)
def test_what_is_too_long_is_refused_with_the_limit(call: Call, fields: str, name: str, most: int) -> None:
    told = wrote(call, f'{{"data":[{{{fields}}}]}}'.encode())
    where = {"api_name": name, "json_path": f"$.data[0].{name}"}
    assert (told["code"], told["details"]) == ("INVALID_DATA", {"maximum_length": most, **where})


@pytest.mark.parametrize(
    "fields", ['"Badge":"éééé"', '"Score":-999.9', '"Free":123456789012345678901234567890.5']
)
def test_what_just_fits_is_taken(call: Call, fields: str) -> None:
    assert wrote(call, f'{{"data":[{{{fields}}}]}}'.encode())["code"] == "SUCCESS"


@pytest.mark.parametrize(
    ("name", "written", "stored"),
    [
        ("Score", "1.25", "1.3"),
        ("Score", "-1.25", "-1.3"),
        ("Score", "1.2000", "1.2000"),
        ("Score", "0.04", "0.0"),
        ("Score", "1E-999999", "0.0"),
        ("Annual_Revenue", "20.005", "20.01"),
        ("Annual_Revenue", "20.1", "20.1"),
        ("Free", "123456789012345678901234567890.125", "123456789012345678901234567890.13"),
    ],
)
def test_digits_behind_the_point_are_rounded_to_what_the_field_keeps(
    call: Call, name: str, written: str, stored: str
) -> None:
    assert wrote(call, f'{{"data":[{{"{name}":{written}}}]}}'.encode())["code"] == "SUCCESS"
    assert number(call, name) == stored


def test_a_switch_refuses_what_would_be_rounded(crm_with: Callable[..., Call]) -> None:
    call = crm_with(Switches(extra_decimals="reject"), world=SIZED)
    told = wrote(call, b'{"data":[{"Score":1.25}]}')
    assert (told["code"], told["details"]["api_name"]) == ("INVALID_DATA", "Score")
    assert wrote(call, b'{"data":[{"Score":1.20}]}')["code"] == "SUCCESS"


@pytest.mark.parametrize(
    ("fields", "most"), [({"Seat": "A1234"}, 4), ({"Rows": 100}, 2), ({"Seat": "A1", "Rows": -100}, 2)]
)
def test_fields_of_relations_have_sizes_too(call: Call, fields: dict[str, Any], most: int) -> None:
    answer = call("PUT", "/Campaigns/500/Leads", {"data": [{"id": "302", **fields}]})
    assert answer.json()["data"][0]["details"]["maximum_length"] == most


def test_a_price_is_rounded_as_money(call: Call) -> None:
    path = "/Price_Books/701/Products"
    assert call("PUT", path, {"data": [{"id": "601", "list_price": 9.995}]}).status_code == 200
    (row,) = decode(call("GET", path, fields="list_price").content)["data"]
    assert str(row["list_price"]) == "10.00"


def test_the_metadata_tells_the_same_sizes(call: Call) -> None:
    fields = {
        each["api_name"]: each for each in call("GET", "/settings/fields", module="Leads").json()["fields"]
    }
    told = [(fields[name]["length"], fields[name]["decimal_place"]) for name in ("Badge", "Score", "Free")]
    assert told == [(4, None), (3, 1), (0, 2)]


def test_a_world_with_a_relation_that_does_not_fit_is_refused_with_its_place() -> None:
    world = {**SIZED, "relations": {"Campaigns/500/Leads": [{"id": "301", "Seat": "A12345"}]}}
    with pytest.raises(SeedError, match=r"relations\.Campaigns/500/Leads\[0\]: INVALID_DATA"):
        open_org(world, Switches())
