"""Which rows are about a record: by its id, or by its key as the CRM compares keys, from either side."""

from zsync.kinds import KINDS
from zsync.model import ManagedList, Parent, Row, Span
from zsync.model.whereabouts import NamedRecord
from zsync.whereabouts.concerned import concerning, named_places, row_places

MEMBERS = KINDS[0]
NOOR = NamedRecord(
    "Leads", "301", "Noor", {"Email": "noor@acme.example", "Last_Name": "Haddad", "Company": "Åre"}
)


def by_key(*keys: tuple[str, ...], fields: tuple[str, ...] = ("Email",), **more: object) -> ManagedList:
    rows = tuple(Row(key, False, {}, line, 9) for line, key in enumerate(keys, 7))
    parent = Parent("Campaigns", Span("a.yaml", 2, 1), match=(("Campaign_Name", "Spring"),))
    return ManagedList(parent, "Leads", MEMBERS, Span("a.yaml", 4, 3), fields, rows, **more)  # type: ignore[arg-type]


def kept(
    managed: ManagedList, *related: tuple[str, str], parent: str = "501"
) -> list[tuple[str, ...]] | None:
    """The keys of the rows that are about Noor; None where the whole list is not."""
    found = concerning([managed], [NOOR], {id(managed): parent}, set(related))
    return [row.key for row in (*found[0].records, *found[0].absent)] if found else None


def test_a_row_is_meant_by_its_key_whatever_its_case_and_by_its_id() -> None:
    assert kept(by_key((" NOOR@acme.example ",), ("bo@acme.example",))) == [(" NOOR@acme.example ",)]
    ids = (Row(("301",), True, {}, 7, 9), Row(("302",), True, {}, 8, 9))
    absent = by_key(("bo@acme.example",), absent=ids)
    assert kept(absent) == [("301",)]


def test_every_field_of_a_key_counts() -> None:
    both = ("Last_Name", "Company")
    assert kept(by_key(("haddad", "A\u030are"), ("Haddad", "Lund"), fields=both)) == [("haddad", "A\u030are")]


def test_a_key_that_the_record_lacks_is_no_match_even_where_both_are_empty() -> None:
    assert kept(by_key(("x",), fields=("Phone",))) is None


def test_a_list_in_which_the_crm_has_it_is_kept_though_no_row_names_it() -> None:
    assert kept(by_key(("bo@acme.example",)), ("Campaigns", "501")) == []
    assert kept(by_key(("bo@acme.example",)), ("Campaigns", "502")) is None


def test_a_list_of_the_record_itself_is_kept_whole() -> None:
    parent = Parent("Leads", Span("b.yaml", 2, 1), id="301")
    rows = (Row(("501",), True, {}, 7, 9), Row(("502",), True, {}, 8, 9))
    own = ManagedList(parent, "Campaigns", MEMBERS, Span("b.yaml", 4, 3), ("id",), rows)
    assert kept(own, parent="301") == [("501",), ("502",)]


def test_every_row_of_a_record_has_its_place() -> None:
    managed = by_key(("noor@acme.example",), ("NOOR@acme.example",), ("bo@acme.example",))
    places = [span.line for _, _, span in row_places([managed], [NOOR], {id(managed): "501"})]
    assert places == [7, 8]


def test_a_name_that_nobody_knows_is_found_among_keys_parents_and_ids() -> None:
    managed = by_key(("gone@acme.example",), ("bo@acme.example",))
    assert [span.line for span in named_places([managed], "GONE@acme.example ")] == [7]
    assert [span.line for span in named_places([managed], "spring")] == [2]
    assert [*named_places([managed], "gone")] == []
