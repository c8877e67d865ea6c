"""What a branch changes in zsync.yaml."""

import pytest

from tests.workflows.test_hostile import inert
from zsync.review.configuration import Setting, changed, told

FILE = "relations/zsync.yaml"
BASE = b"""version: 1
environments:
  eu: {type: sandbox, protected: true, org_id: "999", waves: [1%, rest]}
guards:
  max_deletes: 5%
  max_changes: {count: 100, percent: 5}
  protected_records:
    Leads: {Email: "*@quill.example"}
personal: {default: mask, fields: {Nickname: mask}}
"""


def of(old: bytes, new: bytes) -> list[tuple[str, str, str]]:
    """The differences where one text of the configuration is another one."""
    after = BASE.replace(old, new)
    assert after != BASE
    return [each[1:4] for each in changed({FILE: BASE}, {FILE: after})]


@pytest.mark.parametrize(
    ("old", "new", "key", "before", "after"),
    [
        (b"5%\n", b"20%\n", "guards.max_deletes", "5%", "20%"),
        (b"count: 100", b"count: 9999", "guards.max_changes.count", "100", "9999"),
        (b", percent: 5", b"", "guards.max_changes.percent", "5", ""),
        (b"protected: true", b"protected: false", "environments.eu.protected", "true", "false"),
        (b'"999"', b'"1"', "environments.eu.org_id", "999", "1"),
        (b"type: sandbox", b"type: production", "environments.eu.type", "sandbox", "production"),
        (b"[1%, rest]", b"[100%]", "environments.eu.waves", "[1%, rest]", "[100%]"),
        (b"fields: {", b"fields: {Email: show, ", "personal.fields.Email", "", "show"),
        (b"  max_deletes: 5%\n", b"", "guards.max_deletes", "5%", ""),
    ],
)
def test_a_setting_that_differs_is_shown_as_it_was_and_is(
    old: bytes, new: bytes, key: str, before: str, after: str
) -> None:
    assert of(old, new) == [(key, before, after)]


def test_a_host_is_shown_whole() -> None:
    host = b"accounts_url: 'http://127.0.0.1:8', "
    assert of(b"{type", b"{" + host + b"type") == [("environments.eu.accounts_url", "", "http://127.0.0.1:8")]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"*@quill.example", b"ana@quill.example"),
        (b"*@quill.example", b"Quill"),
        (b'"999"', b'"ana@quill.example"'),
    ],
)
def test_what_may_name_somebody_is_not_shown(old: bytes, new: bytes) -> None:
    (found,) = of(old, new)
    assert "…" in found[1:]
    assert not [each for each in found if "ana" in each or "Quill" in each]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"version: 1\n", b"# why\nversion: 1\n"),
        (b"5%\n", b'"5%"\n'),
        (b"{count: 100, percent: 5}", b"{percent: 5, count: 100}"),
    ],
)
def test_comments_quotes_and_order_change_nothing(old: bytes, new: bytes) -> None:
    assert of(old, new) == []


@pytest.mark.parametrize(
    ("before", "after", "row"),
    [
        ({}, {FILE: BASE}, Setting(FILE, "", "no file", "a new file")),
        ({FILE: BASE}, {}, Setting(FILE, "", "a file", "no file", "loosens")),
        (
            {FILE: BASE},
            {FILE: BASE, "relations/a/zsync.yaml": b""},
            Setting("relations/a/zsync.yaml", "", "no file", "a new file"),
        ),
        (
            {FILE: BASE},
            {FILE: BASE, "relations/ZSYNC.YML": b""},
            Setting("relations/ZSYNC.YML", "", "no file", "a new file"),
        ),
    ],
)
def test_a_configuration_that_comes_or_goes_is_shown(
    before: dict[str, bytes], after: dict[str, bytes], row: Setting
) -> None:
    assert changed(before, after) == (row,)


@pytest.mark.parametrize(
    "broken", [b"a: [", b"\xff\xfe", b"a: 1\na: 2\n", b"a: 1\n---\nb: 1\n", b"&a [*a, *a]"]
)
def test_a_configuration_that_cannot_be_read_is_a_change(broken: bytes) -> None:
    assert changed({FILE: BASE}, {FILE: broken})
    assert changed({FILE: broken}, {FILE: BASE})
    assert changed({FILE: broken}, {FILE: broken}) == ()


def test_where_nothing_differs_nothing_is_told() -> None:
    assert told(changed({FILE: BASE}, {FILE: BASE})) == ""


KEYS = "".join(f"  'k{n} <img> | @team\\n::error::x': {n}\n" for n in range(60)).encode()


@pytest.mark.parametrize(
    ("before", "after", "begins"),
    [
        (
            b"guards:\n" + KEYS,
            b"guards: {}\n",
            "> [!WARNING]\n> **Loosens a guard once merged:** 60 settings. ",
        ),
        (
            b"other: {}\n",
            b"other:\n" + KEYS,
            "> [!WARNING]\n> **This branch changes what zsync may do:** `relations/zsync.yaml`. ",
        ),
        (b"guards: {}\n", b"guards:\n" + KEYS, "Tightens: "),
    ],
)
def test_what_is_told_is_inert_and_counts_what_it_leaves_out(
    before: bytes, after: bytes, begins: str
) -> None:
    text = told(changed({FILE: before}, {FILE: after}))
    assert inert(text)
    assert "10 more" in text
    assert text.startswith(begins)
    assert len(told(changed({FILE: BASE}, {FILE: b"k" * 5000 + b": 1\n"}))) < 3000


def test_what_is_loosened_comes_first_and_what_is_tightened_last() -> None:
    after = BASE.replace(b"max_deletes: 5%", b"max_deletes: 1%").replace(b"count: 100", b"count: 1000")
    text = told(changed({FILE: BASE}, {FILE: after.replace(b"type: sandbox", b"type: production")}))
    first, second, third = text.split("\n\n")
    assert first == (
        "> [!WARNING]\n> **Loosens a guard once merged:** `guards.max_changes.count` `100` → `1000` "
        "(`relations/zsync.yaml:6`). Review that first, and merge it by itself."
    )
    assert "`environments.eu.type`" in second
    assert third == "Tightens: `guards.max_deletes` `5%` → `1%` (`relations/zsync.yaml:5`)."


def test_a_branch_that_only_tightens_alarms_nobody() -> None:
    after = BASE.replace(b"max_deletes: 5%", b"max_deletes: 1%")
    assert "[!" not in told(changed({FILE: BASE}, {FILE: after}))


def test_of_consent_only_what_names_nobody_is_shown() -> None:
    before = b"consent:\n  never: [ana@acme.example, suppress.csv]\n  types: {Webinar: withhold}\n"
    after = b"consent:\n  never: [suppress.csv]\n  types: {Webinar: warn}\n  off: Ana wants it\n"
    assert [each[1:5] for each in changed({FILE: before}, {FILE: after})] == [
        ("consent.never", "2 entries", "1 entry", "loosens"),
        ("consent.types.Webinar", "withhold", "warn", "loosens"),
        ("consent.off", "", "…", "loosens"),
    ]
