"""Edits of the rows of a CSV file: only the cells that were asked for change."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.edit.amended import HEAD, Ask, add, after, amended, give, moved, read, remove, row
from zsync.edit.amending import amend
from zsync.edit.edits import AddRow, RemoveRow, SetFields
from zsync.kinds import KINDS
from zsync.manifest.context import Reading
from zsync.manifest.load import read_manifest
from zsync.model import ManagedList

MANIFEST = HEAD + "    from: {csv: leads.csv}\n"
SHEET = (
    'Email;Member_Status;Paid\r\na@x.example;"In;vited";true\r\n"b@x.example";Sent\r\n\r\nc@x.example;;\r\n'
)


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def put(sheet: str) -> None:
    Path("leads.csv").write_bytes(sheet.encode())


def to_sheet(key: str) -> Ask:
    return lambda lists: [AddRow(lists[0], (key,), fields={"Member_Status": "Open"}, sheet="leads.csv")]


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize(
    ("key", "line"),
    [
        ("a", 'a@x.example;"Opted Out";true\r\n'),
        ("b", '"b@x.example";Opted Out\r\n'),
        ("c", "c@x.example;Opted Out;\r\n"),
    ],
)
def test_a_new_value_changes_one_cell(key: str, line: str, mark: str) -> None:
    put(mark + SHEET)
    then = after(MANIFEST, give(f"{key}@x.example", Member_Status="Opted Out"))
    assert moved(mark + SHEET, then)[1] == [line.encode()]


def test_cells_that_a_spreadsheet_dropped_come_back() -> None:
    put(SHEET)
    then = after(MANIFEST, give("b@x.example", Paid=True))
    assert moved(SHEET, then)[1] == [b'"b@x.example";Sent;true\r\n']


def test_a_field_without_a_column_gets_one() -> None:
    put("Email,Seats\na@x,1\nb@x\n")
    assert (
        after(MANIFEST, give("b@x", Member_Status="a,b")) == 'Email,Seats,Member_Status\na@x,1\nb@x,,"a,b"\n'
    )


def test_rows_go_with_all_their_lines() -> None:
    put('Email,Member_Status\na@x,"two\nlines"\nb@x,Sent')
    assert after(MANIFEST, remove("a@x")) == "Email,Member_Status\nb@x,Sent"
    assert after(MANIFEST, give("a@x", Member_Status="one")) == 'Email,Member_Status\na@x,"one"\nb@x,Sent'


def test_rows_come_in_by_key() -> None:
    put("Email,Member_Status\na@x,Sent\nc@x,Sent")
    assert after(MANIFEST, to_sheet("b@x")) == "Email,Member_Status\na@x,Sent\nb@x,Open\nc@x,Sent"
    assert after(MANIFEST, to_sheet("d@x")) == "Email,Member_Status\na@x,Sent\nc@x,Sent\nd@x,Open"
    assert after(MANIFEST, to_sheet("0@x")) == "Email,Member_Status\n0@x,Open\na@x,Sent\nc@x,Sent"


def test_what_the_defaults_fill_cannot_be_empty_in_a_cell() -> None:
    put("Email,Member_Status\na@x,Sent\nb@x,Sent\n")
    text = MANIFEST + "    defaults: {Member_Status: Planned}\n"
    made = amended(text, lambda lists: [*give("a@x", Member_Status=None)(lists), *remove("b@x")(lists)])
    assert "`defaults` counts" in made.refused[0].reason
    assert made.files[0].after == b"Email,Member_Status\na@x,Sent\n"


@pytest.mark.parametrize("value", ["=1+1", "@cmd", "-2+3", "+1", " Sent"])
def test_what_a_spreadsheet_would_run_or_lose_is_not_written(value: str) -> None:
    put("Email,Member_Status\na@x,Sent\n")
    made = amended(MANIFEST, give("a@x", Member_Status=value))
    assert made.files == ()
    assert len(made.refused) == 1


def test_a_sheet_that_two_lists_share_is_changed_for_both_or_not_at_all() -> None:
    put("Email,Member_Status\na@x,Sent\nb@x,Sent\n")
    other = MANIFEST.replace('"7"', '"8"')
    reading, lists = read(f"{MANIFEST}---\n{other}")
    one = SetFields(*row(lists, "a@x"), {"Member_Status": "Open"})
    made = amend([one], reading.contents, lists)
    assert made.files == ()
    assert "another row" in made.refused[0].reason


def test_rows_of_a_manifest_and_of_its_sheet_change_together() -> None:
    put("Email,Member_Status\na@x,Sent\nb@x,Sent\n")
    text = (
        HEAD
        + "    from: {csv: leads.csv}\n    records:\n      - {Email: c@x}\n    absent:\n      - {Email: d@x}\n"
    )
    made = amended(
        text,
        lambda lists: [
            RemoveRow(*row(lists, "d@x")),
            AddRow(lists[0], ("d@x",), sheet="leads.csv"),
            *give("c@x", Member_Status="Open")(lists),
        ],
    )
    assert made.refused == ()
    assert {file.name: file.after.decode() for file in made.files} == {
        "manifest.yaml": HEAD
        + "    from: {csv: leads.csv}\n    records:\n      - {Email: c@x, Member_Status: Open}\n    absent: []\n",
        "leads.csv": "Email,Member_Status\na@x,Sent\nb@x,Sent\nd@x,\n",
    }


def test_a_sheet_in_another_folder_is_found_by_its_name() -> None:
    Path("spring").mkdir()
    Path("spring/leads.csv").write_text("Email,Member_Status\na@x,Sent\n")
    Path("spring/list.yaml").write_text(MANIFEST)
    reading = Reading(KINDS)
    lists = read_manifest(Path("spring/list.yaml"), reading).lists
    (file,) = amend([*give("a@x", Member_Status="Open")(lists)], reading.contents, lists).files
    assert (file.name, file.after) == ("spring/leads.csv", b"Email,Member_Status\na@x,Open\n")


def test_a_row_that_stands_there_already_is_refused() -> None:
    put("Email,Member_Status\na@x,Sent\n")
    assert amended(MANIFEST, add("a@x")).refused


def test_a_row_that_comes_in_by_its_id_gets_a_column_for_it() -> None:
    put('"Email","Member_Status"\ra@x,"Se,nt"\r')

    def ask(lists: Sequence[ManagedList]) -> list[AddRow]:
        return [AddRow(lists[0], ("17",), by_id=True, fields={"Member_Status": "Open"}, sheet="leads.csv")]

    assert after(MANIFEST, ask) == '"Email","Member_Status",id\ra@x,"Se,nt"\r,Open,17\r'


@pytest.mark.parametrize("sheet", ["\n\nEmail,Seats\na@x,1\n", 'Email,Seats\n\n\na@x,"1"\n\n'])
def test_empty_lines_of_a_sheet_stay(sheet: str) -> None:
    put(sheet)
    then = after(MANIFEST, give("a@x", Seats="2"))
    assert then == sheet.replace("1", "2")
