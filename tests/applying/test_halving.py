"""One bad row among many: what is sent of a batch that the CRM refuses as a whole, how often, and what becomes of each row."""

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.applying.noted import Noted
from tests.applying.test_applier import LIST, at_once, change, org, plan, run, statuses
from tests.applying.test_journal import MADE, last, read, start
from tests.crm.conftest import Door, door, error, zoho
from zsync.applying import applier
from zsync.applying.applier import Way
from zsync.applying.freezing import Freeze
from zsync.applying.halving import MOST, Batch, Piece, may_be_one_row
from zsync.applying.rows import PlannedRow
from zsync.crm import Crm
from zsync.crm.limits import Credits
from zsync.errors import AccessDenied, RequestRefused
from zsync.files.plan import seal
from zsync.model import Cost, Outcome, Plan, Report, Stop, Summary
from zsync.planning.packing import pack

__all__ = ["at_once", "door", "org", "zoho"]

IDS = [str(1000 + number) for number in range(100)]
BAD = error("INVALID_DATA", "invalid data")
SINGLE = f"{LIST}/[0-9]+"


def rows(count: int) -> list[PlannedRow]:
    """So many rows of one batch."""
    return [PlannedRow(number, change("update", IDS[number])) for number in range(count)]


def refusal(code: str = "INVALID_DATA", status: int = 400, **about: Any) -> RequestRefused:
    """A refusal of a whole request."""
    return RequestRefused("PUT /x: " + code, code=code, status=status, request="PUT /x", said="no", **about)


def sends(count: int, bad: Collection[int], refuses: Callable[[Piece], RequestRefused | None]) -> list[Piece]:
    """The pieces that are sent of a batch; what becomes of its rows is checked."""
    batch, pieces, refused, took = Batch(rows(count)), list[Piece](), dict[int, Outcome](), set[int]()
    while piece := batch.next():
        pieces.append(piece)
        batch.sent += 1
        if said := refuses(piece):
            refused |= batch.refuse(piece, piece.rows, piece.rows, said)
        else:
            batch.took(piece, all_sent=True)
            took |= {row.index for row in piece.rows}
    rest = batch.rest()
    assert sorted([*refused, *took, *rest]) == list(range(count)), "each row once"
    assert took.isdisjoint(bad)
    assert set(refused) <= set(bad)
    if not rest:
        assert set(refused) == set(bad)
    return pieces


def unnamed(bad: Collection[int]) -> Callable[[Piece], RequestRefused | None]:
    """A CRM that refuses every request with one of these rows in it, and does not say which."""
    return lambda piece: refusal() if any(row.index in bad for row in piece.rows) else None


@pytest.mark.parametrize("count", [2, 3, 7, 64, 65, 99, 100])
def test_one_bad_row_takes_fifteen_requests_at_most_wherever_it_is(count: int) -> None:
    for at in range(count):
        pieces = sends(count, {at}, unnamed({at}))
        assert len(pieces) <= 1 + 2 * (count - 1).bit_length() <= 15
        assert [piece.rows[0].index for piece in pieces if piece.single][-1:] or count == 1


@given(st.sets(st.integers(0, 99), max_size=100), st.integers(1, 100))
def test_every_row_is_settled_once_and_no_batch_takes_more_than_thirty_requests(
    bad: set[int], count: int
) -> None:
    assert len(sends(count, bad & set(range(count)), unnamed(bad))) <= MOST


def test_a_row_that_is_left_alone_keeps_its_refusal_where_the_crm_has_no_request_for_one_record() -> None:
    batch = Batch(rows(2))
    while piece := batch.next():
        batch.sent += 1
        if piece.single:
            assert batch.refuse(piece, piece.rows, piece.rows, refusal("INVALID_URL_PATTERN", 404)) == {}
            break
        batch.refuse(piece, piece.rows, piece.rows, refusal())
    assert {index: one.code for index, one in batch.rest().items()} == dict.fromkeys((0, 1), "INVALID_DATA")


@pytest.mark.parametrize(
    ("status", "may"), [(200, True), (299, True), (300, False), (400, True), (404, False), (500, False)]
)
def test_a_status_tells_whether_one_row_may_be_to_blame(status: int, may: bool) -> None:
    assert may_be_one_row(refusal(status=status), rows(2)) is may


def test_what_is_left_of_a_batch_that_is_refused_for_good_needs_no_more_words() -> None:
    batch = Batch(rows(2))
    assert {one.problem for one in batch.rest(refusal("NO_PERMISSION")).values()} == {""}


def test_the_last_row_beside_one_that_the_answer_names_goes_by_itself() -> None:
    batch = Batch(rows(2))
    whole = batch.next()
    assert whole
    named = refusal(details={"json_path": "$.data[0]"})
    assert batch.refuse(whole, whole.rows, whole.rows, named) == {}
    other = batch.next()
    assert other == Piece(whole.rows[1:], named, single=True)
    batch.took(other, all_sent=True)
    assert [*batch.rest()] == [0]


@given(st.sets(st.integers(0, 99), max_size=28))
def test_a_row_that_the_answer_names_is_left_out_at_once(bad: set[int]) -> None:
    def naming(piece: Piece) -> RequestRefused | None:
        at = next((place for place, row in enumerate(piece.rows) if row.index in bad), None)
        return None if at is None else refusal(details={"json_path": f"$.data[{at}].Member_Status"})

    # From the second on, one more request has shown that the first was named rightly.
    assert len(sends(100, bad, naming)) == len(bad) + 1 + (len(bad) > 1)


@given(st.sets(st.integers(0, 99), min_size=1, max_size=2), st.integers(0, 99))
def test_a_crm_that_names_any_row_refuses_none_that_is_good(bad: set[int], always: int) -> None:
    # Of two, one might be named by chance, and prove the names right.
    assume(len(bad) == 1 or always not in bad)

    def lying(piece: Piece) -> RequestRefused | None:
        said = refusal(details={"json_path": f"$.data[{always}]"})
        return said if any(row.index in bad for row in piece.rows) else None

    pieces = sends(100, bad, lying)
    assert len(pieces) <= (18 if len(bad) == 1 else MOST)


def test_where_the_proof_of_a_name_is_not_sent_names_are_not_believed() -> None:
    batch, sizes, refused = Batch(rows(9)), list[int](), dict[int, Outcome]()
    while piece := batch.next():
        sizes.append(len(piece.rows))
        batch.sent += 1
        if len(sizes) == 3:
            continue  # somebody has changed that row meanwhile, so it was held and not sent
        if any(row.index == 5 for row in piece.rows):
            named = refusal(details={"json_path": "$.data[0]"})
            refused |= batch.refuse(piece, piece.rows, piece.rows, named)
        else:
            batch.took(piece, all_sent=True)
    assert sizes[:5] == [9, 8, 1, 4, 2]
    assert (list(refused), batch.rest()) == ([5], {})


def test_a_row_may_be_named_by_its_id_as_well() -> None:
    bad = 41
    said = refusal(details={"id": IDS[bad]})
    assert (
        len(sends(100, {bad}, lambda piece: said if any(r.index == bad for r in piece.rows) else None)) == 2
    )


@pytest.mark.parametrize(
    "path", ["$.data[100]", "$.data[x].id", "$.data[-1]", "$.data[1", 5, None, ["$.data[0]"]]
)
def test_a_place_that_is_none_is_not_believed(path: object) -> None:
    def lying(piece: Piece) -> RequestRefused | None:
        return refusal(details={"json_path": path}) if any(r.index == 7 for r in piece.rows) else None

    assert 2 < len(sends(100, {7}, lying)) <= 15


def test_a_row_that_is_left_goes_by_the_request_for_one_record_and_no_other_does() -> None:
    pieces = sends(100, {0}, unnamed({0}))
    assert all(piece.single == (len(piece.rows) == 1) for piece in pieces)
    assert not sends(1, {0}, unnamed({0}))[0].single


def test_where_there_is_no_request_for_one_record_the_row_goes_as_a_batch_of_one() -> None:
    def lacking(piece: Piece) -> RequestRefused | None:
        return refusal("INVALID_URL_PATTERN", 404) if piece.single else unnamed({99})(piece)

    pieces = sends(100, {99}, lacking)
    assert sum(piece.single for piece in pieces) == 1
    assert [row.index for row in pieces[-1].rows] == [99] or len(pieces[-1].rows) == 1


@pytest.mark.parametrize(
    "said",
    [
        refusal(index=0),
        refusal(index=1),
        refusal(index=2),
        refusal("RECORD_LOCKED", details={"id": "5"}),
        refusal(details={"json_path": "$.data", "maximum_length": 100}),
        refusal("INVALID_MODULE"),
        refusal("NOT_SUPPORTED"),
        refusal("LIMIT_EXCEEDED"),
        refusal("INVALID_URL_PATTERN", 404),
        refusal("INVALID_DATA", 404),
        refusal("HTTP 400"),
        refusal("FILE_TOO_LARGE", 413),
        AccessDenied("x", code="NO_PERMISSION", status=403, request="PUT /x", said="no"),
    ],
    ids=lambda each: f"{each.code} {each.index} {each.status}",
)  # fmt: skip
def test_a_refusal_of_the_parent_the_list_a_limit_or_the_sender_is_not_halved(said: RequestRefused) -> None:
    assert not may_be_one_row(said, rows(3))
    batch = Batch(rows(100))
    piece = batch.next()
    assert piece
    assert len(batch.refuse(piece, piece.rows, piece.rows, said)) == 100
    assert batch.next() is None


@pytest.mark.parametrize(
    "said",
    [
        refusal(),
        refusal(index=3),
        refusal("RECORD_LOCKED"),
        refusal("MANDATORY_NOT_FOUND", 200),
        refusal("NEVER_SEEN"),
    ],
    ids=lambda each: each.code,
)
def test_any_other_refusal_may_be_for_one_row(said: RequestRefused) -> None:
    assert may_be_one_row(said, rows(3))


def test_a_list_for_which_halving_led_to_nothing_is_given_up_after_its_halves() -> None:
    every = unnamed(range(100))
    assert len(sends(100, range(100), every)) == MOST
    batch, sent = Batch(rows(100), barren=True), 0
    while piece := batch.next():
        batch.sent = sent = sent + 1
        batch.refuse(piece, piece.rows, piece.rows, refusal())
    assert (sent, len(batch.rest())) == (3, 100)


def test_one_bad_row_of_a_list_that_was_given_up_is_found_all_the_same() -> None:
    batch, refused = Batch(rows(100), barren=True), dict[int, Outcome]()
    while piece := batch.next():
        batch.sent += 1
        if said := unnamed({63})(piece):
            refused |= batch.refuse(piece, piece.rows, piece.rows, said)
        else:
            batch.took(piece, all_sent=True)
    assert (list(refused), batch.rest()) == ([63], {})


class Picky:
    """A campaign that stores a request whole, or refuses it whole for one of these rows; single records have a word each."""

    def __init__(self, zoho: respx.MockRouter, *bad: str, status: int = 400, said: Any = BAD) -> None:
        self.bad = set(bad)
        self.members = dict.fromkeys(IDS, "Sent")
        self.puts: list[list[str]] = []
        self.reads: list[list[str]] = []
        self.before: Callable[[list[str]], httpx.Response | Exception | None] = lambda _: None
        """Heard before a PUT is carried out; what it gives takes the place of the answer."""
        self._said = httpx.Response(status, json=said)
        zoho.get(LIST).mock(side_effect=self._read)
        zoho.put(LIST).mock(side_effect=self._write)
        zoho.put(url__regex=SINGLE).mock(side_effect=self._one)
        zoho.delete(LIST).mock(side_effect=self._delink)
        zoho.delete(url__regex=SINGLE).mock(side_effect=self._one)

    def _read(self, request: httpx.Request) -> httpx.Response:
        ids = request.url.params["ids"].split(",")
        self.reads.append(ids)
        data = [{"id": one, "Member_Status": self.members[one]} for one in ids if one in self.members]
        return httpx.Response(200, json={"data": data, "info": {"more_records": False}})

    def _write(self, request: httpx.Request) -> httpx.Response:
        sent = json.loads(request.content)["data"]
        return self._answer([row["id"] for row in sent], lambda: self._store(sent))

    def _store(self, sent: Sequence[dict[str, str]]) -> None:
        self.members |= {row["id"]: row["Member_Status"] for row in sent}

    def _delink(self, request: httpx.Request) -> httpx.Response:
        ids = request.url.params["ids"].split(",")
        return self._answer(ids, lambda: [self.members.pop(one) for one in ids])

    def _answer(self, ids: list[str], carry_out: Callable[[], object]) -> httpx.Response:
        self.puts.append(ids)
        if instead := self.before(ids):
            if isinstance(instead, Exception):
                raise instead
            return instead
        if self.bad.intersection(ids):
            return self._said
        carry_out()
        done = [
            {"code": "SUCCESS", "details": {"id": one}, "message": "", "status": "success"} for one in ids
        ]
        return httpx.Response(200, json={"data": done})

    def _one(self, request: httpx.Request) -> httpx.Response:
        one = request.url.path.rpartition("/")[2]
        if one in self.bad:
            self.puts.append([one])
            row = error("INVALID_DATA", "the lead is not to be had", id=one)
            return httpx.Response(400, json={"data": [row]})
        if request.method == "DELETE":
            return self._answer([one], lambda: self.members.pop(one))
        return self._write(request)


HUNDRED = plan(*(change("update", one) for one in IDS))
WORDS = "the lead is not to be had"


def applied(door: Door, way: Way | None = None, made: Plan = HUNDRED) -> tuple[Report, Noted]:
    """What became of the plan, and what was written down."""
    log = Noted()
    return door.run(lambda crm: applier.apply(made, crm, log, way)), log


@pytest.mark.parametrize("at", [0, 37, 99])
@pytest.mark.parametrize("status", [400, 200])
def test_ninety_nine_are_applied_and_one_is_refused_in_the_words_of_the_crm(
    door: Door, zoho: respx.MockRouter, at: int, status: int
) -> None:
    crm = Picky(zoho, IDS[at], status=status)
    report, _ = applied(door)
    assert report.outcomes[at] == Outcome("refused", "INVALID_DATA", WORDS, index=3)
    assert (report.count("applied"), report.exit_code) == (99, 3)
    assert list(crm.members.values()).count("Responded") == 99
    assert (report.writes, report.writes <= 15) == (len(crm.puts), True)


def test_deletes_are_halved_likewise(door: Door, zoho: respx.MockRouter) -> None:
    crm = Picky(zoho, IDS[20])
    report, _ = applied(door, made=plan(*(change("delete", one) for one in IDS)))
    assert report.outcomes[20] == Outcome("refused", "INVALID_DATA", WORDS, index=3)
    assert (report.count("applied"), list(crm.members), len(crm.puts) <= 15) == (99, [IDS[20]], True)


def test_no_row_that_is_stored_is_sent_again(door: Door, zoho: respx.MockRouter) -> None:
    crm = Picky(zoho, IDS[50])
    stored: set[str] = set()

    def watch(ids: list[str]) -> None:
        assert stored.isdisjoint(ids)
        if not crm.bad.intersection(ids):
            stored.update(ids)

    crm.before = watch
    assert statuses(applied(door)[0]).count("applied") == 99


def test_what_a_refused_request_stored_all_the_same_is_not_sent_again(
    door: Door, zoho: respx.MockRouter
) -> None:
    crm = Picky(zoho, IDS[7])

    def half_stored(ids: list[str]) -> None:
        if len(ids) == 100:
            crm.members |= dict.fromkeys(IDS[50:], "Responded")
        else:
            assert not set(IDS[50:]).intersection(ids)

    crm.before = half_stored
    report, _ = applied(door)
    assert (report.count("applied"), report.outcomes[7].status) == (99, "refused")


def test_each_piece_is_read_before_it_is_sent_and_a_row_that_moved_meanwhile_is_held(
    door: Door, zoho: respx.MockRouter
) -> None:
    crm = Picky(zoho, IDS[0])

    def colleague(ids: list[str]) -> None:
        # After the whole was refused and before the second half goes out.
        if len(ids) == 50 and IDS[0] in ids:
            crm.members[IDS[80]] = "Opted Out"

    crm.before = colleague
    report, _ = applied(door)
    assert (report.outcomes[80].status, crm.members[IDS[80]]) == ("held", "Opted Out")
    assert report.count("applied") == 98
    assert all(put in crm.reads for put in crm.puts)


def test_every_request_is_written_down_before_it_is_sent_and_every_row_gets_one_last_word(
    door: Door, zoho: respx.MockRouter
) -> None:
    crm = Picky(zoho, IDS[3])
    report, log = applied(door)
    noted = [[IDS[index] for index in line] for line in log.lines if isinstance(line, tuple)]
    assert noted == crm.puts
    said = [index for line in log.lines if not isinstance(line, tuple) for index in line]
    assert sorted(said) == list(range(100)), "no row is called refused that is still to be sent"
    assert {index: one for line in log.lines if not isinstance(line, tuple) for index, one in line.items()} == dict(
        enumerate(report.outcomes)
    )  # fmt: skip


@pytest.mark.parametrize("stored", [True, False])
def test_an_answer_that_gets_lost_in_the_middle_is_read_back(
    door: Door, zoho: respx.MockRouter, stored: bool
) -> None:
    crm, lost = Picky(zoho, IDS[0]), iter([httpx.ReadTimeout("slow")])

    def losing(ids: list[str]) -> Exception | None:
        if len(ids) == 50 and IDS[99] in ids and (slow := next(lost, None)):
            if stored:
                crm.members |= dict.fromkeys(ids, "Responded")
            return slow
        return None

    crm.before = losing
    report, _ = applied(door)
    assert (report.count("applied"), report.outcomes[0].status) == (99, "refused")
    assert sum(len(put) == 50 and IDS[99] in put for put in crm.puts) == 1 + (not stored)


def test_what_stays_lost_is_unknown_and_the_other_pieces_go_on(door: Door, zoho: respx.MockRouter) -> None:
    crm = Picky(zoho, IDS[0])

    def losing(ids: list[str]) -> Exception | None:
        return httpx.ReadTimeout("slow") if IDS[99] in ids and len(ids) < 100 else None

    crm.before = losing
    report, _ = applied(door)
    assert {one.status for one in report.outcomes[50:]} == {"unknown"}
    assert (report.outcomes[0].status, report.count("applied")) == ("refused", 49)


def test_after_thirty_requests_the_rest_is_refused_and_says_so(door: Door, zoho: respx.MockRouter) -> None:
    crm = Picky(zoho, *IDS[::2])
    report, log = applied(door)
    assert len(crm.puts) == MOST
    assert {one.status for one in report.outcomes} <= {"applied", "refused"}
    rest = [one for one in report.outcomes if one.problem]
    assert {one.problem for one in rest} == {"not settled in 30 requests"}
    assert {(one.code, one.request) for one in rest} == {("INVALID_DATA", "PUT /Campaigns/5/Leads")}
    assert {index for line in log.lines if not isinstance(line, tuple) for index in line} == set(range(100))


@pytest.mark.parametrize("about", [{"resource_path_index": 1}, {"resource_path_index": "2"}, {"id": "5"}])
def test_a_refusal_of_the_parent_takes_one_request(door: Door, zoho: respx.MockRouter, about: Any) -> None:
    crm = Picky(zoho, IDS[0], said=error("INVALID_DATA", "no", **about))
    report, _ = applied(door)
    assert (len(crm.puts), report.count("refused"), report.exit_code) == (1, 100, 3)


def test_a_parent_that_is_refused_in_the_middle_ends_the_halving(door: Door, zoho: respx.MockRouter) -> None:
    crm = Picky(zoho, IDS[0])
    gone = httpx.Response(400, json=error("INVALID_DATA", "the related id", resource_path_index=1))
    crm.before = lambda _: gone if len(crm.puts) > 2 else None
    report, _ = applied(door)
    assert (len(crm.puts), report.count("refused", "applied")) == (3, 100)


def freezing(crm: Picky, way: Way) -> Way:
    """Frozen once anything was sent."""
    return replace(way, frozen=lambda: Freeze("FREEZE", "stop") if crm.puts else None)


def interrupting(crm: Picky, way: Way) -> Way:
    """Ctrl-C while the first request is under way."""
    crm.before = lambda _: way.stop.set()
    return way


@pytest.mark.parametrize(("cause", "ends"), [("frozen", freezing), ("interrupted", interrupting)])
def test_a_run_that_is_to_end_sends_no_further_piece(
    door: Door, zoho: respx.MockRouter, cause: str, ends: Callable[[Picky, Way], Way]
) -> None:
    crm = Picky(zoho, IDS[0])
    report, log = applied(door, ends(crm, Way()))
    assert (len(crm.puts), report.count("unsent")) == (1, 100)
    assert report.stopped is not None
    assert report.stopped.cause == cause
    if cause == "frozen":
        freeze = Freeze("FREEZE", "stop")
        assert report.stopped == Stop("frozen", 5, freeze.message, freeze.advice)
    assert log.lines == [tuple(range(100)), {}], "in doubt, so that a run that goes on sends them"


def test_access_that_is_denied_in_the_middle_ends_the_run(door: Door, zoho: respx.MockRouter) -> None:
    crm = Picky(zoho, IDS[0])
    no = httpx.Response(403, json=error("NO_PERMISSION", "permission denied"))
    crm.before = lambda _: no if len(crm.puts) > 1 else None
    report, log = applied(door)
    assert (len(crm.puts), report.exit_code) == (2, 8)
    assert report.stopped == Stop(
        "refused", 8, "permission denied", report.stopped.help if report.stopped else "", "NO_PERMISSION",
        "PUT /Campaigns/5/Leads",
    )  # fmt: skip
    assert (report.count("refused"), report.count("unsent")) == (50, 50)
    assert [line for line in log.lines if not isinstance(line, tuple) and line] == []


def test_credits_that_are_kept_end_the_halving(door: Door, zoho: respx.MockRouter) -> None:
    crm = Picky(zoho, IDS[0])

    async def work(door_: Crm) -> Report:
        left = door_._wire.credits = Credits(10)
        crm.before = lambda _: left.read("10" if len(crm.puts) == 2 else None)
        return await applier.apply(HUNDRED, door_, Noted())

    report: Report = door.run(work)
    assert (len(crm.puts), report.exit_code) == (2, 8)
    # The half that was under way cannot be read back.
    assert (report.count("unknown"), report.count("unsent")) == (50, 50)


def test_a_batch_that_is_resumed_is_settled_like_any_other(door: Door, zoho: respx.MockRouter) -> None:
    crm = Picky(zoho, IDS[99])
    crm.members |= dict.fromkeys(IDS[:50], "Responded")
    way = Way(sent=frozenset(range(100)))
    report, _ = applied(door, way)
    assert (report.count("applied"), report.outcomes[99].status) == (99, "refused")
    assert not any(set(IDS[:50]).intersection(put) for put in crm.puts)


def test_a_single_change_is_not_sent_twice(door: Door, zoho: respx.MockRouter) -> None:
    crm = Picky(zoho, IDS[0])
    report = run(door, plan(change("update", IDS[0])))
    assert (crm.puts, statuses(report)) == ([[IDS[0]]], ["refused"])


class Killed(BaseException):
    """The process ends at once."""


@pytest.mark.parametrize("stored", [True, False], ids=["after the CRM stored it", "before"])
@pytest.mark.parametrize("nth", [1, 2, 5, 9, 12])
def test_a_run_that_is_killed_in_the_middle_goes_on_from_its_journal(
    door: Door, zoho: respx.MockRouter, tmp_path: Path, nth: int, stored: bool
) -> None:
    changes = tuple(change("update", one) for one in IDS)
    made = seal(MADE.binding, Summary(0, 100), changes, pack(changes), Cost(0, 1, (1, 1), 0))
    crm, log = Picky(zoho, IDS[37]), start(tmp_path, made=made)

    def kill(ids: list[str]) -> None:
        if len(crm.puts) == nth:
            if stored and not crm.bad.intersection(ids):
                crm.members |= dict.fromkeys(ids, "Responded")
            raise Killed

    crm.before = kill
    with pytest.raises((Killed, BaseExceptionGroup)):
        door.run(lambda crm_: applier.apply(made, crm_, log))
    log.close()
    crm.before, told = lambda _: None, read(last(tmp_path))
    kept, way = set(crm.puts[-1]), Way(done=applier.standing(told), sent=told.sent)
    assert not kept & {IDS[index] for index in way.done}, "what was under way is in doubt"
    done = {one for one in IDS if crm.members[one] == "Responded"}
    crm.puts.clear()
    report, _ = applied(door, way, made)
    assert (report.count("applied"), report.outcomes[37].status) == (99, "refused")
    assert not any(done.intersection(put) for put in crm.puts)


def test_what_other_pieces_are_answered_proves_nothing_about_names() -> None:
    batch = Batch(rows(6))
    for place in (1, 2):
        piece = batch.next()
        assert piece
        batch.refuse(piece, piece.rows, piece.rows, refusal(details={"json_path": f"$.data[{place}].x"}))
    proof = batch.next()
    assert proof
    assert [row.index for row in proof.rows] == [1]
    batch.took(Piece(tuple(rows(6)[4:])), all_sent=True)
    # Nothing is decided: the proof itself still counts, and what waited for it is sent without the second row.
    assert batch.refuse(proof, proof.rows, proof.rows, refusal())
    following = batch.next()
    assert following
    assert [row.index for row in following.rows] == [0, 2, 4, 5]


def test_rows_that_are_given_up_are_refused_with_those_that_wait() -> None:
    batch = Batch(rows(4))
    piece = batch.next()
    assert piece
    batch.refuse(piece, piece.rows, piece.rows, refusal(details={"json_path": "$.data[1].x"}))
    last = refusal("NO_PERMISSION", 403)
    rest = batch.rest(last, rows(8)[7:])
    assert {index: one.code for index, one in rest.items()} == {
        **dict.fromkeys((0, 2, 3, 7), "NO_PERMISSION"),
        1: "INVALID_DATA",
    }


MANY = [str(1000 + number) for number in range(200)]


def two_batches(door: Door, zoho: respx.MockRouter, *bad: str) -> Picky:
    """What a campaign was sent of two full batches, one after the other."""
    crm = Picky(zoho, *bad)
    crm.members = dict.fromkeys(MANY, "Sent")
    applied(door, Way(concurrency=1), plan(*(change("update", one) for one in MANY)))
    return crm


@pytest.mark.parametrize(
    ("first", "requests"), [(range(100), MOST + 3), (range(0, 100, 25), 2 * MOST), ((), 1 + MOST)]
)
def test_a_list_that_took_nothing_of_a_batch_is_tried_three_times_with_the_next(
    door: Door, zoho: respx.MockRouter, first: Sequence[int], requests: int
) -> None:
    crm = two_batches(door, zoho, *(MANY[at] for at in first), *MANY[100:])
    assert len(crm.puts) == requests


def test_that_a_crm_has_no_request_for_one_record_is_learnt_once(door: Door, zoho: respx.MockRouter) -> None:
    crm = Picky(zoho, MANY[3], MANY[103])
    crm.members = dict.fromkeys(MANY, "Sent")
    lacking = httpx.Response(404, json=error("INVALID_URL_PATTERN", "no such call"))
    single = zoho.put(url__regex=SINGLE).mock(return_value=lacking)
    applied(door, Way(concurrency=1), plan(*(change("update", one) for one in MANY)))
    assert single.call_count == 1


def test_rows_that_wait_for_a_proof_are_refused_with_the_words_that_stood_over_them() -> None:
    batch = Batch(rows(6))
    for place in (1, 2):
        piece = batch.next()
        assert piece
        code = f"CODE_{place}"
        batch.refuse(
            piece, piece.rows, piece.rows, refusal(code, details={"json_path": f"$.data[{place}].x"})
        )
    assert sorted(row.index for row in batch.waiting) == list(range(6))
    rest = batch.rest()
    assert {index: one.code for index, one in rest.items()} == {
        1: "CODE_1",
        **dict.fromkeys((0, 2, 3, 4, 5), "CODE_2"),
    }


def test_the_row_that_was_named_first_waits_as_well() -> None:
    batch = Batch(rows(3))
    piece = batch.next()
    assert piece
    batch.refuse(piece, piece.rows, piece.rows, refusal(details={"json_path": "$.data[1].x"}))
    assert sorted(row.index for row in batch.waiting) == [0, 1, 2]
