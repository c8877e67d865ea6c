"""Whatever a manifest looks like: edits change their rows, and not one byte of a line that they are not about."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.edit import by_hand
from tests.edit.amended import moved, read
from tests.laws import tries
from tests.manifest import messy
from zsync.edit.amending import amend
from zsync.edit.edits import AddRow, Edit, RemoveRow, SetFields
from zsync.manifest.context import Reading
from zsync.manifest.load import read_manifest
from zsync.model import ManagedList

VALUES = st.sampled_from(
    [
        "Sent",
        "no",
        "1",
        "a: b # c",
        "it's",
        'so "so"',
        "two\nlines",
        " x",
        "",
        "Ümläut 😀",
        "\x85",
        "a\u2028b",
        "\ufeff",
        "\x1b[31m",
        "\u202e",
        "<<",
        "---",
        "...",
        "=1",
    ]
)


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@st.composite
def edits(draw: Any, lists: tuple[ManagedList, ...]) -> list[Edit]:
    """Some of the rows change or go, and others come in, each once."""
    found: list[Edit] = []
    for managed in lists:
        for row in managed.records:
            what = draw(st.sampled_from(["", "", "set", "remove"]))
            if what == "set":
                found.append(
                    SetFields(managed, row, {"Member_Status": draw(VALUES), "Paid": draw(st.booleans())})
                )
            elif what == "remove":
                found.append(RemoveRow(managed, row))
        for row in managed.absent:
            found += [RemoveRow(managed, row)] if draw(st.booleans()) else []
        for number in range(draw(st.integers(0, 2))):
            found.append(
                AddRow(
                    managed,
                    (f"new {number}",),
                    fields={"Member_Status": draw(VALUES)},
                    absent=draw(st.booleans()),
                )
            )
    return found


def said(lists: tuple[ManagedList, ...]) -> list[dict[Any, Any]]:
    """The rows of each list, without what is empty."""
    return [
        {(part, row.key, row.by_id): {name: (value, type(value)) for name, value in row.fields.items() if value != ""}
         for part in ("records", "absent") for row in getattr(managed, part)}
        for managed in lists
    ]  # fmt: skip


def asked(lists: tuple[ManagedList, ...], done: list[Edit]) -> list[dict[Any, Any]]:
    """What is to be said after the edits."""
    rows = said(lists)
    for edit in done:
        at = next(number for number, managed in enumerate(lists) if managed is edit.managed)  # type: ignore[union-attr]
        if isinstance(edit, AddRow):
            fields = {} if edit.absent else edit.fields
            rows[at]["absent" if edit.absent else "records", edit.key, False] = typed(fields)
        elif isinstance(edit, RemoveRow):
            for part in ("records", "absent"):
                rows[at].pop((part, edit.row.key, edit.row.by_id), None)
        elif isinstance(edit, SetFields):
            row = rows[at]["records", edit.row.key, edit.row.by_id]
            rows[at]["records", edit.row.key, edit.row.by_id] = typed(
                {**{name: value for name, (value, _) in row.items()}, **edit.fields}
            )
    return rows


def typed(fields: Any) -> dict[str, Any]:
    return {name: (value, type(value)) for name, value in fields.items() if value not in ("", None)}


def untouched(file: by_hand.ByHand, lists: Sequence[ManagedList], done: Sequence[Edit]) -> list[bytes]:
    """The lines that no edit is about: those of other rows, without those to which an anchor moves, and those of no row."""
    rows = {
        (lists.index(edit.managed), edit.row.key[0][0])
        for edit in done
        if isinstance(edit, SetFields | RemoveRow)
    }
    added = {lists.index(edit.managed) for edit in done if isinstance(edit, AddRow)}
    edited = {(number, "*") for number in {each for each, _ in rows} | added}
    anchors = {
        (line.row[0], line.anchor) for line in file.lines if line.row in rows and line.anchor and line.row
    }
    kept = [
        line.text.encode()
        for line in file.lines
        if line.row not in rows | edited
        and not (line.row and (line.row[0], line.anchor) in anchors)
        and not line.text.lstrip().startswith(("records", "absent"))
        and "old@x" not in line.text
    ]
    return [line for line in kept if line.endswith(b"\n")]


def in_order(lines: Sequence[bytes], text: bytes) -> bool:
    """Whether all of the lines are in the text, byte for byte and in this order."""
    there = iter(text.removeprefix("\ufeff".encode()).splitlines(keepends=True))
    return all(line in there for line in lines)


@tries(60, shared=True)
@given(st.data())
def test_a_file_that_was_written_by_hand_keeps_every_line_that_no_edit_is_about(data: st.DataObject) -> None:
    file = data.draw(by_hand.files())
    reading, lists = read(file.text)
    wanted = data.draw(edits(tuple(lists)))
    made = amend(wanted, reading.contents, lists, messy.KINDS)
    refused = {id(each.edit) for each in made.refused}
    done = [edit for edit in wanted if id(edit) not in refused]
    after = made.files[0].after if made.files else reading.contents["manifest.yaml"]
    assert in_order(untouched(file, lists, done), after)
    assert after.startswith(file.mark.encode())
    Path("manifest.yaml").write_bytes(after)
    assert said(read_manifest(Path("manifest.yaml"), Reading(messy.KINDS)).lists) == asked(tuple(lists), done)
    known = ("would fill it", "would be lost", "is the alias")
    assert all(any(word in each.reason for word in known) for each in made.refused)


@tries(40, shared=True)
@given(st.data())
def test_edits_do_what_they_say_and_nothing_else(data: st.DataObject) -> None:
    text = data.draw(messy.manifests() | messy.lists())
    reading, lists = read(text)
    if any(each.severity == "error" for each in reading.findings):
        return
    wanted = data.draw(edits(tuple(lists)))
    made = amend(wanted, reading.contents, lists, messy.KINDS)
    refused = {id(each.edit) for each in made.refused}
    done = [edit for edit in wanted if id(edit) not in refused]
    after = made.files[0].after if made.files else reading.contents["manifest.yaml"]
    Path("manifest.yaml").write_bytes(after)
    assert said(read_manifest(Path("manifest.yaml"), Reading(messy.KINDS)).lists) == asked(tuple(lists), done)
    # Nothing but rows, their comments, and the keys of lists that they empty or begin, is ever touched.
    others = (b"version", b"module", b"key:", b"prune")
    lines = text.encode().splitlines(keepends=True)
    assert in_order([line for line in lines if line.lstrip().startswith(others)], after)
    known = ("would fill it", "allow_empty", "would be lost")
    assert all(any(word in each.reason for word in known) for each in made.refused)


@tries(20, shared=True)
@given(messy.manifests())
def test_no_edits_change_no_byte(text: str) -> None:
    reading, lists = read(text)
    assert amend([], reading.contents, lists, messy.KINDS).files == ()


@tries(40, shared=True)
@given(st.data())
def test_one_new_value_of_one_row_keeps_every_other_line(data: st.DataObject) -> None:
    text = data.draw(messy.lists())
    reading, lists = read(text)
    managed = lists[0]
    row = data.draw(st.sampled_from(managed.records))
    made = amend(
        [SetFields(managed, row, {"Member_Status": "Opted Out"})], reading.contents, lists, messy.KINDS
    )
    assert made.refused == ()
    gone, new = moved(text, made.files[0].after)
    assert (len(gone), len(new)) == (1, 1)
    assert text.encode().splitlines(keepends=True)[row.line - 1] == gone[0]
