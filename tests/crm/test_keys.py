"""What two keys have in common that name the same record to a CRM."""

import pytest

from zsync.crm.keys import Where, loosely

EMAIL = Where("Leads", ("Email",))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Ana@Acme.example", "ana@acme.EXAMPLE", True),
        (" ana ", "ana", True),
        ("Zoe\u0308", "ZO\u00cb", True),
        ("ΟΔΟΣ", "οδος", True),
        ("Straße", "STRAẞE", True),
        ("Straße", "Strasse", False),
        ("ﬁn", "fin", False),
        ("Ana", "Anna", False),
    ],
)
def test_only_case_unicode_form_and_outer_spaces_are_forgiven(one: str, other: str, same: bool) -> None:
    assert (loosely((one,), frozenset(), EMAIL) == loosely((other,), frozenset(), EMAIL)) == same


def test_numbers_are_compared_as_numbers_where_the_field_is_one() -> None:
    assert loosely(("10.0",), frozenset({"Email"}), EMAIL) == loosely(("10",), frozenset({"Email"}), EMAIL)
    assert loosely(("10.0",), frozenset(), EMAIL) != loosely(("10",), frozenset(), EMAIL)
