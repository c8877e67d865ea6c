"""Relations that are listed twice are found, whichever side and document lists them: held against the plain way to find them."""

import json
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.laws import tries
from zsync.errors import InputError
from zsync.manifest import load

Statement = tuple[str, str, list[tuple[str, str]]]

Ids = st.sampled_from("123")
Statements = st.lists(
    st.tuples(
        st.sampled_from(["Campaigns", "Leads"]),
        Ids,
        st.lists(st.tuples(Ids, st.sampled_from(["Sent", "Opened", "absent"])), min_size=1, max_size=3),
    ),
    max_size=5,
)


def written(statements: list[Statement], *, by_key: bool) -> str:
    """A document for each statement: the parent's module and id, and its rows."""
    documents = []
    for module, parent, rows in statements:
        other, name = ("Leads" if module == "Campaigns" else "Campaigns"), "Code" if by_key else "id"
        head = {"match": {"Code": parent}} if by_key else {"id": parent}
        records = [{name: related, "Member_Status": status} for related, status in rows if status != "absent"]
        absent = [{name: related} for related, status in rows if status == "absent"]
        lists = {other: {"key": name, "records": records, "absent": absent}}
        documents.append(
            json.dumps({"version": 1, "parent": {"module": module, **head}, "related_lists": lists})
        )
    return "\n---\n".join(documents or ["# nothing"])


def verdict(statements: list[Statement]) -> str:
    said = defaultdict(list)
    for module, parent, rows in statements:
        if len({related for related, _ in rows}) < len(rows):
            return "error"
        for related, status in rows:
            said[(parent, related) if module == "Campaigns" else (related, parent)].append(status)
    if any(len(set(values)) > 1 for values in said.values()):
        return "error"
    return "warning" if any(len(values) > 1 for values in said.values()) else "fine"


@pytest.mark.parametrize("by_key", [False, True])
@tries(shared=True)
@given(statements=Statements)
def test_a_relation_said_twice_is_found_from_every_side(
    by_key: bool, statements: list[Statement], tmp_path: Path
) -> None:
    (tmp_path / "manifest.yaml").write_text(written(statements, by_key=by_key), "utf-8")
    try:
        warnings = load([tmp_path]).warnings
        found = "warning" if any(w.code == "repeated-row" for w in warnings) else "fine"
    except InputError:
        found = "error"
    assert found == verdict(statements)
