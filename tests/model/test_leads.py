"""The lead of a change: on which side it is, and whether a key names it."""

from dataclasses import replace

import pytest

from zsync.model import Change
from zsync.model.leads import Lead, lead_of, unseen

ANA = {"Email": "ana@acme.example"}
JOINS = Change(
    "create", "Campaigns", "501", "Leads", "Leads", "301", "Spring", "Ana", None, {"Member_Status": "Sent"}
)
TURNED = replace(
    JOINS,
    module="Leads",
    record_id="301",
    related_list="Campaigns",
    related_module="Campaigns",
    related_record_id="501",
)


@pytest.mark.parametrize(
    ("change", "lead", "asked"),
    [
        (JOINS, Lead("related", "301", keyed=False), ["301"]),
        (replace(JOINS, key=ANA), Lead("related", "301", keyed=True), []),
        (replace(JOINS, action="update"), Lead("related", "301", keyed=False), []),
        (TURNED, Lead("parent", "301", keyed=False), ["301"]),
        (replace(TURNED, record_key=ANA), Lead("parent", "301", keyed=True), []),
        (replace(TURNED, action="update"), Lead("parent", "301", keyed=False), ["301"]),
        (replace(JOINS, action="delete"), None, []),
        (replace(JOINS, related_module="Contacts"), None, []),
    ],
)
def test_leads_that_neither_a_key_nor_a_reading_shows_are_to_be_asked_for(
    change: Change, lead: Lead | None, asked: list[str]
) -> None:
    assert (lead_of(change), [*unseen([change])]) == (lead, asked)
