"""What an org tells of its modules and lists."""

import pytest

from zsync.model.metadata import FieldMeta, ModuleMeta, OrgMetadata, RelatedList

LEADS = RelatedList("Leads", "Leads", visible=True)


@pytest.mark.parametrize(
    ("name", "is_one"), [("Leads", True), ("Members", True), ("", False), ("Other", False)]
)
def test_a_list_is_called_by_its_name_or_its_api_name_and_by_nothing_else(name: str, is_one: bool) -> None:
    one = RelatedList("Leads", "Leads", visible=True, api_name="Members")
    assert one.called(name) is is_one
    assert not RelatedList("Leads", "Leads", visible=True).called("")


def test_of_a_module_that_the_org_did_not_tell_of_nothing_is_known() -> None:
    fields = {"Email": FieldMeta("Email", "email")}
    org = OrgMetadata("acme", {"Leads": ModuleMeta(fields, (LEADS,)), "Deals": ModuleMeta(None, None)}, {})
    assert (org.fields("Leads"), org.lists("Leads")) == (fields, (LEADS,))
    assert [(org.fields(one), org.lists(one)) for one in ("Deals", "Tasks")] == [(None, None)] * 2
