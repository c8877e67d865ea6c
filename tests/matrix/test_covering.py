"""The part of the matrix that is tried before every merge has every pair that the whole has, and is far smaller."""

from itertools import combinations, product

from tests.matrix.covering import covering
from tests.matrix.faults import axes, cases


def test_any_two_values_of_the_matrix_meet_in_the_part() -> None:
    whole = [axes(case) for case in cases()]
    part = covering(whole)
    for one, other in combinations(range(len(whole[0])), 2):
        assert {(case[one], case[other]) for case in part} == {(case[one], case[other]) for case in whole}
    assert (set(part) <= set(whole), len(part) * 6 < len(whole)) == (True, True)


def test_the_part_is_the_same_every_time() -> None:
    cube = list(product("abc", (1, 2, 3), "xyz"))
    assert covering(cube) == covering(cube)
    assert len(covering(cube)) <= 12
