"""The join of a list as a law, without a server: what differs, and nothing else, wherever the rows are cut."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.worlds import MEMBERS
from zsync.kinds import KINDS, Kind
from zsync.model import Fields, Key, ManagedList, Parent, Row, Span
from zsync.model.fields import relation_fields
from zsync.planning.deciding import list_changes
from zsync.planning.join import VARIED, Joined, Joining, join
from zsync.planning.reading import ListRead
from zsync.planning.scopes import Desired, Scope

PLACE = Span("spring.yaml", 1, 1)
SEATED = Kind("Campaigns", "Leads", {"Member_Status": "text", "Seats": "number"})
IDS = tuple(str(n) for n in range(301, 309))

fields = st.fixed_dictionaries(
    {}, optional={"Member_Status": st.sampled_from(["Sent", "Planned"]), "Seats": st.integers(0, 2)}
)
wishes = st.dictionaries(st.sampled_from(IDS), st.none() | fields, max_size=6)
states = st.dictionaries(st.sampled_from(IDS), fields, max_size=6)


def scope(
    wished: Mapping[str, Fields | None],
    *,
    prune: bool = False,
    mirrored: frozenset[str] = frozenset(),
    kind: Kind = SEATED,
) -> Scope:
    """What is desired of a campaign's leads, each a row of its own line; None for absent."""
    managed = ManagedList(Parent("Campaigns", PLACE, id="501"), "Leads", kind, PLACE)
    relations = {
        lead: Desired(said, managed, Row((lead,), by_id=True, fields={}, line=n, column=9))
        for n, (lead, said) in enumerate(wished.items(), 2)
    }
    pruned = PLACE if prune else None
    return Scope(kind, "Campaigns", "501", Key((), ("501",)), 0, PLACE, relations, (), pruned, mirrored)


def rows_of(state: Mapping[str, Fields]) -> list[dict[str, Any]]:
    """The rows that a list in this state is read as, every second with its fields as Zoho nests them."""
    return [
        {"id": lead, **held} if int(lead) % 2 else {"id": lead, "$member_info": dict(held)}
        for lead, held in state.items()
    ]


def after(state: Mapping[str, Fields], of: Scope, joined: Joined) -> Mapping[str, Fields]:
    """The state once the changes of a join were carried out."""
    end = {lead: dict(held) for lead, held in state.items()}
    for change in list_changes(ListRead(of, "Leads", joined, whole=True)):
        assert (change.before is None) == (change.related_record_id not in end)
        if change.after is None:
            del end[change.related_record_id]
        else:
            end.setdefault(change.related_record_id, {}).update(change.after)
    return end


@given(states, wishes, st.booleans(), st.frozensets(st.sampled_from(IDS)))
def test_the_changes_of_a_join_lead_to_what_is_desired_and_then_there_are_none(
    state: dict[str, Fields], wished: dict[str, Fields | None], prune: bool, others: frozenset[str]
) -> None:
    of = scope(wished, prune=prune, mirrored=others - wished.keys())
    end = after(state, of, join(of, rows_of(state)))
    kept = {lead: held for lead, held in state.items() if not prune or lead in others}
    for lead, said in wished.items():
        if said is None:
            kept.pop(lead, None)
        else:
            kept[lead] = {**state.get(lead, {}), **said}
    assert end == kept
    again = join(of, rows_of(end))
    assert (again.differing, again.missing, again.surplus) == ((), {}, ())


@given(states, wishes, st.booleans(), st.frozensets(st.sampled_from(IDS)))
def test_everything_desired_and_every_row_is_in_exactly_one_place(
    state: dict[str, Fields], wished: dict[str, Fields | None], prune: bool, others: frozenset[str]
) -> None:
    of = scope(wished, prune=prune, mirrored=others - wished.keys())
    joined = join(of, rows_of(state))
    gone = {lead for lead, said in wished.items() if said is None and lead not in state}
    assert joined.unchanged + len(joined.differing) + len(joined.missing) + len(gone) == len(wished)
    assert joined.missing.keys() == {lead for lead in wished if lead not in state} - gone
    elsewhere = state.keys() & of.mirrored
    assert (
        joined.unchanged + len(joined.differing) + joined.unmanaged + len(elsewhere)
        == joined.size
        == len(state)
    )
    assert len(joined.surplus) == (joined.unmanaged if prune else 0)


@given(states, wishes, st.booleans(), st.data())
def test_rows_may_come_in_any_portions_and_any_of_them_twice(
    state: dict[str, Fields], wished: dict[str, Fields | None], prune: bool, data: st.DataObject
) -> None:
    of, rows = scope(wished, prune=prune), rows_of(state)
    joining, given_so_far = Joining(of), 0
    while given_so_far < len(rows):
        upto = data.draw(st.integers(given_so_far + 1, len(rows)))
        repeated: Sequence[dict[str, Any]] = data.draw(st.lists(st.sampled_from(rows[:upto])))
        joining.take([*rows[given_so_far:upto], *repeated])
        given_so_far = upto
    assert joining.result() == join(of, rows)


@given(states, wishes)
def test_a_join_changes_nothing_that_it_is_given(
    state: dict[str, Fields], wished: dict[str, Fields | None]
) -> None:
    of, rows = scope(wished, prune=True), rows_of(state)
    before = (dict(of.relations), [dict(row) for row in rows])
    assert join(of, rows) == join(of, rows)
    assert (dict(of.relations), rows) == before


def test_a_desired_record_that_comes_twice_is_never_surplus() -> None:
    of = scope({"301": {"Member_Status": "Sent"}}, prune=True, kind=MEMBERS)
    row = {"id": "301", "Member_Status": "Sent"}
    joined = join(of, [row, row, {"id": "302"}, {"id": "302"}])
    assert (joined.unchanged, joined.size, joined.surplus) == (1, 2, ({"id": "302"},))


def test_each_row_that_says_the_same_in_other_words_is_unchanged() -> None:
    of = scope({"301": {"Seats": 2}, "302": {"Seats": 2}, "303": {"Seats": 2}})
    joined = join(of, [{"id": lead, "Seats": "2"} for lead in ("301", "302", "303")])
    assert (joined.unchanged, joined.differing) == (3, ())


def test_what_the_other_side_answers_for_is_neither_unmanaged_nor_surplus() -> None:
    joined = join(scope({}, prune=True, mirrored=frozenset({"301"})), [{"id": "301"}, {"id": "302"}])
    assert (joined.unmanaged, joined.size, [row["id"] for row in joined.surplus]) == (1, 2, ["302"])


def test_a_field_counts_as_read_though_the_only_row_that_has_it_is_not_asked_for_it() -> None:
    of = scope({"301": {}, "302": {"Member_Status": "Sent"}}, kind=MEMBERS)
    joined = join(of, [{"id": "301", "Member_Status": "Sent"}])
    assert joined.unread == frozenset()
    assert list(joined.missing) == ["302"]


def test_fields_that_no_row_carries_are_unread_and_of_an_empty_list_nothing_is_said() -> None:
    of = scope({"301": {"Member_Status": "Sent"}})
    assert join(of, [{"id": "301", "Seats": None}]).unread == {"Member_Status"}
    assert join(of, []).unread == frozenset()


def test_an_update_has_the_old_value_of_each_field_that_it_sets_and_of_no_other() -> None:
    of = scope({"301": {"Member_Status": "Sent"}})
    joined = join(of, [{"id": "301", "Member_Status": "Planned", "Seats": 2}])
    (change,) = list_changes(ListRead(of, "Leads", joined, whole=True))
    assert (change.before, change.after) == ({"Member_Status": "Planned"}, {"Member_Status": "Sent"})
    assert change.carried == joined.differing[0].carried == {"Seats": 2}


def test_a_record_of_a_pruned_list_is_known_by_the_lists_key_else_by_its_name_else_by_its_id() -> None:
    row = {"id": "302", "Email": "bo@acme.example", "Full_Name": {"name": "Bo", "id": "9"}}
    for keys, shown, known in (
        (("Email",), row, {"Email": "bo@acme.example"}),
        ((), row, {"Full_Name": "Bo"}),
        (("Email",), {"id": "302", "Email": None}, {}),
    ):
        of = replace(scope({}, prune=True), keys=keys)
        (change,) = list_changes(ListRead(of, "Leads", join(of, [shown]), whole=True))
        assert (change.action, change.key, change.source) == ("delete", known, PLACE)
        assert change.label == ", ".join(known.values() or ["302"])


@given(states)
def test_relations_without_fields_are_joined_by_their_ids_alone(state: dict[str, Fields]) -> None:
    bare = next(kind for kind in KINDS if not kind.fields)
    joined = join(scope({lead: {} for lead in IDS}, kind=bare), [{"id": lead} for lead in state])
    assert (joined.unchanged, joined.differing, joined.unread) == (len(state), (), frozenset())
    assert relation_fields({"id": "1", "Seats": 2}, bare.fields) == {}


def test_a_row_that_goes_is_about_zohos_own_fields_and_those_that_a_row_named() -> None:
    gone = scope({"301": None, "302": None})
    row = {"id": "301", "Member_Status": "Sent", "Seats": 2}
    (first,) = join(gone, [row]).differing
    assert (first.current, first.carried) == ({"Member_Status": "Sent"}, {"Seats": 2})
    once = gone.relations["302"]
    named = once._replace(row=once.row._replace(fields={"Seats": 1}))
    (second,) = join(replace(gone, relations={**gone.relations, "302": named}), [row]).differing
    assert (second.current, second.carried) == ({"Member_Status": "Sent", "Seats": 2}, {})


def test_what_a_row_shows_and_no_kind_declares_is_carried_though_all_declared_fields_are_set() -> None:
    of = scope({"301": {"Member_Status": "Sent"}}, kind=MEMBERS)
    shown = {"Member_Status": "Planned", "Hall": "B", "id": "1", "Owner": None}
    joined = join(of, [{"id": "301", "$member_info": shown}])
    (one,) = joined.differing
    assert joined.undeclared == {"Hall"}
    assert (one.current, one.carried) == ({"Member_Status": "Planned"}, {"Hall": "B"})


def test_the_texts_of_unmanaged_rows_are_known_up_to_so_many() -> None:
    def held(number: int) -> Mapping[str, frozenset[str]]:
        rows = [{"id": str(each), "Member_Status": f"s{each}", "Seats": each} for each in range(number)]
        return join(scope({}), [*rows, {"id": "x", "Member_Status": ""}]).values

    assert len(held(VARIED)["Member_Status"]) == VARIED
    assert held(VARIED + 1) == held(VARIED + 9) == {"Seats": frozenset()}
    assert held(2) == {"Member_Status": {"s0", "s1"}, "Seats": frozenset()}
