"""Which rows selectors ask for, by kind and by name."""

import pytest

from zsync.model.selectors import RowNames, fits, selectors

ROW = RowNames(
    "Campaigns",
    "501",
    "Spring/Fair, 2027",
    "Leads_1",
    "Leads",
    "301",
    "ana@acme.example",
    "relations/eu/a.yaml",
)


def test_selectors_are_told_apart_by_kind_in_their_order_and_each_once() -> None:
    given = ("*/x", "drift", "delete", "change", "drift", "update", "chnage", "*/x")
    assert selectors(given) == (("drift", "change"), ("delete", "update"), ("*/x", "chnage"))
    assert str(selectors(given)) == "drift or change and delete or update and */x or chnage"
    assert str(selectors(("conflict",))) == "conflict"
    assert selectors(()) == ((), (), ())


@pytest.mark.parametrize(
    ("pattern", "fit"),
    [
        ("Campaigns/Spring/Fair, 2027/Leads/ana@acme.example", True),
        ("Campaigns/Spring/Fair, 2027/Leads_1/*", True),
        ("Campaigns/501/Leads/301", True),
        ("Campaigns/501/Leads/ana@acme.example", False),
        ("Leads/ana@acme.example/Campaigns/*", True),
        ("Leads/301/Campaigns/501", True),
        ("relations/eu/*", True),
        ("relations/*.yaml", True),
        ("eu/*", False),
        ("relations/eu", False),
        ("*/Leads/*", True),
        ("Spring/*", False),
        ("Spring*", True),
        ("Spring/Fair, 2027", False),
        ("ana@acme.example", True),
        ("ana@*", True),
        ("ana", False),
        ("Ana@acme.example", False),
        ("301", True),
        ("Leads", True),
        ("Leads_1", True),
        ("leads", False),
        ("a.yaml", False),
        ("[ab]na@acme.example", True),
        ("", False),
    ],
)
def test_a_pattern_is_held_against_addresses_files_and_names(pattern: str, fit: bool) -> None:
    assert fits(ROW, (pattern,)) is fit
    assert fits(ROW, ("nobody", pattern, "no/body")) is fit


def test_a_row_of_no_file_is_in_no_folder() -> None:
    assert not fits(ROW._replace(file=""), ("relations/*",))
    assert fits(ROW._replace(file=""), ("*/*",))
