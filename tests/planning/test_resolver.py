"""Natural keys: each looked up once, found exactly, and told where it names none or several."""

from collections.abc import Callable
from dataclasses import replace

import httpx
import pytest
import respx
from hypothesis import given
from hypothesis import strategies as st

from tests.crm.conftest import API, CANARIES, Door, door, error, zoho
from tests.foreign.crm import SECRETS, Foreign, Seen
from tests.laws import tries
from tests.plain import plain
from tests.worlds import MEMBERS
from zsync.crm.keys import Where, key_text
from zsync.kinds import find_kind
from zsync.model import Diagnostic, ManagedList, Manifests, Parent, Row, Span
from zsync.model.diagnostics import Quote, Sentence
from zsync.planning.resolver import Resolved, id_of, resolve
from zsync.planning.resolver import queries as query_count

__all__ = ["door", "zoho"]
assert CANARIES[3] == SECRETS[3]  # the foreign CRM takes the token that respx gives

Resolve = Callable[..., tuple[Resolved, list[Diagnostic]]]
PLACE = Span("spring.yaml", 4, 3)


def managed(
    key: tuple[str, ...],
    *rows: tuple[str, ...],
    absent: tuple[tuple[str, ...], ...] = (),
    plain: bool = False,
) -> ManagedList:
    """A campaign's list of leads, one row a line."""
    made = [
        Row(row, by_id=False, fields={}, line=n, column=9, plain=plain)
        for n, row in enumerate(rows + absent, 7)
    ]
    parent = Parent("Campaigns", Span("spring.yaml", 2, 1), id="50")
    return ManagedList(
        parent,
        "Leads",
        MEMBERS,
        PLACE,
        key=key,
        records=tuple(made[: len(rows)]),
        absent=tuple(made[len(rows) :]),
    )


@pytest.fixture
def crm(zoho: respx.MockRouter) -> Foreign:
    """The foreign CRM's answers, without a socket."""
    foreign = Foreign()

    def answer(request: httpx.Request) -> httpx.Response:
        headers = {"Authorization": request.headers["Authorization"]}
        seen = Seen(request.method, request.url.path, dict(request.url.params), request.content, headers)
        status, body, _ = foreign.answer(seen)
        return httpx.Response(status, json=body) if body is not None else httpx.Response(status)

    zoho.route(host="api.crm.example").mock(side_effect=answer)
    return foreign


@pytest.fixture
def look_up(door: Door, crm: Foreign) -> Resolve:
    """`look_up(managed(…), …)` resolves the keys of these lists."""

    def run(*lists: ManagedList) -> tuple[Resolved, list[Diagnostic]]:
        found: tuple[Resolved, list[Diagnostic]] = door.run(
            lambda reader: resolve(Manifests(lists, (), ""), reader)
        )
        return found

    return run


def queries(crm: Foreign) -> list[str]:
    """What was asked."""
    return [one.body.decode() for one in crm.requests if one.path == "/crm/v8/coql"]


words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)


@tries(shared=True)
@given(st.lists(words, unique=True, min_size=1, max_size=12))
def test_every_key_finds_its_own_record_whatever_it_is_made_of(
    look_up: Resolve, crm: Foreign, names: list[str]
) -> None:
    crm.records["Leads"] = {str(n): {"Last_Name": name} for n, name in enumerate(names, 100)}
    resolved, problems = look_up(managed(("Last_Name",), *((name,) for name in names)))
    assert problems == []
    found = resolved.of(Where("Leads", ("Last_Name",)))
    assert {key[0]: ids for key, ids in found.items()} == {
        name: (str(n),) for n, name in enumerate(names, 100)
    }


def test_a_key_of_many_lists_is_looked_up_once(look_up: Resolve, crm: Foreign) -> None:
    crm.add("Leads", "11", Email="ana@acme.example")
    look_up(*(managed(("Email",), ("ana@acme.example",)) for _ in range(5)))
    assert len(queries(crm)) == 1


@pytest.mark.parametrize(("count", "calls"), [(0, 0), (1, 1), (100, 1), (101, 2), (350, 4)])
def test_keys_are_looked_up_a_hundred_at_a_time(
    look_up: Resolve, crm: Foreign, count: int, calls: int
) -> None:
    crm.records["Leads"] = {str(n): {"Email": f"{n}@acme.example"} for n in range(count)}
    resolved, problems = look_up(managed(("Email",), *((f"{n}@acme.example",) for n in range(count))))
    assert (len(resolved.of(Where("Leads", ("Email",)))), problems) == (count, [])
    assert len(queries(crm)) == calls


def test_several_fields_are_joined_in_pairs(look_up: Resolve, crm: Foreign) -> None:
    crm.add("Leads", "11", A="1", B="2", C="3")
    crm.add("Leads", "12", A="1", B="2", C="4")
    resolved, problems = look_up(managed(("A", "B", "C"), ("1", "2", "3")))
    assert resolved.of(Where("Leads", ("A", "B", "C"))) == {("1", "2", "3"): ("11",)}
    assert problems == []
    assert "where ((A in ('1') and B in ('2')) and C in ('3'))" in queries(crm)[0]


def test_an_answer_that_is_cut_off_is_asked_for_in_halves(look_up: Resolve, crm: Foreign) -> None:
    for n in range(60):
        for copy in range(6):
            crm.add("Leads", f"{n}{copy:03}", Last_Name=f"Name {n}")
    resolved, problems = look_up(managed(("Last_Name",), *((f"Name {n}",) for n in range(60))))
    assert {len(ids) for ids in resolved.of(Where("Leads", ("Last_Name",))).values()} == {6}
    assert len(problems) == 60
    assert len(queries(crm)) == 3


def test_a_record_that_two_batches_give_is_one(look_up: Resolve, crm: Foreign) -> None:
    # Conditions on two fields select the product of their values: each batch gives records of the other's keys, too.
    names = [(f"First {a}", f"Last {b}") for a in range(12) for b in range(12)]
    crm.records["Leads"] = {str(n): {"First_Name": a, "Last_Name": b} for n, (a, b) in enumerate(names, 100)}
    _, problems = look_up(managed(("First_Name", "Last_Name"), *names))
    assert problems == []


def test_two_spellings_of_one_key_in_two_batches_are_not_two_records(look_up: Resolve, crm: Foreign) -> None:
    crm.records["Leads"] = {str(n): {"Email": f"lead{n}@acme.example"} for n in range(100)}
    rows = [(f"lead{n}@acme.example",) for n in range(100)] + [("LEAD0@acme.example",)]
    _, problems = look_up(managed(("Email",), *rows))
    assert problems == []


def test_a_key_of_many_records_names_ten_and_counts_the_rest(look_up: Resolve, crm: Foreign) -> None:
    for n in range(30):
        crm.add("Leads", str(100 + n), Email="same@acme.example")
    _, (problem,) = look_up(managed(("Email",), ("same@acme.example",)))
    assert problem.code == "ambiguous"
    assert problem.span == Span("spring.yaml", 7, 9)
    assert "30 records" in str(problem.message)
    assert "and 20 more" in str(problem.message)
    assert '"100"' in str(problem.help)


def test_of_absent_keys_only_the_ambiguous_are_a_problem(look_up: Resolve, crm: Foreign) -> None:
    for one in ("11", "12"):
        crm.add("Leads", one, Email="same@acme.example")
    absent = (("nobody@acme.example",), ("same@acme.example",))
    _, (problem,) = look_up(managed(("Email",), absent=absent))
    assert (problem.code, problem.span) == ("ambiguous", Span("spring.yaml", 8, 9))
    assert (
        str(problem.help)
        == 'Say which: write `id: "11"` (or another of them) in this row instead of the key.'
    )


def test_rows_that_name_an_id_are_never_looked_up_and_hide_no_others(look_up: Resolve, crm: Foreign) -> None:
    plain, keyed = managed(("id",), ("77",)), managed(("Email",), ("nobody@acme.example",), ("78",))
    by_id = replace(plain, records=(plain.records[0]._replace(by_id=True),))
    mixed = replace(keyed, records=(keyed.records[0], keyed.records[1]._replace(by_id=True)))
    _, (problem,) = look_up(by_id, mixed)
    assert (problem.code, problem.span) == ("not-found", Span("spring.yaml", 7, 9))
    assert len(queries(crm)) == 2  # among the leads, and among those that were converted
    assert not [query for query in queries(crm) if "78" in query]


def test_a_parent_that_is_named_by_texts_needs_no_metadata(look_up: Resolve, crm: Foreign) -> None:
    crm.add("Campaigns", "50", Campaign_Name="Spring")
    one = managed(("id",))
    look_up(replace(one, parent=Parent("Campaigns", PLACE, match=(("Campaign_Name", "Spring"),))))
    assert [seen.path for seen in crm.requests] == ["/crm/v8/coql"]


@pytest.mark.parametrize(
    ("written", "held"),
    [
        ("ANA@ACME.EXAMPLE", "ana@acme.example"),
        ("Zoe\u0308", "Zoë"),
        ("ana@acme.example", "ana@acme.example "),
    ],
)
def test_differences_that_the_crm_forgives_are_forgiven(
    door: Door, zoho: respx.MockRouter, written: str, held: str
) -> None:
    zoho.post(f"{API}/crm/v8/coql").respond(
        json={"data": [{"id": "11", "Email": held}], "info": {"more_records": False}}
    )
    lists = (managed(("Email",), (written,)),)
    resolved, problems = door.run(lambda reader: resolve(Manifests(lists, (), ""), reader))
    assert problems == []
    assert id_of(lists[0].records[0], resolved.of(Where("Leads", ("Email",)))) == "11"


def test_what_the_crm_gives_without_being_asked_is_not_taken(door: Door, zoho: respx.MockRouter) -> None:
    body = {"data": [{"id": "11", "Email": "other@acme.example"}], "info": {"more_records": False}}
    zoho.post(f"{API}/crm/v8/coql").respond(json=body)
    lists = (managed(("Email",), ("ana@acme.example",)),)
    _, problems = door.run(lambda reader: resolve(Manifests(lists, (), ""), reader))
    assert [problem.code for problem in problems] == ["not-found"]


@pytest.mark.parametrize("order", [(True, False), (False, True)])
def test_a_number_stays_a_number_though_another_list_quotes_it(
    look_up: Resolve, crm: Foreign, order: tuple[bool, bool]
) -> None:
    crm.add("Leads", "11", Legacy_No=17)
    look_up(*(managed(("Legacy_No",), ("17",), plain=plain) for plain in order))
    assert "Legacy_No in (17)" in queries(crm)[0]


def test_a_number_stays_a_number_in_every_module(look_up: Resolve, crm: Foreign) -> None:
    crm.add("Products", "61", Legacy_No=17)
    kind = find_kind("Price_Books", "Products")
    assert kind
    listed = managed(("Legacy_No",), ("17",), plain=True)
    parent = replace(listed.parent, module="Price_Books")
    resolved, problems = look_up(replace(listed, parent=parent, kind=kind))
    assert (problems, "Legacy_No in (17)" in queries(crm)[0]) == ([], True)
    assert resolved.of(Where("Products", ("Legacy_No",))) == {("17",): ("61",)}


@pytest.mark.parametrize("number", ["17", "17.0", "017", "1.7e1"])
def test_numbers_are_compared_by_value(look_up: Resolve, crm: Foreign, number: str) -> None:
    crm.add("Leads", "11", Legacy_No=17)
    resolved, problems = look_up(managed(("Legacy_No",), (number,), plain=True))
    assert problems == []
    assert resolved.of(Where("Leads", ("Legacy_No",))) == {(number,): ("11",)}


def test_fields_that_may_not_be_read_are_taken_as_text(door: Door, zoho: respx.MockRouter) -> None:
    zoho.get(f"{API}/crm/v8/settings/fields").respond(400, json=error("INVALID_MODULE"))
    route = zoho.post(f"{API}/crm/v8/coql").respond(204)
    lists = (managed(("Legacy_No",), ("17",), plain=True),)
    door.run(lambda reader: resolve(Manifests(lists, (), ""), reader))
    assert "('17')" in route.calls.last.request.content.decode()


@pytest.mark.parametrize("written", [("17", "18", "19"), ("17.0", "1.8e1", "019")])
def test_every_number_of_a_query_stays_a_number(
    look_up: Resolve, crm: Foreign, written: tuple[str, ...]
) -> None:
    for n in (17, 18, 19, 20):
        crm.add("Leads", str(n), Legacy_No=n)
    resolved, problems = look_up(managed(("Legacy_No",), *((one,) for one in written), plain=True))
    assert "Legacy_No in (17,18,19)" in queries(crm)[0]
    assert problems == []
    found = resolved.of(Where("Leads", ("Legacy_No",)))
    assert found == {(one,): (str(n),) for one, n in zip(written, (17, 18, 19), strict=True)}


def test_what_is_no_number_goes_as_text_beside_numbers(look_up: Resolve, crm: Foreign) -> None:
    crm.add("Leads", "11", Legacy_No=17)
    look_up(managed(("Legacy_No",), ("17",), ("A-17",), ("18",), plain=True))
    assert "Legacy_No in (17,'A-17',18)" in queries(crm)[0]


def test_one_key_of_more_records_than_an_answer_holds_is_asked_for_once(
    look_up: Resolve, crm: Foreign
) -> None:
    for n in range(201):
        crm.add("Leads", str(1000 + n), Last_Name="Smith")
    _, (problem,) = look_up(managed(("Last_Name",), ("Smith",)))
    assert (problem.code, len(queries(crm))) == ("ambiguous", 1)


@pytest.mark.parametrize(
    ("held", "text"),
    [
        ("Acme", "Acme"),
        (17, "17"),
        (None, ""),
        ({"name": "Acme", "id": "5"}, "Acme"),
        ({"name": "", "id": "5"}, "5"),
        ({"id": "5"}, "5"),
        ({}, ""),
    ],
)
def test_a_value_of_a_record_is_compared_as_a_key_writes_it(held: object, text: str) -> None:
    assert key_text(held) == text


def many(crm: Foreign, count: int) -> str:
    """The ids of so many leads of one address, as a diagnostic names them."""
    ids = [crm.add("Leads", str(100 + n), Email="same@acme.example") for n in range(count)]
    return ", ".join(ids[:10])


@pytest.mark.parametrize(("count", "more"), [(2, ""), (10, ""), (11, " and 1 more"), (12, " and 2 more")])
def test_an_ambiguous_row_names_its_records_and_how_to_say_which(
    look_up: Resolve, crm: Foreign, count: int, more: str
) -> None:
    shown = many(crm, count)
    _, problems = look_up(managed(("Email",), ("same@acme.example",)))
    assert [plain(one) for one in problems] == [
        Diagnostic(
            "ambiguous",
            f"{count} records of Leads have Email 'same@acme.example': {shown}{more}",
            Span("spring.yaml", 7, 9),
            'Say which: write `id: "100"` (or another of them) in this row instead of the key.',
        )
    ]


def test_a_parent_is_found_by_all_fields_of_its_match_or_told_once_at_its_place(
    look_up: Resolve, crm: Foreign
) -> None:
    place = Span("spring.yaml", 2, 1)
    match = (("Campaign_Name", "Spring"), ("Type", "Fair"))
    one = replace(managed(("id",)), parent=Parent("Campaigns", place, match=match))
    _, missing = look_up(one, one)
    for record_id in ("50", "51"):
        crm.add("Campaigns", record_id, Campaign_Name="Spring", Type="Fair")
    _, several = look_up(one, one)
    name = "Campaign_Name 'Spring' and Type 'Fair'"
    assert [plain(one) for one in missing] == [
        Diagnostic(
            "not-found",
            f"no record of Campaigns has {name}",
            place,
            "Check the spelling, or make the record in the CRM first: zsync relates records, it does not make them.",
        )
    ]
    assert [plain(one) for one in several] == [
        Diagnostic(
            "ambiguous",
            f"2 records of Campaigns have {name}: 50, 51",
            place,
            'Say which: write `id: "50"` (or another of them) under `parent` instead of `match`.',
        )
    ]


def quoted(diagnostic: Diagnostic) -> list[Quote]:
    """What its message quotes of what people wrote."""
    assert isinstance(diagnostic.message, Sentence)
    return [part for part in diagnostic.message.parts if isinstance(part, Quote)]


def test_what_a_message_quotes_is_known_by_its_field_and_its_module(look_up: Resolve, crm: Foreign) -> None:
    one = managed(("Last_Name", "First_Name"), ("Ruiz", "Ana"))
    _, (problem,) = look_up(one)
    assert quoted(problem) == [
        Quote("'Ruiz'", ("Last_Name",), "Leads"),
        Quote("'Ana'", ("First_Name",), "Leads"),
    ]


def test_two_keys_of_many_records_are_asked_for_one_by_one(look_up: Resolve, crm: Foreign) -> None:
    for n in range(300):
        crm.add("Leads", str(1000 + n), Last_Name="Smith" if n % 2 else "Jones")
    resolved, problems = look_up(managed(("Last_Name",), ("Smith",), ("Jones",)))
    assert {len(ids) for ids in resolved.of(Where("Leads", ("Last_Name",))).values()} == {150}
    assert (len(problems), len(queries(crm))) == (2, 3)


def test_keys_count_among_the_queries(look_up: Resolve, crm: Foreign) -> None:
    lists = [managed(("Email",), *((f"{number}@acme.example",) for number in range(150)))]
    look_up(*lists)
    # As many again ask for those that were not found among the converted leads.
    assert (query_count(lists), len(crm.requests)) == (2, 4)
