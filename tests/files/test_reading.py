"""What strangers send: read exactly within the limits, refused at once beyond them."""

import errno
import json
import os
import stat
import tracemalloc
from contextlib import chdir
from decimal import Decimal
from pathlib import Path
from socket import AF_UNIX, socket
from typing import Any

import pytest
import simplejson
from hypothesis import given
from hypothesis import strategies as st

from zsync.bounds import DEPTH, MAGNITUDE, NUMBER, STATE, Bound
from zsync.files.reading import Unreadable, leaves_repository, read_bytes, read_json, size

SMALL = Bound(8, "bytes", "", "")

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**60), 10**60) | st.text('[]{}",:\\ a\n'),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text('[]{}"\\'), inner, max_size=3),
)


@given(values, st.booleans())
def test_json_is_read_as_it_was_written(value: Any, ascii_only: bool) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only)
    assert read_json(text) == read_json(text.encode()) == value


@given(st.text('[]{}",:\\ 1e.-+tn'))
def test_no_text_does_more_than_to_be_refused(text: str) -> None:
    try:
        expected = simplejson.loads(text, use_decimal=True)
    except ValueError:
        with pytest.raises(Unreadable):
            read_json(text)
    else:
        assert read_json(text) == expected


@pytest.mark.parametrize(("opens", "closes"), [("[", "]"), ('{"a":', "}"), ('[{"]":', "}]")])
def test_nesting_is_read_down_to_the_limit(opens: str, closes: str) -> None:
    levels = DEPTH.most // len(closes)
    assert read_json(opens * levels + "1" + closes * levels)
    with pytest.raises(Unreadable, match=f"more than {DEPTH.most} lists or objects inside one another"):
        read_json(opens * (levels + 1) + "1" + closes * (levels + 1))


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "[" * 100_000 + "]" * 100_000])
def test_a_hundred_thousand_levels_are_refused_before_anything_is_built(text: str) -> None:
    with pytest.raises(Unreadable):
        read_json(text)


def test_brackets_in_texts_are_no_levels() -> None:
    assert read_json(json.dumps(["\\", "[" * 500])) == ["\\", "[" * 500]
    value = ["[" * 500, '"' + "{" * 500, "\\" + "[" * 500, {"[" * 500 + '\\"': "]"}]
    assert read_json(json.dumps(value)) == value


def test_rows_beside_one_another_are_no_levels() -> None:
    value = {"data": [{"id": str(number), "of": {"of": []}} for number in range(1000)]}
    assert read_json(json.dumps(value)) == value


@pytest.mark.parametrize(
    "text", ["49.90", "-0.1", "12345678901234567890.123456789", "1E+2", f"1e{MAGNITUDE.most}"]
)
def test_numbers_stay_as_they_are_written(text: str) -> None:
    assert str(read_json(text)) == str(Decimal(text))


@pytest.mark.parametrize(
    "number",
    [
        "1e99999999999999999999999",
        "1e500000000",
        "-1e-500000000",
        f"1e{MAGNITUDE.most + 1}",
        f"1e-{MAGNITUDE.most + 1}",
        "9" * (NUMBER.most + 1),
        "0." + "1" * (NUMBER.most - 1),
        "NaN",
        "Infinity",
        "-Infinity",
    ],
)
@pytest.mark.parametrize("around", ["{}", "[{}]", '{{"count":{}}}'])
def test_numbers_that_no_crm_holds_are_refused(number: str, around: str) -> None:
    with pytest.raises(Unreadable):
        read_json(around.format(number))


@pytest.mark.parametrize(
    ("number", "told"),
    [("1e500000000", "the number 1e500000000 is too large or too small"), ("NaN", "NaN is not a number")],
)
def test_a_number_that_is_refused_is_told(number: str, told: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read_json(number)
    assert str(caught.value) == told


def test_the_longest_number_is_read() -> None:
    assert read_json("9" * NUMBER.most) == int("9" * NUMBER.most)
    assert read_json("0." + "1" * (NUMBER.most - 2)) == Decimal("0." + "1" * (NUMBER.most - 2))


def test_ten_million_digits_cost_no_more_than_their_reading() -> None:
    with pytest.raises(Unreadable, match="a number of 10,000,000 characters"):
        read_json("9" * 10_000_000)


def test_the_last_of_two_equal_keys_counts() -> None:
    assert read_json('{"a": 1, "a": 2}') == {"a": 2}


@pytest.mark.parametrize("content", [b"\xff\xfe{}", b'"\xc3"', b"", "", "\0", "{'a': 1}"])
def test_bytes_that_are_no_json_are_refused_in_one_line(content: bytes | str) -> None:
    with pytest.raises(Unreadable) as caught:
        read_json(content)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b'"\xc3"', "it is not UTF-8 text"),
        ("[1", "Expecting ',' delimiter or ']': line 1 column 3 (char 2)"),
        ("[" * DEPTH.most, f"line 1 column {DEPTH.most + 1}"),
    ],
)
def test_what_is_no_json_is_told_with_the_place(content: bytes | str, told: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read_json(content)
    assert told in str(caught.value)


def test_half_a_character_is_read() -> None:
    assert read_json('"\\ud83d"') == "\ud83d"
    assert read_json('"\ud83d"') == "\ud83d"


@pytest.mark.parametrize("length", [0, 7, 8])
def test_a_file_within_the_limit_is_read_whole(tmp_path: Path, length: int) -> None:
    (tmp_path / "f").write_bytes(b"\r\n" * 4)
    os.truncate(tmp_path / "f", length)
    assert read_bytes(tmp_path / "f", SMALL) == (b"\r\n" * 4)[:length]


def test_a_file_beyond_the_limit_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"123456789")
    with pytest.raises(OSError, match="f") as caught:
        read_bytes(tmp_path / "f", SMALL)
    assert caught.value.strerror == "it is larger than 8 bytes"


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="the kernel of Linux makes such files")
def test_a_file_that_says_no_size_is_not_read_beyond_the_limit() -> None:
    path = Path("/proc/self/maps")
    assert path.stat().st_size == 0
    assert _why(path, SMALL) == "it is larger than 8 bytes"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names")
def test_what_is_no_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    with socket(AF_UNIX) as bound, chdir(tmp_path):
        bound.bind("socket")  # by a short name: a socket's may have some 100 bytes
    assert _why(tmp_path / "pipe") == "it is a pipe, not a file"
    assert _why(tmp_path / "socket") == "it is a socket, not a file"
    assert _why(tmp_path / "loop") == os.strerror(errno.ELOOP)
    assert _why(tmp_path) == "it is a folder"
    assert _why(Path("/dev/zero")) == "it is a device, not a file"


def _why(path: Path, most: Bound = STATE) -> str | None:
    with pytest.raises(OSError, match=path.name) as caught:
        read_bytes(path, most)
    assert str(caught.value.filename) == str(path)
    return caught.value.strerror


def _peak(path: Path, most: Bound) -> int:
    """How many bytes of memory it takes to refuse a file."""
    tracemalloc.start()
    try:
        assert _why(path, most) == f"it is larger than {size(most.most)}"
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_file_beyond_a_large_limit_takes_no_memory(tmp_path: Path) -> None:
    (tmp_path / "f").touch()
    os.truncate(tmp_path / "f", 2**23)
    assert _peak(tmp_path / "f", Bound(2**22, "bytes", "", "")) < 2**20


def test_of_a_file_that_grows_meanwhile_no_more_is_read_than_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "f").touch()
    os.truncate(tmp_path / "f", 2**23)
    told, size_at = os.stat(tmp_path / "f"), 6  # noqa: PTH116  as `os.fstat` tells it
    small = os.stat_result([*told[:size_at], 0, *told[size_at + 1 :]])
    real = os.fstat
    monkeypatch.setattr(
        os, "fstat", lambda opened: small if stat.S_ISREG(real(opened).st_mode) else real(opened)
    )
    assert _peak(tmp_path / "f", SMALL) < 2**20


@pytest.mark.skipif(os.name == "nt", reason="there are no sockets with names")
def test_a_socket_is_told_from_what_answers_as_it_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with socket(AF_UNIX) as bound:
        bound.bind("s")
        with pytest.raises(OSError, match="'s'") as caught:
            read_bytes(Path("s"), SMALL)
        assert (caught.value.errno, caught.value.strerror) == (0, "it is a socket, not a file")

        def denied(*_: object) -> int:
            raise PermissionError(errno.EACCES, "Permission denied", "s")

        monkeypatch.setattr(os, "open", denied)
        assert _why(Path("s")) == "Permission denied"


def test_an_error_of_ours_has_no_number_of_the_systems(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"123456789")
    for path in (tmp_path, tmp_path / "f"):
        with pytest.raises(OSError, match=path.name) as caught:
            read_bytes(path, SMALL)
        assert caught.value.errno == 0


def test_sizes_are_told_in_words() -> None:
    assert [size(8), size(2**20), size(2**30)] == ["8 bytes", "1 MiB", "1,024 MiB"]


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository beside a file that is none of its own."""
    (tmp_path / "repo" / ".git").mkdir(parents=True)
    (tmp_path / "repo" / "relations").mkdir()
    (tmp_path / "repo-2").write_text("secret")
    monkeypatch.chdir(tmp_path / "repo")
    return tmp_path / "repo"


@pytest.mark.parametrize(
    ("leads_to", "out"),
    [
        ("a.yaml", False),
        ("../a.yaml", False),
        (".", False),
        ("../../repo-2", True),
        ("/etc/passwd", True),
        ("../../repo/a.yaml", False),
        ("link.yaml", False),
        ("gone.yaml", False),
    ],
)
def test_a_link_may_lead_anywhere_in_the_repository(repository: Path, leads_to: str, out: bool) -> None:
    link = repository / "relations" / "link.yaml"
    link.symlink_to(leads_to)
    assert leaves_repository(link, link.parent) is out
    assert leaves_repository(Path("relations/link.yaml"), Path("relations")) is out


@pytest.mark.parametrize("place", [".", "repo/relations"])
def test_the_repository_is_the_borders_wherever_one_stands(
    repository: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    monkeypatch.chdir(repository.parent / place)
    relations = repository / "relations"
    assert leaves_repository(relations / "../../repo-2", relations)
    assert not leaves_repository(relations / "../a.yaml", relations)


def test_a_linked_folder_that_leaves_the_repository_takes_its_files_along(repository: Path) -> None:
    (repository / "linked").symlink_to(repository.parent)
    assert leaves_repository(Path("linked/repo-2"), Path("linked"))


def test_without_a_repository_the_current_folder_is_the_border(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here" / "deep").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "here")
    assert not leaves_repository(Path("deep/../a.yaml"), Path("deep"))
    assert leaves_repository(Path("deep/../../a.yaml"), Path("deep"))
    assert leaves_repository(Path("../a.yaml"), Path())
    assert not leaves_repository(tmp_path / "there" / "a.yaml", tmp_path / "there")
