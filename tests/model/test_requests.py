"""Requests: ids in runs that fit Zoho's limits, and waves that send neither more nor fewer changes than was said."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zsync.model.requests import IDS_LENGTH, ROWS, Request, chunks, wave_sizes, waves

ids = st.text("0123456789", min_size=1, max_size=20)


@given(st.lists(ids, max_size=400), st.integers(1, 120), st.integers(20, 2500))
def test_chunks_put_together_are_the_ids_and_each_is_as_full_as_allowed(
    some: list[str], rows: int, length: int
) -> None:
    parts = [list(part) for part in chunks(some, rows=rows, length=length)]
    assert [one for part in parts for one in part] == some
    for part, after in zip(parts, [*parts[1:], None], strict=False):
        assert len(part) <= rows
        assert len(",".join(part)) <= length
        if after is not None:
            assert len(part) == rows or len(",".join([*part, after[0]])) > length


@pytest.mark.parametrize(
    ("some", "rows", "length", "sizes"),
    [
        ([], 5, 20, []),
        (["1" * 30], 5, 20, [1]),
        (["1" * 30, "2" * 30], 5, 20, [1, 1]),
        (["1" * 19] * 6, 9, 59, [3, 3]),
        (["1" * 19] * 6, 9, 58, [2, 2, 2]),
        (["1"] * 6, 3, 99, [3, 3]),
    ],
)
def test_no_run_is_empty_and_each_is_as_long_as_may_be(
    some: list[str], rows: int, length: int, sizes: list[int]
) -> None:
    assert [len(part) for part in chunks(some, rows=rows, length=length)] == sizes


def test_zohos_limits_are_those_of_its_pages() -> None:
    assert (ROWS, IDS_LENGTH) == (100, 2000)
    assert [len(part) for part in chunks(["1"] * 201)] == [100, 100, 1]
    assert [len(part) for part in chunks(["1" * 19] * 100)] == [100]
    assert [len(part) for part in chunks(["1" * 20] * 100)] == [95, 5]


@pytest.mark.parametrize(
    ("changes", "said", "sizes"),
    [
        (300, ["10", "5%", "rest"], (10, 15)),
        (300, ["1%", "100%"], (3, 300)),
        (299, ["1%"], (2,)),
        (3, ["5%", "rest"], (1,)),
        (3, ["rest"], ()),
        (3, ["50"], (50,)),
    ],
)
def test_a_per_cent_is_of_all_changes_and_one_at_least(
    changes: int, said: list[str], sizes: tuple[int, ...]
) -> None:
    assert wave_sizes(changes, said) == sizes


def requests(*sizes: int) -> list[Request]:
    """Requests of so many changes each."""
    starts = [sum(sizes[:at]) for at in range(len(sizes))]
    return [
        Request("PUT", "Campaigns", str(at), "Leads", tuple(range(start, start + size)))
        for at, (start, size) in enumerate(zip(starts, sizes, strict=True))
    ]


def counts(made: Sequence[Sequence[Request]]) -> list[list[tuple[str, int]]]:
    """By wave, the requests' records and how many changes each sends."""
    return [[(one.record_id, len(one.changes)) for one in wave] for wave in made]


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ((), [[("0", 4), ("1", 3)]]),
        ((1,), [[("0", 1)], [("0", 3), ("1", 3)]]),
        ((4,), [[("0", 4)], [("1", 3)]]),
        ((5,), [[("0", 4), ("1", 1)], [("1", 2)]]),
        ((2, 2), [[("0", 2)], [("0", 2)], [("1", 3)]]),
        ((7,), [[("0", 4), ("1", 3)]]),
        ((8, 9), [[("0", 4), ("1", 3)]]),
        ((6, 9), [[("0", 4), ("1", 2)], [("1", 1)]]),
    ],
)
def test_a_wave_ends_inside_of_a_request_where_it_must(
    sizes: tuple[int, ...], expected: list[list[tuple[str, int]]]
) -> None:
    assert counts(waves(requests(4, 3), sizes)) == expected


@given(st.lists(st.integers(1, 100), max_size=8), st.lists(st.integers(1, 150), max_size=5))
def test_waves_send_each_change_once_in_order_and_no_more_than_was_said(
    sizes: list[int], said: list[int]
) -> None:
    made = waves(requests(*sizes), said)
    sent = [[index for one in wave for index in one.changes] for wave in made]
    assert [index for wave in sent for index in wave] == list(range(sum(sizes)))
    assert [len(wave) for wave in sent[: len(said)]] == [
        size for at in range(len(said)) if (size := min(said[at], sum(sizes) - sum(said[:at]))) > 0
    ]
