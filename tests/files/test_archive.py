"""One file out of an archive that somebody else packed."""

import io
import stat
import struct
import zipfile
import zlib
from pathlib import Path

import pytest

from zsync.bounds import ARCHIVE, MEMBERS, TABLE
from zsync.errors import PlanRefused
from zsync.files.archive import extract

Members = list[tuple[str | zipfile.ZipInfo, bytes]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the file is to go, and nothing else."""
    made = tmp_path / "into"
    made.mkdir()
    return made


def packed(folder: Path, members: Members) -> Path:
    """An archive of these members, in this order."""
    place = folder.parent / "archive.zip"
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return place


def member(name: str, kind: int) -> zipfile.ZipInfo:
    """A member of a kind: a link, a pipe."""
    made = zipfile.ZipInfo(name)
    made.external_attr = (kind | 0o644) << 16
    return made


def test_a_file_is_unpacked_for_its_owner_alone(folder: Path) -> None:
    place = packed(folder, [("plan.md", b"x"), ("plan.json", b"{}")])
    assert extract(place, "plan.json", folder / "plan.json")
    assert (folder / "plan.json").read_bytes() == b"{}"
    assert stat.S_IMODE((folder / "plan.json").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "name", ["../plan.json", "/plan.json", "a/plan.json", "PLAN.JSON", "plan.json/", "plan.json\x00x"]
)
def test_no_other_name_counts_and_nothing_else_is_unpacked(folder: Path, name: str) -> None:
    place = packed(folder, [(name, b"evil")])
    try:
        found = extract(place, "plan.json", folder / "plan.json")
    except PlanRefused:
        found = False
    names = {one.name for one in folder.parent.rglob("*")}
    # zipfile itself ends a name at a NUL: that is the one file that may be unpacked.
    assert found is ("\x00" in name)
    assert names == {"into", "archive.zip", *(["plan.json"] if found else [])}


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFDIR])
def test_a_member_that_is_no_file_is_refused(folder: Path, kind: int) -> None:
    place = packed(folder, [(member("plan.json", kind), b"/etc/passwd")])
    with pytest.raises(PlanRefused, match="no single file"):
        extract(place, "plan.json", folder / "plan.json")
    assert list(folder.iterdir()) == []


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_is_there_twice_is_refused(folder: Path) -> None:
    place = packed(folder, [("plan.json", b"1"), ("plan.json", b"2")])
    with pytest.raises(PlanRefused, match="no single file"):
        extract(place, "plan.json", folder / "plan.json")


@pytest.mark.parametrize("beyond", [0, 1])
def test_a_file_is_as_large_as_the_limit_and_no_larger(folder: Path, beyond: int) -> None:
    most = ARCHIVE._replace(most=5_000_000)
    place = packed(folder, [("plan.json", b"\0" * (most.most + beyond))])
    if beyond:
        with pytest.raises(PlanRefused, match="more than 5,000,000 bytes"):
            extract(place, "plan.json", folder / "plan.json", most)
        assert not (folder / "plan.json").exists()
    else:
        assert extract(place, "plan.json", folder / "plan.json", most)
        assert (folder / "plan.json").stat().st_size == most.most


@pytest.mark.parametrize("beyond", [0, 1])
def test_an_archive_has_as_many_files_as_the_limit_and_no_more(folder: Path, beyond: int) -> None:
    names: Members = [(f"{number}", b"") for number in range(MEMBERS.most - 1 + beyond)]
    place = packed(folder, [*names, ("plan.json", b"{}")])
    if beyond:
        with pytest.raises(PlanRefused, match="10,001 files"):
            extract(place, "plan.json", folder / "plan.json")
    else:
        assert extract(place, "plan.json", folder / "plan.json")


def test_what_is_there_already_is_not_written_over(folder: Path) -> None:
    (folder / "target").write_text("kept")
    (folder / "plan.json").symlink_to(folder / "target")
    with pytest.raises(PlanRefused):
        extract(packed(folder, [("plan.json", b"{}")]), "plan.json", folder / "plan.json")
    assert (folder / "target").read_text() == "kept"


def broken() -> list[bytes]:
    """What is no archive, in several ways."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("plan.json", b"0123456789" * 100)
    whole = buffer.getvalue()
    at = whole.index(zlib.compress(b"0123456789" * 100, wbits=-15)[:8])
    return [b"", b"PK\x03\x04", whole[:-30], whole[:at] + b"\xff" * 12 + whole[at + 12 :], b"\0" * 10_000]


@pytest.mark.parametrize("content", broken(), ids=range(5))
def test_what_is_no_archive_is_refused(folder: Path, content: bytes) -> None:
    place = folder.parent / "archive.zip"
    place.write_bytes(content)
    with pytest.raises(PlanRefused, match=r"the archive cannot be read: (BadZipFile|error)$"):
        extract(place, "plan.json", folder / "plan.json")
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("comment", [b"", b"a comment"])
@pytest.mark.parametrize("beyond", [0, 1])
def test_a_table_of_files_is_as_long_as_the_limit_and_no_longer(
    folder: Path, monkeypatch: pytest.MonkeyPatch, comment: bytes, beyond: int
) -> None:
    members: Members = [(f"{number}.txt", b"") for number in range(9)]
    place = packed(folder, [*members, ("plan.json", b"{}")])
    with zipfile.ZipFile(place, "a") as archive:
        archive.comment = comment
    table = sum(46 + len(name) for name in zipfile.ZipFile(place).namelist())
    monkeypatch.setattr("zsync.files.archive.TABLE", TABLE._replace(most=table - beyond))
    if beyond:
        with pytest.raises(PlanRefused, match="table of files has more than"):
            extract(place, "plan.json", folder / "plan.json")
        assert list(folder.iterdir()) == []
    else:
        assert extract(place, "plan.json", folder / "plan.json")


def ending(table: int, offset: bytes = bytes(4), comment: bytes = b"") -> bytes:
    """The end of an archive whose table of files has so many bytes, as its packer says."""
    counted = struct.pack("<4HL", 0, 0, 1, 1, table)
    return b"PK\5\6" + counted + offset + struct.pack("<H", len(comment)) + comment


LONG = TABLE.most + 1


@pytest.mark.parametrize(
    "content",
    [
        ending(LONG),
        b"." + ending(LONG, b"PK\5\6"),
        b"PK\5\6" + bytes(30) + ending(LONG, comment=b"a comment"),
        b"." + ending(LONG, comment=bytes(30)),
    ],
    ids=["nothing else", "an end within the end", "an end before the end", "a comment of zeros"],
)
def test_no_forged_end_hides_a_table_that_is_too_long(folder: Path, content: bytes) -> None:
    place = folder.parent / "archive.zip"
    place.write_bytes(content)
    with pytest.raises(PlanRefused, match="table of files has more than"):
        extract(place, "plan.json", folder / "plan.json")
