"""A record as manifests name it: by its id, or by keys that are compared as the CRM does."""

from dataclasses import replace

import pytest

from tests.worlds import managed
from zsync.model import Parent, Row, Span
from zsync.model.whereabouts import NamedRecord

ANA = NamedRecord("Leads", "301", "Ana Ek", {"Email": "ana@acme.example", "Last_Name": "Ek"})
HERE = Span("a.yaml", 1, 1)


@pytest.mark.parametrize(
    ("key", "values", "means"),
    [
        (("id",), ("301",), True),
        (("id",), ("302",), False),
        (("Email",), ("ANA@acme.example",), True),
        (("Email",), ("bo@acme.example",), False),
        (("Email", "Last_Name"), ("ana@acme.example", "Ek"), True),
        (("Email", "Last_Name"), ("ana@acme.example", "Berg"), False),
        (("Mobile",), ("",), True),
        (("Mobile",), ("1",), False),
    ],
)
def test_a_row_and_a_parent_mean_a_record_by_its_id_or_by_all_of_its_key(
    key: tuple[str, ...], values: tuple[str, ...], means: bool
) -> None:
    by_id = key == ("id",)
    listed = replace(managed("Campaigns", "501", {}, prune=False, line=1), key=key)
    row = Row(values, by_id=by_id, fields={}, line=2, column=9)
    assert ANA.meant_by(listed, row) is means
    assert not replace(ANA, module="Contacts").meant_by(listed, row)
    match = () if by_id else tuple(zip(key, values, strict=True))
    parent = Parent("Leads", HERE, id=values[0] if by_id else None, match=match)
    assert ANA.is_parent(parent) is means
    assert not ANA.is_parent(replace(parent, module="Contacts"))


def test_a_parent_without_a_key_means_nobody() -> None:
    assert not ANA.is_parent(Parent("Leads", HERE))
