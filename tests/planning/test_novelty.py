"""Values that nobody has used before in a list."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from tests.worlds import MEMBERS, managed
from zsync.kinds import FieldType
from zsync.planning.deciding import list_changes
from zsync.planning.join import ListRow, join
from zsync.planning.reading import ListRead
from zsync.planning.resolver import Resolved
from zsync.planning.scopes import scopes_of


def news(
    wanted: dict[str, str],
    rows: Sequence[ListRow],
    *,
    whole: bool = True,
    fields: Mapping[str, FieldType] = MEMBERS.fields,
) -> dict[str, tuple[str, ...]]:
    """The new values of the changes of a list, by record."""
    listed = managed("Campaigns", "501", wanted, prune=False, line=1)
    scopes, _ = scopes_of([replace(listed, kind=replace(listed.kind, fields=fields))], Resolved({}))
    (scope,) = scopes.values()
    read = ListRead(scope, "Leads", join(scope, rows), whole)
    return {change.related_record_id: change.new_values for change in list_changes(read)}


def held(count: int, *statuses: str) -> list[ListRow]:
    """So many rows with these statuses in turn."""
    return [{"id": str(1000 + n), "Member_Status": statuses[n % len(statuses)]} for n in range(count)]


STATUS = ("Member_Status",)


@pytest.mark.parametrize(("count", "new"), [(19, ()), (20, STATUS), (300, STATUS)])
def test_a_value_is_new_to_a_list_of_twenty_rows_or_more(count: int, new: tuple[str, ...]) -> None:
    rows = held(count, "Planned", "Sent")
    assert news({"1000": "Atended", "2000": "Atended", "2001": "Sent"}, rows) == {
        "1000": new,
        "2000": new,
        "2001": (),
    }


def test_a_value_is_known_whoever_holds_it() -> None:
    unmanaged = held(20, "Planned")
    assert news({"2000": "Planned"}, unmanaged) == {"2000": ()}
    moving = [*unmanaged, {"id": "5", "Member_Status": "Bounced"}]
    assert news({"5": "Sent", "2000": "Bounced"}, moving) == {"5": STATUS, "2000": ()}
    agreed = {str(1000 + n): "Planned" for n in range(20)}
    assert news({**agreed, "2000": "Planned"}, unmanaged) == {"2000": ()}


def test_what_a_list_that_was_not_read_whole_holds_is_not_guessed() -> None:
    assert news({"2000": "Atended"}, held(40, "Planned"), whole=False) == {"2000": ()}


def test_a_field_whose_values_mostly_occur_once_has_no_new_ones() -> None:
    rows = [{"id": str(1000 + n), "Member_Status": f"Seat {n}"} for n in range(40)]
    assert news({"2000": "Seat 41"}, rows) == {"2000": ()}
    rows = [{"id": str(1000 + n), "Member_Status": f"Seat {n}"} for n in range(900)]
    assert news({"2000": "Seat 901"}, rows) == {"2000": ()}


@pytest.mark.parametrize(("values", "new"), [(10, STATUS), (11, ())])
def test_a_field_has_new_values_where_each_of_its_values_occurs_twice(
    values: int, new: tuple[str, ...]
) -> None:
    rows = held(20, *(f"s{n}" for n in range(values)))
    assert news({"2000": "Atended"}, rows) == {"2000": new}


def test_rows_without_a_value_make_none_new() -> None:
    assert news({"2000": "Sent"}, held(40, "")) == {"2000": ()}


def test_numbers_of_rows_that_move_are_no_values() -> None:
    rows = [*held(40, "Planned"), *({"id": str(2000 + n), "Member_Status": n} for n in range(40))]
    told = news({str(2000 + n): "Atended" for n in range(40)}, rows, fields={"Member_Status": "any"})
    assert {*told.values()} == {STATUS}


def test_a_number_is_never_a_new_value() -> None:
    listed = managed("Campaigns", "501", {"2000": "x"}, prune=False, line=1)
    priced = replace(
        listed,
        kind=replace(listed.kind, fields={"Member_Status": "any"}),
        records=tuple(row._replace(fields={"Member_Status": 9}) for row in listed.records),
    )
    scopes, _ = scopes_of([priced], Resolved({}))
    (scope,) = scopes.values()
    read = ListRead(scope, "Leads", join(scope, held(40, "Planned")), True)
    assert [change.new_values for change in list_changes(read)] == [()]
