"""`--only`: several selectors, names with commas, and selectors that fit nothing."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.program import Run
from zsync.emulator import RunningCrm, running

NAME = "Fair, Lund/Malmö"
MANIFEST = f"""version: 1
parent: {{module: Campaigns, match: {{Campaign_Name: "{NAME}"}}}}
related_lists:
  Leads:
    key: Email
    records:
      - {{Email: ana@acme.example, Member_Status: Sent}}
      - {{Email: bo@acme.example, Member_Status: Sent}}
      - {{Email: cy@acme.example, Member_Status: Sent}}
    absent:
      - {{Email: di@acme.example}}
"""
OTHER = """version: 1
parent: {module: Campaigns, match: {Campaign_Name: Spring}}
related_lists: {Leads: {key: Email, records: [{Email: ana@acme.example, Member_Status: Opened}]}}
"""
WORLD = {
    "records": {
        "Campaigns": [{"id": "501", "Campaign_Name": NAME}, {"id": "502", "Campaign_Name": "Spring"}],
        "Leads": [
            {"id": str(301 + n), "Last_Name": name, "Email": f"{name}@acme.example"}
            for n, name in enumerate(("ana", "bo", "cy", "di"))
        ],
    },
    "relations": {
        "Campaigns/501/Leads": [
            {"id": "302", "Member_Status": "Opened"},
            {"id": "303", "Member_Status": "Sent"},
            {"id": "304", "Member_Status": "Sent"},
        ]
    },
}


@pytest.fixture
def crm() -> Iterator[RunningCrm]:
    """One row to create, one to update, one as it should be, one to delete; and one to create in another list."""
    with running(WORLD) as bundled:
        yield bundled


@pytest.fixture
def variables(crm: RunningCrm) -> Mapping[str, str]:
    """Those that point zsync at it."""
    return crm.environment()


@pytest.fixture(autouse=True)
def tree(run: Run) -> None:
    """Two manifests, in folders of their own."""
    for name, text in (("fair/a.yaml", MANIFEST), ("spring/b.yaml", OTHER)):
        Path("relations", name).parent.mkdir(parents=True, exist_ok=True)
        Path("relations", name).write_text(text)


def only(*selectors: str) -> list[str]:
    """The words for selectors."""
    return [word for selector in selectors for word in ("--only", selector)]


@pytest.mark.parametrize(
    ("selectors", "totals"),
    [
        ([], "1 to delete, 1 to update, 2 to create"),
        (["create"], "0 to delete, 0 to update, 2 to create"),
        (["create", "delete"], "1 to delete, 0 to update, 2 to create"),
        (["create", "change"], "0 to delete, 0 to update, 2 to create"),
        (["create", "Spring"], "0 to delete, 0 to update, 1 to create"),
        (["Spring", "bo@acme.example"], "0 to delete, 1 to update, 1 to create"),
        (["create", "update", "Spring", "bo@acme.example"], "0 to delete, 1 to update, 1 to create"),
        ([f"Campaigns/{NAME}/Leads/*"], "1 to delete, 1 to update, 1 to create"),
        (["Fair, *"], "1 to delete, 1 to update, 1 to create"),
        (["relations/spring/*"], "0 to delete, 0 to update, 1 to create"),
        (["ana@*"], "0 to delete, 0 to update, 2 to create"),
    ],
)
def test_any_selector_of_a_kind_and_each_kind(run: Run, selectors: list[str], totals: str) -> None:
    ended = run("plan", *only(*selectors))
    assert ended.code == 0
    assert f"Plan: {totals}" in ended.out


@pytest.mark.parametrize(
    "selectors",
    [["drift"], ["conflict"], ["source"], ["update", "Spring"], ["cy@acme.example"], ["delete", "drift"]],
)
def test_what_there_is_none_of_is_no_changes(run: Run, selectors: list[str]) -> None:
    ended = run("plan", "--detailed-exitcode", *only(*selectors))
    assert ended.code == 0
    assert f"No changes match {' '.join(only(*selectors))}." in ended.out


@pytest.mark.parametrize(
    ("selector", "near"),
    [
        ("chnage", "did you mean change?"),
        ("leads", "did you mean Leads?"),
        ("campaigns", "did you mean Campaigns?"),
        ("Sprin", "did you mean Spring?"),
        ("bo@acme.exampel", "did you mean bo@acme.example"),
        ("Campaigns/Sprung/Leads/*", "did you mean Campaigns/Spring/Leads/"),
        ("relations/srping/b.yaml", "did you mean relations/spring/b.yaml"),
        ("change,drift", "zsync 0.1.0: --only change --only drift"),
        ("nobody", "is neither an origin nor an action, and fits no row"),
        ("", "'' is neither an origin nor an action, and fits no row"),
    ],
)
@pytest.mark.parametrize("command", ["plan", "drift --base HEAD", "apply --auto-approve", "rehearse"])
def test_a_selector_that_fits_nothing_is_wrong_usage_with_near_names(
    run: Run, crm: RunningCrm, selector: str, near: str, command: str
) -> None:
    if "drift" in command:
        commit()
    ended = run(*command.split(), "--only", selector, "--only", "update")
    assert ended.code == 64
    assert near in ended.err
    assert set(crm.rows("Campaigns/501/Leads")) == {"302", "303", "304"}


def commit() -> None:
    """The manifests are committed."""
    import subprocess

    for words in (
        ["init", "-q"],
        ["add", "-A"],
        ["-c", "user.name=a", "-c", "user.email=a@a.example", "commit", "-qmx"],
    ):
        subprocess.run(["git", *words], check=True)


def test_one_that_fits_does_not_excuse_another(run: Run) -> None:
    assert run("plan", *only("Spring", "Sprung")).code == 64


def test_a_row_that_the_base_alone_has_is_a_row(run: Run) -> None:
    commit()
    Path("relations/spring/b.yaml").unlink()
    assert "No changes match" in run("plan", "--only", "Spring").out
    assert run("plan", "--no-base", "--only", "Spring").code == 64


def test_a_row_that_is_in_a_pruned_list_alone_is_a_row(run: Run, crm: RunningCrm) -> None:
    pruned = OTHER.replace("key: Email,", "key: Email, prune: true,")
    Path("relations/spring/b.yaml").write_text(pruned)
    crm.link("Campaigns/502/Leads", {"id": "304", "Member_Status": "Sent"})
    ended = run("plan", "--only", "Campaigns/Spring/Leads/di@acme.example")
    assert "Plan: 1 to delete, 0 to update, 0 to create" in ended.out


@pytest.mark.parametrize("pattern", ["304", "Campaigns/Spring/Leads/304"])
def test_a_row_that_stays_though_no_manifest_names_it_is_a_row_by_its_id(
    run: Run, crm: RunningCrm, pattern: str
) -> None:
    crm.link("Campaigns/502/Leads", {"id": "304", "Member_Status": "Sent"})
    Path("relations/fair/a.yaml").unlink()
    ended = run("plan", "--only", pattern)
    assert (ended.code, f"No changes match --only {pattern}." in ended.out) == (0, True)


def test_of_a_saved_plan_a_part_without_changes_is_told_by_its_selectors(run: Run) -> None:
    run("plan", "--out", "plan.json")
    ended = run("apply", "plan.json", *only("delete", "bo@acme.example"))
    assert ended.code == 0
    assert "Nothing to apply: no changes match --only delete --only bo@acme.example." in ended.out


def test_apply_writes_what_is_asked_for_alone(run: Run, crm: RunningCrm) -> None:
    assert run("apply", "--auto-approve", *only("create", "Fair, *")).code == 0
    assert set(crm.rows("Campaigns/501/Leads")) == {"301", "302", "303", "304"}
    assert crm.rows("Campaigns/501/Leads")["302"]["Member_Status"] == "Opened"
    assert crm.rows("Campaigns/502/Leads") == {}


@pytest.mark.parametrize(
    ("selectors", "end"),
    [
        (["create"], {"301": "Sent", "302": "Opened", "303": "Sent", "304": "Sent"}),
        (["update", "delete"], {"302": "Sent", "303": "Sent"}),
        (["delete", "drift"], {"302": "Opened", "303": "Sent", "304": "Sent"}),
        (["bo@acme.example"], {"302": "Sent", "303": "Sent", "304": "Sent"}),
    ],
)
def test_of_a_saved_plan_a_part_is_carried_out(
    run: Run, crm: RunningCrm, selectors: list[str], end: dict[str, str]
) -> None:
    run("plan", "--out", "plan.json")
    digest = Path("plan.json").read_text().rpartition('"digest":"')[2][:71]
    assert run("apply", "plan.json", "--digest", digest, *only(*selectors)).code == 0
    held = {lead: row["Member_Status"] for lead, row in crm.rows("Campaigns/501/Leads").items()}
    assert held == end
    assert run("apply", "plan.json").code == 0
    assert set(crm.rows("Campaigns/501/Leads")) == {"301", "302", "303"}


def test_of_a_saved_plan_nothing_is_carried_out_that_it_does_not_hold(run: Run, crm: RunningCrm) -> None:
    run("plan", "--only", "create", "--out", "plan.json")
    ended = run("apply", "plan.json", "--only", "bo@acme.example")
    assert (ended.code, "fits no row" in ended.err) == (64, True)
    assert crm.rows("Campaigns/501/Leads")["302"]["Member_Status"] == "Opened"


def test_a_plan_that_guards_refuse_is_not_saved_by_taking_a_part_of_it(run: Run, crm: RunningCrm) -> None:
    Path("relations/zsync.yaml").write_text("version: 1\nguards: {max_deletes: 0}\n")
    assert run("plan", "--out", "plan.json").code == 5
    assert run("apply", "plan.json", "--only", "create").code == 5
    assert set(crm.rows("Campaigns/501/Leads")) == {"302", "303", "304"}


@pytest.mark.parametrize(
    ("selectors", "left"),
    [
        (["ana@acme.example"], {"302", "303"}),
        (["delete"], {"302", "303"}),
        (["create"], {"301", "302", "303", "304"}),
        (["update", "bo@*"], {"301", "302", "303"}),
        (["relations/fair/*"], {"302", "303", "304"}),
        ([], {"302", "303", "304"}),
    ],
)
def test_undo_takes_back_what_is_asked_for(
    run: Run, crm: RunningCrm, selectors: list[str], left: set[str]
) -> None:
    run("apply", "--auto-approve")
    assert run("undo", "last", "--out", "undo.json", *only(*selectors)).code == 0
    assert run("apply", "undo.json").code == 0
    assert set(crm.rows("Campaigns/501/Leads")) == left


def test_undo_knows_a_selector_that_fits_no_row_of_the_run(run: Run) -> None:
    run("apply", "--auto-approve")
    for selector, code in (("creat", 64), ("cy@acme.example", 64), ("drift", 0)):
        assert run("undo", "last", "--only", selector).code == code


def test_undo_tells_of_no_conflict_that_nobody_asked_for(run: Run, crm: RunningCrm) -> None:
    run("apply", "--auto-approve")
    crm.link("Campaigns/501/Leads", {"id": "302", "Member_Status": "Responded"})
    assert "1 withheld" in run("undo", "last").out
    assert "withheld" not in run("undo", "last", "--only", "ana@acme.example").out


def test_drift_shows_no_other_origin(run: Run) -> None:
    commit()
    assert run("drift", "--only", "change").code == 64
    assert "Drift: 1 changed" in run("drift", *only("drift", "update")).out


def test_the_plan_says_how_it_was_narrowed(run: Run) -> None:
    ended = run("plan", "--out", "plan.json", *only("create", "Fair, *", "update"))
    assert "only create or update and Fair, *: a partial plan, other changes are left out" in ended.out
    assert '"only":["create","Fair, *","update"]' in Path("plan.json").read_text()
    assert run("show", "plan.json").code == 0
