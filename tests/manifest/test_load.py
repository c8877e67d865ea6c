"""Manifests that are right become values; whatever else there is becomes diagnostics."""

import json
import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.laws import tries
from zsync.bounds import ERRORS, EXCERPT
from zsync.errors import InputError
from zsync.kinds import KINDS, Kind
from zsync.manifest import load
from zsync.model import Diagnostic, ManagedList, Manifests

HEAD = 'version: 1\nparent: {module: Campaigns, id: "3652397000000500001"}\nrelated_lists:\n'


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def read(text: str, **options: Any) -> Manifests:
    Path("manifest.yaml").write_text(text, "utf-8")
    return load([Path("manifest.yaml")], **options)


def only(text: str, **options: Any) -> ManagedList:
    (managed,) = read(text, **options).lists
    return managed


def codes(text: str, **options: Any) -> list[str]:
    with pytest.raises(InputError) as caught:
        read(text, **options)
    return [diagnostic.code for diagnostic in caught.value.diagnostics]


def test_the_manifest_of_the_design_is_read_in_full() -> None:
    managed = only(
        "version: 1\nparent:\n  module: Campaigns\n  match: {Campaign_Name: Spring Launch 2027}\n"
        "related_lists:\n  Leads:\n    key: Email\n    defaults: {Member_Status: Planned}\n    prune: true\n"
        "    records:\n      - {Email: ana@acme.example, Member_Status: Invited}\n      - {Email: bo@acme.example}\n"
        "    absent:\n      - {Email: old@acme.example}\n"
    )
    assert managed.parent.match == (("Campaign_Name", "Spring Launch 2027"),)
    assert (managed.parent.span, managed.span) == (("manifest.yaml", 2, 1), ("manifest.yaml", 6, 3))
    assert (managed.prune, managed.prune_span) == (True, ("manifest.yaml", 9, 12))
    assert [(row.key, dict(row.fields), row.line, row.column) for row in managed.records] == [
        (("ana@acme.example",), {"Member_Status": "Invited"}, 11, 9),
        (("bo@acme.example",), {"Member_Status": "Planned"}, 12, 9),
    ]
    assert [(row.key, dict(row.fields)) for row in managed.absent] == [(("old@acme.example",), {})]


def test_every_document_and_every_file_counts_in_order() -> None:
    Path("b").mkdir()
    for name in ("b/z.yml", "a.yaml", ".hidden.yaml", "zsync.yaml", "notes.txt"):
        Path(name).write_text(HEAD + f'  Leads: {{records: [{{id: "{len(name)}"}}]}}\n', "utf-8")
    manifests = load([Path("b/z.yml"), Path()])
    assert manifests.files == ("b/z.yml", "a.yaml")
    assert [managed.records[0].key for managed in manifests.lists] == [("7",), ("6",)]


def test_a_file_that_several_paths_lead_to_is_read_once() -> None:
    read(HEAD + '  Leads: {records: [{id: "7"}]}\n')
    Path("link").symlink_to("manifest.yaml")
    paths = [
        Path("link"),
        Path("manifest.yaml"),
        Path("manifest.yaml").resolve(),
        Path("../" + Path.cwd().name),
    ]
    assert load(paths).files == ("link",)


def test_files_are_named_from_the_current_folder() -> None:
    read(HEAD + '  Leads: {records: [{id: "7"}]}\n')
    assert load([Path("manifest.yaml").resolve()]).files == ("manifest.yaml",)


def test_numbers_are_exact_and_have_one_form() -> None:
    rows = "\n".join(
        f"      - {{id: {n}, list_price: {p}}}"
        for n, p in enumerate(["49.90", "'49.9'", "50.00", "0.1", "-3"])
    )
    text = (
        "version: 1\nparent: {module: Price Books, id: 7}\nrelated_lists:\n  Products:\n    records:\n" + rows
    )
    prices = [row.fields["list_price"] for row in only(text).records]
    assert prices == [Decimal("49.9"), Decimal("49.9"), 50, Decimal("0.1"), -3]
    assert not any(isinstance(price, float) for price in prices)


@pytest.mark.parametrize(
    "price", ["1e400000000", "9" * 29, "0." + "1" * 40, "1_000", "٣", "NaN", "-.inf", "0x10", "'4 9'"]
)
def test_what_cannot_be_an_exact_price_is_refused(price: str) -> None:
    text = f"version: 1\nparent: {{module: Products, id: 7}}\nrelated_lists: {{Price_Books: {{records: [{{id: 1, list_price: {price}}}]}}}}\n"
    assert codes(text) == ["wrong-type"]


def test_a_bare_number_as_key_keeps_its_digits_and_is_marked() -> None:
    text = (
        HEAD
        + "  Leads:\n    key: Legacy_No\n    records:\n      - {Legacy_No: 00123}\n      - {Legacy_No: '00124'}\n"
    )
    assert [(row.key, row.plain) for row in only(text).records] == [(("00123",), True), (("00124",), False)]


def test_several_key_fields_come_in_the_order_of_the_list() -> None:
    text = (
        HEAD
        + "  Leads:\n    key: [Last_Name, First_Name]\n    records:\n      - {First_Name: Ana, Last_Name: Ruiz}\n"
    )
    assert only(text).records[0].key == ("Ruiz", "Ana")


def test_an_id_settles_a_row_of_a_list_by_key() -> None:
    row = only(HEAD + "  Leads:\n    key: Email\n    records:\n      - {id: 3652397000000500009}\n").records[
        0
    ]
    assert (row.key, row.by_id, row.plain) == (("3652397000000500009",), True, False)


@pytest.mark.parametrize(
    ("module", "written", "name"),
    [
        ("Products", "Potentials", "Deals"),
        ("Services", "Appointments", "Appointments__s"),
        ("Products", "Price Books", "Price_Books"),
    ],
)
def test_names_that_people_use_are_understood(module: str, written: str, name: str) -> None:
    text = f'version: 1\nparent: {{module: {module}, id: "1"}}\nrelated_lists: {{{written}: {{records: [{{id: "2"}}]}}}}\n'
    assert (only(text).name, only(text).related_module) == (written, name)


def test_fields_and_kinds_of_the_configuration_are_known() -> None:
    kinds = (
        Kind("Campaigns", "Vendors", {"Tickets": "number", "Backstage": "boolean", "Any": "any"}),
        *KINDS,
    )
    text = HEAD + "  Vendors:\n    records:\n      - {id: 1, Tickets: 2, Backstage: true, Any: 1.50}\n"
    managed = only(text, kinds=kinds)
    assert managed.records[0].fields == {"Tickets": 2, "Backstage": True, "Any": Decimal("1.5")}
    assert managed.kind is kinds[0]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_list_knows_its_kind_and_the_module_across_from_either_side(kind: Kind) -> None:
    for module, other in ((kind.left, kind.right), (kind.right, kind.left)):
        if kind.only_from not in ("", module):
            continue
        text = f'version: 1\nparent: {{module: {module}, id: "1"}}\nrelated_lists: {{{other}: {{records: [{{id: "2"}}]}}}}\n'
        managed = only(text)
        assert (managed.kind, managed.related_module) == (kind, other)


def test_roles_are_written_under_the_deal_by_either_name_of_their_list() -> None:
    text = 'version: 1\nparent: {module: %s, id: "1"}\nrelated_lists: {%s: {records: [{id: "2", Contact_Role: Purchasing}]}}\n'
    for name, named in (("Contact_Roles", "Contact_Roles"), ("Contacts", "")):
        managed = only(text % ("Potentials", name))
        assert (managed.kind.name, managed.related_module, managed.named) == (
            "Deals–Contacts",
            "Contacts",
            named,
        )
    with pytest.raises(InputError) as caught:
        only(text % ("Contacts", "Deals"))
    (found,) = caught.value.diagnostics
    assert (found.code, "from the side of Deals alone" in str(found.message)) == (
        "unsupported-relation",
        True,
    )
    assert "as `Contact_Roles`" in str(found.help)


def test_equal_fields_are_one_object() -> None:
    rows = only(
        HEAD + "  Leads:\n    records: [{id: 1, Member_Status: Sent}, {id: 2, Member_Status: Sent}]\n"
    ).records
    assert rows[0].fields is rows[1].fields


def test_a_number_and_the_same_text_are_not_mistaken_for_each_other() -> None:
    text = HEAD + "  Leads:\n    records: [{id: 1, Member_Status: '5'}, {id: 2, Member_Status: 5}]\n"
    assert codes(text) == ["wrong-type"]


def test_rows_of_a_spreadsheet_have_their_own_places() -> None:
    Path("leads.csv").write_bytes(
        '\ufeffEmail;Member_Status\r\n\r\n"ana@\nacme.example";Sent\r\n 017 ;\r\n'.encode()
    )
    text = (
        HEAD
        + "  Leads:\n    key: Email\n    defaults: {Member_Status: Planned}\n    from: {csv: leads.csv}\n"
    )
    managed = only(text)
    assert [(row.key, dict(row.fields), row.plain, managed.place(row)) for row in managed.records] == [
        (("ana@\nacme.example",), {"Member_Status": "Sent"}, False, ("leads.csv", 3, 1)),
        (("017",), {"Member_Status": "Planned"}, True, ("leads.csv", 5, 1)),
    ]


def test_a_link_out_of_the_repository_is_not_followed(tmp_path: Path) -> None:
    Path("inner").mkdir()
    Path("outside.csv").write_text("id\n7\n", "utf-8")
    Path("inner/leads.csv").symlink_to(tmp_path / "outside.csv")
    Path("inner/.git").mkdir()
    Path("inner/manifest.yaml").write_text(HEAD + "  Leads: {from: {csv: leads.csv}}\n", "utf-8")
    with pytest.raises(InputError) as caught:
        load([Path("inner")])
    assert [diagnostic.code for diagnostic in caught.value.diagnostics] == ["unsafe-path"]


def test_the_digest_covers_names_and_bytes_of_manifests_and_spreadsheets() -> None:
    text = HEAD + "  Leads: {from: {csv: leads.csv}}\n"
    Path("leads.csv").write_text("id\n7\n", "utf-8")
    first, again = read(text).digest, read(text).digest
    Path("leads.csv").write_text("id\n7\n\n", "utf-8")
    second = read(text).digest
    os.rename("manifest.yaml", "renamed.yaml")  # noqa: PTH104
    assert first == again
    assert len({first, second, load([Path("renamed.yaml")]).digest}) == 3


def test_the_two_sides_of_a_relation_are_told_apart_from_others() -> None:
    other = HEAD.replace("Campaigns", "Leads")
    text = HEAD + "  Leads: {records: [{id: 7}]}\n---\n" + other + "  Campaigns: {records: [{id: 8}]}\n"
    assert read(text).warnings == ()


def test_one_list_in_two_documents_is_fine_where_both_say_other_rows() -> None:
    text = HEAD + "  Leads: {records: [{id: 7}]}\n---\n" + HEAD + "  Leads: {records: [{id: 8}]}\n"
    assert read(text).warnings == ()


def test_one_round_id_is_chance_and_two_are_a_spreadsheet() -> None:
    ids = ["3652397000000500000", "3652397000000500017", "3652397000000600000"]
    texts = [
        HEAD + "  Leads: {records: [" + ", ".join(f"{{id: {i}}}" for i in some) + "]}\n"
        for some in (ids[:2], ids)
    ]
    assert [[warning.code for warning in read(text).warnings] for text in texts] == [[], ["suspicious-id"]]


def test_five_mistakes_in_two_files_are_five_diagnostics() -> None:
    Path("a.yaml").write_text(
        HEAD
        + "  Leads:\n    key: Email\n    prun: true\n    records:\n      - {Emial: a@b}\n      - {Email: true}\n",
        "utf-8",
    )
    Path("b.yaml").write_text(
        "version: 1\nparent: {module: Campaigns, id: 3.65E+18}\nrelated_lists:\n  Leads:\n    records:\n",
        "utf-8",
    )
    with pytest.raises(InputError) as caught:
        load([Path()])
    found = [(d.code, d.span.file, d.span.line) for d in caught.value.diagnostics if d.span]
    assert found == [
        ("unknown-key", "a.yaml", 6),
        ("unknown-key", "a.yaml", 8),
        ("wrong-type", "a.yaml", 9),
        ("rounded-id", "b.yaml", 2),
        ("null-list", "b.yaml", 5),
    ]


ANY_FOLDER = tries(shared=True)

Words = st.sampled_from(
    [
        "version",
        "parent",
        "related_lists",
        "module",
        "id",
        "match",
        "key",
        "records",
        "absent",
        "prune",
        "from",
        "csv",
        "Leads",
    ]
) | st.sampled_from(
    [
        "allow_empty",
        "defaults",
        "Campaigns",
        "Email",
        "Member_Status",
        "1",
        "3.65E+18",
        "true",
        "..",
        "",
        "x\0y",
    ]
)
Trees = st.recursive(
    Words | st.none() | st.booleans() | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(Words, inner, max_size=5),
    max_leaves=25,
)
Lists = st.dictionaries(
    st.sampled_from(["key", "defaults", "prune", "allow_empty", "records", "absent", "from"]),
    Trees,
    max_size=5,
)
Documents = st.fixed_dictionaries(
    {"version": st.just(1), "parent": st.just({"module": "Campaigns", "id": "7"}) | Trees},
    optional={
        "related_lists": st.dictionaries(
            st.sampled_from(["Leads", "Contacts", "x"]), Lists | Trees, max_size=2
        )
    },
)


ENDS = ("read", "refused")


def outcome(data: bytes) -> str:
    """`read` or `refused`: whether a manifest loads, or meets an `InputError` whose problems have places in the file."""
    Path("manifest.yaml").write_bytes(data)
    try:
        load([Path("manifest.yaml")])
    except InputError as error:
        lines = data.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n").split("\n")
        for diagnostic in error.diagnostics:
            assert diagnostic.span is not None
            if diagnostic.span.file == "manifest.yaml":
                assert_shows(diagnostic, lines[diagnostic.span.line - 1])
        return "refused" if error.diagnostics else "refused without a reason"
    return "read"


def assert_shows(diagnostic: Diagnostic, line: str) -> None:
    """The line is shown: whole, or the part of a long one; none where a file as a whole is no manifest."""
    if diagnostic.code == "unreadable-file":
        assert diagnostic.excerpt == ""
    elif len(line) > EXCERPT.most:
        assert len(diagnostic.excerpt) == EXCERPT.most + 1
        assert diagnostic.excerpt in line
    else:
        assert diagnostic.excerpt == line


@ANY_FOLDER
@given(st.binary() | st.text().map(lambda text: text.encode("utf-8", "replace")))
def test_no_bytes_raise_anything_but_input_errors(data: bytes) -> None:
    assert outcome(data) in ENDS


@ANY_FOLDER
@given(Trees | Documents)
def test_no_structure_raises_anything_but_input_errors(tree: object) -> None:
    assert outcome(json.dumps(tree).encode()) in ENDS
    assert outcome(json.dumps(tree, indent=1).replace('"', "").encode()) in ENDS


@ANY_FOLDER
@given(st.binary(max_size=200) | st.text(alphabet='id;,\t"\r\n7Ema', max_size=60).map(str.encode))
def test_no_spreadsheet_raises_anything_but_input_errors(data: bytes) -> None:
    Path("leads.csv").write_bytes(data)
    assert outcome((HEAD + "  Leads: {from: {csv: leads.csv}}\n").encode()) in ENDS


OTHER = {
    "relations/a.yaml": HEAD + "  Leads: {key: Email, from: {csv: rows/a.csv}}\n",
    "relations/rows/a.csv": "Email,Member_Status\nana@acme.example,Sent\n",
}


def put(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return folder


def test_another_state_of_the_folder_is_named_as_the_folder_itself(tmp_path: Path) -> None:
    put(Path(), OTHER)
    copy = put(tmp_path / "copy", OTHER)
    assert load([copy / "relations"], root=copy) == load([Path("relations")])


@pytest.mark.parametrize(
    "wrong",
    [
        {"relations/a.yaml": HEAD + "  Leads: {from: {csv: rows/none.csv}}\n"},
        {"relations/rows/a.csv": "Email,Nonsense\nana@acme.example,Sent\n"},
        {"relations/b.yaml": "version: 2\n", "relations/c.yaml": OTHER["relations/a.yaml"]},
        {"relations/a.yaml": "- no manifest\n", "relations/rows/a.csv": ""},
    ],
    ids=" ".join,
)
def test_what_is_wrong_in_another_state_is_named_so_too(tmp_path: Path, wrong: dict[str, str]) -> None:
    copy = put(tmp_path / "copy", OTHER | wrong)
    with pytest.raises(InputError) as there:
        load([copy / "relations", copy / "nowhere"], root=copy)
    put(Path(), OTHER | wrong)
    with pytest.raises(InputError) as here:
        load([Path("relations"), Path("nowhere")])
    assert there.value.diagnostics == here.value.diagnostics
    assert "copy" not in str(there.value.diagnostics)


ROWS = 'version: 1\nparent: {{module: Campaigns, id: "50"}}\nrelated_lists: {{Leads: {{records: [{}]}}}}\n'


def problems(*texts: str) -> tuple[Diagnostic, ...]:
    """What is wrong with manifests of these texts."""
    for number, text in enumerate(texts):
        Path(f"{number}.yaml").write_text(text)
    with pytest.raises(InputError) as caught:
        load([Path()])
    return caught.value.diagnostics


@pytest.mark.parametrize(("rows", "told"), [(1000, 1000), (1001, 1001), (5000, 1001)])
def test_a_thousand_problems_are_told_and_the_others_counted(rows: int, told: int) -> None:
    found = problems(ROWS.format(", ".join(f'{{id: "{number}", X: 1}}' for number in range(rows))))
    assert len(found) == told
    assert [str(one.message) for one in found if one.code == "more-problems"] == (
        [f"{rows - 1000:,} more problem{'s are' if rows > 1001 else ' is'} not shown"] if rows > 1000 else []
    )


def test_reading_ends_where_nobody_needs_to_know_of_more() -> None:
    many = ROWS.format(", ".join("1" for _ in range(ERRORS.most)))
    found = problems(many, ROWS.format("{id: 1, X: 2}"), ROWS.format("2"))
    assert str(found[-1].message) == f"{ERRORS.most + 1 - 1000:,} more problems are not shown"
    assert {one.span.file for one in found if one.span} == {"0.yaml"}


@pytest.mark.parametrize(
    "text", ["{KEYS}\n", ROWS.format("{KEYS}"), "version: 1\nparent: {KEYS}\nrelated_lists: {}\n"]
)
def test_unknown_keys_of_one_mapping_are_told_up_to_the_limit(text: str) -> None:
    found = problems(text.replace("KEYS", ", ".join(f"unknown{number}: 1" for number in range(1500))))
    messages = [str(one.message) for one in found]
    assert "500 more keys of this mapping are unknown" in messages
    assert len(found) == 1001


def test_a_csv_of_endless_columns_is_told_in_time() -> None:
    Path("rows.csv").write_text(",".join(f"column{number}" for number in range(15_000)) + ",id,id\n")
    found = problems(ROWS.format("").replace("{records: []}", "{from: {csv: rows.csv}}"))
    assert len(found) == 1001
    columns = [one.span.column for one in found if one.span and one.code == "unknown-key"]
    assert columns[:3] == [1, 9, 17]


@pytest.mark.parametrize("name", ["x" * 256, "é" * 128, "x/" * 600, "x\\" * 600])
def test_a_csv_whose_name_no_file_can_have_is_told_where_it_is_named(name: str) -> None:
    assert codes(f"{HEAD}  Leads:\n    from: {{csv: '{name}'}}\n") == ["missing-file"]
