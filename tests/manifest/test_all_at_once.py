"""A document's mistakes all at once: whatever is wrong, all else that can be judged is judged, once, and nothing follows from another."""

from collections.abc import Set as AbstractSet
from itertools import combinations, permutations
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from zsync.errors import InputError
from zsync.manifest import load

GOOD = """\
version: 1
parent:
  module: Campaigns
  match: {Campaign_Name: Spring}
related_lists:
  Leads:
    key: Email
    defaults: {Member_Status: Planned}
    prune: true
    records:
      - {Email: ana@acme.example, Member_Status: Invited}
      - {Email: bo@acme.example}
      - {Email: cy@acme.example}
      - {Email: di@acme.example}
    absent:
      - {Email: old@acme.example}
  Contacts:
    records:
      - {id: "3652397000000400001", Member_Status: Sent}
      - {id: "3652397000000400002"}
"""


class Mistake(NamedTuple):
    """A line that is spoilt, what becomes of it, and the diagnostic that tells of it."""

    line: int
    old: str
    new: str
    code: str


MISTAKES = {
    "version": Mistake(1, "1", "2", "bad-version"),
    "parent": Mistake(2, "parent", "parnet", "unknown-key"),
    "module": Mistake(3, "Campaigns", "Campaings", "unsupported-relation"),
    "another module": Mistake(3, "Campaigns", "Zebras", "unsupported-relation"),
    "no module": Mistake(3, "module", "modul", "unknown-key"),
    "module's type": Mistake(3, "Campaigns", "[Campaigns]", "wrong-type"),
    "match": Mistake(4, "match", "mach", "unknown-key"),
    "match's value": Mistake(4, "Spring", '""', "empty-value"),
    "related_lists": Mistake(5, "related_lists", "related_list", "unknown-key"),
    "list": Mistake(6, "Leads", "Laeds", "unsupported-relation"),
    "key": Mistake(7, "Email", "Member_Status", "bad-key"),
    "key's type": Mistake(7, "Email", "[]", "empty-key"),
    "key's name": Mistake(7, "key", "kye", "unknown-key"),
    "defaults": Mistake(8, "Member_Status", "Member_Statsu", "unknown-key"),
    "defaults' type": Mistake(8, "{Member_Status: Planned}", "Planned", "wrong-type"),
    "prune": Mistake(9, "true", "yes", "wrong-type"),
    "prune's name": Mistake(9, "prune", "prun", "unknown-key"),
    "records": Mistake(10, "records", "recrods", "unknown-key"),
    "field": Mistake(11, "Member_Status", "Member_Stauts", "unknown-key"),
    "value": Mistake(11, "Invited", "[Invited]", "wrong-type"),
    "row's key": Mistake(12, "bo@acme.example", "true", "wrong-type"),
    "row": Mistake(13, "{Email: cy@acme.example}", "cy@acme.example", "wrong-type"),
    "broken row": Mistake(13, "cy@acme.example}", "cy@acme.example", "yaml"),
    "another broken row": Mistake(15 + 1, "{Email: old@acme.example}", "Email: 'old@acme.example", "yaml"),
    "repeated row": Mistake(14, "di@acme.example", "ana@acme.example", "duplicate-row"),
    "absent": Mistake(16, "old@acme.example", "old@acme.example, Member_Status: Sent", "absent-fields"),
    "other list's row": Mistake(19, '"3652397000000400001"', "3.65E+18", "rounded-id"),
    "other list's repeated row": Mistake(20, "400002", "400001", "duplicate-row"),
}
BLIND: AbstractSet[tuple[str, str]] = {
    # A row whose key nobody knows is not told apart from another, and the key is no field.
    *((key, row) for key in ("key", "key's type") for row in ("repeated row", "row's key")),
    # A repeated id that cannot be read is repeated by nothing.
    ("other list's row", "other list's repeated row"),
    # A list may have a name of its own: of which module, nobody knows.
    *((module, "list") for module in ("another module", "module's type")),
}
"""Mistakes of which the first takes away what the second would be judged by."""


def spoilt(*names: str) -> str:
    """The document with these mistakes."""
    lines = GOOD.splitlines()
    for name in names:
        mistake = MISTAKES[name]
        assert mistake.old in lines[mistake.line - 1], name
        lines[mistake.line - 1] = lines[mistake.line - 1].replace(mistake.old, mistake.new, 1)
    return "\n".join(lines) + "\n"


def told(folder: Path, text: str) -> list[tuple[int, str]]:
    """The line and code of each error."""
    (folder / "spring.yaml").write_text(text)
    try:
        load([folder / "spring.yaml"])
    except InputError as error:
        return sorted((each.span.line if each.span else 0, each.code) for each in error.diagnostics)
    return []


def planted(*names: str) -> list[tuple[int, str]]:
    return sorted((MISTAKES[name].line, MISTAKES[name].code) for name in names)


def test_the_document_is_in_order(tmp_path: Path) -> None:
    assert told(tmp_path, GOOD) == []


@pytest.mark.parametrize("name", MISTAKES)
def test_each_mistake_is_one_diagnostic(tmp_path: Path, name: str) -> None:
    assert told(tmp_path, spoilt(name)) == planted(name)


def test_every_two_mistakes_are_both_found_and_nothing_follows_from_them(tmp_path: Path) -> None:
    wrong = {
        (one, other): told(tmp_path, spoilt(one, other))
        for one, other in combinations(MISTAKES, 2)
        if MISTAKES[one].line != MISTAKES[other].line and (one, other) not in BLIND
    }
    assert {pair: found for pair, found in wrong.items() if found != planted(*pair)} == {}


@given(
    st.lists(
        st.sampled_from(sorted(MISTAKES)), min_size=3, max_size=6, unique_by=lambda name: MISTAKES[name].line
    )
)
def test_many_mistakes_are_all_found_in_one_run(names: list[str]) -> None:
    assume(BLIND.isdisjoint(permutations(names, 2)))
    with TemporaryDirectory() as folder:
        assert told(Path(folder), spoilt(*names)) == planted(*names)


def test_a_row_that_is_none_hides_neither_the_next_one_nor_its_repetition(tmp_path: Path) -> None:
    text = GOOD.replace("{Email: cy@acme.example}", "cy").replace("di@acme", "ana@acme")
    assert told(tmp_path, text) == [(13, "wrong-type"), (14, "duplicate-row")]


def test_a_sheet_is_judged_as_well_where_the_module_is_mistyped(tmp_path: Path) -> None:
    (tmp_path / "leads.csv").write_text("Email,Member_Stauts\nana@acme.example,Sent\n")
    text = GOOD.replace(
        "    records:\n      - {Email: ana", "    from: {csv: leads.csv}\n    records:\n      - {Email: ana"
    )
    assert told(tmp_path, text.replace("Campaigns", "Campaings")) == [
        (1, "unknown-key"),
        (3, "unsupported-relation"),
    ]


def test_documents_that_are_wrong_contradict_no_other(tmp_path: Path) -> None:
    other = (
        GOOD.replace("prune: true", "prune: false")
        .replace("Invited", "Opened")
        .replace("Campaigns", "Campaings")
    )
    assert [code for _, code in told(tmp_path, f"{GOOD}---\n{other}")] == ["unsupported-relation"]


@pytest.mark.parametrize(
    "row",
    [
        "      - {Email: cy@acme.example",
        "      - {Email: 'cy@acme.example}",
        "      - Email: cy: acme",
        "      - Email: cy@acme.example\n        Member_Status: 'Sent",
        "      - Email: cy@acme.example\n        Member_Status: @here",
        "      - [",
    ],
)
def test_a_row_that_is_no_yaml_hides_nothing_behind_it(tmp_path: Path, row: str) -> None:
    text = GOOD.replace("      - {Email: cy@acme.example}", row).replace('"3652397000000400001"', "3.65E+18")
    lines = text.split("\n")
    spoilt_line = next(at for at, line in enumerate(lines, 1) if "3.65E+18" in line)
    found = told(tmp_path, text)
    assert [code for _, code in found] == ["yaml", "rounded-id"]
    assert found[1][0] == spoilt_line


def test_the_only_row_leaves_no_empty_list_behind(tmp_path: Path) -> None:
    text = "version: 1\nparent: {module: Campaigns, id: '5'}\nrelated_lists:\n  Leads:\n    prune: true\n    records:\n      - {id: '7'\n"
    assert told(tmp_path, text) == [(7, "yaml")]


def test_an_error_outside_of_rows_ends_the_reading_of_its_document(tmp_path: Path) -> None:
    text = GOOD.replace("    key: Email", "    key: [Email").replace("Invited}", "[Invited]}")
    assert [code for _, code in told(tmp_path, text)] == ["yaml"]


def test_a_file_of_broken_rows_alone_ends(tmp_path: Path) -> None:
    rows = "".join("      - {id: '1'\n" for _ in range(200))
    head = GOOD.split("      - {Email: ana", maxsplit=1)[0]
    assert {code for _, code in told(tmp_path, head + rows)} == {"yaml"}
