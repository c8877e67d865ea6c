"""Which list of an org a manifest means."""

from dataclasses import replace

import pytest

from tests.worlds import managed
from zsync.metadata.lists import ListChoice, list_flaw
from zsync.model import Diagnostic
from zsync.model.metadata import RelatedList

SPRING = managed("Campaigns", "501", {"301": "Sent"}, prune=False, line=4)


def listed(
    name: str, module: str = "Leads", *, visible: bool = True, kind: str = "default", label: str = ""
) -> RelatedList:
    return RelatedList(name, module, visible, type=kind, label=label, api_name=name)


def told(name: str, *lists: RelatedList) -> Diagnostic | None:
    """What is wrong with a list of this name, if the org has these lists of campaigns."""
    spring = replace(SPRING, name=name)
    flaw = list_flaw(spring, ListChoice(lists, "Leads", spring.named))
    return flaw.told("this org") if flaw else None


MULTI = listed("Guests", kind="multiselectlookup")


@pytest.mark.parametrize(
    ("lists", "named", "name"),
    [
        ([listed("Leads")], "", "Leads"),
        ([MULTI, listed("Leads")], "", "Leads"),
        ([MULTI, listed("Members")], "", "Members"),
        ([MULTI], "", None),
        ([listed("First"), listed("Second")], "", None),
        ([listed("First"), listed("Second")], "Second", "Second"),
        ([listed("First"), listed("Leads")], "", "Leads"),
        ([listed("First"), listed("Leads")], "First", "First"),
        ([listed("First", visible=False), listed("Second")], "", "Second"),
        ([listed("Leads", "Contacts"), listed("Members")], "", "Members"),
        ([listed("Second", "Contacts"), listed("Leads")], "Second", None),
        ([MULTI, listed("Leads")], "Guests", None),
        ([listed("Leads", "")], "", "Leads"),
    ],
    ids=str,
)
def test_a_list_is_meant_by_its_module_or_by_its_own_name(
    lists: list[RelatedList], named: str, name: str | None
) -> None:
    found = ListChoice(lists, "Leads", named).found
    assert (found and found.name) == name


def test_two_candidates_are_ambiguous_and_both_are_named() -> None:
    found = told("Leads", listed("Zulu"), listed("Alpha"), MULTI)
    assert found is not None
    assert (found.code, found.span) == ("ambiguous-list", SPRING.span)
    assert str(found.message) == "Campaigns has 2 related lists of Leads in this org: Alpha, Zulu"
    assert told("Zulu", listed("Zulu"), listed("Alpha")) is None


def test_a_multi_select_lookup_is_said_to_be_one() -> None:
    found = told("Leads", MULTI, listed("Contacts", "Contacts"))
    assert found is not None
    assert found.code == "no-such-list"
    assert "Guests is a multi-select lookup" in str(found.help)
    assert str(found.help).endswith("The lists of Campaigns are: Contacts.")


@pytest.mark.parametrize(
    ("name", "advice"), [("Guest List", "did you mean `Members`?"), ("Memebrs", "did you mean `Members`?")]
)
def test_a_label_or_a_typo_leads_to_the_name(name: str, advice: str) -> None:
    found = told(name, listed("Members", label="Guest list"), listed("Contacts", "Contacts"))
    assert found is not None
    assert (found.code, str(found.help).startswith(advice)) == ("no-such-list", True)


def test_a_list_that_leads_elsewhere_by_now_is_told_so() -> None:
    found = told("Guests", listed("Guests", "Contacts"), listed("Leads"))
    assert found is not None
    assert "Guests is a list of Contacts there" in str(found.help)


def test_a_hidden_list_is_told_with_what_shows_it() -> None:
    found = told("Leads", listed("Leads", visible=False))
    assert found is not None
    assert str(found.message) == "the related list Leads of Campaigns is hidden in this org"
