"""What a plan says of lists, fields and files that it cannot take as they are: word for word, without a CRM."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from tests.plain import all_plain, plain
from tests.planning.test_agreed import change
from tests.planning.test_deciding import campaign, wanted
from zsync.crm import RelatedList
from zsync.crm.persons import Metadata
from zsync.errors import InputError
from zsync.model import Diagnostic, Span
from zsync.model.consent import SaysNo
from zsync.planning.agreed import refuse_unknown
from zsync.planning.consenting import _unknown, _unseen
from zsync.planning.join import join
from zsync.planning.known import _unknown as untold
from zsync.planning.known import _unread
from zsync.planning.outside import _doubt
from zsync.planning.reading import ListRead, _undeclared, _unreadable

SPAN = Span("relations/zsync.yaml", 3, 5)


@pytest.mark.parametrize(("count", "rows", "them"), [(1, "1 row", "it"), (1002, "1,002 rows", "them")])
def test_rows_of_an_unknown_base_are_counted(count: int, rows: str, them: str) -> None:
    with pytest.raises(InputError) as caught:
        refuse_unknown([change("create"), *[change("delete")] * count])
    assert all_plain(caught.value.diagnostics) == (
        Diagnostic(
            "bad-base",
            f"{rows} would be changed or deleted, and no base tells whether people changed {them} in the CRM",
            help="Name a commit whose manifests are valid: --base REF. To compare with none: --no-base.",
        ),
    )


def listed(rows: Sequence[Mapping[str, Any]], desired: Mapping[str, str | None], line: int = 1) -> ListRead:
    """A campaign's leads, joined with the rows that the CRM gives."""
    own = campaign(desired)
    of = wanted(replace(own, span=Span("spring.yaml", line, 1)))
    (scope,) = of.reading
    return ListRead(scope, "Leads", join(scope, [dict(row) for row in rows]), whole=True)


def test_fields_that_nobody_declared_are_told_once_a_kind_with_what_to_write() -> None:
    first = listed([{"id": "1", "$member_info": {"Member_Status": "Sent", "Hall": "B"}}], {"1": "Sent"})
    second = listed([{"id": "2", "$member_info": {"Naïve": 1, "Desk no": 2, "Gate": 3}}], {"2": "Sent"})
    assert all_plain(_undeclared([listed([{"id": "1"}], {"1": "Sent"}), first, second])) == (
        Diagnostic(
            "undeclared-fields",
            "relations of Campaigns–Leads have fields that zsync does not know: Desk no, Gate, Hall, Naïve",
            first.scope.span,
            "An update sends them back as they are, as far as the CRM shows them; Zoho may empty a field that it is not sent. "
            "Declare them in zsync.yaml: "
            "`relation_kinds: [{parent: Campaigns, related: Leads, fields: {Gate: text, Hall: text}}]`.",
            severity="warning",
        ),
    )


def test_a_field_that_no_row_has_is_an_error_where_nothing_is_known_of_any() -> None:
    rows, leads = [{"id": "1"}, {"id": "2"}], RelatedList("Leads", "Leads", visible=True)
    blind = listed(rows, {"1": "Sent"})
    some = replace(
        blind,
        scope=replace(
            blind.scope, kind=replace(blind.scope.kind, fields={"Member_Status": "text", "Seat": "text"})
        ),
    )
    means = []
    for one in (blind, some):
        (told,) = _unreadable(one.scope, leads, one.joined)
        means.append((str(told.message).partition(": ")[2], told.severity))
    assert means == [("its value cannot be compared", "error"), ("it counts as empty", "warning")]
    known = listed([{"id": "1", "Member_Status": None}], {"1": "Sent"})
    assert [*_unreadable(known.scope, leads, known.joined)] == []


def test_a_file_outside_is_told_with_what_is_wrong_in_it() -> None:
    said = [str(_doubt("south.yaml", what, count).message) for what, count in (("a parent", 0), ("a row", 2))]
    assert said == [
        "`south.yaml`, outside of the paths that were given, has a parent that names no record of the CRM",
        "`south.yaml`, outside of the paths that were given, has a row that could be any of several records",
    ]
    assert plain(_unread("south.yaml")) == Diagnostic(
        "unread-manifest",
        "`south.yaml`, outside of the paths that were given, names records by a field that they do not have",
        help="Fix it: `zsync plan south.yaml` tells where.",
    )


@pytest.mark.parametrize(
    ("codes", "advice"),
    [
        (
            {"Leads": "OAUTH_SCOPE_MISMATCH", "Deals": "NO_PERMISSION"},
            "Make a refresh token that has the scope",
        ),
        ({"Leads": "NO_PERMISSION", "Deals": "NO_PERMISSION"}, "Ask a CRM administrator"),
    ],
)
def test_modules_whose_fields_are_not_told_share_one_warning(codes: dict[str, str], advice: str) -> None:
    (told,) = untold(codes)
    why = ", ".join(dict.fromkeys(codes.values()))
    assert str(told.message) == (
        f"Zoho does not tell the fields of Leads, Deals ({why}): their names and values are not checked before they are used"
    )
    assert (str(told.help).startswith(advice), told.severity) == (True, "warning")
    assert [*untold({})] == []


def test_consent_that_cannot_be_seen_is_a_warning_that_says_why() -> None:
    absent, unread = (_unseen("Leads", "absent"), _unseen("Leads", "denied"))
    assert plain(absent) == Diagnostic(
        "unseen-consent",
        "Leads have no field Email_Opt_Out here: whether somebody opted out cannot be seen",
        help="Show the field to the token's user; or, if people say no elsewhere, name that field under `consent:` in zsync.yaml, "
        "and `Email_Opt_Out: []`.",
        severity="warning",
    )
    assert str(unread.message).startswith("the fields of Leads may not be read")
    assert str(unread.help) == "Give the token the scope `ZohoCRM.settings.fields.READ`."


def test_each_mistyped_field_of_consent_is_told_with_the_nearest_there_is() -> None:
    known = {
        "Leads": Metadata((), (), {"No_Mail": "boolean", "No_Mails": "boolean"}),
        "Contacts": Metadata((), (), {}),
    }
    fields = [SaysNo(name, (True,), SPAN) for name in ("No_Mail", "No_Mial", "Zzz")]
    assert all_plain(_unknown(fields, known)) == tuple(
        Diagnostic(
            "unknown-field",
            f"neither Leads nor Contacts have the field {name}",
            SPAN,
            f"{advice} A field that is not there keeps nobody out.",
        )
        for name, advice in (
            ("No_Mial", "Did you mean No_Mail?"),
            ("Zzz", "`zsync doctor` shows what the token's user may see."),
        )
    )
    assert [*_unknown(fields, known | {"Contacts": Metadata((), (), None)})] == []
