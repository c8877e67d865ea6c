"""What an org's metadata knows is checked before anything is looked up: each mistake at its place, all of a file together."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from tests.program import Ended, Run
from zsync.emulator import RunningCrm, running

WORLD = {
    "member_fields": {
        "Seat": {"type": "text", "length": 4},
        "Price": {"type": "currency", "decimal_place": 2},
        "VIP": {"type": "boolean", "read_only": True},
    },
    "modules": {"Vendors": "Vendor_Name"},
    "kinds": [
        {"modules": ["Campaigns", "Leads"], "lists": ["Members", "Campaigns"]},
        {"modules": ["Campaigns", "Vendors"]},
    ],
    "lists": [{"parent": "Campaigns", "name": "Guests", "module": "Leads", "type": "multiselectlookup"}],
    "fields": {"Leads": {"Badge": {"label": "Badge number", "length": 4}}},
    "records": {
        "Campaigns": [{"id": "501", "Campaign_Name": "Spring"}],
        "Leads": [
            {"id": "301", "Last_Name": "Ngata", "Email": "ana@acme.example", "Badge": "A1"},
            {"id": "302", "Last_Name": "Ek", "Email": "bo@acme.example", "Badge": "B2"},
        ],
    },
}
CONFIG = """version: 1
values: {Member_Status: [Planned, Invited, Sent, Attended]}
relation_kinds:
  - {parent: Campaigns, related: Leads, fields: {Seat: text, Price: number, VIP: any}}
  - {parent: Campaigns, related: Venders}
"""
HEAD = "version: 1\nparent: {module: Campaigns, match: {Campaign_Name: Spring}}\nrelated_lists:\n"
Write = Callable[[str, str], None]


@pytest.fixture(scope="module")
def crm() -> Iterator[RunningCrm]:
    with running(WORLD) as bundled:
        yield bundled


@pytest.fixture
def variables(crm: RunningCrm) -> Mapping[str, str]:
    crm.switch(relation_fields_listed="nowhere", scope=SCOPE)
    crm.requests.clear()
    return crm.environment()


SCOPE = "ZohoCRM.modules.ALL ZohoCRM.settings.ALL ZohoCRM.coql.READ ZohoCRM.org.READ"


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def put(name: str, text: str) -> None:
        file = tmp_path / "relations" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)

    put("zsync.yaml", CONFIG)
    return put


def looked_up(crm: RunningCrm) -> list[str]:
    """The calls that are neither for a token, the org nor its metadata."""
    return [
        one.path
        for one in crm.requests
        if "/settings/" not in one.path and one.path[-4:] not in ("/org", "oken")
    ]


def metadata(crm: RunningCrm) -> list[str]:
    """What was asked of the metadata, with the module."""
    asked = [one for one in crm.requests if "/settings/" in one.path]
    return sorted(f"{one.path.rpartition('/')[2]} {one.query.get('module', '')}".strip() for one in asked)


def caret(said: Ended, code: str) -> list[tuple[str, str]]:
    """The places of the errors with this code, each with what is underlined."""
    lines = said.err.splitlines()
    found = []
    for at, line in enumerate(lines):
        if f"[{code}]" in line:
            source, marks = lines[at + 3].partition("| ")[2], lines[at + 4].partition("| ")[2]
            found.append((lines[at + 1].partition("--> ")[2], source[marks.index("^") : len(marks)]))
    return found


def test_every_typo_of_a_file_is_told_before_anything_is_looked_up(
    crm: RunningCrm, run: Run, write: Write
) -> None:
    write(
        "spring.yaml",
        "version: 1\nparent:\n  module: Campaigns\n  match: {Campain_Name: Spring}\nrelated_lists:\n"
        "  Leads:\n    key: [Emial, Badge]\n    defaults: {Member_Status: Planed}\n    records:\n"
        "      - {Emial: ana@acme.example, Badge: A1, Member_Status: Atended}\n"
        "      - {Emial: bo@acme.example, Badge: B2345}\n"
        "      - Emial: cy@acme.example\n        Badge: C3\n        Member_Status: attended\n"
        "  Contacts: {key: E_mail, records: [{E_mail: ana@acme.example}]}\n",
    )
    said = run("plan", "--no-base")
    assert said.code == 4
    assert looked_up(crm) == []
    name = "relations/spring.yaml"
    assert caret(said, "unknown-field") == [
        (f"{name}:4:11", "Campain_Name"),
        (f"{name}:7:11", "Emial"),
        (f"{name}:15:19", "E_mail"),
    ]
    assert caret(said, "unknown-value") == [
        (f"{name}:8:31", "Planed"),
        (f"{name}:10:61", "Atended"),
        (f"{name}:14:24", "attended"),
    ]
    assert caret(said, "too-long") == [(f"{name}:11:41", "B2345")]
    for meant in ("Campaign_Name", "Email", "Planned", "Attended"):
        assert f"did you mean `{meant}`?" in said.err
    assert metadata(crm) == ["fields Campaigns", "fields Contacts", "fields Leads", "related_lists Campaigns"]


def test_a_list_and_a_module_that_the_org_lacks_are_told_with_the_other_mistakes(
    crm: RunningCrm, run: Run, write: Write
) -> None:
    write(
        "spring.yaml",
        HEAD + "  Venders: {key: Name, records: [{Name: Acme}]}\n  Leads: {key: Mail, records: []}\n",
    )
    said = run("plan", "--no-base")
    assert (said.code, looked_up(crm)) == (4, [])
    assert caret(said, "unknown-module") == [("relations/spring.yaml:4:3", "Venders")]
    assert caret(said, "no-such-list") == []
    assert caret(said, "unknown-field") == [("relations/spring.yaml:5:16", "Mail")]
    assert "did you mean `Vendors`?" in said.err


def test_a_sheet_is_told_cell_by_cell(crm: RunningCrm, run: Run, write: Write) -> None:
    write("spring.yaml", HEAD + "  Leads:\n    key: Email\n    from: {csv: leads.csv}\n")
    write("leads.csv", 'Email;"Member_Status"\nana@acme.example;Sent\n"bo@acme.example"; "Atended" \n')
    said = run("plan", "--no-base")
    assert (said.code, looked_up(crm)) == (4, [])
    assert caret(said, "unknown-value") == [("relations/leads.csv:3:20", '"Atended"')]


def test_the_metadata_is_asked_once_a_module_whatever_a_plan_needs_of_it(
    crm: RunningCrm, run: Run, write: Write
) -> None:
    for name, email in (("spring.yaml", "ana@acme.example"), ("more.yaml", "bo@acme.example")):
        write(name, HEAD + f"  Leads: {{key: Email, records: [{{Email: {email}, Member_Status: Sent}}]}}\n")
    write(
        "ids.yaml", 'version: 1\nparent: {module: Products, id: "1"}\nrelated_lists: {Leads: {records: []}}\n'
    )
    crm.add("Products", id="1", Product_Name="Lamp")
    said = run("plan", "--no-base")
    assert (said.code, "2 to create" in said.out) == (0, True)
    assert metadata(crm) == [
        "fields Campaigns",
        "fields Leads",
        "related_lists Campaigns",
        "related_lists Products",
    ]


def test_without_the_scope_a_plan_is_made_as_before_and_says_what_is_not_checked(
    crm: RunningCrm, run: Run, write: Write
) -> None:
    crm.switch(
        scope="ZohoCRM.modules.ALL ZohoCRM.settings.related_lists.READ ZohoCRM.coql.READ ZohoCRM.org.READ"
    )
    crm.expire_tokens()
    write(
        "spring.yaml",
        HEAD + "  Leads: {key: Email, records: [{Email: ana@acme.example, Member_Status: Sent}]}\n",
    )
    said = run("plan", "--no-base")
    assert (said.code, "1 to create" in said.out) == (0, True)
    assert "Zoho does not tell the fields of Campaigns, Leads (OAUTH_SCOPE_MISMATCH)" in said.err
    assert "ZohoCRM.settings.fields.READ" in said.err
    # What zsync.yaml says needs no metadata.
    write(
        "spring.yaml",
        HEAD + "  Leads: {key: Email, records: [{Email: ana@acme.example, Member_Status: Snt}]}\n",
    )
    assert caret(run("plan", "--no-base"), "unknown-value") == [("relations/spring.yaml:4:74", "Snt")]


@pytest.mark.parametrize("where", ["first", "second"])
def test_fields_of_relations_are_checked_wherever_the_org_lists_them(
    crm: RunningCrm, run: Run, write: Write, where: str
) -> None:
    crm.switch(relation_fields_listed=where)
    rows = "{Email: ana@acme.example, Seat: A1234, Price: 1.005, VIP: 'yes'}"
    write("spring.yaml", HEAD + f"  Leads: {{key: Email, records: [{rows}]}}\n")
    said = run("plan", "--no-base")
    assert (said.code, looked_up(crm)) == (4, [])
    found = [code for code in ("too-long", "too-precise", "read-only-field") if caret(said, code)]
    assert found == ["too-long", "too-precise", "read-only-field"]


def test_a_typo_of_the_base_that_the_branch_mends_ends_no_plan(
    run: Run, write: Write, commit: Callable[[], None]
) -> None:
    write("spring.yaml", HEAD + "  Leads: {key: Emial, records: [{Emial: ana@acme.example}]}\n")
    commit()
    write("spring.yaml", HEAD + "  Leads: {key: Email, records: [{Email: ana@acme.example}]}\n")
    said = run("plan", "--base", "HEAD")
    assert (said.code, "1 to create" in said.out) == (0, True)


def test_a_typo_outside_of_the_paths_forbids_deletes_and_nothing_else(
    run: Run, write: Write, crm: RunningCrm
) -> None:
    crm.link("Campaigns/501/Members", {"id": "302", "Member_Status": "Sent"})
    write("other.yaml", HEAD + "  Leads: {key: Emial, records: [{Emial: bo@acme.example}]}\n")
    one = "  Leads: {key: Email, prune: %s, records: [{Email: ana@acme.example, Member_Status: Sent}]}\n"
    write("spring.yaml", HEAD + one % "false")
    said = run("plan", "relations/spring.yaml", "--no-base")
    assert (said.code, "names records by a field that they do not have" in said.err) == (0, True)
    write("other.yaml", HEAD + "  Leads: {key: Emial, prune: true, records: [{Emial: bo@acme.example}]}\n")
    write("spring.yaml", HEAD + one % "true")
    said = run("plan", "relations/spring.yaml", "--no-base")
    assert (said.code, "1 row would be deleted" in said.err) == (4, True)
    crm.delink("Campaigns/501/Members", "302")


@pytest.fixture
def commit(tmp_path: Path) -> Callable[[], None]:
    from subprocess import run as started

    def call() -> None:
        for words in (
            ["init", "-qb", "main"],
            ["add", "."],
            ["-c", "user.name=x", "-c", "user.email=x@acme.example", "commit", "-qm", "x"],
        ):
            started(["git", *words], cwd=tmp_path, check=True)

    return call


@pytest.mark.parametrize("where", ["first", "second"])
@pytest.mark.parametrize(
    ("declared", "says", "advice"),
    [
        (
            "Seat: number",
            "Seat is declared as a number, and {}.Seat is a field of type text",
            "declare it as `text`",
        ),
        (
            "Price: text",
            "Price is declared as text, and {}.Price is a field of type currency",
            "declare it as `number`",
        ),
        (
            "VIP: text",
            "VIP is declared as text, and {}.VIP is a field of type boolean",
            "declare it as `boolean`",
        ),
    ],
)
def test_a_declared_field_that_the_org_has_of_another_type_is_told_where_it_is_declared(
    crm: RunningCrm, run: Run, write: Write, where: str, declared: str, says: str, advice: str
) -> None:
    crm.switch(relation_fields_listed=where)
    kind = f"relation_kinds:\n  - parent: Leads\n    related: Campaigns\n    fields:\n      Extra: text\n      {declared}\n"
    write("zsync.yaml", f"version: 1\n{kind}")
    write(
        "spring.yaml",
        HEAD + "  Leads: {key: Email, records: [{Email: ana@acme.example, Member_Status: Sent}]}\n",
    )
    write(
        "autumn.yaml",
        HEAD + "  Leads: {key: Email, records: [{Email: bo@acme.example, Member_Status: Sent}]}\n",
    )
    said = run("plan", "--no-base")
    # Once, however many files use it.
    assert [line for line in said.err.splitlines() if "zsync.yaml" in line and "-->" in line] == [
        " --> relations/zsync.yaml:7:7"
    ]
    assert f"warning[other-type]: {says.format({'first': 'Campaigns', 'second': 'Leads'}[where])}" in said.err
    assert advice in said.err
    assert said.code in (0, 2)


def test_a_profile_tells_of_another_type_offline(crm: RunningCrm, run: Run, write: Write) -> None:
    crm.switch(relation_fields_listed="second")
    config = "version: 1\nenvironments: {sandbox: {}}\n"
    write("zsync.yaml", config)
    assert run("profile").code == 0
    crm.requests.clear()
    write(
        "zsync.yaml",
        config + "relation_kinds: [{parent: Campaigns, related: Leads, fields: {Seat: boolean}}]\n",
    )
    write("spring.yaml", HEAD + "  Leads: {key: Email, records: [{Email: ana@acme.example, Seat: true}]}\n")
    said = run("validate")
    assert crm.requests == []
    assert (
        "warning[other-type]: Seat is declared as a boolean, and Leads.Seat is a field of type text in sandbox"
        in said.err
    )
    assert "--> relations/zsync.yaml:3:63" in said.err


@pytest.mark.parametrize(
    "fields",
    ["{Seat: text, Price: number, VIP: boolean}", "{Seat: any, Price: any, VIP: any}", "{Unheard: number}"],
)
def test_declared_types_that_the_org_bears_out_are_not_told(
    crm: RunningCrm, run: Run, write: Write, fields: str
) -> None:
    crm.switch(relation_fields_listed="second")
    write(
        "zsync.yaml",
        f"version: 1\nrelation_kinds: [{{parent: Campaigns, related: Leads, fields: {fields}}}]\n",
    )
    write(
        "spring.yaml",
        HEAD + "  Leads: {key: Email, records: [{Email: ana@acme.example, Member_Status: Sent}]}\n",
    )
    assert "other-type" not in run("plan", "--no-base").err
