"""`zsync pull`: what is written, where, and that a plan finds nothing to do afterwards. Nothing is ever written to the CRM."""

import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from tests.program import Run
from zsync.emulator import RunningCrm, running

LEADS = [
    {"id": "301", "First_Name": "Ana", "Last_Name": "Ruiz", "Email": "ana@acme.example"},
    {"id": "302", "First_Name": "Bo", "Last_Name": "Ek", "Email": "bo@acme.example"},
    {"id": "303", "First_Name": "Cy", "Last_Name": "No # Mail"},
    {"id": "304", "First_Name": "Di", "Last_Name": "Two", "Email": "twins@acme.example"},
    {"id": "305", "First_Name": "Do", "Last_Name": "Two", "Email": "twins@acme.example"},
    {"id": "306", "First_Name": "Ed", "Last_Name": "Gone", "Email": "ed@acme.example"},
]
PRODUCTS = [
    {"id": "701", "Product_Name": "Sensor", "Product_Code": "SENS-1"},
    {"id": "702", "Product_Name": "Cable", "Product_Code": "0010"},
    {"id": "703", "Product_Name": "Kit"},
]
WORLD = {
    "records": {
        "Campaigns": [
            {"id": "501", "Campaign_Name": "Spring Launch 2027", "Status": "Active"},
            {"id": "502", "Campaign_Name": "Fair", "Status": "Active"},
            {"id": "503", "Campaign_Name": "Empty"},
        ],
        "Leads": LEADS,
        "Products": PRODUCTS,
        "Price_Books": [{"id": "801", "Price_Book_Name": "Wholesale"}],
    },
    "relations": {
        "Campaigns/501/Leads": [
            {"id": lead["id"], "Member_Status": "Sent" if lead["id"] != "302" else "Planned"}
            for lead in LEADS
        ],
        "Campaigns/502/Leads": [{"id": "301", "Member_Status": "Invited"}],
        "Price_Books/801/Products": [
            {"id": "701", "list_price": 49.9},
            {"id": "702", "list_price": 0},
            {"id": "703", "list_price": 1000},
        ],
    },
}
SPRING = Path("relations/campaigns/spring-launch-2027.yaml")
SPRING_TEXT = """version: 1
parent:
  module: Campaigns
  match: {Campaign_Name: Spring Launch 2027}
related_lists:
  Leads:
    key: Email
    defaults: {Member_Status: Sent}
    records:
      - {Email: ana@acme.example}
      - {Email: bo@acme.example, Member_Status: Planned}
      - {id: "303"}  # Cy No # Mail
      - {id: "304"}  # Di Two
      - {id: "305"}  # Do Two
"""
HEAD = "version: 1\nparent: {module: Campaigns, match: {Campaign_Name: Spring Launch 2027}}\nrelated_lists:\n"


@pytest.fixture
def crm() -> Iterator[RunningCrm]:
    with running(WORLD) as bundled:
        bundled.convert("306")
        yield bundled


@pytest.fixture
def variables(crm: RunningCrm) -> Mapping[str, str]:
    return crm.environment()


@pytest.fixture
def write(run: Run) -> Callable[[str, str], Path]:
    def put(name: str, text: str) -> Path:
        path = Path("relations", name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8", newline="")
        return path

    return put


def contents() -> dict[str, bytes]:
    return {path.as_posix(): path.read_bytes() for path in Path("relations").rglob("*") if path.is_file()}


def agrees(run: Run) -> bool:
    """Whether a plan finds nothing to do."""
    return run("plan", "--detailed-exitcode").code == 0 and run("validate").code == 0


def test_a_campaign_is_in_a_file_of_its_own(run: Run, crm: RunningCrm) -> None:
    said = run("pull", "Campaigns/Spring Launch 2027")
    assert (said.code, SPRING.read_text()) == (0, SPRING_TEXT)
    assert said.out == (
        f"Wrote {SPRING}\n"
        "  Leads        2 rows by Email, 3 by id: their Email is empty or not unique\n"
        "             default Member_Status: Sent (4 of them)\n"
        "             1 lead was converted: it is left out\n"
    )
    assert "API credits. The CRM was only read. Next: zsync plan, which finds no changes\n" in said.err
    assert agrees(run)
    assert run("fmt", "--check").code == 0


def test_what_is_said_to_cost_is_what_was_asked(run: Run, crm: RunningCrm) -> None:
    said = run("pull", "Campaigns", "--all")
    asked = sum("/crm/" in one.path for one in crm.requests)
    assert f"\n{asked} API credits. " in said.err
    assert "Reading 6 lists of 3 records: at least 6 API credits\n" in said.err


def test_a_pull_of_more_calls_than_are_allowed_writes_nothing(run: Run) -> None:
    said = run("pull", "Campaigns", "--all", "--max-reads", "9")
    assert (said.code, "--max-reads" in said.err, Path("relations").exists()) == (5, True, False)


def test_the_same_pull_again_changes_nothing(run: Run) -> None:
    run("pull", "Campaigns", "--all")
    run("pull", "Price_Books", "--all", "--to", "csv")
    before = contents()
    said = run("pull", "Campaigns", "--all"), run("pull", "Price_Books/Wholesale")
    assert contents() == before
    assert [one.out.count("Unchanged relations/") for one in said] == [2, 1]
    assert agrees(run)


@pytest.mark.parametrize(
    "what",
    [
        ("Campaigns/501",),
        ("Campaigns/spring launch 2027",),
        ("Campaigns/Spring Launch 2027", "Leads"),
        ("Campaigns", "--where", "Campaign_Name like 'Spring%'"),
    ],
)
def test_a_record_is_found_by_id_name_or_query(run: Run, what: tuple[str, ...]) -> None:
    assert run("pull", *what).code == 0
    assert list(contents()) == [SPRING.as_posix()]
    assert SPRING.read_text() == SPRING_TEXT


def test_prices_are_named_by_what_names_more_of_them(run: Run, crm: RunningCrm) -> None:
    assert "  Products     3 rows by Product_Name\n" in run("pull", "Price_Books/Wholesale").out
    text = Path("relations/price-books/wholesale.yaml").read_text()
    assert (
        "      - {Product_Name: Cable, list_price: 0}\n      - {Product_Name: Kit, list_price: 1000}\n"
        in text
    )
    crm.delink("Price_Books/801/Products", "703")
    Path("relations/price-books/wholesale.yaml").unlink()
    run("pull", "Price_Books/Wholesale")
    text = Path("relations/price-books/wholesale.yaml").read_text()
    assert (
        '      - {Product_Code: "0010", list_price: 0}\n      - {Product_Code: SENS-1, list_price: 49.9}\n'
        in text
    )
    assert agrees(run)


def test_a_lead_is_pulled_with_its_campaigns(run: Run) -> None:
    assert run("pull", "Leads/ana@acme.example", "Campaigns").code == 0
    assert Path("relations/leads/ana-acme-example.yaml").read_text() == (
        "version: 1\nparent:\n  module: Leads\n  match: {Email: ana@acme.example}\nrelated_lists:\n  Campaigns:\n"
        "    key: Campaign_Name\n    records:\n      - {Campaign_Name: Fair, Member_Status: Invited}\n"
        "      - {Campaign_Name: Spring Launch 2027, Member_Status: Sent}\n"
    )
    assert agrees(run)


def test_a_row_that_the_other_side_declares_is_not_declared_again(run: Run, crm: RunningCrm) -> None:
    run("pull", "Leads/ana@acme.example", "Campaigns")
    assert run("pull", "Campaigns", "--all").code == 0
    assert "ana@acme.example" not in SPRING.read_text()
    assert not Path("relations/campaigns/fair.yaml").exists()
    crm.link("Campaigns/501/Leads", {"id": "301", "Member_Status": "Responded"})
    crm.delink("Campaigns/502/Leads", "301")
    said = run("pull", "Campaigns/Spring Launch 2027")
    assert (
        "Changed relations/leads/ana-acme-example.yaml\n  Leads      1 row changed; 4 as before\n" in said.out
    )
    run("pull", "Campaigns/Fair")
    rows = Path("relations/leads/ana-acme-example.yaml").read_text().partition("records:\n")[2]
    assert rows == "      - {Campaign_Name: Spring Launch 2027, Member_Status: Responded}\n"
    assert agrees(run)


def test_with_ids_neither_address_nor_name_of_a_person_is_in_git(run: Run) -> None:
    run("pull", "Campaigns", "--all", "--keys", "id")
    run("pull", "Leads/ana@acme.example", "--keys", "id")
    run("pull", "Price_Books", "--all", "--keys", "id")
    everything = b"".join(contents().values()).decode() + "".join(contents())
    assert [word for word in ("@", "Ruiz", "ruiz", "Ana", "No # Mail") if word in everything] == []
    assert '      - {id: "701", list_price: 49.9}  # Sensor\n' in everything
    assert "match: {Campaign_Name: Fair}" in everything
    assert agrees(run)


def test_where_the_org_refuses_a_key_rows_have_their_ids(run: Run, crm: RunningCrm) -> None:
    refused = {"status": 400, "code": "INVALID_QUERY", "times": "always"}
    crm.add_faults([{"on": "POST /coql", "body_text": "Email in", **refused}])
    said = run("pull", "Campaigns/501")
    assert "  Leads        5 rows by id: their Email is empty or not to be queried\n" in said.out
    assert "@" not in SPRING.read_text()
    assert agrees(run)


def test_with_ids_no_address_is_added_to_a_list_that_has_some(
    run: Run, write: Callable[[str, str], Path]
) -> None:
    file = write(
        "spring.yaml", HEAD + "  Leads:\n    key: Email\n    records:\n      - {Email: bo@acme.example}\n"
    )
    assert run("pull", "Campaigns/501", "--keys", "id").code == 0
    rows = file.read_text().partition("records:\n")[2]
    assert rows.startswith('      - {Email: bo@acme.example}\n      - {id: "301", Member_Status: Sent}\n')
    assert (rows.count("@"), rows.count("#")) == (1, 0)
    assert agrees(run)


def test_many_rows_go_into_a_sheet_beside_the_manifest(run: Run) -> None:
    said = run("pull", "Campaigns/Spring Launch 2027", "--rows", "4")
    assert "             2 of them in spring-launch-2027-leads.csv, 3 in the manifest\n" in said.out
    sheet = SPRING.with_name("spring-launch-2027-leads.csv")
    assert sheet.read_bytes() == b"Email,Member_Status\nana@acme.example,\nbo@acme.example,Planned\n"
    assert SPRING.read_text().endswith(
        '      - {id: "305"}  # Do Two\n    from: {csv: spring-launch-2027-leads.csv}\n'
    )
    assert (run("fmt", "--check").code, agrees(run)) == (0, True)


def test_what_colleagues_did_is_taken_into_the_sheet_as_single_lines(run: Run, crm: RunningCrm) -> None:
    run("pull", "Campaigns/Spring Launch 2027", "Leads", "--rows", "0", "--keys", "id")
    sheet = SPRING.with_name("spring-launch-2027-leads.csv")
    before = sheet.read_text().splitlines()
    crm.link("Campaigns/501/Leads", {"id": "303", "Member_Status": "Responded"})
    crm.delink("Campaigns/501/Leads", "305")
    assert "1 row changed, 1 removed; 3 as before" in run("pull", "Campaigns/501").out
    after = sheet.read_text().splitlines()
    assert ({*after} - {*before}, len(after)) == ({"303,Responded"}, len(before) - 1)
    assert agrees(run)


MESSY = """# who comes, and why\r
version: 1\r
parent: &p {module: Campaigns, id: 501}   # renamed last year\r
related_lists:\r
    Leads:\r
        key: Email\r
        records:\r
            -   {  Member_Status: "Invited", Email: 'ana@acme.example' }   # VIP\r
\r
            # the Ek family\r
            - Email: bo@acme.example\r
              Member_Status: Planned\r
            - {Email: zoe@acme.example, Member_Status: Sent} # gone from the CRM\r
        absent: [{Email: ed@acme.example}]"""


def test_in_a_file_that_is_there_only_rows_that_differ_change(
    run: Run, write: Callable[[str, str], Path], crm: RunningCrm
) -> None:
    crm.add("Leads", id="310", Last_Name="Zoe", Email="zoe@acme.example")
    file = write("my own.yaml", MESSY)
    said = run("pull", "Campaigns/501")
    assert (
        "Changed relations/my own.yaml\n  Leads      1 row changed, 3 added, 1 removed; 1 as before\n"
        in said.out
    )
    after = file.read_bytes().decode()
    assert """            -   {  Member_Status: "Sent", Email: 'ana@acme.example' }   # VIP\r\n""" in after
    kept = [line for line in MESSY.splitlines(keepends=True) if "ana@" not in line and "zoe@" not in line]
    assert [line for line in after.splitlines(keepends=True) if line in kept] == kept
    assert "zoe@" not in after
    # The one under `absent` is in the CRM, as a converted lead: nobody is put back whom somebody kept out.
    assert "under `absent`, and in the CRM: left alone" in said.out
    assert contents().keys() == {"relations/my own.yaml"}


SHAPES = {
    "json": '{\n  "version": 1,\n  "parent": {"module": "Campaigns", "id": "501"},\n  "related_lists": {\n    "Leads": {\n      "key": "Email",\n'
    '      "records": [\n        {"Email": "ana@acme.example", "Member_Status": "Planned"},\n        {"Email": "zz@acme.example"}\n      ]\n'
    "    }\n  }\n}",
    "braces": HEAD + "  Leads: {prune: true, allow_empty: true}\n",
    "empty": HEAD
    + "  Leads:\n    key: Email\n    prune: true\n    allow_empty: true\n    records: [] # yet\n",
    "anchors": HEAD
    + "  Leads:\n    key: Email\n    defaults: &d {Member_Status: Planned}\n    records: [&a {Email: ana@acme.example},\n"
    "      {Email: bo@acme.example}] # two\n  Contacts: {key: Email, defaults: *d, prune: true, allow_empty: true}\n",
    "sheet": HEAD + "  Leads:\n    key: Email\n    from: {csv: x.csv}\n",
}


@pytest.mark.parametrize("shape", SHAPES)
def test_whatever_shape_a_file_has_it_comes_to_say_what_the_crm_holds(
    run: Run, write: Callable[[str, str], Path], shape: str
) -> None:
    write("x.csv", "\ufeffMember_Status;Email\r\nPlanned;ana@acme.example")
    file = write("spring.yaml", SHAPES[shape])
    assert run("pull", "Campaigns/501").code == 0
    assert agrees(run)
    before = contents()
    assert ("# Cy No # Mail" in file.read_text(), len(before)) == (shape not in ("braces", "anchors"), 2)
    run("pull", "Campaigns/501")
    assert contents() == before


def test_a_campaign_that_was_renamed_stays_in_its_file(
    run: Run, write: Callable[[str, str], Path], crm: RunningCrm
) -> None:
    write(
        "spring.yaml",
        HEAD.replace("match: {Campaign_Name: Spring Launch 2027}", 'id: "501"')
        + "  Leads: {records: [{id: '301'}]}\n",
    )
    crm.edit("501", Campaign_Name="Spring again")
    assert run("pull", "Campaigns/Spring again").code == 0
    assert contents().keys() == {"relations/spring.yaml"}


def test_a_manifest_whose_campaign_was_renamed_is_not_doubled(run: Run, crm: RunningCrm) -> None:
    run("pull", "Campaigns/501")
    crm.edit("501", Campaign_Name="Spring again")
    before = contents()
    said = run("pull", "Campaigns/501")
    assert (said.code, contents()) == (4, before)
    assert (
        "error[not-found]: no record of Campaigns is named so any more, and `Spring again` would get a file"
        in said.err
    )
    assert f"--> {SPRING}:2:1" in said.err
    SPRING.write_text(SPRING.read_text().replace("Spring Launch 2027", "Spring again"))
    assert run("pull", "Campaigns/501").out.startswith(f"Unchanged {SPRING}\n")


def test_a_list_that_a_manifest_lacks_is_added_to_it(
    run: Run, write: Callable[[str, str], Path], crm: RunningCrm
) -> None:
    file = write(
        "spring.yaml", HEAD + "  Leads:\n    key: Email\n    records: [{Email: ana@acme.example}] # one\n"
    )
    contact = crm.add("Contacts", Last_Name="Fox", Email="fox@acme.example")
    crm.link("Campaigns/501/Contacts", {"id": contact, "Member_Status": "Sent"})
    said = run("pull", "Campaigns/501", "Contacts")
    assert said.out == "Changed relations/spring.yaml\n  Contacts     1 row by Email\n"
    assert (
        "  Contacts:\n    key: Email\n    records:\n      - {Email: fox@acme.example, Member_Status: Sent}\n"
        in file.read_text()
    )
    assert agrees(run)


def test_a_long_list_that_a_manifest_lacks_gets_one_of_its_own(
    run: Run, write: Callable[[str, str], Path]
) -> None:
    write(
        "fair.yaml",
        'version: 1\nparent: {module: Campaigns, id: "501"}\nrelated_lists:\n  Contacts: {prune: true, allow_empty: true}\n',
    )
    assert run("pull", "Campaigns/501", "Leads", "--to", "csv").code == 0
    assert contents().keys() == {
        "relations/fair.yaml",
        "relations/campaigns/spring-launch-2027-leads.yaml",
        "relations/campaigns/spring-launch-2027-leads-leads.csv",
    }
    assert agrees(run)


def test_a_list_that_is_spread_over_files_keeps_its_parts(
    run: Run, write: Callable[[str, str], Path], crm: RunningCrm
) -> None:
    one = write(
        "one.yaml",
        HEAD + "  Leads: {key: Email, records: [{Email: ana@acme.example, Member_Status: Sent}]}\n",
    )
    two = write(
        "two.yaml",
        HEAD + '  Leads:\n    records:\n      - {id: "302", Member_Status: Sent}\n      - {id: "303"}\n',
    )
    kept = one.read_bytes()
    assert run("pull", "Campaigns/501").code == 0
    assert one.read_bytes() == kept
    assert two.read_text().partition("records:\n")[2] == (
        '      - {id: "302", Member_Status: Planned}\n      - {id: "303"}\n      - {id: "304", Member_Status: Sent}  # Di Two\n'
        '      - {id: "305", Member_Status: Sent}  # Do Two\n'
    )
    assert agrees(run)


def test_from_inside_of_the_tree_the_files_are_the_same(
    run: Run, write: Callable[[str, str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    git("init", "--quiet")
    write("zsync.yaml", "version: 1\n")
    folder = write(
        "north/fair.yaml",
        'version: 1\nparent: {module: Campaigns, id: "502"}\nrelated_lists:\n  Leads: {records: [{id: "302"}]}\n',
    ).parent
    home = Path.cwd()
    monkeypatch.chdir(folder)
    said = run("pull", "campaigns", "--all", "--overwrite")
    monkeypatch.chdir(home)
    assert (said.code, {*contents()}) == (
        0,
        {"relations/zsync.yaml", "relations/north/fair.yaml", SPRING.as_posix()},
    )
    assert 'id: "301", Member_Status: Invited' in Path("relations/north/fair.yaml").read_text()
    assert agrees(run)


def test_roles_of_contacts_are_pulled_from_the_deal(run: Run, crm: RunningCrm) -> None:
    deal, contact = (
        crm.add("Deals", Deal_Name="Forty kits"),
        crm.add("Contacts", Last_Name="Fox", Email="fox@acme.example"),
    )
    crm.link(f"Deals/{deal}/Contact_Roles", {"id": contact, "Contact_Role": "Purchasing"})
    assert run("pull", "Deals/Forty kits").code == 0
    text = Path("relations/deals/forty-kits.yaml").read_text()
    assert text.endswith(
        "  Contact_Roles:\n    key: Email\n    records:\n      - {Email: fox@acme.example, Contact_Role: Purchasing}\n"
    )
    assert agrees(run)


@pytest.mark.parametrize("many", [430, pytest.param(3000, marks=pytest.mark.nightly)])
def test_a_long_list_comes_in_whole_and_stays(run: Run, crm: RunningCrm, many: int) -> None:
    for number in range(many):
        lead = crm.add("Leads", Last_Name=f"Lead {number}", Email=f"lead{number}@acme.example")
        crm.link("Campaigns/503/Leads", {"id": lead, "Member_Status": ("Sent", "Planned")[number % 2]})
    assert run("pull", "Campaigns/Empty", "--rows", "400").code == 0
    before = contents()
    assert len(before["relations/campaigns/empty-leads.csv"].splitlines()) == many + 1
    assert agrees(run)
    assert run("fmt", "--check").code == 0
    for number in range(12):
        lead = next(each for each, _ in zip(crm.rows("Campaigns/503/Leads"), range(number + 1), strict=False))
        crm.link("Campaigns/503/Leads", {"id": lead, "Member_Status": "Responded"})
    assert run("pull", "Campaigns/503").code == 0
    assert contents()["relations/campaigns/empty.yaml"] == before["relations/campaigns/empty.yaml"]
    assert agrees(run)


@pytest.mark.parametrize("version", ["v8", "v7"])
def test_rows_that_slip_between_pages_are_not_taken_out(
    run: Run, crm: RunningCrm, write: Callable[[str, str], Path], version: str
) -> None:
    write("zsync.yaml", f"version: 1\nenvironments: {{only: {{api_version: {version}}}}}\n")
    for number in range(203):
        lead = crm.add("Leads", Last_Name=f"Lead {number}", Email=f"lead{number}@acme.example")
        crm.link("Campaigns/503/Leads", {"id": lead, "Member_Status": "Sent"})
    run("pull", "Campaigns/503")
    before = contents()
    # Two rows of the first page stand on none, in whichever reading.
    crm.add_faults([{"on": "GET /Campaigns/503/Leads", "query": {"page_token": "*"}, "shift": -2}] * 2)
    said = run("pull", "Campaigns/503", "--overwrite")
    assert (said.code, contents()) == (0, before)
    assert "  Leads      203 rows as before\n" in said.out


def test_a_dry_run_shows_the_difference_and_writes_nothing(
    run: Run, write: Callable[[str, str], Path]
) -> None:
    write(
        "fair.yaml",
        'version: 1\nparent: {module: Campaigns, id: "502"}\nrelated_lists:\n  Leads:\n    records:\n      - {id: "301", Member_Status: Sent}\n',
    )
    before = contents()
    said = run("pull", "Campaigns", "--all", "--dry-run")
    assert (said.code, contents()) == (0, before)
    assert f"--- /dev/null\n+++ {SPRING}\n@@ -0,0 +1,14 @@\n+version: 1\n" in said.out
    assert (
        '-      - {id: "301", Member_Status: Sent}\n+      - {id: "301", Member_Status: Invited}\n'
        in said.out
    )
    assert f"Would write {SPRING}\n" in said.out
    assert "Would change relations/fair.yaml\n" in said.out
    assert "Nothing was written.\n" in said.err
    coloured = run("pull", "Campaigns/501", "--dry-run", "--color", "always").out
    assert "\x1b[32m+version: 1\x1b[0m\n" in coloured


@pytest.mark.parametrize(
    "command",
    [
        ("Campaigns", "--all"),
        ("Campaigns/501", "Leads", "--keys", "id", "--to", "csv"),
        ("Campaigns", "--where", "Status = 'Active'", "--dry-run"),
        ("Products", "--all"),
        ("Leads", "--all"),
        ("Campaigns/nobody",),
    ],
    ids=" ".join,
)
def test_a_pull_sends_nothing_that_writes(run: Run, crm: RunningCrm, command: tuple[str, ...]) -> None:
    before = crm.state()
    for _ in range(2):
        run("pull", *command)
    calls = {(one.method, one.path.rpartition("/")[2]) for one in crm.requests if "/crm/" in one.path}
    assert {method for method, _ in calls} <= {"GET", "POST"}
    assert {end for method, end in calls if method == "POST"} <= {"coql", "get_related_records_count"}
    assert crm.state() == before


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("Campaigns",), 64, "nothing says which records of Campaigns to pull"),
        (("Campaigns/Fair", "--all"), 64, "it is not clear which records to pull"),
        (("Campaigns", "--where", " "), 64, "nothing says which records of Campaigns to pull"),
        (("Campaigns/ ",), 64, "nothing says which records of Campaigns to pull"),
        (("Vendors", "--all"), 64, "zsync relates no records of Vendors"),
        (("Campaigns/Fair", "Deals"), 64, "zsync knows no list Deals of Campaigns"),
        (("Contacts", "--all", "Deals"), 64, "Pull it from the other side: zsync pull Deals/NAME"),
        (
            ("Campaigns/Fairr",),
            4,
            "error[not-found]: Campaigns: `Fairr` is no id or Campaign_Name of a record of Campaigns",
        ),
        (("Leads/twins@acme.example",), 4, "is the Email of 2 records: 304, 305"),
        (("Leads/306",), 4, "was converted"),
        (("Campaigns", "--where", "Nonsense = 1"), 4, "INVALID_QUERY"),
        (("Campaigns", "--where", "Status = 'Gone'"), 4, "no record of Campaigns matches `Status = 'Gone'`"),
    ],
)
def test_a_pull_of_what_is_not_there_says_so_and_writes_nothing(
    run: Run, arguments: tuple[str, ...], code: int, says: str
) -> None:
    said = run("pull", *arguments)
    assert (said.code, says in said.err) == (code, True), said.err
    assert not Path("relations").exists()


def test_records_of_one_name_are_told_apart_by_their_ids(run: Run, crm: RunningCrm) -> None:
    crm.edit("502", Campaign_Name="Spring Launch 2027")
    run("pull", "Campaigns", "--all")
    assert contents().keys() == {
        f"relations/campaigns/spring-launch-2027-{each}.yaml" for each in ("501", "502")
    }
    assert agrees(run)
    before = contents()
    run("pull", "Campaigns/502")
    assert contents() == before


def test_the_folder_that_is_there_is_used_whatever_its_case(run: Run) -> None:
    Path("relations/Campaigns").mkdir(parents=True)
    Path("relations/Campaigns/SPRING-launch-2027.yml").write_text(
        'version: 1\nparent: {module: Deals, id: "1"}\nrelated_lists: {}\n'
    )
    assert run("pull", "Campaigns/501").code == 0
    assert "relations/Campaigns/spring-launch-2027-501.yaml" in contents()


def test_of_a_module_without_records_it_is_said(run: Run) -> None:
    said = run("pull", "Deals", "--all")
    assert (said.code, said.out) == (0, "There is no such record: nothing to pull\n")


def test_a_list_that_the_layout_hides_is_left_out_and_named(run: Run, crm: RunningCrm) -> None:
    crm.switch(hidden_lists=frozenset({"Campaigns/Contacts"}))
    said = run("pull", "Campaigns/501")
    assert (said.code, SPRING.read_text()) == (0, SPRING_TEXT)
    assert "Left out: the related list Contacts of Campaigns is hidden in this org\n" in said.err
    said = run("pull", "Campaigns/501", "Contacts")
    assert (said.code, "the related list Contacts of Campaigns is hidden" in said.err) == (64, True)


def test_a_file_that_counts_for_another_org_too_is_named(run: Run, write: Callable[[str, str], Path]) -> None:
    write(
        "zsync.yaml",
        "version: 1\nenvironments: {eu: {manifests: [all, eu]}, us: {manifests: [all]}, in: {manifests: [in]}}\n",
    )
    Path("relations/eu").mkdir()
    write(
        "all/fair.yaml",
        'version: 1\nparent: {module: Campaigns, id: "502"}\nrelated_lists:\n  Leads: {records: [{id: "302"}]}\n',
    )
    said = run("pull", "Campaigns", "--all", "-e", "eu")
    assert "relations/all/fair.yaml counts for us as well: plan there, too\n" in said.err
    assert said.err.count("counts for") == 1


def test_a_file_with_the_marks_of_a_conflict_stops_the_pull(
    run: Run, write: Callable[[str, str], Path]
) -> None:
    write("other.yaml", "<<<<<<< ours\n" + SPRING_TEXT + "=======\n>>>>>>> theirs\n")
    before = contents()
    said = run("pull", "Campaigns/501")
    assert (said.code, contents()) == (4, before)
    assert "relations/other.yaml:2:8" in said.err


def test_nothing_is_written_through_a_link(run: Run, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    Path("relations").mkdir()
    Path("relations/campaigns").symlink_to(outside)
    said = run("pull", "Campaigns/501")
    assert (said.code, list(outside.iterdir())) == (4, [])
    assert "cannot write" in said.err
    assert "`relations/campaigns` is a link" in said.err


def test_a_disk_that_is_full_leaves_all_files_as_they_were(
    run: Run, crm: RunningCrm, write: Callable[[str, str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    run("pull", "Campaigns/501", "--rows", "0")
    before = contents()
    crm.link("Campaigns/501/Leads", {"id": "302", "Member_Status": "Sent"})
    crm.link("Campaigns/501/Leads", {"id": "303", "Member_Status": "Planned"})
    replace = Path.replace

    def full(self: Path, target: Path) -> Path:
        if target.suffix == ".yaml":
            raise OSError(28, "No space left on device")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", full)
    said = run("pull", "Campaigns", "--all")
    assert (said.code, "No space left on device" in said.err) == (4, True)
    assert contents() == before


def test_a_status_that_the_org_no_longer_lists_stays_as_it_is(
    run: Run, write: Callable[[str, str], Path]
) -> None:
    write("zsync.yaml", "version: 1\nvalues: {Member_Status: [Planned, Invited]}\n")
    said = run("pull", "Campaigns/501")
    assert "4 values of Member_Status left out: no manifest can say them" in said.out
    assert (
        "      - {Email: ana@acme.example}\n      - {Email: bo@acme.example, Member_Status: Planned}\n"
        in SPRING.read_text()
    )
    assert agrees(run)


def test_new_files_are_in_the_environments_own_folder(run: Run, write: Callable[[str, str], Path]) -> None:
    write("zsync.yaml", "version: 1\nenvironments: {eu: {manifests: [everywhere, eu]}}\n")
    Path("relations/everywhere").mkdir()
    Path("relations/eu").mkdir()
    assert run("pull", "Campaigns/501").code == 0
    assert "relations/eu/campaigns/spring-launch-2027.yaml" in contents()


def test_a_row_that_only_a_person_can_change_is_named_and_the_others_are_taken(
    run: Run, write: Callable[[str, str], Path]
) -> None:
    write(
        "spring.yaml",
        HEAD + "  Leads:\n    key: Email\n    prune: true\n    records: [{Email: zoe@acme.example}]\n",
    )
    write(
        "fair.yaml",
        'version: 1\nparent: {module: Campaigns, id: "503"}\nrelated_lists:\n  Leads: {prune: true, records: [{id: "301"}]}\n',
    )
    said = run("pull", "Campaigns", "--all")
    assert said.code == 4
    assert "error[cannot-amend]: this row cannot be taken out: `prune: true` without rows" in said.err
    assert "--> relations/fair.yaml:4:" in said.err
    assert "Unchanged relations/fair.yaml\n" in said.out
    assert "zoe@" not in Path("relations/spring.yaml").read_text()


def git(*words: str) -> None:
    subprocess.run(
        ["git", "-c", "user.name=Ana", "-c", "user.email=ana@acme.example", *words],
        check=True,
        capture_output=True,
    )


def test_rows_that_git_does_not_have_are_not_overwritten(run: Run, crm: RunningCrm) -> None:
    git("init", "--quiet", "--initial-branch=main")
    run("pull", "Campaigns/501")
    crm.link("Campaigns/501/Leads", {"id": "302", "Member_Status": "Responded"})
    said = run("pull", "Campaigns/501")
    assert (said.code, SPRING.read_text()) == (4, SPRING_TEXT)
    assert (
        f"error[uncommitted]: {SPRING} has changes that are not committed, and 1 row of it would" in said.err
    )
    assert run("pull", "Campaigns/501", "--dry-run").code == 0
    git("add", "relations")
    git("commit", "--quiet", "--message=Pull")
    SPRING.write_text(SPRING_TEXT.replace("version: 1", "# by hand\nversion: 1"))
    assert run("pull", "Campaigns/501").code == 4
    git("commit", "--quiet", "--all", "--message=Comment")
    assert run("pull", "Campaigns/501").code == 0
    assert "bo@acme.example, Member_Status: Responded}" in SPRING.read_text()
    crm.link("Campaigns/501/Leads", {"id": "302", "Member_Status": "Opened"})
    assert run("pull", "Campaigns/501", "--overwrite").code == 0
    assert "bo@acme.example, Member_Status: Opened}" in SPRING.read_text()


def test_rows_that_are_only_added_need_no_commit(run: Run, crm: RunningCrm) -> None:
    git("init", "--quiet")
    run("pull", "Campaigns/502")
    crm.link("Campaigns/502/Leads", {"id": "302", "Member_Status": "Invited"})
    assert run("pull", "Campaigns/502").code == 0
    assert agrees(run)


def test_personal_data_is_masked_where_output_is_public(run: Run) -> None:
    said = run("pull", "Leads/ana@acme.example", "--dry-run", "--redact")
    assert [word for word in ("ana", "Ana", "Ruiz") if word in said.out + said.err] == []
    said = run("pull", "Campaigns/501", "--dry-run", "--redact")
    assert [word for word in ("acme.example", "No # Mail", "Two") if word in said.out + said.err] == []
    assert "+      - {Email: person-" in said.out
    assert "Spring Launch 2027" in said.out
    run("pull", "Campaigns/501", "--redact")
    assert "ana@acme.example" in SPRING.read_text()
