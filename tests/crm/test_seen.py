"""What an observer of the wire gets: paths without ids, and every try."""

import pytest

from zsync.crm.calls import Call


@pytest.mark.parametrize(
    ("path", "template"),
    [
        ("org", "org"),
        ("coql", "coql"),
        ("settings/fields?module=Leads", "settings/fields"),
        ("Leads?fields=id&ids=1,2", "Leads"),
        ("Leads/11/Campaigns?ids=5", "Leads/{id}/Campaigns"),
        ("Leads/11/Campaigns/50", "Leads/{id}/Campaigns/{id}"),
        ("Leads/no-number/Campaigns", "Leads/{id}/Campaigns"),
        ("Leads/11/actions/get_related_records_count", "Leads/{id}/actions/get_related_records_count"),
        ("Leads/11/My%20List", "Leads/{id}/My%20List"),
    ],
)
def test_a_template_has_neither_ids_nor_query(path: str, template: str) -> None:
    assert Call("GET", path).template == template
