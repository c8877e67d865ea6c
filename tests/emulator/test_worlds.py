from pathlib import Path
from typing import Any

import pytest

from zsync.emulator import SeedError, running
from zsync.emulator.seed import open_org
from zsync.emulator.switches import Switches

CAMPAIGN = {"Campaigns": [{"id": "500", "Campaign_Name": "Spring"}]}


@pytest.mark.parametrize(
    ("world", "message"),
    [
        ({"recods": {}}, "world: unknown key 'recods'; did you mean 'records'?"),
        ({"version": 2}, "world: unknown version 2; write 1"),
        ({"records": {"Lead": [{}]}}, "world: records.Lead[0]: no module 'Lead'; did you mean 'Leads'?"),
        (
            {"records": {"Leads": [{}, {"Emial": "x"}]}},
            "world: records.Leads[1]: Leads has no field 'Emial'; did you mean 'Email'?",
        ),
        (
            {"records": {"Leads": [{"id": 3.65e18}]}},
            "world: records.Leads[0].id: 3.65e+18 is not an id: at most 20 decimal digits, in quotes",
        ),
        ({"records": {"Leads": [{"id": "1"}, {"id": "1"}]}}, "world: records: an id is used twice: 1"),
        ({"records": {"Leads": "x"}}, "world: records.Leads: expected a list, got 'x'"),
        ({"relations": {"Campaigns/500": []}}, "world: relations.Campaigns/500: expected Module/ID/List"),
        (
            {"relations": {"Campaigns/500/Leads": []}},
            "world: relations.Campaigns/500/Leads: INVALID_DATA: the related id given seems to be invalid",
        ),
        (
            {"records": CAMPAIGN, "relations": {"Campaigns/500/Leads": [{"id": "9"}]}},
            "world: relations.Campaigns/500/Leads[0]: INVALID_DATA: the related id given seems to be invalid {'id': '9'}",
        ),
        (
            {"records": CAMPAIGN, "relations": {"Campaigns/500/Leads": [{"id": "9", "Member_Staus": "Sent"}]}},
            "world: relations.Campaigns/500/Leads[0]: unknown field 'Member_Staus'; did you mean 'Member_Status'?",
        ),
        ({"fields": {"Leads": {"a b": {}}}}, "world: fields.Leads: 'a b' is not a name: only letters, digits and _"),
        ({"kinds": [{"modules": ["Leads"]}]}, "world: kinds[0].modules: expected a list of two names, got ['Leads']"),
        ({"kinds": {"modules": []}}, "world: kinds: expected a list, got {'modules': []}"),
        ({"kinds": [{"modules": ["Leads", "Lead"]}]}, "world: kinds: no module 'Lead'; did you mean 'Leads'?"),
        ({"kinds": [{"module": ["a", "b"]}]}, "world: kinds[0]: unknown key 'module'; did you mean 'modules'?"),
        ({"kinds": [{"modules": ["Leads", "Leads"]}]}, "world: kinds: two lists are called Leads/Leads; rename one with `lists`"),
        ({"modules": {"My Module": "Name"}}, "world: modules: 'My Module' is not a name: only letters, digits and _"),
        ({"generate": [{"module": "Leads", "count": -1}]}, "world: generate[0].count: expected a number of records, got -1"),
    ],
)  # fmt: skip
def test_a_world_that_cannot_be_built_says_where_and_why(world: dict[str, Any], message: str) -> None:
    with pytest.raises(SeedError) as caught:
        open_org(world, Switches())
    assert str(caught.value) == message


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "world.yaml"
    path.write_text("records: [")
    with pytest.raises(SeedError, match=r"world\.yaml: while parsing"):
        open_org(path, Switches())
    with pytest.raises(SeedError, match="No such file"):
        open_org(tmp_path / "none.yaml", Switches())


def test_a_world_in_a_file_reads_as_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "world.yaml"
    path.write_text(
        "records:\n  Campaigns: [{id: '500', Campaign_Name: Spring, Start_Date: 2027-03-01}]\n"
        "  Leads: [{Last_Name: Ada}]\n"
    )
    org = open_org(path, Switches())
    rows = org.store.query("SELECT key, data FROM record ORDER BY module")
    org.store.close()
    assert rows[0] == ("500".zfill(20), '{"Campaign_Name":"Spring","Start_Date":"2027-03-01"}')
    assert rows[1] == ("03652397000009000001", '{"Last_Name":"Ada"}')


def test_generated_records_are_numbered_and_related() -> None:
    leads = {
        "module": "Leads",
        "count": 30,
        "first_id": "1001",
        "fields": {"Last_Name": "L{n}"},
        "relate": [{"list": "Campaigns/500/Leads", "skip": 10, "count": 5, "Member_Status": "Sent"}],
    }
    with running({"records": CAMPAIGN, "generate": [leads]}) as crm:
        assert crm.rows("Campaigns/500/Leads") == {
            str(number): {"Member_Status": "Sent"} for number in range(1011, 1016)
        }


def test_a_data_file_keeps_its_world_and_its_credentials(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "crm.db"
    member_fields: dict[str, dict[str, str]] = {"Seat": {}}
    with running({"records": CAMPAIGN, "member_fields": member_fields}, data=path) as crm:
        crm.link("Campaigns/500/Leads", {"id": crm.add("Leads", id="301", Last_Name="Ada"), "Seat": "A 1"})
        first = crm.environment()
    with running({"records": {}}, data=path) as crm:
        assert crm.rows("Campaigns/500/Leads") == {"301": {"Member_Status": "Planned", "Seat": "A 1"}}
        second = crm.environment()
    for name in ("ZSYNC_CLIENT_ID", "ZSYNC_CLIENT_SECRET", "ZSYNC_REFRESH_TOKEN"):
        assert second[name] == first[name]
    assert "the seed is ignored" in caplog.text


def test_a_file_that_is_no_data_file_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a database, " * 100)
    with pytest.raises(SeedError, match=r"notes\.txt: cannot be used as a data file: file is not a database"):
        open_org(None, Switches(), data=path)
    assert path.read_text().startswith("not a database")
    with pytest.raises(SeedError, match="unable to open database file"):
        open_org(None, Switches(), data=tmp_path / "no" / "crm.db")


VENDORS: dict[str, Any] = {
    "modules": {"Vendors": "Vendor_Name"},
    "kinds": [
        {
            "modules": ["Products", "Vendors"],
            "lists": ["Suppliers", "Products"],
            "fields": {"Rank": {"type": "any"}},
        },
        {"modules": ["Leads", "Campaigns"], "fields": {"Seat": {}}},
    ],
    "records": {
        "Products": [{"id": "600"}],
        "Vendors": [{"id": "800", "Vendor_Name": "Ny"}, {"id": "801"}],
        "Leads": [{"id": "300", "Full_Name": "Dr. Bo Ngata", "Last_Name": "Ngata"}],
        **CAMPAIGN,
    },
    "relations": {
        "Products/600/Suppliers": [{"id": "800", "Rank": [1, "a"]}, {"id": "801", "Rank": None}],
        "Campaigns/500/Leads": [{"id": "300", "Member_Status": None, "Seat": "A1"}],
    },
}


def test_a_world_can_have_modules_and_kinds_of_its_own() -> None:
    with running(VENDORS) as crm:
        assert crm.rows("Products/600/Suppliers") == {"800": {"Rank": [1, "a"]}, "801": {"Rank": None}}
        assert crm.rows("Vendors/801/Products") == {"600": {"Rank": None}}
        assert crm.state()["relations"]["Products/600/Suppliers"][0] == {"id": "800", "Rank": [1, "a"]}


def test_a_world_can_give_a_standard_kind_more_fields_and_leave_one_empty() -> None:
    with running(VENDORS) as crm:
        assert crm.rows("Leads/300/Campaigns") == {"500": {"Member_Status": None, "Seat": "A1"}}


def test_a_world_of_its_own_kinds_is_kept_in_its_file(tmp_path: Path) -> None:
    for seed in (VENDORS, None):
        with running(seed, data=tmp_path / "crm.sqlite") as crm:
            assert crm.rows("Vendors/800/Products") == {"600": {"Rank": [1, "a"]}}
